"""Where the demo's story is played: the devices, the steps with what they must lead to, and who tells of them."""

from collections.abc import Callable, Mapping, Sequence
from textwrap import fill
from typing import Final, Protocol

import attrs
import click

from authflow import events
from authflow.adapters.cli.event_lines import cloud_event_line, event_line, kinds_line, paths
from authflow.adapters.cli.printing import WHOLE, Failure, printable
from authflow.adapters.cli.worlds import World
from authflow.adapters.local_pool import LocalPool
from authflow.adapters.stores.memory import MemoryDeviceStore, MemoryTokenStore
from authflow.adapters.texts import CATALOGUE, challenge_title, text
from authflow.app import AuthFlow
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo
from authflow.events import Event
from authflow.frontend.snapshot import Snapshot
from authflow.ports import TokenStore
from authflow.states import ScreenState, UserState

Doing = Callable[[AuthFlow], object]


@attrs.frozen(kw_only=True)
class Answer:
    """What a flow answered to one step.

    Args:
        snapshot: what it would have drawn afterwards.
        error: what it refused or failed with; None when it did not.
        events: what its subscribers heard, in order.
        pool_id: the user pool that it happened on.
    """

    snapshot: Snapshot
    error: ErrorInfo | None
    events: tuple[Event, ...]
    pool_id: str

    def sentence(self) -> str:
        """Returns the answer in words, as a frontend would show it."""
        screen = text(f"screen.{self.snapshot.screen}")
        return " ".join(self._refusal(self.error) if self.error else [*self._news(), *self._asked()]) + f" [{screen}]"

    @staticmethod
    def _refusal(error: ErrorInfo) -> list[str]:
        recovery = text(f"recovery.{error.recovery.value}")
        return [f"{error.code.value}: {printable(error.message).rstrip('.')}.", *([recovery] if recovery else [])]

    def _news(self) -> list[str]:
        news = [_NEWS[type(event)] for event in self.events if type(event) in _NEWS]
        user = text(f"user.{self.snapshot.user_state.value}")
        if self.snapshot.challenge is None and not self.snapshot.delivery:
            who = f" as {self.snapshot.username}" if self.snapshot.user_state is UserState.signedIn else ""
            news.append(f"{user.capitalize()}{who}.")
        return news

    def _asked(self) -> list[str]:
        challenge, stands = self.snapshot.challenge, self.snapshot.error
        asked = [CATALOGUE.error(stands)] if stands is not None else []
        if challenge is not None:
            asked.append(f"{challenge_title(challenge.name, challenge.state)}.")
            if challenge.required_attributes:
                asked.append(f"Also wanted: {', '.join(challenge.required_attributes)}.")
        if self.snapshot.delivery is not None:
            asked.append(CATALOGUE.delivered(self.snapshot))
        return asked


_NEWS: Final[Mapping[type[Event], str]] = {
    events.SignUpCompleted: "The account is confirmed.",
    events.PasswordResetCompleted: "The new password is set.",
    events.SessionRefreshed: "There are new tokens.",
}


class Teller(Protocol):
    """Who tells the story."""

    def opening(self) -> None:
        """Says what will be seen."""

    def part(self, world: World) -> None:
        """Begins a part: another user pool, with other rules."""

    def chapter(self, title: str) -> None:
        """Begins a chapter."""

    def aside(self, says: str) -> None:
        """Tells of something that happens outside the flow."""

    def step(self, says: str, answer: Answer) -> None:
        """Tells of a step and what the flow made of it."""

    def paths(self, stage: "Stage") -> None:
        """Shows the way through each machine that a part took."""

    def closing(self, stages: "Sequence[Stage]", *, seconds: float) -> None:
        """Sums up."""


class Stage:
    """The devices on which the story is played, each with a flow of its own, all on one user pool.

    `stores` has each device's token store; what a chapter puts there beforehand is used.

    Args:
        pool: the service.
        world: the kind of user pool and application.
        teller: hears of every step.
    """

    def __init__(self, pool: LocalPool, world: World, teller: Teller) -> None:
        self.pool = pool
        self.pool_id = world.open(pool)
        self._world = world
        self.heard: dict[str, list[Event]] = {}
        self.steps = 0
        self.refusals = 0
        self._teller = teller
        self.stores: dict[str, TokenStore] = {}
        self._flows: dict[str, AuthFlow] = {}
        self._told: dict[str, int] = {}

    def aside(self, says: str) -> None:
        """Tells of something that happens outside the flow."""
        self._teller.aside(says)

    def admin(self, operation: str, **parameters: object) -> Mapping[str, object]:
        """Does what an administrator does in the pool's console."""
        return self.pool.call(operation, {"UserPoolId": self.pool_id, **parameters})

    def fact(self, says: str, found: object, wanted: object = True) -> None:
        """Tells of something that can be seen beside the flow.

        Args:
            says: what is to be seen.
            found: what is seen.
            wanted: what must be.

        Raises:
            Failure: it is not so.
        """
        self._teller.aside(says)
        self._demand(says, "fact", str(wanted), str(found))

    def step(
        self,
        says: str,
        do: Doing,
        screen: ScreenState,
        *,
        refused: ErrorCode | None = None,
        user: UserState | None = None,
        challenge: str | None = None,
        device: str = "laptop",
    ) -> None:
        """Plays one step.

        Args:
            says: who does what.
            do: does it.
            screen: the screen that must come of it.
            refused: the error that must come of it; None when it must succeed.
            user: the user state that must come of it, if it matters.
            challenge: the challenge that must come of it.
            device: where it happens.

        Raises:
            Failure: the flow did something else.
        """
        flow = self._flow(device)
        error = None
        try:
            do(flow)
        except AuthFlowError as raised:
            error = raised.info
        shot = flow.snapshot()
        heard = self.heard[device]
        new = tuple(heard[self._told[device] :])
        self._teller.step(says, Answer(snapshot=shot, error=error, events=new, pool_id=self.pool_id))
        self._told[device] = len(heard)
        self.steps += 1
        self.refusals += error is not None
        asked = shot.challenge.name if shot.challenge is not None else None
        self._demand(says, "screen", screen.value, str(shot.screen))
        self._demand(says, "error", refused.value if refused else None, error.code.value if error else None)
        self._demand(says, "challenge", challenge, asked)
        self._demand(says, "user", (user or shot.user_state).value, shot.user_state.value)

    def close(self) -> None:
        """Closes the flows."""
        for flow in self._flows.values():
            flow.close()

    def _flow(self, device: str) -> AuthFlow:
        if device not in self._flows:
            store = self.stores.setdefault(device, MemoryTokenStore())
            flow = self._flows[device] = self._world.flow(
                self.pool, device_store=MemoryDeviceStore(), token_store=store
            )
            self._told[device] = 0
            heard = self.heard[device] = []
            flow.subscribe(heard.append)
        return self._flows[device]

    @staticmethod
    def _demand(says: str, what: str, wanted: str | None, found: str | None) -> None:
        if wanted != found:
            raise Failure(f'At "{says}" the {what} should be {wanted or "none"}, and is {found or "none"}.')


class JsonTeller:
    """Prints the events, one line of JSON each, and nothing else."""

    def __init__(self) -> None:
        self._number = 0

    def opening(self) -> None:
        """Says nothing."""

    def part(self, world: World) -> None:
        """Says nothing."""

    def chapter(self, title: str) -> None:
        """Says nothing."""

    def aside(self, says: str) -> None:
        """Says nothing."""

    def step(self, says: str, answer: Answer) -> None:
        """Prints the events."""
        for event in answer.events:
            self._number += 1
            click.echo(cloud_event_line(event, pool=answer.pool_id, event_id=str(self._number)))

    def paths(self, stage: Stage) -> None:
        """Says nothing."""

    def closing(self, stages: Sequence[Stage], *, seconds: float) -> None:
        """Says nothing."""


_LONG_WAYS: Final = ("sign_in", "account")
_REGIONS: Final = ("user", "sign_in", "sign_up", "forgot_password", "session", "account", "identity", "screen")


class PlainTeller:
    """Tells the story for reading.

    Args:
        width: how many columns there are.
        events: whether to show the events behind each step; None for their kinds alone.
    """

    def __init__(self, width: int, *, events: bool | None = None) -> None:
        self._width = width
        self._events = events
        self._chapters = 0

    def opening(self) -> None:
        """Says what will be seen."""
        click.secho("authflow: every flow, against a user pool in this process", bold=True)
        self._say("▸ what a person does", indent=2)
        self._say("✓ what the flow answers  ✗ what it refuses, as it should  [the screen to show]", indent=4)
        if self._events:
            self._say("the events behind it: number, kind, data", indent=5, dim=True)
        elif self._events is None:
            self._say("the kinds of the events behind it (--events shows them whole)", indent=6, dim=True)

    def part(self, world: World) -> None:
        """Begins a part: another user pool, with other rules."""
        click.echo()
        self._say(f"═══ {world.says}", fg="magenta", bold=True)

    def chapter(self, title: str) -> None:
        """Begins a chapter."""
        self._chapters += 1
        heading = f"{self._chapters}  {title} "
        click.echo()
        click.secho(heading + "─" * (self._width - len(heading)), fg="cyan", bold=True)

    def aside(self, says: str) -> None:
        """Tells of something that happens outside the flow."""
        self._say(f"· {says}", indent=2)

    def step(self, says: str, answer: Answer) -> None:
        """Tells of a step and what the flow made of it."""
        self._say(f"▸ {says}", indent=2, bold=True)
        if answer.error is None:
            self._say(f"✓ {answer.sentence()}", indent=4, fg="green")
        else:
            self._say(f"✗ {answer.sentence()}", indent=4, fg="yellow")
        for event in answer.events if self._events else ():
            click.secho(event_line(event, self._width, " " * 5), dim=True)
        if self._events is None and (told := kinds_line(answer.events)):
            self._say(told, indent=6, dim=True)

    def paths(self, stage: Stage) -> None:
        """Shows the way through each machine, device by device; in short, through the longest two."""
        regions = _REGIONS if self._events else _LONG_WAYS
        for device, heard in stage.heard.items():
            walked = paths(heard)
            shown = [region for region in regions if region in walked]
            if shown:
                click.echo()
                click.secho(f"  The path through each machine, on the {device}", fg="cyan")
            for region in shown:
                self._path(region, walked[region])

    def closing(self, stages: Sequence[Stage], *, seconds: float) -> None:
        """Sums up."""
        count = sum(len(heard) for stage in stages for heard in stage.heard.values())
        steps, refusals = sum(stage.steps for stage in stages), sum(stage.refusals for stage in stages)
        calls = sum(len(stage.pool.requests) for stage in stages)
        click.echo()
        self._say(
            f"{steps} steps ({refusals} refused, as they should be), {count} events, {calls} calls, "
            f"{seconds:.1f} s: all as expected.",
            bold=True,
        )
        self._say("Next: `authflow run`, where you are the user yourself.")

    def _path(self, region: str, states: list[str]) -> None:
        click.echo(
            fill(" → ".join(states), self._width, initial_indent=f"  {region:<17}", subsequent_indent=" " * 19, **WHOLE)
        )

    def _say(
        self, words: str, *, indent: int = 0, fg: str | None = None, bold: bool | None = None, dim: bool | None = None
    ) -> None:
        start = " " * indent
        hanging = start + "  " if indent else ""
        click.secho(
            fill(words, self._width, initial_indent=start, subsequent_indent=hanging, **WHOLE),
            fg=fg,
            bold=bold,
            dim=dim,
        )
