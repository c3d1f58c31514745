"""The identity pool, message by message: guests, credentials, users of other providers, and who must not cross."""

from typing import Any, Final

import attrs
import pytest

from authflow import effects, intents, outcomes
from authflow.errors import ErrorCode
from authflow.intents import Intent
from authflow.outcomes import Outcome
from authflow.states import IdentityState as S
from authflow.states import ScreenState, SessionState, SignInState, UserState
from authflow.step import step
from authflow.values import Settings
from tests.engine.factory import (
    FEDERATION,
    LONG_GONE,
    NOW,
)
from tests.engine.flows import CALLING, CHALLENGED, NEW, SIGN_IN, SIGNED_IN, SIGNED_OUT, STORING
from tests.engine.places import (
    FEDERATED,
    GUEST,
    ID,
    NAMELESS,
    REDIRECT,
    WANTED,
    expired,
    finding,
    finding_for_credentials,
    getting,
    held_guest,
    held_user,
    on,
    storing_guest,
)
from tests.engine.stories import after, error_of, said_no

FRESH: Final = intents.GetAwsCredentials(at=NOW, force=True)
FEDERATE: Final = intents.FederatedSignIn(federation=FEDERATION)
NAMED: Final = intents.FederatedSignIn(federation=attrs.evolve(FEDERATION, identity_id="us-east-1:jane"))
STORED: Final = (outcomes.IdentityStored, outcomes.IdentityNotStored)
FAILED: Final = (outcomes.LoginRejected, outcomes.IdentityFailed)


# Identities and credentials


def test_an_identity_is_found_once() -> None:
    for flow in (SIGNED_OUT, SIGNED_IN):
        asking = finding(flow)
        for joining in (ID, WANTED):
            assert step(asking, joining, NOW).joined
        known = on(asking, outcomes.IdentityFound, identity=S.identified)
        assert known.context.identity is not None
        assert step(known, ID, NOW).flow is known
        getting_them = after(known, WANTED, effects.GetCredentialsForIdentity, identity=S.gettingCredentials)
        assert step(getting_them, ID, NOW).joined
        for kind in FAILED:
            on(asking, kind, identity=S.none)


def test_credentials_are_got_for_whoever_the_user_is() -> None:
    user = on(getting(SIGNED_IN), outcomes.CredentialsIssued, identity=S.held)
    guest = storing_guest()
    for joining in (ID, WANTED):
        assert step(finding_for_credentials(SIGNED_IN), joining, NOW).joined
        assert step(getting(SIGNED_IN), joining, NOW).joined
        assert step(guest, joining, NOW).joined
    for stored in STORED:
        held = on(guest, stored, identity=S.held, user=UserState.guest)
        assert held.context.unsaved is (stored is outcomes.IdentityNotStored)
        assert step(held, ID, NOW).flow is held
        assert step(held, WANTED, NOW).flow is held
    for again in (FRESH, intents.GetAwsCredentials(at=LONG_GONE)):
        asked = after(user, again, effects.GetCredentialsForIdentity, identity=S.gettingCredentials)
        on(asked, outcomes.CredentialsIssued, identity=S.held)
        asked = after(held_guest(), again, effects.GetCredentialsForIdentity, identity=S.gettingCredentials)
        # Known as a guest already: there is nothing to store.
        on(asked, outcomes.CredentialsIssued, identity=S.held)


@pytest.mark.parametrize("kind", FAILED)
def test_credentials_that_are_not_got_leave_what_there_was(kind: type[Outcome]) -> None:
    on(finding_for_credentials(SIGNED_IN), kind, identity=S.none)
    on(getting(SIGNED_IN), kind, identity=S.identified)
    for flow in (held_user(), held_guest()):
        asked = after(flow, FRESH, effects.GetCredentialsForIdentity, identity=S.gettingCredentials)
        kept = kind is outcomes.IdentityFailed
        failed = on(asked, kind, identity=S.held if kept else S.identified)
        assert failed.context.identity is not None
        assert (failed.context.identity.credentials is not None) is kept


def test_a_refused_token_of_another_provider_ends_its_session() -> None:
    moved = {
        "user": UserState.signedOutFederatedTokensInvalid,
        "session": SessionState.expired,
        "screen": ScreenState.signIn,
    }
    asked = after(FEDERATED, WANTED, effects.GetCredentialsForIdentity, identity=S.gettingCredentials)
    on(asked, outcomes.LoginRejected, identity=S.identified, **moved)
    on(asked, outcomes.IdentityFailed, identity=S.identified)
    for ask, state in ((ID, S.findingIdentity), (WANTED, S.findingForCredentials)):
        asked = after(NAMELESS, ask, effects.GetId, identity=state)
        on(asked, outcomes.LoginRejected, identity=S.none, **moved)
        on(asked, outcomes.IdentityFailed, identity=S.none)


@pytest.mark.parametrize("ask", [ID, WANTED])
def test_nobody_is_asked_for_an_identity_while_it_is_not_known_who_it_is_of(ask: Intent) -> None:
    moving = (
        ErrorCode.BUSY,
        "It is being found out or changed who is signed in; ask again when that is done.",
    )
    starting = after(NEW, intents.Initialize(), effects.LoadSession, session=SessionState.restoring)
    ending = after(SIGNED_OUT, intents.SignOut(), effects.ClearTokens, session=SessionState.clearingTokens)
    federating = after(SIGNED_OUT, FEDERATE, effects.GetId, identity=S.federatingIdentity)
    assert [said_no(flow, ask) for flow in (starting, ending, federating)] == 3 * [moving]
    assert said_no(NEW, ask) == (
        ErrorCode.INVALID_STATE,
        "It is not known yet who is signed in; initialize first.",
    )
    assert said_no(expired(), ask) == (ErrorCode.NOT_SIGNED_IN, "The session has ended; sign in again first.")
    assert said_no(STORING, ask) == (
        ErrorCode.BUSY,
        "Somebody is being signed in; ask again when that is done.",
    )
    crossing = (ErrorCode.BUSY, "A sign-in is under way; finish it or go back first.")
    assert [said_no(flow, ask) for flow in (CALLING, CHALLENGED)] == 2 * [crossing]
    # Who is a guest already may ask meanwhile.
    begun = after(GUEST, SIGN_IN, effects.InitiateAuth, sign_in=SignInState.initiatingAuth)
    assert step(begun, ask, NOW).rejection is None


# Other providers


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("named", [True, False])
def test_a_user_of_another_provider_signs_in(stored: type[Outcome], named: bool) -> None:
    for flow, session in ((SIGNED_OUT, {}), (NEW, {"session": SessionState.none}), (GUEST, {})):
        identity: dict[str, Any] = {"identity": S.federatingCredentials}
        if named:
            asked = after(flow, NAMED, effects.GetCredentialsForIdentity, **identity)
        else:
            asked = after(flow, FEDERATE, effects.GetId, identity=S.federatingIdentity)
            asked = on(asked, outcomes.IdentityFound, effects.GetCredentialsForIdentity, **identity)
        storing = on(asked, outcomes.CredentialsIssued, effects.StoreIdentity, identity=S.storingFederation)
        moved = {"identity": S.held, "user": UserState.signedIn, "screen": ScreenState.signedIn, **session}
        done = on(storing, stored, **moved)
        assert done.context.federation is not None
        assert done.context.federating is None
        assert done.context.unsaved is (stored is outcomes.IdentityNotStored)
        assert said_no(done, SIGN_IN)[1] == "Somebody is signed in already; sign out first."
    over = after(expired(), NAMED, effects.GetCredentialsForIdentity, identity=S.federatingCredentials)
    storing = on(over, outcomes.CredentialsIssued, effects.StoreIdentity, identity=S.storingFederation)
    on(
        storing,
        stored,
        identity=S.held,
        user=UserState.signedIn,
        screen=ScreenState.signedIn,
        session=SessionState.none,
    )


@pytest.mark.parametrize("kind", FAILED)
@pytest.mark.parametrize("named", [True, False])
def test_a_sign_in_with_another_provider_that_fails_leaves_who_was_there(kind: type[Outcome], named: bool) -> None:
    known = on(finding(SIGNED_OUT), outcomes.IdentityFound, identity=S.identified)
    for flow, back in ((SIGNED_OUT, S.none), (known, S.identified), (GUEST, S.identified), (held_guest(), S.held)):
        if named:
            asked = after(flow, NAMED, effects.GetCredentialsForIdentity, identity=S.federatingCredentials)
        else:
            asked = after(flow, FEDERATE, effects.GetId, identity=S.federatingIdentity)
        failed = on(asked, kind, identity=back)
        assert (failed.context.federating, error_of(failed) is not None) == (None, True)
        assert failed.context.identity == flow.context.identity


def test_who_may_not_sign_in_with_another_provider() -> None:
    starting = after(NEW, intents.Initialize(), effects.LoadSession, session=SessionState.restoring)
    federating = after(SIGNED_OUT, FEDERATE, effects.GetId, identity=S.federatingIdentity)
    for flow in (starting, federating):
        assert said_no(flow, FEDERATE) == (
            ErrorCode.BUSY,
            "It is being found out or changed who is signed in; sign in when that is done.",
        )
    assert said_no(SIGNED_IN, FEDERATE) == (
        ErrorCode.FEDERATION_PROVIDER_EXISTS,
        "Somebody is signed in to the user pool already; sign out first.",
    )
    for flow in (CALLING, CHALLENGED, STORING):
        assert said_no(flow, FEDERATE) == (
            ErrorCode.BUSY,
            "A sign-in is under way; finish it or go back first.",
        )
    unnamed = attrs.evolve(FEDERATION, provider="cognito-identity.amazonaws.com")
    assert said_no(SIGNED_OUT, intents.FederatedSignIn(federation=unnamed)) == (
        ErrorCode.INVALID_PARAMETER,
        "A developer identity needs identity_id: your server gets it together with the token.",
    )
    named = attrs.evolve(unnamed, identity_id="us-east-1:jane")
    after(
        SIGNED_OUT,
        intents.FederatedSignIn(federation=named),
        effects.GetCredentialsForIdentity,
        identity=S.federatingCredentials,
    )


def test_a_token_of_another_provider_may_take_the_place_of_an_older_one() -> None:
    again = after(FEDERATED, FEDERATE, effects.GetId, identity=S.federatingIdentity)
    on(again, outcomes.LoginRejected, identity=S.identified)


@pytest.mark.parametrize("intent", [SIGN_IN, REDIRECT, intents.CheckConfirmation(at=NOW)])
def test_no_sign_in_begins_while_another_providers_user_is_signed_in(intent: Intent) -> None:
    hosted = attrs.evolve(SIGNED_OUT, settings=Settings(providers=("Google",)))
    finding_it = after(hosted, FEDERATE, effects.GetId, identity=S.federatingIdentity)
    getting_them = on(
        finding_it, outcomes.IdentityFound, effects.GetCredentialsForIdentity, identity=S.federatingCredentials
    )
    storing = on(getting_them, outcomes.CredentialsIssued, effects.StoreIdentity, identity=S.storingFederation)
    for flow in (finding_it, getting_them, storing):
        assert said_no(flow, intent) == (
            ErrorCode.BUSY,
            "Another provider's user is being signed in; wait for the answer.",
        )
