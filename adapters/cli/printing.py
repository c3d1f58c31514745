"""What every command shares: text that a terminal can show, and errors in one line."""

import os
import shutil
import sys
from io import TextIOWrapper
from textwrap import wrap
from typing import Final, TypedDict

import click

from authflow.errors import AuthFlowError


class _Wrapping(TypedDict):
    replace_whitespace: bool
    drop_whitespace: bool
    break_long_words: bool
    break_on_hyphens: bool


# How `textwrap` leaves columns and names alone.
WHOLE: Final = _Wrapping(replace_whitespace=False, drop_whitespace=True, break_long_words=False, break_on_hyphens=False)

_NARROWEST: Final = 20


def columns() -> int:
    """Returns how long a line may be: some terminals break one that fills their last column."""
    return max(_NARROWEST, shutil.get_terminal_size().columns - 1)


def wrapped(words: str, indent: str = "", hanging: str | None = None) -> list[str]:
    """Returns words as lines that fit the terminal.

    Args:
        words: what to say.
        indent: what stands before the first line.
        hanging: what stands before the others; None for the same.
    """
    below = indent if hanging is None else hanging
    return wrap(words, columns(), initial_indent=indent, subsequent_indent=below, **WHOLE)


def say(words: str, indent: str = "", *, fg: str | None = None, dim: bool | None = None) -> None:
    """Prints words on lines that fit the terminal, all of them indented."""
    for line in wrapped(words, indent):
        click.secho(line, fg=fg, dim=dim)


def printable(text: str) -> str:
    r"""Returns `text` with control characters made visible: what a service sends must not steer the terminal.

    Example:
        >>> printable("a\x1b[2Jb")
        'a\\x1b[2Jb'
    """
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def prepare_output() -> None:
    """Makes output safe on any terminal: an encoding without arrows shows a question mark instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def wants_colour() -> bool | None:
    """Returns whether to colour: no where the user says so (https://no-color.org), else None, as the terminal takes."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return False if plain else None


def one_line(error: AuthFlowError) -> str:
    """Returns an error as one line: its sentence and its code."""
    return f"{printable(error.message)} ({error.code.value})"


class Failure(click.ClickException):
    """A command that cannot go on: one line on standard error, exit code 1."""

    @classmethod
    def of(cls, error: AuthFlowError) -> "Failure":
        """Returns the failure that an error of authflow stands for."""
        return cls(one_line(error))
