"""Books through the balancer while PostgreSQL's primary is killed, and compares the database with what clients were told.

Called by failover.sh, which starts everything and passes addresses in the environment.
"""

import http.client
import json
import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
import uuid
from datetime import date, timedelta

FOLDER = pathlib.Path(os.environ["FOLDER"])
KILLS = int(os.environ["KILLS"])
SITE = os.environ["WEBSITE"]
PATRONI = {"a": os.environ["PATRONI_A_PORT"], "b": os.environ["PATRONI_B_PORT"]}
CLIENTS = 8
# live appointments of one client; beyond them it cancels some
MOST_AHEAD = 60
PAUSE = 0.05
# a client that gets no answer in this time does not know the outcome
PATIENCE = 25


def get_json(address, path, timeout=2):
    connection = http.client.HTTPConnection(address, timeout=timeout)
    try:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


class Ledger:
    """What every request came to, also as lines of a file."""

    def __init__(self):
        self.lock = threading.Lock()
        self.file = (FOLDER / "attempts.jsonl").open("w")
        self.acknowledged_at = []
        self.counts = {}
        self.slowest = 0.0
        self.resolved = 0

    def note(self, **entry):
        with self.lock:
            self.file.write(json.dumps(entry) + "\n")
            self.counts[entry["outcome"]] = self.counts.get(entry["outcome"], 0) + 1
            self.slowest = max(self.slowest, entry["end"] - entry["begin"])
            if entry["outcome"] == "ok" and entry["operation"] == "book":
                self.acknowledged_at.append(entry["end"])


class Patient(threading.Thread):
    """One account that books and cancels until it is told to stop, and settles every request that it began."""

    def __init__(self, number, ledger, doctors, stop):
        super().__init__(daemon=True)
        self.number, self.ledger, self.doctors, self.stop = number, ledger, doctors, stop
        self.connection = self.token = self.failure = self.id = None
        # by id: "taken", "cancelled" or "open" (the outcome of a cancellation is unknown)
        self.appointments = {}
        # free times as they were read last: a doctor and a start each
        self.free = []
        # keys of bookings without an outcome at the end
        self.open = []
        self.me = {"email": f"patient-{number}@example.org", "password": "quiet green bicycle"}

    def send(self, method, path, body=None, key=None):
        """Status, body and headers; raises OSError or HTTPException when there is no answer."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        if self.connection is None:
            self.connection = http.client.HTTPConnection(SITE, timeout=PATIENCE)
        try:
            self.connection.request(method, "/api/v1" + path, json.dumps(body) if body is not None else None, headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise
        try:
            return answer.status, json.loads(text), answer.headers
        except ValueError:
            return answer.status, {}, answer.headers

    def sign_in(self):
        self.token = None
        status, body, _ = self.send("POST", "/login", self.me)
        self.token = body.get("token") if status == 200 else None

    def change(self, operation, path, body):
        """Sends a request until its outcome is known; the answer, or None when the run ends before that."""
        key, attempt, unknown = str(uuid.uuid4()), 0, False
        give_up = None
        while True:
            attempt += 1
            begin = time.time()
            try:
                status, answer, headers = self.send("POST", path, body, key)
                if status == 401:
                    self.sign_in()
                    continue
            except (OSError, http.client.HTTPException) as error:
                status, answer, headers = 0, {"code": type(error).__name__}, {}
            if 200 <= status < 300:
                outcome = "ok"
            elif 400 <= status < 500 and not (status == 409 and answer.get("code") == "key_in_use") and status != 429:
                outcome = "refused"
            elif status in (429, 503) and answer.get("unchanged") is not False and (answer or headers.get("Retry-After")):
                outcome = "not done"
            else:
                outcome = "unknown"
            self.ledger.note(client=self.number, operation=operation, key=key, attempt=attempt, begin=begin,
                             end=time.time(), status=status, code=answer.get("code"), outcome=outcome,
                             id=answer.get("id"), retry_after=headers.get("Retry-After") if headers else None)
            unknown = unknown or outcome == "unknown"
            if outcome in ("ok", "refused"):
                if unknown:
                    with self.ledger.lock:
                        self.ledger.resolved += 1
                return outcome, answer
            if self.stop.is_set():
                give_up = give_up or time.time() + 60
                if time.time() > give_up:
                    self.open.append(key)
                    return None, {}
            # shorter than Retry-After: the time without service is measured by this
            time.sleep(0.1)

    def book(self):
        if len(self.free) < 20:
            self.look()
        if not self.free:
            return
        doctor, start = self.free.pop(random.randrange(len(self.free)))
        outcome, answer = self.change("book", "/appointments", {"doctor_id": doctor, "start": start})
        if outcome == "ok":
            self.appointments[answer["id"]] = "taken"

    def look(self):
        doctor, first = random.choice(self.doctors), date.today() + timedelta(days=random.randint(1, 20))
        query = f"from={first.isoformat()}&to={(first + timedelta(days=20)).isoformat()}"
        try:
            status, slots, _ = self.send("GET", f"/doctors/{doctor}/slots?{query}")
            if status == 401:
                self.sign_in()
        except (OSError, http.client.HTTPException):
            return
        if status == 200:
            self.free.extend((doctor, slot["start"]) for slot in random.sample(slots, min(len(slots), 60)))

    def cancel(self):
        appointment = random.choice([id for id, state in self.appointments.items() if state == "taken"])
        try:
            status, answer, _ = self.send("GET", f"/appointments/{appointment}")
            if status == 401:
                self.sign_in()
        except (OSError, http.client.HTTPException):
            return
        if status == 404:
            raise AssertionError(f"an acknowledged appointment is gone: {appointment}")
        if status != 200:
            return
        body = {"version": answer["version"], "reason": "mistake"}
        outcome, _ = self.change("cancel", f"/appointments/{appointment}/cancel", body)
        self.appointments[appointment] = {"ok": "cancelled", None: "open"}.get(outcome, "taken")

    def run(self):
        try:
            status, body, _ = self.send("POST", "/register", self.me)
            assert status in (200, 201), (status, body)
            self.sign_in()
            while not self.stop.is_set():
                ahead = sum(state == "taken" for state in self.appointments.values())
                if ahead > MOST_AHEAD or ahead > 5 and random.random() < 0.3:
                    self.cancel()
                else:
                    self.book()
                time.sleep(PAUSE)
        except BaseException as error:
            self.failure = error
            raise


def cluster():
    """The name of the primary when it is up and has a synchronous standby; otherwise none."""
    for port in PATRONI.values():
        try:
            members = get_json(f"127.0.0.1:{port}", "/cluster")["members"]
        except (OSError, ValueError, http.client.HTTPException):
            continue
        roles = {member["role"]: member for member in members if member["state"] in ("running", "streaming")}
        if "leader" in roles and "sync_standby" in roles:
            return roles["leader"]["name"]
        return None
    return None


def wait_for_cluster(seconds=120):
    end = time.time() + seconds
    while time.time() < end:
        if primary := cluster():
            return primary
        time.sleep(0.2)
    raise SystemExit("error: primary and standby did not come together again; see patroni-*.log")


def kill_postgres(name):
    """SIGKILL for every process of this PostgreSQL."""
    main = int((FOLDER / f"data-{name}" / "postmaster.pid").read_text().split()[0])
    children = pathlib.Path(f"/proc/{main}/task/{main}/children").read_text().split()
    for process in [main, *map(int, children)]:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass


def longest_gap(times, begin, end):
    """The longest time between two acknowledged bookings from `begin` to `end`."""
    points = [begin, *sorted(at for at in times if begin < at < end), end]
    return max(later - earlier for earlier, later in zip(points, points[1:]))


def sql(text):
    host, port = os.environ["POSTGRES"].split(":")
    command = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", port, "-U", "docslot", "-c", text, "docslot"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [line.split("|") for line in done.stdout.splitlines()]


def compare(patients):
    """The database against what clients were told: a list of what is wrong."""
    wrong = []
    rows = sql("""select a.id, p.email, a.status from appointments a join persons p on p.id = a.patient_id
        where p.email like 'patient-%@example.org'""")
    stored = {row[0]: (row[1], row[2]) for row in rows}
    told = {}
    for patient in patients:
        for id, state in patient.appointments.items():
            if id in told:
                wrong.append(f"one appointment was acknowledged twice: {id}")
            told[id] = state
            email, status = stored.get(id, (None, None))
            taken, ended = ("booked", "requested"), ("cancelled",)
            allowed = {"taken": taken, "cancelled": ended, "open": taken + ended}[state]
            if status is None:
                wrong.append(f"an acknowledged booking is lost: {id}")
            elif email != patient.me["email"] or status not in allowed:
                wrong.append(f"{id} is {status} of {email}, its patient was told {state}")
    left_open = sum(len(patient.open) for patient in patients)
    unclaimed = set(stored) - set(told)
    if len(unclaimed) > left_open:
        wrong.append(f"{len(unclaimed)} appointments that nobody was told of, {left_open} requests without an outcome")
    effects = sql("select effect_id from idempotency_keys where operation like '%/appointments' group by effect_id having count(*) > 1")
    wrong.extend(f"two keys have one appointment: {effect[0]}" for effect in effects)
    for who in ("doctor_id", "patient_id"):
        taking = "('booked', 'requested', 'arrived', 'completed', 'no_show')"
        pairs = sql(f"""select count(*) from appointments a join appointments b on a.{who} = b.{who} and a.id < b.id
            where a.status in {taking} and b.status in {taking}
            and a.starts_at < b.ends_at and b.starts_at < a.ends_at""")
        if pairs[0][0] != "0":
            wrong.append(f"{pairs[0][0]} pairs overlap by {who}")
    return wrong, len(told), left_open


def main():
    ledger, stop = Ledger(), threading.Event()
    doctors = [doctor["id"] for doctor in get_json(SITE, "/api/v1/doctors", 30)]
    patients = [Patient(number, ledger, doctors, stop) for number in range(CLIENTS)]
    for patient in patients:
        patient.start()
    wait_for_cluster()
    time.sleep(5)
    gaps, rejoined = [], []
    for number in range(1, KILLS + 1):
        primary = wait_for_cluster()
        time.sleep(random.uniform(1, 3))
        killed_at = time.time()
        kill_postgres(primary)
        while time.time() < killed_at + 60 and cluster() in (primary, None):
            time.sleep(0.2)
        new = wait_for_cluster()
        rejoined.append(time.time() - killed_at)
        while ledger.acknowledged_at[-1] < killed_at + 0.5 and time.time() < killed_at + 120:
            time.sleep(0.1)
        time.sleep(1)
        gaps.append(longest_gap(ledger.acknowledged_at, killed_at, time.time()))
        print(f"kill {number}: {primary} -> {new}; {gaps[-1]:.1f} s without a booking, "
              f"standby again after {rejoined[-1]:.1f} s", flush=True)
        for patient in patients:
            if patient.failure:
                raise SystemExit(f"error: client {patient.number}: {patient.failure!r}")
    time.sleep(2)
    stop.set()
    for patient in patients:
        patient.join(120)
    ledger.file.close()
    wrong, told, left_open = compare(patients)
    for server in ("SERVER_A", "SERVER_B"):
        connection = http.client.HTTPConnection(os.environ[server], timeout=10)
        connection.request("GET", "/readyz")
        if connection.getresponse().status != 200:
            wrong.append(f"{server} is not ready at the end")
    if told < 20 * KILLS:
        wrong.append(f"only {told} bookings were acknowledged: too few to prove anything")
    print("requests:", ", ".join(f"{count} {outcome}" for outcome, count in sorted(ledger.counts.items())),
          f"(slowest {ledger.slowest:.1f} s); unknown outcomes settled by the same key: {ledger.resolved}, left open: {left_open}")
    ordered = sorted(gaps)
    p95 = ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]
    print(f"seconds without service: median {statistics.median(gaps):.1f}, p95 {p95:.1f}, max {ordered[-1]:.1f}; "
          f"standby again: median {statistics.median(rejoined):.1f}, max {max(rejoined):.1f}")
    for line in wrong[:20]:
        print("WRONG:", line)
    print(f"failover: {KILLS} kills, {told} acknowledged bookings, {len(wrong)} findings")
    sys.exit(1 if wrong else 0)


main()
