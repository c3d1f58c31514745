"""What the rows of `identity` ask, change and send: the conditions, updates and effects of the identity pool."""

import attrs

from authflow import effects
from authflow.flow import Context, Flow
from authflow.intents import FederatedSignIn, GetAwsCredentials
from authflow.machine import of_message
from authflow.machines.common import FINISHING, REFRESHED_AHEAD, becomes_guest
from authflow.outcomes import (
    CredentialsIssued,
    IdentityFound,
    IdentityNotStored,
    IdentityRestored,
    IdentityStored,
)
from authflow.states import UserState
from authflow.values import Account, Federation, Identity

# An identity pool's name for its own developer identities.
DEVELOPER = "cognito-identity.amazonaws.com"


# Conditions


def user_is_unknown(flow: Flow, _: object) -> bool:
    """It was not found out yet who is signed in."""
    return flow.user is UserState.unknown


@of_message
def credentials_are_good(flow: Flow, intent: GetAwsCredentials) -> bool:
    """The credentials do not end soon, and no new ones are demanded."""
    identity = flow.context.identity
    if intent.force or identity is None or identity.credentials is None:
        return False
    return intent.at + REFRESHED_AHEAD < identity.expires_at


@of_message
def is_unnamed_developer(_: Flow, intent: FederatedSignIn) -> bool:
    """A developer identity is to sign in, whose identity id only the developer's server knows."""
    return intent.federation.provider == DEVELOPER and intent.federation.identity_id is None


def finishing_sign_in(flow: Flow, _: object) -> bool:
    """Somebody has signed in, and the tokens are being stored: they are not the tokens of who the user was."""
    return flow.sign_in in FINISHING


def is_guest_with_identity(flow: Flow, _: object) -> bool:
    """The user is a guest, and what the identity pool knows the guest as is to be the user's who signs in."""
    return flow.user is UserState.guest and flow.context.identity is not None


def identity_is_kept(flow: Flow, _: object) -> bool:
    """The identity of who the user is now is known."""
    return flow.context.identity is not None


def credentials_are_kept(flow: Flow, _: object) -> bool:
    """Whoever the user is has credentials, which may still be good."""
    identity = flow.context.identity
    return identity is not None and identity.credentials is not None and not becomes_guest(flow, _)


@of_message
def names_an_identity(_: Flow, restored: IdentityRestored) -> bool:
    """The store has the identity too."""
    return restored.identity_id is not None


@of_message
def identity_is_known(_: Flow, intent: FederatedSignIn) -> bool:
    """The identity comes along with the token."""
    return intent.federation.identity_id is not None


# Updates


def keep_identity(context: Context, found: IdentityFound, now: float) -> Context:
    """The identity is known."""
    return context.replace(identity=Identity(id=found.identity_id))


def keep_credentials(context: Context, issued: CredentialsIssued, now: float) -> Context:
    """The identity has credentials."""
    identity = Identity(id=issued.identity_id, credentials=issued.credentials, expires_at=issued.expires_at)
    return context.replace(identity=identity)


def keep_found(context: Context, restored: IdentityRestored, now: float) -> Context:
    """What the store has is taken over."""
    identity = Identity(id=restored.identity_id) if restored.identity_id is not None else None
    return context.replace(identity=identity, federation=restored.federation, unsaved=False)


def forget_identity(context: Context, message: object, now: float) -> Context:
    """Whoever the identity was of has gone."""
    if context.identity is None and context.federation is None and context.federating is None:
        return context
    return context.replace(identity=None, federation=None, federating=None)


def stop_asking(context: Context, message: object, now: float) -> Context:
    """Nothing is asked or held any more; who vouches for the user stays known until the user has gone."""
    return context.replace(identity=None, federating=None)


def forget_credentials(context: Context, message: object, now: float) -> Context:
    """The credentials go; whose they were stays known."""
    if context.identity is None:
        return context
    return context.replace(identity=Identity(id=context.identity.id))


def keep_federating(context: Context, intent: FederatedSignIn, now: float) -> Context:
    """Another provider vouches for a user, if the identity pool believes it. Who was there before still is."""
    return context.replace(federating=intent.federation)


def keep_federating_identity(context: Context, found: IdentityFound, now: float) -> Context:
    """The identity of whoever is being signed in is known."""
    assert context.federating is not None  # noqa: S101 - the state was entered with one
    return context.replace(federating=attrs.evolve(context.federating, identity_id=found.identity_id))


def federate(context: Context, stored: IdentityStored | IdentityNotStored, now: float) -> Context:
    """The other provider's user is signed in."""
    unsaved = isinstance(stored, IdentityNotStored)
    return context.replace(federation=context.federating, federating=None, unsaved=unsaved)


def give_up_federating(context: Context, message: object, now: float) -> Context:
    """The other provider's user was not signed in."""
    return context.replace(federating=None)


def note_guest(context: Context, stored: IdentityStored | IdentityNotStored, now: float) -> Context:
    """The user is a guest."""
    return context.replace(unsaved=isinstance(stored, IdentityNotStored))


# Effects


def _vouching(context: Context) -> tuple[Account | None, Federation | None]:
    federation = context.federating or context.federation
    return (None, federation) if federation is not None else (context.account, None)


def get_id(context: Context, message: object, effect_id: int) -> effects.GetId:
    """Finds the identity."""
    account, federation = _vouching(context)
    return effects.GetId(id=effect_id, account=account, federation=federation)


def get_credentials(context: Context, message: object, effect_id: int) -> effects.GetCredentialsForIdentity:
    """Has the identity given credentials."""
    account, federation = _vouching(context)
    if context.federating is not None:
        identity_id = context.federating.identity_id
    else:
        identity_id = context.identity.id if context.identity is not None else None
    assert identity_id is not None  # noqa: S101 - it was found on the way here
    return effects.GetCredentialsForIdentity(
        id=effect_id, account=account, federation=federation, identity_id=identity_id
    )


def store_identity(context: Context, message: object, effect_id: int) -> effects.StoreIdentity:
    """Keeps whom the identity is known as: a guest, or another provider's user."""
    assert context.identity is not None  # noqa: S101 - it has credentials
    federation = context.federating or context.federation
    if federation is not None:
        federation = attrs.evolve(federation, identity_id=context.identity.id)
    return effects.StoreIdentity(id=effect_id, identity_id=context.identity.id, federation=federation)
