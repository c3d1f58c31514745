"""Ports that misbehave: whatever they raise or return, there is an outcome, a typed error and a usable flow."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authflow import AuthFlow, AuthFlowError, ErrorCode, SignOutOptions, UserState, effects, outcomes
from authflow.effects import Effect
from authflow.events import Event
from authflow.outcomes import OUTCOMES, Outcome
from authflow.secrets import Vault
from authflow.states import FlowStatus, SignInState
from authflow.values import Challenge
from tests.drivers.laws import assert_numbered
from tests.drivers.scripted import (
    REFRESH,
    Ports,
    Reply,
    Running,
    account_of,
    challenging,
    error,
    let_go,
    raising,
    returning,
    secrets_held,
)

_PASSWORD = "a-password"
# For every effect that a provider performs: a flow that is about to ask for it, and how to make it ask.
_ASKING: dict[type[Effect], tuple[Callable[[Ports], AuthFlow], Callable[[AuthFlow], object]]] = {
    effects.InitiateAuth: (Ports.signed_out, lambda flow: flow.sign_in("jane", _PASSWORD)),
    effects.RespondToPasswordVerifier: (Ports.signed_out, lambda flow: flow.sign_in("jane", _PASSWORD)),
    effects.RespondToAuthChallenge: (Ports.challenged, lambda flow: flow.confirm_sign_in("123456")),
    effects.SignUp: (Ports.signed_out, lambda flow: flow.sign_up("jane", _PASSWORD)),
    effects.ConfirmSignUp: (Ports.signed_out, lambda flow: flow.confirm_sign_up("jane", "123456")),
    effects.ResendConfirmationCode: (Ports.signed_out, lambda flow: flow.resend_sign_up_code("jane")),
    effects.ForgotPassword: (Ports.signed_out, lambda flow: flow.forgot_password("jane")),
    effects.ConfirmForgotPassword: (
        Ports.signed_out,
        lambda flow: flow.confirm_forgot_password("jane", _PASSWORD, "123456"),
    ),
    effects.RefreshTokens: (Ports.signed_in, lambda flow: flow.get_tokens(force_refresh=True)),
    effects.GlobalSignOut: (Ports.signed_in, lambda flow: flow.sign_out(SignOutOptions(sign_out_globally=True))),
    effects.RevokeToken: (Ports.signed_in, lambda flow: flow.sign_out()),
}
_TOLERANT = (effects.GlobalSignOut, effects.RevokeToken)


def _asked(ports: Ports, effect: type[Effect], reply: Reply) -> tuple[AuthFlow, Running[object], list[Event]]:
    make, ask = _ASKING[effect]
    flow = make(ports)
    if effect is effects.RespondToPasswordVerifier:
        ports.provider.on(effects.InitiateAuth, challenging("PASSWORD_VERIFIER"))
    ports.provider.on(effect, reply)
    heard: list[Event] = []
    flow.subscribe(heard.append)
    running = Running(lambda: ask(flow))
    running.join()
    return flow, running, heard


def _assert_usable(ports: Ports, flow: AuthFlow) -> None:
    """Nothing is under way, what is said of the user is true, and somebody can sign in, or out and in."""
    assert flow.flow.interactive is None
    assert flow.flow.session_call is None
    assert flow.snapshot().status in (FlowStatus.interactive, FlowStatus.done, FlowStatus.unknown_outcome)
    assert (flow.user_state is UserState.signedIn) is (flow.flow.context.account is not None)
    if flow.flow.sign_in not in (SignInState.idle, SignInState.signedIn):
        assert flow.flow.context.challenge is not None
    if flow.is_signed_in:
        Running(flow.get_tokens).result()
        Running(flow.sign_out).result()
    assert Running(lambda: flow.sign_in("jane", _PASSWORD)).result().sign_in_state is SignInState.signedIn


class _Foreign(Exception):
    pass


@pytest.mark.parametrize("raised", [_Foreign("hunter2"), KeyError("hunter2"), AssertionError(), StopIteration()])
@pytest.mark.parametrize("effect", list(_ASKING))
def test_a_foreign_exception_is_an_outcome(effect: type[Effect], raised: Exception) -> None:
    ports = Ports()
    flow, running, heard = _asked(ports, effect, raising(raised))
    if effect in _TOLERANT:
        assert running.raised is None
    else:
        assert isinstance(running.raised, AuthFlowError)
        assert running.raised.code is ErrorCode.UNKNOWN
        assert type(raised).__name__ in str(running.raised)
    assert "hunter2" not in repr((running.raised, heard, flow.snapshot()))
    assert_numbered(heard)
    _assert_usable(ports, flow)


@pytest.mark.parametrize("nonsense", [None, "nonsense", 7, object(), Outcome, Challenge(name="SMS_MFA")])
@pytest.mark.parametrize("effect", list(_ASKING))
def test_what_is_no_outcome_at_all_counts_as_a_malformed_answer(effect: type[Effect], nonsense: object) -> None:
    ports = Ports()
    flow, running, _ = _asked(ports, effect, returning(nonsense))
    if effect not in _TOLERANT:
        assert isinstance(running.raised, AuthFlowError), running.raised
        assert running.raised.code is not ErrorCode.USER_CANCELLED_SIGN_IN
    _assert_usable(ports, flow)


@pytest.mark.parametrize("effect_id", [0, -1, 999])
@pytest.mark.parametrize("effect", list(_ASKING))
def test_the_answer_to_another_question_counts_as_a_malformed_answer(effect: type[Effect], effect_id: int) -> None:
    ports = Ports()
    flow, running, _ = _asked(ports, effect, returning(outcomes.SignUpConfirmed(effect_id=effect_id)))
    if effect not in _TOLERANT:
        assert isinstance(running.raised, AuthFlowError), running.raised
        assert running.raised.code is not ErrorCode.USER_CANCELLED_SIGN_IN
    _assert_usable(ports, flow)


def _made(kind: type[Outcome], effect: Effect, vault: Vault) -> Outcome:
    """Returns an outcome of any class for `effect`, sensible or not."""
    values: dict[str, Any] = {"effect_id": effect.id}
    names = {field.name for field in attrs.fields(kind)}
    if "challenge" in names:
        values["challenge"] = Challenge(name="SMS_MFA", session=vault.put("session", "s"))
    if "srp" in names:
        values["srp"] = vault.put("srp", {"a": 1})
    if "account" in names:
        values["account"] = account_of(vault, Ports().provider.tokens())
    if "error" in names:
        values["error"] = error(ErrorCode.NOT_SENT)
    if "call" in names:
        values["call"] = type(effect).__name__
    if "confirmed" in names:
        values["confirmed"] = True
    return kind(**values)


@pytest.mark.parametrize("kind", OUTCOMES)
@pytest.mark.parametrize("effect", list(_ASKING))
def test_any_outcome_of_any_effect_leaves_a_usable_flow(effect: type[Effect], kind: type[Outcome]) -> None:
    ports = Ports()
    flow, running, heard = _asked(ports, effect, lambda asked, vault: _made(kind, asked, vault))
    assert running.raised is None or isinstance(running.raised, AuthFlowError)
    assert_numbered(heard)
    if flow.is_signed_in:
        assert flow.flow.context.account is not None
    _assert_usable(ports, flow)


class _Interrupt(BaseException):
    """What Ctrl-C, sys.exit() and cancelled greenlets look like from here."""


@pytest.mark.parametrize("effect", list(_ASKING))
def test_an_interrupt_passes_and_leaves_a_usable_flow(effect: type[Effect]) -> None:
    ports = Ports()
    flow, running, _ = _asked(ports, effect, raising(_Interrupt()))
    assert isinstance(running.raised, _Interrupt)
    if effect in _TOLERANT:
        Running(flow.sign_out).result()
    _assert_usable(ports, flow)


def test_an_interrupted_refresh_lets_those_go_who_joined() -> None:
    ports = Ports()
    flow = ports.signed_in(expired=True)
    gate = ports.provider.hold(effects.RefreshTokens)
    ports.provider.on(effects.RefreshTokens, raising(_Interrupt()))
    with let_go(gate):
        first = Running(flow.get_tokens)
        gate.wait_until_reached()
        second = Running(flow.get_tokens)
    first.join()
    assert isinstance(first.raised, _Interrupt)
    second.join()


def test_late_tokens_are_revoked_though_a_callback_is_interrupted() -> None:
    ports = Ports()
    flow = ports.signed_out()
    gate = ports.provider.hold(effects.InitiateAuth)

    def interrupting(event: Event) -> None:
        if event.kind == "debug.stale_outcome":
            raise _Interrupt

    flow.subscribe(interrupting, debug=True)
    with let_go(gate):
        running = Running(lambda: flow.sign_in("jane", _PASSWORD))
        gate.wait_until_reached()
        flow.cancel()
    running.join()
    assert isinstance(running.raised, _Interrupt)
    assert ports.provider.revoked == [REFRESH]
    assert secrets_held(flow) == 0


def test_an_interrupt_in_a_callback_takes_nothing_from_anybody_else() -> None:
    flow = Ports().signed_out()
    heard: list[Event] = []

    def interrupting(event: Event) -> None:
        if event.kind == "flow.action_accepted":
            subscription.close()
            raise _Interrupt

    subscription = flow.subscribe(interrupting)
    flow.subscribe(heard.append)
    before = flow.flow.sequence
    with pytest.raises(_Interrupt):
        flow.submit("show_sign_up")
    flow.submit("show_sign_in")
    assert_numbered(heard, first=before + 1)
    assert heard[-1].sequence == flow.flow.sequence


def test_an_interrupt_in_a_callback_leaves_a_usable_flow() -> None:
    ports = Ports()
    flow = ports.signed_out()

    def interrupting(event: Event) -> None:
        if event.kind == "flow.state_changed":
            subscription.close()
            raise _Interrupt

    subscription = flow.subscribe(interrupting)
    running = Running(lambda: flow.sign_in("jane", _PASSWORD))
    running.join()
    assert flow.flow.interactive is None
    _assert_usable(ports, flow)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_interrupt_passes_through_every_event_loop(backend: str) -> None:
    async def main() -> None:
        ports = Ports()
        ports.provider.on(effects.InitiateAuth, raising(_Interrupt()))
        flow = ports.asynchronous()
        await flow.initialize()
        with pytest.raises(_Interrupt) as caught:
            await flow.sign_in("jane", _PASSWORD)
        assert caught.value.__context__ is None
        assert flow.flow.interactive is None
        assert (await flow.sign_in("jane", _PASSWORD)).sign_in_state is SignInState.signedIn

    anyio.run(main, backend=backend)


def test_an_interrupted_discard_leaves_no_secret() -> None:
    ports = Ports()
    flow = ports.signed_out()
    gate = ports.provider.hold(effects.InitiateAuth)
    ports.provider.on(effects.Discard, raising(_Interrupt()))
    with let_go(gate):
        running = Running(lambda: flow.sign_in("jane", _PASSWORD))
        gate.wait_until_reached()
        flow.cancel()
    running.join()
    assert isinstance(running.raised, _Interrupt)
    assert secrets_held(flow) == 0
    _assert_usable(ports, flow)


@pytest.mark.parametrize("operation", ["save", "clear"])
@pytest.mark.parametrize("raised", [OSError("hunter2"), _Foreign("hunter2"), MemoryError()])
def test_a_store_that_raises_is_an_outcome(operation: str, raised: Exception) -> None:
    ports = Ports()
    flow = ports.signed_out()
    ports.store.failing[operation] = raised
    heard: list[Event] = []
    flow.subscribe(heard.append)
    flow.sign_in("jane", _PASSWORD)
    result = flow.sign_out()
    assert result.complete is (operation == "save")
    assert "hunter2" not in repr((heard, result, flow.snapshot()))
    _assert_usable(ports, flow)


def test_a_discard_that_fails_is_nobodys_business() -> None:
    ports = Ports()
    flow = ports.signed_out()
    gate = ports.provider.hold(effects.InitiateAuth)
    ports.provider.on(effects.Discard, raising(_Foreign()))
    with let_go(gate):
        running = Running(lambda: flow.sign_in("jane", _PASSWORD))
        gate.wait_until_reached()
        flow.cancel()
    running.join()
    assert isinstance(running.raised, AuthFlowError)
    assert running.raised.code is ErrorCode.USER_CANCELLED_SIGN_IN
    _assert_usable(ports, flow)


@given(st.lists(st.tuples(st.sampled_from(list(_ASKING)), st.sampled_from(OUTCOMES)), min_size=1, max_size=6))
@settings(max_examples=60)
def test_no_sequence_of_nonsense_makes_a_flow_unusable(answers: list[tuple[type[Effect], type[Outcome]]]) -> None:
    ports = Ports()
    flow = ports.signed_out()
    heard: list[Event] = []
    flow.subscribe(heard.append)
    for effect, kind in answers:
        ports.provider.on(effect, lambda asked, vault, kind=kind: _made(kind, asked, vault))  # type: ignore[misc]
        with suppress(AuthFlowError):
            _ASKING[effect][1](flow)
        assert flow.flow.interactive is None
        assert flow.flow.session_call is None
        assert (flow.user_state is UserState.signedIn) is (flow.flow.context.account is not None)
    assert_numbered(heard)
