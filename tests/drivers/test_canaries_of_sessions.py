"""Canaries in what sessions are made of: other providers' tokens, AWS credentials, the way back from the browser."""

import copy
import json
import logging
import pickle
from collections.abc import Callable, Iterator
from typing import Any, Final

import anyio
import pytest

from authflow import AuthFlow, AuthFlowError, ErrorCode, Secret, effects
from authflow.effects import Effect
from authflow.frontend.traits import PoolTraits
from authflow.ports import AwsCredentials, StoredFederation, StoredSession
from authflow.secrets import Vault
from authflow.values import Settings
from tests.drivers.canaries import (
    ACCESS,
    AWS_SECRET,
    AWS_SESSION,
    PASSWORD,
    REDIRECT_CODE,
    REFRESH,
    SESSION,
    THIRD_PARTY,
    Watched,
    assert_clean,
    canary_ports,
    found_in,
    locals_of,
)
from tests.drivers.identities import BACK, DEVELOPER, GOOGLE, LOGGED_OUT, ScriptedBrowser, federated_session
from tests.drivers.scripted import Ports, Reply, Running, let_go, new_tokens, raising, refusing

HOSTED: Final = PoolTraits(configuration="these-pools", settings=Settings(providers=("Google",)))
CAME_BACK: Final = f"{BACK}?code={REDIRECT_CODE}&state=public"
REFUSED: Final = f"{BACK}?error=access_denied&error_description={REDIRECT_CODE}"


@pytest.fixture(autouse=True)
def _logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is logged of any secret, by whomever, at any level."""
    with caplog.at_level(logging.DEBUG):
        yield
    records = [repr(record.__dict__) for record in caplog.records]
    assert found_in("\n".join((caplog.text, *records))) == set()


def _watched(ports: Ports | None = None) -> Watched:
    watched = Watched(ports or canary_ports(HOSTED))
    watched.do(lambda flow: flow.initialize())
    return watched


def _quoting(*secrets: str) -> Reply:
    """Raises what a library raises that quotes what it was given."""
    return raising(ValueError(*secrets))


# Flows that go through everything


def test_other_providers_tokens_and_credentials() -> None:
    watched = _watched()
    provider, do = watched.ports.provider, watched.do
    provider.on(effects.GetId, _quoting(THIRD_PARTY), refusing(ErrorCode.NOT_AUTHORIZED))
    do(lambda flow: flow.federated_sign_in(GOOGLE, THIRD_PARTY))
    do(lambda flow: flow.federated_sign_in(GOOGLE, Secret(THIRD_PARTY)))
    do(lambda flow: flow.federated_sign_in(DEVELOPER, THIRD_PARTY))
    do(lambda flow: flow.federated_sign_in(GOOGLE, THIRD_PARTY, role_arn="a-role"))
    do(lambda flow: flow.get_aws_credentials())
    assert watched.flow.get_aws_credentials().secret_key.reveal() == AWS_SECRET
    watched.ports.store.failing["save"] = ValueError(THIRD_PARTY)
    do(lambda flow: flow.federated_sign_in(GOOGLE, THIRD_PARTY))
    do(lambda flow: flow.get_tokens(wait_for_sign_in=0.0))
    provider.on(
        effects.GetCredentialsForIdentity,
        _quoting(AWS_SECRET, AWS_SESSION),
        refusing(ErrorCode.NOT_SENT),
        refusing(ErrorCode.NOT_AUTHORIZED),
    )
    for _ in range(4):
        do(lambda flow: flow.get_aws_credentials(force_refresh=True))
    do(lambda flow: flow.get_aws_credentials(wait_for_sign_in=0.0))
    do(lambda flow: flow.release_sign_in_wait())
    do(lambda flow: flow.sign_out())
    do(lambda flow: flow.close())
    do(lambda flow: flow.federated_sign_in(GOOGLE, THIRD_PARTY))
    assert len(watched.raised) == 10
    watched.check()


def test_the_credentials_of_a_guest_and_of_a_user() -> None:
    watched = _watched()
    do = watched.do
    do(lambda flow: flow.get_identity_id())
    do(lambda flow: flow.get_aws_credentials())
    do(lambda flow: flow.sign_in("jane", PASSWORD))
    do(lambda flow: flow.get_aws_credentials())
    watched.ports.provider.on(effects.GetId, _quoting(ACCESS))
    watched.ports.clock.now += 7_200
    watched.ports.provider.on(effects.RefreshTokens, _quoting(REFRESH))
    do(lambda flow: flow.get_aws_credentials())
    do(lambda flow: flow.sync_session())
    watched.ports.store.failing["load"] = ValueError(REFRESH)
    do(lambda flow: flow.sync_session())
    do(lambda flow: flow.close())
    assert len(watched.raised) == 2
    watched.check()


_BROWSERS: Final[tuple[ScriptedBrowser, ...]] = (
    ScriptedBrowser(CAME_BACK),
    ScriptedBrowser(REFUSED),
    ScriptedBrowser(ValueError(CAME_BACK)),
    ScriptedBrowser(KeyError(REDIRECT_CODE)),
)


def test_the_way_back_from_the_browser() -> None:
    watched = _watched()
    provider, do = watched.ports.provider, watched.do
    provider.on(
        effects.ExchangeCode,
        _quoting(CAME_BACK),
        refusing(ErrorCode.REDIRECT_STATE_MISMATCH),
        refusing(ErrorCode.NOT_SENT),
        refusing(ErrorCode.OUTCOME_UNKNOWN),
    )
    do(lambda flow: flow.complete_redirect(CAME_BACK))
    for browser in _BROWSERS:
        do(lambda flow, browser=browser: flow.sign_in_with_browser(browser, "Google"))  # type: ignore[misc]  # bound now
    do(lambda flow: flow.sign_in_with_redirect(login_hint="jane"))
    do(lambda flow: flow.complete_redirect(CAME_BACK))
    do(lambda flow: flow.complete_redirect(Secret(CAME_BACK)))
    do(lambda flow: flow.sign_in_with_redirect())
    do(lambda flow: flow.submit("confirm_sign_in", {"answer": CAME_BACK}))
    provider.sign_out_request = lambda: ("https://demo.example.com/logout", LOGGED_OUT)  # type: ignore[attr-defined]
    do(lambda flow: flow.sign_out(browser=ScriptedBrowser(ValueError(CAME_BACK))))
    do(lambda flow: flow.sign_in_with_browser(ScriptedBrowser(CAME_BACK)))
    provider.sign_out_request = _quoting_it  # type: ignore[attr-defined]
    do(lambda flow: flow.sign_out(browser=ScriptedBrowser(LOGGED_OUT)))
    assert len(watched.raised) == 7
    watched.check()


def _quoting_it() -> tuple[str, str]:
    raise ValueError(SESSION)


# Refusals at the door

_WRONG: Final[dict[str, Callable[[Any], Any]]] = {
    "a token with a control character": lambda flow: flow.federated_sign_in(GOOGLE, f"{THIRD_PARTY}\x00"),
    "a token of bytes": lambda flow: flow.federated_sign_in(GOOGLE, THIRD_PARTY.encode()),
    "a token in a list": lambda flow: flow.federated_sign_in(GOOGLE, [THIRD_PARTY]),
    "a token in a mapping": lambda flow: flow.federated_sign_in(GOOGLE, {"token": THIRD_PARTY}),
    "a token without an identity": lambda flow: flow.federated_sign_in(DEVELOPER, THIRD_PARTY),
    "a token in a wrong field": lambda flow: flow.submit(
        "federated_sign_in", {"provider": GOOGLE, "tokens": THIRD_PARTY}
    ),
    "a token that is no form": lambda flow: flow.submit("federated_sign_in", THIRD_PARTY),
    "a way back that nobody waits for": lambda flow: flow.complete_redirect(CAME_BACK),
    "a way back of bytes": lambda flow: flow.complete_redirect(CAME_BACK.encode()),
    "a way back in place of a switch": lambda flow: flow.submit("get_aws_credentials", {"force": CAME_BACK}),
}


@pytest.mark.parametrize("wrong", list(_WRONG))
def test_a_refused_value_is_not_shown(wrong: str) -> None:
    watched = _watched()
    watched.do(_WRONG[wrong])
    assert len(watched.raised) == 1
    watched.check()


@pytest.mark.parametrize("wrong", [f"{CAME_BACK}\x00", CAME_BACK.encode(), [CAME_BACK], CAME_BACK * 1_000])
def test_a_bad_way_back_is_not_shown(wrong: Any) -> None:
    watched = _watched()
    watched.do(lambda flow: flow.sign_in_with_redirect())
    watched.do(lambda flow: flow.complete_redirect(wrong))
    watched.do(lambda flow: flow.check("confirm_sign_in", {"answer": wrong}))
    assert len(watched.raised) == 1
    watched.check()


_FAILING: Final[dict[str, tuple[type[Effect] | None, Reply | None, Callable[[Any], Any]]]] = {
    "a token": (effects.GetId, _quoting(THIRD_PARTY), lambda flow: flow.federated_sign_in(GOOGLE, THIRD_PARTY)),
    "a token that is refused": (
        effects.GetCredentialsForIdentity,
        refusing(ErrorCode.NOT_AUTHORIZED),
        lambda flow: flow.federated_sign_in(GOOGLE, THIRD_PARTY),
    ),
    "credentials": (
        effects.GetCredentialsForIdentity,
        _quoting(AWS_SECRET, AWS_SESSION),
        lambda flow: flow.get_aws_credentials(),
    ),
    "a code": (
        effects.ExchangeCode,
        _quoting(CAME_BACK),
        lambda flow: flow.sign_in_with_browser(ScriptedBrowser(CAME_BACK)),
    ),
    "a browser": (None, None, lambda flow: flow.sign_in_with_browser(ScriptedBrowser(KeyError(CAME_BACK)))),
    **{name: (None, None, call) for name, call in _WRONG.items()},
}


@pytest.mark.parametrize("driver", ["blocking", "asyncio", "trio"])
@pytest.mark.parametrize("how", list(_FAILING))
def test_a_traceback_shows_nothing(how: str, driver: str) -> None:
    effect, reply, call = _FAILING[how]
    ports = canary_ports(HOSTED)
    if effect is not None and reply is not None:
        ports.provider.on(effect, reply)

    async def main() -> BaseException:
        flow = ports.asynchronous()
        await flow.initialize()
        with pytest.raises(AuthFlowError) as caught:
            await call(flow)
        return caught.value

    if driver == "blocking":
        flow = ports.signed_out()
        with pytest.raises(AuthFlowError) as caught:
            call(flow)
        raised: BaseException = caught.value
    else:
        raised = anyio.run(main, backend=driver)
    shown = locals_of(raised)
    assert "authflow/drivers/" in shown  # our own frames are there
    assert found_in(shown) == set()
    assert found_in(pickle.dumps(raised)) == set()


def test_an_interrupt_shows_nothing() -> None:
    for how, (effect, _, call) in _FAILING.items():
        if effect is None:
            continue
        ports = canary_ports(HOSTED)
        ports.provider.on(effect, raising(KeyboardInterrupt()))
        flow = ports.signed_out()
        with pytest.raises(KeyboardInterrupt) as caught:
            call(flow)
        assert found_in(locals_of(caught.value)) == set(), how


# What holds them


def test_what_holds_them_shows_nothing_and_is_not_pickled() -> None:
    credentials = AwsCredentials(
        access_key_id="AKIA",
        secret_key=Secret(AWS_SECRET),
        session_token=Secret(AWS_SESSION),
        expires_at=1.0,
        identity_id="eu-west-1:1",
    )
    federation = StoredFederation(provider=GOOGLE, token=Secret(THIRD_PARTY))
    session = StoredSession(tokens=new_tokens(lambda: 0.0, access=ACCESS, refresh=REFRESH), federation=federation)
    for thing in (credentials, federation, session, federated_session(THIRD_PARTY)):
        assert_clean(thing)
        assert found_in(repr(copy.deepcopy(thing))) == set()
        with pytest.raises(TypeError):
            pickle.dumps(thing)
        with pytest.raises(TypeError):
            json.dumps(thing)


def test_nothing_is_held_longer_than_it_is_wanted() -> None:
    ports = canary_ports(HOSTED)
    flow = ports.signed_out()
    flow.federated_sign_in(GOOGLE, THIRD_PARTY)
    vault = flow._host.vault
    assert vault is not None
    assert _kept(vault) == ["credentials", "token"]
    flow.get_aws_credentials(force_refresh=True)
    assert _kept(vault) == ["credentials", "token"]
    flow.federated_sign_in(GOOGLE, THIRD_PARTY)
    assert _kept(vault) == ["credentials", "token"]
    flow.sign_out()
    assert _kept(vault) == []
    flow.sign_in_with_redirect()
    assert _kept(vault) == ["session"]
    flow.complete_redirect(CAME_BACK)
    assert _kept(vault) == ["tokens"]
    flow.get_aws_credentials()
    assert _kept(vault) == ["credentials", "tokens"]
    flow.sync_session()
    assert _kept(vault) == ["credentials", "tokens"]
    flow.close()
    assert _kept(vault) == []


def _kept(vault: Vault) -> list[str]:
    return sorted(handle.kind for handle in vault._secrets)


def test_a_flow_that_was_kept_has_no_credentials_and_says_so() -> None:
    ports = canary_ports(HOSTED)
    flow = ports.signed_out()
    flow.federated_sign_in(GOOGLE, THIRD_PARTY)
    kept = pickle.dumps(flow.flow)
    assert found_in(kept) == set()
    revived = ports.blocking(pickle.loads(kept))

    def reading(effect: Effect, vault: Vault) -> object:
        assert isinstance(effect, effects.GetCredentialsForIdentity)
        assert effect.federation is not None
        return vault.text(effect.federation.token)

    ports.provider.on(effects.GetCredentialsForIdentity, reading, reading)
    for force in (False, True):
        with pytest.raises(AuthFlowError) as caught:
            revived.get_aws_credentials(force_refresh=force)
        assert caught.value.code is ErrorCode.SECRET_GONE
    revived.sign_out()
    assert revived.federated_sign_in(GOOGLE, THIRD_PARTY).value == "signedIn"


def test_a_late_answer_shows_nothing() -> None:
    for effect, call in (
        (effects.GetCredentialsForIdentity, lambda flow: flow.get_aws_credentials()),
        (effects.GetId, lambda flow: flow.federated_sign_in(GOOGLE, THIRD_PARTY)),
        (effects.ExchangeCode, lambda flow: flow.sign_in_with_browser(ScriptedBrowser(CAME_BACK))),
    ):
        watched = _watched()
        gate = watched.ports.provider.hold(effect)
        with let_go(gate):
            running: Running[object] = Running(lambda watched=watched, call=call: call(watched.flow))  # type: ignore[misc]  # bound now
            gate.wait_until_reached()
            watched.do(AuthFlow.sign_out)
        running.join()
        assert isinstance(running.raised, AuthFlowError)
        watched.raised.append(running.raised)
        watched.check()
        assert len(watched.flow._host.vault or ()) == 0
