"""What back ends and clients do with a user pool's tokens: check them, and send them.

Two ways to send them need a library of their own and are not imported here: `authflow.adapters.tokens.for_httpx` and
`authflow.adapters.tokens.for_requests`, each with an `AuthFlowAuth`.
"""

from authflow.adapters.tokens.claims import Claims, TokenUse
from authflow.adapters.tokens.for_boto3 import boto3_session
from authflow.adapters.tokens.refusals import KeysUnavailable, RefusalReason, TokenRefused
from authflow.adapters.tokens.signed_in import CheckedTokens, check_tokens
from authflow.adapters.tokens.verifier import TokenVerifier, verify_token

__all__ = [
    "CheckedTokens",
    "Claims",
    "KeysUnavailable",
    "RefusalReason",
    "TokenRefused",
    "TokenUse",
    "TokenVerifier",
    "boto3_session",
    "check_tokens",
    "verify_token",
]
