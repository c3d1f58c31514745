"""What sending a token with a request takes, whichever library sends it: which token, how, and to whom.

Whoever has a bearer token can use it. So it goes to the origins that were named (RFC 6454) and to no other, and always
over TLS (RFC 6750, section 5.3) but within this machine.
"""

import inspect
import threading
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final, Protocol
from urllib.parse import urlsplit

import attrs

from authflow.adapters.tokens.claims import TokenUse
from authflow.adapters.tokens.fetching import is_safe
from authflow.errors import ConfigurationError, ErrorCode, ErrorInfo, InvalidInput, Recovery, exception_from
from authflow.ports import Clock, Tokens
from authflow.secrets import Secret

_PORTS: Final = {"https": 443, "http": 80}
_BETWEEN_FORCED: Final = 30.0  # seconds; the shortest access token lasts five minutes
Origin = tuple[str, str, int]


class HoldsTokens(Protocol):
    """What a blocking flow is here."""

    def get_tokens(self, *, force_refresh: bool = False) -> Tokens:
        """Returns valid tokens."""
        ...


class AwaitsTokens(Protocol):
    """What an asynchronous flow is here."""

    def get_tokens(self, *, force_refresh: bool = False) -> Awaitable[Tokens]:
        """Returns valid tokens, awaited."""
        ...


@attrs.frozen(kw_only=True)
class Bearer:
    """Which token is sent, how, and to whom.

    Args:
        origins: to whom.
        use: the access token or the ID token.
        scheme: the word before the token; None for the bare token.
    """

    origins: frozenset[Origin]
    use: TokenUse
    scheme: str | None

    @classmethod
    def of(cls, origins: str | Collection[str], use: TokenUse | str, scheme: str | None) -> "Bearer":
        """Builds it from what a program writes.

        Raises:
            ConfigurationError: an argument is no such thing.
        """
        named = (origins,) if isinstance(origins, str) else tuple(origins)
        if not named:
            raise _wrong("origins", "are missing", 'name who may get the token: ["https://api.example.com"]')
        if use not in (TokenUse.ACCESS, TokenUse.ID):
            raise _wrong("token_use", "is no use of a token", 'write "access" or "id"')
        if scheme is not None and not (scheme.isascii() and scheme.isalnum()):
            raise _wrong("scheme", "is no authentication scheme", 'write "Bearer", or None for the bare token')
        return cls(origins=frozenset(_origin(one) for one in named), use=TokenUse(use), scheme=scheme)

    def allows(self, scheme: str, host: str, port: int | None) -> bool:
        """Tells whether an origin may get the token."""
        return origin(scheme, host, port) in self.origins

    def demand(self, scheme: str, host: str, port: int | None) -> None:
        """Refuses a request that would take the token elsewhere.

        Raises:
            InvalidInput: it would.
        """
        if not self.allows(scheme, host, port):
            raise InvalidInput.of(
                "url", f"The token is not for {scheme}://{host}; add it to the origins, or send this without the token."
            )

    def header(self, tokens: Tokens) -> Secret[str]:
        """Returns the value of the header Authorization.

        Raises:
            ServiceRefused: the ID token is wanted, and there is none.
        """
        token = tokens.access_token if self.use is TokenUse.ACCESS else tokens.id_token
        if token is None:
            raise exception_from(
                ErrorInfo(
                    code=ErrorCode.ID_TOKEN_NOT_ISSUED,
                    message="There is no ID token to send; Cognito issued none.",
                    recovery=Recovery.SIGN_IN,
                )
            )
        return Secret(token.reveal() if self.scheme is None else f"{self.scheme} {token.reveal()}")


class Forcing:
    """Lets a token that was not accepted be refreshed ahead of its time, but not over and over.

    An API may answer 401 for reasons of its own, which no token cures; each refresh costs a call, and where refresh
    tokens rotate, a refresh token. Refreshes that failed do not count. Thread-safe.

    Args:
        clock: the time, in seconds since the epoch.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: float | None = None
        self._deciding = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Tells whether to refresh now: not if that was done, or begun, within the last half minute."""
        with self._deciding:
            now, before = self._clock(), self._last
            granted = before is None or not 0 <= now - before < _BETWEEN_FORCED
            if granted:
                self._last = now
        try:
            yield granted
        except BaseException:
            if granted:
                self._last = before
            raise


def renewed(flow: HoldsTokens, bearer: Bearer, sent: Secret[str], forcing: Forcing) -> Secret[str] | None:
    """Returns the header to send in place of one that was not accepted; None where another would be no better.

    Refreshes unless somebody else just did.
    """
    current = bearer.header(flow.get_tokens())
    if current == sent:
        with forcing.turn() as mine:  # who has no turn joins a refresh that is under way
            current = bearer.header(flow.get_tokens(force_refresh=mine))
    return None if current == sent else current


async def renewed_awaited(
    get_tokens: Callable[[bool], Awaitable[Tokens]], bearer: Bearer, sent: Secret[str], forcing: Forcing
) -> Secret[str] | None:
    """Does the same with a flow to await.

    Args:
        get_tokens: returns the flow's tokens; it gets whether to refresh them.
        bearer: see `renewed`.
        sent: see `renewed`.
        forcing: see `renewed`.
    """
    current = bearer.header(await get_tokens(False))
    if current == sent:
        with forcing.turn() as mine:
            current = bearer.header(await get_tokens(mine))
    return None if current == sent else current


def is_awaited(flow: object, method: str) -> bool:
    """Tells whether a flow's method is one to await."""
    return inspect.iscoroutinefunction(getattr(flow, method, None))


def origin(scheme: str, host: str, port: int | None) -> Origin:
    """Returns an origin in the one form that compares."""
    return scheme.lower(), host.lower().strip("[]"), port or _PORTS.get(scheme.lower(), 0)


def _origin(text: str) -> Origin:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:  # brackets that do not match, a port that is no number
        host = port = None
        parts = urlsplit("")
    bare = f"{parts.scheme}://{parts.netloc}"
    if (
        host is None
        or not text.isascii()
        or "@" in parts.netloc
        or text.lower() not in (bare, bare.lower(), f"{bare}/")
    ):
        raise _wrong("origins", "hold what is no origin", 'write each like "https://api.example.com", and nothing more')
    if not is_safe(text):
        raise _wrong("origins", "would get the token over the network in the clear", "write them with https://")
    return origin(parts.scheme, host, port)


def _wrong(key: str, problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(source="AuthFlowAuth", key=key, problem=problem, remedy=remedy)
