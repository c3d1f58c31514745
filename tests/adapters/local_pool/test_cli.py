"""``authflow pool serve`` as a person at a terminal meets it."""

import re
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from authflow.adapters.cli.pool import pool
from authflow.adapters.cli.terminal import run
from authflow.adapters.config import load_config
from authflow.adapters.local_pool import LocalPool
from authflow.app import AuthFlow
from authflow.states import SignInState


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[LocalPool]:
    """The services that are made."""
    services: list[LocalPool] = []
    original = LocalPool.__init__

    def init(self: LocalPool, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        services.append(self)

    monkeypatch.setattr(LocalPool, "__init__", init)
    return services


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


def test_codes_are_shown_as_they_are_sent(interrupted: Any, made: list[LocalPool]) -> None:
    def sign_up() -> None:
        (service,) = made
        found = service.call("ListUserPools", {"MaxResults": 1})["UserPools"][0]["Id"]
        given = [{"Name": "email", "Value": "alice@example.com"}]
        service.call(
            "AdminCreateUser",
            {"UserPoolId": found, "Username": "alice", "UserAttributes": given, "TemporaryPassword": "Temp0rary!"},
        )

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


def told(service: LocalPool, operation: str) -> Any:
    (listed,) = service.call("ListUserPools", {"MaxResults": 60})["UserPools"]
    return service.call(operation, {"UserPoolId": listed["Id"]})


def test_a_pool_of_another_kind_can_be_made(interrupted: Any, made: list[LocalPool]) -> None:
    factors = ("--first-factor", "EMAIL_OTP", "--first-factor", "WEB_AUTHN")
    result = serve("--mfa", "OPTIONAL", *factors, "--devices", "on_prompt", "--confirm-with-link")
    assert result.exit_code == 0
    assert told(made[0], "GetUserPoolMfaConfig")["MfaConfiguration"] == "OPTIONAL"
    found = told(made[0], "DescribeUserPool")["UserPool"]
    assert found["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"] == ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]
    assert found["DeviceConfiguration"]["DeviceOnlyRememberedOnUserPrompt"] is True
    assert found["VerificationMessageTemplate"]["DefaultEmailOption"] == "CONFIRM_WITH_LINK"


def test_a_kind_that_cannot_be_is_refused(interrupted: Any) -> None:
    result = serve("--mfa", "ON", "--first-factor", "SMS_OTP")
    assert result.exit_code == 1
    assert "if MFA is enabled" in result.stderr


def test_a_kind_is_that_of_a_new_pool(interrupted: Any, made: list[LocalPool], tmp_path: Path) -> None:
    result = serve("--no-quickstart", "--mfa", "ON", "--first-factor", "PASSWORD")
    assert result.exit_code == 2
    assert "--mfa, --first-factor: with --no-quickstart no pool is made." in result.stderr
    file = str(tmp_path / "users.db")
    assert "without effect" not in serve("--file", file, "--mfa", "OPTIONAL").stderr
    again = serve("--file", file, "--mfa", "ON")
    assert again.exit_code == 0
    assert "--mfa: without effect, since the file has a user pool already." in again.stderr
    assert told(made[-1], "GetUserPoolMfaConfig")["MfaConfiguration"] == "OPTIONAL"


def test_a_configuration_is_written_that_a_flow_takes(interrupted: Any, made: list[LocalPool], tmp_path: Path) -> None:
    file = tmp_path / "amplify_outputs.json"

    def sign_up() -> None:
        (server,) = made[0]._servers
        with AuthFlow.from_config(file, endpoint_url=server.url) as flow:
            flow.initialize()
            flow.sign_up("ana", "Correct-horse-9", user_attributes={"email": "ana@example.com"})
            flow.confirm_sign_up("ana", made[0].last_code("ana"))
            assert flow.sign_in("ana", "Correct-horse-9").sign_in_state is SignInState.signedIn
        shown = CliRunner().invoke(run, ["--config", str(file), "--endpoint-url", server.url], input="q\n")
        assert shown.exit_code == 0
        assert "sign in" in shown.stdout.lower()

    interrupted.append(sign_up)
    result = serve("--write", str(file))
    assert result.exception is None, result.exception
    assert re.search(
        r"authflow run --config \S+amplify_outputs\.json --endpoint-url http://127\.0\.0\.1:", result.stdout
    )


def test_a_configuration_that_cannot_be_written_is_said(interrupted: Any, tmp_path: Path) -> None:
    file = str(tmp_path / "users.db")
    with LocalPool(file) as service:
        service.quickstart(secret=True)
    cases = [
        (("--no-quickstart", "--write", str(tmp_path / "a.json")), "there is none"),
        (("--file", file, "--write", str(tmp_path / "b.json")), "has a secret"),
        (("--write", str(tmp_path / "nowhere" / "c.json")), "cannot be written"),
    ]
    for arguments, sentence in cases:
        result = serve(*arguments)
        assert result.exit_code == 1
        assert sentence in result.stderr
        assert result.stdout == ""


def test_the_line_to_try_says_that_a_link_confirms(interrupted: Any, tmp_path: Path) -> None:
    by_link = serve("--confirm-with-link", "--write", str(tmp_path / "a.json"))
    assert re.search(r"try it .* --confirm-by-link$", by_link.stdout, re.MULTILINE)
    assert "--confirm-by-link" not in serve("--write", str(tmp_path / "b.json")).stdout


@pytest.mark.parametrize("name", ["amplify_outputs.json", "amplifyconfiguration.json", "awsconfiguration.json"])
def test_a_domain_is_served_and_written_in_every_form(interrupted: Any, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    options = ("--provider", "Google", "--callback-url", "myapp://back", "--logout-url", "myapp://bye")
    result = serve("--oauth", *options, "--write", str(file))
    assert result.exception is None, result.exception
    shown = re.search(r"^domain +(http://127\.0\.0\.1:[0-9]+/local)$", result.stdout, re.MULTILINE)
    assert shown is not None
    oauth: Any = load_config(file).oauth
    assert shown[1] in (oauth.get("domain"), oauth.get("WebDomain"))
    assert "myapp://back" in (oauth.get("SignInRedirectURI"), *oauth.get("redirect_sign_in_uri", ()))


def test_providers_without_a_domain_are_refused_at_the_terminal(interrupted: Any) -> None:
    result = serve("--provider", "Google")
    assert result.exit_code == 1
    assert "providers need oauth=True" in result.stderr


@pytest.mark.parametrize("name", ["amplify_outputs.json", "amplifyconfiguration.json", "awsconfiguration.json"])
@pytest.mark.parametrize(("whom", "guests"), [("users", False), ("guests", True)])
def test_an_identity_pool_is_made_told_and_written(
    interrupted: Any, made: list[LocalPool], tmp_path: Path, whom: str, guests: bool, name: str
) -> None:
    file = tmp_path / name
    result = serve("--identity-pool", whom, "--write", str(file))
    found = load_config(file).identity_pool_id
    assert found is not None
    assert f"identities  {found}" in result.stdout
    told = made[0].identity_call("DescribeIdentityPool", {"IdentityPoolId": found})
    assert told["AllowUnauthenticatedIdentities"] is guests
