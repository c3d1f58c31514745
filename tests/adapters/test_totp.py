"""An authenticator app reads back what was put in: from the URI, and from the QR code in each of its forms."""

import copy
import io
import pickle
import re
import subprocess
import sys
import traceback
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import attrs
import pyotp
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pyotp.totp import TOTP

from authflow.adapters.totp import TotpSetup
from authflow.errors import ConfigurationError, ErrorCode, InvalidInput, Recovery
from authflow.secrets import Secret

SEED: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
AWKWARD: Final = [
    "Example",
    "A & B",
    "1+1=2",
    "#1?x=y&z",
    "100% / 50%",
    "a:b",
    "a/../b",
    "%2F%20+",
    "Zoë 東京 🎉",
    "ana@example.com",
    " x ",
]
TEXTS: Final = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=40)


def setup(issuer: str = "Example", account: str = "ana", seed: str = SEED) -> TotpSetup:
    return TotpSetup(secret=Secret(seed), issuer=issuer, account=account)


def read(uri: str) -> tuple[str, str, str]:
    """Answers the secret, the issuer and the account in a URI, whose issuer stands in it twice or not at all."""
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("otpauth", "totp", "")
    query = parse_qs(parts.query, strict_parsing=True, errors="strict")
    (secret,) = query["secret"]
    issuer = query.get("issuer", [""])[0]
    prefix, colon, account = parts.path.removeprefix("/").rpartition(":")
    assert (unquote(prefix), bool(colon)) == (issuer, bool(issuer))
    return secret, issuer, unquote(account)


def decode(image: object) -> str:
    (found,) = zxingcpp.read_barcodes(image)
    return found.text


def decode_rows(rows: list[list[bool]]) -> str:
    """Decodes rows of dark (True) and light modules, drawn four pixels wide."""
    pixels = bytes(0 if dark else 255 for row in rows for _ in range(4) for dark in row for _ in range(4))
    return decode(memoryview(pixels).cast("B", (4 * len(rows), 4 * len(rows[0]))))


def rows_of_text(text: str) -> list[list[bool]]:
    lines = [re.fullmatch("\x1b\\[97;40m([ ▀▄█]+)\x1b\\[0m", line) for line in text.splitlines()]
    drawn = [line[1] for line in lines if line]
    assert len(drawn) == len(lines)
    return [[half not in "█" + light for half in line] for line in drawn for light in "▀▄"]


def rows_of_svg(svg: str) -> list[list[bool]]:
    """Answers what is drawn on the white square: rows of strokes, each a module high."""
    root = ElementTree.fromstring(svg)
    _, lines = root.iter("{http://www.w3.org/2000/svg}path")
    assert lines.get("stroke") == "#000"
    side = int(root.attrib["width"]) // 8
    rows = [[False] * side for _ in range(side)]
    x, y = 0, 0.0
    for command, across, down in re.findall(r"([Mmh])(-?\d+)(?: (-?[\d.]+))?", lines.attrib["d"].replace("m", " m")):
        start = 0 if command == "M" else x
        if command == "h":
            rows[int(y)][start : start + int(across)] = [True] * int(across)
        x, y = start + int(across), y + float(down or 0)
    return rows


@pytest.mark.parametrize("issuer", AWKWARD)
@pytest.mark.parametrize("account", [*AWKWARD, ""])
def test_what_goes_in_comes_out(issuer: str, account: str) -> None:
    assert read(setup(issuer, account).uri().reveal()) == (SEED, issuer, account)


@given(TEXTS, TEXTS, st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=16, max_size=56))
def test_any_text_comes_out_as_it_went_in(issuer: str, account: str, seed: str) -> None:
    uri = setup(issuer, account, seed).uri().reveal()
    assert read(uri) == (seed, issuer, account)
    label = urlsplit(uri).path.removeprefix("/")
    assert re.fullmatch(r"(?:[\w.~-]|%[0-9A-F]{2})*", label.replace(":", "", 1 if issuer else 0), re.ASCII)


@given(TEXTS.filter(lambda text: ":" not in text), TEXTS.filter(lambda text: text and ":" not in text))
def test_another_reader_of_the_format_reads_the_same(issuer: str, account: str) -> None:
    otp = pyotp.parse_uri(setup(issuer, account).uri().reveal())
    assert (otp.secret, otp.issuer or "", otp.name) == (SEED, issuer, account)
    assert isinstance(otp, TOTP)
    assert (otp.digits, otp.interval, otp.digest().name) == (6, 30, "sha1")


def test_a_plain_uri_is_as_the_format_shows_it() -> None:
    expected = f"otpauth://totp/Example:ana%40example.com?secret={SEED}&issuer=Example"
    assert setup(account="ana@example.com").uri().reveal() == expected


def test_padding_is_left_out() -> None:
    assert read(setup(seed="JBSWY3DP======").uri().reveal())[0] == "JBSWY3DP"


@settings(max_examples=25)
@given(TEXTS, TEXTS)
def test_a_camera_reads_the_uri_from_every_form(issuer: str, account: str) -> None:
    made = setup(issuer, account)
    uri = made.uri().reveal()
    with Image.open(io.BytesIO(made.qr_png().reveal())) as image:
        assert decode(image) == uri
    assert decode_rows(rows_of_svg(made.qr_svg().reveal())) == uri
    assert decode_rows(rows_of_text(made.qr_text().reveal())) == uri


@pytest.mark.parametrize("form", [TotpSetup.qr_svg, TotpSetup.qr_png, TotpSetup.qr_text])
def test_what_no_qr_code_holds_is_refused(form: object) -> None:
    assert callable(form)
    with pytest.raises(InvalidInput, match="too long for a QR code") as caught:
        form(setup(account="é" * 600))
    assert caught.value.info.field == "account"
    assert caught.value.__cause__ is caught.value.__context__ is None  # the library's frames hold the seed


@pytest.mark.parametrize("form", [TotpSetup.qr_svg, TotpSetup.qr_png, TotpSetup.qr_text])
def test_without_the_extra_a_sentence_names_it(form: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(form)
    monkeypatch.setitem(sys.modules, "segno", None)
    with pytest.raises(ConfigurationError) as caught:
        form(setup())
    message = 'QR code: segno is not installed; install the extra: pip install "cognito-authflow[qr]".'
    assert (str(caught.value), caught.value.code) == (message, ErrorCode.INVALID_CONFIGURATION)
    assert caught.value.info.recovery is Recovery.FIX_CONFIGURATION
    assert setup().uri().reveal().startswith("otpauth://")


def test_the_seed_is_shown_by_nothing() -> None:
    made = setup()
    forms = (made.uri(), made.qr_svg(), made.qr_png(), made.qr_text())
    shown = [f"{made} {made!r} {attrs.asdict(made)}", *(f"{form} {form!r}" for form in forms)]
    assert all(SEED not in text and "otpauth" not in text for text in shown)
    for secret in (made, *forms):
        with pytest.raises(TypeError, match="not serialised"):
            pickle.dumps(secret)
    assert copy.deepcopy(made) == made


def test_the_seed_is_in_no_traceback() -> None:
    with pytest.raises(InvalidInput) as caught:
        setup(account="é" * 600).qr_png()
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert SEED not in "".join(told.format())


def test_importing_the_module_imports_no_qr_library() -> None:
    script = "import sys, authflow, authflow.adapters.totp; print([m for m in ('segno', 'pyotp') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
