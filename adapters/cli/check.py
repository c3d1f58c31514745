"""`authflow check`: says what is wrong with machines, by row, and what a configuration leaves of them."""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import attrs
import click

from authflow.adapters.cli.machines_of import in_one_line, load_declared
from authflow.adapters.cli.printing import printable, say, wrapped
from authflow.errors import ConfigurationError
from authflow.machine import Machine
from authflow.region import Region

if TYPE_CHECKING:
    from authflow.adapters.config import PoolConfig
    from authflow.check import Finding, Pool, Reachable, Subject
    from authflow.values import Settings

_COLOURS: Final = {"error": "red", "note": "yellow"}


@click.command()
@click.option("--config", type=click.Path(dir_okay=False), help="A configuration: say what can be reached with it.")
@click.option("--section", metavar="NAME", default="Default", show_default=True, help="Which section of it is used.")
@click.option(
    "--settings", "wanted", metavar="MODULE:NAME", help="The Settings of your flows, whose regions are checked."
)
@click.option("--machines", "reference", metavar="MODULE:NAME", help="Regions or machines of your own.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def check(
    ctx: click.Context, config: str | None, section: str, wanted: str | None, reference: str | None, form: str
) -> None:
    """Verify every machine and the flow, before anything runs. Nobody is called, and nothing is changed.

    Regions of your own follow the flow's: those that are named, and those of your Settings. Machines take the place of
    shipped ones of the same name, or join the others. Rows are counted from 0.

    The exit status is 0 where all is well but for notes, 1 where there are errors, 2 where there is nothing to check or
    the command is not used as it is meant.
    """
    from authflow.check import check as checked
    from authflow.check import is_error

    settings = _settings(wanted)
    if wanted is not None and config is None and not settings.regions:
        raise click.UsageError("--settings says what is wanted of a pool: it goes with --config, or has regions.")
    subject = _subject(load_declared(reference) if reference is not None else (), settings.regions)
    try:
        findings, states = checked(subject), None
    except Exception as error:  # what an application declares may be wrong in ways that no rule has
        raise _CannotRead(f"The machines cannot be checked: {in_one_line(error)}") from error
    if config is not None:
        about, states = _of_configuration(subject, config, section, settings)
        findings = (*findings, *about)
    if form == "json":
        click.echo(json.dumps(_told(findings, states), indent=2))
    else:
        _say(findings, states, subject.machines)
    ctx.exit(1 if any(map(is_error, findings)) else 0)


def _subject(declared: Sequence[Machine | Region], wanted: Sequence[Region] = ()) -> "Subject":
    """Returns what is checked: what is named, and the regions of the settings that are not."""
    from authflow.adapters.cognito.provider import CALLS
    from authflow.adapters.texts_english import ENGLISH
    from authflow.check import of_the_flow, with_machines, with_regions

    named = [one for one in declared if isinstance(one, Region)]
    regions = (*named, *(one for one in wanted if all(one is not other for other in named)))
    # A machine whose region is there as well is checked with it.
    whole = [region.machine for region in regions]
    bare = (one for one in declared if isinstance(one, Machine))
    machines = tuple(one for one in bare if all(one is not machine for machine in whole))
    flow = of_the_flow(performed=CALLS.keys(), phrases=ENGLISH.keys())
    return with_regions(with_machines(flow, machines), regions)


def _settings(reference: str | None) -> "Settings":
    from authflow.adapters.cli.machines_of import found_at
    from authflow.values import DEFAULTS, Settings

    if reference is None:
        return DEFAULTS
    found = found_at(reference)
    if not isinstance(found, Settings):
        raise click.BadParameter(f"{reference} is no authflow.values.Settings.")
    return found


class _CannotRead(click.ClickException):
    """There is nothing to check."""

    exit_code = 2


def _of_configuration(
    subject: "Subject", config: str, section: str, settings: "Settings"
) -> "tuple[tuple[Finding, ...], tuple[Reachable, ...] | None]":
    """Returns what is wrong with a configuration, and what can be reached with it; None where it cannot be used."""
    from authflow.adapters.provision.examine import examine
    from authflow.adapters.provision.findings import is_problem
    from authflow.adapters.provision.subject import subject_of
    from authflow.check import Finding, contradictions, on_pool, reachable

    try:
        examined = subject_of(config, section)
    except ConfigurationError as error:
        raise _CannotRead(error.message) from None
    told = [
        Finding(rule=_rule(one.id), file=config, says=f"{one.key}: {one.says} {one.remedy}")
        for one in filter(is_problem, examine(examined))
    ]
    if examined.config is None:
        return tuple(told), None
    pool = _pool(examined.config, settings)
    return (*told, *contradictions(pool)), reachable(on_pool(subject, pool))


def _rule(id: str) -> str:
    """Returns the name of a rule of configurations, all of which begin in the same way."""
    return f"configuration.{id.removeprefix('configuration.')}"


def _pool(config: "PoolConfig", settings: "Settings") -> "Pool":
    from authflow.check import Pool

    return Pool(traits=config.traits, identity_pool=config.identity_pool_id is not None, settings=settings)


def _told(findings: "Sequence[Finding]", states: "Sequence[Reachable] | None") -> dict[str, object]:
    told: dict[str, object] = {"findings": [attrs.asdict(finding) for finding in findings]}
    if states is not None:
        told["reachable"] = {
            one.machine: {
                "by_users": _names(one.by_users),
                "by_programs": _names(one.by_programs),
                "never": _names(one.never),
            }
            for one in states
        }
    return told


def _names(states: Sequence[StrEnum]) -> list[str]:
    return [state.name for state in states]


def _say(findings: "Sequence[Finding]", states: "Sequence[Reachable] | None", machines: Sequence[Machine]) -> None:
    for finding in findings:
        severity = finding.severity.value
        for line in wrapped(f"{severity}: {printable(finding.where)} [{finding.rule}]", hanging="  "):
            click.secho(line, fg=_COLOURS[severity], bold=True)
        say(printable(finding.says), "  ")
    for one in states or ():
        _say_reachable(one)
    from authflow.check.own import rows_of

    rows = sum(len(rows_of(machine)) for machine in machines)
    click.echo(f"{len(machines)} machines, {rows} rows: {_counted(findings)}.")


def _say_reachable(one: "Reachable") -> None:
    click.secho(one.machine, bold=True)
    for words, states in (
        ("reached", one.by_users),
        ("by programs only", one.by_programs),
        ("never", one.never),
    ):
        if states:
            for line in wrapped(f"{words:<18}{', '.join(_names(states))}", "  ", " " * 20):
                click.echo(line)


def _counted(findings: "Sequence[Finding]") -> str:
    counts = [
        f"{count} {severity}{'s' if count > 1 else ''}"
        for severity in _COLOURS
        if (count := sum(finding.severity.value == severity for finding in findings))
    ]
    return " and ".join(counts) if counts else "nothing is wrong"
