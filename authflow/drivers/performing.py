"""How an effect is performed through the ports.

`perform` is what drivers call. It routes an effect to the provider or the store, and whatever these do, it returns an
outcome: an adapter's exception becomes a failure in the words of the effect's slot, and no foreign exception, with the
secrets in its frames, travels further.
"""

from authflow import belonging, effects, outcomes
from authflow.effects import Effect
from authflow.errors import AuthFlowError, ErrorCode, ErrorInfo, Recovery, secret_gone
from authflow.outcomes import Outcome
from authflow.ports import Provider, StoredSession, Tokens, TokenStore
from authflow.secrets import SecretGone, Vault
from authflow.values import Account


def perform(effect: Effect, provider: Provider, store: TokenStore, vault: Vault) -> Outcome:
    """Performs `effect`; always returns an outcome."""
    try:
        if isinstance(effect, STORE_EFFECTS):
            return _perform_on_store(effect, store, vault)
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


STORE_EFFECTS = (
    effects.LoadSession,
    effects.StoreTokens,
    effects.StoreRefreshedTokens,
    effects.ClearTokens,
)


def _perform_on_store(effect: Effect, store: TokenStore, vault: Vault) -> Outcome:
    if isinstance(effect, effects.LoadSession):
        return _load(effect, store, vault)
    if isinstance(effect, effects.ClearTokens):
        store.clear()
        return outcomes.TokensCleared(effect_id=effect.id)
    if isinstance(effect, effects.StoreTokens | effects.StoreRefreshedTokens):
        account = effect.account
        tokens = vault.get(account.tokens)
        assert isinstance(tokens, Tokens)  # noqa: S101 - accounts name tokens
        store.save(
            StoredSession(
                username=account.username, user_sub=account.user_sub, identifier=account.identifier, tokens=tokens
            )
        )
    if isinstance(effect, effects.StoreTokens):
        return outcomes.TokensStored(effect_id=effect.id)
    return outcomes.RefreshedTokensStored(effect_id=effect.id)


def _load(effect: effects.LoadSession, store: TokenStore, vault: Vault) -> Outcome:
    stored = store.load()
    if stored is None:
        return outcomes.NothingStored(effect_id=effect.id)
    account = Account(
        username=stored.username,
        user_sub=stored.user_sub,
        identifier=stored.identifier,
        tokens=vault.put("tokens", stored.tokens),
        expires_at=stored.tokens.expires_at,
    )
    return outcomes.SessionRestored(effect_id=effect.id, account=account)


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
