"""Keys are fetched when they are needed, kept, and not asked for too often."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from authflow.adapters.tokens import KeysUnavailable
from authflow.adapters.tokens.keys import COOLDOWN, LIFETIME, FetchedKeys, GivenKeys, public_keys


class Place:
    """Where keys are served: what comes is decided by the test."""

    def __init__(self, *keys: RSAKey) -> None:
        self.now, self.asked = 1000.0, 0
        self.serves: Callable[[], bytes] = lambda: b""
        self.publish(*keys)
        self.keys = FetchedKeys("https://keys.example.com", fetch=self.fetch, clock=lambda: self.now)

    def publish(self, *keys: RSAKey) -> None:
        document = json.dumps({"keys": [dict(key.as_dict(private=False)) for key in keys]}).encode()
        self.serves = lambda: document

    def fail(self, error: Exception) -> None:
        def serves() -> bytes:
            raise error

        self.serves = serves

    def fetch(self, url: str) -> bytes:
        assert url == "https://keys.example.com"
        self.asked += 1
        return self.serves()


@pytest.fixture
def place(signing_key: RSAKey) -> Place:
    return Place(signing_key)


KID, OTHER = "the-pools-key", "somebody-elses-key"


def test_the_first_token_has_them_fetched_and_the_others_do_not(place: Place) -> None:
    assert place.asked == 0
    assert all(place.keys.find(KID) for _ in range(5))
    assert place.asked == 1


def test_they_can_be_fetched_beforehand(place: Place) -> None:
    place.keys.load()
    place.keys.load()
    assert place.keys.find(KID)
    assert place.asked == 1


def test_a_new_key_is_found(place: Place, signing_key: RSAKey, other_key: RSAKey) -> None:
    place.keys.load()
    place.publish(signing_key, other_key)
    place.now += COOLDOWN
    assert place.keys.find(OTHER)
    assert place.keys.find(KID)
    assert place.asked == 2


def test_made_up_keys_do_not_make_it_hammer(place: Place) -> None:
    for number in range(1000):
        assert place.keys.find(f"made-up-{number}") is None
        place.now += COOLDOWN / 100
    assert place.asked == 10


def test_an_outage_takes_nothing_away(place: Place) -> None:
    place.keys.load()
    place.fail(TimeoutError())
    place.now += COOLDOWN
    with pytest.raises(KeysUnavailable, match="TimeoutError"):
        place.keys.find("new")
    assert place.keys.find(KID)


def test_an_outage_is_not_made_worse(place: Place) -> None:
    place.fail(ConnectionError())
    again = []
    for _ in range(80):
        with pytest.raises(KeysUnavailable) as found:
            place.keys.find(KID)
        again.append(found.value.info.retry_at)
        place.now += 0.125
    assert place.asked == 10  # once a second
    assert again == [1001.0 + number // 8 for number in range(80)]


def test_after_an_outage_it_goes_on(place: Place, signing_key: RSAKey) -> None:
    place.fail(ConnectionError())
    with pytest.raises(KeysUnavailable):
        place.keys.load()
    place.publish(signing_key)
    place.now += 1
    assert place.keys.find(KID)


def test_a_key_that_is_published_no_more_is_trusted_no_more(place: Place, other_key: RSAKey) -> None:
    assert place.keys.find(KID)
    place.publish(other_key)
    place.now += LIFETIME - 1
    assert place.keys.find(KID)
    place.now += 1
    assert place.keys.find(KID) is None
    assert place.keys.find(OTHER)


def test_old_keys_stay_while_new_ones_cannot_be_had(place: Place) -> None:
    place.keys.load()
    place.fail(TimeoutError())
    place.now += LIFETIME
    for _ in range(5):
        assert place.keys.find(KID)
    assert place.asked == 2


def test_a_clock_that_is_put_back_does_not_lock_new_keys_out(place: Place, other_key: RSAKey) -> None:
    place.keys.load()
    place.publish(other_key)
    place.now -= 500
    assert place.keys.find(OTHER)


@pytest.mark.parametrize(
    "served", [b"", b"[]", b"null", b"{", b'{"keys": 5}', b'{"keys": []}', b"\xff", b"[" * 100000, b'{"keys": [[], 5]}']
)
def test_what_is_no_set_of_keys_is_none(place: Place, served: bytes) -> None:
    place.serves = lambda: served
    with pytest.raises(KeysUnavailable, match="no usable key"):
        place.keys.find(KID)


def test_what_the_server_says_instead_is_said(place: Place) -> None:
    place.fail(KeysUnavailable("elsewhere", "HTTP status 404"))
    with pytest.raises(KeysUnavailable, match=r"https://keys\.example\.com \(HTTP status 404\)"):
        place.keys.find(KID)


def test_one_fetch_serves_all_threads(place: Place) -> None:
    begun, go_on = threading.Event(), threading.Event()
    document = place.serves()

    def slow() -> bytes:
        begun.set()
        assert go_on.wait(30)
        return document

    place.serves = slow
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(place.keys.find(KID))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(30)
    go_on.set()
    for thread in threads:
        thread.join()
    assert (len(found), None in found, place.asked) == (8, False, 1)


def test_who_waits_for_a_fetch_that_fails_does_not_try_again(place: Place) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> bytes:
        begun.set()
        assert go_on.wait(30)
        place.now += 8  # as long as it took
        raise TimeoutError

    place.serves = slow
    refused: list[KeysUnavailable] = []

    def look() -> None:
        with pytest.raises(KeysUnavailable) as found:
            place.keys.find(KID)
        refused.append(found.value)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(30)
    go_on.set()
    for thread in threads:
        thread.join()
    assert (len(refused), place.asked) == (8, 1)


def test_nobody_waits_for_keys_that_are_here(place: Place) -> None:
    place.keys.load()
    place.now += LIFETIME
    begun, go_on = threading.Event(), threading.Event()
    document = place.serves()
    told: list[bool] = []

    def slow() -> bytes:
        begun.set()
        told.append(go_on.wait(10))
        return document

    place.serves = slow
    renewing = threading.Thread(target=place.keys.find, args=(KID,))
    renewing.start()
    assert begun.wait(30)
    assert place.keys.find(KID)
    go_on.set()
    renewing.join()
    assert told == [True]
    assert place.asked == 2


def test_what_somebody_breaks_off_is_begun_anew(place: Place) -> None:
    def broken() -> bytes:
        raise KeyboardInterrupt

    whole, place.serves = place.serves, broken
    with pytest.raises(KeyboardInterrupt):
        place.keys.find(KID)
    place.serves = whole
    assert place.keys.find(KID)


def test_only_keys_for_the_one_algorithm_are_taken(signing_key: RSAKey) -> None:
    good = dict(signing_key.as_dict(private=False))
    elliptic = dict(ECKey.generate_key("P-256", {"kid": "ec"}).as_dict(private=False))
    bad = [
        {**good, "kid": "enc", "use": "enc"},
        {**good, "kid": "other", "alg": "RS512"},
        {**good, "kid": 5},
        {**good, "kid": "n", "n": "AQAB"},
        {**good, "kid": "no", "n": "?"},
        {**good, "kid": "no", "n": "A"},
        {**good, "kid": "no", "n": "ä"},
        {**good, "kid": "e", "e": "A"},
        {**good, "kid": "long", "n": "x" * 20000},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "oct"},
        elliptic,
        None,
    ]
    assert set(public_keys({"keys": [*bad, good]})) == {KID}


def test_of_two_keys_with_one_name_the_first_counts(signing_key: RSAKey, other_key: RSAKey) -> None:
    second = {**other_key.as_dict(private=False), "kid": KID}
    found = public_keys({"keys": [dict(signing_key.as_dict(private=False)), second]})
    assert found[KID].as_dict()["n"] == signing_key.as_dict()["n"]


def test_a_private_half_is_not_kept(signing_key: RSAKey) -> None:
    found = public_keys({"keys": [dict(signing_key.as_dict(private=True))]})
    assert not found[KID].is_private
    assert GivenKeys(found).find("another") is None
