"""The calls of a sign-in: the start, the proofs, the answers, the set-up of an authenticator app, the device."""

import attrs

from authflow import effects, outcomes
from authflow.adapters.cognito import answers, requests
from authflow.adapters.cognito.device_srp import new_device_secret
from authflow.adapters.cognito.known_devices import is_unknown_device
from authflow.adapters.cognito.srp import SrpError, SrpExchange, timestamp
from authflow.adapters.cognito.tools import Tools, named_device
from authflow.adapters.cognito.vaulted import NewDevice, SessionSecret, SrpSecret, secret_of, texts_of
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, InvalidInput, Recovery, exception_from
from authflow.outcomes import Outcome
from authflow.ports import StoredDevice, Tokens
from authflow.secrets import Handle, Vault
from authflow.states import AuthFlowType, FirstFactor
from authflow.values import Account, Challenge

_DUMMY_PASSWORD = "dummyPassword"  # noqa: S105 - AWSMobileClient's, where a custom flow has none


def initiate_auth(tools: Tools, effect: effects.InitiateAuth, vault: Vault) -> Outcome:
    """InitiateAuth, or AdminInitiateAuth."""
    session = secret_of(vault, effect.session, SessionSecret) if effect.session is not None else None
    auth_flow = AuthFlowType.USER_AUTH if session is not None else effect.auth_flow or tools.config.auth_flow
    plan = requests.plan_of(auth_flow, effect.preferred if session is None else None)
    password = vault.text(effect.password) if effect.password is not None else None
    if plan.password and not password:
        raise InvalidInput.of("password", "Enter the password.")
    exchange = SrpExchange.start(tools.random_bytes) if plan.srp else None
    request = tools.requests.initiate_auth(
        plan,
        effect.username,
        srp_a=exchange.public_a_hex if exchange else None,
        password=password,
        metadata=effect.client_metadata,
        preferred=effect.preferred,
        session=session.session if session is not None else None,
        device_key=tools.devices.key_of(effect.username),
    )
    answer = tools.sign_in(effect, request, effect.username, admin=plan.admin)
    return tools.answers(vault, admin=plan.admin).outcome(effect.id, answer, effect.username, exchange)


def respond_to_password_verifier(tools: Tools, effect: effects.RespondToPasswordVerifier, vault: Vault) -> Outcome:
    """RespondToAuthChallenge with PASSWORD_VERIFIER."""
    srp = secret_of(vault, effect.srp, SrpSecret)
    password = vault.text(effect.password) if effect.password is not None else _DUMMY_PASSWORD
    now = timestamp(tools.server_clock.now())
    try:
        signature = srp.exchange.proof(
            srp.user_id, password, srp.salt, srp.srp_b, srp.secret_block, now, tools.config.pool_name
        )
    except SrpError as refused:
        raise exception_from(_insecure(str(refused))) from None
    request = tools.requests.respond(
        "PASSWORD_VERIFIER",
        srp.username,
        session=_session_text(vault, effect.challenge),
        answers=_claim(signature, srp, now),
        metadata=effect.client_metadata,
        device_key=tools.devices.key_of(srp.username),
    )
    answer = tools.sign_in(effect, request, srp.username, admin=srp.admin)
    return tools.answers(vault, admin=srp.admin).outcome(effect.id, answer, srp.username, srp.exchange)


def respond_to_device_srp_auth(tools: Tools, effect: effects.RespondToDeviceSrpAuth, vault: Vault) -> Outcome:
    """RespondToAuthChallenge with DEVICE_SRP_AUTH."""
    kept = _session(vault, effect.challenge, effect.username)
    device = _device(tools, kept.username)
    kept = attrs.evolve(kept, username=device.username)  # where the challenge brought no name, that is a typed one
    exchange = SrpExchange.start(tools.random_bytes)
    request = tools.requests.respond(
        "DEVICE_SRP_AUTH",
        kept.username,
        session=kept.session or None,
        answers={"SRP_A": exchange.public_a_hex},
        metadata=effect.client_metadata,
        device_key=device.key,
    )
    return _prove_device(tools, effect, request, kept, exchange, vault)


def respond_to_device_password_verifier(
    tools: Tools, effect: effects.RespondToDevicePasswordVerifier, vault: Vault
) -> Outcome:
    """RespondToAuthChallenge with DEVICE_PASSWORD_VERIFIER."""
    srp = secret_of(vault, effect.srp, SrpSecret)
    device = _device(tools, srp.username)
    now = timestamp(tools.server_clock.now())
    try:
        signature = srp.exchange.sign(
            device.group_key + device.key, device.secret.reveal(), srp.salt, srp.srp_b, srp.secret_block, now
        )
    except SrpError as refused:
        raise exception_from(_insecure(str(refused))) from None
    request = tools.requests.respond(
        "DEVICE_PASSWORD_VERIFIER",
        srp.username,
        session=_session_text(vault, effect.challenge),
        answers=_claim(signature, srp, now),
        metadata=effect.client_metadata,
        device_key=device.key,
    )
    kept = SessionSecret(session="", username=srp.username, admin=srp.admin)
    return _prove_device(tools, effect, request, kept, srp.exchange, vault)


def _prove_device(
    tools: Tools,
    effect: effects.RespondToDeviceSrpAuth | effects.RespondToDevicePasswordVerifier,
    request: object,
    kept: SessionSecret,
    exchange: SrpExchange,
    vault: Vault,
) -> Outcome:
    """Makes a call that nothing but the device can answer: one that Cognito does not know ends the walk."""
    assert isinstance(request, dict)  # noqa: S101 - as every request
    try:
        answer = tools.once(effect, request, admin=kept.admin)
    except AuthFlowError as refused:
        if not is_unknown_device(refused.info):
            raise
        tools.devices.forget(kept.username, named_device(request))
        return outcomes.DeviceForgotten(effect_id=effect.id, error=refused.info)
    return tools.answers(vault, admin=kept.admin).outcome(effect.id, answer, kept.username, exchange)


def respond_to_auth_challenge(tools: Tools, effect: effects.RespondToAuthChallenge, vault: Vault) -> Outcome:
    """RespondToAuthChallenge, or AdminRespondToAuthChallenge, with what the user answered."""
    challenge = effect.challenge
    kept = _session(vault, challenge, effect.username)
    attributes = texts_of(vault, effect.attributes)
    given = requests.challenge_answer(
        challenge.name, vault.text(effect.answer) if effect.answer is not None else None, effect.choice
    )
    exchange = kept.exchange
    if FirstFactor.PASSWORD_SRP in (effect.choice, challenge.name):
        exchange = SrpExchange.start(tools.random_bytes)
        given["SRP_A"] = exchange.public_a_hex
    request = tools.requests.respond(
        challenge.name,
        kept.username,
        session=kept.session or None,
        answers={**{f"userAttributes.{name}": value for name, value in attributes.items()}, **given},
        metadata=effect.client_metadata,
        device_key=tools.devices.key_of(kept.username),
    )
    answer = tools.sign_in(effect, request, kept.username, admin=kept.admin)
    return tools.answers(vault, admin=kept.admin).outcome(effect.id, answer, kept.username, exchange)


def associate_software_token(tools: Tools, effect: effects.AssociateSoftwareToken, vault: Vault) -> Outcome:
    """AssociateSoftwareToken, by Session or by access token."""
    request, kept = _by_session_or_token(effect.challenge, effect.account, vault)
    answer = tools.make(effect, request, lambda client, sent: client.associate_software_token(**sent))
    secret = vault.put("totp", answers.totp_secret(answer))
    return outcomes.TotpSecretIssued(effect_id=effect.id, secret=secret, session=_renewed(tools, vault, kept, answer))


def verify_software_token(tools: Tools, effect: effects.VerifySoftwareToken, vault: Vault) -> Outcome:
    """VerifySoftwareToken, by Session or by access token."""
    request, kept = _by_session_or_token(effect.challenge, effect.account, vault)
    request["UserCode"] = requests.code(vault.text(effect.code))
    if effect.device_name:
        request["FriendlyDeviceName"] = effect.device_name
    answer = tools.make(effect, request, lambda client, sent: client.verify_software_token(**sent))
    if answers.text(answer, "Status") != "SUCCESS":
        raise exception_from(_not_verified())
    return outcomes.SoftwareTokenVerified(effect_id=effect.id, session=_renewed(tools, vault, kept, answer))


def confirm_device(tools: Tools, effect: effects.ConfirmDevice, vault: Vault) -> Outcome:
    """ConfirmDevice; the secret is kept once Cognito has taken what checks it.

    Where the answer was lost, nobody knows whether the user is to be asked (UserConfirmationNecessary): unasked, the
    device counts as not remembered.
    """
    tokens = secret_of(vault, effect.account.tokens, Tokens)
    device = secret_of(vault, effect.device, NewDevice)
    secret = new_device_secret(device.group_key, device.key, tools.random_bytes)
    request = {
        "AccessToken": tokens.access_token.reveal(),
        "DeviceKey": device.key,
        "DeviceSecretVerifierConfig": {"PasswordVerifier": secret.verifier, "Salt": secret.salt},
    }
    answer = tools.make(effect, request, lambda client, sent: client.confirm_device(**sent), _is_confirmed)
    tools.devices.keep(effect.account.username, effect.username, device, secret.password)
    return outcomes.DeviceConfirmed(effect_id=effect.id, ask=answer.get("UserConfirmationNecessary") is True)


def _is_confirmed(error: ErrorInfo) -> bool:
    return error.name == "DeviceKeyExistsException"


def _claim(signature: str, srp: SrpSecret, now: str) -> dict[str, str]:
    return {
        "PASSWORD_CLAIM_SIGNATURE": signature,
        "PASSWORD_CLAIM_SECRET_BLOCK": srp.secret_block,
        "TIMESTAMP": now,
    }


def _session(vault: Vault, challenge: Challenge, username: str) -> SessionSecret:
    """Returns the challenge's Session; an empty one where there is none."""
    if challenge.session is None:
        return SessionSecret(session="", username=username)
    return secret_of(vault, challenge.session, SessionSecret)


def _session_text(vault: Vault, challenge: Challenge) -> str | None:
    return _session(vault, challenge, "").session or None


def _device(tools: Tools, username: str) -> StoredDevice:
    device = tools.devices.of(username)
    if device is None:
        raise exception_from(not_remembered())
    return device


def _by_session_or_token(
    challenge: Challenge | None, account: Account | None, vault: Vault
) -> tuple[dict[str, object], SessionSecret | None]:
    if challenge is not None:
        kept = _session(vault, challenge, "")
        if not kept.session:
            raise answers.malformed("Session")
        return {"Session": kept.session}, kept
    assert account is not None  # noqa: S101 - one of the two is there
    return {"AccessToken": secret_of(vault, account.tokens, Tokens).access_token.reveal()}, None


def _renewed(tools: Tools, vault: Vault, kept: SessionSecret | None, answer: answers.Fields) -> Handle | None:
    if kept is None:
        return None
    session = answers.text(answer, "Session")
    return tools.answers(vault, admin=kept.admin).session(session, kept.username, kept.exchange)


def not_remembered() -> ErrorInfo:
    """Returns the error of a device that is not kept here."""
    return ErrorInfo(
        code=ErrorCode.DEVICE_NOT_REMEMBERED,
        message="This device is not known for that user; sign in again, and it will be.",
        recovery=Recovery.SIGN_IN,
    )


def _not_verified() -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.CODE_MISMATCH,
        message="The code does not belong to this authenticator app; enter a new one.",
        field="code",
        recovery=Recovery.CORRECT_INPUT,
    )


def _insecure(why: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.SECURITY_FAILED,
        message=f"The password was not proved to this server, because its values are not to be trusted. {why}",
        recovery=Recovery.CONTACT_ADMINISTRATOR,
    )
