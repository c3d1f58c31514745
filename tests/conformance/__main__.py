"""`make test-aws`: the conformance scripts on a user pool of yours, beside the local pool. See docs/conformance.md."""

import signal
import sys
from types import FrameType
from typing import Any, Final, NoReturn

import click

from authflow.adapters.config import PoolConfig, load_config
from authflow.errors import ConfigurationError
from tests.conformance.needs import messages, waits, why_not
from tests.conformance.running import Interrupted, Row, Time, every_script, play
from tests.conformance.service import PREFIX, Service, new_run
from tests.e2e.second_opinion import Json

_ASK: Final = (
    "AUTHFLOW_AWS_CONFIG is not set: nothing is run. Set it to the path of an awsconfiguration.json (or"
    " amplify_outputs.json, amplifyconfiguration.json) of a user pool that tests may use; see docs/conformance.md."
)
_NO_CREDENTIALS: Final = (
    "There are no AWS credentials for the administrator's calls: set AUTHFLOW_AWS_PROFILE to a profile that has them,"
    " or sign in as for any AWS tool."
)
_NOT_AGREED: Final = "Nobody said yes, so nothing is run: answer y, or set AUTHFLOW_AWS_YES=1 where nobody can answer."


@click.command(context_settings={"auto_envvar_prefix": "AUTHFLOW_AWS"})
@click.option("--config", type=click.Path(dir_okay=False), help="The user pool's configuration.")
@click.option("--profile", help="The AWS profile whose credentials administer it.")
@click.option("--endpoint-url", help="Where it is, if not at AWS.")
@click.option("--only", default="", help="Only scripts whose names have this in them.")
@click.option("--patience", default=120.0, show_default=True, help="How many seconds a script may wait.")
@click.option("--yes", is_flag=True, help="Do not ask before it begins.")
@click.option("--sweep", is_flag=True, help="Play nothing: delete whom earlier runs have left.")
def conformance(
    config: str | None,
    profile: str | None,
    endpoint_url: str | None,
    only: str,
    patience: float,
    yes: bool,
    sweep: bool,
) -> None:
    """Play the conformance scripts on a user pool of yours, beside the local pool.

    Every option can be said by the environment as well, as AUTHFLOW_AWS_CONFIG and so on.
    """
    if config is None:
        raise click.UsageError(_ASK)
    service = _service(config, profile, endpoint_url)
    found = _asked(service.described)
    if sweep:
        _finish(_swept(service, _asked(service.left_behind)), [])
        return
    chosen, skipped = [], []
    for name, script in every_script().items():
        if only not in name:
            continue
        reason = why_not(script, found, patience)
        chosen += [script] if reason is None else []
        skipped += [Row(name=name, outcome="skipped", says=(reason,))] if reason is not None else []
    _say_what_comes(service, chosen, found.pool.get("LambdaConfig") or {})
    if not yes and not _agreed():
        raise click.ClickException(_NOT_AGREED)
    _play(service, chosen, skipped)


def _service(config: str, profile: str | None, endpoint_url: str | None) -> Service:
    try:
        loaded = load_config(config, **({"endpoint": endpoint_url} if endpoint_url else {}))
    except ConfigurationError as error:
        raise click.ClickException(error.message) from None
    return Service(
        config=loaded,
        users=_client("cognito-idp", loaded, profile),
        identities=_client("cognito-identity", loaded, profile),
    )


def _client(name: str, config: PoolConfig, profile: str | None) -> Any:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ProfileNotFound

    try:
        session = boto3.Session(profile_name=profile)
    except ProfileNotFound:
        raise click.ClickException(f"AUTHFLOW_AWS_PROFILE names {profile}, and there is no such AWS profile.") from None
    if session.get_credentials() is None:
        raise click.ClickException(_NO_CREDENTIALS)
    patient = Config(retries={"mode": "standard", "total_max_attempts": 5})
    return session.client(name, region_name=config.region, endpoint_url=config.endpoint, config=patient)  # type: ignore[call-overload]  # by one of two names


def _asked(call: Any) -> Any:
    """Asks the service something before anything is done.

    Raises:
        ClickException: it refuses, or does not answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        raise click.ClickException(f"The credentials cannot {error.operation_name} there: {code}.") from None
    except BotoCoreError as error:
        raise click.ClickException(f"Nobody answers there ({type(error).__name__}).") from None


def _say_what_comes(service: Service, chosen: list[Json], triggers: Json) -> None:
    config = service.config
    people = sum(len({"$ana", "$bo"} & set(str(script).replace("'", " ").split())) for script in chosen)
    where = config.endpoint or f"AWS, {config.region}"
    click.echo(f"{len(chosen)} scripts, on {config.user_pool_id} with the app client {config.client_id} ({where}).")
    click.echo(f"- They make up to {people} users, {PREFIX}..., and delete each as soon as its script is over.")
    click.echo(
        f"- Up to {people} count as monthly active users, and {sum(map(messages, chosen))} messages may be sent,"
    )
    click.echo("  all of them e-mail to Amazon SES's mailbox simulator; neither is undone by deleting the users.")
    if any("identity_pool" in script for script in chosen):
        click.echo("- Identities are made in the identity pool, given AWS credentials that nobody uses, and deleted.")
    if triggers:
        click.echo(f"- The pool's triggers run: {', '.join(sorted(triggers))}.")
    click.echo(f"- Nothing of the pool's settings is changed. {sum(map(waits, chosen)):.0f} seconds are spent waiting.")


def _agreed() -> bool:
    return sys.stdin.isatty() and click.confirm("Go on?")


def _swept(service: Service, names: list[str]) -> tuple[str, ...]:
    left = []
    for name in names:
        problem = service.delete(name)
        click.echo(f"left by an earlier run: {name}, {'deleted' if problem is None else problem}")
        left += [f"{name} ({problem})"] if problem is not None else []
    return tuple(left)


def _play(service: Service, chosen: list[Json], skipped: list[Row]) -> None:
    run, rows = new_run(), list(skipped)
    before = signal.signal(signal.SIGTERM, _interrupt)
    left: tuple[str, ...] = ()
    try:
        left = _swept(service, _asked(lambda: service.left_behind(old=True)))
        for row in play(chosen, service, run, Time()):
            rows.append(row)
            _tell(row)
    except Interrupted as broken:
        left += broken.left
    finally:
        signal.signal(signal.SIGTERM, before)
        left += _swept(service, _asked(lambda: service.left_behind(run)))
    for row in skipped:
        _tell(row)
    _finish(left, rows)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


_COLOURS: Final = {"same": "green", "different": "red", "failed": "red", "skipped": None}


def _tell(row: Row) -> None:
    does = ", ".join(row.steps) if row.outcome != "skipped" else row.says[0]
    click.echo(f"{click.style(f'{row.outcome:<10}', fg=_COLOURS[row.outcome])} {row.name}: {does}")
    for says in row.says if row.outcome != "skipped" else ():
        click.echo(f"           {says}")
    for name in row.left:
        click.echo(f"           still there: {name}")


def _finish(left: tuple[str, ...], rows: list[Row]) -> None:
    everybody = [*left, *(name for row in rows for name in row.left)]
    counts = {outcome: sum(row.outcome == outcome for row in rows) for outcome in _COLOURS}
    if rows:
        click.echo(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + ".")
    if everybody:
        raise click.ClickException(
            f"{len(everybody)} could not be deleted; `make test-aws AUTHFLOW_AWS_SWEEP=1` tries again: "
            + ", ".join(everybody)
        )
    click.echo("Nobody that was made is left.")
    if counts["different"] or counts["failed"]:
        sys.exit(1)


if __name__ == "__main__":
    conformance()
