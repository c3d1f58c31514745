"""The store that a program on somebody's own computer usually wants: the platform's keyring."""

from authflow.adapters.stores.keyring_store import KeyringTokenStore
from authflow.adapters.stores.platform_keyring import platform_keyring


def usual_token_store(app_name: str, *, name: str = "session") -> KeyringTokenStore:
    """Returns a store in the platform's keyring, if there is one that encrypts; never anything in plain text.

    A server or a container has none. Give a key there, and keep the tokens in a sealed file:
    `SealedFileTokenStore(path, key=...)`.

    Args:
        app_name: the application's name, which the keyring shows.
        name: which session, where an application keeps several.

    Raises:
        StoreUnavailable: there is no such keyring here; the sentence says what to do instead.
        ConfigurationError: the extra `keyring` is not installed.
    """
    return KeyringTokenStore(app_name, name=name, backend=platform_keyring())
