"""requests sends a flow's token to whom it is for, and gets a new one where it is not taken."""

import io
import sys
from collections.abc import Iterator

import pytest
import requests

from authflow import AsyncAuthFlow, AuthFlow, AuthFlowError, ConfigurationError, ErrorCode, InvalidInput
from authflow.adapters.local_pool import Fault
from authflow.adapters.tokens.for_requests import AuthFlowAuth
from tests.adapters.tokens.an_api import Api, serving
from tests.adapters.tokens.forging import World


@pytest.fixture
def session(flow: AuthFlow, api: Api, world: World) -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        made.auth = AuthFlowAuth(flow, origins=api.url, clock=lambda: world.now)
        yield made


def _header(flow: AuthFlow) -> str:
    return f"Bearer {flow.get_tokens().access_token.reveal()}"


def test_each_request_has_the_token(session: requests.Session, api: Api, flow: AuthFlow) -> None:
    assert [session.get(api.url).status_code, session.post(api.url, json={"a": 1}).status_code] == [200, 200]
    assert api.tokens == [_header(flow)] * 2


def test_a_token_that_has_ended_is_refreshed_before(session: requests.Session, api: Api, world: World) -> None:
    session.get(api.url)
    world.now += 4000
    assert session.get(api.url).status_code == 200
    assert len(set(api.tokens)) == 2


@pytest.mark.parametrize("body", [None, b"the body", "the body", {"a": "1"}])
def test_a_request_that_is_not_taken_is_sent_once_more(
    session: requests.Session, api: Api, flow: AuthFlow, body: bytes | str | None
) -> None:
    api.revoked.add(_header(flow))
    response = session.post(api.url, data=body)
    assert (response.status_code, response.text, len(response.history)) == (200, "told", 1)
    assert api.tokens[1] == _header(flow) != api.tokens[0]
    assert api.asked[0][2] == api.asked[1][2]


def test_once_and_no_more(session: requests.Session, api: Api) -> None:
    assert session.get(f"{api.url}/always-401").status_code == 401
    assert len(api.asked) == 2


def test_once_and_no_more_where_a_redirect_comes_between(session: requests.Session, api: Api) -> None:
    api.leads_to = f"{api.url}/always-401"
    assert session.get(f"{api.url}/redirect").status_code == 401
    assert [path for path, *_ in api.asked] == ["/redirect", "/always-401", "/always-401"]


def test_an_api_that_takes_nobody_has_the_tokens_refreshed_once_in_a_while(
    session: requests.Session, api: Api, world: World
) -> None:
    for _ in range(20):
        assert session.get(f"{api.url}/always-401").status_code == 401
    refreshes = [asked for asked in world.pool.requests if asked.operation == "GetTokensFromRefreshToken"]
    assert (len(refreshes), len(api.asked)) == (1, 21)
    world.now += 31
    session.get(f"{api.url}/always-401")
    assert len(api.asked) == 23


def test_an_order_is_made_once_though_the_page_that_it_leads_to_takes_nobody(
    session: requests.Session, api: Api
) -> None:
    api.leads_to = f"{api.url}/always-401"
    assert session.post(f"{api.url}/see-other", json={"buy": 1}).status_code == 401
    assert [path for path, *_ in api.asked] == ["/see-other", "/always-401", "/always-401"]


@pytest.mark.parametrize("body", ["iterator", "file"])
def test_what_cannot_be_sent_again_is_not(session: requests.Session, api: Api, flow: AuthFlow, body: str) -> None:
    api.revoked.add(_header(flow))
    response = session.post(api.url, data=iter([b"the body"]) if body == "iterator" else io.BytesIO(b"the body"))
    assert (response.status_code, len(api.asked)) == (401, 1)


def test_another_origin_is_refused_before_anything_is_sent(session: requests.Session, elsewhere: Api) -> None:
    for url in (elsewhere.url, "http://example.com/", "https://127.0.0.1/", r"https://example.com\@127.0.0.1/"):
        with pytest.raises(InvalidInput, match="The token is not for"):
            session.get(url)
    assert elsewhere.asked == []


@pytest.mark.parametrize("path", ["/redirect", "/see-other"])
def test_a_redirect_to_another_origin_loses_the_token(
    session: requests.Session, api: Api, elsewhere: Api, path: str
) -> None:
    api.leads_to = f"{elsewhere.url}/there"
    response = session.post(api.url + path, data=b"x")
    assert (response.status_code, elsewhere.tokens) == (401, [None])
    assert len(api.asked) == 1  # and its 401 changes nothing


def test_a_redirect_within_the_origin_keeps_it(session: requests.Session, api: Api, flow: AuthFlow) -> None:
    api.leads_to = f"{api.url}/there"
    assert session.get(f"{api.url}/redirect").status_code == 200
    assert api.tokens == [_header(flow)] * 2


def test_a_new_token_goes_along_with_a_redirect(
    session: requests.Session, api: Api, flow: AuthFlow, world: World
) -> None:
    api.revoked.add(_header(flow))
    api.leads_to = f"{api.url}/there"
    assert session.get(f"{api.url}/guarded-redirect").status_code == 200
    assert [path for path, *_ in api.asked] == ["/guarded-redirect", "/guarded-redirect", "/there"]
    world.now += 31
    api.leads_to = f"{api.url}/always-401"
    api.revoked.add(_header(flow))
    assert session.get(f"{api.url}/guarded-redirect").status_code == 401
    assert len(api.asked) == 3 + 3


def test_a_redirect_to_another_of_the_origins_loses_it_too(flow: AuthFlow, api: Api, elsewhere: Api) -> None:
    """The libraries take it off, and it is not put on again: who redirects does not say where it goes."""
    auth, api.leads_to = AuthFlowAuth(flow, origins=[api.url, elsewhere.url]), f"{elsewhere.url}/there"
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(f"{api.url}/redirect", auth=auth).status_code == 401
    assert (elsewhere.tokens, len(api.asked)) == ([None], 1)


def test_api_gateway_gets_the_bare_id_token(world: World, flow: AuthFlow, session: requests.Session) -> None:
    with serving(Api(world.verifier(token_use="id"), scheme=None)) as gateway:
        auth = AuthFlowAuth(flow, origins=gateway.url, token_use="id", scheme=None)
        assert session.get(gateway.url, auth=auth).status_code == 200


def test_what_the_flow_raises_comes_through(session: requests.Session, api: Api, flow: AuthFlow, world: World) -> None:
    api.revoked.add(_header(flow))
    world.pool.inject(Fault(operation="GetTokensFromRefreshToken", times=9, drop="before"))
    with pytest.raises(AuthFlowError) as found:
        session.get(api.url)
    assert found.value.code is ErrorCode.NOT_SENT
    flow.sign_out()
    with pytest.raises(AuthFlowError) as found:
        session.get(api.url)
    assert found.value.code is ErrorCode.NOT_SIGNED_IN


def test_an_answer_that_nobody_gets_is_closed(
    session: requests.Session, api: Api, flow: AuthFlow, world: World
) -> None:
    """Its connection would stay open, and out of the pool."""
    answers: list[requests.Response] = []
    auth = AuthFlowAuth(flow, origins=api.url)

    def watched(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.hooks["response"] = [lambda response, **options: answers.append(response)]
        return auth(request)

    session.auth = watched
    api.revoked.add(_header(flow))
    world.pool.inject(Fault(operation="GetTokensFromRefreshToken", error=("ForbiddenException", "no")))
    with pytest.raises(AuthFlowError):
        session.get(api.url)
    assert answers[0].raw.closed


def test_an_asynchronous_flow_is_refused(world: World) -> None:
    flow = AsyncAuthFlow.local(world.pool)
    with pytest.raises(ConfigurationError, match="use httpx"):
        AuthFlowAuth(flow, origins="https://api.example.com")  # type: ignore[arg-type]  # what is tried


def test_without_requests_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    monkeypatch.delitem(sys.modules, "authflow.adapters.tokens.for_requests")
    with pytest.raises(ConfigurationError, match=r"cognito-authflow\[requests\]"):
        import authflow.adapters.tokens.for_requests  # noqa: F401
