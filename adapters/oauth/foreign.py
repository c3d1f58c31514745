"""Tokens of a server of one's own (a TokenURI beside the user pool's domain): the user pool must not see them."""

from typing import TYPE_CHECKING

from authflow import effects
from authflow.effects import Effect
from authflow.errors import ErrorCode, ErrorInfo, Recovery, exception_from
from authflow.values import Account

if TYPE_CHECKING:
    from authflow.adapters.cognito.tools import Tools


def is_foreign(tools: "Tools", account: Account) -> bool:
    """Tells accounts whose tokens are another server's."""
    return account.hosted and tools.config.oauth is not None and tools.config.hosted_ui.own_server


def refuse_foreign(tools: "Tools", effect: Effect) -> None:
    """Refuses calls to the user pool that would be made with another server's tokens; a refresh goes to that server.

    Raises:
        AuthFlowError: this is one (`ErrorCode.UNSUPPORTED_OPERATION`).
    """
    account: object = getattr(effect, "account", None)
    if isinstance(effect, effects.RefreshTokens) or not isinstance(account, Account):
        return
    if is_foreign(tools, account):
        raise exception_from(
            ErrorInfo(
                code=ErrorCode.UNSUPPORTED_OPERATION,
                message="The tokens are another server's, so that the user pool can do nothing with them; they end by "
                "themselves.",
                recovery=Recovery.NONE,
            )
        )
