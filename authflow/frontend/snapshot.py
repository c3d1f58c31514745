"""The snapshot: what a frontend that knows nothing of Cognito needs to draw the screen.

Published as JSON with a schema (`snapshot.schema.json`). No secret can be in it: it is made from the flow, which has
none. What Cognito hides is said to be unknown.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from authflow.errors import ErrorInfo
from authflow.events import json_value
from authflow.frontend.fields import Field
from authflow.frontend.traits import PasswordRule
from authflow.quick import Value, frozen_value
from authflow.states import FlowStatus, SignInState, UserState
from authflow.values import CodeDelivery

SCHEMA: Final = "authflow/snapshot/1"


class Doing(StrEnum):
    """What an action does beyond this process."""

    nothing = "nothing"
    asks_service = "asks_service"
    sends_message = "sends_message"
    spends_session = "spends_session"
    destroys = "destroys"


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
        screen: the screen to draw: a ScreenState, or one of the application's own, whose value is "<region>.<state>".
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
        parameters: what a screen of the application's own draws besides its actions, by name.
        actions: what can be done here, in order.
        error: what went wrong last; stays until the next accepted intent.
        waiting: why nothing can be done but to wait.
        server_now: the flow's clock, in seconds since the epoch; count down against it.
    """

    schema: str = SCHEMA
    flow_id: str
    rev: int
    status: FlowStatus
    screen: StrEnum
    title_key: str
    user_state: UserState
    states: Mapping[str, str]
    username: str | None
    challenge: ChallengeView | None
    delivery: CodeDelivery | None
    password_rules: tuple[PasswordRule, ...]
    passkey_options: str | None
    shows_totp: bool
    parameters: Mapping[str, str]
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
