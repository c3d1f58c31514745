"""A committed list of scripts gives the same observable flow on moto and on the local pool, and the flow it should.

moto fakes a lot. Each script keeps to what moto does truthfully and says why it can be believed there. What moto fakes
has scripts too (`scripts/faked`): they show that an outline notices. What it has not at all is in `scripts/aws`.
"""

import copy
from typing import Any, Final

import pytest

from tests.e2e.second_opinion import ACCEPTED, on_local_pool, on_moto, outlined, scripts

SCRIPTS: Final = scripts()
FAKED: Final = scripts("faked")
BEYOND: Final = scripts("aws")
# moto has no codes at all, so that none of these can succeed truthfully there.
NEEDING_A_CODE: Final = {"confirm_sign_up", "resend_sign_up_code", "confirm_forgot_password"}

# moto's dependencies warn of their own deprecations.
pytestmark = pytest.mark.filterwarnings("default")


def seen_on_moto(script: dict[str, Any]) -> list[Any]:
    with on_moto(script) as stage:
        return stage.run()


def seen_on_local_pool(script: dict[str, Any]) -> list[Any]:
    with on_local_pool(script) as stage:
        return stage.run()


@pytest.mark.parametrize("name", SCRIPTS)
def test_both_give_the_same_flow_and_the_right_one(name: str) -> None:
    script = SCRIPTS[name]
    moto, local = seen_on_moto(script), seen_on_local_pool(script)
    assert [seen.outline() for seen in local] == outlined(script)
    assert [seen.outline() for seen in moto] == outlined(script)
    assert moto == local


@pytest.mark.parametrize("name", FAKED)
def test_an_outline_notices_what_moto_fakes(name: str) -> None:
    """Each of these is right up to its last step, where moto does something that Cognito does not."""
    script = FAKED[name]
    truth = outlined(script)
    assert [seen.outline() for seen in seen_on_local_pool(script)] == truth
    moto = [seen.outline() for seen in seen_on_moto(script)]
    assert moto[:-1] == truth[:-1]
    assert moto[-1] != truth[-1]


@pytest.mark.parametrize("name", BEYOND)
def test_what_moto_has_not_at_all_comes_to_its_outline(name: str) -> None:
    """On the local pool here; `make test-aws` runs it where a real user pool is at hand."""
    assert [seen.outline() for seen in seen_on_local_pool(BEYOND[name])] == outlined(BEYOND[name])


def test_two_that_agree_on_nonsense_fail() -> None:
    script = copy.deepcopy(SCRIPTS["srp_sign_in"])
    step = next(step for step in script["steps"] if step["result"] == ACCEPTED)
    step["result"] = "notAuthorized"
    moto, local = seen_on_moto(script), seen_on_local_pool(script)
    assert moto == local
    assert [seen.outline() for seen in local] != outlined(script)


def test_there_are_enough_and_each_says_why_moto_can_be_believed() -> None:
    assert len(SCRIPTS) >= 20
    assert all(script["believe"] for script in SCRIPTS.values())
    assert all(script["faked"] for script in FAKED.values())
    assert all(script["beyond"] for script in BEYOND.values())
    assert len({*SCRIPTS, *FAKED, *BEYOND}) == len(SCRIPTS) + len(FAKED) + len(BEYOND)


@pytest.mark.parametrize("name", SCRIPTS)
def test_none_rests_on_a_code_that_moto_does_not_check(name: str) -> None:
    accepted = {step.get("submit") for step in SCRIPTS[name]["steps"] if step.get("result") == ACCEPTED}
    assert not accepted & NEEDING_A_CODE
