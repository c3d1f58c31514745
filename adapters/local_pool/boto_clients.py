"""boto3 clients that the service answers in process."""

import functools
import threading
from typing import TYPE_CHECKING, Any

from .core import Core
from .hook import Hook, event

if TYPE_CHECKING:
    import boto3.session
    from botocore.client import BaseClient

_making = threading.Lock()  # botocore documents that making clients is not thread-safe


class BotoClients:
    """The boto3 clients of a service.

    Args:
        core: The service.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._hooks: dict[int, tuple[BaseClient, Hook]] = {}

    def _boto_client(self, service: Any, options: dict[str, Any]) -> Any:
        from botocore.config import Config

        ours = Config(retries={"total_max_attempts": 1, "mode": "standard"})
        usual: dict[str, Any] = {
            "region_name": self._core.ctx.region,
            "aws_access_key_id": "local",
            "aws_secret_access_key": "local",
        }
        given = {**usual, **options, "config": ours.merge(options.get("config") or Config())}
        with _making:
            client = _boto_session().client(service, **given)
        self.attach(client)
        return client

    def attach(self, client: "BaseClient") -> None:
        """Answer the requests of a boto3 client of user pools or identity pools in process from now on.

        Raises:
            ValueError: It is the client of another service.
        """
        if id(client) not in self._hooks:
            hook = Hook(self._core, client.meta.config.read_timeout or 60)  # type: ignore[attr-defined]  # set by Config
            client.meta.events.register_first(event(client), hook)  # type: ignore[arg-type]  # answers are used here
            self._hooks[id(client)] = (client, hook)

    def detach(self, client: "BaseClient") -> None:
        """Let a client's requests go to its endpoint again."""
        found = self._hooks.pop(id(client), None)
        if found is not None:
            client.meta.events.unregister(event(client), found[1])  # type: ignore[arg-type]  # as registered

    def _detach_all(self) -> None:
        for client, _ in list(self._hooks.values()):
            self.detach(client)


@functools.lru_cache(maxsize=1)
def _boto_session() -> "boto3.session.Session":
    import boto3.session

    return boto3.session.Session()
