"""What the host application says of fields and texts, and what autofill is told (S103 to S114)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import attrs
import pytest

from authflow import AuthFlowError, CodeDelivery, DeliveryMedium, Field, FieldKind, FieldOptions, Form, Settings
from authflow.adapters.texts import CATALOGUE, Catalogue
from tests.behaviours.host import PASSWORD, TEMPORARY, Host

EMAIL: Final = "ana@example.com"
PHONE: Final = "+15555550100"


def at_sign_in(host: Host) -> None:
    """Where a host begins."""


def at_sign_up(host: Host) -> None:
    host.submit("show_sign_up")


def at_confirm_sign_up(host: Host) -> None:
    host.submit("show_confirm_sign_up")


def at_new_password(host: Host) -> None:
    host.user("ana", password=TEMPORARY, temporary=True)
    host.submit("sign_in", username="ana", password=TEMPORARY)


def at_reset_request(host: Host) -> None:
    host.submit("show_forgot_password")


def at_reset_confirm(host: Host) -> None:
    host.user("ana", email=EMAIL)
    at_reset_request(host)
    host.submit("forgot_password", username="ana")


def at_second_factor(host: Host) -> None:
    host.user("ana", email=EMAIL, phone=PHONE)
    host.submit("sign_in", username="ana", password=PASSWORD)


def at_contact_code(host: Host) -> None:
    host.user("ana", email=EMAIL, verified=False)
    host.submit("sign_in", username="ana", password=PASSWORD)
    host.submit("verify_user_attribute")


@attrs.frozen
class Step:
    """A step that asks for something.

    Args:
        action: what it submits.
        fields: the fields that the host application changes.
        go: brings a host there.
        state: the state of the sign-in that the form is for, where one action has several forms.
        pool: how the pool is set up.
    """

    action: str
    fields: tuple[str, ...]
    go: Callable[[Host], None]
    state: str | None = None
    pool: dict[str, Any] = attrs.field(factory=dict)

    def host(self, **options: Any) -> Host:
        """Returns a host at this step whose fields all have these options."""
        key = self.action if self.state is None else f"{self.action}:{self.state}"
        form = Form(fields={name: FieldOptions(**options) for name in self.fields})
        host = Host(settings=Settings(verify_contacts=True), forms={key: form}, **self.pool)
        self.go(host)
        return host


def required_factor(name: str) -> dict[str, Any]:
    return {"mfa": "ON", "factors": (name,)}


STEPS: Final = {
    "sign-in": Step("sign_in", ("username", "password"), at_sign_in),
    "sign-up": Step("sign_up", ("username", "password", "password_confirmation", "attributes.email"), at_sign_up),
    "sign-up code": Step("confirm_sign_up", ("username", "code"), at_confirm_sign_up),
    "new password": Step(
        "confirm_sign_in", ("answer", "answer_confirmation"), at_new_password, state="newPasswordRequired"
    ),
    "reset request": Step("forgot_password", ("username",), at_reset_request),
    "reset confirm": Step(
        "confirm_forgot_password", ("username", "code", "new_password", "new_password_confirmation"), at_reset_confirm
    ),
    "TOTP set-up": Step(
        "confirm_sign_in", ("answer",), at_second_factor, "totpSetup", required_factor("SOFTWARE_TOKEN_MFA")
    ),
    "SMS code": Step("confirm_sign_in", ("answer",), at_second_factor, "smsMFA", required_factor("SMS_MFA")),
    "e-mail code": Step("confirm_sign_in", ("answer",), at_second_factor, "emailOTP", required_factor("EMAIL_OTP")),
    "contact code": Step("confirm_verify_user_attribute", ("code",), at_contact_code),
}
every_step = pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())


# The order of fields


def test_s103_sign_in_lists_its_fields_in_the_order_of_the_host() -> None:
    order = {"password": FieldOptions(order=1), "username": FieldOptions(order=2)}
    host = Host(forms={"sign_in": Form(fields=order)})
    assert list(host.fields("sign_in")) == ["password", "username"]


def test_s103_sign_up_lists_its_fields_in_the_order_of_the_host_and_those_of_its_own() -> None:
    order = ("attributes.email", "nickname", "username", "password_confirmation", "password")
    form = Form(
        fields={name: FieldOptions(order=number) for number, name in enumerate(order)},
        extra=(Field(name="nickname", kind=FieldKind.text, label_key="field.nickname", required=False),),
    )
    host = Host(forms={"sign_up": form})
    at_sign_up(host)
    assert tuple(host.fields("sign_up")) == order


def test_s103_fields_without_a_place_follow_in_their_usual_order() -> None:
    usual = Host()
    at_sign_up(usual)
    host = Host(forms={"sign_up": Form(fields={"attributes.email": FieldOptions(order=1)})})
    at_sign_up(host)
    others = [name for name in usual.fields("sign_up") if name != "attributes.email"]
    assert list(host.fields("sign_up")) == ["attributes.email", *others]


# Labels, placeholders, and what is optional


@every_step
def test_s104_every_step_has_the_label_and_placeholder_of_the_host(step: Step) -> None:
    host = step.host(label="The host's label", placeholder="the host's placeholder")
    for name in step.fields:
        field = host.fields(step.action)[name]
        assert (field.label, field.placeholder) == ("The host's label", "the host's placeholder"), name


@every_step
def test_s104_what_the_host_says_of_one_step_stays_on_it(step: Step) -> None:
    host = step.host(label="The host's label")
    for action in host.snapshot.actions:
        labelled = [field.name for field in action.fields if field.label is not None]
        assert labelled == (list(step.fields) if action.id == step.action else [])


@every_step
def test_s106_a_field_that_the_host_makes_optional_is_not_marked_required(step: Step) -> None:
    host = step.host(required=False)
    for name in step.fields:
        assert not host.fields(step.action)[name].required, name


def typed(name: str) -> str:
    """Returns something that a field of this name takes."""
    if "password" in name or name == "answer_confirmation":
        return PASSWORD
    return "123456" if name in ("answer", "code") else "ana"


@pytest.mark.parametrize(
    ("step", "empty"),
    [pytest.param(step, name, id=f"{name} of {title}") for title, step in STEPS.items() for name in step.fields],
)
def test_s106_a_field_that_the_host_makes_optional_may_be_left_empty(step: Step, empty: str) -> None:
    """Whether it will do without is the service's to say, or ours; whatever is said comes as an answer or an error."""
    host = step.host(required=False)
    given = {name: typed(name) for name in step.fields if name not in (empty, f"{empty}_confirmation")}
    with suppress(AuthFlowError):
        host.submit(step.action, **given)
    assert any(action.enabled for action in host.snapshot.actions)


def test_s106_an_attribute_that_the_host_makes_optional_is_not_sent_when_it_is_empty() -> None:
    form = Form(fields={"attributes.nickname": FieldOptions(required=False)})
    host = Host(required_attributes=("nickname",), forms={"sign_up": form})
    at_sign_up(host)
    assert not host.fields("sign_up")["attributes.nickname"].required
    error = host.refused("sign_up", username="ana", password=PASSWORD, password_confirmation=PASSWORD)
    assert error.code == "invalidParameter"
    assert host.calls("SignUp") == 1
    assert host.screen == "signUp"


# Country codes


def dialling() -> Host:
    """Returns a host that lists three country codes, and has a default of its own for either step."""
    return Host(
        username_attributes=("phone_number",),
        config={"dial_codes": ("+1", "+44", "+49")},
        forms={
            "sign_in": Form(fields={"dial_code": FieldOptions(value="+44")}),
            "sign_up": Form(fields={"dial_code": FieldOptions(value="+49")}),
        },
    )


def test_s107_sign_in_and_sign_up_each_have_their_own_default_and_the_listed_codes() -> None:
    host = dialling()
    found = host.fields("sign_in")["dial_code"]
    assert (found.value, [option.value for option in found.options]) == ("+44", ["+1", "+44", "+49"])
    at_sign_up(host)
    found = host.fields("sign_up")["dial_code"]
    assert (found.value, [option.value for option in found.options]) == ("+49", ["+1", "+44", "+49"])


def test_s107_a_code_that_is_not_listed_is_refused_and_nothing_is_sent() -> None:
    host = dialling()
    error = host.refused("sign_in", dial_code="+33", username="612345678", password=PASSWORD)
    assert (error.code, error.info.field) == ("invalidInput", "dial_code")
    assert host.pool.requests == ()


def test_s107_one_step_may_list_fewer_codes_than_the_other() -> None:
    host = Host(
        username_attributes=("phone_number",),
        config={"dial_codes": ("+1", "+44", "+49")},
        forms={"sign_up": Form(fields={"dial_code": FieldOptions(value="+49", options=("+44", "+49"))})},
    )
    found = host.fields("sign_in")["dial_code"]
    assert (found.value, [option.value for option in found.options]) == ("+1", ["+1", "+44", "+49"])
    at_sign_up(host)
    found = host.fields("sign_up")["dial_code"]
    assert (found.value, [option.value for option in found.options]) == ("+49", ["+44", "+49"])
    with pytest.raises(AuthFlowError) as caught:
        host.submit("sign_up", dial_code="+1", username="5555550100", password=PASSWORD, password_confirmation=PASSWORD)
    assert caught.value.info.field == "dial_code"
    assert host.calls("SignUp") == 0


def test_s107_the_default_is_what_is_dialled_where_nothing_is_chosen() -> None:
    host = dialling()
    host.user("+447700900123", phone="+447700900123")
    host.submit("sign_in", username="7700900123", password=PASSWORD)
    assert (host.screen, host.snapshot.user_state) == ("signedIn", "signedIn")


# Autofill

IDENTIFIERS: Final[dict[str, dict[str, Any]]] = {
    "username": {},
    "e-mail address": {"username_attributes": ("email",)},
    "phone number": {"username_attributes": ("phone_number",)},
    "phone number with a country code": {
        "username_attributes": ("phone_number",),
        "config": {"dial_codes": ("+1", "+44")},
    },
    "e-mail address or phone number": {"username_attributes": ("email", "phone_number")},
    "username or alias": {"alias_attributes": ("email", "phone_number", "preferred_username")},
}
every_identifier = pytest.mark.parametrize("kind", IDENTIFIERS.values(), ids=IDENTIFIERS.keys())


@every_identifier
def test_s108_the_identifier_and_nothing_else_autofills_as_username(kind: dict[str, Any]) -> None:
    host = Host(**kind)
    assert [field.name for field in host.fields("sign_in").values() if field.autocomplete == "username"] == ["username"]
    at_sign_up(host)
    assert [field.name for field in host.fields("sign_up").values() if field.autocomplete == "username"] == ["username"]


@every_identifier
def test_s109_the_password_of_sign_in_autofills_as_the_current_one(kind: dict[str, Any]) -> None:
    assert Host(**kind).fields("sign_in")["password"].autocomplete == "current-password"


@every_identifier
def test_s110_password_and_confirmation_of_sign_up_autofill_as_a_new_one(kind: dict[str, Any]) -> None:
    host = Host(**kind)
    at_sign_up(host)
    fields = host.fields("sign_up")
    assert fields["password"].autocomplete == "new-password"
    assert fields["password_confirmation"].autocomplete == "new-password"


# Languages

GERMAN: Final = Catalogue(
    {
        "screen.signUp": "Konto anlegen",
        "action.sign_up": "Registrieren",
        "action.show_sign_in": "Zur Anmeldung",
        "action.show_confirm_sign_up": "Ich habe einen Code",
        "action.back": "Zurück",
        "field.username": "Benutzername",
        "field.new_password": "Neues Passwort",
        "field.password_confirmation": "Passwort wiederholen",
        "field.attribute.email": "E-Mail-Adresse",
        "error.notAuthorized": "Benutzername oder Passwort ist falsch.",
        "error.codeMismatch": "Der Code stimmt nicht.",
        "recovery.correct_input": "Bitte berichtigen.",
    }
)
JAPANESE: Final = Catalogue(
    {
        "medium.email": "メール",
        "medium.sms": "SMS",
        "medium.unknown": "メッセージ",
        "delivery.somewhere": "コードを{medium}で {destination} に送信しました。届くまで少しお待ちください。",
        "delivery.nowhere": "コードを{medium}で送信しました。",
    }
)


def words(host: Host, catalogue: Catalogue) -> list[str]:
    """Returns every text of the screen: the heading, the buttons and the fields."""
    snapshot = host.snapshot
    buttons = [catalogue.text(action.label_key) for action in snapshot.actions]
    fields = [catalogue.text(field.label_key) for action in snapshot.actions for field in action.fields]
    return [catalogue.title(snapshot), *buttons, *fields]


def test_s111_sign_up_has_its_texts_in_the_language_that_is_set() -> None:
    host = Host()
    at_sign_up(host)
    assert words(host, GERMAN) == [
        "Konto anlegen",
        "Registrieren",
        "Zur Anmeldung",
        "Ich habe einen Code",
        "Zurück",
        "Benutzername",
        "Neues Passwort",
        "Passwort wiederholen",
        "E-Mail-Adresse",
    ]
    assert not set(words(host, GERMAN)) & set(words(host, CATALOGUE))


def test_s111_what_a_language_has_no_phrase_for_is_in_english() -> None:
    assert GERMAN.text("action.skip") == CATALOGUE.text("action.skip") == "Do this later"


def test_s112_one_phrase_of_the_host_wins_over_the_language() -> None:
    own = Catalogue({"action.sign_up": "Jetzt mitmachen"}, parent=GERMAN)
    host = Host()
    at_sign_up(host)
    german, mixed = words(host, GERMAN), words(host, own)
    assert mixed == ["Jetzt mitmachen" if word == "Registrieren" else word for word in german]
    assert "Jetzt mitmachen" in mixed
    assert GERMAN.text("action.sign_up") == "Registrieren"


@pytest.mark.parametrize("language", [CATALOGUE, GERMAN, JAPANESE], ids=["English", "German", "Japanese"])
def test_s113_the_text_that_the_host_has_for_an_error_is_shown_in_any_language(language: Catalogue) -> None:
    own = Catalogue({"error.notAuthorized": "Ask Bo for a new password."}, parent=language)
    host = Host()
    host.user("ana")
    host.refused("sign_in", username="ana", password="Wrong-horse-1")
    error = host.snapshot.error
    assert error is not None
    assert own.error(error).startswith("Ask Bo for a new password.")
    assert language.text("error.notAuthorized") not in own.error(error)
    assert error.message not in own.error(error)


def test_s113_other_errors_keep_the_text_of_the_language() -> None:
    own = Catalogue({"error.notAuthorized": "Ask Bo for a new password."}, parent=GERMAN)
    host = Host(**required_factor("SMS_MFA"))
    at_second_factor(host)
    error = host.refused("confirm_sign_in", answer="000000").info
    assert own.error(error) == GERMAN.error(error) == "Der Code stimmt nicht. Bitte berichtigen."


@pytest.mark.parametrize(("medium", "word"), [("email", "メール"), ("sms", "SMS"), ("unknown", "メッセージ")])
@pytest.mark.parametrize("destination", ["a***@e***", "+*******0100"])
def test_s114_a_japanese_delivery_message_has_japanese_full_stops(medium: str, word: str, destination: str) -> None:
    sentence = JAPANESE.delivery(CodeDelivery(medium=DeliveryMedium(medium), destination=destination))
    assert sentence == f"コードを{word}で {destination} に送信しました。届くまで少しお待ちください。"
    assert "." not in sentence
    assert sentence.count("。") == 2


def test_s114_so_has_the_one_that_a_step_really_shows() -> None:
    host = Host(**required_factor("EMAIL_OTP"))
    at_second_factor(host)
    delivery = host.snapshot.delivery
    assert delivery is not None
    assert JAPANESE.delivery(delivery).startswith("コードをメールで a***@e*** に送信しました。")
    assert "." not in JAPANESE.delivery(delivery)


def test_s114_a_delivery_without_a_destination_ends_in_a_japanese_full_stop_too() -> None:
    assert JAPANESE.delivery(CodeDelivery(medium=DeliveryMedium.email)) == "コードをメールで送信しました。"
