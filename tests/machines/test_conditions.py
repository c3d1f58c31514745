"""What the named conditions mean: the tables take them as given; here flows differ in one thing at a time."""

from typing import Final

import attrs
import pytest

from authflow import effects, intents, outcomes
from authflow.errors import ErrorCode, ErrorInfo
from authflow.flow import NO_CONTEXT, Flow, Pending
from authflow.intents import GetTokens, SignOut
from authflow.machines import MACHINES, common, forgot_password, screen, session, sign_in, sign_up
from authflow.outcomes import Elapsed
from authflow.secrets import Handle
from authflow.states import SignInState
from authflow.values import Account, Challenge, SignOutOptions

ACCOUNT: Final = Account(username="jane", tokens=Handle("tokens", 1), expires_at=1_000.0)
FLOW: Final = Flow("flow-1")
HOLDING: Final = attrs.evolve(FLOW, context=NO_CONTEXT.replace(account=ACCOUNT))
SECRET: Final = Handle("code", 1)
CALL: Final = Pending(effects.ForgotPassword(id=1, username="jane"), 0.0)


def refused(code: ErrorCode) -> outcomes.Refused:
    return outcomes.Refused(effect_id=1, error=ErrorInfo(code=code, message="No."))


def in_sign_in(state: SignInState) -> Flow:
    return attrs.evolve(FLOW, states=(FLOW.states[0], state, *FLOW.states[2:]))


def test_every_condition_is_asked_here() -> None:
    known = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    used = {
        condition.__name__
        for machine in MACHINES
        for row in machine.rows
        for condition in (*row.conditions, *row.unless)
    }
    assert used <= known


def test_signing_in() -> None:
    for state in SignInState:
        expected = state not in (SignInState.idle, SignInState.signedIn)
        assert common.signing_in(in_sign_in(state), None) is expected


def test_call_under_way() -> None:
    assert common.call_under_way(FLOW, None) is False
    assert common.call_under_way(attrs.evolve(FLOW, interactive=CALL), None) is True
    assert common.call_under_way(attrs.evolve(FLOW, session_call=CALL), None) is False


# Cognito takes another answer on the same Session after these, by its documentation of RespondToAuthChallenge: a wrong
# code, a password that does not meet the policy or was used before, a parameter that is not well formed, and whatever
# went wrong on the way to the answer.
SURVIVED: Final = {
    "codeMismatch",
    "invalidPassword",
    "passwordHistoryPolicyViolation",
    "invalidParameter",
    "enableSoftwareTokenMFA",
    "tooManyRequests",
    "limitExceeded",
    "internalError",
    "codeDeliveryFailure",
    "userLambdaValidation",
    "unexpectedLambda",
    "invalidLambdaResponse",
}


@pytest.mark.parametrize("code", ErrorCode)
def test_session_survives(code: ErrorCode) -> None:
    assert common.session_survives(FLOW, refused(code)) is (code.value in SURVIVED)


def test_challenge_expired() -> None:
    challenge = Challenge(name="SMS_MFA", lifetime=180.0).armed(1_000.0)
    waiting = attrs.evolve(FLOW, context=NO_CONTEXT.replace(challenge=challenge))
    assert common.challenge_expired(waiting, Elapsed(at=1_180.0)) is True
    assert common.challenge_expired(waiting, Elapsed(at=1_179.9)) is False
    assert common.challenge_expired(attrs.evolve(waiting, interactive=CALL), Elapsed(at=2_000.0)) is False
    assert common.challenge_expired(FLOW, Elapsed(at=2_000.0)) is False


def test_store_was_unreadable() -> None:
    failed = NO_CONTEXT.replace(error=ErrorInfo(code=ErrorCode.STORE_UNAVAILABLE, message="No."))
    assert screen.store_was_unreadable(FLOW, None) is False
    assert screen.store_was_unreadable(attrs.evolve(FLOW, context=failed), None) is True


@pytest.mark.parametrize("code", ErrorCode)
def test_user_is_not_confirmed(code: ErrorCode) -> None:
    assert screen.user_is_not_confirmed(FLOW, refused(code)) is (code.value == "userNotConfirmed")


@pytest.mark.parametrize("code", ErrorCode)
def test_password_must_be_reset(code: ErrorCode) -> None:
    assert screen.password_must_be_reset(FLOW, refused(code)) is (code.value == "passwordResetRequired")


REGISTRATION: Final = (
    effects.SignUp(id=1, username="jane", password=SECRET, attributes=None),
    effects.ConfirmSignUp(id=1, username="jane", code=SECRET),
    effects.ResendConfirmationCode(id=1, username="jane"),
)
RESET: Final = (
    effects.ForgotPassword(id=1, username="jane"),
    effects.ConfirmForgotPassword(id=1, username="jane", code=SECRET, new_password=SECRET),
)


def during(effect: effects.Effect) -> Flow:
    return attrs.evolve(FLOW, interactive=Pending(effect, 0.0))


def test_registering() -> None:
    assert sign_up.registering(FLOW, None) is False
    assert all(sign_up.registering(during(effect), None) is True for effect in REGISTRATION)
    assert all(sign_up.registering(during(effect), None) is False for effect in RESET)


def test_resetting() -> None:
    assert forgot_password.resetting(FLOW, None) is False
    assert all(forgot_password.resetting(during(effect), None) is True for effect in RESET)
    assert all(forgot_password.resetting(during(effect), None) is False for effect in REGISTRATION)


@pytest.mark.parametrize("confirmed", [False, True])
def test_auto_confirmed(confirmed: bool) -> None:
    assert sign_up.auto_confirmed(FLOW, outcomes.SignedUp(effect_id=1, confirmed=confirmed)) is confirmed


def test_globally() -> None:
    ask = SignOut(options=SignOutOptions(sign_out_globally=True, invalidate_tokens=False))
    assert session.globally(HOLDING, ask) is True
    assert session.globally(FLOW, ask) is False
    assert session.globally(HOLDING, SignOut()) is False


def test_revoking() -> None:
    assert session.revoking(HOLDING, SignOut()) is True
    assert session.revoking(FLOW, SignOut()) is False
    assert session.revoking(HOLDING, SignOut(options=SignOutOptions(invalidate_tokens=False))) is False


def test_revoking_is_left() -> None:
    for account in (None, ACCOUNT):
        for options in (None, SignOutOptions(), SignOutOptions(invalidate_tokens=False)):
            flow = attrs.evolve(FLOW, context=NO_CONTEXT.replace(account=account, sign_out=options))
            expected = account is not None and options == SignOutOptions()
            assert session.revoking_is_left(flow, None) is expected


def test_tokens_are_good() -> None:
    assert session.tokens_are_good(HOLDING, GetTokens(at=999.9)) is True
    assert session.tokens_are_good(HOLDING, GetTokens(at=1_000.0)) is False
    assert session.tokens_are_good(HOLDING, GetTokens(at=0.0, force=True)) is False
    assert session.tokens_are_good(FLOW, GetTokens(at=0.0)) is False


# What the effects carry


def test_validation_data_wins_over_client_metadata() -> None:
    intent = intents.SignIn(username="jane", client_metadata={"a": "1", "b": "1"}, validation_data={"b": "2"})
    effect = sign_in.initiate_auth(NO_CONTEXT, intent, 7)
    assert (effect.id, effect.client_metadata) == (7, {"a": "1", "b": "2"})


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: str(machine.name))
def test_every_effect_has_the_id_it_was_given(machine: object) -> None:
    from tests.engine.factory import ACCOUNT as NEW_ACCOUNT
    from tests.engine.factory import any_outcome, challenge_of, contents_of

    context = NO_CONTEXT.replace(username="jane", challenge=challenge_of("SMS_MFA"), account=NEW_ACCOUNT)
    rows = next(known.rows for known in MACHINES if known is machine)
    for row in rows:
        if row.after is not None:
            is_intent = issubclass(row.trigger, intents.Intent)
            message = contents_of(row.trigger)[0] if is_intent else any_outcome(row.trigger, 1)
            assert row.after(context, message, 41).id == 41
