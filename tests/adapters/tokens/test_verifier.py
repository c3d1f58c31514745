"""Tokens that a pool issued are taken; those that it did not are refused, each by its own name."""

import itertools
import subprocess
import sys
import warnings
from typing import Any

import boto3
import pytest
import requests
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, RSAKey
from moto import mock_aws

from authflow import AuthFlowError, ConfigurationError
from authflow.adapters.config import load_config
from authflow.adapters.tokens import Claims, KeysUnavailable, RefusalReason, TokenUse, TokenVerifier, verify_token
from authflow.adapters.tokens import verifier as module
from authflow.secrets import Secret
from tests.adapters.tokens.forging import MAIL, World, encoded, hashed, opened, reason_of, secrets_of, signed


def test_an_access_token_of_the_pool_is_taken(world: World) -> None:
    token = world.access()
    found = world.verifier().verify(token)
    assert (found.token_use, found.username, found.client_id) == (TokenUse.ACCESS, "ana", world.client_id)
    assert (found.sub, found.scopes) == (opened(token)["sub"], frozenset({"aws.cognito.signin.user.admin"}))
    assert (found.issued_at, found.auth_time, found.expires_at) == (world.now, world.now, world.now + 3600)
    assert dict(found.claims) == opened(token)


def test_an_id_token_of_the_pool_is_taken(world: World) -> None:
    token = world.identity()
    found = world.verifier(token_use="id").verify(Secret(token))
    assert (found.token_use, found.username, found.client_id) == (TokenUse.ID, "ana", world.client_id)
    assert (found.scopes, found.claims["email"]) == (frozenset(), MAIL)
    assert found.audience == {world.client_id}


def test_a_token_alone_is_checked_by_a_function(world: World) -> None:
    known: dict[str, Any] = {"jwks": world.jwks, "clock": lambda: world.now}
    pool: dict[str, Any] = {"user_pool_id": world.pool_id, "client_id": world.client_id}
    assert verify_token(world.access(), **pool, **known).username == "ana"
    bound = world.forged(world.access(), aud="https://api.example.com")
    assert verify_token(bound, audience="https://api.example.com", **pool, **known).username == "ana"
    with pytest.raises(AuthFlowError, match="access tokens and ID tokens"):
        verify_token(world.access(), token_use="id", **pool, **known)


def test_the_function_fetches_the_keys_of_the_pools_own_endpoint_and_keeps_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_shared", {})
    pool: dict[str, Any] = {"user_pool_id": world.pool_id, "client_id": world.client_id}
    with world.pool.serve() as server:
        first = verify_token(world.access(), endpoint_url=server.url, **pool)
    # The server is gone, and the keys are here.
    assert verify_token(world.access(), endpoint_url=server.url, **pool).sub == first.sub


def test_a_configuration_says_what_pool_and_which_client(world: World) -> None:
    with world.pool.serve() as server:
        config = load_config(user_pool_id=world.pool_id, client_id=world.client_id, endpoint=server.url)
        verifier = TokenVerifier(config, clock=lambda: world.now)
        verifier.load_keys()
    assert verifier.verify(world.access()).username == "ana"


def test_both_forms_of_the_issuer_are_the_pools(world: World) -> None:
    region = world.pool_id.partition("_")[0]
    updated = f"https://issuer-cognito-idp.{region}.amazonaws.com/{world.pool_id}"
    token = world.forged(world.access(), iss=updated)
    assert world.verifier().verify(token).issuer == updated


def test_each_form_of_the_issuer_has_its_own_keys(world: World) -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return str(world.jwks).replace("'", '"').encode()

    verifier = world.verifier(jwks=None, fetch=fetch)
    verifier.verify(world.access())
    issuer = opened(world.access())["iss"]
    verifier.verify(world.forged(world.access(), iss=issuer.replace("//", "//issuer-")))
    paths = [f"{issuer}/.well-known/jwks.json", f"{issuer.replace('//', '//issuer-')}/.well-known/jwks.json"]
    assert asked == paths


def test_an_emulator_may_be_the_issuer(world: World) -> None:
    own = f"http://localhost:4566/{world.pool_id}"
    token = world.forged(world.access(), iss=own)
    assert world.verifier(issuer=own).verify(token).issuer == own
    assert reason_of(world.verifier(), token) is RefusalReason.WRONG_ISSUER
    assert reason_of(world.verifier(issuer=own), world.access()) is RefusalReason.WRONG_ISSUER


def test_an_emulators_own_keys_are_fetched_from_itself(world: World) -> None:
    with world.pool.serve() as server:
        issuer = f"{server.url}/{world.pool_id}"
        token = world.forged(world.access(), iss=issuer)
        assert world.verifier(issuer=issuer, jwks=None).verify(token).username == "ana"


@pytest.mark.parametrize("end", ["/", "x", "\n", ""])
def test_an_issuer_is_compared_as_it_is(world: World, end: str) -> None:
    issuer = opened(world.access())["iss"]
    told = issuer + end if end else issuer.upper()
    assert reason_of(world.verifier(), world.forged(world.access(), iss=told)) is RefusalReason.WRONG_ISSUER


def test_a_token_of_another_pool_is_refused_and_no_keys_are_fetched_for_it(world: World) -> None:
    other = world.pool.quickstart()
    issuer = opened(world.access())["iss"].replace(world.pool_id, other.pool_id)
    token = world.forged(world.access(), iss=issuer)  # with the same key: an operator may share it

    def fetch(url: str) -> bytes:
        raise AssertionError(url)

    assert reason_of(world.verifier(jwks=None, fetch=fetch), token) is RefusalReason.WRONG_ISSUER


@pytest.mark.parametrize("value", [None, 5, ["https://cognito-idp.us-east-1.amazonaws.com/x"], {"a": 1}])
def test_a_token_that_names_no_issuer_is_refused(world: World, value: object) -> None:
    assert reason_of(world.verifier(), world.forged(world.access(), iss=value)) is RefusalReason.WRONG_ISSUER


def test_a_token_of_another_client_is_refused(world: World) -> None:
    for use, token in (("access", world.access()), ("id", world.identity())):
        verifier = world.verifier(client_ids="another", token_use=use)
        assert reason_of(verifier, token) is RefusalReason.WRONG_CLIENT
        assert world.verifier(client_ids=["another", world.client_id], token_use=use).verify(token)


def test_an_access_token_is_not_taken_for_its_audience_nor_an_id_token_for_its_client(world: World) -> None:
    access = world.forged(world.access(), client_id="another", aud=world.client_id)
    identity = world.forged(world.identity(), aud="another", client_id=world.client_id)
    assert reason_of(world.verifier(), access) is RefusalReason.WRONG_CLIENT
    assert reason_of(world.verifier(token_use="id"), identity) is RefusalReason.WRONG_CLIENT
    assert reason_of(world.verifier(), world.forged(access, client_id=None)) is RefusalReason.WRONG_CLIENT


def test_a_token_of_the_other_use_is_refused(world: World) -> None:
    assert reason_of(world.verifier(), world.identity()) is RefusalReason.WRONG_USE
    assert reason_of(world.verifier(token_use="id"), world.access()) is RefusalReason.WRONG_USE
    for use in (None, "refresh", True, ["access"]):
        token = world.forged(world.access(), token_use=use)
        assert reason_of(world.verifier(), token) is RefusalReason.WRONG_USE


def test_an_unsigned_token_is_refused(world: World) -> None:
    head, payload, signature = world.access().split(".")
    for name in ("none", "None", "NONE", "nOnE"):
        for tail in ("", signature):
            token = f"{encoded({'alg': name, 'kid': world.key.kid})}.{payload}.{tail}"
            assert reason_of(world.verifier(), token) is RefusalReason.UNSIGNED
    assert reason_of(world.verifier(), f"{head}.{payload}.") is RefusalReason.UNSIGNED


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(world: World) -> None:
    payload = opened(world.access())
    for name, secret in secrets_of(world.key).items():
        for algorithm in ("HS256", "HS384", "HS512"):
            token = hashed({"alg": algorithm, "kid": world.key.kid}, payload, secret)
            assert reason_of(world.verifier(), token) is RefusalReason.WRONG_ALGORITHM, name
        relabelled = token.split(".")
        relabelled[0] = encoded({"alg": "RS256", "kid": world.key.kid})
        assert reason_of(world.verifier(), ".".join(relabelled)) is RefusalReason.BAD_SIGNATURE


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256", "ES256", "rs256", "RS256 ", "XX"])
def test_any_other_algorithm_is_refused_even_with_the_pools_own_key(world: World, algorithm: str) -> None:
    payload = opened(world.access())
    header = {"alg": algorithm, "kid": world.key.kid}
    if algorithm in ("RS384", "RS512", "PS256"):
        unlimited = RSAKey.import_key({k: v for k, v in world.key.as_dict(private=True).items() if k != "alg"})
        token = signed(header, payload, unlimited)
    elif algorithm == "ES256":
        token = signed(header, payload, ECKey.generate_key("P-256"))
    else:
        token = ".".join([encoded(header), *world.access().split(".")[1:]])
    assert reason_of(world.verifier(), token) is RefusalReason.WRONG_ALGORITHM


def test_a_key_that_the_pool_does_not_publish_is_refused(world: World, other_key: RSAKey) -> None:
    token = world.access()
    strange = world.forged(token, key=other_key, header={"kid": other_key.kid})
    assert reason_of(world.verifier(), strange) is RefusalReason.UNKNOWN_KEY
    disguised = world.forged(token, key=other_key)
    assert reason_of(world.verifier(), disguised) is RefusalReason.BAD_SIGNATURE
    for kid in (None, 5, [world.key.kid]):
        head = encoded({"alg": "RS256"} if kid is None else {"alg": "RS256", "kid": kid})
        assert reason_of(world.verifier(), ".".join([head, *token.split(".")[1:]])) is RefusalReason.UNKNOWN_KEY


def test_a_key_that_the_token_brings_along_is_not_looked_at(world: World, other_key: RSAKey) -> None:
    public = other_key.as_dict(private=False)
    for kid in (world.key.kid, other_key.kid):
        header = {"kid": kid, "jwk": public, "jku": "https://evil.example.com/jwks.json"}
        token = world.forged(world.access(), key=other_key, header=header)
        assert reason_of(world.verifier(), token) in (RefusalReason.BAD_SIGNATURE, RefusalReason.UNKNOWN_KEY)


def test_the_wrong_key_of_the_pool_is_refused(world: World, other_key: RSAKey) -> None:
    both = {"keys": [*world.jwks["keys"], dict(other_key.as_dict(private=False))]}
    token = world.forged(world.access(), header={"kid": other_key.kid})
    assert reason_of(world.verifier(jwks=both), token) is RefusalReason.BAD_SIGNATURE


def test_a_tampered_payload_or_signature_is_refused(world: World) -> None:
    head, payload, signature = world.access().split(".")
    other = encoded({**opened(world.access()), "cognito:groups": ["admins"]})
    assert reason_of(world.verifier(), f"{head}.{other}.{signature}") is RefusalReason.BAD_SIGNATURE
    foreign = world.identity().split(".")[2]
    assert reason_of(world.verifier(), f"{head}.{payload}.{foreign}") is RefusalReason.BAD_SIGNATURE
    assert reason_of(world.verifier(), f"{head}.{payload}.{signature[:-2]}") is RefusalReason.BAD_SIGNATURE


def test_what_a_header_says_besides_is_ignored(world: World) -> None:
    assert world.verifier().verify(world.forged(world.access(), header={"typ": "JWT", "x-own": 1})).username == "ana"


def test_what_a_header_demands_is_refused(world: World) -> None:
    for critical in (["exp"], ["b64"], [], "b64", 5):
        head = encoded({"alg": "RS256", "kid": world.key.kid, "crit": critical, "b64": False})
        token = ".".join([head, *world.access().split(".")[1:]])
        assert reason_of(world.verifier(), token) is RefusalReason.MALFORMED


def test_a_header_whose_parameters_have_the_wrong_type_is_refused(world: World) -> None:
    for name, value in itertools.product(("typ", "jku", "jwk", "x5c", "b64", "cty"), (5, None, [5])):
        head = encoded({"alg": "RS256", "kid": world.key.kid, name: value})
        token = ".".join([head, *world.access().split(".")[1:]])
        assert reason_of(world.verifier(), token) in (RefusalReason.MALFORMED, RefusalReason.BAD_SIGNATURE)


def test_a_weak_key_is_none(world: World) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        weak = RSAKey.generate_key(1024, {"use": "sig", "alg": "RS256", "kid": "weak"})
    both = {"keys": [*world.jwks["keys"], dict(weak.as_dict(private=False))]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        token = world.forged(world.access(), key=weak, header={"kid": "weak"})
    assert reason_of(world.verifier(jwks=both), token) is RefusalReason.UNKNOWN_KEY


def test_keys_that_cannot_be_had_say_nothing_about_the_token(world: World) -> None:
    def fetch(url: str) -> bytes:
        raise TimeoutError("hunter2")

    verifier = world.verifier(jwks=None, fetch=fetch)
    with pytest.raises(KeysUnavailable, match="TimeoutError") as found:
        verifier.verify(world.access())
    assert "hunter2" not in str(found.value)
    assert (found.value.info.retryable, found.value.__cause__, found.value.__context__) == (True, None, None)
    assert reason_of(verifier, "no.token.") is RefusalReason.MALFORMED


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"user_pool_id": None}, "user_pool_id"),
        ({"user_pool_id": "no pool"}, "user_pool_id"),
        ({"client_ids": ()}, "client_id"),
        ({"client_ids": ["fine", "not fine!"]}, "client_id"),
        ({"token_use": "refresh"}, "token_use"),
        ({"endpoint_url": "http://keys.example.com"}, "endpoint"),
        ({"jwks": None, "issuer": "http://issuer.example.com/pool"}, "issuer"),
        ({"jwks": None, "issuer": "an issuer"}, "issuer"),
        ({"jwks": None, "issuer": "https://[::1"}, "issuer"),
        ({"leeway": -1}, "leeway"),
        ({"leeway": 301}, "leeway"),
        ({"leeway": float("nan")}, "leeway"),
        ({"leeway": True}, "leeway"),
        ({"max_age": -1}, "max_age"),
        ({"jwks": {"keys": []}}, "jwks"),
        ({"jwks": {}}, "jwks"),
        ({"token_use": "id", "required_scopes": "api/read"}, "required_scopes"),
        ({"token_use": "id", "audience": "https://api.example.com"}, "audience"),
        ({"audience": ""}, "audience"),
        ({"audience": []}, "audience"),
        ({"audience": ["https://api.example.com", ""]}, "audience"),
    ],
)
def test_what_makes_no_verifier_is_refused_at_once(world: World, options: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigurationError) as found:
        world.verifier(**options)
    assert found.value.key == key


def test_a_configuration_of_another_pool_is_a_contradiction(world: World) -> None:
    config = load_config(user_pool_id="us-east-1_Another", client_id=world.client_id)
    with pytest.raises(ConfigurationError, match="contradicts"):
        world.verifier(config=config)


def test_claims_show_no_name_and_no_address(world: World) -> None:
    found: Claims = world.verifier(token_use="id").verify(world.identity())
    assert MAIL not in repr(found)
    assert "'ana'" not in repr(found)


def _asked_of_moto(url: str) -> bytes:
    return requests.get(url, timeout=5).content  # which moto answers


@mock_aws
def test_a_second_opinion_tokens_that_moto_issued(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another implementation's tokens, with its own key: nothing here was written to fit the other."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "moto")
    client: Any = boto3.client("cognito-idp", region_name="eu-west-1")
    pool_id = client.create_user_pool(PoolName="moto")["UserPool"]["Id"]
    made = client.create_user_pool_client(
        UserPoolId=pool_id, ClientName="moto", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )
    client_id = made["UserPoolClient"]["ClientId"]
    client.admin_create_user(UserPoolId=pool_id, Username="ana", MessageAction="SUPPRESS")
    client.admin_set_user_password(UserPoolId=pool_id, Username="ana", Password="Correct-horse-9", Permanent=True)
    answer = client.admin_initiate_auth(
        UserPoolId=pool_id,
        ClientId=client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ana", "PASSWORD": "Correct-horse-9"},
    )["AuthenticationResult"]
    client.close()
    for use, token in (("access", answer["AccessToken"]), ("id", answer["IdToken"])):
        verifier = TokenVerifier(user_pool_id=pool_id, client_ids=client_id, token_use=use, fetch=_asked_of_moto)
        assert verifier.verify(token).username == "ana"
        assert reason_of(verifier, token[:-2] + "AA") in (RefusalReason.BAD_SIGNATURE, RefusalReason.MALFORMED)


def test_importing_it_brings_nothing_heavy() -> None:
    script = "import sys; import authflow.adapters.tokens; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    heavy = {"boto3", "botocore", "cryptography", "httpx", "joserfc", "requests", "urllib3"}
    assert heavy.isdisjoint(run.stdout.split())
