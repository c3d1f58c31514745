"""What a person types: prompts on a terminal, plain lines where input comes from a file or a pipe."""

import getpass
import sys

import click


class Keyboard:
    """Reads lines. On a terminal a hidden line is not echoed; elsewhere nothing that was read is.

    Attributes:
        interactive: whether somebody sits at a terminal.
    """

    def __init__(self) -> None:
        self.interactive = sys.stdin.isatty()
        if self.interactive:
            _edit_lines()

    def line(self, prompt: str) -> str:
        """Asks for a line and returns it.

        Raises:
            EOFError: there is no more input.
            KeyboardInterrupt: the user does not want to answer.
        """
        return input(prompt) if self.interactive else self._read(prompt)

    def hidden(self, prompt: str) -> str:
        """Asks for a line that must not be seen.

        Raises:
            EOFError: there is no more input.
            KeyboardInterrupt: the user does not want to answer.
        """
        return getpass.getpass(prompt) if self.interactive else self._read(prompt)

    @staticmethod
    def _read(prompt: str) -> str:
        click.echo(prompt, nl=False)
        line = sys.stdin.readline()
        click.echo()
        if not line:
            raise EOFError
        return line.rstrip("\r\n")


def _edit_lines() -> None:
    # `input` edits lines with it where Python has it; history would hold what was typed into fields.
    try:
        import readline
    except ImportError:
        return
    if hasattr(readline, "set_auto_history"):
        readline.set_auto_history(False)
