"""Signing in on the pages of a domain: passwords, second factors, new passwords, forms that are somebody else's."""

import re
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.adapters.local_pool.apps import CALLBACK, FORM, App, claims_of, query_of
from tests.adapters.local_pool.conftest import NEW_PASSWORD, PASSWORD


def app_of(make: Any, **options: Any) -> App:
    bench = make(oauth=True, **options)
    bench.user(email="alice@example.com", email_verified="true", phone_number="+15550100", phone_number_verified="true")
    return App(bench)


def alert(app: Any) -> str:
    found = re.search(r'role="alert">([^<]*)<', app.browser.page)
    assert found is not None
    return found[1]


def prefer(app: Any, **settings: Any) -> None:
    app.bench.admin("AdminSetUserMFAPreference", Username="alice", **settings)


def test_a_right_password_brings_a_code(app: Any) -> None:
    app.open()
    there = app.browser.sign_in("alice", PASSWORD)
    assert there.startswith(f"{CALLBACK}?code=")
    assert query_of(there)["state"] == "s"
    assert app.browser.page == ""


@pytest.mark.parametrize(
    ("username", "password", "sentence"),
    [
        ("alice", "wrong", "Incorrect username or password."),
        ("nobody", PASSWORD, "Incorrect username or password."),
        ("alice", "", "Enter your username and your password."),
        ("", PASSWORD, "Enter your username and your password."),
    ],
)
def test_a_wrong_one_brings_the_page_again_with_a_sentence(
    app: Any, username: str, password: str, sentence: str
) -> None:
    app.open()
    there = app.browser.sign_in(username, password)
    assert there.startswith(f"{app.base}/login")
    assert alert(app) == sentence
    assert app.service.requests[-1].error == "NotAuthorizedException"
    assert "code" in query_of(app.browser.sign_in("alice", PASSWORD))
    assert app.service.requests[-1].error is None


def test_attempts_are_counted_as_everywhere(app: Any) -> None:
    app.open()
    for _ in range(5):
        app.browser.sign_in("alice", "wrong")
    app.browser.sign_in("alice", PASSWORD)
    assert alert(app) == "Password attempts exceeded"
    app.service.advance(2)
    assert "code" in query_of(app.browser.sign_in("alice", PASSWORD))


def test_the_password_flow_of_the_api_need_not_be_allowed(app: Any) -> None:
    told = app.bench.admin("DescribeUserPoolClient", ClientId=app.bench.client_id)["UserPoolClient"]
    kept = {k: v for k, v in told.items() if k not in ("ClientId", "UserPoolId", "CreationDate", "LastModifiedDate")}
    flows = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]
    app.bench.admin("UpdateUserPoolClient", ClientId=app.bench.client_id, **{**kept, "ExplicitAuthFlows": flows})
    assert app.code()


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        ("AdminDisableUser", "User is disabled."),
        ("AdminResetUserPassword", "Password reset required for the user"),
    ],
)
def test_users_who_may_not_are_told_so(app: Any, prepare: str, sentence: str) -> None:
    app.bench.admin(prepare, Username="alice")
    app.open()
    app.browser.sign_in("alice", PASSWORD)
    assert alert(app) == sentence


def test_an_unconfirmed_user_is_told_so(app: Any) -> None:
    app.bench.sign_up("bo")
    app.open()
    app.browser.sign_in("bo", PASSWORD)
    assert alert(app) == "User is not confirmed."


def test_the_trigger_before_a_sign_in_runs(app: Any) -> None:
    def refuse(event: Any) -> None:
        raise ValueError(f"not {event['userName']}")

    app.service.set_triggers(app.bench.pool_id, pre_authentication=refuse)
    app.open()
    app.browser.sign_in("alice", PASSWORD)
    assert alert(app) == "PreAuthentication failed with error not alice."


def test_cancel_goes_back_with_access_denied(app: Any) -> None:
    app.open()
    told = query_of(app.browser.cancel())
    assert told.pop("error_description")
    assert told == {"error": "access_denied", "state": "s"}
    assert query_of(app.open(prompt="none"))["error"] == "login_required"


def test_an_app_without_cognito_takes_no_passwords(make: Any) -> None:
    app = app_of(make, providers=("Google",))
    told = app.bench.admin("DescribeUserPoolClient", ClientId=app.bench.client_id)["UserPoolClient"]
    kept = {k: v for k, v in told.items() if k not in ("ClientId", "UserPoolId", "CreationDate", "LastModifiedDate")}
    app.open()
    app.bench.admin(
        "UpdateUserPoolClient", ClientId=app.bench.client_id, **{**kept, "SupportedIdentityProviders": ["Google"]}
    )
    app.browser.sign_in("alice", PASSWORD)  # on the page of before
    assert alert(app) == "The app client does not let users sign in with a password here."
    assert 'type="password"' not in app.browser.page
    assert query_of(app.open(identity_provider="COGNITO"))["error"] == "invalid_request"


def test_a_code_by_message_is_asked_for(make: Any) -> None:
    app = app_of(make, mfa="OPTIONAL")
    prefer(app, SMSMfaSettings={"Enabled": True, "PreferredMfa": True})
    app.open()
    assert app.browser.sign_in("alice", PASSWORD).startswith(f"{app.base}/login")
    assert "was sent to +" in app.browser.page
    app.browser.answer("000000" if app.service.last_code("alice") != "000000" else "111111")
    assert alert(app) == "Invalid code or auth state for the user."
    assert "code" in query_of(app.browser.answer(app.service.last_code("alice", "sms_mfa")))


def test_the_fifth_wrong_code_ends_the_sign_in(make: Any) -> None:
    app = app_of(make, mfa="OPTIONAL")
    prefer(app, SMSMfaSettings={"Enabled": True, "PreferredMfa": True})
    app.open()
    app.browser.sign_in("alice", PASSWORD)
    for _ in range(5):
        app.browser.answer("no")
    assert alert(app) == "Invalid session for the user."
    assert "Password" in app.browser.page


def test_a_code_of_an_authenticator_app_is_asked_for(make: Any) -> None:
    app = app_of(make, mfa="OPTIONAL")
    secret = app.bench.enrol_totp()
    app.open()
    app.browser.sign_in("alice", PASSWORD)
    assert "authenticator app" in app.browser.page
    there = app.browser.answer(app.bench.totp(secret))
    assert "code" in query_of(there)


def test_of_several_second_factors_one_is_chosen(make: Any) -> None:
    app = app_of(make, mfa="OPTIONAL", factors=("SMS_MFA", "EMAIL_OTP"))
    prefer(app, SMSMfaSettings={"Enabled": True}, EmailMfaSettings={"Enabled": True})
    app.open()
    app.browser.sign_in("alice", PASSWORD)
    assert "A code by text message" in app.browser.page
    app.browser.answer("EMAIL_OTP")
    assert "code" in query_of(app.browser.answer(app.service.last_code("alice", "email_mfa")))


def test_a_temporary_password_is_changed(app: Any) -> None:
    app.bench.admin("AdminCreateUser", Username="bo", TemporaryPassword=PASSWORD)
    app.open()
    app.browser.sign_in("bo", PASSWORD)
    assert "Change password" in app.browser.page
    app.browser.answer("short")
    assert alert(app).startswith("Password did not conform with policy")
    assert "code" in query_of(app.browser.answer(NEW_PASSWORD))
    assert app.bench.tokens("bo", NEW_PASSWORD)


def test_a_challenge_without_a_page_is_named(make: Any) -> None:
    app = App(make(oauth=True, mfa="ON", factors=("SOFTWARE_TOKEN_MFA",)))
    app.bench.user()
    app.open()
    app.browser.sign_in("alice", PASSWORD)
    assert alert(app) == "The local pool&#x27;s pages do not model the challenge MFA_SETUP."


def test_pages_and_api_answer_their_own_challenges_only(make: Any, refused: Any) -> None:
    app = app_of(make, mfa="OPTIONAL")
    prefer(app, SMSMfaSettings={"Enabled": True, "PreferredMfa": True})
    app.open()
    app.browser.sign_in("alice", PASSWORD)
    hosted = re.search(r'name="session" value="([^"]+)"', app.browser.page)
    assert hosted is not None
    with refused("NotAuthorizedException", "Invalid session for the user."):
        code = app.service.last_code("alice")
        app.bench.respond("SMS_MFA", hosted[1], USERNAME="alice", SMS_MFA_CODE=code)
    session = app.bench.password()["Session"]
    app.browser.page = app.browser.page.replace(hosted[1], session)
    app.browser.answer(app.service.last_code("alice"))
    assert alert(app) == "Invalid session for the user."


def test_a_form_of_another_browser_is_refused(app: Any) -> None:
    app.open()
    other = app.service.browser()
    other.open(app.url())
    other.page = app.browser.page  # with the token of the first one's form
    other.sign_in("alice", PASSWORD)
    assert other.status == 403
    app.browser.forget()
    app.browser.sign_in("alice", PASSWORD)
    assert app.browser.status == 403


def test_a_form_without_a_token_is_refused(app: Any) -> None:
    app.open()
    (cookie,) = app.browser._cookies[urlsplit(app.base).netloc].items()
    headers = {**FORM, "Cookie": "=".join(cookie)}
    body = urlencode({"username": "alice", "password": PASSWORD, "action": "sign_in"}).encode()
    assert app.service.http("POST", app.url("login"), headers, body)[0] == 403


def test_signing_in_gives_the_browser_a_new_cookie(app: Any) -> None:
    app.open()
    before = dict(app.browser._cookies[urlsplit(app.base).netloc])
    app.browser.sign_in("alice", PASSWORD)
    assert app.browser._cookies[urlsplit(app.base).netloc] != before


def test_device_tracking_binds_no_device_to_a_browser(make: Any) -> None:
    app = app_of(make, devices="always")
    answer = app.tokens()
    assert "device_key" not in claims_of(answer["access_token"])
    assert app.refresh(answer["refresh_token"])[0] == 200
