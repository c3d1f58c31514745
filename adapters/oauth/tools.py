"""What the hosted UI is spoken to with."""

from collections.abc import Callable

import attrs

from authflow.adapters.config import PoolConfig
from authflow.adapters.config_oauth import OAuthConfig
from authflow.adapters.oauth.checks import OwnServerChecks, PoolChecks, TokenChecks
from authflow.adapters.oauth.http import Http, Transport
from authflow.ports import Clock


@attrs.frozen(kw_only=True)
class HostedTools:
    """See the module's opening comment.

    Args:
        http: makes requests to the token endpoint.
        pool_checks: checks the user pool's tokens.
        clock: the time, in seconds since the epoch.
        loopback: whether the browser's way back is caught on this machine.
    """

    http: Http
    pool_checks: TokenChecks
    clock: Clock
    loopback: bool = False

    def checks_of(self, oauth: OAuthConfig) -> TokenChecks:
        """Returns what checks the tokens of a token endpoint."""
        return OwnServerChecks(oauth.client_id, self.clock) if oauth.own_server else self.pool_checks


def hosted_tools(
    config: PoolConfig,
    transport: Transport,
    *,
    clock: Clock,
    retries: int,
    sleep: Callable[[float], None],
    loopback: bool,
) -> HostedTools:
    """Returns the tools for one user pool."""
    http = Http(transport, retries=retries, sleep=sleep)
    return HostedTools(http=http, pool_checks=PoolChecks(config, http, clock), clock=clock, loopback=loopback)
