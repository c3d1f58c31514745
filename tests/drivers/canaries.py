"""Canaries: known values for every secret input, and the search for them in everything that comes out."""

import base64
import json
import pickle
import traceback
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Final

import attrs

from authflow import AuthFlow, AuthFlowError
from authflow.events import Event, as_cloud_event
from authflow.frontend.snapshot import Snapshot
from authflow.frontend.traits import PoolTraits
from tests.drivers.scripted import Ports

PASSWORD: Final = "Canary-Password-71f3"
NEW_PASSWORD: Final = "Canary-New-Password-a9c2"
CODE: Final = "Canary-Code-5523"
ANSWER: Final = "Canary-Answer-8e1d"
ATTRIBUTE: Final = "Canary-Attribute-4b0a"
ACCESS: Final = "Canary-Access-Token-c6d7"
REFRESH: Final = "Canary-Refresh-Token-02ee"
SESSION: Final = "Canary-Session-9f80"
SRP: Final = "Canary-Srp-3d3d"
CREDENTIAL: Final = "Canary-Credential-6a17"
TOTP: Final = "Canary-Totp-Secret-e4e4"
ADDRESS: Final = "canary-address-2c2c@example.com"
THIRD_PARTY: Final = "Canary-Third-Party-Token-77aa"
AWS_SECRET: Final = "Canary-Aws-Secret-Key-1b9e"
AWS_SESSION: Final = "Canary-Aws-Session-Token-d0d4"
REDIRECT_CODE: Final = "Canary-Redirect-Code-5b5b"
CANARIES: Final = (
    PASSWORD,
    NEW_PASSWORD,
    CODE,
    ANSWER,
    ATTRIBUTE,
    ACCESS,
    REFRESH,
    SESSION,
    SRP,
    CREDENTIAL,
    TOTP,
    ADDRESS,
    THIRD_PARTY,
    AWS_SECRET,
    AWS_SESSION,
    REDIRECT_CODE,
)
_OURS: Final = ("authflow",)


def forms_of(canary: str) -> Iterator[str]:
    raw = canary.encode()
    yield canary
    yield raw.hex()
    yield base64.b64encode(raw).decode().rstrip("=")
    yield base64.urlsafe_b64encode(raw).decode().rstrip("=")
    yield urllib.parse.quote(canary, safe="")
    yield urllib.parse.quote_plus(canary)
    yield json.dumps(canary)[1:-1]
    yield "".join(f"\\u{ord(char):04x}" for char in canary)
    yield repr(raw)[2:-1]
    # In the middle of something longer, base64 looks different: by the place it begins in.
    for shift in (1, 2):
        yield base64.b64encode(b"\0" * shift + raw).decode()[4:].rstrip("=")[:-2]


_FORMS: Final = tuple((canary, form) for canary in CANARIES for form in set(forms_of(canary)))


def found_in(text: str | bytes) -> set[str]:
    """Returns the canaries that are in `text`, in any form."""
    whole = text.decode("latin-1") if isinstance(text, bytes) else text
    lower = whole.lower()
    return {canary for canary, form in _FORMS if form in whole or form.lower() in lower}


def locals_of(raised: BaseException) -> str:
    """Returns what a traceback with locals shows of our own frames, causes and contexts followed."""
    shown: list[str] = []
    seen: set[int] = set()
    waiting: list[BaseException | None] = [raised]
    while waiting:
        error = waiting.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        waiting += [error.__cause__, error.__context__]
        if isinstance(error, BaseExceptionGroup):
            waiting += list(error.exceptions)
        shown += [repr(error), str(error), repr(error.args), repr(getattr(error, "__notes__", ()))]
        shown += _frames(error.__traceback__)
    return "\n".join(shown)


def _frames(start: TracebackType | None) -> Iterator[str]:
    for frame, _ in traceback.walk_tb(start):
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] in _OURS:
            yield f"{frame.f_code.co_filename}:{frame.f_code.co_name}"
            for name, value in frame.f_locals.items():
                yield f"{name} = {_deep(value)}"


def _deep(value: object) -> str:
    # What a crash reporter shows: the repr, and one level of attributes and items.
    parts = [repr(value)]
    if isinstance(value, Mapping):
        parts += [repr(item) for item in value.values()]
    elif isinstance(value, list | tuple | set):
        parts += [repr(item) for item in value]
    return " ".join(parts)


def canary_ports(traits: PoolTraits | None = None) -> Ports:
    """Returns ports whose secrets are canaries."""
    ports = Ports(traits=traits or PoolTraits())
    provider = ports.provider
    provider.access, provider.refresh, provider.totp, provider.session = ACCESS, REFRESH, TOTP, SESSION
    provider.aws_secret, provider.aws_session = AWS_SECRET, AWS_SESSION
    return ports


class Watched:
    """A flow, and everything that came out of it."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self.flow = ports.blocking()
        self.out: list[object] = []
        self.raised: list[BaseException] = []
        self.flow.subscribe(self._hear, debug=True)
        self.flow.add_user_state_listener(lambda state, info: self.out.append((state, dict(info))))

    def _hear(self, event: Event) -> None:
        self.out += [event, as_cloud_event(event, pool="demo", event_id="1", time="2026-01-01T00:00:00Z")]
        self.look()

    def look(self) -> None:
        flow = self.flow
        snapshot = flow.snapshot()
        self.out += [flow.flow, snapshot, snapshot.to_json(), flow, flow._host, flow._host.vault, vars_of(flow._host)]
        self.out += [self.ports.store.session, pickle.dumps(flow.flow)]

    def do(self, call: Callable[[AuthFlow], object]) -> None:
        try:
            self.out.append(call(self.flow))
        except AuthFlowError as error:
            self.raised.append(error)
            self.out += [error.info, error.message]
        self.look()

    def check(self) -> None:
        for thing in self.out:
            assert_clean(thing)
        for raised in self.raised:
            assert found_in(locals_of(raised)) == set(), type(raised)
        self._check_calls()

    def _check_calls(self) -> None:
        for call in self.ports.provider.calls:
            assert_clean(call)
            assert_clean(pickle.dumps(call))


def vars_of(host: Any) -> str:
    names = {name for kind in type(host).__mro__ for name in getattr(kind, "__slots__", ())}
    return repr([getattr(host, name, None) for name in sorted(names - {"provider", "store"})])


def assert_clean(thing: object) -> None:
    texts: list[str | bytes] = [repr(thing), str(thing), f"{thing}"]
    if isinstance(thing, bytes):
        texts = [thing]
    elif isinstance(thing, dict):
        texts.append(json.dumps(thing, default=str))
    elif isinstance(thing, Event | Snapshot) or attrs.has(type(thing)):
        value: Any = thing
        texts.append(repr(attrs.asdict(value)))
    for text in texts:
        assert found_in(text) == set(), type(thing)
