"""Every message the pool would have sent, kept instead for the test or the person at the terminal."""

from collections.abc import Callable, Iterator
from typing import Final

import attrs

from .records import Json

MEDIUM: Final = {"email": "EMAIL", "phone_number": "SMS"}


@attrs.frozen(kw_only=True)
class Message:
    """One message.

    Attributes:
        username: The account's real username, not an alias.
        destination: The full address or number.
        medium: ``EMAIL`` or ``SMS``.
        purpose: ``sign_up``, ``sign_in``, ``forgot_password``, ``sms_mfa``, ``email_mfa``, ``invitation`` or
            ``verify_<attribute>``.
        code: The code, or the temporary password of an invitation; empty where there is none, or a link takes its
            place. Kept out of ``repr``.
        sent_at: Seconds since the epoch, by the pool's clock.
        link: The link that confirms a sign-up, where the pool sends links; None otherwise.
    """

    username: str
    destination: str
    medium: str
    purpose: str
    code: str = attrs.field(repr=False)
    sent_at: float
    link: str | None = attrs.field(default=None, repr=False)


class Outbox:
    """The messages, newest last.

    Attributes:
        site: Where links lead, without a slash at the end; None for what a domain of Amazon's would look like.
    """

    site: str | None = None

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._listeners: list[Callable[[Message], None]] = []

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages, newest last."""
        return tuple(self._messages)

    def listen(self, listener: Callable[[Message], None]) -> None:
        """Call the listener with every message from now on."""
        self._listeners.append(listener)

    def send(self, message: Message) -> None:
        """Keep a message and tell the listeners."""
        self._messages.append(message)
        for listener in self._listeners:
            listener(message)

    def last_code(self, username: str, purpose: str | None = None) -> str:
        """Answer the newest code of a user.

        Args:
            username: The username, or the address or number it went to; case does not matter.
            purpose: Only codes of this purpose, if given.

        Raises:
            LookupError: Nothing was sent.
        """
        for message in self._to(username):
            if message.link is None and purpose in (None, message.purpose):
                return message.code
        raise LookupError(f"no message was sent to {username!r}" + (f" for {purpose}" if purpose else ""))

    def last_link(self, username: str) -> str:
        """Answer the newest link of a user, named as for `last_code`.

        Raises:
            LookupError: None was sent.
        """
        for message in self._to(username):
            if message.link is not None:
                return message.link
        raise LookupError(f"no link was sent to {username!r}")

    def _to(self, username: str) -> Iterator[Message]:
        """Answer a user's messages, newest first."""
        wanted = username.casefold()
        for message in reversed(self._messages):
            if wanted in (message.username.casefold(), message.destination.casefold()):
                yield message


def masked(attribute: str, destination: str) -> str:
    """Answer a destination as clients may see it: ``a***@e***`` or ``+*******1234``."""
    if attribute == "email":
        local, _, domain = destination.partition("@")
        return f"{local[:1]}***@{domain[:1]}***"
    digits = destination.lstrip("+")
    return "+" + "*" * max(len(digits) - 4, 0) + digits[-4:]


def delivery_details(attribute: str, destination: str) -> Json:
    """Answer ``CodeDeliveryDetails`` for a message to that attribute."""
    return {
        "Destination": masked(attribute, destination),
        "DeliveryMedium": MEDIUM[attribute],
        "AttributeName": attribute,
    }
