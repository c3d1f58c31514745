"""CUSTOM_AUTH with Python triggers."""

from typing import Any

import pytest

WRONG = ("NotAuthorizedException", "Incorrect username or password.")


class Riddles:
    """Two riddles in a row; three wrong answers fail."""

    def __init__(self) -> None:
        self.defined: list[Any] = []
        self.verified: list[Any] = []

    def define(self, event: Any) -> Any:
        session = event["request"]["session"]
        self.defined.append([dict(entry) for entry in session])
        response = event["response"]
        right = sum(e["challengeName"] == "CUSTOM_CHALLENGE" and e["challengeResult"] for e in session)
        wrong = sum(not e["challengeResult"] for e in session)
        if session and session[-1]["challengeName"] == "SRP_A":
            response["challengeName"] = "PASSWORD_VERIFIER"
        elif right == 2:
            response["issueTokens"] = True
        elif wrong == 3:
            response["failAuthentication"] = True
        else:
            response["challengeName"] = "CUSTOM_CHALLENGE"
        return event

    def create(self, event: Any) -> Any:
        number = str(len(event["request"]["session"]))
        event["response"]["publicChallengeParameters"] = {"riddle": number}
        event["response"]["privateChallengeParameters"] = {"answer": f"answer {number}"}
        event["response"]["challengeMetadata"] = f"riddle-{number}"
        return event

    def verify(self, event: Any) -> None:
        self.verified.append(event)
        request = event["request"]
        right = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
        event["response"]["answerCorrect"] = right

    def on(self, bench: Any) -> "Riddles":
        bench.service.set_triggers(bench.pool_id, define=self.define, create=self.create, verify=self.verify)
        return self


def start(bench: Any, username: str = "alice", **more: str) -> Any:
    values = {"USERNAME": username, **more}
    return bench.call("InitiateAuth", AuthFlow="CUSTOM_AUTH", AuthParameters=values, ClientMetadata={"a": "b"})


def answer(bench: Any, challenge: Any, text: str, username: str = "alice") -> Any:
    return bench.respond("CUSTOM_CHALLENGE", challenge["Session"], USERNAME=username, ANSWER=text)


def test_right_answers_get_tokens(bench: Any, refused: Any) -> None:
    bench.user()
    riddles = Riddles().on(bench)
    first = start(bench)
    assert first["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert first["ChallengeParameters"] == {"USERNAME": "alice", "riddle": "0"}
    second = answer(bench, first, "answer 0")
    with refused("NotAuthorizedException", "Invalid session for the user."):
        answer(bench, first, "answer 0")
    assert "AuthenticationResult" in answer(bench, second, "answer 1")
    assert riddles.defined[-1] == [
        {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True, "challengeMetadata": "riddle-0"},
        {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True, "challengeMetadata": "riddle-1"},
    ]
    event = riddles.verified[0]
    assert event["triggerSource"] == "VerifyAuthChallengeResponse_Authentication"
    assert event["request"]["userAttributes"]["email"] == "alice@example.com"


def test_a_wrong_answer_gets_another_challenge_until_the_trigger_fails_it(bench: Any, refused: Any) -> None:
    bench.user()
    Riddles().on(bench)
    challenge = start(bench)
    for _ in range(2):
        challenge = answer(bench, challenge, "wrong")
        assert challenge["ChallengeName"] == "CUSTOM_CHALLENGE"
    with refused(*WRONG):
        answer(bench, challenge, "wrong")


def test_a_password_can_come_first(bench: Any, srp_class: Any, refused: Any) -> None:
    bench.user()
    riddles = Riddles().on(bench)

    def challenge() -> Any:
        return start(bench, CHALLENGE_NAME="SRP_A", SRP_A=srp_class(bench.pool_id, "").a)

    with refused(*WRONG):
        bench.prove(challenge(), "wrong")
    begun = challenge()
    assert begun["ChallengeName"] == "PASSWORD_VERIFIER"
    answers = srp_class(bench.pool_id, "Passw0rd!").answer(begun["ChallengeParameters"], bench.now)
    first = bench.respond("PASSWORD_VERIFIER", begun["Session"], **answers)
    assert first["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert riddles.defined[-1] == [
        {"challengeName": "SRP_A", "challengeResult": True},
        {"challengeName": "PASSWORD_VERIFIER", "challengeResult": True},
    ]


@pytest.mark.parametrize("values", [{"CHALLENGE_NAME": "OTHER"}, {"CHALLENGE_NAME": "SRP_A"}])
def test_a_start_that_cannot_go_on_is_refused(bench: Any, refused: Any, values: dict[str, str]) -> None:
    bench.user()
    Riddles().on(bench)
    name = "InvalidParameterException" if values["CHALLENGE_NAME"] == "OTHER" else "InvalidLambdaResponseException"
    with refused(name):
        start(bench, **values)


def test_unknown_users_meet_the_same_challenges(bench: Any, refused: Any) -> None:
    Riddles().on(bench)
    challenge = start(bench, "nobody")
    assert challenge["ChallengeParameters"]["USERNAME"] == "nobody"
    second = answer(bench, challenge, "answer 0", "nobody")
    with refused(*WRONG):
        answer(bench, second, "answer 1", "nobody")


def test_triggers_know_that_a_user_is_unknown(bench: Any, make: Any, refused: Any) -> None:
    seen: list[bool] = []

    def define(event: Any) -> None:
        seen.append(event["request"]["userNotFound"])
        event["response"]["failAuthentication"] = True

    bench.service.set_triggers(bench.pool_id, define=define)
    with refused(*WRONG):
        start(bench, "nobody")
    assert seen == [True]
    with refused("UserNotFoundException"):
        start(make(prevent_user_existence_errors="LEGACY"), "nobody")


def test_accounts_that_cannot_sign_in_cannot_here_either(bench: Any, refused: Any) -> None:
    Riddles().on(bench)
    bench.sign_up()
    with refused("UserNotConfirmedException"):
        start(bench)
    bench.confirm()
    challenge = start(bench)
    bench.admin("AdminDisableUser", Username="alice")
    with refused("NotAuthorizedException", "User is disabled."):
        answer(bench, challenge, "answer 0")
    bench.admin("AdminEnableUser", Username="alice")
    bench.admin("AdminResetUserPassword", Username="alice")
    with refused("PasswordResetRequiredException"):
        start(bench)


def test_without_triggers_there_is_no_custom_flow(bench: Any, refused: Any, caplog: pytest.LogCaptureFixture) -> None:
    bench.user()
    missing = "Custom auth lambda trigger is not configured for the user pool."
    with refused("InvalidParameterException", missing):
        start(bench)
    bench.service.set_triggers(bench.pool_id, define=Riddles().define)
    with refused("InvalidParameterException", missing):
        start(bench)
    assert [record.getMessage() for record in caplog.records] == [
        f"user pool {bench.pool_id} has no trigger {name}: LocalPool.set_triggers sets it"
        for name in ("DefineAuthChallenge", "CreateAuthChallenge")
    ]


def test_what_triggers_raise_or_answer_wrongly_is_named(bench: Any, refused: Any) -> None:
    bench.user()

    def broken(event: Any) -> Any:
        raise RuntimeError("no riddle today")

    def custom(event: Any) -> None:
        event["response"]["challengeName"] = "CUSTOM_CHALLENGE"

    def odd(event: Any) -> None:
        event["response"]["challengeName"] = "SMS_MFA"

    def numbers(event: Any) -> None:
        event["response"]["publicChallengeParameters"] = {"n": 1}

    def text(event: Any) -> None:
        event["response"]["publicChallengeParameters"] = "text"

    cases: list[tuple[Any, Any, str, str | None]] = [
        (broken, None, "UserLambdaValidationException", "DefineAuthChallenge failed with error no riddle today."),
        (custom, broken, "UserLambdaValidationException", "CreateAuthChallenge failed with error no riddle today."),
        (odd, None, "InvalidLambdaResponseException", None),
        (lambda event: 1, None, "InvalidLambdaResponseException", None),
        (custom, numbers, "InvalidLambdaResponseException", None),
        (custom, text, "InvalidLambdaResponseException", None),
    ]
    for define, create, name, message in cases:
        bench.service.set_triggers(bench.pool_id, define=define, create=create)
        with refused(name, message):
            start(bench)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda event: event["nothing"], "KeyError: 'nothing'"),
        (lambda event: event + 1, "TypeError: unsupported operand type(s) for +: 'dict' and 'int'"),
        (lambda event: next(iter(())), "StopIteration"),
    ],
)
def test_a_mistake_in_a_trigger_is_named_by_its_type(bench: Any, refused: Any, broken: Any, said: str) -> None:
    bench.user()
    bench.service.set_triggers(bench.pool_id, define=broken)
    with refused("UserLambdaValidationException", f"DefineAuthChallenge failed with error {said}."):
        start(bench)


def test_a_trigger_may_call_the_pool(bench: Any) -> None:
    bench.user()

    def define(event: Any) -> None:
        found = bench.admin("AdminGetUser", Username=event["userName"])
        event["response"]["issueTokens"] = found["UserStatus"] == "CONFIRMED"

    bench.service.set_triggers(bench.pool_id, define=define)
    assert "AuthenticationResult" in start(bench)


def test_a_triggers_own_calls_stand_or_fall_with_the_sign_in(bench: Any, refused: Any, monkeypatch: Any) -> None:
    bench.user()

    def define(event: Any) -> None:
        bench.admin("AdminUpdateUserAttributes", Username="alice", UserAttributes=[{"Name": "name", "Value": "A"}])
        event["response"]["issueTokens"] = True

    def broken(*args: object) -> None:
        raise ZeroDivisionError

    bench.service.set_triggers(bench.pool_id, define=define)
    monkeypatch.setattr("authflow.adapters.local_pool.custom_auth.tokens.sign_in", broken)
    with pytest.raises(ZeroDivisionError):
        start(bench)
    monkeypatch.undo()
    names = [item["Name"] for item in bench.admin("AdminGetUser", Username="alice")["UserAttributes"]]
    assert "name" not in names
    assert "AuthenticationResult" in start(bench)


def test_a_triggers_refused_call_is_its_own_failure(bench: Any, refused: Any) -> None:
    bench.user()
    bench.service.set_triggers(bench.pool_id, define=lambda event: bench.admin("AdminGetUser", Username="nobody"))
    sentence = "DefineAuthChallenge failed with error UserNotFoundException: User does not exist.."
    with refused("UserLambdaValidationException", sentence):
        start(bench)
