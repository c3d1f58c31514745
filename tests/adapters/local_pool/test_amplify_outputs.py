"""The configuration of a pool in Amplify's form, as what reads it understands it."""

from typing import Any

import pytest

from authflow.adapters.config import load_config
from authflow.adapters.local_pool.amplify_outputs import described
from authflow.frontend.traits import PasswordPolicy
from authflow.states import AuthFlowType


def outputs(bench: Any) -> Any:
    pool = bench.admin("DescribeUserPool")["UserPool"]
    client = bench.admin("DescribeUserPoolClient", ClientId=bench.client_id)["UserPoolClient"]
    return described(pool, client, bench.admin("GetUserPoolMfaConfig"))


def test_it_says_what_the_pool_says(make: Any) -> None:
    factors = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
    bench = make(mfa="ON", factors=factors, username_attributes=("email",), required_attributes=("email", "name"))
    config = load_config(outputs(bench))
    assert (config.region, config.user_pool_id, config.client_id) == ("us-east-1", bench.pool_id, bench.client_id)
    assert config.auth_flow is AuthFlowType.USER_SRP_AUTH
    assert config.username_attributes == ("email",)
    assert set(config.required_attributes) == {"email", "name"}
    assert config.user_verification_types == ("email",)
    assert config.mfa_configuration == "ON"
    assert config.mfa_methods == ("SMS", "TOTP", "EMAIL")
    rules = {"require_lowercase": True, "require_uppercase": True, "require_numbers": True, "require_symbols": True}
    assert config.password_policy == PasswordPolicy(min_length=8, **rules)


@pytest.mark.parametrize(("mfa", "told"), [("OFF", "NONE"), ("OPTIONAL", "OPTIONAL"), ("ON", "REQUIRED")])
def test_it_has_amplifys_words_for_mfa(make: Any, mfa: str, told: str) -> None:
    assert outputs(make(mfa=mfa))["auth"]["mfa_configuration"] == told


def test_users_choose_where_there_is_a_choice(make: Any) -> None:
    assert outputs(make(first_factors=("EMAIL_OTP",)))["auth"]["authentication_flow_type"] == "USER_AUTH"
    assert outputs(make(first_factors=("PASSWORD",)))["auth"]["authentication_flow_type"] == "USER_SRP_AUTH"


@pytest.mark.parametrize("flow", ["USER_PASSWORD_AUTH", "CUSTOM_AUTH", "USER_AUTH"])
def test_users_sign_in_as_the_client_allows(bench: Any, flow: str) -> None:
    bench.admin("UpdateUserPoolClient", ClientId=bench.client_id, ExplicitAuthFlows=[f"ALLOW_{flow}"])
    assert outputs(bench)["auth"]["authentication_flow_type"] == flow


def test_a_client_that_it_cannot_describe_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="has a secret, for which"):
        outputs(make(secret=True))
    bench = make()
    bench.admin("UpdateUserPoolClient", ClientId=bench.client_id, ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"])
    with pytest.raises(ValueError, match="allows no flow that a user can sign in with"):
        outputs(bench)


def test_it_says_whether_there_are_passkeys_and_codes_instead_of_passwords(make: Any) -> None:
    with_all = outputs(make(first_factors=("EMAIL_OTP", "WEB_AUTHN")))
    assert load_config(with_all).passkeys is True
    assert with_all["auth"]["passwordless"]["web_authn"]["relying_party_id"]
    assert with_all["auth"]["passwordless"]["email_otp_enabled"] is True
    assert with_all["auth"]["passwordless"]["sms_otp_enabled"] is False
    assert load_config(outputs(make())).passkeys is False


def test_a_pool_as_the_service_describes_it_is_understood(make: Any) -> None:
    """Of the plan Lite there is no SignInPolicy, and second factors that are off are told of."""
    bench = make(mfa="OPTIONAL")
    pool = bench.admin("DescribeUserPool")["UserPool"]
    client = bench.admin("DescribeUserPoolClient", ClientId=bench.client_id)["UserPoolClient"]
    lite = {**pool, "Policies": {"PasswordPolicy": pool["Policies"]["PasswordPolicy"]}}
    mfa = {
        "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": {"Enabled": False},
        "SmsMfaConfiguration": {},
    }
    client["ExplicitAuthFlows"] = ["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH"]
    auth = described(lite, client, mfa)["auth"]
    assert auth["mfa_methods"] == ["SMS"]
    assert auth["authentication_flow_type"] == "USER_SRP_AUTH"
