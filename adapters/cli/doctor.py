"""`authflow doctor`: says what a configuration makes impossible or contradictory, before a user finds out."""

import json
from typing import TYPE_CHECKING, Final

import attrs
import click

from authflow.adapters.cli.printing import printable, say
from authflow.adapters.provision.findings import Finding, is_problem, worst_first
from authflow.adapters.provision.subject import Subject, subject_of
from authflow.errors import AuthFlowError, ConfigurationError

if TYPE_CHECKING:
    from authflow.adapters.config import PoolConfig

_COLOURS: Final = {"impossible": "red", "contradictory": "yellow", "advice": None}


@click.command()
@click.option("--config", type=click.Path(dir_okay=False), required=True, help="The configuration file.")
@click.option("--section", metavar="NAME", default="Default", show_default=True, help="Which section of it is used.")
@click.option("--live", is_flag=True, help="Compare it with the pool itself, which needs AWS credentials.")
@click.option("--endpoint-url", metavar="URL", help="Where Cognito is: an emulator. With --live.")
@click.option("--profile", metavar="NAME", help="The profile of your AWS configuration. With --live.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def doctor(
    ctx: click.Context,
    config: str,
    section: str,
    live: bool,
    endpoint_url: str | None,
    profile: str | None,
    as_json: bool,
) -> None:
    """Examine a configuration, and with --live the pool that it names. Nothing is changed.

    The exit status is 0 where all is well but for advice, 1 where there are problems, 2 where the file cannot be read.
    """
    from authflow.adapters.provision.examine import examine

    if not live and (endpoint_url is not None or profile is not None):
        raise click.UsageError("--endpoint-url and --profile say where the pool is: they go with --live.")
    try:
        subject = subject_of(config, section)
    except ConfigurationError as error:
        raise _CannotRead(error.message) from None
    findings = examine(subject)
    if live and subject.config is not None:
        try:
            findings = worst_first((*findings, *_live(subject, subject.config, endpoint_url, profile)))
        except AuthFlowError:
            if not as_json:  # what the file alone gives away is said before that the pool cannot be asked
                _tell(findings, config, asked=False)
            raise
    if as_json:
        click.echo(json.dumps({"findings": [attrs.asdict(finding) for finding in findings]}, indent=2))
    else:
        _tell(findings, config, asked=live and subject.config is not None)
    ctx.exit(1 if any(map(is_problem, findings)) else 0)


class _CannotRead(click.ClickException):
    """There is nothing to examine."""

    exit_code = 2


def _live(subject: Subject, config: "PoolConfig", endpoint_url: str | None, profile: str | None) -> tuple[Finding, ...]:
    from authflow.adapters.provision.compare import compare
    from authflow.adapters.provision.consult import consult
    from authflow.adapters.provision.services import aws_services

    # The configuration takes plain http for this machine and its neighbours alone: that is an emulator.
    emulator = config.endpoint if config.endpoint is not None and config.endpoint.startswith("http:") else None
    services = aws_services(profile=profile, region=config.region, endpoint_url=endpoint_url or emulator)
    domain = subject.pages.domain if subject.pages is not None else ""
    return compare(subject, config, consult(config, services, domain=domain))


def _tell(findings: tuple[Finding, ...], config: str, *, asked: bool) -> None:
    for finding in findings:
        colour = _COLOURS[finding.severity.value]
        click.secho(f"{finding.severity.value}: {printable(finding.key)} [{finding.id}]", fg=colour, bold=True)
        say(f"{printable(finding.says)} {printable(finding.remedy)}", "  ")
    problems = sum(map(is_problem, findings))
    where = f"{config} and its pool" if asked else config
    if problems:
        click.echo(f"{where}: {problems} problem{'s' if problems > 1 else ''}.")
    else:
        click.echo(f"{where}: no problems.")
