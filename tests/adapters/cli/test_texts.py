"""The catalogue has words for everything that a snapshot can name."""

from collections.abc import Iterator
from enum import StrEnum

import attrs
import pytest

from authflow.adapters.texts import CATALOGUE, Catalogue, challenge_title, text
from authflow.adapters.texts_english import ENGLISH
from authflow.errors import ErrorCode, ErrorInfo, Recovery
from authflow.flow import NO_CONTEXT, Flow
from authflow.frontend.actions import spec_of_intent
from authflow.frontend.drawing import take_snapshot
from authflow.frontend.fields import Field, FieldKind
from authflow.frontend.traits import PasswordPolicy, PoolTraits, unmet_rules
from authflow.intents import INTENTS
from authflow.offers import action_id
from authflow.states import AuthFlowType, DeliveryMedium, FirstFactor, FlowStatus, ScreenState, SignInState, UserState
from authflow.values import Challenge, CodeDelivery, Room, Settings

PROVIDERS = ("COGNITO", "Google", "Facebook", "LoginWithAmazon", "SignInWithApple")
USERNAMES = ((), ("email",), ("phone_number",), ("email", "phone_number"), ("phone_number", "email"))


def _flow_in(state: SignInState) -> Flow:
    flow = Flow("f")
    return attrs.evolve(flow, states=tuple(state if isinstance(old, SignInState) else old for old in flow.states))


def _label_keys() -> Iterator[str]:
    for intent in INTENTS:
        yield f"action.{action_id(intent)}"
        for names in USERNAMES:
            for state in SignInState:
                for traits in _traits(names):
                    for flow in _flows_in(state):
                        yield from _keys_of(spec_of_intent(intent).fields(flow, traits))


def _traits(names: tuple[str, ...]) -> Iterator[PoolTraits]:
    yield PoolTraits(username_attributes=names, dial_codes=("+44",))
    yield PoolTraits(username_attributes=names, auth_flow=AuthFlowType.USER_AUTH)
    for aliases in (("email",), ("phone_number",), ("email", "phone_number", "preferred_username")):
        yield PoolTraits(alias_attributes=aliases)


def _flows_in(state: SignInState) -> Iterator[Flow]:
    flow = attrs.evolve(_flow_in(state), settings=Settings(providers=PROVIDERS))
    yield flow
    yield attrs.evolve(flow, settings=Settings(providers=("Google",)))
    for options in (tuple(FirstFactor), ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")):
        yield attrs.evolve(flow, context=NO_CONTEXT.replace(challenge=Challenge(name="C", options=options)))


def _keys_of(fields: tuple[Field, ...]) -> Iterator[str]:
    for field in fields:
        if field.kind is not FieldKind.attribute:
            yield field.label_key
        # A challenge may list anything; what is known of it here is its own.
        yield from (option.label_key for option in field.options if option.label_key in ENGLISH)


@pytest.mark.parametrize("key", sorted(set(_label_keys())))
def test_every_label_of_an_action_or_field_has_words(key: str) -> None:
    assert ENGLISH[key]


def test_the_states_of_the_flow_reach_the_labels_that_are_checked() -> None:
    keys = set(_label_keys())
    assert {f"field.answer.{state.value.lower()}" for state in SignInState} <= keys


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        ("screen", ScreenState),
        ("user", UserState),
        ("status", FlowStatus),
        ("medium", DeliveryMedium),
        ("recovery", Recovery),
        ("error", ErrorCode),
    ],
)
def test_every_value_of_a_vocabulary_has_an_entry(prefix: str, values: type[StrEnum]) -> None:
    assert [value for value in values if f"{prefix}.{value.value}" not in ENGLISH] == []


def test_every_password_rule_has_words() -> None:
    policy = PasswordPolicy(require_lowercase=True, require_uppercase=True, require_numbers=True, require_symbols=True)
    unmet = unmet_rules(policy, "")
    assert len(unmet) == 5
    assert all(f"rule.{rule}" in ENGLISH for rule in unmet)


def test_no_entry_is_without_a_use() -> None:
    used = set(_label_keys())
    families = (
        "screen.",
        "user.",
        "status.",
        "medium.",
        "recovery.",
        "rule.",
        "challenge",
        "delivery.",
        "error.",
        "field.attribute.",
    )
    left = {key for key in ENGLISH if not key.startswith(families)} - used
    assert left == set()


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("field.attribute.given_name", "Given name"),
        ("field.attribute.custom:shoe_size", "Shoe size"),
        ("field.attribute.custom:__", "field.attribute.custom:__"),
    ],
)
def test_a_name_of_the_pools_own_becomes_words(key: str, words: str) -> None:
    assert text(key) == words


def test_a_challenge_nobody_has_met_is_called_by_its_name() -> None:
    assert challenge_title("FACE_SCAN", SignInState.unknown) == "Answer the challenge FACE_SCAN"
    assert challenge_title("SMS_MFA", SignInState.smsMFA) == "Enter the code that was sent as a text message"


@pytest.mark.parametrize(
    ("delivery", "sentence"),
    [
        (CodeDelivery(medium=DeliveryMedium.email, destination="a***@e***"), "A code was sent by e-mail to a***@e***."),
        (CodeDelivery(medium=DeliveryMedium.sms), "A code was sent as a text message."),
        (CodeDelivery(), "A code was sent in a message."),
    ],
)
def test_a_delivery_is_a_sentence(delivery: CodeDelivery, sentence: str) -> None:
    assert CATALOGUE.delivery(delivery) == sentence


@pytest.mark.parametrize("screen", ScreenState)
def test_every_heading_has_words(screen: ScreenState) -> None:
    for state in SignInState:
        for delivery in (None, *(CodeDelivery(medium=medium) for medium in DeliveryMedium)):
            flow = Flow("f")
            states = tuple({SignInState: state, ScreenState: screen}.get(type(old), old) for old in flow.states)
            room = Room(delivery=delivery)
            context = NO_CONTEXT.replace(sign_up_delivery=delivery, reset_delivery=delivery, room=room)
            shown = take_snapshot(attrs.evolve(flow, states=states, context=context), PoolTraits(), 0.0)
            assert ENGLISH[shown.title_key]


def test_each_medium_has_its_own_heading() -> None:
    """S139."""
    for screen in (ScreenState.confirmSignUp, ScreenState.confirmForgotPassword, ScreenState.confirmContact):
        assert len({ENGLISH[f"screen.{screen}.{medium}"] for medium in DeliveryMedium}) == len(DeliveryMedium)


def test_a_host_applications_own_phrases_win_and_english_fills_the_gaps() -> None:
    """S111, S112, S114."""
    language = Catalogue({"action.sign_in": "サインイン", "delivery.somewhere": "{destination}にコードを送りました。"})
    own = Catalogue({"action.sign_in": "入る"}, language)
    assert (own.text("action.sign_in"), own.text("action.back")) == ("入る", "Back")
    delivery = CodeDelivery(medium=DeliveryMedium.email, destination="a***@e***")
    assert own.delivery(delivery) == "a***@e***にコードを送りました。"


def test_an_error_is_told_by_its_code_in_any_language() -> None:
    """S113."""
    error = ErrorInfo(code=ErrorCode.CODE_MISMATCH, message="Invalid code.", recovery=Recovery.CORRECT_INPUT)
    own = Catalogue({"error.codeMismatch": "コードが違います。", "recovery.correct_input": ""})
    assert own.error(error) == "コードが違います。"
    assert Catalogue({}).error(error) == "The code is not right. Correct it and try again."


def test_what_a_phrase_has_no_value_for_is_left_as_it_stands() -> None:
    assert text("rule.min_length") == "at least {number} characters"
    assert text("rule.min_length", number=12) == "at least 12 characters"


def test_an_applications_own_error_has_words_by_its_name() -> None:
    busy = ErrorInfo(code=ErrorCode.UNKNOWN, message="Busy.", name="NewsletterBusy", recovery=Recovery.NONE)
    own = Catalogue({"error.NewsletterBusy": "The newsletter is busy."})
    assert own.error(busy) == "The newsletter is busy."
    assert CATALOGUE.error(busy) == CATALOGUE.text("error.unknown")
