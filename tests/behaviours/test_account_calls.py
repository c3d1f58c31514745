"""The account of who is signed in: attributes, the password, and the ways out of it."""

from typing import Any, Final

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from authflow import AuthFlow, AuthFlowError, ErrorCode, Recovery, SignOutOptions, UserState
from authflow.adapters.local_pool import Fault
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.events import ContactVerified, SessionEnded
from tests.behaviours.host import OTHER_PASSWORD, PASSWORD, WRONG_CODE, Host
from tests.behaviours.sessions import DAY, EMAIL, HOUR, federated, of, signed_in

NEW: Final = "new@example.com"


def refreshes(host: Host, token: str) -> bool:
    """Returns whether the pool still gives tokens for a refresh token."""
    client = host.pool.client()
    try:
        client.get_tokens_from_refresh_token(ClientId=host.setup.client_id, RefreshToken=token)
    except client.exceptions.NotAuthorizedException:
        return False
    return True


def refresh_token(flow: AuthFlow) -> str:
    token = flow.get_tokens().refresh_token
    assert token is not None
    return token.reveal()


def claims(host: Host) -> dict[str, Any]:
    token = host.flow.get_tokens().id_token
    assert token is not None
    keys = KeySet.import_key_set(host.pool.jwks(host.setup.pool_id))  # type: ignore[arg-type]  # JSON, as it comes
    return jwt.decode(token.reveal(), keys).claims


# Attributes


def test_an_empty_value_takes_an_attribute_away() -> None:
    host = signed_in()
    host.flow.update_user_attributes({"nickname": "Anna", "name": "Ana"})
    host.flow.update_user_attributes({"nickname": ""})
    attributes = host.flow.get_user_attributes()
    assert (attributes.get("nickname", ""), attributes["name"]) == ("", "Ana")


def test_the_next_id_token_has_the_changed_attributes() -> None:
    host = signed_in()
    host.flow.update_user_attributes({"name": "Ana"})
    host.flow.get_tokens(force_refresh=True)
    assert claims(host)["name"] == "Ana"


def test_another_code_for_an_address_is_sent_and_taken() -> None:
    host = signed_in()
    host.flow.update_user_attributes({"email": NEW})
    first = host.code(NEW)
    delivery = host.flow.verify_user_attribute("email")
    assert delivery is not None
    assert (delivery.destination, delivery.attribute) == ("n***@e***", "email")
    assert len([message for message in host.pool.outbox if message.destination == NEW]) == 2
    host.flow.confirm_verify_user_attribute("email", host.code(NEW))
    assert host.attributes_of("ana")["email_verified"] == "true"
    assert [event.attribute for event in of(host, ContactVerified)] == ["email"]
    with pytest.raises(AuthFlowError):
        host.flow.confirm_verify_user_attribute("email", first)


@pytest.mark.parametrize("wrong", ["mistyped", "too old"])
def test_a_code_that_is_not_taken_is_told_and_verifies_nothing(wrong: str) -> None:
    host = signed_in()
    host.flow.update_user_attributes({"email": NEW})
    code = WRONG_CODE if wrong == "mistyped" else host.code(NEW)
    if wrong == "too old":
        host.pool.advance(2 * DAY)
    with pytest.raises(AuthFlowError) as caught:
        host.flow.confirm_verify_user_attribute("email", code)
    expected = ErrorCode.CODE_MISMATCH if wrong == "mistyped" else ErrorCode.EXPIRED_CODE
    assert (caught.value.code, host.flow.is_signed_in) == (expected, True)
    assert host.attributes_of("ana")["email_verified"] == "false"


def test_an_attribute_that_has_no_value_cannot_be_verified() -> None:
    host = signed_in()
    with pytest.raises(AuthFlowError) as caught:
        host.flow.verify_user_attribute("phone_number")
    assert caught.value.message
    assert host.flow.is_signed_in


@pytest.mark.parametrize("what", ["read", "change", "verify", "password", "delete"])
def test_another_providers_user_has_no_account_in_the_pool(what: str) -> None:
    host = federated()
    asked = len(host.pool.requests)
    calls = {
        "read": host.flow.get_user_attributes,
        "change": lambda: host.flow.update_user_attributes({"name": "Fay"}),
        "verify": lambda: host.flow.verify_user_attribute("email"),
        "password": lambda: host.flow.change_password(PASSWORD, OTHER_PASSWORD),
        "delete": host.flow.delete_user,
    }
    with pytest.raises(AuthFlowError) as caught:
        calls[what]()
    assert caught.value.code is ErrorCode.NOT_SIGNED_IN
    assert (host.flow.user_state, len(host.pool.requests)) == (UserState.signedIn, asked)


def test_without_the_scope_for_it_the_account_is_out_of_reach_and_it_is_said() -> None:
    host = Host(oauth=True, scopes=("openid", "email"))
    host.user(email=EMAIL)
    browser = host.pool.browser()
    browser.open(host.flow.sign_in_with_redirect().parameters["URL"])
    host.flow.complete_redirect(browser.sign_in("ana", PASSWORD))
    with pytest.raises(AuthFlowError) as caught:
        host.flow.get_user_attributes()
    assert "scope" in caught.value.message.lower()
    assert (host.flow.is_signed_in, of(host, SessionEnded)) == (True, [])


# The password


def test_a_password_that_was_changed_leaves_everybody_signed_in() -> None:
    host = signed_in()
    elsewhere = AuthFlow.local(host.pool)
    elsewhere.sign_in("ana", PASSWORD)
    host.flow.change_password(PASSWORD, OTHER_PASSWORD)
    assert host.flow.get_tokens(force_refresh=True)
    assert elsewhere.get_tokens(force_refresh=True)


def test_a_change_of_the_password_that_got_no_answer_may_have_been_made() -> None:
    host = signed_in()
    host.pool.inject(Fault(operation="ChangePassword", drop="after"))
    with pytest.raises(AuthFlowError) as caught:
        host.flow.change_password(PASSWORD, OTHER_PASSWORD)
    assert (caught.value.code, host.calls("ChangePassword")) == (ErrorCode.OUTCOME_UNKNOWN, 1)
    assert host.flow.is_signed_in
    host.flow.sign_out()
    assert host.flow.sign_in("ana", OTHER_PASSWORD).screen == "signedIn"


# Ways out


def test_a_sign_out_revokes_this_session_and_no_other() -> None:
    host = signed_in()
    elsewhere = AuthFlow.local(host.pool)
    elsewhere.sign_in("ana", PASSWORD)
    mine, other = refresh_token(host.flow), refresh_token(elsewhere)
    assert host.flow.sign_out().complete
    assert (refreshes(host, mine), refreshes(host, other)) == (False, True)


def test_a_sign_out_may_leave_the_tokens_as_they_are() -> None:
    host = signed_in()
    token, asked = refresh_token(host.flow), len(host.pool.requests)
    assert host.flow.sign_out(SignOutOptions(invalidate_tokens=False)).complete
    assert (host.tokens.load(), len(host.pool.requests), refreshes(host, token)) == (None, asked, True)


def test_a_sign_out_everywhere_ends_the_other_sessions() -> None:
    host = signed_in()
    elsewhere = AuthFlow.local(host.pool)
    elsewhere.sign_in("ana", PASSWORD)
    assert host.flow.sign_out(SignOutOptions(sign_out_globally=True)).complete
    with pytest.raises(AuthFlowError):
        elsewhere.get_user_attributes()
    assert elsewhere.user_state is UserState.signedOutUserPoolsTokenInvalid


def test_a_sign_out_everywhere_works_with_an_access_token_that_has_ended() -> None:
    host = signed_in()
    elsewhere = AuthFlow.local(host.pool)
    elsewhere.sign_in("ana", PASSWORD)
    other = refresh_token(elsewhere)
    host.pool.advance(2 * HOUR)
    assert host.flow.sign_out(SignOutOptions(sign_out_globally=True)).complete
    assert not refreshes(host, other)


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_sign_out_without_a_network_completes_here_and_says_what_it_could_not_do(everywhere: bool) -> None:
    host = signed_in()
    host.pool.inject(Fault(operation="*", times=50, drop="before"))
    result = host.flow.sign_out(SignOutOptions(sign_out_globally=everywhere))
    failed = dict(result.failures)
    assert "RevokeToken" in failed
    assert ("GlobalSignOut" in failed) is everywhere
    assert {error.code for error in failed.values()} == {ErrorCode.NOT_SENT}
    assert (host.flow.user_state, host.tokens.load(), host.screen) == (UserState.signedOut, None, "signIn")
    assert [event.failures for event in of(host, SessionEnded)] == [result.failures]


class Stuck(MemoryTokenStore):
    """A store that nothing can be removed from."""

    def clear(self) -> None:
        raise OSError("canary")


def test_a_deletion_says_that_the_store_could_not_be_cleared() -> None:
    host = Host()
    host.tokens = Stuck()
    host.start()
    host.user()
    host.flow.sign_in("ana", PASSWORD)
    result = host.flow.delete_user()
    assert list(dict(result.failures)) == ["ClearTokens"]
    assert "canary" not in str(result)
    assert (host.flow.user_state, host.screen) == (UserState.signedOut, "signIn")


def test_whoever_is_deleted_may_register_again() -> None:
    host = signed_in()
    host.flow.delete_user()
    host.flow.sign_up("ana", PASSWORD, user_attributes={"email": EMAIL})
    host.flow.confirm_sign_up("ana", host.code("ana"))
    assert host.flow.sign_in("ana", PASSWORD).screen == "signedIn"


def test_a_deletion_that_is_refused_for_a_revoked_token_ends_the_session_and_says_so() -> None:
    host = signed_in()
    elsewhere = AuthFlow.local(host.pool)
    elsewhere.sign_in("ana", PASSWORD)
    elsewhere.sign_out(SignOutOptions(sign_out_globally=True))
    with pytest.raises(AuthFlowError) as caught:
        host.flow.delete_user()
    assert caught.value.info.recovery is Recovery.SIGN_IN
    assert host.flow.user_state is UserState.signedOutUserPoolsTokenInvalid
    assert host.status_of("ana") == "CONFIRMED"
