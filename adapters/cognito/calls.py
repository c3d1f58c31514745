"""Calls to Cognito: the one client, our own retries, and errors without what the SDK's carry with them.

- boto3 is imported, and the client made, at the first call. Making clients is not thread-safe in botocore, so one
  thread makes it; using it is thread-safe (boto3 guide, "Clients": "Multithreading or multiprocessing with clients").
- The SDK's retries are off: it would send a lost RespondToAuthChallenge again, which spends the Session twice.
- The answer to a repetition may be that there is nothing left to do; then an earlier attempt did it (`Done`).
- A request that never left is repeated whatever it is. One whose answer was lost, or that Cognito failed at or
  throttled, is repeated only if its effect says that doing it twice does no more than doing it once.
- An SDK exception ends here: its traceback, context and message may hold a password. What is raised instead is made
  from an `ErrorInfo`, after the `except` block is left.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, Generic, TypeVar

import attrs

from authflow.adapters.cognito.answers import malformed
from authflow.adapters.cognito.clients import accept_nonsense, refuse_nonsense
from authflow.adapters.cognito.errors import error_from_exception
from authflow.adapters.cognito.quiet import withheld
from authflow.adapters.cognito.wire_settings import ONCE, repeats, wrong
from authflow.effects import Effect
from authflow.errors import ErrorCode, ErrorInfo, Recovery, exception_from

Answer = Mapping[str, object]
Client = TypeVar("Client")
Done = Callable[[ErrorInfo], bool]  # whether a refusal says that what was asked for is done already

_FIRST_PAUSE: Final = 0.2  # seconds
_LONGEST_PAUSE: Final = 5.0
_TRANSIENT: Final = frozenset({ErrorCode.OUTCOME_UNKNOWN, ErrorCode.TOO_MANY_REQUESTS, ErrorCode.INTERNAL_ERROR})
# After these it is certain that nothing was done.
_NOT_ACTED: Final = frozenset({ErrorCode.NOT_SENT, ErrorCode.TOO_MANY_REQUESTS})
# What a request tells that is no secret; the rest is scrubbed from the messages of errors.
_PUBLIC: Final = frozenset(
    {
        *("AuthFlow", "CHALLENGE_NAME", "ChallengeName", "ClientId", "ClientMetadata"),
        *("Name", "USERNAME", "Username", "ValidationData"),
    }
)
_SHORTEST_SECRET: Final = 4  # a shorter text would blank out half of any message


@attrs.frozen
class _Failure:
    error: ErrorInfo
    transient: bool


class Calls(Generic[Client]):
    """Makes calls with one client.

    Args:
        client_factory: makes the client, or hands out the caller's own.
        owned: whether the client is ours to close.
        random_bytes: spreads the pauses between repetitions.
        retries: how often a call is repeated at most.
        sleep: pauses, for a number of seconds.
    """

    def __init__(
        self,
        *,
        client_factory: Callable[[], Client],
        owned: bool = True,
        random_bytes: Callable[[int], bytes],
        retries: int,
        sleep: Callable[[float], None],
    ) -> None:
        self._make = client_factory
        self._owned = owned
        self._random_bytes = random_bytes
        self._retries = retries
        self._sleep = sleep
        self._client: Client | None = None
        self._making = threading.Lock()

    def make(
        self,
        effect: Effect,
        request: Mapping[str, object],
        send: Callable[[Client], Answer],
        done: Done | None = None,
    ) -> Answer:
        """Makes the call of `effect`, more than once if that is safe.

        Args:
            effect: says whether the call may be repeated when its answer is lost.
            request: what is sent; its texts are kept out of errors.
            send: makes the call with a client.
            done: tells the refusals that mean success once an earlier attempt may have been acted upon.

        Returns:
            Cognito's answer; an empty one where an earlier attempt's was lost.

        Raises:
            AuthFlowError: the call did not succeed; without context, cause or anything of the SDK's.
        """
        secrets = frozenset(_secret_texts(request))
        attempt, acted = 0, False
        while True:
            result = self._once(send, secrets)
            if not isinstance(result, _Failure):
                return result
            if acted and done is not None and done(result.error):
                return {}
            if attempt >= self._retries or not _may_repeat(effect, result):
                break
            self._sleep(self._pause(attempt))
            attempt += 1
            acted = acted or result.error.code not in _NOT_ACTED
        raise exception_from(result.error)

    def client(self) -> Client:
        """Returns the client, which is made if need be.

        Raises:
            AuthFlowError: it cannot be made.
        """
        client = self._made()
        if isinstance(client, _Failure):
            raise exception_from(client.error)
        return client

    def close(self) -> None:
        """Closes the client's connections, or leaves the caller's own as it was. A later call would make another."""
        with self._making:
            client, self._client = self._client, None
            if client is not None:
                accept_nonsense(client)
        close = getattr(client, "close", None)
        if self._owned and close is not None:
            close()

    def _once(self, send: Callable[[Client], Answer], secrets: Collection[str]) -> Answer | _Failure:
        client = self._made()
        if isinstance(client, _Failure):
            return client
        try:
            with withheld():
                answer: object = send(client)
            if not isinstance(answer, Mapping):
                raise malformed("the answer")
            return answer
        except Exception as foreign:  # as above; its frames and message may hold secrets
            return _failure(foreign, secrets)

    def _made(self) -> Client | _Failure:
        try:
            return self._shared_client()
        except Exception as foreign:  # whatever the SDK raises, only plain data goes on
            return _unmade(foreign)

    def _shared_client(self) -> Client:
        client = self._client
        if client is None:
            with self._making:
                client = self._client
                if client is None:
                    client = self._make()
                    if repeats(client):
                        raise wrong("client_factory", "makes a client that repeats requests by itself", ONCE)
                    refuse_nonsense(client)
                    self._client = client
        return client

    def _pause(self, attempt: int) -> float:
        """Exponential, with "full jitter" (AWS Architecture Blog, "Exponential Backoff And Jitter")."""
        share = int.from_bytes(self._random_bytes(2), "big") / 65_536
        return share * min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**attempt)


def _may_repeat(effect: Effect, failure: _Failure) -> bool:
    error = failure.error
    if error.code is ErrorCode.NOT_SENT:
        return error.retryable  # a request that the SDK refuses, it would refuse again
    return type(effect).repeatable and failure.transient


def _failure(foreign: Exception, secrets: Collection[str]) -> _Failure:
    error = error_from_exception(foreign, secrets=secrets)
    status = _status(getattr(foreign, "response", None))
    # Emulators answer operations that they do not know with a 5xx; knowing them takes more than time.
    known = error.code is not ErrorCode.UNSUPPORTED_OPERATION
    return _Failure(error, transient=error.code in _TRANSIENT or (status >= 500 and known))


def _unmade(foreign: Exception) -> _Failure:
    error = error_from_exception(foreign)
    if error.code not in (ErrorCode.OUTCOME_UNKNOWN, ErrorCode.UNKNOWN):
        return _Failure(error, transient=False)
    kind = type(foreign).__name__
    unmade = ErrorInfo(
        code=ErrorCode.NOT_SENT,
        message=f"The AWS SDK's client could not be made ({kind}); nothing was sent.",
        name=kind,
        recovery=Recovery.FIX_CONFIGURATION,
    )
    return _Failure(unmade, transient=False)


def _status(response: object) -> int:
    metadata = response.get("ResponseMetadata") if isinstance(response, Mapping) else None
    status = metadata.get("HTTPStatusCode") if isinstance(metadata, Mapping) else None
    return status if isinstance(status, int) else 0


def _secret_texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        if len(value) >= _SHORTEST_SECRET:
            yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _PUBLIC:
                yield from _secret_texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _secret_texts(inner)
