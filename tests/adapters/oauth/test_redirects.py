"""The way to the hosted UI, and what is believed of the way back."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authflow.adapters.oauth.redirects import RedirectSecret, code_in
from authflow.errors import AuthFlowError, ErrorCode, InvalidInput, Recovery
from tests.adapters.oauth.benches import Bench, query_of

KEPT = RedirectSecret(state="s" * 43, nonce="n" * 43, verifier="v" * 43, redirect_uri="http://localhost:8765/back")
GOOD = f"{KEPT.redirect_uri}?code=c0de&state={KEPT.state}"


def test_the_url_asks_for_a_code_with_a_proof_key(bench: Bench) -> None:
    challenge = bench.start()
    asked = query_of(challenge.parameters["URL"])
    kept = bench.secret(challenge)
    digest = hashlib.sha256(kept.verifier.encode()).digest()
    assert asked == {
        "response_type": "code",
        "client_id": bench.setup.client_id,
        "redirect_uri": "https://app.example.com/back",
        "scope": "openid email",
        "state": kept.state,
        "nonce": kept.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    assert (challenge.name, challenge.parameters["REDIRECT_URI"]) == ("HOSTED_UI", "https://app.example.com/back")
    assert challenge.lifetime == 3_600


def test_every_attempt_has_a_state_a_nonce_and_a_verifier_of_its_own(bench: Bench) -> None:
    secrets = [bench.secret(bench.start()) for _ in range(3)]
    made = [text for one in secrets for text in (one.state, one.nonce, one.verifier)]
    assert len(set(made)) == len(made)
    assert all(43 <= len(text) <= 128 for text in made)
    assert all(text not in repr(secrets) for text in made)


def test_the_url_says_who_is_to_sign_in_and_how(make: Callable[..., Bench]) -> None:
    bench = make(config={"oauth": {"SignInURIQueryParameters": {"lang": "de", "theme": "dark"}}})
    asked = query_of(bench.start(provider="Google", login_hint="ana & bo", lang="fr", prompt="login").parameters["URL"])
    assert asked["identity_provider"] == "Google"
    assert (asked["login_hint"], asked["lang"], asked["prompt"], asked["theme"]) == ("ana & bo", "fr", "login", "dark")
    assert query_of(bench.start(idp_identifier="example.com").parameters["URL"])["idp_identifier"] == "example.com"


def test_a_provider_and_an_identifier_of_one_are_not_both_named(bench: Bench) -> None:
    with pytest.raises(InvalidInput) as raised:
        bench.start(provider="Google", idp_identifier="example.com")
    assert raised.value.info.field == "provider"


REDIRECTS = ["https://app.example.com/back", "http://localhost:8765/back", "http://127.0.0.1:8765/back"]


@pytest.mark.parametrize(
    ("config", "loopback", "expected"),
    [
        ({}, False, REDIRECTS[0]),
        ({}, True, REDIRECTS[1]),
        ({"redirect_uri": REDIRECTS[2]}, True, REDIRECTS[2]),
        ({"redirect_uri": "myapp://back"}, False, "myapp://back"),
        ({"oauth": {"redirect_sign_in_uri": REDIRECTS[:1]}}, True, REDIRECTS[0]),
    ],
)
def test_the_redirect_uri_is_the_chosen_one_else_the_first_that_suits(
    make: Callable[..., Bench], config: dict[str, Any], loopback: bool, expected: str
) -> None:
    given = {"oauth": {"redirect_sign_in_uri": REDIRECTS}, **config}
    bench = make(config=given)
    assert bench.start(loopback=loopback).parameters["REDIRECT_URI"] == expected


def test_the_code_of_a_good_way_back_is_taken() -> None:
    assert code_in(GOOD, KEPT) == "c0de"
    assert code_in(f"{GOOD}&session_state=x", KEPT) == "c0de"  # RFC 6749, section 4.1.2: unknown ones are ignored
    assert code_in(f"{GOOD}#_=_", KEPT) == "c0de"  # Facebook's, which browsers carry along


def refusal(url: str, kept: RedirectSecret = KEPT) -> AuthFlowError:
    with pytest.raises(AuthFlowError) as raised:
        code_in(url, kept)
    return raised.value


@pytest.mark.parametrize(
    "place",
    [
        "https://localhost:8765/back",
        "http://127.0.0.1:8765/back",
        "http://localhost:8766/back",
        "http://localhost/back",
        "http://localhost:8765/back/",
        "http://localhost:8765/Back",
        "http://localhost:8765/",
        "http://localhost:8765@evil.example/back",
        "http://user@localhost:8765/back",
        "http://localhost:8765.evil.example/back",
        "http://localhost:8765\\@evil.example/back",
        "http://[::1/back",
        "//localhost:8765/back",
        "myapp://localhost:8765/back",
        "",
    ],
)
def test_a_way_back_to_elsewhere_is_refused(place: str) -> None:
    error = refusal(f"{place}?code=c0de&state={KEPT.state}")
    assert error.code is ErrorCode.REDIRECT_ELSEWHERE
    assert error.info.recovery is Recovery.SIGN_IN


@pytest.mark.parametrize(
    ("redirect", "place"),
    [
        ("http://localhost:3000", "http://localhost:3000/"),
        ("https://App.example.com:443/back", "https://app.example.com/back"),
        ("myapp://", "myapp://"),
        ("com.example.app:/back", "com.example.app:/back"),
        ("https://app.example.com/back?tenant=1", "https://app.example.com/back"),
    ],
)
def test_what_browsers_write_for_the_same_address_is_the_same(redirect: str, place: str) -> None:
    kept = RedirectSecret(state="s" * 43, nonce="n", verifier="v", redirect_uri=redirect)
    assert code_in(f"{place}?code=c&state={kept.state}", kept) == "c"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?",
        f"?state={KEPT.state}",
        f"?code=&state={KEPT.state}",
        "?code=c0de",
        "?code=c0de&state=",
        "?error=access_denied",
        f"?code=c0de&code=other&state={KEPT.state}",
        f"?code=c0de&state={KEPT.state}&state={KEPT.state}",
        f"?code=c0de&%73tate={KEPT.state}&state={KEPT.state}",
        f"?code=c0de&state={KEPT.state}&error=access_denied",
        f"?error=a&error=b&state={KEPT.state}",
        f"?code=c0de&state={KEPT.state}#token",
        f"?code=c0de&state={KEPT.state}&x={'x' * 20_000}",
        f"?code=c0de&state={KEPT.state}" + "&x=1" * 60,
        f"?code=c0\nde&state={KEPT.state}",
        f"?code=cödé&state={KEPT.state}",
    ],
)
def test_a_way_back_without_one_state_and_one_code_is_refused(query: str) -> None:
    error = refusal(f"{KEPT.redirect_uri}{query}")
    assert error.code is ErrorCode.REDIRECT_MALFORMED
    assert "c0de" not in str(error)
    assert KEPT.state not in str(error)


@pytest.mark.parametrize("state", ["x", KEPT.state[:-1], f"{KEPT.state}s", KEPT.state.upper(), KEPT.nonce])
@pytest.mark.parametrize("rest", ["code=c0de", "error=access_denied", "code=a&code=b", "error=x&code=y"])
def test_nothing_is_believed_without_the_state(state: str, rest: str) -> None:
    assert refusal(f"{KEPT.redirect_uri}?{rest}&state={state}").code is ErrorCode.REDIRECT_STATE_MISMATCH


def failed(name: str, description: str = "") -> AuthFlowError:
    said = f"&error_description={quote(description)}" if description else ""
    return refusal(f"{KEPT.redirect_uri}?error={quote(name)}{said}&state={KEPT.state}")


@pytest.mark.parametrize("name", ["access_denied", "user_cancelled_authorize"])
def test_a_cancelled_sign_in_is_no_failure_of_the_provider(name: str) -> None:
    assert failed(name, "Permissions error").code is ErrorCode.USER_CANCELLED_SIGN_IN


def test_another_error_keeps_the_providers_name_and_words() -> None:
    error = failed("invalid_request", "PreSignUp failed with error\x07 no\r\nthanks")
    assert error.code is ErrorCode.REDIRECT_REFUSED
    assert error.info.name == "invalid_request"
    assert "PreSignUp failed with error no thanks" in error.message


def test_what_a_provider_says_is_cut_short_and_tells_no_secret() -> None:
    error = failed("e" * 500, f"{KEPT.state} {KEPT.verifier} " + "long " * 500)
    assert len(error.message) < 400
    assert KEPT.state not in error.message
    assert KEPT.verifier not in error.message
    assert error.message.isprintable()


names = st.sampled_from(["code", "state", "error", "error_description", "x"])
values = st.one_of(st.sampled_from(["c0de", KEPT.state, KEPT.state[:-1], ""]), st.text(max_size=8))
places = st.sampled_from(
    [KEPT.redirect_uri, "http://localhost:8765/", "http://localhost/back", "https://localhost:8765/back", "myapp://x"]
)


@given(
    place=places, parameters=st.lists(st.tuples(names, values), max_size=5), fragment=st.sampled_from(["", "#", "#x"])
)
def test_only_one_code_with_the_state_at_the_redirect_uri_is_taken(
    place: str, parameters: list[tuple[str, str]], fragment: str
) -> None:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters)
    url = f"{place}?{query}{fragment}"
    found = {name: [value for each, value in parameters if each == name] for name in ("code", "state", "error")}
    good = (
        place == KEPT.redirect_uri
        and fragment != "#x"
        and found["state"] == [KEPT.state]
        and len(found["code"]) == 1
        and found["code"][0] != ""
        and not found["error"]
        and sum(name == "error_description" for name, _ in parameters) <= 1
    )
    if good:
        assert code_in(url, KEPT) == found["code"][0]
    else:
        assert refusal(url).code in {
            ErrorCode.REDIRECT_ELSEWHERE,
            ErrorCode.REDIRECT_MALFORMED,
            ErrorCode.REDIRECT_STATE_MISMATCH,
            ErrorCode.REDIRECT_REFUSED,
            ErrorCode.USER_CANCELLED_SIGN_IN,
        }


@given(position=st.integers(0, len(GOOD) - 1), other=st.characters(codec="utf-8"))
def test_one_character_changed_is_refused_by_name_unless_it_is_the_codes_own(position: int, other: str) -> None:
    """A changed code is the token endpoint's to refuse. Hosts and schemes are the same in capital letters."""
    changed = f"{GOOD[:position]}{other}{GOOD[position + 1 :]}"
    try:
        code_in(changed, KEPT)
    except AuthFlowError as refused:
        assert refused.code.value.startswith("redirect")
    else:
        within = GOOD.index("c0de") <= position < GOOD.index("c0de") + len("c0de")
        assert within or changed.lower() == GOOD.lower()
        assert changed.endswith(KEPT.state)
