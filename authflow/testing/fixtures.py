"""Snapshots for the tests of frontends, in any language: a JSON file for every screen and every challenge.

`python -m authflow.testing.fixtures DIRECTORY [MODULE:NAME...]` writes them, those of an application's own regions too,
which are named. Each is what a flow really shows that was led there, message by message, and is checked against the
published schema before it is written. The files are the same each time.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import attrs

from authflow import outcomes
from authflow.flow import Flow
from authflow.frontend.drawing import take_snapshot
from authflow.frontend.traits import PasswordPolicy, PoolTraits
from authflow.intents import Close
from authflow.region import Region
from authflow.states import FlowStatus, ScreenState, SignInState
from authflow.testing.answers import UNKNOWN_CHALLENGE
from authflow.testing.searching import search_each
from authflow.testing.subject import Subject, signed_in_flow
from authflow.values import Settings

# A pool of which much is known, and an application that wants much: screens with many fields.
TRAITS: Final = PoolTraits(
    required_attributes=("email",),
    password_policy=PasswordPolicy(min_length=8, require_numbers=True),
    passkeys=True,
    second_factors=True,
    providers=("Google",),
    settings=Settings(verify_contacts=True, offer_passkey=True, providers=("Google",)),
)
# The one screen that another kind of pool has: registrations that are confirmed by a link.
BY_LINK: Final = attrs.evolve(TRAITS, settings=attrs.evolve(TRAITS.settings, confirm_by_link=True))


_LIMIT: Final = 20_000


@attrs.frozen
class Fixture:
    """One snapshot.

    Args:
        name: the file's name, without its ending.
        snapshot: the snapshot in its JSON form.
    """

    name: str
    snapshot: Mapping[str, object]


def subject_with(traits: PoolTraits) -> Subject:
    """Returns the subject whose flows show what a frontend sees of a pool with these traits."""
    flow = Flow("fixture", settings=traits.settings)
    return Subject(flow=flow, snapshot=lambda found, now: take_snapshot(found, traits, now))


def fixtures(subject: Subject | None = None, *, limit: int = _LIMIT) -> Iterator[Fixture]:
    """Yields a snapshot for every screen, every challenge, and what else a frontend has to draw.

    Args:
        subject: whose flows are shown; None for one of which much is known.
        limit: the most flows that the search for a screen looks at.

    Raises:
        SearchEnded: a screen or a challenge cannot be reached.
    """
    usual = subject or subject_with(TRAITS)
    for name, way in search_each(usual, usual.flow, _wanted(), shown=True, limit=limit).items():
        yield Fixture(name, usual.snapshot(way.flow, usual.now).to_json())
    by_link = subject or subject_with(BY_LINK)
    wanted = {f"screen.{ScreenState.awaitingLink}": _settled_on(ScreenState.awaitingLink)}
    for name, way in search_each(by_link, by_link.flow, wanted, shown=True, limit=limit).items():
        yield Fixture(name, by_link.snapshot(way.flow, by_link.now).to_json())
    closed = usual.step(usual.flow, Close(), usual.now).flow
    yield Fixture("status.closed", usual.snapshot(closed, usual.now).to_json())


def fixtures_of(*regions: Region, limit: int = _LIMIT) -> Iterator[Fixture]:
    """Yields a snapshot for every screen of an application's own regions, for somebody who is signed in.

    Args:
        regions: the regions, in the order of `Settings.regions`.
        limit: the most flows that the search for a screen looks at.

    Raises:
        SearchEnded: a screen cannot be reached.
    """
    traits = attrs.evolve(TRAITS, settings=attrs.evolve(TRAITS.settings, regions=regions))
    begun = signed_in_flow(traits.settings, "fixture")
    subject = Subject(flow=begun, snapshot=lambda found, now: take_snapshot(found, traits, now))
    names = [name for region in regions for name in region.screen_names.values()]
    wanted = {f"screen.{name}": _showing(name) for name in names}
    for name, way in search_each(subject, begun, wanted, limit=limit).items():
        yield Fixture(name, subject.snapshot(way.flow, subject.now).to_json())


def _showing(screen: StrEnum) -> Callable[[Flow], bool]:
    return lambda flow: flow.shown_screen is screen


_Wanted = Mapping[str, Callable[[Flow], bool]]


def _wanted() -> _Wanted:
    screens = (screen for screen in ScreenState if screen is not ScreenState.awaitingLink)
    statuses = (status for status in FlowStatus if status is not FlowStatus.closed)
    return {
        **{f"screen.{screen}": _settled_on(screen) for screen in screens},
        **{f"challenge.{name}": _asking(name) for name in _challenges()},
        "challenge.TOTP_SETUP": _settled_in(SignInState.totpSetup),
        "challenge.EMAIL_SETUP": _settled_in(SignInState.emailSetup),
        **{f"status.{status}": _of_status(status) for status in statuses},
        "error.notAuthorized": _is_refused,
    }


def _challenges() -> Iterator[str]:
    # The flow answers some of them by itself, so that no screen shows them; of MFA_SETUP only its steps are shown.
    own = (outcomes.PasswordVerifierIssued, outcomes.DeviceSrpAuthIssued, outcomes.DevicePasswordVerifierIssued)
    yield from (name for name, kind in outcomes.CHALLENGES.items() if kind not in own)
    yield from (UNKNOWN_CHALLENGE, "HOSTED_UI")


def _settled_on(screen: ScreenState) -> Callable[[Flow], bool]:
    # One screen is there only while something is found out.
    passing = screen is ScreenState.finishing
    return lambda flow: flow.screen is screen and (passing or not flow.calls) and flow.context.error is None


def _settled_in(state: SignInState) -> Callable[[Flow], bool]:
    return lambda flow: flow.sign_in is state and not flow.calls and flow.context.error is None


def _asking(name: str) -> Callable[[Flow], bool]:
    def asks(flow: Flow) -> bool:
        challenge = flow.context.challenge
        return flow.screen is ScreenState.confirmSignIn and challenge is not None and challenge.name == name

    return lambda flow: asks(flow) and not flow.calls and flow.context.error is None


def _is_refused(flow: Flow) -> bool:
    return flow.screen is ScreenState.signIn and flow.context.error is not None and not flow.calls


def _of_status(status: FlowStatus) -> Callable[[Flow], bool]:
    return lambda flow: flow.status is status


def schema() -> dict[str, Any]:
    """Returns the published schema of snapshots."""
    found: dict[str, Any] = json.loads(files("authflow").joinpath("snapshot.schema.json").read_text(encoding="utf-8"))
    return found


def problems_of(fixture: Fixture) -> list[str]:
    """Returns what the schema says against a snapshot, a sentence each.

    Raises:
        ModuleNotFoundError: jsonschema is missing, which the extra brings.
    """
    try:
        from jsonschema import Draft202012Validator
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            'authflow.testing.fixtures needs jsonschema: pip install "cognito-authflow[testing]"', name=missing.name
        ) from missing
    instance: Any = dict(fixture.snapshot)
    return [f"{found.json_path}: {found.message}" for found in Draft202012Validator(schema()).iter_errors(instance)]


def write(directory: Path, found: Sequence[Fixture]) -> list[Path]:
    """Writes snapshots, a file each, and returns the files.

    Raises:
        ValueError: one is not what the schema describes; nothing is written.
        OSError: the directory cannot be made or written to.
    """
    wrong = {fixture.name: problems for fixture in found if (problems := problems_of(fixture))}
    if wrong:
        raise ValueError(f"Not as the schema has it: {wrong}")
    directory.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for fixture in found:
        written.append(directory / f"{fixture.name}.json")
        written[-1].write_text(json.dumps(fixture.snapshot, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return written


def main(arguments: Sequence[str]) -> int:
    """Writes the snapshots into the directory that is named."""
    if not arguments or arguments[0].startswith("-"):
        print("usage: python -m authflow.testing.fixtures DIRECTORY [MODULE:NAME...]", file=sys.stderr)
        return 2
    own = [_region_at(reference) for reference in arguments[1:]]
    written = write(Path(arguments[0]), [*fixtures(), *(fixtures_of(*own) if own else ())])
    print(f"{len(written)} snapshots are in {arguments[0]}")
    return 0


def _region_at(reference: str) -> Region:
    module, _, name = reference.partition(":")
    found: object = getattr(import_module(module), name)
    if not isinstance(found, Region):
        raise TypeError(f"{reference} is a {type(found).__name__}, not a Region.")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
