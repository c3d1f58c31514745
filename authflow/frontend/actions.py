"""What an action asks for and what it does, as a frontend renders it.

Which actions there are on a screen, and whether they can be taken, is the rows' business (`offers`, `snapshot`); here
stands only how they look.
"""

from collections.abc import Callable, Mapping
from typing import Final

from authflow import intents
from authflow.errors import ConfigurationError
from authflow.flow import Flow
from authflow.frontend import asking
from authflow.frontend.fields import Field
from authflow.frontend.forms import NO_FORM, Form, Forms, shaped
from authflow.frontend.snapshot import Doing
from authflow.frontend.traits import PoolTraits
from authflow.intents import INTENTS, Intent
from authflow.offers import action_id
from authflow.quick import Value, frozen_value
from authflow.states import ScreenState, SignInState


@frozen_value(kw_only=True)
class ActionSpec(Value):
    """How an intent looks to a frontend.

    Args:
        intent: the intent.
        asks: builds its fields for a flow.
        doing: what it does beyond this process.
        primary: whether it is what the screens are for that offer it; or the only screens that it is what they are for.
    """

    intent: type[Intent]
    asks: Callable[[Flow, PoolTraits], tuple[Field, ...]] = asking.nothing
    doing: Doing = Doing.nothing
    primary: bool | tuple[ScreenState, ...] = False

    def fields(self, flow: Flow, traits: PoolTraits) -> tuple[Field, ...]:
        """Returns the action's fields in this flow, as the host application wants them."""
        return shaped(self.asks(flow, traits), self.form(flow, traits))

    def form(self, flow: Flow, traits: PoolTraits) -> Form:
        """Returns what the host application says of the fields."""
        if not traits.forms:
            return NO_FORM
        name = action_id(self.intent)
        return traits.forms.get(f"{name}:{flow.sign_in.name}") or traits.forms.get(name) or NO_FORM

    def is_primary(self, flow: Flow) -> bool:
        """Tells whether the action is what the current screen is for."""
        return self.primary if isinstance(self.primary, bool) else flow.screen in self.primary


_ASKS: Final = Doing.asks_service
_SENDS: Final = Doing.sends_message

_SPECS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(intent=intents.Initialize, primary=True),
    ActionSpec(intent=intents.SignIn, asks=asking.sign_in, doing=_ASKS, primary=True),
    ActionSpec(intent=intents.ConfirmSignIn, asks=asking.answer, doing=Doing.spends_session, primary=True),
    ActionSpec(intent=intents.ResendCode, doing=_SENDS),
    ActionSpec(intent=intents.ChooseAnotherFactor, doing=_ASKS),
    ActionSpec(intent=intents.SignUp, asks=asking.sign_up, doing=_SENDS, primary=True),
    ActionSpec(intent=intents.ConfirmSignUp, asks=asking.confirm_sign_up, doing=_ASKS, primary=True),
    ActionSpec(intent=intents.ResendSignUpCode, asks=asking.username_only, doing=_SENDS),
    ActionSpec(intent=intents.CheckConfirmation, doing=_ASKS, primary=True),
    ActionSpec(
        intent=intents.ForgotPassword,
        asks=asking.username_only,
        doing=_SENDS,
        primary=(ScreenState.forgotPassword,),
    ),
    ActionSpec(intent=intents.ConfirmForgotPassword, asks=asking.reset, doing=_ASKS, primary=True),
    ActionSpec(intent=intents.GetTokens, asks=asking.force, doing=_ASKS),
    ActionSpec(intent=intents.SignOut, asks=asking.sign_out, doing=Doing.destroys, primary=(ScreenState.signedIn,)),
    ActionSpec(intent=intents.CheckContacts, doing=_ASKS, primary=True),
    ActionSpec(
        intent=intents.VerifyUserAttribute,
        asks=asking.contact,
        doing=_SENDS,
        primary=(ScreenState.verifyContact,),
    ),
    ActionSpec(intent=intents.ConfirmVerifyUserAttribute, asks=asking.contact_code, doing=_ASKS, primary=True),
    ActionSpec(intent=intents.SetUpTotp, doing=_ASKS),
    ActionSpec(intent=intents.VerifyTotpSetup, asks=asking.totp_code, doing=_ASKS, primary=True),
    ActionSpec(intent=intents.FetchMfaPreference, doing=_ASKS),
    ActionSpec(intent=intents.UpdateMfaPreference, asks=asking.mfa_preference, doing=_ASKS),
    ActionSpec(intent=intents.RegisterPasskey, doing=_ASKS, primary=(ScreenState.passkeyPrompt,)),
    ActionSpec(intent=intents.CompletePasskey, asks=asking.credential, doing=_ASKS, primary=True),
    ActionSpec(intent=intents.ListPasskeys, asks=asking.page, doing=_ASKS),
    ActionSpec(intent=intents.DeletePasskey, asks=asking.passkey_id, doing=Doing.destroys),
    ActionSpec(intent=intents.ListDevices, asks=asking.page, doing=_ASKS),
    ActionSpec(intent=intents.GetDevice, asks=asking.device_key, doing=_ASKS),
    ActionSpec(intent=intents.UpdateDeviceStatus, asks=asking.device_status, doing=_ASKS),
    ActionSpec(intent=intents.ForgetDevice, asks=asking.device_key, doing=Doing.destroys),
    ActionSpec(intent=intents.ChangePassword, asks=asking.change_password, doing=_ASKS),
    ActionSpec(intent=intents.FetchUserAttributes, doing=_ASKS),
    ActionSpec(intent=intents.UpdateUserAttributes, doing=_SENDS),
    ActionSpec(intent=intents.DeleteUser, doing=Doing.destroys),
)
_BY_INTENT: Final[Mapping[type[Intent], ActionSpec]] = {
    **{intent: ActionSpec(intent=intent) for intent in INTENTS},
    **{spec.intent: spec for spec in _SPECS},
}
_BY_ID: Final[Mapping[str, ActionSpec]] = {action_id(spec.intent): spec for spec in _BY_INTENT.values()}


def spec_of(action: str) -> ActionSpec | None:
    """Returns how the action with this id looks; None when there is no such action."""
    return _BY_ID.get(action)


def known_forms(forms: Forms) -> Forms:
    """Returns the host application's forms.

    Raises:
        ConfigurationError: one of them is for an action, or for a state of the sign-in, that there is not.
    """
    for name in forms:
        action, _, state = name.partition(":")
        if action not in _BY_ID or (state and state not in SignInState.__members__):
            alike = " or ".join(close_to(action))
            raise ConfigurationError(
                source="forms",
                key=name,
                problem="is for no action" if action not in _BY_ID else "is for no state of the sign-in",
                remedy=f"did you mean {alike}?" if alike and action not in _BY_ID else "see Form's documentation",
            )
    return forms


def close_to(action: str) -> list[str]:
    """Returns the ids of actions that may have been meant, the likeliest first."""
    from difflib import get_close_matches  # for those who mistype

    return get_close_matches(action, _BY_ID, 2)


def spec_of_intent(intent: type[Intent]) -> ActionSpec:
    """Returns how an intent looks."""
    return _BY_INTENT[intent]
