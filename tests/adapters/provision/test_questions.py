"""The questions: what answers mean, which are asked, and what is refused of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow.adapters.provision.questions import QUESTIONS, Question, pending, wishes_of
from authflow.adapters.provision.wishes import Wishes
from authflow.errors import InvalidInput
from authflow.frontend.traits import PasswordPolicy

BY_NAME = {question.name: question for question in QUESTIONS}


def test_no_answers_are_the_defaults() -> None:
    assert wishes_of({}) == Wishes(project="authflow")


def test_every_default_is_an_answer() -> None:
    for question in QUESTIONS:
        assert question.read(question.default).split(",") == question.default.split(",")


@pytest.mark.parametrize(
    ("name", "typed", "read"),
    [
        ("sign_in", "Email, phone", "email,phone_number"),
        ("sign_in", "e-mail phone-number", "email,phone_number"),
        ("mfa", "optional", "OPTIONAL"),
        ("mfa_methods", "sms,totp", "SMS,TOTP"),
        ("mfa_methods", "app", "TOTP"),
        ("first_factors", "password email-otp web-authn", "PASSWORD,EMAIL_OTP,WEB_AUTHN"),
        ("password_rules", "none", ""),
        ("password_length", " 12 ", "12"),
        ("secret", "YES", "yes"),
        ("callback_urls", "https://a.example.com/ myapp://", "https://a.example.com/,myapp://"),
    ],
)
def test_an_answer_is_read_in_one_spelling(name: str, typed: str, read: str) -> None:
    assert BY_NAME[name].read(typed) == read


@pytest.mark.parametrize(
    ("name", "typed"),
    [("sign_in", "fax"), ("mfa", "maybe"), ("secret", "perhaps"), ("password_length", "eight"), ("refresh_days", "-1")],
)
def test_what_is_no_answer_is_refused_by_the_options_name(name: str, typed: str) -> None:
    question = BY_NAME[name]
    with pytest.raises(InvalidInput) as refused:
        question.read(typed)
    assert refused.value.info.field == name
    assert refused.value.message.startswith(question.option)


def asked(answers: dict[str, str]) -> list[str]:
    given, names = dict(answers), []
    while (question := pending(given)) is not None:
        names.append(question.name)
        given[question.name] = question.default
    return names


def test_only_what_matters_is_asked() -> None:
    usual = asked({})
    for name in ("mfa_methods", "ses_identity", "first_factors", "relying_party", "callback_urls", "scopes"):
        assert name not in usual
    assert "mfa_methods" in asked({"mfa": "ON"})
    assert "ses_identity" in asked({"mfa": "ON", "mfa_methods": "EMAIL"})
    assert {"callback_urls", "sign_out_urls", "scopes", "providers"} <= set(asked({"domain": "shop"}))
    assert "guests" not in asked({"identity_pool": "no"})


@pytest.mark.parametrize(
    "answers",
    [{"mfa_methods": "TOTP"}, {"callback_urls": "myapp://"}, {"guests": "yes", "identity_pool": "no"}],
)
def test_an_answer_to_what_is_not_asked_is_refused(answers: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="says something about what is not wished for"):
        wishes_of(answers)


def test_an_answer_that_wishes_for_nothing_is_none() -> None:
    nothing = {"mfa_methods": "", "first_factors": "", "guests": "no", "identity_pool": "no"}
    assert wishes_of(nothing) == Wishes(project="authflow", identity_pool=False)


def test_answers_become_wishes() -> None:
    wishes = wishes_of(
        {
            "name": "shop",
            "sign_in": "email",
            "password_length": "10",
            "password_rules": "number",
            "flows": "choice,srp",
            "domain": "shop",
            "callback_urls": "myapp://",
            "hide_users": "no",
            "guests": "yes",
        }
    )
    assert wishes.sign_in_with == ("email",)
    assert wishes.password_policy == PasswordPolicy(min_length=10, require_numbers=True)
    assert wishes.flows == ("choice", "srp")
    assert wishes.first_factors == ("PASSWORD", "EMAIL_OTP")
    assert wishes.hosted_ui is not None
    assert wishes.hosted_ui.callback_urls == ("myapp://",)
    assert not wishes.prevent_user_existence_errors
    assert wishes.guests


def answers_to(question: Question) -> st.SearchStrategy[str]:
    if question.number:
        return st.integers(0, 9999).map(str)
    if not question.among:
        return st.sampled_from(("", "shop", "a b"))
    if question.several:
        return st.lists(st.sampled_from(question.among), unique=True).map(",".join)
    return st.sampled_from(question.among)


@given(answers=st.fixed_dictionaries({}, optional={one.name: answers_to(one) for one in QUESTIONS}))
def test_any_answers_are_wishes_or_refused(answers: dict[str, str]) -> None:
    try:
        assert isinstance(wishes_of(answers), Wishes)
    except InvalidInput as refused:
        assert refused.info.field in BY_NAME
