"""What is known of a user pool without asking it: what its screens need, and nothing secret."""

from authflow.frontend.forms import NO_FORMS, Forms
from authflow.quick import Value, frozen_value
from authflow.states import AuthFlowType, FirstFactor
from authflow.values import DEFAULTS, Settings


@frozen_value(kw_only=True)
class PasswordPolicy(Value):
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


@frozen_value(kw_only=True)
class PoolTraits(Value):
    """What a flow may know of its pool beforehand.

    Args:
        auth_flow: how a sign-in starts.
        username_attributes: the attributes that serve as username ("email", "phone_number"); empty for a username.
        alias_attributes: what else signs in ("email", "phone_number", "preferred_username").
        required_attributes: the attributes that a sign-up must bring.
        verification_attributes: the attributes that the pool verifies by a code, so that a sign-up asks for them.
        preferred_challenge: the first factor to ask for, where the flow is a choice (USER_AUTH).
        dial_codes: country codes to choose from ("+44"), the first of them filled in; empty asks for numbers with
            theirs (E.164).
        password_policy: None when the configuration does not say.
        passkeys: whether the pool takes passkeys; None when the configuration does not say.
        second_factors: whether the pool takes second factors; None when the configuration does not say.
        providers: the identity providers of the hosted UI, by Cognito's names ("Google", "COGNITO" for its own page);
            empty where there is no hosted UI.
        configuration: names the pools and the app client, so that a stored session of others is told apart.
        settings: what the host application wants of its flows.
        forms: what the host application changes about the fields.
    """

    auth_flow: AuthFlowType = AuthFlowType.USER_SRP_AUTH
    username_attributes: tuple[str, ...] = ()
    alias_attributes: tuple[str, ...] = ()
    required_attributes: tuple[str, ...] = ()
    verification_attributes: tuple[str, ...] = ()
    preferred_challenge: FirstFactor | None = None
    dial_codes: tuple[str, ...] = ()
    password_policy: PasswordPolicy | None = None
    passkeys: bool | None = None
    second_factors: bool | None = None
    providers: tuple[str, ...] = ()
    configuration: str | None = None
    settings: Settings = DEFAULTS
    forms: Forms = NO_FORMS


# https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
_SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-")


@frozen_value
class PasswordRule(Value):
    """One rule of a password policy.

    Args:
        name: the member of the policy that it comes from.
        number: what it counts to, where it counts.
    """

    name: str
    number: int | None = None


def rules_of(policy: PasswordPolicy) -> tuple[PasswordRule, ...]:
    """Returns the rules that a policy has, in the order people expect."""
    required = ("require_lowercase", "require_uppercase", "require_numbers", "require_symbols")
    return (
        PasswordRule("min_length", policy.min_length),
        *(PasswordRule(name) for name in required if getattr(policy, name)),
    )


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
