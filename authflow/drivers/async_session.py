"""The named methods of the async driver that are about who is signed in; those of `blocking_session`."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from authflow.drivers import held, naming, visiting
from authflow.drivers.results import SignInResult, SignOutResult, identity_found, sign_in_result, sign_out_result
from authflow.drivers.visiting import Visit
from authflow.errors import AuthFlowError, CallerError
from authflow.flow import Flow
from authflow.ports import AwsCredentials, Browser, Tokens
from authflow.secrets import Secret, seal
from authflow.states import UserState
from authflow.values import SignOutOptions

if TYPE_CHECKING:
    from authflow.drivers.endings import Ticket
    from authflow.drivers.host import Host

T = TypeVar("T")


class AsyncSession(ABC):
    """What a program may ask about who is signed in; see `AsyncCalls`."""

    __slots__ = ()
    _host: "Host"

    @abstractmethod
    async def _run(
        self, action: str, sealed: object, rev: int | None, answer: held.Answer[Any] | None = None
    ) -> Flow: ...

    async def initialize(self) -> UserState:
        """Finds out who is signed in. Where a refresh or a sign-out is under way, waits for it, however it ends.

        Raises:
            StoreUnavailable: the token store cannot be read; the user state stays unknown.
        """
        return (await self._run("initialize", {}, None)).user

    # Tokens and credentials

    async def get_tokens(self, *, force_refresh: bool = False, wait_for_sign_in: float | None = None) -> Tokens:
        """Returns valid tokens, refreshed first if they end within two minutes. Who asks meanwhile joins the refresh.

        Args:
            force_refresh: refresh tokens that are still good too.
            wait_for_sign_in: where the session has ended, how long to wait for the user to sign in again, in seconds;
                None to raise at once. `release_sign_in_wait` ends the wait.

        Raises:
            ActionRejected: nobody is signed in (code notSignedIn).
            ServiceRefused: Cognito will not refresh them any more, so that the session has ended (`user_state` says
                so); or nobody signed in again (code unableToSignIn). One that is retryable leaves the user signed in.
            Unreachable: Cognito did not answer, and the tokens have ended; the user stays signed in.
        """

        async def ask() -> Tokens:
            asked = self._host.flow
            try:
                flow = await self._run("get_tokens", {"force": force_refresh}, None)
                if self._host.has_ended(flow):  # somebody else's, from the store, have ended by now as well
                    flow = await self._run("get_tokens", {"force": False}, None)
                return self._host.tokens(flow)
            except AuthFlowError:
                good = None if force_refresh else self._host.tokens_still_good(asked)
                if good is None:
                    raise
                return good

        return await self._ask_and_wait(ask, wait_for_sign_in)

    async def get_aws_credentials(
        self, *, force_refresh: bool = False, wait_for_sign_in: float | None = None
    ) -> AwsCredentials:
        """Returns AWS credentials of the identity pool: of the user who is signed in, or a guest's.

        Args:
            force_refresh: have new ones although those that are held are still good.
            wait_for_sign_in: see `get_tokens`.

        Raises:
            ActionRejected: the session has ended (code notSignedIn), or it was not found out yet who is signed in.
            ServiceRefused: the identity pool refused: it takes no guests (code guestAccessNotAllowed), or the token
                that vouches for the user no longer; or no identity pool is configured (code
                cognitoIdentityPoolNotConfigured).
            Unreachable: it did not answer, and there are none that are still good.
        """

        async def ask() -> AwsCredentials:
            asked = self._host.flow  # nobody gets the credentials of whoever signs in meanwhile
            for _ in range(self._host.ROUNDS):  # whoever joined a call may find only the identity
                force = force_refresh or self._host.has_lost_credentials
                try:
                    await self._run("get_aws_credentials", {"force": force}, None)
                except AuthFlowError:
                    if force_refresh or self._host.aws_credentials(asked) is None:
                        raise
                found = self._host.aws_credentials(asked)
                if found is not None:
                    return found
            raise self._host.overtaken()

        return await self._ask_and_wait(ask, wait_for_sign_in)

    async def get_identity_id(self) -> str:
        """Returns the identity pool's identity id: of the user who is signed in, or of whoever asks as a guest."""
        return identity_found(await self._run("get_identity_id", {}, None))

    async def release_sign_in_wait(self) -> None:
        """Ends every wait for the user to sign in again, with unableToSignIn. Where nobody waits, nothing happens."""
        if self._host.awaits_sign_in():
            await self._run("release_sign_in_wait", {}, None)

    async def _ask_and_wait(self, ask: Callable[[], Awaitable[T]], seconds: float | None) -> T:
        host = self._host
        if seconds is not None:
            naming.demand_seconds("wait_for_sign_in", seconds)
            ticket = host.sign_in_ticket()
            try:
                return await ask()
            except AuthFlowError:
                if ticket.flow is None and not host.awaits_sign_in():
                    raise
            await self._wait_for_sign_in(ticket, seconds)
        return await ask()

    # Others who share the store

    async def sync_session(self) -> UserState:
        """Looks whether somebody else has signed in or out with the same token store, and follows.

        Raises:
            ActionRejected: a sign-in is under way.
            StoreUnavailable: the store cannot be read; nothing has changed.
        """
        return (await self._run("sync_session", {}, None)).user

    @abstractmethod
    async def follow_store(self, *, interval: float = 1.0) -> None:
        """Follows whoever else signs in or out with the same token store, until the flow is closed; a task of its own.

        Args:
            interval: how often to look at the store's `revision()`, in seconds.

        Raises:
            ConfigurationError: the store has no `revision()`; call `sync_session` when you know of a change.
        """

    @abstractmethod
    async def _wait_for_sign_in(self, ticket: "Ticket", seconds: float) -> None: ...

    @abstractmethod
    async def _visit(self, visit: Visit, url: str, redirect_uri: str) -> Secret[str]: ...

    # Other ways in, and out

    async def sign_in_with_redirect(
        self,
        provider: str | None = None,
        *,
        idp_identifier: str | None = None,
        login_hint: str | None = None,
        lang: str | None = None,
        prompt: str | None = None,
    ) -> SignInResult:
        """Starts a sign-in in the browser, at the hosted UI; `complete_redirect` ends it.

        Args:
            provider: the identity provider to go to at once, by Cognito's name ("Google"); None to let the user choose.
            idp_identifier: an identifier of the provider instead, such as a mail domain.
            login_hint: who is likely to sign in.
            lang: the language of the pages.
            prompt: "none", "login", "consent" or "select_account".

        Returns:
            The state hostedUI. `parameters["URL"]` is where the browser has to go, `parameters["REDIRECT_URI"]` where
            it comes back to.
        """
        values = naming.redirect_values(provider, idp_identifier, login_hint, lang, prompt)
        return sign_in_result(await self._run("sign_in_with_redirect", values, None))

    async def complete_redirect(self, url: str | Secret[str]) -> SignInResult:
        """Ends a sign-in in the browser with the whole URL that the browser was sent back to.

        Raises:
            ServiceRefused: it brings no tokens; the code says why (redirectStateMismatch, redirectElsewhere,
                redirectMalformed, redirectRefused, codeExchangeRefused, userCancelledSignIn, securityFailed, ...).
        """
        answer = seal(url)
        url = ""
        return sign_in_result(await self._run("confirm_sign_in", naming.answer_values(answer, None, None, None), None))

    async def sign_in_with_browser(
        self,
        browser: Browser,
        provider: str | None = None,
        *,
        idp_identifier: str | None = None,
        login_hint: str | None = None,
        lang: str | None = None,
        prompt: str | None = None,
    ) -> SignInResult:
        """Signs in in the browser: shows the hosted UI, waits for the way back, and completes it.

        Args:
            browser: shows pages to the user, and catches the way back.
            provider: see `sign_in_with_redirect`, as for the others.
            idp_identifier: an identifier of the provider instead.
            login_hint: who is likely to sign in.
            lang: the language of the pages.
            prompt: what the user is to be asked.
        """
        values = naming.redirect_values(provider, idp_identifier, login_hint, lang, prompt)
        values["loopback"] = visiting.is_loopback(browser)
        asked = await self._run("sign_in_with_redirect", values, None)
        url, redirect_uri = visiting.redirect_request(asked)
        visit = Visit(browser)
        watching = self._host.watch_visit(visit, asked)
        try:
            answer = await self._visit(visit, url, redirect_uri)
        except AuthFlowError as left:
            with suppress(CallerError):  # the flow has gone on, and waits for no browser any more
                await self._run("abandon_redirect", naming.abandon_values(left.info), asked.rev)
            raise
        finally:
            watching.close()
        values = naming.answer_values(answer, None, None, None)
        return sign_in_result(await self._run("confirm_sign_in", values, asked.rev))

    async def federated_sign_in(
        self,
        provider: str,
        token: str | Secret[str],
        *,
        identity_id: str | None = None,
        role_arn: str | None = None,
    ) -> UserState:
        """Signs in to the identity pool with another provider's token, without the user pool.

        Args:
            provider: the provider's name among the identity pool's logins ("accounts.google.com"); developer
                identities are "cognito-identity.amazonaws.com".
            token: the provider's token; for developer identities the one that your server got.
            identity_id: the identity; demanded of developer identities.
            role_arn: the role to ask AWS credentials for, where the token allows several.

        Raises:
            ActionRejected: somebody is signed in to the user pool (code federationProviderExists).
            ServiceRefused: the identity pool does not take the token; who was signed in before still is.
        """
        sealed = seal(token)
        token = ""
        values = naming.federation_values(provider, sealed, identity_id, role_arn)
        return (await self._run("federated_sign_in", values, None)).user

    async def sign_out(self, options: SignOutOptions | None = None, *, browser: Browser | None = None) -> SignOutResult:
        """Ends the session, and any attempt under way. Locally it always completes.

        Args:
            options: whether to end the user's sessions everywhere, and to revoke the tokens.
            browser: where the session came by way of the hosted UI, ends the browser's session there too.
        """
        hosted = self._host.flow.context.account if browser is not None else None
        flow = await self._run("sign_out", naming.sign_out_values(options or SignOutOptions()), None)
        if browser is None or hosted is None or not hosted.hosted:
            return sign_out_result(flow)
        try:
            await self._visit(Visit(browser), *self._host.hosted_sign_out(loopback=visiting.is_loopback(browser)))
        except AuthFlowError as left:
            return sign_out_result(flow, hosted=left.info)
        return sign_out_result(flow)
