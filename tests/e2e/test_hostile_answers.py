"""Answers that Cognito would never give, by way of the local pool: each is drawn or refused, and the flow goes on."""

import base64
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authflow import AuthFlow, AuthFlowError, Field, FieldKind, Settings, Snapshot
from authflow.adapters.cli.rendering import action_lines, screen_lines
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.wire_settings import Wire
from authflow.adapters.config import load_config
from authflow.adapters.local_pool import Fault
from authflow.adapters.texts import text
from tests.adapters.cli.test_terminal import play
from tests.behaviours.host import PASSWORD, Host
from tests.drivers.laws import assert_drawable, assert_valid_json
from tests.software_authenticator import SoftwareAuthenticator

SESSION: Final = "AYABe-a-session-that-nobody-issued"
DEVICE: Final = "us-east-1_00000000-0000-4000-8000-000000000001"
HALF: Final = "\ud83d"  # of an emoji, as a trigger in JavaScript cuts it
BELL: Final = "\x07"
# AUTHFLOW_ANSWERS=2000 tries more of them than every run does.
WIDELY: Final = settings(
    max_examples=int(os.environ.get("AUTHFLOW_ANSWERS", "30")),
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)


class Stage(Host):
    """A host with a user, whose provider tries once and never pauses, so that one fault is one answer."""

    def __init__(self, *, settings: Settings | None = None, **pool: Any) -> None:
        self._wish = settings
        self._struck = 0
        super().__init__(**pool)
        self.user("ana", email="ana@example.com", verified=False)

    def start(self, *, initialize: bool = True) -> AuthFlow:
        config: dict[str, Any] = {"user_pool_id": self.setup.pool_id, "client_id": self.setup.client_id}
        clock = self.pool.clock
        ports: dict[str, Any] = {"client_factory": self.pool.client, "clock": clock, "device_store": self.devices}
        provider = CognitoProvider(load_config(**config), wire=Wire(retries=0), **ports)
        self.flow = AuthFlow.from_config(provider=provider, clock=clock, settings=self._wish, **config)
        self.flow.initialize()
        return self.flow

    def answer(self, operation: str, answer: object) -> None:
        """Has the next call of an operation answered with a text as it is, or with anything else as JSON."""
        body = answer if isinstance(answer, str) else json.dumps(answer)
        self.pool.inject(Fault(operation=operation, body=body))
        self._struck += 1

    def attempt(self, call: Callable[[], object]) -> AuthFlowError | None:
        """Does something that may be refused, with a code and a sentence; returns the refusal."""
        refused: AuthFlowError | None = None
        try:
            call()
        except AuthFlowError as error:
            refused = error
            assert error.message.strip()
            assert error.message.isprintable()
            assert not error.message.startswith("The call failed unexpectedly")
        self.look()
        return refused

    def look(self) -> Snapshot:
        """Draws what is to be drawn now: as JSON, on a terminal, with the words of the catalogue."""
        snapshot = self.snapshot
        assert_valid_json(snapshot.to_json())
        assert_drawable(snapshot)
        assert [*screen_lines(snapshot), *action_lines(snapshot, snapshot.error)]
        for field in (field for action in snapshot.actions for field in action.fields):
            assert all(text(key) for key in (field.label_key, *(option.label_key for option in field.options)))
        return snapshot

    def leave(self) -> None:
        """Goes back from wherever this is to a screen where a sign-in, or a sign-out, can begin."""
        for _ in range(5):
            offered = {action.id for action in self.look().actions if action.enabled}
            if {"sign_in", "get_tokens"} & offered:
                return
            self.submit(next(way for way in ("skip", "back", "show_sign_in") if way in offered))
        raise AssertionError(f"there is no way from {self.screen}")

    def signs_in_as_ever(self) -> None:
        """Somebody leaves, and a right sign-in works as soon as the pool answers as it should."""
        self.leave()
        for _ in range(self._struck + 1):
            if self.flow.is_signed_in:
                self.attempt(self.flow.sign_out)
            self.attempt(lambda: self.flow.sign_in("ana", PASSWORD))
            self.leave()
            if self.flow.is_signed_in and self.attempt(self.flow.fetch_mfa_preference) is None:
                break
        assert self.flow.is_signed_in
        assert self.flow.username == "ana"


_ODD: Final = st.sampled_from(
    (
        *("", " ", "x", "\x00", "\x1b[2J", BELL, HALF, "<script>alert(1)</script>", "é\u202e\u2028", "a" * 20_000),
        *("null", "NaN", "{}", "[]", "[[[[", "[" * 50_000, '[""]', "[7, null, {}]", '{"challenge": 7}', '["X"', "SMS"),
        *('["SOFTWARE_TOKEN_MFA"]', '["EMAIL_OTP"]', '["SMS_MFA"]', '["RETINA", "SMS_MFA", "\\u0007"]'),
        *('["userAttributes.email"]', '["userAttributes.", "x", "userAttributes.custom:\\u0000", "phone_number"]'),
    )
)
_TEXT: Final = _ODD | st.text(max_size=8)
_LEAF: Final = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
_ANYTHING: Final = st.recursive(
    _LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3), max_leaves=6
)


def _some(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional=members) | _ANYTHING


_NAMES: Final = st.sampled_from(
    (
        *("SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA", "SELECT_MFA_TYPE", "MFA_SETUP", "SMS_OTP", "WEB_AUTHN"),
        *("PASSWORD", "PASSWORD_SRP", "SELECT_CHALLENGE", "PASSWORD_VERIFIER", "CUSTOM_CHALLENGE"),
        *("DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER", "NEW_PASSWORD_REQUIRED", "ADMIN_NO_SRP_AUTH"),
        *("RETINA", "UNKNOWN", "IDLE", "SIGN_IN_COMPLETE", "retina scan", "x" * 300),
    )
)
_PARAMETERS: Final = st.sampled_from(
    (
        *("USERNAME", "USER_ID_FOR_SRP", "SALT", "SRP_B", "SECRET_BLOCK", "requiredAttributes", "userAttributes"),
        *("CODE_DELIVERY_DELIVERY_MEDIUM", "CODE_DELIVERY_DESTINATION", "MFAS_CAN_CHOOSE", "MFAS_CAN_SETUP"),
        *("CREDENTIAL_REQUEST_OPTIONS", "FRIENDLY_DEVICE_NAME", "hint", HALF, "\x1b[2J"),
    )
)
_TOKEN: Final = st.sampled_from(("a.b.c", "a.W10.c", "a.eyJ1c2VybmFtZSI6M30.c", f"{HALF}.{HALF}.c")) | _ANYTHING
_RESULT: Final = _some(
    AccessToken=_TOKEN,
    ExpiresIn=st.sampled_from((3600, 3600, 0, -1, "60", True, 1.5, 10**30)),
    IdToken=_TOKEN,
    RefreshToken=_TOKEN,
    NewDeviceMetadata=_some(DeviceKey=_ANYTHING, DeviceGroupKey=_ANYTHING),
)
_CHALLENGES: Final = st.fixed_dictionaries(
    {"ChallengeName": _NAMES},
    optional={
        "ChallengeParameters": st.dictionaries(_PARAMETERS, _TEXT, max_size=6),
        "Session": st.sampled_from((SESSION, "", "s", HALF * 30)),
        "AvailableChallenges": st.lists(_NAMES | _TEXT, max_size=4),
    },
)
_ANSWERS: Final = st.one_of(
    *(_CHALLENGES, _CHALLENGES),
    st.fixed_dictionaries({"AuthenticationResult": _RESULT}),
    _some(
        ChallengeName=_NAMES | _ANYTHING,
        ChallengeParameters=st.dictionaries(_TEXT, _ANYTHING, max_size=3) | _ANYTHING,
        Session=_ANYTHING,
        AvailableChallenges=_ANYTHING,
    ),
    st.sampled_from(("", "<html>", "null", '"x"', "[" * 100_000, '{"ChallengeName": "SMS_MFA"', "\xff")),
)
_WAYS: Final = ("USER_SRP_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH", "USER_AUTH")


def _typed(field: Field, data: st.DataObject) -> object:
    if field.kind is FieldKind.choice:
        return data.draw(st.sampled_from([option.value for option in field.options]))
    return data.draw(st.sampled_from(("123456", "Any-thing-1", "ana@example.com", '{"id": "x"}')))


def _answer_what_is_asked(stage: Stage, data: st.DataObject) -> None:
    action = stage.look().action("confirm_sign_in")
    if action is not None:
        values = {field.name: _typed(field, data) for field in action.fields if field.matches is None}
        checked = stage.flow.check("confirm_sign_in", values)
        assert [found.field for found in checked] == [field.name for field in action.fields]
        stage.attempt(lambda: stage.flow.submit("confirm_sign_in", values))


@pytest.mark.slow
@WIDELY
@given(answer=_ANSWERS, way=st.sampled_from(_WAYS), data=st.data())
def test_any_answer_to_the_start_is_drawn_or_refused(answer: object, way: str, data: st.DataObject) -> None:
    stage = Stage(first_factors=("EMAIL_OTP",))
    stage.answer("InitiateAuth", answer)
    stage.attempt(lambda: stage.flow.sign_in("ana", PASSWORD, auth_flow=way))
    for _ in range(2):
        _answer_what_is_asked(stage, data)
    stage.signs_in_as_ever()


@pytest.mark.slow
@WIDELY
@given(answers=st.lists(_ANSWERS, min_size=1, max_size=4), remembered=st.booleans(), data=st.data())
def test_any_answers_to_challenges_are_drawn_or_refused(
    answers: list[object], remembered: bool, data: st.DataObject
) -> None:
    stage = Stage(devices="always")
    if remembered:
        stage.flow.sign_in("ana", PASSWORD)
        stage.flow.sign_out()
        stage.answer("InitiateAuth", {"ChallengeName": "DEVICE_SRP_AUTH"})
    first, *more = answers
    stage.answer("RespondToAuthChallenge", first)
    stage.attempt(lambda: stage.flow.sign_in("ana", PASSWORD, auth_flow="USER_PASSWORD_AUTH" if remembered else None))
    for answer in more:
        stage.answer("RespondToAuthChallenge", answer)
        _answer_what_is_asked(stage, data)
    stage.signs_in_as_ever()


def _challenge(name: str, **parameters: str) -> dict[str, object]:
    return {"ChallengeName": name, "Session": SESSION, "ChallengeParameters": parameters}


_SETUP: Final = _challenge("MFA_SETUP", MFAS_CAN_SETUP='["SMS_MFA", "SOFTWARE_TOKEN_MFA"]')
_SECRET: Final = st.just("JBSWY3DPEHPK3PXP") | _ANYTHING
_SUCCESS: Final = st.just("SUCCESS") | _ANYTHING
_NEXT: Final = st.just(SESSION) | _ANYTHING


@pytest.mark.slow
@WIDELY
@given(
    associated=_some(SecretCode=_SECRET, Session=_NEXT), verified=_some(Status=_SUCCESS, Session=_NEXT), data=st.data()
)
def test_any_answer_while_an_app_is_set_up_is_drawn_or_refused(
    associated: object, verified: object, data: st.DataObject
) -> None:
    stage = Stage()
    stage.answer("InitiateAuth", _SETUP)
    stage.answer("AssociateSoftwareToken", associated)
    stage.attempt(lambda: stage.flow.sign_in("ana", PASSWORD))
    stage.answer("VerifySoftwareToken", verified)
    _answer_what_is_asked(stage, data)
    stage.signs_in_as_ever()


_MOMENT: Final = st.sampled_from((1, 10**18, -(10**18), "2026-01-31T00:00:00Z", "x", True)) | _ANYTHING
_LISTED: Final = st.sampled_from(("email", "phone_number", "email_verified")) | _ANYTHING
_ATTRIBUTES: Final = st.lists(_some(Name=_LISTED, Value=_ANYTHING), max_size=3) | _ANYTHING
_TRACKED: Final = _some(DeviceKey=st.just(DEVICE) | _ANYTHING, DeviceAttributes=_ATTRIBUTES, DeviceCreateDate=_MOMENT)
_BODIES: Final = _some(
    Username=st.just("ana") | _ANYTHING,
    UserAttributes=_ATTRIBUTES,
    UserMFASettingList=st.lists(_ANYTHING, max_size=2) | _ANYTHING,
    PreferredMfaSetting=_ANYTHING,
    Credentials=st.lists(_some(CredentialId=_ANYTHING, CreatedAt=_MOMENT), max_size=3) | _ANYTHING,
    CredentialCreationOptions=st.dictionaries(_TEXT, _ANYTHING, max_size=3) | _ANYTHING,
    SecretCode=_SECRET,
    Status=_SUCCESS,
    Devices=st.lists(_TRACKED, max_size=3) | _ANYTHING,
    Device=_TRACKED,
    CodeDeliveryDetails=_some(Destination=_ANYTHING, DeliveryMedium=_ANYTHING, AttributeName=_ANYTHING),
    UserConfirmationNecessary=_ANYTHING,
    PaginationToken=_ANYTHING,
    AuthenticationResult=_RESULT,
)
_KEY: Final = SoftwareAuthenticator(origin="https://auth.example.com")
_CALLS: Final[Mapping[str, Callable[[AuthFlow], object]]] = {
    "GetUser": lambda flow: flow.fetch_mfa_preference(),
    "ListWebAuthnCredentials": lambda flow: flow.list_passkeys(),
    "StartWebAuthnRegistration": lambda flow: flow.register_passkey(_KEY),
    "AssociateSoftwareToken": lambda flow: flow.set_up_totp(),
    "VerifySoftwareToken": lambda flow: [flow.set_up_totp(), flow.submit("verify_totp_setup", {"code": "123456"})],
    "ListDevices": lambda flow: flow.list_devices(),
    "GetDevice": lambda flow: flow.get_device(DEVICE),
    "GetUserAttributeVerificationCode": lambda flow: flow.verify_user_attribute("email"),
    "InitiateAuth": lambda flow: flow.get_tokens(force_refresh=True),
    "RevokeToken": lambda flow: flow.sign_out(),
}


@pytest.mark.slow
@WIDELY
@given(operation=st.sampled_from(sorted(_CALLS)), answer=_BODIES)
def test_any_answer_about_the_account_is_drawn_or_refused(operation: str, answer: object) -> None:
    stage = Stage(first_factors=("WEB_AUTHN",), relying_party="auth.example.com", mfa="OPTIONAL")
    stage.flow.sign_in("ana", PASSWORD, auth_flow="USER_SRP_AUTH")
    stage.answer(operation, answer)
    stage.attempt(lambda: _CALLS[operation](stage.flow))
    assert stage.flow.is_signed_in is (operation != "RevokeToken")
    stage.signs_in_as_ever()


@pytest.mark.slow
@WIDELY
@given(operation=st.sampled_from(("ConfirmDevice", "ListWebAuthnCredentials", "GetUser")), answer=_BODIES)
def test_no_answer_to_what_follows_keeps_anybody_from_being_signed_in(operation: str, answer: object) -> None:
    stage = Stage(devices="always", settings=Settings(offer_passkey=True, verify_contacts=True))
    stage.answer(operation, answer)
    assert stage.attempt(lambda: stage.flow.sign_in("ana", PASSWORD)) is None
    assert stage.flow.is_signed_in
    stage.signs_in_as_ever()


# What is shown of it


def _choice(*names: object, **parameters: str) -> dict[str, object]:
    return {**_challenge("SELECT_CHALLENGE", **parameters), "AvailableChallenges": names}


def _demand(*names: str) -> dict[str, object]:
    listed = json.dumps([f"userAttributes.{name}" for name in names])
    return _challenge("NEW_PASSWORD_REQUIRED", requiredAttributes=listed)


def _challenged(answer: object) -> Stage:
    stage = Stage()
    stage.answer("InitiateAuth", answer)
    stage.flow.sign_in("ana", PASSWORD)
    assert stage.screen == "confirmSignIn"
    return stage


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        (_challenge("RETINA_SCAN", hint="look here"), {"answer": ()}),
        (_challenge("SELECT_MFA_TYPE"), {"answer": ()}),
        (_challenge("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE="no JSON"), {"answer": ()}),
        (_challenge("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE='["RETINA", "SMS_MFA"]'), {"answer": ("RETINA", "SMS_MFA")}),
        (_choice("RETINA", 7, "RETINA"), {"answer": ("RETINA",)}),
        (_choice(), {"answer": ()}),
        (_challenge("MFA_SETUP", MFAS_CAN_SETUP='["RETINA"]'), {"answer": ()}),
        (_challenge("WEB_AUTHN"), {"answer": ()}),
        (_demand("custom:team"), {"answer": (), "answer_confirmation": (), "attributes.custom:team": ()}),
    ],
)
def test_what_nobody_has_met_is_drawn_and_can_be_answered(answer: Any, asked: dict[str, tuple[str, ...]]) -> None:
    stage = _challenged(answer)
    fields = stage.fields("confirm_sign_in")
    assert {name: tuple(option.value for option in field.options) for name, field in fields.items()} == asked
    challenge = stage.look().challenge
    assert challenge is not None
    assert challenge.parameters == answer["ChallengeParameters"]
    values = {name: choices[0] if choices else '{"id": "x"}' for name, choices in asked.items()}
    assert stage.attempt(lambda: stage.flow.submit("confirm_sign_in", values)) is not None
    stage.signs_in_as_ever()


def test_a_second_factor_that_only_an_administrator_can_set_up_is_refused_with_a_sentence() -> None:
    stage = Stage()
    stage.answer("InitiateAuth", _challenge("MFA_SETUP", MFAS_CAN_SETUP='["SMS_MFA"]'))
    refused = stage.attempt(lambda: stage.flow.sign_in("ana", PASSWORD))
    assert refused is not None
    assert (refused.code, refused.info.recovery) == ("mfaMethodNotFound", "contact_administrator")
    stage.signs_in_as_ever()


@pytest.mark.parametrize(
    "answer",
    [
        _challenge(f"RETINA{HALF}", **{f"hint{HALF}": HALF}),
        _challenge("SMS_MFA", CODE_DELIVERY_DESTINATION=HALF),
        _choice("SMS_OTP", HALF),
        _demand(f"custom:{HALF}"),
    ],
)
def test_half_an_emoji_does_not_make_a_snapshot_that_cannot_be_sent(answer: object) -> None:
    form = _challenged(answer).look().to_json()
    assert json.dumps(form, ensure_ascii=False).encode()


_CLAIMS: Final = base64.urlsafe_b64encode(json.dumps({"username": f"ana{BELL}"}).encode()).decode().rstrip("=")
_TOKENS: Final = {"AccessToken": f"a.{_CLAIMS}.c", "ExpiresIn": 3600}
_CONTACTS: Final = [{"Name": "email", "Value": f"{BELL}@{BELL}"}, {"Name": "phone_number", "Value": f"+49{BELL}"}]


@pytest.mark.parametrize(
    "answers",
    [
        {"InitiateAuth": _challenge(f"RETINA{BELL}", **{f"hint{BELL}": BELL})},
        {"InitiateAuth": _challenge("SMS_MFA", CODE_DELIVERY_DESTINATION=BELL)},
        {"InitiateAuth": _choice("RETINA", f"\x1b]0;title{BELL}")},
        {"InitiateAuth": _demand(f"custom:{BELL}")},
        {"InitiateAuth": {"AuthenticationResult": _TOKENS}},
        {"GetUser": {"Username": "ana", "UserAttributes": _CONTACTS}},
        {"InitiateAuth": _SETUP, "AssociateSoftwareToken": {"SecretCode": f"JBSW{BELL}", "Session": SESSION}},
        {"InitiateAuth": _SETUP, "AssociateSoftwareToken": {"SecretCode": f"JBSW{HALF}", "Session": SESSION}},
        {"InitiateAuth": _SETUP, "AssociateSoftwareToken": {"SecretCode": "A" * 5_000, "Session": SESSION}},
    ],
)
def test_what_a_service_says_neither_ends_nor_steers_the_terminal(answers: dict[str, object]) -> None:
    stage = Stage(settings=Settings(verify_contacts=True))
    for operation, answer in answers.items():
        stage.answer(operation, answer)
    with suppress(AuthFlowError):  # a secret that no app takes is refused, and shown nowhere
        stage.flow.sign_in("ana", PASSWORD)
    if stage.flow.is_signed_in and stage.screen != "verifyContact":
        stage.attempt(stage.flow.sign_out)
    told, person = play(stage.flow, "", "Any-thing-1", "Any-thing-1", "1", "", "1")
    assert told.endswith("Bye.\n")
    assert [char for char in told + "".join(person.asked) if not char.isprintable() and char != "\n"] == []


@pytest.mark.parametrize("secret", [f"JBSW{HALF}", "A" * 5_000])
def test_an_unusable_totp_secret_is_refused_with_a_sentence(secret: str) -> None:
    stage = Stage(mfa="OPTIONAL")
    stage.flow.sign_in("ana", PASSWORD)
    stage.answer("AssociateSoftwareToken", {"SecretCode": secret})
    assert stage.attempt(lambda: stage.flow.set_up_totp() and stage.flow.totp_setup().qr_svg()) is not None
    stage.signs_in_as_ever()
