"""Messages of an application's own, as the kit meets them."""

from collections.abc import Mapping
from enum import StrEnum

from authflow.effects import Effect
from authflow.intents import Intent
from authflow.outcomes import Outcome
from authflow.quick import frozen_value, quick_frozen
from authflow.secrets import Handle, Secret


class Colour(StrEnum):
    red = "red"
    blue = "blue"


class Unheard:
    """A type that nobody has told the kit about."""


@frozen_value(kw_only=True)
class AcceptTerms(Intent):
    version: int
    colours: tuple[Colour, ...] = ()
    note: str | None = None
    metadata: Mapping[str, str] = {}
    code: Handle | None = None
    pin: Secret[str] | None = None


@frozen_value(kw_only=True)
class AskSomethingUnheard(Intent):
    unheard: Unheard


@quick_frozen(kw_only=True)
class RecordTerms(Effect):
    version: int


@frozen_value(kw_only=True)
class TermsRecorded(Outcome):
    version: int
