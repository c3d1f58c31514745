"""Checks the tokens that a sign-in or a refresh brought, for whoever holds them."""

import attrs

from authflow.adapters.tokens.checks import Belonging
from authflow.adapters.tokens.claims import Claims, TokenUse
from authflow.adapters.tokens.refusals import RefusalReason, TokenRefused
from authflow.adapters.tokens.verifier import Text, TokenVerifier
from authflow.ports import Tokens
from authflow.secrets import Secret


@attrs.frozen(kw_only=True)
class CheckedTokens:
    """What tokens that were checked say.

    Args:
        access: what the access token says.
        id: what the ID token says; None where there is none.
    """

    access: Claims
    id: Claims | None


def check_tokens(tokens: Tokens, verifier: TokenVerifier, *, nonce: Text | None = None) -> CheckedTokens:
    """Checks the access token and the ID token, and that they belong together.

    Args:
        tokens: what `get_tokens()` returns, or what Cognito answered.
        verifier: of the pool and the app client; whichever use it is for, each token is checked for its own.
        nonce: the nonce of the sign-in that was begun, where there was one.

    Raises:
        TokenRefused: one of them is refused; why is in its `reason`.
        KeysUnavailable: the pool's keys cannot be had, which says nothing about the tokens.
    """
    expected = Secret(nonce) if isinstance(nonce, str) else nonce
    nonce = None
    access = verifier.verify_as(TokenUse.ACCESS, tokens.access_token, Belonging())
    if tokens.id_token is None:
        if expected is not None:  # access tokens have none, so that nothing shows what these belong to
            raise TokenRefused(RefusalReason.WRONG_NONCE)
        return CheckedTokens(access=access, id=None)
    belonging = Belonging(nonce=expected, access_token=tokens.access_token)
    identity = verifier.verify_as(TokenUse.ID, tokens.id_token, belonging)
    if (identity.sub, identity.client_id) != (access.sub, access.client_id):
        raise TokenRefused(RefusalReason.WRONG_SUBJECT)
    return CheckedTokens(access=access, id=identity)
