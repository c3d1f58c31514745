"""Other identity providers on the screens (S099, S100)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from authflow import AuthFlow, Settings, Snapshot
from tests.behaviours.host import Host

REDIRECT: Final = "sign_in_with_redirect"
SCREENS: Final = [
    pytest.param("signIn", id="s099 sign-in"),
    pytest.param("signUp", id="s100 sign-up"),
]
SEVERAL: Final = ("Google", "Facebook", "LoginWithAmazon", "SignInWithApple", "OurOwn")


def opened(flow: AuthFlow, screen: str) -> Snapshot:
    """Returns what is drawn on the sign-in or the sign-up screen."""
    flow.initialize()
    if screen == "signUp":
        flow.submit("show_sign_up", {})
    assert flow.snapshot().screen == screen
    return flow.snapshot()


def offered(snapshot: Snapshot) -> list[str]:
    """Returns the providers that a screen offers, in order."""
    action = snapshot.action(REDIRECT)
    if action is None:
        return []
    (field,) = action.fields
    assert (action.enabled, field.name) == (True, "provider")
    return [option.value for option in field.options]


def shown(snapshot: Snapshot) -> list[str]:
    """Returns the same as a frontend in another language reads it."""
    form = json.loads(json.dumps(snapshot.to_json()))
    (action,) = (action for action in form["actions"] if action["id"] == REDIRECT)
    return [option["value"] for option in action["fields"][0]["options"]]


@pytest.mark.parametrize("providers", [("Google",), ("SignInWithApple", "Google"), SEVERAL])
def test_s099_sign_in_offers_exactly_the_configured_providers(providers: tuple[str, ...]) -> None:
    snapshot = opened(Host(oauth=True, providers=providers).flow, "signIn")
    assert offered(snapshot) == shown(snapshot) == list(providers)


@pytest.mark.parametrize("providers", [("Google",), ("SignInWithApple", "Google"), SEVERAL])
def test_s100_sign_up_offers_the_same_providers(providers: tuple[str, ...]) -> None:
    snapshot = opened(Host(oauth=True, providers=providers).flow, "signUp")
    assert offered(snapshot) == shown(snapshot) == list(providers)


@pytest.mark.parametrize("screen", SCREENS)
def test_s099_s100_without_a_hosted_ui_no_provider_is_offered(screen: str) -> None:
    assert offered(opened(Host().flow, screen)) == []


@pytest.mark.parametrize("screen", SCREENS)
def test_s099_s100_without_providers_the_pools_own_page_is_offered(screen: str) -> None:
    assert offered(opened(Host(oauth=True).flow, screen)) == ["COGNITO"]


@pytest.mark.parametrize("screen", SCREENS)
def test_s099_s100_the_application_may_offer_fewer_than_the_pool_has(screen: str) -> None:
    host = Host(settings=Settings(providers=("Google",)), oauth=True, providers=SEVERAL)
    assert offered(opened(host.flow, screen)) == ["Google"]


AWS: Final = {
    "CognitoUserPool": {"Default": {"PoolId": "eu-west-1_AbCdEfGhI", "AppClientId": "4c5t6u", "Region": "eu-west-1"}},
    "Auth": {
        "Default": {
            "OAuth": {
                "WebDomain": "shop.auth.eu-west-1.amazoncognito.com",
                "AppClientId": "4c5t6u",
                "SignInRedirectURI": "myapp://back",
                "SignOutRedirectURI": "myapp://out",
                "Scopes": ["openid", "email"],
            },
            "socialProviders": ["GOOGLE", "APPLE"],
        }
    },
}
GEN_1: Final = {"auth": {"plugins": {"awsCognitoAuthPlugin": AWS}}}
GEN_2: Final = {
    "version": "1",
    "auth": {
        "aws_region": "eu-west-1",
        "user_pool_id": "eu-west-1_AbCdEfGhI",
        "user_pool_client_id": "4c5t6u",
        "oauth": {
            "identity_providers": ["GOOGLE", "SIGN_IN_WITH_APPLE"],
            "domain": "shop.auth.eu-west-1.amazoncognito.com",
            "scopes": ["openid", "email"],
            "redirect_sign_in_uri": ["myapp://back"],
            "redirect_sign_out_uri": ["myapp://out"],
            "response_type": "code",
        },
    },
}
EXPORTS: Final = {
    "aws_project_region": "eu-west-1",
    "aws_cognito_region": "eu-west-1",
    "aws_user_pools_id": "eu-west-1_AbCdEfGhI",
    "aws_user_pools_web_client_id": "4c5t6u",
    "oauth": {
        "domain": "shop.auth.eu-west-1.amazoncognito.com",
        "scope": ["openid", "email"],
        "redirectSignIn": "myapp://back",
        "redirectSignOut": "myapp://out",
        "responseType": "code",
    },
    "aws_cognito_social_providers": ["GOOGLE", "APPLE"],
}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("awsconfiguration.json", AWS),
        ("amplifyconfiguration.json", GEN_1),
        ("amplify_outputs.json", GEN_2),
        ("aws-exports.json", EXPORTS),
    ],
)
def test_s099_s100_the_providers_of_a_configuration_file_are_offered(
    tmp_path: Path, name: str, content: Mapping[str, object], screen: str
) -> None:
    path = tmp_path / name
    path.write_text(json.dumps(content), encoding="utf-8")
    assert offered(opened(AuthFlow.from_config(path), screen)) == ["Google", "SignInWithApple"]


@pytest.mark.parametrize("provider", SEVERAL)
@pytest.mark.parametrize("screen", SCREENS)
def test_s099_s100_each_that_is_offered_leads_to_that_provider(screen: str, provider: str) -> None:
    host = Host(oauth=True, providers=SEVERAL)
    opened(host.flow, screen)
    asked = host.submit(REDIRECT, provider=provider)
    assert asked.challenge is not None
    browser = host.pool.browser()
    browser.open(asked.challenge.parameters["URL"])
    back = browser.continue_as("117", email="ana@example.com")
    host.submit("confirm_sign_in", answer=back)
    assert (host.screen, host.flow.username) == ("signedIn", f"{provider.lower()}_117")


def test_s099_one_that_is_not_offered_is_refused_at_the_door() -> None:
    host = Host(oauth=True, providers=("Google",))
    asked = len(host.pool.requests)
    error = host.refused(REDIRECT, provider="Facebook")
    assert (error.code, error.info.field) == ("invalidInput", "provider")
    assert (host.screen, len(host.pool.requests)) == ("signIn", asked)
