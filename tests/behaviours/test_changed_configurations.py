"""A configuration that is another between two starts, or changes under a live session."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from authflow import AuthFlow, AuthFlowError, ConfigurationError, ErrorCode, Settings, UserState
from authflow.events import SessionEnded, SessionEstablished, SessionRefreshFailed
from tests.behaviours.host import PASSWORD, Host
from tests.behaviours.sessions import EMAIL, of, signed_in


def of_config(host: Host, url: str, **changes: Any) -> AuthFlow:
    """Returns a flow on the store of the host, made of a configuration in which something may be another."""
    known = {"user_pool_id": host.setup.pool_id, "client_id": host.setup.client_id, "endpoint_url": url}
    flow = AuthFlow.from_config(**{**known, **changes}, token_store=host.tokens, clock=host.pool.clock)
    host.heard = []
    flow.subscribe(host.heard.append)
    host.flow = flow
    return flow


# Between two starts


def another_pool(host: Host) -> dict[str, str]:
    made = host.pool.quickstart(name="another")
    return {"user_pool_id": made.pool_id, "client_id": made.client_id}


def another_client(host: Host) -> dict[str, str]:
    request = {"UserPoolId": host.setup.pool_id, "ClientName": "another"}
    made = host.pool.call("CreateUserPoolClient", request)["UserPoolClient"]
    return {"client_id": made["ClientId"]}


@pytest.mark.parametrize("change", [another_pool, another_client])
def test_another_pool_or_client_signs_out_says_why_and_clears_the_store(
    change: Callable[[Host], dict[str, str]],
) -> None:
    host = signed_in()
    with host.pool.serve() as server:
        of_config(host, server.url).initialize()
        assert host.flow.is_signed_in
        flow = of_config(host, server.url, **change(host))
        assert flow.initialize() is UserState.signedOut
    assert [event.reason for event in of(host, SessionEnded)] == ["configuration_changed"]
    assert (host.tokens.load(), host.screen) == (None, "signIn")


@pytest.mark.parametrize(
    "changes",
    [
        {"auth_flow": "USER_PASSWORD_AUTH"},
        {"settings": Settings(auto_sign_in=True)},
        {"required_attributes": ["email"]},
        {"mfa_configuration": "OPTIONAL"},
        {"session_validity": 15},
        {"client_secret": "another-secret-or-the-first"},
        {"oauth": {"domain": "https://a.example", "redirect_sign_in_uri": ["myapp://b"]}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_does_not_name_a_pool_or_client_signs_nobody_out(changes: dict[str, Any]) -> None:
    host = signed_in()
    with host.pool.serve() as server:
        assert of_config(host, server.url, **changes).initialize() is UserState.signedIn
    assert [event.reason for event in of(host, SessionEstablished)] == ["restored"]


def test_a_session_that_says_not_whose_it_is_is_taken() -> None:
    """As stores of programs have it that took tokens over."""
    host = signed_in()
    stored = host.tokens.load()
    assert stored is not None
    host.tokens.save(attrs.evolve(stored, configuration=None))
    host.start()
    assert host.flow.is_signed_in


# Under a live session


def test_a_session_of_other_pools_in_the_store_is_not_followed() -> None:
    """Another program, with another configuration, has taken the store: who is signed in here stays so."""
    host = signed_in()
    flow, mine = host.flow, host.tokens.load()
    other = Host()
    other.user("bo")
    theirs = AuthFlow.local(other.pool, token_store=host.tokens)
    theirs.initialize()
    theirs.sign_in("bo", PASSWORD)
    assert flow.sync_session() is UserState.signedIn
    assert (flow.username, of(host, SessionEnded)) == ("ana", [])
    assert mine is not None
    assert flow.get_tokens() == mine.tokens
    assert flow.get_user_attributes()["email"] == EMAIL


def test_a_pool_that_is_gone_is_said_and_signs_nobody_out() -> None:
    host = signed_in()
    stored = host.tokens.load()
    host.pool.call("DeleteUserPool", {"UserPoolId": host.setup.pool_id})
    with pytest.raises(AuthFlowError) as caught:
        host.flow.get_tokens(force_refresh=True)
    assert caught.value.code is ErrorCode.RESOURCE_NOT_FOUND
    assert len(of(host, SessionRefreshFailed)) == 1
    assert (host.flow.is_signed_in, host.tokens.load(), of(host, SessionEnded)) == (True, stored, [])


def test_a_wrong_client_secret_is_said_and_signs_nobody_out() -> None:
    host = signed_in(secret=True)
    with host.pool.serve() as server:
        flow = of_config(host, server.url, client_secret="not-the-secret")
        flow.initialize()
        with pytest.raises(AuthFlowError) as caught:
            flow.get_tokens(force_refresh=True)
    assert caught.value.info.recovery == "fix_configuration"
    assert "not-the-secret" not in caught.value.message
    assert (flow.is_signed_in, of(host, SessionEnded)) == (True, [])


def test_a_configuration_that_cannot_be_is_refused_before_anything_is_touched() -> None:
    host = signed_in()
    stored = host.tokens.load()
    with pytest.raises(ConfigurationError) as caught:
        AuthFlow.from_config(user_pool_id="nonsense", client_id=host.setup.client_id, token_store=host.tokens)
    assert "user_pool_id" in caught.value.message
    assert host.tokens.load() == stored
