"""The pool inside a botocore client: a before-send hook answers, and nothing touches the network."""

import io
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from .core import Core
from .shapes import IDENTITY_POOLS, USER_POOLS
from .wire import Reply, answer

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse
    from botocore.client import BaseClient

EVENT: Final = "before-send.{}"  # of the client's service, as botocore writes its id in events


def event(client: "BaseClient") -> str:
    """Answer the event of a client that its requests are answered at.

    Raises:
        ValueError: It is the client of another service.
    """
    model = client.meta.service_model
    if model.service_name not in (USER_POOLS, IDENTITY_POOLS):
        raise ValueError(f"a client of {USER_POOLS} or {IDENTITY_POOLS} can be answered, not one of another service")
    return EVENT.format(model.service_id.hyphenize())


class _Raw(io.BytesIO):
    """A body as botocore reads it from urllib3."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


class Hook:
    """Answers a client's requests in process, and fails as the network would when a fault asks for it.

    Args:
        core: The service.
        read_timeout: The client's own read timeout in seconds.
    """

    def __init__(self, core: Core, read_timeout: float) -> None:
        self._core = core
        self._read_timeout = read_timeout

    def __call__(self, request: "AWSPreparedRequest", **_: object) -> "AWSResponse":
        """Serve a prepared request.

        Raises:
            EndpointConnectionError: A fault lost the connection before anything happened.
            ConnectionClosedError: A fault lost it after the pool had acted.
            ReadTimeoutError: A fault's delay is longer than the client waits; it is not slept through.
        """
        from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

        url = str(request.url)
        target, signed = _text(request.headers.get("X-Amz-Target")), "Authorization" in request.headers
        served = answer(self._core, target, _bytes(request.body), signed=signed)
        if served.delay >= self._read_timeout:
            raise ReadTimeoutError(endpoint_url=url)
        time.sleep(served.delay)
        if served.drop == "before":
            raise EndpointConnectionError(endpoint_url=url, error="connection lost before sending")
        if served.reply is None:
            raise ConnectionClosedError(endpoint_url=url)
        return _response(url, served.reply)


def _response(url: str, reply: Reply) -> "AWSResponse":
    from botocore.awsrequest import AWSResponse, HeadersDict

    headers = HeadersDict(dict(reply.headers))
    return AWSResponse(url, reply.status, headers, _Raw(reply.body))  # type: ignore[arg-type]  # what botocore reads


def _text(header: object) -> str:
    return header.decode("latin-1") if isinstance(header, bytes) else str(header or "")


def _bytes(body: object) -> bytes:
    return body if isinstance(body, bytes) else str(body or "").encode()
