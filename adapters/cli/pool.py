"""``authflow pool``: the local user pool at a terminal."""

import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from authflow.adapters.local_pool import LocalPool, Message
    from authflow.adapters.local_pool.records import Json

# What says of which kind a new pool is: (argument of `LocalPool.quickstart`, option).
_KIND: Final = {
    "mfa": "--mfa",
    "first_factors": "--first-factor",
    "devices": "--devices",
    "confirm_with_link": "--confirm-with-link",
    "oauth": "--oauth",
    "providers": "--provider",
    "callback_urls": "--callback-url",
    "logout_urls": "--logout-url",
    "identity_pool": "--identity-pool",
}
_USERS: Final = "users"


@click.group()
def pool() -> None:
    """A local Cognito user pool: a test tool and a demo, never a production identity provider."""


@pool.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=0, show_default="a free one", help="Port on 127.0.0.1.")
@click.option("--file", type=click.Path(dir_okay=False), help="SQLite file for users; memory without.")
@click.option("--test-controls", is_flag=True, help="Also serve /outbox, /clock, /faults, ...")
@click.option("--quickstart/--no-quickstart", default=True, show_default=True, help="Make a pool if there is none.")
@click.option("--mfa", type=click.Choice(["OFF", "OPTIONAL", "ON"]), help="Second factors of a pool made here.")
@click.option(
    "--first-factor",
    "first_factors",
    type=click.Choice(["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]),
    multiple=True,
    help="What its users may choose to sign in with; repeatable.",
)
@click.option("--devices", type=click.Choice(["always", "on_prompt"]), help="Whether it remembers devices.")
@click.option("--confirm-with-link", is_flag=True, help="Whether it confirms sign-ups by link.")
@click.option("--identity-pool", type=click.Choice([_USERS, "guests"]), help="Whom an identity pool is made for.")
@click.option("--oauth", is_flag=True, help="Whether it has a domain with sign-in pages (OAuth 2.0).")
@click.option("--provider", "providers", multiple=True, help="An identity provider there, such as Google; repeatable.")
@click.option("--callback-url", "callback_urls", multiple=True, help="Where its pages send users back; repeatable.")
@click.option("--logout-url", "logout_urls", multiple=True, help="Where they go after signing out; repeatable.")
@click.option(
    "--write",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a configuration there: an awsconfiguration.json or amplifyconfiguration.json if the file is named so,"
    " otherwise an amplify_outputs.json.",
)
def serve(
    port: int, file: str | None, test_controls: bool, quickstart: bool, write: Path | None, **wanted: object
) -> None:
    """Serve user pools until interrupted, and print every code they would send.

    With --write, `authflow run --config FILE --endpoint-url URL` uses the pool and the app client that were made last.
    """
    from authflow.adapters.local_pool import LocalPool, StorageError
    from authflow.adapters.local_pool.server import NOTICE

    kind = {name: True if value == _USERS else value for name, value in wanted.items() if value}
    if kind and not quickstart:
        raise click.UsageError(f"{_options(kind)}: with --no-quickstart no pool is made. Leave one of them out.")
    try:
        service = LocalPool(file=file)
    except StorageError as error:
        raise click.ClickException(str(error)) from error
    with service:
        # The server logs the same sentence, which Python would print a second time if nobody handles logs.
        logging.getLogger("authflow.adapters.local_pool").addHandler(logging.NullHandler())
        click.secho(NOTICE, fg="yellow", err=True)
        if quickstart:
            _make(service, kind)
        service.on_message(_show)
        try:
            server = service.serve(port, test_controls=test_controls)
        except OSError as error:
            raise click.ClickException(f"port {port} cannot be used: {error}") from error
        by_link = write is not None and _write(service, write)  # first of all: it may fail
        click.echo(f"URL         {server.url}")
        _describe(service)
        if write is not None:
            options = " --confirm-by-link" if by_link else ""
            click.echo(f"try it      authflow run --config {write} --endpoint-url {server.url}{options}")
        try:
            _until_interrupted()
        except KeyboardInterrupt:
            click.echo("stopped", err=True)


def _options(kind: Mapping[str, object]) -> str:
    return ", ".join(option for name, option in _KIND.items() if name in kind)


def _make(service: "LocalPool", kind: Mapping[str, Any]) -> None:
    """Makes a pool of that kind where there is none; one that a file has already stays as it is, and that is said."""
    from authflow.adapters.local_pool import PoolError

    if _pools(service):
        if kind:
            click.echo(f"{_options(kind)}: without effect, since the file has a user pool already.", err=True)
        return
    try:
        service.quickstart(required_attributes=("email",), **kind)
    except PoolError as error:
        raise click.ClickException(error.message) from error


def _until_interrupted() -> None:
    while True:
        time.sleep(3600)  # unlike waiting for an event, interruptible on every platform


def _pools(service: "LocalPool") -> list[str]:
    return [found["Id"] for found in service.call("ListUserPools", {"MaxResults": 60})["UserPools"]]


def _clients(service: "LocalPool", pool_id: str) -> "list[Json]":
    listed = service.call("ListUserPoolClients", {"UserPoolId": pool_id})["UserPoolClients"]
    names = [{"UserPoolId": pool_id, "ClientId": client["ClientId"]} for client in listed]
    return [service.call("DescribeUserPoolClient", name)["UserPoolClient"] for name in names]


def _describe(service: "LocalPool") -> None:
    for pool_id in _pools(service):
        click.echo(f"user pool   {pool_id}")
        domain = service.call("DescribeUserPool", {"UserPoolId": pool_id})["UserPool"].get("Domain")
        if domain:
            click.echo(f"domain      {service.domain_url(domain)}")
        for client in _clients(service, pool_id):
            click.echo(f"client id   {client['ClientId']}")
            if "ClientSecret" in client:
                click.echo(f"secret      {client['ClientSecret']}")
            identity_pool_id = service.identity_pool_of(client["ClientId"])
            if identity_pool_id is not None:
                click.echo(f"identities  {identity_pool_id}")


def _write(service: "LocalPool", file: Path) -> bool:
    """Writes a configuration for the pool and the app client that were made last.

    Returns:
        Whether the pool confirms registrations by a link, for which the file has no place.
    """
    from authflow.adapters.local_pool import amplify_outputs, aws_configuration

    forms = {"awsconfiguration": aws_configuration.described, "amplifyconfiguration": aws_configuration.gen_1}
    described = next((form for name, form in forms.items() if file.name.startswith(name)), amplify_outputs.described)
    clients = [client for pool_id in _pools(service)[-1:] for client in _clients(service, pool_id)]
    if not clients:
        raise click.ClickException("--write needs a user pool with an app client, and there is none")
    name = {"UserPoolId": clients[-1]["UserPoolId"]}
    user_pool, mfa = service.call("DescribeUserPool", name)["UserPool"], service.call("GetUserPoolMfaConfig", name)
    try:
        base = service.domain_url(user_pool["Domain"]) if user_pool.get("Domain") else None
        told = described(user_pool, clients[-1], mfa, base, identity_pool=_identity_pool(service, clients[-1]))
        content = json.dumps(told, indent=2)
        file.write_text(f"{content}\n", encoding="utf-8")
    except ValueError as error:
        raise click.ClickException(f"{error}.") from error
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error
    return bool(user_pool.get("VerificationMessageTemplate", {}).get("DefaultEmailOption") == "CONFIRM_WITH_LINK")


def _identity_pool(service: "LocalPool", client: "Json") -> "Json | None":
    found = service.identity_pool_of(client["ClientId"])
    return service.identity_call("DescribeIdentityPool", {"IdentityPoolId": found}) if found is not None else None


def _show(message: "Message") -> None:
    to = f"{message.medium:<5} to {message.destination} for {message.username}"
    click.echo(f"{to}: {message.purpose} {message.link or message.code}")
