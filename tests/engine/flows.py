"""Flows that the engine's tests start from, and the ways to go on from them."""

from typing import Final

import pytest

from authflow import intents, outcomes
from authflow.engine import Compiled
from authflow.errors import ErrorCode
from authflow.flow import REGIONS, Flow
from authflow.intents import Intent
from authflow.outcomes import Outcome
from authflow.regions import Regions, dispatch_of
from authflow.step import Message, step
from authflow.values import SignOutOptions
from tests.engine.any_outcomes import any_outcome
from tests.engine.factory import CODE, NOW, PASSWORD, STORED_ACCOUNT

NEW: Final = Flow("flow-1")


def plant(monkeypatch: pytest.MonkeyPatch, machines: tuple[Compiled, ...]) -> None:
    """Has flows run by other machines."""
    from authflow import step as module

    regions = Regions(compiled=machines, names=REGIONS, dispatch=dispatch_of(machines))
    monkeypatch.setattr(module, "regions_of", lambda own: regions)


SIGN_IN: Final = intents.SignIn(username="jane", password=PASSWORD)
ANSWER: Final = intents.ConfirmSignIn(answer=CODE)
GLOBALLY: Final = intents.SignOut(options=SignOutOptions(sign_out_globally=True))


def said(flow: Flow, *messages: Message) -> Flow:
    """Returns `flow` after messages that it takes."""
    for message in messages:
        taken = step(flow, message, NOW)
        assert taken.rejection is None, taken.rejection
        assert not taken.stale
        assert taken.flow is not flow
        flow = taken.flow
    return flow


def answered(flow: Flow, kind: type[Outcome]) -> Flow:
    """Returns `flow` after an outcome of the call that was asked for last."""
    return said(flow, any_outcome(kind, flow.last_effect))


def rejected(flow: Flow, intent: Intent) -> ErrorCode:
    """Returns why `flow` does not take `intent`, having seen that nothing changed."""
    taken = step(flow, intent, NOW)
    assert taken.rejection is not None
    assert taken.flow is flow
    assert taken.effect is None
    return taken.rejection.error.code


SIGNED_OUT: Final = answered(said(NEW, intents.Initialize()), outcomes.NothingStored)
RESTORED: Final = said(said(NEW, intents.Initialize()), outcomes.SessionRestored(effect_id=1, account=STORED_ACCOUNT))
CALLING: Final = said(SIGNED_OUT, SIGN_IN)
CHALLENGED: Final = answered(CALLING, outcomes.SmsMfaIssued)
ANSWERING: Final = said(CHALLENGED, ANSWER)
STORING: Final = answered(CALLING, outcomes.Authenticated)
SIGNED_IN: Final = answered(STORING, outcomes.TokensStored)
REFRESHING: Final = said(SIGNED_IN, intents.GetTokens(at=NOW, force=True))
