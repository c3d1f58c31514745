"""What every token store does, whatever it keeps its session in; and the sessions that are put into it."""

from collections.abc import Callable
from typing import Protocol

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authflow import AuthFlow, ErrorCode, StoreUnavailable, UserState
from authflow.adapters.local_pool import LocalPool
from authflow.ports import StoredDevice, StoredFederation, StoredSession, Tokens
from authflow.secrets import Secret
from tests.drivers.canaries import forms_of, locals_of

KEY = bytes(range(32))
OTHER_KEY = bytes(32)
PASSWORD = "Correct-horse-9"
TOKENS = ("Canary-Id-Token-77", "Canary-Access-Token-77", "Canary-Refresh-Token-77")


def fault_of(call: Callable[[], object]) -> str | None:
    """Returns the name of the fault that a call raises, which shows no secret."""
    with pytest.raises(StoreUnavailable) as caught:
        call()
    error = caught.value
    assert error.code is ErrorCode.STORE_UNAVAILABLE
    assert error.message.endswith(".")
    assert "; " in error.message, "it says what to do"
    assert not any(form in locals_of(error) + repr(error) for token in TOKENS for form in forms_of(token))
    assert repr(KEY) not in locals_of(error)
    return error.info.name


class Followed(Protocol):
    """A token store that others write to as well."""

    def load(self) -> StoredSession | None: ...
    def save(self, session: StoredSession) -> None: ...
    def clear(self) -> None: ...
    def revision(self) -> object: ...


def session(username: str = "ana") -> StoredSession:
    """A session whose tokens are canaries."""
    id_token, access_token, refresh_token = map(Secret, TOKENS)
    return StoredSession(
        username=username,
        user_sub="sub-1",
        identifier="ana@example.com",
        tokens=Tokens(id_token=id_token, access_token=access_token, refresh_token=refresh_token, expires_at=12.5),
        configuration="eu-west-1_pool/client",
    )


def device(username: str, *aliases: str) -> StoredDevice:
    """A device whose secret is a canary."""
    return StoredDevice(
        username=username, aliases=aliases, key=f"key of {username}", group_key="group", secret=Secret(TOKENS[2])
    )


_texts = st.text(st.characters())  # lone surrogates as well: JSON can say them
_maybe = st.none() | _texts
_secrets = _texts.map(Secret)
_tokens = st.builds(
    Tokens,
    id_token=st.none() | _secrets,
    access_token=_secrets,
    refresh_token=st.none() | _secrets,
    expires_at=st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53),
)
_federations = st.builds(StoredFederation, provider=_texts, token=_secrets, role_arn=_maybe)
SESSIONS = st.builds(
    StoredSession,
    username=_maybe,
    user_sub=_maybe,
    identifier=_maybe,
    tokens=st.none() | _tokens,
    hosted=st.booleans(),
    federation=st.none() | _federations,
    identity_id=_maybe,
    configuration=_maybe,
)
DEVICES = st.lists(
    st.builds(
        StoredDevice,
        username=_texts,
        aliases=st.lists(_texts).map(tuple),
        key=_texts,
        group_key=_texts,
        secret=_secrets,
    ),
    unique_by=lambda device: device.username,
)


class TokenStoreLaws:
    """Run by every store: a subclass has a fixture `another`, which opens one and the same store again and again."""

    @pytest.fixture
    def store(self, another: Callable[[], Followed]) -> Followed:
        return another()

    def test_nothing_is_stored_at_first(self, store: Followed) -> None:
        assert store.load() is None
        assert store.revision() == store.revision()

    def test_what_is_saved_is_loaded_also_by_another(self, store: Followed, another: Callable[[], Followed]) -> None:
        store.save(session())
        assert store.load() == session()
        assert another().load() == session()

    def test_the_last_one_is_kept(self, store: Followed, another: Callable[[], Followed]) -> None:
        store.save(session("ana"))
        other = another()
        other.save(session("bo"))
        assert store.load() == other.load() == session("bo")
        store.save(session("ana"))
        assert other.load() == session("ana")

    def test_what_is_cleared_is_gone_for_everybody(self, store: Followed, another: Callable[[], Followed]) -> None:
        other = another()
        store.save(session())
        other.clear()
        other.clear()
        assert store.load() is None
        assert other.load() is None
        store.save(session("bo"))
        assert other.load() == session("bo")

    def test_clearing_nothing_is_no_error(self, store: Followed) -> None:
        store.clear()
        assert store.load() is None

    def test_the_revision_differs_once_somebody_has_saved_or_cleared(
        self, store: Followed, another: Callable[[], Followed]
    ) -> None:
        other = another()
        seen = [store.revision()]
        for writer in (other, other, store, None, other):
            if writer is None:
                other.clear()
            else:
                writer.save(session())
            assert store.revision() != seen[-1]
            assert store.revision() == other.revision() == store.revision()
            seen.append(store.revision())

    def test_a_revision_is_never_that_of_an_earlier_save(self, store: Followed) -> None:
        seen: list[object] = []
        for _ in range(20):
            store.save(session())
            assert store.revision() not in seen
            seen.append(store.revision())

    def test_nobody_reads_tokens_in_a_stores_repr(self, store: Followed) -> None:
        store.save(session())
        assert "Canary" not in repr(store) + repr(store.load()) + repr(store.revision())

    def test_every_session_comes_back_as_it_was(self, another: Callable[[], Followed]) -> None:
        @settings(max_examples=40)
        @given(stored=SESSIONS)  # in here, since Hypothesis wants one class for every test of its own
        def comes_back(stored: StoredSession) -> None:
            another().save(stored)
            assert another().load() == stored

        comes_back()

    def test_a_long_session_comes_back_as_it_was(self, store: Followed) -> None:
        long = attrs.evolve(session(), federation=StoredFederation(provider="p", token=Secret("x" * 20_000)))
        store.save(long)
        assert store.load() == long
        store.save(session())
        assert store.load() == session()

    def test_a_new_flow_is_signed_in_where_another_was(self, another: Callable[[], Followed]) -> None:
        pool = LocalPool()
        flow = AuthFlow.local(pool, token_store=another())
        flow.sign_up("ana", PASSWORD, user_attributes={"email": "ana@example.com"})
        flow.confirm_sign_up("ana", pool.last_code("ana"))
        flow.sign_in("ana", PASSWORD)
        later = AuthFlow.local(pool, token_store=another())
        assert later.initialize() is UserState.signedIn
        assert later.username == "ana"
        later.sign_out()
        assert AuthFlow.local(pool, token_store=another()).initialize() is UserState.signedOut
