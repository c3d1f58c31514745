"""A provider that answers as it was told to, and a store in memory: what drivers are tested with.

    provider = ScriptedProvider({
        InitiateAuth: [challenge("SMS_MFA"), ErrorCode.TOO_MANY_REQUESTS],
        RespondToAuthChallenge: lambda effect, vault: Authenticated(...),
    })

What nobody said anything about succeeds. Every secret that the provider hands out is a canary, and what it notes of its
calls are the effects, which carry handles and no secrets.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs

from authflow.belonging import OUTCOMES_OF
from authflow.effects import Effect
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, exception_from
from authflow.outcomes import Outcome
from authflow.ports import StoredSession, Tokens, mark_of_tokens
from authflow.secrets import Handle, Vault
from authflow.testing.answers import answers_to, challenge_outcome
from authflow.testing.canaries import secret_value
from authflow.testing.clock import ManualClock
from authflow.testing.contents import HOUR
from authflow.testing.recoveries import usual_error
from authflow.testing.samples import NO_OVERRIDES, Overrides
from authflow.values import Account

E = TypeVar("E", bound=Effect)
# A function answers itself; an outcome is given the effect's id, and its handles are put into the vault; an error,
# its code or an exception fails the call.
Reply = Callable[[Effect, Vault], Outcome] | Outcome | ErrorInfo | ErrorCode | AuthFlowError
Replies = Mapping[type[Effect], Reply | list[Reply]]


def challenge(name: str) -> Outcome:
    """Returns the reply that asks for an answer to the challenge of this name, by Cognito's ChallengeName."""
    return challenge_outcome(name, 0)


class ScriptedProvider:
    """Answers each class of effects as it was told to, and notes what it was asked.

    Args:
        replies: by the class of the effect: one reply, which is given each time; or a list, which is given in turn,
            and after which the effect succeeds.
        clock: says when tokens were issued that end an hour later.
        outcomes_of: the classes of outcomes that belong to each class of effects.
        overrides: outcomes and values that take the place of those that effects would succeed with.
    """

    def __init__(
        self,
        replies: Replies | None = None,
        *,
        clock: ManualClock | None = None,
        outcomes_of: Mapping[type[Effect], frozenset[type[Outcome]]] = OUTCOMES_OF,
        overrides: Overrides = NO_OVERRIDES,
    ) -> None:
        self.clock = clock or ManualClock()
        self.calls: list[Effect] = []
        self._always: dict[type[Effect], Reply] = {}
        self._queued: dict[type[Effect], list[Reply]] = {}
        self._outcomes_of = outcomes_of
        self._overrides = overrides
        for effect, given in (replies or {}).items():
            if isinstance(given, list):
                self.on(effect, *given)
            else:
                self._always[effect] = given

    def on(self, effect: type[Effect], *replies: Reply) -> None:
        """Queues replies to the next effects of a class."""
        self._queued.setdefault(effect, []).extend(replies)

    def count(self, effect: type[Effect]) -> int:
        """Returns how often an effect of exactly this class was asked for."""
        return sum(type(call) is effect for call in self.calls)

    def last(self, effect: type[E]) -> E:
        """Returns the last call of this class.

        Raises:
            LookupError: there was none.
        """
        for call in reversed(self.calls):
            if isinstance(call, effect):
                return call
        raise LookupError(f"There was no {effect.__name__}.")

    def perform(self, effect: Effect, vault: Vault) -> Outcome:
        """Answers an effect.

        Raises:
            AuthFlowError: the reply says that the call fails.
        """
        kind = type(effect)
        self.calls.append(effect)
        queued = self._queued.get(kind)
        reply = queued.pop(0) if queued else self._always.get(kind)
        if reply is None:
            return self.succeed(effect, vault)
        if isinstance(reply, AuthFlowError):
            raise reply
        if isinstance(reply, ErrorCode):
            raise exception_from(usual_error(reply))
        if isinstance(reply, ErrorInfo):
            raise exception_from(reply)
        return self._kept(reply, effect, vault) if isinstance(reply, Outcome) else reply(effect, vault)

    def succeed(self, effect: Effect, vault: Vault) -> Outcome:
        """Returns the plain success of an effect."""
        return self._kept(answers_to(effect, self._outcomes_of[type(effect)], self._overrides)[0], effect, vault)

    def _kept(self, outcome: Outcome, effect: Effect, vault: Vault) -> Outcome:
        kept: Outcome = self._planted(outcome, vault)
        return attrs.evolve(kept, effect_id=effect.id)

    def _planted(self, value: Any, vault: Vault) -> Any:
        """Returns `value` with handles of the vault's own; what they name are canaries."""
        if isinstance(value, Handle):
            return vault.put(value.kind, secret_value(value.kind, expires_at=self.clock() + HOUR))
        if isinstance(value, Account):
            tokens = secret_value("tokens", expires_at=self.clock() + HOUR)
            assert isinstance(tokens, Tokens)  # noqa: S101 - what the kit keeps under this kind
            handle, mark = vault.put("tokens", tokens), mark_of_tokens(tokens)
            return attrs.evolve(value, tokens=handle, expires_at=tokens.expires_at, mark=mark)
        if isinstance(value, tuple):
            return tuple(self._planted(item, vault) for item in value)
        if attrs.has(type(value)):
            changes = {
                field.name: planted
                for field in attrs.fields(type(value))
                if (planted := self._planted(getattr(value, field.name), vault)) is not getattr(value, field.name)
            }
            return attrs.evolve(value, **changes) if changes else value
        return value


class MemoryStore:
    """A token store in memory, which fails when it is told to.

    Attributes:
        session: what is stored.
        failing: what every call raises; None while the store works.
    """

    def __init__(self) -> None:
        self.session: StoredSession | None = None
        self.failing: Exception | None = None

    def load(self) -> StoredSession | None:
        """Returns what is stored."""
        self._fail()
        return self.session

    def save(self, session: StoredSession) -> None:
        """Replaces what is stored."""
        self._fail()
        self.session = session

    def clear(self) -> None:
        """Removes what is stored."""
        self._fail()
        self.session = None

    def _fail(self) -> None:
        if self.failing is not None:
            raise self.failing
