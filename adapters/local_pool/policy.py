"""A pool's password policy, in the order and the words in which Cognito reports what is missing."""

import string
from typing import Final

from .errors import PoolError, invalid
from .records import Json, Pool

DEFAULT: Final[Json] = {
    "MinimumLength": 8,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "TemporaryPasswordValidityDays": 7,
}
# "Special characters" of the developer guide; a space counts where it is neither first nor last.
_SYMBOLS: Final = frozenset("^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= ")
_RULES: Final = (
    ("RequireUppercase", frozenset(string.ascii_uppercase), "uppercase"),
    ("RequireLowercase", frozenset(string.ascii_lowercase), "lowercase"),
    ("RequireNumbers", frozenset(string.digits), "numeric"),
    ("RequireSymbols", _SYMBOLS, "symbol"),
)


def check(pool: Pool, password: str) -> None:
    """Check a password.

    Raises:
        PoolError: ``InvalidPasswordException`` with the first rule that is not met.
    """
    policy = pool.password_policy
    problem = ""
    if len(password) < policy["MinimumLength"]:
        problem = "Password not long enough"
    else:
        for name, kind, word in _RULES:
            if policy[name] and kind.isdisjoint(password):
                problem = f"Password must have {word} characters"
                break
    if problem:
        raise PoolError("InvalidPasswordException", f"Password did not conform with policy: {problem}")


def complete(requested: Json | None) -> Json:
    """Answer a pool's policy from CreateUserPool's ``PasswordPolicy``.

    A given policy replaces the default as a whole: what it does not require is not required.

    Raises:
        PoolError: The policy asks for a password history, which is not modelled.
    """
    if requested is None:
        return dict(DEFAULT)
    if requested.get("PasswordHistorySize"):
        invalid("The local pool does not model PasswordHistorySize of PasswordPolicy.")
    unset: Json = {name: False for name, _, _ in _RULES} | {
        "MinimumLength": 8,
        "TemporaryPasswordValidityDays": 7,
    }
    given = {name: value for name, value in requested.items() if name in unset and value is not None}
    return unset | given
