"""UserState: who the user is to this flow.

Signed in means that tokens are held and stored: the state changes on `TokensStored`, so that a listener who asks for
tokens finds them. A store that fails does not undo a sign-in. Sign-up and password reset never touch this machine.
Source: AWSMobileClient's UserState and its transitions, those of the third-party identities included.
"""

from authflow.errors import ErrorCode
from authflow.flow import Flow
from authflow.intents import CheckConfirmation, SignIn, SignInWithRedirect
from authflow.machine import Machine, Row, of_message
from authflow.machines.common import (
    asking_as_user,
    federated,
    federating,
    is_other_identity,
    is_other_session,
    session_is_gone,
)
from authflow.outcomes import (
    ConfigurationChanged,
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
)
from authflow.states import IdentityState, UserState

_ANY = tuple(UserState)
_KNOWN = tuple(state for state in UserState if state is not UserState.unknown)


def storing_guest(flow: Flow, _: object) -> bool:
    """A guest is being kept."""
    return flow.identity is IdentityState.storingGuest


@of_message
def is_vouched_for(_: Flow, restored: IdentityRestored) -> bool:
    """Another provider vouches for the user; otherwise a guest."""
    return restored.federation is not None


USER = Machine(
    name="user",
    states=_ANY,
    initial=UserState.unknown,
    rows=(
        # Start-up. Expiry is not looked at: an expired access token is the session's business, at the first use.
        # The same rows serve whoever looks at the store again, and finds what somebody else has left there.
        Row(trigger=SessionRestored, source=_ANY, dest=UserState.signedIn, conditions=(is_other_session,)),
        Row(
            trigger=IdentityRestored,
            source=_ANY,
            dest=UserState.signedIn,
            conditions=(is_other_identity, is_vouched_for),
        ),
        Row(trigger=IdentityRestored, source=_ANY, dest=UserState.guest, conditions=(is_other_identity,)),
        Row(trigger=NothingStored, source=UserState.unknown, dest=UserState.signedOut),
        Row(trigger=NothingStored, source=_KNOWN, dest=UserState.signedOut, conditions=(session_is_gone,)),
        Row(trigger=ConfigurationChanged, source=UserState.unknown, dest=UserState.signedOut),
        # Sign-in.
        *(
            Row(
                trigger=starting,
                source=UserState.signedIn,
                refuse=ErrorCode.INVALID_STATE,
                says="Somebody is signed in already; sign out first.",
            )
            for starting in (SignIn, SignInWithRedirect, CheckConfirmation)
        ),
        Row(trigger=TokensStored, source=_ANY, dest=UserState.signedIn),
        Row(trigger=TokensNotStored, source=_ANY, dest=UserState.signedIn),
        # Only a definitive rejection ends a session; RefreshFailed has no row here.
        Row(
            trigger=RefreshRejected,
            source=UserState.signedIn,
            dest=UserState.signedOutUserPoolsTokenInvalid,
        ),
        # AWS credentials without anybody to vouch for the user make a guest; another provider's token signs in.
        *(
            row
            for stored in (IdentityStored, IdentityNotStored)
            for row in (
                Row(trigger=stored, source=_ANY, dest=UserState.signedIn, conditions=(federating,)),
                Row(trigger=stored, source=UserState.signedOut, dest=UserState.guest, conditions=(storing_guest,)),
            )
        ),
        Row(
            trigger=LoginRejected,
            source=UserState.signedIn,
            dest=UserState.signedOutFederatedTokensInvalid,
            conditions=(federated, asking_as_user),
        ),
        # A local sign-out always completes, whatever failed remotely.
        Row(trigger=TokensCleared, source=_ANY, dest=UserState.signedOut),
        Row(trigger=TokensNotCleared, source=_ANY, dest=UserState.signedOut),
    ),
)
