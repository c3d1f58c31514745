"""What the tests of OAuth 2.0 share: an app that sends its user to a domain's pages and comes back for tokens."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.adapters.local_pool.conftest import PASSWORD

CALLBACK = "myapp://callback"
VERIFIER = "v" * 43
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


class App:
    """An app of one bench, whose user is at a browser of its own."""

    def __init__(self, bench: Any) -> None:
        self.bench, self.service = bench, bench.service
        self.browser = bench.service.browser()

    @property
    def base(self) -> str:
        found: str = self.service.domain_url(self.bench.setup.domain)
        return found

    def url(self, endpoint: str = "oauth2/authorize", /, **parameters: str | None) -> str:
        given = {"response_type": "code", "client_id": self.bench.client_id, "redirect_uri": CALLBACK, "state": "s"}
        kept = {name: value for name, value in {**given, **parameters}.items() if value is not None}
        return f"{self.base}/{endpoint}?{urlencode(kept)}"

    def open(self, **parameters: str | None) -> str:
        found: str = self.browser.open(self.url(**parameters))
        return found

    def code(self, username: str = "alice", password: str = PASSWORD, **parameters: str | None) -> str:
        self.open(**parameters)
        return query_of(self.browser.sign_in(username, password))["code"]

    def federated(self, subject: str = "77", provider: str = "Google", **claims: str) -> str:
        self.open(identity_provider=provider)
        found: str = self.browser.continue_as(subject, **claims)
        return found

    def post(self, endpoint: str, form: dict[str, str], **headers: str) -> tuple[int, dict[str, Any]]:
        sent = {**FORM, **{name.replace("_", "-"): value for name, value in headers.items()}}
        status, _, body = self.service.http("POST", f"{self.base}/{endpoint}", sent, urlencode(form).encode())
        return status, json.loads(body)

    def exchange(self, code: str, /, _headers: dict[str, str] | None = None, **form: str) -> tuple[int, dict[str, Any]]:
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        given |= {"client_id": self.bench.client_id}
        return self.post("oauth2/token", {**given, **form}, **(_headers or {}))

    def tokens(self, username: str = "alice", **parameters: str | None) -> dict[str, Any]:
        status, answer = self.exchange(self.code(username, PASSWORD, **parameters))
        assert status == 200, answer
        return answer

    def refresh(self, token: str, **form: str) -> tuple[int, dict[str, Any]]:
        given = {"grant_type": "refresh_token", "refresh_token": token, "client_id": self.bench.client_id}
        return self.post("oauth2/token", {**given, **form})
