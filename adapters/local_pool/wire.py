"""The JSON protocol: one way from (target, body) to an answer, for the botocore hook and for HTTP alike."""

import json
import logging
import traceback
import uuid
from collections.abc import Mapping
from email.utils import formatdate
from typing import Final

import attrs

from . import shapes
from .core import Core
from .errors import INTERNAL, PoolError
from .faults import Fault
from .records import Json

CONTENT_TYPE: Final = "application/x-amz-json-1.1"
_SERVICES: Final = {
    "AWSCognitoIdentityProviderService": shapes.USER_POOLS,
    "AWSCognitoIdentityService": shapes.IDENTITY_POOLS,
}
_logger = logging.getLogger(__name__)


@attrs.frozen(kw_only=True)
class Reply:
    """An HTTP answer. The body may hold tokens, so it is kept out of ``repr``."""

    status: int
    headers: Mapping[str, str]
    body: bytes = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Answer:
    """What becomes of a request.

    Attributes:
        reply: The reply, or None if the connection is lost instead.
        delay: Seconds to wait first.
        drop: ``before`` or ``after`` if the connection is lost; None otherwise.
    """

    reply: Reply | None
    delay: float = 0.0
    drop: str | None = None


def answer(core: Core, target: str, body: bytes, *, signed: bool = True) -> Answer:
    """Serve one request as it came over the wire. Never raises.

    Args:
        core: The service.
        target: The header ``X-Amz-Target``.
        body: The request's body.
        signed: Whether it has the header ``Authorization``. No more is checked where AWS demands a signature: any
            credentials will do.
    """
    prefix, _, operation = target.partition(".")
    service = _SERVICES.get(prefix, shapes.USER_POOLS)
    if prefix not in _SERVICES:
        operation = ""
    with core.lock:
        fault = core.faults.take(operation)
        request = _decoded(body)
        if fault is None:
            return Answer(reply=_acted(core, operation, request, service, signed=signed))
        return _struck(core, operation, request, service, fault, signed=signed)


def _struck(core: Core, operation: str, request: object, service: str, fault: Fault, *, signed: bool) -> Answer:
    if fault.drop == "before":
        core.log.add(operation, request, None, core.ctx.clock())
        return Answer(reply=None, delay=fault.delay, drop="before")
    if fault.body is not None:
        core.log.add(operation, request, None, core.ctx.clock())
        reply = Reply(
            status=fault.status or 200, headers=_headers(core), body=fault.body.encode(errors="surrogatepass")
        )
    elif fault.error is not None:
        core.log.add(operation, request, fault.error[0], core.ctx.clock())
        reply = _refused(core, PoolError(*fault.error, status=fault.status))
    else:
        reply = _acted(core, operation, request, service, signed=signed)
    if fault.drop == "after":
        return Answer(reply=None, delay=fault.delay, drop="after")
    return Answer(reply=reply, delay=fault.delay)


def _acted(core: Core, operation: str, request: object, service: str, *, signed: bool) -> Reply:
    error: PoolError | None = None
    result: Json = {}
    try:
        if not signed and shapes.needs_signature(operation, service):
            raise PoolError("MissingAuthenticationTokenException", "Missing Authentication Token")
        if isinstance(request, PoolError):
            raise request
        result = core.run(operation, request, service)
    except PoolError as refusal:
        error = refusal
    except Exception as failure:
        # No exc_info: its frames hold the request, and thus passwords; nor the sentence, which may quote one.
        where = "".join(traceback.format_tb(failure.__traceback__))
        _logger.error("the local pool failed at %s: %s\n%s", operation, type(failure).__name__, where)
        error = PoolError(INTERNAL, "The local pool failed; its log says how.")
    core.log.add(operation, request, error.name if error else None, core.ctx.clock())
    if error is not None:
        return _refused(core, error)
    return Reply(status=200, headers=_headers(core), body=json.dumps(result).encode())


def _decoded(body: bytes) -> object:
    """Answer the request, or the error that it is none."""
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return PoolError("SerializationException", "The body is not a JSON document.")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _refused(core: Core, error: PoolError) -> Reply:
    body = json.dumps({"__type": error.name, "message": error.message}).encode()
    headers = {**_headers(core), "x-amzn-ErrorType": f"{error.name}:"}
    return Reply(status=error.status, headers=headers, body=body)


def _headers(core: Core) -> dict[str, str]:
    return {
        "Content-Type": CONTENT_TYPE,
        "Date": formatdate(core.ctx.clock(), usegmt=True),
        "x-amzn-RequestId": str(uuid.uuid4()),
    }
