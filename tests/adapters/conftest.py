"""AWS as moto has it, and the roles of identity pools, which moto has not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """boto3 finds no credentials, wherever it looks, and asks nobody for them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


@pytest.fixture
def aws(no_credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """moto; the answer is what it was told of the roles of identity pools."""
    moto = pytest.importorskip("moto")
    from moto.cognitoidentity.responses import CognitoIdentityResponse

    roles: dict[str, Any] = {}

    def set_roles(self: Any) -> str:
        roles[self._get_param("IdentityPoolId")] = self._get_param("Roles")
        return ""

    def get_roles(self: Any) -> str:
        name = self._get_param("IdentityPoolId")
        return json.dumps({"IdentityPoolId": name, "Roles": roles.get(name, {})})

    monkeypatch.setattr(CognitoIdentityResponse, "set_identity_pool_roles", set_roles, raising=False)
    monkeypatch.setattr(CognitoIdentityResponse, "get_identity_pool_roles", get_roles, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with moto.mock_aws():
        yield roles
