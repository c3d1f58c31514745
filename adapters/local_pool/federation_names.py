"""What says of a user that another service signs the user in: the attribute ``identities``."""

import json
from typing import Any, Final

from .records import User

IDENTITIES: Final = "identities"


def identities(user: User) -> list[dict[str, Any]]:
    """Answer where a user signs in elsewhere; empty for a user of the pool's own."""
    found: list[dict[str, Any]] = json.loads(user.attributes.get(IDENTITIES) or "[]")
    return found
