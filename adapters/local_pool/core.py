"""One pool service's moving parts, and the lock and transaction around every call."""

import threading
from collections.abc import Callable
from os import PathLike
from typing import Final, TypeVar

from joserfc.jwk import RSAKey

from . import identity_operations, operations, shapes
from .clock import Clock
from .context import Context
from .errors import PoolError
from .faults import Faults
from .keys import KeyRing
from .outbox import Outbox
from .randomness import Randomness
from .records import Json
from .request_log import RequestLog
from .storage import Store

_Answer = TypeVar("_Answer")
_EXECUTE: Final = {shapes.USER_POOLS: operations.execute, shapes.IDENTITY_POOLS: identity_operations.execute}


class Core:
    """What LocalPool, the botocore hook and the HTTP server share.

    Args:
        file: Where to keep the pools; memory if None.
        clock: Seconds since the epoch; the system's clock if None.
        region: The region in pool ids and token issuers.
        seed: Makes random values repeatable.
        signing_key: An RSA key for all new pools.
    """

    def __init__(
        self,
        file: str | PathLike[str] | None,
        clock: Callable[[], float] | None,
        region: str,
        seed: int | None,
        signing_key: RSAKey | None,
    ) -> None:
        store = Store(file)
        self.ctx = Context(
            store=store,
            clock=Clock(clock),
            random=Randomness(seed),
            outbox=Outbox(),
            keys=KeyRing(store, signing_key),
            triggers={},
            region=region,
        )
        self.lock = threading.RLock()
        self._depth = 0  # a trigger may call the pool: that call is part of the one that ran the trigger
        self.faults = Faults()
        self.log = RequestLog()

    def run(self, operation: str, request: object, service: str = shapes.USER_POOLS) -> Json:
        """Serve one request as one transaction.

        A refusal is kept as well: it may have counted a wrong password or spent a session. Whatever else goes
        wrong leaves nothing changed.

        Raises:
            PoolError: What Cognito would answer instead.
            StorageError: The file could not be written.
        """
        return self.transact(lambda ctx: _EXECUTE[service](ctx, operation, request))

    def transact(self, work: Callable[[Context], _Answer]) -> _Answer:
        """Do some work as one transaction, under the same rules as a request.

        Raises:
            PoolError: The work was refused.
            StorageError: The file could not be written.
        """
        with self.lock:
            mark = self.ctx.store.mark()
            self._depth += 1
            try:
                return work(self.ctx)
            except PoolError:
                raise
            except BaseException:
                self.ctx.store.rollback(mark)
                raise
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self.ctx.store.commit()
