"""What the hosted UI is spoken to with."""

from typing import TYPE_CHECKING

import attrs

from authflow.adapters.config import PoolConfig
from authflow.adapters.config_oauth import OAuthConfig
from authflow.adapters.oauth.checks import OwnServerChecks, PoolChecks, TokenChecks
from authflow.adapters.oauth.http import Http
from authflow.ports import Clock

if TYPE_CHECKING:
    from authflow.adapters.tokens import TokenVerifier


@attrs.frozen(kw_only=True)
class HostedTools:
    """See the module's opening comment.

    Args:
        http: makes requests to the token endpoint.
        pool_checks: checks the user pool's tokens.
        clock: the time, in seconds since the epoch.
    """

    http: Http
    pool_checks: TokenChecks
    clock: Clock

    def checks_of(self, oauth: OAuthConfig) -> TokenChecks:
        """Returns what checks the tokens of a token endpoint."""
        return OwnServerChecks(oauth.client_id, self.clock) if oauth.own_server else self.pool_checks


def hosted_tools(config: PoolConfig, http: Http, clock: Clock, verifier: "TokenVerifier | None") -> HostedTools:
    """Returns the tools for one user pool.

    Args:
        config: the pool and the app client.
        http: makes requests.
        clock: the time, in seconds since the epoch.
        verifier: checks the pool's tokens, where the provider has one already.
    """
    return HostedTools(http=http, pool_checks=PoolChecks(config, http, clock, verifier), clock=clock)
