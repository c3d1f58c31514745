"""How an effect is performed through the ports.

`perform` is what drivers call. It routes an effect to the provider or the store, and whatever these do, it returns an
outcome: an adapter's exception becomes a failure in the words of the effect's slot, and no foreign exception, with the
secrets in its frames, travels further.
"""

import json
from base64 import urlsafe_b64decode
from contextlib import suppress
from math import inf

import attrs

from authflow import belonging, effects, outcomes
from authflow.effects import Effect
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, secret_gone
from authflow.outcomes import Outcome
from authflow.ports import (
    Provider,
    StoredFederation,
    StoredSession,
    Tokens,
    TokenStore,
    mark_of,
    mark_of_tokens,
)
from authflow.secrets import Secret, SecretGone, Vault
from authflow.values import Account, Federation


def perform(
    effect: Effect, provider: Provider, store: TokenStore, vault: Vault, configuration: str | None = None
) -> Outcome:
    """Performs `effect`; always returns an outcome.

    Args:
        effect: what is to be done.
        provider: makes the calls.
        store: keeps the session.
        vault: has the secrets.
        configuration: what a stored session has to belong to; None for whatever is stored.
    """
    if isinstance(effect, effects.RefreshTokens):
        return _refresh(effect, provider, store, vault, configuration)
    return _performed(effect, provider, store, vault, configuration)


def _performed(
    effect: Effect, provider: Provider, store: TokenStore, vault: Vault, configuration: str | None
) -> Outcome:
    try:
        if isinstance(effect, STORE_EFFECTS):
            return _perform_on_store(effect, store, vault, configuration)
        outcome: object = provider.perform(effect, vault)
        if isinstance(outcome, Outcome) and outcome.effect_id == effect.id:
            return outcome
        error = _no_outcome(outcome)
    except SecretGone as gone:
        error = secret_gone(str(gone.args[0]) if gone.args else "secret")
    except AuthFlowError as failed:
        error = failed.info
    except Exception as foreign:
        error = _foreign(effect, foreign)
    return belonging.failure_of(effect, error)


def _refresh(
    effect: effects.RefreshTokens, provider: Provider, store: TokenStore, vault: Vault, configuration: str | None
) -> Outcome:
    """Refreshes, unless somebody else who shares the store has done so already, or was quicker.

    Where refresh tokens rotate, one that somebody else has used is refused, and what came of it is in the store. Nobody
    is signed out for having been second.
    """
    renewed = None if effect.unsaved else _renewed_elsewhere(effect, store, vault, configuration)
    if renewed is not None:
        return renewed
    outcome = _performed(effect, provider, store, vault, configuration)
    if isinstance(outcome, outcomes.RefreshRejected) and not effect.unsaved:
        return _renewed_elsewhere(effect, store, vault, configuration) or outcome
    return outcome


def _renewed_elsewhere(
    effect: effects.RefreshTokens, store: TokenStore, vault: Vault, configuration: str | None
) -> Outcome | None:
    stored = None
    with suppress(Exception):  # a store that cannot be read says nothing
        stored = store.load()
    if stored is None or stored.tokens is None or stored.username != effect.account.username:
        return None
    mark, ends = mark_of_tokens(stored.tokens), stored.tokens.expires_at
    known = effect.account.mark
    newer = mark != known if known is not None else ends > effect.account.expires_at
    if not newer or _of_other_pools(stored, configuration):
        return None
    account = attrs.evolve(effect.account, tokens=vault.put("tokens", stored.tokens), expires_at=ends, mark=mark)
    return outcomes.TokensRefreshed(effect_id=effect.id, account=account)


STORE_EFFECTS = (
    effects.LoadSession,
    effects.StoreTokens,
    effects.StoreRefreshedTokens,
    effects.StoreIdentity,
    effects.ClearTokens,
)


def _perform_on_store(effect: Effect, store: TokenStore, vault: Vault, configuration: str | None) -> Outcome:
    if isinstance(effect, effects.LoadSession):
        return _load(effect, store, vault, configuration)
    if isinstance(effect, effects.ClearTokens):
        if effect.username is None or _has(store, effect.username) is not False:
            store.clear()
        return outcomes.TokensCleared(effect_id=effect.id)
    if isinstance(effect, effects.StoreIdentity):
        # Whoever has signed in elsewhere meanwhile is not overwritten by a guest.
        if effect.federation is not None or _has(store, None) is not False:
            store.save(_identity_kept(effect, vault, configuration))
        return outcomes.IdentityStored(effect_id=effect.id)
    if isinstance(effect, effects.StoreTokens):
        store.save(_account_kept(effect.account, vault, configuration))
        return outcomes.TokensStored(effect_id=effect.id)
    assert isinstance(effect, effects.StoreRefreshedTokens)  # noqa: S101 - the last of them
    # Nor does a refresh bring back a session that was ended elsewhere meanwhile.
    if effect.unsaved or _has(store, effect.account.username, or_nobody=False) is not False:
        store.save(_account_kept(effect.account, vault, configuration))
    return outcomes.RefreshedTokensStored(effect_id=effect.id)


def _has(store: TokenStore, username: str | None, *, or_nobody: bool = True) -> bool | None:
    """Tells whether the store has what this user, or a guest, has left there; None where it cannot be read.

    Args:
        store: the store.
        username: the user pool's name of the user; None for a guest.
        or_nobody: whether an empty store will do.
    """
    with suppress(Exception):  # whatever a store raises; what is wanted of it then says so itself
        stored = store.load()
        if stored is None:
            return or_nobody
        return stored.username == username and stored.federation is None
    return None


def _account_kept(account: Account, vault: Vault, configuration: str | None) -> StoredSession:
    tokens = vault.get(account.tokens)
    assert isinstance(tokens, Tokens)  # noqa: S101 - accounts name tokens
    return StoredSession(
        username=account.username,
        user_sub=account.user_sub,
        identifier=account.identifier,
        tokens=tokens,
        hosted=account.hosted,
        configuration=configuration,
    )


def _identity_kept(effect: effects.StoreIdentity, vault: Vault, configuration: str | None) -> StoredSession:
    kept, federation = None, effect.federation
    if federation is not None:
        token = Secret(vault.text(federation.token))
        kept = StoredFederation(provider=federation.provider, token=token, role_arn=federation.role_arn)
    return StoredSession(federation=kept, identity_id=effect.identity_id, configuration=configuration)


def _load(effect: effects.LoadSession, store: TokenStore, vault: Vault, configuration: str | None) -> Outcome:
    stored = store.load()
    if stored is None:
        return outcomes.NothingStored(effect_id=effect.id)
    if _of_other_pools(stored, configuration):
        if effect.sweep:
            store.clear()
        return outcomes.ConfigurationChanged(effect_id=effect.id)
    if stored.tokens is None or stored.username is None:
        return _identity_restored(effect, stored, vault)
    account = Account(
        username=stored.username,
        user_sub=stored.user_sub,
        identifier=stored.identifier,
        tokens=vault.put("tokens", stored.tokens),
        expires_at=min(stored.tokens.expires_at, _end_of(stored.tokens)),
        hosted=stored.hosted,
        mark=mark_of_tokens(stored.tokens),
    )
    return outcomes.SessionRestored(effect_id=effect.id, account=account)


def _end_of(tokens: Tokens) -> float:
    """Returns when stored tokens end by their own account, unverified: the clock of back then may have been wrong.

    A token that says nothing ends never; what was stored beside it counts.
    """
    ends = (_claimed_end(token) for token in (tokens.access_token, tokens.id_token) if token is not None)
    return min(ends, default=inf)


def _claimed_end(token: Secret[str]) -> float:
    with suppress(ValueError, RecursionError, IndexError):
        payload = token.reveal().split(".")[1]
        claims: object = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        end = claims.get("exp") if isinstance(claims, dict) else None
        if isinstance(end, int | float) and not isinstance(end, bool):
            return float(end)
    return inf


def _of_other_pools(stored: StoredSession, configuration: str | None) -> bool:
    """Tells whether a session belongs to other pools or another app client than those that are configured.

    A configuration names the user pool, the app client and the identity pool, with "#" between. Tokens are the user
    pool's: an identity pool that is added, or exchanged, does not end their session.
    """
    if stored.configuration is None or configuration is None:
        return False
    user_pool, identity_pool = _pools(stored.configuration)
    user_pool_now, identity_pool_now = _pools(configuration)
    return user_pool != user_pool_now or (stored.tokens is None and identity_pool != identity_pool_now)


def _pools(configuration: str) -> tuple[tuple[str, str], str]:
    user_pool, _, rest = configuration.partition("#")
    client, _, identity_pool = rest.partition("#")
    return (user_pool, client), identity_pool


def _identity_restored(effect: effects.LoadSession, stored: StoredSession, vault: Vault) -> Outcome:
    kept, federation = stored.federation, None
    if kept is None and stored.identity_id is None:
        return outcomes.NothingStored(effect_id=effect.id)
    if kept is not None:
        token = vault.put("token", kept.token)
        federation = Federation(
            provider=kept.provider,
            token=token,
            identity_id=stored.identity_id,
            role_arn=kept.role_arn,
            mark=mark_of(kept.token),
        )
    return outcomes.IdentityRestored(effect_id=effect.id, identity_id=stored.identity_id, federation=federation)


def _no_outcome(answer: object) -> ErrorInfo:
    return ErrorInfo(
        code=ErrorCode.MALFORMED_RESPONSE,
        message=f"The provider answered with no outcome of this effect ({type(answer).__name__}).",
        recovery=Recovery.CONTACT_ADMINISTRATOR,
    )


def _foreign(effect: Effect, foreign: Exception) -> ErrorInfo:
    # Only the exception's class is told: its message may quote a secret.
    kind = type(foreign).__name__
    if isinstance(effect, STORE_EFFECTS):
        return ErrorInfo(
            code=ErrorCode.STORE_UNAVAILABLE,
            message=f"The token store is unavailable ({kind}); nothing is known of who is signed in.",
            name=kind,
            retryable=True,
            recovery=Recovery.RETRY,
        )
    return ErrorInfo(
        code=ErrorCode.UNKNOWN,
        message=f"The call failed unexpectedly ({kind}).",
        name=kind,
        recovery=Recovery.CONTACT_ADMINISTRATOR,
    )
