"""CognitoProvider: performs the effects that are calls to a Cognito user pool, and to an identity pool.

Each kind of effect has one function; `CALLS` is the table. A function resolves the effect's handles, builds a request
(`requests`), makes the call (`tools`, `calls`) and reads the answer (`answers`).
"""

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from authflow import effects
from authflow.adapters.cognito import account_calls, identity_calls, registration_calls, session_calls, sign_in_calls
from authflow.adapters.cognito.account_errors import of_account
from authflow.adapters.cognito.calls import Calls
from authflow.adapters.cognito.clients import new_admin_client, new_client, new_identity_client
from authflow.adapters.cognito.known_devices import KnownDevices
from authflow.adapters.cognito.requests import ContextOf, Requests
from authflow.adapters.cognito.server_clock import ServerClock
from authflow.adapters.cognito.tools import Tools
from authflow.adapters.cognito.transport import Transport, WireTransport
from authflow.adapters.cognito.verification import verification_of
from authflow.adapters.cognito.wire_settings import USUAL, Wire
from authflow.adapters.config import PoolConfig
from authflow.adapters.oauth import exchange, redirects
from authflow.adapters.oauth.foreign import refuse_foreign
from authflow.adapters.oauth.http import Http
from authflow.adapters.oauth.sign_out import sign_out_request
from authflow.adapters.oauth.tools import hosted_tools
from authflow.adapters.stores.memory import MemoryDeviceStore
from authflow.effects import Effect
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, exception_from
from authflow.outcomes import Outcome
from authflow.ports import Clock, DeviceStore
from authflow.secrets import SecretGone, Vault

if TYPE_CHECKING:
    from types_boto3_cognito_identity.client import CognitoIdentityClient
    from types_boto3_cognito_idp.client import CognitoIdentityProviderClient

    from authflow.adapters.tokens import TokenVerifier

# `...`: each function takes its own kind of effect, which its key says.
CALLS: Final[Mapping[type[Effect], Callable[..., Outcome]]] = {
    effects.InitiateAuth: sign_in_calls.initiate_auth,
    effects.RespondToPasswordVerifier: sign_in_calls.respond_to_password_verifier,
    effects.RespondToDeviceSrpAuth: sign_in_calls.respond_to_device_srp_auth,
    effects.RespondToDevicePasswordVerifier: sign_in_calls.respond_to_device_password_verifier,
    effects.RespondToAuthChallenge: sign_in_calls.respond_to_auth_challenge,
    effects.AssociateSoftwareToken: sign_in_calls.associate_software_token,
    effects.VerifySoftwareToken: sign_in_calls.verify_software_token,
    effects.StartRedirect: redirects.start_redirect,
    effects.ExchangeCode: exchange.exchange_code,
    effects.ConfirmDevice: sign_in_calls.confirm_device,
    effects.SignUp: registration_calls.sign_up,
    effects.ConfirmSignUp: registration_calls.confirm_sign_up,
    effects.ResendConfirmationCode: registration_calls.resend_confirmation_code,
    effects.ForgotPassword: registration_calls.forgot_password,
    effects.ConfirmForgotPassword: registration_calls.confirm_forgot_password,
    effects.ReadUser: account_calls.read_user,
    effects.SendContactCode: account_calls.send_contact_code,
    effects.VerifyContact: account_calls.verify_contact,
    effects.CheckPasskeys: account_calls.check_passkeys,
    effects.StartPasskey: account_calls.start_passkey,
    effects.CompletePasskey: account_calls.complete_passkey,
    effects.ListPasskeys: account_calls.list_passkeys,
    effects.DeletePasskey: account_calls.delete_passkey,
    effects.FetchMfaPreference: account_calls.fetch_mfa_preference,
    effects.UpdateMfaPreference: account_calls.update_mfa_preference,
    effects.ListDevices: account_calls.list_devices,
    effects.GetDevice: account_calls.get_device,
    effects.UpdateDeviceStatus: account_calls.update_device_status,
    effects.ForgetDevice: account_calls.forget_device,
    effects.ChangePassword: account_calls.change_password,
    effects.FetchUserAttributes: account_calls.fetch_user_attributes,
    effects.UpdateUserAttributes: account_calls.update_user_attributes,
    effects.DeleteUser: account_calls.delete_user,
    effects.RefreshTokens: session_calls.refresh_tokens,
    effects.GlobalSignOut: session_calls.global_sign_out,
    effects.RevokeToken: session_calls.revoke_token,
    effects.Discard: session_calls.revoke_token,
    effects.GetId: identity_calls.get_id,
    effects.GetCredentialsForIdentity: identity_calls.get_credentials,
}


class CognitoProvider:
    """Performs effects against one user pool, app client and identity pool. May be used by several threads.

    Args:
        config: the pools, the app client, and where they are.
        wire: how the clients are made: timeouts, proxies, certificates, or clients of the caller's own.
        client_factory: makes the client at the first call, in place of the wire's.
        clock: tells the time, in seconds since the epoch.
        random_bytes: gives that many cryptographically random bytes.
        sleep: pauses between repetitions, for a number of seconds.
        admin_client_factory: makes the client of calls with AWS credentials; by default one that signs with those that
            boto3 finds.
        identity_client_factory: makes the client of calls to the identity pool, in place of the wire's.
        device_store: keeps which users this device is known for; in memory by default.
        analytics_endpoint_id: Pinpoint's name of this installation.
        user_context: what threat protection is told of a user's call.
        transport: makes the HTTP requests to the hosted UI's token endpoint and for the pool's keys, instead of
            urllib3 as the wire says.
        verify_tokens: whether the tokens that come are checked, against the keys that the pool publishes, before
            anything is done with them; or the verifier to check them with.

    Raises:
        ConfigurationError: a client comes from two sides.
    """

    def __init__(
        self,
        config: PoolConfig,
        *,
        wire: Wire = USUAL,
        client_factory: "Callable[[], CognitoIdentityProviderClient] | None" = None,
        clock: Clock = time.time,
        random_bytes: Callable[[int], bytes] = os.urandom,
        sleep: Callable[[float], None] = time.sleep,
        admin_client_factory: "Callable[[], CognitoIdentityProviderClient] | None" = None,
        identity_client_factory: "Callable[[], CognitoIdentityClient] | None" = None,
        device_store: DeviceStore | None = None,
        analytics_endpoint_id: str | None = None,
        user_context: ContextOf | None = None,
        transport: Transport | None = None,
        verify_tokens: "bool | TokenVerifier" = False,
    ) -> None:
        http = Http(transport or WireTransport(wire), retries=wire.retries, sleep=sleep)
        server_clock = ServerClock(clock)
        verification = verification_of(verify_tokens, config, http, server_clock.now)
        calls = partial(Calls, random_bytes=random_bytes, retries=wire.retries, sleep=sleep)
        plain, signed = partial(new_client, config, wire), partial(new_admin_client, config, wire)
        of_identities = partial(new_identity_client, config, wire)
        self._tools = Tools(
            config=config,
            calls=calls(client_factory=wire.user_pool(client_factory, plain), owned=wire.client is None),
            admin_calls=calls(client_factory=admin_client_factory or signed),
            identity_calls=calls(
                client_factory=wire.identity_pool(identity_client_factory, of_identities),
                owned=wire.identity_client is None,
            ),
            requests=Requests(config=config, analytics_endpoint_id=analytics_endpoint_id, user_context=user_context),
            server_clock=server_clock,
            clock=clock,
            random_bytes=random_bytes,
            lifetime=config.session_validity * 60.0,
            devices=KnownDevices(MemoryDeviceStore() if device_store is None else device_store),
            hosted=hosted_tools(config, http, clock, None if verification is None else verification.verifier),
            verification=verification,
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
            refuse_foreign(self._tools, effect)
            return CALLS.get(type(effect), _unsupported)(self._tools, effect, vault)
        except SecretGone as gone:
            failed = SecretGone(*gone.args)
        except AuthFlowError as refused:
            failed = exception_from(of_account(effect, refused.info))
        except Exception as defect:  # its frames and message may hold secrets: only its class is told
            failed = exception_from(_unexpected(type(defect).__name__))
        raise failed

    def sign_out_request(self, *, loopback: bool = False) -> tuple[str, str]:
        """Returns where the browser ends its session at the hosted UI, and where it goes afterwards.

        Args:
            loopback: whether that is caught on this machine, so that an address of this machine is taken where the
                configuration has several.

        Raises:
            ConfigurationError: there is no hosted UI, or nothing to go to afterwards.
        """
        return sign_out_request(self._tools.config, loopback=loopback)

    def client(self) -> "CognitoIdentityProviderClient":
        """Returns the boto3 client of the user pool that the calls are made with, for operations that authflow has not.

        It is shared: it is closed with the provider and not before. What authflow watches over ends here:

        - Nothing is repeated: the SDK's retries are off, ours are not asked.
        - Errors are botocore's; their messages and tracebacks may hold what was sent.
        - At DEBUG the SDK logs whole requests and answers, passwords and tokens included.
        - Answers hold secrets as plain text, and no flow hears of them: one whose tokens are revoked with this client
          takes itself for signed in until they are refused.
        - Operations that want AWS credentials fail: the client signs nothing.

        Raises:
            AuthFlowError: it cannot be made.
        """
        return self._tools.calls.client()

    def identity_client(self) -> "CognitoIdentityClient":
        """Returns the boto3 client of the identity pool; what `client` says goes for it, too.

        Raises:
            AuthFlowError: it cannot be made, or there is no identity pool
                (`ErrorCode.COGNITO_IDENTITY_POOL_NOT_CONFIGURED`).
        """
        identity_calls.demand_pool(self._tools.config)
        return self._tools.identity_calls.client()

    def close(self) -> None:
        """Closes the clients that were made; those of the caller's own stay open."""
        self._tools.calls.close()
        self._tools.admin_calls.close()
        self._tools.identity_calls.close()


def _unsupported(tools: Tools, effect: Effect, vault: Vault) -> Outcome:
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
