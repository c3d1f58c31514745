"""Both drivers, and both event loops, do the same: same results, same errors, same events, same calls."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authflow import ErrorCode, SignOutOptions, effects
from authflow.effects import Effect
from authflow.frontend.traits import PoolTraits
from authflow.states import AuthFlowType
from authflow.values import Settings
from tests.drivers.scripted import Reply, challenging, raising, refusing
from tests.drivers.traces import DRIVERS, Advance, Aside, Do, Fail, Script, Step, Trace, replies_to, run

_INITIALIZE = Do("initialize")
_SIGN_IN = Do("sign_in", ("jane", "a-password"))
_ANSWER = Do("confirm_sign_in", ("123456",))
_BY_ITSELF = PoolTraits(settings=Settings(auto_sign_in=True))
_BY_LINK = PoolTraits(settings=Settings(auto_sign_in=True, confirm_by_link=True))
_FOLLOWED = PoolTraits(settings=Settings(offer_passkey=True, verify_contacts=True))
_CONTACTS = PoolTraits(settings=Settings(verify_contacts=True))
_TRAITS = (
    PoolTraits(),
    _BY_ITSELF,
    _BY_LINK,
    _FOLLOWED,
    PoolTraits(auth_flow=AuthFlowType.USER_AUTH, settings=Settings(retain_password=True, auto_sign_in=True)),
)
_SIGN_UP = Do("sign_up", ("jane", "a-password"), (("user_attributes", {"email": "j@example.com"}),))

_SCRIPTS: dict[str, Script] = {
    "sign-in with a challenge, a wrong code and a right one": Script(
        (_INITIALIZE, _SIGN_IN, _ANSWER, _ANSWER, Do("get_tokens"), Do("sign_out")),
        (
            (effects.InitiateAuth, challenging("PASSWORD_VERIFIER")),
            (effects.RespondToPasswordVerifier, challenging("SMS_MFA")),
            (effects.RespondToAuthChallenge, refusing(ErrorCode.CODE_MISMATCH, field="code")),
        ),
    ),
    "sign-up": Script(
        (
            _INITIALIZE,
            Do("submit", ("show_sign_up",)),
            _SIGN_UP,
            Do("confirm_sign_up", ("jane", "000000")),
            Do("resend_sign_up_code", ("jane",)),
            Do("confirm_sign_up", ("jane", "123456")),
        ),
        ((effects.ConfirmSignUp, refusing(ErrorCode.EXPIRED_CODE, field="code")),),
    ),
    "reset": Script(
        (
            _INITIALIZE,
            Do("forgot_password", ("jane",)),
            Do("confirm_forgot_password", ("jane", "new-password", "123456")),
            _SIGN_IN,
        )
    ),
    "rejections and refused values": Script(
        (
            _ANSWER,
            Do("get_tokens"),
            _INITIALIZE,
            Do("submit", ("no_such_action",)),
            Do("submit", ("sign_in", {"username": "jane"})),
            Do("submit", ("sign_in", {"username": "jane", "password": "pw"}), (("rev", 99),)),
            Do("submit", ("back",)),
            Do("cancel"),
        )
    ),
    "cancelled from elsewhere": Script(
        (_INITIALIZE, _SIGN_IN, _SIGN_IN, Do("sign_out")), ((effects.InitiateAuth, Aside("cancel")),)
    ),
    "signed out from elsewhere": Script(
        (_INITIALIZE, _SIGN_IN, _SIGN_IN), ((effects.InitiateAuth, Aside("sign_out")),)
    ),
    "signed out during a refresh": Script(
        (_INITIALIZE, Do("get_tokens"), Do("get_tokens")), ((effects.RefreshTokens, Aside("sign_out")),), stored=True
    ),
    "closed from elsewhere": Script((_INITIALIZE, _SIGN_IN, _SIGN_IN), ((effects.InitiateAuth, Aside("close")),)),
    "refresh": Script(
        (
            _INITIALIZE,
            Do("get_tokens"),
            Do("get_tokens"),
            Do("get_tokens", (), (("force_refresh", True),)),
            Advance(4_000),
            Do("get_tokens"),
            Do("sign_out", (SignOutOptions(sign_out_globally=True),)),
        ),
        (
            (effects.RefreshTokens, refusing(ErrorCode.NOT_SENT)),
            (effects.RefreshTokens, refusing(ErrorCode.TOO_MANY_REQUESTS)),
            (effects.GlobalSignOut, refusing(ErrorCode.NOT_AUTHORIZED)),
        ),
        stored=True,
    ),
    "refresh rejected": Script(
        (_INITIALIZE, Do("get_tokens"), Do("get_tokens"), _SIGN_IN),
        ((effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED)),),
        stored=True,
    ),
    "a broken store": Script(
        (
            Fail("load"),
            _INITIALIZE,
            Fail("load", failing=False),
            _INITIALIZE,
            Fail("save"),
            _SIGN_IN,
            Fail("clear"),
            Do("sign_out"),
        )
    ),
    "expiry": Script((_INITIALIZE, _SIGN_IN, Advance(200), _ANSWER), ((effects.InitiateAuth, challenging("SMS_MFA")),)),
    "foreign exceptions": Script(
        (_INITIALIZE, _SIGN_IN, _SIGN_UP, _SIGN_IN),
        ((effects.InitiateAuth, raising(KeyError("secret"))), (effects.SignUp, raising(ValueError("secret")))),
    ),
    "signing in by itself": Script(
        (
            _INITIALIZE,
            _SIGN_UP,
            Do("confirm_sign_up", ("jane", "000000")),
            Do("confirm_sign_up", ("jane", "123456")),
            Do("sign_out"),
            _SIGN_UP,
            Do("confirm_sign_up", ("jane", "123456")),
        ),
        (
            (effects.ConfirmSignUp, refusing(ErrorCode.CODE_MISMATCH, field="code")),
            (effects.InitiateAuth, challenging("SMS_MFA")),
        ),
        traits=_BY_ITSELF,
    ),
    "a sign-in by itself that fails": Script(
        (_INITIALIZE, _SIGN_UP, Do("confirm_sign_up", ("jane", "123456")), _SIGN_IN),
        ((effects.InitiateAuth, refusing(ErrorCode.TOO_MANY_REQUESTS)),),
        traits=_BY_ITSELF,
    ),
    "a link": Script(
        (
            _INITIALIZE,
            _SIGN_UP,
            Do("check_confirmation"),
            Do("resend_sign_up_code", ("jane",)),
            Do("check_confirmation"),
        ),
        ((effects.InitiateAuth, refusing(ErrorCode.USER_NOT_CONFIRMED)),),
        traits=_BY_LINK,
    ),
    "refusals that name the way on": Script(
        (_INITIALIZE, _SIGN_IN, _SIGN_IN, Do("confirm_forgot_password", ("jane", "new-password", "123456"))),
        (
            (effects.InitiateAuth, refusing(ErrorCode.USER_NOT_CONFIRMED)),
            (effects.ResendConfirmationCode, refusing(ErrorCode.LIMIT_EXCEEDED)),
            (effects.InitiateAuth, refusing(ErrorCode.PASSWORD_RESET_REQUIRED)),
        ),
    ),
    "what follows a sign-in": Script(
        (
            _INITIALIZE,
            _SIGN_IN,
            Do("register_passkey"),
            Do("complete_passkey", ("{}",)),
            Do("register_passkey"),
            Do("complete_passkey", ("{}",)),
            Do("verify_user_attribute", ("email",)),
            Do("confirm_verify_user_attribute", ("email", "000000")),
            Do("back"),
            Do("skip"),
            Advance(4_000),
            Do("get_tokens"),
        ),
        (
            (effects.CompletePasskey, refusing(ErrorCode.WEB_AUTHN_NOT_ENABLED)),
            (effects.VerifyContact, refusing(ErrorCode.CODE_MISMATCH, field="code")),
            (effects.RefreshTokens, refusing(ErrorCode.NOT_SENT)),
        ),
        traits=_FOLLOWED,
    ),
    "finishing, cancelled": Script(
        (_INITIALIZE, _SIGN_IN, Do("list_devices")), ((effects.CheckPasskeys, Aside("cancel")),), traits=_FOLLOWED
    ),
    "finishing, signed out": Script(
        (_INITIALIZE, _SIGN_IN, _SIGN_IN), ((effects.ReadUser, Aside("sign_out")),), traits=_CONTACTS
    ),
    "contacts that cannot be read": Script(
        (_INITIALIZE, _SIGN_IN, Do("check_contacts"), Do("check_contacts")),
        ((effects.ReadUser, refusing(ErrorCode.NOT_SENT)), (effects.ReadUser, refusing(ErrorCode.LIMIT_EXCEEDED))),
        traits=_CONTACTS,
    ),
    "the account": Script(
        (
            Do("list_devices"),
            _INITIALIZE,
            _SIGN_IN,
            Do("set_up_totp"),
            Do("totp_secret"),
            Do("verify_totp_setup", ("000000",)),
            Do("verify_totp_setup", ("123456",), (("device_name", "phone"),)),
            Do("totp_secret"),
            Do("fetch_mfa_preference"),
            Do("update_mfa_preference", (), (("totp", "PREFERRED"),)),
            Do("update_mfa_preference", (), (("totp", "SOMETIMES"),)),
            Do("list_devices", (), (("limit", 5),)),
            Do("get_device"),
            Do("update_device_status", (), (("remembered", False),)),
            Advance(4_000),
            Do("forget_device"),
            Do("list_passkeys"),
            Do("delete_passkey", ("passkey-1",)),
            Do("get_user_attributes"),
            Do("update_user_attributes", ({"email": "jim@example.com"},)),
            Do("update_user_attributes", ({},)),
            Do("change_password", ("a-password", "another")),
            Do("delete_user"),
            Do("delete_user"),
        ),
        (
            (effects.VerifySoftwareToken, refusing(ErrorCode.CODE_MISMATCH, field="code")),
            (effects.ListDevices, refusing(ErrorCode.INVALID_PARAMETER)),
        ),
    ),
    "choices": Script(
        (
            _INITIALIZE,
            Do("sign_in", ("jane",)),
            Do("confirm_sign_in", ("RETINA",)),
            Do("confirm_sign_in", ("EMAIL_OTP",)),
            Do("resend_code"),
            Do("choose_another_factor"),
            Do("confirm_sign_in", ("PASSWORD",)),
            Do("back"),
            Do("confirm_sign_in", ("PASSWORD",)),
            Do("confirm_sign_in", ("a-password",)),
        ),
        (
            (effects.InitiateAuth, challenging("SELECT_CHALLENGE", options=("EMAIL_OTP", "PASSWORD"))),
            (effects.RespondToAuthChallenge, challenging("EMAIL_OTP")),
            (effects.InitiateAuth, challenging("EMAIL_OTP")),
            (effects.InitiateAuth, challenging("SELECT_CHALLENGE", options=("EMAIL_OTP", "PASSWORD"))),
        ),
        traits=PoolTraits(auth_flow=AuthFlowType.USER_AUTH),
    ),
    "an app set up while signing in": Script(
        (_INITIALIZE, _SIGN_IN, Do("resend_code"), Do("totp_secret"), _ANSWER, _ANSWER),
        (
            (effects.InitiateAuth, challenging("MFA_SETUP", options=("SOFTWARE_TOKEN_MFA",))),
            (effects.VerifySoftwareToken, refusing(ErrorCode.ENABLE_SOFTWARE_TOKEN_MFA, field="code")),
        ),
    ),
    "a remembered device": Script(
        (_INITIALIZE, _SIGN_IN),
        (
            (effects.InitiateAuth, challenging("DEVICE_SRP_AUTH")),
            (effects.RespondToDeviceSrpAuth, challenging("DEVICE_PASSWORD_VERIFIER")),
        ),
    ),
    "closing": Script((_INITIALIZE, _SIGN_IN, Do("close"), Do("close"), _SIGN_IN, _INITIALIZE)),
}


def _same(script: Script) -> Trace:
    first, *others = (run(script, driver) for driver in DRIVERS)
    for other in others:
        assert other == first
    return first


@pytest.mark.parametrize("name", list(_SCRIPTS))
def test_one_script_has_one_trace(name: str) -> None:
    script = _SCRIPTS[name]
    trace = _same(script)
    assert len(trace.events) > 1
    assert len([result for result in trace.results if result not in (None,)]) > 0


def test_the_scripts_reach_every_method() -> None:
    called = {step.method for script in _SCRIPTS.values() for step in script.steps if isinstance(step, Do)}
    # A passkey's answer comes from an authenticator, which has tests of its own.
    assert called == {
        "back",
        "cancel",
        "change_password",
        "check_confirmation",
        "check_contacts",
        "choose_another_factor",
        "close",
        "complete_passkey",
        "confirm_forgot_password",
        "confirm_sign_in",
        "confirm_sign_up",
        "confirm_verify_user_attribute",
        "delete_passkey",
        "delete_user",
        "fetch_mfa_preference",
        "forget_device",
        "forgot_password",
        "get_device",
        "get_tokens",
        "get_user_attributes",
        "initialize",
        "list_devices",
        "list_passkeys",
        "register_passkey",
        "resend_code",
        "resend_sign_up_code",
        "set_up_totp",
        "sign_in",
        "sign_out",
        "sign_up",
        "skip",
        "submit",
        "totp_secret",
        "update_device_status",
        "update_mfa_preference",
        "update_user_attributes",
        "verify_totp_setup",
        "verify_user_attribute",
    }


_STEPS: tuple[Step, ...] = (
    _INITIALIZE,
    _SIGN_IN,
    _SIGN_IN,
    _ANSWER,
    _ANSWER,
    _SIGN_UP,
    Do("confirm_sign_up", ("jane", "123456")),
    Do("resend_sign_up_code", ("jane",)),
    Do("forgot_password", ("jane",)),
    Do("confirm_forgot_password", ("jane", "new-password", "123456")),
    Do("get_tokens"),
    Do("get_tokens", (), (("force_refresh", True),)),
    Do("sign_out"),
    Do("sign_out", (SignOutOptions(sign_out_globally=True),)),
    Do("cancel"),
    Do("submit", ("show_sign_up",)),
    Do("submit", ("show_sign_in",)),
    Do("submit", ("back",)),
    Do("submit", ("skip",)),
    Do("submit", ("sign_in", {"username": 7})),
    Do("confirm_sign_in"),
    Do("resend_code"),
    Do("choose_another_factor"),
    Do("check_confirmation"),
    Do("check_contacts"),
    Do("register_passkey"),
    Do("complete_passkey", ("{}",)),
    Do("verify_user_attribute", ("email",)),
    Do("confirm_verify_user_attribute", ("email", "123456")),
    Do("set_up_totp"),
    Do("verify_totp_setup", ("123456",)),
    Do("list_devices"),
    Do("forget_device"),
    Do("get_user_attributes"),
    Do("change_password", ("a-password", "another")),
    Do("delete_user"),
    Do("skip"),
    Advance(100),
    Advance(4_000),
    Fail("load"),
    Fail("load", failing=False),
    Fail("save"),
    Fail("clear"),
)
_EFFECTS: tuple[type[Effect], ...] = (
    effects.InitiateAuth,
    effects.RespondToAuthChallenge,
    effects.RespondToPasswordVerifier,
    effects.SignUp,
    effects.ConfirmSignUp,
    effects.RespondToDeviceSrpAuth,
    effects.RespondToDevicePasswordVerifier,
    effects.AssociateSoftwareToken,
    effects.VerifySoftwareToken,
    effects.CheckPasskeys,
    effects.StartPasskey,
    effects.CompletePasskey,
    effects.ReadUser,
    effects.SendContactCode,
    effects.VerifyContact,
    effects.ResendConfirmationCode,
    effects.ForgotPassword,
    effects.ConfirmForgotPassword,
    effects.RefreshTokens,
    effects.RevokeToken,
    effects.GlobalSignOut,
)


@st.composite
def _scripts(draw: st.DrawFn) -> Script:
    replies: list[tuple[type[Effect], Reply | Aside]] = []
    for effect in draw(st.lists(st.sampled_from(_EFFECTS), max_size=8)):
        replies.append((effect, draw(st.sampled_from(replies_to(effect)))))
    steps = draw(st.lists(st.sampled_from(_STEPS), min_size=1, max_size=10))
    begun = draw(st.booleans())
    return Script(
        (_INITIALIZE, *steps) if begun else tuple(steps),
        tuple(replies),
        stored=draw(st.booleans()),
        traits=draw(st.sampled_from(_TRAITS)),
    )


@given(_scripts())
@settings(max_examples=60)
def test_any_script_has_one_trace(script: Script) -> None:
    _same(script)
