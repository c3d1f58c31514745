"""SessionState: what is known of the tokens, and which call about them is under way.

- "The store cannot be read" is never "nobody is signed in": it leaves the session unknown.
- A refresh that fails by network, throttling or a 5xx keeps the session; only a definitive rejection ends it.
- One refresh at a time: whoever asks meanwhile joins it.
- A sign-out walks through its calls (GlobalSignOut or RevokeToken, then the store) and always arrives; what failed
  remotely is kept for its result. When GlobalSignOut was done the refresh token is dead and RevokeToken is left out.
- Tokens are refreshed two minutes before they end, as Amplify Swift does. Tokens that seem to live longer than Cognito
  lets any live come from a clock that was wrong, and are refreshed too.
- What a sign-out could not remove from the store does not bring the user back.
- Tokens that Cognito rejected for good stay stored until the next sign-in or sign-out, as AWSMobileClient left them:
  start-up says signed in, and the first use finds out.
- Whoever shares the store with this flow may sign in and out there; looking again (`SyncSession`) finds out. What this
  flow holds and could not store is not given up for what the store has.
"""

import attrs

from authflow import effects
from authflow.errors import ErrorCode, ErrorInfo, Recovery
from authflow.flow import Context, Flow
from authflow.intents import (
    CheckConfirmation,
    FederatedSignIn,
    GetTokens,
    Initialize,
    ReleaseSignInWait,
    SignIn,
    SignInWithRedirect,
    SignOut,
    SyncSession,
)
from authflow.machine import Group, Machine, Row, WhileBusy, of_message
from authflow.machines.common import (
    REFRESHED_AHEAD,
    asking_as_user,
    federated,
    federating,
    is_other_identity,
    is_other_session,
    is_renewed_session,
    session_is_gone,
    session_is_over,
    signing_in,
    somebody_else_came,
)
from authflow.outcomes import (
    ConfigurationChanged,
    IdentityNotStored,
    IdentityRestored,
    IdentityStored,
    LoginRejected,
    NothingStored,
    RefreshedTokensNotStored,
    RefreshedTokensStored,
    RefreshFailed,
    RefreshRejected,
    RemoteSignOutDone,
    RemoteSignOutFailed,
    SessionRestored,
    StoreUnreadable,
    TokensCleared,
    TokensNotCleared,
    TokensNotStored,
    TokensRefreshed,
    TokensStored,
    UserDeleted,
)
from authflow.states import SIGNING_OUT, SessionState, Slot, UserState

_S = SessionState
_NOT_SIGNING_OUT = tuple(state for state in _S if state not in SIGNING_OUT)
_STARTING = (SignIn, SignInWithRedirect, CheckConfirmation)
# How long an access token can live at most, in seconds (Cognito: AccessTokenValidity, one day).
_LONGEST = 86_400.0


# Conditions


@of_message
def globally(flow: Flow, intent: SignOut) -> bool:
    """The sign-out is to end every session of the user, and there are tokens to ask it with."""
    return intent.options.sign_out_globally and flow.context.account is not None


@of_message
def globally_too_late(flow: Flow, intent: SignOut) -> bool:
    """The sign-out is to end every session of the user, and the tokens to ask it with were rejected."""
    return intent.options.sign_out_globally and flow.user is UserState.signedOutUserPoolsTokenInvalid


@of_message
def revoking(flow: Flow, intent: SignOut) -> bool:
    """The sign-out is to revoke the refresh token, and there is one."""
    return intent.options.invalidate_tokens and flow.context.account is not None


def revoking_is_left(flow: Flow, _: object) -> bool:
    """The sign-out under way was to revoke the refresh token too."""
    options = flow.context.sign_out
    return options is not None and options.invalidate_tokens and flow.context.account is not None


@of_message
def tokens_are_good(flow: Flow, intent: GetTokens) -> bool:
    """The access token does not end soon, and no refresh is demanded."""
    account = flow.context.account
    if intent.force or account is None:
        return False
    return REFRESHED_AHEAD < account.expires_at - intent.at <= REFRESHED_AHEAD + _LONGEST


def holds_tokens(flow: Flow, _: object) -> bool:
    """There are tokens of the user pool."""
    return flow.context.account is not None


# Updates


def _hold_restored(context: Context, restored: SessionRestored, now: float) -> Context:
    return context.replace(account=restored.account, unsaved=False)


def hold_refreshed(context: Context, refreshed: TokensRefreshed, now: float) -> Context:
    """The new tokens take the old ones' place; they are the same user's."""
    before = context.account
    identifier = before.identifier if before is not None else None
    return context.replace(account=attrs.evolve(refreshed.account, identifier=identifier))


def drop_tokens(context: Context, message: object, now: float) -> Context:
    """The tokens go; what the user signed in with stays."""
    username = context.account.known_as if context.account is not None else context.username
    return context.replace(account=None, sign_out=None, username=username, unsaved=False)


def _note_dead(context: Context, rejected: RefreshRejected, now: float) -> Context:
    account = context.account
    if account is None:
        return context
    return context.replace(dead_until=account.expires_at, dead_mark=account.mark)


def _note_saved(context: Context, message: object, now: float) -> Context:
    return context.replace(unsaved=False) if context.unsaved else context


def _note_unsaved(context: Context, message: object, now: float) -> Context:
    return context.replace(unsaved=True)


def _release(context: Context, message: object, now: float) -> Context:
    return context.replace(releases=context.releases + 1)


def _begin_sign_out(context: Context, intent: SignOut, now: float) -> Context:
    return context.replace(sign_out=intent.options, sign_out_failures=())


_TOO_LATE = ErrorInfo(
    code=ErrorCode.NOT_SIGNED_IN,
    message="This session had ended already, so that the user's other sessions could not be ended.",
    recovery=Recovery.SIGN_IN,
)


def _begin_too_late(context: Context, intent: SignOut, now: float) -> Context:
    return context.replace(sign_out=intent.options, sign_out_failures=(("GlobalSignOut", _TOO_LATE),))


def _forget_failures(context: Context, message: object, now: float) -> Context:
    return context.replace(sign_out_failures=()) if context.sign_out_failures else context


def _keep_error(
    context: Context,
    failed: StoreUnreadable | RefreshRejected | RefreshedTokensNotStored | TokensNotStored,
    now: float,
) -> Context:
    return context.replace(error=failed.error, unknown_outcome=False)


def _note_failure(context: Context, failed: RemoteSignOutFailed | TokensNotCleared, now: float) -> Context:
    call = failed.call if isinstance(failed, RemoteSignOutFailed) else "ClearTokens"
    return context.replace(sign_out_failures=(*context.sign_out_failures, (call, failed.error)))


# Effects


def load_session(context: Context, message: object, effect_id: int) -> effects.LoadSession:
    """Reads the store, and sweeps out what other pools have left there."""
    return effects.LoadSession(id=effect_id, sweep=True)


def reread_session(context: Context, message: object, effect_id: int) -> effects.LoadSession:
    """Reads the store again."""
    return effects.LoadSession(id=effect_id)


def refresh_tokens(context: Context, intent: GetTokens, effect_id: int) -> effects.RefreshTokens:
    """Exchanges the refresh token."""
    assert context.account is not None  # noqa: S101 - an active session was entered with one
    return effects.RefreshTokens(id=effect_id, account=context.account, unsaved=context.unsaved)


def store_refreshed_tokens(context: Context, message: object, effect_id: int) -> effects.StoreRefreshedTokens:
    """Keeps the new tokens."""
    assert context.account is not None  # noqa: S101 - they were held on the way here
    return effects.StoreRefreshedTokens(id=effect_id, account=context.account, unsaved=context.unsaved)


def global_sign_out(context: Context, intent: SignOut, effect_id: int) -> effects.GlobalSignOut:
    """Ends every session of the user."""
    assert context.account is not None  # noqa: S101 - `globally` says so
    return effects.GlobalSignOut(id=effect_id, account=context.account)


def revoke_token(context: Context, message: object, effect_id: int) -> effects.RevokeToken:
    """Revokes the refresh token."""
    assert context.account is not None  # noqa: S101 - `revoking` and `revoking_is_left` say so
    return effects.RevokeToken(id=effect_id, account=context.account)


def clear_tokens(context: Context, message: object, effect_id: int) -> effects.ClearTokens:
    """Empties the store."""
    username = context.account.username if context.account is not None else None
    return effects.ClearTokens(id=effect_id, username=username)


_RESTORE = (
    # Two answers to "who is signed in" must not cross.
    Row(
        trigger=Initialize,
        source=_S.unknown,
        conditions=(signing_in,),
        refuse=ErrorCode.BUSY,
        says="A sign-in is under way; finish it or go back first.",
    ),
    Row(
        trigger=Initialize,
        source=_S.unknown,
        conditions=(federating,),
        refuse=ErrorCode.BUSY,
        says="A sign-in is under way; wait for its answer.",
    ),
    Row(trigger=Initialize, source=_S.unknown, dest=_S.restoring, after=load_session),
    Row(
        trigger=Initialize,
        source=tuple(state for state in _S if state is not _S.unknown),
        while_busy=WhileBusy.JOIN,
    ),
    Row(trigger=SessionRestored, source=_S.restoring, dest=_S.active, before=(_hold_restored,)),
    *(Row(trigger=read, source=_S.restoring, dest=_S.none) for read in (IdentityRestored, ConfigurationChanged)),
    Row(trigger=NothingStored, source=_S.restoring, dest=_S.none),
    Row(trigger=StoreUnreadable, source=_S.restoring, dest=_S.unknown, before=(_keep_error,)),
    *(
        Row(
            trigger=starting,
            source=(_S.restoring, *SIGNING_OUT),
            refuse=ErrorCode.BUSY,
            says="The session is being read or ended; sign in when that is done.",
        )
        for starting in _STARTING
    ),
    Row(trigger=TokensStored, source=tuple(_S), dest=_S.active, before=(_note_saved,)),
    Row(trigger=TokensNotStored, source=tuple(_S), dest=_S.active, before=(_note_unsaved, _keep_error)),
    # It is known who the user is: somebody without tokens of the user pool.
    *(
        Row(trigger=stored, source=(_S.unknown, _S.expired), dest=_S.none, conditions=(federating,))
        for stored in (IdentityStored, IdentityNotStored)
    ),
    Row(trigger=LoginRejected, source=_S.none, dest=_S.expired, conditions=(federated, asking_as_user)),
)

# Somebody else may have signed in or out with the same store.
_SYNC = (
    Row(
        trigger=SyncSession,
        source=(_S.unknown, _S.none, _S.active, _S.expired),
        conditions=(signing_in,),
        refuse=ErrorCode.BUSY,
        says="A sign-in is under way; look again when it is done.",
    ),
    Row(
        trigger=SyncSession,
        source=(_S.unknown, _S.none, _S.active, _S.expired),
        conditions=(federating,),
        refuse=ErrorCode.BUSY,
        says="A sign-in is under way; look again when it is done.",
    ),
    Row(trigger=SyncSession, source=_S.unknown, dest=_S.restoring, after=load_session),
    Row(trigger=SyncSession, source=(_S.none, _S.active, _S.expired), dest=_S.rereading, after=reread_session),
    Row(
        trigger=SyncSession,
        source=tuple(state for state in _S if state not in (_S.unknown, _S.none, _S.active, _S.expired)),
        while_busy=WhileBusy.JOIN,
    ),
    *(
        Row(trigger=SessionRestored, source=_S.rereading, dest=_S.active, conditions=(new,), before=(_hold_restored,))
        for new in (is_other_session, is_renewed_session)
    ),
    Row(
        trigger=IdentityRestored,
        source=_S.rereading,
        dest=_S.none,
        conditions=(is_other_identity,),
        before=(drop_tokens,),
    ),
    Row(
        trigger=NothingStored,
        source=_S.rereading,
        dest=_S.none,
        conditions=(session_is_gone,),
        before=(drop_tokens,),
    ),
    # Nothing that this flow did not know, or nothing that says anything: everything is as it was.
    *(
        row
        for read in (SessionRestored, IdentityRestored, NothingStored, StoreUnreadable, ConfigurationChanged)
        for row in (
            Row(trigger=read, source=_S.rereading, dest=_S.active, conditions=(holds_tokens,)),
            Row(trigger=read, source=_S.rereading, dest=_S.expired, conditions=(session_is_over,)),
            Row(trigger=read, source=_S.rereading, dest=_S.none),
        )
    ),
    # A sign-in finds out for itself.
    *(
        row
        for starting in (*_STARTING, FederatedSignIn)
        for row in (
            Row(
                trigger=starting,
                source=_S.rereading,
                dest=_S.expired,
                conditions=(session_is_over,),
                while_busy=WhileBusy.PREEMPT,
            ),
            Row(trigger=starting, source=_S.rereading, dest=_S.none, while_busy=WhileBusy.PREEMPT),
        )
    ),
)

# Who waits is the drivers' business; that nobody has to wait any longer is said here.
_WAITING = (
    Row(
        trigger=ReleaseSignInWait,
        source=tuple(_S),
        conditions=(session_is_over,),
        before=(_release,),
        while_busy=WhileBusy.PASS,
    ),
    Row(trigger=ReleaseSignInWait, source=tuple(_S), while_busy=WhileBusy.PASS),
)

_REFRESH = (
    Row(trigger=GetTokens, source=_S.active, conditions=(tokens_are_good,)),
    Row(trigger=GetTokens, source=_S.active, dest=_S.refreshing, after=refresh_tokens),
    # Good tokens are given while the store is being read; before others are refreshed, it is waited for what it has.
    Row(
        trigger=GetTokens,
        source=_S.rereading,
        conditions=(holds_tokens, tokens_are_good),
        while_busy=WhileBusy.PASS,
    ),
    Row(trigger=GetTokens, source=_S.rereading, conditions=(holds_tokens,), while_busy=WhileBusy.JOIN),
    Row(
        trigger=GetTokens,
        source=(_S.refreshing, _S.storingRefreshed),
        while_busy=WhileBusy.JOIN,
    ),
    Row(
        trigger=GetTokens,
        source=(_S.unknown, _S.none, _S.expired, _S.rereading),
        refuse=ErrorCode.NOT_SIGNED_IN,
        says="Nobody is signed in to the user pool; sign in first.",
    ),
    Row(
        trigger=GetTokens,
        source=(_S.restoring, *SIGNING_OUT),
        refuse=ErrorCode.BUSY,
        says="The session is being read or ended; ask again when that is done.",
    ),
    Row(
        trigger=TokensRefreshed,
        source=_S.refreshing,
        dest=_S.storingRefreshed,
        before=(hold_refreshed,),
        after=store_refreshed_tokens,
    ),
    Row(trigger=RefreshedTokensStored, source=_S.storingRefreshed, dest=_S.active, before=(_note_saved,)),
    Row(
        trigger=RefreshedTokensNotStored,
        source=_S.storingRefreshed,
        dest=_S.active,
        before=(_note_unsaved, _keep_error),
    ),
    # Whoever asked is told; what the user's own action came to stays on the screen.
    Row(trigger=RefreshFailed, source=_S.refreshing, dest=_S.active),
    Row(
        trigger=RefreshRejected,
        source=_S.refreshing,
        dest=_S.expired,
        before=(_note_dead, drop_tokens, _keep_error),
    ),
)

_SIGN_OUT = (
    Row(
        trigger=SignOut,
        source=_NOT_SIGNING_OUT,
        dest=_S.signingOutGlobally,
        conditions=(globally,),
        before=(_begin_sign_out,),
        after=global_sign_out,
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(
        trigger=SignOut,
        source=_NOT_SIGNING_OUT,
        dest=_S.revokingToken,
        conditions=(revoking,),
        before=(_begin_sign_out,),
        after=revoke_token,
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(
        trigger=SignOut,
        source=_NOT_SIGNING_OUT,
        dest=_S.clearingTokens,
        conditions=(globally_too_late,),
        before=(_begin_too_late,),
        after=clear_tokens,
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(
        trigger=SignOut,
        source=_NOT_SIGNING_OUT,
        dest=_S.clearingTokens,
        before=(_begin_sign_out,),
        after=clear_tokens,
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(trigger=SignOut, source=SIGNING_OUT, while_busy=WhileBusy.JOIN),
    # Nobody is left whose tokens could be revoked.
    Row(
        trigger=UserDeleted,
        source=_NOT_SIGNING_OUT,
        dest=_S.clearingTokens,
        unless=(somebody_else_came,),
        before=(_forget_failures,),
        after=clear_tokens,
    ),
    Row(
        trigger=RemoteSignOutDone,
        source=(_S.signingOutGlobally, _S.revokingToken),
        dest=_S.clearingTokens,
        after=clear_tokens,
    ),
    Row(
        trigger=RemoteSignOutFailed,
        source=_S.signingOutGlobally,
        dest=_S.revokingToken,
        conditions=(revoking_is_left,),
        before=(_note_failure,),
        after=revoke_token,
    ),
    Row(
        trigger=RemoteSignOutFailed,
        source=(_S.signingOutGlobally, _S.revokingToken),
        dest=_S.clearingTokens,
        before=(_note_failure,),
        after=clear_tokens,
    ),
    Row(trigger=TokensCleared, source=_S.clearingTokens, dest=_S.none, before=(drop_tokens,)),
    Row(
        trigger=TokensNotCleared,
        source=_S.clearingTokens,
        dest=_S.none,
        before=(_note_failure, drop_tokens, _note_unsaved),
    ),
)

SESSION = Machine(
    name="session",
    states=tuple(_S),
    initial=_S.unknown,
    rows=(*_RESTORE, *_SYNC, *_WAITING, *_REFRESH, *_SIGN_OUT),
    slot=Slot.session,
    groups=(
        Group("renewing", (_S.refreshing, _S.storingRefreshed)),
        Group("signing out", SIGNING_OUT),
    ),
)
