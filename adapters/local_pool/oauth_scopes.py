"""The scopes of OAuth 2.0 and OpenID Connect: which there are, and what each shows of a user."""

from collections.abc import Iterable, Mapping
from typing import Final

ADMIN: Final = "aws.cognito.signin.user.admin"  # without it, a token cannot call the user pools API
OPENID: Final = "openid"
# Developer guide, "The user attributes endpoint".
_SHOWN: Final[Mapping[str, frozenset[str]]] = {
    "email": frozenset({"email", "email_verified"}),
    "phone": frozenset({"phone_number", "phone_number_verified"}),
    "profile": frozenset(
        [
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ]
    ),
}
SCOPES: Final = frozenset({*_SHOWN, OPENID, ADMIN})
NEED_OPENID: Final = frozenset(_SHOWN)


def shown(scopes: Iterable[str], attributes: Mapping[str, str]) -> dict[str, str]:
    """Answer the attributes that scopes show: all of them with ``openid`` alone, as Cognito documents.

    Args:
        scopes: The granted scopes.
        attributes: What the app client may read of the user.
    """
    narrowing = [_SHOWN[scope] for scope in scopes if scope in _SHOWN]
    if not narrowing:
        return dict(attributes)
    names = frozenset().union(*narrowing)
    custom = "profile" in scopes
    return {k: v for k, v in attributes.items() if k in names or (custom and k.startswith("custom:"))}
