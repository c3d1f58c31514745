"""The file: what survives, and what it refuses."""

import os
import sqlite3
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from authflow.adapters.local_pool import LocalPool, PoolError, StorageError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "users.db"


def password(service: Any, setup: Any) -> Any:
    values = {"USERNAME": "alice", "PASSWORD": "Passw0rd!"}
    request = {"ClientId": setup.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": values}
    return service.call("InitiateAuth", request)


def sign_up(service: Any, setup: Any, username: str = "alice") -> None:
    request = {
        "ClientId": setup.client_id, "Username": username, "Password": "Passw0rd!",
        "UserAttributes": [{"Name": "email", "Value": f"{username}@example.com"}],
    }  # fmt: skip
    service.call("SignUp", request)


def test_everything_but_sessions_survives_a_restart(file: Path, signing_key: Any) -> None:
    with LocalPool(file, signing_key=signing_key) as service:
        setup = service.quickstart(secret=False, mfa="OPTIONAL")
        sign_up(service, setup)
        code = service.last_code("alice")
    with LocalPool(file) as service:
        service.call("ConfirmSignUp", {"ClientId": setup.client_id, "Username": "alice", "ConfirmationCode": code})
        tokens = password(service, setup)["AuthenticationResult"]
        keys = service.jwks(setup.pool_id)
    with LocalPool(str(file)) as service:
        assert service.jwks(setup.pool_id) == keys
        assert service.call("GetUser", {"AccessToken": tokens["AccessToken"]})["Username"] == "alice"
        values = {"REFRESH_TOKEN": tokens["RefreshToken"]}
        request = {"ClientId": setup.client_id, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": values}
        assert "AuthenticationResult" in service.call("InitiateAuth", request)
        service.call("AdminDeleteUser", {"UserPoolId": setup.pool_id, "Username": "alice"})
    with LocalPool(file) as service:
        assert service.call("ListUsers", {"UserPoolId": setup.pool_id})["Users"] == []
        assert service.call("GetUserPoolMfaConfig", {"UserPoolId": setup.pool_id})["MfaConfiguration"] == "OPTIONAL"
        service.call("DeleteUserPool", {"UserPoolId": setup.pool_id})
        service.call("ListUserPools", {"MaxResults": 1})
    with sqlite3.connect(file) as db:
        (left,) = db.execute("SELECT count(*) FROM records").fetchone()
    db.close()
    assert left == 0


def test_no_password_and_no_refresh_token_is_in_the_file(file: Path, signing_key: Any) -> None:
    with LocalPool(file, signing_key=signing_key) as service:
        setup = service.quickstart()
        sign_up(service, setup)
        service.call("AdminConfirmSignUp", {"UserPoolId": setup.pool_id, "Username": "alice"})
        tokens = password(service, setup)["AuthenticationResult"]
    content = file.read_bytes()
    for secret in ("Passw0rd!", tokens["RefreshToken"], tokens["AccessToken"]):
        assert secret.encode() not in content


def test_a_refused_call_keeps_what_it_counted(file: Path) -> None:
    with LocalPool(file) as service:
        setup = service.quickstart()
        user = {"UserPoolId": setup.pool_id, "Username": "alice"}
        service.call("AdminCreateUser", user)
        service.call("AdminSetUserPassword", {**user, "Password": "0ther-Passw0rd", "Permanent": True})
        for _ in range(5):
            with pytest.raises(PoolError, match="Incorrect"):
                password(service, setup)
    with LocalPool(file) as service, pytest.raises(PoolError, match="Password attempts exceeded"):
        password(service, setup)


def test_a_file_of_another_program_is_refused(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE other (x)")
    db.close()
    with pytest.raises(StorageError, match="another program made it"):
        LocalPool(file)


def test_a_file_that_is_no_database_is_refused(file: Path) -> None:
    file.write_text("hello, this is certainly not a database" * 50)
    with pytest.raises(StorageError, match="is not a local user pool"):
        LocalPool(file)


def test_a_newer_file_is_refused(file: Path) -> None:
    LocalPool(file).close()
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StorageError, match=r"schema version 99; this program knows \d+\. Use a newer authflow"):
        LocalPool(file)


def test_an_older_file_is_read_and_is_newer_from_then_on(file: Path) -> None:
    with LocalPool(file) as service:
        setup = service.quickstart()
        service.call("AdminCreateUser", {"UserPoolId": setup.pool_id, "Username": "alice"})
    with sqlite3.connect(file) as db:
        (newest,) = db.execute("PRAGMA user_version").fetchone()
        db.execute("PRAGMA user_version = 1")
    db.close()
    with LocalPool(file) as service:
        (user,) = service.call("ListUsers", {"UserPoolId": setup.pool_id})["Users"]
        assert user["Username"] == "alice"
    with sqlite3.connect(file) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (newest,)
    db.close()


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        LocalPool(tmp_path)


def test_a_file_that_cannot_be_written_leaves_memory_unchanged(file: Path) -> None:
    with LocalPool(file) as service:
        setup = service.quickstart()
        with sqlite3.connect(file) as db:
            db.execute("DROP TABLE records")
        db.close()
        with pytest.raises(StorageError, match="could not be written"):
            service.call("AdminCreateUser", {"UserPoolId": setup.pool_id, "Username": "alice"})
        assert service.call("ListUsers", {"UserPoolId": setup.pool_id})["Users"] == []


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files are POSIX's")
def test_a_new_file_is_its_owners_alone(file: Path) -> None:
    previous = os.umask(0)
    try:
        LocalPool(file).close()
    finally:
        os.umask(previous)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files are POSIX's")
def test_who_shares_a_file_goes_on_sharing_it(file: Path) -> None:
    LocalPool(file).close()
    file.chmod(0o660)
    with LocalPool(file) as service:
        service.quickstart()
    assert stat.S_IMODE(file.stat().st_mode) == 0o660


def test_sqlites_name_for_memory_makes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with LocalPool(":memory:") as service:
        service.quickstart()
    assert list(tmp_path.iterdir()) == []
