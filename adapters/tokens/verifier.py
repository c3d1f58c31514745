"""Checks tokens of a user pool, for back ends.

The order: well-formed, signed, RS256; of this pool, which spares a fetch for tokens of others; a key that the pool
publishes, the signature; and then what it says (`authflow.adapters.tokens.checks`). Nothing is believed before the
signature is checked: what is looked at earlier can only refuse.

Tokens that were revoked stay valid here until they expire: that is in the nature of a check without a call (Cognito's
developer guide, "Ending user sessions with token revocation").
"""

import time
from collections.abc import Collection, Mapping
from typing import Final

from authflow.adapters.config import PoolConfig, load_config
from authflow.adapters.tokens.checks import Belonging, Rules, first_failure, foreign
from authflow.adapters.tokens.claims import Claims, TokenUse, claims_of
from authflow.adapters.tokens.fetching import Fetch, fetch, is_safe
from authflow.adapters.tokens.keys import FetchedKeys, GivenKeys, Keys, public_keys
from authflow.adapters.tokens.reading import Reading, read_token, signature_refused
from authflow.adapters.tokens.refusals import RefusalReason, TokenRefused
from authflow.errors import ConfigurationError
from authflow.ports import Clock
from authflow.secrets import Secret, seal

Text = str | Secret[str]

# RFC 7519, section 4.1.4: "usually no more than a few minutes". One is what Spring Security allows, too: clocks that
# are kept differ by less, and the shortest access token lasts five. What has expired is taken for that minute longer.
LEEWAY: Final = 60.0
_MOST_LEEWAY: Final = 300.0
_WELL_KNOWN: Final = "/.well-known/jwks.json"

_shared: Final[dict[str, FetchedKeys]] = {}  # by address: what verifiers without a fetch of their own have in common


class TokenVerifier:
    """Checks tokens of one user pool. Make one and keep it: it keeps the pool's keys. Thread-safe.

    Args:
        config: the user pool and an app client, instead of `user_pool_id` and beside `client_ids`.
        user_pool_id: the user pool.
        client_ids: the app clients whose tokens are accepted.
        token_use: "access" or "id".
        issuer: who must have issued the tokens, for emulators that name themselves; by default both forms that Cognito
            has for the pool. Keys are at `<issuer>/.well-known/`, unless there is an `endpoint_url`.
        endpoint_url: where Cognito is, for emulators and proxies; keys are at `<endpoint_url>/<pool id>/.well-known/`.
        leeway: how far the clocks may differ, in seconds, at most 300.
        audience: the API's own identifier, or several, to one of which an access token must be bound: its `aud`, by
            resource binding. By default tokens are taken that are bound to no API, and no others.
        required_scopes: scopes that an access token must have, all of them.
        required_groups: groups that the user must be in, all of them.
        max_age: how long ago the sign-in may be, in seconds.
        jwks: the pool's keys as a JWK Set; nothing is fetched then.
        fetch: returns what is served at a URL, instead of urllib3.
        clock: the time, in seconds since the epoch.

    Raises:
        ConfigurationError: something is missing or contradicts itself.
    """

    def __init__(
        self,
        config: PoolConfig | None = None,
        *,
        user_pool_id: str | None = None,
        client_ids: str | Collection[str] = (),
        token_use: TokenUse | str = TokenUse.ACCESS,
        issuer: str | None = None,
        endpoint_url: str | None = None,
        leeway: float = LEEWAY,
        audience: str | Collection[str] | None = None,
        required_scopes: str | Collection[str] = (),
        required_groups: str | Collection[str] = (),
        max_age: float | None = None,
        jwks: Mapping[str, object] | None = None,
        fetch: Fetch | None = None,
        clock: Clock = time.time,
    ) -> None:
        pools = _pools(config, user_pool_id, _several(client_ids), endpoint_url)
        self._clock = clock
        self._rules = Rules(
            token_use=_use(token_use),
            client_ids=frozenset(pool.client_id for pool in pools),
            leeway=_seconds("leeway", leeway, _MOST_LEEWAY),
            audience=_audience(audience),
            scopes=frozenset(_several(required_scopes)),
            groups=frozenset(_several(required_groups)),
            max_age=None if max_age is None else _seconds("max_age", max_age, float("inf")),
        )
        if self._rules.scopes and self._rules.token_use is TokenUse.ID:
            raise _wrong("required_scopes", "are given for ID tokens, which have none", "check access tokens")
        if self._rules.audience and self._rules.token_use is TokenUse.ID:
            raise _wrong("audience", "is given for ID tokens, which are for app clients", "check access tokens")
        self._keys = _keys(pools[0], _issuers(pools[0], issuer), jwks, fetch, clock)

    def verify(self, token: Text | None, *, nonce: Text | None = None, access_token: Text | None = None) -> Claims:
        """Checks a token and returns what it says.

        Args:
            token: the token alone, without "Bearer"; None, where a request had none, is refused as malformed.
            nonce: of an ID token: the nonce of the sign-in that was begun.
            access_token: of an ID token: the access token that came with it, for `at_hash` where it has one.

        Raises:
            TokenRefused: why is in its `reason`.
            KeysUnavailable: the pool's keys cannot be had, which says nothing about the token.
        """
        sealed, given, other = _sealed(token), _sealed(nonce), _sealed(access_token)
        token = nonce = access_token = None
        return self._verified(sealed, self._rules, Belonging(nonce=given, access_token=other))

    def verify_as(self, use: TokenUse, token: Secret[str], belonging: Belonging) -> Claims:
        """Checks a token that the caller holds by the same rules, for the use that is named.

        It may be bound to any API, unless the verifier names one: whoever holds a token is not whom it is for.

        Raises:
            TokenRefused: why is in its `reason`.
            KeysUnavailable: the pool's keys cannot be had, which says nothing about the token.
        """
        return self._verified(token, self._rules.of(use), belonging)

    def load_keys(self) -> None:
        """Fetches the pool's keys now rather than for the first token; where they are here, does nothing.

        Raises:
            KeysUnavailable: they cannot be had.
        """
        next(iter(self._keys.values())).load()

    def _verified(self, token: Secret[str] | None, rules: Rules, belonging: Belonging) -> Claims:
        reading = read_token(token)
        if isinstance(reading, RefusalReason):
            raise TokenRefused(reading)
        claims = self._signed(reading)
        refused = first_failure(claims, rules, self._clock()) or foreign(claims, belonging)
        if refused is not None:
            raise TokenRefused(refused)
        return claims

    def _signed(self, reading: Reading) -> Claims:
        issuer = reading.payload.get("iss")
        keys = self._keys.get(issuer) if isinstance(issuer, str) else None
        if keys is None or not isinstance(issuer, str):
            raise TokenRefused(RefusalReason.WRONG_ISSUER)
        key = keys.find(reading.key_id) if reading.key_id is not None else None
        if key is None:
            raise TokenRefused(RefusalReason.UNKNOWN_KEY)
        found = signature_refused(reading, key) or claims_of(reading.payload, issuer)
        if isinstance(found, RefusalReason):
            raise TokenRefused(found)
        return found


def verify_token(
    token: Text | None,
    *,
    user_pool_id: str,
    client_id: str | Collection[str],
    token_use: TokenUse | str = TokenUse.ACCESS,
    issuer: str | None = None,
    endpoint_url: str | None = None,
    leeway: float = LEEWAY,
    audience: str | Collection[str] | None = None,
    required_scopes: str | Collection[str] = (),
    required_groups: str | Collection[str] = (),
    jwks: Mapping[str, object] | None = None,
    clock: Clock = time.time,
) -> Claims:
    """Checks one token and returns what it says; the pool's keys are kept for the next. See `TokenVerifier`.

    Args:
        token: the token alone, without "Bearer".
        user_pool_id: the user pool.
        client_id: the app client, or several, whose tokens are accepted.
        token_use: "access" or "id".
        issuer: who must have issued it, for emulators that name themselves.
        endpoint_url: where Cognito is, for emulators and proxies.
        leeway: how far the clocks may differ, in seconds.
        audience: the API's own identifier, or several, to one of which an access token must be bound.
        required_scopes: scopes that an access token must have, all of them.
        required_groups: groups that the user must be in, all of them.
        jwks: the pool's keys as a JWK Set; nothing is fetched then.
        clock: the time, in seconds since the epoch.

    Raises:
        TokenRefused: why is in its `reason`.
        KeysUnavailable: the pool's keys cannot be had, which says nothing about the token.
        ConfigurationError: an argument is no such thing.
    """
    sealed = _sealed(token)
    token = None
    verifier = TokenVerifier(
        user_pool_id=user_pool_id,
        client_ids=client_id,
        token_use=token_use,
        issuer=issuer,
        endpoint_url=endpoint_url,
        leeway=leeway,
        audience=audience,
        required_scopes=required_scopes,
        required_groups=required_groups,
        jwks=jwks,
        clock=clock,
    )
    return verifier.verify(sealed)


def _sealed(given: Text | None) -> Secret[str] | None:
    sealed = seal(given)
    return sealed if isinstance(sealed, Secret) else None


def _pools(
    config: PoolConfig | None, user_pool_id: str | None, client_ids: tuple[str, ...], endpoint: str | None
) -> list[PoolConfig]:
    if config is not None and user_pool_id not in (None, config.user_pool_id):
        raise _wrong("user_pool_id", "contradicts the configuration", "leave one of the two out")
    known = (config.client_id,) if config is not None else ()
    pool_id = config.user_pool_id if config is not None else user_pool_id
    place = endpoint if endpoint is not None or config is None else config.endpoint
    clients = (*known, *client_ids) or (None,)  # which is refused, by name
    return [load_config(user_pool_id=pool_id, client_id=client, endpoint=place) for client in clients]


def _issuers(pool: PoolConfig, issuer: str | None) -> tuple[str, ...]:
    if issuer is not None:
        return (issuer,)
    # Cognito API reference, IssuerConfigurationType: ORIGINAL and UPDATED; a pool that changes has tokens of both.
    region = pool.user_pool_id.partition("_")[0]
    hosts = (f"cognito-idp.{region}.amazonaws.com", f"issuer-cognito-idp.{region}.amazonaws.com")
    return tuple(f"https://{host}/{pool.user_pool_id}" for host in hosts)


def _keys(
    pool: PoolConfig, issuers: tuple[str, ...], jwks: Mapping[str, object] | None, own: Fetch | None, clock: Clock
) -> Mapping[str, Keys]:
    if jwks is not None:
        given = public_keys(jwks)
        if not given:
            raise _wrong("jwks", "holds no usable key", 'hand in the pool\'s JWK Set, {"keys": [...]}')
        return dict.fromkeys(issuers, GivenKeys(given))
    places = {one: f"{pool.endpoint.rstrip('/')}/{pool.user_pool_id}" if pool.endpoint else one for one in issuers}
    if not pool.endpoint and not all(is_safe(one) for one in issuers):
        raise _wrong(
            "issuer", "would have keys come over the network in the clear", "name an endpoint_url, or the jwks"
        )
    made = _shared if own is None and clock is time.time else {}
    urls = {one: place + _WELL_KNOWN for one, place in places.items()}
    for url in urls.values():
        made.setdefault(url, FetchedKeys(url, fetch=own or fetch, clock=clock))
    return {one: made[url] for one, url in urls.items()}


def _several(given: str | Collection[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _audience(given: str | Collection[str] | None) -> frozenset[str]:
    if given is None:
        return frozenset()
    named = frozenset(_several(given))
    if not named or not all(isinstance(one, str) and one for one in named):
        raise _wrong(
            "audience", "names nobody", 'write the API\'s identifier, "https://api.example.com", or leave it out'
        )
    return named


def _use(given: TokenUse | str) -> TokenUse:
    if given not in (TokenUse.ACCESS, TokenUse.ID):
        raise _wrong("token_use", "is no use of a token", 'write "access" or "id"')
    return TokenUse(given)


def _seconds(name: str, given: float, most: float) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= most:
        raise _wrong(name, "is no such number of seconds", f"write a number from 0 to {most:g}")
    return float(given)


def _wrong(key: str, problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(source="token verifier", key=key, problem=problem, remedy=remedy)
