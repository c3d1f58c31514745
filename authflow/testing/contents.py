"""What the flow's own intents may say: one message for every way in which a row may tell their contents apart.

Values are realistic where a frontend shows them, and every secret is a canary (`authflow.testing.canaries`).
"""

from typing import Final

import attrs

from authflow import intents
from authflow.errors import ErrorCode, ErrorInfo, Recovery
from authflow.intents import Intent
from authflow.region import TIME
from authflow.secrets import Handle
from authflow.states import AuthFlowType
from authflow.testing.canaries import PLANTED
from authflow.testing.samples import NO_OVERRIDES, Overrides, hints_of, values_of
from authflow.values import Federation, SignOutOptions

# The time at which explorations and fixtures stand still, in seconds since the epoch.
NOW: Final = 1_800_000_000.0
HOUR: Final = 3_600.0
# Long after everything has ended.
LONG_AFTER: Final = NOW + 10_000 * HOUR

PASSWORD: Final = PLANTED.handle("password")
NEW_PASSWORD: Final = PLANTED.handle("new-password")
CODE: Final = PLANTED.handle("code")
ATTRIBUTES: Final = PLANTED.handle("attributes")
CREDENTIAL: Final = PLANTED.handle("credential")
FEDERATION: Final = Federation(provider="accounts.google.com", token=PLANTED.handle("token"))
_DEVELOPER: Final = "cognito-identity.amazonaws.com"


def error_of(code: ErrorCode = ErrorCode.UNKNOWN, recovery: Recovery = Recovery.NONE) -> ErrorInfo:
    """Returns an error of this code."""
    return ErrorInfo(code=code, message=f"It failed: {code}.", recovery=recovery)


def contents_of(intent: type[Intent], overrides: Overrides = NO_OVERRIDES) -> tuple[Intent, ...]:
    """Returns messages of the class `intent`, the plainest first.

    Args:
        intent: the class: one of the flow's own, or of an application's own, whose fields' types say what they hold.
        overrides: messages and values that take the place of those that would be made, by class and by type.

    Raises:
        NoSample: a field of an application's own intent has a type of which no value is known.
    """
    if intent in overrides:
        return tuple(found for found in overrides[intent] if isinstance(found, intent))
    known = _CONTENTS.get(intent)
    if known is not None:
        return known
    described: type = intent
    if TIME not in hints_of(described):
        return tuple(values_of(intent, overrides))
    # Nobody types the time: the door fills it in.
    return *values_of(intent, overrides, at=NOW), next(values_of(intent, overrides, at=LONG_AFTER))


def _sign_ins() -> tuple[Intent, ...]:
    return (
        intents.SignIn(username="jane", password=PASSWORD),
        intents.SignIn(username="jane", auth_flow=AuthFlowType.USER_AUTH),
        intents.SignIn(username="jane", password=PASSWORD, auth_flow=AuthFlowType.CUSTOM_AUTH),
    )


def _answers() -> tuple[Intent, ...]:
    choices = ("PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "SMS_MFA", "SOFTWARE_TOKEN_MFA", "WEB_AUTHN")
    return (
        intents.ConfirmSignIn(answer=CODE),
        *(intents.ConfirmSignIn(choice=choice) for choice in choices),
        intents.ConfirmSignIn(answer=PASSWORD, choice="PASSWORD"),
        intents.ConfirmSignIn(answer=NEW_PASSWORD, attributes=ATTRIBUTES),
    )


def _sign_outs() -> tuple[Intent, ...]:
    return tuple(
        intents.SignOut(options=SignOutOptions(sign_out_globally=globally, invalidate_tokens=invalidate))
        for globally in (False, True)
        for invalidate in (True, False)
    )


def _asking(kind: type[intents.GetTokens | intents.GetAwsCredentials]) -> tuple[Intent, ...]:
    return kind(at=NOW), kind(at=LONG_AFTER), kind(at=NOW, force=True)


def _code(code: Handle = CODE) -> dict[type[Intent], tuple[Intent, ...]]:
    return {
        intents.ConfirmVerifyUserAttribute: (intents.ConfirmVerifyUserAttribute(attribute="email", code=code),),
        intents.VerifyTotpSetup: (intents.VerifyTotpSetup(code=code),),
        intents.ConfirmSignUp: (intents.ConfirmSignUp(username="jane", code=code),),
        intents.ConfirmForgotPassword: (
            intents.ConfirmForgotPassword(username="jane", code=code, new_password=NEW_PASSWORD),
        ),
    }


def _about_the_account() -> dict[type[Intent], tuple[Intent, ...]]:
    return {
        intents.VerifyUserAttribute: (intents.VerifyUserAttribute(attribute="email"),),
        intents.UpdateMfaPreference: (intents.UpdateMfaPreference(),),
        intents.CompletePasskey: (intents.CompletePasskey(credential=CREDENTIAL),),
        intents.ListPasskeys: (intents.ListPasskeys(),),
        intents.DeletePasskey: (intents.DeletePasskey(passkey_id="passkey-1"),),
        intents.ListDevices: (intents.ListDevices(),),
        intents.GetDevice: (intents.GetDevice(),),
        intents.UpdateDeviceStatus: (intents.UpdateDeviceStatus(),),
        intents.ForgetDevice: (intents.ForgetDevice(),),
        intents.ChangePassword: (intents.ChangePassword(current=PASSWORD, proposed=NEW_PASSWORD),),
        intents.UpdateUserAttributes: (intents.UpdateUserAttributes(attributes=ATTRIBUTES),),
    }


_CONTENTS: Final[dict[type[Intent], tuple[Intent, ...]]] = {
    **{plain: (plain(),) for plain in intents.INTENTS if not attrs.fields(plain)},
    **_code(),
    **_about_the_account(),
    intents.SignIn: _sign_ins(),
    intents.ConfirmSignIn: _answers(),
    intents.ResendCode: (intents.ResendCode(),),
    intents.SignUp: (
        intents.SignUp(username="jane", password=PASSWORD, attributes=ATTRIBUTES),
        intents.SignUp(username="jane", password=PASSWORD, auto_sign_in=True),
        intents.SignUp(username="jane", auto_sign_in=True, auth_flow=AuthFlowType.USER_AUTH),
    ),
    intents.CheckConfirmation: (intents.CheckConfirmation(at=NOW), intents.CheckConfirmation(at=LONG_AFTER)),
    intents.ResendSignUpCode: (intents.ResendSignUpCode(username="jane"),),
    intents.ForgotPassword: (intents.ForgotPassword(username="jane"),),
    intents.GetTokens: _asking(intents.GetTokens),
    intents.GetAwsCredentials: _asking(intents.GetAwsCredentials),
    intents.SignOut: _sign_outs(),
    intents.SignInWithRedirect: (intents.SignInWithRedirect(), intents.SignInWithRedirect(provider="Google")),
    intents.AbandonRedirect: (intents.AbandonRedirect(error=error_of(ErrorCode.USER_CANCELLED_SIGN_IN)),),
    intents.FederatedSignIn: (
        intents.FederatedSignIn(federation=FEDERATION),
        intents.FederatedSignIn(federation=attrs.evolve(FEDERATION, identity_id="us-east-1:jane")),
        intents.FederatedSignIn(federation=attrs.evolve(FEDERATION, provider=_DEVELOPER)),
    ),
}
