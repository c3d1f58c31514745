"""Identities and AWS credentials, from the local pool's identity pool: in process, and over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from authflow import effects, outcomes
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.wire_settings import Wire
from authflow.adapters.local_pool import Fault
from authflow.belonging import failure_of
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery
from authflow.ports import AwsCredentials
from authflow.values import Account, Federation

Make = Callable[..., Any]
FACEBOOK = "graph.facebook.com"
DEVELOPERS = "cognito-identity.amazonaws.com"
AUTHENTICATED = "arn:aws:iam::000000000000:role/local-authenticated"
GUEST = "arn:aws:iam::000000000000:role/local-unauthenticated"


@pytest.fixture
def bench(make: Make) -> Any:
    """A bench with an identity pool for the app client's users, guests, and Facebook's users."""
    made = make(identity_pool="guests")
    made.user()
    change(made, SupportedLoginProviders={FACEBOOK: "app"}, DeveloperProviderName="login.example")
    return made


def change(bench: Any, **settings: Any) -> None:
    pool_id = bench.setup.identity_pool_id
    now = bench.pool.identity_call("DescribeIdentityPool", {"IdentityPoolId": pool_id})
    bench.pool.identity_call("UpdateIdentityPool", {**now, **settings})


def facebook(bench: Any, subject: str = "fay", lifetime: float = 3600, **more: Any) -> Federation:
    token = bench.pool.third_party_token(FACEBOOK, subject, lifetime)
    return Federation(provider=FACEBOOK, token=bench.put("federation", token), **more)


def get_id(bench: Any, provider: CognitoProvider | None = None, **vouching: Any) -> str:
    found = bench.perform(effects.GetId(id=bench.number(), **vouching), provider)
    assert isinstance(found, outcomes.IdentityFound)
    return found.identity_id


def credentials(
    bench: Any, identity_id: str, provider: CognitoProvider | None = None, **vouching: Any
) -> AwsCredentials:
    effect = effects.GetCredentialsForIdentity(id=bench.number(), identity_id=identity_id, **vouching)
    issued = bench.perform(effect, provider)
    assert isinstance(issued, outcomes.CredentialsIssued)
    held = bench.vault.get(issued.credentials)
    assert isinstance(held, AwsCredentials)
    assert (held.identity_id, held.expires_at) == (issued.identity_id, issued.expires_at)
    return held


def role(bench: Any, held: AwsCredentials) -> str:
    return str(bench.pool.stands_for(held.session_token.reveal()).role_arn)


def refused(call: Callable[[], object]) -> ErrorInfo:
    with pytest.raises(AuthFlowError) as caught:
        call()
    return caught.value.info


def rejected(error: ErrorInfo, **vouching: Any) -> bool:
    return isinstance(failure_of(effects.GetId(id=1, **vouching), error), outcomes.LoginRejected)


def test_a_guest(bench: Any) -> None:
    identity = get_id(bench)
    held = credentials(bench, identity)
    assert held.identity_id == identity
    assert bench.now < held.expires_at <= bench.now + 3600
    assert role(bench, held) == GUEST


def test_a_user_of_the_user_pool(bench: Any) -> None:
    account = bench.sign_in()
    identity = get_id(bench, account=account)
    assert get_id(bench, account=bench.sign_in()) == identity
    assert role(bench, credentials(bench, identity, account=account)) == AUTHENTICATED


def test_another_providers_user(bench: Any) -> None:
    fay = facebook(bench)
    identity = get_id(bench, federation=fay)
    assert get_id(bench, federation=facebook(bench, "gil")) != identity
    assert role(bench, credentials(bench, identity, federation=fay)) == AUTHENTICATED


def test_a_developers_user(bench: Any) -> None:
    pool_id = bench.setup.identity_pool_id
    request = {"IdentityPoolId": pool_id, "Logins": {"login.example": "dora"}}
    answer = bench.pool.identity_call("GetOpenIdTokenForDeveloperIdentity", request)
    token = bench.put("federation", answer["Token"])
    dora = Federation(provider=DEVELOPERS, token=token, identity_id=answer["IdentityId"])
    identity = get_id(bench, federation=dora)
    assert identity == answer["IdentityId"]
    assert role(bench, credentials(bench, identity, federation=dora)) == AUTHENTICATED


def test_a_guest_who_signs_in_keeps_the_identity_and_cannot_be_a_guest_with_it_again(bench: Any) -> None:
    guest = get_id(bench)
    account = bench.sign_in()
    mine = credentials(bench, guest, account=account)
    assert role(bench, mine) == AUTHENTICATED
    again = credentials(bench, mine.identity_id)
    assert again.identity_id != mine.identity_id
    assert role(bench, again) == GUEST


def test_an_identity_that_was_deleted_is_replaced(bench: Any) -> None:
    account = bench.sign_in()
    identity = get_id(bench, account=account)
    gone = ("ResourceNotFoundException", f"Identity '{identity}' not found.")
    bench.pool.inject(Fault(operation="GetCredentialsForIdentity", error=gone))
    assert role(bench, credentials(bench, identity, account=account)) == AUTHENTICATED
    assert len(bench.requests("GetId")) == 2


def test_where_guests_are_not_taken(bench: Any) -> None:
    guest = get_id(bench)
    change(bench, AllowUnauthenticatedIdentities=False)
    for call in (lambda: get_id(bench), lambda: credentials(bench, guest)):
        error = refused(call)
        assert (error.code, error.recovery) == (ErrorCode.GUEST_ACCESS_NOT_ALLOWED, Recovery.SIGN_IN)
        assert rejected(error)


def test_tokens_that_have_ended(bench: Any) -> None:
    account, fay = bench.sign_in(), facebook(bench, lifetime=60)
    identity = get_id(bench, account=account)
    bench.now += 4000
    error = refused(lambda: credentials(bench, identity, account=account))
    assert (error.code, error.recovery) == (ErrorCode.NOT_AUTHORIZED, Recovery.REFRESH)
    assert rejected(error, account=account)
    error = refused(lambda: get_id(bench, federation=fay))
    assert (error.code, error.recovery) == (ErrorCode.NOT_AUTHORIZED, Recovery.SIGN_IN)
    assert rejected(error, federation=fay)


def test_what_the_operator_left_out_signs_nobody_out(bench: Any) -> None:
    account: Account = bench.sign_in()
    change(bench, CognitoIdentityProviders=[])
    error = refused(lambda: get_id(bench, account=account))
    assert error.recovery is Recovery.FIX_CONFIGURATION
    assert not rejected(error, account=account)


def test_a_pool_that_is_gone(bench: Any) -> None:
    bench.pool.identity_call("DeleteIdentityPool", {"IdentityPoolId": bench.setup.identity_pool_id})
    error = refused(lambda: get_id(bench))
    assert (error.code, error.recovery) == (ErrorCode.RESOURCE_NOT_FOUND, Recovery.FIX_CONFIGURATION)
    assert not rejected(error)


@pytest.mark.parametrize("operation", ["GetId", "GetCredentialsForIdentity"])
@pytest.mark.parametrize(
    ("strikes", "code"),
    [
        ({"drop": "after"}, None),
        ({"drop": "before"}, None),
        ({"error": ("InternalErrorException", "Oops"), "status": 500}, None),
        ({"error": ("ExternalServiceException", "Facebook is away")}, None),
        ({"error": ("TooManyRequestsException", "Slow down"), "times": 9}, ErrorCode.TOO_MANY_REQUESTS),
        ({"body": "<html>no</html>", "times": 9}, ErrorCode.OUTCOME_UNKNOWN),
    ],
    ids=str,
)
def test_faults_are_outlasted_or_say_nothing_about_the_user(
    bench: Any, operation: str, strikes: dict[str, Any], code: ErrorCode | None
) -> None:
    account = bench.sign_in()
    identity = get_id(bench, account=account)
    bench.pool.inject(Fault(operation=operation, **strikes))

    def both() -> AwsCredentials:
        assert get_id(bench, account=account) == identity
        return credentials(bench, identity, account=account)

    if code is None:
        assert both().identity_id == identity
        return
    error = refused(both)
    assert error.code is code
    assert not rejected(error, account=account)


def test_over_http_one_endpoint_serves_both_pools(bench: Any) -> None:
    import attrs

    with bench.pool.serve() as server:
        config = attrs.evolve(bench.config, endpoint=server.url)
        provider = CognitoProvider(config, wire=Wire(retries=0), clock=lambda: bench.now)
        account = bench.sign_in()
        identity = get_id(bench, provider, account=account)
        assert role(bench, credentials(bench, identity, provider, account=account)) == AUTHENTICATED
        assert role(bench, credentials(bench, get_id(bench, provider), provider)) == GUEST
        provider.close()


def test_moto_takes_the_same_calls(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    moto = pytest.importorskip("moto")
    import attrs
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    account = bench.sign_in()
    with moto.mock_aws():
        admin: Any = boto3.client("cognito-identity", region_name="us-east-1")
        pool = admin.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=True)
        provider = CognitoProvider(attrs.evolve(bench.config, identity_pool_id=pool["IdentityPoolId"]))
        for vouching in ({}, {"account": account}):
            identity = get_id(bench, provider, **vouching)
            held = credentials(bench, identity, provider, **vouching)
            assert held.access_key_id
            assert held.identity_id == identity
        provider.close()
        admin.close()


def test_neither_tokens_nor_credentials_are_logged(bench: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    account, fay = bench.sign_in(), facebook(bench)
    secrets = [bench.tokens(account).id_token.reveal(), bench.vault.text(fay.token)]
    both: list[dict[str, Any]] = [{"account": account}, {"federation": fay}]
    for vouching in both:
        held = credentials(bench, get_id(bench, **vouching), **vouching)
        secrets += [held.secret_key.reveal(), held.session_token.reveal()]
    logged = "\n".join(f"{record.getMessage()} {record.args!r}" for record in caplog.records)
    assert "withheld by authflow" in logged
    assert not [secret for secret in secrets if secret in logged]


def test_the_search_above_finds_what_the_sdk_logs_by_itself(bench: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    client = bench.pool.identity_client()
    identity = client.get_id(IdentityPoolId=bench.setup.identity_pool_id)["IdentityId"]
    given = client.get_credentials_for_identity(IdentityId=identity)["Credentials"]
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert given["SessionToken"] in logged
