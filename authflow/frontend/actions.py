"""What an action asks for and what it does, as a frontend renders it.

Which actions there are on a screen, and whether they can be taken, is the rows' business (`offers`, `snapshot`); here
stands only how they look.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from authflow import intents
from authflow.errors import ConfigurationError
from authflow.flow import Flow, initial_flow
from authflow.frontend import asking
from authflow.frontend.fields import Field, attribute_of
from authflow.frontend.forms import NO_FORM, Form, Forms, left_out, shaped
from authflow.frontend.snapshot import Doing
from authflow.frontend.traits import PoolTraits
from authflow.intents import INTENTS, Intent
from authflow.offers import action_id
from authflow.quick import Value, frozen_value
from authflow.states import AuthFlowType, FirstFactor, ScreenState, SignInState
from authflow.values import Settings

if TYPE_CHECKING:
    from authflow.region import Region


@frozen_value(kw_only=True)
class ActionSpec(Value):
    """How an intent looks to a frontend.

    Args:
        intent: the intent.
        asks: builds its fields for a flow.
        needs: the names of the fields without which the intent cannot be built, whatever the host application says.
        doing: what it does beyond this process.
        primary: whether it is what the screens are for that offer it; or the only screens that it is what they are for.
    """

    intent: type[Intent]
    asks: Callable[[Flow, PoolTraits], tuple[Field, ...]] = asking.nothing
    needs: tuple[str, ...] = ()
    doing: Doing = Doing.nothing
    primary: bool | tuple[ScreenState, ...] = False

    def fields(self, flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
        """Returns the action's fields in this flow, as the host application wants them."""
        return shaped(self.asks(flow, traits), self.form(flow, traits), self.needs)

    def hidden(self, flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
        """Returns the fields that the host application hides in this flow; programs may fill them in."""
        form = self.form(flow, traits)
        return () if form is NO_FORM else left_out(self.asks(flow, traits), form, self.needs)

    def form(self, flow: Flow, traits: PoolTraits) -> Form:
        """Returns what the host application says of the fields."""
        if not traits.forms:
            return NO_FORM
        name = action_id(self.intent)
        return traits.forms.get(f"{name}:{flow.sign_in.name}") or traits.forms.get(name) or NO_FORM

    def is_primary(self, flow: Flow) -> bool:
        """Tells whether the action is what the current screen is for."""
        return self.primary if isinstance(self.primary, bool) else flow.shown_screen in self.primary


_ASKS: Final = Doing.asks_service
_SENDS: Final = Doing.sends_message

_SPECS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(intent=intents.Initialize, primary=True),
    ActionSpec(intent=intents.SignIn, asks=asking.sign_in, needs=("username",), doing=_ASKS, primary=True),
    ActionSpec(intent=intents.SignInWithRedirect, asks=asking.provider),
    ActionSpec(intent=intents.AbandonRedirect, asks=asking.abandoned),
    ActionSpec(intent=intents.FederatedSignIn, asks=asking.federation, needs=("provider", "token"), doing=_ASKS),
    ActionSpec(intent=intents.GetAwsCredentials, asks=asking.force, doing=_ASKS),
    ActionSpec(intent=intents.GetIdentityId, doing=_ASKS),
    ActionSpec(
        intent=intents.ConfirmSignIn, asks=asking.answer, needs=("answer",), doing=Doing.spends_session, primary=True
    ),
    ActionSpec(intent=intents.ResendCode, doing=_SENDS),
    ActionSpec(intent=intents.ChooseAnotherFactor, doing=_ASKS),
    ActionSpec(intent=intents.SignUp, asks=asking.sign_up, needs=("username",), doing=_SENDS, primary=True),
    ActionSpec(
        intent=intents.ConfirmSignUp, asks=asking.confirm_sign_up, needs=("username", "code"), doing=_ASKS, primary=True
    ),
    ActionSpec(intent=intents.ResendSignUpCode, asks=asking.username_only, needs=("username",), doing=_SENDS),
    ActionSpec(intent=intents.CheckConfirmation, doing=_ASKS, primary=True),
    ActionSpec(
        intent=intents.ForgotPassword,
        asks=asking.username_only,
        needs=("username",),
        doing=_SENDS,
        primary=(ScreenState.forgotPassword,),
    ),
    ActionSpec(
        intent=intents.ConfirmForgotPassword,
        asks=asking.reset,
        needs=("username", "code", "new_password"),
        doing=_ASKS,
        primary=True,
    ),
    ActionSpec(intent=intents.GetTokens, asks=asking.force, doing=_ASKS),
    ActionSpec(intent=intents.SignOut, asks=asking.sign_out, doing=Doing.destroys, primary=(ScreenState.signedIn,)),
    ActionSpec(intent=intents.CheckContacts, doing=_ASKS, primary=True),
    ActionSpec(
        intent=intents.VerifyUserAttribute,
        asks=asking.contact,
        needs=("attribute",),
        doing=_SENDS,
        primary=(ScreenState.verifyContact,),
    ),
    ActionSpec(
        intent=intents.ConfirmVerifyUserAttribute,
        asks=asking.contact_code,
        needs=("attribute", "code"),
        doing=_ASKS,
        primary=True,
    ),
    ActionSpec(intent=intents.SetUpTotp, doing=_ASKS),
    ActionSpec(intent=intents.VerifyTotpSetup, asks=asking.totp_code, needs=("code",), doing=_ASKS, primary=True),
    ActionSpec(intent=intents.FetchMfaPreference, doing=_ASKS),
    ActionSpec(intent=intents.UpdateMfaPreference, asks=asking.mfa_preference, doing=_ASKS),
    ActionSpec(intent=intents.RegisterPasskey, doing=_ASKS, primary=(ScreenState.passkeyPrompt,)),
    ActionSpec(
        intent=intents.CompletePasskey, asks=asking.credential, needs=("credential",), doing=_ASKS, primary=True
    ),
    ActionSpec(intent=intents.ListPasskeys, asks=asking.page, doing=_ASKS),
    ActionSpec(intent=intents.DeletePasskey, asks=asking.passkey_id, needs=("passkey_id",), doing=Doing.destroys),
    ActionSpec(intent=intents.ListDevices, asks=asking.page, doing=_ASKS),
    ActionSpec(intent=intents.GetDevice, asks=asking.device_key, doing=_ASKS),
    ActionSpec(intent=intents.UpdateDeviceStatus, asks=asking.device_status, doing=_ASKS),
    ActionSpec(intent=intents.ForgetDevice, asks=asking.device_key, doing=Doing.destroys),
    ActionSpec(
        intent=intents.ChangePassword, asks=asking.change_password, needs=("password", "new_password"), doing=_ASKS
    ),
    ActionSpec(intent=intents.FetchUserAttributes, doing=_ASKS),
    ActionSpec(intent=intents.UpdateUserAttributes, doing=_SENDS),
    ActionSpec(intent=intents.DeleteUser, doing=Doing.destroys),
)
_BY_INTENT: Final[Mapping[type[Intent], ActionSpec]] = {
    **{intent: ActionSpec(intent=intent) for intent in INTENTS},
    **{spec.intent: spec for spec in _SPECS},
}
_BY_ID: Final[Mapping[str, ActionSpec]] = {action_id(spec.intent): spec for spec in _BY_INTENT.values()}

# The intents that send attributes to the service.
TAKES_ATTRIBUTES: Final = (intents.SignUp, intents.ConfirmSignIn, intents.UpdateUserAttributes)


def spec_of(action: str, own: "tuple[Region, ...]" = ()) -> ActionSpec | None:
    """Returns how the action with this id looks; None when there is no such action.

    Args:
        action: the id.
        own: the regions of the application's own.
    """
    return _BY_ID.get(action) or _own_by_id(own).get(action)


@cache
def _own_by_id(own: "tuple[Region, ...]") -> Mapping[str, ActionSpec]:
    return {action_id(spec.intent): spec for region in own for spec in region.actions}


def known_forms(forms: Forms, own: "tuple[Region, ...]" = ()) -> Forms:
    """Returns the host application's forms.

    Args:
        forms: what it says, by action.
        own: the regions of its own.

    Raises:
        ConfigurationError: one of them is for an action, or for a state of the sign-in, that there is not; or says
            of a field what cannot be.
    """
    for name, form in forms.items():
        action, _, state = name.partition(":")
        spec = spec_of(action, own)
        if spec is None or (state and state not in SignInState.__members__):
            alike = " or ".join(close_to(action, own))
            raise ConfigurationError(
                source="forms",
                key=name,
                problem="is for no action" if spec is None else "is for no state of the sign-in",
                remedy=f"did you mean {alike}?" if alike and spec is None else "see Form's documentation",
            )
        _know_fields(name, form, spec, own)
    return forms


def _know_fields(key: str, form: Form, spec: ActionSpec, own_regions: "tuple[Region, ...]") -> None:
    takes_attributes = spec.intent in TAKES_ATTRIBUTES
    own = {field.name for field in form.extra}
    every_challenge = spec.intent is intents.ConfirmSignIn  # each has fields of its own
    names = None if every_challenge else own | _names(spec, own_regions)
    for field in own if not takes_attributes else ():
        if attribute_of(field) is not None:
            raise _wrong_field(key, field, "would be sent nowhere", "this action sends no attributes")
    for field, options in form.fields.items():
        is_attribute = takes_attributes and attribute_of(field) is not None
        if names is not None and field not in names and not is_attribute:
            remedy = f"its fields are {', '.join(sorted(names))}" if names else "the action asks for nothing"
            raise _wrong_field(key, field, "is no field of this action", remedy)
        if options.hidden and options.value is None and field in spec.needs:
            raise _wrong_field(key, field, "cannot be hidden", "the action cannot do without it; give it a value")


def _names(spec: ActionSpec, own: "tuple[Region, ...]") -> set[str]:
    """Returns the names of the fields that an action may have besides attributes, whatever the pool."""
    everything = PoolTraits(
        auth_flow=AuthFlowType.USER_AUTH,
        preferred_challenge=FirstFactor.PASSWORD,
        username_attributes=("phone_number",),
        dial_codes=("+1",),
    )
    flow = initial_flow("", Settings(providers=("COGNITO",), regions=own))
    return {field.name for field in spec.asks(flow, everything)}


def _wrong_field(key: str, field: str, problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(source="forms", key=f"{key}: {field}", problem=problem, remedy=remedy)


def close_to(action: str, own: "tuple[Region, ...]" = ()) -> list[str]:
    """Returns the ids of actions that may have been meant, the likeliest first."""
    from difflib import get_close_matches  # for those who mistype

    return get_close_matches(action, (*_BY_ID, *_own_by_id(own)), 2)


def spec_of_intent(intent: type[Intent], own: "tuple[Region, ...]" = ()) -> ActionSpec:
    """Returns how an intent looks."""
    return _BY_INTENT.get(intent) or _own_by_id(own)[action_id(intent)]
