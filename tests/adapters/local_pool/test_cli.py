"""``authflow pool serve`` as a person at a terminal meets it."""

import re
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from authflow.adapters.cli.pool import pool
from authflow.adapters.local_pool import LocalPool


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ctrl-C as soon as the server waits, after what a test wants done before."""
    actions: list[Any] = []

    def sleep(seconds: float) -> None:
        for action in actions:
            action()
        raise KeyboardInterrupt

    monkeypatch.setattr("authflow.adapters.cli.pool.time", SimpleNamespace(sleep=sleep))
    return actions


def serve(*arguments: str) -> Any:
    return CliRunner().invoke(pool, ["serve", *arguments])


def test_it_warns_and_tells_what_a_client_needs(interrupted: Any) -> None:
    result = serve()
    assert result.exit_code == 0
    assert "never a production identity provider" in result.stderr
    assert re.search(r"URL\s+http://127\.0\.0\.1:\d+", result.stdout)
    assert re.search(r"user pool\s+us-east-1_\w{9}", result.stdout)
    assert re.search(r"client id\s+\w{26}", result.stdout)
    assert "secret" not in result.stdout


def test_codes_are_shown_as_they_are_sent(interrupted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[LocalPool] = []
    original = LocalPool.__init__

    def init(self: LocalPool, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        made.append(self)

    def sign_up() -> None:
        (service,) = made
        found = service.call("ListUserPools", {"MaxResults": 1})["UserPools"][0]["Id"]
        given = [{"Name": "email", "Value": "alice@example.com"}]
        service.call(
            "AdminCreateUser",
            {"UserPoolId": found, "Username": "alice", "UserAttributes": given, "TemporaryPassword": "Temp0rary!"},
        )

    monkeypatch.setattr(LocalPool, "__init__", init)
    interrupted.append(sign_up)
    assert "EMAIL to alice@example.com for alice: invitation Temp0rary!" in serve().stdout


def test_a_file_keeps_its_pool(interrupted: Any, tmp_path: Path) -> None:
    file = str(tmp_path / "users.db")
    with LocalPool(file) as service:
        setup = service.quickstart(secret=True)
    result = serve("--file", file, "--test-controls")
    assert f"user pool   {setup.pool_id}" in result.stdout
    assert f"secret      {setup.client_secret}" in result.stdout
    assert result.stdout.count("user pool") == 1


def test_it_can_start_empty(interrupted: Any) -> None:
    assert "user pool" not in serve("--no-quickstart").stdout


def test_what_cannot_be_used_is_said(interrupted: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE x (y)")
    db.close()
    result = serve("--file", str(other))
    assert result.exit_code == 1
    assert "another program made it" in result.stderr
    with LocalPool() as service, service.serve() as server:
        result = serve("--port", str(server.port))
    assert result.exit_code == 1
    assert "cannot be used" in result.stderr
