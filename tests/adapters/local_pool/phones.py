"""A device of the tests' own, and what tests of devices say to it."""

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import joserfc.jws
import pytest
from botocore.exceptions import ClientError

from authflow.adapters.cognito import srp
from authflow.adapters.local_pool import srp_server

NO_DEVICE = ("ResourceNotFoundException", "Device does not exist.")
UNKNOWN = "us-east-1_00000000-0000-4000-8000-000000000000"


class Phone:
    """A device of the tests' own, which talks through boto3 and can spoil its proof piece by piece."""

    def __init__(self, bench: Any, username: str = "alice") -> None:
        self.bench, self.client, self.username = bench, bench.client, username
        self.secret = base64.b64encode(os.urandom(40)).decode()
        self.key = self.group = ""

    def sign_in(self, **more: str) -> Any:
        """Sign in by password, naming the device if it has a key."""
        values = {"USERNAME": self.username, "PASSWORD": "Passw0rd!", **self.named(), **more}
        return self.client.initiate_auth(
            ClientId=self.bench.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=values
        )

    def named(self) -> dict[str, str]:
        return {"DEVICE_KEY": self.key} if self.key else {}

    def adopt(self, result: Any) -> None:
        metadata = result["NewDeviceMetadata"]
        self.key, self.group = metadata["DeviceKey"], metadata["DeviceGroupKey"]

    def registration(self, **spoilt: str) -> dict[str, Any]:
        salt = 1 + int.from_bytes(os.urandom(15), "big")
        verifier = srp_server.verifier(self.group, self.key, self.secret, salt)
        secret = {"Salt": salt, "PasswordVerifier": verifier}
        encoded = {name: base64.b64encode(srp.padded(number)).decode() for name, number in secret.items()}
        return {"DeviceKey": self.key, "DeviceName": "phone", "DeviceSecretVerifierConfig": {**encoded, **spoilt}}

    def confirm(self, access: str, **more: Any) -> Any:
        return self.client.confirm_device(AccessToken=access, **{**self.registration(), **more})

    def enrol(self) -> Any:
        """Sign in for the first time, and confirm the device; the answer is the AuthenticationResult."""
        result = self.sign_in()["AuthenticationResult"]
        self.adopt(result)
        self.confirm(result["AccessToken"])
        return result

    def respond(self, name: str, session: str | None, **answers: str) -> Any:
        extra = {} if session is None else {"Session": session}
        return self.client.respond_to_auth_challenge(
            ClientId=self.bench.client_id, ChallengeName=name, ChallengeResponses=answers, **extra
        )

    def start(self, asked: Any, **more: str) -> tuple[Any, Any]:
        """Answer DEVICE_SRP_AUTH, without a Session if there is nothing to take it from."""
        exchange = srp.SrpExchange.start(os.urandom)
        answers = {"USERNAME": self.username, "DEVICE_KEY": self.key, "SRP_A": exchange.public_a_hex, **more}
        return exchange, self.respond("DEVICE_SRP_AUTH", asked and asked["Session"], **answers)

    def proof(self, exchange: Any, asked: Any, name: str = "") -> dict[str, str]:
        told, stamp = asked["ChallengeParameters"], srp.timestamp(self.bench.now)
        name = name or self.group + self.key
        signature = exchange.sign(name, self.secret, told["SALT"], told["SRP_B"], told["SECRET_BLOCK"], stamp)
        return {
            "USERNAME": told["USERNAME"], "DEVICE_KEY": self.key, "TIMESTAMP": stamp,
            "PASSWORD_CLAIM_SECRET_BLOCK": told["SECRET_BLOCK"], "PASSWORD_CLAIM_SIGNATURE": signature,
        }  # fmt: skip

    def prove(self, asked: Any, **spoilt: str) -> Any:
        """Answer both challenges."""
        exchange, verifier = self.start(asked)
        answers = {**self.proof(exchange, verifier), **spoilt}
        return self.respond("DEVICE_PASSWORD_VERIFIER", verifier["Session"], **answers)

    def refresh(self, token: str, **more: str) -> Any:
        values = {"REFRESH_TOKEN": token, **more}
        return self.client.initiate_auth(
            ClientId=self.bench.client_id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=values
        )

    def status(self, access: str, status: str) -> None:
        self.client.update_device_status(AccessToken=access, DeviceKey=self.key, DeviceRememberedStatus=status)


@contextmanager
def answered(name: str, message: str | None = None) -> Iterator[None]:
    """`with answered(name, message):` expects that error of a boto3 client."""
    with pytest.raises(ClientError) as raised:
        yield
    error = raised.value.response.get("Error", {})
    assert (error.get("Code"), message and error.get("Message")) == (name, message)


def claims(token: str) -> Any:
    return json.loads(joserfc.jws.extract_compact(token.encode()).payload)


def access_of(result: Any) -> str:
    return str(result["AuthenticationResult"]["AccessToken"])
