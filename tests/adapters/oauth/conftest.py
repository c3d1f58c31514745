"""Benches: a provider against the hosted UI of a local pool."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from authflow.adapters.local_pool import new_signing_key
from tests.adapters.oauth.benches import Bench


@pytest.fixture(scope="session")
def signing_key() -> Any:
    return new_signing_key()


@pytest.fixture
def make(signing_key: Any) -> Iterator[Callable[..., Bench]]:
    """Make benches with the options of `LocalPool.quickstart`; `config=` and `provider=` for those of these two."""
    made: list[Bench] = []

    def build(*, config: dict[str, Any] | None = None, provider: dict[str, Any] | None = None, **options: Any) -> Bench:
        made.append(Bench(signing_key, dict(config or {}), dict(provider or {}), options))
        return made[-1]

    yield build
    for bench in made:
        bench.close()


@pytest.fixture
def bench(make: Callable[..., Bench]) -> Bench:
    return make()
