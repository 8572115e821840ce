"""What the API promises beside its description; schemathesis.toml names this file."""

import atexit
import collections
import json
import os
import random
import sys
import urllib.error
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

# What a field's description says already: whoever keeps to it must not be refused with one of these.
FORM = {"wrong_type", "not_a_field"}

# Whether these are needed, or belong there at all, depends on another field. Their descriptions say so in words.
DEPENDENT = {
    "/register": {"invitation_code", "designation", "registration_number", "name"},
    "/appointments": {"hold_id", "doctor_id", "visit_type_id", "start"},
}

API = os.environ["DOCSLOT_ASKED"] + "/api/v1"
TOKEN = os.environ["DOCSLOT_ASKED_AS"]

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


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes requests that reach something: most made-up ids, times and versions only lead to refusals.

    Two of three good requests get the version that there is, and a time that is free. The third stays as it was made up.
    """
    if case.meta is None or not case.meta.generation.mode.is_positive or random.random() < 1 / 3:
        return
    try:
        path = case.formatted_path
    except Exception:
        return
    if any(parameter.name == "If-Match" for parameter in case.operation.headers):
        # the visit is read where it lies, and so is everything else that has versions
        for ending in ("/cancel", "/reschedule", "/status"):
            path = path.removesuffix(ending)
        _, headers = read(path)
        if headers.get("ETag"):
            case.headers["If-Match"] = headers["ETag"]
    if case.method == "POST" and isinstance(case.body, dict) and {"start", "date"} & set(case.body):
        free_time(case)


def free_time(case):
    """Puts a free time of a doctor into the body."""
    doctors, _ = read("/doctors?when=week")
    doctor = random.choice(doctors)["id"] if doctors else None
    if case.path.endswith("/reschedule"):
        visit, _ = read(case.formatted_path.removesuffix("/reschedule"))
        doctor = visit["doctor_id"] if visit else None
    times = read(f"/doctors/{doctor}/slots")[0] if doctor else None
    if not times:
        return
    start = random.choice(times)["start"]
    body = dict(case.body)
    if "doctor_id" in body:
        body["doctor_id"] = doctor
    body.pop("visit_type_id", None)
    if body.get("hold_id") is None:
        body.pop("hold_id", None)
    if "start" in body:
        body["start"] = start
    if "date" in body:
        body["date"] = random.choice([start, start[:10]])
    case.body = body


@schemathesis.check
def refused_by_a_rule(ctx, response, case):
    """A request that keeps to its description is refused with 422 only for what the description cannot say."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 422:
        return
    sent = case.body if isinstance(case.body, dict) else {}
    sent = {**sent, **(case.query or {})}
    for error in response.json().get("errors", []):
        field, code = error["field"], error["code"]
        if field in DEPENDENT.get(case.operation.path, ()):
            continue
        assert code not in FORM, f"the description allows it, and {field} is refused as {code}"
        if code == "missing" and "." not in field and "[" not in field:
            assert field in sent, f"the description does not ask for {field}, and it is missing"


@schemathesis.check
def problems_are_problems(ctx, response, case):
    """Whatever is refused is refused as RFC 9457 has it, and says so in words."""
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
