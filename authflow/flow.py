"""The flow: one user slot, as a plain value without secrets.

A `Flow` is what `step()` takes and gives back. It is frozen and small; everything that all flows share
(the compiled machines) stands outside it. Its `states` are those of the regions, in the order of
`REGIONS`; the properties name them.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

import attrs

from authflow.errors import ErrorInfo
from authflow.quick import Value, quick_frozen
from authflow.secrets import Handle
from authflow.states import (
    FEDERATING,
    SIGNING_OUT,
    AccountState,
    FlowStatus,
    ForgotPasswordState,
    IdentityState,
    ScreenState,
    SessionState,
    SignInState,
    SignUpConfirmationState,
    Slot,
    UserState,
)
from authflow.values import (
    DEFAULTS,
    EMPTY_ROOM,
    Account,
    AutoSignIn,
    Challenge,
    CodeDelivery,
    Federation,
    Identity,
    Room,
    Settings,
    SignOutOptions,
    Start,
)

if TYPE_CHECKING:
    from authflow.effects import Effect
    from authflow.region import Region

# The declared order: rows that one message chooses apply in it.
REGIONS: Final = ("user", "sign_in", "sign_up", "forgot_password", "screen", "session", "account", "identity")
INITIAL_STATES: Final[tuple[StrEnum, ...]] = (
    UserState.unknown,
    SignInState.idle,
    SignUpConfirmationState.unknown,
    ForgotPasswordState.notStarted,
    ScreenState.starting,
    SessionState.unknown,
    AccountState.idle,
    IdentityState.none,
)


class ContextChanges(TypedDict, total=False):
    """The fields of a `Context`, for `Context.replace`."""

    username: str | None
    challenge: Challenge | None
    password: Handle | None
    start: Start | None
    automatic: bool
    auto_sign_in: AutoSignIn | None
    sign_up_delivery: CodeDelivery | None
    user_sub: str | None
    reset_delivery: CodeDelivery | None
    account: Account | None
    error: ErrorInfo | None
    unknown_outcome: bool
    sign_out: SignOutOptions | None
    sign_out_failures: tuple[tuple[str, ErrorInfo], ...]
    room: Room
    identity: Identity | None
    federation: Federation | None
    federating: Federation | None
    unsaved: bool
    dead_until: float | None
    dead_mark: str | None
    releases: int
    own: tuple[tuple[str, object], ...]


@quick_frozen
class Context(Value):
    """What the regions know besides their states. Updated by rows, never elsewhere.

    Args:
        username: the identifier that was given last; kept when an attempt fails, never a secret.
        challenge: the challenge that waits for an answer.
        password: the handle of the password of the attempt under way.
        start: how the attempt under way was started.
        automatic: what was asked for is done, and the flow goes on by itself: what fails now fails nobody's call.
        auto_sign_in: what a sign-in by itself needs once the registration is confirmed.
        sign_up_delivery: where the confirmation code went.
        user_sub: the `sub` of the user who signed up last.
        reset_delivery: where the reset code went.
        account: whose tokens are held.
        error: what went wrong last; stays until the next accepted intent.
        unknown_outcome: the last call left and no answer came.
        sign_out: how the sign-out under way was asked for.
        sign_out_failures: what the last sign-out could not do remotely.
        room: what the account region is about.
        identity: the identity pool's identity, and its AWS credentials.
        federation: who vouches for the user who is signed in without the user pool.
        federating: who is to, once the identity pool has taken the token.
        unsaved: whether the store could not be given what this flow holds.
        dead_until: when the access token would have ended whose refresh token was rejected last; what is stored from
            before is as dead.
        dead_mark: the mark of those tokens.
        releases: how often those were let go who waited for the user to sign in again.
        own: what the regions of an application's own know, by region (`authflow.region.RegionData`).
    """

    username: str | None = None
    challenge: Challenge | None = None
    password: Handle | None = None
    start: Start | None = None
    automatic: bool = False
    auto_sign_in: AutoSignIn | None = None
    sign_up_delivery: CodeDelivery | None = None
    user_sub: str | None = None
    reset_delivery: CodeDelivery | None = None
    account: Account | None = None
    error: ErrorInfo | None = None
    unknown_outcome: bool = False
    sign_out: SignOutOptions | None = None
    sign_out_failures: tuple[tuple[str, ErrorInfo], ...] = ()
    room: Room = EMPTY_ROOM
    identity: Identity | None = None
    federation: Federation | None = None
    federating: Federation | None = None
    unsaved: bool = False
    dead_until: float | None = None
    dead_mark: str | None = None
    releases: int = 0
    own: tuple[tuple[str, object], ...] = ()

    def replace(self, **changes: Unpack[ContextChanges]) -> "Context":
        """Returns a copy with some fields changed; `attrs.evolve`, at the price of the constructor."""
        return Context(
            changes["username"] if "username" in changes else self.username,
            changes["challenge"] if "challenge" in changes else self.challenge,
            changes["password"] if "password" in changes else self.password,
            changes["start"] if "start" in changes else self.start,
            changes["automatic"] if "automatic" in changes else self.automatic,
            changes["auto_sign_in"] if "auto_sign_in" in changes else self.auto_sign_in,
            changes["sign_up_delivery"] if "sign_up_delivery" in changes else self.sign_up_delivery,
            changes["user_sub"] if "user_sub" in changes else self.user_sub,
            changes["reset_delivery"] if "reset_delivery" in changes else self.reset_delivery,
            changes["account"] if "account" in changes else self.account,
            changes["error"] if "error" in changes else self.error,
            changes["unknown_outcome"] if "unknown_outcome" in changes else self.unknown_outcome,
            changes["sign_out"] if "sign_out" in changes else self.sign_out,
            changes["sign_out_failures"] if "sign_out_failures" in changes else self.sign_out_failures,
            changes["room"] if "room" in changes else self.room,
            changes["identity"] if "identity" in changes else self.identity,
            changes["federation"] if "federation" in changes else self.federation,
            changes["federating"] if "federating" in changes else self.federating,
            changes["unsaved"] if "unsaved" in changes else self.unsaved,
            changes["dead_until"] if "dead_until" in changes else self.dead_until,
            changes["dead_mark"] if "dead_mark" in changes else self.dead_mark,
            changes["releases"] if "releases" in changes else self.releases,
            changes["own"] if "own" in changes else self.own,
        )


NO_CONTEXT: Final = Context()


@quick_frozen
class Pending(Value):
    """A call under way.

    Args:
        effect: what was asked for.
        since: when, in seconds since the epoch.
    """

    effect: "Effect"
    since: float


@quick_frozen
class Flow(Value):
    """One user slot. See the module's opening comment.

    Args:
        id: the flow's name; identifies, and authorises nothing.
        rev: counts committed changes; what a snapshot is answered with.
        sequence: the number of the last numbered event.
        states: the regions' states, in the order of `REGIONS`; those of an application's own regions follow.
        context: what the regions know besides.
        interactive: the call under way in the interactive slot.
        session_call: the call under way in the session slot.
        identity_call: the call under way in the identity slot.
        last_effect: the id of the last effect.
        closed: whether the flow was closed.
        settings: what the host application wants of its flows; shared by all of them.
    """

    id: str
    rev: int = 0
    sequence: int = 0
    states: tuple[StrEnum, ...] = INITIAL_STATES
    context: Context = NO_CONTEXT
    interactive: Pending | None = None
    session_call: Pending | None = None
    identity_call: Pending | None = None
    last_effect: int = 0
    closed: bool = False
    settings: Settings = DEFAULTS

    @property
    def user(self) -> UserState:
        """The state of the user region."""
        return self.states[0]  # type: ignore[return-value]  # the engine keeps each region to its own enum

    @property
    def sign_in(self) -> SignInState:
        """The state of the sign-in region."""
        return self.states[1]  # type: ignore[return-value]  # as above

    @property
    def sign_up(self) -> SignUpConfirmationState:
        """The state of the sign-up region."""
        return self.states[2]  # type: ignore[return-value]  # as above

    @property
    def forgot_password(self) -> ForgotPasswordState:
        """The state of the forgot-password region."""
        return self.states[3]  # type: ignore[return-value]  # as above

    @property
    def screen(self) -> ScreenState:
        """The state of the screen region."""
        return self.states[4]  # type: ignore[return-value]  # as above

    @property
    def session(self) -> SessionState:
        """The state of the session region."""
        return self.states[5]  # type: ignore[return-value]  # as above

    @property
    def account(self) -> AccountState:
        """The state of the account region."""
        return self.states[6]  # type: ignore[return-value]  # as above

    @property
    def identity(self) -> IdentityState:
        """The state of the identity region."""
        return self.states[7]  # type: ignore[return-value]  # as above

    @property
    def own_states(self) -> tuple[StrEnum, ...]:
        """The states of the application's own regions, in the order of `Settings.regions`."""
        return self.states[len(REGIONS) :]

    @property
    def own_screen(self) -> "tuple[Region, StrEnum] | None":
        """The region of the application's own whose screen is drawn, and its state; None for the flow's own screen."""
        for region, state in zip(self.settings.regions, self.own_states, strict=True):
            if state in region.screens:
                return region, state
        return None

    @property
    def shown_screen(self) -> StrEnum:
        """The screen to draw: a `ScreenState`, or one of the application's own, whose value is "<region>.<state>"."""
        found = self.own_screen if self.settings.regions else None
        return self.screen if found is None else found[0].screen_names[found[1]]

    def call_in(self, slot: Slot) -> Pending | None:
        """Returns the call under way in `slot`."""
        if slot is Slot.interactive:
            return self.interactive
        return self.session_call if slot is Slot.session else self.identity_call

    @property
    def calls(self) -> tuple[Pending, ...]:
        """The calls under way."""
        calls = (self.interactive, self.session_call, self.identity_call)
        return tuple(call for call in calls if call is not None)

    @property
    def status(self) -> FlowStatus:
        """What the flow is doing, whatever its states."""
        if self.closed:
            return FlowStatus.closed
        if self.interactive is not None:
            return FlowStatus.working
        # A refresh goes on behind the signed-in screen; a sign-out changes who is signed in, and the user waits for it.
        if self.session_call is not None and self.session in SIGNING_OUT:
            return FlowStatus.working
        if self.identity in FEDERATING:
            return FlowStatus.working
        if self.context.unknown_outcome:
            return FlowStatus.unknown_outcome
        if self.settings.regions and self.own_screen is not None:
            return FlowStatus.interactive
        if self.screen is ScreenState.starting:
            return FlowStatus.starting
        if self.screen is ScreenState.signedIn:
            return FlowStatus.done
        if self.screen is ScreenState.awaitingLink or self.sign_in is SignInState.hostedUI:
            return FlowStatus.waiting_external
        return FlowStatus.interactive

    @property
    def deadlines(self) -> tuple[float, ...]:
        """When time changes something, in seconds since the epoch: a challenge's Session ends, a password is let go."""
        challenge, auto, own = self.context.challenge, self.context.auto_sign_in, self.settings.regions
        if (challenge is None and auto is None and not own) or self.interactive is not None or self.closed:
            return ()
        ends = (
            challenge.expires_at if challenge is not None else None,
            auto.until if auto is not None else None,
            *(region.deadline(self.context) for region in own if region.deadline is not None),
        )
        return tuple(end for end in ends if end is not None)

    @property
    def wake_at(self) -> float | None:
        """The next deadline, in seconds since the epoch; None where there is none."""
        context = self.context
        if context.challenge is None and context.auto_sign_in is None and not self.settings.regions:
            return None  # as most flows most of the time
        deadlines = self.deadlines
        return min(deadlines) if deadlines else None

    def handles(self) -> set[Handle]:
        """Returns the handles of the secrets that this flow still needs while no call is under way."""
        context = self.context
        found: set[Handle | None] = {context.password}
        if context.challenge is not None:
            found.add(context.challenge.session)
            found.add(context.challenge.totp)
        if context.auto_sign_in is not None:
            found.add(context.auto_sign_in.password)
            found.add(context.auto_sign_in.session)
        # What a call found (`room.found`) was read as it came: nobody needs it any longer.
        found.add(context.room.totp)
        if context.account is not None:
            found.add(context.account.tokens)
        if context.identity is not None:
            found.add(context.identity.credentials)
        for federation in (context.federation, context.federating):
            if federation is not None:
                found.add(federation.token)
        for _, value in context.own:
            found.update(_handles_in(value))
        found.discard(None)
        return found  # type: ignore[return-value]  # None was discarded


def _handles_in(value: object) -> Iterator[Handle]:
    """Yields the handles in what a region of an application's own knows: in its fields, tuples, sets and mappings."""
    if isinstance(value, Handle):
        yield value
    elif isinstance(value, tuple | frozenset):
        for item in value:
            yield from _handles_in(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _handles_in(item)
    else:
        kind: Any = type(value)
        for field in attrs.fields(kind) if attrs.has(kind) else ():
            yield from _handles_in(getattr(value, field.name))


def initial_flow(flow_id: str, settings: Settings = DEFAULTS) -> Flow:
    """Returns a flow in its initial states, those of the application's own regions included.

    Args:
        flow_id: the flow's name.
        settings: what the host application wants of it.
    """
    own = tuple(region.machine.initial for region in settings.regions)
    return Flow(flow_id, states=(*INITIAL_STATES, *own), settings=settings)
