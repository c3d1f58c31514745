"""The userInfo and logout endpoints of a domain."""

from typing import Final

from . import authorize, browser_sessions, federation_names, oauth_scopes, schema, tokens
from .errors import PoolError
from .oauth_requests import Refused, Visit, json_reply, redirect
from .wire import Reply

_BAD_REQUEST: Final = "Bad OAuth2 request at UserInfo Endpoint"
_BAD_TOKEN: Final = "Access token is expired, disabled, or deleted, or the user has globally signed out."  # noqa: S105
_NO_OPENID: Final = "Access token does not contain openid scope"


def user_info(visit: Visit) -> Reply:
    """GET or POST /oauth2/userInfo: the attributes that the token's scopes show. Truth values are texts there."""
    token = visit.request.bearer
    if not token:
        raise _refused(400, "invalid_request", _BAD_REQUEST)
    try:
        pool, user, grant = tokens.granted(visit.ctx, token, oauth_scopes.OPENID)
    except PoolError as refusal:
        scope = refusal.message == tokens.NO_SCOPE
        raise _refused(401, "invalid_token", _NO_OPENID if scope else _BAD_TOKEN) from refusal
    if pool.id != visit.domain.pool_id:
        raise _refused(401, "invalid_token", _BAD_TOKEN)
    readable = schema.readable(visit.ctx.client(grant.client_id)[1], user.attributes)
    shown = oauth_scopes.shown(grant.scopes.split(), readable)
    if federation_names.IDENTITIES in user.attributes:
        shown[federation_names.IDENTITIES] = user.attributes[federation_names.IDENTITIES]
    return json_reply(200, {"sub": user.sub, **shown, "username": user.username})


def _refused(status: int, error: str, description: str) -> Refused:
    """Answer the exception for an error, which stands in a header too, as in RFC 6750, section 3."""
    headers = {"WWW-Authenticate": f'Bearer error="{error}", error_description="{description}"'}
    return Refused(error, json_reply(status, {"error": error, "error_description": description}, headers))


def logout(visit: Visit) -> Reply:
    """GET /logout: end the browser's session, then go to a sign-out URL of the app, or to the sign-in page.

    With ``logout_uri`` and ``client_id`` the former, with ``redirect_uri`` and what else the login endpoint takes the
    latter (developer guide, "Logout endpoint"). The app's tokens stay.
    """
    given = visit.request.parameters
    _, client = authorize.client_of(visit, given.get("client_id", ""))
    if "logout_uri" in given:
        if given["logout_uri"] not in (client.settings.get("LogoutURLs") or ()) or visit.request.repeats:
            authorize.page_refusal(
                "invalid_request", "The logout_uri is none of the app client's LogoutURLs: they match exactly."
            )
        target = given["logout_uri"]
    elif "redirect_uri" in given:
        target = visit.path("login", authorize.checked(visit).query)
    else:
        authorize.page_refusal(
            "invalid_request",
            "The request must have a logout_uri, or a redirect_uri with what the login endpoint takes.",
        )
    browser_sessions.ended(visit)
    return redirect(target, cookie=browser_sessions.no_cookie(visit))
