"""How an effect is performed through the ports.

`perform` is what drivers call. It routes an effect to the provider or the store, and whatever these do, it returns an
outcome: an adapter's exception becomes a failure in the words of the effect's slot, and no foreign exception, with the
secrets in its frames, travels further.
"""

from contextlib import suppress

import attrs

from authflow import belonging, effects, outcomes
from authflow.effects import Effect
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, secret_gone
from authflow.outcomes import Outcome
from authflow.ports import Provider, StoredFederation, StoredSession, Tokens, TokenStore
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
    renewed = _renewed_elsewhere(effect, store, vault, configuration)
    if renewed is not None:
        return renewed
    outcome = _performed(effect, provider, store, vault, configuration)
    if isinstance(outcome, outcomes.RefreshRejected):
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
    if _of_other_pools(stored, configuration) or stored.tokens.expires_at <= effect.account.expires_at:
        return None
    tokens = vault.put("tokens", stored.tokens)
    account = attrs.evolve(effect.account, tokens=tokens, expires_at=stored.tokens.expires_at)
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
        store.clear()
        return outcomes.TokensCleared(effect_id=effect.id)
    if isinstance(effect, effects.StoreIdentity):
        store.save(_identity_kept(effect, vault, configuration))
        return outcomes.IdentityStored(effect_id=effect.id)
    if isinstance(effect, effects.StoreTokens | effects.StoreRefreshedTokens):
        store.save(_account_kept(effect.account, vault, configuration))
    if isinstance(effect, effects.StoreTokens):
        return outcomes.TokensStored(effect_id=effect.id)
    return outcomes.RefreshedTokensStored(effect_id=effect.id)


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
        expires_at=stored.tokens.expires_at,
        hosted=stored.hosted,
    )
    return outcomes.SessionRestored(effect_id=effect.id, account=account)


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
            provider=kept.provider, token=token, identity_id=stored.identity_id, role_arn=kept.role_arn
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
