"""UserState: who the user is to this flow.

Signed in means that tokens are held and stored: the state changes on `TokensStored`, so that a listener who asks for
tokens finds them. A store that fails does not undo a sign-in. Sign-up and password reset never touch this machine.
Source: AWSMobileClient's UserState and its transitions, as far as user pools are concerned.
"""

from authflow.errors import ErrorCode
from authflow.intents import CheckConfirmation, SignIn
from authflow.machine import Machine, Row
from authflow.outcomes import (
    NothingStored,
    RefreshRejected,
    SessionRestored,
    TokensCleared,
    TokensNotCleared,
    TokensNotStored,
    TokensStored,
)
from authflow.states import UserState

_ANY = tuple(UserState)

USER = Machine(
    name="user",
    states=_ANY,
    initial=UserState.unknown,
    rows=(
        # Start-up. Expiry is not looked at: an expired access token is the session's business, at the first use.
        Row(trigger=SessionRestored, source=UserState.unknown, dest=UserState.signedIn),
        Row(trigger=NothingStored, source=UserState.unknown, dest=UserState.signedOut),
        # Sign-in.
        *(
            Row(
                trigger=starting,
                source=UserState.signedIn,
                refuse=ErrorCode.INVALID_STATE,
                says="Somebody is signed in already; sign out first.",
            )
            for starting in (SignIn, CheckConfirmation)
        ),
        Row(trigger=TokensStored, source=_ANY, dest=UserState.signedIn),
        Row(trigger=TokensNotStored, source=_ANY, dest=UserState.signedIn),
        # Only a definitive rejection ends a session; RefreshFailed has no row here.
        Row(
            trigger=RefreshRejected,
            source=UserState.signedIn,
            dest=UserState.signedOutUserPoolsTokenInvalid,
        ),
        # A local sign-out always completes, whatever failed remotely.
        Row(trigger=TokensCleared, source=_ANY, dest=UserState.signedOut),
        Row(trigger=TokensNotCleared, source=_ANY, dest=UserState.signedOut),
    ),
)
