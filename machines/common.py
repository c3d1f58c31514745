"""Conditions and updates that more than one machine uses."""

from typing import Final

from authflow import effects
from authflow.errors import ErrorCode
from authflow.flow import Context, Flow
from authflow.intents import CheckConfirmation, Intent
from authflow.machine import of_message
from authflow.outcomes import (
    Elapsed,
    Failure,
    IdentityFailed,
    IdentityRestored,
    LoginRejected,
    OutcomeUnknown,
    PasskeysChecked,
    SessionRestored,
    SignedUp,
    SignUpConfirmed,
    UserRead,
)
from authflow.states import (
    ASKING,
    FEDERATING,
    SESSION_OVER,
    SIGNING_OUT,
    AccountState,
    AuthFlowType,
    ScreenState,
    SessionState,
    SignInState,
    UserState,
)
from authflow.values import Account

# How long before they end tokens and AWS credentials are replaced, in seconds (Amplify Swift).
REFRESHED_AHEAD: Final = 120.0
# The states in which the flow makes a call of the attempt by itself.
WALKING: Final = (
    SignInState.initiatingAuth,
    SignInState.passwordVerifier,
    SignInState.deviceSRPAuth,
    SignInState.devicePasswordVerifier,
    SignInState.associatingSoftwareToken,
    SignInState.answeringMfaSetup,
)
# The states in which the attempt has succeeded, and something is still to be kept.
FINISHING: Final = (SignInState.confirmingDevice, SignInState.storingTokens)

# The states in which it is being found out or changed who is signed in.
SESSION_MOVING: Final = (SessionState.restoring, *SIGNING_OUT)

# The states in which a challenge waits for the user's answer. The answer is sent from the same state: while the
# call is under way nothing else is true of the attempt, and a refused answer finds its challenge still there.
WAITING: Final = tuple(
    state for state in SignInState if state not in (*WALKING, *FINISHING, SignInState.idle, SignInState.signedIn)
)

# A failure of the pool's own trigger. Where triggers make the challenges it has spent the Session.
_TRIGGERS: Final = frozenset(
    {ErrorCode.USER_LAMBDA_VALIDATION, ErrorCode.UNEXPECTED_LAMBDA, ErrorCode.INVALID_LAMBDA_RESPONSE}
)
# After these Cognito takes another answer on the same Session (AWSMobileClient re-arms it), or was never asked. After
# any other refusal the Session is spent or dead, and the attempt is over.
_SESSION_SURVIVES: Final = frozenset(
    {
        ErrorCode.INVALID_INPUT,
        ErrorCode.CODE_MISMATCH,
        ErrorCode.INVALID_PASSWORD,
        ErrorCode.PASSWORD_HISTORY_POLICY_VIOLATION,
        ErrorCode.INVALID_PARAMETER,
        ErrorCode.ENABLE_SOFTWARE_TOKEN_MFA,
        ErrorCode.TOO_MANY_REQUESTS,
        ErrorCode.LIMIT_EXCEEDED,
        ErrorCode.INTERNAL_ERROR,
        ErrorCode.CODE_DELIVERY_FAILURE,
        *_TRIGGERS,
    }
)
# A code of an authenticator app that was used already; the next one will do. An address that another account has.
_SURVIVES_HERE: Final = {
    SignInState.softwareTokenMFA: frozenset({ErrorCode.EXPIRED_CODE}),
    SignInState.emailSetup: frozenset({ErrorCode.ALIAS_EXISTS}),
}


# Conditions


def signing_in(flow: Flow, _: object) -> bool:
    """A sign-in attempt is under way."""
    return flow.sign_in is not SignInState.idle and flow.sign_in is not SignInState.signedIn


def walking(flow: Flow, _: object) -> bool:
    """The flow makes a call of the sign-in by itself."""
    return flow.sign_in in WALKING


def call_under_way(flow: Flow, _: object) -> bool:
    """An interactive call is under way."""
    return flow.interactive is not None


@of_message
def session_survives(flow: Flow, failure: Failure) -> bool:
    """Cognito takes another answer to the same challenge."""
    code, state = failure.error.code, flow.sign_in
    if state is SignInState.customChallenge and code in _TRIGGERS:
        return False
    return code in _SESSION_SURVIVES or code in _SURVIVES_HERE.get(state, ())


@of_message
def challenge_expired(flow: Flow, elapsed: Elapsed) -> bool:
    """The waiting challenge's Session has ended."""
    challenge = flow.context.challenge
    if challenge is None or challenge.expires_at is None or flow.interactive is not None:
        return False
    return elapsed.at >= challenge.expires_at


def sign_up_is_closed(flow: Flow, _: object) -> bool:
    """Users may not register themselves."""
    return not flow.settings.self_sign_up


def keeps_auto_sign_in(flow: Flow, _: object) -> bool:
    """The flow keeps what a sign-in by itself would take."""
    return flow.context.auto_sign_in is not None


@of_message
def auto_sign_in_is_late(flow: Flow, elapsed: Elapsed) -> bool:
    """What a sign-in by itself would take was kept long enough."""
    auto = flow.context.auto_sign_in
    return auto is not None and flow.interactive is None and elapsed.at >= auto.until


def session_is_moving(flow: Flow, _: object) -> bool:
    """It is being found out or changed who is signed in."""
    return flow.session in SESSION_MOVING or flow.identity in FEDERATING


def session_is_over(flow: Flow, _: object) -> bool:
    """The session of a known user has ended, and nobody has signed in again."""
    return flow.user in SESSION_OVER


def becomes_guest(flow: Flow, _: object) -> bool:
    """Nobody vouches for the user, and the user is no guest yet."""
    context = flow.context
    return context.account is None and context.federation is None and flow.user is not UserState.guest


def federated(flow: Flow, _: object) -> bool:
    """Another provider vouches for the user who is signed in, and there is nothing of the user pool."""
    return flow.user is UserState.signedIn and flow.context.federation is not None


def federating(flow: Flow, _: object) -> bool:
    """Another provider's user is being signed in."""
    return flow.identity in FEDERATING


def asking_as_user(flow: Flow, _: object) -> bool:
    """The call to the identity pool is made for whoever the user is now."""
    return flow.identity in ASKING


def somebody_else_came(flow: Flow, _: object) -> bool:
    """Since the call about the account was made, somebody else has come: its answer is about a user who has gone."""
    context, call = flow.context, flow.interactive
    if call is None or not call.effect.of_account:
        return False
    if context.account is not None:
        account = getattr(call.effect, "account", None)
        return not isinstance(account, Account) or account.username != context.account.username
    return context.federation is not None or flow.user is UserState.guest


def no_provider(flow: Flow, _: object) -> bool:
    """There is no hosted UI, or the host application does not want it offered."""
    return not flow.settings.providers


# What the store has, when it is looked at again


@of_message
def is_other_session(flow: Flow, restored: SessionRestored) -> bool:
    """The store has a session that this flow does not know: of another user, or of one who has signed in again."""
    context, account = flow.context, flow.context.account
    if flow.user is UserState.unknown:
        return True
    if context.unsaved:  # the store never had what this flow holds, and has what was there before
        return False
    if account is not None:
        return restored.account.username != account.username
    if flow.user is not UserState.signedOutUserPoolsTokenInvalid:
        return True
    if None not in (context.dead_mark, restored.account.mark):
        return restored.account.mark != context.dead_mark
    return context.dead_until is None or restored.account.expires_at > context.dead_until


@of_message
def is_renewed_session(flow: Flow, restored: SessionRestored) -> bool:
    """The store has newer tokens of the same user."""
    account = flow.context.account
    if account is None or flow.context.unsaved or restored.account.username != account.username:
        return False
    if None not in (account.mark, restored.account.mark):
        return restored.account.mark != account.mark
    return restored.account.expires_at > account.expires_at


@of_message
def is_other_identity(flow: Flow, restored: IdentityRestored) -> bool:
    """The store has a guest, or another provider's user, that this flow does not know."""
    context = flow.context
    if flow.user is UserState.unknown:
        return True
    if context.unsaved:
        return False
    known = context.identity.id if context.identity is not None else None
    if context.account is not None or known != restored.identity_id:
        return True
    held, found = context.federation, restored.federation
    if held is None or found is None:
        return held is not found
    return None not in (held.mark, found.mark) and held.mark != found.mark


def session_is_gone(flow: Flow, _: object) -> bool:
    """What the store had of the session of this flow has gone."""
    had = flow.user is not UserState.signedOut
    return had and flow.session is SessionState.rereading and not flow.context.unsaved


def signed_in(flow: Flow, _: object) -> bool:
    """Somebody is signed in."""
    return flow.user is UserState.signedIn


def in_user_pool(flow: Flow, _: object) -> bool:
    """Somebody is signed in to the user pool."""
    return flow.user is UserState.signedIn and flow.context.account is not None


@of_message
def can_sign_in_by_itself(flow: Flow, done: SignedUp | SignUpConfirmed | CheckConfirmation) -> bool:
    """Nobody is signed in or out just now, and the flow has what a sign-in without a question takes."""
    auto = flow.context.auto_sign_in
    # Two answers to "who is signed in" must not cross.
    if auto is None or flow.user is UserState.signedIn or session_is_moving(flow, done):
        return False
    if isinstance(done, CheckConfirmation):
        return auto.password is not None and done.at < auto.until
    # An intent ends these calls, which an outcome cannot.
    storing = flow.identity_call is not None and isinstance(flow.identity_call.effect, effects.StoreIdentity)
    if flow.session is SessionState.rereading or storing:
        return False
    by_session = done.session is not None and auto.auth_flow is AuthFlowType.USER_AUTH
    return by_session or auto.password is not None


@of_message
def auto_confirmed(_: Flow, signed_up: SignedUp) -> bool:
    """The pool confirmed the user by itself (UserConfirmed)."""
    return signed_up.confirmed


def chose_a_password(flow: Flow, _: object) -> bool:
    """The password is asked for because it was chosen among several first factors; Cognito has not heard of it yet."""
    challenge = flow.context.challenge
    here = flow.sign_in in (SignInState.password, SignInState.passwordSRP)
    return here and challenge is not None and challenge.name == "SELECT_CHALLENGE"


def awaiting_link(flow: Flow, _: object) -> bool:
    """The user was told to follow a link."""
    return flow.screen is ScreenState.awaitingLink


def confirms_by_link(flow: Flow, _: object) -> bool:
    """The pool confirms registrations by a link."""
    return flow.settings.confirm_by_link


# What follows a sign-in


def passkey_is_offered(flow: Flow, _: object) -> bool:
    """Somebody without a passkey is to be offered one."""
    return flow.settings.offer_passkey


def contacts_are_asked(flow: Flow, _: object) -> bool:
    """Somebody without a verified contact is to be asked to verify one."""
    return flow.settings.verify_contacts


def following_up(flow: Flow, _: object) -> bool:
    """What is being done about the account follows a sign-in."""
    return flow.context.room.following_up


def more_follows(flow: Flow, _: object) -> bool:
    """What is being done follows a sign-in, and the contacts are still to come."""
    return flow.context.room.following_up and flow.settings.verify_contacts


def checking_passkeys(flow: Flow, _: object) -> bool:
    """It is being found out whether the user has a passkey."""
    return flow.account is AccountState.checkingPasskeys


def completing_passkey(flow: Flow, _: object) -> bool:
    """A passkey is being registered."""
    return flow.interactive is not None and isinstance(flow.interactive.effect, effects.CompletePasskey)


@of_message
def answer_was_sent(_: Flow, failure: Failure) -> bool:
    """Cognito has seen the answer; what no passkey makes never left."""
    return failure.error.code is not ErrorCode.INVALID_INPUT


@of_message
def has_a_passkey(_: Flow, checked: PasskeysChecked) -> bool:
    """The user has a passkey already."""
    return checked.any


@of_message
def no_contact_is_verified(_: Flow, read: UserRead) -> bool:
    """The user has a contact, and none that is verified."""
    return bool(read.contacts) and not any(contact.verified for contact in read.contacts)


# Updates


def keep_error(context: Context, failure: Failure | LoginRejected | IdentityFailed, now: float) -> Context:
    """What went wrong stays visible until the next accepted intent."""
    return context.replace(error=failure.error, unknown_outcome=isinstance(failure, OutcomeUnknown))


def keep_username(context: Context, intent: Intent, now: float) -> Context:
    """The identifier is remembered, so that no screen asks for it twice; what is known of another one is not."""
    username = getattr(intent, "username", context.username)
    if username == context.username:
        return context
    return context.replace(username=username, user_sub=None, sign_up_delivery=None, reset_delivery=None)


def forget_attempt(context: Context, message: object, now: float) -> Context:
    """The attempt's secrets and challenge go; the identifier stays."""
    if context.challenge is None and context.password is None and context.start is None:
        return context
    return context.replace(challenge=None, password=None, start=None)


def drop_auto_sign_in(context: Context, message: object, now: float) -> Context:
    """The flow will not sign in by itself any more; the password of the registration goes."""
    return context if context.auto_sign_in is None else context.replace(auto_sign_in=None)


def go_on(context: Context, message: object, now: float) -> Context:
    """What was asked for is done; what follows, the flow does by itself."""
    return context.replace(automatic=True)
