"""The page on which a domain plays an external identity provider, since there is no network to reach one."""

from collections.abc import Mapping
from typing import Final

from . import authorize, browser_sessions, federation, identity_providers
from .authorize import Wanted
from .errors import PoolError
from .hosted_pages import Button, Field, Form, page
from .hosted_sign_in import DENIED, DENIED_BECAUSE
from .oauth_records import IdentityProvider
from .oauth_requests import Visit, redirect
from .wire import Reply

# Cognito passes on, as they are, the errors of external identity providers, as Amplify's clients know. What they say of
# a user who cancels: Apple in "Incorporating Sign in with Apple into other platforms", Facebook in "Manually build a
# login flow", Amazon in "Authorization code grant".
_CANCELLED: Final[Mapping[str, tuple[str, str]]] = {
    "SignInWithApple": ("user_cancelled_authorize", ""),
    "Facebook": (DENIED, "Permissions error"),
    "LoginWithAmazon": (DENIED, "Access not permitted."),
}
_BUTTONS: Final = (
    Button(name="action", value="continue", label="Continue", first=True),
    Button(name="action", value="cancel", label="Cancel", free=True),
    Button(name="action", value="fail", label="Let it fail", free=True),
)
_SUBJECT: Final = "1234567890"
_STANDARD: Final = ("email", "name", "given_name", "family_name")


def shown(visit: Visit) -> Reply:
    """GET /provider: ask who the user is there."""
    wanted = authorize.checked(visit)
    if wanted.provider is None:
        return redirect(visit.path("login", wanted.query))
    return _page(visit, wanted, wanted.provider)


def _page(visit: Visit, wanted: Wanted, provider: IdentityProvider, alert: str = "") -> Reply:
    session = browser_sessions.begun(visit)
    claims = dict.fromkeys((*_STANDARD, *provider.mapping.values()))
    claims.pop(identity_providers.subject_claim(provider), None)
    name = identity_providers.shown_name(provider)
    fields = [Field(name="subject", label=f"Your id at {name}", value=_SUBJECT)]
    fields += [
        Field(name=f"claim.{claim}", label=claim, value=_hint(wanted, claim), required=False) for claim in claims
    ]
    form = Form(
        action=visit.path("provider", wanted.query), hidden={"_csrf": session.csrf}, fields=fields, buttons=_BUTTONS
    )
    sentence = f"The local user pool plays {name}: say who you are there, and what it tells of you."
    title, cookie = f"This is not {name}", browser_sessions.cookie(visit, session)
    return page(title, form, sentence=sentence, alert=alert, cookie=cookie, target=wanted.target)


def _hint(wanted: Wanted, claim: str) -> str:
    return (wanted.login_hint or f"{_SUBJECT}@example.com") if claim == "email" else ""


def submitted(visit: Visit) -> Reply:
    """POST /provider: go back to the app as the user, or with what went wrong."""
    wanted = authorize.checked(visit)
    browser_sessions.proved(visit)
    provider, form = wanted.provider, visit.request.form
    if provider is None:
        return redirect(visit.path("login", wanted.query))
    if form.get("action") == "cancel":
        authorize.refuse(wanted, *_CANCELLED.get(provider.type, (DENIED, DENIED_BECAUSE)))
    if form.get("action") == "fail":  # developer guide, "Authorize endpoint", of error responses of providers
        authorize.refuse(wanted, "invalid_request", f"{provider.name} Error - 500 error getting token")
    claims = {name.removeprefix("claim."): value for name, value in form.items() if name.startswith("claim.") and value}
    try:
        user = federation.signed_in(
            visit.ctx, wanted.pool, wanted.client, provider, form.get("subject", "").strip(), claims
        )
    except PoolError as refusal:
        authorize.refuse(wanted, "invalid_request", refusal.message.strip())
    session = browser_sessions.signed_in(visit, user.username, provider.name)
    return authorize.answered(visit, wanted, session, browser_sessions.cookie(visit, session))
