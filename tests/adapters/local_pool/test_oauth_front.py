"""The endpoints as they are reached: in process, over HTTP, with faults, and in the request log."""

import http.client
import json
import logging
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from authflow.adapters.local_pool import Fault
from authflow.adapters.local_pool.browser import Browser
from tests.adapters.local_pool.apps import CALLBACK, FORM, query_of


def over_http(method: str, url: str, headers: Any, body: bytes) -> tuple[int, Any, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=10)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", body or None, dict(headers))
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def test_the_same_is_served_over_http(app: Any) -> None:
    with app.service.serve() as server:
        assert app.base == f"{server.url}/local"
        browser = Browser(over_http)
        assert browser.open(app.url()).startswith(f"{server.url}/local/login")
        there = browser.sign_in("alice", "Passw0rd!")
        assert there.startswith(CALLBACK)
        form = {
            "grant_type": "authorization_code", "client_id": app.bench.client_id, "redirect_uri": CALLBACK,
            "code": query_of(there)["code"],
        }  # fmt: skip
        status, headers, body = over_http("POST", f"{app.base}/oauth2/token", FORM, urlencode(form).encode())
        assert status == 200
        assert headers["Cache-Control"].startswith("no-cache, no-store")
        token = json.loads(body)["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        assert json.loads(over_http("GET", f"{app.base}/oauth2/userInfo", bearer, b"")[2])["username"] == "alice"
        assert over_http("GET", f"{server.url}/other/oauth2/userInfo", bearer, b"")[0] == 404
        assert over_http("GET", f"{app.base}/oauth2/other", bearer, b"")[0] == 404
        origin = {"Origin": "https://evil.example.com"}
        assert over_http("POST", f"{app.base}/oauth2/token", {**FORM, **origin}, b"")[0] == 403


def test_a_page_of_this_machine_may_ask_for_tokens(app: Any) -> None:
    with app.service.serve():
        headers = {**FORM, "Origin": "http://localhost:5173"}
        answered = over_http("POST", f"{app.base}/oauth2/token", headers, b"grant_type=x")[1]
        assert answered["Access-Control-Allow-Origin"] == "http://localhost:5173"


def test_in_process_both_addresses_lead_there(app: Any) -> None:
    amazons = app.base
    with app.service.serve():
        for base in (amazons, app.base):
            assert app.service.http("POST", f"{base}/oauth2/token", FORM, b"grant_type=x")[0] == 400


@pytest.mark.parametrize(
    "url",
    ["https://local.auth.us-east-1.amazoncognito.com/", "https://local.auth.us-east-1.amazoncognito.com/oauth2/x",
     "https://other.auth.us-east-1.amazoncognito.com/oauth2/token", "http://127.0.0.1/health", "http://127.0.0.1/"],
)  # fmt: skip
def test_other_urls_are_said_to_be_none(app: Any, url: str) -> None:
    with pytest.raises(LookupError, match="none of a domain's endpoints"):
        app.service.http("GET", url)


@pytest.mark.parametrize(
    ("method", "endpoint"), [("GET", "oauth2/token"), ("POST", "oauth2/authorize"), ("PUT", "login")]
)
def test_a_method_that_is_not_taken_is_refused(app: Any, method: str, endpoint: str) -> None:
    assert app.service.http(method, f"{app.base}/{endpoint}")[0] == 405


def test_cookies_are_for_the_domain_alone(app: Any) -> None:
    def cookie() -> str:
        found: str = app.service.http("GET", app.url("login"))[1]["Set-Cookie"]
        return found

    assert cookie().endswith("; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax; Secure")
    with app.service.serve():
        assert cookie().endswith("; Max-Age=3600; Path=/local/; HttpOnly; SameSite=Lax")


def test_faults_strike_an_endpoint(app: Any) -> None:
    def ask() -> tuple[int, bytes]:
        status, _, body = app.service.http("POST", f"{app.base}/oauth2/token", FORM, b"grant_type=x", timeout=1)
        return status, body

    app.service.inject(Fault(operation="oauth2/token", error=("invalid_grant", "Gone."), status=503, times=2))
    for _ in range(2):
        status, body = ask()
        assert (status, json.loads(body)) == (503, {"error": "invalid_grant", "error_description": "Gone."})
    app.service.inject(Fault(operation="oauth2/token", body="<html>", status=502))
    assert ask() == (502, b"<html>")
    app.service.inject(Fault(operation="oauth2/token", delay=1))
    with pytest.raises(TimeoutError):
        ask()
    assert ask()[0] == 400


@pytest.mark.parametrize(("drop", "status"), [("before", 200), ("after", 400)])
def test_a_lost_connection_leaves_the_code_or_spends_it(app: Any, drop: str, status: int) -> None:
    code = app.code()
    app.service.inject(Fault(operation="oauth2/token", drop=drop))
    with pytest.raises(ConnectionError):
        app.exchange(code)
    assert app.exchange(code)[0] == status


def test_a_fault_of_a_page_is_a_page(app: Any) -> None:
    app.service.inject(Fault(operation="oauth2/authorize", error=("server_error", "No <today>."), status=500))
    app.open()
    assert app.browser.status == 500
    assert "No &lt;today&gt;." in app.browser.page
    app.service.inject(Fault(operation="*", body="?"))
    app.open()
    assert app.browser.page == "?"


def test_a_fault_over_http_loses_the_connection(app: Any) -> None:
    with app.service.serve(test_controls=True) as server:
        fault = json.dumps({"operation": "oauth2/token", "drop": "before"}).encode()
        assert over_http("POST", f"{server.url}/faults", {}, fault)[0] == 200
        with pytest.raises((http.client.HTTPException, OSError)):
            over_http("POST", f"{app.base}/oauth2/token", FORM, b"grant_type=x")


def test_the_log_tells_of_requests_without_their_secrets(app: Any) -> None:
    answer = app.tokens(nonce="a-nonce")
    app.refresh("bad")
    names = [request.operation for request in app.service.requests]
    assert names == ["oauth2/authorize", "login", "login", "oauth2/token", "oauth2/token"]
    first, last = app.service.requests[0], app.service.requests[-1]
    assert first.values["redirect_uri"] == CALLBACK
    assert first.error is None
    assert (last.error, last.values["grant_type"]) == ("invalid_grant", "refresh_token")
    shown = repr(app.service.requests)
    for secret in ("a-nonce", "Passw0rd!", answer["refresh_token"]):
        assert secret not in shown


def test_a_failure_of_the_pool_is_said_without_what_was_sent(
    app: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a-" + "secret")

    monkeypatch.setattr(app.service._core.ctx.random.__class__, "uuid", broken)
    app.open()
    with caplog.at_level(logging.ERROR):
        app.browser.sign_in("alice", "Passw0rd!")
    assert app.browser.status == 500
    assert "server_error" in app.browser.page
    assert "RuntimeError" in caplog.text
    assert "a-secret" not in caplog.text
