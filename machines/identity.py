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
- A sign-in that fails leaves the identity of who was there before: a guest who lost it would be somebody else.
Source: AWSMobileClient's federatedSignIn, getAWSCredentials and getIdentityId; the enhanced flow of identity pools
(https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html).
"""

from authflow.errors import ErrorCode
from authflow.intents import (
    CheckConfirmation,
    FederatedSignIn,
    GetAwsCredentials,
    GetIdentityId,
    SignIn,
    SignInWithRedirect,
    SignOut,
)
from authflow.machine import Group, Machine, Row, WhileBusy
from authflow.machines.common import (
    auto_confirmed,
    awaiting_link,
    becomes_guest,
    can_sign_in_by_itself,
    in_user_pool,
    is_other_identity,
    is_other_session,
    keep_error,
    session_is_gone,
    session_is_moving,
    session_is_over,
    signing_in,
    somebody_else_came,
)
from authflow.machines.identity_calls import (
    credentials_are_good,
    credentials_are_kept,
    federate,
    finishing_sign_in,
    forget_credentials,
    forget_identity,
    get_credentials,
    get_id,
    give_up_federating,
    identity_is_kept,
    identity_is_known,
    is_guest_with_identity,
    is_unnamed_developer,
    keep_credentials,
    keep_federating,
    keep_federating_identity,
    keep_found,
    keep_identity,
    names_an_identity,
    note_guest,
    stop_asking,
    store_identity,
    user_is_unknown,
)
from authflow.outcomes import (
    Authenticated,
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
    SignedUp,
    SignUpConfirmed,
    TokensCleared,
    TokensNotCleared,
    TokensNotStored,
    TokensStored,
    UserDeleted,
)
from authflow.states import FEDERATING, IdentityState, Slot

_S = IdentityState
_ANY = tuple(_S)
# The calls that whoever asks for credentials waits for with the one who asked first.
_GETTING = (_S.findingIdentity, _S.findingForCredentials, _S.gettingCredentials, _S.storingGuest)
_FINDING = (_S.findingIdentity, _S.findingForCredentials)
_STORING = (_S.storingGuest, _S.storingFederation)

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
            conditions=(finishing_sign_in,),
            refuse=ErrorCode.BUSY,
            says="Somebody is being signed in; ask again when that is done.",
        ),
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
    Row(trigger=GetIdentityId, source=_S.held),
    # What is under way is for somebody who has gone.
    Row(trigger=GetIdentityId, source=_S.identified, while_busy=WhileBusy.PREEMPT),
    Row(trigger=GetIdentityId, source=_S.none, dest=_S.findingIdentity, after=get_id, while_busy=WhileBusy.PREEMPT),
    Row(trigger=GetIdentityId, source=_GETTING, while_busy=WhileBusy.JOIN),
    Row(trigger=IdentityFound, source=_S.findingIdentity, dest=_S.identified, before=(keep_identity,)),
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
        before=(keep_identity,),
        after=get_credentials,
    ),
    # Nobody vouched for the user: a guest, from now on and at the next start.
    Row(
        trigger=CredentialsIssued,
        source=_S.gettingCredentials,
        dest=_S.storingGuest,
        conditions=(becomes_guest,),
        before=(keep_credentials,),
        after=store_identity,
    ),
    Row(trigger=CredentialsIssued, source=_S.gettingCredentials, dest=_S.held, before=(keep_credentials,)),
    *(
        Row(trigger=stored, source=_S.storingGuest, dest=_S.held, before=(note_guest,))
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
                (Row(trigger=failed, source=_S.gettingCredentials, dest=_S.held, conditions=(credentials_are_kept,)),)
                if failed is IdentityFailed
                else ()
            ),
            Row(trigger=failed, source=_S.gettingCredentials, dest=_S.identified, before=(forget_credentials,)),
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
        before=(keep_federating,),
        after=get_credentials,
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(
        trigger=FederatedSignIn,
        source=_ANY,
        dest=_S.federatingIdentity,
        before=(keep_federating,),
        after=get_id,
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(
        trigger=IdentityFound,
        source=_S.federatingIdentity,
        dest=_S.federatingCredentials,
        before=(keep_federating_identity,),
        after=get_credentials,
    ),
    Row(
        trigger=CredentialsIssued,
        source=_S.federatingCredentials,
        dest=_S.storingFederation,
        before=(keep_credentials,),
        after=store_identity,
    ),
    *(
        Row(trigger=stored, source=_S.storingFederation, dest=_S.held, before=(federate,))
        for stored in (IdentityStored, IdentityNotStored)
    ),
    *(
        Row(
            trigger=failed,
            source=(_S.federatingIdentity, _S.federatingCredentials),
            dest=dest,
            conditions=conditions,
            before=(give_up_federating, *before, keep_error),
        )
        for failed in (LoginRejected, IdentityFailed)
        # Whoever was there before still is.
        for dest, conditions, before in (
            (_S.held, (credentials_are_kept,), ()),
            (_S.identified, (identity_is_kept,), (forget_credentials,)),
            (_S.none, (), ()),
        )
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
    # A guest's calls must not cross with a sign-in: what is stored last would count.
    *(
        row
        for starting, conditions in (
            (SignIn, ()),
            (SignInWithRedirect, ()),
            (CheckConfirmation, (awaiting_link, can_sign_in_by_itself)),
        )
        for row in (
            Row(
                trigger=starting,
                source=_FINDING,
                dest=_S.none,
                conditions=conditions,
                while_busy=WhileBusy.PREEMPT,
            ),
            # Until it succeeds the guest is the same.
            Row(
                trigger=starting,
                source=_S.gettingCredentials,
                dest=_S.held,
                conditions=(*conditions, credentials_are_kept),
                while_busy=WhileBusy.PREEMPT,
            ),
            Row(
                trigger=starting,
                source=(_S.gettingCredentials, _S.storingGuest),
                dest=_S.identified,
                conditions=conditions,
                before=(forget_credentials,),
                while_busy=WhileBusy.PREEMPT,
            ),
            # Those for somebody who has gone neither.
            Row(
                trigger=starting,
                source=(_S.none, _S.identified),
                conditions=conditions,
                while_busy=WhileBusy.PREEMPT,
            ),
        )
    ),
    # The same of a sign-in that nobody has asked for just now, and of the tokens that are there: from here on the
    # calls would be made with them.
    *(
        row
        for begun, conditions in (
            (SignedUp, (auto_confirmed, can_sign_in_by_itself)),
            (SignUpConfirmed, (can_sign_in_by_itself,)),
            (Authenticated, ()),
        )
        for row in (
            Row(trigger=begun, source=_FINDING, dest=_S.none, conditions=conditions),
            Row(
                trigger=begun,
                source=_S.gettingCredentials,
                dest=_S.identified,
                conditions=conditions,
                before=(forget_credentials,),
            ),
        )
    ),
    Row(trigger=SignOut, source=_ANY, dest=_S.none, before=(stop_asking,), while_busy=WhileBusy.PREEMPT),
    Row(
        trigger=IdentityRestored,
        source=_ANY,
        dest=_S.identified,
        conditions=(is_other_identity, names_an_identity),
        before=(keep_found,),
    ),
    Row(
        trigger=IdentityRestored,
        source=_ANY,
        dest=_S.none,
        conditions=(is_other_identity,),
        before=(keep_found,),
    ),
    Row(
        trigger=SessionRestored,
        source=_ANY,
        dest=_S.none,
        conditions=(is_other_session,),
        before=(forget_identity,),
    ),
    Row(trigger=NothingStored, source=_ANY, dest=_S.none, conditions=(session_is_gone,), before=(forget_identity,)),
    # A guest who signs in keeps the identity (Cognito's developer guide, "Switching unauthenticated users to
    # authenticated users"), unless the user has one already: then the credentials are that one's.
    *(
        Row(
            trigger=stored,
            source=_ANY,
            dest=_S.identified,
            conditions=(is_guest_with_identity,),
            before=(forget_credentials,),
        )
        for stored in (TokensStored, TokensNotStored)
    ),
    *(
        Row(trigger=ended, source=_ANY, dest=_S.none, before=(forget_identity,))
        for ended in (TokensStored, TokensNotStored, RefreshRejected)
    ),
    # The calls and the credentials went when the sign-out began; now it is forgotten who vouched for the user.
    *(Row(trigger=ended, source=_S.none, before=(forget_identity,)) for ended in (TokensCleared, TokensNotCleared)),
    Row(trigger=UserDeleted, source=_ANY, dest=_S.none, unless=(somebody_else_came,), before=(forget_identity,)),
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
    groups=(
        Group("asking", _GETTING),
        Group("federating", FEDERATING),
    ),
    ends=(IdentityFound, CredentialsIssued, LoginRejected, IdentityFailed, IdentityStored, IdentityNotStored),
)
