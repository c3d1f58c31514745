"""One script, driven through each driver; what it came to, in a form that can be compared.

A script is a list of steps: a method with its arguments, or a move of the clock. What the provider and the store answer
is part of it, and so is what is called while a call is under way (`Aside`), so that races are the same everywhere.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import anyio
import anyio.from_thread
import attrs

from authflow import AuthFlowError, effects, outcomes
from authflow.effects import Effect
from authflow.errors import ErrorCode
from authflow.events import Event, data_of
from authflow.frontend.snapshot import Snapshot
from authflow.frontend.traits import PoolTraits
from authflow.outcomes import Outcome
from authflow.ports import AwsCredentials, StoredSession, Tokens
from authflow.secrets import Secret, Vault
from tests.drivers.identities import federated_session, guest_session
from tests.drivers.scripted import Clock, Ports, Reply, ScriptedProvider, challenging, outcome, raising, refusing

DRIVERS: Final = ("blocking", "asyncio", "trio")


@attrs.frozen
class Do:
    """Call a method of the flow."""

    method: str
    arguments: tuple[Any, ...] = ()
    keywords: tuple[tuple[str, Any], ...] = ()


@attrs.frozen
class Advance:
    """Move the clock."""

    seconds: float


@attrs.frozen
class Fail:
    """Have the store fail at an operation from now on, or succeed again."""

    operation: str
    failing: bool = True


@attrs.frozen
class Store:
    """Have somebody else write to the store: a session of "a user", "a guest", ...; None to clear it."""

    who: str | None


@attrs.frozen
class Aside:
    """A reply that calls the flow from elsewhere before it answers."""

    method: str
    then: Reply | None = None


Step = Do | Advance | Fail | Store


@attrs.frozen
class Script:
    """Steps, and what each class of effect is answered with, in order."""

    steps: tuple[Step, ...]
    replies: tuple[tuple[type[Effect], Reply | Aside], ...] = ()
    stored: bool = False
    traits: PoolTraits = PoolTraits()  # noqa: RUF009 - frozen


@attrs.frozen
class Trace:
    """What a script came to."""

    results: tuple[object, ...]
    events: tuple[object, ...]
    debug: tuple[object, ...]
    snapshot: object
    calls: tuple[str, ...]
    stored: bool


def run(script: Script, driver: str) -> Trace:
    """Drives `script`."""
    if driver == "blocking":
        return _run_blocking(script)
    return anyio.run(_run_async, script, backend=driver)


def plain(value: object) -> object:
    """Returns a result in a form that compares by what it says."""
    if isinstance(value, AuthFlowError):
        return type(value).__name__, value.info, getattr(value, "allowed", None)
    if isinstance(value, Tokens):
        return "tokens", value.access_token.reveal(), value.expires_at
    if isinstance(value, AwsCredentials):
        return "credentials", value.identity_id, value.secret_key.reveal(), value.expires_at
    if isinstance(value, Secret):
        return "secret", value.reveal()
    if isinstance(value, Snapshot):
        return value.to_json()
    return value


def _sessions(ports: Ports) -> dict[str | None, StoredSession | None]:
    tokens = attrs.evolve(ports.provider.tokens(), access_token=Secret("stored-elsewhere"))
    return {
        None: None,
        "a user": StoredSession(username="jane", user_sub="sub-1", tokens=tokens),
        "somebody else": StoredSession(username="mallory", user_sub="sub-2", tokens=tokens),
        "of other pools": StoredSession(username="jane", tokens=tokens, configuration="other-pools"),
        "a guest": guest_session(),
        "another provider's": federated_session(),
    }


class _Stage:
    def __init__(self, script: Script, make: Callable[[Ports], Any]) -> None:
        self.ports = Ports(clock=Clock(), traits=script.traits)
        if script.stored:
            self.ports.stored(expired=True)
        self.flow = make(self.ports)
        self.heard: list[Event] = []
        self.debugged: list[Event] = []
        self.results: list[object] = []
        self.flow.subscribe(self.heard.append)
        self.flow.subscribe(self.debugged.append, debug=True)
        self.call: Callable[[str], object] = lambda method: None
        for effect, reply in script.replies:
            self.ports.provider.on(effect, self._replying(reply) if isinstance(reply, Aside) else reply)

    def _replying(self, aside: Aside) -> Reply:
        def reply(effect: Effect, vault: Vault) -> object:
            try:
                self.results.append(("aside", plain(self.call(aside.method))))
            except AuthFlowError as error:
                self.results.append(("aside", plain(error)))
            return aside.then(effect, vault) if aside.then else self.ports.provider.succeed(effect, vault)

        return reply

    def prepare(self, step: Step) -> None:
        if isinstance(step, Advance):
            self.ports.clock.now += step.seconds
        elif isinstance(step, Fail):
            if step.failing:
                self.ports.store.failing[step.operation] = OSError("broken")
            else:
                self.ports.store.failing.pop(step.operation, None)
        elif isinstance(step, Store):
            self.ports.store.session = _sessions(self.ports)[step.who]

    def trace(self) -> Trace:
        return Trace(
            results=tuple(self.results),
            events=tuple(_of(event) for event in self.heard),
            debug=tuple(_of(event) for event in self.debugged),
            snapshot=self.flow.snapshot().to_json(),
            calls=tuple(type(call).__name__ for call in self.ports.provider.calls),
            stored=self.ports.store.session is not None,
        )


def _of(event: Event) -> object:
    return event.kind, data_of(event), event.sequence, event.rev, event.at, event.flow_id


def _run_blocking(script: Script) -> Trace:
    stage = _Stage(script, Ports.blocking)
    stage.call = lambda method: getattr(stage.flow, method)()
    for step in script.steps:
        if isinstance(step, Do):
            try:
                found = getattr(stage.flow, step.method)(*step.arguments, **dict(step.keywords))
                stage.results.append(plain(found))
            except AuthFlowError as error:
                stage.results.append(plain(error))
        else:
            stage.prepare(step)
    return stage.trace()


async def _awaited(found: object) -> object:
    return await found if inspect.isawaitable(found) else found


async def _run_async(script: Script) -> Trace:
    stage = _Stage(script, Ports.asynchronous)

    async def elsewhere(method: str) -> object:
        found: Awaitable[object] = getattr(stage.flow, method)()
        return await found

    stage.call = lambda method: anyio.from_thread.run(elsewhere, method)
    for step in script.steps:
        if isinstance(step, Do):
            try:
                found = await _awaited(getattr(stage.flow, step.method)(*step.arguments, **dict(step.keywords)))
                stage.results.append(plain(found))
            except AuthFlowError as error:
                stage.results.append(plain(error))
        else:
            stage.prepare(step)
    return stage.trace()


# What each class of effect may be answered with, for scripts that are made up

_REFUSALS: Final = tuple(
    refusing(code)
    for code in (
        ErrorCode.NOT_AUTHORIZED,
        ErrorCode.CODE_MISMATCH,
        ErrorCode.USER_NOT_CONFIRMED,
        ErrorCode.PASSWORD_RESET_REQUIRED,
        ErrorCode.USER_NOT_FOUND,
        ErrorCode.NOT_SENT,
        ErrorCode.OUTCOME_UNKNOWN,
        ErrorCode.SECRET_GONE,
    )
)
_ISSUING: Final = (
    effects.InitiateAuth,
    effects.RespondToPasswordVerifier,
    effects.RespondToAuthChallenge,
    effects.RespondToDeviceSrpAuth,
    effects.RespondToDevicePasswordVerifier,
)
_ODD: Final[tuple[Reply, ...]] = (raising(RuntimeError("foreign")), outcome(outcomes.SignUpConfirmed))


def _succeed(effect: Effect, vault: Vault) -> Outcome:
    return ScriptedProvider(Clock()).succeed(effect, vault)


def replies_to(effect: type[Effect]) -> list[Reply | Aside]:
    """Returns what may come of an effect."""
    found: list[Reply | Aside] = [_succeed, *_REFUSALS, *_ODD]
    if effect in _ISSUING:
        names: Iterable[str] = (
            "SMS_MFA",
            "NEW_PASSWORD_REQUIRED",
            "NOBODY_HAS_MET_IT",
            "PASSWORD_VERIFIER",
            "DEVICE_SRP_AUTH",
            "DEVICE_PASSWORD_VERIFIER",
            "EMAIL_OTP",
        )
        found += [challenging(name) for name in names]
        found += [
            challenging("SELECT_CHALLENGE", options=("EMAIL_OTP", "PASSWORD")),
            challenging("MFA_SETUP", options=("SOFTWARE_TOKEN_MFA",)),
            challenging("MFA_SETUP", options=("EMAIL_OTP", "SOFTWARE_TOKEN_MFA")),
        ]
    # Not while a sign-out is under way: a second one joins it, and would wait for the call that makes it.
    if effect not in (effects.GlobalSignOut, effects.RevokeToken, effects.Discard):
        found += [Aside("cancel"), Aside("sign_out"), Aside("close")]
    return found
