"""`authflow run`: a frontend for the terminal that draws nothing but snapshots.

It needs no screen, challenge or action by name, and so it shows those it has never heard of; for a few it has words of
its own.
"""

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import click

from authflow.adapters.cli.form import NotNow, Value, fill_in
from authflow.adapters.cli.keyboard import Keyboard
from authflow.adapters.cli.printing import columns, printable, say
from authflow.adapters.cli.rendering import action_lines, choices, screen_lines
from authflow.adapters.cli.words import label, news
from authflow.adapters.cli.worlds import WORLDS, World
from authflow.adapters.oauth.addresses import is_loopback
from authflow.app import AuthFlow
from authflow.errors import AuthFlowError, ConfigurationError, ErrorInfo, RevisionConflict
from authflow.frontend.forms import FieldOptions, Form, Forms
from authflow.frontend.snapshot import Action, Doing, Snapshot
from authflow.ports import Browser
from authflow.states import FlowStatus, SignInState
from authflow.values import Settings

if TYPE_CHECKING:
    from authflow.adapters.local_pool import Message
    from authflow.events import Event

_HELP: Final = (
    "Type the number of an action, or its first letters; Enter takes the one that is marked with it.",
    "Fields are asked for in order. [In brackets] stands what Enter takes; what is secret is not shown.",
    "Ctrl-C leaves the fields; here it quits, like q. ? shows this.",
)
_INTRODUCTION: Final = (
    "A user pool in this process, for trying things out: what it knows ends with this program.",
    "{says}",
    "What it sends arrives here (✉), as on a phone beside you. ? for help, q to quit.",
)
_YES: Final = frozenset({"", "y", "yes"})
_QUIT: Final = frozenset({"q", "quit", "exit"})
# No question for a person: the tokens are revoked.
_FORMS: Final[Forms] = {"sign_out": Form(fields={"invalidate_tokens": FieldOptions(hidden=True)})}
_ENDPOINT: Final = ("keywords", "endpoint")  # how the configuration's errors name the option
_PURPOSES: Final = {"invitation": "temporary password"}


_KINDS: Final = "\b\nKinds of local pools:\n" + "\n".join(
    f"  {name:<13} {world.says}" for name, world in WORLDS.items()
)


@click.command(epilog=_KINDS)
@click.option(
    "--config",
    type=click.Path(dir_okay=False),
    help="awsconfiguration.json, amplifyconfiguration.json or amplify_outputs.json of a real pool.",
)
@click.option("--endpoint-url", metavar="URL", help="Where Cognito is: an emulator or a proxy. With --config.")
@click.option(
    "--kind",
    type=click.Choice(list(WORLDS)),
    metavar="KIND",
    help="Which kind of local pool to try, without --config; see below.  [default: usual]",
)
@click.option("--confirm-by-link", is_flag=True, help="The pool of --config confirms registrations by a link.")
@click.option("--events", is_flag=True, help="Show the events behind what happens.")
def run(config: str | None, endpoint_url: str | None, kind: str | None, confirm_by_link: bool, events: bool) -> None:
    """Sign up, sign in and out in this terminal.

    Without --config, on a local pool in this process, which shows what it sends. What you type into secret fields is
    not shown, and nothing is stored.
    """
    if config is None and endpoint_url is not None:
        raise click.UsageError("--endpoint-url says where the pool of a --config is; give both.")
    if config is not None and kind is not None:
        raise click.UsageError("--kind chooses a local pool, and --config names a real one; give one of them.")
    if config is None and confirm_by_link:
        raise click.UsageError("--confirm-by-link goes with --config; a local pool of that sort is --kind link.")
    from authflow.adapters.oauth import SystemBrowser

    with ExitStack() as ends:
        if config is not None:
            settings = Settings(confirm_by_link=confirm_by_link)
            flow = ends.enter_context(_configured_flow(config, endpoint_url, settings))
        else:
            flow = _local_flow(WORLDS[kind or "usual"], ends)
        if events:
            flow.subscribe(_show_event)
        Terminal(flow, Keyboard(), SystemBrowser()).run()


def _configured_flow(config: str, endpoint_url: str | None, settings: Settings) -> AuthFlow:
    if endpoint_url is not None and "://" not in endpoint_url:
        raise _bad_endpoint("is no URL; write it with http:// or https://.")
    try:
        return AuthFlow.from_config(config, endpoint_url=endpoint_url, settings=settings, forms=_FORMS)
    except ConfigurationError as error:
        if (error.source, error.key) != _ENDPOINT:
            raise
        refused = _bad_endpoint(error.message.partition(f"{error.key} ")[2])
    raise refused


def _bad_endpoint(problem: str) -> click.UsageError:
    return click.UsageError(f"--endpoint-url {problem}")


def _local_flow(world: World, ends: ExitStack) -> AuthFlow:
    from authflow.adapters.local_pool import LocalPool

    pool = ends.enter_context(LocalPool())
    world.open(pool)
    if world.settings.confirm_by_link or world.pool.get("oauth"):
        pool.serve()  # so that the links, and the way to the sign-in pages, lead somewhere
    pool.on_message(_show_message)
    for sentence in _INTRODUCTION:
        say(sentence.format(says=world.says), dim=True)
    return ends.enter_context(world.flow(pool, forms=_FORMS))


def _show_message(message: "Message") -> None:
    medium = {"EMAIL": "e-mail", "SMS": "text message"}.get(message.medium, message.medium)
    what = _PURPOSES.get(message.purpose, "link" if message.link else "code")
    text = message.link or message.code
    say(f"✉ {medium} to {printable(message.destination)}: {what} {text}", "  ", fg="magenta")


def _show_event(event: "Event") -> None:
    from authflow.adapters.cli.event_lines import event_line

    click.secho(event_line(event, columns(), "  "), dim=True)


class Terminal:
    """Draws snapshots and submits what is chosen, until the flow is closed, the input ends or the user quits.

    Args:
        flow: the flow.
        keyboard: what the person types.
        browser: shows pages, and catches the way back to this machine; without it, the person pastes the way back.
    """

    def __init__(self, flow: AuthFlow, keyboard: Keyboard, browser: Browser | None = None) -> None:
        self._flow = flow
        self._keyboard = keyboard
        self._browser = browser
        self._offered: str | None = None
        self._problem: ErrorInfo | None = None
        self._heard: list[Event] = []

    def run(self) -> None:
        """Runs until the end. Whatever the flow refuses is shown, and ends nothing."""
        self._flow.subscribe(self._heard.append)
        self._start()
        try:
            while (snapshot := self._flow.snapshot()).status is not FlowStatus.closed:
                self._draw(snapshot)
                if self._goes_on_in_the_browser(snapshot):
                    continue
                action = self._choose(snapshot)
                if action is not None:
                    self._do(action, snapshot)
        except _Quit:
            pass
        except (EOFError, KeyboardInterrupt):
            click.echo("")
        click.echo("Bye.")

    def _start(self) -> None:
        """Does what there is to do before anybody is asked: a flow that is starting has one thing to begin with."""
        snapshot = self._flow.snapshot()
        possible = choices(snapshot)
        if snapshot.status is FlowStatus.starting and possible and not possible[0].fields:
            self._submit(possible[0], {}, snapshot)

    def _draw(self, snapshot: Snapshot) -> None:
        for line in screen_lines(snapshot):
            click.echo(line)
        self._show_totp(snapshot)
        for line in action_lines(snapshot, self._problem or snapshot.error):
            click.echo(line)
        self._problem = None

    def _show_totp(self, snapshot: Snapshot) -> None:
        """Shows the secret of an authenticator app that is being set up: the one step that has to show one."""
        if not snapshot.shows_totp:
            return
        setup = self._flow.totp_setup()
        begin = "Type"
        with suppress(AuthFlowError):  # without the library that draws it, the secret is typed in
            # Half of the margin is enough, and a terminal has few lines.
            for line in setup.qr_text().reveal().splitlines()[1:-2]:
                click.echo(line)
            begin = "Or type"
        say(f"{begin} this into the app: {printable(setup.secret.reveal())}")

    def _goes_on_in_the_browser(self, snapshot: Snapshot) -> bool:
        """Offers this machine's browser, once, where a sign-in goes on in one and its way back can be caught here."""
        challenge, action = snapshot.challenge, snapshot.action("confirm_sign_in")
        if self._browser is None or challenge is None or challenge.state is not SignInState.hostedUI or action is None:
            return False
        url, back = challenge.parameters["URL"], challenge.parameters["REDIRECT_URI"]
        if url == self._offered or not is_loopback(back):
            return False
        self._offered = url
        try:
            typed = self._keyboard.line("\n     Open it in the browser of this machine, and wait for it? [Y/n]: ")
            if typed.strip().lower() not in _YES:
                return False
            say("Waiting for the browser. Ctrl-C: not now", "     ", dim=True)
            answer = self._browser.visit(url, back)
        except KeyboardInterrupt:
            click.echo("")
        except AuthFlowError as left:
            self._problem = left.info
        else:
            self._submit(action, {"answer": answer}, snapshot)
        return True

    def _choose(self, snapshot: Snapshot) -> Action | None:
        """Returns the chosen action; None to look again, where there is nothing to choose."""
        possible = choices(snapshot)
        while True:
            typed = self._keyboard.line("\n> ").strip().lower()
            if typed in _QUIT:
                raise _Quit
            if typed == "?":
                for sentence in _HELP:
                    say(sentence)
            elif not typed and not possible:
                return None
            elif not typed and possible[0].primary and possible[0].doing is not Doing.destroys:
                return possible[0]
            elif (found := _named(typed, possible, snapshot.screen)) is not None:
                return found
            else:
                say(f"Type one of the {len(possible)} numbers above, ? for help, q to quit.")

    def _do(self, action: Action, snapshot: Snapshot) -> None:
        if action.fields:
            leave = click.style("   Ctrl-C: not now", dim=True) if self._keyboard.interactive else ""
            click.echo(click.style(f"\n     {label(action, snapshot.screen)}", bold=True) + leave)
        try:
            values = fill_in(action, self._keyboard, self._flow.check)
        except (KeyboardInterrupt, NotNow):
            click.echo("")
            return
        self._submit(action, values, snapshot)

    def _submit(self, action: Action, values: Mapping[str, Value], snapshot: Snapshot) -> None:
        self._heard.clear()
        try:
            after = self._flow.submit(action.id, values, rev=snapshot.rev)
        except RevisionConflict:
            say("Meanwhile this has changed: look again.", "  ", fg="yellow")
        except AuthFlowError as error:
            self._problem = error.info
        else:
            self._tell(action, snapshot, after)
        for sentence in (sentence for event in self._heard for sentence in news(event)):
            say(printable(sentence), "  ", fg="yellow")

    @staticmethod
    def _tell(action: Action, before: Snapshot, after: Snapshot) -> None:
        if action.primary and before.status is after.status is FlowStatus.waiting_external:
            say("Not confirmed yet.", "  ", fg="yellow")
        elif action.doing is not Doing.nothing:
            say(f"✓ {label(action, before.screen)}", "  ", fg="green")


class _Quit(Exception):
    """The user has had enough."""


def _named(typed: str, possible: list[Action], screen: StrEnum) -> Action | None:
    if typed.isdecimal():
        return possible[int(typed) - 1] if 0 < int(typed) <= len(possible) else None
    meant = [
        action
        for action in possible
        if typed and typed in (action.id[: len(typed)], label(action, screen).lower()[: len(typed)])
    ]
    return meant[0] if len(meant) == 1 else None
