"""What the updates carry over and drop that are about who the user is, and what their effects are built with."""

from typing import Final

import attrs
import pytest

from authflow import intents, outcomes
from authflow.errors import ErrorCode, ErrorInfo
from authflow.flow import NO_CONTEXT, Context
from authflow.machine import Row
from authflow.machines import SESSION, attempt, identity_calls, session
from authflow.secrets import Handle
from authflow.states import AuthFlowType, SessionState
from authflow.values import Account, AutoSignIn, Challenge, Federation, Identity, Start

NOW: Final = 1_000.0
ERROR: Final = ErrorInfo(code=ErrorCode.STORE_UNAVAILABLE, message="No.")
ACCOUNT: Final = Account(username="jane", tokens=Handle("tokens", 1), expires_at=2_000.0)
FEDERATION: Final = Federation(provider="accounts.google.com", token=Handle("token", 2))
OTHER: Final = Federation(provider="graph.facebook.com", token=Handle("token", 3))
GUEST: Final = Identity(id="us-east-1:guest", credentials=Handle("credentials", 4), expires_at=3_000.0)
JANE: Final = Identity(id="us-east-1:jane", credentials=Handle("credentials", 5), expires_at=4_000.0)
NO_CREDENTIALS: Final = Identity(id="us-east-1:guest")
ISSUED: Final = outcomes.CredentialsIssued(
    effect_id=1, identity_id="us-east-1:jane", credentials=Handle("credentials", 5), expires_at=4_000.0
)
FOUND: Final = outcomes.IdentityFound(effect_id=1, identity_id="us-east-1:jane")


def after(context: Context, row: Row, message: object) -> Context:
    """Returns `context` after the updates of a row."""
    for update in row.before:
        context = update(context, message, NOW)
    return context


def row_of(trigger: type, source: SessionState) -> Row:
    """Returns the only row of the session that takes a message in a state."""
    (row,) = [row for row in SESSION.rows if row.trigger is trigger and source in row.sources]
    return row


# In the browser


def test_a_redirect_keeps_nothing_of_the_attempt_before() -> None:
    before = NO_CONTEXT.replace(
        username="jane",
        challenge=Challenge(name="SMS_MFA"),
        password=Handle("password", 1),
        start=Start(auth_flow=AuthFlowType.USER_AUTH),
        auto_sign_in=AutoSignIn(username="jane", until=NOW),
        account=None,
    )
    intent = intents.SignInWithRedirect(provider="Google", login_hint="jane@example.com", lang="de", prompt="login")
    begun = attempt.begin_redirect(before, intent, NOW)
    assert begun == NO_CONTEXT.replace(username="jane")
    effect = attempt.start_redirect(begun, intent, 7)
    assert (effect.id, effect.provider, effect.idp_identifier) == (7, "Google", None)
    assert (effect.login_hint, effect.lang, effect.prompt) == ("jane@example.com", "de", "login")


def test_what_the_browser_brought_is_exchanged_with_what_it_was_sent_with() -> None:
    challenge = Challenge(name="HOSTED_UI", session=Handle("session", 1))
    answer = Handle("answer", 2)
    context = NO_CONTEXT.replace(challenge=challenge)
    effect = attempt.exchange_code(context, intents.ConfirmSignIn(answer=answer), 7)
    assert (effect.id, effect.challenge, effect.answer) == (7, challenge, answer)


def test_who_gave_the_browser_up_says_why() -> None:
    error = ErrorInfo(code=ErrorCode.USER_CANCELLED_SIGN_IN, message="Closed.")
    assert attempt.say_abandoned(NO_CONTEXT, intents.AbandonRedirect(error=error), NOW).error == error


@pytest.mark.parametrize("hosted", [False, True])
def test_what_was_typed_here_is_not_what_was_typed_in_the_browser(hosted: bool) -> None:
    account = attrs.evolve(ACCOUNT, username="google_1", hosted=hosted)
    held = attempt.hold_tokens(
        NO_CONTEXT.replace(username="jane"), outcomes.Authenticated(effect_id=1, account=account), NOW
    )
    assert held.account is not None
    assert (held.account.identifier, held.account.hosted) == (None if hosted else "jane", hosted)
    # After a sign-out the sign-in screen knows who was signed in.
    assert session.drop_tokens(held, object(), NOW).username == ("google_1" if hosted else "jane")


# What the store has, and what it was not given


def test_a_store_that_takes_the_tokens_has_what_is_held() -> None:
    unsaved = NO_CONTEXT.replace(account=ACCOUNT, unsaved=True)
    stored = row_of(outcomes.TokensStored, SessionState.active)
    assert after(unsaved, stored, outcomes.TokensStored(effect_id=1)).unsaved is False
    refreshed = row_of(outcomes.RefreshedTokensStored, SessionState.storingRefreshed)
    assert after(unsaved, refreshed, outcomes.RefreshedTokensStored(effect_id=1)).unsaved is False


def test_a_store_that_does_not_take_them_has_what_was_there_before() -> None:
    held = NO_CONTEXT.replace(account=ACCOUNT)
    failed = outcomes.TokensNotStored(effect_id=1, error=ERROR)
    kept = after(held, row_of(outcomes.TokensNotStored, SessionState.active), failed)
    assert (kept.account, kept.unsaved, kept.error) == (ACCOUNT, True, ERROR)
    # Nor does what a refresh has brought: where refresh tokens rotate, what is stored is good no longer.
    failed_later = outcomes.RefreshedTokensNotStored(effect_id=1, error=ERROR)
    row = row_of(outcomes.RefreshedTokensNotStored, SessionState.storingRefreshed)
    assert after(held, row, failed_later).unsaved is True


def test_a_store_that_is_not_cleared_has_somebody_who_is_signed_out() -> None:
    held = NO_CONTEXT.replace(account=ACCOUNT, sign_out=intents.SignOut().options)
    failed = outcomes.TokensNotCleared(effect_id=1, error=ERROR)
    left = after(held, row_of(outcomes.TokensNotCleared, SessionState.clearingTokens), failed)
    assert (left.account, left.unsaved, left.sign_out_failures) == (None, True, (("ClearTokens", ERROR),))
    cleared = row_of(outcomes.TokensCleared, SessionState.clearingTokens)
    assert after(attrs.evolve(held, unsaved=True), cleared, outcomes.TokensCleared(effect_id=1)).unsaved is False


def test_tokens_that_are_rejected_are_dead_until_they_would_have_ended() -> None:
    rejected = outcomes.RefreshRejected(effect_id=1, error=ERROR)
    dead = after(
        NO_CONTEXT.replace(account=ACCOUNT), row_of(outcomes.RefreshRejected, SessionState.refreshing), rejected
    )
    assert (dead.account, dead.dead_until, dead.username, dead.error) == (None, ACCOUNT.expires_at, "jane", ERROR)


def test_the_store_is_swept_at_the_start_only() -> None:
    assert session.load_session(NO_CONTEXT, intents.Initialize(), 7).sweep is True
    assert session.reread_session(NO_CONTEXT, intents.SyncSession(), 7).sweep is False


def test_every_release_counts() -> None:
    rows = [row for row in SESSION.rows if row.trigger is intents.ReleaseSignInWait and row.before]
    assert {source for row in rows for source in row.sources} == set(SessionState)
    for row in rows:
        assert after(NO_CONTEXT.replace(releases=2), row, intents.ReleaseSignInWait()).releases == 3


# The identity


def test_credentials_come_with_their_identity() -> None:
    """The identity pool may have merged two identities: the one it names counts."""
    assert identity_calls.keep_identity(NO_CONTEXT, FOUND, NOW).identity == Identity(id="us-east-1:jane")
    assert identity_calls.keep_credentials(NO_CONTEXT.replace(identity=GUEST), ISSUED, NOW).identity == JANE


def test_without_credentials_the_identity_is_known_all_the_same() -> None:
    assert (
        identity_calls.forget_credentials(NO_CONTEXT.replace(identity=GUEST), object(), NOW).identity == NO_CREDENTIALS
    )
    assert identity_calls.forget_credentials(NO_CONTEXT, object(), NOW) is NO_CONTEXT


def test_whoever_goes_takes_everything_along() -> None:
    before = NO_CONTEXT.replace(identity=GUEST, federation=FEDERATION, federating=OTHER, username="jane")
    assert identity_calls.forget_identity(before, object(), NOW) == NO_CONTEXT.replace(username="jane")
    assert identity_calls.forget_identity(NO_CONTEXT, object(), NOW) is NO_CONTEXT
    # While a sign-out is on its way the user is still there.
    stopped = identity_calls.stop_asking(before, object(), NOW)
    assert stopped == NO_CONTEXT.replace(federation=FEDERATION, username="jane")


@pytest.mark.parametrize("identity_id", [None, "us-east-1:jane"])
@pytest.mark.parametrize("federation", [None, FEDERATION])
def test_what_the_store_has_takes_the_place_of_what_was_held(
    identity_id: str | None, federation: Federation | None
) -> None:
    before = NO_CONTEXT.replace(identity=GUEST, federation=OTHER, unsaved=True)
    restored = outcomes.IdentityRestored(effect_id=1, identity_id=identity_id, federation=federation)
    found = identity_calls.keep_found(before, restored, NOW)
    expected = Identity(id=identity_id) if identity_id is not None else None
    assert (found.identity, found.federation, found.unsaved) == (expected, federation, False)


# Another provider's user


def test_a_token_that_is_tried_leaves_who_is_there() -> None:
    before = NO_CONTEXT.replace(identity=GUEST, federation=OTHER)
    tried = identity_calls.keep_federating(before, intents.FederatedSignIn(federation=FEDERATION), NOW)
    assert (tried.identity, tried.federation, tried.federating) == (GUEST, OTHER, FEDERATION)
    named = identity_calls.keep_federating_identity(tried, FOUND, NOW)
    assert (named.identity, named.federation) == (GUEST, OTHER)
    assert named.federating == attrs.evolve(FEDERATION, identity_id="us-east-1:jane")
    assert identity_calls.give_up_federating(named, object(), NOW) == before


def test_the_identity_pool_is_asked_with_the_token_that_is_tried() -> None:
    context = NO_CONTEXT.replace(identity=GUEST, federation=OTHER, federating=FEDERATION)
    question = identity_calls.get_id(context, object(), 7)
    assert (question.id, question.account, question.federation) == (7, None, FEDERATION)
    named = identity_calls.keep_federating_identity(context, FOUND, NOW)
    effect = identity_calls.get_credentials(named, object(), 7)
    assert (effect.account, effect.federation, effect.identity_id) == (None, named.federating, "us-east-1:jane")


def test_the_identity_pool_is_asked_as_who_is_there() -> None:
    for context, account, federation in (
        (NO_CONTEXT, None, None),
        (NO_CONTEXT.replace(account=ACCOUNT), ACCOUNT, None),
        (NO_CONTEXT.replace(federation=OTHER), None, OTHER),
    ):
        known = attrs.evolve(context, identity=GUEST)
        question = identity_calls.get_id(known, object(), 7)
        assert (question.account, question.federation) == (account, federation)
        effect = identity_calls.get_credentials(known, object(), 7)
        assert (effect.account, effect.federation, effect.identity_id) == (account, federation, GUEST.id)


@pytest.mark.parametrize("saved", [False, True])
def test_the_other_provider_vouches_once_the_token_was_taken(saved: bool) -> None:
    stored = outcomes.IdentityStored(effect_id=1) if saved else outcomes.IdentityNotStored(effect_id=1, error=ERROR)
    before = NO_CONTEXT.replace(identity=JANE, federating=FEDERATION, federation=OTHER)
    done = identity_calls.federate(before, stored, NOW)
    assert (done.federation, done.federating, done.identity, done.unsaved) == (FEDERATION, None, JANE, not saved)
    assert identity_calls.note_guest(NO_CONTEXT, stored, NOW).unsaved is (not saved)


def test_what_is_stored_names_the_identity() -> None:
    guest = identity_calls.store_identity(NO_CONTEXT.replace(identity=GUEST), object(), 7)
    assert (guest.id, guest.identity_id, guest.federation) == (7, GUEST.id, None)
    tried = identity_calls.store_identity(NO_CONTEXT.replace(identity=JANE, federating=FEDERATION), object(), 7)
    assert tried.federation == attrs.evolve(FEDERATION, identity_id=JANE.id)
    assert tried.identity_id == JANE.id
