"""Scripts that every driver runs: sign-in, registration, reset, the account, and what goes wrong on the way."""

from authflow import ErrorCode, SignOutOptions, effects
from authflow.frontend.traits import PoolTraits
from authflow.states import AuthFlowType
from authflow.values import Settings
from tests.drivers.scripted import challenging, raising, refusing
from tests.drivers.traces import Advance, Aside, Do, Fail, Script

INITIALIZE = Do("initialize")
SIGN_IN = Do("sign_in", ("jane", "a-password"))
ANSWER = Do("confirm_sign_in", ("123456",))
_BY_ITSELF = PoolTraits(settings=Settings(auto_sign_in=True))
_BY_LINK = PoolTraits(settings=Settings(auto_sign_in=True, confirm_by_link=True))
_FOLLOWED = PoolTraits(settings=Settings(offer_passkey=True, verify_contacts=True))
_CONTACTS = PoolTraits(settings=Settings(verify_contacts=True))
TRAITS = (
    PoolTraits(),
    _BY_ITSELF,
    _BY_LINK,
    _FOLLOWED,
    PoolTraits(auth_flow=AuthFlowType.USER_AUTH, settings=Settings(retain_password=True, auto_sign_in=True)),
)
SIGN_UP = Do("sign_up", ("jane", "a-password"), (("user_attributes", {"email": "j@example.com"}),))

SCRIPTS: dict[str, Script] = {
    "sign-in with a challenge, a wrong code and a right one": Script(
        (INITIALIZE, SIGN_IN, ANSWER, ANSWER, Do("get_tokens"), Do("sign_out")),
        (
            (effects.InitiateAuth, challenging("PASSWORD_VERIFIER")),
            (effects.RespondToPasswordVerifier, challenging("SMS_MFA")),
            (effects.RespondToAuthChallenge, refusing(ErrorCode.CODE_MISMATCH, field="code")),
        ),
    ),
    "sign-up": Script(
        (
            INITIALIZE,
            Do("submit", ("show_sign_up",)),
            SIGN_UP,
            Do("confirm_sign_up", ("jane", "000000")),
            Do("resend_sign_up_code", ("jane",)),
            Do("confirm_sign_up", ("jane", "123456")),
        ),
        ((effects.ConfirmSignUp, refusing(ErrorCode.EXPIRED_CODE, field="code")),),
    ),
    "reset": Script(
        (
            INITIALIZE,
            Do("forgot_password", ("jane",)),
            Do("confirm_forgot_password", ("jane", "new-password", "123456")),
            SIGN_IN,
        )
    ),
    "rejections and refused values": Script(
        (
            ANSWER,
            Do("get_tokens"),
            INITIALIZE,
            Do("submit", ("no_such_action",)),
            Do("submit", ("sign_in", {"username": "jane"})),
            Do("submit", ("sign_in", {"username": "jane", "password": "pw"}), (("rev", 99),)),
            Do("submit", ("back",)),
            Do("cancel"),
        )
    ),
    "cancelled from elsewhere": Script(
        (INITIALIZE, SIGN_IN, SIGN_IN, Do("sign_out")), ((effects.InitiateAuth, Aside("cancel")),)
    ),
    "signed out from elsewhere": Script((INITIALIZE, SIGN_IN, SIGN_IN), ((effects.InitiateAuth, Aside("sign_out")),)),
    "signed out during a refresh": Script(
        (INITIALIZE, Do("get_tokens"), Do("get_tokens")), ((effects.RefreshTokens, Aside("sign_out")),), stored=True
    ),
    "closed from elsewhere": Script((INITIALIZE, SIGN_IN, SIGN_IN), ((effects.InitiateAuth, Aside("close")),)),
    "refresh": Script(
        (
            INITIALIZE,
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
        (INITIALIZE, Do("get_tokens"), Do("get_tokens"), SIGN_IN),
        ((effects.RefreshTokens, refusing(ErrorCode.NOT_AUTHORIZED)),),
        stored=True,
    ),
    "a broken store": Script(
        (
            Fail("load"),
            INITIALIZE,
            Fail("load", failing=False),
            INITIALIZE,
            Fail("save"),
            SIGN_IN,
            Fail("clear"),
            Do("sign_out"),
        )
    ),
    "expiry": Script((INITIALIZE, SIGN_IN, Advance(200), ANSWER), ((effects.InitiateAuth, challenging("SMS_MFA")),)),
    "foreign exceptions": Script(
        (INITIALIZE, SIGN_IN, SIGN_UP, SIGN_IN),
        ((effects.InitiateAuth, raising(KeyError("secret"))), (effects.SignUp, raising(ValueError("secret")))),
    ),
    "signing in by itself": Script(
        (
            INITIALIZE,
            SIGN_UP,
            Do("confirm_sign_up", ("jane", "000000")),
            Do("confirm_sign_up", ("jane", "123456")),
            Do("sign_out"),
            SIGN_UP,
            Do("confirm_sign_up", ("jane", "123456")),
        ),
        (
            (effects.ConfirmSignUp, refusing(ErrorCode.CODE_MISMATCH, field="code")),
            (effects.InitiateAuth, challenging("SMS_MFA")),
        ),
        traits=_BY_ITSELF,
    ),
    "a sign-in by itself that fails": Script(
        (INITIALIZE, SIGN_UP, Do("confirm_sign_up", ("jane", "123456")), SIGN_IN),
        ((effects.InitiateAuth, refusing(ErrorCode.TOO_MANY_REQUESTS)),),
        traits=_BY_ITSELF,
    ),
    "a link": Script(
        (
            INITIALIZE,
            SIGN_UP,
            Do("check_confirmation"),
            Do("resend_sign_up_code", ("jane",)),
            Do("check_confirmation"),
        ),
        ((effects.InitiateAuth, refusing(ErrorCode.USER_NOT_CONFIRMED)),),
        traits=_BY_LINK,
    ),
    "refusals that name the way on": Script(
        (INITIALIZE, SIGN_IN, SIGN_IN, Do("confirm_forgot_password", ("jane", "new-password", "123456"))),
        (
            (effects.InitiateAuth, refusing(ErrorCode.USER_NOT_CONFIRMED)),
            (effects.ResendConfirmationCode, refusing(ErrorCode.LIMIT_EXCEEDED)),
            (effects.InitiateAuth, refusing(ErrorCode.PASSWORD_RESET_REQUIRED)),
        ),
    ),
    "what follows a sign-in": Script(
        (
            INITIALIZE,
            SIGN_IN,
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
        (INITIALIZE, SIGN_IN, Do("list_devices")), ((effects.CheckPasskeys, Aside("cancel")),), traits=_FOLLOWED
    ),
    "finishing, signed out": Script(
        (INITIALIZE, SIGN_IN, SIGN_IN), ((effects.ReadUser, Aside("sign_out")),), traits=_CONTACTS
    ),
    "contacts that cannot be read": Script(
        (INITIALIZE, SIGN_IN, Do("check_contacts"), Do("check_contacts")),
        ((effects.ReadUser, refusing(ErrorCode.NOT_SENT)), (effects.ReadUser, refusing(ErrorCode.LIMIT_EXCEEDED))),
        traits=_CONTACTS,
    ),
    "the account": Script(
        (
            Do("list_devices"),
            INITIALIZE,
            SIGN_IN,
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
            INITIALIZE,
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
        (INITIALIZE, SIGN_IN, Do("resend_code"), Do("totp_secret"), ANSWER, ANSWER),
        (
            (effects.InitiateAuth, challenging("MFA_SETUP", options=("SOFTWARE_TOKEN_MFA",))),
            (effects.VerifySoftwareToken, refusing(ErrorCode.ENABLE_SOFTWARE_TOKEN_MFA, field="code")),
        ),
    ),
    "a remembered device": Script(
        (INITIALIZE, SIGN_IN),
        (
            (effects.InitiateAuth, challenging("DEVICE_SRP_AUTH")),
            (effects.RespondToDeviceSrpAuth, challenging("DEVICE_PASSWORD_VERIFIER")),
        ),
    ),
    "closing": Script((INITIALIZE, SIGN_IN, Do("close"), Do("close"), SIGN_IN, INITIALIZE)),
}
