"""The authorize and login endpoints of a domain: who is signed in goes straight back, anybody else signs in first."""

from typing import Final

import attrs

from . import authorize, browser_sessions, hosted_challenges, identity_providers, password_steps, triggers, users
from .authorize import Wanted
from .context import Call, Context
from .errors import PoolError, unauthorized
from .hosted_pages import Button, Field, Form, error, page
from .identity_providers import LOCAL
from .oauth_records import BrowserSession, IdentityProvider
from .oauth_requests import Refused, Visit, redirect
from .records import Json
from .tokens import HOSTED
from .wire import Reply

DENIED: Final = "access_denied"
# RFC 6749, section 4.1.2.1, of access_denied.
DENIED_BECAUSE: Final = "The resource owner or authorization server denied the request."
_CANCEL: Final = Button(name="action", value="cancel", label="Cancel", free=True)


def authorized(visit: Visit) -> Reply:
    """GET /oauth2/authorize: straight back to the app, or on to where the user signs in."""
    wanted = authorize.checked(visit)
    session = _usable(visit, wanted)
    if session is not None:
        return authorize.answered(visit, wanted, session)
    if "none" in wanted.prompt:
        authorize.refuse(wanted, "login_required")
    return redirect(visit.path("login" if wanted.provider is None else "provider", wanted.query))


def _usable(visit: Visit, wanted: Wanted) -> BrowserSession | None:
    """Answer the session that spares a sign-in, which ``prompt=login`` never does."""
    session = browser_sessions.current(visit)
    if session is None or not session.username or "login" in wanted.prompt:
        return None
    user = users.find(visit.ctx, wanted.pool, session.username)
    if user is None or not user.enabled:
        return None
    asked = wanted.provider.name if wanted.provider else LOCAL if wanted.local else session.provider
    possible = [provider.name for provider in authorize.enabled(visit, wanted.pool, wanted.client)]
    possible += [LOCAL] if authorize.takes_passwords(wanted.client) else []
    return session if session.provider == asked and asked in possible else None


def shown(visit: Visit) -> Reply:
    """GET /login: the page on which the user signs in."""
    wanted = authorize.checked(visit)
    session = _usable(visit, wanted)
    if session is not None:
        return authorize.answered(visit, wanted, session)
    if "none" in wanted.prompt:
        authorize.refuse(wanted, "login_required")
    return _page(visit, wanted)


def _page(visit: Visit, wanted: Wanted, alert: str = "", username: str = "") -> Reply:
    session = browser_sessions.begun(visit)
    forms = []
    if authorize.takes_passwords(wanted.client):
        forms.append(_password_form(visit, wanted, session, username or wanted.login_hint))
    providers = [] if wanted.local else authorize.enabled(visit, wanted.pool, wanted.client)
    if providers:
        buttons = [_button(provider) for provider in providers]
        again = {k: v for k, v in visit.request.parameters.items() if k not in ("identity_provider", "idp_identifier")}
        forms.append(Form(action=visit.path("oauth2/authorize"), method="get", hidden=again, buttons=buttons))
    if not forms:
        sentence = "No identity provider is enabled for the app client: SupportedIdentityProviders is empty."
        return error(400, "Login pages unavailable", sentence)
    cookie = browser_sessions.cookie(visit, session)
    return page("Sign in", *forms, alert=alert, cookie=cookie, target=wanted.target)


def _button(provider: IdentityProvider) -> Button:
    label = f"Continue with {identity_providers.shown_name(provider)}"
    return Button(name="identity_provider", value=provider.name, label=label)


def _password_form(visit: Visit, wanted: Wanted, session: BrowserSession, username: str) -> Form:
    return Form(
        action=visit.path("login", wanted.query),
        hidden={"_csrf": session.csrf},
        fields=(
            Field(name="username", label="Username", value=username, complete="username"),
            Field(name="password", label="Password", kind="password", complete="current-password"),
        ),
        buttons=(Button(name="action", value="sign_in", label="Sign in", first=True), _CANCEL),
    )


def submitted(visit: Visit) -> Reply:
    """POST /login: check a password, or the answer to the challenge after it."""
    wanted = authorize.checked(visit)
    session = browser_sessions.proved(visit)
    form = visit.request.form
    if form.get("action") == "cancel":
        authorize.refuse(wanted, DENIED, DENIED_BECAUSE)
    if not authorize.takes_passwords(wanted.client):
        return _page(visit, wanted, "The app client does not let users sign in with a password here.")
    try:
        answer = _answer(visit, wanted, form)
    except PoolError as refusal:
        raise Refused(refusal.name, _again(visit, wanted, session, refusal.message)) from refusal
    if HOSTED in answer:
        started = browser_sessions.signed_in(visit, answer[HOSTED], LOCAL)
        return authorize.answered(visit, wanted, started, browser_sessions.cookie(visit, started))
    return _challenge(visit, wanted, session, answer)


def _again(visit: Visit, wanted: Wanted, session: BrowserSession, alert: str) -> Reply:
    """Answer the page that was filled in wrong once more; the first one if a challenge is spent."""
    form = visit.request.form
    asked = hosted_challenges.again(visit.ctx, form.get("session", ""))
    if asked is None:
        return _page(visit, wanted, alert, form.get("username", ""))
    return _challenge(visit, wanted, session, asked, alert)


def _answer(visit: Visit, wanted: Wanted, form: dict[str, str]) -> Json:
    ctx = attrs.evolve(visit.ctx, call=Call(hosted=True))
    if form.get("session"):
        return hosted_challenges.answered(ctx, wanted.pool, wanted.client, form)
    return _password_checked(ctx, wanted, form.get("username", ""), form.get("password", ""))


def _password_checked(ctx: Context, wanted: Wanted, username: str, password: str) -> Json:
    """Check a password as USER_PASSWORD_AUTH does, which the app client need not allow for that."""
    pool, client = wanted.pool, wanted.client
    if not username or not password:
        unauthorized("Enter your username and your password.")
    user = users.client_user(ctx, pool, client, username, "User does not exist.")
    triggers.pre_authentication(ctx.triggers_of(pool), pool, client, user, username, {})
    return password_steps.start_password(ctx, pool, client, user, {"PASSWORD": password})


def _challenge(visit: Visit, wanted: Wanted, session: BrowserSession, asked: Json, alert: str = "") -> Reply:
    """Answer the page of a challenge; one that has none is named on the sign-in page."""
    asking = hosted_challenges.asking(asked)
    if asking is None:
        sentence = f"The local pool's pages do not model the challenge {asked['ChallengeName']}."
        return _page(visit, wanted, sentence)
    form = Form(
        action=visit.path("login", wanted.query),
        hidden={"_csrf": session.csrf, "session": asked["Session"]},
        fields=asking.fields,
        buttons=(*asking.buttons, _CANCEL),
    )
    cookie = browser_sessions.cookie(visit, session)
    return page(asking.title, form, sentence=asking.sentence, alert=alert, cookie=cookie, target=wanted.target)
