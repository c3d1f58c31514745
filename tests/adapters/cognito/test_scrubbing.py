"""Messages of the service are made safe to show: tokens, sessions and secrets go, and what is left is short."""

import pytest

from authflow.adapters.cognito.scrubbing import scrub

JWT = "eyJraWQiOiJ4In0.eyJzdWIiOiJhYmMifQ.c2lnbmF0dXJl-_"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"Invalid token {JWT}.", "Invalid token [redacted]"),
        (f"Invalid access token: {JWT[:-10]}", "Invalid access token: [redacted]"),
        ("Token 3f2b1c9a-7d5b-4b43-9a9f-0f2f6f3f3a11 is not known", "Token [redacted] is not known"),
        ("Session AYABeDq0f+abcdefghijklmnopqrst/123== ended", "Session [redacted] ended"),
        ("arn:aws:iam::123456789012:user/ana may not", "[redacted] may not"),
        ("No role arn:aws-us-gov:iam::1:role/x.", "No role [redacted]"),
        ("Value 'hunter2' at 'password' failed", "Value at 'password' failed"),
        ("line\r\nbreak\x00\x1b[31m red\u202e\ud800", "line break [31m red"),
        ("InvalidUserPoolConfigurationException stays", "InvalidUserPoolConfigurationException stays"),
        ("", ""),
    ],
)
def test_messages_are_scrubbed(said: str, shown: str) -> None:
    assert scrub(said) == shown


def test_messages_are_cut_after_they_are_scrubbed() -> None:
    assert scrub("word " * 200) == ("word " * 60)[:299] + "…"
    assert "hunt" not in scrub("x " * 148 + "hunter2", ["hunter2"])
    assert len(scrub("é" * 50, cap=20)) == 20


def test_secrets_that_contain_each_other_all_go() -> None:
    assert scrub("abcdef and cde", ["cde", "abcdef", ""]) == "[redacted] and [redacted]"


def test_a_secret_that_cleaning_would_build_goes_too() -> None:
    assert scrub("open\nsesame  now", ["open sesame", "sesame  now"]) == "open [redacted]"
    assert scrub("my\npass\tword", ["pass\tword", "my pass"]) == "my [redacted]"
