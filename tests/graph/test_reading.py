"""Rows in words: from names and docstrings."""

from authflow.graph.model import Fact
from authflow.graph.reading import about, first_line, parts_of, row_facts
from authflow.machine import Machine
from authflow.machines import MACHINES
from tests.graph.samples import DOOR, Open, states_named


def test_a_row_is_told_by_its_names_and_first_lines() -> None:
    opening, _, locking, refused, kicking, ringing, _ = row_facts(DOOR)
    assert (opening.trigger, opening.says, opening.sources, opening.dest) == (
        "Open",
        "Open the door.",
        ("closed",),
        "open",
    )
    assert opening.conditions == (Fact(name="_is_night", says="Is night.", negated=True),)
    assert locking.conditions == (Fact(name="has_key", says="Somebody has the key."),)
    assert (refused.refuses, refused.refusal, refused.moves) == ("invalidState", "It is locked.", False)
    assert kicking.moves
    assert kicking.stays_in == ("broken",)
    assert ringing.effect == Fact(name="ring_the_bell", says="Rings the bell.")
    assert ringing.acts
    assert not ringing.moves


def test_the_ids_of_rows_are_their_messages_and_numbers() -> None:
    assert [row.id for row in row_facts(DOOR)] == [
        *("door.Open.1", "door.Close.1", "door.Lock.1", "door.Open.2", "door.Kick.1", "door.Ring.1", "door.Rang.1"),
    ]


def test_every_row_of_every_machine_is_told() -> None:
    for machine in MACHINES:
        rows = row_facts(machine)
        assert len({row.id for row in rows}) == len(machine.rows)
        assert [row.number for row in rows] == list(range(len(machine.rows)))
        assert all(row.says for row in rows), machine.name


def test_a_family_is_the_class_between_a_message_and_the_root() -> None:
    families = {row.trigger: row.family for machine in MACHINES for row in row_facts(machine)}
    assert families["Refused"] == "Failure"
    assert families["SmsMfaIssued"] == "ChallengeIssued"
    assert families["SignIn"] == ""
    assert families["Authenticated"] == ""


def test_a_machine_is_about_what_its_states_say_first() -> None:
    assert about(DOOR) == "Where a door is."
    (state,) = states_named("one")
    bare = Machine(name="some_door", states=(state,), initial=state, rows=())
    assert about(bare) == "some door"


def test_what_is_only_inherited_is_nobodys_own_line() -> None:
    class Silent(Open):
        __slots__ = ()

    assert first_line(Open) == "Open the door."
    assert first_line(Silent) == ""


def test_names_fall_into_words() -> None:
    assert parts_of("signedOutUserPoolsTokenInvalid") == ("signed", "Out", "User", "Pools", "Token", "Invalid")
    assert parts_of("smsMFA") == ("sms", "MFA")
