"""All rules at once."""

from authflow.check import answers, declared, order, own, own_actions, reach, screens, together
from authflow.check.findings import Finding
from authflow.check.guards import Guards
from authflow.check.subject import Subject


def check(subject: Subject) -> tuple[Finding, ...]:
    """Returns what is wrong with machines, by machine and row.

    Where a declaration breaks the rules of its language, that is all that is told: such machines do not run.

    Args:
        subject: the machines, and what stands around them.
    """
    broken = tuple(declared.declarations(subject))
    if any(finding.rule == "declaration" for finding in broken):
        return _in_order(subject, broken)
    guards = Guards(subject)
    programs = reach.reach(guards, programs=True)
    users = reach.reach(guards, programs=False)
    found = (
        *broken,
        *declared.functions(subject),
        *declared.effects(subject),
        *declared.messages(subject),
        *order.hidden(guards),
        *order.ambiguous(guards),
        *reach.unreachable(guards, programs),
        *reach.out_of_users_reach(guards, programs, users),
        *answers.lost_answers(guards, programs),
        *answers.dead_ends(guards, programs, users),
        *answers.lost_errors(guards),
        *together.two_calls(guards, programs),
        *screens.words(subject),
        *screens.actions(guards, programs),
        *screens.ways_on(guards, users),
        *screens.unanswered(guards, programs),
        *own.own_screens(subject, programs),
        *own_actions.own_actions(subject),
        *own.own_events(subject),
        *own.left_behind(subject, programs),
    )
    wanting = tuple(own.regions_wanted(subject))
    untold = {finding.machine for finding in wanting}
    # What else is said of such a machine may follow from that alone.
    sure = (finding for finding in found if finding.machine not in untold or finding.rule in _OF_ROWS_ALONE)
    return _in_order(subject, (*wanting, *sure))


def _in_order(subject: Subject, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Returns findings as a reader meets them: those of the flow first, then by machine and row; each row's once."""
    names = ["", *(machine.name for machine in subject.machines)]
    # That a row behind another is never taken, or is told apart by order alone, is so because it stands there.
    hidden = {(finding.machine, finding.row) for finding in findings if finding.rule in _HIDDEN}
    left = [
        finding
        for finding in findings
        if finding.rule not in _BECAUSE_HIDDEN or (finding.machine, finding.row) not in hidden
    ]
    return tuple(sorted(left, key=lambda one: (names.index(one.machine), -1 if one.row is None else one.row)))


_OF_ROWS_ALONE = (
    *("condition-no-bool", "condition-unmarked", "condition-marked", "condition-unnamed", "effect-untold"),
    *("hidden-row", "duplicate-row", "contradiction", "busy-without-intent", "busy-of-another-slot"),
)
_HIDDEN = ("hidden-row", "duplicate-row", "contradiction")
_BECAUSE_HIDDEN = ("never-taken", "ambiguous", "order")
