"""The states, in AWSMobileClient's words and raw values, extended where Cognito has learned since.

Member names are the seed's own, spelling and case included, because they are what its users search for.
A state that the seed did not have carries Cognito's challenge name as its raw value, or a name of our own
for the walk between two answers.
"""

from enum import StrEnum
from typing import Final


class UserState(StrEnum):
    """Who the user is to this flow. Never extended by transient states."""

    signedIn = "signedIn"
    signedOut = "signedOut"
    signedOutFederatedTokensInvalid = "signedOutFederatedTokensInvalid"
    signedOutUserPoolsTokenInvalid = "signedOutUserPoolsTokenInvalid"
    guest = "guest"
    unknown = "unknown"


# The session of a known user has ended, and nobody has signed in again.
SESSION_OVER: Final = (UserState.signedOutUserPoolsTokenInvalid, UserState.signedOutFederatedTokensInvalid)


class SignInState(StrEnum):
    """Where a sign-in attempt is."""

    idle = "IDLE"
    # The seed's nine. `unknown` is the challenge that nobody has met yet.
    unknown = "UNKNOWN"
    smsMFA = "CONFIRMATION_CODE"
    passwordVerifier = "PASSWORD_VERIFIER"
    customChallenge = "CUSTOM_CHALLENGE"
    deviceSRPAuth = "DEVICE_SRP_AUTH"
    devicePasswordVerifier = "DEVICE_PASSWORD_VERIFIER"
    adminNoSRPAuth = "ADMIN_NO_SRP_AUTH"
    newPasswordRequired = "NEW_PASSWORD_REQUIRED"
    signedIn = "SIGN_IN_COMPLETE"
    # Challenges that Cognito has learned since; the raw value is Cognito's name.
    softwareTokenMFA = "SOFTWARE_TOKEN_MFA"
    emailOTP = "EMAIL_OTP"
    smsOTP = "SMS_OTP"
    selectMFAType = "SELECT_MFA_TYPE"
    mfaSetup = "MFA_SETUP"
    selectChallenge = "SELECT_CHALLENGE"
    password = "PASSWORD"  # noqa: S105 - a challenge
    passwordSRP = "PASSWORD_SRP"
    webAuthn = "WEB_AUTHN"
    # Our own: steps of MFA_SETUP that ask for something of their own.
    totpSetup = "TOTP_SETUP"
    emailSetup = "EMAIL_SETUP"
    # Our own: the browser is at the hosted UI, and its way back is waited for.
    hostedUI = "HOSTED_UI"
    # Our own: the walk between two answers.
    initiatingAuth = "INITIATING_AUTH"
    associatingSoftwareToken = "ASSOCIATING_SOFTWARE_TOKEN"
    answeringMfaSetup = "ANSWERING_MFA_SETUP"
    confirmingDevice = "CONFIRMING_DEVICE"
    storingTokens = "STORING_TOKENS"


class SignUpConfirmationState(StrEnum):
    """Where a registration is."""

    unknown = "unknown"
    unconfirmed = "unconfirmed"
    confirmed = "confirmed"


class ForgotPasswordState(StrEnum):
    """Where a password reset is."""

    notStarted = "notStarted"
    confirmationCodeSent = "confirmationCodeSent"
    done = "done"


class ScreenState(StrEnum):
    """Where the user is: what a frontend shows."""

    starting = "starting"
    signIn = "signIn"
    confirmSignIn = "confirmSignIn"
    signUp = "signUp"
    confirmSignUp = "confirmSignUp"
    forgotPassword = "forgotPassword"
    confirmForgotPassword = "confirmForgotPassword"
    awaitingLink = "awaitingLink"
    # Signed in, with something still to be asked or done.
    finishing = "finishing"
    passkeyPrompt = "passkeyPrompt"
    registerPasskey = "registerPasskey"
    verifyContact = "verifyContact"
    confirmContact = "confirmContact"
    setUpTotp = "setUpTotp"
    signedIn = "signedIn"


class SessionState(StrEnum):
    """What is known of the tokens, and which call about them is under way."""

    unknown = "unknown"
    restoring = "restoring"
    none = "none"
    active = "active"
    refreshing = "refreshing"
    storingRefreshed = "storingRefreshed"
    expired = "expired"
    # Looking whether somebody else has signed in or out with the same store.
    rereading = "rereading"
    signingOutGlobally = "signingOutGlobally"
    revokingToken = "revokingToken"
    clearingTokens = "clearingTokens"


# The walk of a sign-out.
SIGNING_OUT: Final = (SessionState.signingOutGlobally, SessionState.revokingToken, SessionState.clearingTokens)


class AccountState(StrEnum):
    """What is being done about the account of the user who is signed in."""

    idle = "idle"
    checkingPasskeys = "checkingPasskeys"
    passkeyOffered = "passkeyOffered"
    registeringPasskey = "registeringPasskey"
    readingUser = "readingUser"
    contactUnverified = "contactUnverified"
    contactCodeSent = "contactCodeSent"
    totpSecretIssued = "totpSecretIssued"


class IdentityState(StrEnum):
    """What is known of the identity pool's identity, and which call about it is under way."""

    none = "none"
    findingIdentity = "findingIdentity"
    identified = "identified"
    # On the way to AWS credentials.
    findingForCredentials = "findingForCredentials"
    gettingCredentials = "gettingCredentials"
    storingGuest = "storingGuest"
    # On the way in with somebody else's token.
    federatingIdentity = "federatingIdentity"
    federatingCredentials = "federatingCredentials"
    storingFederation = "storingFederation"
    held = "held"


# The walk to the identity and its credentials, for whoever the user is.
ASKING: Final = (IdentityState.findingIdentity, IdentityState.findingForCredentials, IdentityState.gettingCredentials)
# The walk of a sign-in with another provider's token.
FEDERATING: Final = (
    IdentityState.federatingIdentity,
    IdentityState.federatingCredentials,
    IdentityState.storingFederation,
)


class FlowStatus(StrEnum):
    """What a flow is doing, whatever its states; only `closed` is final."""

    starting = "starting"
    interactive = "interactive"
    working = "working"
    waiting_external = "waiting_external"
    done = "done"
    unknown_outcome = "unknown_outcome"
    closed = "closed"


class DeliveryMedium(StrEnum):
    """How a code was sent (AWSMobileClient's `UserCodeDeliveryMedium`)."""

    sms = "sms"
    email = "email"
    unknown = "unknown"


class AuthFlowType(StrEnum):
    """How a sign-in starts; Cognito's names, as Amplify's configuration extends them."""

    USER_SRP_AUTH = "USER_SRP_AUTH"
    USER_PASSWORD_AUTH = "USER_PASSWORD_AUTH"  # noqa: S105 - a flow
    CUSTOM_AUTH = "CUSTOM_AUTH"
    CUSTOM_AUTH_WITH_SRP = "CUSTOM_AUTH_WITH_SRP"
    CUSTOM_AUTH_WITHOUT_SRP = "CUSTOM_AUTH_WITHOUT_SRP"
    USER_AUTH = "USER_AUTH"
    # With AWS credentials, from a server.
    ADMIN_USER_PASSWORD_AUTH = "ADMIN_USER_PASSWORD_AUTH"  # noqa: S105 - a flow
    ADMIN_USER_SRP_AUTH = "ADMIN_USER_SRP_AUTH"
    ADMIN_CUSTOM_AUTH = "ADMIN_CUSTOM_AUTH"


# Those that cannot start without a password.
WITH_PASSWORD: Final = frozenset(
    {
        AuthFlowType.USER_SRP_AUTH,
        AuthFlowType.USER_PASSWORD_AUTH,
        AuthFlowType.CUSTOM_AUTH_WITH_SRP,
        AuthFlowType.ADMIN_USER_PASSWORD_AUTH,
        AuthFlowType.ADMIN_USER_SRP_AUTH,
    }
)


class FirstFactor(StrEnum):
    """A first factor that USER_AUTH can ask for; Cognito's names (PREFERRED_CHALLENGE, AvailableChallenges)."""

    PASSWORD = "PASSWORD"  # noqa: S105 - a challenge
    PASSWORD_SRP = "PASSWORD_SRP"  # noqa: S105 - a challenge
    EMAIL_OTP = "EMAIL_OTP"
    SMS_OTP = "SMS_OTP"
    WEB_AUTHN = "WEB_AUTHN"


PASSWORD_FACTORS: Final = (FirstFactor.PASSWORD, FirstFactor.PASSWORD_SRP)


class MfaUse(StrEnum):
    """What becomes of one second factor (Amplify's words; Cognito's Enabled and PreferredMfa)."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"
    PREFERRED = "PREFERRED"
    NOT_PREFERRED = "NOT_PREFERRED"


class Slot(StrEnum):
    """The three places where a call may be under way."""

    interactive = "interactive"
    session = "session"
    identity = "identity"
