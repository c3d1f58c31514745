"""An Amazon Cognito user pool of one's own, for tests and demos.

It speaks the user-pool service's JSON protocol, in process through a botocore hook and on loopback HTTP, and
is faithful where a client can tell a right one from a wrong one: SRP is computed, codes and sessions are
random, short-lived and used once, tokens are signed and expire, secrets and policies are checked. What it
does not model it refuses by name. It is never a production identity provider.
"""

from .browser import Browser
from .errors import PoolError
from .faults import Fault
from .identity_records import Standing
from .keys import new_signing_key
from .outbox import Message
from .quickstart import Setup
from .request_log import Request
from .server import PoolServer
from .service import LocalPool
from .storage import StorageError

__all__ = [
    "Browser",
    "Fault",
    "LocalPool",
    "Message",
    "PoolError",
    "PoolServer",
    "Request",
    "Setup",
    "Standing",
    "StorageError",
    "new_signing_key",
]
