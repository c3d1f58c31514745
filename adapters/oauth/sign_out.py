"""The way out of the hosted UI, whose own session a sign-out of the app leaves as it is."""

from authflow.adapters.config import PoolConfig
from authflow.adapters.config_formats import Setting
from authflow.adapters.config_oauth import redirect_uri
from authflow.adapters.oauth.addresses import first_suitable, with_parameters
from authflow.errors import ConfigurationError


def sign_out_url(config: PoolConfig, logout_uri: str | None = None) -> str:
    """Returns the address that ends the hosted UI's session in the browser that goes there.

    It ends no session at an identity provider (Google, ...), and revokes no tokens.
    Source: Amazon Cognito developer guide, "Logout endpoint".

    Args:
        config: the user pool and the app client.
        logout_uri: where the browser goes afterwards, one of the app client's sign-out URLs; by default the first one
            that the configuration has.

    Raises:
        ConfigurationError: there is no hosted UI, or nothing to go to afterwards.
    """
    return sign_out_request(config, logout_uri)[0]


def sign_out_request(config: PoolConfig, logout_uri: str | None = None, *, loopback: bool = False) -> tuple[str, str]:
    """Returns the same address, and where the browser goes afterwards; see `sign_out_url`.

    Args:
        config: the user pool and the app client.
        logout_uri: where the browser goes afterwards, if the caller chose.
        loopback: whether that is caught on this machine, so that an address of this machine is taken where there are
            several.

    Raises:
        ConfigurationError: there is no hosted UI, or nothing to go to afterwards.
    """
    oauth = config.hosted_ui
    chosen = redirect_uri(Setting("arguments", "logout_uri", logout_uri)) if logout_uri is not None else None
    after = chosen or first_suitable(oauth.sign_out_redirects, loopback=loopback)
    if oauth.sign_out_url is None or after is None:
        raise ConfigurationError(
            source="configuration",
            key="oauth",
            problem="does not say where to sign out" if oauth.sign_out_url is None else "has no sign-out URL",
            remedy="write SignOutURI" if oauth.sign_out_url is None else "write one there, or hand in `logout_uri`",
        )
    own = {"client_id": oauth.client_id, "logout_uri": after}
    return with_parameters(oauth.sign_out_url, {**oauth.sign_out_parameters, **own}), after
