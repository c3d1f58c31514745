import base64
import json
from urllib.parse import quote

import pytest

from authflow.ports import AwsCredentials, Tokens
from authflow.testing.canaries import MARK, PLANTED, canary_of, leaked, secret_value

CANARY = canary_of("code")


@pytest.mark.parametrize(
    "text",
    [
        CANARY,
        CANARY.upper(),
        CANARY.encode().hex(),
        quote(CANARY, safe=""),
        json.dumps({"code": CANARY}),
        base64.b64encode(f"12{CANARY}".encode()).decode(),
        base64.urlsafe_b64encode(f"1{CANARY} and more".encode()).decode(),
        base64.b64encode(CANARY.encode()).decode(),
        "".join(f"\\u{ord(char):04x}" for char in CANARY),
        CANARY[::-1],
    ],
)
def test_a_canary_is_found_in_every_form(text: str) -> None:
    assert leaked(f"something before {text} something behind") is not None


def test_what_has_no_secret_in_it_is_clean() -> None:
    assert leaked("SignIn(username='jane', password=Handle(kind='password', number=1))") is None


def test_secrets_of_ones_own_are_searched_for_too() -> None:
    assert leaked("the pin is 733155", "733155") is not None
    assert leaked("the pin is 733155") is None


def test_every_kind_of_secret_is_a_canary() -> None:
    tokens, credentials = secret_value("tokens"), secret_value("credentials")
    assert isinstance(tokens, Tokens)
    assert isinstance(credentials, AwsCredentials)
    assert MARK in tokens.access_token.reveal()
    assert MARK in credentials.secret_key.reveal()
    assert leaked(repr(secret_value("attributes"))) is not None
    assert leaked(repr((tokens, credentials, PLANTED.vault))) is None
