"""The filter of ListUsers: one attribute, equal to a value or beginning with it (API reference, ListUsers)."""

import re
from collections.abc import Callable
from typing import Final

from .errors import invalid
from .records import User

_FORM: Final = re.compile(r'\s*([a-z_:]+)\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*')
_ATTRIBUTES: Final = frozenset(("sub", "email", "phone_number", "name", "given_name", "family_name"))
_VALUES: Final[dict[str, Callable[[User], str]]] = {
    "username": lambda user: user.username,
    "cognito:user_status": lambda user: user.status.lower(),
    "status": lambda user: "Enabled" if user.enabled else "Disabled",
    "sub": lambda user: user.sub,
}


def matching(users: list[User], wanted: str) -> list[User]:
    """Answer the users that a filter is for; an empty one is for all.

    Args:
        users: The pool's users.
        wanted: The filter, such as ``username ^= "ana"``.

    Raises:
        PoolError: ``InvalidParameterException``: this is no filter, or not of an attribute that can be searched.
    """
    if not wanted.strip():
        return users
    parts = _FORM.fullmatch(wanted)
    if parts is None:
        invalid("Error while parsing filter.")
    name, kind, value = parts[1], parts[2], re.sub(r"\\(.)", r"\1", parts[3])
    if name not in _VALUES and name not in _ATTRIBUTES | {"preferred_username"}:
        invalid(f"Invalid search attribute: {name}")
    value = value.lower() if name == "cognito:user_status" else value
    values = [(user, _read(user, name)) for user in users]
    return [user for user, has in values if (has == value if kind == "=" else has.startswith(value))]


def _read(user: User, name: str) -> str:
    return _VALUES[name](user) if name in _VALUES else user.attributes.get(name, "")
