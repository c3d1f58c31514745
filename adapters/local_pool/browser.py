"""A browser for tests: it plays the user on the pages of a domain, and stops where a redirect leaves it."""

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

from attrs import define, field

Send = Callable[[str, str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], bytes]]
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_REDIRECTS: Final = 10


@define(kw_only=True)
class _FoundForm:
    action: str
    method: str
    values: dict[str, str] = field(factory=dict, repr=False)
    buttons: list[tuple[str, str]] = field(factory=list)


class _Forms(HTMLParser):
    """The forms of a page, with what their inputs hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[_FoundForm] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(_FoundForm(action=given.get("action", ""), method=given.get("method", "get")))
        elif tag == "input":
            self.found[-1].values[given["name"]] = given.get("value", "")
        elif tag == "button":
            self.found[-1].buttons.append((given["name"], given["value"]))


class Browser:
    """A browser with cookies of its own, which never leaves the process.

    Every method answers where it has come to: the app's URL that it was redirected to, with the code or the error in
    it, or the URL of a page, which `page` then holds.

    Args:
        send: What answers a request; `LocalPool.http` is one.

    Attributes:
        url: Where it is.
        page: The page that it shows; empty once it was redirected to the app.
        status: The HTTP status of the last answer.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._cookies: dict[str, dict[str, str]] = {}
        self.url = ""
        self.page = ""
        self.status = 0

    def open(self, url: str) -> str:
        """Go to a URL, and on as it redirects.

        Raises:
            LookupError: It is none of a domain's endpoints.
        """
        return self._go("GET", url, b"")

    def sign_in(self, username: str, password: str) -> str:
        """Fill in the sign-in page.

        Raises:
            LookupError: The browser shows no such page.
        """
        return self._press("action", "sign_in", username=username, password=password)

    def answer(self, text: str) -> str:
        """Answer the challenge that the page puts: a code, a new password, or the second factor to be asked for.

        Raises:
            LookupError: The browser shows no such page.
        """
        if any(name == "answer" for form in _Forms(self.page).found for name, _ in form.buttons):
            return self._press("answer", text)
        return self._press("action", "answer", answer=text)

    def choose(self, provider: str) -> str:
        """Press the button of an identity provider on the sign-in page.

        Raises:
            LookupError: The page has no such button.
        """
        return self._press("identity_provider", provider)

    def continue_as(self, subject: str, **claims: str) -> str:
        """Say who the user is on the page that plays an identity provider.

        Args:
            subject: The user's id there.
            claims: What the provider tells of the user, such as ``email``, and nothing else.

        Raises:
            LookupError: The browser shows no such page.
        """
        told = {f"claim.{name}": value for name, value in claims.items()}
        asked = (name for form in _Forms(self.page).found for name in form.values if name.startswith("claim."))
        return self._press("action", "continue", subject=subject, **{**dict.fromkeys(asked, ""), **told})

    def cancel(self) -> str:
        """Press Cancel.

        Raises:
            LookupError: The page has no such button.
        """
        return self._press("action", "cancel")

    def fail(self) -> str:
        """Let the identity provider fail.

        Raises:
            LookupError: The browser shows no page that plays one.
        """
        return self._press("action", "fail")

    def forget(self) -> None:
        """Throw all cookies away."""
        self._cookies.clear()

    def _press(self, name: str, value: str, **values: str) -> str:
        for form in _Forms(self.page).found:
            if (name, value) in form.buttons:
                filled = urlencode({**form.values, **values, name: value})
                target = urljoin(self.url, form.action)
                if form.method == "get":
                    return self._go("GET", f"{target.partition('?')[0]}?{filled}", b"")
                return self._go("POST", target, filled.encode())
        raise LookupError(f"the page at {self._place()} has no button {value}")

    def _go(self, method: str, url: str, body: bytes) -> str:
        self.page = ""
        for _ in range(_REDIRECTS):
            self.url = url
            self.status, headers, found = self._send(method, url, self._headers(url, method), body)
            self._keep(url, headers.get("Set-Cookie", ""))
            if "Location" not in headers:
                self.page = found.decode()
                return url
            url, method, body = urljoin(url, headers["Location"]), "GET", b""
            if urlsplit(url)[:2] != urlsplit(self.url)[:2]:
                self.url = url
                return url
        raise LookupError(f"{self._place()} redirects without end")

    def _headers(self, url: str, method: str) -> dict[str, str]:
        held = self._cookies.get(urlsplit(url).netloc, {})
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in held.items())} if held else {}
        return {**cookies, **(_FORM if method == "POST" else {})}

    def _keep(self, url: str, cookie: str) -> None:
        name, _, value = cookie.partition(";")[0].partition("=")
        held = self._cookies.setdefault(urlsplit(url).netloc, {})
        if value:
            held[name] = value
        elif name:
            held.pop(name, None)

    def _place(self) -> str:
        """Answer where it is without the query, which may hold a code."""
        return self.url.partition("?")[0]

    def __repr__(self) -> str:
        return f"Browser({self._place()!r})"
