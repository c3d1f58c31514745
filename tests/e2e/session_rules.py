"""What else a random walk does: credentials, other providers, the browser, and others on the same token store."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from authflow import AuthFlow, AuthFlowError, Settings
from authflow.adapters.cognito.provider import CognitoProvider
from authflow.adapters.cognito.transport import HttpAnswer, Transport
from authflow.adapters.cognito.wire_settings import USUAL, Wire
from authflow.adapters.local import local_config
from authflow.adapters.local_pool import Fault, LocalPool, Setup
from authflow.adapters.local_pool.identity_records import Identity
from authflow.adapters.stores.memory import MemoryTokenStore
from authflow.app import new_flow
from authflow.events import Event, SessionEnded
from authflow.ports import AwsCredentials, TokenStore
from authflow.states import UserState
from authflow.values import DEFAULTS

FACEBOOK: Final = "graph.facebook.com"
FRIENDS: Final = ("fay", "gil")
# None of these says anything about a session: whatever they strike, whoever was signed in stays so.
OUTAGES: Final[tuple[dict[str, Any], ...]] = (
    {"error": ("TooManyRequestsException", "Slow down.")},
    {"error": ("InternalErrorException", "Broken."), "status": 500},
    {"drop": "before"},
    {"drop": "after"},
    {"body": "<html>"},
    {"body": "{}"},
)
PARTICULAR: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("GetId", {"error": ("NotAuthorizedException", "Unauthenticated access is not supported.")}),
    ("GetId", {"error": ("LimitExceededException", "Too many.")}),
    ("GetCredentialsForIdentity", {"error": ("NotAuthorizedException", "Token is inactive.")}),
    ("GetCredentialsForIdentity", {"error": ("ResourceNotFoundException", "Identity not found.")}),
    ("GetCredentialsForIdentity", {"body": '{"IdentityId": null, "Credentials": {}}'}),
    ("GetTokensFromRefreshToken", {"error": ("RefreshTokenReuseException", "Refresh token reuse detected")}),
    ("GetTokensFromRefreshToken", {"body": '{"AuthenticationResult": {}}'}),
    ("oauth2/token", {"error": ("invalid_grant", "Spent.")}),
    ("oauth2/token", {"body": "[]"}),
    ("oauth2/token", {"drop": "after"}),
)
_TAMPERED: Final[tuple[Callable[[str], str], ...]] = (
    lambda back: back.replace("state=", "state=A"),
    lambda back: back.replace("code=", "code=0"),
    lambda back: back.replace("code=", "error=access_denied&code="),
    lambda back: back.replace("localhost", "example.com"),
    lambda back: f"{back}#access_token=a.b.c",
    lambda back: "",
)


def open_to_others(pool: LocalPool, setup: Setup) -> None:
    """Lets an identity pool take Facebook's users as well."""
    name = {"IdentityPoolId": setup.identity_pool_id}
    now = pool.identity_call("DescribeIdentityPool", name)
    pool.identity_call("UpdateIdentityPool", {**now, "SupportedLoginProviders": {FACEBOOK: "app"}})


def rotate(pool: LocalPool, setup: Setup) -> None:
    """Lets the app client rotate refresh tokens."""
    name = {"UserPoolId": setup.pool_id, "ClientId": setup.client_id}
    now = pool.call("DescribeUserPoolClient", name)["UserPoolClient"]
    kept = {key: now[key] for key in now if key not in ("ClientSecret", "CreationDate", "LastModifiedDate")}
    flows = [flow for flow in now["ExplicitAuthFlows"] if flow != "ALLOW_REFRESH_TOKEN_AUTH"]
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 5}
    pool.call("UpdateUserPoolClient", {**kept, "ExplicitAuthFlows": flows, "RefreshTokenRotation": rotation})


def over(pool: LocalPool) -> Transport:
    def transport(method: str, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        status, _, content = pool.http(method, url, headers, body)
        return status, content

    return transport


def impatient_flow(pool: LocalPool, store: TokenStore, wish: Settings = DEFAULTS, wire: Wire = USUAL) -> AuthFlow:
    """Returns a flow on a pool whose provider repeats a call at once: nobody waits for real."""
    config = local_config(pool)
    provider = CognitoProvider(
        config,
        wire=wire,
        client_factory=pool.client,
        identity_client_factory=pool.identity_client,
        clock=pool.clock,
        transport=over(pool),
        sleep=lambda seconds: None,
    )
    known = config.traits
    told = attrs.evolve(wish, passkeys=known.passkeys, second_factors=known.second_factors, providers=known.providers)
    traits = attrs.evolve(known, settings=told)
    return AuthFlow(new_flow(told), provider=provider, store=store, clock=pool.clock, traits=traits)


class SessionRules(RuleBasedStateMachine):
    """Rules about who is signed in. The walk's `start` makes what they need."""

    pool: LocalPool
    setup: Setup
    flow: AuthFlow
    other: AuthFlow
    store: MemoryTokenStore
    heard: list[Event]
    subjects: dict[str, str]
    secrets: set[str]

    @contextmanager
    def _taken(self) -> Iterator[None]:
        """What is refused for what is asked, and not for what came of it, has changed nothing."""
        before = self.flow.flow
        try:
            yield
        except AuthFlowError as raised:
            assert not any(secret in f"{raised} {raised.info!r}" for secret in self.secrets)
            if raised.code in ("actionRejected", "busy", "federationProviderExists", "invalidInput"):
                assert self.flow.flow is before

    @rule(force=st.booleans())
    def credentials_are_asked_for(self, force: bool) -> None:
        """They are of whoever is known, and of nobody else."""
        with self._taken():
            found = self.flow.get_aws_credentials(force_refresh=force)
            self.secrets |= {found.secret_key.reveal(), found.session_token.reveal()}
            self._belong_to_who_is_known(found)

    def _belong_to_who_is_known(self, found: AwsCredentials) -> None:
        standing = self.pool.stands_for(found.session_token.reveal())
        assert standing.identity_id == found.identity_id
        assert standing.authenticated is (self.flow.user_state is UserState.signedIn)
        identity = self.pool._core.ctx.store.get(Identity, found.identity_id)
        assert identity is not None
        context = self.flow.flow.context
        if context.federation is not None:
            stored = self.store.load()
            # Of the store only this flow's own session: others may have signed in there, which it does not know yet.
            if stored is not None and stored.identity_id == found.identity_id and stored.federation is not None:
                assert identity.logins[FACEBOOK] == [self.subjects[stored.federation.token.reveal()]]
            assert list(identity.logins) == [FACEBOOK]
        elif context.account is not None and context.account.user_sub is not None:
            (subjects,) = (users for name, users in identity.logins.items() if name.startswith("cognito-idp."))
            assert subjects == [context.account.user_sub]

    @rule()
    def the_identity_is_asked_for(self) -> None:
        """Which is no secret."""
        with self._taken():
            assert self.flow.get_identity_id().startswith("us-east-1:")

    @rule(subject=st.sampled_from(FRIENDS), kind=st.sampled_from(("good", "good", "ended", "revoked", "made up")))
    def another_provider_vouches(self, subject: str, kind: str) -> None:
        """Tokens of Facebook's, as they come."""
        token = self.pool.third_party_token(FACEBOOK, subject, 1 if kind == "ended" else 3600)
        if kind == "ended":
            self.pool.advance(2)
        if kind == "revoked":
            self.pool.revoke_third_party_token(token)
        token = "Canary-made-up-token" if kind == "made up" else token
        self.subjects[token] = subject
        self.secrets.add(token)
        before = self.flow.user_state
        with self._taken():
            self.flow.federated_sign_in(FACEBOOK, token)
            assert kind == "good"
            assert self.flow.user_state is UserState.signedIn
            return
        assert self.flow.user_state is before

    @rule(
        way=st.sampled_from(("completed", "completed", "tampered", "cancelled", "failed", "abandoned", "left")),
        tamper=st.sampled_from(_TAMPERED),
        google=st.booleans(),
    )
    def the_browser_is_sent_away(self, way: str, tamper: Callable[[str], str], google: bool) -> None:
        """The pool's own browser plays the user at the hosted UI."""
        asked = None
        with self._taken():
            asked = self.flow.sign_in_with_redirect("Google" if google else None)
        if asked is None or way == "left":
            return
        if way == "abandoned":
            self.flow.cancel()
            return
        back = self._played(asked.parameters["URL"], way, google)
        self.secrets |= {code for code in parse_qs(urlsplit(back).query).get("code", ()) if len(code) > 8}
        before = self.flow.user_state
        with self._taken():
            self.flow.complete_redirect(tamper(back) if way == "tampered" else back)
            assert way == "completed" or (way != "tampered" and not google)  # the page asked for a password then
            return
        assert self.flow.user_state is before

    def _played(self, url: str, way: str, google: bool) -> str:
        browser, there = self.pool.browser(), "http://localhost:3000/callback"
        with suppress(LookupError, OSError):  # a fault that struck has left another page, or none
            there = browser.open(url)
            if not google and "/login" in there:
                return browser.sign_in("ana", "Canary-Right-1!")  # which may be refused there, or lead to a challenge
            if way == "cancelled":
                return browser.cancel()
            return browser.fail() if way == "failed" else browser.continue_as("117", email="gina@example.com")
        return there

    @rule(does=st.sampled_from(("sign_in", "sign_out", "refresh", "federate", "ask", "look")), looks=st.booleans())
    def somebody_else_uses_the_store(self, does: str, looks: bool) -> None:
        """Another flow of the same user's, as in another window; sometimes this one looks what came of it."""
        token = self.pool.third_party_token(FACEBOOK, "gil")
        self.subjects[token] = "gil"
        self.secrets.add(token)
        acts: dict[str, Callable[[], object]] = {
            "sign_in": lambda: self.other.sign_in("bo", "Canary-Right-1!", auth_flow="USER_SRP_AUTH"),
            "sign_out": self.other.sign_out,
            "refresh": lambda: self.other.get_tokens(force_refresh=True),
            "federate": lambda: self.other.federated_sign_in(FACEBOOK, token),
            "ask": self.other.get_aws_credentials,
            "look": self.other.sync_session,
        }
        with suppress(AuthFlowError):
            acts[does]()
        if looks:
            with self._taken():
                self.flow.sync_session()

    @rule()
    def the_wait_is_released(self) -> None:
        """Nobody waits: nothing happens to who is signed in."""
        before = self.flow.user_state
        with suppress(AuthFlowError):
            self.flow.release_sign_in_wait()
        assert self.flow.user_state is before

    @rule(outage=st.sampled_from(OUTAGES), credentials=st.booleans())
    def an_outage_ends_no_session(self, outage: dict[str, Any], credentials: bool) -> None:
        """Only a definitive refusal does."""
        before, heard = self.flow.user_state, len(self.heard)
        if before not in (UserState.signedIn, UserState.guest):
            return
        self._heal()
        self.pool.inject(Fault(operation="*", times=9, **outage))
        with suppress(AuthFlowError):
            if credentials:
                self.flow.get_aws_credentials(force_refresh=True)
            else:
                self.flow.get_tokens(force_refresh=True)
        self._heal()
        assert self.flow.user_state is before
        assert not any(isinstance(event, SessionEnded) for event in self.heard[heard:])

    def _heal(self) -> None:
        for operation in ("SignUp", *{name for name, _ in PARTICULAR}):
            while self.pool._core.faults.take(operation) is not None:
                pass

    @rule(fault=st.sampled_from(PARTICULAR))
    def something_particular_breaks(self, fault: tuple[str, dict[str, Any]]) -> None:
        """The next call of one operation goes wrong."""
        operation, wrong = fault
        self.pool.inject(Fault(operation=operation, **wrong))

    @invariant()
    def what_the_store_keeps_is_a_secret(self) -> None:
        """Its tokens are among the canaries from now on."""
        stored = self.store.load() if hasattr(self, "store") else None
        if stored is not None and stored.tokens is not None:
            tokens = stored.tokens
            held = (tokens.access_token, tokens.id_token, tokens.refresh_token)
            self.secrets |= {token.reveal() for token in held if token is not None}
