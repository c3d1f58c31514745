"""Signing in: every flow, every challenge, right and wrong secrets, against the local pool."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from authflow import effects, outcomes
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.srp import N, SrpExchange, timestamp
from authflow.errors import AuthFlowError, ErrorCode, InvalidInput, ServiceRefused
from authflow.secrets import Secret, Vault
from authflow.states import AuthFlowType, DeliveryMedium
from authflow.values import Challenge

PASSWORD = "Passw0rd!"
Make = Callable[..., Any]


def refused(code: ErrorCode, call: Callable[[], object]) -> AuthFlowError:
    with pytest.raises(AuthFlowError) as caught:
        call()
    assert caught.value.code is code, caught.value.info
    return caught.value


def test_srp_ends_in_tokens_of_cognitos_own_user(bench: Any) -> None:
    bench.user()
    issued = bench.initiate()
    assert isinstance(issued, outcomes.PasswordVerifierIssued)
    expected = Challenge(name="PASSWORD_VERIFIER", parameters={"USERNAME": "alice"}, lifetime=180.0)
    assert attrs.evolve(issued.challenge, session=None) == expected
    outcome = bench.prove(issued)
    assert isinstance(outcome, outcomes.Authenticated)
    account, tokens = outcome.account, bench.tokens(outcome.account)
    assert account.username == "alice"
    assert account.user_sub == dict(bench.admin("AdminGetUser", Username="alice"))["UserAttributes"][0]["Value"]
    assert account.expires_at == tokens.expires_at == bench.now + 3600
    assert tokens.id_token is not None
    assert tokens.refresh_token is not None
    assert bench.pool.call("GetUser", {"AccessToken": tokens.access_token.reveal()})["Username"] == "alice"


def test_wrong_srp_password_is_refused(bench: Any) -> None:
    bench.user()
    error = refused(ErrorCode.NOT_AUTHORIZED, lambda: bench.prove(bench.initiate(), "Wr0ng-pass"))
    assert isinstance(error, ServiceRefused)
    assert error.info.name == "NotAuthorizedException"
    assert len(bench.requests("RespondToAuthChallenge")) == 1


def test_password_flow(bench: Any) -> None:
    bench.user()
    flow = AuthFlowType.USER_PASSWORD_AUTH
    assert isinstance(bench.initiate(flow=flow), outcomes.Authenticated)
    refused(ErrorCode.NOT_AUTHORIZED, lambda: bench.initiate(password="Wr0ng-pass", flow=flow))
    sent = bench.requests("InitiateAuth")[0]
    assert "AuthParameters.PASSWORD" in sent.parameters
    assert "ClientMetadata" not in sent.parameters


def test_the_configured_flow_is_the_default(make: Make) -> None:
    bench = make(config={"auth_flow": AuthFlowType.USER_PASSWORD_AUTH})
    bench.user()
    assert isinstance(bench.initiate(), outcomes.Authenticated)
    assert isinstance(bench.initiate(flow=AuthFlowType.USER_SRP_AUTH), outcomes.PasswordVerifierIssued)


@pytest.mark.parametrize(
    "flow",
    [AuthFlowType.USER_SRP_AUTH, AuthFlowType.USER_PASSWORD_AUTH, AuthFlowType.CUSTOM_AUTH_WITH_SRP],
)
@pytest.mark.parametrize("password", [None, ""])
def test_without_the_password_that_a_flow_needs_nothing_is_sent(
    bench: Any, flow: AuthFlowType, password: str | None
) -> None:
    error = refused(ErrorCode.INVALID_INPUT, lambda: bench.initiate(password=password, flow=flow))
    assert isinstance(error, InvalidInput)
    assert error.info.field == "password"
    assert bench.pool.requests == ()


def test_client_with_a_secret(make: Make) -> None:
    bench = make(secret=True)
    bench.user()
    assert bench.sign_in().username == "alice"
    for request in bench.pool.requests:
        names = [name.rpartition(".")[2] for name in request.parameters]
        assert "SECRET_HASH" in names


def test_client_with_a_wrong_secret(make: Make) -> None:
    bench = make(secret=True)
    bench.user()
    for secret in (Secret("another"), None):
        provider = bench.provide(attrs.evolve(bench.config, client_secret=secret))
        effect = effects.InitiateAuth(id=1, username="alice", password=bench.put("password", PASSWORD), auth_flow=None)
        refused(ErrorCode.NOT_AUTHORIZED, lambda p=provider, e=effect: bench.perform(e, p))  # type: ignore[misc]
        provider.close()


@pytest.mark.parametrize("flow", [AuthFlowType.USER_SRP_AUTH, AuthFlowType.USER_PASSWORD_AUTH])
def test_an_alias_is_typed_and_cognitos_username_is_hashed_later(make: Make, flow: AuthFlowType) -> None:
    bench = make(secret=True, mfa="ON", username_attributes=["email"])
    bench.user("alice@example.com", phone_number="+15550001234")
    issued = bench.initiate("alice@example.com", flow=flow)
    if flow is AuthFlowType.USER_SRP_AUTH:
        issued = bench.prove(issued)
    assert isinstance(issued, outcomes.SmsMfaIssued)
    code = bench.pool.last_code("+15550001234")
    done = bench.answer(issued.challenge, code, "alice@example.com")
    assert isinstance(done, outcomes.Authenticated)
    assert done.account.username != "alice@example.com"
    assert isinstance(bench.perform(effects.RefreshTokens(id=9, account=done.account)), outcomes.TokensRefreshed)


def test_sms_code_with_spaces(make: Make) -> None:
    bench = make(mfa="ON")
    bench.user(phone_number="+15550001234")
    issued = bench.prove(bench.initiate())
    assert isinstance(issued, outcomes.SmsMfaIssued)
    assert issued.challenge.delivery is not None
    assert issued.challenge.delivery.medium is DeliveryMedium.sms
    assert issued.challenge.delivery.destination == "+*******1234"
    assert "USER_ID_FOR_SRP" not in issued.challenge.parameters
    refused(ErrorCode.CODE_MISMATCH, lambda: bench.answer(issued.challenge, "000 0000"))
    code = bench.pool.last_code("alice")
    spaced = f" {code[:3]} {code[3:]}\t"
    assert isinstance(bench.answer(issued.challenge, spaced), outcomes.Authenticated)


def test_totp_and_the_choice_between_factors(make: Make) -> None:
    bench = make(mfa="OPTIONAL")
    bench.user(phone_number="+15550001234")
    code = bench.totp(bench.sign_in())
    issued = bench.prove(bench.initiate())
    assert isinstance(issued, outcomes.SoftwareTokenMfaIssued)
    assert issued.challenge.delivery is None
    typed = code()
    assert isinstance(bench.answer(issued.challenge, f"{typed[:3]} {typed[3:]}"), outcomes.Authenticated)
    either = {"Enabled": True, "PreferredMfa": False}
    bench.admin(
        "AdminSetUserMFAPreference",
        Username="alice",
        SMSMfaSettings=either,
        SoftwareTokenMfaSettings=either,
    )
    choice = bench.prove(bench.initiate())
    assert isinstance(choice, outcomes.SelectMfaTypeIssued)
    assert choice.challenge.parameters["MFAS_CAN_CHOOSE"] == '["SMS_MFA", "SOFTWARE_TOKEN_MFA"]'
    assert isinstance(bench.answer(choice.challenge, "SMS_MFA"), outcomes.SmsMfaIssued)


def test_mfa_setup_is_issued(make: Make) -> None:
    bench = make(mfa="ON")
    bench.user()
    assert isinstance(bench.prove(bench.initiate()), outcomes.MfaSetupIssued)


def test_new_password_with_required_attributes(make: Make) -> None:
    bench = make(required_attributes=["name"])
    bench.admin("AdminCreateUser", Username="alice", TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS")
    issued = bench.prove(bench.initiate(password="Temp0rary!"), "Temp0rary!")
    assert isinstance(issued, outcomes.NewPasswordRequired)
    assert issued.challenge.required_attributes == ("name",)
    refused(ErrorCode.INVALID_PARAMETER, lambda: bench.answer(issued.challenge, "N3w-Passw0rd"))
    done = bench.answer(issued.challenge, "N3w-Passw0rd", name="Alice")
    assert isinstance(done, outcomes.Authenticated)
    assert bench.sign_in(password="N3w-Passw0rd").username == "alice"


def riddle(bench: Any, *, srp: bool, seen: list[Any] | None = None) -> None:
    def define(event: Any) -> None:
        past = [(entry["challengeName"], entry["challengeResult"]) for entry in event["request"]["session"]]
        if seen is not None:
            seen.append(event["request"]["clientMetadata"])
        if srp and past == [("SRP_A", True)]:
            event["response"]["challengeName"] = "PASSWORD_VERIFIER"
        elif past and past[-1] == ("CUSTOM_CHALLENGE", True):
            event["response"]["issueTokens"] = True
        elif past and past[-1] == ("CUSTOM_CHALLENGE", False):
            event["response"]["failAuthentication"] = True
        else:
            event["response"]["challengeName"] = "CUSTOM_CHALLENGE"

    def create(event: Any) -> None:
        event["response"]["publicChallengeParameters"] = {"riddle": "What has keys?", "passwordHint": "none"}
        event["response"]["privateChallengeParameters"] = {"answer": "a piano"}

    def verify(event: Any) -> None:
        expected = event["request"]["privateChallengeParameters"]["answer"]
        event["response"]["answerCorrect"] = event["request"]["challengeAnswer"] == expected

    bench.pool.set_triggers(bench.setup.pool_id, define=define, create=create, verify=verify)


@pytest.mark.parametrize("flow", [AuthFlowType.CUSTOM_AUTH, AuthFlowType.CUSTOM_AUTH_WITH_SRP])
@pytest.mark.parametrize("secret", [False, True])
def test_custom_auth_after_srp(make: Make, flow: AuthFlowType, secret: bool) -> None:
    bench = make(secret=secret)
    bench.user()
    riddle(bench, srp=True)
    issued = bench.prove(bench.initiate(flow=flow))
    assert isinstance(issued, outcomes.CustomChallengeIssued)
    assert issued.challenge.parameters == {
        "USERNAME": "alice",
        "riddle": "What has keys?",
        "passwordHint": "none",
    }
    assert isinstance(bench.answer(issued.challenge, "a piano"), outcomes.Authenticated)
    refused(ErrorCode.NOT_AUTHORIZED, lambda: bench.prove(bench.initiate(flow=flow), "Wr0ng-pass"))


@pytest.mark.parametrize(
    ("flow", "password"),
    [(AuthFlowType.CUSTOM_AUTH, None), (AuthFlowType.CUSTOM_AUTH_WITHOUT_SRP, None)],
)
def test_custom_auth_without_password(bench: Any, flow: AuthFlowType, password: str | None) -> None:
    bench.user()
    seen: list[Any] = []
    riddle(bench, srp=False, seen=seen)
    issued = bench.initiate(password=password, flow=flow, channel="kiosk")
    assert isinstance(issued, outcomes.CustomChallengeIssued)
    assert seen == [{"channel": "kiosk"}]
    names = bench.requests("InitiateAuth")[0].parameters
    assert ("AuthParameters.SRP_A" in names) is (flow is AuthFlowType.CUSTOM_AUTH)
    refused(ErrorCode.NOT_AUTHORIZED, lambda: bench.answer(issued.challenge, "a harp"))


def test_custom_auth_proves_awsmobileclients_dummy_password(bench: Any, config_of: Any) -> None:
    lax = {"MinimumLength": 6, "RequireNumbers": False, "RequireSymbols": False}
    pool = bench.pool.call("CreateUserPool", {"PoolName": "lax", "Policies": {"PasswordPolicy": lax}})
    pool_id = pool["UserPool"]["Id"]
    flows = ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    request = {"UserPoolId": pool_id, "ClientName": "lax", "ExplicitAuthFlows": flows}
    client_id = bench.pool.call("CreateUserPoolClient", request)["UserPoolClient"]["ClientId"]
    bench.setup = attrs.evolve(bench.setup, pool_id=pool_id, client_id=client_id)
    bench.provider = bench.provide(config_of(bench.setup))
    bench.user(password="dummyPassword")
    riddle(bench, srp=True)
    issued = bench.initiate(password=None, flow=AuthFlowType.CUSTOM_AUTH)
    assert isinstance(bench.prove(issued, None), outcomes.CustomChallengeIssued)


def test_the_answer_carries_username_and_the_proof_is_over_user_id_for_srp(bench: Any, stub: Any) -> None:
    parameters = {"SRP_B": "abc", "SALT": "ab", "SECRET_BLOCK": "AAAA", "USER_ID_FOR_SRP": "u-1"}
    issued = {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": parameters, "Session": "a Session"}
    named = {**issued, "ChallengeParameters": {**parameters, "USERNAME": "u-2"}}
    result = {"AuthenticationResult": {"AccessToken": "opaque", "ExpiresIn": 60}}
    for answer, username in ((issued, "u-1"), (named, "u-2")):
        client = stub(answer, result)
        provider = bench.provide(
            bench.config, client_factory=lambda c=client: c, random_bytes=lambda count: b"\1" * count
        )
        effect = effects.InitiateAuth(id=1, username="typed", password=bench.put("password", PASSWORD), auth_flow=None)
        bench.prove(bench.perform(effect, provider), provider=provider)
        sent = client.asked[1][1]
        assert sent["Session"] == "a Session"
        responses = sent["ChallengeResponses"]
        assert responses["USERNAME"] == username
        exchange = SrpExchange.start(lambda count: b"\1" * count)
        assert responses == {
            "USERNAME": username,
            "TIMESTAMP": timestamp(bench.now),
            "PASSWORD_CLAIM_SECRET_BLOCK": "AAAA",
            "PASSWORD_CLAIM_SIGNATURE": exchange.proof(
                "u-1", PASSWORD, "ab", "abc", "AAAA", timestamp(bench.now), bench.config.pool_name
            ),
        }


def test_hostile_srp_b_is_not_answered(make: Make, stub: Any) -> None:
    bench = make()
    for hostile in ("0", f"{N:x}", f"{2 * N:x}", "not hexadecimal"):
        parameters = {"SRP_B": hostile, "SALT": "ab", "SECRET_BLOCK": "AAAA", "USER_ID_FOR_SRP": "alice"}
        client = stub({"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": parameters})
        provider = CognitoProvider(bench.config, client_factory=lambda c=client: c)  # type: ignore[misc]
        effect = effects.InitiateAuth(id=1, username="alice", password=bench.put("password", PASSWORD), auth_flow=None)
        issued = bench.perform(effect, provider)
        refused(ErrorCode.SECURITY_FAILED, lambda i=issued, p=provider: bench.prove(i, provider=p))  # type: ignore[misc]
        assert [name for name, _ in client.asked] == ["initiate_auth"]


CHALLENGE_KEYS = {
    "ADMIN_NO_SRP_AUTH": "PASSWORD",
    "EMAIL_MFA": "EMAIL_MFA_CODE",
    "SMS_MFA": "SMS_MFA_CODE",
    "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE",
    "EMAIL_OTP": "EMAIL_OTP_CODE",
    "SMS_OTP": "SMS_OTP_CODE",
    "NEW_PASSWORD_REQUIRED": "NEW_PASSWORD",
    "PASSWORD": "PASSWORD",
    "WEB_AUTHN": "CREDENTIAL",
    "SELECT_MFA_TYPE": "ANSWER",
    "SELECT_CHALLENGE": "ANSWER",
    "CUSTOM_CHALLENGE": "ANSWER",
    "NOBODY_HAS_MET_THIS": "ANSWER",
}


@pytest.mark.parametrize(("name", "key"), CHALLENGE_KEYS.items())
def test_each_challenge_has_its_class_and_its_key(bench: Any, stub: Any, name: str, key: str) -> None:
    parameters = {
        "USER_ID_FOR_SRP": "u-1",
        "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL",
        "CODE_DELIVERY_DESTINATION": "a***@e***",
        "SECRET_CODE": "hidden",
        "HINT": "shown",
        "EMPTY": None,
    }
    issued = {"ChallengeName": name, "Session": "a Session", "ChallengeParameters": parameters}
    client = stub(issued, {"ChallengeName": name})
    provider = bench.provide(attrs.evolve(bench.config, session_validity=15), client_factory=lambda: client)
    flow = AuthFlowType.USER_AUTH
    first = bench.perform(effects.InitiateAuth(id=1, username="typed", password=None, auth_flow=flow), provider)
    assert type(first) is outcomes.CHALLENGES.get(name, outcomes.UnknownChallengeIssued)
    challenge = first.challenge
    assert challenge.name == name
    assert set(challenge.parameters) == {
        "CODE_DELIVERY_DELIVERY_MEDIUM",
        "CODE_DELIVERY_DESTINATION",
        "HINT",
    }
    assert challenge.delivery is not None
    assert challenge.delivery.medium is DeliveryMedium.email
    assert challenge.lifetime == 900.0
    given = '{"id": "12 34"}' if key == "CREDENTIAL" else "12 34"
    answer = effects.RespondToAuthChallenge(
        id=2,
        username="typed",
        challenge=challenge,
        answer=bench.put("answer", given),
        attributes=bench.put("attributes", {"name": "Al"}),
        client_metadata={"k": "v"},
    )
    second = bench.perform(answer, provider)
    assert client.asked[0][1]["AuthParameters"] == {"USERNAME": "typed"}
    sent = client.asked[1][1]
    assert sent["ChallengeName"] == name
    assert sent["Session"] == "a Session"
    assert sent["ClientMetadata"] == {"k": "v"}
    typed = "1234" if key.endswith("_CODE") else given
    assert sent["ChallengeResponses"] == {"USERNAME": "u-1", key: typed, "userAttributes.name": "Al"}
    # The second challenge comes without a Session and without a name; what is known of the user stays known.
    bench.perform(attrs.evolve(answer, challenge=second.challenge), provider)
    assert "Session" not in client.asked[2][1]
    assert client.asked[2][1]["ChallengeResponses"]["USERNAME"] == "u-1"


def test_a_password_that_is_to_be_proved_is_never_sent(bench: Any, stub: Any) -> None:
    client = stub({"ChallengeName": "PASSWORD_SRP", "Session": "a Session"})
    provider = bench.provide(bench.config, client_factory=lambda: client)
    flow = AuthFlowType.USER_AUTH
    issued = bench.perform(effects.InitiateAuth(id=1, username="alice", password=None, auth_flow=flow), provider)
    for choice in (None, "PASSWORD_SRP"):
        effect = effects.RespondToAuthChallenge(
            id=2,
            username="alice",
            challenge=issued.challenge,
            answer=bench.put("password", PASSWORD),
            choice=choice,
        )
        bench.perform(effect, provider)
        # The API reference's example of ChallengeResponses: USERNAME and SRP_A.
        assert set(client.asked[-1][1]["ChallengeResponses"]) == {"USERNAME", "SRP_A"}


def test_a_challenge_without_a_session_is_answered_with_aws_credentials_where_it_was_asked_with_them(
    bench: Any, stub: Any
) -> None:
    client = stub({"ChallengeName": "SMS_MFA", "ChallengeParameters": {"USER_ID_FOR_SRP": "u-1"}})
    provider = bench.provide(bench.config, admin_client_factory=lambda: client)
    effect = effects.InitiateAuth(
        id=1,
        username="typed",
        password=bench.put("password", PASSWORD),
        auth_flow=AuthFlowType.ADMIN_USER_PASSWORD_AUTH,
    )
    issued = bench.perform(effect, provider)
    answer = effects.RespondToAuthChallenge(
        id=2, username="typed", challenge=issued.challenge, answer=bench.put("code", "123456")
    )
    bench.perform(answer, provider)
    operation, sent = client.asked[1]
    assert operation == "admin_respond_to_auth_challenge"
    assert sent["ChallengeResponses"] == {"USERNAME": "u-1", "SMS_MFA_CODE": "123456"}


def test_an_authenticator_app_is_not_set_up_without_the_session_that_it_takes(bench: Any, stub: Any) -> None:
    client = stub({"ChallengeName": "MFA_SETUP"})
    provider = bench.provide(bench.config, client_factory=lambda: client)
    flow = AuthFlowType.USER_AUTH
    issued = bench.perform(effects.InitiateAuth(id=1, username="alice", password=None, auth_flow=flow), provider)
    effect = effects.AssociateSoftwareToken(id=2, challenge=issued.challenge)
    refused(ErrorCode.MALFORMED_RESPONSE, lambda: bench.perform(effect, provider))
    assert [name for name, _ in client.asked] == ["initiate_auth"]


def test_a_secret_that_is_gone_or_of_another_kind(bench: Any) -> None:
    from authflow.secrets import SecretGone

    challenge = Challenge(name="SMS_MFA", session=bench.put("session", "not a SessionSecret"))
    effect = effects.RespondToAuthChallenge(id=1, username="alice", challenge=challenge, answer=bench.put("code", "1"))
    with pytest.raises(SecretGone, match="session"):
        bench.perform(effect)
    with pytest.raises(SecretGone):
        bench.provider.perform(effect, Vault())
    attributes = bench.put("attributes", {"name": 3})
    with pytest.raises(SecretGone, match="attributes"):
        bench.perform(attrs.evolve(effect, challenge=Challenge(name="X"), attributes=attributes))
    assert bench.pool.requests == ()
