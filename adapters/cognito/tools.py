"""What every call to Cognito is made with: the clients, the requests, the clock, the devices."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from authflow.adapters.cognito.answers import AuthAnswers
from authflow.adapters.cognito.calls import Answer, Calls, Done
from authflow.adapters.cognito.known_devices import KnownDevices, is_unknown_device
from authflow.adapters.cognito.requests import Requests
from authflow.adapters.config import PoolConfig
from authflow.adapters.oauth.tools import HostedTools
from authflow.effects import Effect
from authflow.errors import AuthFlowError, ErrorInfo
from authflow.ports import Clock
from authflow.secrets import Vault

if TYPE_CHECKING:
    from types_boto3_cognito_idp.client import CognitoIdentityProviderClient

_MEMBERS = ("AuthParameters", "ChallengeResponses")


@attrs.frozen(kw_only=True)
class Tools:
    """See the module's opening comment.

    Args:
        config: the pool and the app client.
        calls: makes calls without AWS credentials.
        admin_calls: makes calls with AWS credentials.
        requests: builds requests.
        clock: tells the time, in seconds since the epoch.
        random_bytes: gives that many cryptographically random bytes.
        lifetime: how long Cognito keeps a Session, in seconds.
        devices: which device this is to Cognito.
        hosted: what the hosted UI is spoken to with.
    """

    config: PoolConfig
    calls: Calls
    admin_calls: Calls
    requests: Requests
    clock: Clock
    random_bytes: Callable[[int], bytes]
    lifetime: float
    devices: KnownDevices
    hosted: HostedTools

    def answers(self, vault: Vault, *, admin: bool = False) -> AuthAnswers:
        """Returns what reads the answers of a sign-in."""
        return AuthAnswers(vault=vault, now=self.clock(), lifetime=self.lifetime, admin=admin)

    def make(
        self,
        effect: Effect,
        request: "Mapping[str, Any]",
        send: "Callable[[CognitoIdentityProviderClient, Any], Answer]",
        done: Done | None = None,
    ) -> Answer:
        """Makes a call; `done` is that of `Calls.make`."""
        return self.calls.make(effect, request, lambda client: send(client, request), done)

    def sign_in(self, effect: Effect, request: "Mapping[str, Any]", username: str, *, admin: bool) -> Answer:
        """Makes InitiateAuth or RespondToAuthChallenge; a device that Cognito does not know is left out, and forgotten.

        Args:
            effect: what is performed.
            request: the request, of either operation.
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
        """Makes InitiateAuth or RespondToAuthChallenge, whatever becomes of the device."""
        starting = "AuthParameters" in request
        if not admin:
            return self.make(effect, request, _initiate if starting else _respond)
        signed = self.requests.for_admin(request)
        send = _admin_initiate if starting else _admin_respond
        return self.admin_calls.make(effect, signed, lambda client: send(client, signed))

    def _sign_in(self, effect: Effect, request: "Mapping[str, Any]", *, admin: bool) -> Answer | ErrorInfo:
        try:
            return self.once(effect, request, admin=admin)
        except AuthFlowError as refused:
            if not named_device(request) or not is_unknown_device(refused.info):
                raise
            return refused.info


def named_device(request: "Mapping[str, Any]") -> str:
    """Returns the DeviceKey in a request of InitiateAuth or RespondToAuthChallenge; empty where there is none."""
    return next((str(request[member].get("DEVICE_KEY", "")) for member in _MEMBERS if member in request), "")


def _without_device(request: "Mapping[str, Any]") -> "dict[str, Any]":
    return {
        name: {key: text for key, text in value.items() if key != "DEVICE_KEY"} if name in _MEMBERS else value
        for name, value in request.items()
    }


def _initiate(client: "CognitoIdentityProviderClient", request: Any) -> Answer:
    return client.initiate_auth(**request)


def _respond(client: "CognitoIdentityProviderClient", request: Any) -> Answer:
    return client.respond_to_auth_challenge(**request)


def _admin_initiate(client: "CognitoIdentityProviderClient", request: Any) -> Answer:
    return client.admin_initiate_auth(**request)


def _admin_respond(client: "CognitoIdentityProviderClient", request: Any) -> Answer:
    return client.admin_respond_to_auth_challenge(**request)
