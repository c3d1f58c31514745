"""What is to be made for some wishes, in order: pure data, which is printed, made a template of, or carried out.

A step's request is that of the AWS operation behind it. What an earlier step will have made stands in it as `Made`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Final

import attrs

from authflow.adapters.provision import requests
from authflow.adapters.provision.wishes import Wishes

Request = Mapping[str, object]


class Kind(StrEnum):
    """What a step makes."""

    SMS_ROLE = "sms_role"
    USER_POOL = "user_pool"
    SECOND_FACTORS = "second_factors"
    GOOGLE = "google"
    FACEBOOK = "facebook"
    LOGIN_WITH_AMAZON = "login_with_amazon"
    APP_CLIENT = "app_client"
    DOMAIN = "domain"
    IDENTITY_POOL = "identity_pool"
    USERS_ROLE = "users_role"
    GUESTS_ROLE = "guests_role"
    ROLES = "roles"


# The identity providers' own names.
PROVIDERS: Final[Mapping[Kind, str]] = {
    Kind.GOOGLE: "Google",
    Kind.FACEBOOK: "Facebook",
    Kind.LOGIN_WITH_AMAZON: "LoginWithAmazon",
}


@attrs.frozen(kw_only=True)
class Step:
    """One thing to make.

    Args:
        kind: what it is.
        name: what it is called, and found again by.
        says: what is made, in a plain sentence.
        request: the parameters of the operation that makes it.
    """

    kind: Kind
    name: str
    says: str
    request: Request


def plan(wishes: Wishes) -> tuple[Step, ...]:
    """Returns the steps in order: each needs only what stands before it."""
    return tuple(_steps(wishes))


def _steps(wishes: Wishes) -> Iterator[Step]:
    if wishes.sends_sms:
        yield _step(Kind.SMS_ROLE, wishes, requests.sms_role)
    yield _step(Kind.USER_POOL, wishes, requests.user_pool)
    # CreateUserPool knows text messages alone: the other second factors and passkeys have an operation of their own.
    if wishes.mfa != "OFF" or wishes.passkeys:
        yield _step(Kind.SECOND_FACTORS, wishes, requests.second_factors)
    for kind, name in PROVIDERS.items():  # an app client can name only those that are there
        if wishes.hosted_ui is not None and name in wishes.hosted_ui.providers:
            yield _step(kind, wishes, partial(requests.identity_provider, name=name))
    yield _step(Kind.APP_CLIENT, wishes, requests.app_client)
    if wishes.hosted_ui is not None:
        yield _step(Kind.DOMAIN, wishes, requests.domain)
    if wishes.identity_pool:
        yield _step(Kind.IDENTITY_POOL, wishes, requests.identity_pool)
        yield _step(Kind.USERS_ROLE, wishes, requests.users_role)
        yield _step(Kind.GUESTS_ROLE, wishes, requests.guests_role)
        yield _step(Kind.ROLES, wishes, requests.roles)


def _step(kind: Kind, wishes: Wishes, request: Callable[[Wishes], Request]) -> Step:
    return Step(kind=kind, name=_NAMES[kind](wishes), says=_SAYS[kind](wishes), request=request(wishes))


def _provider_name(name: str, wishes: Wishes) -> str:
    return name


_NAMES: Final[Mapping[Kind, Callable[[Wishes], str]]] = {
    Kind.SMS_ROLE: lambda wishes: requests.role_name(wishes, "sms"),
    Kind.USER_POOL: lambda wishes: wishes.project,
    Kind.SECOND_FACTORS: lambda wishes: wishes.project,
    **{kind: partial(_provider_name, name) for kind, name in PROVIDERS.items()},
    Kind.APP_CLIENT: lambda wishes: wishes.project,
    Kind.DOMAIN: lambda wishes: wishes.hosted_ui.domain if wishes.hosted_ui else "",
    Kind.IDENTITY_POOL: lambda wishes: wishes.project,
    Kind.USERS_ROLE: lambda wishes: requests.role_name(wishes, "authenticated"),
    Kind.GUESTS_ROLE: lambda wishes: requests.role_name(wishes, "unauthenticated"),
    Kind.ROLES: lambda wishes: wishes.project,
}


def _says_user_pool(wishes: Wishes) -> str:
    policy = wishes.password_policy
    rules = [
        word
        for rule, word in (
            (policy.require_lowercase, "a small letter"),
            (policy.require_uppercase, "a capital letter"),
            (policy.require_numbers, "a digit"),
            (policy.require_symbols, "a symbol"),
        )
        if rule
    ]
    are = "is" if len(wishes.verified) == 1 else "are"
    with_rules = f", with {listed(rules)}" if rules else ""
    return (
        f"Make a user pool: people sign in with {listed(_contacts(wishes.sign_in_with), 'or')} and a password of at "
        f"least {policy.min_length} characters{with_rules}; a registration must bring "
        f"{listed(_contacts(wishes.required)) or 'nothing'}, and {listed(_contacts(wishes.verified))} {are} verified "
        f"by a {wishes.verification}."
    )


def _says_second_factors(wishes: Wishes) -> str:
    words = {"SMS": "a text message", "TOTP": "an authenticator app", "EMAIL": "an e-mail"}
    demanded = {"OPTIONAL": "Offer", "ON": "Demand"}.get(wishes.mfa)
    methods = listed([words[method] for method in wishes.mfa_methods], "or")
    sentences = [f"{demanded} a second factor from {methods}."] if demanded else []
    if wishes.passkeys:
        sentences.append(f"Take passkeys of {wishes.relying_party}.")
    return " ".join(sentences)


def _says_app_client(wishes: Wishes) -> str:
    words = {
        "srp": "with a password that never leaves the device (SRP)",
        "password": "with a password that is sent to Cognito",
        "custom": "by questions of your own Lambda functions",
        "choice": f"by choice of {listed(list(wishes.first_factors), 'or')}",
    }
    secret = "with a secret" if wishes.secret else "without a secret"
    hidden = "does not tell" if wishes.prevent_user_existence_errors else "tells"
    rotated = ", each good for one refresh" if wishes.rotation else ""
    return (
        f"Make an app client {secret}: people sign in {listed([words[flow] for flow in wishes.flows], 'or')}; access "
        f"tokens live {wishes.access_minutes} minutes, ID tokens {wishes.id_minutes} minutes, refresh tokens "
        f"{wishes.refresh_days} days{rotated}; Cognito {hidden} strangers who has an account."
    )


def _says_provider(name: str, wishes: Wishes) -> str:
    domain = wishes.hosted_ui.domain if wishes.hosted_ui is not None else ""
    return (
        f"Let people sign in with {name}; allow https://{domain}.auth.<region>.amazoncognito.com/oauth2/idpresponse as "
        "an address to come back to, in the app that is registered there."
    )


def _says_domain(wishes: Wishes) -> str:
    assert wishes.hosted_ui is not None  # noqa: S101 - there is no such step without
    hosted = wishes.hosted_ui
    return (
        f"Serve sign-in pages at the domain {hosted.domain}, which lead back to {listed(list(hosted.callback_urls))}."
    )


def _says_identity_pool(wishes: Wishes) -> str:
    guests = "guests too" if wishes.guests else "no guests"
    return f"Make an identity pool that gives the pool's users AWS credentials, {guests}."


_SAYS: Final[Mapping[Kind, Callable[[Wishes], str]]] = {
    Kind.SMS_ROLE: lambda wishes: "Make a role by which the user pool may send text messages.",
    Kind.USER_POOL: _says_user_pool,
    Kind.SECOND_FACTORS: _says_second_factors,
    **{kind: partial(_says_provider, name) for kind, name in PROVIDERS.items()},
    Kind.APP_CLIENT: _says_app_client,
    Kind.DOMAIN: _says_domain,
    Kind.IDENTITY_POOL: _says_identity_pool,
    Kind.USERS_ROLE: lambda wishes: "Make a role for those who are signed in; it allows nothing yet.",
    Kind.GUESTS_ROLE: lambda wishes: "Make a role for guests; it allows nothing yet.",
    Kind.ROLES: lambda wishes: "Give the identity pool a role for those who are signed in, and one for guests.",
}


def _contacts(names: tuple[str, ...]) -> list[str]:
    words = {"username": "a username", "email": "an e-mail address", "phone_number": "a phone number"}
    return [words.get(name, name.replace("_", " ")) for name in names]


def listed(words: Sequence[str], last: str = "and") -> str:
    """Returns words as a sentence lists them.

    Example:
        >>> listed(["a", "b", "c"])
        'a, b and c'
    """
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
