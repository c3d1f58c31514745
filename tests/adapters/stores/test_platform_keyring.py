"""Which keyring is taken: one that encrypts, or none."""

import sys
from collections.abc import Callable

import pytest
from keyring.backends import chainer, fail, null

from authflow import ConfigurationError, StoreUnavailable
from authflow.adapters.stores.faults import StoreFault
from authflow.adapters.stores.keyring_store import KeyringTokenStore
from authflow.adapters.stores.keys import KeyringKey
from authflow.adapters.stores.platform_keyring import KeyringBackend, first_fit, platform_keyring
from authflow.adapters.stores.sealed import SealedFileTokenStore
from authflow.adapters.stores.usual import usual_token_store
from tests.adapters.stores.keyrings import MemoryKeyring, Plain, Platform, Registry
from tests.adapters.stores.laws import session


def refusal(call: Callable[[], object]) -> StoreUnavailable:
    with pytest.raises(StoreUnavailable) as caught:
        call()
    assert "SealedFileTokenStore(path, key=...)" in caught.value.message
    return caught.value


def test_a_keyring_that_encrypts_is_taken(platform: Callable[[object], None]) -> None:
    found = Platform()
    platform(found)
    assert platform_keyring() is found
    usual_token_store("shop").save(session())
    assert ("shop/session", "session") in found.kept
    assert KeyringTokenStore("shop").load() == session()


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring, chainer.ChainerBackend])
def test_a_keyring_that_keeps_nothing_is_none(
    platform: Callable[[object], None], backend: Callable[[], object]
) -> None:
    platform(backend())
    assert refusal(platform_keyring).info.name == StoreFault.KEYRING_MISSING
    assert refusal(lambda: usual_token_store("shop")).info.name == StoreFault.KEYRING_MISSING
    assert refusal(KeyringTokenStore("shop").load).info.name == StoreFault.KEYRING_MISSING


@pytest.mark.parametrize("module", ["macOS", "Windows", "SecretService", "libsecret", "kwallet"])
def test_every_platforms_own_is_known(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setattr(Platform, "__module__", f"keyring.backends.{module}")
    found = Platform()
    assert first_fit([found]) is found


@pytest.mark.parametrize("backend", [Plain(), MemoryKeyring()])
def test_a_keyring_that_is_not_known_to_encrypt_is_refused_unless_asked_for(
    platform: Callable[[object], None], backend: MemoryKeyring
) -> None:
    platform(backend)
    assert refusal(lambda: usual_token_store("shop")).info.name == StoreFault.KEYRING_INSECURE
    store = KeyringTokenStore("shop")
    assert refusal(lambda: store.save(session())).info.name == StoreFault.KEYRING_INSECURE
    assert backend.kept == {}
    KeyringTokenStore("shop", backend=backend).save(session())
    assert backend.kept


def test_of_several_the_first_that_encrypts_is_taken() -> None:
    good = Platform()
    without: Callable[[], KeyringBackend] = fail.Keyring
    assert first_fit([without(), Plain(), Registry(), good, Platform()]) is good


def test_a_registrys_keyring_that_outranks_the_platforms_is_passed_over(
    platform: Callable[[object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`keyrings.codeartifact`, `keyrings.google-artifactregistry-auth` and `artifacts-keyring` take nothing."""
    good = Platform()
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [Registry(), good])
    chain: Callable[[], object] = chainer.ChainerBackend
    platform(chain())
    KeyringTokenStore("shop").save(session())
    assert usual_token_store("shop").load() == session()


def test_a_chain_is_not_written_to_as_one(platform: Callable[[object], None], monkeypatch: pytest.MonkeyPatch) -> None:
    good, plain = Platform(), Plain()
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [plain, good])
    chain: Callable[[], object] = chainer.ChainerBackend
    platform(chain())
    usual_token_store("shop").save(session())
    assert good.kept
    assert not plain.kept


def test_looking_for_one_may_fail(platform: Callable[[object], None], monkeypatch: pytest.MonkeyPatch) -> None:
    platform(None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "nowhere.Keyring")
    with pytest.raises(StoreUnavailable, match=r"^The platform keyring failed \(ModuleNotFoundError\); "):
        platform_keyring()


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    for call in (lambda: usual_token_store("shop"), lambda: KeyringTokenStore("shop"), lambda: KeyringKey("shop")):
        with pytest.raises(ConfigurationError, match=r'pip install "cognito-authflow\[keyring\]"'):
            call()


def test_sealed_files_do_without_the_library(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    store = SealedFileTokenStore(f"{tmp_path}/session", key=bytes(32))
    store.save(session())
    assert store.load() == session()
