"""Secure Remote Password: a right client gets in, and nothing less than the whole proof does."""

import base64
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycognito.aws_srp import AWSSRP

from authflow.adapters.local_pool import srp_server
from authflow.adapters.local_pool.records import User

WRONG = ("NotAuthorizedException", "Incorrect username or password.")


def test_a_right_proof_gets_tokens(bench: Any) -> None:
    bench.user()
    answer = bench.prove(bench.srp())
    assert set(answer["AuthenticationResult"]) == {
        "AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType",
    }  # fmt: skip


@pytest.mark.parametrize("secret", [False, True])
def test_an_independent_client_is_accepted_and_refused(make: Any, secret: bool) -> None:
    bench = make(secret=secret)
    bench.user()

    def sign_in(password: str) -> Any:
        return AWSSRP(
            "alice", password, bench.pool_id, bench.client_id, client=bench.client,
            client_secret=bench.setup.client_secret,
        ).authenticate_user()  # fmt: skip

    assert "AccessToken" in sign_in("Passw0rd!")["AuthenticationResult"]
    with pytest.raises(bench.client.exceptions.NotAuthorizedException, match="Incorrect username or password"):
        sign_in("Passw0rd?")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.integers(1, 1 << 128))
def test_both_halves_agree_for_every_password_and_salt(srp_class: Any, password: str, salt: int) -> None:
    pool_name, user = "AbCdEfGhI", "alice"
    client = srp_class(f"us-east-1_{pool_name}", password, private=salt + 7)
    verifier = srp_server.verifier(pool_name, user, password, salt)
    exchange = srp_server.Exchange(client_public=client.public, private=salt * 3 + 1, verifier=verifier)
    block = base64.b64encode(b"block").decode()
    told = {"SRP_B": f"{exchange.public:x}", "SALT": f"{salt:x}", "SECRET_BLOCK": block, "USER_ID_FOR_SRP": user}
    signature = client.signature(told, "now")
    assert exchange.accepts(pool_name, user, block, "now", signature)
    assert not exchange.accepts(pool_name, user, block, "then", signature)
    assert not exchange.accepts(pool_name, "bob", block, "now", signature)
    assert not exchange.accepts(pool_name, user, "AAAA", "now", signature)


def test_the_password_is_not_kept(bench: Any) -> None:
    bench.user(password="Sup3r-Secret!")
    (user,) = bench.service._core.ctx.store.all(User)
    assert "Sup3r-Secret!" not in str(attrs.asdict(user))
    assert user.salt
    assert user.verifier


@pytest.mark.parametrize("multiple", [0, 1, 2])
def test_a_public_value_that_breaks_the_proof_is_refused(
    bench: Any, srp_class: Any, refused: Any, multiple: int
) -> None:
    bench.user()
    with refused("InvalidParameterException"):
        bench.srp(SRP_A=f"{srp_class.N * multiple:x}")


@pytest.mark.parametrize("value", ["xyz", "-1", "1" * 3000])
def test_a_public_value_that_is_no_number_is_refused(bench: Any, refused: Any, value: str) -> None:
    bench.user()
    with refused("InvalidParameterException"):
        bench.srp(SRP_A=value)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"PASSWORD_CLAIM_SIGNATURE": base64.b64encode(bytes(32)).decode()},
        {"PASSWORD_CLAIM_SIGNATURE": "not base 64!"},
        {"PASSWORD_CLAIM_SIGNATURE": "schön"},
        {"PASSWORD_CLAIM_SECRET_BLOCK": base64.b64encode(bytes(768)).decode()},
    ],
)
def test_a_garbled_proof_is_refused(bench: Any, refused: Any, spoilt: dict[str, str]) -> None:
    bench.user()
    with refused(*WRONG):
        bench.prove(bench.srp(), **spoilt)


def test_an_altered_timestamp_is_refused(bench: Any, srp_class: Any, refused: Any) -> None:
    bench.user()
    challenge = bench.srp()
    later = srp_class(bench.pool_id, "Passw0rd!").answer(challenge["ChallengeParameters"], bench.now + 1)
    with refused(*WRONG):
        bench.prove(challenge, TIMESTAMP=later["TIMESTAMP"])


@pytest.mark.parametrize("shift", [-301, 301])
def test_a_stale_timestamp_is_refused(bench: Any, srp_class: Any, refused: Any, shift: int) -> None:
    bench.user()
    challenge = bench.srp()
    answers = srp_class(bench.pool_id, "Passw0rd!").answer(challenge["ChallengeParameters"], bench.now + shift)
    with refused(*WRONG):
        bench.respond("PASSWORD_VERIFIER", None, **answers)


def test_a_client_whose_clock_nobody_moved_is_served_by_a_moved_pool(bench: Any) -> None:
    bench.user()
    bench.service.advance(86400)
    assert "AuthenticationResult" in bench.prove(bench.srp())


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-01-01T00:00:00Z",
        "Mon Foo 1 00:00:00 UTC 2026",
        "Mon Feb 30 00:00:00 UTC 2026",
        "Xyz Jan 1 00:00:00 UTC 2026",
    ],
)
def test_a_malformed_timestamp_is_refused_by_name(bench: Any, refused: Any, timestamp: str) -> None:
    bench.user()
    with refused("InvalidParameterException", "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."):
        bench.prove(bench.srp(), TIMESTAMP=timestamp)


@given(st.integers(0, 4102444800))
def test_every_instant_that_a_client_can_spell_is_read(instant: int) -> None:
    stamp = datetime.fromtimestamp(instant, UTC)
    assert srp_server.parse_timestamp(f"{stamp:%a %b} {stamp.day} {stamp:%H:%M:%S} UTC {stamp:%Y}") == instant


def test_a_secret_block_is_good_for_one_proof(bench: Any, refused: Any) -> None:
    bench.user()
    challenge = bench.srp()
    bench.prove(challenge)
    with refused("NotAuthorizedException", "Invalid session for the user."):
        bench.prove(challenge)


def test_a_wrong_proof_uses_the_secret_block_up(bench: Any, refused: Any) -> None:
    bench.user()
    challenge = bench.srp()
    with refused(*WRONG):
        bench.prove(challenge, "wrong")
    with refused("NotAuthorizedException", "Invalid session for the user."):
        bench.prove(challenge)


def test_a_secret_block_expires(bench: Any, refused: Any) -> None:
    bench.user()
    challenge = bench.srp()
    bench.now += 180
    with refused("NotAuthorizedException", "Invalid session for the user, session is expired."):
        bench.prove(challenge)


def test_a_secret_block_belongs_to_its_user_and_client(bench: Any, refused: Any) -> None:
    bench.user()
    bench.user("bob")
    with refused("NotAuthorizedException", "Invalid session for the user."):
        bench.prove(bench.srp(), USERNAME="bob")
    challenge = bench.srp()
    other = bench.admin("CreateUserPoolClient", ClientName="other")["UserPoolClient"]["ClientId"]
    bench.client_id = other
    with refused("NotAuthorizedException", "Invalid session for the user."):
        bench.prove(challenge)


def test_a_session_beside_the_secret_block_must_be_its_own(bench: Any, srp_class: Any, refused: Any) -> None:
    bench.user()
    challenge = bench.srp()
    answers = srp_class(bench.pool_id, "Passw0rd!").answer(challenge["ChallengeParameters"], bench.now)
    with refused("NotAuthorizedException", "Invalid session for the user."):
        bench.respond("PASSWORD_VERIFIER", "x" * 30, **answers)


def test_a_proof_of_a_password_changed_meanwhile_is_refused(bench: Any, refused: Any) -> None:
    bench.user()
    challenge = bench.srp()
    bench.admin("AdminSetUserPassword", Username="alice", Password="0ther-Passw0rd", Permanent=True)
    with refused(*WRONG):
        bench.prove(challenge)


def test_the_user_id_is_the_username_and_not_the_alias(make: Any) -> None:
    bench = make(alias_attributes=("email",))
    bench.user("alice")
    challenge = bench.srp("Alice@Example.com")
    assert challenge["ChallengeParameters"]["USER_ID_FOR_SRP"] == "alice"
    assert "AuthenticationResult" in bench.prove(challenge, USERNAME="alice@example.com")


def test_an_unknown_user_gets_a_plausible_challenge(bench: Any, refused: Any) -> None:
    bench.user()
    known, unknown, again = (bench.srp(name)["ChallengeParameters"] for name in ("alice", "nobody", "nobody"))
    assert set(known) == set(unknown)
    assert unknown["USER_ID_FOR_SRP"] == "nobody"
    assert unknown["SALT"] == again["SALT"] != known["SALT"]
    assert unknown["SRP_B"] != again["SRP_B"]
    assert abs(len(known["SRP_B"]) - len(unknown["SRP_B"])) < 8
    assert len(known["SECRET_BLOCK"]) == len(unknown["SECRET_BLOCK"])
    with refused(*WRONG):
        bench.prove(bench.srp("nobody"))


def test_an_unknown_address_gets_a_plausible_user_id(make: Any, refused: Any) -> None:
    bench = make(username_attributes=("email",))
    first, second = (bench.srp("no@example.com")["ChallengeParameters"]["USER_ID_FOR_SRP"] for _ in range(2))
    assert first == second
    assert len(first) == 36
    with refused(*WRONG):
        bench.prove(bench.srp("no@example.com"), USERNAME="no@example.com")


def test_where_existence_is_no_secret_an_unknown_user_is_named_as_such(make: Any, refused: Any) -> None:
    bench = make(prevent_user_existence_errors="LEGACY")
    with refused("UserNotFoundException", "User does not exist."):
        bench.srp("nobody")


@pytest.mark.parametrize("missing", ["USERNAME", "SRP_A"])
def test_missing_parameters_are_named(bench: Any, srp_class: Any, refused: Any, missing: str) -> None:
    values = {"USERNAME": "alice", "SRP_A": srp_class(bench.pool_id, "").a}
    del values[missing]
    with refused("InvalidParameterException", f"Missing required parameter {missing}"):
        bench.call("InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters=values)
