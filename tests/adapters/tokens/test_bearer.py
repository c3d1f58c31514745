"""Who may get a token, and in what form."""

from collections.abc import Collection

import attrs
import pytest

from authflow import ConfigurationError, ErrorCode, InvalidInput, ServiceRefused
from authflow.adapters.tokens.bearer import Bearer, Forcing
from tests.adapters.tokens.forging import World

API = "https://api.example.com"


@pytest.mark.parametrize(
    ("named", "asked"),
    [
        (API, ("https", "api.example.com", None)),
        (API, ("https", "api.example.com", 443)),
        (f"{API}/", ("https", "API.example.com", None)),
        (f"{API}:443", ("https", "api.example.com", None)),
        ("HTTPS://API.EXAMPLE.COM", ("https", "api.example.com", None)),
        (f"{API}:8443", ("https", "api.example.com", 8443)),
        (["https://other.example.com", API], ("https", "api.example.com", None)),
        ("http://127.0.0.1:8000", ("http", "127.0.0.1", 8000)),
        ("http://localhost", ("http", "localhost", 80)),
        ("http://[::1]:8000", ("http", "[::1]", 8000)),
        ("http://[::1]:8000", ("http", "::1", 8000)),
    ],
)
def test_an_origin_that_was_named_gets_it(named: str | Collection[str], asked: tuple[str, str, int | None]) -> None:
    bearer = Bearer.of(named, "access", "Bearer")
    assert bearer.allows(*asked)
    bearer.demand(*asked)


@pytest.mark.parametrize(
    "asked",
    [
        ("http", "api.example.com", None),
        ("http", "api.example.com", 443),
        ("https", "api.example.com", 8443),
        ("https", "example.com", None),
        ("https", "evil.api.example.com", None),
        ("https", "api.example.com.evil.example", None),
        ("https", "api.example.com.", None),
        ("", "", None),
    ],
)
def test_no_other_origin_gets_it(asked: tuple[str, str, int | None]) -> None:
    bearer = Bearer.of(API, "access", "Bearer")
    assert not bearer.allows(*asked)
    with pytest.raises(InvalidInput, match="The token is not for"):
        bearer.demand(*asked)


@pytest.mark.parametrize(
    "named",
    [
        (),
        "",
        "api.example.com",
        "*",
        "https://*.example.com/x",
        f"{API}/path",
        f"{API}?q",
        f"{API}#f",
        "https://me:secret@api.example.com",
        "https://api.example.com@evil.example",
        "https://",
        "https://[::1",
        f"{API}:port",
        "https://münchen.example",
        "http://api.example.com",
        "http://10.0.0.1",
        "ftp://api.example.com",
        f" {API}",
        f"{API}\n",
        "https://api.example.com\\@evil.example",
    ],
)
def test_what_is_no_origin_is_refused_at_once(named: str) -> None:
    with pytest.raises(ConfigurationError) as found:
        Bearer.of(named, "access", "Bearer")
    assert found.value.key == "origins"
    assert "secret" not in str(found.value)


@pytest.mark.parametrize(("use", "scheme", "key"), [("refresh", "Bearer", "token_use"), ("id", "Bea rer", "scheme")])
def test_another_use_or_scheme_is_refused_at_once(use: str, scheme: str, key: str) -> None:
    with pytest.raises(ConfigurationError) as found:
        Bearer.of(API, use, scheme)
    assert found.value.key == key


def test_the_header_has_the_token_that_is_wanted(world: World) -> None:
    tokens = world.tokens()
    assert tokens.id_token is not None
    access, identity = tokens.access_token.reveal(), tokens.id_token.reveal()
    assert Bearer.of(API, "access", "Bearer").header(tokens).reveal() == f"Bearer {access}"
    assert Bearer.of(API, "id", None).header(tokens).reveal() == identity
    assert access not in repr(Bearer.of(API, "access", "Bearer").header(tokens))
    with pytest.raises(ServiceRefused) as found:
        Bearer.of(API, "id", None).header(attrs.evolve(tokens, id_token=None))
    assert found.value.code is ErrorCode.ID_TOKEN_NOT_ISSUED


def test_one_in_half_a_minute_may_refresh() -> None:
    now = 1000.0
    forcing = Forcing(lambda: now)

    def granted() -> bool:
        with forcing.turn() as mine:
            return mine

    assert [granted(), granted()] == [True, False]
    now += 29.9
    assert not granted()
    now += 0.1
    assert granted()
    now -= 500  # a clock that was put back keeps nobody waiting
    assert granted()


def test_a_turn_that_failed_is_given_back_and_one_that_was_not_had_is_not() -> None:
    forcing = Forcing(lambda: 1000.0)
    for expected in (True, True):
        with pytest.raises(KeyError), forcing.turn() as mine:
            assert mine is expected
            raise KeyError
    with forcing.turn() as mine:
        assert mine
    with pytest.raises(KeyError), forcing.turn() as mine:
        assert not mine
        raise KeyError
    with forcing.turn() as mine:
        assert not mine
