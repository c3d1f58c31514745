"""One sealed file: read, replaced as a whole, removed, and locked against other writers.

- A file is never written to: a new one is written beside it, brought to the disk, and takes its place (`os.replace`).
  Whoever reads has the old content or the new; whoever fails, for want of room for example, leaves the old.
- Replacing is atomic, but not enough: changing one device among several is reading and writing, and Windows lets
  nobody replace a file that somebody is reading. So writers hold a lock, and on Windows readers hold it too. It is a
  file beside the sealed one, empty, that stays; `filelock` asks the system for the lock, which ends with the process.
- A file is what its owner alone may read and write (mode 0600); on Windows, what the folder's rights say.
- A file is read only if it has a size that one can have: what was put in its place may be as large as the disk.
"""

import errno
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final

from authflow.adapters.stores.envelope import HEADER_BYTES, Purpose, Sealing, opened, sealed
from authflow.adapters.stores.faults import StoreFault, unavailable
from authflow.adapters.stores.keys import Key, sealing_key
from authflow.errors import InvalidInput, StoreUnavailable
from authflow.secrets import Secret

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
_WINDOWS: Final = os.name == "nt"
_POLL: Final = 0.005  # seconds; a write takes about one millisecond
MOST_BYTES: Final = 2**20  # a session has some thousand, a device some hundred
_OWNER_ONLY: Final = 0o600
_OWNER_ONLY_FOLDER: Final = 0o700
# A pipe that was put in a file's place must not make an opening wait. Windows knows neither of these.
_READING: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_WRITING: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)

FilePath = str | os.PathLike[str]


class SealedFile:
    """A file that holds one sealed value. May be used by several threads and several processes.

    Args:
        path: the file. Its folder is made at the first write. A file of the same name with `.lock` is made beside it.
        key: seals it; see `authflow.adapters.stores.keys`.
        purpose: what it holds.
        timeout: how long to wait for other writers, in seconds.
        context: whose it is; the file's name by default.

    Raises:
        InvalidInput: the key or the context is no such thing.
    """

    def __init__(self, path: FilePath, key: Key, purpose: Purpose, timeout: float, context: str | None = None) -> None:
        self._path = Path(
            os.path.realpath(Path(path).expanduser())
        )  # a link to the file stays one when that is replaced
        self._fresh = self._path.with_name(f".{self._path.name}.new")
        self._lock = self._path.with_name(f"{self._path.name}.lock")
        self._timeout = timeout
        self._turn = threading.Lock()
        self._writer: int | None = None  # the thread that is in `exclusive()`
        self.what = f"The sealed file {self._path.name!r}"
        self._sealing = Sealing(
            key=sealing_key(key),
            purpose=purpose,
            context=self._path.name if context is None else _checked(context),
            what=self.what,
        )

    def read(self) -> Secret[bytes] | None:
        """Returns what the file holds; None when there is no file.

        Raises:
            StoreUnavailable: there is one and it cannot be read.
        """
        content = self._bytes()
        return None if content is None else opened(content, self._sealing)

    def revision(self) -> object:
        """Returns the file's header, which no two writes have in common; None when there is no file.

        Raises:
            StoreUnavailable: there is one and it cannot be read.
        """
        return self._bytes(HEADER_BYTES)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keeps other writers away: other threads, and other processes.

        Raises:
            StoreUnavailable: others write for longer than the timeout, or the lock cannot be made.
        """
        from filelock import FileLock

        if not self._turn.acquire(timeout=self._timeout):
            raise unavailable(StoreFault.IN_USE, self.what)
        try:
            with self._told(StoreFault.NOT_WRITABLE):
                self._path.parent.mkdir(_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
                lock = FileLock(self._lock, timeout=self._timeout, mode=_OWNER_ONLY)
                lock.acquire(poll_interval=_POLL)
            self._writer = threading.get_ident()
            try:
                yield
            finally:
                self._writer = None
                lock.release()
        finally:
            self._turn.release()

    def write(self, content: Secret[bytes]) -> None:
        """Replaces what the file holds; to be called in `exclusive()`.

        Raises:
            StoreUnavailable: it cannot be written; what it held is still there.
        """
        file = sealed(content, self._sealing)
        if len(file) > MOST_BYTES:  # which nobody could read
            raise unavailable(StoreFault.TOO_LARGE, self.what)
        with self._told(StoreFault.NOT_WRITABLE):
            try:
                self._write_fresh(file)
                os.replace(self._fresh, self._path)
            except OSError:
                with suppress(OSError):
                    self._fresh.unlink()
                raise
            self._bring_folder_to_disk()

    def remove(self) -> None:
        """Removes the file, unread; to be called in `exclusive()`. Its blocks on the disk are not overwritten.

        Raises:
            StoreUnavailable: it cannot be removed.
        """
        with self._told(StoreFault.NOT_WRITABLE):
            self._fresh.unlink(missing_ok=True)  # what a process left that was ended while it wrote
            self._path.unlink(missing_ok=True)
            self._bring_folder_to_disk()

    @property
    def is_there(self) -> bool:
        """Whether there is something to remove, of whatever kind.

        Raises:
            StoreUnavailable: that cannot be told.
        """
        with self._told(StoreFault.NOT_READABLE):
            return _exists(self._path) or _exists(self._fresh)

    def _bytes(self, most: int = MOST_BYTES) -> bytes | None:
        with self._told(StoreFault.NOT_READABLE), self._undisturbed():
            try:
                descriptor = os.open(self._path, _READING)
            except FileNotFoundError:
                return None
            try:
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode):
                    raise unavailable(StoreFault.NOT_A_FILE, self.what)
                if found.st_size > MOST_BYTES:
                    raise unavailable(StoreFault.DAMAGED, self.what)
                with open(descriptor, "rb", closefd=False) as file:
                    return file.read(most)
            finally:
                os.close(descriptor)

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        alone = self._writer == threading.get_ident()
        with self.exclusive() if _WINDOWS and not alone and _exists(self._path) else nullcontext():
            yield

    def _write_fresh(self, file: bytes) -> None:
        self._fresh.unlink(missing_ok=True)  # the lock is held: whoever began it does not live any more
        with open(os.open(self._fresh, _WRITING, _OWNER_ONLY), "wb") as fresh:
            fresh.write(file)
            fresh.flush()
            os.fsync(fresh.fileno())

    def _bring_folder_to_disk(self) -> None:
        if _WINDOWS:  # which opens no folders
            return
        with suppress(OSError):  # a folder or a file system that cannot: the new content is in place all the same
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    @contextmanager
    def _told(self, fault: StoreFault) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._failure(error, fault) from error

    def _failure(self, error: OSError, fault: StoreFault) -> StoreUnavailable:
        if isinstance(error, TimeoutError):
            return unavailable(StoreFault.IN_USE, self.what)
        if error.errno in _NO_ROOM:
            return unavailable(StoreFault.NO_ROOM, self.what, type(error).__name__)
        if os.path.isdir(self._path):  # which every system says in other words
            return unavailable(StoreFault.NOT_A_FILE, self.what)
        return unavailable(fault, self.what, errno.errorcode.get(error.errno or 0, type(error).__name__))


def _checked(context: str) -> str:
    if not isinstance(context, str) or not context:
        raise InvalidInput.of("context", "A context is a text that is not empty; leave it out for the file's name.")
    return context


def _exists(path: Path) -> bool:
    # `os.path.lexists` takes a folder that may not be entered for one where there is nothing.
    try:
        os.lstat(path)
    except FileNotFoundError:
        return False
    return True
