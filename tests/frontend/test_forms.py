"""What the host application changes about the fields, its own rules, dial codes, choices and password rules."""

from collections.abc import Mapping
from typing import Final

import pytest

from authflow import (
    AuthFlow,
    ConfigurationError,
    ErrorCode,
    Field,
    FieldKind,
    FieldOptions,
    Form,
    InvalidInput,
    effects,
)
from authflow.adapters.local_pool import LocalPool
from authflow.errors import AuthFlowError
from authflow.frontend.traits import PasswordPolicy, PasswordRule, PoolTraits
from authflow.secrets import Vault
from authflow.states import AuthFlowType, FirstFactor, MfaUse, ScreenState
from authflow.values import Settings
from tests.drivers.scripted import Ports, challenging, refusing

TERMS: Final = Field(name="terms", kind=FieldKind.boolean, label_key="field.terms", value=False)
TEAM: Final = Field(name="attributes.custom:team", kind=FieldKind.text, label_key="field.team", required=False)


def _names(flow: AuthFlow, action: str) -> list[str]:
    found = flow.snapshot().action(action)
    assert found is not None
    return [field.name for field in found.fields]


def _field(flow: AuthFlow, action: str, name: str) -> Field:
    found = flow.snapshot().action(action)
    assert found is not None
    return next(field for field in found.fields if field.name == name)


def _signing_up(form: Form | None = None, **traits: object) -> tuple[Ports, AuthFlow]:
    forms = {"sign_up": form} if form is not None else {}
    ports = Ports(traits=PoolTraits(forms=forms, **traits))  # type: ignore[arg-type]  # names of fields
    flow = ports.signed_out()
    flow.submit("show_sign_up")
    return ports, flow


def _attributes_sent(ports: Ports) -> list[object]:
    sent: list[object] = []

    def reply(effect: effects.Effect, vault: Vault) -> object:
        assert isinstance(effect, effects.SignUp)
        sent.append(vault.get(effect.attributes) if effect.attributes is not None else None)
        return ports.provider.succeed(effect, vault)

    ports.provider.on(effects.SignUp, reply)
    return sent


# Looks


def test_labels_placeholders_and_order_are_the_host_s() -> None:
    form = Form(
        fields={
            "attributes.name": FieldOptions(label="Your name", placeholder="Jane Doe", order=1),
            "username": FieldOptions(order=2),
        }
    )
    _, flow = _signing_up(form, required_attributes=("email", "name"))
    assert _names(flow, "sign_up") == [
        "attributes.name",
        "username",
        "password",
        "password_confirmation",
        "attributes.email",
    ]
    name = _field(flow, "sign_up", "attributes.name")
    assert (name.label, name.placeholder) == ("Your name", "Jane Doe")


def test_a_required_field_is_not_hidden_and_another_one_is() -> None:
    form = Form(
        fields={"password_confirmation": FieldOptions(hidden=True), "attributes.email": FieldOptions(hidden=True)}
    )
    _, flow = _signing_up(form, required_attributes=("email",))
    assert _names(flow, "sign_up") == ["username", "password", "attributes.email"]


def test_a_form_of_one_state_of_the_sign_in_is_of_that_state() -> None:
    forms = {"confirm_sign_in:smsMFA": Form(fields={"answer": FieldOptions(label="Code by text message")})}
    ports = Ports(traits=PoolTraits(forms=forms))
    assert _field(ports.challenged("SMS_MFA"), "confirm_sign_in", "answer").label == "Code by text message"
    assert _field(ports.challenged("SOFTWARE_TOKEN_MFA"), "confirm_sign_in", "answer").label is None


def test_what_is_filled_in_is_among_the_options_that_are_offered() -> None:
    form = Form(fields={"dial_code": FieldOptions(options=("+49", "+44", "+999"), value="+1")})
    _, flow = _signing_up(form, username_attributes=("phone_number",), dial_codes=("+1", "+44", "+49"))
    field = _field(flow, "sign_up", "dial_code")
    assert ([option.value for option in field.options], field.value) == (["+49", "+44"], "+49")


# Fields and rules of its own


def test_an_extra_attribute_reaches_the_service_and_another_field_does_not() -> None:
    ports, flow = _signing_up(Form(extra=(TEAM, TERMS)))
    sent = _attributes_sent(ports)
    flow.submit(
        "sign_up", {"username": "jane", "password": "a-password", "attributes.custom:team": "blue", "terms": True}
    )
    assert sent == [{"custom:team": "blue"}]


@pytest.mark.parametrize("terms", [False, None])
def test_terms_that_are_not_accepted_keep_the_registration_back(terms: bool | None) -> None:
    ports, flow = _signing_up(Form(extra=(TERMS,)))
    values = {"username": "jane", "password": "a-password", "terms": terms}
    with pytest.raises(AuthFlowError) as caught:
        flow.submit("sign_up", values)
    assert caught.value.info.field == "terms"
    assert ports.provider.count(effects.SignUp) == 0
    assert next(check for check in flow.check("sign_up", values) if check.field == "terms").ok is False


def _no_names(values: Mapping[str, str | bool]) -> Mapping[str, str]:
    if str(values.get("username", "")) in str(values.get("password", "")):
        return {"password": "The password must not have the name in it."}
    return {}


def test_a_rule_of_the_host_refuses_and_is_told_while_typing() -> None:
    ports, flow = _signing_up(Form(validate=_no_names))
    bad = {"username": "jane", "password": "jane-1234"}
    with pytest.raises(AuthFlowError) as caught:
        flow.submit("sign_up", bad)
    assert (caught.value.code, caught.value.info.field) == (ErrorCode.INVALID_INPUT, "password")
    assert caught.value.message == "The password must not have the name in it."
    assert ports.provider.count(effects.SignUp) == 0
    found = {check.field: check for check in flow.check("sign_up", bad)}
    assert (found["password"].ok, found["password"].problem) == (False, "The password must not have the name in it.")
    flow.submit("sign_up", {"username": "jane", "password": "other-1234"})
    assert ports.provider.count(effects.SignUp) == 1


def test_a_rule_sees_all_that_was_typed() -> None:
    seen: list[dict[str, str | bool]] = []

    def looking(values: Mapping[str, str | bool]) -> Mapping[str, str]:
        seen.append(dict(values))
        return {}

    form = Form(extra=(TERMS,), validate=looking)
    _, flow = _signing_up(form, username_attributes=("phone_number",), dial_codes=("+44",))
    flow.submit(
        "sign_up",
        {
            "username": "020 7946 0000",
            "dial_code": "+44",
            "password": "a-password",
            "attributes.name": "Jane",
            "terms": True,
        },
    )
    assert seen == [
        {
            "username": "020 7946 0000",
            "dial_code": "+44",
            "password": "a-password",
            "attributes.name": "Jane",
            "terms": True,
        }
    ]


# Confirmations


def test_a_password_is_typed_twice_where_it_is_typed_twice() -> None:
    ports, flow = _signing_up()
    values = {"username": "jane", "password": "a-password", "password_confirmation": "another"}
    with pytest.raises(AuthFlowError) as caught:
        flow.submit("sign_up", values)
    assert caught.value.info.field == "password_confirmation"
    assert next(check for check in flow.check("sign_up", values) if check.field == "password_confirmation").ok is False
    flow.submit("sign_up", {**values, "password_confirmation": "a-password"})
    assert ports.provider.count(effects.SignUp) == 1


def test_a_program_types_it_once() -> None:
    ports, flow = _signing_up()
    flow.sign_up("jane", "a-password")
    assert ports.provider.count(effects.SignUp) == 1


# Dial codes


@pytest.mark.parametrize(
    ("number", "code", "sent"),
    [
        ("2079460000", "+44", "+442079460000"),
        ("2079460000", None, "+12079460000"),
        ("+492079460000", "+44", "+492079460000"),
    ],
)
def test_a_dial_code_goes_before_a_number_without_one(number: str, code: str | None, sent: str) -> None:
    ports, flow = _signing_up(username_attributes=("phone_number",), dial_codes=("+1", "+44"))
    values: dict[str, object] = {"username": number, "password": "a-password"}
    if code is not None:
        values["dial_code"] = code
    flow.submit("sign_up", values)
    assert ports.provider.last(effects.SignUp).username == sent


def test_a_dial_code_that_is_not_offered_is_refused() -> None:
    _, flow = _signing_up(username_attributes=("phone_number",), dial_codes=("+1", "+44"))
    with pytest.raises(AuthFlowError) as caught:
        flow.submit("sign_up", {"username": "207", "password": "a-password", "dial_code": "+49"})
    assert caught.value.info.field == "dial_code"


def test_an_address_gets_no_dial_code() -> None:
    traits = PoolTraits(username_attributes=("email", "phone_number"), dial_codes=("+1",))
    ports = Ports(traits=traits)
    flow = ports.signed_out()
    flow.submit("sign_in", {"username": "jane@example.com", "password": "a-password"})
    assert ports.provider.last(effects.InitiateAuth).username == "jane@example.com"


@pytest.mark.parametrize(
    ("typed", "code", "sent"),
    [
        # Where it may as well be a name, digits are a number only if somebody says so.
        ("77777", None, "77777"),
        ("77777", "+44", "+4477777"),
        ("+44 (20) 7946-0000", None, "+442079460000"),
        ("+a.b-c@example.com", "+44", "+a.b-c@example.com"),
        ("jane.doe", "+44", "jane.doe"),
    ],
)
def test_a_name_is_no_number(typed: str, code: str | None, sent: str) -> None:
    ports = Ports(traits=PoolTraits(alias_attributes=("phone_number",), dial_codes=("+1", "+44")))
    flow = ports.signed_out()
    values: dict[str, object] = {"username": typed, "password": "a-password"}
    flow.submit("sign_in", values if code is None else {**values, "dial_code": code})
    assert ports.provider.last(effects.InitiateAuth).username == sent


def test_a_new_user_s_name_is_taken_as_it_is() -> None:
    ports, flow = _signing_up(required_attributes=("phone_number",), dial_codes=("+1", "+44"))
    flow.submit(
        "sign_up", {"username": "12345", "password": "pw", "attributes.phone_number": "207", "dial_code": "+44"}
    )
    assert ports.provider.last(effects.SignUp).username == "12345"


def test_a_name_that_looks_like_a_number_is_the_same_name_everywhere() -> None:
    ports = Ports(traits=PoolTraits(required_attributes=("phone_number",), dial_codes=("+44",)))
    flow = ports.signed_out()
    name = {"username": "+44-7911"}
    flow.submit("sign_up", {**name, "password": "pw", "attributes.phone_number": "207"})
    flow.submit("confirm_sign_up", {**name, "code": "123456"})
    flow.submit("forgot_password", name)
    flow.submit("confirm_forgot_password", {**name, "code": "123456", "new_password": "pw"})
    flow.submit("sign_in", {**name, "password": "pw"})
    last = ports.provider.last
    assert last(effects.SignUp).username == last(effects.ConfirmSignUp).username == "+44-7911"
    assert last(effects.ForgotPassword).username == last(effects.ConfirmForgotPassword).username == "+44-7911"
    assert last(effects.InitiateAuth).username == "+44-7911"


def test_a_number_that_is_filled_in_has_its_own_dial_code() -> None:
    traits = PoolTraits(username_attributes=("phone_number",), dial_codes=("+1", "+44", "+447"))
    ports = Ports(traits=traits)
    flow = ports.signed_out()
    ports.provider.on(effects.InitiateAuth, refusing(ErrorCode.NOT_AUTHORIZED))
    assert _field(flow, "sign_in", "dial_code").value == "+1"
    with pytest.raises(AuthFlowError):
        flow.submit("sign_in", {"username": "911123456", "password": "a-password", "dial_code": "+447"})
    assert _field(flow, "sign_in", "username").value == "+447911123456"
    assert _field(flow, "sign_in", "dial_code").value == "+447"


def test_a_number_that_comes_with_a_new_password_has_one_too() -> None:
    ports = Ports(traits=PoolTraits(dial_codes=("+1", "+44")))
    flow = ports.challenged("NEW_PASSWORD_REQUIRED", required=("phone_number",))
    assert "dial_code" in _names(flow, "confirm_sign_in")
    sent: list[object] = []

    def reply(effect: effects.Effect, vault: Vault) -> object:
        assert isinstance(effect, effects.RespondToAuthChallenge)
        assert effect.attributes is not None
        sent.append(vault.get(effect.attributes))
        return ports.provider.succeed(effect, vault)

    ports.provider.on(effects.RespondToAuthChallenge, reply)
    flow.submit("confirm_sign_in", {"answer": "new", "attributes.phone_number": "2079460000", "dial_code": "+44"})
    assert sent == [{"phone_number": "+442079460000"}]


def test_a_phone_number_that_is_an_attribute_gets_one_too() -> None:
    ports, flow = _signing_up(required_attributes=("phone_number",), dial_codes=("+1", "+44"))
    assert _names(flow, "sign_up").count("dial_code") == 1
    sent = _attributes_sent(ports)
    flow.submit(
        "sign_up",
        {"username": "jane", "password": "pw", "attributes.phone_number": "2079460000", "dial_code": "+44"},
    )
    assert sent == [{"phone_number": "+442079460000"}]


# Choices


def test_first_factors_are_shown_as_options_with_labels() -> None:
    ports = Ports(traits=PoolTraits(auth_flow=AuthFlowType.USER_AUTH))
    flow = ports.signed_out()
    ports.provider.on(effects.InitiateAuth, challenging("SELECT_CHALLENGE", options=("WEB_AUTHN", "RETINA")))
    flow.submit("sign_in", {"username": "jane"})
    field = _field(flow, "confirm_sign_in", "answer")
    assert (field.kind, field.secret, field.value) == (FieldKind.choice, False, "WEB_AUTHN")
    assert [(option.value, option.label_key) for option in field.options] == [
        ("WEB_AUTHN", "option.factor.web_authn"),
        ("RETINA", "option.factor.retina"),
    ]


def test_a_label_chooses_nothing() -> None:
    """What nobody fills in stays as it is, however the host application calls it."""
    forms = {
        "update_mfa_preference": Form(fields={"sms": FieldOptions(label="Text messages")}),
        "sign_in": Form(fields={"preferred_challenge": FieldOptions(label="How?")}),
    }
    ports = Ports(traits=PoolTraits(auth_flow=AuthFlowType.USER_AUTH, forms=forms))
    flow = ports.signed_out()
    flow.submit("sign_in", {"username": "jane"})
    assert ports.provider.last(effects.InitiateAuth).preferred is None
    flow.update_mfa_preference(totp="PREFERRED")
    sent = ports.provider.last(effects.UpdateMfaPreference)
    assert (sent.sms, sent.totp) == (None, MfaUse.PREFERRED)


def test_where_the_host_puts_options_in_order_the_first_is_meant() -> None:
    forms = {"confirm_sign_in:selectMFAType": Form(fields={"answer": FieldOptions(options=("EMAIL_OTP", "SMS_MFA"))})}
    ports = Ports(traits=PoolTraits(forms=forms))
    flow = ports.challenged("SELECT_MFA_TYPE", options=("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"))
    assert _field(flow, "confirm_sign_in", "answer").value == "EMAIL_OTP"
    flow.submit("confirm_sign_in", {"answer": ""})  # untouched
    assert ports.provider.last(effects.RespondToAuthChallenge).choice == "EMAIL_OTP"


def test_the_host_s_own_first_factor_is_asked_for() -> None:
    forms = {"sign_in": Form(fields={"preferred_challenge": FieldOptions(value="SMS_OTP")})}
    ports = Ports(traits=PoolTraits(auth_flow=AuthFlowType.USER_AUTH, forms=forms))
    flow = ports.signed_out()
    flow.submit("sign_in", {"username": "jane"})
    assert ports.provider.last(effects.InitiateAuth).preferred is FirstFactor.SMS_OTP


def test_a_program_may_ask_for_more_than_the_screen_offers() -> None:
    ports = Ports(traits=PoolTraits(auth_flow=AuthFlowType.USER_AUTH))
    flow = ports.signed_out()
    offered = {option.value for option in _field(flow, "sign_in", "preferred_challenge").options}
    assert offered == {"EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"}
    with pytest.raises(InvalidInput, match="password is required"):
        flow.sign_in("jane", preferred_challenge="PASSWORD_SRP")
    flow.sign_in("jane", "a-password", preferred_challenge="PASSWORD_SRP")
    assert ports.provider.last(effects.InitiateAuth).preferred is FirstFactor.PASSWORD_SRP


@pytest.mark.parametrize("name", ["SELECT_CHALLENGE", "SELECT_MFA_TYPE", "MFA_SETUP"])
def test_a_choice_without_options_is_answered_by_hand(name: str) -> None:
    flow = Ports().challenged(name)
    assert _field(flow, "confirm_sign_in", "answer").kind is FieldKind.answer
    flow.confirm_sign_in("SMS_MFA")
    assert flow.is_signed_in


# Password rules


def test_the_rules_are_shown_where_a_new_password_is_asked_for() -> None:
    policy = PasswordPolicy(min_length=10, require_numbers=True)
    _, flow = _signing_up(password_policy=policy)
    snapshot = flow.snapshot()
    assert snapshot.password_rules == (PasswordRule("min_length", 10), PasswordRule("require_numbers"))
    assert flow.submit("show_sign_in").password_rules == ()
    flow.submit("show_sign_up")
    found = {check.field: check for check in flow.check("sign_up", {"username": "jane", "password": "short"})}
    assert [(rule.rule, rule.met, rule.number) for rule in found["password"].rules] == [
        ("min_length", False, 10),
        ("require_numbers", False, None),
    ]


# What an application says of itself


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"initial_screen": "hello"}, "initial_screen is one of signIn, signUp, forgotPassword"),
        ({"initial_screen": ScreenState.signedIn}, "initial_screen is one of"),
        ({"auto_sign_in": "ja"}, "auto_sign_in is true or false"),
        ({"offer_passkey": None}, "offer_passkey is true or false"),
        ({"passkeys": 1}, "passkeys is true or false"),
    ],
)
def test_a_setting_that_means_nothing_is_refused(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Settings(**settings)  # type: ignore[arg-type]  # that is what is tried


def test_a_screen_may_be_called_by_its_name() -> None:
    assert Settings(initial_screen="signUp").initial_screen is ScreenState.signUp


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("sing_up", "is for no action; did you mean sign_up"),
        ("confirm_sign_in:smsmfa", "is for no state of the sign-in"),
    ],
)
def test_a_form_for_nothing_is_refused(name: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        AuthFlow.local(forms={name: Form()})


@pytest.mark.parametrize(
    ("settings", "passkeys", "factors"),
    [
        (Settings(), False, False),
        (Settings(passkeys=True), True, False),
        (Settings(passkeys=False, second_factors=True), False, True),
    ],
)
def test_the_signed_in_screen_offers_what_the_pool_takes(settings: Settings, passkeys: bool, factors: bool) -> None:
    """This pool takes neither; the application may know better."""
    pool = LocalPool()
    flow = AuthFlow.local(pool, settings=settings)
    flow.initialize()
    flow.sign_up("ana", "Correct-horse-9", user_attributes={"email": "ana@example.com"})
    flow.confirm_sign_up("ana", pool.last_code("ana"))
    flow.sign_in("ana", "Correct-horse-9")
    offered = {action.id for action in flow.snapshot().actions}
    assert ("register_passkey" in offered) is passkeys
    assert ({"set_up_totp", "update_mfa_preference"} <= offered) is factors


# Where somebody begins


@pytest.mark.parametrize("screen", [ScreenState.signIn, ScreenState.signUp, ScreenState.forgotPassword])
def test_the_host_says_where_somebody_begins(screen: ScreenState) -> None:
    flow = Ports(traits=PoolTraits(settings=Settings(initial_screen=screen))).signed_out()
    assert flow.snapshot().screen is screen


def test_registration_can_be_closed() -> None:
    settings = Settings(self_sign_up=False, initial_screen=ScreenState.signUp)
    flow = Ports(traits=PoolTraits(settings=settings)).signed_out()
    assert flow.snapshot().screen is ScreenState.signIn
    assert flow.snapshot().action("show_sign_up") is None


def test_closed_registration_is_refused_to_programs_too() -> None:
    ports = Ports(traits=PoolTraits(settings=Settings(self_sign_up=False)))
    flow = ports.signed_out()
    before = flow.flow
    with pytest.raises(AuthFlowError) as caught:
        flow.sign_up("jane", "a-password")
    assert caught.value.code is ErrorCode.INVALID_STATE
    assert flow.flow is before
    assert ports.provider.count(effects.SignUp) == 0
