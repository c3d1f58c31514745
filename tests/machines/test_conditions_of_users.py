"""What the conditions mean that tell who the user is, and whom the store has."""

from typing import Final

import attrs
import pytest

from authflow import effects, outcomes
from authflow.flow import Flow, Pending
from authflow.intents import (
    FederatedSignIn,
    GetAwsCredentials,
)
from authflow.machines import (
    common,
    identity_calls,
    screen,
    user,
)
from authflow.states import (
    IdentityState,
    SessionState,
    SignInState,
    UserState,
)
from authflow.values import (
    Account,
    Federation,
    Identity,
)
from tests.machines.flows import (
    ACCOUNT,
    FEDERATION,
    FLOW,
    HOLDING,
    REGISTRATION,
    RESET,
    SECRET,
    in_sign_in,
    knowing,
    placed,
    wanting,
)

# Who the user is, and who vouches for that


def signed_in_by(provider: Federation = FEDERATION) -> Flow:
    return knowing(placed(user=UserState.signedIn, identity=IdentityState.held), federation=provider)


IN_POOL: Final = placed(HOLDING, user=UserState.signedIn)


@pytest.mark.parametrize("state", UserState)
def test_session_is_over(state: UserState) -> None:
    over = state.name in ("signedOutUserPoolsTokenInvalid", "signedOutFederatedTokensInvalid")
    assert common.session_is_over(placed(user=state), None) is over


@pytest.mark.parametrize("state", UserState)
def test_user_is_unknown(state: UserState) -> None:
    assert identity_calls.user_is_unknown(placed(user=state), None) is (state is UserState.unknown)


@pytest.mark.parametrize("state", UserState)
def test_in_user_pool(state: UserState) -> None:
    assert common.in_user_pool(placed(HOLDING, user=state), None) is (state is UserState.signedIn)
    assert common.in_user_pool(placed(user=state), None) is False
    # Another provider's user is not the user pool's.
    assert common.in_user_pool(knowing(placed(user=state), federation=FEDERATION), None) is False


@pytest.mark.parametrize("state", UserState)
def test_federated(state: UserState) -> None:
    vouched = knowing(placed(user=state), federation=FEDERATION)
    assert common.federated(vouched, None) is (state is UserState.signedIn)
    assert common.federated(placed(HOLDING, user=state), None) is False


@pytest.mark.parametrize("state", UserState)
def test_becomes_guest(state: UserState) -> None:
    assert common.becomes_guest(placed(user=state), None) is (state is not UserState.guest)
    assert common.becomes_guest(placed(HOLDING, user=state), None) is False
    assert common.becomes_guest(knowing(placed(user=state), federation=FEDERATION), None) is False


@pytest.mark.parametrize("state", IdentityState)
def test_federating(state: IdentityState) -> None:
    federating = state.name in ("federatingIdentity", "federatingCredentials", "storingFederation")
    assert common.federating(placed(identity=state), None) is federating


@pytest.mark.parametrize("state", IdentityState)
def test_asking_as_user(state: IdentityState) -> None:
    asking = state.name in ("findingIdentity", "findingForCredentials", "gettingCredentials")
    assert common.asking_as_user(placed(identity=state), None) is asking


@pytest.mark.parametrize("state", IdentityState)
def test_storing_guest(state: IdentityState) -> None:
    assert user.storing_guest(placed(identity=state), None) is (state is IdentityState.storingGuest)


@pytest.mark.parametrize("state", SignInState)
def test_finishing_sign_in(state: SignInState) -> None:
    finishing = state.name in ("confirmingDevice", "storingTokens")
    assert identity_calls.finishing_sign_in(in_sign_in(state), None) is finishing


@pytest.mark.parametrize("state", SignInState)
def test_at_hosted_ui(state: SignInState) -> None:
    assert screen.at_hosted_ui(in_sign_in(state), None) is (state is SignInState.hostedUI)


@pytest.mark.parametrize(("providers", "expected"), [(None, True), ((), True), (("Google",), False)])
def test_no_provider(providers: tuple[str, ...] | None, expected: bool) -> None:
    assert common.no_provider(wanting(providers=providers), None) is expected


# The identity pool


def test_credentials_are_good() -> None:
    def good(identity: Identity | None, intent: GetAwsCredentials) -> bool:
        return identity_calls.credentials_are_good(knowing(identity=identity), intent)

    held = Identity(id="us-east-1:jane", credentials=SECRET, expires_at=1_000.0)
    assert good(held, GetAwsCredentials(at=879.9)) is True
    assert good(held, GetAwsCredentials(at=880.0)) is False
    assert good(held, GetAwsCredentials(at=0.0, force=True)) is False
    assert good(attrs.evolve(held, credentials=None), GetAwsCredentials(at=0.0)) is False
    assert good(None, GetAwsCredentials(at=0.0)) is False


def test_is_unnamed_developer() -> None:
    def unnamed(provider: str, identity_id: str | None) -> bool:
        federation = Federation(provider=provider, token=SECRET, identity_id=identity_id)
        return identity_calls.is_unnamed_developer(FLOW, FederatedSignIn(federation=federation))

    assert unnamed("cognito-identity.amazonaws.com", None) is True
    assert unnamed("cognito-identity.amazonaws.com", "us-east-1:jane") is False
    assert unnamed("accounts.google.com", None) is False


@pytest.mark.parametrize("identity_id", [None, "us-east-1:jane"])
def test_identity_is_known(identity_id: str | None) -> None:
    federation = attrs.evolve(FEDERATION, identity_id=identity_id)
    known = identity_calls.identity_is_known(FLOW, FederatedSignIn(federation=federation))
    assert known is (identity_id is not None)


def test_identity_is_kept() -> None:
    assert identity_calls.identity_is_kept(FLOW, None) is False
    assert identity_calls.identity_is_kept(knowing(identity=Identity(id="us-east-1:jane")), None) is True


def test_credentials_are_kept() -> None:
    bare, held = Identity(id="us-east-1:jane"), Identity(id="us-east-1:jane", credentials=SECRET)
    guest = placed(user=UserState.guest)
    assert identity_calls.credentials_are_kept(knowing(guest, identity=held), None) is True
    assert identity_calls.credentials_are_kept(knowing(guest, identity=bare), None) is False
    assert identity_calls.credentials_are_kept(guest, None) is False
    # Those of somebody who is to become a guest are nobody's yet.
    assert identity_calls.credentials_are_kept(knowing(placed(user=UserState.signedOut), identity=held), None) is False
    assert identity_calls.credentials_are_kept(knowing(IN_POOL, identity=held), None) is True


@pytest.mark.parametrize("state", UserState)
def test_is_guest_with_identity(state: UserState) -> None:
    known = knowing(placed(user=state), identity=Identity(id="us-east-1:guest"))
    assert identity_calls.is_guest_with_identity(known, None) is (state is UserState.guest)
    assert identity_calls.is_guest_with_identity(placed(user=state), None) is False


@pytest.mark.parametrize(
    ("held", "stored", "another"),
    [("a", "a", False), ("a", "b", True), (None, "b", False), ("a", None, False)],
)
def test_marks_tell_tokens_of_one_user_from_others(held: str | None, stored: str | None, another: bool) -> None:
    """They may well end at the same time, or earlier; where nobody has marked them, the time tells."""
    restored = outcomes.SessionRestored(effect_id=1, account=attrs.evolve(ACCOUNT, mark=stored))
    flow = placed(knowing(account=attrs.evolve(ACCOUNT, mark=held)), user=UserState.signedIn)
    assert common.is_renewed_session(flow, restored) is another
    dead = knowing(placed(user=UserState.signedOutUserPoolsTokenInvalid), dead_until=ACCOUNT.expires_at, dead_mark=held)
    assert common.is_other_session(dead, restored) is another


@pytest.mark.parametrize(("held", "stored", "another"), [("a", "a", False), ("a", "b", True), (None, "b", False)])
def test_marks_tell_tokens_of_one_identity_from_others(held: str | None, stored: str, another: bool) -> None:
    found = attrs.evolve(FEDERATION, mark=stored)
    restored = outcomes.IdentityRestored(effect_id=1, identity_id="us-east-1:jane", federation=found)
    flow = knowing(signed_in_by(attrs.evolve(FEDERATION, mark=held)), identity=Identity(id="us-east-1:jane"))
    assert common.is_other_identity(flow, restored) is another


@pytest.mark.parametrize("identity_id", [None, "us-east-1:jane"])
def test_names_an_identity(identity_id: str | None) -> None:
    restored = outcomes.IdentityRestored(effect_id=1, identity_id=identity_id)
    assert identity_calls.names_an_identity(FLOW, restored) is (identity_id is not None)


# What the store has, when it is looked at again


JIM: Final = attrs.evolve(ACCOUNT, username="jim")
GUEST: Final = knowing(placed(user=UserState.guest), identity=Identity(id="us-east-1:guest"))


def stored(account: Account = ACCOUNT, *, expires_at: float = ACCOUNT.expires_at) -> outcomes.SessionRestored:
    return outcomes.SessionRestored(effect_id=1, account=attrs.evolve(account, expires_at=expires_at))


def kept(identity_id: str | None, federation: Federation | None = None) -> outcomes.IdentityRestored:
    return outcomes.IdentityRestored(effect_id=1, identity_id=identity_id, federation=federation)


def test_is_other_session() -> None:
    other = common.is_other_session
    assert other(FLOW, stored()) is True  # nothing was known
    assert other(IN_POOL, stored()) is False
    assert other(IN_POOL, stored(expires_at=9_000.0)) is False  # newer tokens are no other session
    assert other(IN_POOL, stored(JIM)) is True
    for state in (UserState.signedOut, UserState.guest, UserState.signedOutFederatedTokensInvalid):
        assert other(placed(user=state), stored()) is True
    assert other(signed_in_by(), stored()) is True


def test_a_session_that_the_store_was_not_given_is_no_others() -> None:
    for flow in (IN_POOL, placed(user=UserState.signedOut), GUEST, signed_in_by()):
        assert common.is_other_session(knowing(flow, unsaved=True), stored(JIM)) is False
    # At the start nothing is held that could be given up.
    assert common.is_other_session(knowing(FLOW, unsaved=True), stored()) is True


def test_tokens_from_before_the_refusal_are_as_dead() -> None:
    dead = knowing(placed(user=UserState.signedOutUserPoolsTokenInvalid), dead_until=1_000.0)
    assert common.is_other_session(dead, stored(expires_at=999.0)) is False
    assert common.is_other_session(dead, stored(expires_at=1_000.0)) is False
    assert common.is_other_session(dead, stored(expires_at=1_000.1)) is True  # somebody has signed in since
    assert common.is_other_session(dead, stored(JIM, expires_at=1_000.1)) is True
    # What was refused is over with the next sign-out: what is there then was put there since.
    assert common.is_other_session(placed(dead, user=UserState.signedOut), stored(expires_at=999.0)) is True


def test_is_renewed_session() -> None:
    renewed = common.is_renewed_session
    assert renewed(IN_POOL, stored(expires_at=1_000.1)) is True
    assert renewed(IN_POOL, stored()) is False
    assert renewed(IN_POOL, stored(expires_at=999.0)) is False
    assert renewed(IN_POOL, stored(JIM, expires_at=1_000.1)) is False
    assert renewed(FLOW, stored()) is False
    assert renewed(knowing(IN_POOL, unsaved=True), stored(expires_at=1_000.1)) is False


def test_is_other_identity() -> None:
    other = common.is_other_identity
    jane = knowing(signed_in_by(), identity=Identity(id="us-east-1:jane"))
    assert other(FLOW, kept("us-east-1:guest")) is True
    assert other(GUEST, kept("us-east-1:guest")) is False
    assert other(GUEST, kept("us-east-1:other")) is True
    assert other(GUEST, kept("us-east-1:guest", FEDERATION)) is True  # the same identity, signed in now
    assert other(jane, kept("us-east-1:jane", FEDERATION)) is False
    assert other(jane, kept("us-east-1:jim", FEDERATION)) is True
    assert other(jane, kept("us-east-1:jane")) is True  # signed out, and a guest now
    assert other(placed(user=UserState.signedOut), kept("us-east-1:guest")) is True
    # Who is signed in to the user pool may have the same identity, and is another all the same.
    assert other(knowing(IN_POOL, identity=Identity(id="us-east-1:guest")), kept("us-east-1:guest")) is True
    for flow in (GUEST, jane, IN_POOL, placed(user=UserState.signedOut)):
        assert other(knowing(flow, unsaved=True), kept("us-east-1:other")) is False
    assert other(knowing(FLOW, unsaved=True), kept("us-east-1:guest")) is True


@pytest.mark.parametrize("state", SessionState)
def test_session_is_gone(state: SessionState) -> None:
    looking = state is SessionState.rereading
    for flow in (IN_POOL, GUEST, signed_in_by(), placed(user=UserState.signedOutUserPoolsTokenInvalid)):
        assert common.session_is_gone(placed(flow, session=state), None) is looking
        assert common.session_is_gone(placed(knowing(flow, unsaved=True), session=state), None) is False
    # Of who was signed out there was nothing; the identity that was asked for is not in the store.
    assert common.session_is_gone(placed(user=UserState.signedOut, session=state), None) is False


@pytest.mark.parametrize("vouched", [None, FEDERATION])
def test_is_vouched_for(vouched: Federation | None) -> None:
    assert user.is_vouched_for(FLOW, kept("us-east-1:jane", vouched)) is (vouched is not None)


def test_somebody_else_came() -> None:
    def came(flow: Flow, effect: effects.Effect | None) -> bool:
        call = Pending(effect, 0.0) if effect is not None else None
        return common.somebody_else_came(attrs.evolve(flow, interactive=call), None)

    reading = effects.ReadUser(id=1, account=ACCOUNT)
    assert came(IN_POOL, None) is False
    assert came(IN_POOL, reading) is False
    assert came(IN_POOL, effects.ReadUser(id=1, account=attrs.evolve(ACCOUNT, tokens=SECRET))) is False  # refreshed
    assert came(IN_POOL, effects.ReadUser(id=1, account=JIM)) is True
    assert came(IN_POOL, effects.AssociateSoftwareToken(id=1, account=JIM)) is True
    assert came(GUEST, reading) is True
    assert came(signed_in_by(), reading) is True
    # Whoever has only gone is nobody else, and what is not about an account is nobody's.
    assert came(placed(user=UserState.signedOut), reading) is False
    assert came(placed(user=UserState.signedOutUserPoolsTokenInvalid), reading) is False
    for effect in (*REGISTRATION, *RESET, effects.StoreTokens(id=1, account=JIM)):
        assert came(IN_POOL, effect) is False
