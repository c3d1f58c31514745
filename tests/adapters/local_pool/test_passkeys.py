"""Passkeys through a boto3 client: registered, listed, deleted, and every wrong credential refused by name."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow.adapters.local_pool import LocalPool, passkey_proofs
from authflow.adapters.local_pool.passkey_proofs import Party, Problem, origin_allowed
from authflow.adapters.local_pool.records import Passkey
from tests.adapters.local_pool.ceremonies import (
    PRESENT,
    Authenticator,
    Site,
    raw,
    refusal,
    request_options,
    text,
)

PASSWORD = "Passw0rd!"


@pytest.fixture
def site(make: Any) -> Site:
    return Site(make(first_factors=["PASSWORD", "WEB_AUTHN"], relying_party="example.com"))


@pytest.fixture
def key(site: Site) -> Authenticator:
    """A registered passkey of the site's user."""
    made = Authenticator()
    site.register(made)
    return made


def test_the_options_are_those_of_the_pool_and_the_user(site: Site) -> None:
    options = site.options()
    sub = site.bench.admin("AdminGetUser", Username="alice")["UserAttributes"][0]["Value"]
    assert len(raw(options.pop("challenge"))) == 32
    assert options == {
        "authenticatorSelection": {
            "requireResidentKey": True, "residentKey": "required", "userVerification": "preferred"
        },
        "excludeCredentials": [],
        "pubKeyCredParams": [{"alg": -7, "type": "public-key"}, {"alg": -257, "type": "public-key"}],
        "rp": {"id": "example.com", "name": "example.com"},
        "timeout": 60000,
        "user": {"displayName": "alice", "id": text(sub.encode()), "name": "alice"},
    }  # fmt: skip


def test_a_registered_passkey_is_listed_excluded_and_offered(site: Site, key: Authenticator) -> None:
    assert site.options()["excludeCredentials"] == [
        {"id": text(key.id), "type": "public-key", "transports": ["hybrid", "internal"]}
    ]
    (listed,) = site.listed()
    assert listed.pop("CreatedAt").timestamp() == site.bench.now
    assert listed == {
        "CredentialId": text(key.id),
        "FriendlyCredentialName": "Passkey on this device",
        "RelyingPartyId": "example.com",
        "AuthenticatorAttachment": "platform",
        "AuthenticatorTransports": ["hybrid", "internal"],
    }
    values = {"USERNAME": "alice"}
    begun = site.client.initiate_auth(ClientId=site.bench.client_id, AuthFlow="USER_AUTH", AuthParameters=values)
    assert begun["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP", "WEB_AUTHN"]


def test_a_registration_challenge_is_good_once(site: Site) -> None:
    authenticator = Authenticator()
    options = site.options()
    made = authenticator.create(options)
    site.client.complete_web_authn_registration(AccessToken=site.access, Credential=made)
    assert site.unregistrable(made) == "WebAuthnChallengeNotFoundException"
    again = Authenticator(number=2).create(options)
    assert site.unregistrable(again) == "WebAuthnChallengeNotFoundException"
    assert len(site.listed()) == 1


def test_a_registration_challenge_that_was_answered_wrong_is_used_up(site: Site) -> None:
    options = site.options()
    stranger = Authenticator()
    stranger.origin = "https://example.org"
    assert site.unregistrable(stranger.create(options)) == "WebAuthnOriginNotAllowedException"
    assert site.unregistrable(Authenticator().create(options)) == "WebAuthnChallengeNotFoundException"


def test_a_registration_challenge_expires_and_belongs_to_its_user(site: Site) -> None:
    late = Authenticator().create(site.options())
    site.bench.now += 180
    assert site.unregistrable(late) == "WebAuthnChallengeNotFoundException"
    other = Site(site.bench, "bo")
    assert site.unregistrable(Authenticator().create(other.options())) == "WebAuthnChallengeNotFoundException"
    assert site.unregistrable(Authenticator().create({"challenge": "x" * 43})) == "WebAuthnChallengeNotFoundException"


def test_a_registration_belongs_to_its_client(site: Site) -> None:
    made = Authenticator().create(site.options())
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    site.bench.client_id = site.bench.admin("CreateUserPoolClient", ClientName="other", ExplicitAuthFlows=flows)[
        "UserPoolClient"
    ]["ClientId"]
    site.access = site.bench.tokens()["AccessToken"]
    assert site.unregistrable(made) == "WebAuthnClientMismatchException"


@pytest.mark.parametrize(
    "origin", ["https://example.org", "https://notexample.com", "http://example.com", "https://example.com.evil.org"]
)
def test_another_origin_cannot_register(site: Site, origin: str) -> None:
    authenticator = Authenticator()
    authenticator.origin = origin
    assert site.unregistrable(authenticator.create(site.options())) == "WebAuthnOriginNotAllowedException"


def test_another_relying_party_cannot_register(site: Site) -> None:
    authenticator = Authenticator(rp_id="example.org")
    authenticator.origin = "https://example.com"
    assert site.unregistrable(authenticator.create(site.options())) == "WebAuthnRelyingPartyMismatchException"


def test_unsupported_credentials_cannot_register(site: Site, make: Any) -> None:
    unsupported = "WebAuthnCredentialNotSupportedException"
    assert site.unregistrable(Authenticator().create(site.options(), algorithm=-8)) == unsupported
    assert site.unregistrable(Authenticator(flags=0).create(site.options())) == unsupported
    signed_in = Authenticator().create(site.options())
    signed_in["response"]["clientDataJSON"] = text(
        Authenticator().client_data("webauthn.get", site.options()["challenge"])
    )
    assert site.unregistrable(signed_in) == unsupported
    garbled = Authenticator().create(site.options())
    garbled["response"]["attestationObject"] = "AAAA"
    assert site.unregistrable(garbled) == unsupported
    strict = Site(make(first_factors=["WEB_AUTHN"], relying_party="example.com", user_verification="required"))
    assert strict.options()["authenticatorSelection"]["userVerification"] == "required"
    assert strict.unregistrable(Authenticator(flags=PRESENT).create(strict.options())) == unsupported
    strict.register(Authenticator())


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"id": "x", "response": "x"},
        {"id": "x", "response": {}},
        {"id": "x", "response": {"clientDataJSON": 5}},
        {"id": "x", "response": {"clientDataJSON": "AAAA"}},
        {"id": "x", "response": {"clientDataJSON": text(b"[]")}},
        {"id": "x", "response": {"clientDataJSON": text(b'{"challenge": 5, "origin": 5}')}},
        {"response": {"clientDataJSON": text(b'{"challenge": "x", "origin": "x"}')}},
    ],
)
def test_what_is_no_credential_is_said_to_be_none(site: Site, key: Authenticator, credential: Any) -> None:
    assert site.unregistrable(credential) == "InvalidParameterException"
    challenge = site.start()
    assert site.wrong(challenge, credential)[0] == "InvalidParameterException"
    answered = site.answering(challenge, key.get(request_options(challenge)))
    assert "AuthenticationResult" in site.client.respond_to_auth_challenge(**answered)  # the session was still good


def test_a_credential_is_registered_once(site: Site, key: Authenticator) -> None:
    assert site.unregistrable(key.create(site.options())) == "InvalidParameterException"


def test_a_user_has_twenty_passkeys_at_most_and_they_are_listed_by_pages(site: Site) -> None:
    for number in range(20):
        site.register(Authenticator(number=number))
    assert refusal(site.client.start_web_authn_registration, AccessToken=site.access)[0] == "LimitExceededException"
    first = site.client.list_web_authn_credentials(AccessToken=site.access, MaxResults=15)
    rest = site.client.list_web_authn_credentials(AccessToken=site.access, MaxResults=15, NextToken=first["NextToken"])
    assert len({one["CredentialId"] for one in first["Credentials"] + rest["Credentials"]}) == 20
    assert "NextToken" not in rest


def test_passkeys_must_be_enabled(make: Any) -> None:
    site = Site(make(first_factors=["PASSWORD"]))
    refused = refusal(site.client.start_web_authn_registration, AccessToken=site.access)[0]
    assert refused == site.unregistrable({}) == "WebAuthnNotEnabledException"


def test_passkeys_must_be_configured(bench: Any) -> None:
    policies = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
    bench.pool_id = bench.client.create_user_pool(PoolName="p", Policies=policies)["UserPool"]["Id"]
    made = bench.admin(
        "CreateUserPoolClient", ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"]
    )
    bench.client_id = made["UserPoolClient"]["ClientId"]
    site = Site(bench)
    missing = refusal(site.client.start_web_authn_registration, AccessToken=site.access)[0]
    assert missing == site.unregistrable({}) == "WebAuthnConfigurationMissingException"
    assert site.start()["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]


def test_every_operation_needs_the_users_own_access_token(site: Site, key: Authenticator) -> None:
    calls: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (site.client.start_web_authn_registration, {}),
        (site.client.complete_web_authn_registration, {"Credential": {}}),
        (site.client.list_web_authn_credentials, {}),
        (site.client.delete_web_authn_credential, {"CredentialId": text(key.id)}),
    ]
    for call, more in calls:
        assert refusal(call, AccessToken="x.y.z", **more)[0] == "NotAuthorizedException"
    bo = Site(site.bench, "bo")
    stolen = {"AccessToken": bo.access, "CredentialId": text(key.id)}
    assert refusal(site.client.delete_web_authn_credential, **stolen)[0] == "ResourceNotFoundException"
    site.bench.admin("AdminResetUserPassword", Username="alice")
    reset = refusal(site.client.start_web_authn_registration, AccessToken=site.access)[0]
    assert reset == "PasswordResetRequiredException"


# The pool's settings


def test_the_settings_are_kept_told_and_not_lost(make: Any) -> None:
    bench = make(first_factors=["WEB_AUTHN"], relying_party="example.com", user_verification="required")
    told = bench.client.get_user_pool_mfa_config(UserPoolId=bench.pool_id)
    expected = {"RelyingPartyId": "example.com", "UserVerification": "required"}
    assert told["WebAuthnConfiguration"] == expected
    totp = {"SoftwareTokenMfaConfiguration": {"Enabled": True}, "MfaConfiguration": "OPTIONAL"}
    changed = bench.client.set_user_pool_mfa_config(UserPoolId=bench.pool_id, **totp)
    assert changed["WebAuthnConfiguration"] == expected
    bench.client.set_user_pool_mfa_config(UserPoolId=bench.pool_id, WebAuthnConfiguration={"RelyingPartyId": "a.org"})
    told = bench.client.get_user_pool_mfa_config(UserPoolId=bench.pool_id)["WebAuthnConfiguration"]
    assert told == {"RelyingPartyId": "a.org", "UserVerification": "required"}


def test_passkeys_as_both_factors_are_not_modelled(bench: Any) -> None:
    settings = {"RelyingPartyId": "a.org", "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}
    request = {"UserPoolId": bench.pool_id, "WebAuthnConfiguration": settings}
    assert refusal(bench.client.set_user_pool_mfa_config, **request) == (
        "InvalidParameterException",
        "The local pool does not model MULTI_FACTOR_WITH_USER_VERIFICATION of WebAuthnConfiguration.",
    )


def test_without_the_library_the_sentence_says_what_to_install(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "webauthn", None)
    assert refusal(site.client.start_web_authn_registration, AccessToken=site.access) == (
        "UnsupportedOperationException",
        "The local pool needs the package webauthn for passkeys: pip install 'cognito-authflow[passkeys]'.",
    )


def test_the_library_is_imported_at_its_first_use() -> None:
    program = "import sys, authflow.adapters.local_pool; sys.exit('webauthn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_file_keeps_passkeys(tmp_path: Any, signing_key: Any) -> None:
    file, key = tmp_path / "pool.db", Authenticator()
    with LocalPool(file, signing_key=signing_key) as service:
        setup = service.quickstart(first_factors=["WEB_AUTHN"], relying_party="example.com")
        named = {"UserPoolId": setup.pool_id, "Username": "alice"}
        service.call("AdminCreateUser", named)
        service.call("AdminSetUserPassword", {**named, "Password": PASSWORD, "Permanent": True})
        start = {"ClientId": setup.client_id, "AuthFlow": "USER_PASSWORD_AUTH",
                 "AuthParameters": {"USERNAME": "alice", "PASSWORD": PASSWORD}}  # fmt: skip
        access = {"AccessToken": service.call("InitiateAuth", start)["AuthenticationResult"]["AccessToken"]}
        options = service.call("StartWebAuthnRegistration", access)["CredentialCreationOptions"]
        service.call("CompleteWebAuthnRegistration", {**access, "Credential": key.create(options)})
    with LocalPool(file) as service:
        begin = {"ClientId": setup.client_id, "AuthFlow": "USER_AUTH",
                 "AuthParameters": {"USERNAME": "alice", "PREFERRED_CHALLENGE": "WEB_AUTHN"}}  # fmt: skip
        challenge = service.call("InitiateAuth", begin)
        credential = json.dumps(key.get(request_options(challenge)))
        answered = service.call(
            "RespondToAuthChallenge",
            {"ClientId": setup.client_id, "ChallengeName": "WEB_AUTHN", "Session": challenge["Session"],
             "ChallengeResponses": {"USERNAME": "alice", "CREDENTIAL": credential}},
        )  # fmt: skip
        assert "AuthenticationResult" in answered


# Origins


@pytest.mark.parametrize(
    ("origin", "relying_party", "allowed"),
    [
        ("https://example.com", "example.com", True),
        ("https://example.com:8443", "example.com", True),
        ("https://a.b.example.com", "example.com", True),
        ("https://example.com", "a.example.com", False),
        ("https://example.com/", "example.com", False),
        ("https://example.com:port", "example.com", False),
        ("https://user@example.com", "example.com", False),
        ("https://[", "example.com", False),
        ("http://localhost", "localhost", True),
        ("http://localhost:3000", "localhost", True),
        ("https://localhost", "localhost", True),
        ("http://evil.localhost", "localhost", False),
        ("http://localhost", "example.com", False),
        ("android:apk-key-hash:abc", "example.com", False),
        ("", "example.com", False),
    ],
)
def test_an_origin_is_the_relying_party_or_below_it(origin: str, relying_party: str, allowed: bool) -> None:
    assert origin_allowed(origin, relying_party) is allowed


@given(st.text())
def test_any_text_is_an_origin_or_not(origin: str) -> None:
    assert origin_allowed(origin, "example.com") in (True, False)


@given(data=st.binary(max_size=200), signature=st.binary(max_size=80))
def test_any_bytes_are_refused_as_a_proof(data: bytes, signature: bytes) -> None:
    key, party = Authenticator(), Party(id="example.com", verification_required=False)
    document = key.get({"challenge": "AAAA"})
    document["response"] |= {"authenticatorData": text(data), "signature": text(signature)}
    passkey = Passkey(
        pool_id="p", username="u", credential_id=text(key.id), public_key="AAAA", sign_count=0,
        relying_party="example.com", attachment="", transports=[], created=0.0,
    )  # fmt: skip
    assert passkey_proofs.sign_in(passkey_proofs.credential(document), "AAAA", party, passkey) is None
    made = key.create({"challenge": "AAAA"})
    made["response"]["attestationObject"] = text(data)
    assert passkey_proofs.register(passkey_proofs.credential(made), "AAAA", party) is Problem.UNSUPPORTED
