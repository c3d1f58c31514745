"""The snapshot: what a frontend that knows nothing of Cognito needs to draw the screen.

Published as JSON with a schema (`snapshot.schema.json`). No secret can be in it: it is made from the flow, which has
none. What Cognito hides is said to be unknown.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from authflow.actions import Doing, spec_of_intent
from authflow.errors import ErrorInfo
from authflow.events import json_value
from authflow.fields import ATTRIBUTE_PREFIX, Field, FieldKind
from authflow.flow import REGIONS, Flow
from authflow.intents import INTENTS, Intent
from authflow.offers import action_id, is_shown, offer
from authflow.quick import Value, frozen_value
from authflow.states import FlowStatus, ScreenState, SignInState, UserState
from authflow.traits import PasswordRule, PoolTraits, rules_of
from authflow.values import CodeDelivery

SCHEMA: Final = "authflow/snapshot/1"


@frozen_value(kw_only=True)
class Action(Value):
    """Something that can be done here.

    Args:
        id: what to submit.
        label_key: names its label in the catalogue of texts.
        enabled: whether it would be taken now.
        disabled_reason: why not, in a sentence.
        primary: whether it is what the screen is for.
        doing: what it does beyond this process.
        fields: what to ask for, in order.
    """

    id: str
    label_key: str
    enabled: bool
    disabled_reason: str | None
    primary: bool
    doing: Doing
    fields: tuple[Field, ...]


@frozen_value(kw_only=True)
class ChallengeView(Value):
    """The challenge, as far as it may be shown.

    Args:
        name: Cognito's ChallengeName.
        state: the sign-in state that stands for it.
        parameters: its public parameters.
        required_attributes: attributes that must come with the answer.
        options: what can be chosen, where the challenge is a choice.
        attempts_left: always "unknown": Cognito does not say.
        expires_at: when it ends, in seconds since the epoch on the flow's clock.
    """

    name: str
    state: SignInState
    parameters: Mapping[str, str]
    required_attributes: tuple[str, ...]
    options: tuple[str, ...] = ()
    attempts_left: str = "unknown"
    expires_at: float | None = None


@frozen_value(kw_only=True)
class Waiting(Value):
    """Why nothing can be done but to wait, or nothing need be.

    Args:
        reason: one sentence.
        since: since when, in seconds since the epoch.
        until: until when at the latest; None when nobody can say.
    """

    reason: str
    since: float | None = None
    until: float | None = None


@frozen_value(kw_only=True)
class Snapshot(Value):
    """A flow at one moment, for drawing.

    Args:
        schema: the name and version of the JSON form.
        flow_id: the flow; identifies, and authorises nothing.
        rev: the revision to answer.
        status: what the flow is doing.
        screen: the screen to draw.
        title_key: names the screen's heading in the catalogue of texts.
        user_state: who the user is.
        states: the state of every region, by region.
        username: what the user who is signed in signed in with; otherwise the identifier that was given last.
        challenge: the challenge on the screen.
        delivery: where the code that the screen asks for went.
        password_rules: the rules of the pool's password policy; empty where the configuration does not say.
        passkey_options: what the passkey is to be made with (PublicKeyCredentialCreationOptionsJSON).
        shows_totp: whether the screen has to show the secret of an authenticator app, which `totp_setup()` gives; it is
            never in here.
        actions: what can be done here, in order.
        error: what went wrong last; stays until the next accepted intent.
        waiting: why nothing can be done but to wait.
        server_now: the flow's clock, in seconds since the epoch; count down against it.
    """

    schema: str = SCHEMA
    flow_id: str
    rev: int
    status: FlowStatus
    screen: ScreenState
    title_key: str
    user_state: UserState
    states: Mapping[str, str]
    username: str | None
    challenge: ChallengeView | None
    delivery: CodeDelivery | None
    password_rules: tuple[PasswordRule, ...]
    passkey_options: str | None
    shows_totp: bool
    actions: tuple[Action, ...]
    error: ErrorInfo | None
    waiting: Waiting | None
    server_now: float

    def action(self, action: str) -> Action | None:
        """Returns the action with this id; None when the screen does not offer it."""
        return next((found for found in self.actions if found.id == action), None)

    def to_json(self) -> dict[str, object]:
        """Returns the JSON form, as `snapshot.schema.json` describes it."""
        form = json_value(self)
        assert isinstance(form, dict)  # noqa: S101 - an attrs value becomes a dict
        return form


def take_snapshot(flow: Flow, traits: PoolTraits, now: float) -> Snapshot:
    """Returns what to draw for `flow`.

    Args:
        flow: the flow.
        traits: what is known of its pool.
        now: the time, in seconds since the epoch on the flow's clock.
    """
    actions = tuple(_actions(flow, traits))
    error = flow.context.error
    return Snapshot(
        flow_id=flow.id,
        rev=flow.rev,
        status=flow.status,
        screen=flow.screen,
        title_key=_title(flow),
        user_state=flow.user,
        states={region: state.value for region, state in zip(REGIONS, flow.states, strict=True)},
        username=_username(flow),
        challenge=_challenge(flow),
        delivery=_delivery(flow),
        password_rules=_password_rules(actions, traits),
        passkey_options=flow.context.room.passkey_options,
        shows_totp=_shows_totp(flow),
        actions=actions,
        error=_placed(error, actions) if error is not None else None,
        waiting=_waiting(flow),
        server_now=now,
    )


def _username(flow: Flow) -> str | None:
    account = flow.context.account
    if flow.user is UserState.signedIn and account is not None:
        return account.identifier or account.username
    return flow.context.username


def _actions(flow: Flow, traits: PoolTraits) -> list[Action]:
    if flow.closed:
        return []
    actions = [_action(flow, traits, intent) for intent in INTENTS if is_shown(flow, intent)]
    return sorted(actions, key=lambda action: not action.primary)


def _action(flow: Flow, traits: PoolTraits, intent: type[Intent]) -> Action:
    spec = spec_of_intent(intent)
    name = action_id(intent)
    found = offer(flow, intent)
    return Action(
        id=name,
        label_key=f"action.{name}",
        enabled=found.enabled,
        disabled_reason=found.reason,
        primary=spec.is_primary(flow),
        doing=spec.doing,
        fields=spec.fields(flow, traits),
    )


def _challenge(flow: Flow) -> ChallengeView | None:
    challenge = flow.context.challenge
    if challenge is None or flow.screen is not ScreenState.confirmSignIn:
        return None
    return ChallengeView(
        name=challenge.name,
        state=flow.sign_in,
        parameters=challenge.parameters,
        required_attributes=challenge.required_attributes,
        options=challenge.options,
        expires_at=challenge.expires_at,
    )


def _shows_totp(flow: Flow) -> bool:
    challenge = flow.context.challenge
    if flow.screen is ScreenState.setUpTotp:
        return flow.context.room.totp is not None
    return flow.screen is ScreenState.confirmSignIn and challenge is not None and challenge.totp is not None


def _delivery(flow: Flow) -> CodeDelivery | None:
    context = flow.context
    challenge = context.challenge
    by_screen = {
        ScreenState.confirmSignIn: challenge.delivery if challenge is not None else None,
        ScreenState.confirmSignUp: context.sign_up_delivery,
        ScreenState.awaitingLink: context.sign_up_delivery,
        ScreenState.confirmForgotPassword: context.reset_delivery,
        ScreenState.confirmContact: context.room.delivery,
    }
    return by_screen.get(flow.screen)


def _title(flow: Flow) -> str:
    if flow.screen is ScreenState.confirmSignIn:
        return f"screen.confirmSignIn.{flow.sign_in.name}"
    delivery = _delivery(flow)
    return f"screen.{flow.screen}.{delivery.medium}" if delivery is not None else f"screen.{flow.screen}"


def _password_rules(actions: tuple[Action, ...], traits: PoolTraits) -> tuple[PasswordRule, ...]:
    asked = any(field.kind is FieldKind.new_password for action in actions for field in action.fields)
    return rules_of(traits.password_policy) if asked and traits.password_policy is not None else ()


# The field that an adapter names is Cognito's word for it; on a screen it may have another name.
_ALSO_CALLED: Final = {
    "code": ("answer",),
    "password": ("new_password", "answer"),
    "email": ("answer",),
}


def placed_error(flow: Flow, traits: PoolTraits, error: ErrorInfo) -> ErrorInfo:
    """Returns `error` with the field that it has on the flow's screen, or with none."""
    return _placed(error, tuple(_actions(flow, traits))) if error.field is not None else error


def _placed(error: ErrorInfo, actions: tuple[Action, ...]) -> ErrorInfo:
    if error.field is None:
        return error
    names = {field.name for action in actions for field in action.fields}
    known = (error.field, f"{ATTRIBUTE_PREFIX}{error.field}", *_ALSO_CALLED.get(error.field, ()))
    return attrs.evolve(error, field=next((name for name in known if name in names), None))


_REASONS: Final = {
    FlowStatus.working: "A call is under way; wait for its answer.",
    FlowStatus.closed: "The flow is closed; make a new one.",
}


def _waiting(flow: Flow) -> Waiting | None:
    reason = _REASONS.get(flow.status)
    if flow.status is FlowStatus.starting and flow.session_call is not None:
        reason = "It is being found out who is signed in."
    if reason is None:
        return None
    pending = flow.interactive or flow.session_call
    return Waiting(reason=reason, since=pending.since if pending is not None else None)
