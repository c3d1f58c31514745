"""Choice-based sign-in through a boto3 client: what is offered, what is chosen, and every wrong turn."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.adapters.local_pool.ceremonies import refusal

PASSWORD = "Passw0rd!"
CODES = ("PASSWORD", "EMAIL_OTP", "SMS_OTP")
PHONE = "+12065551234"


class Chooser:
    """One user's choice-based sign-ins."""

    def __init__(self, bench: Any, username: str = "alice") -> None:
        self.bench, self.username, self.client = bench, username, bench.client

    def request(self, **values: str) -> dict[str, Any]:
        values = {"USERNAME": self.username, **self.bench.secret_hash(self.username, "SECRET_HASH"), **values}
        return {"AuthFlow": "USER_AUTH", "ClientId": self.bench.client_id, "AuthParameters": values}

    def start(self, preferred: str | None = None, **values: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.initiate_auth(
            **self.request(**({"PREFERRED_CHALLENGE": preferred} if preferred else {}), **values)
        )
        return found

    def answering(self, challenge: dict[str, Any], **answers: str) -> dict[str, Any]:
        return {
            "ClientId": self.bench.client_id,
            "ChallengeName": challenge["ChallengeName"],
            "Session": challenge["Session"],
            "ChallengeResponses": {
                "USERNAME": self.username, **self.bench.secret_hash(self.username, "SECRET_HASH"), **answers
            },
        }  # fmt: skip

    def answer(self, challenge: dict[str, Any], **answers: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.respond_to_auth_challenge(**self.answering(challenge, **answers))
        return found

    def wrong(self, challenge: dict[str, Any], **answers: str) -> tuple[str, str]:
        return refusal(self.client.respond_to_auth_challenge, **self.answering(challenge, **answers))


@pytest.fixture
def pool(make: Any) -> Any:
    return make(first_factors=CODES)


@pytest.fixture
def alice(pool: Any) -> Chooser:
    pool.user("alice", email="alice@example.com", phone_number=PHONE)
    return Chooser(pool)


def signed_in(answer: dict[str, Any]) -> bool:
    return {"AccessToken", "IdToken", "RefreshToken"} <= set(answer["AuthenticationResult"])


def test_all_that_the_user_has_is_offered(alice: Chooser) -> None:
    challenge = alice.start()
    assert challenge["ChallengeName"] == "SELECT_CHALLENGE"
    assert challenge["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP"]
    assert challenge["ChallengeParameters"] == {"USER_ID_FOR_SRP": "alice"}
    assert challenge["Session"]


def test_what_the_user_lacks_is_not_offered(pool: Any) -> None:
    pool.user("bo", nickname="bo")
    pool.user("eve", email="eve@example.com")
    assert Chooser(pool, "bo").start()["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
    assert Chooser(pool, "eve").start()["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"]


def test_what_the_pool_does_not_allow_is_not_offered(make: Any) -> None:
    bench = make(first_factors=["PASSWORD"])
    bench.user()
    assert Chooser(bench).start("EMAIL_OTP")["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]


@pytest.mark.parametrize(
    ("name", "medium", "destination", "parameter"),
    [
        ("EMAIL_OTP", "EMAIL", "a***@e***", "EMAIL_OTP_CODE"),
        ("SMS_OTP", "SMS", "+*******1234", "SMS_OTP_CODE"),
    ],
)
@pytest.mark.parametrize("selected", [False, True])
def test_a_code_signs_in(
    alice: Chooser, name: str, medium: str, destination: str, parameter: str, selected: bool
) -> None:
    challenge = alice.answer(alice.start(), ANSWER=name) if selected else alice.start(name)
    assert challenge["ChallengeName"] == name
    assert challenge["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == medium
    assert challenge["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == destination
    (sent,) = alice.bench.service.outbox
    assert (sent.medium, sent.purpose) == (medium, "sign_in")
    assert signed_in(alice.answer(challenge, **{parameter: sent.code}))


def test_a_wrong_code_leaves_the_session_good_and_the_fifth_does_not(alice: Chooser) -> None:
    challenge = alice.start("EMAIL_OTP")
    right = alice.bench.service.last_code("alice", "sign_in")
    wrong = "000000" if right != "000000" else "111111"
    expected = ("CodeMismatchException", "Invalid code or auth state for the user.")
    assert alice.wrong(challenge, EMAIL_OTP_CODE=wrong) == expected
    assert signed_in(alice.answer(challenge, EMAIL_OTP_CODE=right))
    challenge = alice.start("EMAIL_OTP")
    for _ in range(4):
        assert alice.wrong(challenge, EMAIL_OTP_CODE="wrong") == expected
    spent = ("NotAuthorizedException", "Invalid session for the user.")
    assert alice.wrong(challenge, EMAIL_OTP_CODE="wrong") == spent
    assert alice.wrong(challenge, EMAIL_OTP_CODE=alice.bench.service.last_code("alice")) == spent


def test_a_code_is_good_once_and_not_for_long(alice: Chooser) -> None:
    challenge = alice.start("SMS_OTP")
    code = alice.bench.service.last_code("alice")
    alice.answer(challenge, SMS_OTP_CODE=code)
    assert alice.wrong(challenge, SMS_OTP_CODE=code) == ("NotAuthorizedException", "Invalid session for the user.")
    challenge = alice.start("SMS_OTP")
    alice.bench.now += 180
    assert alice.wrong(challenge, SMS_OTP_CODE=alice.bench.service.last_code("alice")) == (
        "NotAuthorizedException", "Invalid session for the user, session is expired."
    )  # fmt: skip


def test_a_code_for_another_challenge_does_not_sign_in(alice: Chooser) -> None:
    by_mail, by_phone = alice.start("EMAIL_OTP"), alice.start("SMS_OTP")
    mailed, texted = (message.code for message in alice.bench.service.outbox)
    if mailed != texted:  # one in a million runs draws the same code twice
        assert alice.wrong(by_mail, EMAIL_OTP_CODE=texted)[0] == "CodeMismatchException"
    confused = {**by_mail, "Session": by_phone["Session"]}
    assert alice.wrong(confused, EMAIL_OTP_CODE=mailed) == ("NotAuthorizedException", "Invalid session for the user.")
    assert alice.wrong(by_mail, SMS_OTP_CODE=mailed)[0] == "InvalidParameterException"


def test_a_session_belongs_to_its_user_and_client(alice: Chooser) -> None:
    alice.bench.user("bo")
    challenge = alice.start("EMAIL_OTP")
    code = alice.bench.service.last_code("alice")
    invalid = ("NotAuthorizedException", "Invalid session for the user.")
    assert Chooser(alice.bench, "bo").wrong(challenge, EMAIL_OTP_CODE=code) == invalid
    made = alice.bench.admin("CreateUserPoolClient", ClientName="other", ExplicitAuthFlows=["ALLOW_USER_AUTH"])
    request = alice.answering(challenge, EMAIL_OTP_CODE=code)
    request["ClientId"] = made["UserPoolClient"]["ClientId"]
    assert refusal(alice.client.respond_to_auth_challenge, **request) == invalid


def test_a_password_in_the_request_signs_in_at_once(alice: Chooser) -> None:
    assert signed_in(alice.start("PASSWORD", PASSWORD=PASSWORD))
    wrong = alice.request(PREFERRED_CHALLENGE="PASSWORD", PASSWORD="wrong")
    assert refusal(alice.client.initiate_auth, **wrong) == ("NotAuthorizedException", "Incorrect username or password.")


def test_a_password_can_be_chosen_and_answered_in_one_or_two_steps(alice: Chooser) -> None:
    assert signed_in(alice.answer(alice.start(), ANSWER="PASSWORD", PASSWORD=PASSWORD))
    asked = alice.answer(alice.start(), ANSWER="PASSWORD")
    assert asked["ChallengeName"] == "PASSWORD"
    assert signed_in(alice.answer(asked, PASSWORD=PASSWORD))
    assert signed_in(alice.answer(alice.start("PASSWORD"), PASSWORD=PASSWORD))


@pytest.mark.parametrize("answers", [{}, {"ANSWER": "PASSWORD"}])
def test_a_wrong_password_leaves_the_session_good_and_counts(alice: Chooser, answers: dict[str, str]) -> None:
    challenge = alice.start(None if answers else "PASSWORD")
    incorrect = ("NotAuthorizedException", "Incorrect username or password.")
    assert alice.wrong(challenge, **answers, PASSWORD="wrong") == incorrect
    assert signed_in(alice.answer(challenge, **answers, PASSWORD=PASSWORD))
    challenge = alice.start(None if answers else "PASSWORD")
    for _ in range(4):
        assert alice.wrong(challenge, **answers, PASSWORD="wrong") == incorrect
    spent = ("NotAuthorizedException", "Invalid session for the user.")
    assert alice.wrong(challenge, **answers, PASSWORD="wrong") == spent
    assert alice.wrong(challenge, **answers, PASSWORD=PASSWORD) == spent
    locked = alice.request(PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
    assert refusal(alice.client.initiate_auth, **locked) == ("NotAuthorizedException", "Password attempts exceeded")


@pytest.mark.parametrize("way", ["at once", "chosen", "asked for"])
def test_srp_proves_a_password(alice: Chooser, srp_class: Any, way: str) -> None:
    srp = srp_class(alice.bench.pool_id, PASSWORD)
    if way == "at once":
        challenge = alice.start("PASSWORD_SRP", SRP_A=srp.a)
    elif way == "chosen":
        challenge = alice.answer(alice.start(), ANSWER="PASSWORD_SRP", SRP_A=srp.a)
    else:
        asked = alice.start("PASSWORD_SRP")
        assert asked["ChallengeName"] == "PASSWORD_SRP"
        challenge = alice.answer(asked, SRP_A=srp.a)
    assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
    proof = srp.answer(challenge["ChallengeParameters"], alice.bench.now)
    assert signed_in(alice.answer(challenge, **proof))


def test_a_wrong_srp_proof_is_refused(alice: Chooser, srp_class: Any) -> None:
    srp = srp_class(alice.bench.pool_id, "wrong")
    challenge = alice.start("PASSWORD_SRP", SRP_A=srp.a)
    proof = srp.answer(challenge["ChallengeParameters"], alice.bench.now)
    assert alice.wrong(challenge, **proof) == ("NotAuthorizedException", "Incorrect username or password.")


def test_a_preferred_challenge_that_the_user_lacks_is_answered_with_the_choice(pool: Any) -> None:
    pool.user("eve", email="eve@example.com")
    challenge = Chooser(pool, "eve").start("SMS_OTP")
    assert challenge["ChallengeName"] == "SELECT_CHALLENGE"
    assert "SMS_OTP" not in challenge["AvailableChallenges"]


def test_a_user_without_a_password_gets_the_only_challenge_there_is(pool: Any) -> None:
    pool.admin("AdminCreateUser", Username="nopass", UserAttributes=[{"Name": "email", "Value": "n@example.com"}])
    assert pool.admin("AdminGetUser", Username="nopass")["UserStatus"] == "CONFIRMED"
    nopass = Chooser(pool, "nopass")
    challenge = nopass.start()
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    tokens = nopass.answer(challenge, EMAIL_OTP_CODE=pool.service.last_code("nopass", "sign_in"))
    access = tokens["AuthenticationResult"]["AccessToken"]
    for guess in (PASSWORD, "x"):
        flow = {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "nopass", "PASSWORD": guess}}
        assert refusal(pool.client.initiate_auth, ClientId=pool.client_id, **flow)[0] == "NotAuthorizedException"
    assert pool.srp("nopass")["ChallengeName"] == "PASSWORD_VERIFIER"
    pool.client.change_password(AccessToken=access, ProposedPassword=PASSWORD)
    assert signed_in(nopass.start("PASSWORD", PASSWORD=PASSWORD))


def test_a_user_with_nothing_to_offer_is_refused(make: Any) -> None:
    bench = make(first_factors=["EMAIL_OTP"])
    bench.admin("AdminCreateUser", Username="nopass", UserAttributes=[{"Name": "email", "Value": "n@example.com"}])
    bench.admin("AdminUpdateUserAttributes", Username="nopass", UserAttributes=[{"Name": "email", "Value": ""}])
    assert refusal(bench.client.initiate_auth, **Chooser(bench, "nopass").request())[0] == "NotAuthorizedException"


def test_missing_and_unknown_parameters_are_named(alice: Chooser, srp_class: Any) -> None:
    begun = alice.client.initiate_auth
    for values, message in [
        ({"USERNAME": ""}, "Missing required parameter USERNAME"),
        ({"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": ""}, "Missing required parameter PASSWORD"),
        ({"PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": "zz"},
         "SRP_A must be a hexadecimal number that is not a multiple of N."),
        ({"PREFERRED_CHALLENGE": "FINGERPRINT"},
         "PREFERRED_CHALLENGE must be one of EMAIL_OTP, PASSWORD, PASSWORD_SRP, SMS_OTP, WEB_AUTHN."),
        ({"PREFERRED_CHALLENGE": "SELECT_CHALLENGE"},
         "PREFERRED_CHALLENGE must be one of EMAIL_OTP, PASSWORD, PASSWORD_SRP, SMS_OTP, WEB_AUTHN."),
        ({"MAX_AGE": "1"}, "The local pool does not model the AuthParameter MAX_AGE of USER_AUTH."),
    ]:  # fmt: skip
        assert refusal(begun, **alice.request(**values)) == ("InvalidParameterException", message)
    challenge = alice.start()
    for answers, message in [
        ({}, "Missing required parameter ANSWER"),
        ({"ANSWER": "WEB_AUTHN"}, "Invalid ANSWER: it must be one of AvailableChallenges."),
        ({"ANSWER": "x"}, "Invalid ANSWER: it must be one of AvailableChallenges."),
        ({"ANSWER": "PASSWORD", "PASSWORD": ""}, "Missing required parameter PASSWORD"),
        ({"ANSWER": "WEB_AUTHN", "CREDENTIAL": "{}"},
         "The local pool does not model the ChallengeResponse CREDENTIAL of SELECT_CHALLENGE."),
    ]:  # fmt: skip
        assert alice.wrong(challenge, **answers) == ("InvalidParameterException", message)
    assert alice.wrong(alice.start("EMAIL_OTP")) == (
        "InvalidParameterException", "Missing required parameter EMAIL_OTP_CODE"
    )  # fmt: skip
    assert alice.wrong(alice.start("PASSWORD_SRP")) == ("InvalidParameterException", "Missing required parameter SRP_A")
    assert alice.answer(challenge, ANSWER="EMAIL_OTP")["ChallengeName"] == "EMAIL_OTP"  # the session is still good
    assert alice.wrong(challenge, ANSWER="EMAIL_OTP") == ("NotAuthorizedException", "Invalid session for the user.")


def test_what_is_gone_since_it_was_offered_cannot_be_chosen(alice: Chooser) -> None:
    challenge = alice.start()
    removed = [{"Name": "phone_number", "Value": ""}]
    alice.bench.admin("AdminUpdateUserAttributes", Username="alice", UserAttributes=removed)
    assert alice.wrong(challenge, ANSWER="SMS_OTP")[0] == "InvalidParameterException"


def test_a_client_secret_is_checked(make: Any) -> None:
    bench = make(secret=True, first_factors=CODES)
    bench.user()
    alice = Chooser(bench)
    challenge = alice.start("EMAIL_OTP")
    assert signed_in(alice.answer(challenge, EMAIL_OTP_CODE=bench.service.last_code("alice")))
    for wrong in (alice.request(SECRET_HASH="x"), {**alice.request(), "AuthParameters": {"USERNAME": "alice"}}):
        assert refusal(bench.client.initiate_auth, **wrong)[0] == "NotAuthorizedException"


def test_users_who_cannot_sign_in_are_refused_before_anything_is_sent(alice: Chooser) -> None:
    bench = alice.bench
    bench.sign_up("newcomer")
    sent = len(bench.service.outbox)
    request = Chooser(bench, "newcomer").request(PREFERRED_CHALLENGE="EMAIL_OTP")
    assert refusal(bench.client.initiate_auth, **request)[0] == "UserNotConfirmedException"
    verified = [{"Name": "email_verified", "Value": "true"}]
    bench.admin("AdminUpdateUserAttributes", Username="alice", UserAttributes=verified)
    challenge = alice.start("SMS_OTP")
    bench.admin("AdminDisableUser", Username="alice")
    code = bench.service.last_code("alice", "sign_in")
    assert alice.wrong(challenge, SMS_OTP_CODE=code) == ("NotAuthorizedException", "User is disabled.")
    assert refusal(bench.client.initiate_auth, **alice.request())[0] == "NotAuthorizedException"
    bench.admin("AdminEnableUser", Username="alice")
    bench.admin("AdminResetUserPassword", Username="alice")
    reset = alice.request(PREFERRED_CHALLENGE="EMAIL_OTP")
    assert refusal(bench.client.initiate_auth, **reset)[0] == "PasswordResetRequiredException"
    purposes = [message.purpose for message in bench.service.outbox[sent:]]
    assert purposes == ["sign_in", "forgot_password"]


def test_an_alias_names_the_user(make: Any) -> None:
    bench = make(first_factors=CODES, alias_attributes=["email"])
    bench.user()
    alias = Chooser(bench, "Alice@Example.com")
    challenge = alias.start("EMAIL_OTP")
    assert challenge["ChallengeParameters"]["USER_ID_FOR_SRP"] == "alice"
    assert signed_in(alias.answer(challenge, EMAIL_OTP_CODE=bench.service.last_code("alice")))


# Second factors


def test_a_password_goes_on_to_the_second_factor_and_nothing_else_is_offered(make: Any) -> None:
    bench = make(first_factors=CODES, mfa="OPTIONAL")
    bench.user()
    alice = Chooser(bench)
    assert "EMAIL_OTP" in alice.start()["AvailableChallenges"]
    secret = bench.enrol_totp()
    challenge = alice.start("EMAIL_OTP")
    assert challenge["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
    second = alice.answer(challenge, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert second["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert signed_in(alice.answer(second, SOFTWARE_TOKEN_MFA_CODE=bench.totp(secret)))
    assert bench.service.outbox == ()


def test_where_mfa_is_required_a_password_leads_to_its_setup(make: Any) -> None:
    bench = make(first_factors=["PASSWORD"], mfa="ON")
    bench.user()
    alice = Chooser(bench)
    assert alice.start()["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
    assert alice.start("PASSWORD", PASSWORD=PASSWORD)["ChallengeName"] == "MFA_SETUP"


def test_a_temporary_password_must_be_changed_and_no_code_replaces_that(pool: Any) -> None:
    pool.admin(
        "AdminCreateUser", Username="bo", TemporaryPassword=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "bo@example.com"}],
    )  # fmt: skip
    bo = Chooser(pool, "bo")
    assert bo.start("EMAIL_OTP")["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
    challenge = bo.start("PASSWORD", PASSWORD=PASSWORD)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert signed_in(bo.answer(challenge, NEW_PASSWORD="N3w-Passw0rd"))
    assert "EMAIL_OTP" in bo.start()["AvailableChallenges"]


def test_required_mfa_and_first_factors_other_than_passwords_exclude_each_other(bench: Any, make: Any) -> None:
    sms = {"SnsCallerArn": "arn:aws:iam::000000000000:role/x"}
    configured = {"SmsConfiguration": sms, "MfaConfiguration": "ON", "PoolName": "p"}
    codes = "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled"
    for factors, new, changed in [
        (["PASSWORD", "EMAIL_OTP"], codes, codes),
        (["PASSWORD", "SMS_OTP"], codes, codes),
        (["PASSWORD", "WEB_AUTHN"],
         "WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA.",
         "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an"
         " allowed first auth factor"),
    ]:  # fmt: skip
        policies = {"SignInPolicy": {"AllowedFirstAuthFactors": factors}}
        wanted = refusal(bench.client.create_user_pool, **configured, Policies=policies)
        assert wanted == ("InvalidParameterException", new)
        pool_id = bench.client.create_user_pool(PoolName="p", Policies=policies)["UserPool"]["Id"]
        required = {"UserPoolId": pool_id, "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": True}}
        wanted = refusal(bench.client.set_user_pool_mfa_config, **required)
        assert wanted == ("InvalidParameterException", changed)


@pytest.mark.parametrize("factors", [["EMAIL_OTP"], ["PASSWORD", "SOFTWARE_TOKEN"]])
def test_first_factors_that_cannot_be_are_refused(bench: Any, factors: list[str]) -> None:
    policies = {"SignInPolicy": {"AllowedFirstAuthFactors": factors}}
    assert refusal(bench.client.create_user_pool, PoolName="p", Policies=policies)[0] == "InvalidParameterException"


def test_a_pool_tells_its_first_factors(make: Any) -> None:
    for factors, told in [((), ["PASSWORD"]), (["EMAIL_OTP", "PASSWORD"], ["PASSWORD", "EMAIL_OTP"])]:
        bench = make(first_factors=factors)
        described = bench.client.describe_user_pool(UserPoolId=bench.pool_id)["UserPool"]
        assert described["Policies"]["SignInPolicy"] == {"AllowedFirstAuthFactors": told}
        flows = bench.client.describe_user_pool_client(UserPoolId=bench.pool_id, ClientId=bench.client_id)
        assert ("ALLOW_USER_AUTH" in flows["UserPoolClient"]["ExplicitAuthFlows"]) is bool(factors)


# Users who do not exist


def test_where_existence_is_no_secret_an_unknown_user_is_named_as_such(make: Any) -> None:
    bench = make(first_factors=CODES, prevent_user_existence_errors="LEGACY")
    assert refusal(bench.client.initiate_auth, **Chooser(bench, "nobody").request())[0] == "UserNotFoundException"


def strangers(pool: Any, wanted: Callable[[dict[str, Any]], bool], preferred: str | None = None) -> Any:
    """The first of many unknown users whose challenge is as wanted."""
    for number in range(200):
        stranger = Chooser(pool, f"nobody{number}")
        challenge = stranger.start(preferred)
        if wanted(challenge):
            return stranger, challenge
    raise AssertionError("no unknown user is offered that")


def test_unknown_users_are_offered_a_pick_of_what_the_pool_allows_always_the_same(pool: Any) -> None:
    offers = set()
    for number in range(60):
        first, again = (Chooser(pool, f"nobody{number}").start() for _ in range(2))
        assert first["ChallengeName"] == again["ChallengeName"]
        assert first.get("AvailableChallenges") == again.get("AvailableChallenges")
        assert first["ChallengeParameters"] == again["ChallengeParameters"]
        offers.add(tuple(first.get("AvailableChallenges", [first["ChallengeName"]])))
    assert len(offers) == 7  # every pick of three but the empty one
    assert pool.service.outbox == ()


@pytest.mark.parametrize(("name", "parameter"), [("EMAIL_OTP", "EMAIL_OTP_CODE"), ("SMS_OTP", "SMS_OTP_CODE")])
def test_no_code_signs_an_unknown_user_in(pool: Any, name: str, parameter: str) -> None:
    stranger, challenge = strangers(pool, lambda found: found["ChallengeName"] == name, name)
    assert "***" in challenge["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"]
    assert pool.service.outbox == ()
    for _ in range(4):
        assert stranger.wrong(challenge, **{parameter: "123456"}) == (
            "CodeMismatchException", "Invalid code or auth state for the user."
        )  # fmt: skip
    assert stranger.wrong(challenge, **{parameter: "123456"})[0] == "NotAuthorizedException"
    assert stranger.wrong(stranger.start(name))[0] == "InvalidParameterException"


def test_an_unknown_address_is_masked_like_a_known_one(make: Any) -> None:
    bench = make(first_factors=["EMAIL_OTP"], username_attributes=["email"])
    for number in range(50):
        challenge = Chooser(bench, f"nobody{number}@example.com").start("EMAIL_OTP")
        if challenge["ChallengeName"] == "EMAIL_OTP":
            assert challenge["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "n***@e***"
            return
    raise AssertionError("no unknown user is offered a code")


def test_no_password_signs_an_unknown_user_in(pool: Any, srp_class: Any) -> None:
    def several(found: dict[str, Any]) -> bool:
        return "PASSWORD" in found.get("AvailableChallenges", [])

    incorrect = ("NotAuthorizedException", "Incorrect username or password.")
    stranger, challenge = strangers(pool, several)
    assert stranger.wrong(challenge, ANSWER="PASSWORD", PASSWORD=PASSWORD) == incorrect
    asked = stranger.answer(challenge, ANSWER="PASSWORD")
    assert stranger.wrong(asked, PASSWORD=PASSWORD) == incorrect
    srp = srp_class(pool.pool_id, PASSWORD)
    verifier = stranger.start("PASSWORD_SRP", SRP_A=srp.a)
    assert verifier["ChallengeName"] == "PASSWORD_VERIFIER"
    proof = srp.answer(verifier["ChallengeParameters"], pool.now)
    assert stranger.wrong(verifier, **proof) == incorrect


def test_where_mfa_is_required_unknown_users_are_offered_passwords(make: Any) -> None:
    bench = make(first_factors=["PASSWORD"], mfa="ON")
    assert Chooser(bench, "nobody").start()["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
