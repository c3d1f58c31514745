"""The messages of the whole step: sign up, confirm, sign in with a second factor, reset, refresh, sign out."""

from collections.abc import Iterator

import attrs

from authflow import intents, outcomes
from authflow.errors import ErrorCode, ErrorInfo
from authflow.flow import Flow
from authflow.regions import compiled_machines
from authflow.secrets import Handle
from authflow.step import Message, step
from authflow.values import Account, Challenge

_ANSWER = Handle("answer", 1)
_ACCOUNT = Account(username="ana", tokens=Handle("tokens", 2), expires_at=1e9)
_MISMATCH = ErrorInfo(code=ErrorCode.CODE_MISMATCH, message="Invalid code provided.")


def _messages() -> Iterator[Message]:
    """Give the messages in order; an outcome stands without its effect's id, which `script` fills in."""
    challenge = Challenge(name="SMS_MFA", session=Handle("session", 3))
    yield intents.Initialize()
    yield outcomes.NothingStored(effect_id=0)
    yield intents.ShowSignUp()
    yield intents.SignUp(username="ana", password=_ANSWER)
    yield outcomes.SignedUp(effect_id=0, confirmed=False)
    yield intents.ConfirmSignUp(username="ana", code=_ANSWER)
    yield outcomes.Refused(effect_id=0, error=_MISMATCH)
    yield intents.ConfirmSignUp(username="ana", code=_ANSWER)
    yield outcomes.SignUpConfirmed(effect_id=0)
    yield intents.SignIn(username="ana", password=_ANSWER)
    yield outcomes.PasswordVerifierIssued(effect_id=0, challenge=challenge, srp=_ANSWER)
    yield outcomes.SmsMfaIssued(effect_id=0, challenge=challenge)
    yield intents.ConfirmSignIn(answer=_ANSWER)
    yield outcomes.Refused(effect_id=0, error=_MISMATCH)
    yield intents.ConfirmSignIn(answer=_ANSWER)
    yield outcomes.Authenticated(effect_id=0, account=_ACCOUNT)
    yield outcomes.TokensStored(effect_id=0)
    yield intents.GetTokens(at=0.0)
    yield intents.GetTokens(at=0.0, force=True)
    yield outcomes.TokensRefreshed(effect_id=0, account=_ACCOUNT)
    yield outcomes.RefreshedTokensStored(effect_id=0)
    yield intents.SignOut()
    yield outcomes.RemoteSignOutDone(effect_id=0)
    yield outcomes.TokensCleared(effect_id=0)
    yield intents.ShowForgotPassword()
    yield intents.ForgotPassword(username="ana")
    yield outcomes.ResetCodeSent(effect_id=0)
    yield intents.Back()
    yield intents.Back()


def script() -> tuple[tuple[Flow, Message, set[str]], ...]:
    """Give every step: the flow before it, the message, and the names of the conditions that are true then."""
    flow, told = Flow("bench"), []
    for message in _messages():
        if isinstance(message, outcomes.Outcome):
            message = attrs.evolve(message, effect_id=flow.last_effect)
        told.append((flow, message, _true_conditions(flow, message)))
        taken = step(flow, message, 0.0)
        if taken.rejection is not None or taken.stale:
            raise AssertionError(f"{message} was not taken")
        flow = taken.flow
    return tuple(told)


def _true_conditions(flow: Flow, message: Message) -> set[str]:
    true: set[str] = set()
    for compiled, state in zip(compiled_machines(), flow.states, strict=True):
        for rule in compiled.table[state].get(type(message), ()):
            true |= {check.__name__ for check, _ in rule.checks if check(flow, message)}
    return true
