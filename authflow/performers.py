"""A provider with an application's own effects: each is made by a function of the application."""

from collections.abc import Callable, Mapping
from typing import Any

from authflow.effects import Effect
from authflow.errors import ConfigurationError
from authflow.outcomes import Outcome
from authflow.ports import Provider
from authflow.region import Region
from authflow.secrets import Vault

# Makes one call: (effect, vault) -> outcome. It may raise what a provider may: `SecretGone`, or an `AuthFlowError`; any
# other exception counts as a call that failed unexpectedly. The effect's type is narrowed by the mapping that it stands
# in, which Python's type system cannot say.
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
        return self._provider.perform(effect, vault) if performer is None else performer(effect, vault)

    def __getattr__(self, name: str) -> object:
        """Returns what the provider has besides, such as the way out of a hosted UI."""
        return getattr(self._provider, name)


def with_performers(provider: Provider, regions: tuple[Region, ...], performers: Performers | None) -> Provider:
    """Returns a provider that makes the effects of the application's own regions too.

    Args:
        provider: makes the calls to Cognito.
        regions: the regions of the application's own.
        performers: what makes their effects.

    Raises:
        ConfigurationError: an effect has no performer, or a performer no effect.
    """
    wanted = {effect for region in regions for effect in region.outcomes_of}
    given = performers or {}
    for effect in sorted(wanted ^ set(given), key=lambda kind: kind.__name__):
        raise ConfigurationError(
            source="performers",
            key=effect.__name__,
            problem="has no performer" if effect in wanted else "is an effect of none of the regions",
            remedy=f"give performers={{{effect.__name__}: ...}}" if effect in wanted else "name its region in Settings",
        )
    return WithPerformers(provider, given) if given else provider
