"""Where the records are: in memory, and behind it, if asked for, an SQLite file.

Memory is read; the file is written, all changes of one call in one transaction. A call that breaks leaves
neither changed.
"""

import contextlib
import json
import os
import sqlite3
from os import PathLike
from typing import Any, Final, TypeVar

import attrs

from . import identity_records, oauth_records
from .records import PERSISTENT, Record

R = TypeVar("R", bound=Record)

APPLICATION_ID: Final = 0x41465550  # "AFUP", in the file's header, so that another program's file is refused
# Devices and passkeys came with 2; domains, identity providers, identity pools, families of refresh tokens with 3.
SCHEMA_VERSION: Final = 3
_KINDS: Final = {cls.kind: cls for cls in (*PERSISTENT, *oauth_records.PERSISTENT, *identity_records.PERSISTENT)}


class StorageError(Exception):
    """The file cannot be used as a user pool; the sentence says why and what to do."""


class Store:
    """Records by type and key, with an undo log and an optional file.

    Args:
        file: The SQLite file, made when it does not exist. None keeps everything in memory.

    Raises:
        StorageError: The file is not a local user pool, is newer than this program, or cannot be opened.
    """

    def __init__(self, file: str | PathLike[str] | None = None) -> None:
        self._tables: dict[str, dict[str, Any]] = {}
        self._undo: list[tuple[str, str, Any]] = []
        self._db = None if file is None else _open(str(file))
        if self._db is not None:
            self._load(self._db)

    def get(self, cls: type[R], key: str) -> R | None:
        """Answer the record of that type and key, or None."""
        found: R | None = self._tables.get(cls.kind, {}).get(key)
        return found

    def all(self, cls: type[R]) -> list[R]:
        """Answer all records of a type, oldest first."""
        return list(self._tables.get(cls.kind, {}).values())

    def put(self, record: Record) -> None:
        """Add a record, or replace the one of the same key."""
        self._change(record.kind, record.key, record)

    def delete(self, record: Record) -> None:
        """Forget a record."""
        self._change(record.kind, record.key, None)

    def _change(self, kind: str, key: str, record: Any) -> None:
        table = self._tables.setdefault(kind, {})
        self._undo.append((kind, key, table.get(key)))
        if record is None:
            table.pop(key, None)
        else:
            table[key] = record

    def commit(self) -> None:
        """Keep what changed since the last commit, in the file too.

        Raises:
            StorageError: The file could not be written; the changes are undone.
        """
        changed = {(kind, key) for kind, key, _ in self._undo if kind in _KINDS}
        if self._db is not None and changed:
            try:
                with self._db:
                    for kind, key in sorted(changed):
                        _write(self._db, kind, key, self._tables[kind].get(key))
            except sqlite3.Error as error:
                self.rollback()
                raise StorageError(f"the pool's file could not be written: {error}") from error
        self._undo.clear()

    def mark(self) -> int:
        """Answer a mark to roll back to, for a call within a call."""
        return len(self._undo)

    def rollback(self, mark: int = 0) -> None:
        """Undo what changed since the mark, or since the last commit."""
        while len(self._undo) > mark:
            kind, key, old = self._undo.pop()
            if old is None:
                self._tables[kind].pop(key, None)
            else:
                self._tables[kind][key] = old

    def close(self) -> None:
        """Close the file. Memory stays readable."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _load(self, db: sqlite3.Connection) -> None:
        for kind, key, body in db.execute("SELECT kind, key, body FROM records ORDER BY rowid"):
            self._tables.setdefault(kind, {})[key] = _KINDS[kind](**json.loads(body))


def _write(db: sqlite3.Connection, kind: str, key: str, record: Any) -> None:
    if record is None:
        db.execute("DELETE FROM records WHERE kind = ? AND key = ?", (kind, key))
        return
    body = json.dumps(attrs.asdict(record), separators=(",", ":"))
    db.execute(
        "INSERT INTO records (kind, key, body) VALUES (?, ?, ?)"
        " ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
        (kind, key, body),
    )


def _open(file: str) -> sqlite3.Connection:
    if file != ":memory:":
        # A new file is its owner's alone: it holds TOTP seeds and signing keys. SQLite takes over an empty one, and
        # says what is wrong where none can be made.
        with contextlib.suppress(OSError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        # Calls are serialised by the pool's own lock, whichever thread they come from.
        db = sqlite3.connect(file, check_same_thread=False)
    except sqlite3.Error as error:
        raise StorageError(f"{file} cannot be opened: {error}") from error
    try:
        _prepare(db, file)
    except sqlite3.Error as error:
        db.close()
        raise StorageError(f"{file} is not a local user pool: {error}") from error
    except StorageError:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, file: str) -> None:
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if tables == 0 and application == 0:
        with db:
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            db.execute(
                "CREATE TABLE records (kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,"
                " PRIMARY KEY (kind, key))"
            )
        return
    if application != APPLICATION_ID:
        raise StorageError(f"{file} is not a local user pool: another program made it. Name another file.")
    if version > SCHEMA_VERSION:
        raise StorageError(
            f"{file} has schema version {version}; this program knows {SCHEMA_VERSION}. Use a newer authflow."
        )
    if version < SCHEMA_VERSION:  # an older file has fewer kinds of records, and is newer from here on
        with db:
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
