"""What somebody with I/O must do. Each carries the id that its outcome must bring back.

Names are Cognito's for Cognito's calls. `slot` is the place the call occupies until its outcome is in;
`repeatable` says whether doing it twice does no more than doing it once, so that it may be repeated when the
answer was lost. A call that was never sent may be repeated in any case.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

from authflow.quick import quick_frozen, shared_repr
from authflow.secrets import Handle
from authflow.states import AuthFlowType, Slot
from authflow.values import NOTHING, Account, Challenge


@quick_frozen(kw_only=True, repr=False)
class Effect:
    """The base of all effects.

    Args:
        id: the number of this effect within its flow.
    """

    __repr__ = shared_repr

    slot: ClassVar[Slot] = Slot.interactive
    repeatable: ClassVar[bool] = False
    id: int


# The id of an effect that occupies no slot: it is performed, and nobody waits for its outcome.
UNAWAITED: Final = 0


# Sign-in


@quick_frozen(kw_only=True, repr=False)
class InitiateAuth(Effect):
    """Starts a sign-in. Not repeatable: with a password it may send a code by SMS."""

    username: str
    password: Handle | None
    auth_flow: AuthFlowType | None
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True, repr=False)
class RespondToPasswordVerifier(Effect):
    """Proves the password by SRP. Not repeatable: it spends the Session."""

    challenge: Challenge
    srp: Handle
    password: Handle | None
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True, repr=False)
class RespondToAuthChallenge(Effect):
    """Answers a challenge. Not repeatable: it spends the Session."""

    username: str
    challenge: Challenge
    answer: Handle
    attributes: Handle | None = None
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True, repr=False)
class StoreTokens(Effect):
    """Keeps the tokens of a sign-in in the token store."""

    repeatable: ClassVar[bool] = True
    account: Account


# Sign-up


@quick_frozen(kw_only=True, repr=False)
class SignUp(Effect):
    """Registers a user. Not repeatable: the second one finds that the user exists."""

    username: str
    password: Handle
    attributes: Handle | None
    validation_data: Mapping[str, str] = NOTHING
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True, repr=False)
class ConfirmSignUp(Effect):
    """Confirms a registration. Not repeatable: it spends the code."""

    username: str
    code: Handle
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True, repr=False)
class ResendConfirmationCode(Effect):
    """Sends a confirmation code. Not repeatable: it sends a message."""

    username: str
    client_metadata: Mapping[str, str] = NOTHING


# Forgotten password


@quick_frozen(kw_only=True, repr=False)
class ForgotPassword(Effect):
    """Sends a reset code. Not repeatable: it sends a message."""

    username: str
    client_metadata: Mapping[str, str] = NOTHING


@quick_frozen(kw_only=True, repr=False)
class ConfirmForgotPassword(Effect):
    """Sets a new password. Not repeatable: it spends the code."""

    username: str
    code: Handle
    new_password: Handle
    client_metadata: Mapping[str, str] = NOTHING


# Session


class LoadSession(Effect):
    """Reads the token store."""

    __slots__ = ()
    slot: ClassVar[Slot] = Slot.session
    repeatable: ClassVar[bool] = True


@quick_frozen(kw_only=True, repr=False)
class RefreshTokens(Effect):
    """Exchanges the refresh token for new tokens. Not repeatable: with rotation it spends the refresh token."""

    slot: ClassVar[Slot] = Slot.session
    account: Account


@quick_frozen(kw_only=True, repr=False)
class StoreRefreshedTokens(Effect):
    """Keeps refreshed tokens in the token store."""

    slot: ClassVar[Slot] = Slot.session
    repeatable: ClassVar[bool] = True
    account: Account


@quick_frozen(kw_only=True, repr=False)
class GlobalSignOut(Effect):
    """Ends the user's sessions on every device."""

    slot: ClassVar[Slot] = Slot.session
    repeatable: ClassVar[bool] = True
    account: Account


@quick_frozen(kw_only=True, repr=False)
class RevokeToken(Effect):
    """Revokes a refresh token, and with it the access tokens that came of it."""

    slot: ClassVar[Slot] = Slot.session
    repeatable: ClassVar[bool] = True
    account: Account


class ClearTokens(Effect):
    """Removes the tokens from the token store."""

    __slots__ = ()
    slot: ClassVar[Slot] = Slot.session
    repeatable: ClassVar[bool] = True


@quick_frozen(kw_only=True, repr=False)
class Discard(Effect):
    """Revokes tokens that came too late for anybody to want them. Occupies no slot; nobody waits for it."""

    slot: ClassVar[Slot] = Slot.session
    repeatable: ClassVar[bool] = True
    account: Account
