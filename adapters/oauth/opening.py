"""Opens addresses in the system's browser, past the other users of this machine.

An address that a browser is started with stands on its command line, which every user of this machine can read (Linux:
`/proc/PID/cmdline`), and the address of a sign-in has its state. Who has the state, and a code of his own, can have
this program sign in as him. So the browser is started with the address of a page that only this user can read, and that
sends it on at once. Jupyter does the same for its token.

- Not on macOS, where `webbrowser` asks the browser by an Apple event, nor on Windows, where command lines are private.
- Not in the Windows Subsystem for Linux, whose browser is one of Windows, and would look for the page there.
- The page lies in a folder of its own in the home folder, and of no hidden name: browsers in a sandbox (Ubuntu's
  Firefox is one) read neither `/tmp` nor hidden folders. Where there is no home, in the system's temporary folder.
"""

import html
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_OWNER_ONLY: Final = 0o600
_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url={address}">
<title>This page leads on</title>
<p><a href="{address}">Go on</a></p>
</html>
"""


def open_browser(address: str) -> bool:
    """Opens an address; tells whether there is a browser."""
    import webbrowser

    return webbrowser.open(address)


def shows_command_lines() -> bool:
    """Tells whether an address that a browser is started with can be read by others here, and a page helps."""
    return os.name == "posix" and sys.platform != "darwin" and "microsoft" not in platform.release().lower()


@contextmanager
def page_to(address: str) -> Iterator[str]:
    """Makes a page that sends a browser on to an address; removes it when the block is left.

    Args:
        address: where to.

    Yields:
        The page's own address.

    Raises:
        OSError: no folder can be written in.
    """
    with _private_folder() as folder:
        page = Path(folder, "open.html")
        with open(os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w", encoding="utf-8") as file:
            file.write(_PAGE.format(address=html.escape(address)))
        yield page.as_uri()


def _private_folder() -> "TemporaryDirectory[str]":
    """Returns a new folder that only its owner may enter (mode 0700, by `tempfile.mkdtemp`)."""
    try:
        return TemporaryDirectory(prefix="authflow-", dir=Path.home(), ignore_cleanup_errors=True)
    except (OSError, RuntimeError):  # no home, or none that can be written in
        return TemporaryDirectory(prefix="authflow-", ignore_cleanup_errors=True)
