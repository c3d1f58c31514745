"""Where the stories begin: flows of nobody, of guests and of other providers' users, on their way."""

from typing import Any, Final

import attrs

from authflow import effects, intents, outcomes
from authflow.flow import Flow
from authflow.intents import Intent
from authflow.outcomes import Outcome
from authflow.states import (
    AuthFlowType,
    IdentityState,
    ScreenState,
    SessionState,
    SignInState,
    SignUpConfirmationState,
    UserState,
)
from authflow.values import CodeDelivery, Settings
from tests.engine.factory import NOW, PASSWORD, STORED_ACCOUNT, STORED_FEDERATION
from tests.engine.flows import NEW, SIGNED_IN, SIGNED_OUT
from tests.engine.stories import after, answer_to

# Sign-ins

WITH_CHOICE: Final = intents.SignIn(username="jane", auth_flow=AuthFlowType.USER_AUTH)


def choosing() -> Flow:
    """Returns a sign-in that waits for a choice of first factor."""
    return with_choice(outcomes.SelectChallengeIssued, SignInState.selectChallenge)


HOSTED: Final = attrs.evolve(SIGNED_OUT, settings=Settings(providers=("Google",)))
REDIRECT: Final = intents.SignInWithRedirect()


def at_hosted_ui() -> Flow:
    begun = after(HOSTED, REDIRECT, effects.StartRedirect, sign_in=SignInState.initiatingAuth)
    return after(begun, outcomes.HostedUiIssued, sign_in=SignInState.hostedUI, screen=ScreenState.confirmSignIn)


def with_choice(kind: type[Outcome], state: SignInState) -> Flow:
    """Returns a sign-in that has no password, and was given a first factor."""
    begun = after(SIGNED_OUT, WITH_CHOICE, effects.InitiateAuth, sign_in=SignInState.initiatingAuth)
    return after(begun, kind, sign_in=state, screen=ScreenState.confirmSignIn)


# Registrations

LINKED: Final = attrs.evolve(SIGNED_OUT, settings=Settings(confirm_by_link=True))
SIGN_UP: Final = intents.SignUp(username="jane", password=PASSWORD)
ENTERING: Final = intents.SignUp(username="jane", password=PASSWORD, auto_sign_in=True)


def signed_up(flow: Flow, *, confirmed: bool = False) -> Outcome:
    return outcomes.SignedUp(
        effect_id=flow.last_effect, confirmed=confirmed, user_sub="sub-jane", delivery=CodeDelivery()
    )


def registered(flow: Flow = SIGNED_OUT, intent: Intent = SIGN_UP) -> Flow:
    """Returns a registration that waits to be confirmed."""
    screen = ScreenState.awaitingLink if flow.settings.confirm_by_link else ScreenState.confirmSignUp
    begun = after(flow, intent, effects.SignUp, screen=ScreenState.signUp)
    return after(begun, signed_up(begun), sign_up=SignUpConfirmationState.unconfirmed, screen=screen)


# Sessions

LOOK: Final = intents.SyncSession()
STARTING: Final = after(NEW, intents.Initialize(), effects.LoadSession, session=SessionState.restoring)


def restored(flow: Flow, account: Any = STORED_ACCOUNT) -> Outcome:
    return outcomes.SessionRestored(effect_id=flow.last_effect, account=account)


def identity(flow: Flow, federation: Any = None, name: str | None = "us-east-1:stored") -> Outcome:
    return outcomes.IdentityRestored(effect_id=flow.last_effect, identity_id=name, federation=federation)


def looking(flow: Flow) -> Flow:
    return after(flow, LOOK, effects.LoadSession, session=SessionState.rereading)


def expired() -> Flow:
    """Returns a flow whose session has ended, and nobody has signed in again."""
    refreshing = after(
        SIGNED_IN, intents.GetTokens(at=NOW, force=True), effects.RefreshTokens, session=SessionState.refreshing
    )
    return after(
        refreshing,
        outcomes.RefreshRejected,
        user=UserState.signedOutUserPoolsTokenInvalid,
        sign_in=SignInState.idle,
        screen=ScreenState.signIn,
        session=SessionState.expired,
    )


GUEST: Final = after(
    STARTING,
    identity(STARTING),
    user=UserState.guest,
    screen=ScreenState.signIn,
    session=SessionState.none,
    identity=IdentityState.identified,
)
FEDERATED: Final = after(
    STARTING,
    identity(STARTING, STORED_FEDERATION),
    user=UserState.signedIn,
    screen=ScreenState.signedIn,
    session=SessionState.none,
    identity=IdentityState.identified,
)
# The store has the token alone.
NAMELESS: Final = after(
    STARTING,
    identity(STARTING, STORED_FEDERATION, None),
    user=UserState.signedIn,
    screen=ScreenState.signedIn,
    session=SessionState.none,
)

# Identities

ID: Final = intents.GetIdentityId()
WANTED: Final = intents.GetAwsCredentials(at=NOW)


def on(flow: Flow, kind: type[Outcome], asks: Any = None, **moved: Any) -> Flow:
    """Returns the flow after an outcome of the identity pool's call; as `after`."""
    return after(flow, answer_to(flow.identity_call, kind), asks, **moved)


def finding(flow: Flow) -> Flow:
    return after(flow, ID, effects.GetId, identity=IdentityState.findingIdentity)


def finding_for_credentials(flow: Flow) -> Flow:
    return after(flow, WANTED, effects.GetId, identity=IdentityState.findingForCredentials)


def getting(flow: Flow) -> Flow:
    return on(
        finding_for_credentials(flow),
        outcomes.IdentityFound,
        effects.GetCredentialsForIdentity,
        identity=IdentityState.gettingCredentials,
    )


def storing_guest(flow: Flow = SIGNED_OUT) -> Flow:
    return on(getting(flow), outcomes.CredentialsIssued, effects.StoreIdentity, identity=IdentityState.storingGuest)


def held_guest() -> Flow:
    return on(storing_guest(), outcomes.IdentityStored, identity=IdentityState.held, user=UserState.guest)


def held_user() -> Flow:
    return on(getting(SIGNED_IN), outcomes.CredentialsIssued, identity=IdentityState.held)


def waiting_for_link(flow: Flow) -> Flow:
    """Returns a registration that waits for its link and may ask by itself."""
    flow = attrs.evolve(flow, settings=Settings(confirm_by_link=True, providers=("Google",)))
    entering = intents.SignUp(username="jane", password=PASSWORD, auto_sign_in=True)
    calling = after(flow, entering, effects.SignUp, screen=ScreenState.signUp)
    done = outcomes.SignedUp(effect_id=calling.last_effect, confirmed=False)
    return after(calling, done, sign_up=SignUpConfirmationState.unconfirmed, screen=ScreenState.awaitingLink)
