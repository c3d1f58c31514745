"""A sealed session in a file, and what the platform's keyring is."""

from collections.abc import Callable
from pathlib import Path

import keyring.core
import pytest

from authflow.adapters.stores.sealed import SealedFileTokenStore
from tests.adapters.stores.laws import KEY, session


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop" / "session"


@pytest.fixture
def store(path: Path) -> SealedFileTokenStore:
    return SealedFileTokenStore(path, key=KEY)


@pytest.fixture
def file(store: SealedFileTokenStore, path: Path) -> bytes:
    """A sealed session, and the file that it is in."""
    store.save(session())
    return path.read_bytes()


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Says what the platform's keyring is."""
    return lambda backend: monkeypatch.setattr(keyring.core, "_keyring_backend", backend)
