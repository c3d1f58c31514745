"""What the engine's tests share."""

import pytest

from authflow.flow import Flow
from authflow.states import ScreenState
from authflow.values import Settings
from tests.engine.exploring import Exploration, crossing_identity_pool, explore, without_identity_pool

# A host application that wants nothing, one that wants everything, and one whose users are registered by others.
SETTINGS = (
    Settings(),
    Settings(verify_contacts=True, offer_passkey=True, retain_password=True, providers=("Google",)),
    Settings(confirm_by_link=True, initial_screen=ScreenState.signUp),
    Settings(self_sign_up=False, verify_contacts=True, initial_screen=ScreenState.forgotPassword),
)
CROSSING = Settings(confirm_by_link=True, providers=("Google",))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "explorations" in getattr(item, "fixturenames", ()):
            item.add_marker("exhaustive")


@pytest.fixture(scope="session")
def explorations() -> dict[str, Exploration]:
    """Every flow that can be reached from a new one, twice; found once for the whole run."""
    return {
        "without identities": explore(
            *(Flow("flow-1", settings=settings) for settings in SETTINGS), belongs=without_identity_pool
        ),
        "with identities": explore(Flow("flow-1", settings=CROSSING), belongs=crossing_identity_pool),
    }


@pytest.fixture(scope="session", params=["without identities", "with identities"])
def exploration(request: pytest.FixtureRequest, explorations: dict[str, Exploration]) -> Exploration:
    """Every flow that can be reached from a new one, one exploration after the other."""
    return explorations[request.param]
