"""What a person and a program do through one proxy: called by proxies.sh, once for each set-up.

    proxies_walk.py PORT BASE MAIL_FOLDER ROUND

The website is https://clinic.example:PORT below the path BASE, which may be empty. Every check that fails is said on
standard error; the last line of standard output is "checks failures".
"""
import http.client
import json
import pathlib
import re
import secrets
import socket
import ssl
import sys
import time
from html import unescape
from urllib.parse import urlencode

port, base, mails, name = int(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4]
site = f"https://clinic.example:{port}"
checks = failures = 0
PASSWORD = "quiet green bicycle"


def expect(what, found, wanted):
    """The check holds when `wanted` is what was found, a part of it, or true of it."""
    global checks, failures
    checks += 1
    good = wanted(found) if callable(wanted) else wanted in found if isinstance(found, str) else found == wanted
    if not good:
        failures += 1
        print(f"FAILED  {name}: {what}: {str(found)[:300]!r}, expected {wanted!r}", file=sys.stderr)


class Site(http.client.HTTPSConnection):
    """A connection to the proxy, from an address of its own."""

    def __init__(self, source="127.0.0.1"):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        super().__init__("clinic.example", port, timeout=20, context=context)
        self.source = source

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", port), 20, (self.source, 0))
        self.sock = self._context.wrap_socket(plain, server_hostname="clinic.example")


class Browser:
    """Cookies, no scripts, and a page that is shown."""

    def __init__(self, source="127.0.0.1"):
        self.cookies, self.source, self.page = {}, source, ""

    def ask(self, method, path, body=None, headers=()):
        connection = Site(self.source)
        sent = {"Host": f"clinic.example:{port}", "Accept": "text/html", **dict(headers)}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{cookie}={value}" for cookie, value in self.cookies.items())
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("set-cookie") or []:
            key, value = cookie.split(";")[0].split("=", 1)
            self.cookies[key] = value
            expect("a cookie's path", cookie, f"Path={base or '/'};")
        connection.close()
        return answer, text

    def get(self, path):
        self.page = base + path
        answer, text = self.ask("GET", self.page)
        expect(f"status of {path}", answer.status, lambda status: status in (200, 401, 422, 429))
        return text

    def send(self, text, action, **fields):
        """Fills in the form of the page that is sent there; where it leads."""
        form = next(form for form in text.split("<form")[1:] if f'action="{base}/fn/{action}"' in form)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form.split("</form>")[0]))
        fields = {**{key: unescape(value) for key, value in hidden.items()}, **fields}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded", "Origin": site, "Referer": site + self.page,
            "Sec-Fetch-Site": "same-origin",
        }
        answer, _ = self.ask("POST", f"{base}/fn/{action}", urlencode(fields), headers)
        return answer.getheader("location") or f"{answer.status}"


def api(method, path, body=None, token=None, **headers):
    """Asks the API; the answer and its JSON."""
    connection = Site()
    sent = {"Content-Type": "application/json", "Host": f"clinic.example:{port}", **headers}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    sent = {key.replace("_", "-"): value for key, value in sent.items()}
    connection.request(method, f"{base}/api/v1{path}", json.dumps(body) if body is not None else None, sent)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, json.loads(text) if text else None


def forms():
    browser, email = Browser(), f"{secrets.token_hex(6)}@example.org"
    page = browser.get("/sign-in?next=/appointments")
    place = browser.send(page, "sign_in", email=email, password="wrong")
    expect("a wrong password", place, f"{base}/sign-in?next=/appointments")
    page = browser.get("/sign-in?next=/appointments")
    expect("its error", page, "Email or password is not right")
    expect("the typed address", page, f'value="{email}"')
    page = browser.get("/register")
    place = browser.send(page, "register", name="Ana", email="no-address", phone="", password=PASSWORD)
    expect("a wrong registration", place, f"{base}/register")
    page = browser.get("/register")
    expect("what was typed", page, 'value="no-address"')
    place = browser.send(page, "register", name="Ana", email=email, phone="")
    expect("a registration", place, f"{base}/register/sent")
    token = opening(email)
    page = browser.get(f"/open-account/{token}")
    place = browser.send(page, "account/open", token=token, password=PASSWORD)
    expect("an account", place, f"{base}/")
    book_with_forms(browser)


def messages():
    texts = [path.read_text(errors="replace") for path in mails.rglob("*") if path.is_file()]
    return [text.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=") for text in texts]


def opening(email):
    """The token of the link that opens the account of this address."""
    for _ in range(100):
        for text in messages():
            found = re.search(r"/open-account/([\w-]{43})", text)
            if found and f"To: {email}" in text:
                return found[1]
        time.sleep(0.2)
    raise LookupError(f"no link for {email}")


def book_with_forms(browser):
    page = browser.get("/doctors?when=week")
    hold = next(form for form in page.split("<form")[1:] if f'action="{base}/fn/booking/hold"' in form)
    start = re.search(r'name="start"[^>]* value="(\d+)"|value="(\d+)"[^>]* name="start"', hold)
    place = browser.send(page, "booking/hold", start=next(filter(None, start.groups())) if start else "")
    expect("a held time", place, lambda place: place.startswith(f"{base}/book/"))
    details = place[len(base):]
    place = browser.send(browser.get(details), "booking/confirm", reason="a cough", phone="")
    expect("a booking", place, lambda place: place.startswith(f"{base}/appointments/") and place.endswith("/done"))
    page = browser.get(place[len(base):])
    root = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
    expect("addresses", root, lambda root: root and all(address.startswith(base + "/") for address in root))
    asset = next(address for address in root if address.endswith(".css") or address.endswith(".svg"))
    expect("a file", browser.ask("GET", asset)[0].status, 200)


def program():
    person = {"email": f"{secrets.token_hex(6)}@example.org", "password": PASSWORD}
    api("POST", "/register", {**person, "role": "patient"})
    _, signed = api("POST", "/open-account", {"token": opening(person["email"]), "password": PASSWORD})
    token = signed["token"]
    _, doctors = api("GET", "/doctors?when=week")
    for doctor in (doctor["id"] for doctor in reversed(doctors)):
        _, slots = api("GET", f"/doctors/{doctor}/slots")
        if len(slots) > 1:
            break
    events = Events(doctor)
    body = {"doctor_id": doctor, "start": slots[0]["start"]}
    key = secrets.token_hex(8)
    before = time.monotonic()
    answer, made = api("POST", "/appointments", body, token, Idempotency_Key=key)
    expect("a booking", answer.status, 201)
    expect("the event of it", events.next() - before, lambda seconds: seconds < 1)
    expect("its address", answer.getheader("location"), f"{base}/api/v1/appointments/{made['id']}")
    expect("its version", answer.getheader("etag") or "", '"')
    answer, again = api("POST", "/appointments", body, token, Idempotency_Key=key)
    expect("the same request again", (answer.status, again["id"]), (201, made["id"]))
    target, version = f"/appointments/{made['id']}", answer.getheader("etag")
    answer, _ = api("POST", f"{target}/reschedule", {"start": slots[1]["start"]}, token, If_Match='"0"')
    expect("a stale version", answer.status, 412)
    expect("a problem", answer.getheader("content-type"), "application/problem+json")
    answer, moved = api("POST", f"{target}/reschedule", {"start": slots[1]["start"]}, token, If_Match=version)
    expect("a move", (answer.status in (200, 201), moved.get("reference")), (True, made["reference"]))
    answer, problem = api("GET", "/doctors/00000000-0000-7000-8000-000000000000")
    expect("a problem's type", problem["type"], f"{base}/api/problems/not_found")
    expect("a list's links", api("GET", "/doctors")[0].getheader("link"), f"<{base}/api/v1/doctors?page=1>")


class Events:
    """The stream of a doctor's changes."""

    def __init__(self, doctor):
        self.connection = Site()
        self.connection.request("GET", f"{base}/api/v1/doctors/{doctor}/slots/events", None, {"Host": f"clinic.example:{port}"})
        self.answer = self.connection.getresponse()
        began = time.monotonic()
        expect("the first event", self.next() - began, lambda seconds: seconds < 1)

    def next(self):
        """When the next event arrives."""
        while True:
            line = self.answer.readline()
            if line.startswith(b"data:"):
                return time.monotonic()
            if not line:
                return float("inf")


def spoofing():
    """Three links for a new password are one network's: what it writes into headers makes it no other one."""
    for source, allowed in [("127.0.0.21", 3), ("127.0.0.22", 3)]:
        places = []
        for number in range(4):
            browser = Browser(source)
            page = browser.get("/forgot-password")
            ask = browser.ask
            spoofed = {"X-Forwarded-For": f"198.51.100.{number}", "Forwarded": f"for=198.51.100.{number}"}
            browser.ask = lambda method, path, body=None, headers=(): ask(method, path, body, {**dict(headers), **spoofed})
            places.append(browser.send(page, "account/forgot", email=f"{number}@example.org"))
            shown = browser.get("/forgot-password")
            places[-1] = "wait" if "Too many" in shown or "too many" in shown else "sent"
        # behind a proxy that is not trusted all visitors share one address
        shared = source == "127.0.0.22" and not name.endswith("corrected") and not name.endswith("below a path")
        expect(f"links for {source}", places, ["wait"] * 4 if shared else ["sent"] * allowed + ["wait"])


def mail():
    for _ in range(100):
        texts = messages()
        if any("/open-account/" in text or "/appointment/" in text for text in texts):
            break
        time.sleep(0.2)
    links = [link for text in texts for link in re.findall(r"https?://[^\s\"<>]+", text) if "/meet" not in link]
    own = [link for link in links if "/open-account/" in link or "/appointment/" in link or "/reset/" in link]
    expect("links in messages", own, lambda own: own and all(link.startswith(f"{site}{base}/") for link in own))


for part in (forms, program, spoofing, mail):
    try:
        part()
    except Exception as error:  # a walk that stops is a failure, not the end of the others
        expect(f"{part.__name__} goes through", f"{type(error).__name__}: {error}", lambda _: False)
print(checks, failures)
