"""``authflow pool``: the local user pool at a terminal."""

import logging
import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from authflow.adapters.local_pool import LocalPool, Message


@click.group()
def pool() -> None:
    """A local Cognito user pool: a test tool and a demo, never a production identity provider."""


@pool.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=0, show_default="a free one", help="Port on 127.0.0.1.")
@click.option("--file", type=click.Path(dir_okay=False), help="SQLite file for users; memory without.")
@click.option("--test-controls", is_flag=True, help="Also serve /outbox, /clock and /faults.")
@click.option("--quickstart/--no-quickstart", default=True, show_default=True, help="Make a pool if there is none.")
def serve(port: int, file: str | None, test_controls: bool, quickstart: bool) -> None:
    """Serve user pools until interrupted, and print every code they would send."""
    from authflow.adapters.local_pool import LocalPool, StorageError
    from authflow.adapters.local_pool.server import NOTICE

    try:
        service = LocalPool(file=file)
    except StorageError as error:
        raise click.ClickException(str(error)) from error
    with service:
        # The server logs the same sentence, which Python would print a second time if nobody handles logs.
        logging.getLogger("authflow.adapters.local_pool").addHandler(logging.NullHandler())
        click.secho(NOTICE, fg="yellow", err=True)
        if quickstart and not _pools(service):
            service.quickstart(required_attributes=("email",))
        service.on_message(_show)
        try:
            server = service.serve(port, test_controls=test_controls)
        except OSError as error:
            raise click.ClickException(f"port {port} cannot be used: {error}") from error
        click.echo(f"URL         {server.url}")
        _describe(service)
        try:
            _until_interrupted()
        except KeyboardInterrupt:
            click.echo("stopped", err=True)


def _until_interrupted() -> None:
    while True:
        time.sleep(3600)  # unlike waiting for an event, interruptible on every platform


def _pools(service: "LocalPool") -> list[str]:
    return [found["Id"] for found in service.call("ListUserPools", {"MaxResults": 60})["UserPools"]]


def _describe(service: "LocalPool") -> None:
    for pool_id in _pools(service):
        click.echo(f"user pool   {pool_id}")
        for listed in service.call("ListUserPoolClients", {"UserPoolId": pool_id})["UserPoolClients"]:
            names = {"UserPoolId": pool_id, "ClientId": listed["ClientId"]}
            client = service.call("DescribeUserPoolClient", names)["UserPoolClient"]
            click.echo(f"client id   {client['ClientId']}")
            if "ClientSecret" in client:
                click.echo(f"secret      {client['ClientSecret']}")


def _show(message: "Message") -> None:
    to = f"{message.medium:<5} to {message.destination} for {message.username}"
    click.echo(f"{to}: {message.purpose} {message.link or message.code}")
