"""The fields of an action, asked for one after the other; what is known to be wrong is asked for again."""

from collections.abc import Callable, Mapping
from typing import Final

import click

from authflow.adapters.cli.keyboard import Keyboard
from authflow.adapters.texts import text
from authflow.checking import FieldCheck
from authflow.fields import Field, FieldKind
from authflow.snapshot import Action

Value = str | bool
# Answers what is wrong with values of an action: a flow's `check`.
Check = Callable[[str, Mapping[str, object]], tuple[FieldCheck, ...]]

_YES: Final = frozenset({"y", "yes", "true", "1"})
_NO: Final = frozenset({"n", "no", "false", "0"})


def fill_in(action: Action, keyboard: Keyboard, check: Check) -> dict[str, Value]:
    """Asks for every field of `action` and returns the values.

    Args:
        action: what is to be done.
        keyboard: whom to ask.
        check: tells at once what is known to be wrong with a value.

    Raises:
        EOFError: there is no more input.
        KeyboardInterrupt: the user does not want to answer.
    """
    values: dict[str, Value] = {}
    for field in action.fields:
        value = _ask(action, field, keyboard, check)
        if value is not None:
            values[field.name] = value
    return values


def _ask(action: Action, field: Field, keyboard: Keyboard, check: Check) -> Value | None:
    while True:
        value = _yes_or_no(field, keyboard) if field.kind is FieldKind.boolean else _text(field, keyboard)
        if value is None and not field.required:
            return None
        found = _verdict(check(action.id, {} if value is None else {field.name: value}), field)
        if found is None or found.ok is not False:
            return value
        click.secho(f"     {_objection(found)}", fg="yellow")


def _text(field: Field, keyboard: Keyboard) -> str | None:
    known = field.value if isinstance(field.value, str) else None
    hint = f" [{known}]" if known else "" if field.required else " (optional)"
    prompt = f"     {text(field.label_key)}{hint}: "
    typed = keyboard.hidden(prompt) if field.secret else keyboard.line(prompt)
    return typed or known


def _yes_or_no(field: Field, keyboard: Keyboard) -> bool | None:
    known = bool(field.value)
    prompt = f"     {text(field.label_key)}? [{'Y/n' if known else 'y/N'}]: "
    while True:
        typed = keyboard.line(prompt).strip().lower()
        if not typed:
            return known
        if typed in _YES | _NO:
            return typed in _YES
        click.secho("     Type y or n.", fg="yellow")


def _verdict(checks: tuple[FieldCheck, ...], field: Field) -> FieldCheck | None:
    return next((found for found in checks if found.field == field.name), None)


def _objection(found: FieldCheck) -> str:
    if found.unmet:
        return f"Still needed: {', '.join(text(f'rule.{rule}') for rule in found.unmet)}."
    return found.problem or "This would not be taken."
