"""`authflow init`: asks what a user pool shall be, makes it with what belongs to it, and writes its configuration."""

import shlex
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import click

from authflow.adapters.cli.keyboard import Keyboard
from authflow.adapters.cli.printing import Failure, printable, say, wrapped
from authflow.adapters.cli.questionnaire import ask, given, options_of_questions, provider_secrets
from authflow.adapters.provision.plan import PROVIDERS, Kind, Step, plan
from authflow.adapters.provision.questions import LOCAL_SES, wishes_of
from authflow.adapters.provision.wishes import Wishes, check

if TYPE_CHECKING:
    from authflow.adapters.provision.execute import ProvisioningStopped, Report
    from authflow.adapters.provision.services import Services

# Addresses of pages stand in the files, and so the port is known before anything is served.
_PORT: Final = 9229
_PUBLIC_CLIENT: Final = (
    "An app on a device or in a browser cannot keep a secret: whoever has the app has it. So there is none unless "
    "you say --secret yes, for a server."
)


@click.command()
@options_of_questions
@click.option("--yes", is_flag=True, help="Ask nothing: what is not said by an option is as its default.")
@click.option("--dry-run", is_flag=True, help="Show what would be made, and a CloudFormation template; call nobody.")
@click.option("--local", is_flag=True, help="Make it on a local pool instead of AWS. With --file.")
@click.option("--file", type=click.Path(dir_okay=False), help="The SQLite file of the local pool.")
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    help=f"The port that the local pool will be served on. With --local.  [default: {_PORT}]",
)
@click.option("--profile", metavar="NAME", help="The profile of your AWS configuration.")
@click.option("--region", metavar="REGION", help="The AWS region.  [default: the profile's]")
@click.option(
    "--directory",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    default=".",
    help="Where the files go.",
)
@click.option("--force", is_flag=True, help="Replace configuration files that hold something else; keep a copy.")
@click.option("--adopt", is_flag=True, help="Use what has the same name, though something else made it.")
def init(
    yes: bool,
    dry_run: bool,
    local: bool,
    file: str | None,
    port: int | None,
    profile: str | None,
    region: str | None,
    directory: Path,
    force: bool,
    adopt: bool,
    **options: str | None,
) -> None:
    """Make a user pool with an app client, sign-in pages and an identity pool, and write its configuration files.

    Nothing is ever deleted or changed: what is there is found again, and what differs is told. Run it again after a
    failure, and it goes on from there.
    """
    if local and (profile is not None or region is not None):
        raise click.UsageError("--local is no AWS: leave --profile and --region out.")
    if port is not None and not local:
        raise click.UsageError("--port is where the local pool will be served: it goes with --local.")
    if local != (file is not None) and not dry_run:
        raise click.UsageError("--local and --file go together: the local pool is kept in that file.")
    keyboard = Keyboard()
    answers = given(options)
    if not yes:
        ask(answers, keyboard, local=local)
    wishes = wishes_of(answers, {} if dry_run else provider_secrets(answers, keyboard, ask=not yes))
    check(wishes, local=local)
    if local and "EMAIL" in wishes.mfa_methods and wishes.ses_identity is None:
        wishes = attrs.evolve(wishes, ses_identity=LOCAL_SES)
    steps = plan(wishes)
    if dry_run:
        _show(steps, wishes)
        return
    with ExitStack() as ends:
        services = None if local else _aws(profile, region)
        if not yes:
            where = file if services is None else services.region
            _confirm(_shown(steps, local=local), keyboard, where=f"in {where}")
        overwriting = _Overwriting(force, None if yes else keyboard)
        services = services or _local(ends, str(file), _server(port or _PORT))
        _carry_out(wishes, steps, services, directory, overwriting, adopt=adopt)
    _what_next(wishes, directory, (file, port or _PORT) if file is not None else None, profile)


def _show(steps: tuple[Step, ...], wishes: Wishes) -> None:
    from authflow.adapters.provision.template import template_text

    _sentences(steps)
    if not wishes.secret:
        say(_PUBLIC_CLIENT, dim=True)
    click.echo("\nThe same as a CloudFormation template:\n")
    click.echo(template_text(steps))


def _sentences(steps: tuple[Step, ...]) -> None:
    for number, step in enumerate(steps, 1):
        for line in wrapped(f"{number}. {printable(step.says)}", hanging="   "):
            click.echo(line)


def _confirm(steps: tuple[Step, ...], keyboard: Keyboard, *, where: str) -> None:
    _sentences(steps)
    click.echo()
    if not _agreed(keyboard, f"Make these {where}? What is there already stays as it is."):
        raise Failure("Nothing was made.")


def _agreed(keyboard: Keyboard, question: str) -> bool:
    try:
        return keyboard.line(f"{question} [y/N]: ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        return False


class _Overwriting:
    """Whether files that hold something else may be replaced: as the option says, or as somebody answers, once."""

    def __init__(self, force: bool, keyboard: Keyboard | None) -> None:
        self._allowed = force
        self._keyboard = keyboard

    def demand(self, paths: list[Path]) -> None:
        """Asks, where there is something to ask about.

        Raises:
            AuthFlowError: they may not.
        """
        from authflow.adapters.provision.files import refusal

        if not paths or self._allowed:
            return
        names = ", ".join(path.name for path in paths)
        question = f"Replace {names}? What is there is kept beside it, as .bak."
        if self._keyboard is None or not _agreed(self._keyboard, question):
            raise refusal(paths)
        self._allowed = True


def _aws(profile: str | None, region: str | None) -> "Services":
    from authflow.adapters.provision.services import aws_services

    return aws_services(profile=profile, region=region)


def _server(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _local(ends: ExitStack, file: str, server: str) -> "Services":
    from authflow.adapters.local_pool import LocalPool, StorageError
    from authflow.adapters.provision.services import local_services

    try:
        pool = ends.enter_context(LocalPool(file))
    except StorageError as error:
        raise Failure(f"{error}") from error
    return local_services(pool, server)


def _carry_out(
    wishes: Wishes,
    steps: tuple[Step, ...],
    services: "Services",
    directory: Path,
    overwriting: _Overwriting,
    *,
    adopt: bool,
) -> None:
    from authflow.adapters.provision.execute import ProvisioningStopped, execute
    from authflow.adapters.provision.files import existing

    def before_making() -> None:
        overwriting.demand(existing(directory))

    progress = _Progress(len(_shown(steps, local=services.local)), services)
    try:
        reports = execute(steps, services, tell=progress.tell, adopt=adopt, before_making=before_making)
    except ProvisioningStopped as stopped:
        _say_stopped(stopped)
        raise
    except KeyboardInterrupt:
        raise Failure("Stopped. What stands above with ✓ was made; the same command goes on from there.") from None
    _write(wishes, reports, services, directory, overwriting)


class _Progress:
    """Shows each step as it comes."""

    def __init__(self, steps: int, services: "Services") -> None:
        self._steps = steps
        self._services = services
        self._done = 0

    def tell(self, report: "Report") -> None:
        from authflow.adapters.provision.execute import named

        if not _shown((report.step,), local=self._services.local):
            return
        self._done += 1
        sign, became = ("✓", "made") if report.made else ("·", "there already")
        _tell(f"{sign} {self._done}/{self._steps} {named(report.step)} {became}{self._named(report)}")
        for drift in report.drift:
            say(
                f"{drift.key} is {_value(drift.found)}, not {_value(drift.wished)}; it was left so.",
                "      ",
                fg="yellow",
            )

    def _named(self, report: "Report") -> str:
        if report.step.kind is Kind.DOMAIN:
            return f": {self._services.pages_url(report.identifier)}"
        return "" if report.step.kind in _NAMELESS else f": {report.identifier}"


# What is known by what it belongs to.
_NAMELESS: Final = frozenset({Kind.SECOND_FACTORS, *PROVIDERS, Kind.ROLES})
# What is only a name on a local pool, where nobody asks what a role allows.
_LOCAL_NAMES: Final = frozenset({Kind.SMS_ROLE, Kind.USERS_ROLE, Kind.GUESTS_ROLE})


def _shown(steps: tuple[Step, ...], *, local: bool) -> tuple[Step, ...]:
    return tuple(step for step in steps if not local or step.kind not in _LOCAL_NAMES)


def _tell(words: str) -> None:
    for line in wrapped(printable(words), hanging="      "):
        click.echo(line)


def _value(value: object) -> str:
    """Returns a setting as the files write it, without quotes; an attribute by its name."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        known = value.get("Name")
        pairs = (f"{name}: {_value(inner)}" for name, inner in value.items())
        return str(known) if known else f"{{{', '.join(pairs)}}}"
    return printable(str(value))


def _say_stopped(stopped: "ProvisioningStopped") -> None:
    from authflow.adapters.provision.execute import named

    made = [f"{named(report.step)} ({report.identifier})" for report in stopped.done if report.made]
    if not made:
        click.echo("Nothing was made.", err=True)
        return
    for words in (
        f"Made before that, and still there: {', '.join(made)}.",
        "Correct what is said below and run the same command again: it goes on from there.",
    ):
        for line in wrapped(words):
            click.echo(line, err=True)


def _write(
    wishes: Wishes,
    reports: "tuple[Report, ...]",
    services: "Services",
    directory: Path,
    overwriting: _Overwriting,
) -> None:
    from authflow.adapters.provision.files import AMPLIFY_OUTPUTS, contents, different, write

    files = contents(wishes, reports, services)
    overwriting.demand(different(directory, files))
    changed = False
    for written in write(directory, files, force=True):
        changed |= written.changed
        kept = f" (what it held is in {written.backup})" if written.backup else ""
        _tell(f"{'✓' if written.changed else '·'} {written.path} {'written' if written.changed else 'is right'}{kept}")
    if AMPLIFY_OUTPUTS not in files:
        stays = ", and the one that is there stays" if (directory / AMPLIFY_OUTPUTS).exists() else ""
        say(f"{AMPLIFY_OUTPUTS} has no place for a client secret: it is left out{stays}. Keep the others on a server.")
    if not changed and not any(report.made for report in reports):
        drifted = any(report.drift for report in reports)
        click.echo(f"Nothing to do: all of it is there{', and what differs was left as it is' if drifted else ''}.")


def _what_next(wishes: Wishes, directory: Path, served: tuple[str, int] | None, profile: str | None) -> None:
    config = f"--config {shlex.quote(str(directory / 'awsconfiguration.json'))}"
    by_link = " --confirm-by-link" if wishes.verification == "link" else ""
    at, using = "", f" --profile {shlex.quote(profile)}" if profile else ""
    if served is not None:
        file, port = served
        at = f" --endpoint-url {_server(port)}"
        click.echo(f"serve it    authflow pool serve --file {shlex.quote(file)} --port {port}")
    click.echo(f"check it    authflow doctor {config} --live{at}{using}")
    click.echo(f"try it      authflow run {config}{at}{by_link}")
