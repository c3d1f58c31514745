"""`authflow init`: asks what a user pool shall be, makes it with what belongs to it, and writes its configuration."""

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import click

from authflow.adapters.cli.keyboard import Keyboard
from authflow.adapters.cli.printing import Failure, printable, say, wrapped
from authflow.adapters.provision.plan import PROVIDERS, Kind, Step, plan
from authflow.adapters.provision.questions import LOCAL_SES, QUESTIONS, Question, pending, secrets_wanted, wishes_of
from authflow.adapters.provision.social import SOCIAL
from authflow.adapters.provision.wishes import Wishes, check, problems
from authflow.errors import InvalidInput
from authflow.secrets import Secret

if TYPE_CHECKING:
    from authflow.adapters.provision.execute import ProvisioningStopped, Report
    from authflow.adapters.provision.services import Services

_LONGEST_CHOICES: Final = 60  # what must be typed can be looked up with --help, too
_Command = Callable[..., None]
_PUBLIC_CLIENT: Final = (
    "An app on a device or in a browser cannot keep a secret: whoever has the app has it. So there is none unless "
    "you say --secret yes, for a server."
)


def _options(command: _Command) -> _Command:
    for question in reversed(QUESTIONS):
        told = [question.asks, *([f"({question.choices})"] if question.among else [])]
        default = f"[default: {question.default or 'none'}]"
        command = click.option(question.option, question.name, help=" ".join([*told, default]))(command)
    return command


@click.command()
@_options
@click.option("--yes", is_flag=True, help="Ask nothing: what is not said by an option is as its default.")
@click.option("--dry-run", is_flag=True, help="Show what would be made, and a CloudFormation template; call nobody.")
@click.option("--local", is_flag=True, help="Make it on a local pool instead of AWS. With --file.")
@click.option("--file", type=click.Path(dir_okay=False), help="The SQLite file of the local pool.")
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
    if local != (file is not None) and not dry_run:
        raise click.UsageError("--local and --file go together: the local pool is kept in that file.")
    keyboard = Keyboard()
    answers = _given(options)
    if not yes:
        _ask(answers, keyboard, local=local)
    wishes = wishes_of(answers, {} if dry_run else _secrets(answers, keyboard, ask=not yes))
    check(wishes, local=local)
    if local and "EMAIL" in wishes.mfa_methods and wishes.ses_identity is None:
        wishes = attrs.evolve(wishes, ses_identity=LOCAL_SES)
    steps = plan(wishes)
    if dry_run:
        _show(steps, wishes)
        return
    if local:
        _check_local(steps)
    with ExitStack() as ends:
        services = None if local else _aws(profile, region)
        if not yes:
            _confirm(steps, keyboard, where=f"in {services.region}" if services is not None else f"in {file}")
        overwriting = _Overwriting(force, None if yes else keyboard)
        services = services or _local(ends, str(file))
        _carry_out(wishes, steps, services, directory, overwriting, adopt=adopt)
    _what_next(wishes, directory, file, profile)


def _check_local(steps: tuple[Step, ...]) -> None:
    """Refuses what the local pool lacks before its file is made."""
    from authflow.adapters.provision.execute import check_local

    check_local(steps)


def _given(options: dict[str, str | None]) -> dict[str, str]:
    by_name = {question.name: question for question in QUESTIONS}
    return {name: by_name[name].read(typed) for name, typed in options.items() if typed is not None}


def _ask(answers: dict[str, str], keyboard: Keyboard, *, local: bool) -> None:
    """Asks what is not answered yet; an answer that cannot be is asked for again."""
    while (question := pending(answers)) is not None:
        try:
            typed = keyboard.line(_prompt(question))
        except (EOFError, KeyboardInterrupt):
            raise Failure("Nothing was made: not all was answered. --yes takes the defaults.") from None
        problem = _problem(question, typed or question.default, answers, local=local)
        if problem:
            say(problem, "  ", fg="yellow")
    click.echo()


def _secrets(answers: dict[str, str], keyboard: Keyboard, *, ask: bool) -> dict[str, Secret[str]]:
    """Takes the secrets of apps at other providers from the environment, or asks; an option would be seen by others."""
    found: dict[str, Secret[str]] = {}
    for name in secrets_wanted(answers):
        variable = f"AUTHFLOW_{SOCIAL[name].short.upper()}_SECRET"
        given = os.environ.get(variable, "")
        if not given and ask:
            with suppress(EOFError, KeyboardInterrupt):
                given = keyboard.hidden(f"The secret of your app at {name}? (or set {variable}): ")
        if not given:
            raise Failure(f"The secret of your app at {name} is needed: set {variable}.")
        found[name] = Secret(given)
    return found


def _prompt(question: Question) -> str:
    among = f" ({question.choices})" if 0 < len(question.choices) <= _LONGEST_CHOICES else ""
    known = f" [{question.default}]" if question.default else ""
    return f"{question.asks}{among}{known}: "


def _problem(question: Question, typed: str, answers: dict[str, str], *, local: bool) -> str | None:
    """Keeps the answer if it can be, and returns what is wrong with it otherwise."""
    try:
        answers[question.name] = question.read(typed)
        named = _FIELDS.get(question.name, question.name)
        found = next((says for field, says in problems(wishes_of(answers), local=local) if field == named), None)
    except InvalidInput as error:  # what an option says of something else may still be asked for
        found = error.message if error.info.field == question.name else None
    if found is not None:
        answers.pop(question.name, None)
    return found


# The wish that an answer is about, where the two have different names.
_FIELDS: Final = {
    "name": "project",
    "sign_in": "sign_in_with",
    "verify_by": "verification",
    "password_length": "password_policy",
}


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
        question = f"Replace {names}? What they hold is kept beside them."
        if self._keyboard is None or not _agreed(self._keyboard, question):
            raise refusal(paths)
        self._allowed = True


def _aws(profile: str | None, region: str | None) -> "Services":
    from authflow.adapters.provision.services import aws_services

    return aws_services(profile=profile, region=region)


def _local(ends: ExitStack, file: str) -> "Services":
    from authflow.adapters.local_pool import LocalPool, StorageError
    from authflow.adapters.provision.services import local_services

    try:
        pool = ends.enter_context(LocalPool(file))
    except StorageError as error:
        raise Failure(f"{error}") from error
    return local_services(pool)


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

    progress = _Progress(len(steps))
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

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._done = 0

    def tell(self, report: "Report") -> None:
        from authflow.adapters.provision.execute import NOUNS

        self._done += 1
        what = f"{NOUNS[report.step.kind]} {report.step.name}"
        sign, became = ("✓", "made") if report.made else ("·", "there already")
        named = "" if report.step.kind in _NAMELESS else f": {report.identifier}"
        click.echo(f"{sign} {self._done}/{self._steps} {printable(what)} {became}{printable(named)}")
        for drift in report.drift:
            say(
                f"{drift.key} is {_value(drift.found)}, not {_value(drift.wished)}; it was left so.",
                "      ",
                fg="yellow",
            )


# What is known by what it belongs to.
_NAMELESS: Final = frozenset({Kind.SECOND_FACTORS, *PROVIDERS, Kind.DOMAIN, Kind.ROLES})


def _value(value: object) -> str:
    return "not set" if value is None else printable(str(value))


def _say_stopped(stopped: "ProvisioningStopped") -> None:
    from authflow.adapters.provision.execute import NOUNS

    made = [
        f"{NOUNS[report.step.kind]} {report.step.name} ({report.identifier})" for report in stopped.done if report.made
    ]
    if not made:
        click.echo("Nothing was made.", err=True)
        return
    click.echo(f"Made before that, and still there: {', '.join(made)}.", err=True)
    click.echo("Correct what is said below and run the same command again: it goes on from there.", err=True)


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
        click.echo(
            f"{'✓' if written.changed else '·'} {written.path} {'written' if written.changed else 'is right'}{kept}"
        )
    if AMPLIFY_OUTPUTS not in files:
        stays = ", and the one that is there stays" if (directory / AMPLIFY_OUTPUTS).exists() else ""
        say(f"{AMPLIFY_OUTPUTS} has no place for a client secret: it is left out{stays}. Keep the others on a server.")
    if not changed and not any(report.made for report in reports):
        drifted = any(report.drift for report in reports)
        click.echo(f"Nothing to do: all of it is there{', and what differs was left as it is' if drifted else ''}.")


def _what_next(wishes: Wishes, directory: Path, file: str | None, profile: str | None) -> None:
    config = f"--config {directory / 'awsconfiguration.json'}"
    by_link = " --confirm-by-link" if wishes.verification == "link" else ""
    at = "" if file is None else " --endpoint-url URL"
    if file is not None:
        click.echo(f"serve it    authflow pool serve --file {file}")
    click.echo(f"check it    authflow doctor {config} --live{at}{f' --profile {profile}' if profile else ''}")
    click.echo(f"try it      authflow run {config}{at}{by_link}")
