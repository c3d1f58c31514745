"""Wire: how the AWS SDK's clients are made, and what a caller may bring instead."""

import math
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from authflow.errors import ConfigurationError

if TYPE_CHECKING:
    from boto3.session import Session
    from types_boto3_cognito_identity.client import CognitoIdentityClient
    from types_boto3_cognito_idp.client import CognitoIdentityProviderClient

_Client = TypeVar("_Client")
_SCHEMES: Final = frozenset({"http", "https"})
_MOST_RETRIES: Final = 10
ONCE: Final = 'make it with Config(retries={"total_max_attempts": 1})'
_SECONDS: Final = "write a number of seconds greater than zero, such as 30.0"


def wrong(key: str, problem: str, remedy: str) -> ConfigurationError:
    """Returns the exception that refuses a setting; it quotes no value: a proxy's URL may hold a password."""
    return ConfigurationError(source="wire", key=key, problem=problem, remedy=remedy)


def _seconds(_: object, attribute: "attrs.Attribute[float]", value: object) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (is_number and math.isfinite(value) and value > 0):  # type: ignore[arg-type, operator]  # a number, says the first half
        raise wrong(attribute.name, "is no number of seconds", _SECONDS)


def _whole(least: int, most: int | None) -> Callable[[object, "attrs.Attribute[int]", object], None]:
    bounds = f"from {least}" if most is None else f"from {least} to {most}"

    def check(_: object, attribute: "attrs.Attribute[int]", value: object) -> None:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or value < least or (most is not None and value > most):  # type: ignore[operator]  # as above
            raise wrong(attribute.name, "is out of range", f"write a whole number {bounds}")

    return check


def _proxies(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if value is None:
        return
    if not isinstance(value, Mapping) or not all(isinstance(url, str) and url for url in value.values()):
        raise wrong(attribute.name, "is no mapping of texts", 'write {"https": "http://proxy.example:3128"}')
    if not _SCHEMES.issuperset(value):
        raise wrong(attribute.name, "names something else than schemes", 'name "https", and "http" for emulators')


def _ca_bundle(given: object) -> str | None:
    if given is None or given is True:
        return None
    if given is False:
        remedy = "name the file of the certificate authority that signed the endpoint's certificate"
        raise wrong("verify", "would show passwords to whoever answers in Cognito's place", remedy)
    if not isinstance(given, str | os.PathLike) or not os.path.isfile(given):
        raise wrong("verify", "is no file", "write the path of a file with certificates (PEM)")
    return os.fsdecode(given)


def _with(method: str) -> Callable[[object, "attrs.Attribute[Any]", object], None]:
    def check(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        if value is not None and not callable(getattr(value, method, None)):
            raise wrong(attribute.name, f"has no method {method}", "hand in what boto3 makes")

    return check


def _sends_once(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if repeats(value):
        raise wrong(attribute.name, "repeats requests by itself, which spends codes and tokens twice", ONCE)


def repeats(client: object) -> bool:
    """Tells a client that was made with the SDK's retries on, as they are unless somebody says otherwise."""
    config = getattr(getattr(client, "meta", None), "config", None)
    retries = getattr(config, "retries", None)
    if config is None or not isinstance(retries, Mapping | None):  # a stand-in
        return False
    return (retries or {}).get("total_max_attempts") != 1


def _factory(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None and not callable(value):
        raise wrong(attribute.name, "cannot be called", "write a function without arguments that returns a client")


@attrs.frozen(kw_only=True)
class Wire:
    """How the clients of the AWS SDK are made: timeouts, proxies, certificates, or clients of the caller's own.

    What is not said is botocore's: HTTPS_PROXY and NO_PROXY, AWS_CA_BUNDLE, the shared configuration file. The SDK's
    retries are off in the clients that are made here; `retries` are authflow's own, which knows what may be repeated.

    Args:
        connect_timeout: how long to wait for a connection, in seconds.
        read_timeout: how long to wait for an answer, in seconds. Cognito gives each Lambda trigger five and up to three
            tries, so that less gives up on sign-ins that are going well.
        retries: how often a call is repeated at most, where repeating it is safe.
        proxies: the proxy by scheme, as botocore's `Config` takes it; an empty one goes past those of the environment.
        verify: the path of a file with the certificates of the authorities to trust; None or True for the usual ones.
        boto3_session: makes the clients: with a profile, a region's partition, or handlers of the caller's own.
        max_pool_connections: how many connections are kept open.
        client: makes the calls to the user pool. It is the caller's: it is not closed with the provider. One with the
            SDK's retries on, which send an answer to a challenge twice, is refused: make it with
            `retries={"total_max_attempts": 1}`.
        client_factory: makes that client, at the first call; the same goes for it.
        identity_client: makes the calls to the identity pool; see `client`.
        identity_client_factory: makes that client, at the first call.

    Raises:
        ConfigurationError: a value cannot be; says which, and what to write.
    """

    connect_timeout: float = attrs.field(default=10.0, validator=_seconds)
    read_timeout: float = attrs.field(default=30.0, validator=_seconds)
    retries: int = attrs.field(default=2, validator=_whole(0, _MOST_RETRIES))
    proxies: Mapping[str, str] | None = attrs.field(default=None, repr=False, validator=_proxies)
    verify: str | os.PathLike[str] | bool | None = attrs.field(default=None, converter=_ca_bundle)
    boto3_session: "Session | None" = attrs.field(default=None, repr=False, validator=_with("client"))
    max_pool_connections: int = attrs.field(default=10, validator=_whole(1, None))
    client: "CognitoIdentityProviderClient | None" = attrs.field(
        default=None, repr=False, validator=[_with("initiate_auth"), _sends_once]
    )
    client_factory: "Callable[[], CognitoIdentityProviderClient] | None" = attrs.field(
        default=None, repr=False, validator=_factory
    )
    identity_client: "CognitoIdentityClient | None" = attrs.field(
        default=None, repr=False, validator=[_with("get_id"), _sends_once]
    )
    identity_client_factory: "Callable[[], CognitoIdentityClient] | None" = attrs.field(
        default=None, repr=False, validator=_factory
    )

    def __attrs_post_init__(self) -> None:
        for name in ("client", "identity_client"):
            if getattr(self, name) is not None and getattr(self, f"{name}_factory") is not None:
                raise wrong(name, f"and {name}_factory say the same thing twice", "leave one of them out")

    def user_pool(
        self,
        beside: "Callable[[], CognitoIdentityProviderClient] | None",
        usual: "Callable[[], CognitoIdentityProviderClient]",
    ) -> "Callable[[], CognitoIdentityProviderClient]":
        """Returns what makes the client of the user pool, or hands out the caller's own.

        Args:
            beside: what was handed in beside the wire.
            usual: makes it where nobody says anything.

        Raises:
            ConfigurationError: two say something.
        """
        return _one_of("client", self.client, self.client_factory, beside) or usual

    def identity_pool(
        self, beside: "Callable[[], CognitoIdentityClient] | None", usual: "Callable[[], CognitoIdentityClient]"
    ) -> "Callable[[], CognitoIdentityClient]":
        """Returns what makes the client of the identity pool; see `user_pool`."""
        return _one_of("identity_client", self.identity_client, self.identity_client_factory, beside) or usual


def _one_of(
    name: str, own: _Client | None, factory: Callable[[], _Client] | None, beside: Callable[[], _Client] | None
) -> Callable[[], _Client] | None:
    said = factory if own is None else lambda: own
    if said is not None and beside is not None:
        raise wrong(name, "and the provider's own factory say the same thing twice", "leave one of them out")
    return said or beside


USUAL: Final = Wire()
