"""The endpoints of the domains, whichever way a request comes: in process, or over HTTP."""

import logging
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

import attrs

from . import controls, domains, hosted_pages, hosted_sign_in, provider_page, token_endpoint, user_info
from .context import Context
from .core import Core
from .faults import Fault
from .oauth_records import Domain
from .oauth_requests import HttpRequest, Refused, Visit, json_refusal
from .wire import Answer, Reply

_HANDLERS: Final[Mapping[tuple[str, str], Callable[[Visit], Reply]]] = {
    ("GET", "oauth2/authorize"): hosted_sign_in.authorized,
    ("GET", "login"): hosted_sign_in.shown,
    ("POST", "login"): hosted_sign_in.submitted,
    ("GET", "provider"): provider_page.shown,
    ("POST", "provider"): provider_page.submitted,
    ("POST", "oauth2/token"): token_endpoint.token,
    ("POST", "oauth2/revoke"): token_endpoint.revoke,
    ("GET", "oauth2/userInfo"): user_info.user_info,
    ("POST", "oauth2/userInfo"): user_info.user_info,
    ("GET", "logout"): user_info.logout,
}
_FOR_APPS: Final = frozenset({"oauth2/token", "oauth2/revoke", "oauth2/userInfo"})  # they answer JSON, the rest pages
_logger = logging.getLogger(__name__)


@attrs.frozen(kw_only=True)
class _Place:
    domain: Domain
    mount: str
    endpoint: str


def answer(core: Core, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
    """Serve a request for an endpoint of a domain.

    Args:
        core: The service.
        method: ``GET`` or ``POST``.
        url: The URL, or its path and query.
        headers: The request's headers.
        body: The request's body.

    Returns:
        What becomes of it, or None if the URL is none of a domain's endpoints.
    """
    parts = urlsplit(url)
    with core.lock:
        place = _located(core.ctx, parts.hostname or "", parts.path)
        if place is None:
            return None
        request = HttpRequest(
            method=method,
            endpoint=place.endpoint,
            mount=place.mount,
            secure=parts.scheme == "https",
            query=parts.query,
            headers={name.lower(): value for name, value in headers.items()},
            body=body,
        )
        fault = core.faults.take(place.endpoint)
        if fault is None:
            return Answer(reply=_acted(core, place.domain, request))
        return _struck(core, place.domain, request, fault)


def request(
    core: Core, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float
) -> tuple[int, Mapping[str, str], bytes]:
    """Answer a request in process; `LocalPool.http` tells what the arguments mean."""
    served = answer(core, method, url, headers, body)
    if served is None:
        served = _public(core, method, urlsplit(url).path)
    if served.delay >= timeout:
        raise TimeoutError(f"no answer within {timeout} seconds")
    time.sleep(served.delay)
    if served.reply is None:
        raise ConnectionError("the connection was lost")
    return served.reply.status, served.reply.headers, served.reply.body


def _public(core: Core, method: str, path: str) -> Answer:
    if method != "GET" or controls.WELL_KNOWN not in path:
        raise LookupError("the URL is none of a domain's endpoints")
    return Answer(reply=controls.get(core, path, test_controls=False))


def _located(ctx: Context, host: str, path: str) -> _Place | None:
    """Answer where a request leads: the host names the domain, as at AWS, or the first part of the path does."""
    for domain in ctx.store.all(Domain):
        if host == domains.host(ctx, domain.prefix):
            return _place(domain, "", path.removeprefix("/"))
    prefix, _, endpoint = path.removeprefix("/").partition("/")
    found = domains.find(ctx, prefix)
    return None if found is None else _place(found, f"/{prefix}", endpoint)


def _place(domain: Domain, mount: str, endpoint: str) -> _Place | None:
    return _Place(domain=domain, mount=mount, endpoint=endpoint) if endpoint in domains.ENDPOINTS else None


def _struck(core: Core, domain: Domain, request: HttpRequest, fault: Fault) -> Answer:
    if fault.drop == "before":
        _note(core, request, None)
        return Answer(reply=None, delay=fault.delay, drop="before")
    if fault.body is not None:
        _note(core, request, None)
        kind = "application/json" if request.endpoint in _FOR_APPS else "text/html; charset=utf-8"
        body = fault.body.encode(errors="surrogatepass")
        reply = Reply(status=fault.status or 200, headers={"Content-Type": kind}, body=body)
    elif fault.error is not None:
        _note(core, request, fault.error[0])
        reply = _error(request, *fault.error, fault.status or 400)
    else:
        reply = _acted(core, domain, request)
    if fault.drop == "after":
        return Answer(reply=None, delay=fault.delay, drop="after")
    return Answer(reply=reply, delay=fault.delay)


def _error(request: HttpRequest, error: str, description: str, status: int) -> Reply:
    if request.endpoint in _FOR_APPS:
        return json_refusal(error, status, description).reply
    return hosted_pages.error(status, error, description)


def _acted(core: Core, domain: Domain, request: HttpRequest) -> Reply:
    handler = _HANDLERS.get((request.method, request.endpoint))
    if handler is None:
        _note(core, request, "method_not_allowed")
        return _error(request, "method_not_allowed", "The endpoint does not take this method.", 405)
    error: str | None = None
    try:
        error, reply = core.transact(lambda ctx: _served(handler, Visit(ctx=ctx, domain=domain, request=request)))
    except Exception as failure:
        # No exc_info: its frames hold the request, and thus passwords; nor the sentence, which may quote one.
        where = "".join(traceback.format_tb(failure.__traceback__))
        _logger.error("the local pool failed at %s: %s\n%s", request.endpoint, type(failure).__name__, where)
        error, reply = "server_error", _error(request, "server_error", "The local pool failed; its log says how.", 500)
    _note(core, request, error)
    return reply


def _served(handler: Callable[[Visit], Reply], visit: Visit) -> tuple[str | None, Reply]:
    """Answer the reply and the error that it is. A refusal keeps what it has counted or spent."""
    try:
        return None, handler(visit)
    except Refused as refusal:
        return refusal.error, refusal.reply


def _note(core: Core, request: HttpRequest, error: str | None) -> None:
    core.log.add(request.endpoint, {**request.parameters, **request.form}, error, core.ctx.clock())
