"""The one error of the local pool, and the sentences of Cognito that more than one module says."""

from typing import Final, NoReturn

INCORRECT: Final = "Incorrect username or password."
ATTEMPTS: Final = "Attempt limit exceeded, please try after some time."
SESSION_INVALID: Final = "Invalid session for the user."
SESSION_EXPIRED: Final = "Invalid session for the user, session is expired."
NO_CODE: Final = "Invalid code provided, please request a code again."
WRONG_CODE: Final = "Invalid verification code provided, please try again."
INTERNAL: Final = "InternalErrorException"  # the one exception of Cognito's that it documents with a status of 500


class PoolError(Exception):
    """A request that the user pool answers with an error.

    Attributes:
        name: Cognito's own name of the exception, such as ``NotAuthorizedException``.
        message: The sentence that goes with it. Never contains a secret.
        status: The HTTP status of the answer; Cognito's own for that exception unless given.
    """

    def __init__(self, name: str, message: str, status: int | None = None) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message
        self.status = status or (500 if name == INTERNAL else 400)

    def __reduce__(self) -> tuple[type["PoolError"], tuple[str, str, int]]:
        return type(self), (self.name, self.message, self.status)


def invalid(message: str) -> NoReturn:
    """Refuse a request whose parameters are wrong.

    Raises:
        PoolError: Always, as ``InvalidParameterException``.
    """
    raise PoolError("InvalidParameterException", message)


def unauthorized(message: str) -> NoReturn:
    """Refuse a caller.

    Raises:
        PoolError: Always, as ``NotAuthorizedException``.
    """
    raise PoolError("NotAuthorizedException", message)


def unmodelled(what: str) -> NoReturn:
    """Refuse, by name, what this pool does not model, rather than answer something untrue.

    Args:
        what: The parameter and, where it matters, the value, such as ``"DEVICE_KEY of InitiateAuth"``.

    Raises:
        PoolError: Always, as ``InvalidParameterException``.
    """
    raise PoolError("InvalidParameterException", f"The local pool does not model {what}.")
