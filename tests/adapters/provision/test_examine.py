"""What a file alone gives away: each finding on the file that earns it, none on the files that are right."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow.adapters.config import PoolConfig
from authflow.adapters.provision.examine import examine
from authflow.adapters.provision.findings import Finding, Severity, is_problem
from authflow.adapters.provision.subject import subject_of
from authflow.errors import ConfigurationError
from tests.adapters.config_samples import AWSCONFIGURATION, FORMATS, LEGACY, SECRET, changed

OUTPUTS: dict[str, Any] = {
    "version": "1",
    "auth": {
        "aws_region": "eu-west-1",
        "user_pool_id": "eu-west-1_AbCdEf123",
        "user_pool_client_id": "4client5id",
        "identity_pool_id": "eu-west-1:01234567-89ab-cdef-0123-456789abcdef",
        "authentication_flow_type": "USER_SRP_AUTH",
        "username_attributes": [],
        "standard_required_attributes": ["email"],
        "user_verification_types": ["email"],
        "mfa_configuration": "OPTIONAL",
        "mfa_methods": ["TOTP"],
        "unauthenticated_identities_enabled": False,
        "passwordless": {"email_otp_enabled": True, "sms_otp_enabled": False, "web_authn": False},
        "password_policy": {"min_length": 8, "require_numbers": True},
        "oauth": {
            "identity_providers": [],
            "domain": "shop.auth.eu-west-1.amazoncognito.com",
            "scopes": ["openid", "aws.cognito.signin.user.admin"],
            "redirect_sign_in_uri": ["https://shop.example.com/", "http://localhost:3000/"],
            "redirect_sign_out_uri": ["myapp://out"],
            "response_type": "code",
        },
    },
}
POOL = {"PoolId": "eu-west-1_AbCdEf123", "AppClientId": "4client5id", "Region": "eu-west-1"}
AWS: dict[str, Any] = {
    "CognitoUserPool": {"Default": POOL},
    "Auth": {
        "Default": {
            "authenticationFlowType": "USER_SRP_AUTH",
            "signupAttributes": ["EMAIL"],
            "OAuth": {
                "AppClientId": "4client5id",
                "WebDomain": "login.shop.example.com",
                "Scopes": ["openid", "aws.cognito.signin.user.admin"],
                "SignInRedirectURI": "myapp://in",
                "SignOutRedirectURI": "myapp://out",
            },
        }
    },
}


def found(content: Any) -> dict[str, Finding]:
    return {finding.id: finding for finding in examine(subject_of(content))}


@pytest.mark.parametrize("content", [OUTPUTS, AWS])
def test_a_file_that_is_right_has_no_findings(content: Any) -> None:
    assert found(content) == {}


def test_a_file_as_the_amplify_cli_writes_it_has_no_problems() -> None:
    generated = {
        "UserAgent": "aws-amplify-cli/2.0",
        "Version": "1.0",
        "auth": {
            "plugins": {
                "awsCognitoAuthPlugin": {
                    "UserAgent": "aws-amplify-cli/0.1.0",
                    "Version": "0.1.0",
                    "IdentityManager": {"Default": {}},
                    **copy.deepcopy(AWS),
                    "S3TransferUtility": {"Default": {"Bucket": "b", "Region": "eu-west-1"}},
                }
            }
        },
    }
    default = generated["auth"]["plugins"]["awsCognitoAuthPlugin"]["Auth"]["Default"]  # type: ignore[index]  # as above
    default |= {"socialProviders": [], "usernameAttributes": [], "mfaConfiguration": "OFF", "mfaTypes": ["SMS"]}
    assert found(generated) == {}


@pytest.mark.parametrize(
    ("key", "value", "name", "severity"),
    [
        ("auth.authentication_flow_type", "ADMIN_USER_SRP_AUTH", "flow.needs-credentials", "advice"),
        ("auth.authentication_flow_type", "USER_PASSWORD_AUTH", "flow.sends-password", "advice"),
        ("auth.authentication_flow_type", "USER_SPR_AUTH", "configuration.invalid", "impossible"),
        ("auth.passwordless.preferred_challenge", "PASSWORD", "flow.preference-without-choice", "contradictory"),
        ("auth.passwordless.preferred_challenge", "SMS_OTP", "otp.no-contact", "impossible"),
        ("auth.passwordless.preferred_challenge", "SMS_OTP", "otp.off", "contradictory"),
        ("auth.passwordless.preferred_challenge", "WEB_AUTHN", "passkey.none", "impossible"),
        ("auth.mfa_methods", [], "mfa.no-methods", "contradictory"),
        ("auth.password_policy.min_length", 5, "configuration.invalid", "impossible"),
        ("auth.identity_pool_id", "eu-west-1_AbCdEf123", "identity_pool.malformed", "impossible"),
        ("auth.identity_pool_id", "us-east-1:0-1-2", "identity_pool.other-region", "contradictory"),
        ("auth.oauth.domain", "", "oauth.no-domain", "impossible"),
        ("auth.oauth.domain", "https://shop.example.com", "oauth.domain-malformed", "impossible"),
        ("auth.oauth.domain", "shop.auth.us-east-1.amazoncognito.com", "oauth.domain-region", "contradictory"),
        ("auth.oauth.redirect_sign_in_uri", [], "oauth.no-redirect", "impossible"),
        ("auth.oauth.redirect_sign_in_uri", ["http://shop.example.com/"], "oauth.redirect-refused", "impossible"),
        ("auth.oauth.redirect_sign_out_uri", ["https://a.example.com/#x"], "oauth.redirect-refused", "impossible"),
        ("auth.oauth.redirect_sign_out_uri", [], "oauth.no-sign-out-redirect", "advice"),
        ("auth.oauth.scopes", ["aws.cognito.signin.user.admin"], "oauth.no-openid", "impossible"),
        ("auth.oauth.scopes", ["openid"], "oauth.no-account-scope", "impossible"),
        ("auth.oauth.response_type", "token", "oauth.not-code", "contradictory"),
        ("auth.user_pool_cliend_id", "x", "keys.misspelt", "contradictory"),
        ("auth.oauth.redirect_signin_uri", [], "keys.misspelt", "contradictory"),
        ("auth.Mfa_Method", [], "keys.misspelt", "contradictory"),
    ],
)
def test_each_finding_has_its_key(key: str, value: object, name: str, severity: str) -> None:
    finding = found(changed(OUTPUTS, key, value))[name]
    assert finding.severity is Severity(severity)
    assert finding.key == key
    assert finding.says.endswith(".")
    assert finding.remedy.endswith(".")


def test_advice_about_registrations() -> None:
    by_number = changed(OUTPUTS, "auth.username_attributes", ["phone_number"])
    assert found(by_number)["sign_up.username-not-required"].key == "auth.standard_required_attributes"
    short = found(changed(OUTPUTS, "auth.password_policy.min_length", 6))
    assert short["password.short"].key == "auth.password_policy"
    assert not any(map(is_problem, short.values()))


@pytest.mark.parametrize("domain", ["http://127.0.0.1:9229/shop", "http://localhost/shop", "login.shop.example.com"])
def test_a_domain_may_be_ones_own_or_an_emulators(domain: str) -> None:
    assert found(changed(OUTPUTS, "auth.oauth.domain", domain)) == {}


def test_required_mfa_excludes_codes() -> None:
    both = changed(
        changed(OUTPUTS, "auth.mfa_configuration", "REQUIRED"), "auth.passwordless.preferred_challenge", "EMAIL_OTP"
    )
    assert "mfa.excludes-first-factor" in found(both)


def test_required_messages_need_a_number() -> None:
    sms = changed(changed(OUTPUTS, "auth.mfa_configuration", "REQUIRED"), "auth.mfa_methods", ["SMS"])
    assert found(sms)["mfa.sms-without-number"].key == "auth.mfa_methods"
    assert "mfa.sms-without-number" not in found(changed(sms, "auth.standard_required_attributes", ["phone_number"]))


def test_a_registration_without_a_contact() -> None:
    none = changed(changed(OUTPUTS, "auth.standard_required_attributes", []), "auth.user_verification_types", [])
    assert found(none)["sign_up.no-contact"].key == "auth.standard_required_attributes"


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        ("CognitoUserPool.Default.AppClientSecret", SECRET, "secret.in-file"),
        ("CognitoUserPool.Default.AppClientSecret", SECRET, "secret.in-one-place"),
        ("Auth.Default.OAuth.AppClientSecret", SECRET, "secret.in-one-place"),
        ("Auth.Default.OAuth.AppClientId", "another", "oauth.other-client"),
        ("CognitoUserPool.Default.MigrationEnabled", True, "flow.migration"),
        ("CognitoUserPool.Default.PoolID", "x", "keys.misspelt"),
        ("GoogleSignIn", {"ClientId-iOS": "x"}, "keys.no-effect"),
    ],
)
def test_findings_of_the_mobile_clients_file(key: str, value: object, name: str) -> None:
    content = changed(AWS, key, value)
    assert name in found(content)
    assert SECRET not in repr(examine(subject_of(content)))
    assert SECRET not in repr(subject_of(content))


def test_two_secrets_of_one_client() -> None:
    content = changed(AWS, "CognitoUserPool.Default.AppClientSecret", SECRET)
    assert "secret.differs" in found(changed(content, "Auth.Default.OAuth.AppClientSecret", f"{SECRET}x"))
    assert "secret.differs" not in found(changed(content, "Auth.Default.OAuth.AppClientSecret", SECRET))


def test_old_names_are_told() -> None:
    assert found(LEGACY)["keys.legacy"].severity is Severity.ADVICE
    assert not any(map(is_problem, examine(subject_of(LEGACY))))


def test_a_misspelt_key_is_found_where_the_file_cannot_be_used() -> None:
    content = {"CognitoUserPool": {"Default": {"PoolId": "eu-west-1_AbCdEf123", "AppCIientId": "4client5id"}}}
    assert found(content)["configuration.invalid"].key == "CognitoUserPool.Default.AppClientId"
    assert found(content)["keys.misspelt"].key == "CognitoUserPool.Default.AppCIientId"


def test_all_that_is_refused_is_told_and_the_rest_is_examined() -> None:
    content = changed(OUTPUTS, "auth.mfa_configuration", "SOMETIMES")
    content = changed(content, "auth.password_policy.min_length", 3)
    content = changed(content, "auth.standard_required_attributes", "email")
    content = changed(content, "auth.identity_pool_id", "eu-west-1_x")
    content = changed(content, "auth.oauth.domain", "")
    content = changed(content, "auth.oauth.identity_providers", ["a b"])
    content = changed(content, "auth.oauth.response_type", "token")
    told = [(finding.id, finding.key) for finding in examine(subject_of(content))]
    assert sorted(told) == [
        ("configuration.invalid", "auth.mfa_configuration"),
        ("configuration.invalid", "auth.oauth.identity_providers"),
        ("configuration.invalid", "auth.password_policy.min_length"),
        ("configuration.invalid", "auth.standard_required_attributes"),
        ("identity_pool.malformed", "auth.identity_pool_id"),
        ("oauth.no-domain", "auth.oauth.domain"),
        ("oauth.not-code", "auth.oauth.response_type"),
    ]


def test_settings_of_the_pages_that_have_no_finding_of_their_own_are_told() -> None:
    content = changed(AWS, "Auth.Default.OAuth.SignInURIQueryParameters", {"state": "x"})
    content = changed(content, "Auth.Default.OAuth.SignOutURIQueryParameters", [])
    content = changed(content, "Auth.Default.OAuth.Scopes", 5)
    told = [(finding.id, finding.key.rpartition(".")[2]) for finding in examine(subject_of(content))]
    assert sorted(told) == [
        ("configuration.invalid", "Scopes"),
        ("configuration.invalid", "SignInURIQueryParameters"),
        ("configuration.invalid", "SignOutURIQueryParameters"),
    ]


def test_an_address_among_several_is_told_by_its_number() -> None:
    content = changed(OUTPUTS, "auth.oauth.redirect_sign_in_uri", ["myapp://in", "http://web/"])
    assert "address 2, which is sent in the clear" in found(content)["oauth.redirect-refused"].says


def test_without_a_pool_and_a_client_the_rest_is_examined_all_the_same() -> None:
    content = changed(OUTPUTS, "auth.user_pool_id", "x")
    content = changed(content, "auth.user_pool_client_id", "")
    content = changed(content, "auth.mfa_methods", "TOTP")
    subject = subject_of(content)
    assert subject.config is None
    assert [error.key for error in subject.refused] == [
        *("auth.user_pool_id", "auth.user_pool_client_id", "auth.mfa_methods"),
    ]


def test_what_is_no_object_hides_nothing_else() -> None:
    content = changed(changed(OUTPUTS, "auth.oauth", 5), "auth.mfa_configuration", "SOMETIMES")
    assert [finding.key for finding in examine(subject_of(content))] == ["auth.oauth", "auth.mfa_configuration"]
    assert [finding.key for finding in examine(subject_of({"version": "1", "auth": 5}))] == ["auth"]
    assert [finding.key for finding in examine(subject_of(changed(OUTPUTS, "version", "2")))] == ["version"]


def test_what_else_is_in_a_file_has_names_of_its_own() -> None:
    models: dict[str, Any] = {"models": {"Shop": {"fields": {"domains": {}, "scopess": {}, "user_pool_idd": {}}}}}
    assert (
        found({**OUTPUTS, "data": {"url": "u", "model_introspection": models}, "custom": {"redirectSignin": 1}}) == {}
    )
    exports = {
        **FORMATS["aws-exports.json"],
        "authenticationFlowType": "USER_SRP_AUTH",
        "aws_appsync_region": "us-east-1",
        "aws_appsync_graphqlEndpoint": "https://x",
        "aws_user_files_s3_bucket": "b",
        "aws_user_files_s3_bucket_region": "us-east-1",
        "aws_mobile_analytics_app_region": "us-east-1",
        "aws_cognito_social_providers": [],
    }
    assert found(exports) == {}


def test_how_long_a_challenge_waits_has_its_range() -> None:
    plain = {"user_pool_id": "eu-west-1_AbCdEf123", "client_id": "4client5id", "session_validity": 30}
    assert found(plain)["configuration.invalid"].key == "session_validity"


def test_the_worst_comes_first() -> None:
    severities = [finding.severity for finding in examine(subject_of(AWSCONFIGURATION))]
    assert severities == sorted(severities, key=list(Severity).index)
    assert len(set(severities)) > 1


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_examined(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(json.dumps(FORMATS[name]), encoding="utf-8")
    assert examine(subject_of(file)) == examine(subject_of(FORMATS[name]))
    assert SECRET not in repr(examine(subject_of(file)))


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"file cannot be read \(No such file or directory\)"):
        subject_of(tmp_path / "nowhere.json")
    for text, says in (("{", "no valid JSON"), ("[]", "holds no JSON object")):
        file = tmp_path / "a.json"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=says) as refused:
            subject_of(file)
        assert refused.value.__context__ is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(st.data())
def test_whatever_a_file_says_it_is_examined(data: st.DataObject) -> None:
    content: Any = copy.deepcopy(data.draw(st.sampled_from([OUTPUTS, AWS])))
    node = content
    while isinstance(node, dict) and node:
        name = data.draw(st.sampled_from(sorted(node)))
        if not isinstance(node[name], dict) or data.draw(st.booleans()):
            node[name] = data.draw(_JSON)
            break
        node = node[name]
    subject = subject_of(content)
    findings = examine(subject)
    assert isinstance(subject.config, PoolConfig) or any(one.id == "configuration.invalid" for one in findings)
