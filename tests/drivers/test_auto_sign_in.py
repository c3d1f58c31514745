"""Signing in by itself once a registration is confirmed, by a code or by a link."""

from collections.abc import Callable

import pytest

from authflow import ActionRejected, ErrorCode, ServiceRefused, effects, outcomes
from authflow.effects import Effect
from authflow.events import Event
from authflow.frontend.traits import PoolTraits
from authflow.secrets import Handle, Vault
from authflow.states import AuthFlowType, FirstFactor, FlowStatus, ScreenState, SignInState, SignUpConfirmationState
from authflow.values import Settings
from tests.drivers.scripted import (
    DELIVERY,
    START,
    Ports,
    Reply,
    Running,
    challenging,
    let_go,
    outcome,
    refusing,
    secrets_held,
)

ASKED = PoolTraits(settings=Settings(auto_sign_in=True))
BY_LINK = PoolTraits(settings=Settings(auto_sign_in=True, confirm_by_link=True))
WITHOUT_PASSWORD = PoolTraits(auth_flow=AuthFlowType.USER_AUTH, settings=Settings(auto_sign_in=True))


def _with_session(kind: Callable[..., object], **values: object) -> Reply:
    def reply(effect: Effect, vault: Vault) -> object:
        return kind(effect_id=effect.id, session=vault.put("session", "of-the-registration"), **values)

    return reply


def _password_sent(ports: Ports) -> list[str]:
    """Has the next sign-in note the password that it is made with."""
    sent: list[str] = []

    def reply(effect: Effect, vault: Vault) -> object:
        assert isinstance(effect, effects.InitiateAuth)
        assert isinstance(effect.password, Handle)
        sent.append(vault.text(effect.password))
        return ports.provider.succeed(effect, vault)

    ports.provider.on(effects.InitiateAuth, reply)
    return sent


def test_confirming_signs_in_and_leaves_no_password() -> None:
    ports = Ports(traits=ASKED)
    flow = ports.signed_out()
    assert flow.sign_up("jane", "a-password").code_delivery == DELIVERY
    assert secrets_held(flow) == 1
    sent = _password_sent(ports)
    result = flow.confirm_sign_up("jane", "123456")
    assert result.sign_up_confirmation_state is SignUpConfirmationState.confirmed
    assert sent == ["a-password"]
    assert flow.is_signed_in
    assert flow.snapshot().screen is ScreenState.signedIn
    assert flow.flow.context.auto_sign_in is None
    assert secrets_held(flow) == 1  # the tokens


def test_nothing_is_kept_where_it_was_not_asked_for() -> None:
    flow = Ports().signed_out()
    flow.sign_up("jane", "a-password")
    assert secrets_held(flow) == 0
    flow.confirm_sign_up("jane", "123456")
    assert not flow.is_signed_in
    assert flow.snapshot().screen is ScreenState.signIn


@pytest.mark.parametrize(("setting", "asked"), [(False, True), (True, False)])
def test_a_program_decides_for_one_registration(setting: bool, asked: bool) -> None:
    flow = Ports(traits=PoolTraits(settings=Settings(auto_sign_in=setting))).signed_out()
    flow.sign_up("jane", "a-password", auto_sign_in=asked)
    flow.confirm_sign_up("jane", "123456")
    assert flow.is_signed_in is asked


def test_a_pool_that_confirms_by_itself_is_signed_in_to_at_once() -> None:
    ports = Ports(traits=ASKED)
    flow = ports.signed_out()
    ports.provider.on(effects.SignUp, outcome(outcomes.SignedUp, confirmed=True))
    result = flow.sign_up("jane", "a-password")
    assert result.sign_up_confirmation_state is SignUpConfirmationState.confirmed
    assert flow.is_signed_in


def test_a_wrong_code_keeps_what_the_right_one_needs() -> None:
    ports = Ports(traits=ASKED)
    flow = ports.signed_out()
    flow.sign_up("jane", "a-password")
    ports.provider.on(effects.ConfirmSignUp, refusing(ErrorCode.CODE_MISMATCH, field="code"))
    with pytest.raises(ServiceRefused):
        flow.confirm_sign_up("jane", "000000")
    flow.resend_sign_up_code("jane")
    assert not flow.is_signed_in
    flow.confirm_sign_up("jane", "123456")
    assert flow.is_signed_in


def test_too_late_confirms_and_asks_for_the_password() -> None:
    ports = Ports(traits=ASKED)
    flow = ports.signed_out()
    flow.sign_up("jane", "a-password")
    ports.clock.now = START + 900
    result = flow.confirm_sign_up("jane", "123456")
    assert result.sign_up_confirmation_state is SignUpConfirmationState.confirmed
    assert (flow.is_signed_in, flow.snapshot().screen, secrets_held(flow)) == (False, ScreenState.signIn, 0)
    assert ports.provider.count(effects.InitiateAuth) == 0


def test_confirming_somebody_else_signs_nobody_in() -> None:
    flow = Ports(traits=ASKED).signed_out()
    flow.sign_up("jane", "a-password")
    flow.confirm_sign_up("joe", "123456")
    assert (flow.is_signed_in, secrets_held(flow)) == (False, 0)


@pytest.mark.parametrize("leaving", ["back", "skip", "show_sign_in"])
def test_who_leaves_is_asked_for_the_password(leaving: str) -> None:
    flow = Ports(traits=ASKED).signed_out()
    flow.sign_up("jane", "a-password")
    assert flow.submit(leaving).screen is ScreenState.signIn
    assert secrets_held(flow) == 0
    flow.confirm_sign_up("jane", "123456")
    assert not flow.is_signed_in


@pytest.mark.parametrize("code", [ErrorCode.USERNAME_EXISTS, ErrorCode.NOT_SENT, ErrorCode.OUTCOME_UNKNOWN])
def test_a_registration_that_fails_keeps_no_password(code: ErrorCode) -> None:
    ports = Ports(traits=ASKED)
    flow = ports.signed_out()
    ports.provider.on(effects.SignUp, refusing(code))
    with pytest.raises(Exception, match="It failed"):
        flow.sign_up("jane", "a-password")
    assert secrets_held(flow) == 0


def test_a_sign_in_that_fails_leaves_the_confirmation_done() -> None:
    ports = Ports(traits=ASKED)
    flow = ports.signed_out()
    heard: list[Event] = []
    flow.sign_up("jane", "a-password")
    flow.subscribe(heard.append)
    ports.provider.on(effects.InitiateAuth, refusing(ErrorCode.TOO_MANY_REQUESTS))
    result = flow.confirm_sign_up("jane", "123456")
    assert result.sign_up_confirmation_state is SignUpConfirmationState.confirmed
    snapshot = flow.snapshot()
    assert (snapshot.screen, snapshot.username, snapshot.status) == (
        ScreenState.signIn,
        "jane",
        FlowStatus.interactive,
    )
    assert snapshot.error is not None
    assert snapshot.error.code is ErrorCode.TOO_MANY_REQUESTS
    assert [event.kind for event in heard].count("flow.failed") == 1
    assert secrets_held(flow) == 0
    assert flow.sign_in("jane", "a-password").sign_in_state is SignInState.signedIn


def test_a_sign_in_by_itself_may_ask_a_second_factor() -> None:
    ports = Ports(traits=ASKED)
    flow = ports.signed_out()
    flow.sign_up("jane", "a-password")
    ports.provider.on(effects.InitiateAuth, challenging("SMS_MFA"))
    flow.confirm_sign_up("jane", "123456")
    assert flow.snapshot().screen is ScreenState.confirmSignIn
    # From here on somebody waits for the answer again.
    ports.provider.on(effects.RespondToAuthChallenge, refusing(ErrorCode.CODE_MISMATCH))
    with pytest.raises(ServiceRefused):
        flow.confirm_sign_in("000000")
    assert flow.confirm_sign_in("123456").sign_in_state is SignInState.signedIn


def test_the_session_of_the_registration_signs_in_without_a_password() -> None:
    ports = Ports(traits=WITHOUT_PASSWORD)
    flow = ports.signed_out()
    ports.provider.on(effects.SignUp, _with_session(outcomes.SignedUp, confirmed=False, delivery=DELIVERY))
    ports.provider.on(effects.ConfirmSignUp, _with_session(outcomes.SignUpConfirmed))
    flow.sign_up("jane")
    flow.confirm_sign_up("jane", "123456")
    assert flow.is_signed_in
    assert ports.provider.last(effects.ConfirmSignUp).session is not None
    started = ports.provider.last(effects.InitiateAuth)
    assert (started.auth_flow, started.password) == (AuthFlowType.USER_AUTH, None)
    assert started.session is not None
    assert secrets_held(flow) == 1  # the tokens


def test_without_a_session_a_choice_is_proved_by_the_password() -> None:
    ports = Ports(traits=WITHOUT_PASSWORD)
    flow = ports.signed_out()
    flow.sign_up("jane", "a-password")
    flow.confirm_sign_up("jane", "123456")
    started = ports.provider.last(effects.InitiateAuth)
    assert (started.preferred, started.session) == (FirstFactor.PASSWORD_SRP, None)
    assert flow.is_signed_in


def test_signed_out_meanwhile_signs_nobody_in() -> None:
    ports = Ports(traits=ASKED)
    flow = ports.signed_out()
    flow.sign_up("jane", "a-password")
    gate = ports.provider.hold(effects.InitiateAuth)
    with let_go(gate):
        running = Running(lambda: flow.confirm_sign_up("jane", "123456"))
        gate.wait_until_reached()
        flow.sign_out()
    running.join()
    assert (flow.is_signed_in, ports.store.session) == (False, None)
    assert ports.provider.revoked == ["refresh-token"]
    assert secrets_held(flow) == 0


# By a link


def test_a_link_is_waited_for_and_found_out_by_signing_in() -> None:
    ports = Ports(traits=BY_LINK)
    flow = ports.signed_out()
    flow.sign_up("jane", "a-password")
    snapshot = flow.snapshot()
    assert (snapshot.screen, snapshot.status, snapshot.delivery) == (
        ScreenState.awaitingLink,
        FlowStatus.waiting_external,
        DELIVERY,
    )
    assert snapshot.actions[0].id == "check_confirmation"
    ports.provider.on(effects.InitiateAuth, refusing(ErrorCode.USER_NOT_CONFIRMED))
    result = flow.check_confirmation()
    assert (result.screen, flow.is_signed_in) == (ScreenState.awaitingLink, False)
    # It was not followed yet; nothing is sent again for asking.
    assert ports.provider.count(effects.ResendConfirmationCode) == 0
    assert flow.check_confirmation().sign_in_state is SignInState.signedIn
    assert secrets_held(flow) == 1  # the tokens


def test_a_link_that_is_asked_for_too_late_leads_to_the_password() -> None:
    ports = Ports(traits=BY_LINK)
    flow = ports.signed_out()
    flow.sign_up("jane", "a-password")
    ports.clock.now = START + 900
    result = flow.check_confirmation()
    assert (result.screen, result.sign_in_state, secrets_held(flow)) == (ScreenState.signIn, SignInState.idle, 0)
    assert flow.username == "jane"
    assert ports.provider.count(effects.InitiateAuth) == 0


def test_without_a_kept_password_a_link_leads_to_the_password() -> None:
    flow = Ports(traits=PoolTraits(settings=Settings(confirm_by_link=True))).signed_out()
    flow.sign_up("jane", "a-password")
    assert flow.check_confirmation().screen is ScreenState.signIn


def test_who_signs_in_unconfirmed_is_sent_another_link() -> None:
    ports = Ports(traits=BY_LINK)
    flow = ports.signed_out()
    ports.provider.on(effects.InitiateAuth, refusing(ErrorCode.USER_NOT_CONFIRMED))
    assert flow.sign_in("jane", "a-password").screen is ScreenState.awaitingLink
    assert ports.provider.count(effects.ResendConfirmationCode) == 1
    assert flow.resend_sign_up_code("jane").sign_up_confirmation_state is SignUpConfirmationState.unconfirmed
    assert flow.snapshot().screen is ScreenState.awaitingLink


@pytest.mark.parametrize("leaving", ["back", "skip", "show_sign_in"])
def test_waiting_for_a_link_can_be_given_up(leaving: str) -> None:
    flow = Ports(traits=BY_LINK).signed_out()
    flow.sign_up("jane", "a-password")
    assert flow.submit(leaving).screen is ScreenState.signIn
    assert secrets_held(flow) == 0


def test_a_check_that_fails_is_told_and_can_be_made_again() -> None:
    ports = Ports(traits=BY_LINK)
    flow = ports.signed_out()
    flow.sign_up("jane", "a-password")
    ports.provider.on(effects.InitiateAuth, refusing(ErrorCode.NOT_SENT))
    with pytest.raises(Exception, match="It failed"):
        flow.check_confirmation()
    assert flow.snapshot().screen is ScreenState.awaitingLink
    assert flow.check_confirmation().sign_in_state is SignInState.signedIn


def test_a_check_waits_for_the_store() -> None:
    ports = Ports(traits=BY_LINK)
    flow = ports.blocking()
    flow.sign_up("jane", "a-password")
    gate = ports.store.hold("load")
    with let_go(gate):
        running = Running(flow.initialize)
        gate.wait_until_reached()
        with pytest.raises(ActionRejected) as caught:
            flow.check_confirmation()
        assert caught.value.code is ErrorCode.BUSY
    running.join()


# What is kept is let go


def test_the_password_of_a_registration_goes_when_it_is_too_late() -> None:
    ports = Ports(traits=ASKED)
    flow = ports.signed_out()
    flow.sign_up("jane", "a-password")
    assert flow.flow.wake_at == START + 900
    ports.clock.now = START + 899
    flow.snapshot()
    assert secrets_held(flow) == 1
    ports.clock.now = START + 900
    snapshot = flow.snapshot()
    assert secrets_held(flow) == 0
    # Nothing went wrong, and nothing moves: only the password is asked for after the code.
    assert (snapshot.screen, snapshot.error) == (ScreenState.confirmSignUp, None)
    flow.confirm_sign_up("jane", "123456")
    assert (flow.is_signed_in, flow.snapshot().screen) == (False, ScreenState.signIn)


def test_a_challenge_that_expires_first_does_not_take_the_registration_along() -> None:
    ports = Ports(traits=ASKED)
    flow = ports.challenged("SMS_MFA")
    flow.back()
    flow.sign_up("jane", "a-password")
    ports.clock.now = START + 200
    flow.snapshot()
    assert secrets_held(flow) == 1


def test_a_sign_out_takes_the_password_of_a_registration_along() -> None:
    flow = Ports(traits=ASKED).signed_out()
    flow.sign_up("jane", "a-password")
    flow.sign_out()
    assert (flow.snapshot().screen, secrets_held(flow)) == (ScreenState.signIn, 0)
    flow.confirm_sign_up("jane", "123456")
    assert not flow.is_signed_in


@pytest.mark.parametrize("ending", ["cancel", "sign_out"])
def test_a_registration_that_is_given_up_signs_nobody_in(ending: str) -> None:
    ports = Ports(traits=ASKED)
    flow = ports.signed_out()
    gate = ports.provider.hold(effects.SignUp)
    with let_go(gate):
        running = Running(lambda: flow.sign_up("jane", "a-password"))
        gate.wait_until_reached()
        getattr(flow, ending)()
    running.join()
    assert secrets_held(flow) == 0
    # The registration may have been made all the same.
    flow.confirm_sign_up("jane", "123456")
    assert not flow.is_signed_in


def test_a_sign_in_by_itself_that_is_given_up_does_not_undo_the_confirmation() -> None:
    ports = Ports(traits=ASKED)
    flow = ports.signed_out()
    flow.sign_up("jane", "a-password")
    gate = ports.provider.hold(effects.InitiateAuth)
    with let_go(gate):
        running = Running(lambda: flow.confirm_sign_up("jane", "123456"))
        gate.wait_until_reached()
        flow.cancel()
    assert running.result().sign_up_confirmation_state is SignUpConfirmationState.confirmed
    assert not flow.is_signed_in
    assert ports.provider.revoked == ["refresh-token"]


def test_where_no_link_was_sent_there_is_nothing_to_check() -> None:
    for flow in (Ports(traits=BY_LINK).signed_out(), Ports(traits=BY_LINK).signed_in()):
        before = flow.flow
        with pytest.raises(ActionRejected):
            flow.check_confirmation()
        assert flow.flow is before


def test_who_says_that_a_registration_is_to_be_confirmed_waits_for_the_link() -> None:
    flow = Ports(traits=BY_LINK).signed_out()
    assert flow.submit("show_confirm_sign_up").screen is ScreenState.awaitingLink
