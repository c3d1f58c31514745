"""What the updates carry over and what they drop, and what the effects are built with."""

from typing import Final

import attrs
import pytest

from authflow import intents, outcomes
from authflow.errors import ErrorCode, ErrorInfo, Recovery
from authflow.flow import NO_CONTEXT, Context
from authflow.machine import Machine
from authflow.machines import MACHINES, account_calls, attempt, common, forgot_password, session, sign_up
from authflow.secrets import Handle
from authflow.states import AuthFlowType, DeliveryMedium, FirstFactor, MfaUse
from authflow.values import Account, AutoSignIn, Challenge, CodeDelivery, Identity, Start
from tests.engine.factory import ACCOUNT as NEW_ACCOUNT
from tests.engine.factory import any_outcome, challenge_of, contents_of

NOW: Final = 1_000.0
ACCOUNT: Final = Account(username="jane", tokens=Handle("tokens", 1), expires_at=2_000.0)
PASSWORD: Final = Handle("password", 1)
ANSWER: Final = Handle("answer", 2)
SESSION: Final = Handle("session", 3)
LATER: Final = Handle("session", 4)
TOTP: Final = Handle("totp", 5)
ERROR: Final = ErrorInfo(code=ErrorCode.CODE_MISMATCH, message="No.")
AUTO: Final = AutoSignIn(
    username="jane",
    password=PASSWORD,
    auth_flow=AuthFlowType.USER_SRP_AUTH,
    until=NOW + 900,
    metadata={"from": "sign-up"},
)
CONFIRMED: Final = outcomes.SignUpConfirmed(effect_id=1, session=LATER)
SENT: Final = CodeDelivery(medium=DeliveryMedium.email, destination="j***")
CHECKED: Final = intents.CheckConfirmation(at=NOW)


def waiting(name: str = "SMS_MFA", **changes: object) -> Context:
    """Returns the context of an attempt that waits for an answer."""
    challenge = Challenge(name=name, session=SESSION)
    context = NO_CONTEXT.replace(username="jane", challenge=challenge, start=Start())
    return context.replace(**changes)  # type: ignore[arg-type]  # names of fields


# Beginning an attempt


def test_validation_data_wins_over_client_metadata() -> None:
    intent = intents.SignIn(username="jane", client_metadata={"a": "1", "b": "1"}, validation_data={"b": "2"})
    effect = attempt.initiate_auth(attempt.start(NO_CONTEXT, intent, NOW), intent, 7)
    assert (effect.id, effect.client_metadata) == (7, {"a": "1", "b": "2"})


def test_a_new_attempt_keeps_nothing_of_what_was_before() -> None:
    before = waiting(auto_sign_in=AUTO, password=ANSWER)
    intent = intents.SignIn(
        username="joe",
        password=PASSWORD,
        auth_flow=AuthFlowType.USER_AUTH,
        preferred=FirstFactor.PASSWORD_SRP,
        retain_password=True,
    )
    after = attempt.start(before, intent, NOW)
    assert (after.username, after.challenge, after.password, after.auto_sign_in) == ("joe", None, PASSWORD, None)
    assert after.start == Start(
        auth_flow=AuthFlowType.USER_AUTH, preferred=FirstFactor.PASSWORD_SRP, with_password=True, retain_password=True
    )
    assert attempt.start(before, intents.SignIn(username="joe"), NOW).start == Start()


def test_starting_anew_sends_what_the_attempt_was_started_with() -> None:
    start = Start(auth_flow=AuthFlowType.USER_AUTH, preferred=FirstFactor.EMAIL_OTP, metadata={"a": "1"})
    effect = attempt.initiate_auth(waiting(start=start, password=PASSWORD), object(), 7)
    assert (effect.username, effect.password, effect.session) == ("jane", PASSWORD, None)
    assert (effect.auth_flow, effect.preferred) == (AuthFlowType.USER_AUTH, FirstFactor.EMAIL_OTP)
    assert effect.client_metadata == {"a": "1"}


def test_the_identifier_is_kept_and_the_rest_of_an_attempt_goes() -> None:
    after = common.forget_attempt(waiting(password=PASSWORD, auto_sign_in=AUTO), object(), NOW)
    assert after == NO_CONTEXT.replace(username="jane", auto_sign_in=AUTO)
    assert common.forget_attempt(after, object(), NOW) is after


# Challenges


@pytest.mark.parametrize("auth_flow", [None, *AuthFlowType])
@pytest.mark.parametrize("retain", [False, True])
def test_the_password_goes_with_the_first_challenge_unless_it_may_be_asked_for(
    auth_flow: AuthFlowType | None, retain: bool
) -> None:
    before = waiting(start=Start(auth_flow=auth_flow, retain_password=retain), password=PASSWORD)
    after = attempt.arm(before, outcomes.SmsMfaIssued(effect_id=1, challenge=challenge_of("SMS_MFA")), NOW)
    kept = retain or (auth_flow is not None and "CUSTOM" in auth_flow)
    assert after.password == (PASSWORD if kept else None)
    assert after.challenge == challenge_of("SMS_MFA").armed(NOW)


def test_a_password_that_was_chosen_is_kept_for_its_proof() -> None:
    for take, factor in (
        (attempt.take_password, FirstFactor.PASSWORD),
        (attempt.take_password_srp, FirstFactor.PASSWORD_SRP),
    ):
        after = take(waiting("SELECT_CHALLENGE"), intents.ConfirmSignIn(answer=ANSWER), NOW)
        assert after.password == ANSWER
        # Starting anew, for a code that is sent again, asks for the same first factor.
        assert after.start == Start(preferred=factor, with_password=True)
        before = attempt.let_go_of_password(after, intents.Back(), NOW)
        assert (before.password, before.start) == (None, Start())


def test_a_new_password_takes_the_place_of_the_one_that_is_kept() -> None:
    before = waiting("NEW_PASSWORD_REQUIRED", password=PASSWORD)
    assert attempt.replace_password(before, intents.ConfirmSignIn(answer=ANSWER), NOW).password == ANSWER


def test_a_password_is_not_kept_where_another_factor_is_asked_for() -> None:
    for preferred, expected in (
        (None, PASSWORD),
        (FirstFactor.PASSWORD, PASSWORD),
        (FirstFactor.PASSWORD_SRP, PASSWORD),
        (FirstFactor.EMAIL_OTP, None),
        (FirstFactor.WEB_AUTHN, None),
    ):
        intent = intents.SignIn(username="jane", password=PASSWORD, preferred=preferred)
        after = attempt.start(NO_CONTEXT, intent, NOW)
        assert after.start is not None
        assert (after.password, after.start.with_password) == (expected, expected is not None)


def test_an_attempt_goes_on_without_its_device() -> None:
    after = attempt.go_without_device(waiting(start=Start(with_password=True)), object(), NOW)
    assert after.start == Start(with_password=True, without_device=True)


def test_what_is_known_of_one_user_is_not_told_of_another() -> None:
    before = NO_CONTEXT.replace(username="jane", user_sub="sub", sign_up_delivery=SENT, reset_delivery=SENT)
    assert common.keep_username(before, intents.ForgotPassword(username="jane"), NOW) is before
    after = common.keep_username(before, intents.ForgotPassword(username="jim"), NOW)
    assert after == NO_CONTEXT.replace(username="jim")


def test_the_factor_that_was_chosen_is_remembered() -> None:
    def noted(**contents: object) -> Context:
        answer = intents.ConfirmSignIn(**contents)  # type: ignore[arg-type]  # names of fields
        return attempt.note_factor(waiting("SELECT_CHALLENGE"), answer, NOW)

    assert noted(choice="EMAIL_OTP").start == Start(preferred=FirstFactor.EMAIL_OTP)
    with_password = noted(choice="PASSWORD", answer=ANSWER)
    assert with_password.password == ANSWER
    assert with_password.start == Start(preferred=FirstFactor.PASSWORD, with_password=True)
    assert noted(choice="NOBODY_HAS_MET_IT").start == Start()
    assert noted().start == Start()


def test_giving_up_a_factor_leaves_the_rest_of_the_start() -> None:
    start = Start(auth_flow=AuthFlowType.USER_AUTH, preferred=FirstFactor.WEB_AUTHN, metadata={"a": "1"})
    after = attempt.give_up_choice(waiting("WEB_AUTHN", start=start), object(), NOW)
    assert after.start == attrs.evolve(start, preferred=None)


def test_a_code_that_is_sent_anew_is_of_the_same_factor() -> None:
    by_choice = Start(auth_flow=AuthFlowType.USER_AUTH, metadata={"a": "1"})
    after = attempt.prefer_current_factor(waiting("EMAIL_OTP", start=by_choice), intents.ResendCode(), NOW)
    assert after.start == attrs.evolve(by_choice, preferred=FirstFactor.EMAIL_OTP)
    # Where no factor can be asked for, none is.
    plain = Start(auth_flow=AuthFlowType.USER_SRP_AUTH, with_password=True)
    after = attempt.prefer_current_factor(waiting("EMAIL_OTP", start=plain), intents.ResendCode(), NOW)
    assert after.start == plain


def test_a_second_factor_is_never_asked_for_as_the_first() -> None:
    start = Start(auth_flow=AuthFlowType.USER_AUTH, preferred=FirstFactor.PASSWORD_SRP, with_password=True)
    after = attempt.prefer_current_factor(waiting("EMAIL_OTP", start=start), intents.ResendCode(), NOW)
    assert after.start == start


def test_metadata_of_a_resend_replaces_that_of_the_start() -> None:
    start = Start(metadata={"a": "1"})
    resend = intents.ResendCode(client_metadata={"b": "2"})
    after = attempt.prefer_current_factor(waiting(start=start), resend, NOW)
    assert after.start == attrs.evolve(start, metadata={"b": "2"})


# What a challenge is answered with


def test_an_answer_carries_what_was_given() -> None:
    intent = intents.ConfirmSignIn(
        answer=ANSWER, choice="SMS_MFA", attributes=PASSWORD, client_metadata={"for": "the trigger"}
    )
    effect = attempt.answer_challenge(waiting(), intent, 7)
    assert (effect.username, effect.answer, effect.choice, effect.attributes) == ("jane", ANSWER, "SMS_MFA", PASSWORD)
    assert (effect.challenge.session, effect.client_metadata) == (SESSION, {"for": "the trigger"})


def test_a_chosen_password_is_sent_with_its_choice() -> None:
    intent = intents.ConfirmSignIn(answer=ANSWER)
    assert attempt.answer_with_password(waiting("SELECT_CHALLENGE"), intent, 7).choice == "PASSWORD"
    assert attempt.answer_with_password(waiting("PASSWORD"), intent, 7).choice is None
    assert attempt.answer_with_password_srp(waiting("SELECT_CHALLENGE"), intent, 7).choice == "PASSWORD_SRP"
    assert attempt.answer_with_password_srp(waiting("PASSWORD_SRP"), intent, 7).choice == "PASSWORD_SRP"


def test_an_address_is_sent_with_its_choice() -> None:
    effect = attempt.answer_with_email(waiting("MFA_SETUP"), intents.ConfirmSignIn(answer=ANSWER), 7)
    assert (effect.choice, effect.answer) == ("EMAIL_OTP", ANSWER)


def test_proofs_carry_the_metadata_of_the_start() -> None:
    context = waiting(start=Start(metadata={"a": "1"}), password=PASSWORD)
    verifier = outcomes.PasswordVerifierIssued(effect_id=1, challenge=challenge_of("PASSWORD_VERIFIER"), srp=ANSWER)
    device = outcomes.DeviceSrpAuthIssued(effect_id=1, challenge=challenge_of("DEVICE_SRP_AUTH"))
    secret = outcomes.DevicePasswordVerifierIssued(effect_id=1, challenge=challenge_of("X"), srp=ANSWER)
    proof = attempt.prove_password(context, verifier, 7)
    assert (proof.password, proof.srp, proof.client_metadata) == (PASSWORD, ANSWER, {"a": "1"})
    first = attempt.prove_device(context, device, 7)
    assert (first.username, first.challenge.name, first.client_metadata) == ("jane", "DEVICE_SRP_AUTH", {"a": "1"})
    assert attempt.prove_device_secret(context, secret, 7).client_metadata == {"a": "1"}


# An authenticator app, set up while signing in


def test_the_secret_brings_the_session_that_the_code_takes() -> None:
    issued = outcomes.TotpSecretIssued(effect_id=1, secret=TOTP, session=LATER)
    held = attempt.keep_totp(waiting("MFA_SETUP"), issued, NOW)
    assert held.challenge is not None
    assert (held.challenge.session, held.challenge.totp, held.challenge.name) == (LATER, TOTP, "MFA_SETUP")
    assert held.challenge.expires_at == NOW + held.challenge.lifetime
    code = attempt.verify_software_token(held, intents.ConfirmSignIn(answer=ANSWER, device_name="phone"), 7)
    assert (code.challenge, code.account, code.code, code.device_name) == (held.challenge, None, ANSWER, "phone")


def test_the_verified_code_brings_the_session_that_the_set_up_is_answered_with() -> None:
    held = waiting("MFA_SETUP", challenge=Challenge(name="MFA_SETUP", session=SESSION, totp=TOTP))
    verified = outcomes.SoftwareTokenVerified(effect_id=1, session=LATER)
    after = attempt.renew_session(held, verified, NOW)
    assert after.challenge is not None
    assert (after.challenge.session, after.challenge.totp) == (LATER, None)
    effect = attempt.answer_mfa_setup(after, verified, 7)
    assert (effect.challenge.session, effect.answer, effect.choice) == (LATER, None, None)


def test_the_set_up_is_asked_for_with_the_challenge() -> None:
    effect = attempt.associate_software_token(waiting("MFA_SETUP"), object(), 7)
    assert effect.challenge is not None
    assert (effect.challenge.session, effect.account) == (SESSION, None)


# Success


def test_tokens_are_held_and_what_the_attempt_needed_goes() -> None:
    before = waiting(password=PASSWORD, auto_sign_in=AUTO, error=ERROR)
    after = attempt.hold_tokens(before, outcomes.Authenticated(effect_id=1, account=ACCOUNT), NOW)
    account = attrs.evolve(ACCOUNT, identifier="jane")
    assert after == NO_CONTEXT.replace(username="jane", account=account, error=ERROR)
    assert attempt.store_tokens(after, object(), 7).account == account


def test_what_the_user_signed_in_with_is_known_through_refreshes_and_afterwards() -> None:
    account = attrs.evolve(ACCOUNT, username="1f", user_sub="1f", identifier="jane@example.com")
    held = NO_CONTEXT.replace(account=account)
    refreshed = outcomes.TokensRefreshed(effect_id=1, account=attrs.evolve(account, identifier=None, expires_at=9.0))
    after = session.hold_refreshed(held, refreshed, NOW)
    assert after.account == attrs.evolve(account, expires_at=9.0)
    assert session.drop_tokens(after, object(), NOW).username == "jane@example.com"
    # Cognito's own name of a user is nothing that anybody types.
    for identifier, name, expected in ((None, "1f", None), (None, "jane", "jane")):
        held = NO_CONTEXT.replace(account=attrs.evolve(account, identifier=identifier, username=name))
        assert session.drop_tokens(held, object(), NOW).username == expected


def test_a_device_is_confirmed_with_the_new_tokens() -> None:
    device = Handle("device", 9)
    done = outcomes.Authenticated(effect_id=1, account=ACCOUNT, device=device)
    effect = attempt.confirm_device(waiting(account=ACCOUNT), done, 7)
    assert (effect.account, effect.username, effect.device) == (ACCOUNT, "jane", device)


# Signing in by itself


def test_what_the_registration_left_becomes_an_attempt() -> None:
    after = attempt.start_by_itself(NO_CONTEXT.replace(auto_sign_in=AUTO), CONFIRMED, NOW)
    assert (after.username, after.password, after.auto_sign_in) == ("jane", PASSWORD, None)
    assert after.start == Start(auth_flow=AuthFlowType.USER_SRP_AUTH, with_password=True, metadata=AUTO.metadata)
    effect = attempt.initiate_auth_by_itself(after, CONFIRMED, 7)
    # Only USER_AUTH takes the Session of a registration.
    assert (effect.password, effect.session, effect.preferred) == (PASSWORD, None, None)
    assert effect.client_metadata == AUTO.metadata


def test_who_waits_for_a_link_may_have_to_ask_again() -> None:
    after = attempt.start_by_itself(NO_CONTEXT.replace(auto_sign_in=AUTO), CHECKED, NOW)
    assert (after.password, after.auto_sign_in) == (PASSWORD, AUTO)


def test_the_session_of_a_registration_signs_in_by_choice() -> None:
    auto = attrs.evolve(AUTO, auth_flow=AuthFlowType.USER_AUTH)
    after = attempt.start_by_itself(NO_CONTEXT.replace(auto_sign_in=auto), CONFIRMED, NOW)
    effect = attempt.initiate_auth_by_itself(after, CONFIRMED, 7)
    assert (effect.session, effect.preferred) == (LATER, None)
    # Without one, the password is proved.
    for done in (outcomes.SignUpConfirmed(effect_id=1), CHECKED):
        after = attempt.start_by_itself(NO_CONTEXT.replace(auto_sign_in=auto), done, NOW)
        effect = attempt.initiate_auth_by_itself(after, done, 7)
        assert (effect.session, effect.password, effect.preferred) == (None, PASSWORD, FirstFactor.PASSWORD_SRP)


def test_confirming_takes_the_session_of_the_registration() -> None:
    intent = intents.ConfirmSignUp(username="jane", code=ANSWER, force_alias_creation=True)
    kept = NO_CONTEXT.replace(auto_sign_in=attrs.evolve(AUTO, session=SESSION))
    assert sign_up.confirm_sign_up(kept, intent, 7).session == SESSION
    effect = sign_up.confirm_sign_up(NO_CONTEXT, intent, 7)
    assert (effect.session, effect.force_alias_creation) == (None, True)


def test_codes_that_nobody_asked_for_go_to_who_tried_to_sign_in() -> None:
    context = NO_CONTEXT.replace(username="jane")
    unconfirmed = outcomes.ConfirmSignUpRequired(effect_id=1)
    required = outcomes.PasswordResetRequired(effect_id=1)
    assert sign_up.resend_to_the_unconfirmed(context, unconfirmed, 7).username == "jane"
    assert forgot_password.request_reset(context, required, 7).username == "jane"


# Errors


def test_an_error_says_whether_the_call_may_have_been_acted_upon() -> None:
    for kind, unknown in ((outcomes.Refused, False), (outcomes.NotSent, False), (outcomes.OutcomeUnknown, True)):
        after = common.keep_error(NO_CONTEXT, kind(effect_id=1, error=ERROR), NOW)
        assert (after.error, after.unknown_outcome) == (ERROR, unknown)


def test_an_expired_challenge_says_so() -> None:
    after = attempt.say_expired(NO_CONTEXT, outcomes.Elapsed(at=NOW), NOW)
    assert after.error is not None
    assert after.error.code is ErrorCode.SESSION_EXPIRED


def test_a_forgotten_device_says_so() -> None:
    after = attempt.say_device_forgotten(NO_CONTEXT, outcomes.DeviceForgotten(effect_id=1, error=ERROR), NOW)
    assert after.error is not None
    assert (after.error.code, after.error.recovery) == (ErrorCode.DEVICE_NOT_REMEMBERED, Recovery.SIGN_IN)


# The account


HOLDING: Final = NO_CONTEXT.replace(account=ACCOUNT)


def test_calls_about_the_account_carry_what_was_asked() -> None:
    passkeys = account_calls.list_passkeys(HOLDING, intents.ListPasskeys(limit=3, next_token="more"), 7)
    devices = account_calls.list_devices(HOLDING, intents.ListDevices(limit=3, next_token="more"), 7)
    for page in (passkeys, devices):
        assert (page.account, page.limit, page.next_token) == (ACCOUNT, 3, "more")
    assert account_calls.delete_passkey(HOLDING, intents.DeletePasskey(passkey_id="one"), 7).passkey_id == "one"
    preference = intents.UpdateMfaPreference(sms=MfaUse.DISABLED, totp=MfaUse.PREFERRED)
    update = account_calls.update_mfa_preference(HOLDING, preference, 7)
    assert (update.sms, update.totp, update.email) == (MfaUse.DISABLED, MfaUse.PREFERRED, None)
    assert account_calls.get_device(HOLDING, intents.GetDevice(device_key="one"), 7).device_key == "one"
    assert account_calls.forget_device(HOLDING, intents.ForgetDevice(device_key="one"), 7).device_key == "one"
    status = account_calls.update_device_status(
        HOLDING, intents.UpdateDeviceStatus(device_key="one", remembered=False), 7
    )
    assert (status.device_key, status.remembered) == ("one", False)
    code = intents.VerifyUserAttribute(attribute="email", client_metadata={"a": "1"})
    sent = account_calls.send_contact_code(HOLDING, code, 7)
    assert (sent.attribute, sent.client_metadata) == ("email", {"a": "1"})
    confirm = intents.ConfirmVerifyUserAttribute(attribute="email", code=ANSWER)
    verified = account_calls.verify_contact(HOLDING, confirm, 7)
    assert (verified.attribute, verified.code) == ("email", ANSWER)
    assert account_calls.complete_passkey(HOLDING, intents.CompletePasskey(credential=ANSWER), 7).credential == ANSWER


def test_an_app_for_the_account_is_set_up_with_the_account() -> None:
    assert account_calls.set_up_totp(HOLDING, object(), 7).account == ACCOUNT
    effect = account_calls.verify_totp(HOLDING, intents.VerifyTotpSetup(code=ANSWER, device_name="phone"), 7)
    assert (effect.account, effect.challenge, effect.code, effect.device_name) == (ACCOUNT, None, ANSWER, "phone")


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: str(machine.name))
def test_every_effect_has_the_id_it_was_given(machine: Machine) -> None:
    context = NO_CONTEXT.replace(
        username="jane",
        challenge=challenge_of("SMS_MFA"),
        account=NEW_ACCOUNT,
        identity=Identity(id="us-east-1:jane"),
    )
    for row in machine.rows:
        if row.after is None:
            continue
        message: object
        if issubclass(row.trigger, intents.Intent):
            message = contents_of(row.trigger)[0]
        else:
            assert issubclass(row.trigger, outcomes.Outcome)
            message = any_outcome(row.trigger, 1)
            if isinstance(message, outcomes.Authenticated):
                message = attrs.evolve(message, device=Handle("device", 1))
        assert row.after(context, message, 41).id == 41
