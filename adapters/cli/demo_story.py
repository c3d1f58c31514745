"""The demo's story among people with passwords: who does what, and what must come of it."""

from typing import Final

from pyotp.totp import TOTP

from authflow.adapters.cli.demo_stage import Stage
from authflow.errors import ErrorCode
from authflow.states import MfaUse, ScreenState, UserState
from authflow.values import SignOutOptions

TOTP_STEP: Final = 30.0  # seconds: RFC 6238's default, within which a code is taken once

# What the people of the story remember. Never printed.
_ANA: Final = "Correct-horse-9"
_ANA_LATER: Final = "Battery-staple-7"
_TEMPORARY: Final = "Welcome-aboard-1"
_BO: Final = "Rowing-boats-4"
_CEM: Final = "Quiet-harbour-5"


def sign_up(stage: Stage) -> None:
    """A registration, with a code that is mistyped once."""
    stage.step("Ana opens the app.", lambda flow: flow.initialize(), ScreenState.signIn, user=UserState.signedOut)
    stage.step(
        'Ana registers as "ana", with her name and her e-mail address.',
        lambda flow: flow.sign_up("ana", _ANA, user_attributes={"name": "Ana", "email": "ana@example.com"}),
        ScreenState.confirmSignUp,
    )
    right = stage.pool.last_code("ana")
    stage.step(
        "She mistypes the code.",
        lambda flow: flow.confirm_sign_up("ana", mistyped(right)),
        ScreenState.confirmSignUp,
        refused=ErrorCode.CODE_MISMATCH,
    )
    stage.step(
        "She enters the code ****** from her e-mail.",
        lambda flow: flow.confirm_sign_up("ana", right),
        ScreenState.signIn,
    )


def sign_in(stage: Stage) -> None:
    """SRP, with a wrong password on the way; tokens, a refresh, and a sign-out."""
    stage.step(
        "Ana signs in with a wrong password.",
        lambda flow: flow.sign_in("ana", _ANA_LATER),
        ScreenState.signIn,
        refused=ErrorCode.NOT_AUTHORIZED,
    )
    stage.step(
        "She signs in with the right one, which is proved and never sent.",
        lambda flow: flow.sign_in("ana", _ANA),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    stage.step(
        "The app has the tokens refreshed.",
        lambda flow: flow.get_tokens(force_refresh=True),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    sign_out(stage, "Ana signs out; her refresh token is revoked.")


def new_password(stage: Stage) -> None:
    """An administrator's user, who must choose a password and tell a required attribute."""
    stage.aside('An administrator creates "bo" without a name; a temporary password is sent to him.')
    stage.admin(
        "AdminCreateUser",
        Username="bo",
        TemporaryPassword=_TEMPORARY,
        UserAttributes=[
            {"Name": "email", "Value": "bo@example.com"},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    stage.step(
        "Bo signs in with the temporary password.",
        lambda flow: flow.sign_in("bo", _TEMPORARY),
        ScreenState.confirmSignIn,
        challenge="NEW_PASSWORD_REQUIRED",
    )
    stage.step(
        "He chooses one that is too weak; the challenge stays.",
        lambda flow: flow.confirm_sign_in("rowing-boats", user_attributes={"name": "Bo"}),
        ScreenState.confirmSignIn,
        refused=ErrorCode.INVALID_PASSWORD,
        challenge="NEW_PASSWORD_REQUIRED",
    )
    stage.step(
        "He chooses a better one, and tells his name.",
        lambda flow: flow.confirm_sign_in(_BO, user_attributes={"name": "Bo"}),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    sign_out(stage, "Bo signs out.")


def forgotten_password(stage: Stage) -> None:
    """A reset: the old password ends, the new one works."""
    stage.step(
        "Ana has forgotten her password, and asks for a code.",
        lambda flow: flow.forgot_password("ana"),
        ScreenState.confirmForgotPassword,
    )
    code = stage.pool.last_code("ana", "forgot_password")
    stage.step(
        "She sets a new password with the code ****** from her e-mail.",
        lambda flow: flow.confirm_forgot_password("ana", _ANA_LATER, code),
        ScreenState.signIn,
    )
    stage.step(
        "The old password has ended.",
        lambda flow: flow.sign_in("ana", _ANA),
        ScreenState.signIn,
        refused=ErrorCode.NOT_AUTHORIZED,
    )
    stage.step(
        "The new one works.",
        lambda flow: flow.sign_in("ana", _ANA_LATER),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )


def totp(stage: Stage) -> None:
    """The second factor: a code from an authenticator app."""
    app: list[TOTP] = []
    stage.step(
        "Ana sets up an authenticator app: it takes a secret, as a QR code.",
        lambda flow: app.append(TOTP(flow.set_up_totp().reveal())),
        ScreenState.setUpTotp,
    )
    stage.step(
        "She shows with a code ****** that the app has it.",
        lambda flow: flow.verify_totp_setup(app[0].at(int(stage.pool.clock())), device_name="Ana's phone"),
        ScreenState.signedIn,
    )
    stage.step(
        "She wants to be asked for such a code from now on.",
        lambda flow: flow.update_mfa_preference(totp=MfaUse.PREFERRED),
        ScreenState.signedIn,
    )
    sign_out(stage, "She signs out.")
    stage.step(
        "She signs in again: the password alone is no longer enough.",
        lambda flow: flow.sign_in("ana", _ANA_LATER),
        ScreenState.confirmSignIn,
        challenge="SOFTWARE_TOKEN_MFA",
    )
    stage.aside("Half a minute passes, on the pool's clock: a code is taken once.")
    stage.pool.advance(TOTP_STEP)
    right = app[0].at(int(stage.pool.clock()))
    stage.step(
        "She mistypes the code.",
        lambda flow: flow.confirm_sign_in(mistyped(right)),
        ScreenState.confirmSignIn,
        refused=ErrorCode.CODE_MISMATCH,
        challenge="SOFTWARE_TOKEN_MFA",
    )
    stage.step(
        "She enters the code ****** that her authenticator shows.",
        lambda flow: flow.confirm_sign_in(right),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    sign_out(stage, "Ana signs out.")


def sms(stage: Stage) -> None:
    """The second factor: a code in a text message."""
    stage.aside('An administrator creates "cem", who has a phone and wants his codes there.')
    stage.admin(
        "AdminCreateUser",
        Username="cem",
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "name", "Value": "Cem"},
            {"Name": "email", "Value": "cem@example.com"},
            {"Name": "phone_number", "Value": "+15555550123"},
            {"Name": "phone_number_verified", "Value": "true"},
        ],
    )
    stage.admin("AdminSetUserPassword", Username="cem", Password=_CEM, Permanent=True)
    stage.admin(
        "AdminSetUserMFAPreference",
        Username="cem",
        SMSMfaSettings={"Enabled": True, "PreferredMfa": True},
    )
    stage.step(
        "Cem signs in.",
        lambda flow: flow.sign_in("cem", _CEM),
        ScreenState.confirmSignIn,
        challenge="SMS_MFA",
    )
    stage.step(
        "He enters the code ****** from the text message.",
        lambda flow: flow.confirm_sign_in(stage.pool.last_code("cem", "sms_mfa")),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    sign_out(stage, "Cem signs out.")


def everywhere(stage: Stage) -> None:
    """Two devices, and a sign-out that ends the sessions on both."""
    stage.step(
        "Bo signs in on the laptop.",
        lambda flow: flow.sign_in("bo", _BO),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    stage.step("He opens the app on his phone.", lambda flow: flow.initialize(), ScreenState.signIn, device="phone")
    stage.step(
        "He signs in there too.",
        lambda flow: flow.sign_in("bo", _BO),
        ScreenState.signedIn,
        user=UserState.signedIn,
        device="phone",
    )
    stage.step(
        "On the phone he signs out everywhere.",
        lambda flow: flow.sign_out(SignOutOptions(sign_out_globally=True)),
        ScreenState.signIn,
        user=UserState.signedOut,
        device="phone",
    )
    stage.step(
        "The laptop refreshes its tokens, and hears that its session has ended.",
        lambda flow: flow.get_tokens(force_refresh=True),
        ScreenState.signIn,
        refused=ErrorCode.EXPIRED_REFRESH_TOKEN,
        user=UserState.signedOutUserPoolsTokenInvalid,
    )
    stage.step(
        "He signs in again.",
        lambda flow: flow.sign_in("bo", _BO),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    sign_out(stage, "Bo signs out.")


def sign_out(stage: Stage, says: str, *, device: str = "laptop") -> None:
    """Somebody signs out."""
    stage.step(says, lambda flow: flow.sign_out(), ScreenState.signIn, user=UserState.signedOut, device=device)


def mistyped(code: str) -> str:
    """Returns another code than the right one."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)
