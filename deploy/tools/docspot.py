"""A client written for the DocSpot document, with /api/v1 as its base URL. It knows five calls and nothing else.

    docspot.py BASE_URL

Python's standard library only. Prints one line per check; the last line is the sum.
"""

import json
import secrets
import sys
import urllib.error
import urllib.request

base = sys.argv[1].rstrip("/")
passed = failed = 0


def call(method, path, body=None, token=None):
    """Status, JSON and headers of one answer."""
    request = urllib.request.Request(base + path, method=method)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", "Bearer " + token)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer), answer.headers
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal), refusal.headers


def check(what, right, seen):
    global passed, failed
    if right:
        passed += 1
    else:
        failed += 1
    print(("fine    " if right else "WRONG   ") + what + ("" if right else f": {seen}"))


def has_message(answer):
    return isinstance(answer.get("message"), str) and answer["message"] != ""


email = f"patient-{secrets.token_hex(6)}@example.org"
password = secrets.token_urlsafe(18)
person = {"email": email, "password": password}

status, answer, _ = call("POST", "/register", {**person, "role": "patient"})
check("POST /register makes a patient: 201 with a message", status == 201 and has_message(answer), (status, answer))
status, answer, _ = call("POST", "/register", {**person, "role": "patient"})
check("POST /register twice: 4xx with a message", 400 <= status < 500 and has_message(answer), (status, answer))
for role in ("doctor", "admin"):
    other = {"email": "x" + email, "password": password, "role": role}
    status, answer, _ = call("POST", "/register", other)
    refused = 400 <= status < 500 and has_message(answer)
    check(f"POST /register as {role} without an invitation: 4xx with a message", refused, (status, answer))

status, answer, _ = call("POST", "/login", {"email": email, "password": "not the password"})
check("POST /login with a wrong password: 401 with a message", status == 401 and has_message(answer), (status, answer))
status, answer, _ = call("POST", "/login", person)
signed_in = status == 200 and answer.get("role") == "patient" and isinstance(answer.get("token"), str)
check("POST /login: 200 with token and role", signed_in, status)
token = answer.get("token")

status, doctors, headers = call("GET", "/doctors")
fields = ("id", "name", "specialty", "location")
listed = status == 200 and isinstance(doctors, list) and doctors and all(all(f in d for f in fields) for d in doctors)
check("GET /doctors: 200, an array of id, name, specialty, location", listed, (status, doctors))
check("GET /doctors: paging stands in the headers", "X-Total-Count" in headers and "Link" in headers, dict(headers))

status, answer, _ = call("POST", "/book", {"doctor_id": doctors[0]["id"], "date": "2026-01-01"})
check("POST /book without a token: 401 with a message", status == 401 and has_message(answer), (status, answer))

doctor, moment = None, None
for candidate in doctors:
    status, slots, _ = call("GET", f"/doctors/{candidate['id']}/slots", token=token)
    if status == 200 and slots:
        doctor, moment = candidate, slots[-1]["start"]
        break
check("some doctor has a free time", doctor is not None, doctors)

day = moment[:10]
status, answer, _ = call("POST", "/book", {"doctor_id": doctor["id"], "date": day}, token)
check("POST /book with a day: 201 with a message", status == 201 and has_message(answer), (status, answer))
booked_at = answer.get("date", "")
check("POST /book with a day: a time of that day", booked_at[:10] == day, booked_at)

rival = {"email": "rival-" + email, "password": password}
call("POST", "/register", {**rival, "role": "patient"})
_, answer, _ = call("POST", "/login", rival)
status, answer, _ = call("POST", "/book", {"doctor_id": doctor["id"], "date": booked_at}, answer.get("token"))
nearest = answer.get("nearest")
offered = status == 409 and has_message(answer) and isinstance(nearest, list)
check("POST /book with a moment that is taken: 409 with the nearest times", offered, (status, answer))

status, answer, _ = call("GET", "/appointments")
check("GET /appointments without a token: 401 with a message", status == 401 and has_message(answer), (status, answer))
status, appointments, _ = call("GET", "/appointments", token=token)
fields = ("doctor_name", "specialty", "location", "date", "status")
listed = status == 200 and isinstance(appointments, list) and len(appointments) == 1 and all(f in appointments[0] for f in fields)
check("GET /appointments: 200, an array of doctor_name, specialty, location, date, status", listed, (status, appointments))
check("GET /appointments: the appointment that was booked", listed and appointments[0]["date"] == booked_at, appointments)

print(f"DocSpot client: {passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
