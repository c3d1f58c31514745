"""What somebody who sets up a user pool wishes for, and which wishes cannot be: refused before anything is made."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import attrs

from authflow.adapters.config_formats import Setting
from authflow.adapters.config_oauth import redirect_uri
from authflow.adapters.provision.social import OWN_USERS, SOCIAL, ProviderApp
from authflow.errors import ConfigurationError, InvalidInput
from authflow.frontend.traits import PasswordPolicy

CONTACTS: Final = ("email", "phone_number")
SIGN_IN_WITH: Final = ("username", *CONTACTS)
# OpenID Connect's standard claims that a user pool may require (developer guide, "Working with user attributes").
ATTRIBUTES: Final = (
    *("address", "birthdate", "email", "family_name", "gender", "given_name", "locale", "middle_name", "name"),
    *("nickname", "phone_number", "picture", "preferred_username", "profile", "website", "zoneinfo"),
)
MFA: Final = ("OFF", "OPTIONAL", "ON")
MFA_METHODS: Final = ("SMS", "TOTP", "EMAIL")
FLOWS: Final = ("srp", "password", "custom", "choice")
FIRST_FACTORS: Final = ("PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN")
SCOPES: Final = ("openid", "email", "phone", "profile", "aws.cognito.signin.user.admin")
# Cognito API reference: the patterns of UserPoolNameType and DomainType; a domain has no reserved word in it.
_PROJECT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
_DOMAIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_RESERVED: Final = ("aws", "amazon", "cognito")
_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)
_SES_ARN: Final = re.compile(r"arn:aws[a-z-]*:ses:[a-z0-9-]+:[0-9]{12}:identity/\S+", re.ASCII)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_OTHERS: Final = (
    f"The providers that can be set up here are {OWN_USERS}, the pool's own users, and {', '.join(SOCIAL)}: add "
    "others, like Apple, in the Cognito console when the pool is there."
)
_STRONG: Final = PasswordPolicy(
    min_length=8, require_lowercase=True, require_uppercase=True, require_numbers=True, require_symbols=True
)


@attrs.frozen(kw_only=True)
class HostedUi:
    """The sign-in pages that Cognito serves.

    Args:
        domain: the prefix of the domain, <prefix>.auth.<region>.amazoncognito.com.
        callback_urls: where users come back to after signing in; the first is the one that the configuration names.
        sign_out_urls: where they come back to after signing out.
        scopes: what the tokens are good for.
        providers: who signs users in: the pool itself ("COGNITO"), "Google", "Facebook", "LoginWithAmazon".
        apps: the apps that are registered with these, one each.
    """

    domain: str
    callback_urls: tuple[str, ...]
    sign_out_urls: tuple[str, ...] = ()
    scopes: tuple[str, ...] = SCOPES
    providers: tuple[str, ...] = (OWN_USERS,)
    apps: tuple[ProviderApp, ...] = ()


@attrs.frozen(kw_only=True)
class Wishes:
    """What is wished for. The defaults are those of an app whose users sign in with a username and a password.

    Args:
        project: the name of all that is made.
        sign_in_with: "username", or what stands in for one: "email", "phone_number" or both.
        required_attributes: what a registration must bring.
        mfa: "OFF", "OPTIONAL" or "ON".
        mfa_methods: "SMS", "TOTP" and "EMAIL"; none where `mfa` is off.
        password_policy: what a password must be.
        verification: how a registration is confirmed: by "code" or by "link".
        secret: whether the app client has a secret. Off, since an app on a user's device or in a browser cannot keep
            one (RFC 6749, section 2.1: public clients); on for servers only.
        flows: how users sign in, the first being what the app begins with: "srp", "password", "custom", "choice".
        first_factors: what "choice" lets them choose from.
        relying_party: the domain that passkeys are for.
        access_minutes: how long access tokens live, 5 to 1440.
        id_minutes: how long ID tokens live, 5 to 1440.
        refresh_days: how long refresh tokens live, 1 to 3650.
        rotation: whether each refresh brings a new refresh token and ends the old one.
        prevent_user_existence_errors: whether strangers are kept from finding out who has an account.
        hosted_ui: the sign-in pages; None for none.
        identity_pool: whether users get AWS credentials.
        guests: whether people who are not signed in get some, too.
        ses_identity: the ARN of a verified Amazon SES identity; e-mail as a second factor is sent from it.
    """

    project: str
    sign_in_with: tuple[str, ...] = ("username",)
    required_attributes: tuple[str, ...] = ("email",)
    mfa: str = "OFF"
    mfa_methods: tuple[str, ...] = ()
    password_policy: PasswordPolicy = _STRONG
    verification: str = "code"
    secret: bool = False
    flows: tuple[str, ...] = ("srp",)
    first_factors: tuple[str, ...] = ("PASSWORD",)
    relying_party: str | None = None
    access_minutes: int = 60
    id_minutes: int = 60
    refresh_days: int = 30
    rotation: bool = False
    prevent_user_existence_errors: bool = True
    hosted_ui: HostedUi | None = None
    identity_pool: bool = True
    guests: bool = False
    ses_identity: str | None = None

    @property
    def username_attributes(self) -> tuple[str, ...]:
        """What stands in for a username."""
        return tuple(name for name in self.sign_in_with if name in CONTACTS)

    @property
    def required(self) -> tuple[str, ...]:
        """What a registration must bring, what stands in for a username where that is one thing included."""
        alone = self.username_attributes if len(self.username_attributes) == 1 else ()
        return tuple(dict.fromkeys((*self.required_attributes, *alone)))

    @property
    def verified(self) -> tuple[str, ...]:
        """What Cognito verifies when somebody registers: a code or a link goes there."""
        if self.username_attributes:
            return self.username_attributes
        return tuple(name for name in CONTACTS if name in self.required_attributes)[:1]

    @property
    def sends_sms(self) -> bool:
        """Whether text messages are sent, for which Cognito needs a role."""
        factors = self.first_factors if "choice" in self.flows else ()
        return "phone_number" in self.verified or "SMS" in self.mfa_methods or "SMS_OTP" in factors

    @property
    def passkeys(self) -> bool:
        """Whether users may sign in with passkeys."""
        return "choice" in self.flows and "WEB_AUTHN" in self.first_factors


def check(wishes: Wishes, *, local: bool = False) -> None:
    """Refuses wishes that cannot be.

    Args:
        wishes: what is wished for.
        local: whether it is for a local pool, which sends nothing and so needs no Amazon SES and no domain for links.

    Raises:
        InvalidInput: names the field, and what to wish for instead.
    """
    for field, sentence in problems(wishes, local=local):
        raise InvalidInput.of(field, sentence)


def problems(wishes: Wishes, *, local: bool = False) -> Iterator[tuple[str, str]]:
    """Yields what cannot be: the field, and a sentence about it."""
    yield from _names(wishes)
    yield from _choices(wishes)
    yield from _second_factors(wishes, local=local)
    yield from _first_factors(wishes)
    yield from _lifetimes(wishes)
    yield from _confirmation(wishes, local=local)
    if wishes.hosted_ui is not None:
        yield from _hosted_ui(wishes.hosted_ui)
        yield from _providers(wishes, wishes.hosted_ui)
    if wishes.guests and not wishes.identity_pool:
        yield "guests", "Guests get their AWS credentials from an identity pool: wish for one, or for no guests."


def _names(wishes: Wishes) -> Iterator[tuple[str, str]]:
    if not _PROJECT.fullmatch(wishes.project):
        yield "project", "A project's name has 1 to 40 letters, digits, - and _, and begins with a letter or a digit."


def _choices(wishes: Wishes) -> Iterator[tuple[str, str]]:
    several: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "sign_in_with": (wishes.sign_in_with, SIGN_IN_WITH),
        "required_attributes": (wishes.required_attributes, ATTRIBUTES),
        "mfa": ((wishes.mfa,), MFA),
        "mfa_methods": (wishes.mfa_methods, MFA_METHODS),
        "verification": ((wishes.verification,), ("code", "link")),
        "flows": (wishes.flows, FLOWS),
        "first_factors": (wishes.first_factors, FIRST_FACTORS),
    }
    for field, (given, possible) in several.items():
        if not set(given) <= set(possible):
            yield field, f"{_plain(field)} is of {', '.join(possible)}."
        elif len(set(given)) < len(given):
            yield field, f"{_plain(field)} names something twice."
    if not wishes.sign_in_with:
        yield "sign_in_with", "People need something to sign in with: username, email or phone_number."
    if "username" in wishes.sign_in_with and len(wishes.sign_in_with) > 1:
        yield "sign_in_with", "People sign in with a username or with what stands in for one: leave one of them out."
    if not wishes.flows:
        yield "flows", f"An app needs a way to sign in: {', '.join(FLOWS)}."


def _second_factors(wishes: Wishes, *, local: bool) -> Iterator[tuple[str, str]]:
    if wishes.mfa != "OFF" and not wishes.mfa_methods:
        yield "mfa_methods", "MFA needs a method: SMS, TOTP or EMAIL."
    if wishes.mfa == "OFF" and wishes.mfa_methods:
        yield "mfa_methods", "MFA is off, and so has no methods: turn it on, or name none."
    email = "EMAIL" in wishes.mfa_methods
    # Developer guide, "SMS and email message MFA": e-mail MFA needs Amazon SES.
    if email and wishes.ses_identity is None and not local:
        yield "ses_identity", "E-mail as a second factor goes through Amazon SES: give the ARN of a verified identity."
    if wishes.ses_identity is not None and not _SES_ARN.fullmatch(wishes.ses_identity):
        yield "ses_identity", "The SES identity is an ARN like arn:aws:ses:eu-west-1:123456789012:identity/example.com."


def _first_factors(wishes: Wishes) -> Iterator[tuple[str, str]]:
    choice, factors = "choice" in wishes.flows, set(wishes.first_factors)
    if not choice and factors - {"PASSWORD"}:
        yield "first_factors", "Only the flow choice lets people choose: add it to the flows, or leave the factors out."
    # API reference, SignInPolicyType: PASSWORD is always among them.
    if choice and "PASSWORD" not in factors:
        yield "first_factors", "Cognito has no pools without passwords: add PASSWORD to the first factors."
    if choice and wishes.mfa == "ON" and factors - {"PASSWORD"}:
        yield "first_factors", "Required MFA excludes codes and passkeys as first factors: make MFA optional."
    if wishes.passkeys and wishes.relying_party is None:
        yield "relying_party", "Passkeys are for one domain, for good: give it as the relying party."
    if wishes.relying_party is not None and not _HOST.fullmatch(wishes.relying_party):
        yield "relying_party", 'The relying party is a domain like "app.example.com", without scheme and path.'


def _lifetimes(wishes: Wishes) -> Iterator[tuple[str, str]]:
    # CreateUserPoolClient: access and ID tokens live five minutes to a day, refresh tokens an hour to ten years.
    for field, least, most in (("access_minutes", 5, 1440), ("id_minutes", 5, 1440), ("refresh_days", 1, 3650)):
        if not least <= getattr(wishes, field) <= most:
            yield field, f"{_plain(field)} is a number from {least} to {most}."
    if not 6 <= wishes.password_policy.min_length <= 99:
        yield "password_policy", "The least length of a password is a number from 6 to 99."


def _confirmation(wishes: Wishes, *, local: bool) -> Iterator[tuple[str, str]]:
    if not wishes.verified:
        yield "required_attributes", "A registration is confirmed through an address or a number: require one of them."
    if wishes.verification == "link" and "email" not in wishes.verified:
        yield "verification", "Links go by e-mail: verify addresses, or confirm by code."
    # Developer guide, "Verifying contact information at sign-up": the link leads to the pool's domain.
    if wishes.verification == "link" and wishes.hosted_ui is None and not local:
        yield "verification", "The link leads to the pool's own domain: wish for sign-in pages, or confirm by code."


def _hosted_ui(hosted: HostedUi) -> Iterator[tuple[str, str]]:
    if not _DOMAIN.fullmatch(hosted.domain):
        yield "domain", "A domain prefix has 1 to 63 small letters, digits and -, and no - at its ends."
    # Developer guide, "Configuring a user pool domain": these words are reserved.
    if any(word in hosted.domain for word in _RESERVED):
        yield "domain", f"A domain prefix must not contain {', '.join(_RESERVED)}."
    if not hosted.callback_urls:
        yield "callback_urls", "The sign-in pages need an address to send people back to: give a callback URL."
    for field, urls in (("callback_urls", hosted.callback_urls), ("sign_out_urls", hosted.sign_out_urls)):
        for problem in filter(None, map(redirect_problem, urls)):
            yield field, f"{_plain(field)}: an address {problem}."
    # Developer guide, "Scopes, M2M, and resource servers": the others need openid.
    if "openid" not in hosted.scopes:
        yield "scopes", "Without the scope openid there is no ID token: add it."
    if unknown := set(hosted.scopes) - set(SCOPES):
        yield "scopes", f"Scopes are {', '.join(SCOPES)}; {len(unknown)} of those given need a resource server first."


def _providers(wishes: Wishes, hosted: HostedUi) -> Iterator[tuple[str, str]]:
    social = [name for name in hosted.providers if name != OWN_USERS]
    if not hosted.providers:
        yield "providers", f"Somebody has to sign people in: {OWN_USERS}, {', '.join(SOCIAL)}."
    if not set(social) <= set(SOCIAL):
        yield "providers", _OTHERS
    elif sorted(social) != sorted(app.provider for app in hosted.apps):
        yield "providers", "Each provider needs one app that is registered with it: give its id and its secret."
    for app in hosted.apps:
        if not app.client_id and app.provider in SOCIAL:
            yield f"{SOCIAL[app.provider].short}_id", f"Register an app with {app.provider}, and give its id."
    for name in social:
        silent = set(wishes.required) - set(SOCIAL[name].tells) if name in SOCIAL else set()
        if silent:
            yield "providers", f"{name} does not tell {', '.join(sorted(silent))}, which a registration must bring."


def redirect_problem(url: str) -> str | None:
    """Returns what Cognito does not take about a redirect URI, as the end of a sentence; None when it takes it.

    Source: CreateUserPoolClient, CallbackURLs: absolute, no fragment, https except for http://localhost; schemes of
    apps (myapp://) are taken. RFC 8252, section 7.3: loopback addresses.
    """
    try:
        redirect_uri(Setting("", "it", url))
    except ConfigurationError as error:
        return error.message.partition(" it ")[2].removesuffix(".")
    # Flows take the neighbours in a network of containers, too.
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        return "is sent in the clear; write https:// (http://localhost alone may do without)"
    return None


def _plain(field: str) -> str:
    words = {"mfa": "MFA", "mfa_methods": "An MFA method", "sign_in_with": "What people sign in with"}
    return words.get(field, field.replace("_", " ").capitalize())
