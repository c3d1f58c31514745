"""IdentityState: the identity pool's identity, its AWS credentials, and users whom another provider vouches for.

    GetIdentityId ────▶ findingIdentity ─▶ identified
    GetAwsCredentials ▶ findingForCredentials ─▶ gettingCredentials ─▶ (storingGuest ─▶) held
    FederatedSignIn ──▶ federatingIdentity ─▶ federatingCredentials ─▶ storingFederation ─▶ held

- Whoever is signed in to the user pool gets credentials with the ID token; another provider's user with that
  provider's token; anybody else as a guest, who is known from then on (`UserState.guest`).
- A token of another provider is shown to the identity pool before anybody is signed in with it. (AWSMobileClient
  believed it, and found out at the first credentials.)
- Only the identity pool's refusal of another provider's token ends that provider's session; whatever else fails says
  nothing about the user. The user pool's tokens are the session region's business.
- The credentials go with whom they were given to: with a sign-in, a sign-out, the end of the session.
- Whose session has ended is not quietly made a guest.
Source: AWSMobileClient's federatedSignIn, getAWSCredentials and getIdentityId; the enhanced flow of identity pools
(https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html).
"""

import attrs

from authflow import effects
from authflow.errors import ErrorCode
from authflow.flow import Context, Flow
from authflow.intents import (
    CheckConfirmation,
    FederatedSignIn,
    GetAwsCredentials,
    GetIdentityId,
    SignIn,
    SignInWithRedirect,
    SignOut,
)
from authflow.machine import Machine, Row, WhileBusy, of_message
from authflow.machines.common import (
    becomes_guest,
    in_user_pool,
    is_other_identity,
    is_other_session,
    keep_error,
    session_is_gone,
    session_is_moving,
    session_is_over,
    signing_in,
)
from authflow.outcomes import (
    CredentialsIssued,
    IdentityFailed,
    IdentityFound,
    IdentityNotStored,
    IdentityRestored,
    IdentityStored,
    LoginRejected,
    NothingStored,
    RefreshRejected,
    SessionRestored,
    TokensCleared,
    TokensNotCleared,
    TokensNotStored,
    TokensStored,
    UserDeleted,
)
from authflow.states import FEDERATING, IdentityState, Slot, UserState
from authflow.values import Account, Federation, Identity

_S = IdentityState
_ANY = tuple(_S)
# The calls that whoever asks for credentials waits for with the one who asked first.
_GETTING = (_S.findingIdentity, _S.findingForCredentials, _S.gettingCredentials, _S.storingGuest)
_STORING = (_S.storingGuest, _S.storingFederation)
# An identity pool's name for its own developer identities.
DEVELOPER = "cognito-identity.amazonaws.com"
# Credentials are replaced this long before they end, as tokens are (Amplify Swift), in seconds.
_AHEAD = 120.0


# Conditions


def user_is_unknown(flow: Flow, _: object) -> bool:
    """It was not found out yet who is signed in."""
    return flow.user is UserState.unknown


@of_message
def credentials_are_good(flow: Flow, intent: GetAwsCredentials) -> bool:
    """The credentials do not end soon, and no new ones are demanded."""
    identity = flow.context.identity
    if intent.force or identity is None or identity.credentials is None:
        return False
    return intent.at + _AHEAD < identity.expires_at


@of_message
def is_unnamed_developer(_: Flow, intent: FederatedSignIn) -> bool:
    """A developer identity is to sign in, whose identity id only the developer's server knows."""
    return intent.federation.provider == DEVELOPER and intent.federation.identity_id is None


@of_message
def identity_is_known(_: Flow, intent: FederatedSignIn) -> bool:
    """The identity comes along with the token."""
    return intent.federation.identity_id is not None


@of_message
def names_an_identity(_: Flow, restored: IdentityRestored) -> bool:
    """The identity was kept; otherwise the token finds it again."""
    return restored.identity_id is not None


def holds_identity(flow: Flow, _: object) -> bool:
    """The identity is known of whoever the user is."""
    return flow.context.identity is not None


def holds_credentials(flow: Flow, _: object) -> bool:
    """Whoever the user is has credentials, which may still be good."""
    identity = flow.context.identity
    return identity is not None and identity.credentials is not None and not becomes_guest(flow, _)


# Updates


def _keep_identity(context: Context, found: IdentityFound, now: float) -> Context:
    return context.replace(identity=Identity(id=found.identity_id))


def _keep_credentials(context: Context, issued: CredentialsIssued, now: float) -> Context:
    identity = Identity(id=issued.identity_id, credentials=issued.credentials, expires_at=issued.expires_at)
    return context.replace(identity=identity)


def _keep_found(context: Context, restored: IdentityRestored, now: float) -> Context:
    identity = Identity(id=restored.identity_id) if restored.identity_id is not None else None
    return context.replace(identity=identity, federation=restored.federation, unsaved=False)


def _forget_identity(context: Context, message: object, now: float) -> Context:
    if context.identity is None and context.federation is None and context.federating is None:
        return context
    return context.replace(identity=None, federation=None, federating=None)


def _forget_credentials(context: Context, message: object, now: float) -> Context:
    if context.identity is None:
        return context
    return context.replace(identity=Identity(id=context.identity.id))


def _keep_federating(context: Context, intent: FederatedSignIn, now: float) -> Context:
    return context.replace(federating=intent.federation)


def _note_identity(context: Context, found: IdentityFound, now: float) -> Context:
    # Whoever was there before keeps an identity of their own until the token is known to be good.
    federating = context.federating
    assert federating is not None  # noqa: S101 - it is being signed in
    return context.replace(federating=attrs.evolve(federating, identity_id=found.identity_id))


def _federate(context: Context, stored: IdentityStored | IdentityNotStored, now: float) -> Context:
    unsaved = isinstance(stored, IdentityNotStored)
    return context.replace(federation=context.federating, federating=None, unsaved=unsaved)


def _give_up_federating(context: Context, message: object, now: float) -> Context:
    return context.replace(federating=None)


def _note_guest(context: Context, stored: IdentityStored | IdentityNotStored, now: float) -> Context:
    return context.replace(unsaved=isinstance(stored, IdentityNotStored))


# Effects


def _vouching(context: Context) -> tuple[Account | None, Federation | None]:
    federation = context.federating or context.federation
    return (None, federation) if federation is not None else (context.account, None)


def get_id(context: Context, message: object, effect_id: int) -> effects.GetId:
    """Finds the identity."""
    account, federation = _vouching(context)
    return effects.GetId(id=effect_id, account=account, federation=federation)


def get_credentials(context: Context, message: object, effect_id: int) -> effects.GetCredentialsForIdentity:
    """Has the identity given credentials."""
    account, federation = _vouching(context)
    known = context.identity.id if context.identity is not None else None
    identity_id = context.federating.identity_id if context.federating is not None else known
    assert identity_id is not None  # noqa: S101 - it was found on the way here
    return effects.GetCredentialsForIdentity(
        id=effect_id, account=account, federation=federation, identity_id=identity_id
    )


def store_identity(context: Context, message: object, effect_id: int) -> effects.StoreIdentity:
    """Keeps whom the identity is known as: a guest, or another provider's user."""
    assert context.identity is not None  # noqa: S101 - it has credentials
    federation = context.federating or context.federation
    if federation is not None:
        federation = attrs.evolve(federation, identity_id=context.identity.id)
    return effects.StoreIdentity(id=effect_id, identity_id=context.identity.id, federation=federation)


_DEMANDS = tuple(
    row
    for intent in (GetIdentityId, GetAwsCredentials)
    for row in (
        Row(
            trigger=intent,
            source=_ANY,
            conditions=(session_is_moving,),
            refuse=ErrorCode.BUSY,
            says="It is being found out or changed who is signed in; ask again when that is done.",
        ),
        Row(
            trigger=intent,
            source=_ANY,
            conditions=(user_is_unknown,),
            refuse=ErrorCode.INVALID_STATE,
            says="It is not known yet who is signed in; initialize first.",
        ),
        # A session that has ended is known; asking as a guest would quietly be somebody else.
        Row(
            trigger=intent,
            source=_ANY,
            conditions=(session_is_over,),
            refuse=ErrorCode.NOT_SIGNED_IN,
            says="The session has ended; sign in again first.",
        ),
        # Two answers to "who is signed in" must not cross.
        Row(
            trigger=intent,
            source=_ANY,
            conditions=(signing_in, becomes_guest),
            refuse=ErrorCode.BUSY,
            says="A sign-in is under way; finish it or go back first.",
        ),
    )
)

_IDENTITY = (
    Row(trigger=GetIdentityId, source=(_S.identified, _S.held)),
    Row(trigger=GetIdentityId, source=_S.none, dest=_S.findingIdentity, after=get_id, while_busy=WhileBusy.PREEMPT),
    Row(trigger=GetIdentityId, source=_GETTING, while_busy=WhileBusy.JOIN),
    Row(trigger=IdentityFound, source=_S.findingIdentity, dest=_S.identified, before=(_keep_identity,)),
)

_CREDENTIALS = (
    Row(trigger=GetAwsCredentials, source=_S.held, conditions=(credentials_are_good,)),
    Row(
        trigger=GetAwsCredentials,
        source=(_S.held, _S.identified),
        dest=_S.gettingCredentials,
        after=get_credentials,
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(
        trigger=GetAwsCredentials,
        source=_S.none,
        dest=_S.findingForCredentials,
        after=get_id,
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(trigger=GetAwsCredentials, source=_GETTING, while_busy=WhileBusy.JOIN),
    Row(
        trigger=IdentityFound,
        source=_S.findingForCredentials,
        dest=_S.gettingCredentials,
        before=(_keep_identity,),
        after=get_credentials,
    ),
    # Nobody vouched for the user: a guest, from now on and at the next start.
    Row(
        trigger=CredentialsIssued,
        source=_S.gettingCredentials,
        dest=_S.storingGuest,
        conditions=(becomes_guest,),
        before=(_keep_credentials,),
        after=store_identity,
    ),
    Row(trigger=CredentialsIssued, source=_S.gettingCredentials, dest=_S.held, before=(_keep_credentials,)),
    *(
        Row(trigger=stored, source=_S.storingGuest, dest=_S.held, before=(_note_guest,))
        for stored in (IdentityStored, IdentityNotStored)
    ),
    # Whoever asked is told; what the user's own action came to stays on the screen.
    *(
        row
        for failed in (LoginRejected, IdentityFailed)
        for row in (
            Row(trigger=failed, source=(_S.findingIdentity, _S.findingForCredentials), dest=_S.none),
            # The old credentials are good until they end; not those of a token that is taken no longer.
            *(
                (Row(trigger=failed, source=_S.gettingCredentials, dest=_S.held, conditions=(holds_credentials,)),)
                if failed is IdentityFailed
                else ()
            ),
            Row(trigger=failed, source=_S.gettingCredentials, dest=_S.identified, before=(_forget_credentials,)),
        )
    ),
)

_FEDERATION = (
    Row(
        trigger=FederatedSignIn,
        source=_ANY,
        conditions=(session_is_moving,),
        refuse=ErrorCode.BUSY,
        says="It is being found out or changed who is signed in; sign in when that is done.",
    ),
    Row(
        trigger=FederatedSignIn,
        source=_ANY,
        conditions=(in_user_pool,),
        refuse=ErrorCode.FEDERATION_PROVIDER_EXISTS,
        says="Somebody is signed in to the user pool already; sign out first.",
    ),
    Row(
        trigger=FederatedSignIn,
        source=_ANY,
        conditions=(signing_in,),
        refuse=ErrorCode.BUSY,
        says="A sign-in is under way; finish it or go back first.",
    ),
    Row(
        trigger=FederatedSignIn,
        source=_ANY,
        conditions=(is_unnamed_developer,),
        refuse=ErrorCode.INVALID_PARAMETER,
        says="A developer identity needs identity_id: your server gets it together with the token.",
    ),
    Row(
        trigger=FederatedSignIn,
        source=_ANY,
        dest=_S.federatingCredentials,
        conditions=(identity_is_known,),
        before=(_keep_federating,),
        after=get_credentials,
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(
        trigger=FederatedSignIn,
        source=_ANY,
        dest=_S.federatingIdentity,
        before=(_keep_federating,),
        after=get_id,
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(
        trigger=IdentityFound,
        source=_S.federatingIdentity,
        dest=_S.federatingCredentials,
        before=(_note_identity,),
        after=get_credentials,
    ),
    Row(
        trigger=CredentialsIssued,
        source=_S.federatingCredentials,
        dest=_S.storingFederation,
        before=(_keep_credentials,),
        after=store_identity,
    ),
    *(
        Row(trigger=stored, source=_S.storingFederation, dest=_S.held, before=(_federate,))
        for stored in (IdentityStored, IdentityNotStored)
    ),
    # Whoever was there before still is.
    *(
        Row(
            trigger=failed,
            source=(_S.federatingIdentity, _S.federatingCredentials),
            dest=dest,
            conditions=conditions,
            before=(_give_up_federating, keep_error),
        )
        for failed in (LoginRejected, IdentityFailed)
        for dest, conditions in ((_S.held, (holds_credentials,)), (_S.identified, (holds_identity,)), (_S.none, ()))
    ),
    *(
        Row(
            trigger=starting,
            source=FEDERATING,
            refuse=ErrorCode.BUSY,
            says="Another provider's user is being signed in; wait for the answer.",
        )
        for starting in (SignIn, SignInWithRedirect, CheckConfirmation)
    ),
)

_ENDS = (
    # A guest's calls must not cross with a sign-in: what is stored last would count. Until it succeeds, the guest is
    # the same.
    *(
        Row(
            trigger=starting,
            source=_GETTING,
            dest=dest,
            conditions=conditions,
            before=before,
            while_busy=WhileBusy.PREEMPT,
        )
        for starting in (SignIn, SignInWithRedirect)
        for dest, conditions, before in (
            (_S.held, (holds_credentials,), ()),
            (_S.identified, (holds_identity,), (_forget_credentials,)),
            (_S.none, (), ()),
        )
    ),
    Row(trigger=SignOut, source=_ANY, dest=_S.none, before=(_forget_identity,), while_busy=WhileBusy.PREEMPT),
    *(
        Row(trigger=IdentityRestored, source=_ANY, dest=dest, conditions=conditions, before=(_keep_found,))
        for dest, conditions in (
            (_S.identified, (is_other_identity, names_an_identity)),
            (_S.none, (is_other_identity,)),
        )
    ),
    Row(
        trigger=SessionRestored,
        source=_ANY,
        dest=_S.none,
        conditions=(is_other_session,),
        before=(_forget_identity,),
    ),
    Row(trigger=NothingStored, source=_ANY, dest=_S.none, conditions=(session_is_gone,), before=(_forget_identity,)),
    *(
        Row(trigger=ended, source=_ANY, dest=_S.none, before=(_forget_identity,))
        for ended in (TokensStored, TokensNotStored, TokensCleared, TokensNotCleared, RefreshRejected, UserDeleted)
    ),
    # What comes for somebody who has gone meanwhile changes nothing.
    *(
        Row(trigger=late, source=tuple(state for state in _S if state not in taken))
        for late, taken in (
            (IdentityFound, (_S.findingIdentity, _S.findingForCredentials, _S.federatingIdentity)),
            (CredentialsIssued, (_S.gettingCredentials, _S.federatingCredentials)),
            *(
                (
                    failed,
                    (
                        _S.findingIdentity,
                        _S.findingForCredentials,
                        _S.gettingCredentials,
                        _S.federatingIdentity,
                        _S.federatingCredentials,
                    ),
                )
                for failed in (LoginRejected, IdentityFailed)
            ),
            (IdentityStored, _STORING),
            (IdentityNotStored, _STORING),
        )
    ),
)

IDENTITY = Machine(
    name="identity",
    states=_ANY,
    initial=_S.none,
    rows=(*_DEMANDS, *_IDENTITY, *_CREDENTIALS, *_FEDERATION, *_ENDS),
    slot=Slot.identity,
)
