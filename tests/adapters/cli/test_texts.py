"""The catalogue has words for everything that a snapshot can name."""

from collections.abc import Iterator
from enum import StrEnum

import attrs
import pytest

from authflow.actions import spec_of_intent
from authflow.adapters.texts import TEXTS, challenge_title, delivery_sentence, text
from authflow.errors import Recovery
from authflow.fields import FieldKind
from authflow.flow import Flow
from authflow.intents import INTENTS
from authflow.offers import action_id
from authflow.states import DeliveryMedium, FlowStatus, ScreenState, SignInState, UserState
from authflow.traits import PasswordPolicy, PoolTraits, unmet_rules
from authflow.values import CodeDelivery

USERNAMES = ((), ("email",), ("phone_number",), ("email", "phone_number"), ("phone_number", "email"))


def _flow_in(state: SignInState) -> Flow:
    flow = Flow("f")
    return attrs.evolve(flow, states=tuple(state if isinstance(old, SignInState) else old for old in flow.states))


def _label_keys() -> Iterator[str]:
    for intent in INTENTS:
        yield f"action.{action_id(intent)}"
        for names in USERNAMES:
            for state in SignInState:
                for field in spec_of_intent(intent).fields(_flow_in(state), PoolTraits(username_attributes=names)):
                    if field.kind is not FieldKind.attribute:
                        yield field.label_key


@pytest.mark.parametrize("key", sorted(set(_label_keys())))
def test_every_label_of_an_action_or_field_has_words(key: str) -> None:
    assert TEXTS[key]


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
    ],
)
def test_every_value_of_a_vocabulary_has_an_entry(prefix: str, values: type[StrEnum]) -> None:
    assert [value for value in values if f"{prefix}.{value.value}" not in TEXTS] == []


def test_every_password_rule_has_words() -> None:
    policy = PasswordPolicy(require_lowercase=True, require_uppercase=True, require_numbers=True, require_symbols=True)
    unmet = unmet_rules(policy, "")
    assert len(unmet) == 5
    assert all(f"rule.{rule}" in TEXTS for rule in unmet)


def test_no_entry_is_without_a_use() -> None:
    used = set(_label_keys())
    families = ("screen.", "user.", "status.", "medium.", "recovery.", "rule.", "challenge.", "field.attribute.")
    left = {key for key in TEXTS if not key.startswith(families)} - used
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
    assert delivery_sentence(delivery) == sentence
