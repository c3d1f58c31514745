"""Registrations and password resets, message by message."""

from typing import Any, Final

import attrs
import pytest

from authflow import effects, intents, outcomes
from authflow.errors import ErrorCode
from authflow.flow import Flow
from authflow.intents import Intent
from authflow.outcomes import Outcome
from authflow.states import ForgotPasswordState, ScreenState, SessionState, SignInState, UserState
from authflow.states import SignUpConfirmationState as U
from authflow.step import step
from authflow.values import AutoSignIn, CodeDelivery, Settings
from tests.engine.factory import ACCOUNT, CODE, NOW, PASSWORD
from tests.engine.flows import SIGN_IN, SIGNED_IN, SIGNED_OUT
from tests.engine.places import ENTERING, LINKED, SIGN_UP, registered, signed_up
from tests.engine.stories import after, answer_to, error_of, said_no

FAILURES: Final = (outcomes.Refused, outcomes.NotSent, outcomes.OutcomeUnknown, outcomes.SecretGone)
CONFIRM: Final = intents.ConfirmSignUp(username="jane", code=CODE)
RESEND: Final = intents.ResendSignUpCode(username="jane")
FORGOT: Final = intents.ForgotPassword(username="jane")
SET: Final = intents.ConfirmForgotPassword(username="jane", code=CODE, new_password=PASSWORD)
BY_ITSELF: Final = {"sign_in": SignInState.initiatingAuth, "screen": ScreenState.signIn}


def kept(flow: Flow) -> AutoSignIn | None:
    return flow.context.auto_sign_in


# Registering


def test_a_registration_is_confirmed_by_its_code() -> None:
    flow = after(registered(), CONFIRM, effects.ConfirmSignUp)
    after(flow, outcomes.SignUpConfirmed, sign_up=U.confirmed, screen=ScreenState.signIn)
    begun = after(SIGNED_OUT, SIGN_UP, effects.SignUp, screen=ScreenState.signUp)
    after(begun, signed_up(begun, confirmed=True), sign_up=U.confirmed, screen=ScreenState.signIn)


def test_another_registration_leaves_what_is_known_of_the_one_before() -> None:
    """Until the pool has taken it: a registration that is refused confirms nobody, and forgets nobody."""
    flow = after(registered(), CONFIRM, effects.ConfirmSignUp)
    flow = after(flow, outcomes.SignUpConfirmed, sign_up=U.confirmed, screen=ScreenState.signIn)
    begun = after(flow, SIGN_UP, effects.SignUp, screen=ScreenState.signUp)
    for kind in FAILURES:
        assert error_of(after(begun, kind)) is not None
    after(begun, intents.Cancel())
    confirming = after(flow, CONFIRM, effects.ConfirmSignUp, screen=ScreenState.confirmSignUp)
    for kind in FAILURES:
        assert error_of(after(confirming, kind)) is not None
    after(confirming, intents.Cancel())
    sending = after(confirming, intents.Cancel())
    sending = after(sending, RESEND, effects.ResendConfirmationCode)
    after(sending, outcomes.SignUpCodeSent, sign_up=U.unconfirmed)


def test_signing_up_can_be_left_to_an_administrator() -> None:
    closed = attrs.evolve(SIGNED_OUT, settings=Settings(self_sign_up=False))
    assert said_no(closed, SIGN_UP) == (ErrorCode.INVALID_STATE, "Users are registered by an administrator here.")
    assert said_no(closed, intents.ShowSignUp())[0] is ErrorCode.ACTION_REJECTED


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failure_of_a_registration_is_said_and_moves_nothing(kind: type[Outcome]) -> None:
    begun = after(SIGNED_OUT, ENTERING, effects.SignUp, screen=ScreenState.signUp)
    assert kept(begun) is not None
    failed = after(begun, kind)
    # The password goes with what it was typed for.
    assert (error_of(failed) is not None, kept(failed)) == (True, None)
    waiting = registered(intent=ENTERING)
    confirming = after(waiting, CONFIRM, effects.ConfirmSignUp)
    sending = after(waiting, RESEND, effects.ResendConfirmationCode)
    for flow in (confirming, sending):
        failed = after(flow, kind)
        assert (error_of(failed) is not None, kept(failed) is not None) == (True, True)


def test_a_call_of_a_registration_can_be_given_up() -> None:
    for intent, asks in ((CONFIRM, effects.ConfirmSignUp), (RESEND, effects.ResendConfirmationCode)):
        calling = after(registered(intent=ENTERING), intent, asks)
        ended = after(calling, intents.Cancel())
        assert (ended.interactive, kept(ended)) == (None, None)
        ended = after(calling, intents.SignOut(), effects.ClearTokens, session=SessionState.clearingTokens)
        assert (ended.interactive, kept(ended)) == (None, None)
    begun = after(SIGNED_OUT, ENTERING, effects.SignUp, screen=ScreenState.signUp)
    ended = after(begun, intents.Cancel())
    assert (ended.interactive, kept(ended)) == (None, None)
    ended = after(begun, intents.SignOut(), effects.ClearTokens, session=SessionState.clearingTokens)
    assert (ended.interactive, kept(ended)) == (None, None)


@pytest.mark.parametrize("cleared", [outcomes.TokensCleared, outcomes.TokensNotCleared])
def test_a_sign_out_takes_the_password_of_a_registration(cleared: type[Outcome]) -> None:
    flow = after(
        registered(intent=ENTERING), intents.SignOut(), effects.ClearTokens, session=SessionState.clearingTokens
    )
    flow = after(flow, cleared, session=SessionState.none, screen=ScreenState.signIn)
    assert kept(flow) is None


def test_time_takes_the_password_of_a_registration() -> None:
    flow = registered(intent=ENTERING)
    until = flow.wake_at
    assert until is not None
    assert kept(after(flow, outcomes.Elapsed(at=until - 1))) is not None
    assert kept(after(flow, outcomes.Elapsed(at=until))) is None


@pytest.mark.parametrize("leave", [intents.Skip(), intents.ShowSignIn(), intents.Back()])
def test_who_leaves_a_registration_enters_the_code_another_day(leave: Intent) -> None:
    for flow in (registered(intent=ENTERING), registered(LINKED, ENTERING)):
        assert kept(after(flow, leave, screen=ScreenState.signIn)) is None


# Signing in by itself


def test_a_confirmed_registration_signs_in_by_itself() -> None:
    begun = after(SIGNED_OUT, ENTERING, effects.SignUp, screen=ScreenState.signUp)
    flow = after(begun, signed_up(begun, confirmed=True), effects.InitiateAuth, sign_up=U.confirmed, **BY_ITSELF)
    assert (flow.context.password, flow.context.automatic) == (PASSWORD, True)
    confirming = after(registered(intent=ENTERING), CONFIRM, effects.ConfirmSignUp)
    flow = after(confirming, outcomes.SignUpConfirmed, effects.InitiateAuth, sign_up=U.confirmed, **BY_ITSELF)
    assert (flow.context.password, kept(flow)) == (PASSWORD, None)
    # What fails then is nobody's call.
    assert flow.context.automatic


def test_another_users_code_signs_nobody_in() -> None:
    other = intents.ConfirmSignUp(username="joe", code=CODE)
    confirming = after(registered(intent=ENTERING), other, effects.ConfirmSignUp)
    assert (confirming.context.username, kept(confirming)) == ("joe", None)
    after(confirming, outcomes.SignUpConfirmed, sign_up=U.confirmed, screen=ScreenState.signIn)


# Links


def test_a_link_is_waited_for_and_asked_about() -> None:
    flow = registered(LINKED, ENTERING)
    asked = after(flow, intents.CheckConfirmation(at=NOW), effects.InitiateAuth, sign_in=SignInState.initiatingAuth)
    assert kept(asked) is not None  # who waits may have to ask again
    again = after(asked, outcomes.ConfirmSignUpRequired, sign_in=SignInState.idle)
    after(again, intents.CheckConfirmation(at=NOW), effects.InitiateAuth, sign_in=SignInState.initiatingAuth)
    # Without the password the user finds out by signing in.
    plain = registered(LINKED)
    after(plain, intents.CheckConfirmation(at=NOW), screen=ScreenState.signIn)
    sending = after(plain, RESEND, effects.ResendConfirmationCode)
    after(sending, outcomes.SignUpCodeSent)


def test_a_password_that_was_kept_too_long_is_not_asked_with() -> None:
    flow = registered(LINKED, ENTERING)
    auto = kept(flow)
    assert auto is not None
    late = step(flow, intents.CheckConfirmation(at=auto.until), auto.until)
    assert (late.effect, late.flow.screen, kept(late.flow)) == (None, ScreenState.signIn, None)


def test_nobody_asks_about_a_link_that_is_not_waited_for() -> None:
    for flow in (SIGNED_OUT, registered(intent=ENTERING)):
        assert said_no(flow, intents.CheckConfirmation(at=NOW))[0] is ErrorCode.ACTION_REJECTED


@pytest.mark.parametrize("stored", [outcomes.TokensStored, outcomes.TokensNotStored])
def test_who_signs_in_after_a_link_has_followed_it(stored: type[Outcome]) -> None:
    def in_at_last(flow: Flow, **moved: Any) -> None:
        tokens = outcomes.Authenticated(effect_id=flow.last_effect, account=ACCOUNT)
        storing = after(flow, tokens, effects.StoreTokens, sign_in=SignInState.storingTokens)
        after(
            storing,
            stored,
            user=UserState.signedIn,
            sign_in=SignInState.signedIn,
            screen=ScreenState.signedIn,
            session=SessionState.active,
            **moved,
        )

    asked = after(
        registered(LINKED, ENTERING),
        intents.CheckConfirmation(at=NOW),
        effects.InitiateAuth,
        sign_in=SignInState.initiatingAuth,
    )
    in_at_last(asked, sign_up=U.confirmed)
    # Who signs in from elsewhere may be somebody else.
    other = after(
        registered(), SIGN_IN, effects.InitiateAuth, sign_in=SignInState.initiatingAuth, screen=ScreenState.signIn
    )
    in_at_last(other)


# Signing in unconfirmed


def test_who_signs_in_unconfirmed_is_sent_a_code_or_waits_for_the_link() -> None:
    begun = after(SIGNED_OUT, SIGN_IN, effects.InitiateAuth, sign_in=SignInState.initiatingAuth)
    moved = {"sign_in": SignInState.idle, "sign_up": U.unconfirmed}
    flow = after(
        begun,
        outcomes.ConfirmSignUpRequired,
        effects.ResendConfirmationCode,
        screen=ScreenState.confirmSignUp,
        **moved,
    )
    assert flow.context.automatic
    after(flow, outcomes.SignUpCodeSent)
    begun = after(LINKED, SIGN_IN, effects.InitiateAuth, sign_in=SignInState.initiatingAuth)
    after(
        begun,
        outcomes.ConfirmSignUpRequired,
        effects.ResendConfirmationCode,
        screen=ScreenState.awaitingLink,
        **moved,
    )


# Resetting a password


def test_a_password_is_reset_by_a_code() -> None:
    flow = after(SIGNED_OUT, FORGOT, effects.ForgotPassword, screen=ScreenState.forgotPassword)
    sent = {"forgot_password": ForgotPasswordState.confirmationCodeSent, "screen": ScreenState.confirmForgotPassword}
    flow = after(flow, outcomes.ResetCodeSent, **sent)
    again = after(flow, FORGOT, effects.ForgotPassword)
    after(again, outcomes.ResetCodeSent)
    setting = after(flow, SET, effects.ConfirmForgotPassword)
    done = after(setting, outcomes.PasswordReset, forgot_password=ForgotPasswordState.done, screen=ScreenState.signIn)
    # The next one begins where the last one ended.
    begun = after(done, FORGOT, effects.ForgotPassword, screen=ScreenState.forgotPassword)
    for kind in FAILURES:
        after(begun, kind)
    after(begun, outcomes.ResetCodeSent, **sent)
    after(done, SET, effects.ConfirmForgotPassword, screen=ScreenState.confirmForgotPassword)


def test_who_has_to_reset_the_password_is_sent_a_code() -> None:
    begun = after(SIGNED_OUT, SIGN_IN, effects.InitiateAuth, sign_in=SignInState.initiatingAuth)
    moved = {"sign_in": SignInState.idle, "screen": ScreenState.forgotPassword}
    flow = after(begun, outcomes.PasswordResetRequired, effects.ForgotPassword, **moved)
    assert flow.context.automatic
    done = {"forgot_password": ForgotPasswordState.done}
    reset = after(flow, intents.Cancel())
    reset = after(reset, SET, effects.ConfirmForgotPassword, screen=ScreenState.confirmForgotPassword)
    reset = after(reset, outcomes.PasswordReset, screen=ScreenState.signIn, **done)
    begun = after(reset, SIGN_IN, effects.InitiateAuth, sign_in=SignInState.initiatingAuth)
    after(begun, outcomes.PasswordResetRequired, effects.ForgotPassword, **moved)


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failure_of_a_reset_is_said_and_moves_nothing(kind: type[Outcome]) -> None:
    sending = after(SIGNED_OUT, FORGOT, effects.ForgotPassword, screen=ScreenState.forgotPassword)
    setting = after(SIGNED_OUT, SET, effects.ConfirmForgotPassword, screen=ScreenState.confirmForgotPassword)
    for flow in (sending, setting):
        assert error_of(after(flow, kind)) is not None


def test_a_call_of_a_reset_can_be_given_up() -> None:
    sending = after(SIGNED_OUT, FORGOT, effects.ForgotPassword, screen=ScreenState.forgotPassword)
    setting = after(SIGNED_OUT, SET, effects.ConfirmForgotPassword, screen=ScreenState.confirmForgotPassword)
    for flow in (sending, setting):
        assert after(flow, intents.Cancel()).interactive is None
        ended = after(flow, intents.SignOut(), effects.ClearTokens, session=SessionState.clearingTokens)
        assert ended.interactive is None
    done = after(setting, outcomes.PasswordReset, forgot_password=ForgotPasswordState.done, screen=ScreenState.signIn)
    begun = after(done, FORGOT, effects.ForgotPassword, screen=ScreenState.forgotPassword)
    after(begun, intents.Cancel())
    after(begun, intents.SignOut(), effects.ClearTokens, session=SessionState.clearingTokens)


def test_a_code_that_is_confirmed_by_somebody_who_is_signed_in_moves_no_screen() -> None:
    flow = after(SIGNED_IN, CONFIRM, effects.ConfirmSignUp)
    after(flow, outcomes.SignUpConfirmed, sign_up=U.confirmed)


def test_who_is_unconfirmed_after_all_waits_for_a_link_again() -> None:
    """The store was being looked at when the registration was confirmed, so that nobody was signed in by it."""
    looking = after(LINKED, intents.SyncSession(), effects.LoadSession, session=SessionState.rereading)
    calling = after(looking, ENTERING, effects.SignUp, screen=ScreenState.signUp)
    confirmed = after(calling, signed_up(calling, confirmed=True), sign_up=U.confirmed, screen=ScreenState.signIn)
    assert confirmed.session_call is not None
    empty = outcomes.NothingStored(effect_id=confirmed.session_call.effect.id)
    found = after(confirmed, empty, session=SessionState.none)
    waiting = after(found, intents.ShowConfirmSignUp(), screen=ScreenState.awaitingLink)
    asked = after(waiting, intents.CheckConfirmation(at=NOW), effects.InitiateAuth, sign_in=SignInState.initiatingAuth)
    after(asked, outcomes.ConfirmSignUpRequired, sign_in=SignInState.idle, sign_up=U.unconfirmed)


def test_a_code_that_was_sent_is_entered_on_its_screen_whoever_came_and_went_meanwhile() -> None:
    for begun, shown in ((SIGNED_OUT, ScreenState.confirmSignUp), (LINKED, ScreenState.awaitingLink)):
        sending = after(begun, RESEND, effects.ResendConfirmationCode, screen=ScreenState.confirmSignUp)
        elsewhere = {} if shown is ScreenState.confirmSignUp else {"screen": shown}
        after(sending, outcomes.SignUpCodeSent, sign_up=U.unconfirmed, **elsewhere)
        call = sending.interactive
        looking = after(sending, intents.SyncSession(), effects.LoadSession, session=SessionState.rereading)
        come = after(
            looking,
            outcomes.SessionRestored(effect_id=looking.last_effect, account=ACCOUNT),
            user=UserState.signedIn,
            session=SessionState.active,
            screen=ScreenState.signedIn,
        )
        looking = after(come, intents.SyncSession(), effects.LoadSession, session=SessionState.rereading)
        gone = after(
            looking,
            outcomes.NothingStored,
            user=UserState.signedOut,
            session=SessionState.none,
            screen=ScreenState.signIn,
        )
        after(gone, answer_to(call, outcomes.SignUpCodeSent), sign_up=U.unconfirmed, screen=shown)


def test_what_is_known_of_one_user_is_not_told_of_the_next() -> None:
    waiting = registered(intent=ENTERING)
    assert (waiting.context.user_sub, waiting.context.sign_up_delivery) == ("sub-jane", CodeDelivery())
    another: tuple[tuple[Intent, type[effects.Effect], ScreenState], ...] = (
        (intents.SignIn(username="joe", password=PASSWORD), effects.InitiateAuth, ScreenState.signIn),
        (attrs.evolve(CONFIRM, username="joe"), effects.ConfirmSignUp, ScreenState.confirmSignUp),
        (attrs.evolve(RESEND, username="joe"), effects.ResendConfirmationCode, ScreenState.confirmSignUp),
        (attrs.evolve(FORGOT, username="joe"), effects.ForgotPassword, ScreenState.forgotPassword),
        (attrs.evolve(SET, username="joe"), effects.ConfirmForgotPassword, ScreenState.confirmForgotPassword),
    )
    for intent, asks, screen in another:
        moved: dict[str, Any] = {} if waiting.screen is screen else {"screen": screen}
        moved |= {"sign_in": SignInState.initiatingAuth} if asks is effects.InitiateAuth else {}
        begun = after(waiting, intent, asks, **moved)
        assert (begun.context.username, begun.context.user_sub, begun.context.sign_up_delivery) == ("joe", None, None)


def test_what_the_pool_says_of_a_code_is_kept() -> None:
    delivery = CodeDelivery(destination="j***@e***", attribute="email")
    sending = after(registered(), RESEND, effects.ResendConfirmationCode)
    sent = after(sending, outcomes.SignUpCodeSent(effect_id=sending.last_effect, delivery=delivery))
    assert sent.context.sign_up_delivery == delivery
    sending = after(SIGNED_OUT, FORGOT, effects.ForgotPassword, screen=ScreenState.forgotPassword)
    moved = {"forgot_password": ForgotPasswordState.confirmationCodeSent, "screen": ScreenState.confirmForgotPassword}
    sent = after(sending, outcomes.ResetCodeSent(effect_id=sending.last_effect, delivery=delivery), **moved)
    assert sent.context.reset_delivery == delivery
