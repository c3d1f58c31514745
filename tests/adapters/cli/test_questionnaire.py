"""The questions of `authflow init` as somebody at a terminal meets them."""

import pytest

from authflow.adapters.cli.printing import Failure
from authflow.adapters.cli.questionnaire import ask, given, provider_secrets
from authflow.adapters.provision.questions import QUESTIONS
from authflow.errors import InvalidInput
from tests.adapters.cli.test_terminal import Person, ctrl_c

REST = {**{question.name: question.default for question in QUESTIONS if question.when({})}, "identity_pool": "no"}


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def asked(name: str, *typed: str) -> tuple[dict[str, str], Person]:
    """What is answered where one question is open."""
    answers, person = {key: value for key, value in REST.items() if key != name}, Person(*typed)
    ask(answers, person, local=True)
    return answers, person


def test_every_line_fits_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    asked("required_attributes", "fax", "name email")
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) < 80
    assert "Possible are address, birthdate" in said


def test_what_helps_to_answer_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    answers, person = asked("flows", "magic", "choice, srp", "")
    said = " ".join(capsys.readouterr().out.split())
    assert said.count("srp: with a password that never leaves the device") == 1
    assert "Answer with one or more of srp, password, custom, choice." in said
    assert "--flows" not in said
    assert answers["flows"] == "choice,srp"
    assert (
        person.asked[0]
        == person.asked[1]
        == "How do people sign in, the usual way first? (srp, password, custom, choice) [srp]:"
    )


def test_a_default_that_is_all_there_is_is_not_listed_twice() -> None:
    _, person = asked("password_rules", "")
    assert person.asked == ["Which characters must it have? [lower,upper,number,symbol]:"]


def test_who_does_not_answer_makes_nothing() -> None:
    for person in (Person(), Person(ctrl_c)):
        with pytest.raises(Failure, match="Nothing was made"):
            ask({}, person, local=True)


def test_options_are_read_as_answers_are() -> None:
    assert given({"mfa": "optional", "sign_in": "Email,phone", "name": None}) == {
        "mfa": "OPTIONAL",
        "sign_in": "email,phone_number",
    }
    with pytest.raises(InvalidInput, match="--mfa: answer with one of OFF, OPTIONAL, ON"):
        given({"mfa": "maybe"})


def test_a_secret_is_typed_unseen_or_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"domain": "shop", "callback_urls": "myapp://in", "providers": "Google,Facebook"}
    monkeypatch.setenv("AUTHFLOW_FACEBOOK_SECRET", "fb")
    person = Person("5ecret")
    found = provider_secrets(answers, person, ask=True)
    assert {name: secret.reveal() for name, secret in found.items()} == {"Google": "5ecret", "Facebook": "fb"}
    assert person.hidden_prompts == ["The secret of your app at Google? (or set AUTHFLOW_GOOGLE_SECRET):"]
    with pytest.raises(Failure, match="set AUTHFLOW_GOOGLE_SECRET"):
        provider_secrets(answers, Person(), ask=False)
