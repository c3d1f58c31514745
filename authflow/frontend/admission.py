"""An action at the door: what is checked of it before it is taken. Nothing changes meanwhile.

The host application's own rules are asked here, and so no lock is held.
"""

from authflow.errors import ErrorCode, ErrorInfo, InvalidInput, Recovery, RevisionConflict
from authflow.flow import Flow
from authflow.frontend.actions import ActionSpec, spec_of
from authflow.frontend.door import Entry, action_of, let_in
from authflow.frontend.traits import PoolTraits
from authflow.intents import SignOut
from authflow.offers import offer
from authflow.quick import Value, frozen_value
from authflow.secrets import Vault
from authflow.step import step


@frozen_value(kw_only=True)
class Admission(Value):
    """An action that was checked, and not yet taken.

    Args:
        spec: the action.
        entry: its values; None for an action that is not taken here, whatever its values are.
        flow: the flow that it was checked against.
        rev: the revision that is answered; None for whatever is current.
    """

    spec: ActionSpec
    entry: Entry | None
    flow: Flow
    rev: int | None

    def holds_in(self, flow: Flow, traits: PoolTraits) -> bool:
        """Tells whether `flow` asks for the same values, under the same rules, as the one it was checked against."""
        before, spec = self.flow, self.spec
        if flow is before:
            return True
        same_rules = spec.form(flow, traits) is spec.form(before, traits)
        return same_rules and spec.fields(flow, traits) == spec.fields(before, traits)

    def wants_fresh_tokens(self, now: float) -> bool:
        """Tells whether the action would be taken, and would call Cognito with an access token that has ended.

        Raises:
            InvalidInput: the values do not go together, so that it would not be taken.
        """
        account = self.flow.context.account
        if account is None or self.entry is None or now < account.expires_at:
            return False
        if not offer(self.flow, self.spec.intent).enabled:
            return False
        effect = step(self.flow, self.entry.intent(Vault(), now), now).effect
        return effect is not None and effect.with_tokens

    @property
    def is_of_user(self) -> bool:
        """Whether the action is about the account of whoever is signed in, and of nobody else."""
        from authflow.machines.account import NEED_A_USER

        return self.spec.intent in NEED_A_USER

    @property
    def goes_without(self) -> bool:
        """Whether the action is taken even if there are no fresh tokens to be had: a sign-out always is."""
        return self.spec.intent is SignOut


def admit(action: object, sealed: object, rev: object, *, flow: Flow, moved_at: int, traits: PoolTraits) -> Admission:
    """Checks an action.

    Args:
        action: its id.
        sealed: its values, sealed.
        rev: the revision that is answered; None for whatever is current.
        flow: the flow as it is.
        moved_at: the revision at which it moved last; who answers a later one answers what is asked now.
        traits: what is known of the pool.

    Raises:
        InvalidInput: the action or a value is refused.
        RevisionConflict: the flow has moved on since `rev`.
    """
    spec = action_of(action, flow)
    if rev is not None and (type(rev) is not int or not moved_at <= rev <= flow.rev):
        raise conflict(flow)
    entry = None
    try:
        entry = let_in(spec, sealed, flow=flow, traits=traits)
    except InvalidInput:
        if offer(flow, spec.intent).enabled:
            raise
    return Admission(spec=spec, entry=entry, flow=flow, rev=rev)


def has_rules(action: object, *, flow: Flow, traits: PoolTraits) -> bool:
    """Tells whether the host application has rules of its own for an action's values."""
    spec = spec_of(action, flow.settings.regions) if isinstance(action, str) else None
    return spec is not None and spec.form(flow, traits).validate is not None


def conflict(flow: Flow) -> RevisionConflict:
    """Returns the error of an action that was meant for an older flow than `flow`."""
    return RevisionConflict(
        ErrorInfo(
            code=ErrorCode.REVISION_CONFLICT,
            message=f"The flow has moved on to revision {flow.rev}; take a new snapshot.",
            recovery=Recovery.RETRY,
        )
    )
