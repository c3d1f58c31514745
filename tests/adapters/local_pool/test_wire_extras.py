"""What rides along: context data in the log, aliases that move, links instead of codes, what triggers are told."""

import http.client
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError

ANALYTICS = {"AnalyticsEndpointId": "endpoint-7"}
CONTEXT = {"IpAddress": "192.0.2.7", "EncodedData": "fingerprint-canary"}


def code_of(raised: Any) -> tuple[str, str]:
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def sign_up(bench: Any, username: str = "alice", email: str = "alice@example.com", **more: Any) -> Any:
    given = [{"Name": "email", "Value": email}]
    return bench.client.sign_up(
        ClientId=bench.client_id, Username=username, Password="Passw0rd!", UserAttributes=given, **more
    )


def confirm(bench: Any, username: str, **more: Any) -> Any:
    code = bench.service.last_code(username, "sign_up")
    return bench.client.confirm_sign_up(ClientId=bench.client_id, Username=username, ConfirmationCode=code, **more)


def sign_in(bench: Any, name: str, **more: Any) -> Any:
    values = {"USERNAME": name, "PASSWORD": "Passw0rd!"}
    return bench.client.initiate_auth(
        ClientId=bench.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=values, **more
    )


def status_of(bench: Any, username: str = "alice") -> str:
    return str(bench.admin("AdminGetUser", Username=username)["UserStatus"])


# --- analytics and context data ---


def test_every_call_that_takes_them_takes_them(make: Any) -> None:
    bench = make(mfa="OPTIONAL")
    along: Any = {"AnalyticsMetadata": ANALYTICS, "UserContextData": CONTEXT}
    whose = {"ClientId": bench.client_id, "Username": "alice", **along}
    sign_up(bench, **along)
    bench.client.resend_confirmation_code(**whose)
    confirm(bench, "alice", **along)
    bench.client.forgot_password(**whose)
    code = bench.service.last_code("alice", "forgot_password")
    bench.client.confirm_forgot_password(**whose, ConfirmationCode=code, Password="Passw0rd!")
    secret = bench.enrol_totp()
    challenge = sign_in(bench, "alice", **along)
    bench.client.respond_to_auth_challenge(
        ClientId=bench.client_id, ChallengeName="SOFTWARE_TOKEN_MFA", Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": bench.totp(secret)}, **along,
    )  # fmt: skip
    assert [request.operation for request in bench.service.requests] == [
        "SignUp", "ResendConfirmationCode", "ConfirmSignUp", "ForgotPassword", "ConfirmForgotPassword",
        "InitiateAuth", "RespondToAuthChallenge",
    ]  # fmt: skip
    for request in bench.service.requests:
        assert request.values["AnalyticsMetadata.AnalyticsEndpointId"] == "endpoint-7"
        assert request.values["UserContextData.IpAddress"] == "192.0.2.7"
        assert "UserContextData.EncodedData" in request.parameters
        assert "canary" not in repr(request)


@pytest.mark.parametrize("context", [7, {"IpAddress": 7}, {"Other": "x"}, None])
def test_malformed_context_data_breaks_no_log(bench: Any, context: Any) -> None:
    bench.service._core.log.add("SignUp", {"UserContextData": context}, None, 0.0)
    assert "UserContextData.IpAddress" not in bench.service.requests[-1].values


# --- aliases ---


def test_an_alias_moves_only_by_force(make: Any) -> None:
    bench = make(alias_attributes=["email"])
    sign_up(bench, "alice", "shared@example.com")
    confirm(bench, "alice")
    sign_up(bench, "bob", "shared@example.com")
    for more in ({}, {"ForceAliasCreation": False}):
        with pytest.raises(ClientError) as raised:
            confirm(bench, "bob", **more)
        assert code_of(raised) == ("AliasExistsException", "An account with the email already exists.")
    assert status_of(bench, "bob") == "UNCONFIRMED"

    def whose() -> str:
        access = sign_in(bench, "shared@example.com")["AuthenticationResult"]["AccessToken"]
        return str(bench.client.get_user(AccessToken=access)["Username"])

    assert whose() == "alice"
    confirm(bench, "bob", ForceAliasCreation=True)
    assert whose() == "bob"
    left = {item["Name"]: item["Value"] for item in bench.admin("AdminGetUser", Username="alice")["UserAttributes"]}
    assert left["email_verified"] == "false"
    assert "AuthenticationResult" in sign_in(bench, "alice")  # the account is there, the alias is not


# --- links ---


@pytest.fixture
def linked(make: Any) -> Any:
    return make(confirm_with_link=True)


def test_a_link_takes_the_place_of_the_code(linked: Any) -> None:
    details = sign_up(linked)["CodeDeliveryDetails"]
    assert details["DeliveryMedium"] == "EMAIL"
    (message,) = linked.service.outbox
    url = urlsplit(message.link)
    assert (message.code, url.scheme, url.path) == ("", "https", "/confirmUser")
    assert set(parse_qs(url.query)) == {"client_id", "user_name", "confirmation_code"}
    assert message.link not in repr(message)
    with pytest.raises(LookupError):
        linked.service.last_code("alice")
    linked.service.click(linked.service.last_link("alice@example.com"))
    assert status_of(linked) == "CONFIRMED"
    told = {item["Name"]: item["Value"] for item in linked.admin("AdminGetUser", Username="alice")["UserAttributes"]}
    assert told["email_verified"] == "true"
    assert "AuthenticationResult" in sign_in(linked, "alice")


def test_a_link_works_once_and_the_newest_alone(linked: Any, refused: Any) -> None:
    sign_up(linked)
    first = linked.service.last_link("alice")
    linked.client.resend_confirmation_code(ClientId=linked.client_id, Username="alice")
    second = linked.service.last_link("alice")
    with refused("CodeMismatchException"):
        linked.service.click(first)
    linked.service.click(second)
    with refused("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"):
        linked.service.click(second)


def test_an_old_link_is_refused(linked: Any, refused: Any) -> None:
    sign_up(linked)
    linked.service.advance(86_401)
    with refused("ExpiredCodeException"):
        linked.service.click(linked.service.last_link("alice"))
    assert status_of(linked) == "UNCONFIRMED"


@pytest.mark.parametrize("query", ["", "client_id=x", "client_id=x&user_name=alice&confirmation_code="])
def test_a_link_without_its_parts_is_refused(linked: Any, refused: Any, query: str) -> None:
    with refused("InvalidParameterException", "The link names no client, user or code."):
        linked.service.click(f"https://example.com/confirmUser?{query}")


def test_a_link_of_another_service_is_refused(linked: Any, refused: Any) -> None:
    with refused("ResourceNotFoundException"):
        linked.service.click("https://example.com/confirmUser?client_id=x&user_name=alice&confirmation_code=1")


def test_only_e_mail_has_links(make: Any) -> None:
    bench = make(confirm_with_link=True, username_attributes=["phone_number"])
    bench.sign_up("+15550100200", phone_number="+15550100200")
    assert bench.service.outbox[-1].link is None
    assert len(bench.service.last_code("+15550100200")) == 6
    with pytest.raises(LookupError, match="no link was sent"):
        bench.service.last_link("+15550100200")


def test_other_codes_stay_codes(linked: Any) -> None:
    linked.user()
    linked.client.forgot_password(ClientId=linked.client_id, Username="alice")
    assert len(linked.service.last_code("alice", "forgot_password")) == 6


def test_the_setting_is_described(linked: Any) -> None:
    told = linked.admin("DescribeUserPool")["UserPool"]["VerificationMessageTemplate"]
    assert told["DefaultEmailOption"] == "CONFIRM_WITH_LINK"


def fetch(url: str) -> tuple[int, str, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    reply = connection.getresponse()
    found = reply.status, reply.headers["Content-Type"], reply.read().decode()
    connection.close()
    return found


def test_a_browser_can_follow_the_link(linked: Any) -> None:
    with linked.service.serve() as server:
        sign_up(linked)
        link = linked.service.last_link("alice")
        assert link.startswith(f"{server.url}/confirmUser?")
        status, kind, body = fetch(link)
        assert (status, kind) == (200, "text/html; charset=utf-8")
        assert "Your registration has been confirmed!" in body
        assert status_of(linked) == "CONFIRMED"
        status, _, body = fetch(link)
        assert status == 400
        assert "Current status is CONFIRMED" in body
        status, _, body = fetch(f"{server.url}/confirmUser?client_id=<b>&user_name=x&confirmation_code=1")
        assert status == 400
        assert "<b>" not in body
    sign_up(linked, "bob", "bob@example.com")
    assert linked.service.last_link("bob").startswith("https://")  # nobody is there any more


def test_two_servers_do_not_take_each_others_links(linked: Any) -> None:
    with linked.service.serve() as first, linked.service.serve() as second:
        first.close()
        sign_up(linked)
        assert linked.service.last_link("alice").startswith(second.url)


# --- what triggers are told ---


def test_pre_authentication_is_told_and_may_refuse(bench: Any) -> None:
    bench.user()
    seen = []

    def check(event: Any) -> None:
        seen.append(event)
        if event["request"]["validationData"].get("region") == "nowhere":
            raise ValueError("not from there")

    bench.service.set_triggers(bench.pool_id, pre_authentication=check)
    assert "AuthenticationResult" in sign_in(bench, "alice", ClientMetadata={"region": "here"})
    event = seen[0]
    assert event["triggerSource"] == "PreAuthentication_Authentication"
    assert event["userName"] == "alice"
    assert event["callerContext"]["clientId"] == bench.client_id
    request = event["request"]
    assert request["validationData"] == {"region": "here"}
    assert request["userNotFound"] is False
    assert request["userAttributes"]["email"] == "alice@example.com"
    assert request["userAttributes"]["cognito:user_status"] == "CONFIRMED"
    with pytest.raises(ClientError) as raised:
        sign_in(bench, "alice", ClientMetadata={"region": "nowhere"})
    assert code_of(raised) == (
        "UserLambdaValidationException", "PreAuthentication failed with error not from there.",
    )  # fmt: skip


def test_pre_authentication_runs_before_srp_and_not_at_a_refresh(bench: Any) -> None:
    bench.user()
    seen: list[Any] = []
    bench.service.set_triggers(bench.pool_id, pre_authentication=seen.append)
    token = bench.prove(bench.srp())["AuthenticationResult"]["RefreshToken"]
    bench.refresh(token)
    assert len(seen) == 1


@pytest.mark.parametrize(("hidden", "runs"), [("ENABLED", 1), ("LEGACY", 0)])
def test_pre_authentication_hears_of_unknown_users_only_where_they_are_hidden(
    make: Any, hidden: str, runs: int
) -> None:
    bench = make(prevent_user_existence_errors=hidden)
    seen: list[Any] = []
    bench.service.set_triggers(bench.pool_id, pre_authentication=seen.append)
    with pytest.raises(ClientError):
        sign_in(bench, "nobody")
    assert [event["request"]["userNotFound"] for event in seen] == [True] * runs


def test_sign_up_tells_its_trigger_both_kinds_of_data(bench: Any) -> None:
    seen: list[Any] = []
    bench.service.set_triggers(bench.pool_id, pre_sign_up=seen.append)
    sign_up(bench, ValidationData=[{"Name": "invite", "Value": "42"}], ClientMetadata={"k": "v"})
    (event,) = seen
    assert event["request"]["validationData"] == {"invite": "42"}
    assert event["request"]["clientMetadata"] == {"k": "v"}


def test_a_custom_challenges_answer_carries_metadata_to_its_trigger(bench: Any) -> None:
    bench.user()
    seen = []

    def define(event: Any) -> None:
        event["response"]["challengeName"] = "CUSTOM_CHALLENGE"

    def verify(event: Any) -> None:
        seen.append(event["request"]["clientMetadata"])

    bench.service.set_triggers(bench.pool_id, define=define, create=lambda event: event, verify=verify)
    challenge = bench.client.initiate_auth(
        ClientId=bench.client_id, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": "alice"}
    )
    bench.client.respond_to_auth_challenge(
        ClientId=bench.client_id, ChallengeName="CUSTOM_CHALLENGE", Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "alice", "ANSWER": "x"}, ClientMetadata={"k": "v"},
    )  # fmt: skip
    assert seen == [{"k": "v"}]
