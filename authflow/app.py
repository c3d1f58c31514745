"""The top layer: `AuthFlow` and `AsyncAuthFlow`, with the usual adapters behind them.

The drivers take ports only; `from_config` and `local` import the adapters when they are called.
"""

import time
from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Self

import attrs

from authflow.drivers.async_driver import AsyncFlow
from authflow.drivers.blocking import BlockingFlow
from authflow.errors import ConfigurationError
from authflow.flow import Flow, initial_flow
from authflow.frontend.forms import Forms
from authflow.frontend.traits import PoolTraits
from authflow.performers import Performers, with_performers
from authflow.ports import Clock, DeviceStore, Provider, TokenStore
from authflow.secrets import Secret
from authflow.values import DEFAULTS, Settings

if TYPE_CHECKING:
    from authflow.adapters.cognito.wire_settings import Wire
    from authflow.adapters.config import PoolConfig
    from authflow.adapters.local_pool import LocalPool
    from authflow.adapters.tokens import TokenVerifier
    from authflow.adapters.totp import TotpSetup

Source = str | PathLike[str] | Mapping[str, object] | None


def _wanted(traits: PoolTraits, settings: Settings | None, forms: Forms | None) -> PoolTraits:
    wanted = settings if settings is not None else traits.settings
    # What the host application leaves open the configuration may know.
    if None in (wanted.passkeys, wanted.second_factors, wanted.providers):
        wanted = attrs.evolve(
            wanted,
            passkeys=traits.passkeys if wanted.passkeys is None else wanted.passkeys,
            second_factors=traits.second_factors if wanted.second_factors is None else wanted.second_factors,
            providers=traits.providers if wanted.providers is None else wanted.providers,
        )
    if forms is None:
        return attrs.evolve(traits, settings=wanted)
    from authflow.frontend.actions import known_forms

    return attrs.evolve(traits, settings=wanted, forms=known_forms(forms, wanted.regions))


def _usual_provider(
    config: "PoolConfig",
    wire: "Wire | None",
    clock: Clock,
    device_store: DeviceStore | None,
    verify_tokens: "bool | TokenVerifier | None",
) -> Provider:
    from authflow.adapters.cognito.provider import CognitoProvider
    from authflow.adapters.cognito.wire_settings import USUAL

    return CognitoProvider(
        config,
        wire=USUAL if wire is None else wire,
        clock=clock,
        device_store=device_store,
        verify_tokens=False if verify_tokens is None else verify_tokens,
    )


def new_flow(settings: Settings = DEFAULTS) -> Flow:
    """Returns a flow in its initial states, with an id of its own."""
    from uuid import uuid4

    return initial_flow(uuid4().hex, settings)


class _Usual:
    """What both flows have: the ways to make one with the usual adapters, and the picture of a TOTP secret."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __init__(
            self, flow: Flow, *, provider: Provider, store: TokenStore, clock: Clock, traits: PoolTraits
        ) -> None: ...

        @property
        def username(self) -> str | None: ...

        @property
        def flow(self) -> Flow: ...

        def totp_secret(self) -> Secret[str]: ...

    def totp_setup(self, *, issuer: str = "authflow") -> "TotpSetup":
        """Returns the TOTP secret that is being set up, with its otpauth URI and QR code.

        Args:
            issuer: the name that authenticator apps show, usually the application's.

        Raises:
            ActionRejected: none is.
        """
        from authflow.adapters.totp import TotpSetup

        account = self.flow.context.account
        name = account.known_as if account is not None else None
        return TotpSetup(secret=self.totp_secret(), issuer=issuer, account=name or self.username or "")

    @classmethod
    def from_config(
        cls,
        source: Source = None,
        *,
        endpoint_url: str | None = None,
        provider: Provider | None = None,
        token_store: TokenStore | None = None,
        clock: Clock = time.time,
        settings: Settings | None = None,
        forms: Forms | None = None,
        device_store: DeviceStore | None = None,
        wire: "Wire | None" = None,
        verify_tokens: "bool | TokenVerifier | None" = None,
        performers: Performers | None = None,
        **keywords: object,
    ) -> Self:
        """Makes a flow for a Cognito user pool. Reads the configuration; calls nobody yet.

        Args:
            source: awsconfiguration.json, amplifyconfiguration.json, amplify_outputs.json, or a mapping.
            endpoint_url: where Cognito is, for emulators and proxies.
            provider: performs the calls, instead of boto3.
            token_store: keeps the tokens; in memory by default.
            clock: the time, in seconds since the epoch.
            settings: where the flow goes: automatic sign-in, contacts to verify, passkeys to offer, ...
            forms: what is changed about the fields, by action.
            device_store: keeps which users this device is known for; in memory by default.
            wire: how boto3's clients are made: timeouts, proxies, certificates, or clients of your own.
            verify_tokens: whether the tokens that Cognito issues are checked before they are used, or what checks them;
                taken as they come by default.
            performers: what makes the effects of the application's own regions (`Settings.regions`), by effect.
            keywords: settings that override the source (user_pool_id, client_id, client_secret, region, ...).

        Raises:
            ConfigurationError: something is missing or malformed; says what, where and what to write.
        """
        from authflow.adapters.config import load_config
        from authflow.adapters.stores.memory import MemoryTokenStore

        if endpoint_url is not None:
            keywords = {**keywords, "endpoint": endpoint_url}
        config = load_config(source, **keywords)
        if provider is None:
            provider = _usual_provider(config, wire, clock, device_store, verify_tokens)
        elif wire is not None or verify_tokens is not None:
            raise ConfigurationError(
                source="from_config",
                key="verify_tokens" if wire is None else "wire",
                problem="and a provider are given",
                remedy="leave out one of them: a provider is told when it is made",
            )
        traits = _wanted(config.traits, settings, forms)
        provider = with_performers(provider, traits.settings.regions, performers)
        store = MemoryTokenStore() if token_store is None else token_store
        return cls(new_flow(traits.settings), provider=provider, store=store, clock=clock, traits=traits)

    @classmethod
    def local(
        cls,
        pool: "LocalPool | None" = None,
        *,
        token_store: TokenStore | None = None,
        settings: Settings | None = None,
        forms: Forms | None = None,
        device_store: DeviceStore | None = None,
        performers: Performers | None = None,
        **keywords: object,
    ) -> Self:
        """Makes a flow on a local pool in this process: for tests and demos, never for production.

        Args:
            pool: the pool to use; a new one with usual settings by default.
            token_store: keeps the tokens; in memory by default.
            settings: see `from_config`.
            forms: see `from_config`.
            device_store: see `from_config`.
            performers: see `from_config`.
            keywords: settings that override what the pool's description says, such as auth_flow.
        """
        from authflow.adapters.local import local_ports

        provider, store, clock, known = local_ports(pool, token_store, keywords, device_store=device_store)
        traits = _wanted(known, settings, forms)
        provider = with_performers(provider, traits.settings.regions, performers)
        return cls(new_flow(traits.settings), provider=provider, store=store, clock=clock, traits=traits)


class AuthFlow(_Usual, BlockingFlow):
    """An authentication flow: sign-up, sign-in, password reset and session of one user.

    Example:
        >>> from authflow import AuthFlow
        >>> flow = AuthFlow.local()
        >>> flow.initialize().value
        'signedOut'
        >>> [action.id for action in flow.snapshot().actions if action.enabled][0]
        'sign_in'
    """

    __slots__ = ()


class AsyncAuthFlow(_Usual, AsyncFlow):
    """`AuthFlow` for asyncio and trio: the same names, the same semantics, the same events."""

    __slots__ = ()
