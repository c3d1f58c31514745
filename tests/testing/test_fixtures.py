import json
from pathlib import Path

import attrs
import pytest

from authflow import outcomes
from authflow.flow import Flow
from authflow.states import FlowStatus, ScreenState
from authflow.testing import fixtures as kit
from authflow.testing.canaries import leaked
from authflow.testing.fixtures import Fixture
from authflow.testing.searching import SearchEnded
from tests.examples_of_regions import STEP_UP, TERMS

pytestmark = pytest.mark.exhaustive  # far slower under coverage


@pytest.fixture(scope="module")
def found() -> dict[str, Fixture]:
    return {fixture.name: fixture for fixture in kit.fixtures()}


def test_there_is_one_for_every_screen_status_and_challenge(found: dict[str, Fixture]) -> None:
    assert all(f"screen.{screen}" in found for screen in ScreenState)
    assert all(f"status.{status}" in found for status in FlowStatus)
    by_itself = {"PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"}
    assert all(f"challenge.{name}" in found for name in set(outcomes.CHALLENGES) - by_itself)


def test_each_shows_what_its_name_says(found: dict[str, Fixture]) -> None:
    for name, fixture in found.items():
        kind, _, what = name.partition(".")
        if kind in ("screen", "status"):
            assert fixture.snapshot[kind] == what
    challenge = found["challenge.WEB_AUTHN"].snapshot["challenge"]
    assert isinstance(challenge, dict)
    assert challenge["name"] == "WEB_AUTHN"
    assert found["error.notAuthorized"].snapshot["error"]["code"] == "notAuthorized"  # type: ignore[index]


def test_they_are_as_the_schema_has_them_and_without_secrets(found: dict[str, Fixture]) -> None:
    for fixture in found.values():
        assert kit.problems_of(fixture) == []
        assert leaked(json.dumps(fixture.snapshot)) is None


def test_they_are_written_a_file_each(
    found: dict[str, Fixture], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "fixtures", lambda: iter(found.values()))
    assert kit.main([str(tmp_path / "snapshots")]) == 0
    written = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "snapshots").iterdir()}
    assert written == {name: fixture.snapshot for name, fixture in found.items()}
    assert capsys.readouterr().out.startswith(f"{len(found)} snapshots are in ")


def test_what_the_schema_does_not_describe_is_not_written(found: dict[str, Fixture], tmp_path: Path) -> None:
    usual = found["screen.signIn"]
    wrong = attrs.evolve(usual, snapshot={**usual.snapshot, "screen": 7})
    with pytest.raises(ValueError, match=r"screen\.signIn"):
        kit.write(tmp_path / "snapshots", [wrong])
    assert not (tmp_path / "snapshots").exists()


def test_the_command_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert kit.main([]) == 2
    assert "usage: python -m authflow.testing.fixtures DIRECTORY" in capsys.readouterr().err


def test_a_screen_that_cannot_be_reached_is_named() -> None:
    subject = kit.subject_with(kit.TRAITS)
    with pytest.raises(SearchEnded, match=r"screen\.signedIn"):
        list(kit.fixtures(attrs.evolve(subject, flow=Flow("fixture")), limit=1))


def test_the_screens_of_an_applications_own_are_there_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {fixture.name: fixture for fixture in kit.fixtures_of(TERMS, STEP_UP)}
    assert {name.value for region in (TERMS, STEP_UP) for name in region.screen_names.values()} == {
        name.removeprefix("screen.") for name in found
    }
    assert found["screen.terms.asked"].snapshot["screen"] == "terms.asked"
    assert all(kit.problems_of(fixture) == [] for fixture in found.values())
    monkeypatch.setattr(kit, "fixtures", lambda: iter(()))
    assert kit.main([str(tmp_path), "examples_terms:TERMS"]) == 0
    assert capsys.readouterr().out.startswith("4 snapshots")
    with pytest.raises(TypeError, match="not a Region"):
        kit.main([str(tmp_path), "examples_terms:MACHINE"])
