"""What every operation is handed: the pool's memory, time, randomness and outbox."""

import attrs

from .clock import Clock
from .errors import PoolError
from .keys import KeyRing
from .outbox import Outbox
from .randomness import Randomness
from .records import Client, Pool
from .storage import Store
from .triggers import Triggers


@attrs.frozen(kw_only=True)
class Call:
    """What a sign-in under way has said of itself; its sessions carry it from step to step.

    Attributes:
        admin: Whether an administrator signs in for the user, with AdminInitiateAuth; None outside of sign-ins.
        device_key: The ``DEVICE_KEY`` that was named; empty without one.
        device_proved: Whether the secret of that device has been proved.
        hosted: Whether it goes through the pages of the pool's domain, whose browser gets a code instead of tokens.
    """

    admin: bool | None = None
    device_key: str = ""
    device_proved: bool = False
    hosted: bool = False


@attrs.frozen(kw_only=True)
class Context:
    """The parts that operations share.

    Attributes:
        triggers: The Python callables of each pool, by pool id.
        call: What the sign-in under way has said of itself.
    """

    store: Store
    clock: Clock
    random: Randomness
    outbox: Outbox
    keys: KeyRing
    triggers: dict[str, Triggers]
    region: str
    call: Call = Call()

    def pool(self, pool_id: str) -> Pool:
        """Answer a pool by id.

        Raises:
            PoolError: ``ResourceNotFoundException``.
        """
        found = self.store.get(Pool, pool_id)
        if found is None:
            raise PoolError("ResourceNotFoundException", f"User pool {pool_id} does not exist.")
        return found

    def client(self, client_id: str) -> tuple[Pool, Client]:
        """Answer an app client and its pool.

        Raises:
            PoolError: ``ResourceNotFoundException``.
        """
        found = self.store.get(Client, client_id)
        if found is None:
            raise PoolError("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
        return self.pool(found.pool_id), found

    def triggers_of(self, pool: Pool) -> Triggers:
        """Answer the pool's triggers; empty ones if none were set."""
        return self.triggers.get(pool.id, Triggers())
