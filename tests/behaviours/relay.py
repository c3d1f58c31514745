"""A provider of a host application's own, between the flow and the pool: it sees every call and may change it."""

from collections.abc import Callable

from authflow import AuthFlow
from authflow.adapters.local import local_ports
from authflow.effects import Effect
from authflow.outcomes import Outcome
from authflow.ports import Provider
from authflow.secrets import Vault
from tests.behaviours.host import Host

Change = Callable[[Effect], Effect]


class Relay:
    """Passes calls on, and keeps what it passed on.

    Args:
        provider: makes the calls.
        change: what becomes of a call before it is made.
    """

    def __init__(self, provider: Provider, change: Change) -> None:
        self._provider = provider
        self._change = change
        self.sent: list[Effect] = []

    def perform(self, effect: Effect, vault: Vault) -> Outcome:
        """Makes the call that takes this one's place."""
        changed = self._change(effect)
        self.sent.append(changed)
        return self._provider.perform(changed, vault)


def _as_it_is(effect: Effect) -> Effect:
    return effect


def relayed(host: Host, change: Change = _as_it_is, *, dial_codes: tuple[str, ...] = ()) -> Relay:
    """Starts the application anew, with a relay as its provider.

    Args:
        host: the application.
        change: what becomes of a call before it is made.
        dial_codes: the country codes to choose from, the first of them filled in.
    """
    provider, store, clock, traits = local_ports(host.pool, host.tokens)
    relay = Relay(provider, change)
    host.flow = AuthFlow.from_config(
        user_pool_id=host.setup.pool_id,
        client_id=host.setup.client_id,
        username_attributes=traits.username_attributes,
        required_attributes=traits.required_attributes,
        user_verification_types=traits.verification_attributes,
        provider=relay,
        token_store=store,
        clock=clock,
        dial_codes=dial_codes,
    )
    host.flow.initialize()
    return relay
