"""The session in the platform's keyring, in pieces.

The Windows Credential Manager keeps 2,560 bytes in an entry (CRED_MAX_CREDENTIAL_BLOB_SIZE), which are 1,280
characters as `keyring` writes them, in UTF-16; a user pool's three tokens are some 4,000. So a value is cut in pieces,
each an entry of its own, and one entry, the head, names them. Pieces of two writes have different names: the head
changes from the one to the other at once, and whoever reads meanwhile begins again.

    entry                               holds
    {service}/{name}                    the head: version, write, number of pieces, SHA-256 of the whole
    {service}/{name}/{write}/{number}   a piece

Every entry has a service of its own, since the Windows backend moves entries about that have a service in common.

Sources: https://learn.microsoft.com/windows/win32/api/wincred/ns-wincred-credentialw; keyring's backends/Windows.py.
"""

import hashlib
import hmac
import re
import secrets
import threading
from contextlib import suppress
from typing import Final

import attrs

from authflow.adapters.stores.encoding import decoded_session, encoded_session
from authflow.adapters.stores.faults import StoreFault, unavailable
from authflow.adapters.stores.platform_keyring import Entries, KeyringBackend
from authflow.errors import StoreUnavailable
from authflow.ports import StoredSession
from authflow.secrets import Secret

VERSION: Final = 1
PIECE: Final = 1200  # characters, all of them ASCII
_ATTEMPTS: Final = 5
_CLEARED: Final = "cleared"


@attrs.frozen
class _Head:
    write: str
    pieces: int
    digest: str

    def text(self) -> str:
        return f"{VERSION} {self.write} {self.pieces} {self.digest}"

    @property
    def is_cleared(self) -> bool:
        return self.digest == _CLEARED


class KeyringTokenStore:
    """Keeps one user's session in the platform's keyring. May be used by several threads and several programs.

    A program that is ended in the middle of a write, or two that write at the very same time, may leave pieces behind
    that nothing names. They are encrypted like everything in the keyring.

    Args:
        service: what the entries are called, usually the application's name.
        name: which session, where an application keeps several.
        backend: a keyring of `keyring`'s kind, taken as it is; by default the platform's, refused when it does not
            encrypt.

    Raises:
        ConfigurationError: the extra `keyring` is not installed.
    """

    def __init__(
        self, service: str = "authflow", *, name: str = "session", backend: KeyringBackend | None = None
    ) -> None:
        self._place = f"{service}/{name}"
        self._name = name
        self._what = f"The keyring entry {self._place!r}"
        self._entries = Entries(backend)
        self._lock = threading.Lock()

    def load(self) -> StoredSession | None:
        """Returns what is stored; None when nothing is.

        Raises:
            StoreUnavailable: the keyring is locked, missing, does not encrypt, fails, or holds something else;
                `info.name` is a `StoreFault`.
        """
        with self._lock:
            text = self._read()
        return None if text is None else decoded_session(text, self._what)

    def save(self, session: StoredSession) -> None:
        """Replaces what is stored, whatever it was.

        Raises:
            StoreUnavailable: the keyring does not take it; what was stored is still there.
            InvalidInput: the session's tokens end at no finite time.
        """
        text = encoded_session(session)
        with self._lock:
            self._write(text)

    def clear(self) -> None:
        """Removes what is stored, readable or not. Once it has begun, nothing is stored; clear again if it fails.

        Raises:
            StoreUnavailable: the keyring fails.
        """
        with self._lock:
            head = self._sound_head()
            if head is not None and not head.is_cleared:
                self._put_head(attrs.evolve(head, digest=_CLEARED))
            if head is not None:
                self._drop(head)
            self._entries.remove(self._place, self._name)

    def revision(self) -> object:
        """Returns what differs once anybody has saved or cleared; reads one entry.

        Raises:
            StoreUnavailable: the keyring fails, or holds something else.
        """
        with self._lock:
            head = self._head()
        return None if head is None or head.is_cleared else head.write

    def _read(self) -> Secret[bytes] | None:
        head = self._head()
        for _ in range(_ATTEMPTS):
            if head is None or head.is_cleared:
                return None
            text = self._whole(head)
            if text is not None:
                return text
            before, head = head, self._head()
            if head == before:  # so nobody is writing
                raise unavailable(StoreFault.DAMAGED, self._what)
        raise unavailable(StoreFault.IN_USE, self._what)

    def _whole(self, head: _Head) -> Secret[bytes] | None:
        pieces = [self._entries.read(self._piece(head.write, number), self._name) for number in range(head.pieces)]
        text = Secret("".join(piece.reveal() for piece in pieces if piece is not None).encode("utf-8", "replace"))
        return text if hmac.compare_digest(_digest(text), head.digest) else None

    def _write(self, text: Secret[bytes]) -> None:
        pieces = [
            Secret(text.reveal()[start : start + PIECE].decode("ascii"))
            for start in range(0, len(text.reveal()), PIECE)
        ]
        head = _Head(write=secrets.token_hex(16), pieces=len(pieces), digest=_digest(text))
        try:
            for number, piece in enumerate(pieces):
                self._entries.write(self._piece(head.write, number), self._name, piece)
            before = self._sound_head()
            self._put_head(head)
        except StoreUnavailable:
            self._drop_unless_named(head)
            raise
        if before is not None:
            self._drop_as_far_as_possible(before)  # the session is kept, which is what was asked for

    def _drop_unless_named(self, head: _Head) -> None:
        with suppress(StoreUnavailable):
            if self._sound_head() != head:
                self._drop_as_far_as_possible(head)

    def _drop(self, head: _Head) -> None:
        for number in range(head.pieces):
            self._entries.remove(self._piece(head.write, number), self._name)

    def _drop_as_far_as_possible(self, head: _Head) -> None:
        for number in range(head.pieces):
            with suppress(StoreUnavailable):
                self._entries.remove(self._piece(head.write, number), self._name)

    def _sound_head(self) -> _Head | None:
        """Returns the head; None when what is there is none, and will be replaced."""
        stored = self._entries.read(self._place, self._name)
        return None if stored is None else _parsed(stored)

    def _head(self) -> _Head | None:
        stored = self._entries.read(self._place, self._name)
        if stored is None:
            return None
        if _is_newer(stored):
            raise unavailable(StoreFault.NEWER_VERSION, self._what)
        head = _parsed(stored)
        if head is None:
            raise unavailable(StoreFault.DAMAGED, self._what)
        return head

    def _put_head(self, head: _Head) -> None:
        self._entries.write(self._place, self._name, Secret(head.text()))

    def _piece(self, write: str, number: int) -> str:
        return f"{self._place}/{write}/{number}"


def _parsed(stored: Secret[str]) -> _Head | None:
    found = re.fullmatch(
        rf"{VERSION} ([0-9a-f]{{32}}) ([1-9][0-9]{{0,2}}) ([0-9a-f]{{64}}|{_CLEARED})", stored.reveal()
    )
    return None if found is None else _Head(write=found[1], pieces=int(found[2]), digest=found[3])


def _is_newer(stored: Secret[str]) -> bool:
    found = re.match(r"([1-9][0-9]{0,8}) ", stored.reveal())
    return found is not None and int(found[1]) > VERSION


def _digest(text: Secret[bytes]) -> str:
    return hashlib.sha256(text.reveal()).hexdigest()
