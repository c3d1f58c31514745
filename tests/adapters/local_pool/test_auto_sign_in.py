"""Signing in right after sign-up, through a boto3 client: sessions instead of a password."""

from typing import Any

import pytest

from tests.adapters.local_pool.ceremonies import refusal

PASSWORD = "Passw0rd!"
INVALID = ("NotAuthorizedException", "Invalid session for the user.")
EXPIRED = ("NotAuthorizedException", "Invalid session for the user, session is expired.")


class Newcomer:
    """One account on its way from sign-up to tokens."""

    def __init__(self, bench: Any, username: str = "alice") -> None:
        self.bench, self.username, self.client = bench, username, bench.client
        self.named = {"ClientId": bench.client_id, "Username": username, **bench.secret_hash(username)}

    def sign_up(self, **more: Any) -> dict[str, Any]:
        attributes = [{"Name": "email", "Value": f"{self.username}@example.com"}]
        request = {"Password": PASSWORD, "UserAttributes": attributes, **more}
        answer: dict[str, Any] = self.client.sign_up(**self.named, **request)
        return answer

    def confirming(self, session: str | None, code: str | None = None) -> dict[str, Any]:
        code = code or self.bench.service.last_code(self.username, "sign_up")
        return {**self.named, "ConfirmationCode": code, **({"Session": session} if session else {})}

    def confirm(self, session: str | None) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.confirm_sign_up(**self.confirming(session))
        return answer

    def confirmed(self) -> str:
        """The session that follows sign-up and its confirmation."""
        session: str = self.confirm(self.sign_up()["Session"])["Session"]
        return session

    def starting(self, session: str, **values: str) -> dict[str, Any]:
        values = {"USERNAME": self.username, **self.bench.secret_hash(self.username, "SECRET_HASH"), **values}
        client_id = self.bench.client_id
        return {"AuthFlow": "USER_AUTH", "ClientId": client_id, "AuthParameters": values, "Session": session}

    def start(self, session: str, **values: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.initiate_auth(**self.starting(session, **values))
        return answer


@pytest.fixture
def alice(make: Any) -> Newcomer:
    return Newcomer(make(first_factors=["PASSWORD", "EMAIL_OTP"]))


def test_the_confirmed_account_is_signed_in_without_a_password(alice: Newcomer) -> None:
    signed_up = alice.sign_up()
    assert signed_up["UserConfirmed"] is False
    confirmed = alice.confirm(signed_up["Session"])
    assert confirmed["Session"] != signed_up["Session"]
    tokens = alice.start(confirmed["Session"])["AuthenticationResult"]
    user = alice.client.get_user(AccessToken=tokens["AccessToken"])
    assert user["Username"] == "alice"
    assert {"Name": "email_verified", "Value": "true"} in user["UserAttributes"]


def test_a_preferred_challenge_changes_nothing_about_it(alice: Newcomer) -> None:
    assert "AuthenticationResult" in alice.start(alice.confirmed(), PREFERRED_CHALLENGE="EMAIL_OTP")


def test_a_client_with_a_secret_signs_in_as_well(make: Any) -> None:
    alice = Newcomer(make(secret=True, first_factors=["PASSWORD"]))
    session = alice.confirmed()
    assert refusal(alice.client.initiate_auth, **alice.starting(session, SECRET_HASH="x"))[0] == INVALID[0]
    assert "AuthenticationResult" in alice.start(session)


def test_without_choice_based_sign_in_there_is_no_session(bench: Any) -> None:
    alice = Newcomer(bench)
    assert "Session" not in alice.sign_up()
    assert "Session" not in alice.confirm(None)


def test_without_a_session_confirmation_answers_none(alice: Newcomer) -> None:
    alice.sign_up()
    assert "Session" not in alice.confirm(None)


def test_an_account_confirmed_by_the_trigger_gets_no_session(alice: Newcomer) -> None:
    def confirm(event: Any) -> Any:
        event["response"]["autoConfirmUser"] = True
        return event

    alice.bench.service.set_triggers(alice.bench.pool_id, pre_sign_up=confirm)
    answer = alice.sign_up()
    assert answer["UserConfirmed"] is True
    assert "Session" not in answer


def test_a_wrong_code_leaves_the_session_good(alice: Newcomer) -> None:
    session = alice.sign_up()["Session"]
    wrong = alice.confirming(session, "wrong")
    assert refusal(alice.client.confirm_sign_up, **wrong)[0] == "CodeMismatchException"
    assert "AuthenticationResult" in alice.start(alice.confirm(session)["Session"])


def test_each_session_is_good_once_and_for_its_own_step(alice: Newcomer) -> None:
    first = alice.sign_up()["Session"]
    assert refusal(alice.client.initiate_auth, **alice.starting(first)) == INVALID
    second = alice.confirm(first)["Session"]
    assert refusal(alice.client.initiate_auth, **alice.starting(first)) == INVALID
    alice.start(second)
    assert refusal(alice.client.initiate_auth, **alice.starting(second)) == INVALID
    other = Newcomer(alice.bench, "bo")
    other.sign_up()
    for session in (first, second):
        assert refusal(alice.client.confirm_sign_up, **other.confirming(session)) == INVALID


def test_no_challenge_can_be_answered_with_these_sessions_nor_the_other_way_round(alice: Newcomer) -> None:
    session = alice.confirmed()
    answer = {"ClientId": alice.bench.client_id, "Session": session, "ChallengeName": "EMAIL_OTP",
              "ChallengeResponses": {"USERNAME": "alice", "EMAIL_OTP_CODE": "123456"}}  # fmt: skip
    assert refusal(alice.client.respond_to_auth_challenge, **answer) == INVALID
    begun = alice.client.initiate_auth(
        ClientId=alice.bench.client_id, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "alice"}
    )
    assert refusal(alice.client.initiate_auth, **alice.starting(begun["Session"])) == INVALID
    assert "AuthenticationResult" in alice.start(session)


def test_sessions_expire(alice: Newcomer) -> None:
    first = alice.sign_up()["Session"]
    alice.bench.now += 180
    assert refusal(alice.client.confirm_sign_up, **alice.confirming(first)) == EXPIRED
    alice.confirm(None)  # the code itself lives longer
    bo = Newcomer(alice.bench, "bo")
    second = bo.confirmed()
    alice.bench.now += 180
    assert refusal(bo.client.initiate_auth, **bo.starting(second)) == EXPIRED


def test_sessions_belong_to_their_user_and_client(alice: Newcomer) -> None:
    session = alice.confirmed()
    alice.bench.user("eve")
    for name in ("eve", "nobody"):
        assert refusal(alice.client.initiate_auth, **Newcomer(alice.bench, name).starting(session)) == INVALID
    made = alice.bench.admin("CreateUserPoolClient", ClientName="other", ExplicitAuthFlows=["ALLOW_USER_AUTH"])
    elsewhere = {**alice.starting(session), "ClientId": made["UserPoolClient"]["ClientId"]}
    assert refusal(alice.client.initiate_auth, **elsewhere) == INVALID
    bo = Newcomer(alice.bench, "bo")
    begun = bo.sign_up()["Session"]
    elsewhere = {**bo.confirming(begun), "ClientId": made["UserPoolClient"]["ClientId"]}
    assert refusal(alice.client.confirm_sign_up, **elsewhere) == INVALID


def test_other_flows_take_no_session(alice: Newcomer) -> None:
    request = {**alice.starting(alice.confirmed(), PASSWORD=PASSWORD), "AuthFlow": "USER_PASSWORD_AUTH"}
    assert refusal(alice.client.initiate_auth, **request)[0] == "InvalidParameterException"


def test_a_second_factor_is_still_asked_for(make: Any) -> None:
    alice = Newcomer(make(first_factors=["PASSWORD"], mfa="ON"))
    assert alice.start(alice.confirmed())["ChallengeName"] == "MFA_SETUP"


def test_accounts_disabled_or_deleted_meanwhile_are_refused(alice: Newcomer) -> None:
    session = alice.confirmed()
    alice.bench.admin("AdminDisableUser", Username="alice")
    disabled = refusal(alice.client.initiate_auth, **alice.starting(session))
    assert disabled == ("NotAuthorizedException", "User is disabled.")
    alice.bench.admin("AdminDeleteUser", Username="alice")
    assert refusal(alice.client.initiate_auth, **alice.starting(session)) == INVALID


def test_a_password_reset_meanwhile_comes_first(alice: Newcomer) -> None:
    session = alice.confirmed()
    alice.bench.admin("AdminResetUserPassword", Username="alice")
    assert refusal(alice.client.initiate_auth, **alice.starting(session))[0] == "PasswordResetRequiredException"


# Sign-up without a password


def test_who_can_be_sent_codes_signs_up_without_a_password(alice: Newcomer) -> None:
    attributes = [{"Name": "email", "Value": "alice@example.com"}]
    session = alice.client.sign_up(**alice.named, UserAttributes=attributes)["Session"]
    assert "AuthenticationResult" in alice.start(alice.confirm(session)["Session"])
    begun = alice.client.initiate_auth(
        ClientId=alice.bench.client_id, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "alice"}
    )
    assert begun["ChallengeName"] == "EMAIL_OTP"


def test_who_cannot_be_sent_codes_needs_a_password(alice: Newcomer, make: Any) -> None:
    missing = ("InvalidParameterException", "Missing required parameter Password")
    nameless = [{"Name": "nickname", "Value": "alice"}]
    assert refusal(alice.client.sign_up, **alice.named, UserAttributes=nameless) == missing
    email = [{"Name": "email", "Value": "alice@example.com"}]
    for options in ({}, {"first_factors": ["PASSWORD"]}):
        other = Newcomer(make(**options))
        assert refusal(other.client.sign_up, **other.named, UserAttributes=email) == missing
    made = alice.bench.admin("CreateUserPoolClient", ClientName="other")["UserPoolClient"]
    request = {**alice.named, "ClientId": made["ClientId"], "UserAttributes": email}
    assert refusal(alice.client.sign_up, **request) == missing
