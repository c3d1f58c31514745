"""`make test-aws`, on the local pool's HTTP front: the same entry, the same clean-up, and never without being asked."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from authflow.adapters.config import load_config
from authflow.adapters.local_pool import Fault, LocalPool, new_signing_key
from tests.conformance import __main__ as entry
from tests.conformance.needs import Described, why_not
from tests.conformance.running import Interrupted, Time, every_script, play
from tests.conformance.service import PREFIX, is_ours, new_run, people

KEY = new_signing_key()
SCRIPTS = every_script()
FLOWS = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
ROTATING = {
    "ExplicitAuthFlows": FLOWS[:2],
    "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
}


class Bench:
    """A user pool on loopback HTTP, with a user of its own, and the file that describes it."""

    def __init__(self, folder: Path, **wanted: Any) -> None:
        self.pool = LocalPool(signing_key=KEY)
        self.setup = self.pool.quickstart(mfa="OPTIONAL", prevent_user_existence_errors="LEGACY", **wanted)
        self.name = {"UserPoolId": self.setup.pool_id}
        self.client({"ExplicitAuthFlows": FLOWS})
        somebody = "somebody@example.com" if "username_attributes" in wanted else "somebody"
        self.pool.call("AdminCreateUser", {**self.name, "Username": somebody})
        self.server = self.pool.serve()
        self.file = folder / "amplify_outputs.json"
        auth = {
            "user_pool_id": self.setup.pool_id,
            "user_pool_client_id": self.setup.client_id,
            "aws_region": "us-east-1",
            **({"identity_pool_id": self.setup.identity_pool_id} if self.setup.identity_pool_id else {}),
        }
        self.file.write_text(json.dumps({"version": "1.3", "auth": auth}), encoding="utf-8")

    def client(self, settings: dict[str, Any]) -> None:
        """Changes the app client."""
        wanted = {"PreventUserExistenceErrors": "LEGACY", **settings}
        self.pool.call("UpdateUserPoolClient", {**self.name, "ClientId": self.setup.client_id, **wanted})

    def run(self, *options: str, said_yes: bool = True) -> Result:
        """Enters as `make test-aws` does."""
        asked = ["--config", str(self.file), "--endpoint-url", self.server.url, *(["--yes"] if said_yes else [])]
        return CliRunner().invoke(entry.conformance, [*asked, *options])

    @property
    def users(self) -> list[str]:
        """Who is in the pool."""
        return [user["Username"] for user in self.pool.call("ListUsers", self.name)["Users"]]

    @property
    def identities(self) -> list[Any]:
        """Which identities there are."""
        name = {"IdentityPoolId": self.setup.identity_pool_id, "MaxResults": 60}
        found: list[Any] = self.pool.identity_call("ListIdentities", name)["Identities"]
        return found


@pytest.fixture(autouse=True)
def an_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    for name in ("AUTHFLOW_AWS_CONFIG", "AUTHFLOW_AWS_PROFILE", "AUTHFLOW_AWS_YES", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    found = Bench(tmp_path, identity_pool="guests")
    yield found
    found.server.close()
    found.pool.close()


def outcomes(result: Result) -> dict[str, str]:
    lines = re.findall(r"^(same|different|failed|skipped) +(\w+):", result.stdout, re.MULTILINE)
    return {name: outcome for outcome, name in lines}


# That it is asked for


def test_it_is_refused_without_being_asked() -> None:
    result = CliRunner().invoke(entry.conformance, [])
    assert result.exit_code == 2
    assert "AUTHFLOW_AWS_CONFIG is not set: nothing is run." in result.stderr


def test_nothing_happens_before_somebody_says_yes(bench: Bench) -> None:
    result = bench.run(said_yes=False)
    assert result.exit_code == 1
    assert "Nobody said yes, so nothing is run" in result.stderr
    assert {request.operation for request in bench.pool.requests} == {
        "DescribeUserPoolClient", "DescribeUserPool", "GetUserPoolMfaConfig", "DescribeIdentityPool"
    }  # fmt: skip
    assert bench.users == ["somebody"]


def test_what_comes_and_what_it_may_cost_is_said_first(bench: Bench) -> None:
    said = bench.run("--only", "a_life_with_srp", said_yes=False).stdout
    assert "1 scripts, on us-east-1_" in said
    assert f"up to 1 users, {PREFIX}" in said
    assert "Up to 1 count as monthly active users, and 1 messages may be sent" in said


def test_the_environment_configures_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHFLOW_AWS_CONFIG", str(bench.file))
    monkeypatch.setenv("AUTHFLOW_AWS_ENDPOINT_URL", bench.server.url)
    monkeypatch.setenv("AUTHFLOW_AWS_YES", "1")
    monkeypatch.setenv("AUTHFLOW_AWS_ONLY", "everywhere_by_srp")
    result = CliRunner().invoke(entry.conformance, [])
    assert result.exit_code == 0, result.output
    assert outcomes(result) == {"everywhere_by_srp": "same"}


def test_no_credentials_are_said(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    assert "There are no AWS credentials" in bench.run().stderr


def test_an_unknown_profile_is_said(bench: Bench) -> None:
    assert "names nobodys, and there is no such AWS profile." in bench.run("--profile", "nobodys").stderr


def test_rights_that_do_not_suffice_are_said(bench: Bench) -> None:
    bench.pool.inject(Fault(operation="DescribeUserPoolClient", error=("AccessDeniedException", "No.")))
    assert "The credentials cannot DescribeUserPoolClient there: AccessDeniedException." in bench.run().stderr


def test_a_file_that_is_none_is_said(bench: Bench) -> None:
    bench.file.write_text("{", encoding="utf-8")
    assert "is no valid JSON" in bench.run().stderr


# What is run


@pytest.mark.slow
def test_every_script_that_fits_gives_the_same_as_the_local_pool_and_leaves_nobody(bench: Bench) -> None:
    result = bench.run("--patience", "0")
    found = outcomes(result)
    assert result.exit_code == 0, result.output
    assert set(found) == set(SCRIPTS)
    assert set(found.values()) == {"same", "skipped"}
    assert sum(outcome == "same" for outcome in found.values()) > 35
    expected = ("a_life_with_srp", "wrong_srp_password", "refresh", "an_account_of_ones_own", "credentials_of_a_user")
    assert {found[name] for name in expected} == {"same"}
    assert "skipped    rotation: the app client has not RefreshTokenRotation" in result.stdout
    assert "skipped    sms_is_asked_for: it would send text messages" in result.stdout
    assert "Nobody that was made is left." in result.stdout
    assert bench.users == ["somebody"]
    assert bench.identities == []


def test_rotation_is_played_where_the_client_has_it(bench: Bench) -> None:
    bench.client(ROTATING)
    result = bench.run("--only", "rotation")
    assert outcomes(result) == {"rotation": "same", "rotation_and_a_token_that_is_spent": "same"}
    assert "rotation: sign_in, get_tokens, get_tokens, sign_out" in result.stdout
    assert bench.users == ["somebody"]


def test_a_client_with_a_secret_will_do(tmp_path: Path) -> None:
    bench = Bench(tmp_path, secret=True)
    content = json.loads(bench.file.read_text(encoding="utf-8"))
    config = load_config(content, client_secret=bench.setup.client_secret)
    assert config.client_secret is not None
    bench.file.write_text(
        json.dumps(
            {
                "CognitoUserPool": {
                    "Default": {
                        "PoolId": bench.setup.pool_id,
                        "AppClientId": bench.setup.client_id,
                        "AppClientSecret": bench.setup.client_secret,
                        "Region": "us-east-1",
                    }
                }
            }
        ),
        encoding="utf-8",
    )
    result = bench.run("--only", "srp_sign_in_with_a_client_secret")
    assert outcomes(result) == {"srp_sign_in_with_a_client_secret": "same"}
    bench.server.close()
    bench.pool.close()


def test_a_pool_with_addresses_for_usernames_will_do(tmp_path: Path) -> None:
    bench = Bench(tmp_path, username_attributes=["email"])
    result = bench.run("--only", "by_email")
    assert outcomes(result)["sign_up_by_email"] == "same"
    assert outcomes(bench.run("--only", "srp_sign_in")) == dict.fromkeys(
        (name for name in SCRIPTS if "srp_sign_in" in name), "skipped"
    )
    assert len(bench.users) == 1
    bench.server.close()
    bench.pool.close()


def test_what_differs_is_shown_step_by_step(bench: Bench) -> None:
    bench.pool.inject(Fault(operation="GetUser", error=("TooManyRequestsException", "Slow down."), times=9))
    result = bench.run("--only", "everywhere_by_srp")
    assert result.exit_code == 1
    assert outcomes(result) == {"everywhere_by_srp": "different"}
    shown = "step 3, GetUser: result TooManyRequestsException, on the local pool NotAuthorizedException"
    assert shown in result.stdout
    assert bench.users == ["somebody"]


# That nobody is left


def test_a_script_that_fails_in_the_middle_leaves_nobody(bench: Bench) -> None:
    bench.pool.inject(Fault(operation="ChangePassword", drop="after", times=9))
    bench.pool.inject(Fault(operation="AdminSetUserPassword", drop="before", times=9))
    result = bench.run("--only", "an_account_of_ones_own")
    assert result.exit_code == 1
    assert outcomes(result) == {"an_account_of_ones_own": "failed"}
    assert any(request.operation == "AdminCreateUser" for request in bench.pool.requests)
    assert bench.users == ["somebody"]


def test_who_interrupts_leaves_nobody(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object, **keywords: object) -> object:
        bench.pool.call("AdminCreateUser", {**bench.name, "Username": people("run", 0)["$ana"]})
        raise KeyboardInterrupt

    monkeypatch.setattr("tests.conformance.running._on_service", interrupted)
    monkeypatch.setattr(entry, "new_run", lambda: "run")
    result = bench.run("--only", "everywhere_by_srp")
    assert result.exit_code == 1
    assert any(request.operation == "AdminDeleteUser" for request in bench.pool.requests)
    assert bench.users == ["somebody"]


def test_who_cannot_be_deleted_is_named_and_swept_later(bench: Bench) -> None:
    bench.pool.inject(Fault(operation="AdminDeleteUser", error=("AccessDeniedException", "No."), times=99))
    result = bench.run("--only", "everywhere_by_srp")
    assert result.exit_code == 1
    assert "could not be deleted; `make test-aws AUTHFLOW_AWS_SWEEP=1` tries again" in result.stderr
    (left,) = [name for name in bench.users if name != "somebody"]
    assert left.startswith(PREFIX)
    assert f"still there: {left} (AccessDeniedException)" in result.stdout
    while bench.pool._core.faults.take("AdminDeleteUser") is not None:
        pass
    swept = bench.run("--sweep")
    assert swept.exit_code == 0, swept.output
    assert f"{left}, deleted" in swept.stdout
    assert bench.users == ["somebody"]


def test_an_interruption_whose_people_stay_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object, **keywords: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("tests.conformance.running._on_service", interrupted)
    bench.pool.inject(Fault(operation="AdminDeleteUser", error=("AccessDeniedException", "No."), times=99))
    service = entry._service(str(bench.file), None, bench.server.url)
    with pytest.raises(Interrupted, match="AccessDeniedException"):
        list(play([SCRIPTS["everywhere_by_srp"]], service, new_run(), Time()))


# The people and the needs


def test_nobody_is_in_two_scripts_or_runs_and_all_are_known_by_their_names() -> None:
    named = [set(people(run, number).values()) for run in ("a", "b") for number in (0, 1)]
    assert sum(map(len, named)) == len(set().union(*named))
    assert all(is_ours(name) for names in named for name in names)
    assert not is_ours("somebody")


def test_a_script_touches_its_own_people_alone(bench: Bench) -> None:
    found = entry._service(str(bench.file), None, bench.server.url).described()
    steps = [{"call": "AdminDeleteUser", "request": {"Username": "somebody"}, "result": "accepted"}]
    assert (
        why_not({"name": "x", "steps": steps}, found, 0) == "AdminDeleteUser is about a user that is not the script's"
    )
    setup = [["UpdateUserPool", {}]]
    assert why_not({"name": "x", "setup": setup, "steps": []}, found, 0) == "UpdateUserPool would change the pool"


@pytest.mark.parametrize(
    ("pool", "mfa", "script", "reason"),
    [
        ({}, {"MfaConfiguration": "ON"}, "srp_sign_in", "the pool demands a second factor"),
        ({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}, {}, "a_life_with_srp", "the pool lets nobody"),
        ({"SchemaAttributes": [{"Name": "name", "Required": True}]}, {}, "a_life_with_srp", "the pool demands name"),
        ({}, {}, "totp", "the pool has not SoftwareTokenMfaConfiguration.Enabled = true"),
        ({}, {}, "srp_sign_in_of_nobody", 'the app client has not PreventUserExistenceErrors = "LEGACY"'),
        ({}, {}, "password_sign_in", "the app client lacks ALLOW_USER_PASSWORD_AUTH"),
        ({}, {}, "credentials_of_a_user", "no identity pool is configured"),
        ({}, {}, "refresh_after_the_access_token_has_ended", "it waits 3601 seconds"),
        ({}, {}, "srp_sign_in_with_a_client_secret", "the app client has no secret"),
    ],
)
def test_a_script_says_what_it_lacks(pool: Any, mfa: Any, script: str, reason: str) -> None:
    pool = {"AutoVerifiedAttributes": ["email"], **pool}
    client = {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"], "EnableTokenRevocation": True}
    said = why_not(SCRIPTS[script], Described(pool=pool, client=client, mfa=mfa), 120)
    assert said is not None
    assert reason in said
