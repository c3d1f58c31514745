"""Second factors: SMS, TOTP, choosing between them, enrolling."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyotp.totp import TOTP

from authflow.adapters.local_pool import totp
from authflow.adapters.local_pool.records import AuthSession

SMS_WRONG = ("CodeMismatchException", "Invalid code or auth state for the user.")
TOTP_WRONG = ("CodeMismatchException", "Invalid code received for user")
SPENT = ("NotAuthorizedException", "Invalid session for the user.")
PHONE = {"phone_number": "+12065551234", "phone_number_verified": "true"}


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def sms(bench: Any) -> Any:
    bench.user("alice", **PHONE)
    bench.admin("AdminSetUserMFAPreference", Username="alice", SMSMfaSettings={"Enabled": True})
    return bench.password()


def answer(bench: Any, challenge: Any, code: str) -> Any:
    name = challenge["ChallengeName"]
    return bench.respond(name, challenge["Session"], **{"USERNAME": "alice", f"{name}_CODE": code})


def test_an_sms_code_is_asked_for_and_the_right_one_ends_signed_in(make: Any, refused: Any) -> None:
    bench = make(mfa="OPTIONAL")
    challenge = sms(bench)
    assert challenge["ChallengeName"] == "SMS_MFA"
    assert challenge["ChallengeParameters"] == {
        "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS",
        "CODE_DELIVERY_DESTINATION": "+*******1234",
        "USER_ID_FOR_SRP": "alice",
    }
    code = bench.service.last_code("alice", "sms_mfa")
    for wrong in (other(code), "schön"):
        with refused(*SMS_WRONG):
            answer(bench, challenge, wrong)
    assert "AuthenticationResult" in answer(bench, challenge, code)
    with refused(*SPENT):
        answer(bench, challenge, code)


def test_five_wrong_codes_end_the_session(make: Any, refused: Any) -> None:
    bench = make(mfa="OPTIONAL")
    challenge = sms(bench)
    code = bench.service.last_code("alice", "sms_mfa")
    for _ in range(4):
        with refused(*SMS_WRONG):
            answer(bench, challenge, other(code))
    for given_code in (other(code), code):
        with refused(*SPENT):
            answer(bench, challenge, given_code)


def test_a_code_and_its_session_live_three_minutes(make: Any, refused: Any) -> None:
    bench = make(mfa="OPTIONAL")
    challenge = sms(bench)
    bench.now += 180
    with refused("NotAuthorizedException", "Invalid session for the user, session is expired."):
        answer(bench, challenge, bench.service.last_code("alice", "sms_mfa"))


def test_a_session_belongs_to_its_user_and_challenge(make: Any, refused: Any) -> None:
    bench = make(mfa="OPTIONAL")
    challenge = sms(bench)
    bench.user("bob")
    code = bench.service.last_code("alice", "sms_mfa")
    with refused(*SPENT):
        bench.respond("SMS_MFA", challenge["Session"], USERNAME="bob", SMS_MFA_CODE=code)
    with refused(*SPENT):
        bench.respond("SMS_MFA", challenge["Session"], USERNAME="nobody", SMS_MFA_CODE=code)
    with refused(*SPENT):
        bench.respond("SOFTWARE_TOKEN_MFA", challenge["Session"], USERNAME="alice", SOFTWARE_TOKEN_MFA_CODE=code)
    with refused(*SPENT):
        bench.respond("SMS_MFA", "invented" * 5, USERNAME="alice", SMS_MFA_CODE=code)
    with refused("InvalidParameterException", "Missing required parameter Session"):
        bench.respond("SMS_MFA", None, USERNAME="alice", SMS_MFA_CODE=code)
    with refused("InvalidParameterException", "Missing required parameter SMS_MFA_CODE"):
        bench.respond("SMS_MFA", challenge["Session"], USERNAME="alice")
    bench.admin("AdminDeleteUser", Username="alice")
    with refused(*SPENT):
        answer(bench, challenge, code)


def test_a_disabled_user_cannot_finish(make: Any, refused: Any) -> None:
    bench = make(mfa="OPTIONAL")
    challenge = sms(bench)
    bench.admin("AdminDisableUser", Username="alice")
    with refused("NotAuthorizedException", "User is disabled."):
        answer(bench, challenge, bench.service.last_code("alice", "sms_mfa"))


def test_totp_is_enrolled_and_asked_for(make: Any, refused: Any) -> None:
    bench = make(mfa="OPTIONAL")
    bench.user()
    secret = bench.enrol_totp(name="my phone")
    challenge = bench.prove(bench.srp())
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert challenge["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "my phone"
    with refused(*TOTP_WRONG):
        answer(bench, challenge, other(bench.totp(secret)))
    assert "AuthenticationResult" in answer(bench, challenge, bench.totp(secret))
    found = bench.admin("AdminGetUser", Username="alice")
    assert found["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
    assert found["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"


def test_a_totp_code_is_good_once(make: Any, refused: Any) -> None:
    bench = make(mfa="OPTIONAL")
    bench.user()
    secret = bench.enrol_totp()
    code = bench.totp(secret)
    answer(bench, bench.password(), code)
    with refused("ExpiredCodeException", "Your software token has already been used once."):
        answer(bench, bench.password(), code)
    bench.now += 30
    assert "AuthenticationResult" in answer(bench, bench.password(), bench.totp(secret))


@pytest.mark.parametrize(("shift", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_totp_code_may_be_one_step_off(make: Any, refused: Any, shift: int, accepted: bool) -> None:
    bench = make(mfa="OPTIONAL")
    bench.user()
    secret = bench.enrol_totp()
    bench.now += 60
    if accepted:
        assert "AuthenticationResult" in answer(bench, bench.password(), bench.totp(secret, shift))
    else:
        with refused(*TOTP_WRONG):
            answer(bench, bench.password(), bench.totp(secret, shift))


def test_the_enrolling_code_cannot_sign_in_as_well(make: Any, refused: Any) -> None:
    bench = make(mfa="OPTIONAL")
    bench.user()
    secret = bench.enrol_totp()
    bench.now -= 30
    with refused("ExpiredCodeException"):
        answer(bench, bench.password(), bench.totp(secret))


@given(st.integers(0, 4_000_000_000))
def test_a_step_matches_itself(now: int) -> None:
    secret = "JBSWY3DPEHPK3PXP" * 2
    code = TOTP(secret).at(now)
    assert now // 30 in totp.matching_steps(secret, code, now)


def test_secrets_are_random_and_a_new_one_replaces_the_old_only_when_verified(make: Any, refused: Any) -> None:
    bench = make(mfa="OPTIONAL")
    bench.user()
    first = bench.enrol_totp()
    challenge = bench.password()
    access = {"AccessToken": answer(bench, challenge, bench.totp(first))["AuthenticationResult"]["AccessToken"]}
    second = bench.service.call("AssociateSoftwareToken", access)["SecretCode"]
    assert first != second
    with refused("EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA"):
        bench.service.call("VerifySoftwareToken", {**access, "UserCode": other(bench.totp(second))})
    bench.now += 30
    assert "AuthenticationResult" in answer(bench, bench.password(), bench.totp(first))
    bench.service.call("VerifySoftwareToken", {**access, "UserCode": bench.totp(second)})
    with refused("SoftwareTokenMFANotFoundException"):
        bench.service.call("VerifySoftwareToken", {**access, "UserCode": bench.totp(second)})
    bench.now += 30
    assert "AuthenticationResult" in answer(bench, bench.password(), bench.totp(second))


def test_of_two_factors_the_preferred_is_asked_for_else_the_user_chooses(make: Any, refused: Any) -> None:
    bench = make(mfa="OPTIONAL")
    bench.user("alice", **PHONE)
    secret = bench.enrol_totp(preferred=True)
    bench.admin("AdminSetUserMFAPreference", Username="alice", SMSMfaSettings={"Enabled": True})
    assert bench.password()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    bench.admin("AdminSetUserMFAPreference", Username="alice", SoftwareTokenMfaSettings={"Enabled": True})
    for choice in ("SMS_MFA", "SOFTWARE_TOKEN_MFA"):
        challenge = bench.password()
        assert challenge["ChallengeName"] == "SELECT_MFA_TYPE"
        assert json.loads(challenge["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]
        with refused("InvalidParameterException"):
            bench.respond("SELECT_MFA_TYPE", challenge["Session"], USERNAME="alice", ANSWER="EMAIL_OTP")
        chosen = bench.respond("SELECT_MFA_TYPE", challenge["Session"], USERNAME="alice", ANSWER=choice)
        assert chosen["ChallengeName"] == choice
        with refused(*SPENT):
            bench.respond("SELECT_MFA_TYPE", challenge["Session"], USERNAME="alice", ANSWER=choice)
        code = bench.service.last_code("alice", "sms_mfa") if choice == "SMS_MFA" else bench.totp(secret)
        assert "AuthenticationResult" in answer(bench, chosen, code)


def test_factors_can_be_turned_off_again(make: Any) -> None:
    bench = make(mfa="OPTIONAL")
    bench.user()
    bench.enrol_totp()
    bench.admin("AdminSetUserMFAPreference", Username="alice", SoftwareTokenMfaSettings={"Enabled": False})
    assert "AccessToken" in bench.tokens()
    assert "UserMFASettingList" not in bench.admin("AdminGetUser", Username="alice")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"SMSMfaSettings": {"Enabled": True}}, "User does not have delivery config set to turn on SMS_MFA"),
        (
            {"SoftwareTokenMfaSettings": {"Enabled": True}},
            "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
        ),
        ({"SMSMfaSettings": {"PreferredMfa": True}}, "An MFA method must be enabled to be preferred."),
        (
            {"SMSMfaSettings": {"PreferredMfa": True}, "SoftwareTokenMfaSettings": {"PreferredMfa": True}},
            "Only one MFA method can be preferred.",
        ),
        (
            {"EmailMfaSettings": {"Enabled": True}},
            "EMAIL_OTP is not enabled for the user pool.",
        ),
    ],
)
def test_preferences_that_cannot_be_are_refused(make: Any, refused: Any, settings: Any, message: str) -> None:
    bench = make(mfa="OPTIONAL")
    bench.user()
    access = {"AccessToken": bench.tokens()["AccessToken"]}
    with refused("InvalidParameterException", message):
        bench.service.call("SetUserMFAPreference", {**access, **settings})


def test_where_mfa_is_off_there_is_none(bench: Any, refused: Any) -> None:
    bench.user("alice", **PHONE)
    access = {"AccessToken": bench.tokens()["AccessToken"]}
    with refused("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool."):
        bench.service.call("AssociateSoftwareToken", access)
    with refused("InvalidParameterException", "SMS_MFA is not enabled for the user pool."):
        bench.service.call("SetUserMFAPreference", {**access, "SMSMfaSettings": {"Enabled": True}})


def test_where_mfa_is_required_a_phone_is_used_at_once(make: Any) -> None:
    bench = make(mfa="ON")
    bench.user("alice", **PHONE)
    assert bench.password()["ChallengeName"] == "SMS_MFA"


def test_where_mfa_is_required_enrolment_cannot_be_skipped(make: Any, refused: Any) -> None:
    bench = make(mfa="ON")
    bench.user()
    challenge = bench.password()
    assert challenge["ChallengeName"] == "MFA_SETUP"
    assert "SOFTWARE_TOKEN_MFA" in json.loads(challenge["ChallengeParameters"]["MFAS_CAN_SETUP"])
    session = challenge["Session"]

    def call(operation: str, **request: str) -> Any:
        return bench.service.call(operation, {"Session": session, **request})

    with refused("InvalidParameterException", "User has not verified software token MFA."):
        bench.respond("MFA_SETUP", session, USERNAME="alice")
    with refused("SoftwareTokenMFANotFoundException"):
        call("VerifySoftwareToken", UserCode="123456")
    associated = call("AssociateSoftwareToken")
    with refused(*SPENT):
        call("AssociateSoftwareToken")
    session, secret = associated["Session"], associated["SecretCode"]
    with refused("InvalidParameterException", "User has not verified software token MFA."):
        bench.respond("MFA_SETUP", session, USERNAME="alice")
    with refused("EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA"):
        call("VerifySoftwareToken", UserCode=other(bench.totp(secret)))
    verified = call("VerifySoftwareToken", UserCode=bench.totp(secret), FriendlyDeviceName="phone")
    assert verified["Status"] == "SUCCESS"
    assert bench.password()["ChallengeName"] == "MFA_SETUP"
    session = verified["Session"]
    assert "AuthenticationResult" in bench.respond("MFA_SETUP", session, USERNAME="alice")
    bench.now += 30
    again = bench.password()
    assert again["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert "AuthenticationResult" in answer(bench, again, bench.totp(secret))


def test_a_token_and_a_session_are_one_too_many(make: Any, refused: Any) -> None:
    bench = make(mfa="ON")
    with refused("InvalidParameterException", "Either AccessToken or Session must be given, and not both."):
        bench.service.call("AssociateSoftwareToken", {})


def test_a_temporary_password_leads_on_to_the_second_factor(make: Any) -> None:
    bench = make(mfa="ON")
    bench.user("alice", **PHONE)
    bench.admin("AdminSetUserPassword", Username="alice", Password="Temp0rary!", Permanent=False)
    challenge = bench.password(password="Temp0rary!")
    given = {"USERNAME": "alice", "NEW_PASSWORD": "N3w-Passw0rd"}
    assert bench.respond("NEW_PASSWORD_REQUIRED", challenge["Session"], **given)["ChallengeName"] == "SMS_MFA"


def test_the_pools_settings_are_set_and_told(bench: Any, refused: Any) -> None:
    assert bench.admin("GetUserPoolMfaConfig") == {"MfaConfiguration": "OFF"}
    with refused("InvalidParameterException"):
        bench.admin("SetUserPoolMfaConfig", MfaConfiguration="ON")
    told = bench.admin("SetUserPoolMfaConfig", MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True})
    assert told == {"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": True}}
    sms_settings = {"SnsCallerArn": "arn:aws:iam::000000000000:role/x"}
    told = bench.admin(
        "SetUserPoolMfaConfig", MfaConfiguration="OPTIONAL", SmsMfaConfiguration={"SmsConfiguration": sms_settings}
    )
    assert told["SmsMfaConfiguration"] == {"SmsConfiguration": sms_settings}
    configs: list[dict[str, Any]] = [
        {"EmailMfaConfiguration": {"Message": "{####}"}},
        {"SmsMfaConfiguration": {"SmsConfiguration": {"EumsSms": {"CallerArn": "arn:aws:iam::000000000000:role/x"}}}},
    ]
    for config in configs:
        with refused("InvalidParameterException"):
            bench.admin("SetUserPoolMfaConfig", **config)


def test_spent_sessions_are_forgotten_after_an_hour(make: Any) -> None:
    bench = make(mfa="OPTIONAL")
    sms(bench)
    bench.service.advance(2 * 3600)
    bench.password()
    assert len(bench.service._core.ctx.store.all(AuthSession)) == 1
