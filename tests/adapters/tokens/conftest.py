"""One pool for all: signing keys are slow to make, and nothing here changes a pool."""

from collections.abc import Iterator

import pytest
from joserfc.jwk import RSAKey

from authflow import AuthFlow
from authflow.adapters.local_pool import new_signing_key
from tests.adapters.tokens.an_api import Api, serving
from tests.adapters.tokens.forging import PASSWORD, World


@pytest.fixture(scope="session")
def signing_key() -> RSAKey:
    return new_signing_key("the-pools-key")


@pytest.fixture(scope="session")
def other_key() -> RSAKey:
    return new_signing_key("somebody-elses-key")


@pytest.fixture
def world(signing_key: RSAKey) -> Iterator[World]:
    made = World(signing_key)
    yield made
    made.pool.close()


@pytest.fixture
def api(world: World) -> Iterator[Api]:
    """A back end that takes the pool's access tokens."""
    with serving(Api(world.verifier())) as served:
        yield served


@pytest.fixture
def elsewhere() -> Iterator[Api]:
    """A server that must not get a token; it takes nobody."""
    with serving(Api(None)) as served:
        yield served


@pytest.fixture
def flow(world: World) -> AuthFlow:
    """A flow in which ana is signed in."""
    made = AuthFlow.local(world.pool)
    made.initialize()
    made.sign_in("ana", PASSWORD)
    return made
