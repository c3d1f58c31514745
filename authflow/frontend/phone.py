"""Phone numbers as people type them, and as Cognito wants them (E.164)."""


def with_dial_code(typed: str, dial_code: str | None) -> str:
    """Returns a phone number with its country code (E.164); anything else as it was typed."""
    digits = "".join(char for char in typed.removeprefix("+") if char not in " -().")
    if not digits.isdecimal() or not digits.isascii():
        return typed
    if typed.startswith("+"):
        return f"+{digits}"
    return typed if dial_code is None else f"{dial_code}{digits}"
