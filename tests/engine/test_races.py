"""Answers that come when somebody else has, and sign-ins that cross: the stories, one by one.

That nothing of the kind is left in any flow that can be reached is shown by `test_reachable_identities`.
"""

from typing import Any, Final

import attrs
import pytest

from authflow import effects, events, intents, outcomes
from authflow.errors import ErrorCode
from authflow.flow import Flow
from authflow.outcomes import Outcome
from authflow.states import AccountState, IdentityState, ScreenState, SessionState, SignInState, UserState
from authflow.step import step
from authflow.values import Settings
from tests.engine.any_outcomes import any_outcome
from tests.engine.factory import (
    ACCOUNT,
    CODE,
    CREDENTIALS,
    FEDERATION,
    LONG_GONE,
    NOW,
    PASSWORD,
    STORED_ACCOUNT,
    STORED_FEDERATION,
    error,
)
from tests.engine.flows import NEW, RESTORED, SIGN_IN, SIGNED_IN, SIGNED_OUT, answered, rejected, said

LOOK: Final = intents.SyncSession()
FEDERATED_SIGN_IN: Final = intents.FederatedSignIn(federation=FEDERATION)
CREDENTIALS_WANTED: Final = intents.GetAwsCredentials(at=NOW)


def of_identity(flow: Flow, kind: type[Outcome]) -> Outcome:
    """Returns an outcome of the identity pool's call that is under way."""
    assert flow.identity_call is not None
    return any_outcome(kind, flow.identity_call.effect.id)


def of_session(flow: Flow, kind: type[Outcome]) -> Outcome:
    """Returns an outcome of the session's call that is under way."""
    assert flow.session_call is not None
    return any_outcome(kind, flow.session_call.effect.id)


def found(flow: Flow, account: object = None, identity_id: str | None = None, federation: object = None) -> Flow:
    """Returns `flow` after it has looked at a store that has this."""
    looking = said(flow, LOOK)
    if account is not None:
        return said(looking, outcomes.SessionRestored(effect_id=looking.last_effect, account=account))  # type: ignore[arg-type]  # an account
    restored = outcomes.IdentityRestored(
        effect_id=looking.last_effect,
        identity_id=identity_id,
        federation=federation,  # type: ignore[arg-type]  # a federation
    )
    return said(looking, restored)


GUEST: Final = found(SIGNED_OUT, identity_id="us-east-1:guest")
FEDERATED: Final = found(SIGNED_OUT, identity_id="us-east-1:stored", federation=STORED_FEDERATION)


# Somebody else signs in or out with the same store


def test_who_was_signed_out_elsewhere_can_sign_in_again() -> None:
    gone = answered(said(SIGNED_IN, LOOK), outcomes.NothingStored)
    assert (gone.user, gone.sign_in, gone.screen) == (UserState.signedOut, SignInState.idle, ScreenState.signIn)
    assert said(gone, SIGN_IN).sign_in is SignInState.initiatingAuth


@pytest.mark.parametrize(
    ("ask", "kind"),
    [
        (intents.RegisterPasskey(), outcomes.PasskeyOptionsIssued),
        (intents.SetUpTotp(), outcomes.TotpSecretIssued),
        (intents.VerifyUserAttribute(attribute="email"), outcomes.ContactCodeSent),
        (intents.ListDevices(), outcomes.AccountRead),
        (intents.ChangePassword(current=PASSWORD, proposed=CODE), outcomes.Refused),
    ],
)
@pytest.mark.parametrize("come", ["user", "federated", "guest"])
def test_answer_about_one_user_is_not_shown_to_the_next(ask: intents.Intent, kind: type[Outcome], come: str) -> None:
    asking = said(SIGNED_IN, ask)
    assert asking.interactive is not None
    if come == "user":
        other = found(asking, STORED_ACCOUNT)
    else:
        vouched = STORED_FEDERATION if come == "federated" else None
        other = found(asking, identity_id="us-east-1:stored", federation=vouched)
    late = any_outcome(kind, asking.interactive.effect.id)
    taken = step(other, late, NOW)
    after = taken.flow
    assert (after.states, after.context) == (other.states, other.context)
    assert after.account is AccountState.idle
    # Not even where a code went.
    told = (events.PasskeyRequested, events.TotpSecretIssued, events.CodeDelivered)
    assert not any(isinstance(event, told) for event in taken.events)


def test_deletion_of_one_account_does_not_sign_the_next_user_out() -> None:
    deleting = said(SIGNED_IN, intents.DeleteUser())
    assert deleting.interactive is not None
    other = found(deleting, STORED_ACCOUNT)
    after = step(other, outcomes.UserDeleted(effect_id=deleting.interactive.effect.id), NOW)
    assert after.effect is None
    assert (after.flow.user, after.flow.context.account) == (UserState.signedIn, STORED_ACCOUNT)
    # Whoever has only been signed out elsewhere meanwhile: the store is cleared all the same.
    gone = said(deleting, LOOK)
    gone = said(gone, of_session(gone, outcomes.NothingStored))
    cleared = step(gone, outcomes.UserDeleted(effect_id=deleting.interactive.effect.id), NOW)
    assert isinstance(cleared.effect, effects.ClearTokens)


def test_refused_token_of_one_user_does_not_end_the_session_of_the_next() -> None:
    asking = said(SIGNED_IN, CREDENTIALS_WANTED)
    other = found(asking, identity_id="us-east-1:stored", federation=STORED_FEDERATION)
    taken = step(other, of_identity(asking, outcomes.LoginRejected), NOW)
    assert (taken.flow.user, taken.flow.screen) == (UserState.signedIn, ScreenState.signedIn)
    assert not any(isinstance(event, events.SessionEnded) for event in taken.events)


def test_refused_token_of_who_is_signed_in_ends_the_session() -> None:
    asking = said(FEDERATED, CREDENTIALS_WANTED)
    taken = step(asking, of_identity(asking, outcomes.LoginRejected), NOW)
    ended = taken.flow
    assert ended.user is UserState.signedOutFederatedTokensInvalid
    assert (ended.session, ended.screen) == (SessionState.expired, ScreenState.signIn)
    assert any(isinstance(event, events.SessionEnded) for event in taken.events)
    # Whoever waits for a new sign-in can be released, and the store still has the same user, who is as signed out.
    assert said(ended, intents.ReleaseSignInWait()).context.releases == 1
    again = found(ended, identity_id="us-east-1:stored", federation=STORED_FEDERATION)
    assert (again.user, again.session) == (ended.user, ended.session)


def test_registration_does_not_sign_in_while_the_store_is_looked_at() -> None:
    sign_up = intents.SignUp(username="jane", password=PASSWORD, auto_sign_in=True)
    registering = said(SIGNED_OUT, sign_up, LOOK)
    assert registering.interactive is not None
    done = said(registering, outcomes.SignedUp(effect_id=registering.interactive.effect.id, confirmed=True))
    assert (done.sign_in, done.interactive) == (SignInState.idle, None)


def test_sign_in_that_ends_the_look_at_the_store_leaves_who_has_to_sign_in_again() -> None:
    refreshing = said(RESTORED, intents.GetTokens(at=LONG_GONE))
    dead = answered(refreshing, outcomes.RefreshRejected)
    trying = said(dead, LOOK, SIGN_IN)
    assert (trying.session, trying.session_call) == (SessionState.expired, None)
    failed = said(trying, outcomes.Refused(effect_id=trying.last_effect, error=error(ErrorCode.NOT_AUTHORIZED)))
    assert (failed.user, failed.session) == (UserState.signedOutUserPoolsTokenInvalid, SessionState.expired)


# What the store was not given, and what it kept


def test_who_signed_out_does_not_come_back_from_a_store_that_kept_the_tokens() -> None:
    kept: list[tuple[Flow, dict[str, Any]]] = [
        (SIGNED_IN, {"account": ACCOUNT}),
        (FEDERATED, {"identity_id": "us-east-1:stored", "federation": STORED_FEDERATION}),
    ]
    for flow, restored in kept:
        leaving = said(flow, intents.SignOut())
        while not isinstance(getattr(leaving.session_call, "effect", None), effects.ClearTokens):
            leaving = said(leaving, of_session(leaving, outcomes.RemoteSignOutDone))
        out = said(leaving, of_session(leaving, outcomes.TokensNotCleared))
        again = found(out, **restored)
        assert (again.user, again.context.account, again.context.federation) == (UserState.signedOut, None, None)
        # The next sign-in is stored in its place.
        calling = said(again, SIGN_IN)
        storing = answered(calling, outcomes.Authenticated)
        assert answered(storing, outcomes.TokensStored).context.unsaved is False


def test_session_that_is_stored_later_is_the_stores_again() -> None:
    storing = answered(said(SIGNED_OUT, SIGN_IN), outcomes.Authenticated)
    unsaved = answered(storing, outcomes.TokensNotStored)
    assert found(unsaved, STORED_ACCOUNT).context.account == unsaved.context.account
    refreshing = said(unsaved, intents.GetTokens(at=NOW, force=True))
    stored = answered(answered(refreshing, outcomes.TokensRefreshed), outcomes.RefreshedTokensStored)
    assert found(stored, STORED_ACCOUNT).context.account == STORED_ACCOUNT


def test_federated_sign_in_before_the_start_is_not_joined_by_a_stored_session() -> None:
    asking = said(NEW, FEDERATED_SIGN_IN)
    asking = said(asking, of_identity(asking, outcomes.IdentityFound))
    storing = said(asking, of_identity(asking, outcomes.CredentialsIssued))
    done = said(storing, of_identity(storing, outcomes.IdentityNotStored))
    assert (done.user, done.session) == (UserState.signedIn, SessionState.none)
    assert step(done, intents.Initialize(), NOW).flow is done
    again = found(done, STORED_ACCOUNT)
    assert (again.context.account, again.context.federation) == (None, done.context.federation)


# Guests


def test_guest_keeps_the_identity_whatever_becomes_of_a_sign_in() -> None:
    getting = said(GUEST, CREDENTIALS_WANTED)
    assert getting.identity is IdentityState.gettingCredentials
    for trying in (said(getting, SIGN_IN), said(getting, FEDERATED_SIGN_IN)):
        refused = outcomes.Refused(effect_id=trying.last_effect, error=error(ErrorCode.NOT_AUTHORIZED))
        failure = refused if trying.interactive is not None else of_identity(trying, outcomes.LoginRejected)
        failed = said(trying, failure)
        assert (failed.user, failed.identity) == (UserState.guest, IdentityState.identified)
        again = step(failed, CREDENTIALS_WANTED, NOW)
        assert isinstance(again.effect, effects.GetCredentialsForIdentity)
        assert again.effect.identity_id == "us-east-1:guest"


def test_late_credentials_of_a_guest_are_not_the_new_users() -> None:
    """They are asked for while a challenge waits, and come when the tokens are there."""
    challenged = answered(said(GUEST, SIGN_IN), outcomes.SmsMfaIssued)
    answering = said(challenged, CREDENTIALS_WANTED, intents.ConfirmSignIn(answer=CODE))
    assert answering.interactive is not None
    storing = said(answering, outcomes.Authenticated(effect_id=answering.interactive.effect.id, account=ACCOUNT))
    assert rejected(storing, CREDENTIALS_WANTED) is ErrorCode.BUSY
    late = said(storing, of_identity(storing, outcomes.CredentialsIssued))
    assert (late.identity, late.context.identity) == (storing.identity, storing.context.identity)
    done = said(late, outcomes.TokensStored(effect_id=storing.last_effect))
    # A guest who signs in keeps the identity, and nothing else.
    assert (done.user, done.identity) == (UserState.signedIn, IdentityState.identified)
    assert done.context.identity is not None
    assert done.context.identity.credentials is None


def test_no_guest_comes_of_credentials_that_a_registration_has_overtaken() -> None:
    sign_up = intents.SignUp(username="jane", password=PASSWORD, auto_sign_in=True)
    registering = said(SIGNED_OUT, sign_up, CREDENTIALS_WANTED)
    assert registering.interactive is not None
    begun = said(registering, outcomes.SignedUp(effect_id=registering.interactive.effect.id, confirmed=True))
    assert begun.sign_in is SignInState.initiatingAuth
    late = said(begun, of_identity(begun, outcomes.IdentityFound))
    assert (late.identity, late.identity_call) == (IdentityState.none, None)


def test_identity_that_was_asked_for_is_not_lost_to_an_empty_store() -> None:
    asking = said(SIGNED_OUT, intents.GetIdentityId())
    known = said(asking, of_identity(asking, outcomes.IdentityFound))
    looking = said(known, LOOK)
    after = said(looking, of_session(looking, outcomes.NothingStored))
    assert after.context.identity == known.context.identity
    # Nor are the credentials that are on their way.
    getting = said(known, CREDENTIALS_WANTED, LOOK)
    storing = said(getting, of_session(getting, outcomes.NothingStored))
    storing = said(storing, of_identity(storing, outcomes.CredentialsIssued))
    assert storing.identity is IdentityState.storingGuest


def test_store_of_a_guest_who_has_gone_does_not_follow_the_tokens() -> None:
    getting = said(SIGNED_OUT, CREDENTIALS_WANTED)
    getting = said(getting, of_identity(getting, outcomes.IdentityFound))
    storing = said(getting, of_identity(getting, outcomes.CredentialsIssued))
    other = found(storing, identity_id="us-east-1:other")
    assert other.identity_call is not None
    assert said(other, SIGN_IN).identity_call is None


# Whoever needs nothing of the user pool


def test_federated_sign_in_waits_for_who_is_in_the_user_pool() -> None:
    refreshing = said(SIGNED_IN, intents.GetTokens(at=NOW, force=True))
    assert rejected(refreshing, FEDERATED_SIGN_IN) is ErrorCode.FEDERATION_PROVIDER_EXISTS
    assert rejected(said(SIGNED_OUT, SIGN_IN), FEDERATED_SIGN_IN) is ErrorCode.BUSY
    assert rejected(said(SIGNED_OUT, FEDERATED_SIGN_IN), SIGN_IN) is ErrorCode.BUSY
    assert rejected(said(SIGNED_OUT, LOOK), intents.GetTokens(at=NOW)) is ErrorCode.NOT_SIGNED_IN


def test_credentials_go_with_a_sign_out_and_the_user_when_it_is_done() -> None:
    held = attrs.evolve(FEDERATED, settings=Settings())
    getting = said(held, CREDENTIALS_WANTED)
    held = said(getting, of_identity(getting, outcomes.CredentialsIssued))
    assert held.handles() >= {CREDENTIALS, STORED_FEDERATION.token}
    leaving = said(held, intents.SignOut())
    assert (leaving.user, leaving.context.identity) == (UserState.signedIn, None)
    assert leaving.context.federation == STORED_FEDERATION
    out = said(leaving, of_session(leaving, outcomes.TokensCleared))
    assert (out.user, out.context.federation, out.handles()) == (UserState.signedOut, None, set())
