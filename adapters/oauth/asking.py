"""A browser that is somewhere else: the user opens the address there and brings the way back by hand."""

import textwrap
from collections.abc import Callable
from typing import Final

from authflow.adapters.oauth import refusals

_ABOUT: Final = """
Open this address in a browser:

{url}

When the browser has been sent to an address that begins with {redirect_uri} (it may fail to load), copy that whole
address from the browser and paste it here."""


class AskingBrowser:
    """Shows the address and takes the way back as it is pasted: for terminals over ssh, and machines without a browser.

    Args:
        show: shows a text to the user.
        ask: asks for a line; it gets the prompt. An empty line, or the end of the input, gives up.
    """

    loopback: Final = False

    def __init__(self, show: Callable[[str], None] = print, ask: Callable[[str], str] = input) -> None:
        self._show = show
        self._ask = ask

    def visit(self, url: str, redirect_uri: str) -> str:
        """Shows `url`, and returns the address that was pasted.

        Raises:
            AuthFlowError: the user gave up.
        """
        self._show(textwrap.dedent(_ABOUT).strip().format(url=url, redirect_uri=redirect_uri))
        try:
            pasted = "".join(self._ask("Address: ").split()).strip("<>\"'")
        except EOFError:
            pasted = ""
        if not pasted:
            raise refusals.cancelled("No address was pasted, so that the sign-in was given up; sign in again.")
        return pasted
