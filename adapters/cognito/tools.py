"""What every call to Cognito is made with: the clients, the requests, the clock, the devices."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from authflow.adapters.cognito.answers import AuthAnswers
from authflow.adapters.cognito.calls import Answer, Calls, Done
from authflow.adapters.cognito.errors import unknown_operation
from authflow.adapters.cognito.known_devices import KnownDevices, is_unknown_device
from authflow.adapters.cognito.requests import Requests
from authflow.adapters.cognito.server_clock import ServerClock
from authflow.adapters.cognito.verification import Verification
from authflow.adapters.config import PoolConfig
from authflow.adapters.oauth.tools import HostedTools
from authflow.effects import Effect
from authflow.errors import AuthFlowError, ErrorInfo, exception_from
from authflow.ports import Clock
from authflow.secrets import Vault

if TYPE_CHECKING:
    from types_boto3_cognito_identity.client import CognitoIdentityClient
    from types_boto3_cognito_idp.client import CognitoIdentityProviderClient

_MEMBERS = ("AuthParameters", "ChallengeResponses")
GET_TOKENS = "GetTokensFromRefreshToken"


@attrs.frozen(kw_only=True)
class Tools:
    """See the module's opening comment.

    Args:
        config: the pool and the app client.
        calls: makes calls without AWS credentials.
        admin_calls: makes calls with AWS credentials.
        identity_calls: makes calls to the identity pool.
        requests: builds requests.
        server_clock: tells the time as Cognito does.
        clock: tells the time, in seconds since the epoch.
        random_bytes: gives that many cryptographically random bytes.
        lifetime: how long Cognito keeps a Session, in seconds.
        devices: which device this is to Cognito.
        hosted: what the hosted UI is spoken to with.
        lacking: the operations that turned out not to be known at the other end.
        verification: checks the tokens that come; None where they are taken as they are.
    """

    config: PoolConfig
    calls: "Calls[CognitoIdentityProviderClient]"
    admin_calls: "Calls[CognitoIdentityProviderClient]"
    identity_calls: "Calls[CognitoIdentityClient]"
    requests: Requests
    server_clock: ServerClock
    clock: Clock
    random_bytes: Callable[[int], bytes]
    lifetime: float
    devices: KnownDevices
    hosted: HostedTools
    lacking: set[str] = attrs.field(factory=set)
    verification: Verification | None = None

    def answers(
        self, vault: Vault, *, admin: bool = False, user_sub: str | None = None, checked: bool = False
    ) -> AuthAnswers:
        """Returns what reads the answers of a sign-in, or of a refresh.

        Args:
            vault: takes the secrets that they bring.
            admin: whether it is made with AWS credentials.
            user_sub: whose tokens they must bring, where that is known.
            checked: whether the tokens were checked already.
        """
        check = None if self.verification is None or checked else partial(self.verification.check, user_sub=user_sub)
        return AuthAnswers(vault=vault, now=self.clock(), lifetime=self.lifetime, admin=admin, check=check)

    def make(
        self,
        effect: Effect,
        request: "Mapping[str, Any]",
        send: "Callable[[CognitoIdentityProviderClient, Any], Answer]",
        done: Done | None = None,
    ) -> Answer:
        """Makes a call; `done` is that of `Calls.make`."""
        return self.noted(self.calls.make(effect, request, lambda client: send(client, request), done))

    def noted(self, answer: Answer) -> Answer:
        """Returns an answer, having taken note of the time that it carries."""
        self.server_clock.note(answer)
        return answer

    def sign_in(self, effect: Effect, request: "Mapping[str, Any]", username: str, *, admin: bool) -> Answer:
        """Makes a call that may name a device; one that Cognito does not know is left out, and forgotten.

        Args:
            effect: what is performed.
            request: that of InitiateAuth, RespondToAuthChallenge or GetTokensFromRefreshToken.
            username: whose device it may name.
            admin: whether it is made with AWS credentials.
        """
        answer = self._sign_in(effect, request, admin=admin)
        if isinstance(answer, ErrorInfo):
            self.devices.forget(username, named_device(request))
            answer = self._sign_in(effect, _without_device(request), admin=admin)
        if isinstance(answer, ErrorInfo):
            raise AuthFlowError(answer)
        return answer

    def once(self, effect: Effect, request: "Mapping[str, Any]", *, admin: bool) -> Answer:
        """Makes the call, whatever becomes of the device."""
        if self.verification is not None:
            self.verification.prepare()
        starting = "AuthParameters" in request
        if "RefreshToken" in request:
            return self.make(effect, request, _renew)
        if not admin:
            return self.make(effect, request, _initiate if starting else _respond)
        signed = self.requests.for_admin(request)
        send = _admin_initiate if starting else _admin_respond
        return self.noted(self.admin_calls.make(effect, signed, lambda client: send(client, signed)))

    def _sign_in(self, effect: Effect, request: "Mapping[str, Any]", *, admin: bool) -> Answer | ErrorInfo:
        try:
            return self.once(effect, request, admin=admin)
        except AuthFlowError as refused:
            if not named_device(request) or not is_unknown_device(refused.info):
                raise
            return refused.info


def named_device(request: "Mapping[str, Any]") -> str:
    """Returns the DeviceKey in a request that `Tools.sign_in` takes; empty where there is none."""
    if "DeviceKey" in request:
        return str(request["DeviceKey"])
    return next((str(request[member].get("DEVICE_KEY", "")) for member in _MEMBERS if member in request), "")


def _without_device(request: "Mapping[str, Any]") -> "dict[str, Any]":
    return {
        name: {key: text for key, text in value.items() if key != "DEVICE_KEY"} if name in _MEMBERS else value
        for name, value in request.items()
        if name != "DeviceKey"
    }


def _renew(client: "CognitoIdentityProviderClient", request: Any) -> Answer:
    operation = getattr(client, "get_tokens_from_refresh_token", None)
    if operation is None:  # an SDK from before April 2025
        raise exception_from(unknown_operation("boto3"))
    answer: Answer = operation(**request)
    return answer


def _initiate(client: "CognitoIdentityProviderClient", request: Any) -> Answer:
    return client.initiate_auth(**request)


def _respond(client: "CognitoIdentityProviderClient", request: Any) -> Answer:
    return client.respond_to_auth_challenge(**request)


def _admin_initiate(client: "CognitoIdentityProviderClient", request: Any) -> Answer:
    return client.admin_initiate_auth(**request)


def _admin_respond(client: "CognitoIdentityProviderClient", request: Any) -> Answer:
    return client.admin_respond_to_auth_challenge(**request)
