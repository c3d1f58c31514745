"""Canaries in what an application's own action asks for: the code that a step-up wants."""

import io
import json
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Any, Final

import anyio
import pytest
import structlog

from authflow import AuthFlow, AuthFlowError, ErrorCode, Secret
from authflow.adapters.logging import configure_json_logging, log_events
from authflow.declare import Effect, SecretGone, Vault
from authflow.errors import ErrorInfo, exception_from
from authflow.events import Event
from authflow.frontend.forms import Form
from authflow.frontend.traits import PoolTraits
from authflow.values import Settings
from tests.drivers.canaries import CODE, PASSWORD, Watched, assert_clean, canary_ports, found_in, locals_of
from tests.drivers.scripted import Ports, Reply, Running, let_go, refusing, returning, secrets_held
from tests.examples_of_regions import BOTH, step_up, terms

WITH_BOTH: Final = PoolTraits(settings=Settings(regions=BOTH))


@pytest.fixture(autouse=True)
def _logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is logged of any secret, by whomever, at any level."""
    with caplog.at_level(logging.DEBUG):
        yield
    records = [repr(record.__dict__) for record in caplog.records]
    assert found_in("\n".join((caplog.text, *records))) == set()


@pytest.fixture(autouse=True)
def _unconfigured() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def _typed(effect: Any, vault: Vault) -> str:
    """Returns what was typed, as a performer reads it."""
    assert isinstance(effect, step_up.CheckCode)
    typed = vault.text(effect.code)
    assert typed == CODE
    return typed


# What a performer may do with what was typed


def _raises(effect: Effect, vault: Vault) -> object:
    typed = _typed(effect, vault)
    raise ValueError(f"{typed} is wrong")


def _raises_with_a_cause(effect: Effect, vault: Vault) -> object:
    typed = _typed(effect, vault)
    try:
        raise KeyError(typed)
    except KeyError as error:
        raise exception_from(ErrorInfo(code=ErrorCode.CODE_MISMATCH, message="No.", field="code")) from error


def _raises_while_it_handles(effect: Effect, vault: Vault) -> object:
    typed = _typed(effect, vault)
    try:
        raise KeyError(typed)
    except KeyError:
        raise SecretGone("code")  # noqa: B904 - on purpose: the context has the code


def _raises_a_group(effect: Effect, vault: Vault) -> object:
    raise ExceptionGroup(_typed(effect, vault), [ValueError(_typed(effect, vault))])


def _answers_with_it(effect: Effect, vault: Vault) -> object:
    return _typed(effect, vault)


def _answers_with_what_does_not_belong(effect: Effect, vault: Vault) -> object:
    assert _typed(effect, vault)
    return terms.TermsFound(effect_id=effect.id, version="1", accepted=False)


_WAYS: Final[dict[str, Reply]] = {
    "raises": _raises,
    "raises with a cause": _raises_with_a_cause,
    "raises while it handles": _raises_while_it_handles,
    "raises a group": _raises_a_group,
    "answers with it": _answers_with_it,
    "answers with what does not belong": _answers_with_what_does_not_belong,
    "refuses": refusing(ErrorCode.CODE_MISMATCH, field="code"),
    "answers with nothing": returning(None),
}


def _at_the_code(ports: Ports) -> Watched:
    watched = Watched(ports)
    watched.do(lambda flow: flow.initialize())
    watched.do(lambda flow: flow.sign_in("jane", PASSWORD))
    watched.do(lambda flow: flow.submit("accept_terms"))
    watched.do(lambda flow: flow.submit("ask_step_up"))
    return watched


def _prove(flow: AuthFlow) -> object:
    return flow.submit("prove_step_up", {"code": CODE})


def test_performers_that_go_wrong_show_nothing_and_the_log_has_none_of_it() -> None:
    stream = io.StringIO()
    configure_json_logging(stream)
    ports = canary_ports(WITH_BOTH)
    ports.provider.on(step_up.CheckCode, *_WAYS.values())
    watched = _at_the_code(ports)
    log_events(watched.flow, debug=True)
    for number in range(len(_WAYS)):
        watched.do(_prove)
        assert len(watched.raised) == number + 1
        _assert_no_frame_of_the_performer(watched.raised[-1])
        assert secrets_held(watched.flow) == 1  # the tokens
    watched.do(_prove)
    watched.check()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {"flow.failed", "flow.state_changed", "debug.effect_requested"} <= {line["event"] for line in lines}
    assert found_in(stream.getvalue()) == set()


def _assert_no_frame_of_the_performer(raised: BaseException) -> None:
    assert (raised.__cause__, raised.__context__) == (None, None)
    names = {frame.f_code.co_name for frame, _ in traceback.walk_tb(raised.__traceback__)}
    assert not names & {"_typed", "perform", "pass_through", *(reply.__name__ for reply in _WAYS.values())}


@pytest.mark.parametrize("way", list(_WAYS))
def test_the_async_driver_does_not_show_it_either(way: str) -> None:
    async def main() -> None:
        ports = canary_ports(WITH_BOTH)
        ports.provider.on(step_up.CheckCode, _WAYS[way])
        flow = ports.asynchronous()
        await flow.initialize()
        await flow.sign_in("jane", PASSWORD)
        await flow.submit("accept_terms")
        await flow.submit("ask_step_up")
        with pytest.raises(AuthFlowError) as caught:
            await flow.submit("prove_step_up", {"code": CODE})
        assert found_in(locals_of(caught.value)) == set()
        _assert_no_frame_of_the_performer(caught.value)

    anyio.run(main)


def test_a_whole_story_shows_nothing_and_can_be_kept_at_any_time() -> None:
    ports = canary_ports(WITH_BOTH)
    watched = Watched(ports)
    kept: list[bytes] = []

    def keep(event: Event) -> None:
        kept.append(pickle.dumps(watched.flow.flow))

    watched.flow.subscribe(keep)
    do = watched.do
    do(lambda flow: flow.initialize())
    do(lambda flow: flow.sign_in("jane", PASSWORD))
    do(lambda flow: flow.submit("accept_terms"))
    do(lambda flow: flow.submit("ask_step_up"))
    do(lambda flow: flow.check("prove_step_up", {"code": CODE}))
    do(_prove)
    do(lambda flow: flow.submit("pay", {"amount": "12.50"}))
    do(lambda flow: flow.submit("ask_step_up"))
    do(lambda flow: flow.submit("prove_step_up", {"code": Secret(CODE)}))
    do(lambda flow: flow.sign_out())
    assert watched.raised == []
    watched.check()
    assert len(kept) > 10
    assert [found_in(one) for one in kept if found_in(one)] == []
    assert pickle.loads(kept[-1]) == watched.flow.flow


def test_while_the_performer_is_running_the_code_is_in_the_vault_alone() -> None:
    ports = canary_ports(WITH_BOTH)
    watched = _at_the_code(ports)
    gate = ports.provider.hold(step_up.CheckCode)
    with let_go(gate):
        running = Running(lambda: _prove(watched.flow))
        gate.wait_until_reached()
        watched.look()
        assert secrets_held(watched.flow) == 2
        watched.do(lambda flow: flow.cancel())
        gate.open()
    with pytest.raises(AuthFlowError) as caught:
        running.result()
    watched.raised.append(caught.value)
    watched.check()
    # As soon as nobody is reading it, it is forgotten.
    assert secrets_held(watched.flow) == 1


_WRONG: Final[dict[str, Callable[[AuthFlow], object]]] = {
    "a control character": lambda flow: flow.submit("prove_step_up", {"code": f"{CODE}\x00"}),
    "too long": lambda flow: flow.submit("prove_step_up", {"code": CODE * 1_000}),
    "bytes": lambda flow: flow.submit("prove_step_up", {"code": CODE.encode()}),
    "a list": lambda flow: flow.submit("prove_step_up", {"code": [CODE]}),
    "no such field": lambda flow: flow.submit("prove_step_up", {"kode": CODE}),
    "no such action": lambda flow: flow.submit("proof_step_up", {"code": CODE}),
    "another action": lambda flow: flow.submit("accept_terms", {"code": CODE}),
    "an older revision": lambda flow: flow.submit("prove_step_up", {"code": CODE}, rev=0),
    "no mapping": lambda flow: flow.submit("prove_step_up", CODE),  # type: ignore[arg-type]  # on purpose
    "an action that is not taken here": lambda flow: flow.submit("pay", {"amount": [CODE]}),
}


def test_what_is_refused_at_the_door_is_not_shown() -> None:
    watched = _at_the_code(canary_ports(WITH_BOTH))
    for number, wrong in enumerate(_WRONG, 1):
        watched.do(_WRONG[wrong])
        assert len(watched.raised) == number, wrong
        assert secrets_held(watched.flow) == 1, wrong
    watched.check()


def test_a_rule_of_the_applications_that_goes_wrong_shows_nothing() -> None:
    def validate(values: Any) -> Any:
        raise ValueError(str(values))

    traits = PoolTraits(settings=Settings(regions=BOTH), forms={"prove_step_up": Form(validate=validate)})
    watched = _at_the_code(canary_ports(traits))
    watched.do(_prove)
    watched.do(lambda flow: flow.check("prove_step_up", {"code": CODE}))
    assert len(watched.raised) == 1
    watched.check()


def test_an_effect_shows_the_handle_alone() -> None:
    watched = _at_the_code(canary_ports(WITH_BOTH))
    watched.do(_prove)
    call = watched.ports.provider.last(step_up.CheckCode)
    assert_clean(call)
    with pytest.raises(SecretGone):
        _typed(call, watched.flow._host.vault or Vault())
