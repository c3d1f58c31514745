"""Passkeys: signing in with one, and having one registered."""

from collections.abc import Callable
from typing import Final

import anyio
import anyio.from_thread
import pytest

from authflow import ActionRejected, AuthFlow, ErrorCode, RevisionConflict, ServiceRefused, effects
from authflow.effects import Effect
from authflow.errors import AuthFlowError, exception_from
from authflow.frontend.traits import PoolTraits
from authflow.secrets import Vault
from authflow.states import AuthFlowType, ScreenState, SignInState
from authflow.values import Settings
from tests.drivers.scripted import CREATION_OPTIONS, REQUEST_OPTIONS, Ports, challenging, error, refusing

BY_CHOICE: Final = PoolTraits(auth_flow=AuthFlowType.USER_AUTH)
PASSKEYS: Final = PoolTraits(settings=Settings(offer_passkey=True))
FACTORS: Final = ("EMAIL_OTP", "PASSWORD", "PASSWORD_SRP", "WEB_AUTHN")
CREDENTIAL: Final = '{"id": "made"}'


class _Authenticator:
    """Makes and uses a passkey, or refuses to; takes its time, so that something else may be done meanwhile."""

    def __init__(self, refusal: Exception | None = None, *, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.asked: list[str] = []
        self._refusal = refusal
        self._meanwhile = meanwhile

    def create(self, options: str) -> str:
        self.asked.append(options)
        self._meanwhile()
        if self._refusal is not None:
            raise self._refusal
        return CREDENTIAL

    get = create


# Signing in


def _asked(ports: Ports) -> AuthFlow:
    """Returns a flow whose sign-in waits for a passkey."""
    flow = ports.signed_out()
    parameters = {"CREDENTIAL_REQUEST_OPTIONS": REQUEST_OPTIONS}
    ports.provider.on(effects.InitiateAuth, challenging("WEB_AUTHN", parameters=parameters))
    flow.sign_in("jane")
    return flow


def test_a_passkey_signs_in() -> None:
    ports = Ports(traits=BY_CHOICE)
    flow = _asked(ports)
    authenticator = _Authenticator()
    assert flow.confirm_sign_in_with_passkey(authenticator).sign_in_state is SignInState.signedIn
    assert authenticator.asked == [REQUEST_OPTIONS]


def test_a_passkey_that_is_refused_leaves_the_choice() -> None:
    ports = Ports(traits=BY_CHOICE)
    flow = _asked(ports)
    for refusal in (exception_from(error(ErrorCode.USER_CANCELLED_SIGN_IN)), KeyError("of its own")):
        with pytest.raises(AuthFlowError) as caught:
            flow.confirm_sign_in_with_passkey(_Authenticator(refusal))
        assert caught.value.code is ErrorCode.USER_CANCELLED_SIGN_IN
        assert flow.flow.sign_in is SignInState.webAuthn
    ports.provider.on(effects.InitiateAuth, challenging("SELECT_CHALLENGE", options=FACTORS))
    assert flow.choose_another_factor().options == FACTORS


def test_no_passkey_is_used_where_none_is_asked_for() -> None:
    flow = Ports().challenged("SMS_MFA")
    with pytest.raises(ActionRejected):
        flow.confirm_sign_in_with_passkey(_Authenticator())


def test_a_passkey_is_given_to_the_challenge_that_asked_for_it() -> None:
    ports = Ports(traits=BY_CHOICE)
    flow = _asked(ports)
    ports.provider.on(effects.InitiateAuth, challenging("CUSTOM_CHALLENGE"))
    with pytest.raises(RevisionConflict):
        flow.confirm_sign_in_with_passkey(_Authenticator(meanwhile=lambda: flow.sign_in("jane")))
    assert ports.provider.count(effects.RespondToAuthChallenge) == 0
    assert flow.flow.sign_in is SignInState.customChallenge


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_passkey_is_given_to_the_challenge_that_asked_for_it_in_a_task_too(backend: str) -> None:
    async def main() -> None:
        ports = Ports(traits=BY_CHOICE)
        flow = ports.asynchronous(_asked(ports).flow)
        ports.provider.on(effects.InitiateAuth, challenging("CUSTOM_CHALLENGE"))
        slow = _Authenticator(meanwhile=lambda: anyio.from_thread.run(flow.sign_in, "jane"))
        with pytest.raises(RevisionConflict):
            await flow.confirm_sign_in_with_passkey(slow)
        assert ports.provider.count(effects.RespondToAuthChallenge) == 0

    anyio.run(main, backend=backend)


# Registering


def _signed_in(traits: PoolTraits) -> tuple[Ports, AuthFlow]:
    ports = Ports(traits=traits)
    flow = ports.signed_out()
    flow.sign_in("jane", "a-password")
    return ports, flow


def test_an_authenticator_makes_and_registers_a_passkey() -> None:
    ports, flow = _signed_in(PASSKEYS)
    authenticator = _Authenticator()
    sent: list[str] = []

    def reply(effect: Effect, vault: Vault) -> object:
        assert isinstance(effect, effects.CompletePasskey)
        sent.append(vault.text(effect.credential))
        return ports.provider.succeed(effect, vault)

    ports.provider.on(effects.CompletePasskey, reply)
    flow.register_passkey(authenticator)
    assert (authenticator.asked, sent) == ([CREATION_OPTIONS], [CREDENTIAL])
    assert flow.snapshot().screen is ScreenState.signedIn


def test_an_authenticator_that_refuses_leaves_the_offer() -> None:
    _, flow = _signed_in(PASSKEYS)
    with pytest.raises(AuthFlowError) as caught:
        flow.register_passkey(_Authenticator(ValueError("of its own")))
    assert caught.value.code is ErrorCode.USER_CANCELLED_SIGN_IN
    assert "of its own" not in str(caught.value)
    assert flow.snapshot().screen is ScreenState.registerPasskey
    # The options were not used: the same ones are good for another attempt.
    flow.complete_passkey(CREDENTIAL)
    assert flow.snapshot().screen is ScreenState.signedIn


@pytest.mark.parametrize(("follows", "back_to"), [(True, ScreenState.passkeyPrompt), (False, ScreenState.signedIn)])
def test_a_refused_passkey_needs_new_options(follows: bool, back_to: ScreenState) -> None:
    ports, flow = _signed_in(PASSKEYS if follows else PoolTraits())
    flow.register_passkey()
    ports.provider.on(effects.CompletePasskey, refusing(ErrorCode.WEB_AUTHN_CHALLENGE_NOT_FOUND))
    with pytest.raises(ServiceRefused):
        flow.complete_passkey(CREDENTIAL)
    snapshot = flow.snapshot()
    assert (snapshot.screen, snapshot.passkey_options) == (back_to, None)
    assert snapshot.error is not None
    flow.register_passkey(_Authenticator())
    assert flow.snapshot().screen is ScreenState.signedIn


def test_a_passkey_that_was_made_for_other_options_is_not_registered() -> None:
    ports, flow = _signed_in(PASSKEYS)

    def other_options() -> None:
        flow.back()
        flow.register_passkey()

    with pytest.raises(RevisionConflict):
        flow.register_passkey(_Authenticator(meanwhile=other_options))
    assert ports.provider.count(effects.CompletePasskey) == 0


def test_a_passkey_is_registered_though_tokens_were_refreshed_while_it_was_made() -> None:
    ports, flow = _signed_in(PASSKEYS)
    flow.register_passkey(_Authenticator(meanwhile=lambda: flow.get_tokens(force_refresh=True)))
    assert ports.provider.count(effects.CompletePasskey) == 1


def test_a_passkey_that_was_not_sent_can_be_sent_again() -> None:
    ports, flow = _signed_in(PASSKEYS)
    flow.register_passkey()
    ports.provider.on(effects.CompletePasskey, refusing(ErrorCode.NOT_SENT))
    with pytest.raises(AuthFlowError):
        flow.complete_passkey(CREDENTIAL)
    assert flow.snapshot().passkey_options == CREATION_OPTIONS
    flow.complete_passkey(CREDENTIAL)
    assert flow.snapshot().screen is ScreenState.signedIn
