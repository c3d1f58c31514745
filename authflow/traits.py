"""What is known of a user pool without asking it: what its screens need, and nothing secret."""

import attrs

from authflow.states import AuthFlowType


@attrs.frozen(kw_only=True)
class PasswordPolicy:
    """A user pool's password policy (Cognito's PasswordPolicyType).

    Args:
        min_length: least number of characters (6 to 99 in Cognito).
        require_lowercase: at least one of a-z.
        require_uppercase: at least one of A-Z.
        require_numbers: at least one of 0-9.
        require_symbols: at least one of Cognito's symbols, an inner space included.
    """

    min_length: int = 8
    require_lowercase: bool = False
    require_uppercase: bool = False
    require_numbers: bool = False
    require_symbols: bool = False


@attrs.frozen(kw_only=True)
class PoolTraits:
    """What a flow may know of its pool beforehand.

    Args:
        auth_flow: how a sign-in starts.
        username_attributes: the attributes that serve as username ("email", "phone_number"); empty for a username.
        required_attributes: the attributes that a sign-up must bring.
        password_policy: None when the configuration does not say.
    """

    auth_flow: AuthFlowType = AuthFlowType.USER_SRP_AUTH
    username_attributes: tuple[str, ...] = ()
    required_attributes: tuple[str, ...] = ()
    password_policy: PasswordPolicy | None = None


# https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
_SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-")


def unmet_rules(policy: PasswordPolicy, password: str) -> tuple[str, ...]:
    """Returns the names of the rules that `password` does not meet, in the order people expect."""
    inner_space = " " in password.strip(" ")
    rules = (
        ("min_length", len(password) >= policy.min_length),
        ("require_lowercase", not policy.require_lowercase or any("a" <= c <= "z" for c in password)),
        ("require_uppercase", not policy.require_uppercase or any("A" <= c <= "Z" for c in password)),
        ("require_numbers", not policy.require_numbers or any("0" <= c <= "9" for c in password)),
        (
            "require_symbols",
            not policy.require_symbols or inner_space or any(c in _SYMBOLS for c in password),
        ),
    )
    return tuple(name for name, met in rules if not met)
