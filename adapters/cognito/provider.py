"""CognitoProvider: performs the effects that are calls to a Cognito user pool.

Each kind of effect has one method; `_METHODS` is the table. A method resolves the effect's handles, builds a request
(`requests`), makes the call (`calls`) and reads the answer (`answers`).
"""

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

import attrs

from authflow import effects, outcomes
from authflow.adapters.cognito import answers, requests
from authflow.adapters.cognito.calls import Calls, new_client
from authflow.adapters.cognito.requests import Requests
from authflow.adapters.cognito.srp import SrpError, SrpExchange, timestamp
from authflow.adapters.cognito.vaulted import SessionSecret, SrpSecret, secret_of, texts_of
from authflow.adapters.config import PoolConfig
from authflow.effects import Effect
from authflow.errors import (
    AuthFlowError,
    ErrorCode,
    ErrorInfo,
    InvalidInput,
    Recovery,
    exception_from,
)
from authflow.outcomes import Outcome
from authflow.ports import Clock, Tokens
from authflow.secrets import SecretGone, Vault
from authflow.values import Account

if TYPE_CHECKING:
    from types_boto3_cognito_idp.client import CognitoIdentityProviderClient

_VERIFIER: Final = "PASSWORD_VERIFIER"
_DUMMY_PASSWORD: Final = "dummyPassword"  # noqa: S105 - AWSMobileClient's, where a custom flow has none


class CognitoProvider:
    """Performs effects against one user pool and app client. May be used by several threads.

    Args:
        config: the pool, the app client, and where they are.
        client_factory: makes the client at the first call; by default an unsigned boto3 client without retries.
        clock: tells the time, in seconds since the epoch.
        random_bytes: gives that many cryptographically random bytes.
        retries: how often a call is repeated at most, where repeating it is safe.
        sleep: pauses between repetitions, for a number of seconds.
        challenge_lifetime: how long Cognito keeps a Session, in seconds: the app client's AuthSessionValidity.
        connect_timeout: how long our own client waits for a connection, in seconds.
        read_timeout: how long it waits for an answer, in seconds. Cognito gives each Lambda trigger five and up to
            three tries, so that less gives up on sign-ins that are going well.
    """

    def __init__(
        self,
        config: PoolConfig,
        *,
        client_factory: "Callable[[], CognitoIdentityProviderClient] | None" = None,
        clock: Clock = time.time,
        random_bytes: Callable[[int], bytes] = os.urandom,
        retries: int = 2,
        sleep: Callable[[float], None] = time.sleep,
        challenge_lifetime: float = 180.0,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
    ) -> None:
        self._config = config
        self._clock = clock
        self._random_bytes = random_bytes
        self._challenge_lifetime = challenge_lifetime
        self._requests = Requests(config=config)
        self._calls = Calls(
            client_factory=client_factory
            or partial(new_client, config, connect_timeout=connect_timeout, read_timeout=read_timeout),
            random_bytes=random_bytes,
            retries=retries,
            sleep=sleep,
        )

    def perform(self, effect: Effect, vault: Vault) -> Outcome:
        """Makes the call and returns what came of it.

        Args:
            effect: the call.
            vault: resolves the effect's handles; keeps what the outcome's handles name.

        Raises:
            SecretGone: the vault has not got what the effect needs.
            AuthFlowError: the call did not succeed. It is raised here and nowhere deeper: no frame of its traceback
                holds a secret, and it has no cause and no context.
        """
        failed: AuthFlowError | SecretGone
        try:
            return self._METHODS.get(type(effect), _unsupported)(self, effect, vault)
        except SecretGone as gone:
            failed = SecretGone(*gone.args)
        except AuthFlowError as refused:
            failed = exception_from(refused.info)
        except Exception as defect:  # its frames and message may hold secrets: only its class is told
            failed = exception_from(_unexpected(type(defect).__name__))
        raise failed

    def close(self) -> None:
        """Closes the client, if one was made."""
        self._calls.close()

    # Sign-in

    def _initiate_auth(self, effect: effects.InitiateAuth, vault: Vault) -> Outcome:
        plan = requests.PLANS[effect.auth_flow or self._config.auth_flow]
        password = vault.text(effect.password) if effect.password is not None else None
        if plan.password and not password:
            raise InvalidInput.of("password", "Enter the password.")
        exchange = SrpExchange.start(self._random_bytes) if plan.srp else None
        request = self._requests.initiate_auth(
            plan,
            effect.username,
            srp_a=exchange.public_a_hex if exchange else None,
            password=password,
            metadata=effect.client_metadata,
        )
        answer = self._calls.make(effect, request, lambda client: client.initiate_auth(**request))
        return self._answers(vault).outcome(effect.id, answer, effect.username, exchange)

    def _respond_to_password_verifier(self, effect: effects.RespondToPasswordVerifier, vault: Vault) -> Outcome:
        srp = secret_of(vault, effect.srp, SrpSecret)
        password = vault.text(effect.password) if effect.password is not None else _DUMMY_PASSWORD
        session = effect.challenge.session
        request = self._requests.respond(
            _VERIFIER,
            srp.username,
            session=secret_of(vault, session, SessionSecret).session if session is not None else None,
            answers=self._proof(srp, password),
            metadata=effect.client_metadata,
        )
        answer = self._calls.make(effect, request, lambda client: client.respond_to_auth_challenge(**request))
        return self._answers(vault).outcome(effect.id, answer, srp.username)

    def _proof(self, srp: SrpSecret, password: str) -> dict[str, str]:
        now = timestamp(self._clock())
        try:
            signature = srp.exchange.proof(
                srp.user_id, password, srp.salt, srp.srp_b, srp.secret_block, now, self._config.pool_name
            )
        except SrpError as refused:
            raise exception_from(_insecure(str(refused))) from None
        return {
            "PASSWORD_CLAIM_SIGNATURE": signature,
            "PASSWORD_CLAIM_SECRET_BLOCK": srp.secret_block,
            "TIMESTAMP": now,
        }

    def _respond_to_auth_challenge(self, effect: effects.RespondToAuthChallenge, vault: Vault) -> Outcome:
        challenge, username, session = effect.challenge, effect.username, None
        if challenge.session is not None:
            kept = secret_of(vault, challenge.session, SessionSecret)
            username, session = kept.username, kept.session
        attributes = texts_of(vault, effect.attributes)
        given = requests.challenge_answer(challenge.name, vault.text(effect.answer))
        request = self._requests.respond(
            challenge.name,
            username,
            session=session,
            answers={**{f"userAttributes.{name}": value for name, value in attributes.items()}, **given},
            metadata=effect.client_metadata,
        )
        answer = self._calls.make(effect, request, lambda client: client.respond_to_auth_challenge(**request))
        return self._answers(vault).outcome(effect.id, answer, username)

    # Sign-up

    def _sign_up(self, effect: effects.SignUp, vault: Vault) -> Outcome:
        request = self._requests.sign_up(
            effect.username,
            vault.text(effect.password),
            attributes=texts_of(vault, effect.attributes),
            validation=effect.validation_data,
            metadata=effect.client_metadata,
        )
        answer = self._calls.make(effect, request, lambda client: client.sign_up(**request))
        return outcomes.SignedUp(
            effect_id=effect.id,
            confirmed=answers.confirmed(answer),
            user_sub=answers.optional_text(answer, "UserSub"),
            delivery=answers.delivery(answer),
        )

    def _confirm_sign_up(self, effect: effects.ConfirmSignUp, vault: Vault) -> Outcome:
        code = vault.text(effect.code)
        request = self._requests.confirm_sign_up(effect.username, code, effect.client_metadata)
        self._calls.make(effect, request, lambda client: client.confirm_sign_up(**request))
        return outcomes.SignUpConfirmed(effect_id=effect.id)

    def _resend_confirmation_code(self, effect: effects.ResendConfirmationCode, vault: Vault) -> Outcome:
        request = self._requests.resend_confirmation_code(effect.username, effect.client_metadata)
        answer = self._calls.make(effect, request, lambda client: client.resend_confirmation_code(**request))
        return outcomes.SignUpCodeSent(effect_id=effect.id, delivery=answers.delivery(answer))

    # Forgotten password

    def _forgot_password(self, effect: effects.ForgotPassword, vault: Vault) -> Outcome:
        request = self._requests.forgot_password(effect.username, effect.client_metadata)
        answer = self._calls.make(effect, request, lambda client: client.forgot_password(**request))
        return outcomes.ResetCodeSent(effect_id=effect.id, delivery=answers.delivery(answer))

    def _confirm_forgot_password(self, effect: effects.ConfirmForgotPassword, vault: Vault) -> Outcome:
        request = self._requests.confirm_forgot_password(
            effect.username,
            vault.text(effect.code),
            vault.text(effect.new_password),
            effect.client_metadata,
        )
        self._calls.make(effect, request, lambda client: client.confirm_forgot_password(**request))
        return outcomes.PasswordReset(effect_id=effect.id)

    # Session

    def _refresh_tokens(self, effect: effects.RefreshTokens, vault: Vault) -> Outcome:
        held = secret_of(vault, effect.account.tokens, Tokens)
        if held.refresh_token is None:
            raise exception_from(_nothing_to_refresh_with())
        request = self._requests.refresh(effect.account.username, held.refresh_token.reveal())
        answer = self._calls.make(effect, request, lambda client: client.initiate_auth(**request))
        result = answers.section(answer, "AuthenticationResult")
        if result is None:
            raise answers.malformed("AuthenticationResult")
        fresh = self._answers(vault).tokens(result)
        # Cognito sends a refresh token along only where it rotates them.
        kept = attrs.evolve(fresh, refresh_token=fresh.refresh_token or held.refresh_token)
        return outcomes.TokensRefreshed(effect_id=effect.id, account=_renewed(effect.account, kept, vault))

    def _global_sign_out(self, effect: effects.GlobalSignOut, vault: Vault) -> Outcome:
        held = secret_of(vault, effect.account.tokens, Tokens)
        request = {"AccessToken": held.access_token.reveal()}
        self._calls.make(effect, request, lambda client: client.global_sign_out(AccessToken=request["AccessToken"]))
        return outcomes.RemoteSignOutDone(effect_id=effect.id)

    def _revoke_token(self, effect: effects.RevokeToken | effects.Discard, vault: Vault) -> Outcome:
        held = secret_of(vault, effect.account.tokens, Tokens)
        if held.refresh_token is not None:
            request = self._requests.revoke_token(held.refresh_token.reveal())
            self._calls.make(effect, request, lambda client: client.revoke_token(**request))
        return outcomes.RemoteSignOutDone(effect_id=effect.id)

    def _answers(self, vault: Vault) -> answers.AuthAnswers:
        return answers.AuthAnswers(vault=vault, now=self._clock(), lifetime=self._challenge_lifetime)

    # `...`: each method takes its own kind of effect, which its key says.
    _METHODS: ClassVar[Mapping[type[Effect], Callable[..., Outcome]]] = {
        effects.InitiateAuth: _initiate_auth,
        effects.RespondToPasswordVerifier: _respond_to_password_verifier,
        effects.RespondToAuthChallenge: _respond_to_auth_challenge,
        effects.SignUp: _sign_up,
        effects.ConfirmSignUp: _confirm_sign_up,
        effects.ResendConfirmationCode: _resend_confirmation_code,
        effects.ForgotPassword: _forgot_password,
        effects.ConfirmForgotPassword: _confirm_forgot_password,
        effects.RefreshTokens: _refresh_tokens,
        effects.GlobalSignOut: _global_sign_out,
        effects.RevokeToken: _revoke_token,
        effects.Discard: _revoke_token,
    }


def _renewed(account: Account, tokens: Tokens, vault: Vault) -> Account:
    return attrs.evolve(account, tokens=vault.put("tokens", tokens), expires_at=tokens.expires_at)


def _unsupported(provider: CognitoProvider, effect: Effect, vault: Vault) -> Outcome:
    raise exception_from(
        ErrorInfo(
            code=ErrorCode.UNSUPPORTED_OPERATION,
            message=f"{type(effect).__name__} is no call to Cognito.",
            recovery=Recovery.CONTACT_ADMINISTRATOR,
        )
    )


def _unexpected(kind: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.UNKNOWN,
        message=f"The call failed unexpectedly ({kind}).",
        name=kind,
        recovery=Recovery.CONTACT_ADMINISTRATOR,
    )


def _insecure(why: str) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.SECURITY_FAILED,
        message=f"The password was not proved to this server, because its values are not to be trusted. {why}",
        recovery=Recovery.CONTACT_ADMINISTRATOR,
    )


def _nothing_to_refresh_with() -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.EXPIRED_REFRESH_TOKEN,
        message="There is no refresh token; sign in again.",
        recovery=Recovery.SIGN_IN,
    )
