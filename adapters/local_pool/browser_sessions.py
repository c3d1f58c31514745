"""The cookie of a domain: which browser this is, and who is signed in there."""

import hmac
from typing import Final

import attrs

from . import hosted_pages
from .oauth_records import BrowserSession
from .oauth_requests import Refused, Visit

COOKIE: Final = "cognito"
LIFETIME: Final = 3600  # seconds: the session cookie of managed login is good for an hour


def current(visit: Visit) -> BrowserSession | None:
    """Answer the session of the visiting browser, if it has one that is still good."""
    found = visit.ctx.store.get(BrowserSession, visit.request.cookie(COOKIE))
    if found is None or found.pool_id != visit.domain.pool_id or visit.ctx.clock() >= found.expires_at:
        return None
    return found


def begun(visit: Visit) -> BrowserSession:
    """Answer the session of the visiting browser, a new one if need be."""
    return current(visit) or _new(visit)


def _new(visit: Visit) -> BrowserSession:
    ctx = visit.ctx
    for old in ctx.store.all(BrowserSession):
        if ctx.clock() >= old.expires_at:
            ctx.store.delete(old)
    session = BrowserSession(
        token=ctx.random.token(32),
        csrf=ctx.random.token(16),
        pool_id=visit.domain.pool_id,
        expires_at=ctx.clock() + LIFETIME,
    )
    ctx.store.put(session)
    return session


def signed_in(visit: Visit, username: str, provider: str) -> BrowserSession:
    """Answer a new session for a browser in which somebody has signed in; that of before ends."""
    ended(visit)
    session = attrs.evolve(_new(visit), username=username, provider=provider, auth_time=int(visit.ctx.clock()))
    visit.ctx.store.put(session)
    return session


def ended(visit: Visit) -> None:
    """End the session of the visiting browser."""
    found = visit.ctx.store.get(BrowserSession, visit.request.cookie(COOKIE))
    if found is not None:
        visit.ctx.store.delete(found)


def proved(visit: Visit) -> BrowserSession:
    """Answer the session of a browser that sends a form which it was given.

    Raises:
        Refused: The form is none of this browser's, or too old.
    """
    found = current(visit)
    if found is None or not hmac.compare_digest(found.csrf.encode(), visit.request.form.get("_csrf", "").encode()):
        sentence = "This form is too old, or was not made for this browser. Go back to the app and start again."
        raise Refused("invalid_csrf", hosted_pages.error(403, "Invalid form", sentence))
    return found


def cookie(visit: Visit, session: BrowserSession) -> str:
    """Answer the header that gives the browser its session."""
    return f"{COOKIE}={session.token}; Max-Age={LIFETIME}; {_attributes(visit)}"


def no_cookie(visit: Visit) -> str:
    """Answer the header that takes the cookie away."""
    return f"{COOKIE}=; Max-Age=0; {_attributes(visit)}"


def _attributes(visit: Visit) -> str:
    secure = "; Secure" if visit.request.secure else ""
    return f"Path={visit.request.mount}/; HttpOnly; SameSite=Lax{secure}"
