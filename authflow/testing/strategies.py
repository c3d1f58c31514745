"""Hypothesis strategies for all that a flow is told and made of.

They begin with the samples of `authflow.testing.samples`, so that what fails is told with plain values, and go beyond
them with whatever the fields' types allow. They work for an application's own classes as well: any intent, outcome or
effect whose fields have types that are known here or in `overrides`.
"""

import types
import typing
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, TypeVar

import attrs

from authflow import intents as own
from authflow.belonging import OUTCOMES_OF
from authflow.effects import Effect
from authflow.errors import ErrorCode, ErrorInfo
from authflow.frontend.traits import PasswordPolicy, PoolTraits
from authflow.intents import Intent
from authflow.outcomes import ChallengeIssued, Outcome
from authflow.secrets import Handle, Secret
from authflow.states import AuthFlowType, FirstFactor, ScreenState
from authflow.testing.answers import answers_to, outcomes_of_class
from authflow.testing.canaries import canary_of
from authflow.testing.contents import contents_of
from authflow.testing.faults import Fault, FaultSchedule
from authflow.testing.recoveries import usual_error
from authflow.testing.samples import NO_OVERRIDES, NoSample, Overrides, hints_of, samples_of
from authflow.values import Settings

try:
    from hypothesis import strategies as st
    from hypothesis.strategies import SearchStrategy
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'authflow.testing.strategies needs Hypothesis: pip install "cognito-authflow[testing]"', name=missing.name
    ) from missing

I = TypeVar("I", bound=Intent)  # noqa: E741 - an intent
M = TypeVar("M")

# What a text field may hold besides plain words: as long as Cognito takes, and no surrogates, which no door lets in.
_TEXT: Final = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=131)
_BROADER: Final[Mapping[object, SearchStrategy[Any]]] = {
    str: _TEXT,
    int: st.integers(0, 60),
    float: st.floats(0.0, 4e9, allow_nan=False),
}


def values(hint: object, overrides: Overrides = NO_OVERRIDES, *, field: str = "value") -> SearchStrategy[Any]:
    """Returns a strategy for the values of a type: its samples first, then whatever it allows.

    Args:
        hint: the type, as it stands behind a field.
        overrides: values that take the place of those that would be made, by type.
        field: the name of the field, which says of a handle what it names.

    Raises:
        NoSample: no value of this type is known.
    """
    samples = samples_of(hint, overrides, field=field)
    broader = None if hint in overrides else _broader(hint, overrides, field)
    return st.sampled_from(samples) if broader is None else st.sampled_from(samples) | broader


def _broader(hint: object, overrides: Overrides, field: str) -> SearchStrategy[Any] | None:
    if hint in _BROADER:
        return _BROADER[hint]
    if hint is ErrorInfo:
        return errors()
    if hint in (Handle, Secret, bool, object, type(None)) or (isinstance(hint, type) and issubclass(hint, Enum)):
        return None
    if isinstance(hint, type) and attrs.has(hint):
        return messages(hint, overrides)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(values(argument, overrides, field=field) for argument in arguments))
    if origin is tuple and arguments[-1:] == (...,):
        return st.lists(values(arguments[0], overrides, field=field), max_size=3).map(tuple)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, value = (values(argument, overrides, field=field) for argument in arguments)
        return st.dictionaries(key, value, max_size=3)
    return None


def messages(kind: type[M], overrides: Overrides = NO_OVERRIDES, **fixed: object) -> SearchStrategy[M]:
    """Returns a strategy for an attrs class, field by field, by their types.

    Args:
        kind: the class: an intent, an outcome, an effect, or what they carry.
        overrides: values that take the place of those that would be made, by class and by type.
        fixed: fields that are given.

    Raises:
        NoSample: a field has a type of which no value is known.
    """
    if kind in overrides:
        return st.sampled_from([found for found in overrides[kind] if isinstance(found, kind)])
    described: Any = kind
    hints = hints_of(described)
    drawn: dict[str, SearchStrategy[Any]] = {name: st.just(value) for name, value in fixed.items()}
    for field in attrs.fields(described):
        if field.init and field.name not in fixed:
            found = values(hints[field.name], overrides, field=field.name)
            plain = field.default is not attrs.NOTHING and not isinstance(field.default, attrs.Factory)  # type: ignore[arg-type]  # a class at run time
            drawn[field.name] = st.just(field.default) | found if plain else found
    return st.builds(kind, **drawn)


# Messages


def intents_of(kind: type[I], overrides: Overrides = NO_OVERRIDES) -> SearchStrategy[I]:
    """Returns a strategy for the intents of one class: the kit's own contents first, then whatever its fields allow."""
    known = [found for found in contents_of(kind, overrides) if isinstance(found, kind)]
    return st.sampled_from(known) if kind in overrides else st.sampled_from(known) | messages(kind, overrides)


def any_intents(
    kinds: tuple[type[Intent], ...] = own.INTENTS, overrides: Overrides = NO_OVERRIDES
) -> SearchStrategy[Intent]:
    """Returns a strategy for intents of any of these classes."""
    return st.sampled_from(kinds).flatmap(lambda kind: intents_of(kind, overrides))


def outcomes_to(
    effect: Effect,
    outcomes_of: Mapping[type[Effect], frozenset[type[Outcome]]] = OUTCOMES_OF,
    overrides: Overrides = NO_OVERRIDES,
) -> SearchStrategy[Outcome]:
    """Returns a strategy for what may truthfully come of `effect`."""
    return st.sampled_from(answers_to(effect, outcomes_of[type(effect)], overrides))


def belonging_outcomes(
    effect: Effect,
    outcomes_of: Mapping[type[Effect], frozenset[type[Outcome]]] = OUTCOMES_OF,
    overrides: Overrides = NO_OVERRIDES,
) -> SearchStrategy[Outcome]:
    """Returns a strategy for outcomes of every class that belongs to `effect`, whatever stands in them."""
    kinds = sorted(outcomes_of[type(effect)], key=lambda kind: kind.__name__)
    return st.sampled_from(kinds).flatmap(lambda kind: _outcomes(kind, effect.id, overrides))


def foreign_outcomes(
    effect: Effect,
    outcomes_of: Mapping[type[Effect], frozenset[type[Outcome]]] = OUTCOMES_OF,
    overrides: Overrides = NO_OVERRIDES,
) -> SearchStrategy[Outcome]:
    """Returns a strategy for outcomes with the id of `effect` that do not belong to it."""
    known = frozenset[type[Outcome]]().union(*outcomes_of.values())
    kinds = sorted(known - outcomes_of[type(effect)], key=lambda kind: kind.__name__)
    return st.sampled_from(kinds).flatmap(lambda kind: _outcomes(kind, effect.id, overrides))


def _outcomes(kind: type[Outcome], effect_id: int, overrides: Overrides) -> SearchStrategy[Outcome]:
    known = st.sampled_from(outcomes_of_class(kind, effect_id, overrides))
    # A challenge's class says its name.
    if kind in overrides or issubclass(kind, ChallengeIssued):
        return known
    return known | messages(kind, overrides, effect_id=effect_id)


def errors() -> SearchStrategy[ErrorInfo]:
    """Returns a strategy for errors: every code, with what can be done about it."""
    return st.sampled_from(ErrorCode).map(usual_error)


# Configurations


def settings_of_flows() -> SearchStrategy[Settings]:
    """Returns a strategy for what host applications want of their flows."""
    screens = (ScreenState.signIn, ScreenState.signUp, ScreenState.forgotPassword)
    maybe = st.sampled_from((None, True, False))
    return st.builds(
        Settings,
        auto_sign_in=st.booleans(),
        verify_contacts=st.booleans(),
        offer_passkey=st.booleans(),
        self_sign_up=st.booleans(),
        confirm_by_link=st.booleans(),
        retain_password=st.booleans(),
        initial_screen=st.sampled_from(screens),
        passkeys=maybe,
        second_factors=maybe,
        providers=st.sampled_from((None, (), ("Google",), ("Google", "SignInWithApple"))),
    )


_ATTRIBUTES: Final = ("email", "phone_number", "name")


def _some(choices: tuple[str, ...]) -> SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(choices), unique=True).map(tuple)


def pool_traits() -> SearchStrategy[PoolTraits]:
    """Returns a strategy for what flows may know of their pool beforehand."""
    policies = st.builds(
        PasswordPolicy,
        min_length=st.integers(6, 99),
        require_lowercase=st.booleans(),
        require_uppercase=st.booleans(),
        require_numbers=st.booleans(),
        require_symbols=st.booleans(),
    )
    return st.builds(
        PoolTraits,
        auth_flow=st.sampled_from(AuthFlowType),
        username_attributes=_some(("email", "phone_number")),
        alias_attributes=_some(("email", "phone_number", "preferred_username")),
        required_attributes=_some(_ATTRIBUTES),
        verification_attributes=_some(("email", "phone_number")),
        preferred_challenge=st.none() | st.sampled_from(FirstFactor),
        dial_codes=_some(("+44", "+1", "+49")),
        password_policy=st.none() | policies,
        passkeys=st.sampled_from((None, True, False)),
        second_factors=st.sampled_from((None, True, False)),
        providers=_some(("Google", "SignInWithApple", "COGNITO")),
        settings=settings_of_flows(),
    )


def fault_schedules(most: int = 4, calls: int = 20) -> SearchStrategy[FaultSchedule]:
    """Returns a strategy for schedules of at most `most` faults among the first `calls` calls."""
    faults = st.dictionaries(st.integers(1, calls), st.sampled_from(Fault), max_size=most)
    return faults.map(FaultSchedule)


def canary_texts() -> SearchStrategy[str]:
    """Returns a strategy for secret texts that the kit's search finds wherever they come out."""
    return st.sampled_from(("password", "code", "new-password", "answer")).map(canary_of)


def register() -> None:
    """Has `hypothesis.strategies.from_type` make secrets that are canaries, and errors as flows meet them."""
    st.register_type_strategy(Handle, st.sampled_from(samples_of(Handle, field="code")))
    st.register_type_strategy(Secret, canary_texts().map(Secret))
    st.register_type_strategy(ErrorInfo, errors())


__all__ = [
    "NoSample",
    "any_intents",
    "belonging_outcomes",
    "canary_texts",
    "errors",
    "fault_schedules",
    "foreign_outcomes",
    "intents_of",
    "messages",
    "outcomes_to",
    "pool_traits",
    "register",
    "settings_of_flows",
    "values",
]
