"""One signing key for all pools of these tests: making one takes a while."""

import pytest
from joserfc.jwk import RSAKey

from authflow.adapters.local_pool import LocalPool, new_signing_key


@pytest.fixture(scope="session")
def signing_key() -> RSAKey:
    return new_signing_key()


@pytest.fixture
def pool(signing_key: RSAKey) -> LocalPool:
    return LocalPool(signing_key=signing_key)
