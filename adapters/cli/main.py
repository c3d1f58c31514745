"""`authflow`: the command line. What a command needs is imported when the command runs, so that help is quick."""

import importlib
from importlib.metadata import version
from typing import Final

import click

_COMMANDS: Final = {
    "demo": ("authflow.adapters.cli.demo", "Watch every flow at work against a local pool in this process."),
    "run": ("authflow.adapters.cli.terminal", "Sign up, sign in and out in this terminal."),
    "init": ("authflow.adapters.cli.init", "Make a user pool and what belongs to it, and write its configuration."),
    "doctor": (
        "authflow.adapters.cli.doctor",
        "Say what is wrong with a pool's configuration before a user finds out.",
    ),
    "check": ("authflow.adapters.cli.check", "Verify every machine and the flow, by row, before anything runs."),
    "graph": ("authflow.adapters.cli.graph", "Draw the machines, from the rows that run."),
    "pool": ("authflow.adapters.cli.pool", "A local Cognito user pool, for tests and demos."),
}


class _Lazy(click.Group):
    """A group that knows its commands' names and sentences, and imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(_COMMANDS[cmd_name][0])
        found = getattr(module, cmd_name)
        assert isinstance(found, click.Command)  # noqa: S101 - every module above defines one
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        from authflow.adapters.cli.printing import Failure, prepare_output, wants_colour
        from authflow.errors import AuthFlowError

        prepare_output()
        ctx.color = wants_colour()
        failed: Failure
        try:
            answer: object = super().invoke(ctx)
            return answer
        except AuthFlowError as error:
            failed = Failure.of(error)
        raise failed


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("cognito-authflow"), prog_name="authflow")
def main() -> None:
    """Amazon Cognito's sign-up, sign-in and password-reset flows as state machines.

    Begin with `authflow demo`: it needs no account and no network. Then `authflow run` lets you be the user yourself,
    and `authflow run --config amplify_outputs.json` signs in to a real pool.
    """
