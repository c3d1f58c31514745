"""What the documents list is all that there is: settings, members of the snapshot, recoveries, methods."""

import inspect
import re
from pathlib import Path

import attrs

from authflow import AsyncAuthFlow, ErrorInfo, FlowStatus, Recovery, Snapshot, UserState, events
from authflow.adapters import config_formats
from authflow.adapters.config import PoolConfig, load_config
from authflow.frontend.snapshot import ChallengeView, Waiting
from authflow.intents import INTENTS
from authflow.machines import MACHINES
from authflow.offers import action_id

DOCUMENTS = Path(__file__).parents[2] / "docs"


def _text(document: str) -> str:
    return (DOCUMENTS / document).read_text(encoding="utf-8")


def _rows(document: str) -> dict[str, str]:
    """Returns the rows of a document's tables, by each name in their first cell; of two, the first."""
    found = re.findall(r"^\| (`[^|]+`) \| (.*) \|$", _text(document), re.MULTILINE)
    return {name: rest for names, rest in reversed(found) for name in _quoted(names)}


def _quoted(text: str) -> set[str]:
    return set(re.findall(r"`([\w.]+)(?:\(\))?`", text))


def test_every_setting_is_listed_with_the_places_where_it_is_read() -> None:
    rows = _rows("configuration.md")
    formats = (config_formats._AWSCONFIGURATION, config_formats._AMPLIFY_OUTPUTS)
    for field in attrs.fields_dict(PoolConfig):
        for cell, places in zip(rows[field].split(" | "), formats, strict=True):
            place = places[field][0].replace(config_formats._PROFILE, "Default") if field in places else None
            assert place in _quoted(cell) if place else not _quoted(cell), f"{field}: {cell}"


def test_migration_is_read_where_the_document_says_and_nowhere_else() -> None:
    assert "`CognitoUserPool.Default.MigrationEnabled` (there, and nowhere else)" in _text("configuration.md")
    pool = {"PoolId": "eu-west-1_AbCdEfGhI", "AppClientId": "4s5t6u7v8w"}
    read = load_config({"CognitoUserPool": {"Default": {**pool, "MigrationEnabled": True}}})
    ignored = load_config({"CognitoUserPool": {"Default": pool}, "Auth": {"Default": {"MigrationEnabled": True}}})
    assert (read.auth_flow, ignored.auth_flow) == ("USER_PASSWORD_AUTH", "USER_SRP_AUTH")


def test_what_a_snapshot_has_is_listed() -> None:
    rows = _rows("frontends.md")
    assert set(attrs.fields_dict(Snapshot)) <= set(rows)
    assert set(attrs.fields_dict(ChallengeView)) <= _quoted(rows["challenge"])
    assert set(attrs.fields_dict(Waiting)) <= _quoted(rows["waiting"])
    assert set(attrs.fields_dict(ErrorInfo)) <= _quoted(rows["error"])
    assert {status.value for status in FlowStatus} <= _quoted(rows["status"])


def test_who_the_user_can_be_is_listed() -> None:
    table = _text("sessions.md").partition("\n## User states\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| .+ \| .+ \|$", table, re.MULTILINE)
    assert set(rows) == {state.value for state in UserState}


def test_what_is_told_of_the_session_is_listed() -> None:
    kinds = {kind.kind for kind in events.Event.__subclasses__() if kind.kind.startswith("session.")}
    assert {name for name in _rows("frontends.md") if name.startswith("session.")} == kinds


def test_what_a_program_may_call_by_name_is_listed() -> None:
    table = _text("frontends.md").partition("\n## Named methods\n")[2].partition("\nNames differ")[0]
    methods = {name for name, _ in inspect.getmembers(AsyncAuthFlow, inspect.isfunction) if name[0] != "_"}
    assert _quoted(table) - {"submit"} == methods - {"submit", "check", "snapshot", "subscribe", "events"}


def test_what_an_error_has_is_listed() -> None:
    rows = _rows("errors.md")
    assert set(attrs.fields_dict(ErrorInfo)) <= set(rows)
    assert _quoted(rows["recovery"]) - {"field"} == {recovery.value for recovery in Recovery}


def test_what_is_not_awaited_is_listed() -> None:
    methods = inspect.getmembers(AsyncAuthFlow, inspect.isfunction)  # those that make a flow are class methods
    plain = {name for name, method in methods if name[0] != "_" and not inspect.iscoroutinefunction(method)}
    asyncio = _text("recipes.md").partition("\n## asyncio\n")[2].partition("```")[0]
    assert _quoted(asyncio) == plain


def test_what_no_screen_offers_is_what_the_document_says() -> None:
    screens = next(machine for machine in MACHINES if machine.name == "screen")
    offered = {row.trigger for row in screens.rows if row.shown}
    hidden = {action_id(intent) for intent in INTENTS if intent not in offered}
    named = dict(
        re.findall(r"^\| (\w[\w -]+) \| (`initialize`.*|`change.*|`list_d.*) \|$", _text("frontends.md"), re.MULTILINE)
    )
    methods = _quoted(named["Account"]) - {"get_user_attributes"} | _quoted(named["Devices"])
    assert hidden == methods | {
        "fetch_user_attributes",
        "list_passkeys",
        "delete_passkey",
        "fetch_mfa_preference",
        "release_sign_in_wait",
        "sync_session",
        "get_identity_id",
        "federated_sign_in",
        "abandon_redirect",
        "close",
    }
