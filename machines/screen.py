"""ScreenState: where the user is. Navigation, back and skip.

A screen offers the intents of its rows, but for the rows that are not `shown`: those move the screen along when a
program calls a named method from somewhere else. The signed-in screen does not move for a sign-up or a reset.
"""

from authflow.flow import Flow
from authflow.intents import (
    AbandonRedirect,
    Back,
    Cancel,
    CheckConfirmation,
    CheckContacts,
    ChooseAnotherFactor,
    CompletePasskey,
    ConfirmForgotPassword,
    ConfirmSignIn,
    ConfirmSignUp,
    ConfirmVerifyUserAttribute,
    ForgotPassword,
    GetAwsCredentials,
    GetTokens,
    Initialize,
    RegisterPasskey,
    ResendCode,
    ResendSignUpCode,
    SetUpTotp,
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
    UpdateMfaPreference,
    VerifyTotpSetup,
    VerifyUserAttribute,
)
from authflow.machine import Group, Machine, Row, WhileBusy
from authflow.machines.attempt import can_go_without_device, choice_is_open, code_was_sent, first_factor_is_asked
from authflow.machines.common import (
    answer_was_sent,
    asking_as_user,
    auto_confirmed,
    call_under_way,
    can_sign_in_by_itself,
    challenge_expired,
    checking_passkeys,
    chose_a_password,
    completing_passkey,
    confirms_by_link,
    contacts_are_asked,
    drop_auto_sign_in,
    federated,
    federating,
    following_up,
    has_a_passkey,
    is_other_identity,
    is_other_session,
    more_follows,
    no_contact_is_verified,
    no_provider,
    session_is_gone,
    session_survives,
    sign_up_is_closed,
    signed_in,
    somebody_else_came,
    walking,
)
from authflow.machines.sign_in import SHOWN_CHALLENGES
from authflow.machines.user import is_vouched_for
from authflow.outcomes import (
    ConfigurationChanged,
    ConfirmSignUpRequired,
    ContactCodeSent,
    ContactVerified,
    DeviceForgotten,
    Elapsed,
    IdentityNotStored,
    IdentityRestored,
    IdentityStored,
    LoginRejected,
    NothingStored,
    NotSent,
    OutcomeUnknown,
    PasskeyOptionsIssued,
    PasskeyRegistered,
    PasskeysChecked,
    PasswordReset,
    PasswordResetRequired,
    RedirectRefused,
    RefreshRejected,
    Refused,
    ResetCodeSent,
    SecretGone,
    SessionRestored,
    SignedUp,
    SignUpCodeSent,
    SignUpConfirmed,
    SoftwareTokenVerified,
    TokensCleared,
    TokensNotCleared,
    TokensNotStored,
    TokensStored,
    TotpSecretIssued,
    UserDeleted,
    UserRead,
)
from authflow.states import ScreenState, SignInState

_S = ScreenState
_ANY = tuple(_S)
_SIGNED_IN = (
    _S.finishing,
    _S.passkeyPrompt,
    _S.registerPasskey,
    _S.verifyContact,
    _S.confirmContact,
    _S.setUpTotp,
    _S.signedIn,
)
_SIGNED_OUT = tuple(screen for screen in _S if screen is not _S.confirmSignIn and screen not in _SIGNED_IN)


def _but(*screens: ScreenState) -> tuple[ScreenState, ...]:
    return tuple(screen for screen in _SIGNED_OUT if screen not in screens)


def store_was_unreadable(flow: Flow, _: object) -> bool:
    """Start-up failed and said why."""
    return flow.context.error is not None


def begins_with_sign_up(flow: Flow, _: object) -> bool:
    """The host application begins with the registration."""
    return flow.settings.initial_screen is _S.signUp and flow.settings.self_sign_up


def begins_with_reset(flow: Flow, _: object) -> bool:
    """The host application begins with the password reset."""
    return flow.settings.initial_screen is _S.forgotPassword


def passkeys_are_off(flow: Flow, _: object) -> bool:
    """The pool takes no passkeys, or the host application does not want them offered."""
    return flow.settings.passkeys is False


def second_factors_are_off(flow: Flow, _: object) -> bool:
    """The pool takes no second factors, or the host application does not want them offered."""
    return flow.settings.second_factors is False


def associating(flow: Flow, _: object) -> bool:
    """A secret is being made for an authenticator app, on the way in."""
    return flow.sign_in is SignInState.associatingSoftwareToken


def at_hosted_ui(flow: Flow, _: object) -> bool:
    """The browser is at the hosted UI."""
    return flow.sign_in is SignInState.hostedUI


def something_follows(flow: Flow, _: object) -> bool:
    """The host application wants something asked after a sign-in."""
    return flow.settings.offer_passkey or flow.settings.verify_contacts


_START_UP = (
    Row(trigger=Initialize, source=_S.starting),
    # A store that cannot be read keeps nobody from signing in; it is only not known who was.
    Row(
        trigger=ShowSignIn,
        source=_S.starting,
        dest=_S.signIn,
        conditions=(store_was_unreadable,),
    ),
    Row(trigger=SessionRestored, source=_ANY, dest=_S.signedIn, conditions=(is_other_session,)),
    Row(trigger=IdentityRestored, source=_ANY, dest=_S.signedIn, conditions=(is_other_identity, is_vouched_for)),
    # A guest is asked to sign in as anybody else.
    *(
        row
        for read in (NothingStored, ConfigurationChanged, IdentityRestored)
        for row in (
            Row(trigger=read, source=_S.starting, dest=_S.signUp, conditions=(begins_with_sign_up,)),
            Row(trigger=read, source=_S.starting, dest=_S.forgotPassword, conditions=(begins_with_reset,)),
            Row(trigger=read, source=_S.starting, dest=_S.signIn),
        )
    ),
    # Somebody else has signed out with the same store.
    Row(trigger=NothingStored, source=_SIGNED_IN, dest=_S.signIn, conditions=(session_is_gone,)),
    Row(trigger=IdentityRestored, source=_SIGNED_IN, dest=_S.signIn, conditions=(is_other_identity,)),
)

_SIGN_IN = (
    Row(trigger=SignIn, source=_S.signIn),
    Row(trigger=SignIn, source=(*_but(_S.signIn), _S.confirmSignIn), dest=_S.signIn, shown=False),
    Row(trigger=SignInWithRedirect, source=(_S.signIn, _S.signUp), unless=(no_provider,)),
    Row(
        trigger=SignInWithRedirect,
        source=(*_but(_S.signIn, _S.signUp), _S.confirmSignIn),
        dest=_S.signIn,
        shown=False,
    ),
    Row(trigger=AbandonRedirect, source=_S.confirmSignIn, dest=_S.signIn, conditions=(at_hosted_ui,), shown=False),
    Row(trigger=RedirectRefused, source=_S.confirmSignIn, dest=_S.signIn),
    Row(trigger=OutcomeUnknown, source=_S.confirmSignIn, dest=_S.signIn, conditions=(at_hosted_ui,)),
    *(
        Row(trigger=challenge, source=(*_SIGNED_OUT, _S.confirmSignIn), dest=_S.confirmSignIn)
        for challenge in SHOWN_CHALLENGES
    ),
    Row(trigger=ConfirmSignIn, source=_S.confirmSignIn),
    # Said where a code was sent, or where it would have been.
    Row(trigger=ResendCode, source=_S.confirmSignIn, conditions=(code_was_sent,)),
    Row(trigger=ChooseAnotherFactor, source=_S.confirmSignIn, conditions=(choice_is_open, first_factor_is_asked)),
    # A refusal that names the way on leads there.
    Row(
        trigger=ConfirmSignUpRequired,
        source=(*_but(_S.awaitingLink), _S.confirmSignIn),
        dest=_S.awaitingLink,
        conditions=(confirms_by_link,),
    ),
    Row(
        trigger=ConfirmSignUpRequired,
        source=(*_but(_S.awaitingLink), _S.confirmSignIn),
        dest=_S.confirmSignUp,
    ),
    Row(trigger=PasswordResetRequired, source=(*_SIGNED_OUT, _S.confirmSignIn), dest=_S.forgotPassword),
    # Choosing an authenticator app can be tried again.
    Row(trigger=Refused, source=_S.confirmSignIn, conditions=(associating, session_survives)),
    Row(trigger=NotSent, source=_S.confirmSignIn, conditions=(associating,)),
    # A call that the flow made by itself ends the attempt when it fails.
    Row(trigger=Refused, source=_S.confirmSignIn, dest=_S.signIn, conditions=(walking,)),
    Row(trigger=Refused, source=_S.confirmSignIn, dest=_S.signIn, unless=(session_survives,)),
    Row(trigger=SecretGone, source=_S.confirmSignIn, dest=_S.signIn),
    Row(trigger=DeviceForgotten, source=_S.confirmSignIn, dest=_S.signIn, unless=(can_go_without_device,)),
    *(
        Row(trigger=failure, source=_S.confirmSignIn, dest=_S.signIn, conditions=(walking,))
        for failure in (NotSent, OutcomeUnknown)
    ),
    Row(
        trigger=Elapsed,
        source=_S.confirmSignIn,
        dest=_S.signIn,
        conditions=(challenge_expired,),
        unless=(call_under_way,),
    ),
    *(
        row
        for stored in (TokensStored, TokensNotStored)
        for row in (
            Row(trigger=stored, source=_ANY, dest=_S.finishing, conditions=(something_follows,)),
            Row(trigger=stored, source=_ANY, dest=_S.signedIn),
        )
    ),
)

_SIGN_UP = (
    Row(
        trigger=ShowSignUp,
        source=(_S.signIn, _S.confirmSignUp, _S.awaitingLink),
        dest=_S.signUp,
        unless=(sign_up_is_closed,),
    ),
    Row(trigger=SignUp, source=_S.signUp),
    Row(trigger=SignUp, source=_but(_S.signUp), dest=_S.signUp, shown=False),
    Row(trigger=SignedUp, source=_SIGNED_OUT, dest=_S.signIn, conditions=(auto_confirmed,)),
    Row(trigger=SignedUp, source=_SIGNED_OUT, dest=_S.awaitingLink, conditions=(confirms_by_link,)),
    Row(trigger=SignedUp, source=_SIGNED_OUT, dest=_S.confirmSignUp),
    Row(trigger=CheckConfirmation, source=_S.awaitingLink, conditions=(can_sign_in_by_itself,)),
    # Without what it takes to find out, the user finds out by signing in.
    Row(trigger=CheckConfirmation, source=_S.awaitingLink, dest=_S.signIn),
    Row(
        trigger=ShowConfirmSignUp,
        source=(_S.signIn, _S.signUp),
        dest=_S.awaitingLink,
        conditions=(confirms_by_link,),
    ),
    Row(trigger=ShowConfirmSignUp, source=(_S.signIn, _S.signUp), dest=_S.confirmSignUp),
    Row(trigger=ConfirmSignUp, source=_S.confirmSignUp),
    Row(trigger=ConfirmSignUp, source=_but(_S.confirmSignUp), dest=_S.confirmSignUp, shown=False),
    Row(trigger=ResendSignUpCode, source=(_S.confirmSignUp, _S.awaitingLink)),
    Row(
        trigger=ResendSignUpCode,
        source=_but(_S.confirmSignUp, _S.awaitingLink),
        dest=_S.confirmSignUp,
        shown=False,
    ),
    Row(trigger=SignUpCodeSent, source=_SIGNED_OUT, dest=_S.awaitingLink, conditions=(confirms_by_link,)),
    Row(trigger=SignUpCodeSent, source=_SIGNED_OUT, dest=_S.confirmSignUp),
    Row(trigger=SignUpConfirmed, source=_SIGNED_OUT, dest=_S.signIn),
    # The code can be entered another day.
    Row(
        trigger=Skip,
        source=(_S.confirmSignUp, _S.awaitingLink),
        dest=_S.signIn,
        before=(drop_auto_sign_in,),
    ),
)

_FORGOT_PASSWORD = (
    Row(trigger=ShowForgotPassword, source=_S.signIn, dest=_S.forgotPassword),
    Row(trigger=ShowConfirmForgotPassword, source=_S.forgotPassword, dest=_S.confirmForgotPassword),
    Row(trigger=ForgotPassword, source=(_S.forgotPassword, _S.confirmForgotPassword)),
    Row(
        trigger=ForgotPassword,
        source=_but(_S.forgotPassword, _S.confirmForgotPassword),
        dest=_S.forgotPassword,
        shown=False,
    ),
    Row(trigger=ResetCodeSent, source=_SIGNED_OUT, dest=_S.confirmForgotPassword),
    Row(trigger=ConfirmForgotPassword, source=_S.confirmForgotPassword),
    Row(
        trigger=ConfirmForgotPassword,
        source=_but(_S.confirmForgotPassword),
        dest=_S.confirmForgotPassword,
        shown=False,
    ),
    Row(trigger=PasswordReset, source=_SIGNED_OUT, dest=_S.signIn),
)

_NAVIGATION = (
    Row(
        trigger=ShowSignIn,
        source=(_S.signUp, _S.confirmSignUp, _S.awaitingLink, _S.forgotPassword, _S.confirmForgotPassword),
        dest=_S.signIn,
        before=(drop_auto_sign_in,),
    ),
    Row(trigger=Back, source=_S.confirmForgotPassword, dest=_S.forgotPassword),
    Row(trigger=Back, source=_S.confirmSignIn, conditions=(chose_a_password,)),
    Row(
        trigger=Back,
        source=(_S.confirmSignIn, _S.signUp, _S.confirmSignUp, _S.awaitingLink, _S.forgotPassword),
        dest=_S.signIn,
        before=(drop_auto_sign_in,),
    ),
    Row(
        trigger=Cancel,
        source=_S.confirmSignIn,
        dest=_S.signIn,
        before=(drop_auto_sign_in,),
        while_busy=WhileBusy.PREEMPT,
    ),
    Row(
        trigger=Cancel,
        source=_SIGNED_OUT,
        conditions=(call_under_way,),
        while_busy=WhileBusy.PREEMPT,
    ),
)

# What follows a sign-in, and what somebody who is signed in asks for. The signed-in screen offers what a frontend can
# draw; lists are for programs.
_ACCOUNT = (
    Row(trigger=PasskeysChecked, source=_S.finishing, dest=_S.passkeyPrompt, unless=(has_a_passkey,)),
    *(
        Row(
            trigger=checked,
            source=_S.finishing,
            dest=_S.signedIn,
            conditions=(checking_passkeys,),
            unless=(contacts_are_asked,),
        )
        for checked in (PasskeysChecked, Refused, NotSent, OutcomeUnknown, SecretGone)
    ),
    Row(trigger=RegisterPasskey, source=(_S.passkeyPrompt, _S.registerPasskey)),
    Row(trigger=RegisterPasskey, source=_S.signedIn, unless=(passkeys_are_off, federated)),
    Row(
        trigger=PasskeyOptionsIssued,
        source=(_S.passkeyPrompt, _S.registerPasskey, _S.signedIn),
        dest=_S.registerPasskey,
        conditions=(signed_in,),
        unless=(somebody_else_came,),
    ),
    Row(trigger=CompletePasskey, source=_S.registerPasskey),
    *(
        row
        for message, source in (
            (PasskeyRegistered, (_S.registerPasskey,)),
            (Skip, (_S.passkeyPrompt, _S.registerPasskey)),
        )
        for row in (
            Row(trigger=message, source=source, dest=_S.finishing, conditions=(more_follows,)),
            Row(trigger=message, source=source, dest=_S.signedIn),
        )
    ),
    Row(
        trigger=Refused,
        source=_S.registerPasskey,
        dest=_S.passkeyPrompt,
        conditions=(completing_passkey, answer_was_sent, following_up),
    ),
    Row(
        trigger=Refused,
        source=_S.registerPasskey,
        dest=_S.signedIn,
        conditions=(completing_passkey, answer_was_sent),
    ),
    Row(trigger=Back, source=_S.registerPasskey, dest=_S.passkeyPrompt, conditions=(following_up,)),
    Row(trigger=Back, source=_S.registerPasskey, dest=_S.signedIn),
    Row(trigger=CheckContacts, source=_S.finishing),
    Row(trigger=UserRead, source=_S.finishing, dest=_S.verifyContact, conditions=(no_contact_is_verified,)),
    Row(trigger=UserRead, source=_S.finishing, dest=_S.signedIn),
    Row(trigger=VerifyUserAttribute, source=(_S.verifyContact, _S.confirmContact)),
    Row(
        trigger=ContactCodeSent,
        source=(_S.signedIn, _S.verifyContact, _S.confirmContact),
        dest=_S.confirmContact,
        conditions=(signed_in,),
        unless=(somebody_else_came,),
    ),
    Row(trigger=ConfirmVerifyUserAttribute, source=_S.confirmContact),
    Row(trigger=ContactVerified, source=_S.confirmContact, dest=_S.signedIn),
    Row(trigger=Back, source=_S.confirmContact, dest=_S.verifyContact, conditions=(following_up,)),
    Row(trigger=SetUpTotp, source=_S.signedIn, unless=(second_factors_are_off, federated)),
    Row(trigger=UpdateMfaPreference, source=_S.signedIn, unless=(second_factors_are_off, federated)),
    Row(
        trigger=TotpSecretIssued,
        source=_S.signedIn,
        dest=_S.setUpTotp,
        conditions=(signed_in,),
        unless=(somebody_else_came,),
    ),
    Row(trigger=VerifyTotpSetup, source=_S.setUpTotp),
    Row(trigger=SoftwareTokenVerified, source=_S.setUpTotp, dest=_S.signedIn),
    Row(trigger=Back, source=(_S.confirmContact, _S.setUpTotp), dest=_S.signedIn),
    Row(
        trigger=Skip,
        source=(_S.finishing, _S.verifyContact, _S.confirmContact, _S.setUpTotp),
        dest=_S.signedIn,
    ),
    Row(trigger=Cancel, source=_S.finishing, dest=_S.signedIn, while_busy=WhileBusy.PREEMPT),
    Row(
        trigger=Cancel,
        source=tuple(screen for screen in _SIGNED_IN if screen is not _S.finishing),
        conditions=(call_under_way,),
        while_busy=WhileBusy.PREEMPT,
    ),
)

_SESSION = (
    Row(trigger=GetTokens, source=_S.signedIn, unless=(federated,)),
    Row(trigger=GetAwsCredentials, source=_S.signedIn, conditions=(federated,)),
    *(
        Row(trigger=stored, source=_ANY, dest=_S.signedIn, conditions=(federating,))
        for stored in (IdentityStored, IdentityNotStored)
    ),
    Row(trigger=LoginRejected, source=_SIGNED_IN, dest=_S.signIn, conditions=(federated, asking_as_user)),
    Row(trigger=SignOut, source=_S.signedIn),
    *(
        Row(trigger=ended, source=tuple(screen for screen in _SIGNED_IN if screen is not _S.signedIn), dest=_S.signedIn)
        for ended in (SignOut, UserDeleted)
    ),
    Row(
        trigger=SignOut,
        source=_S.confirmSignIn,
        dest=_S.signIn,
        while_busy=WhileBusy.PREEMPT,
        shown=False,
    ),
    Row(trigger=RefreshRejected, source=_ANY, dest=_S.signIn),
    Row(trigger=TokensCleared, source=_ANY, dest=_S.signIn),
    Row(trigger=TokensNotCleared, source=_ANY, dest=_S.signIn),
)

SCREEN = Machine(
    name="screen",
    states=_ANY,
    initial=_S.starting,
    rows=(*_START_UP, *_SIGN_IN, *_SIGN_UP, *_FORGOT_PASSWORD, *_NAVIGATION, *_ACCOUNT, *_SESSION),
    groups=(
        Group("signing in", (_S.signIn, _S.confirmSignIn)),
        Group("registering", (_S.signUp, _S.confirmSignUp, _S.awaitingLink)),
        Group("resetting", (_S.forgotPassword, _S.confirmForgotPassword)),
        Group("following up", tuple(screen for screen in _SIGNED_IN if screen is not _S.signedIn)),
    ),
)
