"""EMAIL_OTP as a second factor, through boto3."""

import json
from typing import Any

import pytest

ALL = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
BOTH = {"email": "alice@example.com", "phone_number": "+12065551234"}
SES = {"EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com"}
ON = {"Enabled": True}
PREFERRED = {"Enabled": True, "PreferredMfa": True}


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def sign_in(bench: Any, username: str = "alice") -> Any:
    values = {"USERNAME": username, "PASSWORD": "Passw0rd!"}
    return bench.client.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=bench.client_id, AuthParameters=values)


def respond(bench: Any, challenge: Any, /, name: str = "", username: str = "alice", **answers: str) -> Any:
    return bench.client.respond_to_auth_challenge(
        ClientId=bench.client_id,
        ChallengeName=name or challenge["ChallengeName"],
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": username, **answers},
    )


def prefer(bench: Any, **settings: Any) -> None:
    bench.client.admin_set_user_mfa_preference(UserPoolId=bench.pool_id, Username="alice", **settings)


def attributes(bench: Any) -> dict[str, str]:
    found = bench.client.admin_get_user(UserPoolId=bench.pool_id, Username="alice")
    return {item["Name"]: item["Value"] for item in found["UserAttributes"]}


def code_of(bench: Any) -> str:
    return str(bench.service.last_code("alice", "email_mfa"))


@pytest.fixture
def mailed(make: Any) -> Any:
    """A bench whose user alice has email MFA and an address nobody has verified."""
    bench = make(mfa="OPTIONAL", factors=ALL)
    bench.user("alice", **BOTH)
    prefer(bench, EmailMfaSettings=ON)
    return bench


def test_the_code_from_the_outbox_signs_in_and_verifies_the_address(mailed: Any) -> None:
    challenge = sign_in(mailed)
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    assert challenge["ChallengeParameters"] == {
        "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL",
        "CODE_DELIVERY_DESTINATION": "a***@e***",
        "USER_ID_FOR_SRP": "alice",
    }
    assert "email_verified" not in attributes(mailed)
    (message,) = mailed.service.outbox
    assert (message.medium, message.destination, message.purpose) == ("EMAIL", "alice@example.com", "email_mfa")
    assert "AccessToken" in respond(mailed, challenge, EMAIL_OTP_CODE=message.code)["AuthenticationResult"]
    assert attributes(mailed)["email_verified"] == "true"
    with pytest.raises(mailed.client.exceptions.NotAuthorizedException, match="Invalid session"):
        respond(mailed, challenge, EMAIL_OTP_CODE=message.code)


def test_a_wrong_code_leaves_the_session_good_four_times(mailed: Any) -> None:
    challenge = sign_in(mailed)
    code = code_of(mailed)
    for wrong in (other(code), f" {code}", "schön", code[:5]):
        with pytest.raises(mailed.client.exceptions.CodeMismatchException):
            respond(mailed, challenge, EMAIL_OTP_CODE=wrong)
    assert "AuthenticationResult" in respond(mailed, challenge, EMAIL_OTP_CODE=code)


def test_the_fifth_wrong_code_spends_the_session(mailed: Any) -> None:
    challenge = sign_in(mailed)
    code = code_of(mailed)
    for _ in range(4):
        with pytest.raises(mailed.client.exceptions.CodeMismatchException):
            respond(mailed, challenge, EMAIL_OTP_CODE=other(code))
    for given in (other(code), code):
        with pytest.raises(mailed.client.exceptions.NotAuthorizedException):
            respond(mailed, challenge, EMAIL_OTP_CODE=given)
    assert "email_verified" not in attributes(mailed)


def test_a_code_belongs_to_its_challenge(mailed: Any) -> None:
    first = sign_in(mailed)
    old = code_of(mailed)
    second = sign_in(mailed)
    assert old != code_of(mailed)
    with pytest.raises(mailed.client.exceptions.CodeMismatchException):
        respond(mailed, second, EMAIL_OTP_CODE=old)
    with pytest.raises(mailed.client.exceptions.NotAuthorizedException):
        respond(mailed, second, name="SMS_MFA", SMS_MFA_CODE=code_of(mailed))
    with pytest.raises(mailed.client.exceptions.InvalidParameterException, match="EMAIL_OTP_CODE"):
        respond(mailed, second)
    with pytest.raises(mailed.client.exceptions.InvalidParameterException, match="SMS_MFA_CODE of EMAIL_OTP"):
        respond(mailed, second, SMS_MFA_CODE=code_of(mailed))
    assert "AuthenticationResult" in respond(mailed, first, EMAIL_OTP_CODE=old)


def test_a_code_ends_with_its_session(mailed: Any) -> None:
    challenge = sign_in(mailed)
    mailed.service.advance(180)
    with pytest.raises(mailed.client.exceptions.NotAuthorizedException, match="session is expired"):
        respond(mailed, challenge, EMAIL_OTP_CODE=code_of(mailed))


def test_a_code_verifies_only_the_address_it_went_to(mailed: Any) -> None:
    challenge = sign_in(mailed)
    moved = [{"Name": "email", "Value": "new@example.com"}]
    mailed.admin("AdminUpdateUserAttributes", Username="alice", UserAttributes=moved)
    assert "AuthenticationResult" in respond(mailed, challenge, EMAIL_OTP_CODE=code_of(mailed))
    assert attributes(mailed).get("email_verified") != "true"


def test_an_alias_that_another_account_has_verified_stays_there(make: Any) -> None:
    bench = make(mfa="OPTIONAL", factors=ALL, alias_attributes=("email",))
    bench.user("bob", email="same@example.com", email_verified="true")
    bench.user("alice", email="same@example.com")
    prefer(bench, EmailMfaSettings=ON)
    challenge = sign_in(bench)
    assert "AuthenticationResult" in respond(bench, challenge, EMAIL_OTP_CODE=code_of(bench))
    assert "email_verified" not in attributes(bench)


def test_a_text_message_verifies_its_number_too(mailed: Any) -> None:
    prefer(mailed, SMSMfaSettings=PREFERRED)
    challenge = sign_in(mailed)
    respond(mailed, challenge, SMS_MFA_CODE=mailed.service.last_code("alice", "sms_mfa"))
    assert attributes(mailed)["phone_number_verified"] == "true"


def test_who_has_more_than_one_factor_chooses_among_exactly_those(mailed: Any) -> None:
    prefer(mailed, SMSMfaSettings=ON)
    challenge = sign_in(mailed)
    assert challenge["ChallengeName"] == "SELECT_MFA_TYPE"
    assert json.loads(challenge["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == ["SMS_MFA", "EMAIL_OTP"]
    assert not mailed.service.outbox
    for not_offered in ("SOFTWARE_TOKEN_MFA", "EMAIL_MFA", "email_otp", " EMAIL_OTP"):
        with pytest.raises(mailed.client.exceptions.InvalidParameterException, match="MFAS_CAN_CHOOSE"):
            respond(mailed, challenge, ANSWER=not_offered)
    chosen = respond(mailed, challenge, ANSWER="EMAIL_OTP")
    assert chosen["ChallengeName"] == "EMAIL_OTP"
    with pytest.raises(mailed.client.exceptions.NotAuthorizedException):
        respond(mailed, challenge, ANSWER="SMS_MFA")
    assert "AuthenticationResult" in respond(mailed, chosen, EMAIL_OTP_CODE=code_of(mailed))


def test_a_choice_whose_address_is_gone_is_refused_and_another_may_be_made(mailed: Any) -> None:
    prefer(mailed, SMSMfaSettings=ON)
    challenge = sign_in(mailed)
    gone = [{"Name": "email", "Value": ""}]
    mailed.admin("AdminUpdateUserAttributes", Username="alice", UserAttributes=gone)
    with pytest.raises(mailed.client.exceptions.InvalidParameterException):
        respond(mailed, challenge, ANSWER="EMAIL_OTP")
    assert respond(mailed, challenge, ANSWER="SMS_MFA")["ChallengeName"] == "SMS_MFA"


def test_preferences_are_told_where_the_user_asks(mailed: Any) -> None:
    challenge = sign_in(mailed)
    tokens = respond(mailed, challenge, EMAIL_OTP_CODE=code_of(mailed))["AuthenticationResult"]
    access = {"AccessToken": tokens["AccessToken"]}
    client = mailed.client
    client.set_user_mfa_preference(**access, SMSMfaSettings=ON, EmailMfaSettings=PREFERRED)
    for answer in (client.get_user(**access), client.get_user_auth_factors(**access)):
        assert answer["Username"] == "alice"
        assert answer["PreferredMfaSetting"] == "EMAIL_OTP"
        assert sorted(answer["UserMFASettingList"]) == ["EMAIL_OTP", "SMS_MFA"]
    assert client.get_user_auth_factors(**access)["ConfiguredUserAuthFactors"] == ["PASSWORD"]
    client.set_user_mfa_preference(**access, EmailMfaSettings={"Enabled": False}, SMSMfaSettings={"Enabled": False})
    assert "PreferredMfaSetting" not in client.get_user(**access)
    assert "UserMFASettingList" not in client.get_user_auth_factors(**access)
    with pytest.raises(client.exceptions.NotAuthorizedException):
        client.get_user_auth_factors(AccessToken="nonsense")


def test_preferences_that_cannot_be_are_refused(make: Any) -> None:
    bench = make(mfa="OPTIONAL", factors=ALL)
    bench.user("alice", phone_number="+12065551234")
    refused = bench.client.exceptions.InvalidParameterException
    with pytest.raises(refused, match="does not have delivery config set to turn on EMAIL_OTP"):
        prefer(bench, EmailMfaSettings=ON)
    with pytest.raises(refused, match="must be enabled to be preferred"):
        prefer(bench, EmailMfaSettings={"PreferredMfa": True})
    with pytest.raises(refused, match="Only one MFA method can be preferred"):
        prefer(bench, EmailMfaSettings=PREFERRED, SMSMfaSettings=PREFERRED)
    with pytest.raises(refused, match="WebAuthnMfaSettings"):
        prefer(bench, WebAuthnMfaSettings=ON)


def test_a_preference_outlives_nothing_that_the_pool_has_turned_off(mailed: Any) -> None:
    mailed.admin("SetUserPoolMfaConfig", MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True})
    assert "AuthenticationResult" in sign_in(mailed)
    with pytest.raises(mailed.client.exceptions.InvalidParameterException, match="EMAIL_OTP is not enabled"):
        prefer(mailed, EmailMfaSettings=ON)


# the pool's settings


def created(bench: Any, **settings: Any) -> str:
    return str(bench.client.create_user_pool(PoolName="p", **settings)["UserPool"]["Id"])


def configure(bench: Any, pool_id: str, mode: str = "ON", **more: Any) -> Any:
    return bench.client.set_user_pool_mfa_config(UserPoolId=pool_id, MfaConfiguration=mode, **more)


def test_message_and_subject_are_kept_and_told(bench: Any) -> None:
    pool_id = created(bench, EmailConfiguration=SES)
    email = {"Message": "Your code is {####}.", "Subject": "Your code"}
    set_ = configure(bench, pool_id, EmailMfaConfiguration=email)
    told = bench.client.get_user_pool_mfa_config(UserPoolId=pool_id)
    for answer in (set_, told):
        assert answer["EmailMfaConfiguration"] == email
        assert answer["MfaConfiguration"] == "ON"
    with pytest.raises(bench.client.exceptions.InvalidParameterException, match="emailMfaConfiguration"):
        configure(bench, pool_id, EmailMfaConfiguration={"Message": "no place for the code"})


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({}, "InvalidParameterException", "COGNITO_DEFAULT"),
        ({"EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"}}, "InvalidParameterException", "COGNITO"),
        ({"EmailConfiguration": SES, "UserPoolTier": "LITE"}, "FeatureUnavailableInTierException", "LITE"),
        (
            {
                "EmailConfiguration": SES,
                "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
            },
            "InvalidParameterException",
            "verified_email as a recovery mechanism",
        ),
    ],
)
def test_email_mfa_is_refused_where_cognito_does_not_have_it(
    bench: Any, settings: Any, error: str, message: str
) -> None:
    pool_id = created(bench, **settings)
    with pytest.raises(getattr(bench.client.exceptions, error), match=message):
        configure(bench, pool_id, EmailMfaConfiguration={})
    assert bench.client.get_user_pool_mfa_config(UserPoolId=pool_id)["MfaConfiguration"] == "OFF"


def test_a_factor_and_off_exclude_each_other(bench: Any) -> None:
    refused = bench.client.exceptions.InvalidParameterException
    with pytest.raises(refused, match="can't turn off MFA and configure an MFA together"):
        configure(bench, bench.pool_id, "OFF", SoftwareTokenMfaConfiguration={"Enabled": False})
    assert configure(bench, bench.pool_id, "OFF")["MfaConfiguration"] == "OFF"
    with pytest.raises(refused, match="can't disable all MFAs"):
        configure(bench, bench.pool_id, "OPTIONAL")


@pytest.mark.parametrize("factors", [("EMAIL_OTP",), ("SOFTWARE_TOKEN_MFA",), ("EMAIL_OTP", "SMS_MFA"), ALL])
def test_quickstart_makes_pools_with_the_factors_asked_for(make: Any, factors: tuple[str, ...]) -> None:
    bench = make(mfa="ON", factors=factors)
    told = bench.client.get_user_pool_mfa_config(UserPoolId=bench.pool_id)
    members = {
        "SMS_MFA": "SmsMfaConfiguration",
        "SOFTWARE_TOKEN_MFA": "SoftwareTokenMfaConfiguration",
        "EMAIL_OTP": "EmailMfaConfiguration",
    }
    assert {name for name, member in members.items() if member in told} == set(factors)


def test_quickstart_refuses_factors_that_are_none(make: Any, refused: Any) -> None:
    for factors in (("TOTP",), "EMAIL_OTP", ("",)):
        with refused("InvalidParameterException", "A second factor is one of SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP."):
            make(mfa="ON", factors=factors)
    with refused("InvalidParameterException"):
        make(mfa="ON", factors=())


# recovery and MFA never use the same address


def recovering(bench: Any, *means: str) -> None:
    """Make the bench's pool and client anew with these means of recovery, most important first."""
    setting = {"RecoveryMechanisms": [{"Name": name, "Priority": n} for n, name in enumerate(means, 1)]}
    bench.pool_id = created(bench, EmailConfiguration=SES, AccountRecoverySetting=setting)
    sms = {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/x"}}
    totp = {"Enabled": True}
    configure(
        bench, bench.pool_id, SmsMfaConfiguration=sms, EmailMfaConfiguration={}, SoftwareTokenMfaConfiguration=totp
    )
    client = bench.client.create_user_pool_client(
        UserPoolId=bench.pool_id, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )
    bench.client_id = client["UserPoolClient"]["ClientId"]


def forget(bench: Any) -> Any:
    return bench.client.forgot_password(ClientId=bench.client_id, Username="alice")["CodeDeliveryDetails"]


VERIFIED = {**BOTH, "email_verified": "true", "phone_number_verified": "true"}


def test_where_mfa_is_required_the_recovery_address_is_not_asked(bench: Any) -> None:
    recovering(bench, "verified_email", "verified_phone_number")
    bench.user("alice", **VERIFIED)
    assert sign_in(bench)["ChallengeName"] == "SMS_MFA"
    assert forget(bench)["DeliveryMedium"] == "EMAIL"
    prefer(bench, EmailMfaSettings=PREFERRED)
    assert sign_in(bench)["ChallengeName"] == "EMAIL_OTP"
    assert forget(bench)["DeliveryMedium"] == "SMS"


def test_who_has_only_the_address_of_their_second_factor_cannot_recover(bench: Any) -> None:
    recovering(bench, "verified_phone_number", "verified_email")
    bench.user("alice", email="alice@example.com", email_verified="true")
    assert sign_in(bench)["ChallengeName"] == "EMAIL_OTP"
    with pytest.raises(bench.client.exceptions.InvalidParameterException, match="Cannot reset password"):
        forget(bench)


def test_the_recovery_address_is_nothing_to_set_up(bench: Any) -> None:
    recovering(bench, "verified_email", "verified_phone_number")
    bench.user("alice", email="alice@example.com")
    challenge = sign_in(bench)
    assert json.loads(challenge["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]
    with pytest.raises(bench.client.exceptions.InvalidParameterException, match="MFAS_CAN_SETUP"):
        respond(bench, challenge, EMAIL="other@example.com")
