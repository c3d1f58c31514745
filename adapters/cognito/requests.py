"""Builds requests to Cognito: one function an operation, without I/O. The secrets in them are those that it is given.

Sources: the operations' pages in the "Amazon Cognito user pools API reference"; "Computing secret hash values" in the
developer guide.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

import attrs

from authflow.adapters.cognito.secret_hash import secret_hash
from authflow.adapters.config import PoolConfig
from authflow.states import AuthFlowType

if TYPE_CHECKING:
    from types_boto3_cognito_idp.literals import AuthFlowTypeType, ChallengeNameTypeType
    from types_boto3_cognito_idp.type_defs import (
        AttributeTypeTypeDef,
        ConfirmForgotPasswordRequestTypeDef,
        ConfirmSignUpRequestTypeDef,
        ForgotPasswordRequestTypeDef,
        InitiateAuthRequestTypeDef,
        ResendConfirmationCodeRequestTypeDef,
        RespondToAuthChallengeRequestTypeDef,
        RevokeTokenRequestTypeDef,
        SignUpRequestTypeDef,
    )

Texts = Mapping[str, str]


@attrs.frozen(kw_only=True)
class Plan:
    """How a sign-in starts.

    Args:
        flow: Cognito's AuthFlow.
        srp: whether SRP_A goes along.
        password: whether there must be a password.
    """

    flow: "AuthFlowTypeType"
    srp: bool
    password: bool


PLANS: Final[Mapping[AuthFlowType, Plan]] = {
    AuthFlowType.USER_SRP_AUTH: Plan(flow="USER_SRP_AUTH", srp=True, password=True),
    AuthFlowType.USER_PASSWORD_AUTH: Plan(flow="USER_PASSWORD_AUTH", srp=False, password=True),
    # AWSMobileClient's way: always SRP first, with a dummy password where there is none.
    AuthFlowType.CUSTOM_AUTH: Plan(flow="CUSTOM_AUTH", srp=True, password=False),
    AuthFlowType.CUSTOM_AUTH_WITH_SRP: Plan(flow="CUSTOM_AUTH", srp=True, password=True),
    AuthFlowType.CUSTOM_AUTH_WITHOUT_SRP: Plan(flow="CUSTOM_AUTH", srp=False, password=False),
    # Without PREFERRED_CHALLENGE Cognito answers SELECT_CHALLENGE, or the only challenge there is.
    AuthFlowType.USER_AUTH: Plan(flow="USER_AUTH", srp=False, password=False),
}

# The key of the answer among ChallengeResponses; ANSWER for every challenge that is not here.
_ANSWER_KEYS: Final = {
    "EMAIL_OTP": "EMAIL_OTP_CODE",
    "NEW_PASSWORD_REQUIRED": "NEW_PASSWORD",
    "PASSWORD": "PASSWORD",
    "SMS_MFA": "SMS_MFA_CODE",
    "SMS_OTP": "SMS_OTP_CODE",
    "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE",
    "WEB_AUTHN": "CREDENTIAL",
}


def code(typed: str) -> str:
    """Returns a code without the spaces that people copy along or type between groups of digits."""
    return "".join(typed.split())


def challenge_answer(challenge: str, answer: str) -> dict[str, str]:
    """Returns the answer to a challenge under the key that Cognito expects it at."""
    key = _ANSWER_KEYS.get(challenge, "ANSWER")
    return {key: code(answer) if key.endswith("_CODE") else answer}


@attrs.frozen(kw_only=True)
class Requests:
    """Builds the requests of one app client.

    Args:
        config: the app client.
    """

    config: PoolConfig

    def initiate_auth(
        self, plan: Plan, username: str, *, srp_a: str | None, password: str | None, metadata: Texts
    ) -> "InitiateAuthRequestTypeDef":
        """InitiateAuth that starts a sign-in."""
        parameters = {"USERNAME": username, **self._hash("SECRET_HASH", username)}
        if srp_a is not None:
            parameters["SRP_A"] = srp_a
            if plan.flow == "CUSTOM_AUTH":
                parameters["CHALLENGE_NAME"] = "SRP_A"
        elif plan.password and password is not None:
            parameters["PASSWORD"] = password
        request: InitiateAuthRequestTypeDef = {
            "AuthFlow": plan.flow,
            "ClientId": self.config.client_id,
            "AuthParameters": parameters,
        }
        if metadata:
            request["ClientMetadata"] = dict(metadata)
        return request

    def refresh(self, username: str, refresh_token: str) -> "InitiateAuthRequestTypeDef":
        """InitiateAuth that refreshes tokens.

        Args:
            username: Cognito's own name of the user, which the refresh token was issued to. The hash is over that one
                and never over an alias (aws-sdk-net-extensions-cognito #122, amplify-android #3111).
            refresh_token: the refresh token.
        """
        parameters = {"REFRESH_TOKEN": refresh_token, **self._hash("SECRET_HASH", username)}
        return {
            "AuthFlow": "REFRESH_TOKEN_AUTH",
            "ClientId": self.config.client_id,
            "AuthParameters": parameters,
        }

    def respond(
        self, challenge: str, username: str, *, session: str | None, answers: Texts, metadata: Texts
    ) -> "RespondToAuthChallengeRequestTypeDef":
        """RespondToAuthChallenge. `username` is the name that the challenge gave, if it gave one."""
        responses = {**answers, "USERNAME": username, **self._hash("SECRET_HASH", username)}
        request: RespondToAuthChallengeRequestTypeDef = {
            "ClientId": self.config.client_id,
            "ChallengeName": cast("ChallengeNameTypeType", challenge),  # Cognito may know more than the SDK
            "ChallengeResponses": responses,
        }
        if session is not None:
            request["Session"] = session
        if metadata:
            request["ClientMetadata"] = dict(metadata)
        return request

    def sign_up(
        self, username: str, password: str, *, attributes: Texts, validation: Texts, metadata: Texts
    ) -> "SignUpRequestTypeDef":
        """SignUp."""
        request: SignUpRequestTypeDef = {
            "ClientId": self.config.client_id,
            "Username": username,
            "Password": password,
            "UserAttributes": _attributes(attributes),
        }
        if hashed := self._hashed(username):
            request["SecretHash"] = hashed
        if validation:
            request["ValidationData"] = _attributes(validation)
        if metadata:
            request["ClientMetadata"] = dict(metadata)
        return request

    def confirm_sign_up(self, username: str, confirmation: str, metadata: Texts) -> "ConfirmSignUpRequestTypeDef":
        """ConfirmSignUp. It never takes an alias from another user, as AWSMobileClient's did not."""
        request: ConfirmSignUpRequestTypeDef = {
            "ClientId": self.config.client_id,
            "Username": username,
            "ConfirmationCode": code(confirmation),
            "ForceAliasCreation": False,
        }
        if hashed := self._hashed(username):
            request["SecretHash"] = hashed
        if metadata:
            request["ClientMetadata"] = dict(metadata)
        return request

    def resend_confirmation_code(self, username: str, metadata: Texts) -> "ResendConfirmationCodeRequestTypeDef":
        """ResendConfirmationCode."""
        request: ResendConfirmationCodeRequestTypeDef = {
            "ClientId": self.config.client_id,
            "Username": username,
        }
        if hashed := self._hashed(username):
            request["SecretHash"] = hashed
        if metadata:
            request["ClientMetadata"] = dict(metadata)
        return request

    def forgot_password(self, username: str, metadata: Texts) -> "ForgotPasswordRequestTypeDef":
        """ForgotPassword."""
        request: ForgotPasswordRequestTypeDef = {"ClientId": self.config.client_id, "Username": username}
        if hashed := self._hashed(username):
            request["SecretHash"] = hashed
        if metadata:
            request["ClientMetadata"] = dict(metadata)
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
        if metadata:
            request["ClientMetadata"] = dict(metadata)
        return request

    def revoke_token(self, refresh_token: str) -> "RevokeTokenRequestTypeDef":
        """RevokeToken, the one operation that takes the client secret itself."""
        request: RevokeTokenRequestTypeDef = {"ClientId": self.config.client_id, "Token": refresh_token}
        if self.config.client_secret is not None:
            request["ClientSecret"] = self.config.client_secret.reveal()
        return request

    def _hashed(self, username: str) -> str | None:
        if self.config.client_secret is None:
            return None
        return secret_hash(username, self.config.client_id, self.config.client_secret.reveal())

    def _hash(self, key: str, username: str) -> dict[str, str]:
        hashed = self._hashed(username)
        return {} if hashed is None else {key: hashed}


def _attributes(texts: Texts) -> "list[AttributeTypeTypeDef]":
    return [{"Name": name, "Value": value} for name, value in texts.items()]
