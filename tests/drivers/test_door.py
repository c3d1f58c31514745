"""The one door: what is refused there leaves the flow identical, the vault empty and the service unasked."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authflow import ActionRejected, AuthFlow, CallerError, InvalidInput, RevisionConflict, Secret, effects
from authflow.frontend.actions import spec_of_intent
from authflow.frontend.fields import Field, FieldKind
from authflow.frontend.traits import PoolTraits
from authflow.intents import INTENTS
from authflow.offers import action_id, offer
from tests.drivers.scripted import Ports, secrets_held

_TRAITS = PoolTraits(required_attributes=("email",))
_INTENT = {action_id(intent): intent for intent in INTENTS}
_ACTIONS = tuple(_INTENT)
_TYPED = frozenset(FieldKind) - {FieldKind.boolean, FieldKind.choice}


def _waiting(ports: Ports) -> AuthFlow:
    return ports.challenged("NEW_PASSWORD_REQUIRED", required=("email",))


def _good(flow: AuthFlow, action: str) -> dict[str, object]:
    spec = spec_of_intent(_INTENT[action])
    values: dict[str, object] = {}
    for field in spec.fields(flow.flow, _TRAITS):
        if field.kind is FieldKind.boolean:
            values[field.name] = True
        else:
            values[field.name] = field.options[0].value if field.options else "123456"[: field.max_length]
    return values


def _fields() -> list[tuple[str, Field]]:
    """Every field of every action."""
    flow = Ports(traits=_TRAITS).challenged("NEW_PASSWORD_REQUIRED", required=("email",))
    return [
        (action_id(intent), field) for intent in INTENTS for field in spec_of_intent(intent).fields(flow.flow, _TRAITS)
    ]


_FIELDS = _fields()
_TEXTS = [(action, field.name) for action, field in _FIELDS if field.kind is not FieldKind.boolean]
_LONGEST = [(action, field.name, field.max_length) for action, field in _FIELDS if field.kind in _TYPED]
_CHOICES = [(action, field.name) for action, field in _FIELDS if field.kind is FieldKind.choice]
_SWITCHES = [(action, field.name) for action, field in _FIELDS if field.kind is FieldKind.boolean]
_FLOWS: tuple[Callable[[Ports], AuthFlow], ...] = (
    Ports.blocking,
    Ports.signed_out,
    Ports.signed_in,
    _waiting,
)


def _assert_refused(make: Callable[[Ports], AuthFlow], action: Any, change: dict[Any, object], field: str) -> None:
    ports = Ports(traits=_TRAITS)
    flow = make(ports)
    before, held, calls = flow.flow, secrets_held(flow), len(ports.provider.calls)
    heard: list[object] = []
    flow.subscribe(heard.append)
    values = {**_good(flow, action), **change} if isinstance(action, str) and action in _ACTIONS else change
    with pytest.raises(CallerError) as caught:
        flow.submit(action, values)
    # What cannot be done here is said first, whatever the values are.
    here = not isinstance(action, str) or action not in _INTENT or offer(before, _INTENT[action]).enabled
    assert type(caught.value) is InvalidInput if here else isinstance(caught.value, ActionRejected)
    assert caught.value.info.field == (field if here else None)
    assert flow.flow is before
    assert secrets_held(flow) == held
    assert len(ports.provider.calls) == calls
    assert len(heard) == (1 if here else 2)


_CONTROL = st.characters(max_codepoint=31) | st.just("\x7f")
_SURROGATE = st.integers(0xD800, 0xDFFF).map(chr)
_AROUND = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=5)
_BAD_TEXT = st.one_of(
    st.tuples(_AROUND, _CONTROL, _AROUND).map("".join),
    st.tuples(_AROUND, _SURROGATE, _AROUND).map("".join),
    st.sampled_from(["\x00", "a\x00b", "a\nb", "\ud800"]),
)
_WRONG_TYPE = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.binary(), st.lists(st.text(max_size=3)), st.just({"a": "b"})
)


@given(st.sampled_from(_FLOWS), st.sampled_from(_TEXTS), _BAD_TEXT)
@settings(max_examples=200)
def test_bad_text_is_refused_in_every_field(
    make: Callable[[Ports], AuthFlow], field: tuple[str, str], bad: str
) -> None:
    _assert_refused(make, field[0], {field[1]: bad}, field[1])
    _assert_refused(make, field[0], {field[1]: Secret(bad)}, field[1])


@given(st.sampled_from(_FLOWS), st.sampled_from(_TEXTS), _WRONG_TYPE)
@settings(max_examples=200)
def test_a_wrong_type_is_refused_in_every_field(
    make: Callable[[Ports], AuthFlow], field: tuple[str, str], bad: object
) -> None:
    _assert_refused(make, field[0], {field[1]: bad}, field[1])
    _assert_refused(make, field[0], {field[1]: Secret(bad)}, field[1])


@pytest.mark.parametrize(("action", "field", "longest"), _LONGEST)
def test_text_is_no_longer_than_the_field_says(action: str, field: str, longest: int) -> None:
    _assert_refused(_waiting, action, {field: "1" * (longest + 1)}, field)


@pytest.mark.parametrize("bad", ["", "no_such_option", "EMAIL_OTP ", 7, True, [], {}, Secret("no_such_option")])
@pytest.mark.parametrize(("action", "field"), _CHOICES)
def test_a_choice_is_one_of_the_options(action: str, field: str, bad: object) -> None:
    _assert_refused(_waiting, action, {field: bad}, field)


@pytest.mark.parametrize("bad", ["", "yes", 1, 0, [], Secret(True)])
@pytest.mark.parametrize(("action", "field"), _SWITCHES)
def test_a_switch_takes_true_and_false_only(action: str, field: str, bad: object) -> None:
    _assert_refused(Ports.signed_in, action, {field: bad}, field)


_REQUIRED = [
    (action, field.name)
    for action, field in _FIELDS
    if field.required and field.kind in _TYPED and field.matches is None  # what is typed again, a program leaves out
]
_TRIMMED = [pair for pair in _REQUIRED if pair[1] in ("username", "code")]


@pytest.mark.parametrize("empty", ["", None, Secret("")])
@pytest.mark.parametrize(("action", "field"), _REQUIRED)
def test_an_empty_value_is_refused_where_one_is_required(action: str, field: str, empty: object) -> None:
    _assert_refused(_waiting, action, {field: empty}, field)


@pytest.mark.parametrize(("action", "field"), _TRIMMED)
def test_blanks_are_no_value(action: str, field: str) -> None:
    _assert_refused(_waiting, action, {field: "   "}, field)


@pytest.mark.parametrize(
    ("action", "meant"),
    [("signin", "sign_in"), ("confirm_signup", "confirm_sign_up"), ("list-devices", "list_devices")],
)
def test_a_mistyped_action_is_answered_with_those_that_are_alike(action: str, meant: str) -> None:
    with pytest.raises(InvalidInput, match=f"did you mean .*{meant}"):
        Ports().signed_out().submit(action)


def test_values_in_values_are_no_more_than_wrong() -> None:
    deep: object = "a-password"
    for _ in range(5_000):
        deep = {"a": deep}
    with pytest.raises(InvalidInput, match="username must be text"):
        Ports().signed_out().submit("sign_in", {"username": deep, "password": "a-password"})


def test_what_is_copied_along_with_a_code_is_no_part_of_it() -> None:
    ports = Ports()
    flow = ports.challenged()
    flow.confirm_sign_in("123456\n")
    assert flow.is_signed_in


@pytest.mark.parametrize("action", _ACTIONS)
@pytest.mark.parametrize("value", ["x", 1, None])
def test_an_unknown_field_is_refused(action: str, value: object) -> None:
    _assert_refused(_waiting, action, {"no_such_field": value}, "no_such_field")


@pytest.mark.parametrize(
    "action", ["", "SignIn", "sign-in", "no_such_action", "__class__", 7, None, ("sign_in",), {}, []]
)
def test_an_unknown_action_is_refused(action: object) -> None:
    _assert_refused(Ports.signed_out, action, {"username": "jane"}, "action_id")


@pytest.mark.parametrize("values", ["text", 7, ["a"], b"bytes", object()])
def test_values_that_are_no_mapping_are_refused(values: Any) -> None:
    flow = Ports().signed_out()
    before = flow.flow
    with pytest.raises(InvalidInput) as caught:
        flow.submit("sign_in", values)
    assert caught.value.info.field == "values"
    assert flow.flow is before


@pytest.mark.parametrize("name", [1, None, b"username", ("username",)])
def test_names_of_values_are_text(name: object) -> None:
    _assert_refused(Ports.signed_out, "sign_in", {name: "x"}, "values")


@pytest.mark.parametrize(
    "change",
    [
        {"client_metadata": "text"},
        {"client_metadata": {"a": 1}},
        {"client_metadata": {1: "a"}},
        {"client_metadata": {"a": "\x00"}},
        {"client_metadata": ["a"]},
    ],
)
def test_metadata_is_a_mapping_of_text(change: dict[Any, object]) -> None:
    _assert_refused(Ports.signed_out, "sign_in", change, "client_metadata")


@pytest.mark.parametrize("bad", ["NO_SUCH_FLOW", 7, Secret(7), ["USER_SRP_AUTH"], {"a": "b"}])
def test_the_way_to_start_is_one_of_those_there_are(bad: object) -> None:
    _assert_refused(Ports.signed_out, "sign_in", {"auth_flow": bad}, "auth_flow")


def test_identifiers_and_codes_are_trimmed_and_passwords_never() -> None:
    ports = Ports()
    flow = ports.signed_out()
    sent: list[object] = []

    def noting(effect: effects.Effect, vault: Any) -> object:
        assert isinstance(effect, effects.ConfirmForgotPassword)
        sent.extend((effect.username, vault.text(effect.code), vault.text(effect.new_password)))
        return ports.provider.succeed(effect, vault)

    ports.provider.on(effects.ConfirmForgotPassword, noting)
    flow.submit("confirm_forgot_password", {"username": " jane ", "code": " 123 ", "new_password": "  two  "})
    assert sent == ["jane", "123", "  two  "]


# Revisions


def test_an_older_revision_conflicts_and_changes_nothing() -> None:
    ports = Ports()
    flow = ports.signed_out()
    rev = flow.snapshot().rev
    flow.submit("show_sign_up", rev=rev)
    before = flow.flow
    for wrong in (rev, rev + 7, -1):
        with pytest.raises(RevisionConflict):
            flow.submit("show_sign_in", rev=wrong)
    assert flow.flow is before
    flow.submit("show_sign_in", rev=flow.snapshot().rev)


@pytest.mark.parametrize("wrong", ["1", 1.0, True, object()])
def test_a_revision_is_a_number(wrong: Any) -> None:
    flow = Ports().blocking()
    flow.submit("initialize")
    before = flow.flow
    with pytest.raises(RevisionConflict):
        flow.submit("show_sign_up", rev=wrong)
    assert flow.flow is before


def test_an_expired_challenge_makes_the_revision_old() -> None:
    ports = Ports()
    flow = ports.challenged()
    rev = flow.snapshot().rev
    ports.clock.now += 500
    with pytest.raises(RevisionConflict):
        flow.submit("confirm_sign_in", {"answer": "123456"}, rev=rev)


# Rejections


@pytest.mark.parametrize("times", [1, 5])
def test_a_rejected_action_leaves_no_secret_behind(times: int) -> None:
    ports = Ports()
    flow = ports.signed_in()
    held = secrets_held(flow)
    for _ in range(times):
        with pytest.raises(ActionRejected):
            flow.sign_in("jane", "a-password")
        with pytest.raises(ActionRejected):
            flow.confirm_sign_in("123456")
    assert secrets_held(flow) == held


# Live questions


@given(
    st.sampled_from(_ACTIONS), st.dictionaries(st.text(max_size=20), st.text() | _WRONG_TYPE | st.none(), max_size=3)
)
def test_live_questions_keep_nothing_and_always_answer(action: str, values: dict[str, object]) -> None:
    flow = _waiting(Ports(traits=_TRAITS))
    before, held = flow.flow, secrets_held(flow)
    for name in ("username", "password", "answer", "globally"):
        values.setdefault(name, next(iter(values.values()), "x"))
    found = flow.check(action, values)
    assert [check.field for check in found] == [field.name for known, field in _FIELDS if known == action]
    assert flow.flow is before
    assert secrets_held(flow) == held


@given(st.sampled_from(_TEXTS), _BAD_TEXT | _WRONG_TYPE)
def test_what_a_live_question_calls_bad_the_door_refuses(field: tuple[str, str], bad: object) -> None:
    flow = _waiting(Ports(traits=_TRAITS))
    (found,) = [check for check in flow.check(field[0], {field[1]: bad}) if check.field == field[1]]
    assert found.ok is False
    assert found.problem
