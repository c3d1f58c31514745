"""Canaries: a known value in every secret input, looked for in everything that comes out."""

import asyncio
import base64
import copy
import json
import logging
import pickle
from collections.abc import Callable, Iterator
from typing import Any, Final

import anyio
import pytest

from authflow import AsyncAuthFlow, AuthFlow, AuthFlowError, ErrorCode, Secret, SignOutOptions, effects, outcomes
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.config import load_config
from authflow.errors import exception_from
from authflow.events import Event
from authflow.ports import StoredSession
from authflow.secrets import Handle, Vault
from authflow.values import Challenge
from tests.drivers.canaries import (
    ACCESS,
    ANSWER,
    ATTRIBUTE,
    CANARIES,
    CODE,
    NEW_PASSWORD,
    PASSWORD,
    REFRESH,
    SESSION,
    SRP,
    Watched,
    assert_clean,
    canary_ports,
    forms_of,
    found_in,
    locals_of,
)
from tests.drivers.scripted import Ports, Reply, Running, challenging, error, let_go, new_tokens, raising, refusing


@pytest.fixture(autouse=True)
def _logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is logged of any secret, by whomever, at any level."""
    with caplog.at_level(logging.DEBUG):
        yield
    records = [repr(record.__dict__) for record in caplog.records]
    assert found_in("\n".join((caplog.text, *records))) == set()


# The search itself finds what there is


@pytest.mark.parametrize("canary", CANARIES)
def test_the_search_finds_a_canary_in_every_form(canary: str) -> None:
    for form in forms_of(canary):
        assert canary in found_in(f"before {form} after")
    assert canary in found_in(base64.b64encode(f"xx{canary}yy".encode()).decode())
    assert canary in found_in(pickle.dumps({"a": canary}))
    assert found_in("nothing here") == set()


def test_the_search_looks_into_frames() -> None:
    namespace = {"__name__": "authflow.made_up"}
    exec("def leak(secret):\n    raise ValueError('x')", namespace)  # a frame that counts as ours
    leak: Any = namespace["leak"]
    with pytest.raises(ValueError, match="x") as caught:
        leak(PASSWORD)
    assert found_in(locals_of(caught.value)) == {PASSWORD}
    outer = KeyError()
    outer.__cause__ = caught.value
    assert found_in(locals_of(outer)) == {PASSWORD}


# Everything that a flow goes through


def _everything(watched: Watched) -> None:
    provider = watched.ports.provider
    provider.on(
        effects.InitiateAuth,
        refusing(ErrorCode.NOT_AUTHORIZED),
        raising(ValueError(PASSWORD)),
        challenging("PASSWORD_VERIFIER", session=SESSION, srp=SRP),
    )
    provider.on(effects.RespondToPasswordVerifier, challenging("NEW_PASSWORD_REQUIRED", session=SESSION))
    provider.on(
        effects.RespondToAuthChallenge,
        refusing(ErrorCode.INVALID_PASSWORD, field="password"),
        challenging("CUSTOM_CHALLENGE", session=SESSION),
        raising(KeyError(ANSWER)),
    )
    do = watched.do
    do(lambda flow: flow.initialize())
    do(lambda flow: flow.sign_up("jane", PASSWORD, user_attributes={"email": ATTRIBUTE}))
    do(lambda flow: flow.confirm_sign_up("jane", CODE))
    do(lambda flow: flow.forgot_password("jane"))
    do(lambda flow: flow.confirm_forgot_password("jane", NEW_PASSWORD, CODE))
    for _ in range(3):
        do(lambda flow: flow.sign_in("jane", PASSWORD))
    do(lambda flow: flow.sign_in("jane", Secret(PASSWORD)))
    do(lambda flow: flow.confirm_sign_in(NEW_PASSWORD, user_attributes={"email": ATTRIBUTE}))
    do(lambda flow: flow.confirm_sign_in(NEW_PASSWORD))
    do(lambda flow: flow.confirm_sign_in(ANSWER))
    do(lambda flow: flow.sign_in("jane", PASSWORD))
    watched.ports.store.failing["save"] = ValueError(REFRESH)
    do(lambda flow: flow.get_tokens(force_refresh=True))
    provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_SENT), raising(ValueError(REFRESH)))
    do(lambda flow: flow.get_tokens(force_refresh=True))
    do(lambda flow: flow.get_tokens(force_refresh=True))
    do(lambda flow: flow.sign_in("jane", PASSWORD))
    do(lambda flow: flow.submit("sign_up", {"username": "jane", "password": PASSWORD, "attributes.email": ATTRIBUTE}))
    provider.on(effects.GlobalSignOut, raising(ValueError(ACCESS)))
    do(lambda flow: flow.sign_out(SignOutOptions(sign_out_globally=True)))
    do(lambda flow: flow.check("sign_up", {"username": "jane", "password": PASSWORD}))
    do(lambda flow: flow.close())
    do(lambda flow: flow.sign_in("jane", PASSWORD))


def test_no_output_of_a_long_life_has_a_secret_in_it() -> None:
    watched = Watched(canary_ports())
    _everything(watched)
    assert len(watched.raised) > 8
    watched.check()


def test_the_flow_is_data_that_can_be_pickled_at_any_time_and_has_no_secret() -> None:
    watched = Watched(canary_ports())
    flows: list[bytes] = []

    def keep(event: Event) -> None:
        flows.append(pickle.dumps(watched.flow.flow))

    watched.flow.subscribe(keep)
    _everything(watched)
    assert len(flows) > 20
    for kept in flows:
        assert found_in(kept) == set()
    assert pickle.loads(flows[-1]) == watched.flow.flow
    assert copy.deepcopy(watched.flow.flow) == watched.flow.flow


@pytest.mark.parametrize(
    "thing",
    [Secret(PASSWORD), Vault(), Ports().blocking(), Ports().asynchronous(), new_tokens(Ports().clock)],
    ids=lambda thing: type(thing).__name__,
)
def test_what_holds_secrets_is_not_pickled(thing: object) -> None:
    if isinstance(thing, AuthFlow | AsyncAuthFlow):
        thing._host.vault = Vault()
        thing._host.vault.put("password", PASSWORD)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError):
            pickle.dumps(thing, protocol)


def test_a_secret_shows_itself_in_no_way() -> None:
    secret = Secret(PASSWORD)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!s:>40}",
        repr([secret]),
        repr({"a": secret}),
    ]
    assert found_in(" ".join(shown)) == set()
    with pytest.raises(TypeError):
        hash(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)
    assert not hasattr(secret, "__dict__")
    session = StoredSession(username="jane", tokens=new_tokens(Ports().clock, access=ACCESS, refresh=REFRESH))
    assert_clean(session)
    vault = Vault()
    vault.put("password", PASSWORD)
    assert_clean(vault)
    assert found_in(repr(Handle("password", 1))) == set()


# Refusals at the door: everything that a caller may get wrong, with a secret in hand

_WRONG: Final[dict[str, Callable[[AuthFlow], object]]] = {
    "a control character": lambda flow: flow.sign_in("jane", f"{PASSWORD}\x00"),
    "too long": lambda flow: flow.sign_in("jane", PASSWORD * 100),
    "a lone surrogate": lambda flow: flow.sign_in("jane", f"{PASSWORD}\ud800"),
    "bytes": lambda flow: flow.sign_in("jane", PASSWORD.encode()),  # type: ignore[arg-type]  # on purpose
    "a list": lambda flow: flow.sign_in("jane", [PASSWORD]),  # type: ignore[arg-type]  # on purpose
    "a set": lambda flow: flow.sign_in("jane", {PASSWORD}),  # type: ignore[arg-type]  # on purpose
    "a mapping": lambda flow: flow.sign_in("jane", {"a": PASSWORD}),  # type: ignore[arg-type]  # on purpose
    "a bytearray": lambda flow: flow.confirm_sign_in(bytearray(CODE, "ascii")),  # type: ignore[arg-type]  # on purpose
    "no username": lambda flow: flow.sign_in("", PASSWORD),
    "an attribute of the wrong kind": lambda flow: flow.sign_up(
        "jane",
        PASSWORD,
        user_attributes={"email": [ATTRIBUTE]},  # type: ignore[dict-item]  # on purpose
    ),
    "attributes that are no mapping": lambda flow: flow.sign_up(
        "jane",
        PASSWORD,
        user_attributes=ATTRIBUTE,  # type: ignore[arg-type]  # on purpose
    ),
    "a bad attribute": lambda flow: flow.sign_up("jane", PASSWORD, user_attributes={"email": f"{ATTRIBUTE}\x00"}),
    "a wrong field": lambda flow: flow.submit("sign_in", {"username": "jane", "pasword": PASSWORD}),
    "values that are text": lambda flow: flow.submit("sign_in", PASSWORD),  # type: ignore[arg-type]  # on purpose
    "values that are a list": lambda flow: flow.submit("sign_in", [PASSWORD]),  # type: ignore[arg-type]  # on purpose
    "a switch": lambda flow: flow.submit("get_tokens", {"force": PASSWORD}),
    "a wrong action": lambda flow: flow.submit("no_such_action", {"password": PASSWORD}),
    "a wrong revision": lambda flow: flow.submit("sign_in", {"username": "jane", "password": PASSWORD}, rev=99),
    "a wrong way to start": lambda flow: flow.submit("sign_in", {"username": "jane", "auth_flow": PASSWORD}),
    "bad metadata": lambda flow: flow.sign_in("jane", PASSWORD, client_metadata={"a": 1}),  # type: ignore[dict-item]  # on purpose
    "a live question": lambda flow: flow.check("no_such_action", {"password": PASSWORD}),
    "a live question about text": lambda flow: flow.check("sign_in", PASSWORD),  # type: ignore[arg-type]  # on purpose
    "an action that is not offered": lambda flow: flow.confirm_sign_in(ANSWER),
    "an answer too long": lambda flow: flow.confirm_sign_in(ANSWER * 1000),
    "a code and a bad password": lambda flow: flow.confirm_forgot_password("jane", f"{NEW_PASSWORD}\n", CODE),
    "a bad code": lambda flow: flow.confirm_sign_up("jane", f"{CODE}\x07"),
}


@pytest.mark.parametrize("wrong", list(_WRONG))
def test_a_refused_value_is_not_shown(wrong: str) -> None:
    watched = Watched(canary_ports())
    watched.do(lambda flow: flow.initialize())
    watched.do(_WRONG[wrong])
    assert len(watched.raised) == 1
    watched.check()


@pytest.mark.parametrize("wrong", list(_WRONG))
def test_the_async_driver_does_not_show_it_either(wrong: str) -> None:
    async def main() -> None:
        flow = canary_ports().asynchronous()
        await flow.initialize()

        async def wrongly() -> None:
            call: Any = _WRONG[wrong]
            await call(flow)

        with pytest.raises(AuthFlowError) as caught:
            await wrongly()
        assert found_in(locals_of(caught.value)) == set()

    anyio.run(main)


def _failing() -> dict[str, tuple[type[effects.Effect], Reply]]:
    return {
        "refused": (effects.SignUp, refusing(ErrorCode.USERNAME_EXISTS, field="username")),
        "foreign": (effects.SignUp, raising(ValueError(PASSWORD))),
        "chained": (effects.SignUp, raising(_chained())),
        "odd": (effects.SignUp, lambda effect, vault: outcomes.PasswordReset(effect_id=effect.id)),
    }


def _chained() -> Exception:
    raised = exception_from(error(ErrorCode.NOT_AUTHORIZED))
    raised.__cause__ = ValueError(PASSWORD)
    return raised


@pytest.mark.parametrize("driver", ["blocking", "asyncio", "trio"])
@pytest.mark.parametrize("how", list(_failing()))
def test_a_failed_call_shows_nothing_in_its_traceback(how: str, driver: str) -> None:
    ports = canary_ports()
    ports.provider.on(*_failing()[how])

    async def main() -> BaseException:
        flow = ports.asynchronous()
        await flow.initialize()
        with pytest.raises(AuthFlowError) as caught:
            await flow.sign_up("jane", PASSWORD, user_attributes={"email": ATTRIBUTE})
        return caught.value

    if driver == "blocking":
        flow = ports.signed_out()
        with pytest.raises(AuthFlowError) as caught:
            flow.sign_up("jane", PASSWORD, user_attributes={"email": ATTRIBUTE})
        raised: BaseException = caught.value
    else:
        raised = anyio.run(main, backend=driver)
    assert found_in(locals_of(raised)) == set()


class _Interrupted:
    """A client whose calls are never answered: somebody presses Ctrl-C while they are waited for."""

    def __getattr__(self, name: str) -> Any:
        def call(**request: object) -> None:
            try:
                raise OSError(str(request))
            except OSError:
                raise KeyboardInterrupt from None

        return call


_POOL: Final[dict[str, Any]] = {"user_pool_id": "eu-west-1_abcdefghi", "client_id": "1example23456789"}
_INTERRUPTED: Final[dict[str, Callable[[Any], Any]]] = {
    "sign-in": lambda flow: flow.sign_in("jane", PASSWORD, auth_flow="USER_PASSWORD_AUTH"),
    "sign-up": lambda flow: flow.sign_up("jane", PASSWORD, user_attributes={"email": ATTRIBUTE}),
    "confirmation": lambda flow: flow.confirm_sign_up("jane", CODE),
    "reset": lambda flow: flow.confirm_forgot_password("jane", NEW_PASSWORD, CODE),
}


def _interrupted_provider() -> CognitoProvider:
    client: Any = _Interrupted()
    return CognitoProvider(load_config(**_POOL), client_factory=lambda: client)


def test_an_interrupt_shows_nothing_in_our_frames() -> None:
    ports = canary_ports()
    ports.provider.on(effects.InitiateAuth, raising(KeyboardInterrupt()))
    flow = ports.signed_out()
    with pytest.raises(KeyboardInterrupt) as caught:
        flow.sign_in("jane", PASSWORD)
    assert found_in(locals_of(caught.value)) == set()


@pytest.mark.parametrize("driver", ["blocking", "asyncio", "trio"])
@pytest.mark.parametrize("name", list(_INTERRUPTED))
def test_an_interrupt_in_the_real_provider_shows_nothing(name: str, driver: str) -> None:
    ask = _INTERRUPTED[name]

    async def main() -> BaseException:
        flow = AsyncAuthFlow.from_config(provider=_interrupted_provider(), **_POOL)
        await flow.initialize()
        with pytest.raises(KeyboardInterrupt) as caught:
            await ask(flow)
        return caught.value

    if driver == "blocking":
        flow = AuthFlow.from_config(provider=_interrupted_provider(), **_POOL)
        flow.initialize()
        with pytest.raises(KeyboardInterrupt) as caught:
            ask(flow)
        raised: BaseException = caught.value
    else:
        raised = anyio.run(main, backend=driver)
    assert found_in(locals_of(raised)) == set()


def test_an_exception_in_a_callback_is_logged_without_what_it_had_in_hand(caplog: pytest.LogCaptureFixture) -> None:
    flow = canary_ports().signed_out()

    def asking(event: Event) -> None:
        if event.kind == "session.established":
            raise ValueError(flow.get_tokens().access_token.reveal())

    flow.subscribe(asking)
    flow.sign_in("jane", PASSWORD)
    assert "asking" in caplog.text


def test_asyncio_in_debug_mode_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        flow = canary_ports().asynchronous()
        await flow.initialize()
        task = asyncio.ensure_future(flow.sign_in("jane", PASSWORD))
        await asyncio.sleep(0)
        assert found_in(repr(task)) == set()
        await task

    asyncio.run(main(), debug=True)


def test_secrets_are_forgotten_with_the_attempt() -> None:
    ports = canary_ports()
    flow = ports.signed_out()
    ports.provider.on(effects.InitiateAuth, challenging("SMS_MFA", session=SESSION))
    flow.sign_in("jane", PASSWORD)
    vault = flow._host.vault
    assert vault is not None
    assert [handle.kind for handle in vault._secrets] == ["session"]
    flow.submit("back")
    assert len(vault) == 0
    flow.sign_in("jane", PASSWORD)
    assert [handle.kind for handle in vault._secrets] == ["tokens"]
    flow.get_tokens(force_refresh=True)
    assert [handle.kind for handle in vault._secrets] == ["tokens"]
    flow.sign_out()
    assert len(vault) == 0


def test_a_revived_flow_raises_only_errors_of_its_own() -> None:
    # After a restart the flow is there and its secrets are not.
    ports = canary_ports()
    flow = ports.signed_out()
    flow.sign_in("jane", PASSWORD)
    revived = ports.blocking(pickle.loads(pickle.dumps(flow.flow)))
    for _ in range(2):
        with pytest.raises(AuthFlowError) as caught:
            revived.get_tokens()
        assert caught.value.code in (ErrorCode.NOT_SIGNED_IN, ErrorCode.SECRET_GONE)
        with pytest.raises(AuthFlowError):
            revived.submit("sign_in", {"username": "jane", "password": PASSWORD})  # there is a vault from here on


def test_a_revived_challenge_leads_back_to_sign_in_with_the_identifier_kept() -> None:
    ports = canary_ports()
    flow = ports.challenged("SMS_MFA", session=SESSION)
    revived = ports.blocking(pickle.loads(pickle.dumps(flow.flow)))

    def reading(effect: effects.Effect, vault: Vault) -> object:
        assert isinstance(effect, effects.RespondToAuthChallenge)
        assert isinstance(effect.challenge, Challenge)
        assert effect.challenge.session is not None
        vault.get(effect.challenge.session)
        raise AssertionError

    ports.provider.on(effects.RespondToAuthChallenge, reading)
    with pytest.raises(AuthFlowError) as caught:
        revived.confirm_sign_in(CODE)
    assert caught.value.code is ErrorCode.SECRET_GONE
    snapshot = revived.snapshot()
    assert (snapshot.screen, snapshot.username) == ("signIn", "jane")


def test_a_stale_call_shows_nothing() -> None:
    watched = Watched(canary_ports())
    watched.do(lambda flow: flow.initialize())
    gate = watched.ports.provider.hold(effects.InitiateAuth)
    with let_go(gate):
        running = Running(lambda: watched.flow.sign_in("jane", PASSWORD))
        gate.wait_until_reached()
        watched.do(lambda flow: flow.cancel())
    running.join()
    assert isinstance(running.raised, AuthFlowError)
    watched.raised.append(running.raised)
    watched.check()
