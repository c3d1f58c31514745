"""The fields of an action, asked for one after the other; what is known to be wrong is asked for again."""

from collections.abc import Callable, Mapping
from typing import Final

import click

from authflow.adapters.cli.keyboard import Keyboard
from authflow.adapters.cli.printing import printable, say
from authflow.adapters.texts import text
from authflow.frontend.fields import Field, FieldCheck, FieldKind
from authflow.frontend.snapshot import Action

Value = str | bool
# Answers what is wrong with values of an action: a flow's `check`.
Check = Callable[[str, Mapping[str, object]], tuple[FieldCheck, ...]]

_YES: Final = frozenset({"y", "yes", "true", "1"})
_INDENT: Final = " " * 5
_NOT_TYPED: Final = (
    "A browser or a device makes this answer; a terminal cannot. Paste it as JSON, or leave it empty to go back."
)
_NO: Final = frozenset({"n", "no", "false", "0"})


class NotNow(Exception):
    """The user leaves the fields."""


def fill_in(action: Action, keyboard: Keyboard, check: Check) -> dict[str, Value]:
    """Asks for every field of `action` and returns the values.

    Args:
        action: what is to be done.
        keyboard: whom to ask.
        check: tells at once what is known to be wrong with a value.

    Raises:
        EOFError: there is no more input.
        KeyboardInterrupt: the user does not want to answer.
        NotNow: the same, where only a machine has the answer.
    """
    values: dict[str, Value] = {}
    for field in action.fields:
        if field.matches is not None and field.matches not in values:
            continue  # nothing was typed that could be typed again
        value = _ask(action, field, values, keyboard, check)
        if value is not None:
            values[field.name] = value
    return values


def _ask(action: Action, field: Field, typed: Mapping[str, Value], keyboard: Keyboard, check: Check) -> Value | None:
    ask = _ASKS.get(field.kind, _text)
    while True:
        value = ask(field, keyboard)
        if value is None and not field.required and field.matches is None:
            return None
        given = {**typed, field.name: value} if value is not None else typed
        found = _verdict(check(action.id, given), field)
        if found is None or found.ok is not False:
            return value
        say(_objection(found), _INDENT, fg="yellow")


def _credential(field: Field, keyboard: Keyboard) -> str:
    say(_NOT_TYPED, _INDENT)
    typed = _text(field, keyboard)
    if not typed:
        raise NotNow
    return typed


def _text(field: Field, keyboard: Keyboard) -> str | None:
    known = field.value if isinstance(field.value, str) else None
    hint = f" [{known}]" if known else "" if field.required else " (optional)"
    prompt = f"     {_label(field)}{hint}: "
    typed = keyboard.hidden(prompt) if field.secret else keyboard.line(prompt)
    return typed or known


def _label(field: Field) -> str:
    return printable(field.label if field.label is not None else text(field.label_key))


def _choice(field: Field, keyboard: Keyboard) -> str | None:
    """Lists what can be chosen, by number; nothing typed means what is filled in beforehand."""
    values = [option.value for option in field.options]
    for number, option in enumerate(field.options, start=1):
        detail = f" ({option.detail})" if option.detail else ""
        click.echo(f"     {number}  {printable(text(option.label_key) + detail)}")
    known = values.index(field.value) + 1 if field.value in values else None
    hint = f" [{known}]" if known else "" if field.required else " (optional)"
    while True:
        typed = keyboard.line(f"     {_label(field)}{hint}: ").strip()
        if not typed:
            return values[known - 1] if known else None
        if typed.isascii() and typed.isdecimal() and 1 <= int(typed) <= len(values):
            return values[int(typed) - 1]
        if typed in values:
            return typed
        click.secho("     Type one of the numbers.", fg="yellow")


def _yes_or_no(field: Field, keyboard: Keyboard) -> bool | None:
    known = bool(field.value)
    prompt = f"     {_label(field)}? [{'Y/n' if known else 'y/N'}]: "
    while True:
        typed = keyboard.line(prompt).strip().lower()
        if not typed:
            return known
        if typed in _YES | _NO:
            return typed in _YES
        click.secho("     Type y or n.", fg="yellow")


_ASKS: Final[Mapping[FieldKind, Callable[[Field, Keyboard], Value | None]]] = {
    FieldKind.boolean: _yes_or_no,
    FieldKind.choice: _choice,
    FieldKind.credential: _credential,
}


def _verdict(checks: tuple[FieldCheck, ...], field: Field) -> FieldCheck | None:
    return next((found for found in checks if found.field == field.name), None)


def _objection(found: FieldCheck) -> str:
    if found.unmet:
        numbers = {rule.rule: rule.number for rule in found.rules}
        unmet = (text(f"rule.{rule}", number=numbers.get(rule)) for rule in found.unmet)
        return f"Still needed: {', '.join(unmet)}."
    return found.problem or "This would not be taken."
