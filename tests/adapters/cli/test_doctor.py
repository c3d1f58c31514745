"""`authflow doctor` at a terminal: what it says, and how it ends."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from authflow.adapters.cli.main import main
from authflow.adapters.local_pool import LocalPool
from tests.adapters.config_samples import AWSCONFIGURATION, SECRET, changed
from tests.adapters.provision.test_examine import AWS, OUTPUTS


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def written(directory: Path, content: Any) -> str:
    file = directory / "configuration.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return str(file)


def doctor(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *arguments])


@pytest.mark.parametrize("content", [AWS, OUTPUTS, changed(OUTPUTS, "auth.password_policy.min_length", 6)])
def test_a_good_file_ends_well(content: Any, tmp_path: Path) -> None:
    result = doctor("--config", written(tmp_path, content))
    assert result.exit_code == 0
    assert result.stdout.endswith("configuration.json: no problems.\n")


def test_problems_are_told_with_what_to_do(tmp_path: Path) -> None:
    file = written(tmp_path, changed(OUTPUTS, "auth.oauth.scopes", ["email"]))
    result = doctor("--config", file)
    assert result.exit_code == 1
    assert "impossible: auth.oauth.scopes [oauth.no-openid]\n" in result.stdout
    assert "says who signed in. Add openid." in " ".join(result.stdout.split())
    assert result.stdout.endswith("configuration.json: 2 problems.\n")


def test_a_file_that_cannot_be_read_ends_otherwise(tmp_path: Path) -> None:
    result = doctor("--config", str(tmp_path / "nowhere.json"))
    assert result.exit_code == 2
    assert (
        "nowhere.json: file cannot be read (No such file or directory); check the path and its permissions."
        in result.stderr
    )
    assert result.stdout == ""


def test_machines_get_json(tmp_path: Path) -> None:
    result = doctor("--json", "--config", written(tmp_path, changed(OUTPUTS, "auth.oauth.domain", "")))
    assert result.exit_code == 1
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["id"] == "oauth.no-domain"
    assert set(finding) == {"severity", "id", "key", "says", "remedy"}


def test_no_secret_is_told(tmp_path: Path) -> None:
    for options in ((), ("--json",)):
        result = doctor(*options, "--config", written(tmp_path, AWSCONFIGURATION))
        assert "secret.in-file" in result.stdout
        assert SECRET not in result.output


def test_another_section_can_be_examined(tmp_path: Path) -> None:
    result = doctor("--section", "Staging", "--config", written(tmp_path, AWSCONFIGURATION))
    assert "flow.sends-password" in result.stdout


def test_what_goes_with_live_is_refused_without(tmp_path: Path) -> None:
    result = doctor("--config", written(tmp_path, AWS), "--endpoint-url", "http://127.0.0.1:1")
    assert result.exit_code == 2
    assert "go with --live" in result.stderr


def test_it_compares_with_a_local_pool_on_http(tmp_path: Path) -> None:
    file = tmp_path / "amplify_outputs.json"
    with LocalPool() as pool, pool.serve() as server:
        setup = pool.quickstart(required_attributes=("email",), prevent_user_existence_errors="LEGACY")
        content = {
            "user_pool_id": setup.pool_id,
            "client_id": setup.client_id,
            "required_attributes": ["email"],
            "endpoint": server.url,
        }
        file.write_text(json.dumps(content), encoding="utf-8")
        named = doctor("--live", "--config", str(file), "--endpoint-url", server.url)
        assert named.exit_code == 0, named.output
        assert "advice: PreventUserExistenceErrors [live.user-existence]" in named.stdout
        assert named.stdout.endswith("amplify_outputs.json and its pool: no problems.\n")
        assert doctor("--live", "--config", str(file)).stdout == named.stdout
        file.write_text(json.dumps({**content, "auth_flow": "USER_AUTH"}), encoding="utf-8")
        assert "[live.flow-not-allowed]" in doctor("--live", "--config", str(file)).stdout


def test_an_emulator_that_is_not_there_is_said_by_its_address(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    result = doctor("--live", "--config", written(tmp_path, AWS), "--endpoint-url", url)
    assert result.exit_code == 1
    assert f"{url} does not answer: start what is to be there (authflow pool serve)" in result.stderr


def test_without_credentials_it_says_what_to_do(no_credentials: None, tmp_path: Path) -> None:
    result = doctor("--live", "--config", written(tmp_path, AWS))
    assert result.exit_code == 1
    assert "No AWS credentials are found" in result.stderr
    problem = doctor("--live", "--config", written(tmp_path, changed(OUTPUTS, "auth.oauth.domain", "")))
    assert "[oauth.no-domain]" in problem.stdout
    assert "No AWS credentials are found" in problem.stderr
