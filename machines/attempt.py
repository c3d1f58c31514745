"""What the rows of `sign_in` ask, change and send: the conditions, updates and effects of one attempt."""

from collections.abc import Mapping
from typing import Final

import attrs

from authflow import effects
from authflow.errors import ErrorCode, ErrorInfo, Recovery
from authflow.flow import Context, Flow
from authflow.intents import AbandonRedirect, CheckConfirmation, ConfirmSignIn, ResendCode, SignIn, SignInWithRedirect
from authflow.machine import of_message
from authflow.outcomes import (
    Authenticated,
    ChallengeIssued,
    DeviceForgotten,
    DevicePasswordVerifierIssued,
    DeviceSrpAuthIssued,
    Elapsed,
    MfaSetupIssued,
    PasswordVerifierIssued,
    SignedUp,
    SignUpConfirmed,
    SoftwareTokenVerified,
    TotpSecretIssued,
)
from authflow.secrets import Handle
from authflow.states import PASSWORD_FACTORS, AuthFlowType, FirstFactor, SignInState
from authflow.values import NOTHING, Start

TOTP: Final = "SOFTWARE_TOKEN_MFA"
EMAIL: Final = "EMAIL_OTP"
# The challenges that Cognito sent a code for, and those of them, with passkeys, that can be first factors.
CODES_SENT: Final = (SignInState.smsMFA, SignInState.emailOTP, SignInState.smsOTP)
FIRST_FACTORS: Final = (SignInState.emailOTP, SignInState.smsOTP, SignInState.webAuthn)
# A pool's trigger may ask for the proof of the password at any point of these.
_CUSTOM: Final = frozenset(
    {
        AuthFlowType.CUSTOM_AUTH,
        AuthFlowType.CUSTOM_AUTH_WITH_SRP,
        AuthFlowType.CUSTOM_AUTH_WITHOUT_SRP,
        AuthFlowType.ADMIN_CUSTOM_AUTH,
    }
)


# Conditions


@of_message
def chose_password(_: Flow, intent: ConfirmSignIn) -> bool:
    """The password was chosen, and is still to be typed."""
    return intent.choice == FirstFactor.PASSWORD and intent.answer is None


@of_message
def chose_password_srp(_: Flow, intent: ConfirmSignIn) -> bool:
    """The password was chosen, to be proved by SRP, and is still to be typed."""
    return intent.choice == FirstFactor.PASSWORD_SRP and intent.answer is None


@of_message
def chose_totp(_: Flow, intent: ConfirmSignIn) -> bool:
    """An authenticator app is to be set up."""
    return intent.choice == TOTP


@of_message
def chose_email(_: Flow, intent: ConfirmSignIn) -> bool:
    """Codes by e-mail are to be set up, and the address is still to be typed."""
    return intent.choice == EMAIL and intent.answer is None


@of_message
def only_totp_can_be_set_up(_: Flow, issued: MfaSetupIssued) -> bool:
    """An authenticator app is the only second factor that can be set up."""
    return issued.challenge.options == (TOTP,)


@of_message
def only_email_can_be_set_up(_: Flow, issued: MfaSetupIssued) -> bool:
    """Codes by e-mail are the only second factor that can be set up."""
    return issued.challenge.options == (EMAIL,)


def can_start_anew(flow: Flow, _: object) -> bool:
    """The flow still has what the attempt was started with."""
    start = flow.context.start
    return start is not None and (flow.context.password is not None or not start.with_password)


def can_go_without_device(flow: Flow, _: object) -> bool:
    """The attempt can be started anew without the device; once, for a second time leads nowhere."""
    start = flow.context.start
    return can_start_anew(flow, _) and start is not None and not start.without_device


def keeps_password(flow: Flow, _: object) -> bool:
    """The password is kept until the attempt ends."""
    return flow.context.password is not None


def choice_is_open(flow: Flow, _: object) -> bool:
    """The attempt began with a choice of first factors, and none of them is proved yet."""
    start = flow.context.start
    return start is not None and start.auth_flow is AuthFlowType.USER_AUTH and not start.with_password


def code_was_sent(flow: Flow, _: object) -> bool:
    """The challenge came with a code."""
    return flow.sign_in in CODES_SENT


def first_factor_is_asked(flow: Flow, _: object) -> bool:
    """The challenge may be a first factor."""
    return flow.sign_in in FIRST_FACTORS


def password_is_at_hand(flow: Flow, _: object) -> bool:
    """The proof can be made; a pool's own flow may ask for it where there is no password (AWSMobileClient's dummy)."""
    start = flow.context.start
    return flow.context.password is not None or (start is not None and start.auth_flow in _CUSTOM)


# Updates


def start(context: Context, intent: SignIn, now: float) -> Context:
    """Begins an attempt with what was given."""
    # Cognito is asked for a factor that is no password: it will not be given one.
    password = intent.password if intent.preferred in (None, *PASSWORD_FACTORS) else None
    start = Start(
        auth_flow=intent.auth_flow,
        preferred=intent.preferred,
        with_password=password is not None,
        retain_password=intent.retain_password,
        # validationData wins over clientMetadata where both name a key (AWSMobileClient).
        metadata={**intent.client_metadata, **intent.validation_data}
        if intent.validation_data
        else intent.client_metadata,
    )
    return context.replace(username=intent.username, challenge=None, password=password, start=start, auto_sign_in=None)


def start_by_itself(context: Context, done: SignedUp | SignUpConfirmed | CheckConfirmation, now: float) -> Context:
    """Begins an attempt with what the registration left."""
    auto = context.auto_sign_in
    assert auto is not None  # noqa: S101 - `can_sign_in_by_itself` says so
    by_password = auto.auth_flow is AuthFlowType.USER_AUTH and _session_of(auto.auth_flow, done) is None
    start = Start(
        auth_flow=auto.auth_flow,
        preferred=FirstFactor.PASSWORD_SRP if by_password else None,
        with_password=auto.password is not None,
        metadata=auto.metadata,
    )
    # Who waits for a link may have to ask again.
    kept = auto if isinstance(done, CheckConfirmation) else None
    return context.replace(
        username=auto.username, challenge=None, password=auto.password, start=start, auto_sign_in=kept
    )


def begin_redirect(context: Context, intent: SignInWithRedirect, now: float) -> Context:
    """Begins an attempt that goes on in the browser."""
    return context.replace(challenge=None, password=None, start=None, auto_sign_in=None)


def say_abandoned(context: Context, intent: AbandonRedirect, now: float) -> Context:
    """Says why the browser is waited for no longer."""
    return context.replace(error=intent.error)


def _session_of(auth_flow: AuthFlowType | None, done: SignedUp | SignUpConfirmed | CheckConfirmation) -> Handle | None:
    """Returns the Session that the registration left, where the way of signing in takes one for the password."""
    if auth_flow is not AuthFlowType.USER_AUTH or isinstance(done, CheckConfirmation):
        return None
    return done.session


def _keeps_password(context: Context) -> bool:
    start = context.start
    return start is not None and (start.retain_password or start.auth_flow in _CUSTOM)


def arm(context: Context, issued: ChallengeIssued, now: float) -> Context:
    """The challenge waits for its answer; the password goes, unless it may be asked for again."""
    password = context.password if _keeps_password(context) else None
    return context.replace(challenge=issued.challenge.armed(now), password=password)


def take_password(context: Context, intent: ConfirmSignIn, now: float) -> Context:
    """Keeps the password for starting anew; it was the first factor."""
    return _take(context, intent, FirstFactor.PASSWORD)


def take_password_srp(context: Context, intent: ConfirmSignIn, now: float) -> Context:
    """Keeps the password for the proof that Cognito will ask for; it was the first factor."""
    return _take(context, intent, FirstFactor.PASSWORD_SRP)


def _take(context: Context, intent: ConfirmSignIn, factor: FirstFactor) -> Context:
    start = attrs.evolve(context.start or Start(), preferred=factor, with_password=True)
    return context.replace(password=intent.answer, start=start)


def let_go_of_password(context: Context, message: object, now: float) -> Context:
    """The password was not the first factor after all."""
    start = attrs.evolve(context.start or Start(), preferred=None, with_password=False)
    return context.replace(password=None, start=start)


def replace_password(context: Context, intent: ConfirmSignIn, now: float) -> Context:
    """From here on the new password is the one to start anew with."""
    return context.replace(password=intent.answer)


def go_without_device(context: Context, message: object, now: float) -> Context:
    """The attempt goes on without the device."""
    return context.replace(start=attrs.evolve(context.start or Start(), without_device=True))


def give_up_choice(context: Context, message: object, now: float) -> Context:
    """The first factor that was asked for is no longer preferred."""
    start = attrs.evolve(context.start or Start(), preferred=None)
    return context.replace(start=start)


def note_factor(context: Context, intent: ConfirmSignIn, now: float) -> Context:
    """Remembers the first factor that was chosen."""
    if intent.choice not in set(FirstFactor):
        return context
    factor = FirstFactor(intent.choice)
    if intent.answer is not None:
        return _take(context, intent, factor)
    return context.replace(start=attrs.evolve(context.start or Start(), preferred=factor))


def prefer_current_factor(context: Context, intent: ResendCode, now: float) -> Context:
    """Asks for the same first factor again."""
    start, challenge = context.start, context.challenge
    assert start is not None and challenge is not None  # noqa: S101, PT018 - `can_start_anew`; a code was sent
    # After a password it was the second factor, and the password is the first one again.
    if start.auth_flow is AuthFlowType.USER_AUTH and not start.with_password and challenge.name in set(FirstFactor):
        start = attrs.evolve(start, preferred=FirstFactor(challenge.name))
    return context.replace(start=attrs.evolve(start, metadata=intent.client_metadata or start.metadata))


def keep_totp(context: Context, issued: TotpSecretIssued, now: float) -> Context:
    """The secret waits for a code of the app that took it."""
    assert context.challenge is not None  # noqa: S101 - the secret was asked for with its Session
    challenge = attrs.evolve(context.challenge, session=issued.session, totp=issued.secret)
    return context.replace(challenge=challenge.armed(now))


def renew_session(context: Context, verified: SoftwareTokenVerified, now: float) -> Context:
    """The next call takes the new Session."""
    assert context.challenge is not None  # noqa: S101 - the code was sent with its Session
    return context.replace(challenge=attrs.evolve(context.challenge, session=verified.session, totp=None))


def hold_tokens(context: Context, authenticated: Authenticated, now: float) -> Context:
    """Tokens are held; the attempt is over, and what it needed goes."""
    account = authenticated.account
    if not account.hosted:  # what was typed in the browser nobody here has seen
        account = attrs.evolve(account, identifier=context.username)
    return context.replace(account=account, challenge=None, password=None, start=None, auto_sign_in=None)


def say_expired(context: Context, elapsed: Elapsed, now: float) -> Context:
    """Says that the challenge waited too long."""
    error = ErrorInfo(
        code=ErrorCode.SESSION_EXPIRED,
        message="The sign-in took too long and has expired; sign in again.",
        recovery=Recovery.SIGN_IN,
    )
    return context.replace(error=error)


def say_device_forgotten(context: Context, forgotten: DeviceForgotten, now: float) -> Context:
    """Says that the device is no longer known."""
    error = ErrorInfo(
        code=ErrorCode.DEVICE_NOT_REMEMBERED,
        message="This device is no longer remembered; sign in again.",
        name=forgotten.error.name,
        recovery=Recovery.SIGN_IN,
    )
    return context.replace(error=error)


# Effects


def initiate_auth(context: Context, message: object, effect_id: int) -> effects.InitiateAuth:
    """Asks Cognito to start, or to start anew."""
    start = context.start or Start()
    return effects.InitiateAuth(
        id=effect_id,
        username=context.username or "",
        password=context.password,
        auth_flow=start.auth_flow,
        preferred=start.preferred,
        client_metadata=start.metadata,
    )


def initiate_auth_by_itself(
    context: Context, done: SignedUp | SignUpConfirmed | CheckConfirmation, effect_id: int
) -> effects.InitiateAuth:
    """Asks Cognito to start, with what the registration left."""
    begun = initiate_auth(context, done, effect_id)
    return attrs.evolve(begun, session=_session_of(begun.auth_flow, done))


def prove_password(
    context: Context, issued: PasswordVerifierIssued, effect_id: int
) -> effects.RespondToPasswordVerifier:
    """Answers PASSWORD_VERIFIER."""
    return effects.RespondToPasswordVerifier(
        id=effect_id,
        challenge=issued.challenge,
        srp=issued.srp,
        password=context.password,
        client_metadata=_metadata(context),
    )


def prove_device(context: Context, issued: DeviceSrpAuthIssued, effect_id: int) -> effects.RespondToDeviceSrpAuth:
    """Answers DEVICE_SRP_AUTH."""
    return effects.RespondToDeviceSrpAuth(
        id=effect_id,
        username=context.username or "",
        challenge=issued.challenge,
        client_metadata=_metadata(context),
    )


def prove_device_secret(
    context: Context, issued: DevicePasswordVerifierIssued, effect_id: int
) -> effects.RespondToDevicePasswordVerifier:
    """Answers DEVICE_PASSWORD_VERIFIER."""
    return effects.RespondToDevicePasswordVerifier(
        id=effect_id, challenge=issued.challenge, srp=issued.srp, client_metadata=_metadata(context)
    )


def _metadata(context: Context) -> Mapping[str, str]:
    return context.start.metadata if context.start is not None else NOTHING


def answer_challenge(context: Context, intent: ConfirmSignIn, effect_id: int) -> effects.RespondToAuthChallenge:
    """Sends the user's answer."""
    assert context.challenge is not None  # noqa: S101 - every waiting state was entered with one
    return effects.RespondToAuthChallenge(
        id=effect_id,
        username=context.username or "",
        challenge=context.challenge,
        answer=intent.answer,
        choice=intent.choice,
        attributes=intent.attributes,
        client_metadata=intent.client_metadata,
    )


def start_redirect(context: Context, intent: SignInWithRedirect, effect_id: int) -> effects.StartRedirect:
    """Makes the URL to send the browser to."""
    return effects.StartRedirect(
        id=effect_id,
        provider=intent.provider,
        idp_identifier=intent.idp_identifier,
        login_hint=intent.login_hint,
        lang=intent.lang,
        prompt=intent.prompt,
        loopback=intent.loopback,
    )


def exchange_code(context: Context, intent: ConfirmSignIn, effect_id: int) -> effects.ExchangeCode:
    """Exchanges what the browser brought back."""
    assert context.challenge is not None  # noqa: S101 - the state was entered with one
    return effects.ExchangeCode(id=effect_id, challenge=context.challenge, answer=intent.answer)


def answer_with_password(context: Context, intent: ConfirmSignIn, effect_id: int) -> effects.RespondToAuthChallenge:
    """Sends the password, with the choice of it where that was the question."""
    answer = answer_challenge(context, intent, effect_id)
    return attrs.evolve(answer, choice=None if answer.challenge.name == FirstFactor.PASSWORD else FirstFactor.PASSWORD)


def answer_with_password_srp(context: Context, intent: ConfirmSignIn, effect_id: int) -> effects.RespondToAuthChallenge:
    """Begins the proof of the password, with the choice of it where that was the question."""
    return attrs.evolve(answer_challenge(context, intent, effect_id), choice=FirstFactor.PASSWORD_SRP)


def answer_with_email(context: Context, intent: ConfirmSignIn, effect_id: int) -> effects.RespondToAuthChallenge:
    """Sends the address that codes are to go to."""
    return attrs.evolve(answer_challenge(context, intent, effect_id), choice=EMAIL)


def associate_software_token(context: Context, message: object, effect_id: int) -> effects.AssociateSoftwareToken:
    """Has a TOTP secret made."""
    return effects.AssociateSoftwareToken(id=effect_id, challenge=context.challenge)


def verify_software_token(context: Context, intent: ConfirmSignIn, effect_id: int) -> effects.VerifySoftwareToken:
    """Shows that the authenticator app has the secret."""
    assert intent.answer is not None  # noqa: S101 - the door demands it
    return effects.VerifySoftwareToken(
        id=effect_id, challenge=context.challenge, code=intent.answer, device_name=intent.device_name
    )


def answer_mfa_setup(
    context: Context, verified: SoftwareTokenVerified, effect_id: int
) -> effects.RespondToAuthChallenge:
    """Answers MFA_SETUP, whose Session says that the app was set up."""
    assert context.challenge is not None  # noqa: S101 - it was kept for this
    return effects.RespondToAuthChallenge(
        id=effect_id,
        username=context.username or "",
        challenge=context.challenge,
        client_metadata=_metadata(context),
    )


def confirm_device(context: Context, authenticated: Authenticated, effect_id: int) -> effects.ConfirmDevice:
    """Has Cognito track this device."""
    assert authenticated.device is not None  # noqa: S101 - `brings_a_device` says so
    return effects.ConfirmDevice(
        id=effect_id,
        account=authenticated.account,
        username=context.username or "",
        device=authenticated.device,
    )


@of_message
def brings_a_device(_: Flow, authenticated: Authenticated) -> bool:
    """Cognito wants this device confirmed."""
    return authenticated.device is not None


def store_tokens(context: Context, message: object, effect_id: int) -> effects.StoreTokens:
    """Keeps the tokens."""
    assert context.account is not None  # noqa: S101 - the tokens were held on the way here
    return effects.StoreTokens(id=effect_id, account=context.account)
