"""What a refusal means where somebody is signed in: "sign in" is no way out then, and the fields are the account's."""

from collections.abc import Collection
from typing import Final

import attrs

from authflow import effects
from authflow.effects import Effect
from authflow.errors import ErrorCode, ErrorInfo, Recovery
from authflow.frontend.fields import ATTRIBUTE_PREFIX

_ABOUT_NEW_PASSWORD: Final = frozenset({ErrorCode.INVALID_PASSWORD, ErrorCode.PASSWORD_HISTORY_POLICY_VIOLATION})
_ABOUT_ATTRIBUTES: Final = frozenset({ErrorCode.INVALID_PARAMETER, ErrorCode.ALIAS_EXISTS})


def of_account(effect: Effect, error: ErrorInfo) -> ErrorInfo:
    """Returns what a refusal of `effect` means if the call was made with the user's access token, else `error`."""
    if not effect.of_account:
        return error
    if error.code is ErrorCode.USER_NOT_FOUND:  # nobody typed a username: the token names the user
        return attrs.evolve(
            error, message="The account no longer exists; sign out.", field=None, recovery=Recovery.SIGN_OUT
        )
    if error.recovery is Recovery.SIGN_IN:  # which is refused for as long as somebody is signed in
        return attrs.evolve(error, recovery=Recovery.SIGN_OUT)
    return _of_passwords(error) if isinstance(effect, effects.ChangePassword) else error


def _of_passwords(error: ErrorInfo) -> ErrorInfo:
    if error.code in _ABOUT_NEW_PASSWORD:
        return attrs.evolve(error, field="new_password")
    # "Incorrect username or password.", where there is no username that could be incorrect.
    if error.code is ErrorCode.NOT_AUTHORIZED and error.recovery is Recovery.CORRECT_INPUT:
        return attrs.evolve(error, message="The current password is wrong.", field="password")
    return error


def of_attributes(error: ErrorInfo, changed: Collection[str]) -> ErrorInfo:
    """Returns the refusal of a change with the field of the attribute that it is about.

    Args:
        error: what Cognito refused.
        changed: the names of the attributes that were to be changed. A value that is refused is that of the only one,
            whatever the message says.
    """
    if error.code not in _ABOUT_ATTRIBUTES:
        return error
    only = next(iter(changed)) if len(changed) == 1 else None
    name = error.field if error.field in changed else only
    return attrs.evolve(error, field=f"{ATTRIBUTE_PREFIX}{name}" if name is not None else None)
