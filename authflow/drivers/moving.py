"""Which messages move what a user is asked, so that an answer to an older snapshot is too old."""

from typing import Final

from authflow import intents
from authflow.flow import Flow
from authflow.outcomes import (
    ConfigurationChanged,
    CredentialsIssued,
    IdentityFailed,
    IdentityFound,
    IdentityNotStored,
    IdentityRestored,
    IdentityStored,
    LoginRejected,
    NothingStored,
    RefreshedTokensNotStored,
    RefreshedTokensStored,
    RefreshFailed,
    SessionRestored,
    StoreUnreadable,
    TokensRefreshed,
)
from authflow.states import UserState
from authflow.step import Message

# What comes of a refresh: new tokens, or the old ones still. Nothing that a user is asked has moved with it.
_RENEWING: Final = (
    intents.GetTokens,
    intents.GetAwsCredentials,
    intents.GetIdentityId,
    intents.SyncSession,
    intents.ReleaseSignInWait,
    TokensRefreshed,
    RefreshFailed,
    RefreshedTokensStored,
    RefreshedTokensNotStored,
    IdentityFound,
    IdentityFailed,
    CredentialsIssued,
)


# As a rule the store, looked at again, has what the flow knew, and what an identity pool answers is nothing that a user
# is asked about.
_READ: Final = (
    SessionRestored,
    IdentityRestored,
    NothingStored,
    StoreUnreadable,
    ConfigurationChanged,
    LoginRejected,
    IdentityStored,
    IdentityNotStored,
)


def has_moved(before: Flow, after: Flow, message: Message) -> bool:
    """Tells whether what a user is asked may be another thing than before."""
    if before.settings.regions and before.own_states != after.own_states:
        return True
    if isinstance(message, _RENEWING):
        return False
    if not isinstance(message, _READ) or before.user is UserState.unknown:
        return True
    same_user = name_of(before) == name_of(after)
    return not same_user or after.user is not before.user or after.screen is not before.screen


def name_of(flow: Flow) -> str | None:
    """Returns the user pool's name of whose tokens are held."""
    account = flow.context.account
    return account.username if account is not None else None
