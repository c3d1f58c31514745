"""After the sign-in: an e-mail address or phone number that nobody has verified yet (S093 to S098)."""

from collections.abc import Mapping
from typing import Final

import pytest

from authflow import Settings
from authflow.events import ContactVerified, StateChanged
from tests.behaviours.host import PASSWORD, WRONG_CODE, Host

EMAIL: Final = "ana@example.com"
PHONE: Final = "+15555550100"


def host_of(contacts: Mapping[str, str | None], *, verified: bool = False) -> Host:
    """Returns a host that asks for contacts, and ana, who has both unless one of them is said to be None."""
    host = Host(settings=Settings(verify_contacts=True))
    host.user("ana", email=contacts.get("email", EMAIL), phone=contacts.get("phone", PHONE), verified=verified)
    return host


def signed_in(contacts: Mapping[str, str | None] | None = None) -> Host:
    """Returns a host where ana, whose contacts nobody has verified, has given the right password."""
    host = host_of(contacts or {})
    host.submit("sign_in", username="ana", password=PASSWORD)
    return host


def screens(host: Host) -> list[str]:
    """Returns the screens since the start, in order."""
    changes = [change for event in host.heard if isinstance(event, StateChanged) for change in event.changes]
    return [change.dest.value for change in changes if change.region == "screen"]


@pytest.mark.parametrize(
    ("contacts", "offered"),
    [
        ({}, ["email", "phone_number"]),
        ({"phone": None}, ["email"]),
        ({"email": None}, ["phone_number"]),
    ],
)
def test_s093_the_choice_of_a_contact_comes_before_the_signed_in_view(
    contacts: dict[str, str | None], offered: list[str]
) -> None:
    host = signed_in(contacts)
    assert host.screen == "verifyContact"
    assert "signedIn" not in screens(host)
    assert [option.value for option in host.fields("verify_user_attribute")["attribute"].options] == offered


def test_s093_a_contact_can_be_told_by_its_mask_and_is_not_shown_in_full() -> None:
    host = signed_in()
    shown = [option.detail for option in host.fields("verify_user_attribute")["attribute"].options]
    assert shown == ["a***@e***", "+*******0100"]
    assert EMAIL not in str(host.snapshot.to_json())
    assert PHONE not in str(host.snapshot.to_json())


@pytest.mark.parametrize("contacts", [{}, {"email": None}, {"phone": None}])
def test_s093_who_has_verified_contacts_is_not_asked(contacts: dict[str, str | None]) -> None:
    host = host_of(contacts, verified=True)
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert host.screen == "signedIn"
    assert "verifyContact" not in screens(host)


def test_s093_one_verified_contact_is_enough() -> None:
    host = host_of({"phone": None}, verified=True)
    host.admin("AdminUpdateUserAttributes", "ana", UserAttributes=[{"Name": "phone_number", "Value": PHONE}])
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert host.screen == "signedIn"


@pytest.mark.parametrize(
    ("chosen", "address", "other"), [("email", EMAIL, "phone_number"), ("phone_number", PHONE, "email")]
)
def test_s094_the_right_code_verifies_the_contact_that_was_chosen(chosen: str, address: str, other: str) -> None:
    host = signed_in()
    host.submit("verify_user_attribute", attribute=chosen)
    assert host.screen == "confirmContact"
    assert host.snapshot.delivery is not None
    assert host.snapshot.delivery.attribute == chosen
    host.submit("confirm_verify_user_attribute", code=host.code(address, f"verify_{chosen}"))
    assert host.screen == "signedIn"
    assert host.attributes_of("ana")[f"{chosen}_verified"] == "true"
    assert host.attributes_of("ana")[f"{other}_verified"] == "false"
    assert [event.attribute for event in host.heard if isinstance(event, ContactVerified)] == [chosen]


def test_s094_a_wrong_code_is_reported_and_the_right_one_is_still_taken() -> None:
    host = signed_in()
    host.submit("verify_user_attribute", attribute="email")
    error = host.refused("confirm_verify_user_attribute", code=WRONG_CODE)
    assert (error.code, host.error()) == ("codeMismatch", "codeMismatch")
    assert host.screen == "confirmContact"
    assert host.attributes_of("ana")["email_verified"] == "false"
    host.submit("confirm_verify_user_attribute", code=host.code(EMAIL))
    assert (host.screen, host.error()) == ("signedIn", None)
    assert host.attributes_of("ana")["email_verified"] == "true"


def test_s095_the_choice_can_be_skipped() -> None:
    host = signed_in()
    host.submit("skip")
    assert host.screen == "signedIn"
    assert host.flow.is_signed_in
    assert host.pool.outbox == ()
    assert host.attributes_of("ana")["email_verified"] == "false"


def test_s095_who_skipped_is_asked_again_at_the_next_sign_in() -> None:
    host = signed_in()
    host.submit("skip")
    host.submit("sign_out")
    host.submit("sign_in", username="ana", password=PASSWORD)
    assert host.screen == "verifyContact"


@pytest.mark.parametrize("chosen", ["email", "phone_number"])
def test_s096_the_code_can_be_skipped_and_nothing_is_verified(chosen: str) -> None:
    host = signed_in()
    host.submit("verify_user_attribute", attribute=chosen)
    host.submit("skip")
    assert host.screen == "signedIn"
    assert host.flow.is_signed_in
    verified = {name: value for name, value in host.attributes_of("ana").items() if name.endswith("_verified")}
    assert verified == {"email_verified": "false", "phone_number_verified": "false"}
    assert host.calls("VerifyUserAttribute") == 0
    assert "flow.contact_verified" not in host.kinds()


def test_s097_without_any_contact_the_sign_in_ends_at_once() -> None:
    host = signed_in({"email": None, "phone": None})
    assert host.screen == "signedIn"
    assert not {"verifyContact", "confirmContact"} & set(screens(host))


@pytest.mark.parametrize(("contacts", "first"), [({}, "email"), ({"email": None}, "phone_number")])
def test_s098_the_first_contact_is_preselected_and_meant_where_nothing_is_chosen(
    contacts: dict[str, str | None], first: str
) -> None:
    host = signed_in(contacts)
    field = host.fields("verify_user_attribute")["attribute"]
    assert field.value == field.options[0].value == first
    host.submit("verify_user_attribute")
    assert [message.purpose for message in host.pool.outbox] == [f"verify_{first}"]
    assert host.screen == "confirmContact"


def test_s098_the_contact_that_the_code_went_to_is_preselected_where_it_is_asked_for() -> None:
    host = signed_in()
    host.submit("verify_user_attribute", attribute="phone_number")
    assert host.fields("confirm_verify_user_attribute")["attribute"].value == "phone_number"
    assert host.fields("verify_user_attribute")["attribute"].value == "phone_number"
