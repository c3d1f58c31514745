"""What must be true of a token whose signature is right, in the order in which it is asked.

Sources: Amazon Cognito's developer guide, "Verifying JSON web tokens" and "Resource binding" (RFC 8707); RFC 7519,
section 4.1; RFC 8725, sections 3.8, 3.9 and 3.12; OpenID Connect Core 1.0, sections 3.1.3.6 (`at_hash`) and 3.1.3.7
(`nonce`, `auth_time`).
"""

import base64
import hashlib

import attrs

from authflow.adapters.tokens.claims import Claims, TokenUse
from authflow.adapters.tokens.refusals import RefusalReason
from authflow.secrets import Secret


@attrs.frozen(kw_only=True)
class Rules:
    """What a verifier demands of every token.

    Args:
        token_use: what it must be for.
        client_ids: the app clients one of which it must be issued to.
        leeway: how far the clocks may differ, in seconds.
        audience: the API's own identifiers, one of which an access token must be bound to; empty where it has none.
        held: whether whoever asks holds the token, rather than is sent it: then it may be for any API.
        scopes: the scopes that it must have, all of them.
        groups: the groups that its user must be in, all of them.
        max_age: how long ago the sign-in may be, in seconds; None for any time.
    """

    token_use: TokenUse
    client_ids: frozenset[str]
    leeway: float
    audience: frozenset[str] = frozenset()
    held: bool = False
    scopes: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    max_age: float | None = None

    def of(self, use: TokenUse) -> "Rules":
        """Returns the same rules for tokens of another use, of whoever holds them; only access tokens have scopes."""
        scopes = self.scopes if use is TokenUse.ACCESS else frozenset()
        return attrs.evolve(self, token_use=use, held=True, scopes=scopes)


@attrs.frozen(kw_only=True)
class Belonging:
    """What an ID token must belong to.

    Args:
        nonce: the nonce of the sign-in that was begun; None where it is not known.
        access_token: the access token that came with it; None where it is not at hand.
    """

    nonce: Secret[str] | None = None
    access_token: Secret[str] | None = None


def first_failure(claims: Claims, rules: Rules, now: float) -> RefusalReason | None:
    """Returns why a token is refused, the plainest reason first; None if it is not."""
    checks = (
        (RefusalReason.WRONG_USE, claims.token_use is not rules.token_use),
        (RefusalReason.WRONG_CLIENT, claims.client_id not in rules.client_ids),
        (RefusalReason.WRONG_AUDIENCE, _is_for_another(claims, rules)),
        # RFC 7519, section 4.1.4: not accepted on or after this time.
        (RefusalReason.EXPIRED, now >= claims.expires_at + rules.leeway),
        (RefusalReason.NOT_YET_VALID, _begins(claims) > now + rules.leeway),
        (RefusalReason.TOO_OLD, _is_too_old(claims, rules, now)),
        (RefusalReason.MISSING_SCOPE, not rules.scopes <= claims.scopes),
        (RefusalReason.MISSING_GROUP, not rules.groups <= claims.groups),
    )
    return next((reason for reason, fails in checks if fails), None)


def foreign(claims: Claims, belonging: Belonging) -> RefusalReason | None:
    """Returns why a token does not belong to what it must belong to; None if it does."""
    if belonging.nonce is not None and claims.claims.get("nonce") != belonging.nonce.reveal():
        return RefusalReason.WRONG_NONCE
    told = claims.claims.get("at_hash")  # only the token endpoint's ID tokens have one
    if belonging.access_token is not None and told is not None and told != _at_hash(belonging.access_token):
        return RefusalReason.WRONG_ACCESS_TOKEN
    return None


def _is_for_another(claims: Claims, rules: Rules) -> bool:
    """Tells access tokens that are bound to another API.

    RFC 7519, section 4.1.3: whoever does not find himself in `aud`, where there is one, must refuse the token. Cognito
    writes one if an API was asked for (resource binding), or if a trigger adds the app client's id, which is no API and
    the one other value that it lets through ("Pre token generation Lambda trigger").
    """
    if claims.token_use is TokenUse.ID:  # whose audience is the app client
        return False
    if rules.audience:
        return not claims.audience & rules.audience
    return not rules.held and bool(claims.audience) and not claims.audience & rules.client_ids


def _begins(claims: Claims) -> float:
    return max(claims.issued_at or 0.0, claims.not_before or 0.0)


def _is_too_old(claims: Claims, rules: Rules, now: float) -> bool:
    if rules.max_age is None:
        return False
    return claims.auth_time is None or now > claims.auth_time + rules.max_age + rules.leeway


def _at_hash(access_token: Secret[str]) -> str:
    # The left half of the hash that the algorithm signs: SHA-256 for RS256.
    half = hashlib.sha256(access_token.reveal().encode("utf-8", "surrogatepass")).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()
