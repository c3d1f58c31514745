"""The way back from the browser, and every way for it to go wrong (S140)."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import pytest

from authflow import ActionRejected, AuthFlowError, ErrorCode, FlowStatus, SignInResult, UserState
from authflow.adapters.local_pool import Fault
from authflow.adapters.local_pool.browser import Browser as User
from authflow.errors import ErrorInfo, exception_from
from authflow.events import FederationFailed, SessionEstablished
from tests.behaviours.host import PASSWORD, Host
from tests.behaviours.sessions import EMAIL, FACEBOOK, of, with_logins

CALLBACK: Final = "http://localhost:3000/callback"


def hosted(secret: bool = False) -> Host:
    """Returns a host whose pool has pages of its own, and Google's and Apple's users."""
    host = Host(oauth=True, providers=("Google", "SignInWithApple"), secret=secret)
    host.user()
    host.user("bo")
    return host


def at_the_pages(host: Host, provider: str | None = None) -> User:
    """Returns a browser that was sent to the hosted UI."""
    browser = host.pool.browser()
    browser.open(host.flow.sign_in_with_redirect(provider).parameters["URL"])
    return browser


def way_back(host: Host, username: str = "ana") -> str:
    """Returns the address that a browser was sent back to, once somebody has signed in there."""
    return at_the_pages(host).sign_in(username, PASSWORD)


def with_query(url: str, **changes: str | list[str] | None) -> str:
    """Returns a URL with parameters changed, doubled, or, where None is given, taken away."""
    parts = urlsplit(url)
    query: dict[str, list[str]] = parse_qs(parts.query)
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = [value] if isinstance(value, str) else value
    return urlunsplit(parts._replace(query=urlencode(query, doseq=True)))


def refused(host: Host, back: str) -> AuthFlowError:
    """Returns why a way back is refused."""
    with pytest.raises(AuthFlowError) as caught:
        host.flow.complete_redirect(back)
    return caught.value


def assert_told(host: Host, error: AuthFlowError) -> None:
    """Checks that it is told as what it is, that sign-in is current, and that nobody is signed in or stored."""
    (failed,) = of(host, FederationFailed)
    assert (failed.kind, failed.error.code) == ("flow.federation_failed", error.code)
    assert (host.screen, host.snapshot.status) == ("signIn", FlowStatus.interactive)
    assert host.action("sign_in").enabled
    assert host.action("sign_in_with_redirect").enabled
    assert (host.flow.user_state, host.tokens.load()) == (UserState.signedOut, None)
    assert of(host, SessionEstablished) == []


def state_mismatched(host: Host) -> AuthFlowError:
    return refused(host, with_query(way_back(host), state="somebody-elses"))


def cancelled_at_the_provider(host: Host) -> AuthFlowError:
    return refused(host, at_the_pages(host, "Google").cancel())


def failed_at_the_provider(host: Host) -> AuthFlowError:
    return refused(host, at_the_pages(host, "Google").fail())


def code_refused(host: Host) -> AuthFlowError:
    back = way_back(host)
    host.pool.advance(170)
    code = parse_qs(urlsplit(back).query)["code"][0]
    host.pool.http(
        "POST",
        f"{host.pool.domain_url(str(host.setup.domain))}/oauth2/token",
        {"Content-Type": "application/x-www-form-urlencoded"},
        urlencode(
            {
                "grant_type": "authorization_code",
                "code": code,
                "client_id": host.setup.client_id,
                "redirect_uri": CALLBACK,
                "code_verifier": "x" * 43,
            }
        ).encode(),
    )
    return refused(host, back)


class Closing:
    """A browser whose window the user closes."""

    def visit(self, url: str, redirect_uri: str) -> str:
        raise exception_from(ErrorInfo(code=ErrorCode.USER_CANCELLED_SIGN_IN, message="The window was closed."))


class Broken:
    """A browser that cannot show a page."""

    def visit(self, url: str, redirect_uri: str) -> str:
        raise exception_from(ErrorInfo(code=ErrorCode.ERROR_LOADING_PAGE, message="The page cannot be shown."))


def in_a_browser(browser: Closing | Broken) -> Callable[[Host], AuthFlowError]:
    def visit(host: Host) -> AuthFlowError:
        with pytest.raises(AuthFlowError) as caught:
            host.flow.sign_in_with_browser(browser)
        return caught.value

    return visit


FAILURES: Final = {
    "state mismatched": (state_mismatched, ErrorCode.REDIRECT_STATE_MISMATCH),
    "cancelled at the provider": (cancelled_at_the_provider, ErrorCode.USER_CANCELLED_SIGN_IN),
    "the provider fails": (failed_at_the_provider, ErrorCode.REDIRECT_REFUSED),
    "the browser is closed": (in_a_browser(Closing()), ErrorCode.USER_CANCELLED_SIGN_IN),
    "the browser is broken": (in_a_browser(Broken()), ErrorCode.ERROR_LOADING_PAGE),
    "the code is not taken": (code_refused, ErrorCode.CODE_EXCHANGE_REFUSED),
}


@pytest.mark.parametrize(("fail", "code"), FAILURES.values(), ids=FAILURES)
def test_s140_a_failed_redirect_is_told_apart_and_sign_in_is_current(
    fail: Callable[[Host], AuthFlowError], code: ErrorCode
) -> None:
    host = hosted()
    error = fail(host)
    assert error.code is code
    assert_told(host, error)


@pytest.mark.parametrize("fail", [fail for fail, _ in FAILURES.values()], ids=FAILURES)
def test_s140_whatever_failed_the_next_sign_in_succeeds(fail: Callable[[Host], AuthFlowError]) -> None:
    host = hosted()
    fail(host)
    host.flow.complete_redirect(way_back(host))
    assert (host.screen, host.error(), host.flow.username) == ("signedIn", None, "ana")


def test_s140_who_cancels_at_apple_cancelled() -> None:
    host = hosted()
    error = refused(host, at_the_pages(host, "SignInWithApple").cancel())
    assert error.code is ErrorCode.USER_CANCELLED_SIGN_IN
    assert_told(host, error)


def test_s140_another_providers_token_that_is_refused_is_told_by_the_same_event() -> None:
    host = with_logins()
    with pytest.raises(AuthFlowError) as caught:
        host.flow.federated_sign_in(FACEBOOK, "made up")
    assert [event.error for event in of(host, FederationFailed)] == [caught.value.info]
    assert (host.screen, host.flow.user_state, host.tokens.load()) == ("signIn", UserState.signedOut, None)


def test_s140_the_providers_own_error_is_kept() -> None:
    host = hosted()
    assert failed_at_the_provider(host).info.name == "invalid_request"


# What is done to a good way back


def two_codes(back: str) -> str:
    return with_query(back, code=[*parse_qs(urlsplit(back).query)["code"], "another"])


def two_states(back: str) -> str:
    return with_query(back, state=parse_qs(urlsplit(back).query)["state"] * 2)


def placed(back: str, **parts: str) -> str:
    return urlunsplit(urlsplit(back)._replace(**parts))


CHANGED: Final[dict[str, tuple[Callable[[str], str], ErrorCode]]] = {
    "another port": (lambda back: placed(back, netloc="localhost:3001"), ErrorCode.REDIRECT_ELSEWHERE),
    "no port": (lambda back: placed(back, netloc="localhost"), ErrorCode.REDIRECT_ELSEWHERE),
    "another host": (lambda back: placed(back, netloc="evil.example:3000"), ErrorCode.REDIRECT_ELSEWHERE),
    "a host before it": (lambda back: placed(back, netloc="localhost:3000@evil.example"), ErrorCode.REDIRECT_ELSEWHERE),
    "another path": (lambda back: placed(back, path="/callback/more"), ErrorCode.REDIRECT_ELSEWHERE),
    "another scheme": (lambda back: placed(back, scheme="https"), ErrorCode.REDIRECT_ELSEWHERE),
    "the other callback": (lambda back: "myapp://callback?" + urlsplit(back).query, ErrorCode.REDIRECT_ELSEWHERE),
    "no state": (lambda back: with_query(back, state=None), ErrorCode.REDIRECT_MALFORMED),
    "two states": (two_states, ErrorCode.REDIRECT_MALFORMED),
    "no code": (lambda back: with_query(back, code=None), ErrorCode.REDIRECT_MALFORMED),
    "two codes": (two_codes, ErrorCode.REDIRECT_MALFORMED),
    "a code and an error": (lambda back: with_query(back, error="access_denied"), ErrorCode.REDIRECT_MALFORMED),
    "an error": (
        lambda back: with_query(back, code=None, error="server_error", error_description="Down."),
        ErrorCode.REDIRECT_REFUSED,
    ),
    "another state": (lambda back: with_query(back, state="x" * 43), ErrorCode.REDIRECT_STATE_MISMATCH),
    "another state and an error": (
        lambda back: with_query(back, state="x" * 43, code=None, error="access_denied"),
        ErrorCode.REDIRECT_STATE_MISMATCH,
    ),
    "another code": (lambda back: with_query(back, code="made-up"), ErrorCode.CODE_EXCHANGE_REFUSED),
}


@pytest.mark.parametrize("secret", [False, True], ids=["public client", "with a secret"])
@pytest.mark.parametrize(("change", "code"), CHANGED.values(), ids=CHANGED)
def test_s140_a_changed_way_back_is_refused_by_name_and_nothing_is_stored(
    change: Callable[[str], str], code: ErrorCode, secret: bool
) -> None:
    host = hosted(secret)
    error = refused(host, change(way_back(host)))
    assert error.code is code
    assert_told(host, error)
    if code is not ErrorCode.CODE_EXCHANGE_REFUSED:
        assert host.calls("oauth2/token") == 0


@pytest.mark.parametrize("secret", [False, True], ids=["public client", "with a secret"])
def test_s140_unchanged_it_signs_in_with_a_proof_key(secret: bool) -> None:
    host = hosted(secret)
    result: SignInResult = host.flow.complete_redirect(way_back(host))
    assert (result.screen, host.flow.username) == ("signedIn", "ana")
    (exchange,) = (request for request in host.pool.requests if request.operation == "oauth2/token")
    assert "code_verifier" in exchange.parameters
    assert host.flow.get_user_attributes()["sub"]


# What is used twice, or by somebody else


def test_s140_a_way_back_is_good_once() -> None:
    host = hosted()
    back = way_back(host)
    host.flow.complete_redirect(back)
    host.flow.sign_out()
    at_the_pages(host)
    assert refused(host, back).code is ErrorCode.REDIRECT_STATE_MISMATCH
    assert (host.flow.user_state, host.tokens.load()) == (UserState.signedOut, None)


def test_s140_a_code_is_good_once() -> None:
    """The second flow is given its own state with the first one's code."""
    first, second = hosted(), hosted()
    second.flow = second.flow.local(first.pool, token_store=second.tokens)
    second.flow.initialize()
    back = way_back(first)
    first.flow.complete_redirect(back)
    code = parse_qs(urlsplit(back).query)["code"][0]
    second.setup, second.pool = first.setup, first.pool
    own = way_back(second, "bo")
    assert refused(second, with_query(own, code=code)).code is ErrorCode.CODE_EXCHANGE_REFUSED
    assert (second.flow.user_state, second.tokens.load()) == (UserState.signedOut, None)


def test_s140_a_code_of_another_sign_in_fails_for_its_verifier() -> None:
    """A login that was forged: somebody else's code, which nobody has spent, with the victim's state."""
    attacker, victim = hosted(), hosted()
    victim.flow = victim.flow.local(attacker.pool, token_store=victim.tokens)
    victim.flow.initialize()
    victim.setup, victim.pool = attacker.setup, attacker.pool
    theirs, own = way_back(attacker, "bo"), way_back(victim)
    code = parse_qs(urlsplit(theirs).query)["code"][0]
    assert refused(victim, with_query(own, code=code)).code is ErrorCode.CODE_EXCHANGE_REFUSED
    assert victim.tokens.load() is None


def test_s140_another_flows_way_back_is_of_another_state() -> None:
    attacker, victim = hosted(), hosted()
    at_the_pages(victim)
    assert refused(victim, way_back(attacker)).code is ErrorCode.REDIRECT_STATE_MISMATCH
    assert victim.calls("oauth2/token") == 0
    assert victim.tokens.load() is None


def test_s140_an_exchange_without_an_answer_is_no_failed_provider_and_stores_nothing() -> None:
    host = hosted()
    back = way_back(host)
    host.pool.inject(Fault(operation="oauth2/token", drop="after"))
    assert refused(host, back).code is ErrorCode.OUTCOME_UNKNOWN
    assert (host.flow.user_state, host.tokens.load()) == (UserState.signedOut, None)
    assert (host.screen, host.error()) == ("signIn", ErrorCode.OUTCOME_UNKNOWN)
    assert isinstance(refused(host, back), ActionRejected)  # it is spent, for all anybody knows
    host.flow.complete_redirect(at_the_pages(host, "Google").continue_as("117", email=EMAIL))
    assert host.flow.username == "google_117"


def test_s140_who_comes_back_too_late_signs_in_again() -> None:
    host = hosted()
    back = way_back(host)
    host.pool.advance(24 * 3600)
    refused(host, back)
    assert "flow.expired" in host.kinds()
    assert (host.screen, host.error(), host.tokens.load()) == ("signIn", ErrorCode.SESSION_EXPIRED, None)


NONSENSE: Final[list[tuple[Any, ErrorCode]]] = [
    ("", ErrorCode.INVALID_INPUT),
    (None, ErrorCode.INVALID_INPUT),
    ("x" * 200_000, ErrorCode.INVALID_INPUT),
    ("not an address", ErrorCode.REDIRECT_MALFORMED),
    (CALLBACK, ErrorCode.REDIRECT_MALFORMED),
    ("http://[::1", ErrorCode.REDIRECT_ELSEWHERE),
]


@pytest.mark.parametrize(("typed", "code"), NONSENSE, ids=["empty", "nothing", "endless", "no URL", "no query", "cut"])
def test_s140_what_is_no_way_back_is_refused_and_nothing_is_sent(typed: Any, code: ErrorCode) -> None:
    host = hosted()
    at_the_pages(host)
    assert refused(host, typed).code is code
    assert (host.calls("oauth2/token"), host.tokens.load()) == (0, None)
    if code is ErrorCode.INVALID_INPUT:  # a slip of whoever pastes: the sign-in goes on waiting
        host.flow.complete_redirect(at_the_pages_again(host))
        assert host.flow.is_signed_in


def at_the_pages_again(host: Host) -> str:
    """Returns the way back of the sign-in that waits."""
    challenge = host.snapshot.challenge
    assert challenge is not None
    browser = host.pool.browser()
    browser.open(challenge.parameters["URL"])
    return browser.sign_in("ana", PASSWORD)
