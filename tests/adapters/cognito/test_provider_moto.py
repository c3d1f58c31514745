"""moto as the independent second opinion on the wire format. It takes any password and code; nothing rests on that."""

from typing import Any

import pytest

from authflow import effects, outcomes
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.config import PoolConfig
from authflow.secrets import Secret, Vault
from authflow.states import AuthFlowType

PASSWORD = "Passw0rd!"


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("secret", [False, True])
def test_the_happy_path(secret: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    moto = pytest.importorskip("moto")
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with moto.mock_aws():
        admin: Any = boto3.client("cognito-idp", region_name="us-east-1")
        pool_id = admin.create_user_pool(PoolName="p")["UserPool"]["Id"]
        made = admin.create_user_pool_client(UserPoolId=pool_id, ClientName="c", GenerateSecret=secret)
        client = made["UserPoolClient"]
        config = PoolConfig(
            region="us-east-1",
            user_pool_id=pool_id,
            client_id=client["ClientId"],
            client_secret=Secret(client["ClientSecret"]) if secret else None,
        )
        provider, vault = CognitoProvider(config), Vault()
        password, code = vault.put("password", PASSWORD), vault.put("code", "123456")
        email = vault.put("attributes", {"email": "alice@example.com"})
        signed_up = provider.perform(effects.SignUp(id=1, username="alice", password=password, attributes=email), vault)
        assert isinstance(signed_up, outcomes.SignedUp)
        assert not signed_up.confirmed
        provider.perform(effects.ConfirmSignUp(id=2, username="alice", code=code), vault)
        issued = provider.perform(
            effects.InitiateAuth(id=3, username="alice", password=password, auth_flow=AuthFlowType.USER_SRP_AUTH),
            vault,
        )
        assert isinstance(issued, outcomes.PasswordVerifierIssued)
        assert issued.challenge.session is not None
        signed_in = provider.perform(
            effects.RespondToPasswordVerifier(id=4, challenge=issued.challenge, srp=issued.srp, password=password),
            vault,
        )
        assert isinstance(signed_in, outcomes.Authenticated)
        assert signed_in.account.username == "alice"
        assert signed_in.account.user_sub == signed_up.user_sub
        refreshed = provider.perform(effects.RefreshTokens(id=5, account=signed_in.account), vault)
        assert isinstance(refreshed, outcomes.TokensRefreshed)
        done = provider.perform(effects.GlobalSignOut(id=6, account=refreshed.account), vault)
        assert done == outcomes.RemoteSignOutDone(effect_id=6)
        provider.close()
        admin.close()
