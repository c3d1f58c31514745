"""App clients: allowed flows, secrets, lifetimes; and pools."""

from typing import Any

import pytest

from authflow.adapters.local_pool import Setup


def client(bench: Any, **settings: Any) -> Any:
    made = bench.admin("CreateUserPoolClient", ClientName="c", **settings)["UserPoolClient"]
    bench.client_id = made["ClientId"]
    bench.setup = Setup(
        pool_id=bench.pool_id, client_id=made["ClientId"], client_secret=made.get("ClientSecret"), region="us-east-1"
    )
    return made


def test_a_client_is_described_with_the_documented_defaults(bench: Any) -> None:
    made = client(bench)
    assert made["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"]
    assert made["PreventUserExistenceErrors"] == "LEGACY"
    assert made["EnableTokenRevocation"] is True
    assert made["AuthSessionValidity"] == 3
    assert made["RefreshTokenValidity"] == 30
    assert "ClientSecret" not in made
    assert bench.admin("DescribeUserPoolClient", ClientId=made["ClientId"])["UserPoolClient"] == made


@pytest.mark.parametrize(
    ("flow", "values", "message"),
    [
        (
            "USER_PASSWORD_AUTH",
            {"USERNAME": "a", "PASSWORD": "b"},
            "USER_PASSWORD_AUTH flow not enabled for this client",
        ),
        ("USER_SRP_AUTH", {"USERNAME": "a", "SRP_A": "2"}, "USER_SRP_AUTH is not enabled for the client."),
        ("CUSTOM_AUTH", {"USERNAME": "a"}, "CUSTOM_AUTH is not enabled for the client."),
        ("REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": "a"}, "REFRESH_TOKEN_AUTH is not enabled for the client."),
        ("USER_AUTH", {"USERNAME": "a"}, "USER_AUTH is not enabled for the client."),
    ],
)
def test_flows_that_are_not_allowed_are_refused(bench: Any, refused: Any, flow: str, values: Any, message: str) -> None:
    client(bench, ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"])
    with refused("InvalidParameterException", message):
        bench.call("InitiateAuth", AuthFlow=flow, AuthParameters=values)


def test_what_is_not_modelled_is_named(bench: Any, refused: Any) -> None:
    with refused("ResourceNotFoundException", "Device does not exist."):
        bench.srp(DEVICE_KEY="us-east-1_abc")
    with refused(
        "InvalidParameterException",
        "The local pool does not model the AuthParameter PREFERRED_CHALLENGE of USER_SRP_AUTH.",
    ):
        bench.srp(PREFERRED_CHALLENGE="PASSWORD")
    with refused(
        "InvalidParameterException",
        "The local pool does not model the challenge ADMIN_NO_SRP_AUTH of RespondToAuthChallenge.",
    ):
        bench.respond("ADMIN_NO_SRP_AUTH", "x" * 20, USERNAME="alice")
    with refused("InvalidParameterException", "The local pool does not model the ChallengeResponse OTHER of SMS_MFA."):
        bench.respond("SMS_MFA", "x" * 20, USERNAME="alice", OTHER="x")
    with refused("UnsupportedOperationException", "The local pool does not model the operation CreateGroup."):
        bench.service.call("CreateGroup", {})
    with refused("UnknownOperationException", "Cognito has no such operation."):
        bench.service.call("Frobnicate", {})


@pytest.mark.parametrize(
    "settings",
    [
        {"ExplicitAuthFlows": ["USER_PASSWORD_AUTH"]},
        {"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 61}},
        {"RefreshTokenRotation": {"Feature": "ENABLED"}, "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]},
        {"SupportedIdentityProviders": ["Google"]},
        {"AllowedOAuthFlowsUserPoolClient": True},
        {"EnablePropagateAdditionalUserContextData": True},
        {"AccessTokenValidity": 1, "TokenValidityUnits": {"AccessToken": "minutes"}},
        {"IdTokenValidity": 2, "TokenValidityUnits": {"IdToken": "days"}},
        {"RefreshTokenValidity": 1, "AccessTokenValidity": 20, "TokenValidityUnits": {"RefreshToken": "hours"}},
        {"AuthSessionValidity": 16},
        {"GenerateSecret": True, "ClientSecret": "x" * 30},
    ],
)
def test_settings_that_cannot_be_are_refused(bench: Any, refused: Any, settings: Any) -> None:
    with refused("InvalidParameterException"):
        client(bench, **settings)


def test_what_changes_nothing_is_accepted(bench: Any) -> None:
    client(
        bench, RefreshTokenRotation={"Feature": "DISABLED"}, SupportedIdentityProviders=["COGNITO"], CallbackURLs=[],
        AllowedOAuthFlowsUserPoolClient=False, ClientSecret="y" * 30, ExplicitAuthFlows=[],
    )  # fmt: skip
    assert bench.setup.client_secret == "y" * 30
    assert "y" * 30 not in repr(bench.setup)


def test_an_update_puts_what_is_not_given_back_to_its_default(bench: Any) -> None:
    client(bench, AuthSessionValidity=15)
    told = bench.admin("UpdateUserPoolClient", ClientId=bench.client_id, AccessTokenValidity=2)["UserPoolClient"]
    assert told["AuthSessionValidity"] == 3
    assert told["AccessTokenValidity"] == 2
    assert told["ClientName"] == "c"


def test_sessions_last_as_long_as_the_client_says(bench: Any) -> None:
    client(bench, AuthSessionValidity=15)
    bench.user()
    challenge = bench.srp()
    bench.now += 899
    assert "AuthenticationResult" in bench.prove(challenge)


def test_clients_are_listed(bench: Any) -> None:
    client(bench)
    client(bench)
    first = bench.admin("ListUserPoolClients", MaxResults=2)
    assert len(first["UserPoolClients"]) == 2
    second = bench.admin("ListUserPoolClients", MaxResults=2, NextToken=first["NextToken"])
    assert [entry["ClientId"] for entry in second["UserPoolClients"]] == [bench.client_id]


def test_unknown_clients_and_pools_are_named(bench: Any, refused: Any) -> None:
    with refused("ResourceNotFoundException", "User pool client nothing does not exist."):
        bench.call("ForgotPassword", ClientId="nothing", Username="a")
    with refused("ResourceNotFoundException", "User pool us-east-1_nothing does not exist."):
        bench.service.call("DescribeUserPool", {"UserPoolId": "us-east-1_nothing"})
    other = bench.service.quickstart()
    with refused("ResourceNotFoundException"):
        bench.admin("DescribeUserPoolClient", ClientId=other.client_id)


SECRET_CALLS = [
    ("SignUp", {"Username": "bob", "Password": "Passw0rd!"}),
    ("ConfirmSignUp", {"Username": "alice", "ConfirmationCode": "123456"}),
    ("ResendConfirmationCode", {"Username": "alice"}),
    ("ForgotPassword", {"Username": "alice"}),
    ("ConfirmForgotPassword", {"Username": "alice", "ConfirmationCode": "123456", "Password": "Passw0rd!"}),
]


@pytest.mark.parametrize(("operation", "request_"), SECRET_CALLS)
def test_the_secret_hash_is_demanded_everywhere(make: Any, refused: Any, operation: str, request_: Any) -> None:
    bench = make(secret=True)
    missing = f"Client {bench.client_id} is configured with secret but SECRET_HASH was not received"
    with refused("NotAuthorizedException", missing):
        bench.call(operation, **request_)
    with refused("NotAuthorizedException", f"Unable to verify secret hash for client {bench.client_id}"):
        bench.call(operation, **request_, SecretHash="d3Jvbmc=")


@pytest.mark.parametrize("name", ["InitiateAuth", "RespondToAuthChallenge"])
def test_the_secret_hash_is_demanded_at_sign_in(make: Any, refused: Any, name: str) -> None:
    bench = make(secret=True)
    bench.user()

    def call(**values: str) -> None:
        if name == "InitiateAuth":
            given = {"USERNAME": "alice", "PASSWORD": "Passw0rd!", **values}
            bench.call(name, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
        else:
            bench.respond("SMS_MFA", "x" * 20, USERNAME="alice", SMS_MFA_CODE="123456", **values)

    missing = f"Client {bench.client_id} is configured with secret but SECRET_HASH was not received"
    with refused("NotAuthorizedException", missing):
        call()
    with refused("NotAuthorizedException", f"Unable to verify secret hash for client {bench.client_id}"):
        call(SECRET_HASH=bench.secret_hash("bob")["SecretHash"])


ALIAS = "alice@example.com"


def by_alias(bench: Any) -> Any:
    """A sign-in by alias that has come as far as a code: the secret, and the challenge."""
    bench.user(email=ALIAS, email_verified="true")
    secret = bench.enrol_totp()
    return secret, bench.password(ALIAS)


@pytest.mark.parametrize("named", ["alice", ALIAS])
def test_an_answers_hash_is_over_the_username_and_never_over_an_alias(make: Any, refused: Any, named: str) -> None:
    bench = make(secret=True, alias_attributes=("email",), mfa="OPTIONAL")
    secret, challenge = by_alias(bench)
    answers = {"USERNAME": named, "SOFTWARE_TOKEN_MFA_CODE": bench.totp(secret)}
    with refused("NotAuthorizedException", f"Unable to verify secret hash for client {bench.client_id}"):
        hashed = bench.secret_hash(ALIAS, "SECRET_HASH")
        bench.respond("SOFTWARE_TOKEN_MFA", challenge["Session"], **answers, **hashed)
    hashed = bench.secret_hash(challenge["ChallengeParameters"]["USER_ID_FOR_SRP"], "SECRET_HASH")
    assert "AuthenticationResult" in bench.respond("SOFTWARE_TOKEN_MFA", challenge["Session"], **answers, **hashed)


def test_a_proofs_hash_is_over_the_username_too(make: Any, refused: Any) -> None:
    bench = make(secret=True, alias_attributes=("email",))
    bench.user(email=ALIAS, email_verified="true")
    challenge = bench.srp(ALIAS)
    with refused("NotAuthorizedException", f"Unable to verify secret hash for client {bench.client_id}"):
        bench.prove(challenge, USERNAME=ALIAS, **bench.secret_hash(ALIAS, "SECRET_HASH"))
    assert "AuthenticationResult" in bench.prove(challenge)


def test_without_a_secret_an_alias_may_answer(make: Any) -> None:
    bench = make(alias_attributes=("email",), mfa="OPTIONAL")
    secret, challenge = by_alias(bench)
    answers = {"USERNAME": ALIAS, "SOFTWARE_TOKEN_MFA_CODE": bench.totp(secret)}
    assert "AuthenticationResult" in bench.respond("SOFTWARE_TOKEN_MFA", challenge["Session"], **answers)


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_the_hash_tells_nothing_of_who_exists(make: Any, refused: Any, username: str) -> None:
    bench = make(secret=True, username_attributes=("email",))
    bench.user(ALIAS)
    address = f"{username}@example.com"
    challenge = bench.srp(address)
    with refused("NotAuthorizedException", f"Unable to verify secret hash for client {bench.client_id}"):
        bench.prove(challenge, USERNAME=address, **bench.secret_hash(address, "SECRET_HASH"))
    with refused("NotAuthorizedException", "Incorrect username or password."):
        bench.prove(challenge, "wrong")


def test_a_client_without_a_secret_has_no_hash(bench: Any, refused: Any) -> None:
    bench.user()
    with refused("NotAuthorizedException", f"Unable to verify secret hash for client {bench.client_id}"):
        bench.call("ForgotPassword", Username="alice", SecretHash="d3Jvbmc=")
    token = bench.tokens()["RefreshToken"]
    with refused("NotAuthorizedException", f"SecretHash does not match for the client: {bench.client_id}"):
        bench.refresh(token, SECRET_HASH="d3Jvbmc=")


def test_a_refresh_takes_the_hash_of_username_or_sub_or_the_bare_secret(make: Any, refused: Any) -> None:
    bench = make(secret=True, username_attributes=("email",))
    bench.user("a@example.com", name="Alice")
    sub = bench.admin("AdminGetUser", Username="a@example.com")["Username"]
    token = bench.tokens("a@example.com")["RefreshToken"]
    for right in (bench.secret_hash(sub)["SecretHash"], bench.setup.client_secret):
        assert "AuthenticationResult" in bench.refresh(token, SECRET_HASH=right)
    with refused("NotAuthorizedException", f"SecretHash does not match for the client: {bench.client_id}"):
        bench.refresh(token, SECRET_HASH=bench.secret_hash("a@example.com")["SecretHash"])
    missing = f"Client {bench.client_id} is configured with secret but SECRET_HASH was not received"
    with refused("NotAuthorizedException", missing):
        bench.refresh(token)


def test_a_whole_life_with_a_secret(make: Any) -> None:
    bench = make(secret=True)
    bench.sign_up()
    bench.confirm()
    assert "AuthenticationResult" in bench.prove(bench.srp())


@pytest.mark.parametrize(
    "settings",
    [
        {"AliasAttributes": ["email"], "UsernameAttributes": ["email"]},
        {"LambdaConfig": {"PreSignUp": "arn:aws:lambda:us-east-1:000000000000:function:f"}},
        {"Policies": {"PasswordPolicy": {"PasswordHistorySize": 3}}},
        {"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}},
        {"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}},
        {"SmsConfiguration": {"EumsSms": {"CallerArn": "arn:aws:iam::000000000000:role/x"}}},
        {"MfaConfiguration": "ON"},
    ],
)
def test_pools_that_cannot_be_are_refused(bench: Any, refused: Any, settings: Any) -> None:
    with refused("InvalidParameterException"):
        bench.service.call("CreateUserPool", {"PoolName": "p", **settings})


def test_a_pool_keeps_what_it_was_given(bench: Any) -> None:
    sms = {"SnsCallerArn": "arn:aws:iam::000000000000:role/x"}
    policy = {"MinimumLength": 6, "RequireNumbers": True}
    made = bench.service.call(
        "CreateUserPool",
        {
            "PoolName": "p", "MfaConfiguration": "OPTIONAL", "SmsConfiguration": sms, "UserPoolTags": {"a": "b"},
            "Policies": {"PasswordPolicy": policy, "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}},
            "LambdaConfig": {}, "DeviceConfiguration": {}, "EmailVerificationSubject": "code",
        },
    )["UserPool"]  # fmt: skip
    told = bench.service.call("DescribeUserPool", {"UserPoolId": made["Id"]})["UserPool"]
    assert told == made
    assert told["UserPoolTags"] == {"a": "b"}
    assert told["Policies"]["PasswordPolicy"]["RequireUppercase"] is False
    assert told["Arn"].endswith(made["Id"])
    assert bench.service.call("GetUserPoolMfaConfig", {"UserPoolId": made["Id"]})["MfaConfiguration"] == "OPTIONAL"


def test_pools_are_listed_and_deleted_with_all_that_is_theirs(bench: Any, refused: Any) -> None:
    bench.user()
    tokens = bench.tokens()
    bench.call("ForgotPassword", Username="alice")
    kept = bench.service.quickstart(name="kept")
    listed = bench.service.call("ListUserPools", {"MaxResults": 1})
    assert [pool["Id"] for pool in listed["UserPools"]] == [bench.pool_id]
    more = bench.service.call("ListUserPools", {"MaxResults": 1, "NextToken": listed["NextToken"]})
    assert [pool["Name"] for pool in more["UserPools"]] == ["kept"]
    bench.admin("DeleteUserPool")
    with refused("NotAuthorizedException", "Invalid Access Token"):
        bench.service.call("GetUser", {"AccessToken": tokens["AccessToken"]})
    with refused("ResourceNotFoundException"):
        bench.srp()
    remaining = bench.service.call("ListUserPools", {"MaxResults": 60})["UserPools"]
    assert [pool["Id"] for pool in remaining] == [kept.pool_id]


def test_a_pool_that_never_signed_anything_is_deleted_too(bench: Any) -> None:
    made = bench.service.quickstart()
    bench.service.call("DeleteUserPool", {"UserPoolId": made.pool_id})
    assert len(bench.service.call("ListUserPools", {"MaxResults": 9})["UserPools"]) == 1


def test_a_protected_pool_is_not_deleted(bench: Any, refused: Any) -> None:
    made = bench.service.call("CreateUserPool", {"PoolName": "p", "DeletionProtection": "ACTIVE"})["UserPool"]
    with refused("InvalidParameterException"):
        bench.service.call("DeleteUserPool", {"UserPoolId": made["Id"]})
