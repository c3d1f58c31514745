"""What an authenticator app needs to be set up: the otpauth URI, and a QR code of it to draw, save or print.

setup = TotpSetup(secret=secret, issuer="Example", account="ana@example.com")
page.write(setup.qr_svg().reveal())

Everything here holds the seed of a second factor: whoever has it makes the user's codes. It leaves as a `Secret`.
"""

import io
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import attrs

from authflow.errors import ConfigurationError, InvalidInput
from authflow.secrets import Secret

if TYPE_CHECKING:
    from segno import QRCode

_PIXELS: Final = 8  # of a module's side: a camera reads it from a screen at arm's length
_WHITE_ON_BLACK, _RESET = "\x1b[97;40m", "\x1b[0m"


@attrs.frozen(kw_only=True)
class TotpSetup:
    """What the user puts into an authenticator app, by camera or by hand.

    Codes are as Cognito checks them: SHA-1, six digits, thirty seconds. These are an app's own defaults (Key URI
    Format, "Parameters"), so the URI does not name them, and apps that know no others take it.

    Args:
        secret: the seed, in base32, as AssociateSoftwareToken's SecretCode gives it.
        issuer: who the account is with; the app shows it.
        account: whose account it is, the user name or e-mail address; the app shows it.
    """

    secret: Secret[str]
    issuer: str
    account: str

    def uri(self) -> Secret[str]:
        """Returns the `otpauth://totp/` URI, every part of it percent-encoded.

        Source: Key URI Format (github.com/google/google-authenticator/wiki/Key-Uri-Format). pyotp's `provisioning_uri`
        is not used: it leaves "/" in the label as it is, so that an account like "a/../b" is another one after a URL
        parser has resolved its path, and it writes "Secret" for an account that is empty.
        """
        issuer, account = quote(self.issuer, safe=""), quote(self.account, safe="")
        label, parameter = (f"{issuer}:{account}", f"&issuer={issuer}") if issuer else (account, "")
        # Padding should be left out, says the format.
        return Secret(f"otpauth://totp/{label}?secret={quote(self.secret.reveal().rstrip('='), safe='')}{parameter}")

    def qr_svg(self) -> Secret[str]:
        """Returns the QR code as an SVG element, dark on white, for a page or a file of its own.

        Raises:
            ConfigurationError: the extra `qr` is not installed.
            InvalidInput: issuer and account are too long for a QR code.
        """
        out = io.BytesIO()
        # Without a background of its own nothing could be seen on a dark page.
        self._qr().save(out, kind="svg", scale=_PIXELS, light="#fff", xmldecl=False, svgclass=None, lineclass=None)
        return Secret(out.getvalue().decode())

    def qr_png(self) -> Secret[bytes]:
        """Returns the QR code as a PNG image.

        Raises:
            ConfigurationError: the extra `qr` is not installed.
            InvalidInput: issuer and account are too long for a QR code.
        """
        out = io.BytesIO()
        self._qr().save(out, kind="png", scale=_PIXELS)
        return Secret(out.getvalue())

    def qr_text(self) -> Secret[str]:
        """Returns the QR code as lines of block characters, for a terminal.

        Each line sets its colours, white on black, so that the code is not inverted where the background is light.

        Raises:
            ConfigurationError: the extra `qr` is not installed.
            InvalidInput: issuer and account are too long for a QR code.
        """
        out = io.StringIO()
        self._qr().terminal(out, compact=True)
        return Secret("".join(f"{_WHITE_ON_BLACK}{line}{_RESET}\n" for line in out.getvalue().splitlines()))

    def _qr(self) -> "QRCode":
        try:
            import segno
        except ImportError:
            raise ConfigurationError(
                source="QR code",
                key="segno",
                problem="is not installed",
                remedy='install the extra: pip install "cognito-authflow[qr]"',
            ) from None
        with suppress(segno.DataOverflowError):  # and no context: its frames hold the seed
            return segno.make(self.uri().reveal(), micro=False)
        raise InvalidInput.of("account", "Issuer and account are too long for a QR code.")
