"""What each screen asks for, as a frontend renders it."""

import pytest

from authflow import CodeDelivery, ErrorCode, ServiceRefused, effects
from authflow.drivers.blocking import BlockingFlow
from authflow.frontend.fields import FieldKind
from authflow.frontend.snapshot import Action, Doing, Snapshot
from authflow.frontend.traits import PoolTraits
from authflow.outcomes import CHALLENGES
from authflow.secrets import Vault
from authflow.states import AuthFlowType, DeliveryMedium, FlowStatus, ScreenState, SignInState
from tests.drivers.scripted import DELIVERY, START, Ports, challenging, refusing


def _action(flow: BlockingFlow, name: str) -> Action:
    found = flow.snapshot().action(name)
    assert found is not None
    return found


def _fields(flow: BlockingFlow, name: str) -> list[tuple[str, FieldKind, bool, str | None]]:
    fields = _action(flow, name).fields
    return [(field.name, field.kind, field.secret, field.autocomplete) for field in fields]


_USERNAME = ("username", FieldKind.username, False, "username")
_CODE = ("code", FieldKind.code, True, "one-time-code")


def test_sign_in_asks_for_the_identifier_and_the_current_password() -> None:
    flow = Ports().signed_out()
    assert _fields(flow, "sign_in") == [_USERNAME, ("password", FieldKind.password, True, "current-password")]
    assert flow.snapshot().actions[0].id == "sign_in"
    assert _action(flow, "sign_in").doing is Doing.asks_service


@pytest.mark.parametrize(
    ("auth_flow", "required"),
    [
        (AuthFlowType.USER_SRP_AUTH, True),
        (AuthFlowType.USER_PASSWORD_AUTH, True),
        (AuthFlowType.CUSTOM_AUTH, False),
        (AuthFlowType.USER_AUTH, False),
    ],
)
def test_the_password_is_required_where_the_flow_needs_it(auth_flow: AuthFlowType, required: bool) -> None:
    flow = Ports(traits=PoolTraits(auth_flow=auth_flow)).signed_out()
    assert _action(flow, "sign_in").fields[1].required is required


def test_sign_up_asks_for_a_new_password_and_the_required_attributes() -> None:
    traits = PoolTraits(username_attributes=("email",), required_attributes=("email", "given_name", "custom_thing"))
    flow = Ports(traits=traits).signed_out()
    flow.submit("show_sign_up")
    assert _fields(flow, "sign_up") == [
        _USERNAME,
        ("password", FieldKind.new_password, True, "new-password"),
        ("password_confirmation", FieldKind.password, True, "new-password"),
        ("attributes.given_name", FieldKind.text, False, "given-name"),
        ("attributes.custom_thing", FieldKind.attribute, False, None),
    ]
    again, given_name, custom = _action(flow, "sign_up").fields[2:]
    assert (again.matches, again.required) == ("password", True)
    # Nobody but the host application knows what is meant by an attribute of its own.
    assert (given_name.host_must_supply, custom.host_must_supply) == (False, True)
    username = _action(flow, "sign_up").fields[0]
    assert (username.label_key, username.input_mode) == ("field.email", "email")


def test_a_code_for_a_registration_is_a_one_time_code() -> None:
    flow = Ports().signed_out()
    flow.sign_up("jane", "a-password")
    snapshot = flow.snapshot()
    assert snapshot.screen is ScreenState.confirmSignUp
    assert snapshot.delivery == DELIVERY
    assert _fields(flow, "confirm_sign_up") == [_USERNAME, _CODE]
    assert _action(flow, "resend_sign_up_code").doing is Doing.sends_message
    assert snapshot.actions[0].id == "confirm_sign_up"


def test_a_reset_asks_for_code_and_new_password() -> None:
    flow = Ports().signed_out()
    flow.forgot_password("jane")
    snapshot = flow.snapshot()
    assert snapshot.screen is ScreenState.confirmForgotPassword
    assert snapshot.delivery == DELIVERY
    assert _fields(flow, "confirm_forgot_password") == [
        _USERNAME,
        _CODE,
        ("new_password", FieldKind.new_password, True, "new-password"),
        ("new_password_confirmation", FieldKind.password, True, "new-password"),
    ]


_ONE_TIME = (FieldKind.code, "one-time-code", "numeric")
_ANSWERS = {
    "SMS_MFA": _ONE_TIME,
    "SOFTWARE_TOKEN_MFA": _ONE_TIME,
    "EMAIL_OTP": _ONE_TIME,
    "SMS_OTP": _ONE_TIME,
    "NEW_PASSWORD_REQUIRED": (FieldKind.new_password, "new-password", "text"),
    "PASSWORD": (FieldKind.password, "current-password", "text"),
    "PASSWORD_SRP": (FieldKind.password, "current-password", "text"),
    "WEB_AUTHN": (FieldKind.credential, "webauthn", "text"),
}
# The flow answers these by itself.
_INTERNAL = {"PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"}
_SHOWN = sorted({*CHALLENGES, "NOBODY_HAS_MET_IT"} - _INTERNAL)


@pytest.mark.parametrize("name", _SHOWN)
def test_every_challenge_is_shown_with_one_answer_field(name: str) -> None:
    flow = Ports().challenged(name, delivery=DELIVERY)
    snapshot = flow.snapshot()
    assert snapshot.screen is ScreenState.confirmSignIn
    assert snapshot.challenge is not None
    assert snapshot.challenge.name == name
    assert snapshot.challenge.parameters == {"hint": name.lower()}
    assert snapshot.challenge.attempts_left == "unknown"
    assert snapshot.challenge.expires_at == START + 180
    assert snapshot.delivery == DELIVERY
    answer, *more = _action(flow, "confirm_sign_in").fields
    assert [field.matches for field in more] == (["answer"] if name == "NEW_PASSWORD_REQUIRED" else [])
    assert (answer.kind, answer.autocomplete, answer.input_mode) == _ANSWERS.get(name, (FieldKind.answer, None, "text"))
    # A passkey's answer is nothing to type, and nothing to hide.
    assert answer.secret is (name != "WEB_AUTHN")
    assert _action(flow, "confirm_sign_in").doing is Doing.spends_session


def test_a_new_password_may_need_attributes() -> None:
    flow = Ports().challenged("NEW_PASSWORD_REQUIRED", required=("email", "name"))
    assert [field[0] for field in _fields(flow, "confirm_sign_in")] == [
        "answer",
        "answer_confirmation",
        "attributes.email",
        "attributes.name",
    ]
    challenge = flow.snapshot().challenge
    assert challenge is not None
    assert challenge.required_attributes == ("email", "name")


def test_the_delivery_of_one_screen_is_not_shown_on_another() -> None:
    flow = Ports().signed_out()
    flow.sign_up("jane", "a-password")
    assert flow.submit("skip").delivery is None
    sms = CodeDelivery(medium=DeliveryMedium.sms, destination="+***1")
    ports = Ports()
    assert ports.challenged("SMS_MFA", delivery=sms).submit("back").delivery is None


@pytest.mark.parametrize("screen", ["sign_in", "sign_up", "forgot_password"])
def test_the_identifier_is_filled_in_and_asked_for_once(screen: str) -> None:
    ports = Ports()
    flow = ports.signed_out()
    ports.provider.on(effects.InitiateAuth, refusing(ErrorCode.NOT_AUTHORIZED))
    with pytest.raises(ServiceRefused):
        flow.sign_in("  jane ", "a-password")
    if screen != "sign_in":
        flow.submit(f"show_{screen}")
    assert _action(flow, screen).fields[0].value == "jane"
    assert flow.snapshot().username == flow.username == "jane"


def test_an_error_stands_on_a_field_of_the_screen() -> None:
    ports = Ports()
    flow = ports.challenged("SMS_MFA")
    ports.provider.on(effects.RespondToAuthChallenge, refusing(ErrorCode.CODE_MISMATCH, field="code"))
    with pytest.raises(ServiceRefused):
        flow.confirm_sign_in("123456")
    shown = flow.snapshot().error
    assert shown is not None
    assert (shown.code, shown.field) == (ErrorCode.CODE_MISMATCH, "answer")


def test_a_refused_new_password_stands_on_its_field() -> None:
    ports = Ports()
    flow = ports.signed_out()
    flow.forgot_password("jane")
    ports.provider.on(effects.ConfirmForgotPassword, refusing(ErrorCode.INVALID_PASSWORD, field="password"))
    with pytest.raises(ServiceRefused):
        flow.confirm_forgot_password("jane", "short", "123456")
    shown = flow.snapshot().error
    assert shown is not None
    assert shown.field == "new_password"


def test_an_error_whose_field_is_nowhere_stands_on_none() -> None:
    ports = Ports()
    flow = ports.signed_out()
    ports.provider.on(effects.InitiateAuth, refusing(ErrorCode.INVALID_PARAMETER, field="device_key"))
    with pytest.raises(ServiceRefused):
        flow.sign_in("jane", "a-password")
    shown = flow.snapshot().error
    assert shown is not None
    assert shown.field is None


def test_an_error_goes_with_the_next_action_that_is_taken() -> None:
    ports = Ports()
    flow = ports.signed_out()
    ports.provider.on(effects.InitiateAuth, refusing(ErrorCode.NOT_AUTHORIZED))
    with pytest.raises(ServiceRefused):
        flow.sign_in("jane", "a-password")
    assert flow.snapshot().error is not None
    assert flow.submit("show_sign_up").error is None


def test_while_a_call_is_under_way_disabled_actions_say_why() -> None:
    ports = Ports()
    flow = ports.signed_out()
    snapshots: list[Snapshot] = []

    def looking(effect: effects.Effect, vault: Vault) -> object:
        snapshots.append(flow.snapshot())
        return challenging("SMS_MFA")(effect, vault)

    ports.provider.on(effects.InitiateAuth, looking)
    ports.clock.now += 5
    flow.sign_in("jane", "a-password")
    (during,) = snapshots
    assert during.status is FlowStatus.working
    assert during.waiting is not None
    assert during.waiting.since == START + 5
    sign_in = during.action("sign_in")
    cancel = during.action("cancel")
    assert sign_in is not None
    assert cancel is not None
    assert not sign_in.enabled
    assert sign_in.disabled_reason
    assert cancel.enabled
    assert flow.snapshot().waiting is None


def test_signed_in_offers_what_a_frontend_can_draw_and_the_way_out() -> None:
    snapshot = Ports().signed_in().snapshot()
    assert snapshot.status is FlowStatus.done
    assert snapshot.screen is ScreenState.signedIn
    assert {action.id for action in snapshot.actions if action.enabled} == {
        "sign_out",
        "get_tokens",
        "register_passkey",
        "set_up_totp",
        "update_mfa_preference",
    }
    assert snapshot.username == "jane"
    leaving = snapshot.action("sign_out")
    assert leaving is not None
    assert leaving.doing is Doing.destroys
    assert [(field.name, field.value) for field in leaving.fields] == [("globally", False), ("invalidate_tokens", True)]


def test_a_closed_flow_says_so() -> None:
    flow = Ports().signed_out()
    flow.close()
    snapshot = flow.snapshot()
    assert snapshot.status is FlowStatus.closed
    assert snapshot.actions == ()
    assert snapshot.waiting is not None


def test_the_states_of_all_regions_are_told() -> None:
    snapshot = Ports().challenged("SOFTWARE_TOKEN_MFA").snapshot()
    assert snapshot.states["sign_in"] == "SOFTWARE_TOKEN_MFA"
    assert snapshot.states["screen"] == "confirmSignIn"


def test_a_refused_password_stays_on_the_sign_in_screen() -> None:
    ports = Ports()
    flow = ports.signed_out()
    ports.provider.on(effects.InitiateAuth, refusing(ErrorCode.NOT_AUTHORIZED))
    with pytest.raises(ServiceRefused) as caught:
        flow.sign_in("jane", "a-password")
    snapshot = flow.snapshot()
    assert snapshot.screen is ScreenState.signIn
    assert snapshot.error == caught.value.info


@pytest.mark.parametrize(
    ("code", "screen", "asked"),
    [
        (ErrorCode.USER_NOT_CONFIRMED, ScreenState.confirmSignUp, effects.ResendConfirmationCode),
        (ErrorCode.PASSWORD_RESET_REQUIRED, ScreenState.confirmForgotPassword, effects.ForgotPassword),
    ],
)
def test_a_refusal_that_names_the_way_on_leads_there(
    code: ErrorCode, screen: ScreenState, asked: type[effects.Effect]
) -> None:
    ports = Ports()
    flow = ports.signed_out()
    ports.provider.on(effects.InitiateAuth, refusing(code))
    result = flow.sign_in("jane", "a-password")
    assert (result.screen, result.sign_in_state) == (screen, SignInState.idle)
    snapshot = flow.snapshot()
    assert (snapshot.screen, snapshot.error, snapshot.delivery) == (screen, None, DELIVERY)
    assert ports.provider.count(asked) == 1


@pytest.mark.parametrize(
    ("code", "screen", "asked"),
    [
        (ErrorCode.USER_NOT_CONFIRMED, ScreenState.confirmSignUp, effects.ResendConfirmationCode),
        (ErrorCode.PASSWORD_RESET_REQUIRED, ScreenState.forgotPassword, effects.ForgotPassword),
    ],
)
def test_a_code_that_could_not_be_sent_on_the_way_fails_nobody_and_is_shown(
    code: ErrorCode, screen: ScreenState, asked: type[effects.Effect]
) -> None:
    ports = Ports()
    flow = ports.signed_out()
    heard: list[str] = []
    flow.subscribe(lambda event: heard.append(event.kind))
    ports.provider.on(effects.InitiateAuth, refusing(code))
    ports.provider.on(asked, refusing(ErrorCode.LIMIT_EXCEEDED))
    assert flow.sign_in("jane", "a-password").screen is screen
    snapshot = flow.snapshot()
    assert snapshot.error is not None
    assert snapshot.error.code is ErrorCode.LIMIT_EXCEEDED
    assert heard.count("flow.failed") == 1
