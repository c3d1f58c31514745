"""What the named conditions mean: the tables take them as given; here flows differ in one thing at a time."""

from typing import Final

import attrs
import pytest

from authflow import effects, outcomes
from authflow.errors import ErrorCode, ErrorInfo
from authflow.flow import NO_CONTEXT, REGIONS, Flow, Pending
from authflow.intents import (
    CheckConfirmation,
    ConfirmSignIn,
    FederatedSignIn,
    GetAwsCredentials,
    GetTokens,
    SignOut,
)
from authflow.machines import (
    MACHINES,
    account_calls,
    attempt,
    common,
    forgot_password,
    identity_calls,
    screen,
    session,
    sign_up,
    user,
)
from authflow.outcomes import Elapsed
from authflow.secrets import Handle
from authflow.states import (
    AccountState,
    AuthFlowType,
    IdentityState,
    ScreenState,
    SessionState,
    SignInState,
    UserState,
)
from authflow.values import (
    Account,
    AutoSignIn,
    Challenge,
    Contact,
    Federation,
    Identity,
    Room,
    Settings,
    SignOutOptions,
    Start,
)

ACCOUNT: Final = Account(username="jane", tokens=Handle("tokens", 1), expires_at=1_000.0)
FLOW: Final = Flow("flow-1")
HOLDING: Final = attrs.evolve(FLOW, context=NO_CONTEXT.replace(account=ACCOUNT))
SECRET: Final = Handle("code", 1)
FEDERATION: Final = Federation(provider="accounts.google.com", token=Handle("token", 1))
# How the names of the states begin in which another provider's user is signed in.
FEDERATING: Final = ("federating", "storingFederation")
CALL: Final = Pending(effects.ForgotPassword(id=1, username="jane"), 0.0)


def refused(code: ErrorCode) -> outcomes.Refused:
    return outcomes.Refused(effect_id=1, error=ErrorInfo(code=code, message="No."))


def placed(flow: Flow = FLOW, **states: object) -> Flow:
    """Returns `flow` with some regions in other states."""
    found = dict(zip(REGIONS, flow.states, strict=True)) | states
    return attrs.evolve(flow, states=tuple(found.values()))  # type: ignore[arg-type]  # states of the regions


def knowing(flow: Flow = FLOW, **changes: object) -> Flow:
    """Returns `flow` with some of its context changed."""
    return attrs.evolve(flow, context=flow.context.replace(**changes))  # type: ignore[arg-type]  # names of fields


def wanting(**settings: object) -> Flow:
    """Returns a flow of a host application that wants this."""
    return attrs.evolve(FLOW, settings=Settings(**settings))  # type: ignore[arg-type]  # names of fields


def in_sign_in(state: SignInState) -> Flow:
    return placed(sign_in=state)


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


WALKS: Final = {
    "initiatingAuth",
    "passwordVerifier",
    "deviceSRPAuth",
    "devicePasswordVerifier",
    "associatingSoftwareToken",
    "answeringMfaSetup",
}


@pytest.mark.parametrize("state", SignInState)
def test_walking(state: SignInState) -> None:
    assert common.walking(in_sign_in(state), None) is (state.name in WALKS)


def test_call_under_way() -> None:
    assert common.call_under_way(FLOW, None) is False
    assert common.call_under_way(attrs.evolve(FLOW, interactive=CALL), None) is True
    assert common.call_under_way(attrs.evolve(FLOW, session_call=CALL), None) is False


# Cognito takes another answer on the same Session after these, by its documentation of RespondToAuthChallenge: a wrong
# code, a password that does not meet the policy or was used before, a parameter that is not well formed, and whatever
# went wrong on the way to the answer.
SURVIVED: Final = {
    "invalidInput",  # never left
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


TRIGGERS: Final = ("userLambdaValidation", "unexpectedLambda", "invalidLambdaResponse")


@pytest.mark.parametrize(
    ("state", "code", "expected"),
    [
        (SignInState.softwareTokenMFA, "expiredCode", True),
        (SignInState.smsMFA, "expiredCode", False),
        (SignInState.emailSetup, "aliasExists", True),
        (SignInState.softwareTokenMFA, "aliasExists", False),
        *((SignInState.customChallenge, code, False) for code in TRIGGERS),
        *((SignInState.smsMFA, code, True) for code in TRIGGERS),
        (SignInState.customChallenge, "codeMismatch", True),
        (SignInState.softwareTokenMFA, "notAuthorized", False),
    ],
)
def test_session_survives_some_answers_in_some_states(state: SignInState, code: str, expected: bool) -> None:
    assert common.session_survives(in_sign_in(state), refused(ErrorCode(code))) is expected


def test_session_is_moving() -> None:
    moving = {"restoring", "signingOutGlobally", "revokingToken", "clearingTokens"}
    for state in SessionState:
        assert common.session_is_moving(placed(session=state), None) is (state.name in moving)
    for identity in IdentityState:
        assert common.session_is_moving(placed(identity=identity), None) is identity.name.startswith(FEDERATING)


def test_answer_was_sent() -> None:
    for code in ErrorCode:
        assert common.answer_was_sent(FLOW, refused(code)) is (code.value != "invalidInput")


def test_associating() -> None:
    for state in SignInState:
        assert screen.associating(in_sign_in(state), None) is (state.name == "associatingSoftwareToken")


def test_keeps_password() -> None:
    assert attempt.keeps_password(FLOW, None) is False
    assert attempt.keeps_password(knowing(password=SECRET), None) is True


def test_can_go_without_device() -> None:
    for start, password, expected in (
        (None, None, False),
        (Start(), None, True),
        (Start(with_password=True), None, False),
        (Start(with_password=True), SECRET, True),
        (Start(with_password=True, without_device=True), SECRET, False),
        (Start(without_device=True), None, False),
    ):
        assert attempt.can_go_without_device(knowing(start=start, password=password), None) is expected


@pytest.mark.parametrize("value", [None, True, False])
def test_passkeys_are_off(value: bool | None) -> None:
    assert screen.passkeys_are_off(wanting(passkeys=value), None) is (value is False)
    assert screen.passkeys_are_off(wanting(second_factors=value), None) is False


@pytest.mark.parametrize("value", [None, True, False])
def test_second_factors_are_off(value: bool | None) -> None:
    assert screen.second_factors_are_off(wanting(second_factors=value), None) is (value is False)
    assert screen.second_factors_are_off(wanting(passkeys=value), None) is False


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


# Tokens are good until two minutes before they end.
@pytest.mark.parametrize(
    ("at", "expected"),
    [(0.0, True), (879.9, True), (880.0, False), (999.9, False), (1_000.0, False), (90_000.0, False)],
)
def test_tokens_are_good(at: float, expected: bool) -> None:
    assert session.tokens_are_good(HOLDING, GetTokens(at=at)) is expected
    assert session.tokens_are_good(HOLDING, GetTokens(at=at, force=True)) is False
    assert session.tokens_are_good(FLOW, GetTokens(at=at)) is False


def test_tokens_that_seem_to_live_longer_than_any_are_not_believed() -> None:
    """An access token lives a day at most: the clock was wrong when they came, or is now."""
    day = 86_400.0
    assert session.tokens_are_good(HOLDING, GetTokens(at=1_000.0 - day)) is True
    # The clocks of two computers may differ by as much as the refresh comes early.
    assert session.tokens_are_good(HOLDING, GetTokens(at=1_000.0 - day - 120.0)) is True
    assert session.tokens_are_good(HOLDING, GetTokens(at=1_000.0 - day - 120.1)) is False
    assert session.tokens_are_good(HOLDING, GetTokens(at=1_000.0 - 2 * day)) is False


def test_holds_tokens() -> None:
    assert session.holds_tokens(HOLDING, None) is True
    assert session.holds_tokens(FLOW, None) is False


# Who the user is, and who vouches for that


def signed_in_by(provider: Federation = FEDERATION) -> Flow:
    return knowing(placed(user=UserState.signedIn, identity=IdentityState.held), federation=provider)


IN_POOL: Final = placed(HOLDING, user=UserState.signedIn)


@pytest.mark.parametrize("state", UserState)
def test_session_is_over(state: UserState) -> None:
    over = state.name in ("signedOutUserPoolsTokenInvalid", "signedOutFederatedTokensInvalid")
    assert common.session_is_over(placed(user=state), None) is over


@pytest.mark.parametrize("state", UserState)
def test_user_is_unknown(state: UserState) -> None:
    assert identity_calls.user_is_unknown(placed(user=state), None) is (state is UserState.unknown)


@pytest.mark.parametrize("state", UserState)
def test_in_user_pool(state: UserState) -> None:
    assert common.in_user_pool(placed(HOLDING, user=state), None) is (state is UserState.signedIn)
    assert common.in_user_pool(placed(user=state), None) is False
    # Another provider's user is not the user pool's.
    assert common.in_user_pool(knowing(placed(user=state), federation=FEDERATION), None) is False


@pytest.mark.parametrize("state", UserState)
def test_federated(state: UserState) -> None:
    vouched = knowing(placed(user=state), federation=FEDERATION)
    assert common.federated(vouched, None) is (state is UserState.signedIn)
    assert common.federated(placed(HOLDING, user=state), None) is False


@pytest.mark.parametrize("state", UserState)
def test_becomes_guest(state: UserState) -> None:
    assert common.becomes_guest(placed(user=state), None) is (state is not UserState.guest)
    assert common.becomes_guest(placed(HOLDING, user=state), None) is False
    assert common.becomes_guest(knowing(placed(user=state), federation=FEDERATION), None) is False


@pytest.mark.parametrize("state", IdentityState)
def test_federating(state: IdentityState) -> None:
    federating = state.name in ("federatingIdentity", "federatingCredentials", "storingFederation")
    assert common.federating(placed(identity=state), None) is federating


@pytest.mark.parametrize("state", IdentityState)
def test_asking_as_user(state: IdentityState) -> None:
    asking = state.name in ("findingIdentity", "findingForCredentials", "gettingCredentials")
    assert common.asking_as_user(placed(identity=state), None) is asking


@pytest.mark.parametrize("state", IdentityState)
def test_storing_guest(state: IdentityState) -> None:
    assert user.storing_guest(placed(identity=state), None) is (state is IdentityState.storingGuest)


@pytest.mark.parametrize("state", SignInState)
def test_finishing_sign_in(state: SignInState) -> None:
    finishing = state.name in ("confirmingDevice", "storingTokens")
    assert identity_calls.finishing_sign_in(in_sign_in(state), None) is finishing


@pytest.mark.parametrize("state", SignInState)
def test_at_hosted_ui(state: SignInState) -> None:
    assert screen.at_hosted_ui(in_sign_in(state), None) is (state is SignInState.hostedUI)


@pytest.mark.parametrize(("providers", "expected"), [(None, True), ((), True), (("Google",), False)])
def test_no_provider(providers: tuple[str, ...] | None, expected: bool) -> None:
    assert common.no_provider(wanting(providers=providers), None) is expected


# The identity pool


def test_credentials_are_good() -> None:
    def good(identity: Identity | None, intent: GetAwsCredentials) -> bool:
        return identity_calls.credentials_are_good(knowing(identity=identity), intent)

    held = Identity(id="us-east-1:jane", credentials=SECRET, expires_at=1_000.0)
    assert good(held, GetAwsCredentials(at=879.9)) is True
    assert good(held, GetAwsCredentials(at=880.0)) is False
    assert good(held, GetAwsCredentials(at=0.0, force=True)) is False
    assert good(attrs.evolve(held, credentials=None), GetAwsCredentials(at=0.0)) is False
    assert good(None, GetAwsCredentials(at=0.0)) is False


def test_is_unnamed_developer() -> None:
    def unnamed(provider: str, identity_id: str | None) -> bool:
        federation = Federation(provider=provider, token=SECRET, identity_id=identity_id)
        return identity_calls.is_unnamed_developer(FLOW, FederatedSignIn(federation=federation))

    assert unnamed("cognito-identity.amazonaws.com", None) is True
    assert unnamed("cognito-identity.amazonaws.com", "us-east-1:jane") is False
    assert unnamed("accounts.google.com", None) is False


@pytest.mark.parametrize("identity_id", [None, "us-east-1:jane"])
def test_identity_is_known(identity_id: str | None) -> None:
    federation = attrs.evolve(FEDERATION, identity_id=identity_id)
    known = identity_calls.identity_is_known(FLOW, FederatedSignIn(federation=federation))
    assert known is (identity_id is not None)


def test_identity_is_kept() -> None:
    assert identity_calls.identity_is_kept(FLOW, None) is False
    assert identity_calls.identity_is_kept(knowing(identity=Identity(id="us-east-1:jane")), None) is True


@pytest.mark.parametrize("identity_id", [None, "us-east-1:jane"])
def test_names_an_identity(identity_id: str | None) -> None:
    restored = outcomes.IdentityRestored(effect_id=1, identity_id=identity_id)
    assert identity_calls.names_an_identity(FLOW, restored) is (identity_id is not None)


# What the store has, when it is looked at again


JIM: Final = attrs.evolve(ACCOUNT, username="jim")
GUEST: Final = knowing(placed(user=UserState.guest), identity=Identity(id="us-east-1:guest"))


def stored(account: Account = ACCOUNT, **changes: object) -> outcomes.SessionRestored:
    return outcomes.SessionRestored(effect_id=1, account=attrs.evolve(account, **changes))


def kept(identity_id: str | None, federation: Federation | None = None) -> outcomes.IdentityRestored:
    return outcomes.IdentityRestored(effect_id=1, identity_id=identity_id, federation=federation)


def test_is_other_session() -> None:
    other = common.is_other_session
    assert other(FLOW, stored()) is True  # nothing was known
    assert other(IN_POOL, stored()) is False
    assert other(IN_POOL, stored(expires_at=9_000.0)) is False  # newer tokens are no other session
    assert other(IN_POOL, stored(JIM)) is True
    for state in (UserState.signedOut, UserState.guest, UserState.signedOutFederatedTokensInvalid):
        assert other(placed(user=state), stored()) is True
    assert other(signed_in_by(), stored()) is True


def test_a_session_that_the_store_was_not_given_is_no_others() -> None:
    for flow in (IN_POOL, placed(user=UserState.signedOut), GUEST, signed_in_by()):
        assert common.is_other_session(knowing(flow, unsaved=True), stored(JIM)) is False
    # At the start nothing is held that could be given up.
    assert common.is_other_session(knowing(FLOW, unsaved=True), stored()) is True


def test_tokens_from_before_the_refusal_are_as_dead() -> None:
    dead = knowing(placed(user=UserState.signedOutUserPoolsTokenInvalid), dead_until=1_000.0)
    assert common.is_other_session(dead, stored(expires_at=999.0)) is False
    assert common.is_other_session(dead, stored(expires_at=1_000.0)) is False
    assert common.is_other_session(dead, stored(expires_at=1_000.1)) is True  # somebody has signed in since
    assert common.is_other_session(dead, stored(JIM, expires_at=1_000.1)) is True
    # What was refused is over with the next sign-out: what is there then was put there since.
    assert common.is_other_session(placed(dead, user=UserState.signedOut), stored(expires_at=999.0)) is True


def test_is_renewed_session() -> None:
    renewed = common.is_renewed_session
    assert renewed(IN_POOL, stored(expires_at=1_000.1)) is True
    assert renewed(IN_POOL, stored()) is False
    assert renewed(IN_POOL, stored(expires_at=999.0)) is False
    assert renewed(IN_POOL, stored(JIM, expires_at=1_000.1)) is False
    assert renewed(FLOW, stored()) is False
    assert renewed(knowing(IN_POOL, unsaved=True), stored(expires_at=1_000.1)) is False


def test_is_other_identity() -> None:
    other = common.is_other_identity
    jane = knowing(signed_in_by(), identity=Identity(id="us-east-1:jane"))
    assert other(FLOW, kept("us-east-1:guest")) is True
    assert other(GUEST, kept("us-east-1:guest")) is False
    assert other(GUEST, kept("us-east-1:other")) is True
    assert other(GUEST, kept("us-east-1:guest", FEDERATION)) is True  # the same identity, signed in now
    assert other(jane, kept("us-east-1:jane", FEDERATION)) is False
    assert other(jane, kept("us-east-1:jim", FEDERATION)) is True
    assert other(jane, kept("us-east-1:jane")) is True  # signed out, and a guest now
    assert other(placed(user=UserState.signedOut), kept("us-east-1:guest")) is True
    # Who is signed in to the user pool may have the same identity, and is another all the same.
    assert other(knowing(IN_POOL, identity=Identity(id="us-east-1:guest")), kept("us-east-1:guest")) is True
    for flow in (GUEST, jane, IN_POOL, placed(user=UserState.signedOut)):
        assert other(knowing(flow, unsaved=True), kept("us-east-1:other")) is False
    assert other(knowing(FLOW, unsaved=True), kept("us-east-1:guest")) is True


@pytest.mark.parametrize("state", SessionState)
def test_session_is_gone(state: SessionState) -> None:
    looking = state is SessionState.rereading
    for flow in (IN_POOL, GUEST, signed_in_by(), placed(user=UserState.signedOutUserPoolsTokenInvalid)):
        assert common.session_is_gone(placed(flow, session=state), None) is looking
        assert common.session_is_gone(placed(knowing(flow, unsaved=True), session=state), None) is False
    # Of who was signed out there was nothing; the identity that was asked for is not in the store.
    assert common.session_is_gone(placed(user=UserState.signedOut, session=state), None) is False


@pytest.mark.parametrize("vouched", [None, FEDERATION])
def test_is_vouched_for(vouched: Federation | None) -> None:
    assert user.is_vouched_for(FLOW, kept("us-east-1:jane", vouched)) is (vouched is not None)


def test_somebody_else_came() -> None:
    def came(flow: Flow, effect: effects.Effect | None) -> bool:
        call = Pending(effect, 0.0) if effect is not None else None
        return common.somebody_else_came(attrs.evolve(flow, interactive=call), None)

    reading = effects.ReadUser(id=1, account=ACCOUNT)
    assert came(IN_POOL, None) is False
    assert came(IN_POOL, reading) is False
    assert came(IN_POOL, effects.ReadUser(id=1, account=attrs.evolve(ACCOUNT, tokens=SECRET))) is False  # refreshed
    assert came(IN_POOL, effects.ReadUser(id=1, account=JIM)) is True
    assert came(IN_POOL, effects.AssociateSoftwareToken(id=1, account=JIM)) is True
    assert came(GUEST, reading) is True
    assert came(signed_in_by(), reading) is True
    # Whoever has only gone is nobody else, and what is not about an account is nobody's.
    assert came(placed(user=UserState.signedOut), reading) is False
    assert came(placed(user=UserState.signedOutUserPoolsTokenInvalid), reading) is False
    for effect in (*REGISTRATION, *RESET, effects.StoreTokens(id=1, account=JIM)):
        assert came(IN_POOL, effect) is False


# What follows a registration


KEPT: Final = AutoSignIn(username="jane", password=SECRET, auth_flow=AuthFlowType.USER_SRP_AUTH, until=1_000.0)
BY_CHOICE: Final = AutoSignIn(username="jane", auth_flow=AuthFlowType.USER_AUTH, until=1_000.0)
CONFIRMED: Final = outcomes.SignUpConfirmed(effect_id=1)
WITH_SESSION: Final = outcomes.SignUpConfirmed(effect_id=1, session=Handle("session", 2))
REGISTERED: Final = outcomes.SignedUp(effect_id=1, confirmed=True)


@pytest.mark.parametrize("done", [CONFIRMED, REGISTERED, CheckConfirmation(at=999.9)])
def test_can_sign_in_by_itself(done: outcomes.SignUpConfirmed | outcomes.SignedUp | CheckConfirmation) -> None:
    asked = knowing(auto_sign_in=KEPT)
    can = common.can_sign_in_by_itself
    assert can(asked, done) is True
    assert can(FLOW, done) is False
    assert can(knowing(auto_sign_in=attrs.evolve(KEPT, password=None)), done) is False
    assert can(placed(asked, user=UserState.signedIn), done) is False
    for state in SessionState:
        moving = state.name in ("restoring", "signingOutGlobally", "revokingToken", "clearingTokens")
        # An intent ends the look at the store; an outcome cannot.
        looking = state is SessionState.rereading and not isinstance(done, CheckConfirmation)
        assert can(placed(asked, session=state), done) is not (moving or looking)
    for identity in IdentityState:
        assert can(placed(asked, identity=identity), done) is not identity.name.startswith(FEDERATING)
    # What is stored last would count.
    storing = Pending(effects.StoreIdentity(id=1, identity_id="us-east-1:guest"), 0.0)
    assert can(attrs.evolve(asked, identity_call=storing), done) is isinstance(done, CheckConfirmation)


def test_a_session_of_the_registration_stands_for_the_password_where_the_flow_takes_one() -> None:
    can = common.can_sign_in_by_itself
    assert can(knowing(auto_sign_in=BY_CHOICE), WITH_SESSION) is True
    assert can(knowing(auto_sign_in=BY_CHOICE), CONFIRMED) is False
    other = attrs.evolve(BY_CHOICE, auth_flow=AuthFlowType.USER_SRP_AUTH)
    assert can(knowing(auto_sign_in=other), WITH_SESSION) is False
    assert can(knowing(auto_sign_in=attrs.evolve(other, password=SECRET)), WITH_SESSION) is True


def test_a_link_is_not_waited_for_for_ever() -> None:
    can = common.can_sign_in_by_itself
    assert can(knowing(auto_sign_in=KEPT), CheckConfirmation(at=1_000.0)) is False
    # What was kept without a password finds out nothing by itself.
    assert can(knowing(auto_sign_in=BY_CHOICE), CheckConfirmation(at=0.0)) is False


def test_awaiting_link() -> None:
    for state in ScreenState:
        assert common.awaiting_link(placed(screen=state), None) is (state is ScreenState.awaitingLink)


def test_signing_up() -> None:
    signing_up, *others = REGISTRATION
    assert sign_up.signing_up(FLOW, None) is False
    assert sign_up.signing_up(during(signing_up), None) is True
    assert all(sign_up.signing_up(during(effect), None) is False for effect in (*others, *RESET))


# Choices and starts


def test_chose_password() -> None:
    assert attempt.chose_password(FLOW, ConfirmSignIn(choice="PASSWORD")) is True
    assert attempt.chose_password(FLOW, ConfirmSignIn(choice="PASSWORD", answer=SECRET)) is False
    assert attempt.chose_password(FLOW, ConfirmSignIn(choice="PASSWORD_SRP")) is False
    assert attempt.chose_password(FLOW, ConfirmSignIn(answer=SECRET)) is False


def test_chose_password_srp() -> None:
    assert attempt.chose_password_srp(FLOW, ConfirmSignIn(choice="PASSWORD_SRP")) is True
    assert attempt.chose_password_srp(FLOW, ConfirmSignIn(choice="PASSWORD_SRP", answer=SECRET)) is False
    assert attempt.chose_password_srp(FLOW, ConfirmSignIn(choice="PASSWORD")) is False


def test_chose_totp() -> None:
    assert attempt.chose_totp(FLOW, ConfirmSignIn(choice="SOFTWARE_TOKEN_MFA")) is True
    assert attempt.chose_totp(FLOW, ConfirmSignIn(choice="EMAIL_OTP")) is False
    assert attempt.chose_totp(FLOW, ConfirmSignIn(answer=SECRET)) is False


def test_chose_email() -> None:
    assert attempt.chose_email(FLOW, ConfirmSignIn(choice="EMAIL_OTP")) is True
    assert attempt.chose_email(FLOW, ConfirmSignIn(choice="EMAIL_OTP", answer=SECRET)) is False
    assert attempt.chose_email(FLOW, ConfirmSignIn(choice="SOFTWARE_TOKEN_MFA")) is False


def set_up(*options: str) -> outcomes.MfaSetupIssued:
    return outcomes.MfaSetupIssued(effect_id=1, challenge=Challenge(name="MFA_SETUP", options=options))


def test_only_totp_can_be_set_up() -> None:
    assert attempt.only_totp_can_be_set_up(FLOW, set_up("SOFTWARE_TOKEN_MFA")) is True
    for options in ((), ("EMAIL_OTP",), ("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")):
        assert attempt.only_totp_can_be_set_up(FLOW, set_up(*options)) is False


def test_only_email_can_be_set_up() -> None:
    assert attempt.only_email_can_be_set_up(FLOW, set_up("EMAIL_OTP")) is True
    for options in ((), ("SOFTWARE_TOKEN_MFA",), ("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")):
        assert attempt.only_email_can_be_set_up(FLOW, set_up(*options)) is False


def test_can_start_anew() -> None:
    assert attempt.can_start_anew(FLOW, None) is False
    assert attempt.can_start_anew(knowing(start=Start()), None) is True
    assert attempt.can_start_anew(knowing(start=Start(with_password=True)), None) is False
    assert attempt.can_start_anew(knowing(start=Start(with_password=True), password=SECRET), None) is True


def test_choice_is_open() -> None:
    by_choice = Start(auth_flow=AuthFlowType.USER_AUTH)
    assert attempt.choice_is_open(FLOW, None) is False
    assert attempt.choice_is_open(knowing(start=by_choice), None) is True
    assert attempt.choice_is_open(knowing(start=attrs.evolve(by_choice, with_password=True)), None) is False
    assert attempt.choice_is_open(knowing(start=Start(auth_flow=AuthFlowType.CUSTOM_AUTH)), None) is False


@pytest.mark.parametrize("auth_flow", [None, *AuthFlowType])
def test_password_is_at_hand(auth_flow: AuthFlowType | None) -> None:
    # A pool's own flow asks for the proof where there may be no password: a wrong one is proved then.
    without = auth_flow is not None and "CUSTOM" in auth_flow
    assert attempt.password_is_at_hand(knowing(start=Start(auth_flow=auth_flow)), None) is without
    assert attempt.password_is_at_hand(knowing(start=Start(auth_flow=auth_flow), password=SECRET), None) is True
    assert attempt.password_is_at_hand(FLOW, None) is False


@pytest.mark.parametrize("state", SignInState)
def test_code_was_sent(state: SignInState) -> None:
    assert attempt.code_was_sent(in_sign_in(state), None) is (state.name in ("smsMFA", "emailOTP", "smsOTP"))


@pytest.mark.parametrize("state", SignInState)
def test_first_factor_is_asked(state: SignInState) -> None:
    assert attempt.first_factor_is_asked(in_sign_in(state), None) is (state.name in ("emailOTP", "smsOTP", "webAuthn"))


@pytest.mark.parametrize("state", SignInState)
def test_chose_a_password(state: SignInState) -> None:
    here = state.name in ("password", "passwordSRP")
    chosen = knowing(in_sign_in(state), challenge=Challenge(name="SELECT_CHALLENGE"))
    asked = knowing(in_sign_in(state), challenge=Challenge(name="PASSWORD"))
    assert common.chose_a_password(chosen, None) is here
    assert common.chose_a_password(asked, None) is False
    assert common.chose_a_password(in_sign_in(state), None) is False


@pytest.mark.parametrize("device", [None, Handle("device", 1)])
def test_brings_a_device(device: Handle | None) -> None:
    done = outcomes.Authenticated(effect_id=1, account=ACCOUNT, device=device)
    assert attempt.brings_a_device(FLOW, done) is (device is not None)


# What the host application wants


def test_confirms_by_link() -> None:
    assert common.confirms_by_link(FLOW, None) is False
    assert common.confirms_by_link(wanting(confirm_by_link=True), None) is True


def test_passkey_is_offered() -> None:
    assert common.passkey_is_offered(FLOW, None) is False
    assert common.passkey_is_offered(wanting(offer_passkey=True), None) is True
    assert common.passkey_is_offered(wanting(verify_contacts=True), None) is False


def test_contacts_are_asked() -> None:
    assert common.contacts_are_asked(FLOW, None) is False
    assert common.contacts_are_asked(wanting(verify_contacts=True), None) is True
    assert common.contacts_are_asked(wanting(offer_passkey=True), None) is False


def test_something_follows() -> None:
    assert screen.something_follows(FLOW, None) is False
    assert screen.something_follows(wanting(verify_contacts=True), None) is True
    assert screen.something_follows(wanting(offer_passkey=True), None) is True


def test_sign_up_is_closed() -> None:
    assert common.sign_up_is_closed(FLOW, None) is False
    assert common.sign_up_is_closed(wanting(self_sign_up=False), None) is True


def test_begins_with_sign_up() -> None:
    assert screen.begins_with_sign_up(FLOW, None) is False
    assert screen.begins_with_sign_up(wanting(initial_screen=ScreenState.signUp), None) is True
    assert screen.begins_with_sign_up(wanting(initial_screen=ScreenState.signUp, self_sign_up=False), None) is False
    assert screen.begins_with_sign_up(wanting(initial_screen=ScreenState.forgotPassword), None) is False


def test_begins_with_reset() -> None:
    assert screen.begins_with_reset(FLOW, None) is False
    assert screen.begins_with_reset(wanting(initial_screen=ScreenState.forgotPassword), None) is True
    assert screen.begins_with_reset(wanting(initial_screen=ScreenState.signUp), None) is False


# The account


def test_signed_in() -> None:
    for state in UserState:
        assert common.signed_in(placed(user=state), None) is (state is UserState.signedIn)


def test_following_up() -> None:
    assert common.following_up(FLOW, None) is False
    assert common.following_up(knowing(room=Room(following_up=True)), None) is True


def test_more_follows() -> None:
    room = Room(following_up=True)
    for wanted in (False, True):
        flow = wanting(verify_contacts=wanted)
        assert common.more_follows(flow, None) is False
        assert common.more_follows(knowing(flow, room=room), None) is wanted


def test_checking_passkeys() -> None:
    for state in AccountState:
        assert common.checking_passkeys(placed(account=state), None) is (state is AccountState.checkingPasskeys)


def test_completing_passkey() -> None:
    assert common.completing_passkey(FLOW, None) is False
    assert common.completing_passkey(during(effects.StartPasskey(id=1, account=ACCOUNT)), None) is False
    completing = effects.CompletePasskey(id=1, account=ACCOUNT, credential=SECRET)
    assert common.completing_passkey(during(completing), None) is True


@pytest.mark.parametrize("known", [False, True])
def test_has_a_passkey(known: bool) -> None:
    assert common.has_a_passkey(FLOW, outcomes.PasskeysChecked(effect_id=1, any=known)) is known


@pytest.mark.parametrize(
    ("verified", "expected"), [((), False), ((False,), True), ((False, False), True), ((False, True), False)]
)
def test_no_contact_is_verified(verified: tuple[bool, ...], expected: bool) -> None:
    contacts = tuple(Contact(attribute="email", destination="j***", verified=one) for one in verified)
    assert common.no_contact_is_verified(FLOW, outcomes.UserRead(effect_id=1, contacts=contacts)) is expected


def test_account_call() -> None:
    challenge = Challenge(name="MFA_SETUP")
    assert account_calls.account_call(FLOW, None) is False
    for effect in (
        effects.ReadUser(id=1, account=ACCOUNT),
        effects.ForgetDevice(id=1, account=ACCOUNT),
        effects.AssociateSoftwareToken(id=1, account=ACCOUNT),
        effects.VerifySoftwareToken(id=1, account=ACCOUNT, code=SECRET),
    ):
        assert account_calls.account_call(during(effect), None) is True
    for other in (
        *REGISTRATION,
        *RESET,
        effects.AssociateSoftwareToken(id=1, challenge=challenge),
        effects.VerifySoftwareToken(id=1, challenge=challenge, code=SECRET),
        effects.StoreTokens(id=1, account=ACCOUNT),
    ):
        assert account_calls.account_call(during(other), None) is False


def test_deleting() -> None:
    assert account_calls.deleting(FLOW, None) is False
    assert account_calls.deleting(during(effects.DeleteUser(id=1, account=ACCOUNT)), None) is True
    assert account_calls.deleting(during(effects.ReadUser(id=1, account=ACCOUNT)), None) is False


def test_keeps_auto_sign_in() -> None:
    auto = AutoSignIn(username="jane", until=1_000.0)
    assert common.keeps_auto_sign_in(FLOW, None) is False
    assert common.keeps_auto_sign_in(attrs.evolve(FLOW, context=NO_CONTEXT.replace(auto_sign_in=auto)), None) is True


def test_auto_sign_in_is_late() -> None:
    auto = AutoSignIn(username="jane", until=1_000.0)
    flow = attrs.evolve(FLOW, context=NO_CONTEXT.replace(auto_sign_in=auto))
    assert common.auto_sign_in_is_late(flow, Elapsed(at=999.9)) is False
    assert common.auto_sign_in_is_late(flow, Elapsed(at=1_000.0)) is True
    assert common.auto_sign_in_is_late(attrs.evolve(flow, interactive=CALL), Elapsed(at=1_000.0)) is False
    assert common.auto_sign_in_is_late(FLOW, Elapsed(at=1_000.0)) is False
