"""What the API promises in addition to its description; schemathesis.toml names this file."""

import atexit
import collections
import datetime
import json
import os
import random
import sys
import urllib.error
import urllib.parse
import urllib.request


def summary(path):
    """Prints how often the operations were carried out, and which never were."""
    answers = collections.defaultdict(collections.Counter)
    with open(path) as lines:
        for line in lines:
            operation, status, number = line.rsplit(maxsplit=2)
            answers[operation][status[0] + "xx"] += int(number)
    never = sorted(operation for operation, statuses in answers.items() if not statuses["2xx"])
    done = sum(statuses["2xx"] for statuses in answers.values())
    every = sum(sum(statuses.values()) for statuses in answers.values())
    print(f"{len(answers)} operations, {every} answers, {done} of them 2xx, {sum(s['5xx'] for s in answers.values())} of 5xx")
    print("never carried out: " + (", ".join(never) or "none"))


if __name__ == "__main__":
    summary(sys.argv[1])
    sys.exit()

import schemathesis  # noqa: E402

# What a field's description says already: a request that keeps to it must not be refused with one of these.
FORM = {"wrong_type", "not_a_field"}

# Whether these are needed, or belong there at all, depends on another field. Their descriptions say so in words.
DEPENDENT = {
    # where mail is sent the password is chosen behind the mailed link; elsewhere it has to come along
    "/register": {"password", "invitation_code", "designation", "registration_number", "name"},
    "/appointments": {"hold_id", "doctor_id", "visit_type_id", "start"},
}

API = os.environ["DOCSLOT_ASKED"] + "/api/v1"
TOKEN = os.environ["DOCSLOT_ASKED_AS"]

# Of its own: the library's generator belongs to schemathesis.
CHANCE = random.Random()

ANSWERS = collections.Counter()


@schemathesis.hook
def after_call(context, case, response):
    """Counts the answers."""
    ANSWERS[f"{case.operation.label} {response.status_code}"] += 1


@atexit.register
def write_answers():
    """Leaves the numbers where the script finds them."""
    with open(os.environ["DOCSLOT_ANSWERS"], "a") as lines:
        lines.writelines(f"{answer} {number}\n" for answer, number in ANSWERS.items())


def read(path):
    """Answers this address below /api/v1; nothing when it is refused."""
    request = urllib.request.Request(API + path, headers={"Authorization": "Bearer " + TOKEN})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer), answer.headers
    except urllib.error.HTTPError:
        return None, {}


def is_good(case):
    """Whether the case keeps to the description."""
    return case.meta is not None and case.meta.generation.mode.is_positive


def one_of(path, field):
    """This field of one thing in a list, or nothing."""
    things, _ = read(path)
    return CHANCE.choice(things)[field] if things else None


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes requests that reach something: made-up ids, times and versions lead to refusals only.

    Two of three good requests name what there is. The third stays as it was made up.
    """
    if not is_good(case) or CHANCE.random() < 1 / 3:
        return
    known_ids(case)
    if isinstance(case.body, dict):
        case.body = known_values(case, dict(case.body))
    if any(parameter.name == "If-Match" for parameter in case.operation.headers):
        address, query = read_at(case)
        _, headers = read(address + query)
        if headers.get("ETag"):
            case.headers["If-Match"] = headers["ETag"]


def read_at(case):
    """Where that can be read which the case changes; it carries the version. Behind it, the question."""
    address = case.path
    for name, value in case.path_parameters.items():
        address = address.replace("{" + name + "}", urllib.parse.quote(str(value), safe=""))
    if address.startswith("/doctor/time-off/"):
        address = "/doctor/time-off"
    for ending in ("/cancel", "/reschedule", "/status", "/approve", "/reject", "/pause", "/resume"):
        address = address.removesuffix(ending)
    doctor = (case.query or {}).get("doctor")
    return address, "?doctor=" + urllib.parse.quote(str(doctor)) if doctor else ""


def known_ids(case):
    """Puts ids that exist into the address."""
    lists = {
        "/doctors/{id}": ("/doctors", "id"),
        "/appointments/{id}": ("/appointments", "id"),
        "/doctor/time-off/{id}": ("/doctor/time-off", "id"),
        "/tokens/{id}": ("/tokens", "id"),
        "/staff/doctors/{slug}": ("/staff/doctors", "slug"),
        "/staff/invitations/{id}": ("/staff/invitations", "id"),
    }
    for start, (path, field) in lists.items():
        if case.path.startswith(start):
            value = one_of(path, field)
            if value:
                case.path_parameters["slug" if "{slug}" in case.path else "id"] = value
    if case.path.startswith("/doctor/") and case.query:
        # doctors work on their own calendar
        case.query.pop("doctor", None)


def known_values(case, body):
    """Puts values that make sense into the body."""
    label = case.operation.label
    if label in ("PUT /doctor/profile", "PUT /doctor/availability"):
        now = read(case.path)[0] or {}
        # some of what there is stays
        return {name: now[name] if name in now and CHANCE.random() < 0.7 else value for name, value in body.items()}
    if label == "POST /doctor/time-off":
        day = datetime.date.today() + datetime.timedelta(days=CHANCE.randrange(100, 700))
        times = CHANCE.choice([{}, {"start": "09:00", "end": "12:30"}])
        return {**body, "from": str(day), "until": str(day), "start": None, "end": None, **times}
    if label == "POST /staff/invitations":
        return {**body, "specialty_id": one_of("/specialties", "id"), "location_id": one_of("/locations", "id")}
    if "start" in body or "date" in body:
        return free_time(case, body)
    return body


def free_time(case, body):
    """Puts a free time of a doctor into the body."""
    doctor = one_of("/doctors?when=week", "id")
    if case.path.endswith("/reschedule"):
        appointment, _ = read(read_at(case)[0])
        doctor = appointment["doctor_id"] if appointment else None
    times = read(f"/doctors/{doctor}/slots")[0] if doctor else None
    if not times:
        return body
    start = CHANCE.choice(times)["start"]
    if "date" in body:
        body["date"] = CHANCE.choice([start, start[:10]])
    if "start" in body:
        body["start"] = start
    if "doctor_id" in body:
        body["doctor_id"] = doctor
    for name in ("visit_type_id", "hold_id", "phone", "version"):
        body.pop(name, None)
    return body


def values_in(body):
    """Every value of a body, however deep."""
    if isinstance(body, (dict, list)):
        for value in body.values() if isinstance(body, dict) else body:
            yield from values_in(value)
    else:
        yield body


@schemathesis.check
def refused_by_a_rule(ctx, response, case):
    """A request that keeps to its description is refused with 422 only for what the description cannot say."""
    if not is_good(case) or response.status_code != 422:
        return
    sent = case.body if isinstance(case.body, dict) else {}
    sent = {**sent, **(case.query or {})}
    if any(isinstance(value, float) for value in values_in(case.body)):
        # to JSON Schema 7.0 is a whole number; here whole numbers are written without a fraction
        return
    for error in response.json().get("errors", []):
        field, code = error["field"], error["code"]
        if field in DEPENDENT.get(case.operation.path, ()):
            continue
        assert code not in FORM, f"the description allows it, and {field} is refused as {code}"
        if code == "missing" and "." not in field and "[" not in field:
            assert field in sent, f"the description does not ask for {field}, and it is missing"


@schemathesis.check
def problems_are_problems(ctx, response, case):
    """Every refusal is written as RFC 9457 has it, and says so in words."""
    if response.status_code < 400 or case.method.upper() == "HEAD":
        return
    kind = (response.headers.get("content-type") or [""])[0]
    assert kind == "application/problem+json", f"a refusal of type {kind!r}"
    problem = response.json()
    assert problem["status"] == response.status_code, "the status in the problem is another one"
    assert problem["type"].startswith("/api/problems/") and problem["title"] and problem["message"], "words are missing"
    if response.status_code in (429, 503):
        assert response.headers.get("retry-after"), "how long to wait is not said"
    if response.status_code == 401:
        assert response.headers.get("www-authenticate"), "how to sign in is not said"
