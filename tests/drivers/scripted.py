"""Ports that do as they are told: a provider, a store and a clock that a test has in its hands.

Every effect succeeds unless a test says otherwise. A test can queue replies, and hold a call back until it lets go, so
that races happen when the test wants them and at no other time.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Any, Final, Generic, TypeVar

import attrs

from authflow import AsyncAuthFlow, AuthFlow, effects, outcomes
from authflow.drivers.blocking import BlockingFlow
from authflow.effects import Effect
from authflow.errors import ErrorCode, ErrorInfo, exception_from
from authflow.flow import Flow, initial_flow
from authflow.frontend.traits import PoolTraits
from authflow.outcomes import Outcome
from authflow.performers import with_performers
from authflow.ports import Provider, StoredSession, Tokens
from authflow.secrets import Secret, Vault
from authflow.states import DeliveryMedium
from authflow.values import (
    Account,
    Challenge,
    CodeDelivery,
    Contact,
    Device,
    MfaPreference,
    Page,
    Passkey,
)
from tests.drivers.identities import IDENTITY_SUCCESS
from tests.examples_of_regions import BOTH, succeed

START: Final = 1_000.0
LIFETIME: Final = 3_600.0
PATIENCE: Final = 3.0  # seconds after which a test takes something for stuck
DELIVERY: Final = CodeDelivery(medium=DeliveryMedium.email, destination="j***@e***", attribute="email")
# What the clear text of a secret may be here; the canary tests put other ones in their place.
ACCESS: Final = "access-token"
REFRESH: Final = "refresh-token"
SESSION: Final = "cognito-session"
TOTP_SECRET: Final = "JBSWY3DPEHPK3PXP"
CREATION_OPTIONS: Final = '{"challenge": "Y3JlYXRl"}'
REQUEST_OPTIONS: Final = '{"challenge": "YXNr"}'
EMAIL: Final = Contact(attribute="email", destination="j***@e***", verified=False)
PHONE: Final = Contact(attribute="phone_number", destination="+*******99", verified=False)
DEVICE: Final = Device(key="eu-west-1_device", attributes={"device_name": "laptop"}, created_at=START)
PASSKEY: Final = Passkey(id="passkey-1", name="laptop", created_at=START)
ATTRIBUTES: Final = {"email": "jane@example.com", "name": "Jane"}
PREFERENCE: Final = MfaPreference(enabled=("SOFTWARE_TOKEN_MFA",), preferred="SOFTWARE_TOKEN_MFA")

Reply = Callable[[Effect, Vault], object]
T = TypeVar("T")
E = TypeVar("E", bound=Effect)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Gate:
    """Holds one call: `reached` is set when it is there, and it goes on when `open()` is called."""

    def __init__(self) -> None:
        self.reached = Event()
        self._opened = Event()

    def wait_until_reached(self) -> None:
        assert self.reached.wait(PATIENCE), "the call was never made"

    def open(self) -> None:
        self._opened.set()

    def pass_through(self) -> None:
        self.reached.set()
        assert self._opened.wait(PATIENCE), "the gate was never opened"


# Replies


def error(code: ErrorCode, **details: Any) -> ErrorInfo:
    return ErrorInfo(code=code, message=f"It failed: {code}.", **details)


def refusing(code: ErrorCode, **details: Any) -> Reply:
    """Raises what an adapter would raise for `code`."""

    def reply(effect: Effect, vault: Vault) -> object:
        raise exception_from(error(code, **details))

    return reply


def raising(raised: BaseException) -> Reply:
    def reply(effect: Effect, vault: Vault) -> object:
        raise raised

    return reply


def returning(value: object) -> Reply:
    return lambda effect, vault: value


def outcome(kind: Callable[..., Outcome], **values: object) -> Reply:
    """Returns an outcome of the effect that was asked for."""
    return lambda effect, vault: kind(effect_id=effect.id, **values)


def challenging(
    name: str,
    *,
    lifetime: float = 180.0,
    required: tuple[str, ...] = (),
    delivery: CodeDelivery | None = None,
    session: str = SESSION,
    srp: str = "srp-value",
    options: tuple[str, ...] = (),
    parameters: Mapping[str, str] | None = None,
) -> Reply:
    def reply(effect: Effect, vault: Vault) -> object:
        challenge = Challenge(
            name=name,
            parameters={"hint": name.lower()} if parameters is None else parameters,
            session=vault.put("session", session),
            delivery=delivery,
            required_attributes=required,
            options=options,
            lifetime=lifetime,
        )
        kind = outcomes.CHALLENGES.get(name, outcomes.UnknownChallengeIssued)
        if kind is outcomes.PasswordVerifierIssued or kind is outcomes.DevicePasswordVerifierIssued:
            return kind(effect_id=effect.id, challenge=challenge, srp=vault.put("srp", {"a": srp}))
        return kind(effect_id=effect.id, challenge=challenge)

    return reply


def new_tokens(clock: Callable[[], float], *, access: str = ACCESS, refresh: str = REFRESH) -> Tokens:
    return Tokens(
        id_token=Secret(f"id-{access}"),
        access_token=Secret(access),
        refresh_token=Secret(refresh),
        expires_at=clock() + LIFETIME,
    )


def account_of(vault: Vault, tokens: Tokens, *, username: str = "jane") -> Account:
    handle = vault.put("tokens", tokens)
    return Account(username=username, user_sub="sub-1", tokens=handle, expires_at=tokens.expires_at)


class ScriptedProvider:
    """Answers each class of effect as it was told to, and notes what it was asked."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.calls: list[Effect] = []
        self.access = ACCESS
        self.refresh = REFRESH
        self.totp = TOTP_SECRET
        self.session = SESSION
        self.username = "jane"  # as whom Cognito knows who signs in
        self.aws_secret = "aws-secret-key"
        self.aws_session = "aws-session-token"
        self.contacts: tuple[Contact, ...] = (EMAIL, PHONE)
        self.has_passkey = False
        self.revoked: list[str] = []
        self._replies: dict[type[Effect], deque[Reply]] = defaultdict(deque)
        self._gates: dict[type[Effect], deque[Gate]] = defaultdict(deque)
        self._lock = Lock()

    def on(self, effect: type[Effect], *replies: Reply) -> None:
        """Queues replies; when they are used up the effect succeeds again."""
        self._replies[effect].extend(replies)

    def hold(self, effect: type[Effect]) -> Gate:
        """Holds the next call of this class."""
        gate = Gate()
        self._gates[effect].append(gate)
        return gate

    def count(self, effect: type[Effect]) -> int:
        return sum(type(call) is effect for call in self.calls)

    def perform(self, effect: Effect, vault: Vault) -> Outcome:
        kind = type(effect)
        with self._lock:
            self.calls.append(effect)
            gate = self._gates[kind].popleft() if self._gates[kind] else None
            reply = self._replies[kind].popleft() if self._replies[kind] else None
        if gate is not None:
            gate.pass_through()
        if reply is None:
            return self.succeed(effect, vault)
        return reply(effect, vault)  # type: ignore[return-value]  # a test may have it return nonsense

    def last(self, effect: type[E]) -> E:
        """Returns the last call of this class."""
        return next(call for call in reversed(self.calls) if type(call) is effect)

    def succeed(self, effect: Effect, vault: Vault) -> Outcome:
        return _SUCCESS[type(effect)](self, effect, vault)

    def tokens(self) -> Tokens:
        return new_tokens(self.clock, access=self.access, refresh=self.refresh)

    def account(self, vault: Vault) -> Account:
        return account_of(vault, self.tokens(), username=self.username)


def _authenticated(provider: ScriptedProvider, effect: Effect, vault: Vault) -> Outcome:
    return outcomes.Authenticated(effect_id=effect.id, account=provider.account(vault))


def _refreshed(provider: ScriptedProvider, effect: Effect, vault: Vault) -> Outcome:
    return outcomes.TokensRefreshed(effect_id=effect.id, account=provider.account(vault))


def _revoked(provider: ScriptedProvider, effect: Effect, vault: Vault) -> Outcome:
    assert isinstance(effect, effects.RevokeToken | effects.Discard | effects.GlobalSignOut)
    tokens = vault.get(effect.account.tokens)
    assert isinstance(tokens, Tokens)
    assert tokens.refresh_token is not None
    provider.revoked.append(tokens.refresh_token.reveal())
    return outcomes.RemoteSignOutDone(effect_id=effect.id)


def _totp_secret(provider: ScriptedProvider, effect: Effect, vault: Vault) -> Outcome:
    assert isinstance(effect, effects.AssociateSoftwareToken)
    session = vault.put("session", f"{provider.session}-of-secret") if effect.challenge is not None else None
    return outcomes.TotpSecretIssued(effect_id=effect.id, secret=vault.put("totp", provider.totp), session=session)


def _totp_verified(provider: ScriptedProvider, effect: Effect, vault: Vault) -> Outcome:
    assert isinstance(effect, effects.VerifySoftwareToken)
    session = vault.put("session", f"{provider.session}-of-set-up") if effect.challenge is not None else None
    return outcomes.SoftwareTokenVerified(effect_id=effect.id, session=session)


def _code_sent(provider: ScriptedProvider, effect: Effect, vault: Vault) -> Outcome:
    assert isinstance(effect, effects.SendContactCode)
    return outcomes.ContactCodeSent(effect_id=effect.id, attribute=effect.attribute, delivery=DELIVERY)


def _contact_verified(provider: ScriptedProvider, effect: Effect, vault: Vault) -> Outcome:
    assert isinstance(effect, effects.VerifyContact)
    return outcomes.ContactVerified(effect_id=effect.id, attribute=effect.attribute)


def _device_status(provider: ScriptedProvider, effect: Effect, vault: Vault) -> Outcome:
    assert isinstance(effect, effects.UpdateDeviceStatus)
    return outcomes.DeviceStatusUpdated(effect_id=effect.id, remembered=effect.remembered)


def _passkeys_checked(provider: ScriptedProvider, effect: Effect, vault: Vault) -> Outcome:
    return outcomes.PasskeysChecked(effect_id=effect.id, any=provider.has_passkey)


def _user_read(provider: ScriptedProvider, effect: Effect, vault: Vault) -> Outcome:
    return outcomes.UserRead(effect_id=effect.id, contacts=provider.contacts)


def _attributes_found(provider: ScriptedProvider, effect: Effect, vault: Vault) -> Outcome:
    return outcomes.AccountRead(effect_id=effect.id, found=vault.put("attributes", dict(ATTRIBUTES)))


def _plain(kind: Callable[..., Outcome], **values: object) -> Callable[[ScriptedProvider, Effect, Vault], Outcome]:
    return lambda provider, effect, vault: kind(effect_id=effect.id, **values)


def _of_the_application(provider: ScriptedProvider, effect: Effect, vault: Vault) -> Outcome:
    return succeed(effect, vault)


_SUCCESS: Final[dict[type[Effect], Callable[[ScriptedProvider, Effect, Vault], Outcome]]] = {
    effects.InitiateAuth: _authenticated,
    effects.RespondToPasswordVerifier: _authenticated,
    effects.RespondToAuthChallenge: _authenticated,
    effects.RespondToDeviceSrpAuth: _authenticated,
    effects.RespondToDevicePasswordVerifier: _authenticated,
    effects.ConfirmDevice: _plain(outcomes.DeviceConfirmed),
    effects.AssociateSoftwareToken: _totp_secret,
    effects.VerifySoftwareToken: _totp_verified,
    effects.ReadUser: _user_read,
    effects.SendContactCode: _code_sent,
    effects.VerifyContact: _contact_verified,
    effects.CheckPasskeys: _passkeys_checked,
    effects.StartPasskey: _plain(outcomes.PasskeyOptionsIssued, options=CREATION_OPTIONS),
    effects.CompletePasskey: _plain(outcomes.PasskeyRegistered),
    effects.ListPasskeys: _plain(outcomes.AccountRead, found=Page(items=(PASSKEY,))),
    effects.DeletePasskey: _plain(outcomes.PasskeyDeleted),
    effects.FetchMfaPreference: _plain(outcomes.AccountRead, found=PREFERENCE),
    effects.UpdateMfaPreference: _plain(outcomes.MfaPreferenceUpdated),
    effects.ListDevices: _plain(outcomes.AccountRead, found=Page(items=(DEVICE,), next_token="more")),
    effects.GetDevice: _plain(outcomes.AccountRead, found=DEVICE),
    effects.UpdateDeviceStatus: _device_status,
    effects.ForgetDevice: _plain(outcomes.DeviceRemoved),
    effects.ChangePassword: _plain(outcomes.PasswordChanged),
    effects.FetchUserAttributes: _attributes_found,
    effects.UpdateUserAttributes: _plain(outcomes.AccountRead, found=(DELIVERY,)),
    effects.DeleteUser: _plain(outcomes.UserDeleted),
    effects.SignUp: _plain(outcomes.SignedUp, confirmed=False, user_sub="sub-1", delivery=DELIVERY),
    effects.ConfirmSignUp: _plain(outcomes.SignUpConfirmed),
    effects.ResendConfirmationCode: _plain(outcomes.SignUpCodeSent, delivery=DELIVERY),
    effects.ForgotPassword: _plain(outcomes.ResetCodeSent, delivery=DELIVERY),
    effects.ConfirmForgotPassword: _plain(outcomes.PasswordReset),
    effects.RefreshTokens: _refreshed,
    effects.GlobalSignOut: _revoked,
    effects.RevokeToken: _revoked,
    effects.Discard: _revoked,
    **IDENTITY_SUCCESS,
    **{effect: _of_the_application for region in BOTH for effect in region.outcomes_of},
}


class ScriptedStore:
    """Keeps one session in memory; fails, and waits, when told to."""

    def __init__(self) -> None:
        self.session: StoredSession | None = None
        self._revision = 0
        self.failing: dict[str, Exception] = {}
        self.done: list[str] = []
        self._gates: dict[str, deque[Gate]] = defaultdict(deque)

    def hold(self, operation: str) -> Gate:
        gate = Gate()
        self._gates[operation].append(gate)
        return gate

    def load(self) -> StoredSession | None:
        self._begin("load")
        return self.session

    def save(self, session: StoredSession) -> None:
        self._begin("save")
        self.session = session
        self._revision += 1

    def clear(self) -> None:
        self._begin("clear")
        self.session = None
        self._revision += 1

    def revision(self) -> int:
        self._begin("revision")
        return self._revision

    def _begin(self, operation: str) -> None:
        if self._gates[operation]:
            self._gates[operation].popleft().pass_through()
        if operation in self.failing:
            raise self.failing[operation]
        self.done.append(operation)


@attrs.define
class Ports:
    """Everything that a flow is made of, to be looked at afterwards."""

    clock: Clock = attrs.field(factory=Clock)
    store: ScriptedStore = attrs.field(factory=ScriptedStore)
    provider: ScriptedProvider = attrs.field(init=False)
    traits: PoolTraits = PoolTraits()  # noqa: RUF009 - frozen

    def __attrs_post_init__(self) -> None:
        self.provider = ScriptedProvider(self.clock)

    def flow(self) -> Flow:
        return initial_flow("flow-1", self.traits.settings)

    def performing(self) -> Provider:
        """Returns the provider, as what makes the effects of the application's own regions too."""
        regions = self.traits.settings.regions
        performers = {effect: self.provider.perform for region in regions for effect in region.outcomes_of}
        return with_performers(self.provider, regions, performers)

    def blocking(self, flow: Flow | None = None) -> AuthFlow:
        return AuthFlow(
            flow or self.flow(), provider=self.performing(), store=self.store, clock=self.clock, traits=self.traits
        )

    def asynchronous(self, flow: Flow | None = None) -> AsyncAuthFlow:
        return AsyncAuthFlow(
            flow or self.flow(), provider=self.performing(), store=self.store, clock=self.clock, traits=self.traits
        )

    def stored(self, *, expired: bool = False) -> None:
        """Puts a session into the store."""
        tokens = self.provider.tokens()
        if expired:
            tokens = attrs.evolve(tokens, expires_at=self.clock() - 1)
        self.store.session = StoredSession(username=self.provider.username, user_sub="sub-1", tokens=tokens)

    def signed_in(self, *, expired: bool = False) -> AuthFlow:
        self.stored(expired=expired)
        flow = self.blocking()
        flow.initialize()
        return flow

    def signed_out(self) -> AuthFlow:
        flow = self.blocking()
        flow.initialize()
        return flow

    def challenged(self, name: str = "SMS_MFA", **details: object) -> AuthFlow:
        """Returns a flow whose sign-in waits for an answer."""
        flow = self.signed_out()
        self.provider.on(effects.InitiateAuth, challenging(name, **details))  # type: ignore[arg-type]
        flow.sign_in("jane", "a-password")
        return flow


def secrets_held(flow: BlockingFlow | AsyncAuthFlow) -> int:
    """Returns how many secrets the flow holds in memory; there is no public way to ask, on purpose."""
    vault = flow._host.vault
    return 0 if vault is None else len(vault)


# Threads


class Running(Generic[T]):
    """A call in a thread of its own."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._result: T | None = None
        self.raised: BaseException | None = None
        # A daemon: a test that fails because something hangs must not hang itself.
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._result = self._call()
        except BaseException as raised:
            self.raised = raised

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def join(self, timeout: float = PATIENCE) -> None:
        self._thread.join(timeout)
        assert not self._thread.is_alive(), "the call hangs"

    def result(self) -> T:
        self.join()
        if self.raised is not None:
            raise self.raised
        return self._result  # type: ignore[return-value]  # the call has returned


def until_joined(flow: BlockingFlow) -> None:
    """Waits until a thread has joined the call of the session; nobody but the host knows who waits."""
    end = monotonic() + PATIENCE
    while (
        not any(ticket.flow is None for ticket in (flow._host._tickets or {}).values()) or flow._host._changed is None
    ):
        assert monotonic() < end, "nobody joined"
        sleep(0.001)


@contextmanager
def let_go(*gates: Gate) -> Iterator[None]:
    """Opens the gates at the end, whatever happened, so that no thread outlives its test."""
    try:
        yield
    finally:
        for gate in gates:
            gate.open()
