"""Keeps the SDK's own log records empty while one of our calls runs.

botocore prints whole requests and responses at DEBUG, passwords and tokens included. While `withheld()` is active in
a thread (or task), every record that boto3, botocore, s3transfer and urllib3 make there is emptied before any handler
sees it; what other users of the SDK log in the same process stays as it is.

A filter works on the records of the one logger that it hangs on, not on those of the logger's children. So it hangs on
every logger of these packages, and `withheld()` looks for new ones each time it is entered. urllib3 is imported before:
loggers that came while a call runs would have none. (botocore's come with the client that makes the call.)
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_PACKAGES: Final = frozenset({"boto3", "botocore", "s3transfer", "urllib3"})
_MESSAGE: Final = "withheld by authflow: the record may hold secrets"

_active: ContextVar[bool] = ContextVar("authflow_cognito_records_withheld", default=False)
_hanging = threading.Lock()


class _Withhold(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Empties the record while a call of ours runs. The tracebacks go too: their frames hold the request."""
        if _active.get():
            record.msg, record.args = _MESSAGE, None
            record.exc_info = record.exc_text = record.stack_info = None
        return True


_FILTER: Final = _Withhold()


@contextmanager
def withheld() -> Iterator[None]:
    """Empties the SDK's log records that are made within."""
    _hang()
    token = _active.set(True)
    try:
        yield
    finally:
        _active.reset(token)


def _hang() -> None:
    import urllib3  # noqa: F401 - its loggers are made when it is imported

    with _hanging:
        for name, logger in list(logging.root.manager.loggerDict.items()):
            ours = name.partition(".")[0] in _PACKAGES
            if ours and isinstance(logger, logging.Logger) and _FILTER not in logger.filters:
                logger.filters.insert(0, _FILTER)  # before filters of others, which would see the record whole
