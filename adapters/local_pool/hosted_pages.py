"""The pages of a domain: plain HTML that needs no script and fetches nothing, with every value escaped."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

import attrs

from .wire import Reply

_STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;color:#1b1f24;background:#f2f4f7;margin:0;padding:2rem 1rem}"
    "main{max-width:24rem;margin:0 auto;padding:1.5rem;background:#fff;border:1px solid #c9d1d9;border-radius:.5rem}"
    "h1{font-size:1.4rem;margin:0 0 1rem}label{display:block;margin-top:1rem;font-weight:600}"
    "input{box-sizing:border-box;width:100%;padding:.6rem;font:inherit;border:1px solid #6e7781;border-radius:.3rem}"
    "button{width:100%;margin-top:1rem;padding:.6rem;font:inherit;font-weight:600;border-radius:.3rem;cursor:pointer;"
    "color:#1b1f24;background:#fff;border:1px solid #6e7781}"
    "button.first{color:#fff;background:#0550ae;border-color:#0550ae}"
    "button:focus-visible,input:focus-visible{outline:3px solid #bf8700;outline-offset:2px}"
    ".alert{padding:.6rem;border-left:.3rem solid #a40e26;background:#ffebe9}hr{margin:1.5rem 0 .5rem}"
    "footer{max-width:24rem;margin:1rem auto 0;font-size:.85rem;color:#4a535d}"
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_FOOTER: Final = "authflow's local user pool: a test tool, never a production identity provider."


@attrs.frozen(kw_only=True)
class Field:
    """An input with its label.

    Attributes:
        kind: ``text``, ``password`` or ``email``.
        complete: What browsers may fill in, as HTML's ``autocomplete`` names it.
    """

    name: str
    label: str
    kind: str = "text"
    value: str = attrs.field(default="", repr=False)
    complete: str = "off"
    required: bool = True

    def html(self) -> str:
        """Answer label and input."""
        value = f' value="{escape(self.value)}"' if self.value else ""
        required = " required" if self.required else ""
        return (
            f'<label for="{escape(self.name)}">{escape(self.label)}</label>'
            f'<input id="{escape(self.name)}" name="{escape(self.name)}" type="{self.kind}"{value}'
            f' autocomplete="{self.complete}" autocapitalize="none" spellcheck="false"{required}>'
        )


@attrs.frozen(kw_only=True)
class Button:
    """A button that sends its form. One that is `free` sends it whatever the inputs hold."""

    name: str
    value: str
    label: str
    first: bool = False
    free: bool = False

    def html(self) -> str:
        """Answer the button."""
        marks = (' class="first"' if self.first else "") + (" formnovalidate" if self.free else "")
        return f'<button name="{escape(self.name)}" value="{escape(self.value)}"{marks}>{escape(self.label)}</button>'


@attrs.frozen(kw_only=True)
class Form:
    """A form.

    Attributes:
        action: Where it is sent.
        method: ``post`` or ``get``.
        hidden: What it carries unseen.
    """

    action: str
    method: str = "post"
    hidden: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    fields: Iterable[Field] = ()
    buttons: Iterable[Button] = ()

    def html(self) -> str:
        """Answer the form."""
        hidden = (f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in self.hidden.items())
        parts = [*hidden, *(field.html() for field in self.fields), *(button.html() for button in self.buttons)]
        return f'<form method="{self.method}" action="{escape(self.action)}">{"".join(parts)}</form>'


def page(
    title: str,
    *forms: Form,
    sentence: str = "",
    alert: str = "",
    status: int = 200,
    cookie: str = "",
    target: str = "",
) -> Reply:
    """Answer a page.

    Args:
        title: The heading.
        forms: The forms, one below the other.
        sentence: What is to be known first.
        alert: What went wrong.
        status: The HTTP status.
        cookie: The cookie to set.
        target: The origin of the app, where an answer to a form may lead.
    """
    body = [f"<h1>{escape(title)}</h1>"]
    body += [f'<p class="alert" role="alert">{escape(alert)}</p>'] if alert else []
    body += [f"<p>{escape(sentence)}</p>"] if sentence else []
    body.append("<hr>".join(form.html() for form in forms))
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(body)}</main><footer>{_FOOTER}</footer></body></html>"
    )
    headers = _headers(target)
    if cookie:
        headers["Set-Cookie"] = cookie
    return Reply(status=status, headers=headers, body=document.encode())


def _headers(target: str) -> dict[str, str]:
    # Browsers follow form-action through redirects, so the app's own origin has to be in it.
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self' {target}".rstrip()
        + "; frame-ancestors 'none'; base-uri 'none'"
    )
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # Not "no-referrer", with which browsers send forms with the Origin "null".
        "Referrer-Policy": "same-origin",
    }


def error(status: int, title: str, sentence: str) -> Reply:
    """Answer a page that says what is wrong, and leads nowhere."""
    return page(title, alert=sentence, status=status)
