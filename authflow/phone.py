"""Phone numbers as people type them, and as Cognito wants them (E.164)."""


def with_dial_code(typed: str, dial_code: str | None) -> str:
    """Returns a phone number with its country code (E.164); anything else as it was typed."""
    digits = "".join(char for char in typed if char not in " -().")
    if dial_code is None or not digits.isdecimal() or not digits.isascii():
        return typed if not typed.startswith("+") else f"+{digits.removeprefix('+')}"
    return f"{dial_code}{digits}"
