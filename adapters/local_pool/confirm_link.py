"""Sign-up confirmed by a link: what following it does, and the page it leads to."""

import html
from typing import Final
from urllib.parse import parse_qs

from . import signup
from .context import Context
from .core import Core
from .errors import PoolError, invalid
from .records import Json
from .wire import Reply

PATH: Final = "/confirmUser"
_PAGE: Final = "<!doctype html><html lang=en><meta charset=utf-8><title>{0}</title><p>{0}</p></html>"


def follow(core: Core, query: str) -> None:
    """Confirm the sign-up that a link's query names.

    Raises:
        PoolError: The link is used, too old, or not one of this service's.
    """
    values = parse_qs(query)
    given = [values.get(name, [""])[0] for name in ("client_id", "user_name", "confirmation_code")]
    if not all(given):
        invalid("The link names no client, user or code.")
    client_id, username, code = given

    def confirm(ctx: Context) -> Json:
        pool, client = ctx.client(client_id)
        return signup.confirm_user(ctx, pool, client, username, code, force=False)

    core.transact(confirm)


def page(core: Core, query: str) -> Reply:
    """Follow a link and answer a page that says what came of it."""
    try:
        follow(core, query)
    except PoolError as refusal:
        return _page(400, refusal.message)
    return _page(200, "Your registration has been confirmed!")


def _page(status: int, sentence: str) -> Reply:
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return Reply(status=status, headers=headers, body=_PAGE.format(html.escape(sentence)).encode())
