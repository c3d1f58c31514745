"""Each pool's RSA signing key: made at the first token, kept with the pool, published as a JWKS."""

from joserfc.jwk import RSAKey

from .records import Json, SigningKey
from .storage import Store


def new_signing_key(kid: str = "local-pool") -> RSAKey:
    """Make an RSA key of 2048 bits that signs with RS256.

    Args:
        kid: The key id that tokens name in their header.
    """
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": kid})


class KeyRing:
    """The signing keys by pool.

    Args:
        store: Where keys are kept.
        given: A key for all new pools, which saves a test suite the time of making them.
    """

    def __init__(self, store: Store, given: RSAKey | None = None) -> None:
        self._store = store
        self._given = given
        self._loaded: dict[str, RSAKey] = {}

    def key(self, pool_id: str) -> RSAKey:
        """Answer the pool's key, made now if it has none."""
        stored = self._store.get(SigningKey, pool_id)
        if stored is None:  # never made, or made in a call that was undone
            made = self._given or new_signing_key(f"{pool_id}-1")
            stored = SigningKey(pool_id=pool_id, jwk=dict(made.as_dict(private=True)))
            self._store.put(stored)
            self._loaded.pop(pool_id, None)
        if pool_id not in self._loaded:
            self._loaded[pool_id] = RSAKey.import_key(stored.jwk)
        return self._loaded[pool_id]

    def jwks(self, pool_id: str) -> Json:
        """Answer the public keys, as at ``/<pool id>/.well-known/jwks.json``."""
        return {"keys": [dict(self.key(pool_id).as_dict(private=False))]}

    def forget(self, pool_id: str) -> None:
        """Drop a pool's key."""
        self._loaded.pop(pool_id, None)
        stored = self._store.get(SigningKey, pool_id)
        if stored is not None:
            self._store.delete(stored)
