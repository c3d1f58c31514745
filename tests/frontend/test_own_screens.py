"""Screens, actions and fields of an application's own: drawn, checked and taken like the flow's."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import attrs
import pytest

from authflow import (
    ActionRejected,
    AuthFlow,
    ConfigurationError,
    ErrorCode,
    Field,
    FieldKind,
    FieldOptions,
    Form,
    InvalidInput,
    Option,
    RevisionConflict,
    ServiceRefused,
    effects,
)
from authflow.adapters.texts import Catalogue
from authflow.adapters.texts_english import ENGLISH
from authflow.declare import (
    ActionSpec,
    Context,
    Doing,
    Flow,
    Handle,
    Intent,
    Machine,
    PoolTraits,
    Region,
    RegionData,
    Row,
    Screen,
    WhileBusy,
)
from authflow.frontend.actions import known_forms
from authflow.frontend.snapshot import Action, Snapshot
from authflow.intents import Cancel, GetTokens
from authflow.secrets import SecretGone
from authflow.states import FlowStatus, ScreenState
from authflow.values import Settings
from tests.drivers.scripted import ACCESS, Ports, Running, let_go, refusing
from tests.examples_of_regions import BOTH, STEP_UP, TERMS, VERSION, step_up, terms

WITH_BOTH: Final = PoolTraits(settings=Settings(regions=BOTH))
TEXTS: Final = Catalogue(TERMS.texts, Catalogue(STEP_UP.texts))


def at_the_terms(ports: Ports) -> AuthFlow:
    return ports.signed_in()


def signed_in(ports: Ports) -> AuthFlow:
    flow = at_the_terms(ports)
    flow.submit("accept_terms")
    return flow


def stepped_up(ports: Ports) -> AuthFlow:
    flow = signed_in(ports)
    flow.submit("ask_step_up")
    flow.submit("prove_step_up", {"code": "123456"})
    return flow


def seen(snapshot: Snapshot) -> list[tuple[str, bool, bool]]:
    return [(action.id, action.enabled, action.primary) for action in snapshot.actions]


def action(snapshot: Snapshot, name: str) -> Action:
    found = snapshot.action(name)
    assert found is not None
    return found


# Screens


def test_a_screen_lies_over_the_flows_with_its_actions_and_the_way_out() -> None:
    snapshot = at_the_terms(Ports(traits=WITH_BOTH)).snapshot()
    assert (snapshot.screen, snapshot.title_key) == ("terms.asked", "screen.terms.asked")
    assert snapshot.parameters == {"version": VERSION}
    assert snapshot.status is FlowStatus.interactive
    assert seen(snapshot) == [("accept_terms", True, True), ("sign_out", True, False)]
    assert snapshot.states["terms"] == "ASKED"
    assert list(snapshot.states)[-2:] == ["terms", "step_up"]
    form = snapshot.to_json()
    assert (form["screen"], form["parameters"]) == ("terms.asked", {"version": VERSION})


def test_the_flows_screen_comes_back_with_what_regions_add_to_it() -> None:
    snapshot = signed_in(Ports(traits=WITH_BOTH)).snapshot()
    assert (snapshot.screen, snapshot.title_key) == (ScreenState.signedIn, "screen.signedIn")
    assert (snapshot.parameters, snapshot.status) == ({}, FlowStatus.done)
    names = [found.id for found in snapshot.actions]
    plain = Ports().signed_in().snapshot()
    assert names == [*(found.id for found in plain.actions), "ask_step_up"]
    assert action(snapshot, "ask_step_up").doing is Doing.nothing


def test_what_a_row_does_not_show_is_not_there_and_is_refused_with_its_sentence() -> None:
    flow = signed_in(Ports(traits=WITH_BOTH))
    assert flow.snapshot().action("pay") is None
    with pytest.raises(ActionRejected, match="fresh proof of who is there") as caught:
        flow.submit("pay", {"amount": "1"})
    assert caught.value.code is ErrorCode.INVALID_STATE
    assert action(stepped_up(Ports(traits=WITH_BOTH)).snapshot(), "pay").enabled


def test_while_a_call_is_under_way_the_screen_offers_to_give_it_up() -> None:
    ports = Ports(traits=WITH_BOTH)
    flow = at_the_terms(ports)
    gate = ports.provider.hold(terms.RecordAcceptance)
    with let_go(gate):
        running = Running(lambda: flow.submit("accept_terms"))
        gate.wait_until_reached()
        snapshot = flow.snapshot()
        assert (snapshot.screen, snapshot.status) == ("terms.recording", FlowStatus.working)
        assert seen(snapshot) == [("cancel", True, False), ("sign_out", True, False)]
        assert snapshot.waiting is not None
        gate.open()
    assert running.result().screen is ScreenState.signedIn


def test_a_payment_under_way_says_why_it_is_not_called_off() -> None:
    ports = Ports(traits=WITH_BOTH)
    flow = stepped_up(ports)
    gate = ports.provider.hold(step_up.MakePayment)
    with let_go(gate):
        running = Running(lambda: flow.submit("pay", {"amount": "1"}))
        gate.wait_until_reached()
        snapshot = flow.snapshot()
        assert action(snapshot, "cancel").disabled_reason == "A payment cannot be called off; wait for its answer."
        assert snapshot.action("pay") is None
        assert snapshot.screen.value == "step_up.paying"
        gate.open()
    running.result()


def test_an_answer_to_an_older_screen_is_too_old() -> None:
    flow = at_the_terms(Ports(traits=WITH_BOTH))
    shown = flow.snapshot()
    flow.submit("accept_terms", rev=shown.rev)
    with pytest.raises(RevisionConflict):
        flow.submit("ask_step_up", rev=shown.rev)
    assert flow.submit("ask_step_up").screen == "step_up.asked"


def test_a_refused_code_is_shown_at_its_field() -> None:
    ports = Ports(traits=WITH_BOTH)
    flow = signed_in(ports)
    flow.submit("ask_step_up")
    ports.provider.on(step_up.CheckCode, refusing(ErrorCode.CODE_MISMATCH, field="code"))
    with pytest.raises(ServiceRefused) as caught:
        flow.submit("prove_step_up", {"code": "000000"})
    assert caught.value.info.field == "code"
    snapshot = flow.snapshot()
    assert snapshot.screen == "step_up.asked"
    assert snapshot.error is not None
    assert (snapshot.error.code, snapshot.error.field) == (ErrorCode.CODE_MISMATCH, "code")
    assert flow.submit("back").error is None


def test_a_region_may_refuse_the_flows_own_and_the_screen_says_why() -> None:
    refusing_row = Row(
        trigger=GetTokens, source=terms.TermsState.asked, refuse=ErrorCode.INVALID_STATE, says="Accept first."
    )
    strict = attrs.evolve(TERMS, machine=attrs.evolve(TERMS.machine, rows=(refusing_row, *TERMS.machine.rows)))
    flow = at_the_terms(Ports(traits=PoolTraits(settings=Settings(regions=(strict,)))))
    refused = action(flow.snapshot(), "get_tokens")
    assert (refused.enabled, refused.disabled_reason) == (False, "Accept first.")
    for force in (False, True):  # tokens that are still good are not handed out either
        with pytest.raises(ActionRejected, match=r"Accept first\."):
            flow.get_tokens(force_refresh=force)
    flow.submit("accept_terms")
    assert flow.get_tokens().access_token.reveal() == ACCESS


# Fields


def test_a_secret_field_is_a_secret_field() -> None:
    flow = signed_in(Ports(traits=WITH_BOTH))
    asked = action(flow.submit("ask_step_up"), "prove_step_up")
    (code,) = asked.fields
    assert (code.kind, code.secret, code.autocomplete, code.value) == (FieldKind.code, True, "one-time-code", None)
    assert (asked.primary, asked.doing) == (True, Doing.asks_service)
    assert [found.id for found in flow.snapshot().actions] == ["prove_step_up", "back", "sign_out"]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("pay", {"amount": "12"}, ("amount", None, None)),
        ("pay", {"amount": "12.50"}, ("amount", None, None)),
        ("pay", {"amount": "12,50"}, ("amount", None, None)),
        ("pay", {"amount": "a lot"}, ("amount", False, "This must be a number.")),
        ("pay", {}, ("amount", False, "This is required.")),
        ("prove_step_up", {"code": "12ab"}, ("code", False, "A code has digits alone.")),
        ("prove_step_up", {"code": "1" * 3_000}, ("code", False, "This may have at most 2048 characters.")),
    ],
)
def test_values_are_checked_as_they_are_typed(name: str, values: Mapping[str, object], expected: object) -> None:
    (found,) = signed_in(Ports(traits=WITH_BOTH)).check(name, values)
    assert (found.field, found.ok, found.problem) == expected


@pytest.mark.parametrize(
    ("name", "values", "field", "said"),
    [
        ("accept_term", {}, "action_id", "did you mean accept_terms or"),
        ("ask_stepup", {}, "action_id", "did you mean ask_step_up"),
        ("ask_step_up", {"code": "1"}, "code", "the fields are: none"),
        ("prove_step_up", {}, "code", "code is required."),
        ("prove_step_up", {"code": " "}, "code", "code is required."),
        ("prove_step_up", {"code": 123456}, "code", "code must be text."),
        ("prove_step_up", {"code": "1\x00"}, "code", "control character"),
        ("prove_step_up", {"kode": "1"}, "kode", "the fields are: code"),
    ],
)
def test_what_is_refused_at_the_door(name: str, values: Mapping[str, object], field: str, said: str) -> None:
    flow = signed_in(Ports(traits=WITH_BOTH))
    if name == "prove_step_up":
        flow.submit("ask_step_up")
    before = flow.flow
    with pytest.raises(InvalidInput) as caught:
        flow.submit(name, values)
    assert caught.value.info.field == field
    assert said in caught.value.message
    assert flow.flow is before


def test_there_is_no_such_action_where_no_region_is_plugged_in() -> None:
    with pytest.raises(InvalidInput) as caught:
        Ports().signed_in().submit("accept_terms")
    assert "accept_terms" not in caught.value.message


# Texts


@pytest.mark.parametrize("own", BOTH, ids=lambda own: own.name)
def test_everything_that_an_example_shows_has_words(own: Region) -> None:
    flow = Ports(traits=WITH_BOTH).flow()
    keys = [f"screen.{screen}" for screen in own.screen_names.values()]
    for spec in own.actions:
        keys.append(f"action.{'_'.join(_words(spec.intent.__name__))}")
        keys += [field.label_key for field in spec.fields(flow, WITH_BOTH)]
    assert [key for key in keys if key not in own.texts and key not in ENGLISH] == []


def _words(name: str) -> list[str]:
    return "".join(f" {char}" if char.isupper() else char for char in name).lower().split()


def test_a_catalogue_of_both_examples_reads_their_screens() -> None:
    flow = at_the_terms(Ports(traits=WITH_BOTH))
    assert TEXTS.title(flow.snapshot()) == "Accept the terms"
    assert [TEXTS.text(found.label_key) for found in flow.snapshot().actions] == ["Accept", "Sign out"]
    flow.submit("accept_terms")
    assert TEXTS.text(action(flow.snapshot(), "ask_step_up").label_key) == "Make a payment"
    assert TEXTS.title(flow.submit("ask_step_up")) == "Is it still you?"


# Forms


def test_a_form_shapes_the_fields_of_an_action_of_ones_own() -> None:
    fields = {"amount": FieldOptions(label="How much?", placeholder="12.50", value="1")}
    extra = Field(name="note", kind=FieldKind.text, label_key="field.note", required=False)
    told: list[Mapping[str, str | bool]] = []

    def validate(values: Mapping[str, str | bool]) -> Mapping[str, str]:
        told.append(values)
        return {"amount": "That is too much."} if values.get("amount") == "1000" else {}

    forms = {"pay": Form(fields=fields, extra=(extra,), validate=validate)}
    ports = Ports(traits=attrs.evolve(WITH_BOTH, forms=known_forms(forms, BOTH)))
    flow = stepped_up(ports)
    amount, note = action(flow.snapshot(), "pay").fields
    assert (amount.label, amount.placeholder, amount.value) == ("How much?", "12.50", "1")
    assert (note.name, note.required) == ("note", False)
    assert flow.check("pay", {"amount": "1000"})[0].problem == "That is too much."
    with pytest.raises(InvalidInput, match="too much"):
        flow.submit("pay", {"amount": "1000"})
    flow.submit("pay", {"amount": "5", "note": "for lunch"})
    assert told[-1] == {"amount": "5", "note": "for lunch"}
    assert ports.provider.last(step_up.MakePayment).amount == "5"


@pytest.mark.parametrize(
    ("forms", "problem"),
    [
        ({"accept_term": Form()}, "did you mean accept_terms"),
        ({"pay": Form(fields={"sum": FieldOptions()})}, "its fields are amount"),
        ({"ask_step_up": Form(fields={"code": FieldOptions()})}, "the action asks for nothing"),
        ({"pay": Form(fields={"amount": FieldOptions(hidden=True)})}, "cannot be hidden"),
    ],
)
def test_a_form_that_fits_no_action_is_refused_when_the_flow_is_made(forms: Any, problem: str) -> None:
    performers = {effect: Ports().provider.perform for own in BOTH for effect in own.outcomes_of}
    with pytest.raises(ConfigurationError, match=problem):
        AuthFlow.local(settings=Settings(regions=BOTH), performers=performers, forms=forms)


def test_a_hidden_field_with_a_value_is_filled_in() -> None:
    forms = {"pay": Form(fields={"amount": FieldOptions(hidden=True, value="3")})}
    ports = Ports(traits=attrs.evolve(WITH_BOTH, forms=known_forms(forms, BOTH)))
    flow = stepped_up(ports)
    assert action(flow.snapshot(), "pay").fields == ()
    flow.submit("pay")
    assert ports.provider.last(step_up.MakePayment).amount == "3"


# Fields of every kind: an organisation to choose


class OrganisationState(StrEnum):
    choosing = "CHOOSING"
    chosen = "CHOSEN"


@attrs.frozen(kw_only=True)
class Choose(Intent):
    organisation: str
    remember: bool = False
    auth_flow: str | None = "unsaid"
    loopback: str | None = None
    pin: Handle | None = None
    at: float
    why: str = "because"


CHOSEN: Final = RegionData[Choose | None]("organisation", None)
ORGANISATIONS: Final = tuple(Option(value=value, label_key=f"organisation.{value}") for value in ("red", "blue"))


def _asks(flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
    return (
        Field(name="organisation", kind=FieldKind.choice, label_key="o", options=ORGANISATIONS, value="red"),
        Field(name="remember", kind=FieldKind.boolean, label_key="r", required=False),
        # Names that sign-in has for something else.
        Field(name="auth_flow", kind=FieldKind.text, label_key="a", required=False),
        Field(name="loopback", kind=FieldKind.text, label_key="l", required=False),
        Field(name="pin", kind=FieldKind.password, label_key="p", required=False, secret=True),
    )


def _keep(context: Context, message: Choose, now: float) -> Context:
    return CHOSEN.put(context, message)


_O = OrganisationState
ORGANISATION: Final = Region(
    machine=Machine(
        name="organisation",
        states=tuple(_O),
        initial=_O.choosing,
        rows=(
            Row(trigger=Choose, source=_O.choosing, dest=_O.chosen, before=(_keep,)),
            Row(trigger=Cancel, source=_O.chosen, dest=_O.choosing, while_busy=WhileBusy.PREEMPT),
        ),
    ),
    data=CHOSEN,
    actions=(ActionSpec(intent=Choose, asks=_asks, needs=("organisation",)),),
    screens={_O.choosing: Screen()},
)


def _choosing() -> tuple[Ports, AuthFlow]:
    ports = Ports(traits=PoolTraits(settings=Settings(regions=(ORGANISATION,))))
    return ports, ports.signed_in()


def test_the_door_knows_every_kind_of_field() -> None:
    ports, flow = _choosing()
    values = {"organisation": "blue", "remember": True, "auth_flow": " any ", "loopback": "text", "pin": " 1 "}
    flow.submit("choose", values)
    chosen = CHOSEN.of(flow.flow.context)
    assert chosen is not None
    assert (chosen.organisation, chosen.remember, chosen.auth_flow) == ("blue", True, "any")
    assert (chosen.loopback, chosen.why, chosen.at) == ("text", "because", ports.clock())
    assert isinstance(chosen.pin, Handle)
    vault = flow._host.vault
    assert vault is not None
    assert vault.text(chosen.pin) == " 1 "  # as it was typed, and kept as long as the region names it
    flow.sign_out()
    assert vault.text(chosen.pin) == " 1 "
    flow.close()
    with pytest.raises(SecretGone):
        vault.text(chosen.pin)


def test_what_nobody_fills_in_is_nothing_and_what_is_not_asked_for_keeps_its_default() -> None:
    _, flow = _choosing()
    flow.submit("choose")
    chosen = CHOSEN.of(flow.flow.context)
    assert chosen is not None
    assert (chosen.organisation, chosen.remember, chosen.auth_flow) == ("red", False, None)
    assert (chosen.loopback, chosen.pin, chosen.why) == (None, None, "because")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"organisation": "green"}, "organisation must be one of: red, blue"),
        ({"remember": "yes"}, "remember must be true or false"),
        ({"why": "I like it"}, "There is no such field here"),
        ({"at": 7}, "There is no such field here"),
        ({"client_metadata": {}}, "There is no such field here"),
    ],
)
def test_what_the_door_refuses_of_them(values: Mapping[str, object], said: str) -> None:
    _, flow = _choosing()
    with pytest.raises(InvalidInput, match=said):
        flow.submit("choose", values)
    assert flow.flow.own_states == (_O.choosing,)


def test_a_screen_may_be_drawn_before_anybody_has_signed_in() -> None:
    ports = Ports(traits=PoolTraits(settings=Settings(regions=(ORGANISATION,))))
    flow = ports.signed_out()
    assert (flow.snapshot().screen, flow.snapshot().status) == ("organisation.choosing", FlowStatus.interactive)
    assert [found.id for found in flow.snapshot().actions] == ["choose"]
    # Hidden, and not refused: a program signs in all the same.
    assert flow.sign_in("jane", "a-password").screen == "organisation.choosing"
    assert ports.provider.count(effects.InitiateAuth) == 1
