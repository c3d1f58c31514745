"""Law 12 of the engine a second time: which rows take `Always` after a message, found from the declarations.

The engine's rounds cannot be watched from outside, and a step that is under test may be another than the engine's. So
the message is said to a flow whose regions have no such rows, and what they would do then is done here.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import attrs

from authflow.engine import Rule, first_fit
from authflow.flow import REGIONS, Flow
from authflow.outcomes import Always
from authflow.region import Region
from authflow.regions import regions_of
from authflow.values import Settings

_ALWAYS: Final = Always()
_SHIPPED: Final = len(REGIONS)
# More rounds than any sensible region takes to come to rest; the engine raises where one takes more.
_ROUNDS: Final = 32


def takes_always(settings: Settings) -> bool:
    """Tells whether flows with these settings have a row for `Always`."""
    return bool(settings.regions) and Always in regions_of(settings.regions).dispatch


class _WithoutAlways(Region):
    """A region without its rows for `Always`."""


def without_always(flow: Flow) -> Flow:
    """Returns a flow that is the same, but for the rows of its application's own regions that take `Always`."""
    return attrs.evolve(flow, settings=attrs.evolve(flow.settings, regions=_cut(flow.settings.regions)))


def lacks_always(flow: Flow) -> bool:
    """Tells whether `without_always` has made a flow: what it does happens to nobody."""
    return any(isinstance(region, _WithoutAlways) for region in flow.settings.regions)


@cache
def _cut(regions: tuple[Region, ...]) -> tuple[Region, ...]:
    return tuple(_WithoutAlways(**_parts_of(region)) for region in regions)


def _parts_of(region: Region) -> dict[str, Any]:
    parts = {field.name: getattr(region, field.name) for field in attrs.fields(Region)}
    left = tuple(row for row in region.machine.rows if row.trigger is not Always)
    return {**parts, "machine": attrs.evolve(region.machine, rows=left)}


def rules_for_always(flow: Flow, now: float, *, may_call: bool) -> Iterator[Rule]:
    """Yields the rules that take `Always` in `flow` until it comes to rest, in order.

    Args:
        flow: the flow as a message has left it.
        now: the time, in seconds since the epoch.
        may_call: whether a row may ask for a call.
    """
    own = regions_of(flow.settings.regions).compiled[_SHIPPED:]
    for _ in range(_ROUNDS):
        if flow.interactive is not None or flow.closed:
            return
        fitting = (
            (place, rule)
            for place, compiled in enumerate(own, _SHIPPED)
            if (rule := first_fit(compiled.table[flow.states[place]].get(Always, ()), flow, _ALWAYS)) is not None
        )
        found = next(((place, rule) for place, rule in fitting if may_call or rule.after is None), None)
        if found is None:
            return
        place, rule = found
        yield rule
        if rule.after is not None:  # a call is under way now
            return
        flow = _moved(flow, place, rule, now)


def _moved(flow: Flow, place: int, rule: Rule, now: float) -> Flow:
    context = flow.context
    for update in rule.before:
        context = update(context, _ALWAYS, now)
    dest = flow.states[place] if rule.dest is None else rule.dest
    return attrs.evolve(flow, states=(*flow.states[:place], dest, *flow.states[place + 1 :]), context=context)
