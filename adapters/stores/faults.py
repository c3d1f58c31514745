"""What can be wrong with a store, each with a name of its own and a sentence that says what to do.

`StoreUnavailable` has one code for all of them, `storeUnavailable`; `info.name` is one of these names. None of them
says that nobody is signed in. The sentences name a file without its folder, since a flow shows them to its frontend.
"""

from enum import StrEnum
from typing import Final

import attrs

from authflow.errors import ErrorCode, ErrorInfo, Recovery, StoreUnavailable


class StoreFault(StrEnum):
    """What is wrong with a store: the `name` of a StoreUnavailable's `info`."""

    CUT_SHORT = "CutShort"
    NOT_SEALED = "NotSealed"
    DAMAGED = "Damaged"
    WRONG_KEY = "WrongKey"
    OTHER_KIND_OF_KEY = "OtherKindOfKey"
    KEY_MISSING = "KeyMissing"
    OTHER_CONTEXT = "OtherContext"
    NEWER_VERSION = "NewerVersion"
    OTHER_PURPOSE = "OtherPurpose"
    NOT_READABLE = "NotReadable"
    NOT_WRITABLE = "NotWritable"
    NOT_A_FILE = "NotAFile"
    NO_ROOM = "NoRoom"
    TOO_LARGE = "TooLarge"
    IN_USE = "InUse"
    KEYRING_MISSING = "KeyringMissing"
    KEYRING_INSECURE = "KeyringInsecure"
    KEYRING_LOCKED = "KeyringLocked"
    KEYRING_FAILED = "KeyringFailed"


@attrs.frozen
class _Told:
    sentence: str
    recovery: Recovery = Recovery.FIX_CONFIGURATION

    @property
    def passes(self) -> bool:
        return self.recovery is Recovery.RETRY


_ELSE: Final = "or keep the tokens in a sealed file with a key of your own, SealedFileTokenStore(path, key=...)"
_TOLD: Final = {
    StoreFault.CUT_SHORT: _Told(
        "{what} was cut short; restore it, or remove it and sign in again.", Recovery.CONTACT_ADMINISTRATOR
    ),
    StoreFault.NOT_SEALED: _Told("{what} was not written by a sealed store; give another path, or remove it."),
    StoreFault.DAMAGED: _Told(
        "{what} was damaged or altered; restore it, or remove it and sign in again.", Recovery.CONTACT_ADMINISTRATOR
    ),
    StoreFault.WRONG_KEY: _Told("{what} was sealed with another key; give that key, or remove it and sign in again."),
    StoreFault.OTHER_KIND_OF_KEY: _Told("{what} was sealed with {detail}; give that, or remove it and sign in again."),
    StoreFault.KEY_MISSING: _Told(
        "{what} was sealed with a key that the platform keyring no longer has; restore the keyring, or remove the file "
        "and sign in again."
    ),
    StoreFault.OTHER_CONTEXT: _Told(
        "{what} was sealed under another name, or for somebody else; give its old name as its context, or remove it "
        "and sign in again."
    ),
    StoreFault.NEWER_VERSION: _Told(
        "{what} was written by a newer version of authflow; use that version, or a later one."
    ),
    StoreFault.OTHER_PURPOSE: _Told("{what} holds {detail}; give every store a path of its own."),
    StoreFault.NOT_READABLE: _Told("{what} cannot be read ({detail}); check who may read it, and its folder."),
    StoreFault.NOT_WRITABLE: _Told("{what} cannot be written ({detail}); check who may write in its folder."),
    StoreFault.NOT_A_FILE: _Told("{what} is no file but a folder or a device; give another path, or remove it."),
    StoreFault.NO_ROOM: _Told(
        "{what} cannot be written because there is no room left ({detail}); make room and try again. What it held is "
        "still there.",
        Recovery.RETRY,
    ),
    StoreFault.TOO_LARGE: _Told(
        "{what} would become larger than one is read, which is 1 MiB; keep less in it. What it held is still there."
    ),
    StoreFault.IN_USE: _Told("{what} is in use by another program; try again when that is done.", Recovery.RETRY),
    StoreFault.KEYRING_MISSING: _Told("{what} is not there ({detail}); set one up, " + _ELSE + "."),
    StoreFault.KEYRING_INSECURE: _Told("{what} is not known to encrypt ({detail}); set up another, " + _ELSE + "."),
    StoreFault.KEYRING_LOCKED: _Told("{what} is locked; unlock it and try again.", Recovery.RETRY),
    StoreFault.KEYRING_FAILED: _Told("{what} failed ({detail}); see that it runs, and try again.", Recovery.RETRY),
}


def unavailable(fault: StoreFault, what: str, detail: str = "") -> StoreUnavailable:
    """Returns the error of a store, ready to be raised.

    Args:
        fault: what is wrong.
        what: the beginning of the sentence: "The sealed file 'tokens'".
        detail: what the fault's sentence has in parentheses, without secrets.
    """
    told = _TOLD[fault]
    return StoreUnavailable(
        ErrorInfo(
            code=ErrorCode.STORE_UNAVAILABLE,
            message=told.sentence.format(what=what, detail=detail),
            name=fault.value,
            retryable=told.passes,
            recovery=told.recovery,
        )
    )
