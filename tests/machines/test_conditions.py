"""What the named conditions mean: the tables take them as given; here flows differ in one thing at a time."""

from typing import Any, Final

import attrs
import pytest

from authflow import effects, intents, outcomes
from authflow.errors import ErrorCode, ErrorInfo
from authflow.flow import NO_CONTEXT, Flow, Pending
from authflow.intents import GetTokens, SignOut
from authflow.machines import MACHINES, account, attempt, common, forgot_password, screen, session, sign_up
from authflow.outcomes import Elapsed
from authflow.secrets import Handle
from authflow.states import (
    AccountState,
    AuthFlowType,
    FirstFactor,
    ScreenState,
    SessionState,
    SignInState,
    UserState,
)
from authflow.values import Account, AutoSignIn, Challenge, Contact, Room, Settings, SignOutOptions, Start

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


def settings_of(**wanted: Any) -> Flow:
    return attrs.evolve(FLOW, settings=Settings(**wanted))


def on_screen(screen_state: ScreenState) -> Flow:
    return attrs.evolve(
        FLOW, states=tuple(screen_state if isinstance(old, ScreenState) else old for old in FLOW.states)
    )


def with_user(user: UserState) -> Flow:
    return attrs.evolve(FLOW, states=(user, *FLOW.states[1:]))


def within(**changes: Any) -> Flow:
    return attrs.evolve(FLOW, context=NO_CONTEXT.replace(**changes))


def test_begins_with_sign_up() -> None:
    assert screen.begins_with_sign_up(FLOW, None) is False
    assert screen.begins_with_sign_up(settings_of(initial_screen=ScreenState.signUp), None) is True
    closed = settings_of(initial_screen=ScreenState.signUp, self_sign_up=False)
    assert screen.begins_with_sign_up(closed, None) is False


def test_begins_with_reset() -> None:
    assert screen.begins_with_reset(FLOW, None) is False
    assert screen.begins_with_reset(settings_of(initial_screen=ScreenState.forgotPassword), None) is True


def test_sign_up_is_closed() -> None:
    assert screen.sign_up_is_closed(FLOW, None) is False
    assert screen.sign_up_is_closed(settings_of(self_sign_up=False), None) is True


def test_something_follows() -> None:
    assert screen.something_follows(FLOW, None) is False
    assert screen.something_follows(settings_of(offer_passkey=True), None) is True
    assert screen.something_follows(settings_of(verify_contacts=True), None) is True


def test_passkey_is_offered() -> None:
    assert common.passkey_is_offered(FLOW, None) is False
    assert common.passkey_is_offered(settings_of(offer_passkey=True), None) is True


def test_contacts_are_asked() -> None:
    assert common.contacts_are_asked(FLOW, None) is False
    assert common.contacts_are_asked(settings_of(verify_contacts=True), None) is True


def test_confirms_by_link() -> None:
    assert common.confirms_by_link(FLOW, None) is False
    assert common.confirms_by_link(settings_of(confirm_by_link=True), None) is True


@pytest.mark.parametrize("user", UserState)
def test_signed_in(user: UserState) -> None:
    assert common.signed_in(with_user(user), None) is (user is UserState.signedIn)


@pytest.mark.parametrize("state", SignInState)
def test_walking(state: SignInState) -> None:
    called = {
        *("initiatingAuth", "passwordVerifier", "deviceSRPAuth", "devicePasswordVerifier"),
        *("associatingSoftwareToken", "answeringMfaSetup"),
    }
    assert common.walking(in_sign_in(state), None) is (state.name in called)


@pytest.mark.parametrize("state", ScreenState)
def test_awaiting_link(state: ScreenState) -> None:
    assert common.awaiting_link(on_screen(state), None) is (state is ScreenState.awaitingLink)


@pytest.mark.parametrize("following", [False, True])
@pytest.mark.parametrize("asked", [False, True])
def test_more_follows(following: bool, asked: bool) -> None:
    flow = attrs.evolve(within(room=Room(following_up=following)), settings=Settings(verify_contacts=asked))
    assert common.more_follows(flow, None) is (following and asked)
    assert common.following_up(flow, None) is following


def test_following_up() -> None:
    assert common.following_up(FLOW, None) is False


@pytest.mark.parametrize("state", AccountState)
def test_checking_passkeys(state: AccountState) -> None:
    flow = attrs.evolve(FLOW, states=(*FLOW.states[:-1], state))
    assert common.checking_passkeys(flow, None) is (state is AccountState.checkingPasskeys)


def test_completing_passkey() -> None:
    call = effects.CompletePasskey(id=1, account=ACCOUNT, credential=SECRET)
    assert common.completing_passkey(during(call), None) is True
    assert common.completing_passkey(during(effects.StartPasskey(id=1, account=ACCOUNT)), None) is False
    assert common.completing_passkey(FLOW, None) is False


@pytest.mark.parametrize("any_", [False, True])
def test_has_a_passkey(any_: bool) -> None:
    assert common.has_a_passkey(FLOW, outcomes.PasskeysChecked(effect_id=1, any=any_)) is any_


def test_no_contact_is_verified() -> None:
    good, bad = (Contact(attribute="email", destination="j***", verified=verified) for verified in (True, False))
    for contacts, expected in (((), False), ((bad,), True), ((bad, good), False), ((good,), False)):
        read = outcomes.UserRead(effect_id=1, contacts=contacts)
        assert common.no_contact_is_verified(FLOW, read) is expected


def test_account_call() -> None:
    assert account.account_call(FLOW, None) is False
    assert account.account_call(during(effects.ReadUser(id=1, account=ACCOUNT)), None) is True
    assert account.account_call(during(effects.ForgotPassword(id=1, username="jane")), None) is False
    challenge = Challenge(name="MFA_SETUP")
    assert account.account_call(during(effects.AssociateSoftwareToken(id=1, account=ACCOUNT)), None) is True
    assert account.account_call(during(effects.AssociateSoftwareToken(id=1, challenge=challenge)), None) is False
    verify = effects.VerifySoftwareToken(id=1, challenge=challenge, code=SECRET)
    assert account.account_call(during(verify), None) is False
    assert account.account_call(during(attrs.evolve(verify, challenge=None, account=ACCOUNT)), None) is True


AUTO: Final = AutoSignIn(username="jane", password=SECRET, until=1_000.0)


def test_can_sign_in_by_itself() -> None:
    def ask(flow: Flow, done: Any) -> bool:
        return common.can_sign_in_by_itself(flow, done)

    confirmed = outcomes.SignUpConfirmed(effect_id=1)
    with_session = outcomes.SignUpConfirmed(effect_id=1, session=SECRET)
    assert ask(FLOW, confirmed) is False
    assert ask(within(auto_sign_in=AUTO), confirmed) is True
    without = attrs.evolve(AUTO, password=None)
    assert ask(within(auto_sign_in=without), with_session) is False
    choice = attrs.evolve(without, auth_flow=AuthFlowType.USER_AUTH)
    assert ask(within(auto_sign_in=choice), with_session) is True
    assert ask(within(auto_sign_in=choice), confirmed) is False
    signed_in = attrs.evolve(within(auto_sign_in=AUTO), states=(UserState.signedIn, *FLOW.states[1:]))
    assert ask(signed_in, confirmed) is False
    for moving in ("restoring", "signingOutGlobally", "revokingToken", "clearingTokens"):
        states = tuple(SessionState[moving] if isinstance(old, SessionState) else old for old in FLOW.states)
        assert ask(attrs.evolve(within(auto_sign_in=AUTO), states=states), confirmed) is False
    assert ask(within(auto_sign_in=AUTO), intents.CheckConfirmation(at=999.9)) is True
    assert ask(within(auto_sign_in=AUTO), intents.CheckConfirmation(at=1_000.0)) is False
    assert ask(within(auto_sign_in=choice), intents.CheckConfirmation(at=0.0)) is False


@pytest.mark.parametrize("state", SignInState)
def test_chose_a_password(state: SignInState) -> None:
    for name in ("SELECT_CHALLENGE", "PASSWORD"):
        flow = attrs.evolve(in_sign_in(state), context=NO_CONTEXT.replace(challenge=Challenge(name=name)))
        expected = state.name in ("password", "passwordSRP") and name == "SELECT_CHALLENGE"
        assert common.chose_a_password(flow, None) is expected
    assert common.chose_a_password(in_sign_in(state), None) is False


@pytest.mark.parametrize("state", SignInState)
def test_code_was_sent(state: SignInState) -> None:
    assert attempt.code_was_sent(in_sign_in(state), None) is (state.name in ("smsMFA", "emailOTP", "smsOTP"))


@pytest.mark.parametrize("state", SignInState)
def test_first_factor_is_asked(state: SignInState) -> None:
    assert attempt.first_factor_is_asked(in_sign_in(state), None) is (state.name in ("emailOTP", "smsOTP", "webAuthn"))


def chose(choice: str | None, *, answered: bool = False) -> intents.ConfirmSignIn:
    return intents.ConfirmSignIn(choice=choice, answer=SECRET if answered else None)


def test_chose_password() -> None:
    assert attempt.chose_password(FLOW, chose("PASSWORD")) is True
    assert attempt.chose_password(FLOW, chose("PASSWORD", answered=True)) is False
    assert attempt.chose_password(FLOW, chose("PASSWORD_SRP")) is False


def test_chose_password_srp() -> None:
    assert attempt.chose_password_srp(FLOW, chose("PASSWORD_SRP")) is True
    assert attempt.chose_password_srp(FLOW, chose("PASSWORD_SRP", answered=True)) is False
    assert attempt.chose_password_srp(FLOW, chose("PASSWORD")) is False


def test_chose_totp() -> None:
    assert attempt.chose_totp(FLOW, chose("SOFTWARE_TOKEN_MFA")) is True
    assert attempt.chose_totp(FLOW, chose("EMAIL_OTP")) is False


def test_chose_email() -> None:
    assert attempt.chose_email(FLOW, chose("EMAIL_OTP")) is True
    assert attempt.chose_email(FLOW, chose("EMAIL_OTP", answered=True)) is False
    assert attempt.chose_email(FLOW, chose(None)) is False


def set_up(*options: str) -> outcomes.MfaSetupIssued:
    return outcomes.MfaSetupIssued(effect_id=1, challenge=Challenge(name="MFA_SETUP", options=options))


def test_only_totp_can_be_set_up() -> None:
    for options, expected in ((("SOFTWARE_TOKEN_MFA",), True), (("EMAIL_OTP",), False), ((), False)):
        assert attempt.only_totp_can_be_set_up(FLOW, set_up(*options)) is expected
    assert attempt.only_totp_can_be_set_up(FLOW, set_up("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")) is False


def test_only_email_can_be_set_up() -> None:
    for options, expected in ((("EMAIL_OTP",), True), (("SOFTWARE_TOKEN_MFA",), False), ((), False)):
        assert attempt.only_email_can_be_set_up(FLOW, set_up(*options)) is expected
    assert attempt.only_email_can_be_set_up(FLOW, set_up("EMAIL_OTP", "SOFTWARE_TOKEN_MFA")) is False


@pytest.mark.parametrize("with_password", [False, True])
@pytest.mark.parametrize("password", [None, SECRET])
def test_can_start_anew(with_password: bool, password: Handle | None) -> None:
    flow = within(start=Start(with_password=with_password), password=password)
    assert attempt.can_start_anew(flow, None) is (password is not None or not with_password)
    assert attempt.can_start_anew(within(password=password), None) is False


def test_choice_is_open() -> None:
    choice = Start(auth_flow=AuthFlowType.USER_AUTH)
    assert attempt.choice_is_open(within(start=choice), None) is True
    assert attempt.choice_is_open(within(start=attrs.evolve(choice, with_password=True)), None) is False
    assert attempt.choice_is_open(within(start=Start()), None) is False
    assert attempt.choice_is_open(FLOW, None) is False


def test_password_is_at_hand() -> None:
    assert attempt.password_is_at_hand(within(password=SECRET), None) is True
    assert attempt.password_is_at_hand(FLOW, None) is False
    for auth_flow in AuthFlowType:
        flow = within(start=Start(auth_flow=auth_flow))
        assert attempt.password_is_at_hand(flow, None) is ("CUSTOM" in auth_flow)


def test_brings_a_device() -> None:
    for device in (None, SECRET):
        authenticated = outcomes.Authenticated(effect_id=1, account=ACCOUNT, device=device)
        assert attempt.brings_a_device(FLOW, authenticated) is (device is not None)


def test_signing_up() -> None:
    assert sign_up.signing_up(FLOW, None) is False
    assert [sign_up.signing_up(during(effect), None) for effect in REGISTRATION] == [True, False, False]


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
    assert common.auto_confirmed(FLOW, outcomes.SignedUp(effect_id=1, confirmed=confirmed)) is confirmed


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
    for held in (None, ACCOUNT):
        for options in (None, SignOutOptions(), SignOutOptions(invalidate_tokens=False)):
            flow = attrs.evolve(FLOW, context=NO_CONTEXT.replace(account=held, sign_out=options))
            expected = held is not None and options == SignOutOptions()
            assert session.revoking_is_left(flow, None) is expected


def test_tokens_are_good() -> None:
    assert session.tokens_are_good(HOLDING, GetTokens(at=999.9)) is True
    assert session.tokens_are_good(HOLDING, GetTokens(at=1_000.0)) is False
    assert session.tokens_are_good(HOLDING, GetTokens(at=0.0, force=True)) is False
    assert session.tokens_are_good(FLOW, GetTokens(at=0.0)) is False


# What the effects carry


def test_validation_data_wins_over_client_metadata() -> None:
    intent = intents.SignIn(username="jane", client_metadata={"a": "1", "b": "1"}, validation_data={"b": "2"})
    effect = attempt.initiate_auth(attempt.start(NO_CONTEXT, intent, 0.0), intent, 7)
    assert (effect.id, effect.username, effect.client_metadata) == (7, "jane", {"a": "1", "b": "2"})


@pytest.mark.parametrize("session", [None, SECRET])
@pytest.mark.parametrize("auth_flow", [AuthFlowType.USER_SRP_AUTH, AuthFlowType.USER_AUTH])
def test_a_sign_in_by_itself_takes_the_session_where_cognito_does(
    session: Handle | None, auth_flow: AuthFlowType
) -> None:
    confirmed = outcomes.SignUpConfirmed(effect_id=1, session=session)
    auto = attrs.evolve(AUTO, auth_flow=auth_flow)
    context = attempt.start_by_itself(NO_CONTEXT.replace(auto_sign_in=auto), confirmed, 0.0)
    effect = attempt.initiate_auth_by_itself(context, confirmed, 7)
    choice = auth_flow is AuthFlowType.USER_AUTH
    assert (effect.username, effect.password, effect.auth_flow) == ("jane", SECRET, auth_flow)
    assert effect.session == (session if choice else None)
    assert effect.preferred == (FirstFactor.PASSWORD_SRP if choice and session is None else None)
    assert context.auto_sign_in is None


def test_who_waits_for_a_link_may_ask_again() -> None:
    context = attempt.start_by_itself(NO_CONTEXT.replace(auto_sign_in=AUTO), intents.CheckConfirmation(at=0.0), 0.0)
    assert context.auto_sign_in is AUTO


@pytest.mark.parametrize(
    ("start", "kept"),
    [
        (Start(auth_flow=AuthFlowType.USER_SRP_AUTH), False),
        (Start(auth_flow=AuthFlowType.CUSTOM_AUTH), True),
        (Start(retain_password=True), True),
        (None, False),
    ],
)
def test_a_challenge_keeps_the_password_only_where_it_may_be_asked_for_again(start: Start | None, kept: bool) -> None:
    issued = outcomes.SmsMfaIssued(effect_id=1, challenge=Challenge(name="SMS_MFA"))
    context = attempt.arm(NO_CONTEXT.replace(password=SECRET, start=start), issued, 100.0)
    assert (context.password is SECRET) is kept
    assert context.challenge is not None
    assert context.challenge.expires_at == 280.0


def test_a_code_is_asked_for_anew_by_the_factor_that_sent_it() -> None:
    for name, auth_flow, preferred in (
        ("EMAIL_OTP", AuthFlowType.USER_AUTH, FirstFactor.EMAIL_OTP),
        ("SMS_MFA", AuthFlowType.USER_AUTH, None),
        ("EMAIL_OTP", AuthFlowType.USER_SRP_AUTH, None),
    ):
        context = NO_CONTEXT.replace(challenge=Challenge(name=name), start=Start(auth_flow=auth_flow))
        start = attempt.prefer_current_factor(context, intents.ResendCode(client_metadata={"a": "1"}), 0.0).start
        assert start is not None
        assert (start.preferred, start.metadata) == (preferred, {"a": "1"})


def test_a_chosen_factor_is_remembered_and_a_password_with_it() -> None:
    context = attempt.note_factor(NO_CONTEXT, chose("EMAIL_OTP"), 0.0)
    assert context.start == Start(preferred=FirstFactor.EMAIL_OTP)
    context = attempt.note_factor(NO_CONTEXT, chose("PASSWORD_SRP", answered=True), 0.0)
    assert (context.start, context.password) == (
        Start(preferred=FirstFactor.PASSWORD_SRP, with_password=True),
        SECRET,
    )
    assert attempt.note_factor(NO_CONTEXT, chose("FACE_SCAN"), 0.0) is NO_CONTEXT


def test_a_totp_secret_takes_the_new_session_and_a_verified_one_goes() -> None:
    context = NO_CONTEXT.replace(challenge=Challenge(name="MFA_SETUP"))
    issued = outcomes.TotpSecretIssued(effect_id=1, secret=SECRET, session=Handle("session", 2))
    kept = attempt.keep_totp(context, issued, 10.0).challenge
    assert kept is not None
    assert (kept.totp, kept.session, kept.expires_at) == (SECRET, Handle("session", 2), 190.0)
    verified = outcomes.SoftwareTokenVerified(effect_id=1, session=Handle("session", 3))
    renewed = attempt.renew_session(context.replace(challenge=kept), verified, 0.0).challenge
    assert renewed is not None
    assert (renewed.totp, renewed.session) == (None, Handle("session", 3))


@pytest.mark.parametrize(("name", "choice"), [("SELECT_CHALLENGE", "PASSWORD"), ("PASSWORD", None)])
def test_a_password_is_sent_with_its_choice_where_that_was_the_question(name: str, choice: str | None) -> None:
    context = NO_CONTEXT.replace(challenge=Challenge(name=name))
    assert attempt.answer_with_password(context, chose(None, answered=True), 7).choice == choice


def test_tokens_end_what_the_attempt_needed() -> None:
    context = NO_CONTEXT.replace(challenge=Challenge(name="SMS_MFA"), password=SECRET, start=Start(), auto_sign_in=AUTO)
    held = attempt.hold_tokens(context, outcomes.Authenticated(effect_id=1, account=ACCOUNT), 0.0)
    assert (held.account, held.challenge, held.password, held.start, held.auto_sign_in) == (
        ACCOUNT,
        None,
        None,
        None,
        None,
    )


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
            if isinstance(message, outcomes.Authenticated):
                message = attrs.evolve(message, device=SECRET)
            assert row.after(context, message, 41).id == 41
