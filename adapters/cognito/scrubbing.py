"""Takes out of a service's message what must not travel: secrets, tokens, AWS's names of things, control characters.

Emulators and gateways echo what they were sent, raw tokens included, and so does Cognito where a value fails its
constraint ("Value '123' at 'confirmationCode' failed to satisfy constraint").
"""

import re
from collections.abc import Collection

REDACTED = "[redacted]"

_MESSAGE_CAP = 300
_JWT = re.compile(r"eyJ[\w-]*(?:\.[\w-]*)+", re.ASCII)  # RFC 7519: the header is a JSON object, `{"` in base64url
_RUN = re.compile(r"[A-Za-z0-9+/=_-]{24,}")
_ARN = re.compile(r"\barn:aws[\w-]*:\S+", re.ASCII)  # tells the AWS account's number, and who called
_ECHO = re.compile(r"\bValue '.*' at '")


def scrub(text: str, secrets: Collection[str] = (), *, cap: int = _MESSAGE_CAP) -> str:
    """Returns one line of at most `cap` characters that holds no secret.

    Args:
        text: what the service said.
        secrets: what the request held; every literal occurrence is replaced.
        cap: most characters.
    """
    # Before the line is cleaned and after it: a secret may hold what is cleaned away, or appear by it.
    text = _without(text, secrets)
    text = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    text = _without(text, secrets)
    text = _ECHO.sub("Value at '", text)
    text = _RUN.sub(_token, _JWT.sub(REDACTED, _ARN.sub(REDACTED, text)))
    return text if len(text) <= cap else text[: cap - 1] + "…"


def _without(text: str, secrets: Collection[str]) -> str:
    # The longest first: a secret may be a part of another.
    ordered = sorted((secret for secret in secrets if secret), key=len, reverse=True)
    if not ordered:
        return text
    return re.sub("|".join(re.escape(secret) for secret in ordered), REDACTED, text)


def _token(match: re.Match[str]) -> str:
    # Words and the names of exceptions hold no digits; tokens, keys and identifiers of that length do.
    run = match.group()
    return REDACTED if any(character.isdigit() for character in run) else run
