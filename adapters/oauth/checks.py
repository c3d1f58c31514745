"""Checks the tokens that a sign-in at the hosted UI brought. What checks them is imported at the first sign-in."""

import threading
from typing import TYPE_CHECKING, Final, Protocol

from authflow.adapters.cognito import answers
from authflow.adapters.config import PoolConfig
from authflow.adapters.oauth.http import Http
from authflow.adapters.oauth.redirects import same_secret
from authflow.ports import Clock, Tokens

if TYPE_CHECKING:
    from authflow.adapters.tokens.verifier import TokenVerifier

_LEEWAY: Final = 60.0  # seconds that the clocks may differ by, as in `TokenVerifier`


class TokenChecks(Protocol):
    """Checks tokens."""

    def prepare(self) -> None:
        """Gets what the check needs from elsewhere, so that nothing is spent for tokens that cannot be checked.

        Raises:
            AuthFlowError: it cannot be had.
        """

    def check(self, tokens: Tokens, nonce: str | None) -> None:
        """Checks tokens that were just issued.

        Args:
            tokens: the tokens.
            nonce: what the ID token must bring; None where there is none to be.

        Raises:
            AuthFlowError: they fail; says why.
        """


class PoolChecks:
    """Checks a user pool's tokens: signature, issuer, app client, use, time, nonce, and that they belong together.

    Args:
        config: the pool and the app client.
        http: fetches the pool's keys.
        clock: the time, in seconds since the epoch.
        verifier: checks them, where the provider has one for all tokens; by default one is made.
    """

    def __init__(self, config: PoolConfig, http: Http, clock: Clock, verifier: "TokenVerifier | None" = None) -> None:
        self._config = config
        self._http = http
        self._clock = clock
        self._verifier = verifier
        self._making = threading.Lock()

    def prepare(self) -> None:
        """Fetches the pool's keys, if none are known yet; see `TokenChecks`."""
        self._shared().load_keys()

    def check(self, tokens: Tokens, nonce: str | None) -> None:
        """Checks tokens; see `TokenChecks`."""
        from authflow.adapters.tokens.signed_in import check_tokens

        check_tokens(tokens, self._shared(), nonce=nonce)

    def _shared(self) -> "TokenVerifier":
        from authflow.adapters.tokens.fetching import fetch_over
        from authflow.adapters.tokens.verifier import TokenVerifier

        with self._making:
            if self._verifier is None:
                fetch = fetch_over(self._http.request)
                self._verifier = TokenVerifier(self._config, fetch=fetch, clock=self._clock)
            return self._verifier


class OwnServerChecks:
    """Checks the tokens of a server of one's own, whose keys nobody has named.

    The ID token came from the token endpoint itself, so that TLS vouches for who issued it, and the signature need not
    be checked (OpenID Connect Core, section 3.1.3.7, item 6). What belongs to this sign-in and this app client must.

    Args:
        client_id: the app client.
        clock: the time, in seconds since the epoch.
    """

    def __init__(self, client_id: str, clock: Clock) -> None:
        self._client_id = client_id
        self._clock = clock

    def prepare(self) -> None:
        """Does nothing: nothing is needed."""

    def check(self, tokens: Tokens, nonce: str | None) -> None:
        """Checks tokens; see `TokenChecks`."""
        from authflow.adapters.tokens.refusals import RefusalReason, TokenRefused

        if tokens.id_token is None:
            return
        claims = answers.claims_of(tokens.id_token)
        audience, expires, given = claims.get("aud"), claims.get("exp"), claims.get("nonce")
        if audience != self._client_id and audience != [self._client_id]:
            raise TokenRefused(RefusalReason.WRONG_CLIENT)
        if not isinstance(expires, int | float) or not self._clock() < expires + _LEEWAY:
            raise TokenRefused(RefusalReason.EXPIRED)
        if nonce is not None and not (isinstance(given, str) and same_secret(given, nonce)):
            raise TokenRefused(RefusalReason.WRONG_NONCE)
