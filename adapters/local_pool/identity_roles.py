"""Which role an identity gets: the pool's own, or one that a login's claims choose.

The rules are the developer guide's ("Using role-based access control"): by rules the first that matches counts; by
token a CustomRoleArn must be among the claim ``cognito:roles``, else ``cognito:preferred_role`` counts; where neither
decides, ``AmbiguousRoleResolution`` says whether the pool's role is given or none.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NoReturn

from .errors import PoolError, invalid, unauthorized
from .identity_records import IdentityPool
from .logins import Login
from .records import Json

_MOST_RULES: Final = 25
_MATCHES: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "Equals": lambda claim, value: claim == value,
    "NotEqual": lambda claim, value: claim != value,
    "Contains": lambda claim, value: value in claim,
    "StartsWith": lambda claim, value: claim.startswith(value),
}


def check(mappings: Json) -> None:
    """Check the RoleMappings of SetIdentityPoolRoles beyond their shape.

    Raises:
        PoolError: ``InvalidParameterException``.
    """
    for provider, mapping in mappings.items():
        if not mapping.get("AmbiguousRoleResolution"):
            invalid(f"The role mapping of {provider} needs an AmbiguousRoleResolution.")
        rules = (mapping.get("RulesConfiguration") or {}).get("Rules") or []
        if mapping["Type"] == "Rules" and not rules:
            invalid(f"The role mapping of {provider} is by rules and needs a RulesConfiguration.")
        if len(rules) > _MOST_RULES:
            invalid(f"The role mapping of {provider} has more than {_MOST_RULES} rules.")


def choose(pool: IdentityPool, logins: Sequence[Login], custom: str | None, *, authenticated: bool) -> str:
    """Answer the ARN of the role to assume.

    Args:
        pool: The identity pool.
        logins: The logins of the request.
        custom: The CustomRoleArn of the request. Where no token chooses the role, it may only name the one that
            would be assumed anyway.
        authenticated: Whether the identity is more than a guest.

    Raises:
        PoolError: ``NotAuthorizedException`` if no role is given to this login;
            ``InvalidIdentityPoolConfigurationException`` if the pool has none for such identities.
    """
    for login in logins:
        mapping = pool.role_mappings.get(login.mapped_as)
        if mapping and mapping["Type"] == "Token":
            return _by_token(pool, login, mapping, custom)
    chosen = _by_rules(pool, logins) or _usual(pool, authenticated=authenticated)
    if custom is not None and custom != chosen:
        _refuse_custom()
    return chosen


def _usual(pool: IdentityPool, *, authenticated: bool) -> str:
    role = pool.roles.get("authenticated" if authenticated else "unauthenticated")
    if role is None:
        sentence = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
        raise PoolError("InvalidIdentityPoolConfigurationException", sentence)
    return role


def _by_token(pool: IdentityPool, login: Login, mapping: Json, custom: str | None) -> str:
    named = login.claims.get("cognito:roles") or []
    roles = [part.strip() for part in named.split(",")] if isinstance(named, str) else list(named)
    if custom is not None:
        if custom not in roles:
            _refuse_custom()
        return custom
    preferred = login.claims.get("cognito:preferred_role")
    if preferred:
        return str(preferred)
    return str(roles[0]) if len(roles) == 1 else _undecided(pool, mapping)


def _by_rules(pool: IdentityPool, logins: Sequence[Login]) -> str | None:
    for login in logins:
        mapping = pool.role_mappings.get(login.mapped_as)
        if mapping:
            rules = mapping["RulesConfiguration"]["Rules"]
            matching = (rule["RoleARN"] for rule in rules if _matches(rule, login.claims))
            return next(matching, None) or _undecided(pool, mapping)
    return None


def _matches(rule: Json, claims: Json) -> bool:
    claim = claims.get(rule["Claim"])
    if claim is None:
        return False
    text = str(claim).lower() if isinstance(claim, bool) else str(claim)
    return _MATCHES[rule["MatchType"]](text, rule["Value"])


def _undecided(pool: IdentityPool, mapping: Json) -> str:
    if mapping["AmbiguousRoleResolution"] == "Deny":
        unauthorized("No role is mapped to this login, and the identity pool denies access then.")
    return _usual(pool, authenticated=True)


def _refuse_custom() -> NoReturn:
    unauthorized("The CustomRoleArn is not among the roles that this login may assume.")
