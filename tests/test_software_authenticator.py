"""The software authenticator against py_webauthn: what is right passes, each lie is refused for what it is."""

import json
import secrets
from typing import Any, Final

import attrs
import pytest
import webauthn
from cryptography.hazmat.primitives.serialization import load_der_public_key
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.exceptions import InvalidAuthenticationResponse, InvalidRegistrationResponse
from webauthn.registration.verify_registration_response import VerifiedRegistration

from authflow.ports import PasskeyAuthenticator
from tests.software_authenticator import Lies, Refused, SoftwareAuthenticator, decode, encode

RP_ID: Final = "auth.example.com"
ORIGIN: Final = "https://auth.example.com"


@attrs.define
class RelyingParty:
    """Options in the form in which Cognito gives them, and py_webauthn to judge the answers."""

    rp_id: str = RP_ID
    challenge: str = ""
    keys: dict[str, VerifiedRegistration] = attrs.Factory(dict)
    counts: dict[str, int] = attrs.Factory(dict)

    def creation_options(self, user: bytes = b"ana", **changed: object) -> str:
        self.challenge = encode(secrets.token_bytes(32))
        options = {
            "rp": {"id": self.rp_id, "name": self.rp_id},
            "user": {"id": encode(user), "name": "ana", "displayName": "Ana"},
            "challenge": self.challenge,
            "pubKeyCredParams": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -257}],
            "timeout": 60000,
            "excludeCredentials": [{"type": "public-key", "id": name} for name in self.keys],
            "authenticatorSelection": {"requireResidentKey": True, "userVerification": "preferred"},
        }
        return json.dumps({**options, **changed})

    def request_options(self, *allowed: str, **changed: object) -> str:
        self.challenge = encode(secrets.token_bytes(32))
        options = {
            "challenge": self.challenge,
            "timeout": 180000,
            "rpId": self.rp_id,
            "allowCredentials": [{"type": "public-key", "id": name} for name in allowed],
            "userVerification": "preferred",
        }
        return json.dumps({**options, **changed})

    def enrol(self, answer: str, *, verified_user: bool = False) -> str:
        """Verifies a registration and answers the credential's id."""
        verified = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=decode(self.challenge),
            expected_rp_id=self.rp_id,
            expected_origin=ORIGIN,
            require_user_verification=verified_user,
        )
        name = encode(verified.credential_id)
        self.keys[name], self.counts[name] = verified, verified.sign_count
        return name

    def check(self, answer: str, *, verified_user: bool = False) -> VerifiedAuthentication:
        """Verifies an assertion against the key and the counter it was enrolled with."""
        name = json.loads(answer)["id"]
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=decode(self.challenge),
            expected_rp_id=self.rp_id,
            expected_origin=ORIGIN,
            credential_public_key=self.keys[name].credential_public_key,
            credential_current_sign_count=self.counts[name],
            require_user_verification=verified_user,
        )
        self.counts[name] = verified.new_sign_count
        return verified


def enrolled(**configured: Any) -> tuple[RelyingParty, SoftwareAuthenticator]:
    party, authenticator = RelyingParty(), SoftwareAuthenticator(**configured)
    party.enrol(authenticator.create(party.creation_options()))
    return party, authenticator


def test_it_is_an_authenticator_to_the_port() -> None:
    port: PasskeyAuthenticator = SoftwareAuthenticator()
    party = RelyingParty()
    party.enrol(port.create(party.creation_options()))
    assert party.check(port.get(party.request_options())).user_verified


def test_a_registration_passes() -> None:
    party, authenticator = RelyingParty(), SoftwareAuthenticator()
    name = party.enrol(authenticator.create(party.creation_options()), verified_user=True)
    verified = party.keys[name]
    assert (verified.fmt, verified.sign_count, verified.user_verified) == ("none", 0, True)
    assert verified.aaguid == "00000000-0000-0000-0000-000000000000"
    assert [one.user_handle for one in authenticator.credentials] == [b"ana"]


def test_a_registration_says_the_same_in_each_of_its_forms() -> None:
    """5.2.1: `authenticatorData` and `publicKey` are what the attestation object holds."""
    party = RelyingParty()
    answer = json.loads(SoftwareAuthenticator().create(party.creation_options(extensions={"credProps": True})))
    response = answer["response"]
    assert answer.keys() == {"id", "rawId", "response", "authenticatorAttachment", "clientExtensionResults", "type"}
    assert answer["clientExtensionResults"] == {"credProps": {"rk": True}}
    attested = webauthn.helpers.parse_attestation_object(decode(response["attestationObject"]))
    assert webauthn.helpers.parse_authenticator_data(decode(response["authenticatorData"])) == attested.auth_data
    assert attested.auth_data.attested_credential_data is not None
    cose = attested.auth_data.attested_credential_data.credential_public_key
    decoded = webauthn.helpers.decode_credential_public_key(cose)
    assert webauthn.helpers.decoded_public_key_to_cryptography(decoded) == load_der_public_key(
        decode(response["publicKey"])
    )
    assert decoded.alg == response["publicKeyAlgorithm"] == -7


def test_an_assertion_passes_and_its_counter_goes_up() -> None:
    party, authenticator = enrolled()
    (name,) = party.keys
    for turn in (1, 2, 3):
        verified = party.check(authenticator.get(party.request_options(name)), verified_user=True)
        assert (encode(verified.credential_id), verified.new_sign_count) == (name, turn)


def test_an_assertion_without_a_list_names_its_user() -> None:
    party, authenticator = enrolled()
    answer = authenticator.get(party.request_options())
    party.check(answer)
    assert decode(json.loads(answer)["response"]["userHandle"]) == b"ana"


def test_a_relying_party_that_names_no_id_means_the_pages_own_domain() -> None:
    party, authenticator = RelyingParty(), SoftwareAuthenticator()
    party.enrol(authenticator.create(party.creation_options(rp={"name": "Example"})))
    options = json.loads(party.request_options())
    del options["rpId"]
    party.check(authenticator.get(json.dumps(options)))


def test_a_relying_party_may_be_a_domain_above_the_page() -> None:
    party, authenticator = RelyingParty("example.com"), SoftwareAuthenticator()
    party.enrol(authenticator.create(party.creation_options()))
    party.check(authenticator.get(party.request_options()))


def test_one_authenticator_holds_several_credentials() -> None:
    authenticator = SoftwareAuthenticator()
    ours, above = RelyingParty(), RelyingParty("example.com")
    ana = ours.enrol(authenticator.create(ours.creation_options(b"ana")))
    bo = ours.enrol(authenticator.create(ours.creation_options(b"bo", excludeCredentials=[])))
    ana_above = above.enrol(authenticator.create(above.creation_options(b"ana")))
    assert len(authenticator.credentials) == len({ana, bo, ana_above}) == 3
    assert ours.check(authenticator.get(ours.request_options(ana))).credential_id == decode(ana)
    assert ours.check(authenticator.get(ours.request_options())).credential_id == decode(bo)
    assert above.check(authenticator.get(above.request_options())).credential_id == decode(ana_above)


def test_a_new_credential_replaces_the_users_old_one() -> None:
    party, authenticator = enrolled()
    (old,) = party.keys
    new = party.enrol(authenticator.create(party.creation_options(excludeCredentials=[])))
    assert [encode(one.id) for one in authenticator.credentials] == [new]
    with pytest.raises(Refused, match="NotAllowedError"):
        authenticator.get(party.request_options(old))


OLD: Final = encode(b"an older challenge")
LIES: Final = [
    (Lies(origin="https://auth.example.com.evil.test"), "Unexpected client data origin"),
    (Lies(challenge=OLD), "challenge was not expected challenge"),
    (Lies(rp_id="example.com"), "Unexpected RP ID hash"),
]


@pytest.mark.parametrize(("lies", "why"), LIES)
def test_a_registration_that_lies_is_refused(lies: Lies, why: str) -> None:
    party, authenticator = RelyingParty(), SoftwareAuthenticator(lies=lies)
    with pytest.raises(InvalidRegistrationResponse, match=why):
        party.enrol(authenticator.create(party.creation_options()))


@pytest.mark.parametrize(
    ("lies", "why"),
    [
        *LIES,
        (Lies(flip_signature=True), "Could not verify authentication signature"),
        (Lies(sign_count=1), "sign count of 1 was not greater than current count of 2"),
        (Lies(sign_count=2), "sign count of 2 was not greater than current count of 2"),
    ],
)
def test_an_assertion_that_lies_is_refused_and_the_next_true_one_passes(lies: Lies, why: str) -> None:
    party, authenticator = enrolled()
    for _ in range(2):
        party.check(authenticator.get(party.request_options()))
    authenticator.lies = lies
    with pytest.raises(InvalidAuthenticationResponse, match=why):
        party.check(authenticator.get(party.request_options()))
    authenticator.lies = Lies()
    party.check(authenticator.get(party.request_options()))


def test_an_answer_to_an_older_challenge_is_refused() -> None:
    party, authenticator = enrolled()
    stale = authenticator.get(party.request_options())
    party.request_options()
    with pytest.raises(InvalidAuthenticationResponse, match="challenge was not expected challenge"):
        party.check(stale)


@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("verified", [True, False])
def test_the_flags_are_those_that_are_configured(present: bool, verified: bool) -> None:
    party, authenticator = enrolled()
    authenticator.user_present, authenticator.user_verified = present, verified
    answer = authenticator.get(party.request_options())
    flags = webauthn.helpers.parse_authenticator_data(decode(json.loads(answer)["response"]["authenticatorData"])).flags
    assert (flags.up, flags.uv, flags.at) == (present, verified, False)


def test_a_user_who_is_not_verified_is_refused_where_that_is_asked_for() -> None:
    party, authenticator = enrolled(user_verified=False)
    assert not party.check(authenticator.get(party.request_options())).user_verified
    with pytest.raises(InvalidAuthenticationResponse, match="user was not verified"):
        party.check(authenticator.get(party.request_options()), verified_user=True)
    with pytest.raises(InvalidRegistrationResponse, match="user was not verified"):
        party.enrol(SoftwareAuthenticator(user_verified=False).create(party.creation_options()), verified_user=True)


def test_a_user_who_is_absent_is_refused() -> None:
    party, authenticator = enrolled()
    authenticator.user_present = False
    with pytest.raises(InvalidAuthenticationResponse, match="User was not present"):
        party.check(authenticator.get(party.request_options()))
    with pytest.raises(InvalidRegistrationResponse, match="User presence was required"):
        party.enrol(SoftwareAuthenticator(user_present=False).create(party.creation_options()))


@pytest.mark.parametrize("rp_id", ["other.test", "xample.com", "com", "login.auth.example.com"])
def test_a_foreign_relying_party_gets_nothing(rp_id: str) -> None:
    _, authenticator = enrolled()
    party = RelyingParty(rp_id)
    with pytest.raises(Refused, match="SecurityError"):
        authenticator.create(party.creation_options())
    with pytest.raises(Refused, match="SecurityError"):
        authenticator.get(party.request_options())


def test_what_is_not_there_is_not_signed_with() -> None:
    party, _ = enrolled()
    (name,) = party.keys
    for options in (party.request_options(name), party.request_options()):
        with pytest.raises(Refused) as caught:
            SoftwareAuthenticator().get(options)
        assert caught.value.name == "NotAllowedError"


def test_an_excluded_credential_is_not_made_twice() -> None:
    party, authenticator = enrolled()
    with pytest.raises(Refused, match="InvalidStateError"):
        authenticator.create(party.creation_options())
    party.enrol(SoftwareAuthenticator().create(party.creation_options()))
    assert len(party.keys) == 2


def test_algorithms_that_it_has_not_are_refused() -> None:
    party = RelyingParty()
    with pytest.raises(Refused, match="NotSupportedError"):
        SoftwareAuthenticator().create(party.creation_options(pubKeyCredParams=[{"type": "public-key", "alg": -257}]))


def test_no_private_key_is_shown() -> None:
    _, authenticator = enrolled()
    assert "PrivateKey" not in repr(authenticator)
