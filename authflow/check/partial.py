"""What conditions can be, of a flow of which only some things are known.

A condition is an ordinary function, so it is asked, and not read: it gets a flow and a message that know of themselves
what `Facts` says and nothing else. When it looks at something that is not known but has only so many values (a region's
state, a setting, whether there is a challenge, whether a call is under way and of which kind), it is asked once for
each of them, and conditions that are asked together see the same. When it looks at anything else (a name, a time), it
may be true or false.

So conditions that can never hold together, or of which one follows from the other, are known as such where that lies
in states and settings; where it lies in what a flow has been through, it is declared (`Never`) and proved by tests.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum, StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Union, cast, get_args, get_origin

import attrs

from authflow.effects import Effect
from authflow.flow import REGIONS, Flow, Pending
from authflow.machine import Condition, reads_message
from authflow.quick import Value, frozen_value
from authflow.states import Slot
from authflow.values import Settings

Path = tuple[str, ...]
Truths = tuple[bool | None, ...]
_SLOTS: Final = {Slot.interactive: "interactive", Slot.session: "session_call", Slot.identity: "identity_call"}
# A condition that looks at more combinations is taken for one that may hold at any time.
_MOST: Final = 5_000


@frozen_value
class Facts(Value):
    """What is known of a flow, and of the message that it gets.

    Args:
        message: the class of the message.
        states: the states of some regions, by name.
        calls: the kinds of calls under way, by slot.
        settings: what the host application wants; None for whatever it may want.
    """

    message: type
    states: tuple[tuple[str, StrEnum], ...] = ()
    calls: tuple[tuple[Slot, type[Effect]], ...] = ()
    settings: Settings | None = None

    @property
    def limits(self) -> "Limits":
        """What conditions find where they look at what is known."""
        limits: dict[Path, frozenset[object]] = {("states", name): frozenset({state}) for name, state in self.states}
        for slot, kind in self.calls:
            limits[_SLOTS[slot],] = frozenset({_SOMETHING})
            limits[_SLOTS[slot], "effect"] = frozenset({kind})
        return {**limits, **(_limits_of(self.settings) if self.settings is not None else {})}


@cache
def _limits_of(settings: Settings) -> "Limits":
    wanted = {field.name: getattr(settings, field.name) for field in attrs.fields(Settings)}
    known = {name: _SOMETHING if isinstance(value, tuple) and value else value for name, value in wanted.items()}
    return {("settings", name): frozenset({value}) for name, value in known.items()}


class _Unknown(BaseException):
    """A condition looked at something of which nothing is known; no condition is to catch it."""


class _Open(BaseException):
    """A condition looked at something that has only so many values."""

    def __init__(self, path: Path, values: Sequence[object]) -> None:
        super().__init__(path)
        self.path = path
        self.values = values


class _TooMuch(Exception):
    """A condition looks at too many combinations."""


_SOMETHING: Final = "something"  # stands for a value that is not None, and of which no more is known
Read = Callable[[Path, Sequence[object]], object]


# What a condition can be: a truth value (None for either), or what it looks at, with what it is then, by values.
Tree = bool | None | tuple[Path, tuple[tuple[frozenset[object], "Tree"], ...]]
Known = dict[Path, object]
Limits = Mapping[Path, frozenset[object]]


@cache
def knowledge_of(states: tuple[tuple[str, tuple[StrEnum, ...]], ...], effects: tuple[type[Effect], ...]) -> "Knowledge":
    """Returns what is known of conditions among these regions and effects; what was found out is kept."""
    return Knowledge(dict(states), effects)


class Knowledge:
    """What conditions can be, among the regions and effects that there are.

    Args:
        states: the states of each region, by name; the flow's own are found by name.
        effects: the kinds of calls there are.
    """

    def __init__(self, states: Mapping[str, tuple[StrEnum, ...]], effects: Sequence[type[Effect]]) -> None:
        self._states = dict(states)
        self._effects = tuple(effects)
        self._trees: dict[tuple[Condition, type | None], Tree] = {}
        self._truths: dict[tuple[tuple[Condition, ...], Facts], frozenset[Truths]] = {}

    def truths(self, conditions: tuple[Condition, ...], facts: Facts) -> frozenset[Truths]:
        """Returns what the conditions can be together.

        Args:
            conditions: the conditions.
            facts: what is known.

        Returns:
            Combinations with a truth value for each condition, None for one that can be either.
        """
        found = self._truths.get((conditions, facts))
        if found is None:
            cases: list[tuple[Limits, Truths]] = [(facts.limits, ())]
            for condition in conditions:
                tree = self._tree(condition, facts.message)
                cases = [
                    (limits, (*truths, truth)) for before, truths in cases for limits, truth in _leaves(tree, before)
                ]
            found = self._truths[conditions, facts] = frozenset(truths for _, truths in cases)
        return found

    def _tree(self, condition: Condition, message: type) -> Tree:
        key = condition, message if reads_message(condition) else None
        if key not in self._trees:
            left = [_MOST]
            try:
                self._trees[key] = self._grown(*key, {}, left)
            except _TooMuch:
                self._trees[key] = None
        return self._trees[key]

    def _grown(self, condition: Condition, message: type | None, known: Known, left: list[int]) -> Tree:
        left[0] -= 1
        if left[0] < 0:
            raise _TooMuch
        try:
            return self._ask(condition, message, known)
        except _Open as opened:
            path, values = opened.path, opened.values
        alike: dict[Tree, list[object]] = {}
        for value in values:
            alike.setdefault(self._grown(condition, message, {**known, path: value}, left), []).append(value)
        if len(alike) == 1:
            return next(iter(alike))
        return path, tuple((frozenset(those), tree) for tree, those in alike.items())

    def _ask(self, condition: Condition, message: type | None, known: Known) -> bool | None:
        def read(path: Path, values: Sequence[object]) -> object:
            if path not in known:
                raise _Open(path, values)
            return known[path]

        flow = _shadow(Flow)()
        _Shadow.place(flow, (), read, {"states": _States(self._states, read), **self._calls(read)})
        about = _OPAQUE if message is None else _bare(message, ("message",), read)
        try:
            answer: object = condition(cast("Flow", flow), about)
        except (_Unknown, Exception):  # what it looked at is not known, or cannot be together
            return None
        return answer if isinstance(answer, bool) else None

    def _calls(self, read: Read) -> dict[str, Callable[[], object]]:
        return {name: _Call(name, slot, self._effects, read) for slot, name in _SLOTS.items()}


def _leaves(tree: Tree, limits: Limits) -> Iterator[tuple[Limits, bool | None]]:
    """Yields what a condition can be within limits, each with the limits within which it is."""
    if not isinstance(tree, tuple):
        yield limits, tree
        return
    path, branches = tree
    for values, below in branches:
        both = values & limits[path] if path in limits else values
        if both:
            yield from _leaves(below, {**limits, path: both})


@attrs.frozen
class _Call:
    """What a flow answers when it is asked for the call in a slot."""

    name: str
    slot: Slot
    effects: tuple[type[Effect], ...]
    read: Read

    def __call__(self) -> object:
        if self.read((self.name,), (None, _SOMETHING)) is None:
            return None
        pending = _shadow(Pending)()
        _Shadow.place(pending, (self.name,), self.read, {"effect": self._effect})
        return pending

    def _effect(self) -> object:
        kinds = [kind for kind in self.effects if kind.slot is self.slot]
        kind = self.read((self.name, "effect"), kinds)
        assert isinstance(kind, type)  # noqa: S101 - one of those
        return _bare(kind, (self.name, "effect", kind.__name__), self.read)


@attrs.frozen
class _States:
    """A flow's states, each of which is read when it is asked for."""

    states: Mapping[str, tuple[StrEnum, ...]]
    read: Read

    def __call__(self) -> "_States":
        return self

    def __getitem__(self, index: int) -> object:
        names = (*REGIONS, *(name for name in self.states if name not in REGIONS))
        name = names[index]
        if name not in self.states:
            raise _Unknown
        return self.read(("states", name), self.states[name])

    def __iter__(self) -> Iterator[object]:
        return (self.read(("states", name), states) for name, states in self.states.items())


class _Shadow:
    """What a value's fields are looked up in, when it stands for a value that is not known."""

    def __init__(self, path: Path, read: Read, known: Mapping[str, Callable[[], object]]) -> None:
        self.path = path
        self.read = read
        self.known = known

    @staticmethod
    def place(value: object, path: Path, read: Read, known: Mapping[str, Callable[[], object]]) -> None:
        """Says where `value` stands, and what is known of its fields."""
        object.__setattr__(value, "shadow_", _Shadow(path, read, known))


def _bare(kind: type, path: Path, read: Read) -> object:
    """Returns a value of a class, of whose fields nothing is known."""
    if not attrs.has(kind):
        return _OPAQUE
    value = _shadow(kind)()
    _Shadow.place(value, path, read, {})
    return value


@cache
def _shadow(kind: type) -> Callable[[], object]:
    """Returns what makes values that are instances of `kind` and look their fields up where they are placed."""
    types = {field.name: field.type for field in attrs.fields(kind)}

    def look_up(self: object, name: str) -> object:
        if name not in types:
            return object.__getattribute__(self, name)
        shadow: _Shadow = object.__getattribute__(self, "shadow_")
        if name in shadow.known:
            return shadow.known[name]()
        return _field(types[name], (*shadow.path, name), shadow.read)

    def unknown(self: object, *_: object) -> bool:
        raise _Unknown

    body = {"__slots__": ("shadow_",), "__getattribute__": look_up, "__eq__": unknown, "__hash__": unknown}
    made: Any = type(kind.__name__, (kind,), body)
    return lambda: object.__new__(made)


def _field(kind: object, path: Path, read: Read) -> object:
    """Returns the value of a field of this type, as far as it is known."""
    optional = get_origin(kind) in (Union, UnionType)
    inner = [part for part in get_args(kind) if part is not NoneType] if optional else [kind]
    one = inner[0] if len(inner) == 1 else None
    values = [*([None] if optional and NoneType in get_args(kind) else []), *_values_of(one)]
    found = read(path, values) if values != [_SOMETHING] else _SOMETHING
    if found is not _SOMETHING:
        return found
    if get_origin(one) is tuple:
        return _SOME
    return _bare(one, path, read) if isinstance(one, type) else _OPAQUE


def _values_of(kind: object) -> list[object]:
    """Returns the values that a type has; a stand-in where there are too many."""
    if kind is bool:
        return [False, True]
    if get_origin(kind) is tuple:
        return [(), _SOMETHING]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return list(kind)
    return [_SOMETHING]


def _not_known(*_: object) -> Any:
    raise _Unknown


_OPERATIONS: Final = (
    *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__bool__", "__str__"),
    *("__len__", "__iter__", "__contains__", "__getitem__", "__call__", "__add__", "__radd__", "__sub__", "__rsub__"),
)


def _attribute(_: object, name: str) -> Any:
    if name.startswith("__"):  # those who look at modules ask everything in them such things
        raise AttributeError(name)
    raise _Unknown


_NOTHING: Final = {**dict.fromkeys(_OPERATIONS, _not_known), "__getattr__": _attribute}
# A value of which nothing is known but that it is not None.
_OPAQUE: Final[object] = type("Opaque", (), _NOTHING)()
# A tuple of which no more is known than that it is not empty.
_SOME: Final[object] = type("Some", (), {**_NOTHING, "__bool__": lambda _: True})()
