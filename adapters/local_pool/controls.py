"""What the HTTP server answers beside the protocol: keys, health and, on request, the test controls."""

import json
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from . import domains, identity_tokens, third_party
from .core import Core
from .faults import Fault
from .records import Json, Pool
from .tokens import issuer
from .wire import Reply

_FURTHEST: Final = 10 * 365 * 86_400  # past it dates of tokens could no longer be written
WELL_KNOWN: Final = "/.well-known/"


def get(core: Core, path: str, *, test_controls: bool) -> Reply:
    """Answer GET: ``/health``, a pool's keys and configuration, and with test controls outbox and clock."""
    if path == "/health":
        return _ok({"status": "ok"})
    with core.lock:
        if test_controls and path == "/outbox":
            return _ok([attrs.asdict(message, filter=_told) for message in core.ctx.outbox.messages])
        if test_controls and path == "/clock":
            return _ok({"now": core.ctx.clock()})
        if path == identity_tokens.KEYS_PATH:
            return _ok(core.transact(identity_tokens.jwks))
        if WELL_KNOWN in path:
            pool_id, _, document = path.lstrip("/").partition(WELL_KNOWN)
            return _well_known(core, pool_id, document)
    return _not_found()


def _told(_attribute: "attrs.Attribute[object]", value: object) -> bool:
    return value is not None  # few messages have a link


def _well_known(core: Core, pool_id: str, document: str) -> Reply:
    pool = core.ctx.store.get(Pool, pool_id)
    if pool is None:
        return _not_found()
    if document == "jwks.json":
        answer = core.ctx.keys.jwks(pool_id)
        core.ctx.store.commit()  # the key may just have been made
        return _ok(answer)
    if document == "openid-configuration":
        iss = issuer(pool)
        return _ok(
            {
                "issuer": iss,
                "jwks_uri": f"{iss}/.well-known/jwks.json",
                "id_token_signing_alg_values_supported": ["RS256"],
                "subject_types_supported": ["public"],
                **_endpoints(core, pool),
            }
        )
    return _not_found()


def _endpoints(core: Core, pool: Pool) -> Json:
    """Answer where the endpoints of the pool's domain are; nothing for a pool without one."""
    domain = domains.of_pool(core.ctx, pool.id)
    if domain is None:
        return {}
    base = domains.base_url(core.ctx, domain.prefix)
    return {
        "authorization_endpoint": f"{base}/oauth2/authorize",
        "token_endpoint": f"{base}/oauth2/token",
        "userinfo_endpoint": f"{base}/oauth2/userInfo",
        "revocation_endpoint": f"{base}/oauth2/revoke",
        "end_session_endpoint": f"{base}/logout",
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }


def post(core: Core, path: str, body: bytes, *, test_controls: bool) -> Reply:
    """Answer POST to the test controls: ``/clock``, ``/faults`` and ``/third-party-tokens``."""
    if not test_controls or path not in _POSTED:
        return _not_found()
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        return refusal(400, "The body is not a JSON document.")
    if not isinstance(values, dict):
        return refusal(400, "The body must be a JSON object.")
    with core.lock:
        return _POSTED[path](core, values)


def _clock(core: Core, values: Json) -> Reply:
    seconds = values.get("advance_seconds")
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if set(values) != {"advance_seconds"} or not number:
        return refusal(400, "The clock takes advance_seconds, a number.")
    if values["advance_seconds"] > _FURTHEST:
        return refusal(400, f"The clock moves by at most {_FURTHEST} seconds at a time.")
    try:
        core.ctx.clock.advance(float(values["advance_seconds"]))
    except (ValueError, OverflowError) as error:
        return refusal(400, f"{error}.")
    return _ok({"now": core.ctx.clock()})


def _faults(core: Core, values: Json) -> Reply:
    try:
        core.faults.add(Fault.from_json(values))
    except ValueError as error:
        return refusal(400, f"{error}.")
    return _ok({})


def _third_party(core: Core, values: Json) -> Reply:
    lifetime, names = values.get("lifetime", 3600), (values.get("provider"), values.get("subject"))
    number = isinstance(lifetime, int | float) and not isinstance(lifetime, bool)
    if set(values) - {"provider", "subject", "lifetime"} or not number or not all(isinstance(n, str) for n in names):
        return refusal(400, "A third party's token takes provider and subject, texts, and lifetime, a number.")
    provider, subject = str(names[0]), str(names[1])
    try:
        return _ok(core.transact(lambda ctx: {"token": third_party.issue(ctx, provider, subject, float(lifetime), {})}))
    except (ValueError, OverflowError) as error:
        return refusal(400, f"{error}.")


_POSTED: Final[Mapping[str, Callable[[Core, Json], Reply]]] = {
    "/clock": _clock,
    "/faults": _faults,
    "/third-party-tokens": _third_party,
}


def refusal(status: int, sentence: str) -> Reply:
    """Answer an error as a JSON object with a sentence."""
    return _json(status, {"message": sentence})


def _ok(document: object) -> Reply:
    return _json(200, document)


def _not_found() -> Reply:
    return refusal(404, "There is nothing here.")


def _json(status: int, document: object) -> Reply:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Reply(status=status, headers=headers, body=json.dumps(document).encode())
