"""Flows that differ in one thing at a time, for the tests of conditions."""

from typing import Final

import attrs

from authflow import effects, outcomes
from authflow.errors import ErrorCode, ErrorInfo
from authflow.flow import NO_CONTEXT, REGIONS, Flow, Pending
from authflow.secrets import Handle
from authflow.states import (
    SignInState,
)
from authflow.values import (
    Account,
    Federation,
    Settings,
)

ACCOUNT: Final = Account(username="jane", tokens=Handle("tokens", 1), expires_at=1_000.0)
FLOW: Final = Flow("flow-1")
HOLDING: Final = attrs.evolve(FLOW, context=NO_CONTEXT.replace(account=ACCOUNT))
SECRET: Final = Handle("code", 1)
FEDERATION: Final = Federation(provider="accounts.google.com", token=Handle("token", 1))
# How the names of the states begin in which another provider's user is signed in.
FEDERATING: Final = ("federating", "storingFederation")
CALL: Final = Pending(effects.ForgotPassword(id=1, username="jane"), 0.0)


def refused(code: ErrorCode) -> outcomes.Refused:
    return outcomes.Refused(effect_id=1, error=ErrorInfo(code=code, message="No."))


def placed(flow: Flow = FLOW, **states: object) -> Flow:
    """Returns `flow` with some regions in other states."""
    found = dict(zip(REGIONS, flow.states, strict=True)) | states
    return attrs.evolve(flow, states=tuple(found.values()))  # type: ignore[arg-type]  # states of the regions


def knowing(flow: Flow = FLOW, **changes: object) -> Flow:
    """Returns `flow` with some of its context changed."""
    return attrs.evolve(flow, context=flow.context.replace(**changes))  # type: ignore[arg-type]  # names of fields


def wanting(**settings: object) -> Flow:
    """Returns a flow of a host application that wants this."""
    return attrs.evolve(FLOW, settings=Settings(**settings))  # type: ignore[arg-type]  # names of fields


def in_sign_in(state: SignInState) -> Flow:
    return placed(sign_in=state)


REGISTRATION: Final = (
    effects.SignUp(id=1, username="jane", password=SECRET, attributes=None),
    effects.ConfirmSignUp(id=1, username="jane", code=SECRET),
    effects.ResendConfirmationCode(id=1, username="jane"),
)
RESET: Final = (
    effects.ForgotPassword(id=1, username="jane"),
    effects.ConfirmForgotPassword(id=1, username="jane", code=SECRET, new_password=SECRET),
)


def during(effect: effects.Effect) -> Flow:
    return attrs.evolve(FLOW, interactive=Pending(effect, 0.0))
