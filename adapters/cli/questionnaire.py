"""The questions of `authflow init` at a terminal: as options, and asked one after the other."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

import click

from authflow.adapters.cli.keyboard import Keyboard
from authflow.adapters.cli.printing import Failure, say
from authflow.adapters.provision.questions import QUESTIONS, Question, pending, secrets_wanted, wishes_of
from authflow.adapters.provision.social import SOCIAL
from authflow.adapters.provision.wishes import problems
from authflow.errors import InvalidInput
from authflow.secrets import Secret

_LONGEST_CHOICES: Final = 60  # more stand before the question instead of in it
_Command = Callable[..., None]


def options_of_questions(command: _Command) -> _Command:
    """Gives a command an option for each question."""
    for question in reversed(QUESTIONS):
        told = [question.asks, *([f"({question.choices})"] if question.among else []), question.hint]
        default = f"[default: {question.default or 'none'}]"
        command = click.option(question.option, question.name, help=" ".join(filter(None, [*told, default])))(command)
    return command


def given(options: dict[str, str | None]) -> dict[str, str]:
    """Returns what options answer.

    Raises:
        InvalidInput: something is no answer to its question.
    """
    by_name = {question.name: question for question in QUESTIONS}
    return {name: by_name[name].read(typed) for name, typed in options.items() if typed is not None}


def ask(answers: dict[str, str], keyboard: Keyboard, *, local: bool) -> None:
    """Asks what is not answered yet; an answer that cannot be is asked for again.

    Raises:
        Failure: nobody answers.
    """
    say("Press Enter for what stands in [brackets]. Where you may give several answers, put commas between.", dim=True)
    asked = None
    while (question := pending(answers)) is not None:
        if question is not asked:
            for words in _hints(question):
                say(words, dim=True)
        asked = question
        try:
            typed = keyboard.line(_prompt(question))
        except (EOFError, KeyboardInterrupt):
            raise Failure("Nothing was made: not all was answered. --yes takes the defaults.") from None
        problem = _problem(question, typed or question.default, answers, local=local)
        if problem:  # here it needs no telling which option it is about
            say(_capital(problem.removeprefix(f"{question.option}: ")), "  ", fg="yellow")
    click.echo()


def provider_secrets(answers: dict[str, str], keyboard: Keyboard, *, ask: bool) -> dict[str, Secret[str]]:
    """Takes the secrets of apps at other providers from the environment, or asks; an option would be seen by others.

    Raises:
        Failure: there is none.
    """
    found: dict[str, Secret[str]] = {}
    for name in secrets_wanted(answers):
        variable = f"AUTHFLOW_{SOCIAL[name].short.upper()}_SECRET"
        secret = os.environ.get(variable, "")
        if not secret and ask:
            with suppress(EOFError, KeyboardInterrupt):
                secret = keyboard.hidden(f"The secret of your app at {name}? (or set {variable}): ")
        if not secret:
            raise Failure(f"The secret of your app at {name} is needed: set {variable}.")
        found[name] = Secret(secret)
    return found


def _hints(question: Question) -> Iterator[str]:
    if question.hint:
        yield question.hint
    if len(question.choices) > _LONGEST_CHOICES:
        yield f"Possible are {question.choices}."


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _prompt(question: Question) -> str:
    all_of_them = question.several and question.default == ",".join(question.among)
    among = f" ({question.choices})" if 0 < len(question.choices) <= _LONGEST_CHOICES and not all_of_them else ""
    known = f" [{question.default}]" if question.default else ""
    return f"{question.asks}{among}{known}: "


def _problem(question: Question, typed: str, answers: dict[str, str], *, local: bool) -> str | None:
    """Keeps the answer if it can be, and returns what is wrong with it otherwise."""
    try:
        answers[question.name] = question.read(typed)
        named = _FIELDS.get(question.name, question.name)
        found = next((says for field, says in problems(wishes_of(answers), local=local) if field == named), None)
    except InvalidInput as error:  # what an option says of something else may still be asked for
        found = error.message if error.info.field == question.name else None
    if found is not None:
        answers.pop(question.name, None)
    return found


# The wish that an answer is about, where the two have different names.
_FIELDS: Final = {
    "name": "project",
    "sign_in": "sign_in_with",
    "verify_by": "verification",
    "password_length": "password_policy",
}
