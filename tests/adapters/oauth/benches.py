"""A provider against the hosted UI of a local pool, in process, on a clock that only the test moves."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest

from authflow import effects, outcomes
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.transport import HttpAnswer
from authflow.adapters.config import PoolConfig, load_config
from authflow.adapters.local_pool import LocalPool
from authflow.adapters.oauth.redirects import RedirectSecret
from authflow.errors import AuthFlowError
from authflow.ports import Tokens
from authflow.secrets import Secret, Vault
from authflow.values import Account, Challenge

PASSWORD = "Passw0rd!"
Change = Callable[[HttpAnswer], HttpAnswer]


@attrs.frozen(kw_only=True)
class Sent:
    """A request that left."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode(), strict_parsing=True).items()}


class Bench:
    """A pool with a hosted UI, a provider, and the moves that tests make most."""

    def __init__(self, key: Any, config: dict[str, Any], provider: dict[str, Any], options: dict[str, Any]) -> None:
        self.now = float(int(time.time()))
        self.pauses: list[float] = []
        self.sent: list[Sent] = []
        self.change: Change | None = None
        served = options.pop("served", False)
        self.pool = LocalPool(clock=lambda: self.now, signing_key=key)
        self.setup = self.pool.quickstart(
            **{"oauth": True, "callback_urls": ["https://app.example.com/back"], **options}
        )
        self.server = self.pool.serve() if served else None
        self.browser = self.pool.browser()
        self.vault = Vault()
        self.config = self._config(config)
        self.provider = self._provider(**provider)
        self._effects = 0
        self.user()

    def _provider(self, **options: Any) -> CognitoProvider:
        return CognitoProvider(
            self.config,
            client_factory=self.pool.client,
            clock=lambda: self.now,
            sleep=self.pauses.append,
            **{"transport": self.transport, **options},
        )

    def use(self, **options: Any) -> None:
        """Goes on with a provider of other options."""
        self.provider.close()
        self.provider = self._provider(**options)

    def _config(self, more: dict[str, Any]) -> PoolConfig:
        assert self.setup.domain is not None
        section = {
            "domain": self.pool.domain_url(self.setup.domain).removeprefix("https://"),
            "scopes": ["openid", "email"],
            "redirect_sign_in_uri": ["https://app.example.com/back"],
            "redirect_sign_out_uri": ["https://app.example.com/"],
        }
        known = {
            "user_pool_id": self.setup.pool_id,
            "client_id": self.setup.client_id,
            "client_secret": None if self.setup.client_secret is None else Secret(self.setup.client_secret),
            "oauth": {**section, **more.pop("oauth", {})},
            "endpoint": None if self.server is None else self.server.url,
        }
        return load_config(**{**known, **more})

    def transport(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        self.sent.append(Sent(method=method, url=url, headers=headers, body=body))
        status, _, content = self.pool.http(method, url, headers, body)
        answer = status, content
        return self.change(answer) if self.change is not None and method == "POST" else answer

    @property
    def asked(self) -> list[Sent]:
        """What was asked of the token endpoint."""
        return [sent for sent in self.sent if sent.method == "POST"]

    def user(self, username: str = "alice") -> None:
        pool = {"UserPoolId": self.setup.pool_id, "Username": username}
        mail = [{"Name": "email", "Value": f"{username}@example.com"}, {"Name": "email_verified", "Value": "true"}]
        self.pool.call("AdminCreateUser", {**pool, "UserAttributes": mail, "MessageAction": "SUPPRESS"})
        self.pool.call("AdminSetUserPassword", {**pool, "Password": PASSWORD, "Permanent": True})

    def number(self) -> int:
        self._effects += 1
        return self._effects

    def start(self, **arguments: Any) -> Challenge:
        outcome = self.provider.perform(effects.StartRedirect(id=self.number(), **arguments), self.vault)
        assert isinstance(outcome, outcomes.HostedUiIssued)
        assert outcome.effect_id == self._effects
        return outcome.challenge

    def secret(self, challenge: Challenge) -> RedirectSecret:
        assert challenge.session is not None
        kept = self.vault.get(challenge.session)
        assert isinstance(kept, RedirectSecret)
        return kept

    def visit(self, challenge: Challenge, username: str = "alice") -> str:
        """What the user does in the browser, and where that ends."""
        self.browser.forget()
        self.browser.open(challenge.parameters["URL"])
        return self.browser.sign_in(username, PASSWORD)

    def exchange(self, challenge: Challenge, url: str) -> outcomes.Outcome:
        answer = self.vault.put("redirect", url)
        effect = effects.ExchangeCode(id=self.number(), challenge=challenge, answer=answer)
        return self.provider.perform(effect, self.vault)

    def sign_in(self, **arguments: Any) -> Account:
        challenge = self.start(**arguments)
        outcome = self.exchange(challenge, self.visit(challenge))
        assert isinstance(outcome, outcomes.Authenticated)
        return outcome.account

    def refused(self, challenge: Challenge, url: str) -> AuthFlowError:
        with pytest.raises(AuthFlowError) as raised:
            self.exchange(challenge, url)
        assert raised.value.__cause__ is None
        assert raised.value.__context__ is None
        return raised.value

    def tokens(self, account: Account) -> Tokens:
        held = self.vault.get(account.tokens)
        assert isinstance(held, Tokens)
        return held

    def close(self) -> None:
        self.provider.close()
        if self.server is not None:
            self.server.close()
        self.pool.close()


def query_of(url: str) -> dict[str, str]:
    found = parse_qs(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    assert all(len(values) == 1 for values in found.values())
    return {name: values[0] for name, values in found.items()}
