"""What people and programs type and hand in: refused with the field named and nothing changed, or by the pool."""

from collections.abc import Callable, Mapping
from functools import reduce
from traceback import walk_tb
from typing import Any, Final

import attrs
import pytest
from pyotp.totp import TOTP

from authflow import AuthFlowError, ErrorCode, FieldKind, InvalidInput, RevisionConflict, Secret, Settings
from tests.behaviours.host import OTHER_PASSWORD, PASSWORD, TEMPORARY, Host
from tests.software_authenticator import HONEST, Lies, SoftwareAuthenticator

PHONE: Final = "+4915112345678"
ORIGIN: Final = "https://auth.example.com"
PASSKEYS: Final[dict[str, Any]] = {"first_factors": ("WEB_AUTHN", "EMAIL_OTP"), "relying_party": "auth.example.com"}
DIAL_CODES: Final = {"dial_codes": ["+49", "+1"]}
SMS: Final = {"SMSMfaSettings": {"Enabled": True, "PreferredMfa": True}}


def _host(**more: Any) -> Host:
    host = Host(**more)
    host.user("ana", email="ana@example.com", phone=PHONE)
    return host


def _signed_in(**more: Any) -> Host:
    host = _host(**more)
    host.flow.sign_in("ana", PASSWORD, auth_flow="USER_SRP_AUTH")
    return host


def _second_factor() -> Host:
    host = _host(mfa="OPTIONAL")
    host.admin("AdminSetUserMFAPreference", "ana", **SMS)
    host.flow.sign_in("ana", PASSWORD)
    return host


def _refused(call: Callable[[], object]) -> AuthFlowError:
    with pytest.raises(AuthFlowError) as caught:
        call()
    assert caught.value.message.strip()
    assert caught.value.code is not ErrorCode.UNKNOWN
    return caught.value


def _refused_at_the_door(host: Host, call: Callable[[], object]) -> str | None:
    """The call is refused as bad input, with nothing changed and nobody asked; returns the field that is named."""
    before, snapshot, calls, heard = host.flow.flow, host.snapshot, len(host.pool.requests), len(host.heard)
    error = _refused(call)
    assert isinstance(error, InvalidInput), error
    assert host.flow.flow is before
    assert attrs.evolve(host.snapshot, server_now=0.0) == attrs.evolve(snapshot, server_now=0.0)
    assert (len(host.pool.requests), len(host.heard)) == (calls, heard)
    return error.info.field


# Steps on which something is typed


def _new_user(host: Host) -> None:
    host.user("bo", password=TEMPORARY, temporary=True)
    host.flow.sign_in("bo", TEMPORARY)


def _set_up(host: Host) -> None:
    host.user("bo")
    host.flow.sign_in("bo", PASSWORD)


def _verify(host: Host) -> None:
    host.user("bo", email="bo@example.com", verified=False)
    host.flow.sign_in("bo", PASSWORD)


def _on(begin: Callable[[Host], object], made: Callable[..., Host] = _host, **more: Any) -> Callable[[], Host]:
    def make() -> Host:
        host = made(**more)
        begin(host)
        return host

    return make


_STEPS: Final[Mapping[str, Callable[[], Host]]] = {
    "signIn": _on(lambda _: None, alias_attributes=("phone_number",), config=DIAL_CODES),
    "signIn by choice": _on(lambda _: None, first_factors=("EMAIL_OTP",)),
    "signUp": _on(lambda host: host.submit("show_sign_up"), required_attributes=("phone_number",), config=DIAL_CODES),
    "confirmSignUp": _on(lambda host: host.submit("show_confirm_sign_up")),
    "forgotPassword": _on(lambda host: host.submit("show_forgot_password")),
    "confirmForgotPassword": _on(lambda host: host.flow.forgot_password("ana")),
    "confirmSignIn with a code": _second_factor,
    "confirmSignIn by choice": _on(lambda host: host.flow.sign_in("ana"), first_factors=("EMAIL_OTP", "SMS_OTP")),
    "confirmSignIn with a new password": _on(_new_user, Host, required_attributes=("email",)),
    "confirmSignIn with an app": _on(_set_up, Host, mfa="ON", factors=("SOFTWARE_TOKEN_MFA",)),
    "confirmSignIn with an address": _on(_set_up, Host, mfa="ON", factors=("EMAIL_OTP",)),
    "signedIn": _signed_in,
    "setUpTotp": _on(lambda host: host.flow.set_up_totp(), _signed_in, mfa="OPTIONAL"),
    "registerPasskey": _on(lambda host: host.flow.register_passkey(), _signed_in, **PASSKEYS),
    "confirmContact": _on(lambda host: host.flow.verify_user_attribute("email"), _signed_in),
    "verifyContact": _on(_verify, Host, settings=Settings(verify_contacts=True)),
}
_NO_TEXT: Final[Any] = (7, 1.5, True, b"ana", [], ["ana"], {}, {"a": "b"}, object(), Secret(7), Secret(b"ana"))
_NO_GOOD_TEXT: Final = ("x" * 1_000_000, "\ud800", "a\x00b", Secret("\x1b[2J"), Secret(Secret("x")))
_GOOD: Final[Mapping[FieldKind, object]] = {FieldKind.boolean: True, FieldKind.credential: '{"id": "x"}'}


@pytest.mark.parametrize("step", list(_STEPS))
def test_no_field_of_a_step_takes_what_is_no_value_for_it(step: str) -> None:
    host = _STEPS[step]()
    assert host.screen == step.split()[0]
    asked = [(action.id, action.fields) for action in host.snapshot.actions if action.enabled and action.fields]
    assert asked
    for action, fields in asked:
        good = {field.name: field.options[0].value if field.options else _GOOD.get(field.kind, "1") for field in fields}
        for field in fields:
            bad: tuple[object, ...] = (*_NO_TEXT, *_NO_GOOD_TEXT)
            if field.kind is FieldKind.boolean:
                bad = (*(one for one in bad if one is not True), "true", 1, 0)
            elif field.options:
                bad = (*bad, "+33", "RETINA")
            elif field.required and field.matches is None:
                bad = (*bad, None, "", Secret(""))
            for value in bad:
                assert _named(host, action, {**good, field.name: value}) == field.name
        for name in ("no_such_field", "ANSWER", "attributes.", "__class__", ""):
            assert _named(host, action, {**good, name: "x"}) == name


def _named(host: Host, action: str, values: Mapping[str, object]) -> str | None:
    return _refused_at_the_door(host, lambda: host.flow.submit(action, values))


@pytest.mark.parametrize("name", ["client_metadata", "validation_data", "auth_flow", "preferred_challenge"])
@pytest.mark.parametrize("odd", ["text", 7, True, b"a", ["a"], {"a": 1}, {1: "a"}, {"a": "\x00"}, {"\ud800": ""}])
def test_what_only_programs_pass_is_checked_as_well(name: str, odd: object) -> None:
    host = _host(first_factors=("EMAIL_OTP",))
    assert _named(host, "sign_in", {"username": "ana", "password": PASSWORD, name: odd}) == name
    assert host.flow.sign_in("ana").screen == "confirmSignIn"


@pytest.mark.parametrize("levels", [2, 600, 50_000])
@pytest.mark.parametrize("name", ["username", "client_metadata", "no_such_field"])
def test_values_that_are_nested_deeply_are_refused_and_no_password_is_shown(name: str, levels: int) -> None:
    nested: dict[str, object] = reduce(lambda inner, _: {"a": inner}, range(levels), {})
    host, values = _host(), {"password": PASSWORD, "username": "ana", name: nested}
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is, it shows no password
        host.flow.submit("sign_in", values)
    frames = [frame for frame, _ in walk_tb(caught.value.__traceback__) if "/tests/" not in frame.f_code.co_filename]
    seen = [value for frame in frames for value in frame.f_locals.values()]
    assert not any(PASSWORD in value.values() if isinstance(value, dict) else value == PASSWORD for value in seen)
    assert _named(host, "sign_in", values) == name
    assert [found.field for found in host.flow.check("sign_in", values)] == ["username", "password"]
    assert host.flow.sign_in("ana", PASSWORD).screen == "signedIn"


@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("odd", ["0", "2", b"2", 0.0, 2.0, -1, -(10**30), False, True, object(), [2]])
def test_a_revision_is_a_number_and_the_current_one(odd: Any, started: bool) -> None:
    flow = Host().start(initialize=started)
    before = flow.flow
    with pytest.raises(RevisionConflict):
        flow.submit("show_sign_up" if started else "initialize", {}, rev=odd)
    assert flow.flow is before


@pytest.mark.parametrize("limit", ["21", "61", "999", "1000", "-1", "1.5", "x", "٣", 7, True])
def test_a_page_has_a_limit_that_the_pool_has_too(limit: object) -> None:
    host = _signed_in(**PASSKEYS)
    refused = _refused(lambda: host.flow.submit("list_passkeys", {"limit": limit}))
    assert refused.code in (ErrorCode.INVALID_INPUT, ErrorCode.INVALID_PARAMETER)
    assert host.flow.list_passkeys(limit=20).items == host.flow.list_devices(limit=60).items == ()


def test_an_app_has_a_name_of_131_characters_at_most() -> None:
    host = _STEPS["setUpTotp"]()
    assert _named(host, "verify_totp_setup", {"code": "123456", "device_name": "x" * 132}) == "device_name"
    host = _STEPS["confirmSignIn with an app"]()
    assert _named(host, "confirm_sign_in", {"answer": "123456", "device_name": "x" * 132}) == "device_name"


def test_a_password_that_is_missing_leaves_the_step_as_it_is() -> None:
    host = _second_factor()
    missing = _refused_at_the_door(host, lambda: host.flow.sign_in("ana", auth_flow="USER_PASSWORD_AUTH"))
    assert missing == "password"
    assert host.flow.confirm_sign_in(host.code("ana")).screen == "signedIn"


# Passkeys


_LIES: Final = (
    *(Lies(origin="https://auth.example.com.evil.org"), Lies(origin="http://auth.example.com")),
    *(Lies(challenge="QW4tb2xkZXItY2hhbGxlbmdl"), Lies(rp_id="evil.org")),
)


@pytest.mark.parametrize("lies", _LIES)
def test_a_passkey_that_lies_is_neither_registered_nor_lets_anybody_in(lies: Lies) -> None:
    host, key = _signed_in(**PASSKEYS), SoftwareAuthenticator(origin=ORIGIN, lies=lies)
    refused = _refused(lambda: host.flow.register_passkey(key))
    assert refused.code.value.startswith("webAuthn")
    assert (host.screen, host.error()) == ("signedIn", refused.code)
    assert host.flow.list_passkeys().items == ()
    key.lies = HONEST
    host.flow.register_passkey(key)
    for key.lies in (lies, HONEST):
        host.flow.sign_out()
        host.flow.sign_in("ana", preferred_challenge="WEB_AUTHN")
        if key.lies is lies:
            assert _refused(lambda: host.flow.confirm_sign_in_with_passkey(key)).code is ErrorCode.NOT_AUTHORIZED
            assert host.screen == "signIn"
    assert host.flow.confirm_sign_in_with_passkey(key).screen == "signedIn"


def test_a_passkey_s_answer_is_good_once() -> None:
    host, key = _signed_in(**PASSKEYS), SoftwareAuthenticator(origin=ORIGIN)
    made = key.create(host.flow.register_passkey())
    host.flow.complete_passkey(made)
    host.flow.register_passkey()
    assert _refused(lambda: host.flow.complete_passkey(made)).code is ErrorCode.WEB_AUTHN_CHALLENGE_NOT_FOUND
    assert len(host.flow.list_passkeys().items) == 1
    host.flow.sign_out()
    asked = host.flow.sign_in("ana", preferred_challenge="WEB_AUTHN").parameters["CREDENTIAL_REQUEST_OPTIONS"]
    answer = key.get(asked)
    host.flow.confirm_sign_in(answer)
    host.flow.sign_out()
    host.flow.sign_in("ana", preferred_challenge="WEB_AUTHN")
    assert _refused(lambda: host.flow.confirm_sign_in(answer)).code is ErrorCode.NOT_AUTHORIZED
    host.flow.sign_in("ana", preferred_challenge="WEB_AUTHN")
    assert host.flow.confirm_sign_in_with_passkey(key).screen == "signedIn"


@pytest.mark.parametrize("typed", ["undefined", "null", "[]", "{", "{" * 9_000])
def test_what_is_no_passkey_s_answer_leaves_the_step_as_it_is(typed: str) -> None:
    host, key = _signed_in(**PASSKEYS), SoftwareAuthenticator(origin=ORIGIN)
    options = host.flow.register_passkey()
    assert _named(host, "complete_passkey", {"credential": typed}) == "credential"
    host.flow.complete_passkey(key.create(options))
    host.flow.sign_out()
    host.flow.sign_in("ana", preferred_challenge="WEB_AUTHN")
    assert _named(host, "confirm_sign_in", {"answer": typed}) == "answer"
    assert host.flow.confirm_sign_in_with_passkey(key).screen == "signedIn"


# Codes


class App:
    """An authenticator app on the pool's clock."""

    def __init__(self, host: Host, secret: Secret[str]) -> None:
        self._host, self._codes = host, TOTP(secret.reveal())

    def code(self) -> str:
        """Returns a code that was not used yet."""
        self._host.pool.advance(31)
        return self._codes.at(int(self._host.pool.clock()))

    def shown(self) -> str:
        """Returns a code as an app shows it, in two groups."""
        code = self.code()
        return f" {code[:3]} {code[3:]} "


def test_an_app_s_code_is_typed_as_the_app_shows_it() -> None:
    host = _STEPS["confirmSignIn with an app"]()
    app = App(host, host.flow.totp_secret())
    assert host.submit("confirm_sign_in", answer=app.shown(), device_name="x").screen == "signedIn"
    host.flow.sign_out()
    host.flow.sign_in("bo", PASSWORD)
    assert host.submit("confirm_sign_in", answer=app.shown()).screen == "signedIn"
    app = App(host, host.flow.set_up_totp())
    assert host.submit("verify_totp_setup", code=app.shown()).screen == "signedIn"


def _wide(code: str) -> str:
    return "".join(chr(0xFF10 + int(digit)) for digit in code)


_TYPED: Final[tuple[Callable[[str], str], ...]] = (
    *(lambda code: f"{code[:3]}-{code[3:]}", lambda code: f"{code[:3]}\u200b{code[3:]}", _wide),
    *(lambda code: f"{code}\n", lambda code: code[:5], lambda code: f"{code}0", lambda _: "12a456", lambda _: "1e5"),
)


@pytest.mark.parametrize("typed", _TYPED)
def test_what_is_hardly_a_code_is_taken_or_refused_with_a_sentence(typed: Callable[[str], str]) -> None:
    host = _signed_in(mfa="OPTIONAL")
    app = App(host, host.flow.set_up_totp())
    for action, name in (("verify_totp_setup", "code"), ("confirm_sign_in", "answer")):
        try:
            host.submit(action, **{name: typed(app.code())})
        except AuthFlowError as refused:
            assert refused.message.strip()
            assert refused.info.field in (name, "code")
            host.submit(action, **{name: app.code()})
        assert host.screen == "signedIn"
        if action == "verify_totp_setup":
            host.flow.update_mfa_preference(totp="PREFERRED")
            host.flow.sign_out()
            host.flow.sign_in("ana", PASSWORD)


def test_a_code_for_something_else_is_no_code() -> None:
    host = _signed_in(mfa="OPTIONAL")
    app = App(host, host.flow.set_up_totp())
    host.flow.verify_totp_setup(app.code())
    host.flow.update_mfa_preference(sms="ENABLED", totp="PREFERRED")
    host.flow.sign_out()
    host.flow.forgot_password("ana")
    host.flow.sign_in("ana", PASSWORD)
    reset = host.code("ana", "forgot_password")
    assert _refused(lambda: host.submit("confirm_sign_in", answer=reset)).code is ErrorCode.CODE_MISMATCH
    host.submit("back")
    host.admin("AdminSetUserMFAPreference", "ana", **SMS)
    host.flow.sign_in("ana", PASSWORD)
    assert _refused(lambda: host.submit("confirm_sign_in", answer=app.code())).code is ErrorCode.CODE_MISMATCH
    assert host.submit("confirm_sign_in", answer=host.code("ana", "sms_mfa")).screen == "signedIn"


def test_the_code_of_a_reset_confirms_no_registration_and_the_other_way_round() -> None:
    host = Host()
    host.flow.sign_up("bo", PASSWORD, user_attributes={"email": "bo@example.com"})
    sign_up = host.code("bo", "sign_up")
    host.admin("AdminUpdateUserAttributes", "bo", UserAttributes=[{"Name": "email_verified", "Value": "true"}])
    host.flow.forgot_password("bo")
    reset = host.code("bo", "forgot_password")
    refused = _refused(lambda: host.flow.confirm_forgot_password("bo", OTHER_PASSWORD, sign_up))
    assert (refused.code, host.screen) == (ErrorCode.CODE_MISMATCH, "confirmForgotPassword")
    assert _refused(lambda: host.flow.confirm_sign_up("bo", reset)).code is ErrorCode.CODE_MISMATCH
    host.flow.confirm_sign_up("bo", sign_up)
    assert host.flow.sign_in("bo", PASSWORD).screen == "signedIn"


# Attributes and identifiers


@pytest.mark.parametrize("name", ["custom:nope", "nope", "sub", "email_verified", "Email", "e mail", "cognito:x"])
def test_an_attribute_that_the_pool_does_not_take_is_refused(name: str) -> None:
    host = Host()
    given = {"email": "bo@example.com"}
    allowed = (ErrorCode.INVALID_PARAMETER, ErrorCode.NOT_AUTHORIZED)
    refused = _refused(lambda: host.flow.sign_up("bo", PASSWORD, user_attributes={**given, name: "x"}))
    assert (refused.code in allowed, host.screen) == (True, "signUp")
    host.flow.sign_up("bo", PASSWORD, user_attributes=given)
    host.flow.confirm_sign_up("bo", host.code("bo"))
    host.user("cy", password=TEMPORARY, temporary=True)
    host.flow.sign_in("cy", TEMPORARY)
    refused = _refused(lambda: host.flow.confirm_sign_in(OTHER_PASSWORD, user_attributes={name: "x"}))
    assert refused.code in allowed
    if host.screen == "signIn":
        host.flow.sign_in("cy", TEMPORARY)
    assert host.flow.confirm_sign_in(OTHER_PASSWORD).screen == "signedIn"


@pytest.mark.parametrize("secret", [False, True])
@pytest.mark.parametrize("name", ["ANA", "  ana ", "\u00a0Ana"])
def test_spaces_around_a_name_and_its_letters_case_make_no_difference(name: str, secret: bool) -> None:
    host = Host(secret=secret)
    host.flow.sign_up(name, PASSWORD, user_attributes={"email": "ana@example.com"})
    host.flow.resend_sign_up_code(name.swapcase())
    host.flow.confirm_sign_up(name.swapcase(), host.code("ana"))
    host.flow.forgot_password(name)
    host.flow.confirm_forgot_password(name.swapcase(), OTHER_PASSWORD, host.code("ana"))
    assert host.flow.sign_in(name, OTHER_PASSWORD).screen == "signedIn"
    assert host.flow.username == "ana"
    assert host.flow.get_tokens(force_refresh=True)


def test_where_the_letters_case_counts_two_users_are_two() -> None:
    host = Host()
    devices = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
    strict = {"PoolName": "strict", "UsernameConfiguration": {"CaseSensitive": True}, "DeviceConfiguration": devices}
    pool_id = host.pool.call("CreateUserPool", strict)["UserPool"]["Id"]
    host.setup = attrs.evolve(host.setup, pool_id=pool_id)
    host.pool.call("CreateUserPoolClient", {"UserPoolId": pool_id, "ClientName": "strict"})
    host.start()
    passwords = {host.user("Ana"): PASSWORD, host.user("ana", password=OTHER_PASSWORD): OTHER_PASSWORD}
    for name, password in passwords.items():
        assert host.flow.sign_in(f" {name} ", password).screen == "signedIn"
        assert host.flow.username == name
        host.flow.sign_out()
        assert _refused(lambda: host.flow.sign_in("ANA", PASSWORD)).code is ErrorCode.USER_NOT_FOUND
    kept = [host.devices.load(name) for name in ("Ana", "ana")]
    assert [device.username for device in kept if device is not None] == ["Ana", "ana"]
    assert "ResourceNotFoundException" not in {request.error for request in host.pool.requests}


@pytest.mark.parametrize("name", ["77777", "+a.b"])
def test_a_username_that_looks_like_a_number_is_sent_as_it_is(name: str) -> None:
    host = Host(alias_attributes=("phone_number",), config=DIAL_CODES)
    host.user(name, phone=PHONE)
    assert host.flow.sign_in(name, PASSWORD).screen == "signedIn"
