"""The user pool that the scripts run on, with the operator's rights: what it is like, and who is left there."""

import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import attrs

from authflow.adapters.config import PoolConfig
from tests.conformance.needs import Described
from tests.e2e.second_opinion import Json

PREFIX: Final = "authflow-conformance-"
# Amazon SES's mailbox simulator: takes everything, tells nobody, and does no harm to the account's reputation.
MAILBOX: Final = ("success+", "@simulator.amazonses.com")
_OLD: Final = timedelta(hours=1)  # whom a run leaves behind that is still under way is not swept away
_PAGE: Final = 60


def new_run() -> str:
    """Returns a name for one run, that nobody can guess: the people's passwords are known to everybody."""
    return secrets.token_hex(6)


def people(run: str, number: int) -> Mapping[str, str]:
    """Returns who the people of a script are: nobody is in two scripts, or in two runs."""
    names = {name: f"{PREFIX}{run}-{number}-{name}" for name in ("ana", "bo")}
    start, end = MAILBOX
    mail = {f"${name}_email": f"{start}{full}{end}" for name, full in names.items()}
    return {**{f"${name}": full for name, full in names.items()}, "$Ana": names["ana"].capitalize(), **mail}


@attrs.frozen(kw_only=True)
class Service:
    """A user pool, and an identity pool if there is one, reached with the operator's credentials.

    Args:
        config: which pools and which app client.
        users: a boto3 client for cognito-idp.
        identities: a boto3 client for cognito-identity.
    """

    config: PoolConfig
    users: Any
    identities: Any

    def described(self) -> Described:
        """Returns what the pools are like.

        Raises:
            ClientError: there are no such pools, or the credentials do not suffice.
        """
        name = {"UserPoolId": self.config.user_pool_id}
        client = self.users.describe_user_pool_client(**name, ClientId=self.config.client_id)["UserPoolClient"]
        known: Json | None = None
        if self.config.identity_pool_id is not None:
            known = self.identities.describe_identity_pool(IdentityPoolId=self.config.identity_pool_id)
        return Described(
            pool=self.users.describe_user_pool(**name)["UserPool"],
            client=client,
            mfa=self.users.get_user_pool_mfa_config(**name),
            identity_pool=known,
        )

    def delete(self, username: str) -> str | None:
        """Deletes a user, if there is one; returns why it could not."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self.users.admin_delete_user(UserPoolId=self.config.user_pool_id, Username=username)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code"))
            return None if code == "UserNotFoundException" else code
        except BotoCoreError as error:
            return type(error).__name__
        return None

    def delete_identities(self, identity_ids: set[str]) -> str | None:
        """Deletes identities; returns why it could not."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            if identity_ids:
                self.identities.delete_identities(IdentityIdsToDelete=sorted(identity_ids))
        except (BotoCoreError, ClientError) as error:
            return type(error).__name__
        return None

    def left_behind(self, run: str = "", *, old: bool = False) -> list[str]:
        """Returns the usernames of those whom a run has left, by default any run.

        Args:
            run: the run.
            old: whether only those are meant who are older than any run can take.
        """
        start = f"{PREFIX}{run}"
        found = {
            user["Username"]: user["UserCreateDate"]
            for attribute, value in (("username", start), ("email", f"{MAILBOX[0]}{start}"))
            for user in self._matching(f'{attribute} ^= "{value}"')
        }
        before = datetime.now(UTC) - _OLD
        return sorted(name for name, made in found.items() if not old or made < before)

    def _matching(self, wanted: str) -> Iterator[Json]:
        pages = self.users.get_paginator("list_users")
        for page in pages.paginate(
            UserPoolId=self.config.user_pool_id, Filter=wanted, PaginationConfig={"PageSize": _PAGE}
        ):
            yield from page["Users"]


def is_ours(username: str) -> bool:
    """Whether a script made a user of that name."""
    return re.match(f"({re.escape(MAILBOX[0])})?{PREFIX}", username, re.IGNORECASE) is not None
