"""What a host application hides, fills in or adds; what it cannot take away; and what it is told of a slip."""

import pytest

from authflow import AuthFlow, ConfigurationError, Field, FieldKind, FieldOptions, Form, InvalidInput, Option, effects
from authflow.frontend.traits import PoolTraits
from authflow.secrets import Vault
from authflow.states import MfaUse
from tests.drivers.scripted import Ports, secrets_held

AWAY = FieldOptions(required=False, hidden=True)
SIGN_UP = {"username": "jane", "password": "a-password"}
TEAMS = tuple(Option(value=value, label_key=f"option.team.{value}") for value in ("red", "blue"))


def _ports(**forms: Form) -> Ports:
    return Ports(traits=PoolTraits(forms=forms))


def _field(flow: AuthFlow, action: str, name: str) -> Field:
    found = flow.snapshot().action(action)
    assert found is not None
    return next(field for field in found.fields if field.name == name)


def _team(**options: object) -> Field:
    return Field(
        name="attributes.custom:team",
        kind=FieldKind.choice,
        label_key="field.team",
        options=TEAMS,
        **options,  # type: ignore[arg-type]  # names of a field's members
    )


def _attributes_sent(ports: Ports) -> list[object]:
    sent: list[object] = []

    def reply(effect: effects.Effect, vault: Vault) -> object:
        assert isinstance(effect, effects.SignUp)
        sent.append(vault.get(effect.attributes) if effect.attributes is not None else None)
        return ports.provider.succeed(effect, vault)

    ports.provider.on(effects.SignUp, reply)
    return sent


# What an action cannot do without


def _challenged_by_text(ports: Ports) -> AuthFlow:
    return ports.challenged("SMS_MFA")


def _setting_up_an_app(ports: Ports) -> AuthFlow:
    return ports.challenged("MFA_SETUP", options=("SOFTWARE_TOKEN_MFA",))


@pytest.mark.parametrize(
    ("go", "action", "name", "values"),
    [
        (Ports.signed_out, "sign_in", "username", {"password": "x"}),
        (Ports.signed_out, "sign_up", "username", {"password": "x"}),
        (Ports.signed_out, "confirm_sign_up", "code", {"username": "jane"}),
        (Ports.signed_out, "resend_sign_up_code", "username", {}),
        (Ports.signed_out, "forgot_password", "username", {}),
        (Ports.signed_out, "confirm_forgot_password", "new_password", {"username": "jane", "code": "1"}),
        (_challenged_by_text, "confirm_sign_in", "answer", {}),
        (_setting_up_an_app, "confirm_sign_in", "answer", {}),
        (Ports.signed_in, "change_password", "password", {"new_password": "x"}),
        (Ports.signed_in, "change_password", "password", {"password": "", "new_password": "x"}),
        (Ports.signed_in, "delete_passkey", "passkey_id", {}),
    ],
)
def test_what_an_action_cannot_do_without_is_asked_whatever_the_host_says(
    go: object, action: str, name: str, values: dict[str, object]
) -> None:
    ports = _ports(**{action: Form(fields={name: AWAY})})
    flow: AuthFlow = go(ports)  # type: ignore[operator]  # one of the functions above
    calls, held = len(ports.provider.calls), secrets_held(flow)
    assert next(check for check in flow.check(action, values) if check.field == name).ok is False
    with pytest.raises(InvalidInput, match=f"{name} is required") as caught:
        flow.submit(action, values)
    assert caught.value.info.field == name
    assert (len(ports.provider.calls), secrets_held(flow)) == (calls, held)


def test_a_choice_that_has_to_be_made_stays_where_nothing_makes_it() -> None:
    flow = _ports(verify_user_attribute=Form(fields={"attribute": AWAY})).signed_in()
    assert [check.field for check in flow.check("verify_user_attribute", {})] == ["attribute"]


# Hidden with a value


def test_a_choice_that_is_hidden_with_a_value_is_made() -> None:
    form = Form(fields={"attribute": FieldOptions(value="phone_number", hidden=True)})
    ports = _ports(verify_user_attribute=form)
    flow = ports.signed_in()
    assert flow.check("verify_user_attribute", {}) == ()
    flow.submit("verify_user_attribute")
    assert ports.provider.last(effects.SendContactCode).attribute == "phone_number"


@pytest.mark.parametrize("hidden", [True, False])
def test_a_boolean_that_is_filled_in_counts_where_nobody_touches_it(hidden: bool) -> None:
    ports = _ports(sign_out=Form(fields={"globally": FieldOptions(value=True, hidden=hidden)}))
    flow = ports.signed_in()
    flow.submit("sign_out")
    assert ports.provider.count(effects.GlobalSignOut) == 1


def test_a_program_may_say_otherwise() -> None:
    ports = _ports(sign_out=Form(fields={"globally": FieldOptions(value=True, hidden=True)}))
    ports.signed_in().sign_out()
    assert ports.provider.count(effects.GlobalSignOut) == 0


def test_a_text_that_is_hidden_with_a_value_is_sent() -> None:
    tenant = Field(name="attributes.custom:tenant", kind=FieldKind.text, label_key="field.tenant")
    ports = _ports(sign_up=Form(extra=(tenant,), fields={tenant.name: FieldOptions(value="acme", hidden=True)}))
    sent = _attributes_sent(ports)
    ports.signed_out().submit("sign_up", SIGN_UP)
    assert sent == [{"custom:tenant": "acme"}]


def test_a_secret_is_never_filled_in() -> None:
    ports = _ports(confirm_sign_in=Form(fields={"answer": FieldOptions(value="123456", hidden=True)}))
    flow = ports.challenged("SMS_MFA")
    with pytest.raises(InvalidInput, match="answer is required"):
        flow.submit("confirm_sign_in")


# Attributes that are chosen or ticked


@pytest.mark.parametrize(
    ("field", "typed", "sent"),
    [
        (_team(), {"attributes.custom:team": "blue"}, {"custom:team": "blue"}),
        (_team(value="red"), {}, {"custom:team": "red"}),
        (_team(value="red"), {"attributes.custom:team": ""}, {"custom:team": "red"}),
        (_team(value="green", required=False), {}, None),
    ],
)
def test_an_attribute_may_be_chosen(field: Field, typed: dict[str, str], sent: object) -> None:
    ports = _ports(sign_up=Form(extra=(field,)))
    found = _attributes_sent(ports)
    ports.signed_out().submit("sign_up", {**SIGN_UP, **typed})
    assert found == [sent]


@pytest.mark.parametrize("typed", [{}, {"attributes.custom:team": ""}, {"attributes.custom:team": "green"}])
def test_an_attribute_that_was_not_offered_is_not_sent(typed: dict[str, str]) -> None:
    ports = _ports(sign_up=Form(extra=(_team(),)))
    flow = ports.signed_out()
    values = {**SIGN_UP, **typed}
    assert next(check for check in flow.check("sign_up", values) if check.field == _team().name).ok is False
    with pytest.raises(InvalidInput) as caught:
        flow.submit("sign_up", values)
    assert caught.value.info.field == "attributes.custom:team"
    assert ports.provider.count(effects.SignUp) == 0


@pytest.mark.parametrize(("typed", "sent"), [(True, "true"), (False, "false"), ("true", "true"), ("false", "false")])
def test_an_attribute_may_be_ticked(typed: bool | str, sent: str) -> None:
    news = Field(name="attributes.custom:news", kind=FieldKind.boolean, label_key="field.news", required=False)
    ports = _ports(sign_up=Form(extra=(news,)))
    found = _attributes_sent(ports)
    flow = ports.signed_out()
    values = {**SIGN_UP, "attributes.custom:news": typed}
    assert all(check.ok is not False for check in flow.check("sign_up", values))
    flow.submit("sign_up", values)
    assert found == [{"custom:news": sent}]


def test_an_attribute_that_has_to_be_ticked_is_true() -> None:
    adult = Field(name="attributes.custom:adult", kind=FieldKind.boolean, label_key="field.adult")
    flow = _ports(sign_up=Form(extra=(adult,))).signed_out()
    for typed in (False, "false", "yes", None):
        with pytest.raises(InvalidInput) as caught:
            flow.submit("sign_up", {**SIGN_UP, adult.name: typed})
        assert caught.value.info.field == adult.name
    flow.submit("sign_up", {**SIGN_UP, adult.name: True})


def test_the_host_s_field_takes_the_place_of_an_attribute_s_usual_one() -> None:
    gender = Field(name="attributes.gender", kind=FieldKind.choice, label_key="field.gender", options=TEAMS)
    traits = PoolTraits(required_attributes=("gender", "email"), forms={"sign_up": Form(extra=(gender,))})
    flow = Ports(traits=traits).signed_out()
    flow.submit("show_sign_up")
    found = _field(flow, "sign_up", "attributes.gender")
    assert (found.kind, found.host_must_supply, found.options) == (FieldKind.choice, False, TEAMS)


# Slips


def test_a_value_that_is_no_option_fills_in_nothing() -> None:
    ports = _ports(update_mfa_preference=Form(fields={"sms": FieldOptions(value="off")}))
    flow = ports.signed_in()
    flow.submit("update_mfa_preference", {"totp": "ENABLED"})
    sent = ports.provider.last(effects.UpdateMfaPreference)
    assert (sent.sms, sent.totp) == (None, MfaUse.ENABLED)


def test_where_no_option_is_meant_all_are_offered() -> None:
    forms = {"confirm_sign_in": Form(fields={"answer": FieldOptions(options=("WEBAUTHN",))})}
    flow = _ports(**forms).challenged("SELECT_CHALLENGE", options=("PASSWORD", "EMAIL_OTP"))
    found = _field(flow, "confirm_sign_in", "answer")
    assert [option.value for option in found.options] == ["PASSWORD", "EMAIL_OTP"]


@pytest.mark.parametrize(
    ("action", "form", "sentence"),
    [
        (
            "sign_in",
            Form(fields={"usernam": FieldOptions()}),
            "sign_in: usernam is no field of this action; its fields",
        ),
        (
            "cancel",
            Form(fields={"username": FieldOptions()}),
            "is no field of this action; the action asks for nothing",
        ),
        ("confirm_sign_up", Form(fields={"code": FieldOptions(hidden=True)}), "code cannot be hidden"),
        ("change_password", Form(fields={"password": AWAY}), "password cannot be hidden"),
        ("confirm_sign_in:smsMFA", Form(fields={"answer": AWAY}), "answer cannot be hidden"),
        ("confirm_sign_up", Form(extra=(_team(),)), "attributes.custom:team would be sent nowhere"),
        ("sign_in", Form(fields={"attributes.email": FieldOptions()}), "is no field of this action"),
    ],
)
def test_what_a_form_cannot_say_is_refused_when_it_is_given(action: str, form: Form, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        AuthFlow.local(forms={action: form})


@pytest.mark.parametrize(
    ("action", "form"),
    [
        ("sign_in", Form(fields={"dial_code": FieldOptions(), "preferred_challenge": FieldOptions()})),
        ("sign_up", Form(fields={"attributes.email": AWAY, "password": AWAY, "dial_code": AWAY})),
        ("sign_up", Form(extra=(_team(),), fields={_team().name: FieldOptions(order=1)})),
        ("confirm_sign_in", Form(fields={"answer_confirmation": AWAY, "attributes.name": AWAY})),
        ("verify_user_attribute", Form(fields={"attribute": FieldOptions(hidden=True, value="email")})),
        ("update_user_attributes", Form(extra=(_team(),))),
        ("cancel", Form(extra=(Field(name="why", kind=FieldKind.text, label_key="field.why"),))),
    ],
)
def test_what_a_form_can_say_in_some_pool_is_taken(action: str, form: Form) -> None:
    AuthFlow.local(forms={action: form}).close()
