"""Reads Cognito's answers. Whatever they are, what comes out is an outcome or an error, never a KeyError.

botocore does not check answers against the service's model: a field may be missing or of any JSON type. What a
challenge's proof needs goes into the vault; `Challenge.parameters` holds only what a frontend may show.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import attrs

from authflow.adapters.cognito.srp import SrpExchange
from authflow.adapters.cognito.vaulted import NewDevice, SessionSecret, SrpSecret
from authflow.adapters.token_segments import object_in
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from
from authflow.outcomes import (
    CHALLENGES,
    Authenticated,
    DevicePasswordVerifierIssued,
    Outcome,
    PasswordVerifierIssued,
    UnknownChallengeIssued,
)
from authflow.ports import Tokens, mark_of_tokens
from authflow.secrets import Handle, Secret, Vault
from authflow.states import DeliveryMedium
from authflow.values import Account, Challenge, CodeDelivery

Fields = Mapping[str, object]

_MEDIA: Final = {"SMS": DeliveryMedium.sms, "EMAIL": DeliveryMedium.email}
_MEDIUM: Final = "CODE_DELIVERY_DELIVERY_MEDIUM"
_DESTINATION: Final = "CODE_DELIVERY_DESTINATION"
_BASE32: Final = re.compile(r"[A-Za-z2-7]{16,1024}=*")  # SecretCodeType: 16 characters or more
_PREFIX: Final = "userAttributes."
# Words whose presence in a parameter's name says that it is the protocol's and not the frontend's.
_SECRET_WORDS: Final = frozenset({"PASSWORD", "SALT", "SECRET", "SESSION", "SRP"})
_LONGEST_NAME: Final = 32  # of an attribute: AttributeNameType
_LONGEST: Final = 10 * 366 * 86_400  # seconds: Cognito's longest token lifetime is ten years


def malformed(what: str) -> AuthFlowError:
    """Returns the exception that says that `what` is missing from an answer or makes no sense there."""
    return exception_from(
        ErrorInfo(
            code=ErrorCode.MALFORMED_RESPONSE,
            message=f"Cognito's answer cannot be used: {what} is missing or malformed.",
            recovery=Recovery.CONTACT_ADMINISTRATOR,
        )
    )


def to_be_repeated(error: ErrorInfo) -> ErrorInfo:
    """Returns the error of a call about a session that goes on, where asking again is all there is to do."""
    if error.code not in (ErrorCode.MALFORMED_RESPONSE, ErrorCode.OUTCOME_UNKNOWN, ErrorCode.SECURITY_FAILED):
        return error
    return attrs.evolve(error, retryable=True, recovery=Recovery.RETRY)


def text(fields: Fields, name: str) -> str:
    """Returns a field that must be a text with something in it.

    Raises:
        AuthFlowError: it is not (`ErrorCode.MALFORMED_RESPONSE`).
    """
    found = optional_text(fields, name)
    if not found:
        raise malformed(name)
    return found


def optional_text(fields: Fields, name: str) -> str | None:
    """Returns a field that may be missing or null but is a text otherwise.

    Raises:
        AuthFlowError: it is something else (`ErrorCode.MALFORMED_RESPONSE`).
    """
    found = fields.get(name)
    if found is not None and not isinstance(found, str):
        raise malformed(name)
    return found if found is None else whole(found)


def whole(found: str) -> str:
    """Returns a text that has a UTF-8 form: JSON can hold halves of a character, such as a trigger that cut one."""
    return found if found.isascii() else found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def section(fields: Fields, name: str) -> Fields | None:
    """Returns a structure that may be missing or null.

    Raises:
        AuthFlowError: it is something else (`ErrorCode.MALFORMED_RESPONSE`).
    """
    found = fields.get(name)
    if found is not None and not isinstance(found, Mapping):
        raise malformed(name)
    return found


def confirmed(answer: Fields) -> bool:
    """Returns SignUp's UserConfirmed.

    Raises:
        AuthFlowError: it is no boolean (`ErrorCode.MALFORMED_RESPONSE`).
    """
    found = answer.get("UserConfirmed")
    if not isinstance(found, bool):
        raise malformed("UserConfirmed")
    return found


def delivery(answer: Fields) -> CodeDelivery | None:
    """Returns CodeDeliveryDetails; None where Cognito sent no code.

    Raises:
        AuthFlowError: they are malformed.
    """
    details = section(answer, "CodeDeliveryDetails")
    if not details:
        return None
    return CodeDelivery(
        medium=_medium(optional_text(details, "DeliveryMedium")),
        destination=optional_text(details, "Destination"),
        attribute=optional_text(details, "AttributeName"),
    )


def _medium(name: str | None) -> DeliveryMedium:
    return _MEDIA.get(name or "", DeliveryMedium.unknown)


@attrs.frozen(kw_only=True)
class AuthAnswers:
    """Reads the answers of InitiateAuth and RespondToAuthChallenge.

    Args:
        vault: takes the secrets that the answers bring.
        now: the time, in seconds since the epoch.
        lifetime: how long a Session lives, in seconds.
        admin: whether the sign-in is made with AWS credentials.
        check: raises for tokens that are not to be used.
    """

    vault: Vault
    now: float
    lifetime: float
    admin: bool = False
    check: Callable[[Tokens], None] | None = None

    def outcome(self, effect_id: int, answer: Fields, username: str, exchange: SrpExchange | None = None) -> Outcome:
        """Returns what Cognito answered.

        Args:
            effect_id: the id of the effect that asked.
            answer: Cognito's answer.
            username: the name that the request carried; used where the answer has no better one.
            exchange: our half of SRP, if the request started one.

        Raises:
            AuthFlowError: the answer cannot be used (`ErrorCode.MALFORMED_RESPONSE`).
        """
        result = section(answer, "AuthenticationResult")
        if result is not None:
            return Authenticated(
                effect_id=effect_id, account=self.account(result, username), device=self._device(result)
            )
        name = optional_text(answer, "ChallengeName")
        if not name:
            raise malformed("ChallengeName")
        return self._challenge(effect_id, name, answer, username, exchange)

    def account(self, result: Fields, username: str) -> Account:
        """Returns whose tokens an AuthenticationResult holds, with the tokens put into the vault.

        Raises:
            AuthFlowError: the access token or its lifetime is missing or malformed.
        """
        tokens = self.tokens(result)
        access = claims_of(tokens.access_token)
        identity = claims_of(tokens.id_token)
        name = _claim(access, "username") or _claim(identity, "cognito:username") or username
        return Account(
            username=name,
            user_sub=_claim(identity, "sub") or _claim(access, "sub"),
            tokens=self.vault.put("tokens", tokens),
            expires_at=tokens.expires_at,
            mark=mark_of_tokens(tokens),
        )

    def _device(self, result: Fields) -> Handle | None:
        """Takes NewDeviceMetadata; malformed, it counts as none: a sign-in does not fail for the sake of a device."""
        metadata = result.get("NewDeviceMetadata")
        if not isinstance(metadata, Mapping):
            return None
        key, group_key = metadata.get("DeviceKey"), metadata.get("DeviceGroupKey")
        if not isinstance(key, str) or not isinstance(group_key, str) or not key or not group_key:
            return None
        return self.vault.put("device", NewDevice(key=key, group_key=group_key))

    def tokens(self, result: Fields) -> Tokens:
        """Returns the tokens of an AuthenticationResult.

        Raises:
            AuthFlowError: the access token or its lifetime is missing or malformed, or they are not to be used.
        """
        tokens = tokens_of(result, self.now)
        if self.check is not None:
            self.check(tokens)
        return tokens

    def _challenge(
        self, effect_id: int, name: str, answer: Fields, username: str, exchange: SrpExchange | None
    ) -> Outcome:
        parameters = _texts(section(answer, "ChallengeParameters") or {})
        session = optional_text(answer, "Session") or ""
        name_to_send = parameters.get("USERNAME") or parameters.get("USER_ID_FOR_SRP") or username
        challenge = Challenge(
            name=name,
            parameters={key: value for key, value in parameters.items() if _is_public(key)},
            # Kept where it is empty, too: the name of the user goes with it, and how the answer is to be sent.
            session=self._keep(session, name_to_send, exchange),
            delivery=_challenge_delivery(parameters),
            required_attributes=_required_attributes(parameters.get("requiredAttributes")),
            options=_options(name, answer, parameters),
            lifetime=self.lifetime,
        )
        kind = CHALLENGES.get(name, UnknownChallengeIssued)
        if kind is PasswordVerifierIssued:
            user_id = text(parameters, "USER_ID_FOR_SRP")
            srp = self.vault.put("srp", self._srp(parameters, exchange, user_id, parameters.get("USERNAME") or user_id))
            return PasswordVerifierIssued(effect_id=effect_id, challenge=challenge, srp=srp)
        if kind is DevicePasswordVerifierIssued:
            srp = self.vault.put("srp", self._srp(parameters, exchange, name_to_send, name_to_send))
            return DevicePasswordVerifierIssued(effect_id=effect_id, challenge=challenge, srp=srp)
        return kind(effect_id=effect_id, challenge=challenge)

    def session(self, session: str | None, username: str, exchange: SrpExchange | None = None) -> Handle | None:
        """Puts a Session into the vault; None where there is none."""
        return self._keep(session, username, exchange) if session else None

    def _keep(self, session: str, username: str, exchange: SrpExchange | None) -> Handle:
        kept = SessionSecret(session=session, username=username, admin=self.admin, exchange=exchange)
        return self.vault.put("session", kept)

    def _srp(
        self, parameters: Mapping[str, str], exchange: SrpExchange | None, user_id: str, username: str
    ) -> SrpSecret:
        if exchange is None:
            raise malformed("the SRP exchange that the challenge belongs to")
        return SrpSecret(
            exchange=exchange,
            user_id=user_id,
            username=username,
            salt=text(parameters, "SALT"),
            srp_b=text(parameters, "SRP_B"),
            secret_block=text(parameters, "SECRET_BLOCK"),
            admin=self.admin,
        )


def _texts(fields: Fields) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, value in fields.items():
        if value is None:
            continue
        if not isinstance(name, str) or not isinstance(value, str):
            raise malformed("a challenge parameter")
        texts[whole(name)] = whole(value)
    return texts


def _is_public(name: str) -> bool:
    return _SECRET_WORDS.isdisjoint(re.split(r"[^A-Z]+", name.upper()))


def _challenge_delivery(parameters: Mapping[str, str]) -> CodeDelivery | None:
    if _MEDIUM not in parameters and _DESTINATION not in parameters:
        return None
    return CodeDelivery(medium=_medium(parameters.get(_MEDIUM)), destination=parameters.get(_DESTINATION) or None)


def _required_attributes(listed: str | None) -> tuple[str, ...]:
    """Reads NEW_PASSWORD_REQUIRED's list. What is unreadable is left out: Cognito names what is missing."""
    names = (name.removeprefix(_PREFIX) for name in _names(_json(listed)))
    return tuple(name for name in names if name.isprintable() and 0 < len(name) <= _LONGEST_NAME)


# Where a challenge says what can be chosen, and which of these a client can do anything with; None: all.
_CHOICES: Final = {
    "SELECT_MFA_TYPE": ("MFAS_CAN_CHOOSE", None),
    # An administrator has to set up codes by SMS.
    "MFA_SETUP": ("MFAS_CAN_SETUP", frozenset({"SOFTWARE_TOKEN_MFA", "EMAIL_OTP"})),
}


def _options(name: str, answer: Fields, parameters: Mapping[str, str]) -> tuple[str, ...]:
    """Reads what can be chosen. An unreadable list is taken for empty: the challenge is then answered as it stands.

    Raises:
        AuthFlowError: there is nothing that the user could choose.
    """
    if name == "SELECT_CHALLENGE":
        return _names(answer.get("AvailableChallenges"))
    if name not in _CHOICES:
        return ()
    parameter, useful = _CHOICES[name]
    listed = _names(_json(parameters.get(parameter)))
    if name == "MFA_SETUP" and listed == ("SMS_MFA",):
        raise exception_from(_NOTHING_TO_SET_UP)
    return tuple(one for one in listed if useful is None or one in useful)


_NOTHING_TO_SET_UP: Final = ErrorInfo(
    code=ErrorCode.MFA_METHOD_NOT_FOUND,
    message="A second factor is needed that only an administrator can set up.",
    recovery=Recovery.CONTACT_ADMINISTRATOR,
)


def _names(listed: object) -> tuple[str, ...]:
    if not isinstance(listed, list | tuple):
        return ()
    return tuple(dict.fromkeys(whole(name) for name in listed if isinstance(name, str) and name))


def _json(listed: str | None) -> object:
    try:
        found: object = json.loads(listed or "[]")
    except (ValueError, RecursionError):
        return None
    return found


def tokens_of(result: Fields, now: float) -> Tokens:
    """Returns the tokens of an AuthenticationResult.

    Args:
        result: the AuthenticationResult.
        now: the time, in seconds since the epoch.

    Raises:
        AuthFlowError: the access token or its lifetime is missing or malformed.
    """
    identity, refresh = optional_text(result, "IdToken"), optional_text(result, "RefreshToken")
    return Tokens(
        id_token=Secret(identity) if identity else None,
        access_token=Secret(text(result, "AccessToken")),
        refresh_token=Secret(refresh) if refresh else None,
        expires_at=now + min(_lifetime(result), _id_lifetime(identity)),
    )


def moment(value: object) -> float | None:
    """Returns a timestamp, of either form that botocore has for one, in seconds since the epoch; else None."""
    if isinstance(value, datetime):
        return value.timestamp()
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def totp_secret(fields: Fields) -> str:
    """Returns SecretCode, which authenticator apps take in base32 (RFC 4648).

    Raises:
        AuthFlowError: it is something else (`ErrorCode.MALFORMED_RESPONSE`).
    """
    found = text(fields, "SecretCode")
    if not _BASE32.fullmatch(found):
        raise malformed("SecretCode")
    return found


def device_key(tokens: Tokens) -> str | None:
    """Returns the DeviceKey of the device that tokens are bound to; None where they say nothing of it.

    Source: "Understanding the access token" in the developer guide, `device_key`.
    """
    return _claim(claims_of(tokens.access_token), "device_key")


def _lifetime(result: Fields) -> int:
    seconds = result.get("ExpiresIn")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds <= _LONGEST:
        raise malformed("ExpiresIn")
    return seconds


def _id_lifetime(identity: str | None) -> float:
    """Returns how long an ID token lives, in seconds: by its own account, for the answer does not say.

    By the difference of two of its times, which no clock of ours has a part in.
    """
    claims = claims_of(Secret(identity) if identity else None)
    issued, ends = claims.get("iat"), claims.get("exp")
    if type(issued) is not int or type(ends) is not int or ends <= issued:
        return float(_LONGEST)
    return float(min(ends - issued, _LONGEST))


def claims_of(token: Secret[str] | None) -> Fields:
    """Returns a token's claims without verifying them: it came from Cognito itself a moment ago, over TLS."""
    parts = token.reveal().split(".") if token else []
    return (object_in(parts[1]) or {}) if len(parts) == 3 else {}


def _claim(claims: Fields, name: str) -> str | None:
    found = claims.get(name)
    return found if isinstance(found, str) and found else None
