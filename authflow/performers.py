"""A provider with an application's own effects: each is made by a function of the application."""

from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from authflow import outcomes
from authflow.effects import Effect
from authflow.errors import (
    AuthFlowError,
    ConfigurationError,
    ErrorCode,
    ErrorInfo,
    NotSent,
    OutcomeUnknown,
    Recovery,
    place_of,
)
from authflow.outcomes import Outcome
from authflow.ports import Provider
from authflow.regions import regions_of
from authflow.secrets import SecretGone, Vault

if TYPE_CHECKING:
    from authflow.region import Region

# Makes one call: (effect, vault) -> outcome. What it raises is told by class: `NotSent` as a call that never left,
# `SecretGone` as one whose secret is gone, any other `AuthFlowError` but `OutcomeUnknown` as a refusal. Whatever else
# it raises, or answers, leaves open whether the call was acted upon: a time-out is no refusal.
# The effect's type is narrowed by the mapping that it stands in, which Python's type system cannot say.
Performer = Callable[[Any, Vault], Outcome]
Performers = Mapping[type[Effect], Performer]


class WithPerformers:
    """A provider that hands an application's own effects to its performers, and all others on.

    Args:
        provider: makes the calls to Cognito.
        performers: by effect.
    """

    def __init__(self, provider: Provider, performers: Performers) -> None:
        self._provider = provider
        self._performers = performers

    def perform(self, effect: Effect, vault: Vault) -> Outcome:
        """Makes the call; see `authflow.ports.Provider`."""
        performer = self._performers.get(type(effect))
        return self._provider.perform(effect, vault) if performer is None else _performed(performer, effect, vault)

    def __getattr__(self, name: str) -> object:
        """Returns what the provider has besides, such as the way out of a hosted UI."""
        if name.startswith("_"):  # what Python looks for, before there is a provider to ask
            raise AttributeError(name)
        return getattr(self._provider, name)


def _performed(performer: Performer, effect: Effect, vault: Vault) -> Outcome:
    try:
        outcome: object = performer(effect, vault)
    except NotSent as failed:
        return outcomes.NotSent(effect_id=effect.id, error=failed.info)
    except OutcomeUnknown as failed:
        return outcomes.OutcomeUnknown(effect_id=effect.id, error=failed.info)
    except (AuthFlowError, SecretGone):
        raise
    except Exception as foreign:
        problem = f"raised {type(foreign).__name__}{place_of(foreign)}"
    else:
        if isinstance(outcome, Outcome) and outcome.effect_id == effect.id:
            return outcome
        other = " of another effect" if isinstance(outcome, Outcome) else ""
        problem = f"returned {type(outcome).__name__}{other}, and no outcome of {type(effect).__name__}"
    # Only the exception's class and place are told: its message may quote a secret.
    error = ErrorInfo(
        code=ErrorCode.OUTCOME_UNKNOWN,
        message=f"{type(effect).__name__}: its performer {problem}; it may have been done all the same.",
        recovery=Recovery.CONTACT_ADMINISTRATOR,
    )
    return outcomes.OutcomeUnknown(effect_id=effect.id, error=error)


def with_performers(provider: Provider, regions: "tuple[Region, ...]", performers: Performers | None) -> Provider:
    """Returns a provider that makes the effects of the application's own regions too.

    Args:
        provider: makes the calls to Cognito.
        regions: the regions of the application's own.
        performers: what makes their effects: plain functions, in the async driver too, which has threads for them.

    Raises:
        ConfigurationError: an effect has no performer, a performer no effect, or it is no plain function.
        DeclarationError: the regions do not go together.
    """
    if regions:
        regions_of(regions)  # here, where they are plugged in, and not when the first user comes
    wanted: set[object] = {effect for region in regions for effect in region.outcomes_of}
    given = dict(performers or {})
    for effect in sorted(wanted ^ set(given), key=_name_of):
        name = _name_of(effect)
        raise _wrong(
            effect,
            "has no performer" if effect in wanted else "is an effect of none of the regions",
            f"give performers={{{name}: ...}}" if effect in wanted else "name its region in Settings",
        )
    for effect, performer in given.items():
        if not callable(performer):
            raise _wrong(effect, "has a performer that cannot be called", "give a function of (effect, vault)")
        if iscoroutinefunction(performer):
            raise _wrong(effect, "has a coroutine function", "give a plain function; it is called in a worker thread")
    return WithPerformers(provider, given) if given else provider


def _name_of(effect: object) -> str:
    return getattr(effect, "__name__", repr(effect))


def _wrong(effect: object, problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(source="performers", key=_name_of(effect), problem=problem, remedy=remedy)
