"""SECRET_HASH: how an app client that has a secret proves it with every request that names a user."""

import binascii


def secret_hash(username: str, client_id: str, client_secret: str) -> str:
    """Returns base64(HMAC-SHA256(client secret, username + client id)).

    Source: Amazon Cognito developer guide, "Computing secret hash values".

    Args:
        username: the name as the request spells it: an alias where the user typed one, and in answers to a challenge
            what the challenge's USERNAME (USER_ID_FOR_SRP) says.
        client_id: the app client's id.
        client_secret: the app client's secret.
    """
    import hmac  # with its OpenSSL the dearest import here: only where a client has a secret

    digest = hmac.digest(client_secret.encode(), f"{username}{client_id}".encode(), "sha256")
    return binascii.b2a_base64(digest, newline=False).decode("ascii")
