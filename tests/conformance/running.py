"""Runs scripts on a user pool that stands already, beside the local pool, and leaves nobody there."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import attrs

from authflow import AuthFlow
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.events import CredentialsIssued
from tests.conformance.needs import set_up_here
from tests.conformance.service import Service, people
from tests.e2e.second_opinion import Json, Place, Seen, Stage, cast, on_local_pool, scripts

FOLDERS: Final = (".", "faked", "aws")


@attrs.frozen(kw_only=True)
class Row:
    """What came of one script.

    Args:
        name: the script.
        outcome: "same", "different", "failed" or "skipped".
        steps: what was done, in order.
        says: what differed, what went wrong, or why it was skipped.
        left: users and identities that could not be deleted, with the reason.
    """

    name: str
    outcome: str
    steps: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Time:
    """The time that the service goes by.

    Args:
        clock: tells it, in seconds since the epoch.
        wait: lets some seconds pass.
    """

    clock: Callable[[], float] = time.time
    wait: Callable[[float], None] = time.sleep


def every_script() -> dict[str, Json]:
    """Returns every script by name: those that moto can be believed, those that it fakes, and those beyond it."""
    return {name: script for folder in FOLDERS for name, script in scripts(folder).items()}


def play(chosen: Iterable[Json], service: Service, run: str, clock: Time) -> Iterator[Row]:
    """Plays scripts one after the other; whom one has made is deleted before the next begins, whatever happens.

    Args:
        chosen: the scripts.
        service: the user pool.
        run: the name of this run.
        clock: the time there.
    """
    for number, script in enumerate(chosen):
        known = people(run, number)
        made: set[str] = set()
        try:
            row = _played(script, service, known, made, clock)
        except BaseException:  # somebody interrupts: nobody is left for that
            left = _cleaned(service, known, made)
            if left:
                raise Interrupted(left) from None
            raise
        yield attrs.evolve(row, left=_cleaned(service, known, made))


class Interrupted(Exception):
    """A run was broken off, and somebody is still there.

    Args:
        left: who, and why.
    """

    def __init__(self, left: tuple[str, ...]) -> None:
        super().__init__(", ".join(left))
        self.left = left


def _played(script: Json, service: Service, known: Mapping[str, str], made: set[str], clock: Time) -> Row:
    steps = tuple(step.get("submit") or step.get("call") for step in script["steps"] if "wait" not in step)
    with on_local_pool(script, known) as stage:
        wanted = stage.run()
    try:
        found = _on_service(cast(set_up_here(script), known), service, made, clock)
    except Exception as error:  # whatever it is, the others are played, and this one's people are deleted
        return Row(name=script["name"], outcome="failed", steps=steps, says=(_told(error),))
    differences = tuple(_differences(steps, wanted, found))
    return Row(name=script["name"], outcome="different" if differences else "same", steps=steps, says=differences)


def _on_service(script: Json, service: Service, made: set[str], clock: Time) -> list[Seen]:
    place = _place(script, service, clock)
    stage = Stage(script, place)
    try:
        return stage.run()
    finally:
        place.flow.close()
        made.update(event.identity_id for event in stage.heard if isinstance(event, CredentialsIssued))


def _place(script: Json, service: Service, clock: Time) -> Place:
    config = service.config
    wanted: Json = {
        "user_pool_id": config.user_pool_id,
        "client_id": config.client_id,
        "client_secret": config.client_secret,
        "region": config.region,
        "endpoint_url": config.endpoint,
        "identity_pool_id": config.identity_pool_id if "identity_pool" in script else None,
        **script.get("config", {}),
    }
    store = MemoryTokenStore()
    flow = AuthFlow.from_config(token_store=store, clock=clock.clock, **wanted)
    return Place(
        client=service.users,
        pool_id=config.user_pool_id,
        client_id=config.client_id,
        flow=flow,
        store=store,
        clock=clock.clock,
        wait=clock.wait,
    )


def _cleaned(service: Service, known: Mapping[str, str], made: set[str]) -> tuple[str, ...]:
    tried: dict[str, Callable[[], str | None]] = {
        name: partial(service.delete, name) for name in sorted(set(known.values()))
    }
    if made:
        tried["identities " + ", ".join(sorted(made))] = partial(service.delete_identities, made)
    results = {name: delete() for name, delete in tried.items()}
    return tuple(f"{name} ({problem})" for name, problem in results.items() if problem is not None)


def _differences(steps: tuple[str, ...], wanted: list[Seen], found: list[Seen]) -> Iterator[str]:
    for number, (name, local, here) in enumerate(zip(("initialize", *steps), wanted, found, strict=True)):
        one, other = local.outline(), here.outline()
        for part in one:
            if one[part] != other[part]:
                yield f"step {number}, {name}: {part} {_short(other[part])}, on the local pool {_short(one[part])}"


def _short(value: Any) -> str:
    return ", ".join(f"{key}={part}" for key, part in value.items()) if isinstance(value, dict) else str(value)


def _told(error: Exception) -> str:
    """Returns what an exception is, without what it says, which may repeat what was sent."""
    from botocore.exceptions import ClientError

    if isinstance(error, ClientError):
        return f"{error.operation_name} was answered {error.response.get('Error', {}).get('Code')}"
    return type(error).__name__
