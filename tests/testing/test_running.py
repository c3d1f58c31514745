import pytest

from authflow.flow import Flow
from authflow.machines import FORGOT_PASSWORD, MACHINES, SCREEN, SIGN_UP
from authflow.testing.invariants import InvariantBroken
from authflow.testing.paths import Path, parameters, shortest_paths
from authflow.testing.running import NotWalked, Walker
from authflow.testing.subject import Subject
from authflow.values import Settings
from tests.testing import broken

WALKER = Walker(Subject(flow=Flow("flow-1", settings=Settings(verify_contacts=True, offer_passkey=True))), limit=700)


@pytest.mark.parametrize("path", parameters((*shortest_paths(SIGN_UP), *shortest_paths(FORGOT_PASSWORD))))
def test_a_path_is_walked_by_messages_that_take_its_rows(path: Path) -> None:
    walked = WALKER.run(path)
    place = WALKER.subject.place(path.machine)
    taken = [
        MACHINES[place].rows.index(rule.row)
        for step in walked.steps
        for rule in WALKER.subject.rules(step.before, step.message)
        if rule.region == path.machine
    ]
    numbers = iter(taken)
    assert all(leg.number in numbers for leg in path.legs), taken
    assert walked.flow.states[place] is path.dest


@pytest.mark.parametrize("region", [machine.name for machine in MACHINES])
def test_paths_over_rows_that_flows_take_are_walked(region: str) -> None:
    paths = WALKER.paths_over_rows(region)
    assert len(paths) >= 5
    for path in paths[:: max(1, len(paths) // 6)]:
        assert WALKER.run(path).path is path


def test_a_path_that_no_flow_takes_is_said_to_be_one() -> None:
    """These settings never begin at the sign-up screen."""
    path = next(path for path in shortest_paths(SCREEN) if path.dest == "signUp")
    with pytest.raises(NotWalked, match=r"starting-.*-signUp of screen was not taken within the limit") as ended:
        WALKER.run(path)
    assert ended.value.legs == 0
    assert not ended.value.everything


def test_what_must_hold_is_asked_on_the_way() -> None:
    walker = Walker(broken.WRONG_DESTINATION, limit=300)
    with pytest.raises(InvariantBroken, match="moves_as_declared"):
        for path in walker.paths_over_rows("user"):
            walker.run(path)


def test_a_region_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match=r"no region 'house'; there are: user, sign_in"):
        WALKER.paths_over_rows("house")
