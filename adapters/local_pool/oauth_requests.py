"""A request to a domain's endpoints as a value, and the replies that they share."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

import attrs

from .context import Context
from .oauth_records import Domain
from .wire import Reply

_FIELDS: Final = 100  # more parameters than that are no request of a client's
# What stays as it is in a Location: everything that RFC 3986 reserves, and what is escaped already.
_SAFE: Final = "%/:?#[]@!$&'()*+,;=~-._"


@attrs.frozen(kw_only=True)
class HttpRequest:
    """A request to one endpoint of a domain. What it carries may be secret, so it is kept out of ``repr``.

    Attributes:
        endpoint: The path below the domain, such as ``oauth2/token``.
        mount: What precedes that path: empty, or ``/<prefix>`` on loopback.
        query: The query as it was sent.
        headers: The headers, their names in lower case.
    """

    method: str
    endpoint: str
    mount: str
    secure: bool = False
    query: str = attrs.field(default="", repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of the query; of a repeated one the last."""
        return dict(_pairs(self.query))

    @property
    def form(self) -> dict[str, str]:
        """The parameters of the body; of a repeated one the last."""
        return dict(_pairs(self.body.decode(errors="replace")))

    @property
    def repeats(self) -> frozenset[str]:
        """The parameters that stand more than once in query or body, which RFC 6749, section 3.1, forbids."""
        found: set[str] = set()
        for text in (self.query, self.body.decode(errors="replace")):
            names = [name for name, _ in _pairs(text)]
            found |= {name for name in names if names.count(name) > 1}
        return frozenset(found)

    def cookie(self, name: str) -> str:
        """Answer a cookie's value; empty without one."""
        pairs = (pair.strip().partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return next((value for key, _, value in pairs if key == name), "")

    @property
    def basic(self) -> tuple[str, str] | None:
        """The client id and secret of an ``Authorization: Basic`` header; None without a readable one."""
        scheme, _, encoded = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            client_id, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        return client_id, secret

    @property
    def bearer(self) -> str:
        """The token of an ``Authorization: Bearer`` header; empty without one."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        return []


@attrs.frozen(kw_only=True)
class Visit:
    """One request, with what serves it."""

    ctx: Context
    domain: Domain
    request: HttpRequest

    def path(self, endpoint: str, query: str = "") -> str:
        """Answer the path of another endpoint of the same domain."""
        return f"{self.request.mount}/{endpoint}" + (f"?{query}" if query else "")


class Refused(Exception):
    """A request to an endpoint that is refused.

    Attributes:
        error: The error by its OAuth 2.0 name.
        reply: What is answered: a page, a redirect or a JSON document.
    """

    def __init__(self, error: str, reply: Reply) -> None:
        super().__init__(error)
        self.error = error
        self.reply = reply


def json_reply(status: int, document: object, headers: Mapping[str, str] | None = None) -> Reply:
    """Answer a JSON document that nobody may keep."""
    complete = {
        "Content-Type": "application/json;charset=UTF-8",
        "Cache-Control": "no-cache, no-store, max-age=0, must-revalidate",
        "Pragma": "no-cache",
        "X-Content-Type-Options": "nosniff",
        **(headers or {}),
    }
    return Reply(status=status, headers=complete, body=json.dumps(document).encode())


def json_refusal(error: str, status: int = 400, description: str = "") -> Refused:
    """Answer the exception for an error as a JSON document, as of RFC 6749, section 5.2."""
    document = {"error": error, **({"error_description": description} if description else {})}
    return Refused(error, json_reply(status, document))


def redirect(url: str, parameters: Mapping[str, str] | None = None, cookie: str = "") -> Reply:
    """Answer a redirect.

    Args:
        url: Where to; the parameters join its query.
        parameters: What to say there.
        cookie: A cookie to set on the way.
    """
    query = urlencode(parameters or {})
    joint = "" if not query else "&" if "?" in url else "?"
    headers = {"Location": quote(f"{url}{joint}{query}", safe=_SAFE), "Cache-Control": "no-store"}
    headers |= {"Referrer-Policy": "same-origin"}
    if cookie:
        headers["Set-Cookie"] = cookie
    return Reply(status=302, headers=headers, body=b"")
