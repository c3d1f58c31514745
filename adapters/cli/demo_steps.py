"""The demo's story, continued: refusals that lead on, second factors, codes without passwords, devices, questions."""

from typing import Final

from pyotp.totp import TOTP

from authflow.adapters.cli.demo_stage import Stage
from authflow.adapters.cli.demo_story import mistyped, sign_out
from authflow.adapters.cli.worlds import QUESTIONS
from authflow.errors import ErrorCode
from authflow.states import ScreenState, UserState

# What the people of the story remember. Never printed.
_DORA: Final = "Marble-arches-2"
_EVE: Final = "Paper-lanterns-8"
_GUS: Final = "Copper-kettles-3"
_PHONE: Final = "+15555550145"
_PATIENCE: Final = 181.0  # seconds: a little more than a Session of Cognito lives


def steps_not_errors(stage: Stage) -> None:
    """Refusals of a sign-in that name the way on, and a challenge that waited too long."""
    stage.step("Dora opens the app.", lambda flow: flow.initialize(), ScreenState.signIn)
    stage.step(
        "She registers, and closes the app before the code arrives.",
        lambda flow: flow.sign_up("dora", _DORA, user_attributes={"name": "Dora", "email": "dora@example.com"}),
        ScreenState.confirmSignUp,
    )
    stage.step("A week later she opens it again.", lambda flow: flow.back(), ScreenState.signIn)
    stage.step(
        "She signs in: she is sent a fresh code, and asked for it.",
        lambda flow: flow.sign_in("dora", _DORA),
        ScreenState.confirmSignUp,
    )
    stage.step(
        "She enters the code ******.",
        lambda flow: flow.confirm_sign_up("dora", stage.pool.last_code("dora", "sign_up")),
        ScreenState.signIn,
    )
    stage.aside("An administrator has her password reset.")
    stage.admin("AdminResetUserPassword", Username="dora")
    stage.step(
        "She signs in: she is sent a code to set a new password with.",
        lambda flow: flow.sign_in("dora", _DORA),
        ScreenState.confirmForgotPassword,
    )
    stage.step(
        "She enters the code ****** and a new password.",
        lambda flow: flow.confirm_forgot_password("dora", _EVE, stage.pool.last_code("dora", "forgot_password")),
        ScreenState.signIn,
    )


def mfa_setup(stage: Stage) -> None:
    """A second factor that is set up on the way in."""
    _account(stage, "dora", _DORA)
    stage.step("Dora opens the app.", lambda flow: flow.initialize(), ScreenState.signIn)
    stage.step(
        "She signs in, and has to choose a second factor.",
        lambda flow: flow.sign_in("dora", _DORA),
        ScreenState.confirmSignIn,
        challenge="MFA_SETUP",
    )
    stage.step(
        "She takes the authenticator app: the screen has a secret for it, as a QR code.",
        lambda flow: flow.confirm_sign_in("SOFTWARE_TOKEN_MFA"),
        ScreenState.confirmSignIn,
        challenge="MFA_SETUP",
    )
    stage.step(
        "She enters the code ****** that the app shows.",
        lambda flow: flow.confirm_sign_in(
            TOTP(flow.totp_secret().reveal()).at(int(stage.pool.clock())), device_name="Dora's phone"
        ),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    sign_out(stage, "Dora signs out.")


def mfa_choice(stage: Stage) -> None:
    """Two second factors to choose from, and a code that is sent again."""
    _account(stage, "gus", _GUS, email="gus@example.com", phone_number=_PHONE)
    stage.admin(
        "AdminSetUserMFAPreference",
        Username="gus",
        SMSMfaSettings={"Enabled": True},
        EmailMfaSettings={"Enabled": True},
    )
    stage.step(
        "Gus has two second factors, and prefers none.",
        lambda flow: flow.sign_in("gus", _GUS),
        ScreenState.confirmSignIn,
        challenge="SELECT_MFA_TYPE",
    )
    stage.step(
        "He takes the e-mail.",
        lambda flow: flow.confirm_sign_in("EMAIL_OTP"),
        ScreenState.confirmSignIn,
        challenge="EMAIL_OTP",
    )
    right = stage.pool.last_code("gus", "email_mfa")
    stage.step(
        "He mistypes the code.",
        lambda flow: flow.confirm_sign_in(mistyped(right)),
        ScreenState.confirmSignIn,
        refused=ErrorCode.CODE_MISMATCH,
        challenge="EMAIL_OTP",
    )
    stage.aside("He makes coffee. The challenge lives for three minutes.")
    stage.pool.advance(_PATIENCE)
    stage.step("When he comes back it is over.", lambda flow: flow.snapshot(), ScreenState.signIn)
    stage.step(
        "He begins again; his name is still there.",
        lambda flow: flow.sign_in(flow.snapshot().username or "", _GUS),
        ScreenState.confirmSignIn,
        challenge="SELECT_MFA_TYPE",
    )
    stage.step(
        "He takes the text message.",
        lambda flow: flow.confirm_sign_in("SMS_MFA"),
        ScreenState.confirmSignIn,
        challenge="SMS_MFA",
    )
    stage.step(
        "He enters the code ******.",
        lambda flow: flow.confirm_sign_in(stage.pool.last_code("gus", "sms_mfa")),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    sign_out(stage, "Gus signs out.")


def without_password(stage: Stage) -> None:
    """Nobody thinks of a password: codes sign up and in."""
    stage.step("Eve opens the app.", lambda flow: flow.initialize(), ScreenState.signIn)
    stage.step(
        "She registers with her e-mail address, and no password.",
        lambda flow: flow.sign_up("eve", user_attributes={"email": "eve@example.com"}),
        ScreenState.confirmSignUp,
    )
    stage.step(
        "The code ****** confirms her account and signs her in at once; a passkey is offered.",
        lambda flow: flow.confirm_sign_up("eve", stage.pool.last_code("eve")),
        ScreenState.passkeyPrompt,
        user=UserState.signedIn,
    )
    stage.step("Not now.", lambda flow: flow.skip(), ScreenState.signedIn, user=UserState.signedIn)
    sign_out(stage, "Eve signs out.")
    stage.step(
        "She signs in with her name alone: a code is sent.",
        lambda flow: flow.sign_in("eve", preferred_challenge="EMAIL_OTP"),
        ScreenState.confirmSignIn,
        challenge="EMAIL_OTP",
    )
    stage.step(
        "The first one is lost; she has another sent.",
        lambda flow: flow.resend_code(),
        ScreenState.confirmSignIn,
        challenge="EMAIL_OTP",
    )
    stage.step(
        "She enters the code ******.",
        lambda flow: flow.confirm_sign_in(stage.pool.last_code("eve", "sign_in")),
        ScreenState.passkeyPrompt,
        user=UserState.signedIn,
    )
    sign_out(stage, "Eve signs out.")


def contact(stage: Stage) -> None:
    """Several ways in, and a number that nobody has shown to be theirs."""
    _account(stage, "gus", _GUS, verified=False, email="gus@example.com", phone_number=_PHONE)
    stage.step(
        "Gus gives his name: there are several ways in.",
        lambda flow: flow.sign_in("gus"),
        ScreenState.confirmSignIn,
        challenge="SELECT_CHALLENGE",
    )
    stage.step(
        "He takes the password, which is asked for then.",
        lambda flow: flow.confirm_sign_in("PASSWORD_SRP"),
        ScreenState.confirmSignIn,
        challenge="SELECT_CHALLENGE",
    )
    stage.step(
        "He enters it.",
        lambda flow: flow.confirm_sign_in(_GUS),
        ScreenState.passkeyPrompt,
        user=UserState.signedIn,
    )
    stage.step("No passkey. But neither contact is verified.", lambda flow: flow.skip(), ScreenState.verifyContact)
    stage.step(
        "He has a code sent to his phone.",
        lambda flow: flow.verify_user_attribute("phone_number"),
        ScreenState.confirmContact,
    )
    stage.step(
        "He enters the code ******.",
        lambda flow: flow.confirm_verify_user_attribute(
            "phone_number", stage.pool.last_code("gus", "verify_phone_number")
        ),
        ScreenState.signedIn,
    )
    sign_out(stage, "Gus signs out.")


def devices(stage: Stage) -> None:
    """The device proves itself by SRP, and the second factor is spared."""
    _account(stage, "gus", _GUS, phone_number=_PHONE)
    stage.admin("AdminSetUserMFAPreference", Username="gus", SMSMfaSettings={"Enabled": True, "PreferredMfa": True})
    stage.step("Gus opens the app.", lambda flow: flow.initialize(), ScreenState.signIn)
    stage.step(
        "He signs in with his password ...",
        lambda flow: flow.sign_in("gus", _GUS),
        ScreenState.confirmSignIn,
        challenge="SMS_MFA",
    )
    stage.step(
        "... and the code ******; the device is confirmed.",
        lambda flow: flow.confirm_sign_in(stage.pool.last_code("gus", "sms_mfa")),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    sign_out(stage, "Gus signs out.")
    stage.step(
        "The next time the laptop proves itself, and no code is asked for.",
        lambda flow: flow.sign_in("gus", _GUS),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    stage.step("Gus wants it forgotten.", lambda flow: flow.forget_device(), ScreenState.signedIn)
    sign_out(stage, "He signs out.")
    stage.step(
        "Now the code is asked for again.",
        lambda flow: flow.sign_in("gus", _GUS),
        ScreenState.confirmSignIn,
        challenge="SMS_MFA",
    )
    stage.step("He thinks better of it.", lambda flow: flow.cancel(), ScreenState.signIn)


def link(stage: Stage) -> None:
    """No code to type: the app waits, asks, and goes on by itself."""
    stage.step("Eve opens the app.", lambda flow: flow.initialize(), ScreenState.signIn)
    stage.step(
        "She registers: a link is sent, and the app waits for it.",
        lambda flow: flow.sign_up("eve", _EVE, user_attributes={"email": "eve@example.com"}),
        ScreenState.awaitingLink,
    )
    stage.step(
        "She has not followed it yet.",
        lambda flow: flow.check_confirmation(),
        ScreenState.awaitingLink,
    )
    stage.aside("She opens the link on her phone.")
    stage.pool.click(stage.pool.last_link("eve"))
    stage.step(
        "Back at the laptop she is signed in at once.",
        lambda flow: flow.check_confirmation(),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )
    sign_out(stage, "Eve signs out.")


def questions(stage: Stage) -> None:
    """Custom authentication: the questions are the pool's, and the app has never heard of them."""
    _account(stage, "dora", _DORA)
    stage.step("Dora opens the app.", lambda flow: flow.initialize(), ScreenState.signIn)
    stage.step(
        f"She gives her name, and is asked: {QUESTIONS[0][0]}",
        lambda flow: flow.sign_in("dora"),
        ScreenState.confirmSignIn,
        challenge="CUSTOM_CHALLENGE",
    )
    stage.step(
        "A submarine, she says, and is turned away.",
        lambda flow: flow.confirm_sign_in("submarine"),
        ScreenState.signIn,
        refused=ErrorCode.NOT_AUTHORIZED,
    )
    stage.step(
        "She begins again.",
        lambda flow: flow.sign_in("dora"),
        ScreenState.confirmSignIn,
        challenge="CUSTOM_CHALLENGE",
    )
    stage.step(
        f"A {QUESTIONS[0][1]}. {QUESTIONS[1][0]}",
        lambda flow: flow.confirm_sign_in(QUESTIONS[0][1]),
        ScreenState.confirmSignIn,
        challenge="CUSTOM_CHALLENGE",
    )
    stage.step(
        f"A {QUESTIONS[1][1]}.",
        lambda flow: flow.confirm_sign_in(QUESTIONS[1][1]),
        ScreenState.signedIn,
        user=UserState.signedIn,
    )


def _account(stage: Stage, name: str, password: str, *, verified: bool = True, **attributes: str) -> None:
    contacts = [key for key in attributes if key in ("email", "phone_number")]
    given = {**attributes, **{f"{key}_verified": str(verified).lower() for key in contacts}}
    stage.admin(
        "AdminCreateUser",
        Username=name,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": key, "Value": value} for key, value in given.items()],
    )
    stage.admin("AdminSetUserPassword", Username=name, Password=password, Permanent=True)
