"""MFA_SETUP: enrolling a second factor before the first sign-in ends, through boto3."""

import json
from typing import Any

import pytest

ALL = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
NEW = "alice@example.com"


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


def code_of(bench: Any) -> str:
    return str(bench.service.last_code("alice", "email_mfa"))


def user_of(bench: Any) -> Any:
    return bench.client.admin_get_user(UserPoolId=bench.pool_id, Username="alice")


def attributes(bench: Any) -> dict[str, str]:
    return {item["Name"]: item["Value"] for item in user_of(bench)["UserAttributes"]}


@pytest.fixture
def bare(make: Any) -> Any:
    """A bench that requires MFA, whose user alice has neither address nor number."""
    bench = make(mfa="ON", factors=ALL)
    bench.user("alice", name="Alice")
    return bench


@pytest.mark.parametrize(
    ("factors", "given", "can"),
    [
        (ALL, {"name": "A"}, ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]),
        (("EMAIL_OTP",), {"name": "A"}, ["EMAIL_OTP"]),
        (("SOFTWARE_TOKEN_MFA",), {"email": NEW}, ["SOFTWARE_TOKEN_MFA"]),
        (("SMS_MFA",), {"email": NEW}, ["SMS_MFA"]),
    ],
)
def test_what_can_be_set_up_is_listed(make: Any, factors: Any, given: Any, can: Any) -> None:
    bench = make(mfa="ON", factors=factors)
    bench.user("alice", **given)
    challenge = sign_in(bench)
    assert challenge["ChallengeName"] == "MFA_SETUP"
    assert json.loads(challenge["ChallengeParameters"]["MFAS_CAN_SETUP"]) == can


def test_an_address_the_user_has_is_used_at_once(make: Any) -> None:
    bench = make(mfa="ON", factors=ALL)
    bench.user("alice", email=NEW)
    assert sign_in(bench)["ChallengeName"] == "EMAIL_OTP"


def test_an_address_is_proved_enables_the_factor_and_signs_in(bare: Any) -> None:
    setup = sign_in(bare)
    challenge = respond(bare, setup, EMAIL=NEW)
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    assert challenge["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == "EMAIL"
    assert challenge["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "a***@e***"
    assert bare.service.outbox[-1].destination == NEW
    code = code_of(bare)
    with pytest.raises(bare.client.exceptions.CodeMismatchException):
        respond(bare, challenge, EMAIL_OTP_CODE=other(code))
    assert "email" not in attributes(bare)
    assert "UserMFASettingList" not in user_of(bare)
    tokens = respond(bare, challenge, EMAIL_OTP_CODE=code)["AuthenticationResult"]
    assert attributes(bare) | {"email": NEW, "email_verified": "true"} == attributes(bare)
    assert bare.client.get_user(AccessToken=tokens["AccessToken"])["UserMFASettingList"] == ["EMAIL_OTP"]
    for spent, answer in ((setup, {"EMAIL": NEW}), (challenge, {"EMAIL_OTP_CODE": code})):
        with pytest.raises(bare.client.exceptions.NotAuthorizedException):
            respond(bare, spent, **answer)
    again = sign_in(bare)
    assert again["ChallengeName"] == "EMAIL_OTP"
    assert "AuthenticationResult" in respond(bare, again, EMAIL_OTP_CODE=code_of(bare))


def test_enrolment_cannot_be_skipped(bare: Any) -> None:
    setup = sign_in(bare)
    challenge = respond(bare, setup, EMAIL=NEW)
    assert sign_in(bare)["ChallengeName"] == "MFA_SETUP"
    for answers in ({}, {"EMAIL": NEW}):
        with pytest.raises(bare.client.exceptions.NotAuthorizedException):
            respond(bare, challenge, name="MFA_SETUP", **answers)
    with pytest.raises(bare.client.exceptions.NotAuthorizedException):
        bare.client.associate_software_token(Session=challenge["Session"])
    fresh = sign_in(bare)
    with pytest.raises(bare.client.exceptions.NotAuthorizedException):
        respond(bare, fresh, name="EMAIL_OTP", EMAIL_OTP_CODE=code_of(bare))
    with pytest.raises(bare.client.exceptions.InvalidParameterException, match="not verified software token"):
        respond(bare, fresh)


@pytest.mark.parametrize("address", ["alice", "alice@", "@example.com", "a b@example.com", "a@example", "x@y.z" * 600])
def test_an_address_of_the_wrong_form_leaves_the_session_good(bare: Any, address: str) -> None:
    setup = sign_in(bare)
    with pytest.raises(bare.client.exceptions.InvalidParameterException):
        respond(bare, setup, EMAIL=address)
    assert not bare.service.outbox
    assert respond(bare, setup, EMAIL=NEW)["ChallengeName"] == "EMAIL_OTP"


def test_an_empty_address_is_a_missing_one(bare: Any) -> None:
    with pytest.raises(bare.client.exceptions.InvalidParameterException, match="Missing required parameter EMAIL"):
        respond(bare, sign_in(bare), EMAIL="")


def test_a_factor_that_is_not_offered_is_refused(make: Any) -> None:
    bench = make(mfa="ON")
    bench.user("alice", name="Alice")
    setup = sign_in(bench)
    with pytest.raises(bench.client.exceptions.InvalidParameterException, match="MFAS_CAN_SETUP"):
        respond(bench, setup, EMAIL=NEW)
    with pytest.raises(bench.client.exceptions.InvalidParameterException, match="PHONE_NUMBER of MFA_SETUP"):
        respond(bench, setup, PHONE_NUMBER="+12065551234")
    assert bench.client.associate_software_token(Session=setup["Session"])["SecretCode"]


def test_totp_cannot_be_set_up_where_the_pool_has_none(make: Any) -> None:
    bench = make(mfa="ON", factors=("EMAIL_OTP",))
    bench.user("alice", name="Alice")
    setup = sign_in(bench)
    with pytest.raises(bench.client.exceptions.SoftwareTokenMFANotFoundException):
        bench.client.associate_software_token(Session=setup["Session"])
    assert respond(bench, setup, EMAIL=NEW)["ChallengeName"] == "EMAIL_OTP"


def test_an_alias_that_somebody_else_has_verified_is_not_taken_over(make: Any) -> None:
    bench = make(mfa="ON", factors=ALL, alias_attributes=("email",))
    bench.user("bob", email=NEW, email_verified="true")
    bench.user("alice", name="Alice")
    challenge = respond(bench, sign_in(bench), EMAIL=NEW)
    with pytest.raises(bench.client.exceptions.AliasExistsException):
        respond(bench, challenge, EMAIL_OTP_CODE=code_of(bench))
    assert "email" not in attributes(bench)
    assert sign_in(bench)["ChallengeName"] == "MFA_SETUP"


def test_a_username_of_somebody_else_is_refused_before_anything_is_sent(make: Any) -> None:
    bench = make(mfa="ON", factors=("EMAIL_OTP",), username_attributes=("email", "phone_number"))
    bench.user(NEW, name="Owner")
    bench.user("+12065551234", name="Other")
    setup = sign_in(bench, "+12065551234")
    with pytest.raises(bench.client.exceptions.AliasExistsException):
        respond(bench, setup, username="+12065551234", EMAIL=NEW.upper())
    assert not bench.service.outbox
    fine = respond(bench, setup, username="+12065551234", EMAIL="mine@example.com")
    assert fine["ChallengeName"] == "EMAIL_OTP"


def test_the_app_starts_with_totp_and_ends_with_an_address(bare: Any) -> None:
    setup = sign_in(bare)
    begun = bare.client.associate_software_token(Session=setup["Session"])
    challenge = respond(bare, begun, name="MFA_SETUP", EMAIL=NEW)
    assert "AuthenticationResult" in respond(bare, challenge, EMAIL_OTP_CODE=code_of(bare))
    assert user_of(bare)["UserMFASettingList"] == ["EMAIL_OTP"]


def test_a_wrong_enrolment_code_leaves_secret_and_session_usable(bare: Any) -> None:
    begun = bare.client.associate_software_token(Session=sign_in(bare)["Session"])
    session, code = begun["Session"], bare.totp(begun["SecretCode"])
    with pytest.raises(bare.client.exceptions.EnableSoftwareTokenMFAException, match="Code mismatch"):
        bare.client.verify_software_token(Session=session, UserCode=other(code))
    for malformed in (f"{code[:3]} {code[3:]}", f"{code} ", "12345a", "\uff11" * 6):
        with pytest.raises(bare.client.exceptions.InvalidParameterException):
            bare.client.verify_software_token(Session=session, UserCode=malformed)
    verified = bare.client.verify_software_token(Session=session, UserCode=code)
    assert verified["Status"] == "SUCCESS"
    with pytest.raises(bare.client.exceptions.NotAuthorizedException):
        bare.client.verify_software_token(Session=session, UserCode=code)
    assert "AuthenticationResult" in respond(bare, verified, name="MFA_SETUP")
    assert user_of(bare)["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
    with pytest.raises(bare.client.exceptions.NotAuthorizedException):
        respond(bare, verified, name="MFA_SETUP")


def test_five_wrong_enrolment_codes_end_the_session(bare: Any) -> None:
    begun = bare.client.associate_software_token(Session=sign_in(bare)["Session"])
    session, code = begun["Session"], bare.totp(begun["SecretCode"])
    for _ in range(4):
        with pytest.raises(bare.client.exceptions.EnableSoftwareTokenMFAException):
            bare.client.verify_software_token(Session=session, UserCode=other(code))
    for given in (other(code), code):
        with pytest.raises(bare.client.exceptions.NotAuthorizedException):
            bare.client.verify_software_token(Session=session, UserCode=given)


def test_a_totp_code_with_spaces_is_wrong_at_sign_in(make: Any) -> None:
    bench = make(mfa="OPTIONAL")
    bench.user()
    secret = bench.enrol_totp()
    challenge = sign_in(bench)
    code = bench.totp(secret)
    with pytest.raises(bench.client.exceptions.CodeMismatchException):
        respond(bench, challenge, SOFTWARE_TOKEN_MFA_CODE=f"{code[:3]} {code[3:]}")
    assert "AuthenticationResult" in respond(bench, challenge, SOFTWARE_TOKEN_MFA_CODE=code)


def test_who_can_set_up_nothing_is_refused(bench: Any) -> None:
    setting = {
        "RecoveryMechanisms": [
            {"Name": "verified_email", "Priority": 1},
            {"Name": "verified_phone_number", "Priority": 2},
        ]
    }
    ses = {"EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com"}
    pool = bench.client.create_user_pool(PoolName="p", EmailConfiguration=ses, AccountRecoverySetting=setting)
    bench.pool_id = pool["UserPool"]["Id"]
    bench.admin("SetUserPoolMfaConfig", MfaConfiguration="ON", EmailMfaConfiguration={})
    made = bench.client.create_user_pool_client(
        UserPoolId=bench.pool_id, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )
    bench.client_id = made["UserPoolClient"]["ClientId"]
    bench.user("alice", email=NEW, email_verified="true")
    with pytest.raises(bench.client.exceptions.InvalidParameterException, match="no MFA method"):
        sign_in(bench)


# signed in


@pytest.fixture
def signed_in(make: Any) -> Any:
    """A bench and the access token of its user alice, as keyword arguments."""
    bench = make(mfa="OPTIONAL", factors=ALL)
    bench.user()
    return bench, {"AccessToken": bench.tokens()["AccessToken"]}


def test_totp_is_enrolled_by_access_token(signed_in: Any) -> None:
    bench, access = signed_in
    begun = bench.client.associate_software_token(**access)
    assert "Session" not in begun
    code = bench.totp(begun["SecretCode"])
    refused = bench.client.exceptions
    with pytest.raises(refused.EnableSoftwareTokenMFAException):
        bench.client.verify_software_token(**access, UserCode=other(code))
    with pytest.raises(refused.InvalidParameterException, match="SOFTWARE_TOKEN_MFA"):
        bench.client.set_user_mfa_preference(**access, SoftwareTokenMfaSettings={"Enabled": True})
    assert bench.client.verify_software_token(**access, UserCode=code)["Status"] == "SUCCESS"
    assert "UserMFASettingList" not in bench.client.get_user(**access)
    preferred = {"Enabled": True, "PreferredMfa": True}
    bench.client.set_user_mfa_preference(**access, SoftwareTokenMfaSettings=preferred)
    assert bench.client.get_user(**access)["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"
    bench.now += 30
    challenge = sign_in(bench)
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    answer = {"SOFTWARE_TOKEN_MFA_CODE": bench.totp(begun["SecretCode"])}
    assert "AuthenticationResult" in respond(bench, challenge, **answer)


def test_a_secret_that_was_asked_for_again_replaces_the_one_before(signed_in: Any) -> None:
    bench, access = signed_in
    first = bench.client.associate_software_token(**access)["SecretCode"]
    second = bench.client.associate_software_token(**access)["SecretCode"]
    with pytest.raises(bench.client.exceptions.EnableSoftwareTokenMFAException):
        bench.client.verify_software_token(**access, UserCode=bench.totp(first))
    assert bench.client.verify_software_token(**access, UserCode=bench.totp(second))["Status"] == "SUCCESS"


def test_a_secret_must_be_asked_for_first_and_by_somebody(signed_in: Any) -> None:
    bench, access = signed_in
    with pytest.raises(bench.client.exceptions.SoftwareTokenMFANotFoundException):
        bench.client.verify_software_token(**access, UserCode="123456")
    with pytest.raises(bench.client.exceptions.InvalidParameterException, match="and not both"):
        bench.client.verify_software_token(**access, Session="x" * 20, UserCode="123456")
    with pytest.raises(bench.client.exceptions.NotAuthorizedException):
        bench.client.associate_software_token(Session="invented" * 5)
