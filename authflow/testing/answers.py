"""What may truthfully come of the flow's own effects: written from what the services do, not from the rows.

So a row that is missing is found. The first outcome of each effect is its plain success.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import attrs

from authflow import effects, outcomes
from authflow.effects import Effect
from authflow.errors import ErrorCode, Recovery, secret_gone
from authflow.outcomes import Outcome
from authflow.states import DeliveryMedium
from authflow.testing.canaries import PLANTED
from authflow.testing.contents import HOUR, NOW, error_of
from authflow.testing.samples import NO_OVERRIDES, Overrides, values_of
from authflow.values import Account, Challenge, CodeDelivery, Contact, Federation, Page

Answers = Callable[[Effect], Iterator[Outcome]]

SESSION: Final = PLANTED.handle("session")
DELIVERY: Final = CodeDelivery(medium=DeliveryMedium.email, destination="j***@e***", attribute="email")
BY_SMS: Final = CodeDelivery(medium=DeliveryMedium.sms, destination="+*******99", attribute="phone_number")
TOKENS: Final = PLANTED.handle("tokens")
ACCOUNT: Final = Account(username="jane", user_sub="sub-jane", tokens=TOKENS, expires_at=NOW + HOUR)
STORED_ACCOUNT: Final = attrs.evolve(ACCOUNT, username="stored", user_sub="sub-stored", tokens=PLANTED.handle("tokens"))
STORED_FEDERATION: Final = Federation(provider="accounts.google.com", token=PLANTED.handle("token"))
CREDENTIALS: Final = PLANTED.handle("credentials")
DEVICE: Final = PLANTED.handle("device")
SRP: Final = PLANTED.handle("srp")
TOTP: Final = PLANTED.handle("totp")

# One refusal for every way in which a row may tell refusals apart, and one that none of them knows.
REFUSALS: Final = {
    ErrorCode.NOT_AUTHORIZED: Recovery.SIGN_IN,
    ErrorCode.CODE_MISMATCH: Recovery.CORRECT_INPUT,
    ErrorCode.USER_NOT_CONFIRMED: Recovery.CONFIRM_SIGN_UP,
    ErrorCode.PASSWORD_RESET_REQUIRED: Recovery.RESET_PASSWORD,
    ErrorCode.USER_NOT_FOUND: Recovery.CORRECT_INPUT,
    ErrorCode.TOO_MANY_REQUESTS: Recovery.WAIT,
    ErrorCode.UNKNOWN: Recovery.NONE,
}
# What Cognito says can be chosen, where a challenge is a choice.
_OPTIONS: Final = {
    "SELECT_CHALLENGE": ("EMAIL_OTP", "PASSWORD", "PASSWORD_SRP"),
    "SELECT_MFA_TYPE": ("SMS_MFA", "SOFTWARE_TOKEN_MFA"),
    "MFA_SETUP": ("EMAIL_OTP", "SOFTWARE_TOKEN_MFA"),
}
_DELIVERIES: Final = {"SMS_MFA": BY_SMS, "SMS_OTP": BY_SMS, "EMAIL_OTP": DELIVERY}
_PARAMETERS: Final = {
    "WEB_AUTHN": {"CREDENTIAL_REQUEST_OPTIONS": '{"challenge": "YXNr"}'},
    "CUSTOM_CHALLENGE": {"question": "What is the colour of the sky?"},
    "HOSTED_UI": {"URL": "https://auth.example.com/oauth2/authorize", "REDIRECT_URI": "http://localhost/callback"},
}
UNKNOWN_CHALLENGE: Final = "NOBODY_HAS_MET_IT"
# After these Cognito may ask for the proof: a choice of first factor, and a pool's own sequence of challenges.
_BEFORE_A_PROOF: Final = ("SELECT_CHALLENGE", "PASSWORD_SRP", "CUSTOM_CHALLENGE", UNKNOWN_CHALLENGE)


def answers_to(
    effect: Effect, kinds: frozenset[type[Outcome]], overrides: Overrides = NO_OVERRIDES
) -> tuple[Outcome, ...]:
    """Returns what may come of `effect`, its plain success first.

    Args:
        effect: the effect: one of the flow's own, or of an application's own.
        kinds: the classes of outcomes that belong to it; of an effect that the kit does not know, values of each.
        overrides: outcomes and values that take the place of those that would be made, by class and by type.

    Raises:
        NoSample: a field of an application's own outcome has a type of which no value is known.
    """
    known = _TRUTHFUL.get(type(effect))
    if known is None:
        failing_last = sorted(kinds, key=lambda kind: (_is_failure(kind), kind.__name__))
        return tuple(outcome for kind in failing_last for outcome in outcomes_of_class(kind, effect.id, overrides))
    found: dict[int | type[Outcome], tuple[Outcome, ...]] = {}
    for number, outcome in enumerate(known(effect)):
        kind = type(outcome)
        if kind in overrides:
            found.setdefault(kind, outcomes_of_class(kind, effect.id, overrides))
        else:
            found[number] = (outcome,)
    return tuple(outcome for group in found.values() for outcome in group)


def _is_failure(kind: type[Outcome]) -> bool:
    return "error" in {field.name for field in attrs.fields(kind)}


def outcomes_of_class(kind: type[Outcome], effect_id: int, overrides: Overrides = NO_OVERRIDES) -> tuple[Outcome, ...]:
    """Returns outcomes of one class, sensible or not, for the effect `effect_id`."""
    if kind in overrides:
        given = (found for found in overrides[kind] if isinstance(found, kind))
        return tuple(attrs.evolve(found, effect_id=effect_id) for found in given)
    if issubclass(kind, outcomes.ChallengeIssued):
        name = next((name for name, issued in outcomes.CHALLENGES.items() if issued is kind), UNKNOWN_CHALLENGE)
        challenge = challenge_of("HOSTED_UI" if kind is outcomes.HostedUiIssued else name)
        return tuple(values_of(kind, overrides, effect_id=effect_id, challenge=challenge))
    return tuple(values_of(kind, overrides, effect_id=effect_id))


def challenge_of(name: str, options: tuple[str, ...] | None = None) -> Challenge:
    """Returns the challenge of this name, as Cognito would put it."""
    return Challenge(
        name=name,
        parameters=_PARAMETERS.get(name, {}),
        session=SESSION,
        delivery=_DELIVERIES.get(name),
        options=_OPTIONS.get(name, ()) if options is None else options,
        lifetime=180.0,
    )


def challenge_outcome(name: str, effect_id: int) -> Outcome:
    """Returns the outcome that issues the challenge `name`."""
    kind = outcomes.CHALLENGES.get(name, outcomes.UnknownChallengeIssued)
    if kind is outcomes.PasswordVerifierIssued or kind is outcomes.DevicePasswordVerifierIssued:
        return kind(effect_id=effect_id, challenge=challenge_of(name), srp=SRP)
    return kind(effect_id=effect_id, challenge=challenge_of(name))


def _unreached(effect: Effect) -> Iterator[Outcome]:
    yield outcomes.NotSent(effect_id=effect.id, error=error_of(ErrorCode.NOT_SENT, Recovery.RETRY))
    yield outcomes.OutcomeUnknown(effect_id=effect.id, error=error_of(ErrorCode.OUTCOME_UNKNOWN))
    yield outcomes.SecretGone(effect_id=effect.id, error=secret_gone("password"))


def _interactive_failures(effect: Effect) -> Iterator[Outcome]:
    for code, recovery in REFUSALS.items():
        yield outcomes.Refused(effect_id=effect.id, error=error_of(code, recovery))
    yield from _unreached(effect)


def _steps(effect: Effect, *, verifier: bool) -> Iterator[Outcome]:
    yield outcomes.Authenticated(effect_id=effect.id, account=ACCOUNT)
    yield outcomes.Authenticated(effect_id=effect.id, account=ACCOUNT, device=DEVICE)
    for name in (*outcomes.CHALLENGES, UNKNOWN_CHALLENGE):
        if verifier or name != "PASSWORD_VERIFIER":
            yield challenge_outcome(name, effect.id)
    for options in (("SOFTWARE_TOKEN_MFA",), ("EMAIL_OTP",), ()):
        yield outcomes.MfaSetupIssued(effect_id=effect.id, challenge=challenge_of("MFA_SETUP", options))
    yield outcomes.ConfirmSignUpRequired(effect_id=effect.id)
    yield outcomes.PasswordResetRequired(effect_id=effect.id)
    yield from _interactive_failures(effect)


def _of_initiate_auth(effect: Effect) -> Iterator[Outcome]:
    yield from _steps(effect, verifier=True)


def _of_password_proof(effect: Effect) -> Iterator[Outcome]:
    yield from _steps(effect, verifier=False)


def _of_device_proof(effect: Effect) -> Iterator[Outcome]:
    yield from _of_password_proof(effect)
    yield outcomes.DeviceForgotten(effect_id=effect.id, error=error_of(ErrorCode.RESOURCE_NOT_FOUND))


def _of_answer(effect: Effect) -> Iterator[Outcome]:
    assert isinstance(effect, effects.RespondToAuthChallenge)  # noqa: S101 - the table below says so
    yield from _steps(effect, verifier=effect.challenge.name in _BEFORE_A_PROOF)


def _of_associate(effect: Effect) -> Iterator[Outcome]:
    assert isinstance(effect, effects.AssociateSoftwareToken)  # noqa: S101 - the table below says so
    session = SESSION if effect.challenge is not None else None
    yield outcomes.TotpSecretIssued(effect_id=effect.id, secret=TOTP, session=session)
    yield from _interactive_failures(effect)


def _of_verify_totp(effect: Effect) -> Iterator[Outcome]:
    assert isinstance(effect, effects.VerifySoftwareToken)  # noqa: S101 - the table below says so
    session = SESSION if effect.challenge is not None else None
    yield outcomes.SoftwareTokenVerified(effect_id=effect.id, session=session)
    yield from _interactive_failures(effect)


def _of_start_redirect(effect: Effect) -> Iterator[Outcome]:
    yield outcomes.HostedUiIssued(effect_id=effect.id, challenge=challenge_of("HOSTED_UI"))
    yield from _interactive_failures(effect)


def _of_exchange(effect: Effect) -> Iterator[Outcome]:
    yield outcomes.Authenticated(effect_id=effect.id, account=attrs.evolve(ACCOUNT, hosted=True))
    yield outcomes.RedirectRefused(effect_id=effect.id, error=error_of(ErrorCode.REDIRECT_STATE_MISMATCH))
    yield from _unreached(effect)


def _of_load_session(effect: Effect) -> Iterator[Outcome]:
    yield outcomes.NothingStored(effect_id=effect.id)
    yield outcomes.SessionRestored(effect_id=effect.id, account=STORED_ACCOUNT)
    yield outcomes.SessionRestored(effect_id=effect.id, account=attrs.evolve(ACCOUNT, expires_at=NOW + 2 * HOUR))
    yield outcomes.IdentityRestored(effect_id=effect.id, identity_id="us-east-1:stored")
    yield outcomes.IdentityRestored(effect_id=effect.id, identity_id="us-east-1:stored", federation=STORED_FEDERATION)
    yield outcomes.IdentityRestored(effect_id=effect.id, identity_id=None, federation=STORED_FEDERATION)
    yield outcomes.ConfigurationChanged(effect_id=effect.id)
    yield outcomes.StoreUnreadable(effect_id=effect.id, error=error_of(ErrorCode.STORE_UNAVAILABLE, Recovery.RETRY))


def _of_refresh(effect: Effect) -> Iterator[Outcome]:
    assert isinstance(effect, effects.RefreshTokens)  # noqa: S101 - the table below says so
    later = attrs.evolve(effect.account, tokens=TOKENS, expires_at=NOW + 2 * HOUR)
    yield outcomes.TokensRefreshed(effect_id=effect.id, account=later)
    yield outcomes.RefreshRejected(effect_id=effect.id, error=error_of(ErrorCode.NOT_AUTHORIZED, Recovery.SIGN_IN))
    yield outcomes.RefreshFailed(effect_id=effect.id, error=error_of(ErrorCode.NOT_SENT, Recovery.RETRY))


def _of_remote_sign_out(effect: Effect) -> Iterator[Outcome]:
    yield outcomes.RemoteSignOutDone(effect_id=effect.id)
    yield outcomes.RemoteSignOutFailed(effect_id=effect.id, call=type(effect).__name__, error=error_of())


def _interactive(*made: Callable[[int], Outcome]) -> Answers:
    def found(effect: Effect) -> Iterator[Outcome]:
        yield from (make(effect.id) for make in made)
        yield from _interactive_failures(effect)

    return found


def _plainly(*made: Callable[[int], Outcome]) -> Answers:
    return lambda effect: (make(effect.id) for make in made)


def _contacts(*, verified: bool) -> tuple[Contact, ...]:
    return (Contact(attribute="email", destination="j***@e***", verified=verified),)


_STORE_FAILED: Final = error_of(ErrorCode.STORE_UNAVAILABLE, Recovery.RETRY)
_LOGIN_REJECTED: Final = error_of(ErrorCode.NOT_AUTHORIZED, Recovery.SIGN_IN)
_NOT_SENT: Final = error_of(ErrorCode.NOT_SENT, Recovery.RETRY)
_IDENTITY_FAILURES: Final[tuple[Callable[[int], Outcome], ...]] = (
    lambda number: outcomes.LoginRejected(effect_id=number, error=_LOGIN_REJECTED),
    lambda number: outcomes.IdentityFailed(effect_id=number, error=_NOT_SENT),
)

_TRUTHFUL: Final[Mapping[type[Effect], Answers]] = {
    effects.InitiateAuth: _of_initiate_auth,
    effects.RespondToPasswordVerifier: _of_password_proof,
    effects.RespondToAuthChallenge: _of_answer,
    effects.RespondToDeviceSrpAuth: _of_device_proof,
    effects.RespondToDevicePasswordVerifier: _of_device_proof,
    effects.ConfirmDevice: _plainly(
        lambda number: outcomes.DeviceConfirmed(effect_id=number),
        lambda number: outcomes.DeviceConfirmed(effect_id=number, ask=True),
        lambda number: outcomes.DeviceNotConfirmed(effect_id=number, error=error_of()),
    ),
    effects.AssociateSoftwareToken: _of_associate,
    effects.VerifySoftwareToken: _of_verify_totp,
    effects.StartRedirect: _of_start_redirect,
    effects.ExchangeCode: _of_exchange,
    effects.StoreTokens: _plainly(
        lambda number: outcomes.TokensStored(effect_id=number),
        lambda number: outcomes.TokensNotStored(effect_id=number, error=_STORE_FAILED),
    ),
    effects.SignUp: _interactive(
        lambda number: outcomes.SignedUp(
            effect_id=number, confirmed=False, user_sub="sub-jane", delivery=DELIVERY, session=SESSION
        ),
        lambda number: outcomes.SignedUp(effect_id=number, confirmed=True, user_sub="sub-jane"),
    ),
    effects.ConfirmSignUp: _interactive(
        lambda number: outcomes.SignUpConfirmed(effect_id=number),
        lambda number: outcomes.SignUpConfirmed(effect_id=number, session=SESSION),
    ),
    effects.ResendConfirmationCode: _interactive(
        lambda number: outcomes.SignUpCodeSent(effect_id=number, delivery=DELIVERY)
    ),
    effects.ForgotPassword: _interactive(lambda number: outcomes.ResetCodeSent(effect_id=number, delivery=DELIVERY)),
    effects.ConfirmForgotPassword: _interactive(lambda number: outcomes.PasswordReset(effect_id=number)),
    effects.ReadUser: _interactive(
        lambda number: outcomes.UserRead(effect_id=number, contacts=_contacts(verified=True)),
        lambda number: outcomes.UserRead(effect_id=number, contacts=_contacts(verified=False)),
        lambda number: outcomes.UserRead(effect_id=number, contacts=()),
    ),
    effects.SendContactCode: _interactive(
        lambda number: outcomes.ContactCodeSent(effect_id=number, attribute="email", delivery=DELIVERY)
    ),
    effects.VerifyContact: _interactive(lambda number: outcomes.ContactVerified(effect_id=number, attribute="email")),
    effects.CheckPasskeys: _interactive(
        lambda number: outcomes.PasskeysChecked(effect_id=number, any=True),
        lambda number: outcomes.PasskeysChecked(effect_id=number, any=False),
    ),
    effects.StartPasskey: _interactive(
        lambda number: outcomes.PasskeyOptionsIssued(effect_id=number, options='{"challenge": "Y3JlYXRl"}')
    ),
    effects.CompletePasskey: _interactive(lambda number: outcomes.PasskeyRegistered(effect_id=number)),
    **{
        reading: _interactive(lambda number: outcomes.AccountRead(effect_id=number, found=Page()))
        for reading in (
            effects.ListPasskeys,
            effects.FetchMfaPreference,
            effects.ListDevices,
            effects.GetDevice,
            effects.FetchUserAttributes,
            effects.UpdateUserAttributes,
        )
    },
    effects.DeletePasskey: _interactive(lambda number: outcomes.PasskeyDeleted(effect_id=number)),
    effects.UpdateMfaPreference: _interactive(lambda number: outcomes.MfaPreferenceUpdated(effect_id=number)),
    effects.UpdateDeviceStatus: _interactive(
        lambda number: outcomes.DeviceStatusUpdated(effect_id=number, remembered=True)
    ),
    effects.ForgetDevice: _interactive(lambda number: outcomes.DeviceRemoved(effect_id=number)),
    effects.ChangePassword: _interactive(lambda number: outcomes.PasswordChanged(effect_id=number)),
    effects.DeleteUser: _interactive(lambda number: outcomes.UserDeleted(effect_id=number)),
    effects.LoadSession: _of_load_session,
    effects.RefreshTokens: _of_refresh,
    effects.StoreRefreshedTokens: _plainly(
        lambda number: outcomes.RefreshedTokensStored(effect_id=number),
        lambda number: outcomes.RefreshedTokensNotStored(effect_id=number, error=_STORE_FAILED),
    ),
    effects.GlobalSignOut: _of_remote_sign_out,
    effects.RevokeToken: _of_remote_sign_out,
    effects.Discard: _of_remote_sign_out,
    effects.ClearTokens: _plainly(
        lambda number: outcomes.TokensCleared(effect_id=number),
        lambda number: outcomes.TokensNotCleared(effect_id=number, error=_STORE_FAILED),
    ),
    effects.GetId: _plainly(
        lambda number: outcomes.IdentityFound(effect_id=number, identity_id="us-east-1:jane"), *_IDENTITY_FAILURES
    ),
    effects.GetCredentialsForIdentity: _plainly(
        lambda number: outcomes.CredentialsIssued(
            effect_id=number, identity_id="us-east-1:jane", credentials=CREDENTIALS, expires_at=NOW + HOUR
        ),
        *_IDENTITY_FAILURES,
    ),
    effects.StoreIdentity: _plainly(
        lambda number: outcomes.IdentityStored(effect_id=number),
        lambda number: outcomes.IdentityNotStored(effect_id=number, error=_STORE_FAILED),
    ),
}
