"""Draws a flow: from its states and rows, and from what is known of its pool, comes the snapshot."""

from collections.abc import Mapping
from typing import Final

import attrs

from authflow.errors import ErrorInfo
from authflow.flow import Flow
from authflow.frontend.actions import spec_of_intent
from authflow.frontend.fields import ATTRIBUTE_PREFIX, FieldKind
from authflow.frontend.snapshot import Action, ChallengeView, Snapshot, Waiting
from authflow.frontend.traits import PasswordRule, PoolTraits, rules_of
from authflow.intents import Intent
from authflow.offers import action_id, is_shown, offer
from authflow.regions import regions_of
from authflow.states import FlowStatus, ScreenState, UserState
from authflow.values import NOTHING, CodeDelivery


def take_snapshot(flow: Flow, traits: PoolTraits, now: float) -> Snapshot:
    """Returns what to draw for `flow`.

    Args:
        flow: the flow.
        traits: what is known of its pool.
        now: the time, in seconds since the epoch on the flow's clock.
    """
    actions = tuple(_actions(flow, traits))
    names = regions_of(flow.settings.regions).names
    error = flow.context.error
    return Snapshot(
        flow_id=flow.id,
        rev=flow.rev,
        status=flow.status,
        screen=flow.shown_screen,
        title_key=_title(flow),
        user_state=flow.user,
        states={region: state.value for region, state in zip(names, flow.states, strict=True)},
        username=_username(flow),
        challenge=_challenge(flow),
        delivery=_delivery(flow),
        password_rules=_password_rules(actions, traits),
        passkey_options=flow.context.room.passkey_options,
        shows_totp=_shows_totp(flow),
        parameters=_parameters(flow),
        actions=actions,
        error=_placed(error, actions) if error is not None else None,
        waiting=_waiting(flow),
        server_now=now,
    )


def _username(flow: Flow) -> str | None:
    account = flow.context.account
    if flow.user is not UserState.signedIn:
        return flow.context.username
    if account is not None:
        return account.identifier or account.username
    # What another provider calls the user is not known here.
    return flow.context.username if flow.context.federation is None else None


def _actions(flow: Flow, traits: PoolTraits) -> list[Action]:
    if flow.closed:
        return []
    intents = regions_of(flow.settings.regions).intents
    actions = [_action(flow, traits, intent) for intent in intents if is_shown(flow, intent)]
    return sorted(actions, key=lambda action: not action.primary)


def _action(flow: Flow, traits: PoolTraits, intent: type[Intent]) -> Action:
    spec = spec_of_intent(intent, flow.settings.regions)
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


def _parameters(flow: Flow) -> Mapping[str, str]:
    drawn = flow.own_screen
    return drawn[0].screens[drawn[1]].shows(flow) if drawn is not None else NOTHING


def _challenge(flow: Flow) -> ChallengeView | None:
    challenge = flow.context.challenge
    if challenge is None or flow.shown_screen is not ScreenState.confirmSignIn:
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
    if flow.shown_screen is ScreenState.setUpTotp:
        return flow.context.room.totp is not None
    return flow.shown_screen is ScreenState.confirmSignIn and challenge is not None and challenge.totp is not None


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
    shown = flow.shown_screen
    return by_screen.get(shown) if isinstance(shown, ScreenState) else None


def _title(flow: Flow) -> str:
    if flow.shown_screen is not flow.screen:
        return f"screen.{flow.shown_screen}"
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
    pending = flow.interactive or flow.session_call or flow.identity_call
    return Waiting(reason=reason, since=pending.since if pending is not None else None)
