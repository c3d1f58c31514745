"""What cannot be is refused at the door, field by field; whatever passes can be planned."""

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow.adapters.provision.plan import plan
from authflow.adapters.provision.social import ProviderApp
from authflow.adapters.provision.template import template
from authflow.adapters.provision.wishes import (
    ATTRIBUTES,
    FIRST_FACTORS,
    FLOWS,
    MFA,
    MFA_METHODS,
    HostedUi,
    Wishes,
    check,
    problems,
    redirect_problem,
)
from authflow.errors import ErrorCode, InvalidInput
from authflow.frontend.traits import PasswordPolicy
from authflow.secrets import Secret

USUAL = Wishes(project="shop")
PAGES = HostedUi(domain="shop-pages", callback_urls=("https://shop.example.com/",))
APP = ProviderApp(provider="Google", client_id="id", client_secret=Secret("secret"))
GOOGLE = attrs.evolve(PAGES, providers=("COGNITO", "Google"), apps=(APP,))
SES = "arn:aws:ses:eu-west-1:123456789012:identity/shop.example.com"


def test_the_defaults_are_those_of_the_mobile_app_but_for_the_secret() -> None:
    check(USUAL)
    assert USUAL.sign_in_with == ("username",)
    assert USUAL.required == USUAL.verified == ("email",)
    assert USUAL.mfa == "OFF"
    assert USUAL.password_policy == PasswordPolicy(
        min_length=8, require_lowercase=True, require_uppercase=True, require_numbers=True, require_symbols=True
    )
    assert (USUAL.refresh_days, USUAL.identity_pool, USUAL.guests, USUAL.secret) == (30, True, False, False)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("project", {"project": ""}),
        ("project", {"project": "a b"}),
        ("project", {"project": "x" * 41}),
        ("sign_in_with", {"sign_in_with": ()}),
        ("sign_in_with", {"sign_in_with": ("fax",)}),
        ("sign_in_with", {"sign_in_with": ("username", "email")}),
        ("sign_in_with", {"sign_in_with": ("email", "email")}),
        ("required_attributes", {"required_attributes": ("shoe_size",)}),
        ("required_attributes", {"required_attributes": ("name",)}),
        ("mfa", {"mfa": "SOMETIMES"}),
        ("mfa_methods", {"mfa": "ON"}),
        ("mfa_methods", {"mfa": "ON", "mfa_methods": ("FAX",)}),
        ("mfa_methods", {"mfa_methods": ("SMS",)}),
        ("ses_identity", {"mfa": "ON", "mfa_methods": ("EMAIL",)}),
        ("ses_identity", {"ses_identity": "me@example.com"}),
        ("verification", {"verification": "pigeon"}),
        ("verification", {"verification": "link"}),
        ("verification", {"verification": "link", "sign_in_with": ("phone_number",), "hosted_ui": PAGES}),
        ("flows", {"flows": ()}),
        ("flows", {"flows": ("telepathy",)}),
        ("first_factors", {"first_factors": ("EMAIL_OTP",)}),
        ("first_factors", {"flows": ("choice",), "first_factors": ("EMAIL_OTP",)}),
        (
            "first_factors",
            {
                "flows": ("choice",),
                "first_factors": ("PASSWORD", "SMS_OTP"),
                "mfa": "ON",
                "mfa_methods": ("TOTP",),
            },
        ),
        ("relying_party", {"flows": ("choice",), "first_factors": ("PASSWORD", "WEB_AUTHN")}),
        ("relying_party", {"relying_party": "https://shop.example.com"}),
        ("access_minutes", {"access_minutes": 4}),
        ("id_minutes", {"id_minutes": 1441}),
        ("refresh_days", {"refresh_days": 0}),
        ("password_policy", {"password_policy": PasswordPolicy(min_length=5)}),
        ("guests", {"guests": True, "identity_pool": False}),
        ("domain", {"hosted_ui": attrs.evolve(PAGES, domain="-shop")}),
        ("domain", {"hosted_ui": attrs.evolve(PAGES, domain="my-cognito-shop")}),
        ("callback_urls", {"hosted_ui": attrs.evolve(PAGES, callback_urls=())}),
        ("callback_urls", {"hosted_ui": attrs.evolve(PAGES, callback_urls=("http://shop.example.com/",))}),
        ("sign_out_urls", {"hosted_ui": attrs.evolve(PAGES, sign_out_urls=("/away",))}),
        ("scopes", {"hosted_ui": attrs.evolve(PAGES, scopes=("email",))}),
        ("scopes", {"hosted_ui": attrs.evolve(PAGES, scopes=("openid", "shop/buy"))}),
        ("providers", {"hosted_ui": attrs.evolve(PAGES, providers=("COGNITO", "Google"))}),
        ("providers", {"hosted_ui": attrs.evolve(PAGES, providers=("COGNITO", "SignInWithApple"))}),
        ("providers", {"hosted_ui": attrs.evolve(PAGES, providers=())}),
        ("google_id", {"hosted_ui": attrs.evolve(GOOGLE, apps=(attrs.evolve(APP, client_id=""),))}),
        ("providers", {"hosted_ui": GOOGLE, "required_attributes": ("email", "birthdate")}),
    ],
)
def test_what_cannot_be_is_refused_by_name(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(attrs.evolve(USUAL, **changes))
    assert refused.value.info.field == field
    assert refused.value.code is ErrorCode.INVALID_INPUT
    assert refused.value.message.endswith(".")


def test_a_local_pool_sends_nothing_and_needs_less() -> None:
    check(attrs.evolve(USUAL, verification="link"), local=True)
    check(attrs.evolve(USUAL, mfa="ON", mfa_methods=("EMAIL",)), local=True)


@pytest.mark.parametrize(
    "url",
    [
        *("https://a.example.com/", "myapp://", "myapp://back", "http://localhost:8080/back"),
        *("http://127.0.0.1/", "http://[::1]:3000/", "com.example.app:/back"),
    ],
)
def test_redirects_that_cognito_takes(url: str) -> None:
    assert redirect_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        *("", "/back", "a.example.com", "https://", "https://a.example.com/#top", "http://a.example.com/"),
        *("http://localhost.example.com/", "https://[", "https://a.example.com/\n", "my app://"),
    ],
)
def test_redirects_that_cognito_does_not_take(url: str) -> None:
    assert redirect_problem(url)


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True).map(tuple)


@given(
    wishes=st.builds(
        Wishes,
        project=st.sampled_from(("shop", "a b", "")),
        sign_in_with=some(("username", "email", "phone_number")),
        required_attributes=some(ATTRIBUTES),
        mfa=st.sampled_from(MFA),
        mfa_methods=some(MFA_METHODS),
        verification=st.sampled_from(("code", "link")),
        secret=st.booleans(),
        flows=some(FLOWS),
        first_factors=some(FIRST_FACTORS),
        relying_party=st.sampled_from((None, "shop.example.com")),
        access_minutes=st.integers(0, 2000),
        rotation=st.booleans(),
        hosted_ui=st.sampled_from((None, PAGES)),
        identity_pool=st.booleans(),
        guests=st.booleans(),
        ses_identity=st.sampled_from((None, SES)),
    )
)
def test_what_passes_the_door_can_be_planned(wishes: Wishes) -> None:
    if not list(problems(wishes)):
        steps = plan(wishes)
        assert all(step.says and step.name for step in steps)
        assert template(steps)
