"""SignInState: one sign-in attempt, from the first call to the stored tokens.

    idle ─SignIn▶ initiatingAuth ─▶ passwordVerifier ─▶ deviceSRPAuth ─▶ devicePasswordVerifier
         ─▶ (a challenge, any number of them) ─▶ confirmingDevice ─▶ storingTokens ─▶ signedIn

- Each challenge of Cognito has a state; its raw value is Cognito's ChallengeName, or the seed's where the seed had one.
- TOTP has a state of its own. (AWSMobileClient showed it as smsMFA.)
- A challenge nobody has met leads to `unknown`, which takes an answer like any other.
- A choice that needs more than its name (a password, an address, an authenticator app) moves to the state that asks for
  it, and is sent together with that.
- A wrong code or a refused new password leaves the challenge armed; what ends Cognito's Session ends the attempt.
- A code is sent anew by starting the attempt anew: Cognito has no other way. Where that would take a password that was
  not kept, it is refused with a sentence.
- The identifier is kept whenever an attempt ends; passwords, codes and Sessions are not.
"""

from authflow.errors import ErrorCode
from authflow.intents import (
    AbandonRedirect,
    Back,
    Cancel,
    CheckConfirmation,
    ChooseAnotherFactor,
    ConfirmForgotPassword,
    ConfirmSignIn,
    ConfirmSignUp,
    ForgotPassword,
    ResendCode,
    ResendSignUpCode,
    ShowConfirmForgotPassword,
    ShowConfirmSignUp,
    ShowForgotPassword,
    ShowSignIn,
    ShowSignUp,
    SignIn,
    SignInWithRedirect,
    SignOut,
    SignUp,
    Skip,
)
from authflow.machine import Group, Machine, Row, WhileBusy
from authflow.machines.attempt import (
    CODES_SENT,
    FIRST_FACTORS,
    answer_challenge,
    answer_mfa_setup,
    answer_with_email,
    answer_with_password,
    answer_with_password_srp,
    arm,
    associate_software_token,
    begin_redirect,
    brings_a_device,
    can_go_without_device,
    can_start_anew,
    choice_is_open,
    chose_email,
    chose_password,
    chose_password_srp,
    chose_totp,
    confirm_device,
    exchange_code,
    give_up_choice,
    go_without_device,
    hold_tokens,
    initiate_auth,
    initiate_auth_by_itself,
    keep_totp,
    keeps_password,
    let_go_of_password,
    note_factor,
    only_email_can_be_set_up,
    only_totp_can_be_set_up,
    password_is_at_hand,
    prefer_current_factor,
    prove_device,
    prove_device_secret,
    prove_password,
    renew_session,
    replace_password,
    say_abandoned,
    say_device_forgotten,
    say_expired,
    start,
    start_by_itself,
    start_redirect,
    store_tokens,
    take_password,
    take_password_srp,
    verify_software_token,
)
from authflow.machines.common import (
    FINISHING,
    WAITING,
    WALKING,
    auto_confirmed,
    awaiting_link,
    call_under_way,
    can_sign_in_by_itself,
    challenge_expired,
    chose_a_password,
    forget_attempt,
    go_on,
    is_other_identity,
    is_other_session,
    keep_error,
    keep_username,
    no_provider,
    session_is_gone,
    session_survives,
)
from authflow.outcomes import (
    CHALLENGES,
    Authenticated,
    ChallengeIssued,
    ConfirmSignUpRequired,
    DeviceConfirmed,
    DeviceForgotten,
    DeviceNotConfirmed,
    DevicePasswordVerifierIssued,
    DeviceSrpAuthIssued,
    Elapsed,
    Failure,
    HostedUiIssued,
    IdentityRestored,
    MfaSetupIssued,
    NothingStored,
    NotSent,
    OutcomeUnknown,
    PasswordResetRequired,
    PasswordVerifierIssued,
    RedirectRefused,
    RefreshRejected,
    Refused,
    SecretGone,
    SessionRestored,
    SignedUp,
    SignUpConfirmed,
    SoftwareTokenVerified,
    TokensNotStored,
    TokensStored,
    TotpSecretIssued,
    UnknownChallengeIssued,
    UserDeleted,
)
from authflow.states import SignInState

_S = SignInState
_CALLING = (*WALKING, *WAITING)
# Never shown: the flow answers them by itself.
_INTERNAL = (PasswordVerifierIssued, DeviceSrpAuthIssued, DevicePasswordVerifierIssued)
SHOWN_CHALLENGES: tuple[type[ChallengeIssued], ...] = (
    *(challenge for challenge in CHALLENGES.values() if challenge not in _INTERNAL),
    UnknownChallengeIssued,
    HostedUiIssued,
)
_ELSEWHERE = (
    SignUp,
    ConfirmSignUp,
    ResendSignUpCode,
    ForgotPassword,
    ConfirmForgotPassword,
    ShowSignIn,
    ShowSignUp,
    ShowConfirmSignUp,
    ShowForgotPassword,
    ShowConfirmForgotPassword,
    CheckConfirmation,
    Skip,
)
_STARTS = (
    # A sign-in may start anew while an earlier attempt waits for an answer.
    Row(
        trigger=SignIn,
        source=(_S.idle, *WAITING),
        dest=_S.initiatingAuth,
        before=(keep_username, start),
        after=initiate_auth,
    ),
    # In the browser.
    Row(
        trigger=SignInWithRedirect,
        source=(_S.idle, *WAITING),
        conditions=(no_provider,),
        refuse=ErrorCode.INVALID_CONFIGURATION,
        says="No hosted UI is configured; add an OAuth section to the configuration.",
    ),
    Row(
        trigger=SignInWithRedirect,
        source=(_S.idle, *WAITING),
        dest=_S.initiatingAuth,
        before=(begin_redirect,),
        after=start_redirect,
    ),
    # After a registration, if that was asked for.
    Row(
        trigger=SignedUp,
        source=_S.idle,
        dest=_S.initiatingAuth,
        conditions=(auto_confirmed, can_sign_in_by_itself),
        before=(go_on, start_by_itself),
        after=initiate_auth_by_itself,
    ),
    Row(
        trigger=SignUpConfirmed,
        source=_S.idle,
        dest=_S.initiatingAuth,
        conditions=(can_sign_in_by_itself,),
        before=(go_on, start_by_itself),
        after=initiate_auth_by_itself,
    ),
    Row(
        trigger=CheckConfirmation,
        source=_S.idle,
        dest=_S.initiatingAuth,
        conditions=(awaiting_link, can_sign_in_by_itself),
        before=(start_by_itself,),
        after=initiate_auth_by_itself,
    ),
    Row(
        trigger=ResendCode,
        source=CODES_SENT,
        conditions=(can_start_anew,),
        before=(prefer_current_factor,),
        after=initiate_auth,
    ),
    Row(
        trigger=ResendCode,
        source=CODES_SENT,
        refuse=ErrorCode.INVALID_STATE,
        says="Cognito sends this code once for every password; go back and sign in again for another.",
    ),
    Row(
        trigger=ChooseAnotherFactor,
        source=FIRST_FACTORS,
        conditions=(choice_is_open,),
        before=(give_up_choice,),
        after=initiate_auth,
    ),
)

_CHALLENGES = (
    # The client's proof of RFC 5054: Cognito's PASSWORD_VERIFIER. Internal, never shown.
    Row(
        trigger=PasswordVerifierIssued,
        source=_CALLING,
        dest=_S.passwordVerifier,
        conditions=(password_is_at_hand,),
        after=prove_password,
    ),
    # The proof that this device is remembered.
    Row(trigger=DeviceSrpAuthIssued, source=_CALLING, dest=_S.deviceSRPAuth, after=prove_device),
    Row(
        trigger=DevicePasswordVerifierIssued,
        source=_CALLING,
        dest=_S.devicePasswordVerifier,
        after=prove_device_secret,
    ),
    # Cognito does not know the device any more: the same again without it.
    Row(
        trigger=DeviceForgotten,
        source=(_S.deviceSRPAuth, _S.devicePasswordVerifier),
        dest=_S.initiatingAuth,
        conditions=(can_go_without_device,),
        before=(go_without_device,),
        after=initiate_auth,
    ),
    Row(
        trigger=DeviceForgotten,
        source=(_S.deviceSRPAuth, _S.devicePasswordVerifier),
        dest=_S.idle,
        before=(forget_attempt, say_device_forgotten),
    ),
    # A set-up with one way to go needs no choice.
    Row(
        trigger=MfaSetupIssued,
        source=_CALLING,
        dest=_S.associatingSoftwareToken,
        conditions=(only_totp_can_be_set_up,),
        before=(arm,),
        after=associate_software_token,
    ),
    Row(
        trigger=MfaSetupIssued,
        source=_CALLING,
        dest=_S.emailSetup,
        conditions=(only_email_can_be_set_up,),
        before=(arm,),
    ),
    *(Row(trigger=challenge, source=_CALLING, dest=challenge.state, before=(arm,)) for challenge in SHOWN_CHALLENGES),
    Row(
        trigger=TotpSecretIssued,
        source=_S.associatingSoftwareToken,
        dest=_S.totpSetup,
        before=(keep_totp,),
    ),
    Row(
        trigger=SoftwareTokenVerified,
        source=_S.totpSetup,
        dest=_S.answeringMfaSetup,
        before=(renew_session,),
        after=answer_mfa_setup,
    ),
)

_ANSWERS = (
    Row(trigger=ConfirmSignIn, source=_S.selectChallenge, dest=_S.password, conditions=(chose_password,)),
    Row(trigger=ConfirmSignIn, source=_S.selectChallenge, dest=_S.passwordSRP, conditions=(chose_password_srp,)),
    Row(
        trigger=ConfirmSignIn,
        source=_S.mfaSetup,
        dest=_S.associatingSoftwareToken,
        conditions=(chose_totp,),
        after=associate_software_token,
    ),
    Row(trigger=ConfirmSignIn, source=_S.mfaSetup, dest=_S.emailSetup, conditions=(chose_email,)),
    Row(trigger=ConfirmSignIn, source=_S.emailSetup, after=answer_with_email),
    Row(trigger=ConfirmSignIn, source=_S.hostedUI, after=exchange_code),
    Row(trigger=ConfirmSignIn, source=_S.totpSetup, after=verify_software_token),
    Row(trigger=ConfirmSignIn, source=_S.password, before=(take_password,), after=answer_with_password),
    Row(trigger=ConfirmSignIn, source=_S.passwordSRP, before=(take_password_srp,), after=answer_with_password_srp),
    Row(
        trigger=ConfirmSignIn,
        source=_S.newPasswordRequired,
        conditions=(keeps_password,),
        before=(replace_password,),
        after=answer_challenge,
    ),
    Row(trigger=ConfirmSignIn, source=_S.selectChallenge, before=(note_factor,), after=answer_challenge),
    Row(
        trigger=ConfirmSignIn,
        source=tuple(
            state
            for state in WAITING
            if state not in (_S.emailSetup, _S.totpSetup, _S.password, _S.passwordSRP, _S.selectChallenge, _S.hostedUI)
        ),
        after=answer_challenge,
    ),
    Row(
        trigger=ConfirmSignIn,
        source=(_S.idle, _S.signedIn),
        refuse=ErrorCode.INVALID_STATE,
        says="There is no challenge to answer; sign in first.",
    ),
)

_SUCCESS = (
    Row(
        trigger=Authenticated,
        source=_CALLING,
        dest=_S.confirmingDevice,
        conditions=(brings_a_device,),
        before=(hold_tokens,),
        after=confirm_device,
    ),
    Row(
        trigger=Authenticated,
        source=_CALLING,
        dest=_S.storingTokens,
        before=(hold_tokens,),
        after=store_tokens,
    ),
    *(
        Row(trigger=confirmed, source=_S.confirmingDevice, dest=_S.storingTokens, after=store_tokens)
        for confirmed in (DeviceConfirmed, DeviceNotConfirmed)
    ),
    Row(trigger=TokensStored, source=_S.storingTokens, dest=_S.signedIn),
    Row(trigger=TokensNotStored, source=_S.storingTokens, dest=_S.signedIn),
)

_FAILURES = (
    # Steps, not errors: the regions that they lead to have rows for them.
    *(
        Row(trigger=step, source=_CALLING, dest=_S.idle, before=(forget_attempt,))
        for step in (ConfirmSignUpRequired, PasswordResetRequired)
    ),
    # No secret was made for the authenticator app, and the choice is still good.
    Row(
        trigger=Refused,
        source=_S.associatingSoftwareToken,
        dest=_S.mfaSetup,
        conditions=(session_survives,),
        before=(keep_error,),
    ),
    Row(trigger=NotSent, source=_S.associatingSoftwareToken, dest=_S.mfaSetup, before=(keep_error,)),
    # Failures of a call that the flow made by itself: back to the start.
    *(
        Row(trigger=failure, source=WALKING, dest=_S.idle, before=(forget_attempt, keep_error))
        for failure in (Refused, OutcomeUnknown, SecretGone)
    ),
    Row(
        trigger=NotSent,
        source=tuple(state for state in WALKING if state is not _S.associatingSoftwareToken),
        dest=_S.idle,
        before=(forget_attempt, keep_error),
    ),
    # The code that the browser brought is spent, or was never good.
    *(
        Row(trigger=failure, source=_S.hostedUI, dest=_S.idle, before=(forget_attempt, keep_error))
        for failure in (RedirectRefused, OutcomeUnknown)
    ),
    # Failures of an answer: the challenge stays, unless its Session is gone.
    Row(trigger=Refused, source=WAITING, conditions=(session_survives,), before=(keep_error,)),
    Row(trigger=Refused, source=WAITING, dest=_S.idle, before=(forget_attempt, keep_error)),
    Row(trigger=NotSent, source=WAITING, before=(keep_error,)),
    Row(
        trigger=OutcomeUnknown,
        source=tuple(state for state in WAITING if state is not _S.hostedUI),
        before=(keep_error,),
    ),
    Row(trigger=SecretGone, source=WAITING, dest=_S.idle, before=(forget_attempt, keep_error)),
    Row(
        trigger=Elapsed,
        source=WAITING,
        dest=_S.idle,
        conditions=(challenge_expired,),
        unless=(call_under_way,),
        before=(forget_attempt, say_expired),
    ),
)

_ENDS = (
    # Ends of the user's own choosing.
    Row(
        trigger=Back,
        source=(_S.password, _S.passwordSRP),
        dest=_S.selectChallenge,
        conditions=(chose_a_password,),
        before=(let_go_of_password,),
    ),
    Row(trigger=Back, source=WAITING, dest=_S.idle, before=(forget_attempt,)),
    Row(trigger=AbandonRedirect, source=_S.hostedUI, dest=_S.idle, before=(forget_attempt, say_abandoned)),
    Row(
        trigger=Cancel,
        source=_CALLING,
        dest=_S.idle,
        before=(forget_attempt,),
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(
        trigger=Cancel,
        source=FINISHING,
        refuse=ErrorCode.INVALID_STATE,
        says="The sign-in has succeeded already; sign out instead.",
    ),
    Row(
        trigger=SignOut,
        source=(*_CALLING, *FINISHING, _S.signedIn),
        dest=_S.idle,
        before=(forget_attempt,),
        while_busy=WhileBusy.PREEMPT,
    ),
    # The session ended otherwise, or somebody else has signed in or out with the same store.
    *(Row(trigger=ended, source=_S.signedIn, dest=_S.idle) for ended in (RefreshRejected, UserDeleted)),
    *(
        Row(trigger=read, source=_S.signedIn, dest=_S.idle, conditions=(other,))
        for read, other in (
            (SessionRestored, is_other_session),
            (IdentityRestored, is_other_identity),
            (NothingStored, session_is_gone),
        )
    ),
    # A challenge that waits is answered or given up before anything else is begun.
    *(
        Row(
            trigger=intent,
            source=WAITING,
            refuse=ErrorCode.INVALID_STATE,
            says="A sign-in is waiting for an answer; answer it or go back first.",
        )
        for intent in _ELSEWHERE
    ),
)

SIGN_IN = Machine(
    name="sign_in",
    states=tuple(_S),
    initial=_S.idle,
    rows=(*_STARTS, *_CHALLENGES, *_ANSWERS, *_SUCCESS, *_FAILURES, *_ENDS),
    groups=(
        Group("walking", WALKING),
        Group("challenges", WAITING),
        Group("finishing", FINISHING),
    ),
    ends=(
        ChallengeIssued,
        Authenticated,
        ConfirmSignUpRequired,
        PasswordResetRequired,
        DeviceForgotten,
        TotpSecretIssued,
        SoftwareTokenVerified,
        TokensStored,
        TokensNotStored,
        Failure,
    ),
)
