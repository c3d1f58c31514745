"""What follows a sign-in, and what somebody who is signed in asks for: passkeys, contacts, apps, devices."""

from collections.abc import Callable
from typing import Final

import attrs
import pytest

from authflow import ActionRejected, AuthFlow, ErrorCode, ServiceRefused, UserState, effects
from authflow.effects import Effect
from authflow.errors import AuthFlowError
from authflow.frontend.traits import PoolTraits
from authflow.states import AccountState, FlowStatus, MfaUse, ScreenState, SignInState
from authflow.values import Settings
from tests.drivers.scripted import (
    CREATION_OPTIONS,
    DELIVERY,
    DEVICE,
    EMAIL,
    PASSKEY,
    PREFERENCE,
    TOTP_SECRET,
    Ports,
    Running,
    challenging,
    let_go,
    refusing,
    secrets_held,
)

BOTH: Final = PoolTraits(settings=Settings(offer_passkey=True, verify_contacts=True))
PASSKEYS: Final = PoolTraits(settings=Settings(offer_passkey=True))
CONTACTS: Final = PoolTraits(settings=Settings(verify_contacts=True))
CREDENTIAL: Final = '{"id": "made"}'


def _signed_in(traits: PoolTraits) -> tuple[Ports, AuthFlow]:
    ports = Ports(traits=traits)
    flow = ports.signed_out()
    flow.sign_in("jane", "a-password")
    return ports, flow


class _Authenticator:
    """Makes a passkey, or refuses to."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.asked: list[str] = []
        self._refusal = refusal

    def create(self, options: str) -> str:
        self.asked.append(options)
        if self._refusal is not None:
            raise self._refusal
        return CREDENTIAL

    get = create


# After a sign-in


def test_a_passkey_and_then_a_contact() -> None:
    ports, flow = _signed_in(BOTH)
    assert flow.is_signed_in
    assert flow.snapshot().screen is ScreenState.passkeyPrompt
    assert flow.register_passkey() == CREATION_OPTIONS
    snapshot = flow.snapshot()
    assert (snapshot.screen, snapshot.passkey_options) == (ScreenState.registerPasskey, CREATION_OPTIONS)
    flow.complete_passkey(CREDENTIAL)
    snapshot = flow.snapshot()
    assert (snapshot.screen, snapshot.passkey_options) == (ScreenState.verifyContact, None)
    assert flow.verify_user_attribute("email") == DELIVERY
    assert (flow.snapshot().screen, flow.snapshot().delivery) == (ScreenState.confirmContact, DELIVERY)
    flow.confirm_verify_user_attribute("email", "123456")
    assert (flow.snapshot().screen, flow.snapshot().status) == (ScreenState.signedIn, FlowStatus.done)
    assert secrets_held(flow) == 1  # the tokens
    assert [type(call).__name__ for call in ports.provider.calls] == [
        "InitiateAuth",
        "CheckPasskeys",
        "StartPasskey",
        "CompletePasskey",
        "ReadUser",
        "SendContactCode",
        "VerifyContact",
    ]


def test_whoever_has_a_passkey_and_a_contact_is_asked_nothing() -> None:
    ports = Ports(traits=BOTH)
    ports.provider.has_passkey = True
    ports.provider.contacts = (attrs.evolve(EMAIL, verified=True),)
    flow = ports.signed_out()
    assert flow.sign_in("jane", "a-password").screen is ScreenState.signedIn


@pytest.mark.parametrize("traits", [BOTH, PASSKEYS, CONTACTS])
def test_what_cannot_be_found_out_keeps_nobody_from_being_signed_in(traits: PoolTraits) -> None:
    ports = Ports(traits=traits)
    flow = ports.signed_out()
    ports.provider.on(effects.CheckPasskeys, refusing(ErrorCode.TOO_MANY_REQUESTS))
    ports.provider.on(effects.ReadUser, refusing(ErrorCode.NOT_SENT))
    result = flow.sign_in("jane", "a-password")
    assert result.sign_in_state is SignInState.signedIn
    if traits is PASSKEYS:
        assert result.screen is ScreenState.signedIn
        return
    snapshot = flow.snapshot()
    assert snapshot.screen is ScreenState.finishing
    assert snapshot.error is not None
    assert {action.id for action in snapshot.actions if action.enabled} >= {"check_contacts", "skip", "sign_out"}
    flow.check_contacts()
    assert flow.snapshot().screen is ScreenState.verifyContact


def test_a_read_that_fails_again_when_it_is_asked_for_is_told() -> None:
    ports = Ports(traits=CONTACTS)
    flow = ports.signed_out()
    ports.provider.on(effects.ReadUser, refusing(ErrorCode.NOT_SENT), refusing(ErrorCode.LIMIT_EXCEEDED))
    flow.sign_in("jane", "a-password")
    with pytest.raises(ServiceRefused):
        flow.check_contacts()
    assert flow.submit("skip").screen is ScreenState.signedIn


def _to_finishing(ports: Ports) -> AuthFlow:
    flow = ports.signed_out()
    ports.provider.on(effects.ReadUser, refusing(ErrorCode.NOT_SENT))
    ports.provider.has_passkey = True
    flow.sign_in("jane", "a-password")
    return flow


def _to_prompt(ports: Ports) -> AuthFlow:
    flow = ports.signed_out()
    flow.sign_in("jane", "a-password")
    return flow


def _to_passkey(ports: Ports) -> AuthFlow:
    flow = _to_prompt(ports)
    flow.register_passkey()
    return flow


def _to_contact(ports: Ports) -> AuthFlow:
    ports.provider.has_passkey = True
    return _to_prompt(ports)


def _to_contact_code(ports: Ports) -> AuthFlow:
    flow = _to_contact(ports)
    flow.verify_user_attribute("email")
    return flow


def _to_totp(ports: Ports) -> AuthFlow:
    flow = _to_contact(ports)
    flow.skip()
    flow.set_up_totp()
    return flow


# Each screen, the way there, and where skipping leads.
_SCREENS: Final[dict[ScreenState, tuple[Callable[[Ports], AuthFlow], ScreenState]]] = {
    ScreenState.finishing: (_to_finishing, ScreenState.signedIn),
    ScreenState.passkeyPrompt: (_to_prompt, ScreenState.verifyContact),
    ScreenState.registerPasskey: (_to_passkey, ScreenState.verifyContact),
    ScreenState.verifyContact: (_to_contact, ScreenState.signedIn),
    ScreenState.confirmContact: (_to_contact_code, ScreenState.signedIn),
    ScreenState.setUpTotp: (_to_totp, ScreenState.signedIn),
}


@pytest.mark.parametrize("screen", list(_SCREENS))
def test_every_step_can_be_skipped(screen: ScreenState) -> None:
    make, after = _SCREENS[screen]
    flow = make(Ports(traits=BOTH))
    snapshot = flow.snapshot()
    assert (snapshot.screen, flow.user_state) == (screen, UserState.signedIn)
    skip = snapshot.action("skip")
    assert skip is not None
    assert skip.enabled
    flow.skip()
    assert (flow.snapshot().screen, flow.user_state) == (after, UserState.signedIn)
    assert secrets_held(flow) == 1  # the tokens


@pytest.mark.parametrize("screen", list(_SCREENS))
def test_every_step_can_be_left_by_signing_out(screen: ScreenState) -> None:
    make, _ = _SCREENS[screen]
    ports = Ports(traits=BOTH)
    flow = make(ports)
    assert flow.snapshot().action("sign_out") is not None
    assert flow.sign_out().complete
    assert (flow.snapshot().screen, flow.user_state) == (ScreenState.signIn, UserState.signedOut)
    assert flow.flow.account is AccountState.idle
    assert (secrets_held(flow), ports.store.session) == (0, None)
    assert flow.snapshot().passkey_options is None


@pytest.mark.parametrize("screen", list(_SCREENS))
def test_every_step_ends_with_the_session(screen: ScreenState) -> None:
    make, _ = _SCREENS[screen]
    ports = Ports(traits=BOTH)
    flow = make(ports)
    ports.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED))
    with pytest.raises(ServiceRefused):
        flow.get_tokens(force_refresh=True)
    assert (flow.snapshot().screen, flow.flow.account) == (ScreenState.signIn, AccountState.idle)
    assert secrets_held(flow) == 0


@pytest.mark.parametrize(
    ("screen", "before"),
    [
        (ScreenState.registerPasskey, ScreenState.passkeyPrompt),
        (ScreenState.confirmContact, ScreenState.verifyContact),
        (ScreenState.setUpTotp, ScreenState.signedIn),
    ],
)
def test_back_goes_to_the_screen_before(screen: ScreenState, before: ScreenState) -> None:
    flow = _SCREENS[screen][0](Ports(traits=BOTH))
    flow.back()
    assert flow.snapshot().screen is before
    assert flow.snapshot().passkey_options is None


@pytest.mark.parametrize("effect", [effects.CheckPasskeys, effects.ReadUser])
def test_finishing_can_be_cancelled_and_is_signed_in(effect: type[Effect]) -> None:
    ports = Ports(traits=BOTH)
    ports.provider.has_passkey = True
    flow = ports.signed_out()
    gate = ports.provider.hold(effect)
    with let_go(gate):
        running = Running(lambda: flow.sign_in("jane", "a-password"))
        gate.wait_until_reached()
        assert (flow.snapshot().screen, flow.is_signed_in) == (ScreenState.finishing, True)
        flow.cancel()
        assert flow.snapshot().screen is ScreenState.signedIn
    # Signing in was asked for, and is done; what was given up is what the flow went on to do by itself.
    result = running.result()
    assert (result.sign_in_state, result.screen) == (SignInState.signedIn, ScreenState.signedIn)
    assert (flow.is_signed_in, flow.flow.account) == (True, AccountState.idle)


@pytest.mark.parametrize("ask", ["check_contacts", "list_devices"])
def test_what_was_asked_for_is_cancelled_for_whoever_asked(ask: str) -> None:
    ports = Ports(traits=CONTACTS)
    flow = ports.signed_out()
    ports.provider.on(effects.ReadUser, refusing(ErrorCode.NOT_SENT))
    flow.sign_in("jane", "a-password")
    gate = ports.provider.hold(effects.ReadUser if ask == "check_contacts" else effects.ListDevices)
    with let_go(gate):
        running = Running(getattr(flow, ask))
        gate.wait_until_reached()
        flow.cancel()
    running.join()
    assert isinstance(running.raised, AuthFlowError)
    assert running.raised.code is ErrorCode.USER_CANCELLED_SIGN_IN


@pytest.mark.parametrize("effect", [effects.CheckPasskeys, effects.ReadUser])
def test_a_sign_out_ends_what_follows_at_once(effect: type[Effect]) -> None:
    ports = Ports(traits=BOTH)
    ports.provider.has_passkey = True
    flow = ports.signed_out()
    gate = ports.provider.hold(effect)
    with let_go(gate):
        running = Running(lambda: flow.sign_in("jane", "a-password"))
        gate.wait_until_reached()
        flow.sign_out()
        assert (flow.snapshot().screen, flow.user_state) == (ScreenState.signIn, UserState.signedOut)
    running.join()
    assert flow.snapshot().error is None
    assert secrets_held(flow) == 0


def test_tokens_that_cannot_be_refreshed_are_told_after_something_followed() -> None:
    ports, flow = _signed_in(CONTACTS)
    ports.clock.now += 4_000
    ports.provider.on(effects.RefreshTokens, refusing(ErrorCode.TOO_MANY_REQUESTS))
    with pytest.raises(ServiceRefused):
        flow.get_tokens()


def test_a_list_that_comes_after_the_session_has_ended_is_nobodys() -> None:
    ports = Ports(traits=PASSKEYS)
    flow = ports.signed_out()
    gate = ports.provider.hold(effects.CheckPasskeys)
    ports.provider.on(effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED))
    with let_go(gate):
        running = Running(lambda: flow.sign_in("jane", "a-password"))
        gate.wait_until_reached()
        with pytest.raises(ServiceRefused):
            flow.get_tokens(force_refresh=True)
    running.join()
    error = flow.snapshot().error
    assert error is not None
    assert error.code is ErrorCode.NOT_AUTHORIZED
    assert flow.snapshot().screen is ScreenState.signIn


# Contacts


def test_a_wrong_code_keeps_the_contact_s_screen() -> None:
    ports, flow = _signed_in(CONTACTS)
    flow.verify_user_attribute("phone_number")
    ports.provider.on(effects.VerifyContact, refusing(ErrorCode.CODE_MISMATCH, field="code"))
    with pytest.raises(ServiceRefused):
        flow.confirm_verify_user_attribute("phone_number", "000000")
    snapshot = flow.snapshot()
    assert snapshot.screen is ScreenState.confirmContact
    assert snapshot.error is not None
    assert snapshot.error.field == "code"
    action = snapshot.action("confirm_verify_user_attribute")
    assert action is not None
    assert action.fields[0].value == "phone_number"
    flow.submit("confirm_verify_user_attribute", {"code": "123456"})
    assert ports.provider.last(effects.VerifyContact).attribute == "phone_number"
    assert flow.snapshot().screen is ScreenState.signedIn


def test_the_contacts_are_offered_masked_and_no_others() -> None:
    ports, flow = _signed_in(CONTACTS)
    action = flow.snapshot().action("verify_user_attribute")
    assert action is not None
    (field,) = action.fields
    assert [(option.value, option.detail) for option in field.options] == [
        ("email", "j***@e***"),
        ("phone_number", "+*******99"),
    ]
    ports.provider.contacts = (EMAIL,)
    flow.sign_out()
    flow.sign_in("jane", "a-password")
    with pytest.raises(AuthFlowError) as caught:
        flow.verify_user_attribute("phone_number")
    assert caught.value.code is ErrorCode.INVALID_INPUT


def test_a_contact_is_verified_later_on() -> None:
    _, flow = _signed_in(PoolTraits())
    assert flow.verify_user_attribute("email") == DELIVERY
    assert flow.snapshot().screen is ScreenState.confirmContact
    flow.back()
    assert flow.snapshot().screen is ScreenState.signedIn
    flow.confirm_verify_user_attribute("email", "123456")
    assert flow.snapshot().screen is ScreenState.signedIn


# Authenticator apps, devices, second factors


def test_an_authenticator_app_is_set_up() -> None:
    ports, flow = _signed_in(PoolTraits())
    assert flow.set_up_totp().reveal() == TOTP_SECRET
    assert flow.totp_secret().reveal() == TOTP_SECRET
    assert flow.snapshot().screen is ScreenState.setUpTotp
    ports.provider.on(effects.VerifySoftwareToken, refusing(ErrorCode.ENABLE_SOFTWARE_TOKEN_MFA, field="code"))
    with pytest.raises(ServiceRefused):
        flow.verify_totp_setup("000000")
    assert flow.totp_secret().reveal() == TOTP_SECRET
    flow.verify_totp_setup("123456", device_name="phone")
    sent = ports.provider.last(effects.VerifySoftwareToken)
    assert (sent.device_name, sent.challenge) == ("phone", None)
    assert flow.snapshot().screen is ScreenState.signedIn
    with pytest.raises(ActionRejected):
        flow.totp_secret()
    assert secrets_held(flow) == 1  # the tokens


def test_lists_and_settings_move_nothing() -> None:
    ports, flow = _signed_in(PoolTraits())
    states = flow.flow.states
    assert flow.list_passkeys(limit=5).items == (PASSKEY,)
    flow.delete_passkey("passkey-1")
    page = flow.list_devices(limit=10, next_token="before")
    assert (page.items, page.next_token) == ((DEVICE,), "more")
    asked = ports.provider.last(effects.ListDevices)
    assert (asked.limit, asked.next_token) == (10, "before")
    assert flow.get_device() == DEVICE
    flow.update_device_status(remembered=False)
    flow.forget_device("eu-west-1_device")
    assert flow.fetch_mfa_preference() == PREFERENCE
    flow.update_mfa_preference(totp=MfaUse.PREFERRED, sms="DISABLED")
    update = ports.provider.last(effects.UpdateMfaPreference)
    assert (update.sms, update.totp, update.email) == (MfaUse.DISABLED, MfaUse.PREFERRED, None)
    assert flow.flow.states == states


_CALLS: Final[dict[str, Callable[[AuthFlow], object]]] = {
    "check_contacts": lambda flow: flow.check_contacts(),
    "verify_user_attribute": lambda flow: flow.verify_user_attribute("email"),
    "confirm_verify_user_attribute": lambda flow: flow.confirm_verify_user_attribute("email", "123456"),
    "set_up_totp": lambda flow: flow.set_up_totp(),
    "verify_totp_setup": lambda flow: flow.verify_totp_setup("123456"),
    "fetch_mfa_preference": lambda flow: flow.fetch_mfa_preference(),
    "update_mfa_preference": lambda flow: flow.update_mfa_preference(),
    "register_passkey": lambda flow: flow.register_passkey(),
    "complete_passkey": lambda flow: flow.complete_passkey(CREDENTIAL),
    "list_passkeys": lambda flow: flow.list_passkeys(),
    "delete_passkey": lambda flow: flow.delete_passkey("passkey-1"),
    "list_devices": lambda flow: flow.list_devices(),
    "get_device": lambda flow: flow.get_device(),
    "update_device_status": lambda flow: flow.update_device_status(),
    "forget_device": lambda flow: flow.forget_device(),
    "change_password": lambda flow: flow.change_password("a-password", "another"),
    "get_user_attributes": lambda flow: flow.get_user_attributes(),
    "update_user_attributes": lambda flow: flow.update_user_attributes({"name": "Jim"}),
    "delete_user": lambda flow: flow.delete_user(),
}


@pytest.mark.parametrize("name", list(_CALLS))
def test_without_a_user_nothing_of_an_account_is_asked(name: str) -> None:
    ports = Ports()
    for flow in (ports.blocking(), ports.signed_out(), ports.challenged("SMS_MFA")):
        calls, before = len(ports.provider.calls), flow.flow
        held = secrets_held(flow)
        with pytest.raises(ActionRejected) as caught:
            _CALLS[name](flow)
        assert caught.value.code is ErrorCode.NOT_SIGNED_IN
        assert (len(ports.provider.calls), flow.flow, secrets_held(flow)) == (calls, before, held)


@pytest.mark.parametrize("name", ["list_devices", "fetch_mfa_preference", "verify_user_attribute", "set_up_totp"])
def test_a_call_that_is_refused_is_told_and_moves_nothing(name: str) -> None:
    ports, flow = _signed_in(PoolTraits())
    for effect in (
        effects.ListDevices,
        effects.FetchMfaPreference,
        effects.SendContactCode,
        effects.AssociateSoftwareToken,
    ):
        ports.provider.on(effect, refusing(ErrorCode.LIMIT_EXCEEDED))
    with pytest.raises(ServiceRefused) as caught:
        _CALLS[name](flow)
    assert caught.value.code is ErrorCode.LIMIT_EXCEEDED
    assert (flow.snapshot().screen, flow.flow.account) == (ScreenState.signedIn, AccountState.idle)


def test_tokens_that_have_ended_are_refreshed_before_a_call() -> None:
    ports, flow = _signed_in(PoolTraits())
    ports.clock.now += 4_000
    flow.list_devices()
    assert [type(call).__name__ for call in ports.provider.calls][-2:] == ["RefreshTokens", "ListDevices"]


def test_a_second_sign_in_asks_again() -> None:
    ports, flow = _signed_in(PASSKEYS)
    flow.skip()
    flow.sign_out()
    ports.provider.on(effects.InitiateAuth, challenging("SMS_MFA"))
    flow.sign_in("jane", "a-password")
    assert flow.confirm_sign_in("123456").screen is ScreenState.passkeyPrompt
