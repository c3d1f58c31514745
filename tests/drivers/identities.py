"""What the scripted provider answers about identities and the hosted UI, and a browser that does as it is told."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import attrs

from authflow import effects, outcomes
from authflow.effects import Effect
from authflow.outcomes import Outcome
from authflow.ports import AwsCredentials, StoredFederation, StoredSession
from authflow.secrets import Secret, Vault
from authflow.states import UserState
from authflow.values import Challenge

if TYPE_CHECKING:
    from tests.drivers.scripted import ScriptedProvider

GUEST: Final = "eu-west-1:guest"
GOOGLE: Final = "accounts.google.com"
DEVELOPER: Final = "cognito-identity.amazonaws.com"
THIRD_PARTY: Final = "third-party-token"
ROLE: Final = "arn:aws:iam::123456789012:role/one-of-several"
PAGE: Final = "https://demo.example.com/oauth2/authorize?state=public"
BACK: Final = "http://127.0.0.1:9000/back"
CAME_BACK: Final = f"{BACK}?code=the-code&state=public"
LOGOUT: Final = "https://demo.example.com/logout"
LOGGED_OUT: Final = "http://127.0.0.1:9000/out"
CREDENTIALS_LIVE: Final = 3_600.0


def credentials_of(provider: "ScriptedProvider", identity_id: str) -> AwsCredentials:
    return AwsCredentials(
        access_key_id=f"AKIA-of-{identity_id}",
        secret_key=Secret(provider.aws_secret),
        session_token=Secret(provider.aws_session),
        expires_at=provider.clock() + CREDENTIALS_LIVE,
        identity_id=identity_id,
    )


def identity_of(effect: effects.IdentityEffect) -> str:
    """Returns whose identity a call is about: every user has one of their own."""
    if effect.account is not None:
        return f"eu-west-1:{effect.account.username}"
    return f"eu-west-1:{effect.federation.provider}" if effect.federation is not None else GUEST


def _identity(provider: "ScriptedProvider", effect: Effect, vault: Vault) -> Outcome:
    assert isinstance(effect, effects.GetId)
    return outcomes.IdentityFound(effect_id=effect.id, identity_id=identity_of(effect))


def _credentials(provider: "ScriptedProvider", effect: Effect, vault: Vault) -> Outcome:
    assert isinstance(effect, effects.GetCredentialsForIdentity)
    issued = credentials_of(provider, effect.identity_id)
    handle = vault.put("credentials", issued)
    return outcomes.CredentialsIssued(
        effect_id=effect.id, identity_id=issued.identity_id, credentials=handle, expires_at=issued.expires_at
    )


def hosted_ui(vault: Vault, effect: Effect, *, lifetime: float = 180.0, session: str = "verifier") -> Outcome:
    challenge = Challenge(
        name="HOSTED_UI",
        parameters={"URL": PAGE, "REDIRECT_URI": BACK},
        session=vault.put("session", session),
        lifetime=lifetime,
    )
    return outcomes.HostedUiIssued(effect_id=effect.id, challenge=challenge)


def _hosted_ui(provider: "ScriptedProvider", effect: Effect, vault: Vault) -> Outcome:
    return hosted_ui(vault, effect, session=f"{provider.session}-of-redirect")


def _exchanged(provider: "ScriptedProvider", effect: Effect, vault: Vault) -> Outcome:
    assert isinstance(effect, effects.ExchangeCode)
    return outcomes.Authenticated(
        effect_id=effect.id, account=attrs.evolve(provider.account(vault), username="jane", hosted=True)
    )


IDENTITY_SUCCESS: Final[dict[type[Effect], Callable[["ScriptedProvider", Effect, Vault], Outcome]]] = {
    effects.GetId: _identity,
    effects.GetCredentialsForIdentity: _credentials,
    effects.StartRedirect: _hosted_ui,
    effects.ExchangeCode: _exchanged,
}


def guest_session(identity_id: str = GUEST) -> StoredSession:
    return StoredSession(identity_id=identity_id)


def federated_session(token: str = THIRD_PARTY) -> StoredSession:
    federation = StoredFederation(provider=GOOGLE, token=Secret(token))
    return StoredSession(federation=federation, identity_id=f"eu-west-1:{GOOGLE}")


def who_is_stored(session: StoredSession | None) -> UserState:
    """Returns who somebody would be who finds this in the store."""
    if session is None:
        return UserState.signedOut
    return UserState.guest if session.tokens is None and session.federation is None else UserState.signedIn


class ScriptedBrowser:
    """Comes back with a URL, or does not; notes where it was sent.

    Args:
        back: the URL that it comes back to, or what it raises.
        meanwhile: what happens while it is away.
    """

    def __init__(self, back: str | BaseException = CAME_BACK, meanwhile: Callable[[], object] | None = None) -> None:
        self.visits: list[tuple[str, str]] = []
        self._back = back
        self._meanwhile = meanwhile

    def visit(self, url: str, redirect_uri: str) -> str:
        self.visits.append((url, redirect_uri))
        if self._meanwhile is not None:
            self._meanwhile()
        if isinstance(self._back, BaseException):
            raise self._back
        return self._back
