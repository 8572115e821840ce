"""What the API promises beside its description; schemathesis.toml names this file."""

import schemathesis

# What a field's description says already: whoever keeps to it must not be refused with one of these.
FORM = {"wrong_type", "not_a_field"}


@schemathesis.check
def refused_by_a_rule(ctx, response, case):
    """A request that keeps to its description is refused with 422 only for what the description cannot say."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 422:
        return
    sent = case.body if isinstance(case.body, dict) else {}
    sent = {**sent, **(case.query or {})}
    for error in response.json().get("errors", []):
        field, code = error["field"], error["code"]
        assert code not in FORM, f"the description allows it, and {field} is refused as {code}"
        if code == "missing" and "." not in field and "[" not in field:
            assert field in sent, f"the description does not ask for {field}, and it is missing"


@schemathesis.check
def problems_are_problems(ctx, response, case):
    """Whatever is refused is refused as RFC 9457 has it, and says so in words."""
    if response.status_code < 400:
        return
    if case.method.upper() == "HEAD":
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
