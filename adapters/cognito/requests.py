"""Builds requests to Cognito: one function an operation, without I/O. The secrets in them are those that it is given.

Sources: the operations' pages in the "Amazon Cognito user pools API reference"; "Computing secret hash values" in the
developer guide.
"""

import json
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from authflow.adapters.cognito.secret_hash import secret_hash
from authflow.adapters.config import PoolConfig
from authflow.errors import InvalidInput
from authflow.states import AuthFlowType, FirstFactor

if TYPE_CHECKING:
    from types_boto3_cognito_idp.literals import AuthFlowTypeType, ChallengeNameTypeType
    from types_boto3_cognito_idp.type_defs import (
        AttributeTypeTypeDef,
        ConfirmForgotPasswordRequestTypeDef,
        ConfirmSignUpRequestTypeDef,
        ForgotPasswordRequestTypeDef,
        GetTokensFromRefreshTokenRequestTypeDef,
        InitiateAuthRequestTypeDef,
        ResendConfirmationCodeRequestTypeDef,
        RespondToAuthChallengeRequestTypeDef,
        RevokeTokenRequestTypeDef,
        SignUpRequestTypeDef,
    )

Texts = Mapping[str, str]


@attrs.frozen(kw_only=True)
class UserContext:
    """What Cognito's threat protection wants to know of who calls (UserContextDataType).

    Args:
        encoded_data: the device's fingerprint, as Amazon's own libraries encode it.
        ip_address: the user's address, where it is not the caller's.
    """

    encoded_data: str | None = attrs.field(default=None, repr=False)
    ip_address: str | None = None


ContextOf = Callable[[str], UserContext | None]


@attrs.frozen(kw_only=True)
class Plan:
    """How a sign-in starts.

    Args:
        flow: Cognito's AuthFlow.
        srp: whether SRP_A goes along.
        password: whether there must be a password.
        admin: whether it is made with AWS credentials.
    """

    flow: "AuthFlowTypeType"
    srp: bool
    password: bool
    admin: bool = False


PLANS: Final[Mapping[AuthFlowType, Plan]] = {
    AuthFlowType.USER_SRP_AUTH: Plan(flow="USER_SRP_AUTH", srp=True, password=True),
    AuthFlowType.USER_PASSWORD_AUTH: Plan(flow="USER_PASSWORD_AUTH", srp=False, password=True),
    # AWSMobileClient's way: always SRP first, with a dummy password where there is none.
    AuthFlowType.CUSTOM_AUTH: Plan(flow="CUSTOM_AUTH", srp=True, password=False),
    AuthFlowType.CUSTOM_AUTH_WITH_SRP: Plan(flow="CUSTOM_AUTH", srp=True, password=True),
    AuthFlowType.CUSTOM_AUTH_WITHOUT_SRP: Plan(flow="CUSTOM_AUTH", srp=False, password=False),
    # Without PREFERRED_CHALLENGE Cognito answers SELECT_CHALLENGE, or the only challenge there is.
    AuthFlowType.USER_AUTH: Plan(flow="USER_AUTH", srp=False, password=False),
    AuthFlowType.ADMIN_USER_PASSWORD_AUTH: Plan(flow="ADMIN_USER_PASSWORD_AUTH", srp=False, password=True, admin=True),
    AuthFlowType.ADMIN_USER_SRP_AUTH: Plan(flow="USER_SRP_AUTH", srp=True, password=True, admin=True),
    AuthFlowType.ADMIN_CUSTOM_AUTH: Plan(flow="CUSTOM_AUTH", srp=True, password=False, admin=True),
}


def plan_of(auth_flow: AuthFlowType, preferred: FirstFactor | None) -> Plan:
    """Returns how a sign-in starts, the first factor that is asked for included."""
    plan = PLANS[auth_flow]
    if plan.flow != "USER_AUTH" or preferred is None:
        return plan
    srp = preferred is FirstFactor.PASSWORD_SRP
    return attrs.evolve(plan, srp=srp, password=srp or preferred is FirstFactor.PASSWORD)


# The key of the answer among ChallengeResponses; ANSWER for every challenge that is not here.
_ANSWER_KEYS: Final = {
    "ADMIN_NO_SRP_AUTH": "PASSWORD",
    "EMAIL_MFA": "EMAIL_MFA_CODE",
    "EMAIL_OTP": "EMAIL_OTP_CODE",
    "NEW_PASSWORD_REQUIRED": "NEW_PASSWORD",
    "PASSWORD": "PASSWORD",
    "SMS_MFA": "SMS_MFA_CODE",
    "SMS_OTP": "SMS_OTP_CODE",
    "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE",
    "WEB_AUTHN": "CREDENTIAL",
}


def code(typed: str) -> str:
    """Returns a code without what people copy along or type between its digits, in the digits that Cognito knows."""
    return "".join(char for char in unicodedata.normalize("NFKC", typed) if char.isalnum())


def challenge_answer(challenge: str, answer: str | None, choice: str | None) -> dict[str, str]:
    """Returns the answer to a challenge under the keys that Cognito expects it at.

    Args:
        challenge: Cognito's ChallengeName.
        answer: what was typed.
        choice: what was chosen among the challenge's options.

    Raises:
        InvalidInput: a passkey's answer is no JSON object.
    """
    if challenge == "MFA_SETUP":  # the Session says the rest
        return {"EMAIL": answer} if choice == "EMAIL_OTP" and answer else {}
    if challenge == FirstFactor.PASSWORD_SRP:  # SRP_A is the answer; the password itself is never sent
        return {}
    chosen = {"ANSWER": choice} if choice is not None else {}
    if answer is None or choice == FirstFactor.PASSWORD_SRP:
        return chosen
    if choice == FirstFactor.PASSWORD:
        return {**chosen, "PASSWORD": answer}
    key = _ANSWER_KEYS.get(challenge, "ANSWER")
    if key == "CREDENTIAL":
        demand_object(answer, "answer")
    return {**chosen, key: code(answer) if key.endswith("_CODE") else answer}


def demand_object(typed: str, field: str) -> "dict[str, Any]":
    """Returns the JSON object that a text holds.

    Raises:
        InvalidInput: it holds none.
    """
    found: object = None
    with suppress(ValueError, RecursionError):
        found = json.loads(typed)
    if not isinstance(found, dict):
        raise InvalidInput.of(field, "This is no answer of a passkey: it must be a JSON object.")
    return found


@attrs.frozen(kw_only=True)
class Requests:
    """Builds the requests of one app client.

    Args:
        config: the app client.
        analytics_endpoint_id: Pinpoint's name of this installation (AnalyticsMetadata).
        user_context: what threat protection is told of a user's call (UserContextData).
    """

    config: PoolConfig
    analytics_endpoint_id: str | None = None
    user_context: ContextOf | None = None

    def initiate_auth(
        self,
        plan: Plan,
        username: str,
        *,
        srp_a: str | None,
        password: str | None,
        metadata: Texts,
        preferred: FirstFactor | None = None,
        session: str | None = None,
        device_key: str | None = None,
    ) -> "InitiateAuthRequestTypeDef":
        """InitiateAuth that starts a sign-in."""
        parameters = {"USERNAME": username, **self._hash("SECRET_HASH", username)}
        if srp_a is not None:
            parameters["SRP_A"] = srp_a
            if plan.flow == "CUSTOM_AUTH":
                parameters["CHALLENGE_NAME"] = "SRP_A"
        elif plan.password and password is not None:
            parameters["PASSWORD"] = password
        if plan.flow == "USER_AUTH" and preferred is not None and session is None:
            parameters["PREFERRED_CHALLENGE"] = preferred.value
        if device_key is not None:
            parameters["DEVICE_KEY"] = device_key
        request: InitiateAuthRequestTypeDef = {
            "AuthFlow": plan.flow,
            "ClientId": self.config.client_id,
            "AuthParameters": parameters,
        }
        if session is not None:
            request["Session"] = session
        self._attach(request, username, metadata)
        return request

    def for_admin(self, request: "Mapping[str, Any]") -> "dict[str, Any]":
        """Returns a request as AdminInitiateAuth and AdminRespondToAuthChallenge take it.

        Their ContextData wants headers that only a web server has, so that none goes along.
        """
        plain = {name: value for name, value in request.items() if name != "UserContextData"}
        return {**plain, "UserPoolId": self.config.user_pool_id}

    def refresh(self, username: str, refresh_token: str, device_key: str | None = None) -> "InitiateAuthRequestTypeDef":
        """InitiateAuth that refreshes tokens.

        Args:
            username: Cognito's own name of the user, which the refresh token was issued to. The hash is over that one
                and never over an alias (aws-sdk-net-extensions-cognito #122, amplify-android #3111).
            refresh_token: the refresh token.
            device_key: the device that the session is bound to.
        """
        parameters = {"REFRESH_TOKEN": refresh_token, **self._hash("SECRET_HASH", username)}
        if device_key is not None:
            parameters["DEVICE_KEY"] = device_key
        return {
            "AuthFlow": "REFRESH_TOKEN_AUTH",
            "ClientId": self.config.client_id,
            "AuthParameters": parameters,
        }

    def tokens_from_refresh_token(
        self, refresh_token: str, device_key: str | None = None
    ) -> "GetTokensFromRefreshTokenRequestTypeDef":
        """GetTokensFromRefreshToken, which takes the client secret itself; see `refresh`."""
        request: GetTokensFromRefreshTokenRequestTypeDef = {
            "RefreshToken": refresh_token,
            "ClientId": self.config.client_id,
        }
        if self.config.client_secret is not None:
            request["ClientSecret"] = self.config.client_secret.reveal()
        if device_key is not None:
            request["DeviceKey"] = device_key
        return request

    def respond(
        self,
        challenge: str,
        username: str,
        *,
        session: str | None,
        answers: Texts,
        metadata: Texts,
        device_key: str | None = None,
    ) -> "RespondToAuthChallengeRequestTypeDef":
        """RespondToAuthChallenge. `username` is the name that the challenge gave, if it gave one."""
        responses = {**answers, "USERNAME": username, **self._hash("SECRET_HASH", username)}
        if device_key is not None:
            responses["DEVICE_KEY"] = device_key
        request: RespondToAuthChallengeRequestTypeDef = {
            "ClientId": self.config.client_id,
            "ChallengeName": cast("ChallengeNameTypeType", challenge),  # Cognito may know more than the SDK
            "ChallengeResponses": responses,
        }
        if session is not None:
            request["Session"] = session
        self._attach(request, username, metadata)
        return request

    def sign_up(
        self, username: str, password: str | None, *, attributes: Texts, validation: Texts, metadata: Texts
    ) -> "SignUpRequestTypeDef":
        """SignUp; without a password where the pool does without."""
        request: SignUpRequestTypeDef = {
            "ClientId": self.config.client_id,
            "Username": username,
            "UserAttributes": _attributes(attributes),
        }
        if password is not None:
            request["Password"] = password
        if hashed := self._hashed(username):
            request["SecretHash"] = hashed
        if validation:
            request["ValidationData"] = _attributes(validation)
        self._attach(request, username, metadata)
        return request

    def confirm_sign_up(
        self,
        username: str,
        confirmation: str,
        metadata: Texts,
        *,
        force_alias_creation: bool = False,
        session: str | None = None,
    ) -> "ConfirmSignUpRequestTypeDef":
        """ConfirmSignUp. It takes an alias from another user only if that was asked for."""
        request: ConfirmSignUpRequestTypeDef = {
            "ClientId": self.config.client_id,
            "Username": username,
            "ConfirmationCode": code(confirmation),
            "ForceAliasCreation": force_alias_creation,
        }
        if session is not None:
            request["Session"] = session
        if hashed := self._hashed(username):
            request["SecretHash"] = hashed
        self._attach(request, username, metadata)
        return request

    def resend_confirmation_code(self, username: str, metadata: Texts) -> "ResendConfirmationCodeRequestTypeDef":
        """ResendConfirmationCode."""
        request: ResendConfirmationCodeRequestTypeDef = {
            "ClientId": self.config.client_id,
            "Username": username,
        }
        if hashed := self._hashed(username):
            request["SecretHash"] = hashed
        self._attach(request, username, metadata)
        return request

    def forgot_password(self, username: str, metadata: Texts) -> "ForgotPasswordRequestTypeDef":
        """ForgotPassword."""
        request: ForgotPasswordRequestTypeDef = {"ClientId": self.config.client_id, "Username": username}
        if hashed := self._hashed(username):
            request["SecretHash"] = hashed
        self._attach(request, username, metadata)
        return request

    def confirm_forgot_password(
        self, username: str, confirmation: str, password: str, metadata: Texts
    ) -> "ConfirmForgotPasswordRequestTypeDef":
        """ConfirmForgotPassword."""
        request: ConfirmForgotPasswordRequestTypeDef = {
            "ClientId": self.config.client_id,
            "Username": username,
            "ConfirmationCode": code(confirmation),
            "Password": password,
        }
        if hashed := self._hashed(username):
            request["SecretHash"] = hashed
        self._attach(request, username, metadata)
        return request

    def revoke_token(self, refresh_token: str) -> "RevokeTokenRequestTypeDef":
        """RevokeToken, which takes the client secret itself."""
        request: RevokeTokenRequestTypeDef = {"ClientId": self.config.client_id, "Token": refresh_token}
        if self.config.client_secret is not None:
            request["ClientSecret"] = self.config.client_secret.reveal()
        return request

    def _attach(self, request: Any, username: str, metadata: Texts) -> None:
        """Adds what goes along with every call that a user makes: metadata, analytics, threat protection's context."""
        if metadata:
            request["ClientMetadata"] = dict(metadata)
        if self.analytics_endpoint_id is not None:
            request["AnalyticsMetadata"] = {"AnalyticsEndpointId": self.analytics_endpoint_id}
        context = self.user_context(username) if self.user_context is not None else None
        if context is not None:
            told = {"EncodedData": context.encoded_data, "IpAddress": context.ip_address}
            request["UserContextData"] = {name: value for name, value in told.items() if value is not None}

    def _hashed(self, username: str) -> str | None:
        if self.config.client_secret is None:
            return None
        return secret_hash(username, self.config.client_id, self.config.client_secret.reveal())

    def _hash(self, key: str, username: str) -> dict[str, str]:
        hashed = self._hashed(username)
        return {} if hashed is None else {key: hashed}


def _attributes(texts: Texts) -> "list[AttributeTypeTypeDef]":
    return [{"Name": name, "Value": value} for name, value in texts.items()]
