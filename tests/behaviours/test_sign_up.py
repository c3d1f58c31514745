"""Sign-up: S059 to S078."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import pytest

from authflow import DeliveryMedium, ErrorCode, Field, FieldKind, FieldOptions, Form, Settings, UserState
from authflow.adapters.texts import text
from authflow.effects import Effect, SignUp
from authflow.events import SessionEstablished, StateChanged
from tests.behaviours.host import OTHER_PASSWORD, PASSWORD, TEMPORARY, Host
from tests.behaviours.relay import relayed

NUMBER: Final = "+447911123456"
NATIONAL: Final = "7911 123456"
FILLED: Final[Mapping[str, object]] = {
    "username": "ana",
    "password": PASSWORD,
    "password_confirmation": PASSWORD,
    "attributes__email": "ana@example.com",
}


def at_sign_up(**host: Any) -> Host:
    made = Host(**host)
    made.submit("show_sign_up")
    assert made.screen == "signUp"
    return made


def asked(host: Host) -> list[str]:
    """Returns what the sign-up wants to know of somebody, besides a password."""
    passwords = (FieldKind.password, FieldKind.new_password)
    return [
        field.label_key.rpartition(".")[2] for field in host.action("sign_up").fields if field.kind not in passwords
    ]


def screens(host: Host) -> list[str]:
    """Returns the steps that were current since the start, in order."""
    changes = [change for event in host.heard if isinstance(event, StateChanged) for change in event.changes]
    return [change.dest.value for change in changes if change.region == "screen"]


def auto_confirm(event: dict[str, Any]) -> dict[str, Any]:
    event["response"] |= {"autoConfirmUser": True, "autoVerifyEmail": True}
    return event


# What is asked for


def test_s059_an_email_pool_asks_for_neither_username_nor_phone() -> None:
    host = at_sign_up(username_attributes=["email"])
    assert asked(host) == ["email"]
    assert host.fields("sign_up")["username"].input_mode == "email"


def test_s060_a_phone_pool_that_verifies_email_asks_for_phone_and_email_but_no_username() -> None:
    host = Host()
    pool = host.pool.call(
        "CreateUserPool",
        {"PoolName": "phones", "UsernameAttributes": ["phone_number"], "AutoVerifiedAttributes": ["email"]},
    )["UserPool"]
    host.pool.call("CreateUserPoolClient", {"UserPoolId": pool["Id"], "ClientName": "phones"})
    host.start()
    host.submit("show_sign_up")
    assert asked(host) == ["phone_number", "email"]
    assert host.fields("sign_up")["username"].input_mode == "tel"


def test_s061_a_username_pool_that_verifies_email_asks_for_username_and_email_but_no_phone() -> None:
    assert asked(at_sign_up()) == ["username", "email"]


@pytest.mark.parametrize(
    ("required", "kind", "keyboard"),
    [
        ("birthdate", FieldKind.date, "text"),
        ("email", FieldKind.email, "email"),
        ("phone_number", FieldKind.phone, "tel"),
        ("profile", FieldKind.url, "url"),
        ("website", FieldKind.url, "url"),
        ("name", FieldKind.text, "text"),
        ("given_name", FieldKind.text, "text"),
        ("family_name", FieldKind.text, "text"),
        ("middle_name", FieldKind.text, "text"),
        ("nickname", FieldKind.text, "text"),
        ("preferred_username", FieldKind.text, "text"),
    ],
)
def test_s076_a_required_attribute_has_its_kind_of_input(required: str, kind: FieldKind, keyboard: str) -> None:
    field = at_sign_up(required_attributes=[required]).fields("sign_up")[f"attributes.{required}"]
    assert (field.kind, field.input_mode) == (kind, keyboard)
    assert field.required
    assert not field.host_must_supply


UNASKED: Final = ("address", "gender", "locale", "picture", "updated_at", "zoneinfo")


def test_s077_attributes_that_people_are_not_asked_for_are_the_hosts_to_supply() -> None:
    host = at_sign_up(required_attributes=[*UNASKED, "nickname"])
    left = {name for name, field in host.fields("sign_up").items() if field.host_must_supply}
    assert left == {f"attributes.{name}" for name in UNASKED}


def test_s077_what_the_host_supplies_completes_the_sign_up() -> None:
    host = at_sign_up(required_attributes=UNASKED)
    supplied = {name: f"our {name}" for name in UNASKED}
    host.submit("sign_up", **FILLED, **{f"attributes__{name}": value for name, value in supplied.items()})
    assert host.screen == "confirmSignUp"
    assert supplied.items() <= host.attributes_of("ana").items()


def test_s077_a_field_that_the_host_shows_is_no_longer_its_to_supply() -> None:
    forms = {"sign_up": Form(fields={"attributes.locale": FieldOptions(label="Language")})}
    fields = at_sign_up(required_attributes=["locale", "zoneinfo"], forms=forms).fields("sign_up")
    assert (fields["attributes.locale"].label, fields["attributes.locale"].host_must_supply) == ("Language", False)
    assert fields["attributes.zoneinfo"].host_must_supply


# What comes of it


@pytest.mark.parametrize("usernames", [[], ["email"]], ids=["username", "email"])
def test_s062_a_sign_up_leads_to_its_confirmation_with_medium_and_masked_destination(usernames: list[str]) -> None:
    host = at_sign_up(username_attributes=usernames)
    values = dict(FILLED) if not usernames else {"username": "ana@example.com", "password": PASSWORD}
    host.submit("sign_up", **values)
    assert host.screen == "confirmSignUp"
    delivery = host.snapshot.delivery
    assert delivery is not None
    assert (delivery.medium, delivery.destination) == (DeliveryMedium.email, "a***@e***")
    assert [message.destination for message in host.pool.outbox] == ["ana@example.com"]


@pytest.mark.parametrize("typed", [{"username": NATIONAL, "dial_code": "+44"}, {"username": NUMBER}])
def test_s063_a_phone_sign_up_sends_the_whole_number_and_gets_a_text_message(typed: dict[str, str]) -> None:
    host = Host(username_attributes=["phone_number"])
    relay = relayed(host, dial_codes=("+1", "+44"))
    host.submit("show_sign_up")
    host.submit("sign_up", password=PASSWORD, password_confirmation=PASSWORD, **typed)
    assert [call.username for call in relay.sent if isinstance(call, SignUp)] == [NUMBER]
    assert host.screen == "confirmSignUp"
    delivery = host.snapshot.delivery
    assert delivery is not None
    assert delivery.medium is DeliveryMedium.sms
    assert [(message.medium, message.destination) for message in host.pool.outbox] == [("SMS", NUMBER)]


def lower_case(effect: Effect) -> Effect:
    return attrs.evolve(effect, username=effect.username.lower()) if isinstance(effect, SignUp) else effect


def test_s064_a_host_that_replaces_the_call_has_a_lower_case_identifier_sent() -> None:
    host = Host(username_attributes=["email"])
    relay = relayed(host, lower_case)
    host.submit("show_sign_up")
    host.submit("sign_up", username="TEST@example.com", password=PASSWORD)
    assert [call.username for call in relay.sent if isinstance(call, SignUp)] == ["test@example.com"]
    assert [message.destination for message in host.pool.outbox] == ["test@example.com"]
    host.submit("confirm_sign_up", username="TEST@example.com", code=host.code("test@example.com"))
    assert host.status_of("test@example.com") == "CONFIRMED"


@pytest.mark.parametrize(("by_link", "step"), [(False, "confirmSignUp"), (True, "awaitingLink")])
def test_s065_somebody_who_awaits_confirmation_is_signed_out(by_link: bool, step: str) -> None:
    host = at_sign_up(confirm_with_link=by_link, settings=Settings(confirm_by_link=by_link, auto_sign_in=True))
    host.submit("sign_up", **FILLED)
    assert host.screen == step
    assert host.snapshot.user_state is UserState.signedOut
    assert not host.flow.is_signed_in
    assert host.tokens.load() is None
    assert not any(isinstance(event, SessionEstablished) for event in host.heard)


@pytest.mark.parametrize("email", ["ana@example.com", "ANA@EXAMPLE.COM", "Ana@Example.com"])
@pytest.mark.parametrize("usernames", [[], ["email"]], ids=["username", "email"])
def test_s078_a_registration_that_a_hook_confirms_signs_in_at_once(usernames: list[str], email: str) -> None:
    host = Host(username_attributes=usernames, settings=Settings(auto_sign_in=True))
    host.pool.set_triggers(host.setup.pool_id, pre_sign_up=auto_confirm)
    host.submit("show_sign_up")
    named = {"username": email} if usernames else {"username": "ana", "attributes__email": email}
    host.submit("sign_up", **(dict(FILLED) if not usernames else {"password": PASSWORD}) | named)
    assert host.screen == "signedIn"
    assert "confirmSignUp" not in screens(host)
    assert host.calls("InitiateAuth") == 1
    assert host.calls("ConfirmSignUp") == 0
    assert host.pool.outbox == ()


# What is wrong before anything is sent


def assert_unmet(host: Host, typed: str, unmet: tuple[str, ...]) -> None:
    found = host.check("sign_up", password=typed)["password"]
    assert found.ok is False
    assert found.unmet == unmet
    assert tuple(rule.rule for rule in found.rules if not rule.met) == unmet
    assert host.pool.requests == ()


def test_s066_a_short_lower_case_password_lacks_four_rules_before_any_call() -> None:
    assert_unmet(at_sign_up(), "abc", ("min_length", "require_uppercase", "require_numbers", "require_symbols"))


def test_s067_a_short_upper_case_password_lacks_four_rules() -> None:
    assert_unmet(at_sign_up(), "ABC", ("min_length", "require_lowercase", "require_numbers", "require_symbols"))


def at_new_password() -> tuple[Host, str, str]:
    host = Host()
    host.submit("sign_in", username=host.user(password=TEMPORARY, temporary=True), password=TEMPORARY)
    return host, "confirm_sign_in", "answer"


def at_reset() -> tuple[Host, str, str]:
    host = Host()
    host.submit("show_forgot_password")
    host.submit("forgot_password", username=host.user(email="ana@example.com"))
    return host, "confirm_forgot_password", "new_password"


@pytest.mark.parametrize(
    "reached",
    [lambda: (at_sign_up(), "sign_up", "password"), at_new_password, at_reset],
    ids=["sign_up", "new_password", "reset"],
)
def test_s068_a_password_with_unmet_rules_is_marked_and_has_their_words(
    reached: Callable[[], tuple[Host, str, str]],
) -> None:
    host, action, field = reached()
    found = host.check(action, **{field: "ABC"})[field]
    assert found.ok is False
    assert found.problem is not None
    words = [text(f"rule.{rule.rule}", number=rule.number) for rule in found.rules if not rule.met]
    assert words == ["at least 8 characters", "a lower-case letter", "a digit", "a symbol"]
    assert [rule.rule for rule in found.rules] == [rule.name for rule in host.snapshot.password_rules]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (dict.fromkeys(FILLED, ""), "username"),
        ({"username": ""}, "username"),
        ({"username": "  "}, "username"),
        ({"password": "", "password_confirmation": ""}, "password"),
        ({"attributes__email": ""}, "attributes.email"),
        ({"password_confirmation": OTHER_PASSWORD}, "password_confirmation"),
    ],
)
def test_s069_what_is_empty_or_differs_is_not_sent_and_brings_no_service_error(
    wrong: dict[str, object], field: str
) -> None:
    host = at_sign_up(required_attributes=["email"])
    error = host.refused("sign_up", **(dict(FILLED) | wrong))
    assert (error.code, error.info.field) == (ErrorCode.INVALID_INPUT, field)
    assert host.pool.requests == ()
    assert host.error() is None
    assert host.screen == "signUp"
    host.submit("sign_up", **FILLED)
    assert host.screen == "confirmSignUp"


@pytest.mark.parametrize(
    ("pool", "field"),
    [({"required_attributes": ["email"]}, "attributes.email"), ({"username_attributes": ["email"]}, "username")],
    ids=["attribute", "identifier"],
)
def test_s070_an_email_field_is_required_first_and_then_invalid(pool: dict[str, Any], field: str) -> None:
    host = at_sign_up(**pool)
    empty, malformed, good = (
        host.check("sign_up", **{field: typed})[field] for typed in ("", "ana", "ana@example.com")
    )
    assert (empty.ok, empty.problem) == (False, "This is required.")
    assert (malformed.ok, malformed.problem) == (False, "This is no e-mail address.")
    assert good.ok is not False


def test_s071_a_confirmation_that_differs_has_the_mismatch() -> None:
    host = at_sign_up()
    differing = host.check("sign_up", password=PASSWORD, password_confirmation=OTHER_PASSWORD)
    assert (differing["password"].ok, differing["password_confirmation"].ok) == (True, False)
    assert differing["password_confirmation"].problem == "The two do not match."
    same = host.check("sign_up", password=PASSWORD, password_confirmation=PASSWORD)
    assert same["password_confirmation"].ok is True


# Rules and fields of the host's own


def accept_terms(typed: Mapping[str, str | bool]) -> Mapping[str, str]:
    return {} if typed.get("terms") is True else {"terms": "Accept the terms first."}


TERMS: Final = Form(
    extra=(Field(name="terms", kind=FieldKind.boolean, label_key="field.terms", required=False),),
    validate=accept_terms,
)


def problems(host: Host, **typed: object) -> dict[str, str | None]:
    return {name: found.problem for name, found in host.check("sign_up", **typed).items() if found.ok is False}


def test_s072_a_form_whose_terms_are_not_accepted_is_invalid_and_cannot_be_submitted() -> None:
    host = at_sign_up(forms={"sign_up": TERMS})
    assert problems(host)["terms"] == "Accept the terms first."
    assert problems(host, **FILLED) == {"terms": "Accept the terms first."}
    error = host.refused("sign_up", **FILLED)
    assert (error.code, error.info.field) == (ErrorCode.INVALID_INPUT, "terms")
    assert host.pool.requests == ()
    assert host.screen == "signUp"


def test_s073_with_the_terms_accepted_only_the_mismatch_remains_and_blocks() -> None:
    host = at_sign_up(forms={"sign_up": TERMS})
    typed = dict(FILLED) | {"terms": True, "password_confirmation": OTHER_PASSWORD}
    assert list(problems(host, **typed)) == ["password_confirmation"]
    error = host.refused("sign_up", **typed)
    assert (error.code, error.info.field) == (ErrorCode.INVALID_INPUT, "password_confirmation")
    assert host.pool.requests == ()
    assert host.screen == "signUp"


def test_s074_a_required_attribute_that_was_left_empty_is_flagged() -> None:
    host = at_sign_up(required_attributes=["nickname"])
    error = host.refused("sign_up", **FILLED, attributes__nickname="")
    assert error.info.field == "attributes.nickname"
    assert "attributes.nickname" in problems(host, **FILLED, attributes__nickname="")
    assert host.screen == "signUp"


def test_s074_an_attribute_that_only_the_service_demands_is_flagged_by_its_error() -> None:
    forms = {"sign_up": Form(fields={"attributes.nickname": FieldOptions(required=False)})}
    host = at_sign_up(required_attributes=["nickname"], forms=forms)
    error = host.refused("sign_up", **FILLED, attributes__nickname="")
    assert host.calls("SignUp") == 1
    assert host.screen == "signUp"
    assert error.code is ErrorCode.INVALID_PARAMETER
    assert host.error() is ErrorCode.INVALID_PARAMETER
    assert host.snapshot.error is not None
    assert host.snapshot.error.field == "attributes.nickname"


def test_s075_with_the_hosts_field_and_the_required_attribute_the_code_is_asked_for() -> None:
    host = at_sign_up(required_attributes=["nickname"], forms={"sign_up": TERMS})
    host.submit("sign_up", **FILLED, attributes__nickname="Annie", terms=True)
    assert host.screen == "confirmSignUp"
    assert host.attributes_of("ana")["nickname"] == "Annie"
    assert host.code("ana", "sign_up")
