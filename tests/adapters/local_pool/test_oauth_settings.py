"""What CreateUserPoolClient checks of an app client's OAuth 2.0 settings."""

from typing import Any

import pytest

GOOD: dict[str, Any] = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid"],
    "CallbackURLs": ["myapp://callback"],
    "SupportedIdentityProviders": ["COGNITO"],
}


def create(bench: Any, **settings: Any) -> Any:
    request = {"ClientName": "c", **GOOD, **settings}
    return bench.admin("CreateUserPoolClient", **request)["UserPoolClient"]


def test_the_settings_are_kept_and_described(bench: Any) -> None:
    more = {"LogoutURLs": ["https://example.com/bye"], "DefaultRedirectURI": "myapp://callback"}
    made = create(bench, **more)
    told = bench.admin("DescribeUserPoolClient", ClientId=made["ClientId"])["UserPoolClient"]
    assert {name: told[name] for name in {**GOOD, **more}} == {**GOOD, **more}
    updated = bench.admin("UpdateUserPoolClient", ClientId=made["ClientId"])["UserPoolClient"]
    assert updated["AllowedOAuthFlowsUserPoolClient"] is False
    assert "CallbackURLs" not in updated


@pytest.mark.parametrize(
    "url",
    ["https://example.com/back?x=1", "http://localhost/", "http://localhost:3000/a", "http://127.0.0.1:1/",
     "http://[::1]:8080/x", "myapp://callback", "com.example.app:/oauth2redirect", "myapp://"],
)  # fmt: skip
def test_callback_urls_that_can_be(bench: Any, url: str) -> None:
    assert create(bench, CallbackURLs=[url])["CallbackURLs"] == [url]


@pytest.mark.parametrize("member", ["CallbackURLs", "LogoutURLs"])
@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "http://localhost.example.com/", "https://example.com/#part", "/relative", "example.com",
     "https://", "https:///path", "https://a;b/", "http://127.0.0.1.nip.io/", "http://user@127.0.0.1/", "1app://x",
     "javascript:alert(1)", "data:text/html,x", "https://[::1", "http://localhost:port/", "https://example.com:99999/"],
)  # fmt: skip
def test_urls_that_cannot_be(bench: Any, refused: Any, member: str, url: str) -> None:
    with refused("InvalidParameterException"):
        create(bench, **{"CallbackURLs": ["myapp://callback"], member: [url]})


@pytest.mark.parametrize(
    ("settings", "name", "sentence"),
    [
        ({"AllowedOAuthFlows": ["implicit"]}, "InvalidParameterException",
         "The local pool does not model implicit of AllowedOAuthFlows."),
        ({"AllowedOAuthFlows": ["code", "client_credentials"]}, "InvalidParameterException",
         "The local pool does not model client_credentials of AllowedOAuthFlows."),
        ({"AllowedOAuthFlows": []}, "InvalidParameterException",
         "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."),
        ({"AllowedOAuthScopes": []}, "InvalidParameterException", None),
        ({"AllowedOAuthScopes": ["openid", "api/read"]}, "ScopeDoesNotExistException",
         "Invalid scope requested: api/read"),
        ({"CallbackURLs": []}, "InvalidParameterException", None),
        ({"DefaultRedirectURI": "myapp://elsewhere"}, "InvalidParameterException",
         "DefaultRedirectURI must be in the CallbackURLs list."),
        ({"SupportedIdentityProviders": ["Google"]}, "InvalidParameterException", None),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(bench: Any, refused: Any, settings: Any, name: str, sentence: str | None) -> None:
    with refused(name, sentence):
        create(bench, **settings)
    with refused(name, sentence):
        bench.admin("UpdateUserPoolClient", ClientId=bench.client_id, **{**GOOD, **settings})
