"""What the engine's tests share."""

import pytest

from authflow.flow import Flow
from authflow.states import ScreenState
from authflow.values import Settings
from tests.engine.exploring import Exploration, explore

# A host application that wants nothing, one that wants everything, and one whose users are registered by others.
SETTINGS = (
    Settings(),
    Settings(verify_contacts=True, offer_passkey=True, retain_password=True),
    Settings(confirm_by_link=True, initial_screen=ScreenState.signUp),
    Settings(self_sign_up=False, verify_contacts=True, initial_screen=ScreenState.forgotPassword),
)


@pytest.fixture(scope="session")
def exploration() -> Exploration:
    """Every flow that can be reached from a new one; found once for the whole run."""
    return explore(*(Flow("flow-1", settings=settings) for settings in SETTINGS))
