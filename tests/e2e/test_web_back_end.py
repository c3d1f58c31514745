"""The web back end of the documents, asked over loopback HTTP as a page asks it."""

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from pyotp.totp import TOTP

from authflow import AuthFlow
from authflow.adapters.local_pool import Fault, LocalPool

DOCUMENT = Path(__file__).parents[2] / "docs/web_back_end.md"
PASSWORD = "Correct-horse-9"
ADDRESS = {"attributes.email": "ana@example.com"}


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


class Page:
    """What a browser's page does: keeps the cookie, draws the last snapshot, posts with its revision."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""
        self.headers: dict[str, str] = {}
        self.body: dict[str, Any] = {}

    def ask(self, method: str, path: str, sent: object = None, kind: str = "application/json") -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Cookie": f"theme=a=b; {self.cookie}", "Content-Type": kind}
        connection.request(method, path, body=json.dumps(sent), headers=headers)
        answer = connection.getresponse()
        self.headers = dict(answer.getheaders())
        self.cookie = self.headers.get("Set-Cookie", self.cookie).partition(";")[0]
        self.body = json.loads(answer.read())
        connection.close()
        return answer.status

    def open(self) -> int:
        return self.ask("GET", "/flow")

    def post(self, action: str, rev: object = None, **values: object) -> int:
        answered = self.body["snapshot"]["rev"] if rev is None else rev
        return self.ask("POST", "/flow", {"action": action, "values": values, "rev": answered})

    @property
    def screen(self) -> str:
        screen: str = self.body["snapshot"]["screen"]
        return screen


@pytest.fixture
def scope() -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": "back_end"}
    program = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)[0]
    exec(compile(program, "web_back_end.md", "exec"), found)
    return found


@pytest.fixture
def page(scope: dict[str, Any]) -> Iterator[Page]:
    with make_server("127.0.0.1", 0, scope["application"], handler_class=_Quiet) as server:
        serving = Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        opened = Page(server.server_port)
        assert opened.open() == 200
        yield opened
        server.shutdown()
        serving.join()
    scope["sessions"].sweep(idle=0)


def _sign_up(page: Page, pool: LocalPool) -> None:
    assert page.post("show_sign_up") == 200
    assert page.post("sign_up", username="ana", password=PASSWORD, **ADDRESS) == 200
    assert page.post("confirm_sign_up", username="ana", code=pool.last_code("ana")) == 200


def test_a_page_signs_up_confirms_signs_in_and_out(page: Page, scope: dict[str, Any]) -> None:
    _sign_up(page, scope["pool"])
    assert page.screen == "signIn"
    assert page.post("sign_in", username="ana", password=PASSWORD) == 200
    assert page.body["snapshot"]["user_state"] == "signedIn"
    assert page.open() == 200
    assert page.screen == "signedIn"
    assert page.post("sign_out") == 200
    assert page.screen == "signIn"
    assert page.headers["Cache-Control"] == "no-store"


def test_an_old_screen_answers_nothing(page: Page, scope: dict[str, Any]) -> None:
    old = page.body["snapshot"]["rev"]
    page.post("show_sign_up")
    assert page.post("sign_up", old, username="ana", password=PASSWORD, **ADDRESS) == 409
    assert page.body["error"]["code"] == "revisionConflict"
    assert not scope["pool"].outbox
    assert page.post("show_sign_up", old) == 409  # which is on the screen no more
    assert page.post("show_sign_up") == 400
    assert page.screen == "signUp"


def test_a_page_gets_the_fields_and_actions_of_its_screen_and_no_others(page: Page, scope: dict[str, Any]) -> None:
    _sign_up(page, scope["pool"])
    assert page.post("sign_in", username="ana", password=PASSWORD, client_metadata={"role": "boss"}) == 422
    assert page.body["error"]["field"] == "client_metadata"
    page.post("sign_in", username="ana", password=PASSWORD)
    assert page.post("delete_user") == 400
    assert page.post("sign_out", rev=True) == 400  # no revision
    assert page.screen == "signedIn"


def test_what_goes_wrong_has_its_status(page: Page, scope: dict[str, Any]) -> None:
    _sign_up(page, scope["pool"])
    assert page.post("sign_in", username="", password=PASSWORD) == 422
    assert page.body["error"]["field"] == "username"
    assert page.post("sign_in", username="ana", password="not-the-password") == 422
    assert page.body["snapshot"]["error"]["code"] == "notAuthorized"
    scope["pool"].inject(Fault(operation="InitiateAuth", drop="after"))
    assert page.post("sign_in", username="ana", password=PASSWORD) == 502
    assert page.body["snapshot"]["status"] == "unknown_outcome"
    assert page.ask("GET", "/elsewhere") == 404


def test_what_is_no_request_is_refused(page: Page) -> None:
    good = {"action": "show_sign_up", "values": {}, "rev": page.body["snapshot"]["rev"]}
    malformed: tuple[object, ...] = (None, [], {**good, "values": []}, {**good, "rev": None}, {**good, "action": 1})
    for body in malformed:
        assert page.ask("POST", "/flow", body) == 400
    assert page.ask("POST", "/flow", good, kind="text/plain") == 400
    assert page.screen == "signIn"
    assert page.ask("POST", "/flow", good, kind="application/json; charset=utf-8") == 200


@pytest.mark.parametrize("body", [b"[" * 60_000, b'{"a": "' + b"b" * 70_000 + b'"}', b"\xff", b""])
def test_what_is_no_json_or_too_much_of_it_is_no_request(body: bytes, scope: dict[str, Any]) -> None:
    environ = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}
    assert scope["read"](environ) is None


def test_a_field_of_an_older_screen_is_of_an_older_screen(page: Page, scope: dict[str, Any]) -> None:
    old = page.body["snapshot"]["rev"]
    _sign_up(page, scope["pool"])
    assert page.post("sign_in", old, username="ana", password=PASSWORD, gone="x") == 409
    assert page.post("sign_in", username="ana", password=PASSWORD, gone="x") == 422


def test_every_browser_has_a_flow_of_its_own_and_a_new_name_after_its_sign_in(
    page: Page, scope: dict[str, Any]
) -> None:
    _sign_up(page, scope["pool"])
    planted = Page(page.port)
    planted.cookie = page.cookie
    page.post("sign_in", username="ana", password=PASSWORD)
    planted.open()
    assert planted.screen == "signIn"
    assert planted.cookie != page.cookie
    made_up = Page(page.port)
    made_up.cookie = f"{scope['COOKIE']}=chosen"
    made_up.open()
    assert "chosen" not in made_up.cookie


def test_the_secret_of_an_authenticator_app_travels_by_itself(page: Page, scope: dict[str, Any]) -> None:
    pool = scope["pool"]
    pool.quickstart(mfa="ON", factors=("SOFTWARE_TOKEN_MFA",), required_attributes=("email",))
    scope["sessions"].sweep(idle=0)  # the next flow is the new user pool's
    page.open()
    assert page.ask("GET", "/flow/totp") == 404
    page.open()
    _sign_up(page, pool)
    page.post("sign_in", username="ana", password=PASSWORD)
    shown = page.body["snapshot"]
    assert shown["shows_totp"]
    assert page.ask("GET", "/flow/totp") == 200
    assert page.headers["Cache-Control"] == "no-store"
    secret = parse_qs(urlsplit(page.body["uri"]).query)["secret"][0]
    assert page.body["svg"].startswith("<svg")
    assert secret not in json.dumps(shown)
    page.open()
    assert page.post("confirm_sign_in", answer=TOTP(secret).at(int(pool.clock()))) == 200
    assert page.screen == "signedIn"


def test_a_flow_that_nobody_asks_for_is_closed(page: Page, scope: dict[str, Any]) -> None:
    (flow, _), *_ = scope["sessions"].kept.values()
    scope["sessions"].sweep()
    assert flow.snapshot().status == "interactive"
    scope["sessions"].sweep(idle=0)
    assert isinstance(flow, AuthFlow)
    assert flow.snapshot().status == "closed"
    assert page.open() == 200
    assert page.screen == "signIn"


def test_a_page_signs_in_at_the_hosted_ui_with_the_address_that_it_came_back_to(
    page: Page, scope: dict[str, Any]
) -> None:
    pool = scope["pool"]
    pool.quickstart(oauth=True, providers=("Google",))
    page.cookie = ""  # a browser that comes once there is such a client
    page.open()
    assert page.post("sign_in_with_redirect", provider="Google") == 200
    assert page.body["snapshot"]["status"] == "waiting_external"
    user = pool.browser()
    user.open(page.body["snapshot"]["challenge"]["parameters"]["URL"])
    back = user.continue_as("117", email="ana@example.com")
    stranger = Page(page.port)
    stranger.open()
    stranger.post("sign_in_with_redirect", provider="Google")
    assert stranger.post("confirm_sign_in", answer=back) == 422
    assert stranger.body["error"]["code"] == "redirectStateMismatch"
    assert page.open() == 200
    assert page.post("confirm_sign_in", answer=back) == 200
    assert page.body["snapshot"]["user_state"] == "signedIn"
