"""The settings of the hosted UI, in every format: what is read, and what is refused by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow.adapters.config import PoolConfig, load_config
from authflow.adapters.config_formats import Setting
from authflow.adapters.config_oauth import OAuthSection, read_oauth
from authflow.errors import ConfigurationError, ErrorCode
from authflow.secrets import Secret
from tests.adapters.config_samples import AWSCONFIGURATION, EXPORTS, OUTPUTS, SECRET, changed, without

KNOWN = {"user_pool_id": "us-east-1_a", "client_id": "c"}
SECTION: dict[str, Any] = {
    "WebDomain": "x.auth.us-east-1.amazoncognito.com",
    "Scopes": ["openid"],
    "SignInRedirectURI": "https://app.example.com/back",
}
FLAT: dict[str, Any] = {
    "domain": "x.auth.us-east-1.amazoncognito.com",
    "scope": ["openid"],
    "redirectSignIn": "http://localhost:3000/,https://app.example.com/",
    "redirectSignOut": "http://localhost:3000/",
    "responseType": "code",
}


def loaded(**section: Any) -> PoolConfig:
    return load_config(**KNOWN, oauth={**SECTION, **section})


def test_awsconfiguration_says_where_the_hosted_ui_is() -> None:
    oauth = load_config(AWSCONFIGURATION).hosted_ui
    assert oauth.sign_in_url == "https://x.auth.us-east-1.amazoncognito.com/oauth2/authorize"
    assert oauth.token_url == "https://x.auth.us-east-1.amazoncognito.com/oauth2/token"
    assert oauth.sign_out_url == "https://x.auth.us-east-1.amazoncognito.com/logout"
    assert (oauth.client_id, oauth.client_secret) == ("4client5id", Secret(SECRET))
    assert oauth.scopes == ("openid", "email")
    assert oauth.redirects == ("http://localhost:8765/back", "myapp://back")
    assert oauth.sign_out_redirects == ("http://localhost:8765/out",)
    assert oauth.sign_in_parameters == {"lang": "de"}
    assert not oauth.own_server
    assert SECRET not in repr(oauth)


def test_amplifyconfiguration_has_the_same_section_and_its_own_list_of_providers() -> None:
    plugin = {
        "CognitoUserPool": {"Default": {"PoolId": "us-east-1_a", "AppClientId": "c"}},
        "Auth": {"Default": {"OAuth": SECTION, "socialProviders": ["GOOGLE", "APPLE", "AMAZON", "FACEBOOK"]}},
    }
    config = load_config({"auth": {"plugins": {"awsCognitoAuthPlugin": plugin}}})
    assert config.hosted_ui.redirects == ("https://app.example.com/back",)
    assert config.providers == ("Google", "SignInWithApple", "LoginWithAmazon", "Facebook")


def test_amplify_outputs_says_it_in_its_own_words() -> None:
    oauth = load_config(OUTPUTS).hosted_ui
    assert oauth.sign_in_url == "https://d/oauth2/authorize"
    assert oauth.redirects == ("https://app.example.com/back",)
    assert oauth.sign_out_redirects == ("https://app.example.com/out",)
    assert load_config(OUTPUTS).providers == ("Google",)


def test_aws_exports_says_it_in_its_own_words() -> None:
    config = load_config({**EXPORTS, "oauth": FLAT, "aws_cognito_social_providers": ["FACEBOOK", "FACEBOOK"]})
    assert config.hosted_ui.redirects == ("http://localhost:3000/", "https://app.example.com/")
    assert config.hosted_ui.scopes == ("openid",)
    assert config.providers == ("Facebook",)


def test_an_empty_section_is_no_hosted_ui() -> None:
    config = load_config({**EXPORTS, "aws_cognito_social_providers": ["GOOGLE"]})
    assert (config.oauth, config.providers) == (None, ())
    with pytest.raises(ConfigurationError, match="no hosted UI to sign in at"):
        config.hosted_ui  # noqa: B018 - what the test is about


@pytest.mark.parametrize("listed", [None, []])
def test_a_hosted_ui_without_providers_offers_its_own_page(listed: object) -> None:
    assert loaded().providers == ("COGNITO",)
    assert load_config(**KNOWN, oauth=SECTION, providers=listed).providers == ("COGNITO",)


def test_providers_are_known_by_cognitos_names_and_ones_own_stay_as_they_are() -> None:
    names = ["LOGIN_WITH_AMAZON", "SIGN_IN_WITH_APPLE", "Google", "MyOkta", "COGNITO"]
    config = load_config(**KNOWN, oauth=SECTION, providers=names)
    assert config.providers == ("LoginWithAmazon", "SignInWithApple", "Google", "MyOkta", "COGNITO")
    assert config.traits.providers == config.providers


def test_an_emulators_domain_may_be_a_url_of_this_machine() -> None:
    oauth = loaded(WebDomain="http://127.0.0.1:9229/oauth/").hosted_ui
    assert oauth.token_url == "http://127.0.0.1:9229/oauth/oauth2/token"


def test_a_chosen_redirect_uri_stands_for_the_list() -> None:
    config = load_config(**KNOWN, oauth=without(SECTION, "SignInRedirectURI"), redirect_uri="com.example:/back")
    assert config.hosted_ui.redirect == "com.example:/back"


@pytest.mark.parametrize(
    ("domain", "token", "own"),
    [
        ("x.auth.us-east-1.amazoncognito.com", "https://x.auth.us-east-1.amazoncognito.com:443/oauth2/token", False),
        ("X.auth.us-east-1.amazoncognito.com", "https://x.auth.us-east-1.amazoncognito.com/oauth2/token", False),
        ("x.auth.us-east-1.amazoncognito.com", "https://X.auth.us-east-1.amazoncognito.com/oauth2/token/", False),
        ("x.auth.us-east-1.amazoncognito.com", "https://y.auth.us-east-1.amazoncognito.com/oauth2/token", True),
        ("x.auth.us-east-1.amazoncognito.com", "https://x.auth.us-east-1.amazoncognito.com:444/oauth2/token", True),
        ("login.example.com", "https://login.example.com/token", True),
        (None, "https://x.auth.us-east-1.amazoncognito.com/oauth2/token", False),
        (None, "https://x.auth-fips.us-gov-west-1.amazoncognito.com/oauth2/token", False),
        (None, "https://x.auth.us-east-1.amazoncognito.com.example.com/oauth2/token", True),
        (None, "https://login.example.com/oauth2/token", True),
    ],
)
def test_a_server_is_ones_own_by_its_place_and_not_by_its_spelling(domain: str | None, token: str, own: bool) -> None:
    oauth = loaded(WebDomain=domain, TokenURI=token, SignInURI="https://login.example.com/in").hosted_ui
    assert oauth.own_server is own


def test_a_server_of_ones_own_gets_its_own_secret_and_never_the_pools() -> None:
    section = {**SECTION, "TokenURI": "https://login.example.com/token"}  # with the pool's app client
    known = {**KNOWN, "client_secret": SECRET}
    assert load_config(**known, oauth=section).hosted_ui.client_secret is None
    own = load_config(**known, oauth={**section, "AppClientSecret": "theirs"})
    assert own.hosted_ui.client_secret == Secret("theirs")


def test_a_client_secret_of_the_pool_is_that_of_the_hosted_ui() -> None:
    assert load_config(**KNOWN, client_secret=SECRET, oauth=SECTION).hosted_ui.client_secret == Secret(SECRET)
    assert loaded(AppClientSecret=SECRET).hosted_ui.client_secret == Secret(SECRET)


def test_a_token_endpoint_of_ones_own_is_another_server_with_an_app_client_of_its_own() -> None:
    token = "https://login.example.com/token"
    config = load_config(**KNOWN, client_secret=SECRET, oauth={**SECTION, "TokenURI": token, "AppClientId": "other"})
    oauth = config.hosted_ui
    assert (oauth.token_url, oauth.own_server, oauth.client_id) == (token, True, "other")
    assert oauth.client_secret is None  # the pool's is no secret of that server
    assert not loaded(TokenURI="https://x.auth.us-east-1.amazoncognito.com/oauth2/token").hosted_ui.own_server


def test_a_keyword_overrides_the_app_client_in_both_places() -> None:
    config = load_config(AWSCONFIGURATION, client_id="mine")
    assert (config.client_id, config.hosted_ui.client_id) == ("mine", "mine")


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"WebDomain": None}, "WebDomain", "is missing"),
    ({"WebDomain": "http://login.example.com"}, "WebDomain", "in the clear"),
    ({"WebDomain": "https://login.example.com/?x"}, "WebDomain", "is no host"),
    ({"WebDomain": 7}, "WebDomain", "is no text"),
    ({"TokenURI": "http://login.example.com/token"}, "TokenURI", "in the clear"),
    ({"SignInRedirectURI": None}, "SignInRedirectURI", "is missing"),
    ({"SignInRedirectURI": " , "}, "SignInRedirectURI", "is missing"),
    ({"SignInRedirectURI": "http://app.example.com/back"}, "SignInRedirectURI", "in the clear"),
    ({"SignInRedirectURI": "https://app.example.com/back#x"}, "SignInRedirectURI", "is no redirect URI"),
    ({"SignInRedirectURI": "https://user:word@app.example.com"}, "SignInRedirectURI", "is no redirect URI"),
    ({"SignInRedirectURI": "https://"}, "SignInRedirectURI", "is no redirect URI"),
    ({"SignInRedirectURI": "https://[::1"}, "SignInRedirectURI", "is no redirect URI"),
    ({"SignInRedirectURI": "/back"}, "SignInRedirectURI", "is no redirect URI"),
    ({"SignInRedirectURI": 7}, "SignInRedirectURI", "is no list of texts"),
    ({"SignOutRedirectURI": "nowhere"}, "SignOutRedirectURI", "is no redirect URI"),
    ({"Scopes": "openid"}, "Scopes", "is no list"),
    ({"Scopes": ["open id"]}, "Scopes", "no scope"),
    ({"AppClientId": "other"}, "AppClientId", "contradicts"),
    ({"AppClientSecret": 7}, "AppClientSecret", "is no text"),
    ({"response_type": "token"}, "response_type", "is not code"),
    ({"SignInURIQueryParameters": ["lang"]}, "SignInURIQueryParameters", "is no object"),
    ({"SignInURIQueryParameters": {"lang": 7}}, "SignInURIQueryParameters", "is no text"),
    ({"SignInURIQueryParameters": {"state": "mine"}}, "SignInURIQueryParameters", "sets state"),
    ({"TokenURIQueryParameters": {"code": "mine"}}, "TokenURIQueryParameters", "sets code"),
]


@pytest.mark.parametrize(("section", "key", "problem"), WRONG)
def test_what_is_wrong_is_refused_at_the_door_and_named(section: dict[str, Any], key: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem) as raised:
        loaded(**section)
    assert raised.value.key == f"oauth.{key}"
    assert raised.value.code is ErrorCode.INVALID_CONFIGURATION


def test_what_is_missing_is_named_in_the_words_of_its_format() -> None:
    with pytest.raises(ConfigurationError, match=r"oauth\.redirectSignIn is missing"):
        load_config({**EXPORTS, "oauth": without(FLAT, "redirectSignIn")})
    with pytest.raises(ConfigurationError, match=r"auth\.oauth\.redirect_sign_in_uri is missing"):
        load_config(without(OUTPUTS, "auth.oauth.redirect_sign_in_uri"))
    with pytest.raises(ConfigurationError, match=r"auth\.oauth\.domain is missing"):
        load_config(without(OUTPUTS, "auth.oauth.domain"))


@pytest.mark.parametrize("listed", ["Google", [7], [""], ["two words"], ["x" * 33]])
def test_what_is_no_list_of_providers_is_refused(listed: object) -> None:
    with pytest.raises(ConfigurationError, match="providers"):
        load_config(**KNOWN, oauth=SECTION, providers=listed)


def test_providers_without_a_hosted_ui_are_refused_where_somebody_asked_for_them() -> None:
    with pytest.raises(ConfigurationError, match="providers need a hosted UI"):
        load_config(**KNOWN, providers=["Google"])


def test_a_refusal_quotes_no_value() -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_config(changed(AWSCONFIGURATION, "Auth.Default.OAuth.Scopes", [f"a {SECRET}"]))
    assert SECRET not in str(raised.value)


_VALUES = st.none() | st.text(max_size=9) | st.integers() | st.lists(st.text(max_size=9), max_size=2)
_NAMES = (*SECTION, "SignOutRedirectURI", "TokenURI", "AppClientId", "AppClientSecret", "response_type", "SignInURI")


@given(
    st.dictionaries(st.sampled_from([*_NAMES, "TokenURIQueryParameters"]), _VALUES), st.sampled_from(["", "myapp://"])
)
def test_all_problems_of_a_section_are_those_for_which_it_is_refused(changes: dict[str, Any], redirect: str) -> None:
    section = {**SECTION, **changes}
    setting = Setting("file", "OAuth", section)
    problems = tuple(OAuthSection(setting, section).problems("c", redirect or None))
    assert len({problem.error.key for problem in problems}) == len(problems)
    try:
        read_oauth(setting, "c", None, redirect or None)
    except ConfigurationError as error:
        assert str(error) in {str(problem.error) for problem in problems}
    else:
        assert problems == ()


def test_every_setting_of_a_section_has_its_problem() -> None:
    section = {"AppClientId": "d", "Scopes": 5, "response_type": "token", "SignOutURIQueryParameters": []}
    problems = OAuthSection(Setting("file", "OAuth", section), section).problems("c")
    assert {(problem.field, problem.absent) for problem in problems} == {
        *(("domain", True), ("redirects", True), ("client_id", False), ("scopes", False)),
        *(("response_type", False), ("sign_out_parameters", True)),
    }
