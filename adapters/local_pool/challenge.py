"""What all challenges share: issuing one, and one attempt at answering it."""

from collections.abc import Mapping
from typing import Any

import attrs

from . import sessions, tokens
from .context import Context
from .errors import invalid
from .records import AuthSession, Client, Json, Pool, User
from .users import current


def challenge(
    ctx: Context,
    client: Client,
    user: User,
    name: str,
    parameters: Mapping[str, str],
    data: dict[str, Any],
) -> Json:
    """Issue a challenge.

    Args:
        ctx: The pool's parts.
        client: The app client.
        user: The user.
        name: The challenge's name.
        parameters: What the client is told.
        data: What is needed to check the answer.

    Returns:
        The response of InitiateAuth or RespondToAuthChallenge.
    """
    session = sessions.issue(ctx, client, user.username, name, data=data)
    return {
        "ChallengeName": name,
        "Session": session.token,
        "ChallengeParameters": {"USER_ID_FOR_SRP": user.username, **parameters},
    }


@attrs.frozen(kw_only=True)
class Attempt:
    """One answer to a challenge whose session, client and user have been checked."""

    ctx: Context
    pool: Pool
    client: Client
    session: AuthSession
    user: User
    answers: Mapping[str, str] = attrs.field(repr=False)
    metadata: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    def answer(self, name: str) -> str:
        """Answer one of the challenge responses.

        Raises:
            PoolError: ``InvalidParameterException`` if it is missing.
        """
        return needed(self.answers, name)

    def finish(self) -> Json:
        """Spend the session and answer tokens."""
        sessions.spend(self.ctx, self.session)
        return tokens.sign_in(self.ctx, self.pool, self.client, current(self.ctx, self.user))


def needed(values: Mapping[str, str], name: str) -> str:
    """Answer a member of AuthParameters or ChallengeResponses.

    Raises:
        PoolError: ``InvalidParameterException`` if it is missing or empty.
    """
    found = values.get(name)
    if not found:
        invalid(f"Missing required parameter {name}")
    return found
