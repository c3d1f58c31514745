"""LocalPool: the user-pool service as Python code and tests hold it."""

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from joserfc.jwk import RSAKey

from . import confirm_link, domains, oauth_front, oauth_setup, quickstart, shapes
from .browser import Browser
from .core import Core
from .faults import Fault
from .identity_service import IdentityPools
from .outbox import Message
from .quickstart import Setup
from .records import Json
from .request_log import Request
from .server import PoolServer
from .triggers import Trigger, Triggers

if TYPE_CHECKING:
    from types_boto3_cognito_idp.client import CognitoIdentityProviderClient


class LocalPool(IdentityPools):
    """Amazon Cognito user pools in this process: any number of them, faithful where clients can tell.

    Identity pools are beside them: see `identity_client` and `identity_call`.

    A test tool and a demo, never a production identity provider. What it does not model it refuses by name.

    Args:
        file: An SQLite file that keeps pools, clients, users, codes, refresh tokens and signing keys. Without
            one, everything ends with the object. Sessions and the outbox are never in the file.
        clock: Answers seconds since the epoch; the system's clock if None. `advance` adds to it.
        region: The region in pool ids and token issuers.
        seed: A number that makes ids, codes and tokens repeatable and thus guessable; RSA keys are not.
        signing_key: An RSA key for all pools made here, to save the time of making one.

    Raises:
        StorageError: The file is not a local user pool, or is newer than this program.

    Example:
        >>> with LocalPool() as service:
        ...     setup = service.quickstart()
        ...     client = service.client()
        ...     answer = client.sign_up(
        ...         ClientId=setup.client_id, Username="alice", Password="Passw0rd!",
        ...         UserAttributes=[{"Name": "email", "Value": "alice@example.com"}])
        ...     answer["CodeDeliveryDetails"]["Destination"]
        'a***@e***'
    """

    def __init__(
        self,
        file: str | PathLike[str] | None = None,
        clock: Callable[[], float] | None = None,
        region: str = "us-east-1",
        seed: int | None = None,
        *,
        signing_key: RSAKey | None = None,
    ) -> None:
        super().__init__(Core(file, clock, region, seed, signing_key))
        self._servers: list[PoolServer] = []

    def call(self, operation: str, request: Mapping[str, Any] | None = None) -> Json:
        """Call an operation directly: for setting up, past the wire and its faults and log.

        Args:
            operation: The operation's name, such as ``CreateUserPool``.
            request: Its parameters as in the service's API.

        Returns:
            The response as the JSON protocol has it: times are seconds since the epoch.

        Raises:
            PoolError: What Cognito would answer instead.
        """
        return self._core.run(operation, dict(request or {}))

    def quickstart(
        self,
        *,
        name: str = "local",
        secret: bool = False,
        mfa: str = "OFF",
        factors: Iterable[str] = ("SMS_MFA", "SOFTWARE_TOKEN_MFA"),
        required_attributes: Iterable[str] = (),
        username_attributes: Iterable[str] = (),
        devices: str | None = None,
        confirm_with_link: bool = False,
        admin_sign_in: bool = False,
        alias_attributes: Iterable[str] = (),
        prevent_user_existence_errors: str = "ENABLED",
        first_factors: Iterable[str] = (),
        relying_party: str = "localhost",
        user_verification: str = "preferred",
        oauth: bool = False,
        providers: Iterable[str] = (),
        callback_urls: Iterable[str] = oauth_setup.CALLBACKS,
        logout_urls: Iterable[str] = oauth_setup.LOGOUTS,
        scopes: Iterable[str] = oauth_setup.SCOPES,
        domain: str | None = None,
        identity_pool: bool | str = False,
    ) -> Setup:
        """Make a usual pool, with case-insensitive usernames and verified email addresses, and an app client.

        Args:
            name: The name of both.
            secret: Whether the client has a secret.
            mfa: ``OFF``, ``OPTIONAL`` or ``ON``.
            factors: The second factors that are enabled unless ``mfa`` is off: ``SMS_MFA``, ``SOFTWARE_TOKEN_MFA``
                and ``EMAIL_OTP``.
            required_attributes: Standard attributes that sign-up demands.
            username_attributes: ``email`` and ``phone_number``: what stands in for a username.
            devices: Whether the pool remembers devices, which then spare the second factor: ``always``,
                ``on_prompt``, or None for not.
            confirm_with_link: Whether e-mail that confirms a sign-up carries a link instead of a code.
            admin_sign_in: Whether the client allows ``ADMIN_USER_PASSWORD_AUTH``.
            alias_attributes: ``email``, ``phone_number`` and ``preferred_username``: what else signs in.
            prevent_user_existence_errors: ``ENABLED`` or ``LEGACY``.
            first_factors: What choice-based sign-in may offer: ``PASSWORD``, which always may, ``EMAIL_OTP``,
                ``SMS_OTP`` and ``WEB_AUTHN``. If any is given, the client allows choice-based sign-in.
            relying_party: The domain that passkeys are for, if they are among the first factors.
            user_verification: ``preferred`` or ``required``, of passkeys.
            oauth: Whether the pool has a domain and the client may send users to its pages.
            providers: Identity providers beside the pool's own users: ``Google``, ``Facebook``, ``LoginWithAmazon``,
                ``SignInWithApple``; any other name makes one of OpenID Connect.
            callback_urls: Where the pages may send users who have signed in; the first goes into configurations.
            logout_urls: Where they may send users who have signed out.
            scopes: What apps may ask for.
            domain: The domain's prefix; made of the name by default.
            identity_pool: Whether there is an identity pool for the client's users: True, or ``guests`` if it is for
                guests as well. Their roles are ``local-authenticated`` and ``local-unauthenticated``.

        Raises:
            PoolError: The options contradict each other.
            ValueError: `devices` or `identity_pool` is something else.
        """
        return quickstart.build(
            self._core,
            name=name,
            secret=secret,
            mfa=mfa,
            factors=factors,
            required_attributes=required_attributes,
            username_attributes=username_attributes,
            devices=devices,
            confirm_with_link=confirm_with_link,
            admin_sign_in=admin_sign_in,
            alias_attributes=alias_attributes,
            prevent_user_existence_errors=prevent_user_existence_errors,
            first_factors=first_factors,
            relying_party=relying_party,
            user_verification=user_verification,
            oauth=oauth_setup.Wishes(
                oauth=oauth,
                providers=providers,
                callback_urls=callback_urls,
                logout_urls=logout_urls,
                scopes=scopes,
                domain=domain,
            ),
            identity_pool=identity_pool,
        )

    def set_triggers(
        self,
        pool_id: str,
        *,
        define: Trigger | None = None,
        create: Trigger | None = None,
        verify: Trigger | None = None,
        pre_sign_up: Trigger | None = None,
        pre_authentication: Trigger | None = None,
    ) -> None:
        """Set a pool's triggers, all at once; what is not given is unset.

        Each is called with a Lambda event, while the pool is locked, and changes the event's ``response`` or
        returns an event. What it raises is answered as ``UserLambdaValidationException``.

        Args:
            pool_id: The pool.
            define: DefineAuthChallenge.
            create: CreateAuthChallenge.
            verify: VerifyAuthChallengeResponse.
            pre_sign_up: PreSignUp.
            pre_authentication: PreAuthentication.

        Raises:
            PoolError: There is no such pool.
        """
        with self._core.lock:
            pool = self._core.ctx.pool(pool_id)
            self._core.ctx.triggers[pool.id] = Triggers(
                define=define,
                create=create,
                verify=verify,
                pre_sign_up=pre_sign_up,
                pre_authentication=pre_authentication,
            )

    def client(self, **kwargs: Any) -> "CognitoIdentityProviderClient":
        """Make a boto3 client whose requests this service answers in process, without retries.

        Args:
            kwargs: Further arguments of ``Session.client``; a ``config`` is merged over ours.
        """
        client: CognitoIdentityProviderClient = self._boto_client(shapes.USER_POOLS, kwargs)
        return client

    def serve(self, port: int = 0, *, test_controls: bool = False) -> PoolServer:
        """Serve the pools on 127.0.0.1 in a thread, until the answer is closed.

        Args:
            port: The port, or 0 for a free one.
            test_controls: Also serve ``/outbox``, ``/clock``, ``/faults`` and ``/third-party-tokens``.

        Returns:
            A context manager with the server's ``url``.

        Raises:
            OSError: The port is taken.
        """
        server = PoolServer(self._core, port, test_controls=test_controls)
        self._servers.append(server)
        return server

    def domain_url(self, domain: str) -> str:
        """Answer the base URL of a domain, to which clients append ``/oauth2/authorize`` and the rest.

        Args:
            domain: The prefix, as in `Setup`.

        Returns:
            ``<server>/<prefix>`` while the pools are served, otherwise the URL that the domain would have at AWS.
            `http` and `browser` take both.
        """
        with self._core.lock:
            return domains.base_url(self._core.ctx, domain)

    def http(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        timeout: float = 60.0,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Answer an HTTP request to a domain's endpoints or for a pool's keys, in process.

        Args:
            method: ``GET`` or ``POST``.
            url: The URL, below `domain_url` or with the host that the domain would have at AWS.
            headers: The request's headers.
            body: The request's body.
            timeout: How many seconds the caller waits.

        Returns:
            Status, headers and body.

        Raises:
            LookupError: Nothing is served at that URL.
            ConnectionError: A fault lost the connection.
            TimeoutError: A fault's delay is longer than the caller waits; it is not slept through.
        """
        return oauth_front.request(self._core, method, url, headers or {}, body, timeout)

    def browser(self) -> Browser:
        """Make a browser that plays a user on the pages of the domains, in process and with cookies of its own."""
        return Browser(self.http)

    @property
    def clock(self) -> Callable[[], float]:
        """The pool's clock: seconds since the epoch when called."""
        return self._core.ctx.clock

    def advance(self, seconds: float) -> None:
        """Move the pool's clock forward.

        Raises:
            ValueError: The number is negative or not finite.
        """
        with self._core.lock:
            self._core.ctx.clock.advance(seconds)

    @property
    def outbox(self) -> tuple[Message, ...]:
        """Every message that would have been sent, newest last."""
        with self._core.lock:
            return self._core.ctx.outbox.messages

    def last_code(self, username: str, purpose: str | None = None) -> str:
        """Answer the newest code sent to a user.

        Args:
            username: The username, or the address or number the code went to.
            purpose: Only codes of this purpose; see `Message`.

        Raises:
            LookupError: Nothing was sent.
        """
        with self._core.lock:
            return self._core.ctx.outbox.last_code(username, purpose)

    def last_link(self, username: str) -> str:
        """Answer the newest link that confirms a user's sign-up.

        Args:
            username: The username, or the address it went to.

        Raises:
            LookupError: None was sent.
        """
        with self._core.lock:
            return self._core.ctx.outbox.last_link(username)

    def click(self, link: str) -> None:
        """Follow a link that confirms a sign-up, as the user would from the e-mail.

        Raises:
            PoolError: The link is used, too old, or not one of this pool's.
        """
        confirm_link.follow(self._core, urlsplit(link).query)

    def on_message(self, listener: Callable[[Message], None]) -> None:
        """Call the listener with every message from now on, while the pool is locked."""
        with self._core.lock:
            self._core.ctx.outbox.listen(listener)

    def inject(self, fault: Fault) -> None:
        """Let the next calls of an operation fail, as `Fault` tells."""
        with self._core.lock:
            self._core.faults.add(fault)

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests that came over the wire, in process or by HTTP, newest last, without secrets."""
        with self._core.lock:
            return self._core.log.requests

    def jwks(self, pool_id: str) -> Json:
        """Answer a pool's public keys.

        Raises:
            PoolError: There is no such pool.
        """
        with self._core.lock:
            keys = self._core.ctx.keys.jwks(self._core.ctx.pool(pool_id).id)
            self._core.ctx.store.commit()
            return keys

    def close(self) -> None:
        """Detach all clients, stop all servers and close the file."""
        self._detach_all()
        for server in self._servers:
            server.close()
        with self._core.lock:
            self._core.ctx.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
