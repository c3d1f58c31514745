"""A provider against a local pool on a clock that only the test moves."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pyotp.totp
import pytest

from authflow import effects, outcomes
from authflow.adapters.cognito.clients import new_client
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.wire_settings import Wire
from authflow.adapters.config import PoolConfig
from authflow.adapters.local_pool import LocalPool, Request, new_signing_key
from authflow.adapters.stores.memory import MemoryDeviceStore
from authflow.effects import Effect
from authflow.outcomes import Outcome
from authflow.ports import Tokens
from authflow.secrets import Handle, Secret, Vault
from authflow.states import AuthFlowType
from authflow.values import Account, Challenge

PASSWORD = "Passw0rd!"


def pool_config(setup: Any, **more: Any) -> PoolConfig:
    secret = setup.client_secret
    return PoolConfig(
        **{
            "region": setup.region,
            "user_pool_id": setup.pool_id,
            "client_id": setup.client_id,
            "client_secret": None if secret is None else Secret(secret),
            "identity_pool_id": setup.identity_pool_id,
            **more,
        }
    )


class Bench:
    """A pool, a provider that talks to it in process, and the moves that tests make most."""

    def __init__(self, key: Any, config: dict[str, Any] | None = None, **options: Any) -> None:
        self.now = float(int(time.time()))
        self.pauses: list[float] = []
        self.pool = LocalPool(clock=lambda: self.now, signing_key=key)
        self.setup = self.pool.quickstart(**options)
        self.config = pool_config(self.setup, **(config or {}))
        self.vault = Vault()
        self.devices = MemoryDeviceStore()
        self.provider = self.provide(self.config)
        self._effects = 0

    def provide(self, config: PoolConfig, **more: Any) -> CognitoProvider:
        def attached() -> Any:
            client = new_client(config, Wire(connect_timeout=5.0, read_timeout=10.0))
            self.pool.attach(client)
            return client

        own = {"device_store": self.devices, "clock": lambda: self.now, "sleep": self.pauses.append}
        clients = {"client_factory": attached, "identity_client_factory": self.pool.identity_client}
        options = {**clients, **own, **more}
        return CognitoProvider(config, **options)

    # Accounts, set up past the wire

    def admin(self, operation: str, **request: Any) -> Any:
        return self.pool.call(operation, {"UserPoolId": self.setup.pool_id, **request})

    def user(self, username: str = "alice", password: str = PASSWORD, **attributes: str) -> None:
        given = {"email": f"{username}@example.com", "email_verified": "true", **attributes}
        if "@" in username:
            given["email"] = username
        listed = [{"Name": name, "Value": value} for name, value in given.items()]
        self.admin("AdminCreateUser", Username=username, UserAttributes=listed, MessageAction="SUPPRESS")
        self.admin("AdminSetUserPassword", Username=username, Password=password, Permanent=True)

    def totp(self, account: Account) -> Callable[[], str]:
        """Enrol an authenticator app; answers its codes."""
        access = {"AccessToken": self.tokens(account).access_token.reveal()}
        seed = self.pool.call("AssociateSoftwareToken", access)["SecretCode"]
        generator = pyotp.totp.TOTP(seed)
        self.pool.call("VerifySoftwareToken", {**access, "UserCode": generator.at(int(self.now))})
        settings = {"Enabled": True, "PreferredMfa": True}
        self.pool.call("SetUserMFAPreference", {**access, "SoftwareTokenMfaSettings": settings})
        self.now += 30
        return lambda: generator.at(int(self.now))

    # Effects

    def number(self) -> int:
        self._effects += 1
        return self._effects

    def perform(self, effect: Effect, provider: CognitoProvider | None = None) -> Outcome:
        outcome = (provider or self.provider).perform(effect, self.vault)
        assert outcome.effect_id == effect.id
        return outcome

    def put(self, kind: str, value: object) -> Handle:
        return self.vault.put(kind, value)

    def initiate(
        self,
        username: str = "alice",
        password: str | None = PASSWORD,
        flow: AuthFlowType | None = None,
        **metadata: str,
    ) -> Outcome:
        handle = None if password is None else self.put("password", password)
        return self.perform(
            effects.InitiateAuth(
                id=self.number(),
                username=username,
                password=handle,
                auth_flow=flow,
                client_metadata=metadata,
            )
        )

    def prove(
        self, issued: Outcome, password: str | None = PASSWORD, provider: CognitoProvider | None = None
    ) -> Outcome:
        assert isinstance(issued, outcomes.PasswordVerifierIssued)
        handle = None if password is None else self.put("password", password)
        return self.perform(
            effects.RespondToPasswordVerifier(
                id=self.number(), challenge=issued.challenge, srp=issued.srp, password=handle
            ),
            provider,
        )

    def answer(self, challenge: Challenge, answer: str, username: str = "alice", **attributes: str) -> Outcome:
        named = {name.replace("__", ":"): value for name, value in attributes.items()}
        return self.perform(
            effects.RespondToAuthChallenge(
                id=self.number(),
                username=username,
                challenge=challenge,
                answer=self.put("code", answer),
                attributes=self.put("attributes", named) if named else None,
            )
        )

    def sign_in(self, username: str = "alice", password: str = PASSWORD) -> Account:
        """Signs in by SRP, which must end in tokens."""
        outcome = self.prove(self.initiate(username, password), password)
        assert isinstance(outcome, outcomes.Authenticated)
        return outcome.account

    def tokens(self, account: Account) -> Tokens:
        held = self.vault.get(account.tokens)
        assert isinstance(held, Tokens)
        return held

    def requests(self, operation: str) -> list[Request]:
        return [request for request in self.pool.requests if request.operation == operation]

    def close(self) -> None:
        self.provider.close()
        self.pool.close()


class StubClient:
    """A client that answers what the local pool cannot, and remembers what it was asked."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.closed = 0

    def __getattr__(self, operation: str) -> Callable[..., object]:
        if operation.startswith("__"):
            raise AttributeError(operation)

        def call(**request: Any) -> object:
            self.asked.append((operation, request))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def close(self) -> None:
        self.closed += 1


@pytest.fixture(scope="session")
def signing_key() -> Any:
    return new_signing_key()


@pytest.fixture
def make(signing_key: Any) -> Iterator[Callable[..., Bench]]:
    """Make benches with the options of `LocalPool.quickstart`, and `config=` for those of `PoolConfig`."""
    made: list[Bench] = []

    def build(**options: Any) -> Bench:
        made.append(Bench(signing_key, **options))
        return made[-1]

    yield build
    for bench in made:
        bench.close()


@pytest.fixture
def bench(make: Callable[..., Bench]) -> Bench:
    return make()


@pytest.fixture(scope="session")
def stub() -> type[StubClient]:
    return StubClient


@pytest.fixture(scope="session")
def config_of() -> Callable[..., PoolConfig]:
    return pool_config
