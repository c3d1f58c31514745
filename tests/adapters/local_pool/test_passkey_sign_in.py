"""Sign-in with passkeys through a boto3 client: right answers, and every wrong one refused."""

from typing import Any

import pytest

from tests.adapters.local_pool.ceremonies import (
    NOT_VERIFIED,
    PRESENT,
    VERIFIED,
    Authenticator,
    Site,
    raw,
    refusal,
    request_options,
    text,
)


@pytest.fixture
def site(make: Any) -> Site:
    return Site(make(first_factors=["PASSWORD", "WEB_AUTHN"], relying_party="example.com"))


@pytest.fixture
def key(site: Site) -> Authenticator:
    """A registered passkey of the site's user."""
    made = Authenticator()
    site.register(made)
    return made


def test_a_passkey_signs_in_again_and_again(site: Site, key: Authenticator) -> None:
    for _ in range(3):
        tokens = site.sign_in(key)["AuthenticationResult"]
        assert site.client.get_user(AccessToken=tokens["AccessToken"])["Username"] == "alice"


def test_the_challenge_names_the_users_passkeys(site: Site, key: Authenticator) -> None:
    first, second = request_options(site.start()), request_options(site.start())
    assert first.pop("challenge") != second.pop("challenge")
    assert first == second == {
        "timeout": 60000, "rpId": "example.com", "userVerification": "preferred",
        "allowCredentials": [{"id": text(key.id), "type": "public-key", "transports": ["hybrid", "internal"]}],
    }  # fmt: skip


def test_a_passkey_can_be_selected(site: Site, key: Authenticator) -> None:
    named = {"USERNAME": "alice"}
    begun = site.client.initiate_auth(ClientId=site.bench.client_id, AuthFlow="USER_AUTH", AuthParameters=named)
    challenge = site.client.respond_to_auth_challenge(
        ClientId=site.bench.client_id, ChallengeName="SELECT_CHALLENGE", Session=begun["Session"],
        ChallengeResponses={**named, "ANSWER": "WEB_AUTHN"},
    )  # fmt: skip
    answered = site.answering(challenge, key.get(request_options(challenge)))
    assert "AuthenticationResult" in site.client.respond_to_auth_challenge(**answered)


def test_a_subdomain_of_the_relying_party_may_sign_in(site: Site, key: Authenticator) -> None:
    key.origin = "https://login.example.com:8443"
    assert "AuthenticationResult" in site.sign_in(key)


def test_localhost_may_be_the_relying_party_without_tls(make: Any) -> None:
    site = Site(make(first_factors=["WEB_AUTHN"]))
    key = Authenticator(rp_id="localhost")
    key.origin = "http://localhost:8000"
    site.register(key)
    assert "AuthenticationResult" in site.sign_in(key)


def test_another_origin_cannot_sign_in(site: Site, key: Authenticator) -> None:
    key.origin = "https://example.org"
    challenge = site.start()
    assert site.wrong(challenge, key.get(request_options(challenge))) == NOT_VERIFIED


def test_another_relying_party_cannot_sign_in(site: Site, key: Authenticator) -> None:
    key.rp_id = "example.org"
    challenge = site.start()
    assert site.wrong(challenge, key.get(request_options(challenge))) == NOT_VERIFIED


def test_a_replayed_answer_is_refused(site: Site, key: Authenticator) -> None:
    challenge = site.start()
    answer = key.get(request_options(challenge))
    site.client.respond_to_auth_challenge(**site.answering(challenge, answer))
    spent = ("NotAuthorizedException", "Invalid session for the user.")
    assert site.wrong(challenge, answer) == spent
    assert site.wrong(site.start(), answer) == NOT_VERIFIED


def test_an_altered_signature_is_refused_and_uses_the_challenge_up(site: Site, key: Authenticator) -> None:
    challenge = site.start()
    answer = key.get(request_options(challenge))
    right = answer["response"]["signature"]
    answer["response"]["signature"] = text(raw(right)[:-1] + bytes([raw(right)[-1] ^ 1]))
    assert site.wrong(challenge, answer) == NOT_VERIFIED
    answer["response"]["signature"] = right
    assert site.wrong(challenge, answer) == ("NotAuthorizedException", "Invalid session for the user.")


def test_altered_authenticator_data_is_refused(site: Site, key: Authenticator) -> None:
    challenge = site.start()
    answer = key.get(request_options(challenge))
    data = bytearray(raw(answer["response"]["authenticatorData"]))
    data[36] ^= 64
    answer["response"]["authenticatorData"] = text(bytes(data))
    assert site.wrong(challenge, answer) == NOT_VERIFIED


def test_the_sign_count_must_grow(site: Site, key: Authenticator) -> None:
    site.sign_in(key)
    key.count -= 1  # a clone that has not seen the last signature
    challenge = site.start()
    assert site.wrong(challenge, key.get(request_options(challenge))) == NOT_VERIFIED
    assert "AuthenticationResult" in site.sign_in(key)


def test_an_answer_of_registration_is_not_one_of_sign_in(site: Site, key: Authenticator) -> None:
    challenge = site.start()
    assert site.wrong(challenge, key.get(request_options(challenge), kind="webauthn.create")) == NOT_VERIFIED


def test_user_verification_is_demanded_where_the_pool_requires_it(make: Any) -> None:
    site = Site(make(first_factors=["WEB_AUTHN"], relying_party="example.com", user_verification="required"))
    key = Authenticator()
    site.register(key)
    assert request_options(site.start())["userVerification"] == "required"
    key.flags = PRESENT
    challenge = site.start()
    assert site.wrong(challenge, key.get(request_options(challenge))) == NOT_VERIFIED
    key.flags = PRESENT | VERIFIED
    assert "AuthenticationResult" in site.sign_in(key)


def test_a_present_user_is_enough_where_verification_is_preferred(site: Site, key: Authenticator) -> None:
    key.flags = PRESENT
    assert "AuthenticationResult" in site.sign_in(key)
    key.flags = 0
    challenge = site.start()
    assert site.wrong(challenge, key.get(request_options(challenge))) == NOT_VERIFIED


def test_somebody_elses_passkey_does_not_sign_in(site: Site, key: Authenticator) -> None:
    bo = Site(site.bench, "bo")
    theirs = Authenticator(number=2)
    bo.register(theirs)
    challenge = site.start()
    assert site.wrong(challenge, theirs.get(request_options(challenge))) == NOT_VERIFIED
    challenge = site.start()
    posing = {**theirs.get(request_options(challenge)), "id": text(key.id), "rawId": text(key.id)}
    assert site.wrong(challenge, posing) == NOT_VERIFIED


def test_the_user_handle_must_be_the_users(site: Site, key: Authenticator) -> None:
    handle = site.options()["user"]["id"]
    for given_handle, right in [(handle, True), (text(b"somebody else"), False), (5, False)]:
        challenge = site.start()
        answer = key.get(request_options(challenge))
        answer["response"]["userHandle"] = given_handle
        if right:
            assert site.client.respond_to_auth_challenge(**site.answering(challenge, answer))["AuthenticationResult"]
        else:
            assert site.wrong(challenge, answer) == NOT_VERIFIED


@pytest.mark.parametrize("document", ["not JSON", "[" * 100_000, "5", "null", '{"id": "x"}'])
def test_a_credential_that_is_no_json_object_is_refused(site: Site, key: Authenticator, document: str) -> None:
    assert site.wrong(site.start(), document)[0] == "InvalidParameterException"


def test_a_challenge_expires(site: Site, key: Authenticator) -> None:
    challenge = site.start()
    site.bench.now += 180
    assert site.wrong(challenge, key.get(request_options(challenge)))[0] == "NotAuthorizedException"


def test_a_passkey_of_an_earlier_relying_party_is_not_offered(site: Site, key: Authenticator) -> None:
    settings = {"RelyingPartyId": "example.org", "UserVerification": "preferred"}
    site.client.set_user_pool_mfa_config(
        UserPoolId=site.bench.pool_id, MfaConfiguration="OFF", WebAuthnConfiguration=settings
    )
    assert "WEB_AUTHN" not in site.start()["AvailableChallenges"]
    assert len(site.listed()) == 1


def test_a_deleted_passkey_no_longer_signs_in(site: Site, key: Authenticator) -> None:
    challenge = site.start()
    request = {"AccessToken": site.access, "CredentialId": text(key.id)}
    site.client.delete_web_authn_credential(**request)
    assert site.listed() == []
    assert site.wrong(challenge, key.get(request_options(challenge))) == NOT_VERIFIED
    assert site.start()["ChallengeName"] == "SELECT_CHALLENGE"
    assert refusal(site.client.delete_web_authn_credential, **request)[0] == "ResourceNotFoundException"


def test_an_account_takes_its_passkeys_with_it(site: Site, key: Authenticator) -> None:
    site.bench.admin("AdminDeleteUser", Username="alice")
    again = Site(site.bench)
    assert again.listed() == []


def test_who_has_a_second_factor_is_not_offered_passkeys(make: Any) -> None:
    site = Site(make(first_factors=["WEB_AUTHN"], relying_party="example.com", mfa="OPTIONAL"))
    site.register(Authenticator())
    assert site.start()["ChallengeName"] == "WEB_AUTHN"
    site.bench.enrol_totp()
    assert site.start()["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]


def test_an_unknown_user_is_shown_a_passkey_that_nobody_has(site: Site) -> None:
    shown = []
    for number in range(30):
        name = f"nobody{number}"
        challenge, again = site.start(name), site.start(name)
        assert challenge["ChallengeName"] == again["ChallengeName"]
        if challenge["ChallengeName"] == "WEB_AUTHN":
            options, repeated = request_options(challenge), request_options(again)
            assert options["allowCredentials"] == repeated["allowCredentials"]
            assert options["challenge"] != repeated["challenge"]
            request = site.answering(challenge, Authenticator().get(options), name)
            assert refusal(site.client.respond_to_auth_challenge, **request) == NOT_VERIFIED
            shown.append(options["allowCredentials"][0]["id"])
    assert len(set(shown)) == len(shown) > 0
