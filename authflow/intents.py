"""What the user or the app wants. Imperative, frozen, keyword-only; secrets are handles.

An intent that no region takes is rejected, aloud. `slot` is the place in which the call it leads to would be
made: while that slot is busy the intent is rejected as busy, unless its row preempts or joins.
"""

from collections.abc import Mapping
from typing import ClassVar

import attrs

from authflow.quick import shared_repr
from authflow.secrets import Handle
from authflow.states import AuthFlowType, Slot
from authflow.values import LOCALLY, NOTHING, SignOutOptions


@attrs.frozen(kw_only=True, repr=False)
class Intent:
    """The base of all intents."""

    __repr__ = shared_repr

    slot: ClassVar[Slot] = Slot.interactive


# Session


class Initialize(Intent):
    """Find out who is signed in."""

    __slots__ = ()
    slot: ClassVar[Slot] = Slot.session


@attrs.frozen(kw_only=True, repr=False)
class GetTokens(Intent):
    """Have valid tokens.

    Args:
        at: now, in seconds since the epoch; tokens that have ended by then are refreshed first.
        force: refresh even if the tokens are still good.
    """

    slot: ClassVar[Slot] = Slot.session
    at: float
    force: bool = False


@attrs.frozen(kw_only=True, repr=False)
class SignOut(Intent):
    """End the session, and any attempt under way."""

    slot: ClassVar[Slot] = Slot.session
    options: SignOutOptions = LOCALLY


# Sign-in


@attrs.frozen(kw_only=True, repr=False)
class SignIn(Intent):
    """Start a sign-in attempt.

    Args:
        username: username or alias, as typed and trimmed.
        password: the handle of the password; None where the flow needs none.
        auth_flow: how to start; None for the configured way.
        validation_data: for the pre-authentication trigger; wins over client_metadata where both name a key.
        client_metadata: for the pool's triggers.
    """

    username: str
    password: Handle | None = None
    auth_flow: AuthFlowType | None = None
    validation_data: Mapping[str, str] = NOTHING
    client_metadata: Mapping[str, str] = NOTHING


@attrs.frozen(kw_only=True, repr=False)
class ConfirmSignIn(Intent):
    """Answer the current challenge.

    Args:
        answer: the handle of the code, new password or other answer.
        attributes: the handle of attributes that a new password must bring, a mapping of strings.
        client_metadata: for the pool's triggers.
    """

    answer: Handle
    attributes: Handle | None = None
    client_metadata: Mapping[str, str] = NOTHING


class Cancel(Intent):
    """Give up the attempt under way, whatever it is."""

    __slots__ = ()


# Sign-up


@attrs.frozen(kw_only=True, repr=False)
class SignUp(Intent):
    """Register.

    Args:
        username: the username, or the alias that serves as one.
        password: the handle of the password.
        attributes: the handle of the attributes, a mapping of strings.
        validation_data: for the pre-sign-up trigger.
        client_metadata: for the pool's triggers.
    """

    username: str
    password: Handle
    attributes: Handle | None = None
    validation_data: Mapping[str, str] = NOTHING
    client_metadata: Mapping[str, str] = NOTHING


@attrs.frozen(kw_only=True, repr=False)
class ConfirmSignUp(Intent):
    """Confirm a registration with the code that was sent."""

    username: str
    code: Handle
    client_metadata: Mapping[str, str] = NOTHING


@attrs.frozen(kw_only=True, repr=False)
class ResendSignUpCode(Intent):
    """Have the confirmation code sent anew."""

    username: str
    client_metadata: Mapping[str, str] = NOTHING


# Forgotten password


@attrs.frozen(kw_only=True, repr=False)
class ForgotPassword(Intent):
    """Have a reset code sent."""

    username: str
    client_metadata: Mapping[str, str] = NOTHING


@attrs.frozen(kw_only=True, repr=False)
class ConfirmForgotPassword(Intent):
    """Set a new password with the code that was sent."""

    username: str
    code: Handle
    new_password: Handle
    client_metadata: Mapping[str, str] = NOTHING


# Navigation


class ShowSignIn(Intent):
    """Go to the sign-in screen."""

    __slots__ = ()


class ShowSignUp(Intent):
    """Go to the sign-up screen."""

    __slots__ = ()


class ShowConfirmSignUp(Intent):
    """Go to the screen that takes a confirmation code; for somebody who already has one."""

    __slots__ = ()


class ShowForgotPassword(Intent):
    """Go to the screen that asks for a reset code."""

    __slots__ = ()


class ShowConfirmForgotPassword(Intent):
    """Go to the screen that takes a reset code; for somebody who already has one."""

    __slots__ = ()


class Back(Intent):
    """Go to the screen before this one; a challenge is abandoned."""

    __slots__ = ()


class Skip(Intent):
    """Leave out a step that may be done later."""

    __slots__ = ()


# The flow itself


class Close(Intent):
    """End the flow for good; tokens stay where they are stored. Taken by the engine in every state."""

    __slots__ = ()


INTENTS: tuple[type[Intent], ...] = (
    Initialize,
    SignIn,
    ConfirmSignIn,
    SignUp,
    ConfirmSignUp,
    ResendSignUpCode,
    ForgotPassword,
    ConfirmForgotPassword,
    ShowSignIn,
    ShowSignUp,
    ShowConfirmSignUp,
    ShowForgotPassword,
    ShowConfirmForgotPassword,
    Back,
    Skip,
    Cancel,
    GetTokens,
    SignOut,
    Close,
)
