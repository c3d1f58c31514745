"""What is typed on a terminal, and what of it is seen."""

import io
import os
import select
import subprocess
import sys

import pytest

from authflow.adapters.cli.keyboard import Keyboard

pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX only")

PROGRAM = """
from authflow.adapters.cli.keyboard import Keyboard
keyboard = Keyboard()
print(keyboard.interactive, [keyboard.line("name: "), keyboard.hidden("secret: "), keyboard.line("again: ")] ==
      ["ana", "Correct-horse-9", "bo"])
import readline
print("history", readline.get_current_history_length())
"""


def test_a_secret_is_not_echoed_on_a_terminal_and_nothing_is_remembered() -> None:
    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    ) as program:
        os.close(terminal)
        told = _until(controller, "name: ")
        os.write(controller, b"ana\n")
        told += _until(controller, "secret: ")
        os.write(controller, b"Correct-horse-9\n")
        told += _until(controller, "again: ")
        os.write(controller, b"bo\n")
        told += _until(controller, "history 0")
    os.close(controller)
    assert program.returncode == 0
    assert "True True" in told
    assert "ana" in told
    assert "horse" not in told


def _until(terminal: int, sign: str) -> str:
    told = ""
    while sign not in told:
        if not select.select([terminal], [], [], 20)[0]:
            raise AssertionError(f"{sign!r} never came: {told}")
        try:
            told += os.read(terminal, 1024).decode()
        except OSError as ended:  # Linux says so when the program has closed its side
            raise AssertionError(f"{sign!r} never came: {told}") from ended
    return told


def test_elsewhere_lines_are_read_as_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(" ana \r\nsecret\nlast"))
    keyboard = Keyboard()
    assert not keyboard.interactive
    assert [keyboard.line("a: "), keyboard.hidden("b: "), keyboard.line("c: ")] == [" ana ", "secret", "last"]
    with pytest.raises(EOFError):
        keyboard.line("d: ")
    assert capsys.readouterr().out == "a: \nb: \nc: \nd: \n"
