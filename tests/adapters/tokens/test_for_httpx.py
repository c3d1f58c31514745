"""httpx sends a flow's token to whom it is for, and gets a new one where it is not taken."""

import io
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator

import anyio
import httpx
import pytest

from authflow import AsyncAuthFlow, AuthFlow, AuthFlowError, ConfigurationError, ErrorCode, InvalidInput
from authflow.adapters.local_pool import Fault
from authflow.adapters.tokens.for_httpx import AuthFlowAuth
from tests.adapters.tokens.an_api import Api, serving
from tests.adapters.tokens.forging import PASSWORD, World
from tests.drivers.canaries import locals_of

Client = Callable[..., httpx.Client]


@pytest.fixture
def client(flow: AuthFlow, api: Api, world: World) -> Iterator[httpx.Client]:
    auth = AuthFlowAuth(flow, origins=api.url, clock=lambda: world.now)
    with httpx.Client(auth=auth, base_url=api.url, trust_env=False) as made:
        yield made


def _refreshes(world: World) -> int:
    return len([asked for asked in world.pool.requests if asked.operation == "GetTokensFromRefreshToken"])


def _header(flow: AuthFlow) -> str:
    return f"Bearer {flow.get_tokens().access_token.reveal()}"


def test_each_request_has_the_token(client: httpx.Client, api: Api, flow: AuthFlow) -> None:
    assert [client.get("/").status_code, client.post("/", json={"a": 1}).status_code] == [200, 200]
    assert api.tokens == [_header(flow)] * 2


def test_a_token_that_has_ended_is_refreshed_before(client: httpx.Client, api: Api, world: World) -> None:
    client.get("/")
    world.now += 4000
    assert client.get("/").status_code == 200
    assert len(set(api.tokens)) == 2


def test_a_request_that_is_not_taken_is_sent_once_more(client: httpx.Client, api: Api, flow: AuthFlow) -> None:
    api.revoked.add(_header(flow))
    response = client.post("/", content=b"the body")
    assert (response.status_code, len(response.history)) == (200, 1)
    assert [body for *_, body in api.asked] == [b"the body"] * 2
    assert api.tokens[1] == _header(flow) != api.tokens[0]


def test_once_and_no_more(client: httpx.Client, api: Api) -> None:
    assert client.get("/always-401").status_code == 401
    assert len(api.asked) == 2


def test_other_statuses_are_not_repeated(client: httpx.Client, api: Api, elsewhere: Api) -> None:
    api.leads_to = elsewhere.url
    assert client.get("/redirect").status_code == 307
    assert len(api.asked) == 1


def test_a_token_that_somebody_else_has_renewed_is_used(
    client: httpx.Client, api: Api, flow: AuthFlow, world: World
) -> None:
    api.revoked.add(_header(flow))
    renewals: list[object] = []

    def renew() -> None:
        if not renewals:
            renewals.append(flow.get_tokens(force_refresh=True))

    api.before = renew
    assert client.get("/").status_code == 200
    assert _refreshes(world) == 1


def test_an_api_that_takes_nobody_has_the_tokens_refreshed_once_in_a_while(
    client: httpx.Client, api: Api, world: World
) -> None:
    for _ in range(20):
        assert client.get("/always-401").status_code == 401
    assert (_refreshes(world), len(api.asked)) == (1, 21)
    world.now += 31
    client.get("/always-401")
    assert (_refreshes(world), len(api.asked)) == (2, 23)


def test_a_refresh_that_failed_is_tried_again_at_once(
    client: httpx.Client, api: Api, flow: AuthFlow, world: World
) -> None:
    api.revoked.add(_header(flow))
    world.pool.inject(Fault(operation="GetTokensFromRefreshToken", error=("ForbiddenException", "no")))
    with pytest.raises(AuthFlowError):
        client.get("/")
    assert client.get("/").status_code == 200


def test_an_order_is_made_once_though_the_page_that_it_leads_to_takes_nobody(client: httpx.Client, api: Api) -> None:
    api.leads_to = f"{api.url}/always-401"
    assert client.post("/see-other", json={"buy": 1}, follow_redirects=True).status_code == 401
    assert [path for path, *_ in api.asked] == ["/see-other", "/always-401"]


@pytest.mark.parametrize("body", ["iterator", "file", "multipart"])
def test_what_cannot_be_sent_again_is_not(client: httpx.Client, api: Api, flow: AuthFlow, body: str) -> None:
    api.revoked.add(_header(flow))
    if body == "multipart":
        response = client.post("/", files={"file": io.BytesIO(b"the body")})
    else:
        response = client.post("/", content=iter([b"the body"]) if body == "iterator" else io.BytesIO(b"the body"))
    assert (response.status_code, len(api.asked)) == (401, 1)


def test_another_origin_is_refused_before_anything_is_sent(client: httpx.Client, elsewhere: Api) -> None:
    for url in (elsewhere.url, "http://example.com/", "https://127.0.0.1/"):
        with pytest.raises(InvalidInput, match="The token is not for"):
            client.get(url)
    assert elsewhere.asked == []


@pytest.mark.parametrize("path", ["/redirect", "/see-other"])
def test_a_redirect_to_another_origin_loses_the_token(
    client: httpx.Client, api: Api, elsewhere: Api, path: str
) -> None:
    api.leads_to = f"{elsewhere.url}/there"
    response = client.post(path, content=b"x", follow_redirects=True)
    assert (response.status_code, elsewhere.tokens) == (401, [None])
    assert len(api.asked) == 1  # and its 401 changes nothing


def test_a_redirect_within_the_origin_keeps_it(client: httpx.Client, api: Api, flow: AuthFlow) -> None:
    api.leads_to = f"{api.url}/there"
    assert client.get("/redirect", follow_redirects=True).status_code == 200
    assert api.tokens == [_header(flow)] * 2


def test_a_new_token_goes_along_with_a_redirect(client: httpx.Client, api: Api, flow: AuthFlow, world: World) -> None:
    api.revoked.add(_header(flow))
    api.leads_to = f"{api.url}/there"
    assert client.get("/guarded-redirect", follow_redirects=True).status_code == 200
    assert [path for path, *_ in api.asked] == ["/guarded-redirect", "/guarded-redirect", "/there"]
    world.now += 31
    api.leads_to = f"{api.url}/always-401"
    api.revoked.add(_header(flow))
    assert client.get("/guarded-redirect", follow_redirects=True).status_code == 401
    assert len(api.asked) == 3 + 3


def test_a_redirect_to_another_of_the_origins_loses_it_too(flow: AuthFlow, api: Api, elsewhere: Api) -> None:
    """The libraries take it off, and it is not put on again: who redirects does not say where it goes."""
    auth, api.leads_to = AuthFlowAuth(flow, origins=[api.url, elsewhere.url]), f"{elsewhere.url}/there"
    url = f"{api.url}/redirect"
    assert httpx.get(url, auth=auth, follow_redirects=True, trust_env=False).status_code == 401
    assert (elsewhere.tokens, len(api.asked)) == ([None], 1)


def test_api_gateway_gets_the_bare_id_token(world: World, flow: AuthFlow) -> None:
    with serving(Api(world.verifier(token_use="id"), scheme=None)) as gateway:
        auth = AuthFlowAuth(flow, origins=gateway.url, token_use="id", scheme=None)
        assert httpx.get(gateway.url, auth=auth, trust_env=False).status_code == 200


def test_what_the_flow_raises_comes_through(client: httpx.Client, api: Api, flow: AuthFlow, world: World) -> None:
    api.revoked.add(_header(flow))
    world.pool.inject(Fault(operation="GetTokensFromRefreshToken", times=9, drop="before"))
    with pytest.raises(AuthFlowError) as found:
        client.get("/")
    assert found.value.code is ErrorCode.NOT_SENT
    flow.sign_out()
    with pytest.raises(AuthFlowError) as found:
        client.get("/")
    assert found.value.code is ErrorCode.NOT_SIGNED_IN


def test_nothing_shows_the_token(
    client: httpx.Client, api: Api, flow: AuthFlow, elsewhere: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = flow.get_tokens().access_token.reveal()
    with pytest.raises(InvalidInput) as raised:
        client.get(elsewhere.url)
    client.get("/always-401")
    shown = locals_of(raised.value) + "".join(record.getMessage() for record in caplog.records if _is_ours(record))
    assert token.split(".")[2] not in shown + repr(client.auth) + repr(vars(client.auth))


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in ("authflow", "httpx", "httpcore")


def _both(work: Callable[[], Awaitable[None]]) -> None:
    for backend in ("asyncio", "trio"):
        anyio.run(work, backend=backend)


def test_an_asynchronous_flow_and_client(world: World, api: Api) -> None:
    async def work() -> None:
        async with AsyncAuthFlow.local(world.pool) as flow:
            await flow.initialize()
            await flow.sign_in("ana", PASSWORD)
            auth = AuthFlowAuth(flow, origins=api.url, clock=lambda: world.now)
            async with httpx.AsyncClient(auth=auth, trust_env=False) as client:
                assert (await client.get(api.url)).status_code == 200
                api.revoked.add(str(api.tokens[-1]))
                assert (await client.post(api.url, content=b"x")).status_code == 200
                assert (await client.get(f"{api.url}/always-401")).status_code == 401  # not repeated so soon
                world.now += 31
                assert (await client.post(f"{api.url}/always-401")).status_code == 401
                with pytest.raises(InvalidInput):
                    await client.get("https://example.com")

    _both(work)
    assert len(api.asked) == 2 * 6


def test_a_blocking_flow_in_an_asynchronous_client(flow: AuthFlow, api: Api) -> None:
    async def work() -> None:
        async with httpx.AsyncClient(auth=AuthFlowAuth(flow, origins=api.url), trust_env=False) as client:
            api.revoked.add(_header(flow))
            assert (await client.get(api.url)).status_code == 200

    _both(work)


def test_a_token_that_was_renewed_meanwhile_is_used_there_too(flow: AuthFlow, api: Api, world: World) -> None:
    async def work() -> None:
        async with httpx.AsyncClient(auth=AuthFlowAuth(flow, origins=api.url), trust_env=False) as client:
            assert (await client.get(f"{api.url}/always-401")).status_code == 401

    asked: list[object] = []

    def renew() -> None:
        if not asked:
            asked.append(flow.get_tokens(force_refresh=True))

    api.before = renew
    anyio.run(work)
    assert len(set(api.tokens)) == 2
    assert _refreshes(world) == 1


def test_an_asynchronous_flow_in_a_blocking_client_is_refused(world: World, api: Api) -> None:
    auth = AuthFlowAuth(AsyncAuthFlow.local(world.pool), origins=api.url)
    with pytest.raises(ConfigurationError, match=r"httpx\.AsyncClient"):
        httpx.get(api.url, auth=auth, trust_env=False)
    assert api.asked == []


def test_without_httpx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    monkeypatch.delitem(sys.modules, "authflow.adapters.tokens.for_httpx")
    with pytest.raises(ConfigurationError, match=r"cognito-authflow\[httpx\]"):
        import authflow.adapters.tokens.for_httpx  # noqa: F401
