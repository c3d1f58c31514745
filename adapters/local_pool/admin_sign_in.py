"""AdminInitiateAuth and AdminRespondToAuthChallenge: a server signs in for its user, with AWS credentials."""

import attrs

from . import sign_in
from .context import Context
from .errors import PoolError
from .records import Json


def initiate(ctx: Context, request: Json) -> Json:
    """AdminInitiateAuth."""
    return sign_in.initiate(_as_admin(ctx, request), request)


def respond(ctx: Context, request: Json) -> Json:
    """AdminRespondToAuthChallenge."""
    return sign_in.respond(_as_admin(ctx, request), request)


def _as_admin(ctx: Context, request: Json) -> Context:
    pool = ctx.pool(request["UserPoolId"])
    if ctx.client(request["ClientId"])[0].id != pool.id:
        sentence = f"User pool client {request['ClientId']} does not exist."
        raise PoolError("ResourceNotFoundException", sentence)
    return attrs.evolve(ctx, call=attrs.evolve(ctx.call, admin=True))
