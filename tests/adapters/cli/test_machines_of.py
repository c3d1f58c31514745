"""Machines of an application, by an importable name."""

import sys
from pathlib import Path

import click
import pytest

from authflow.adapters.cli.machines_of import chosen_machines, load_machines
from authflow.machines import MACHINES, SIGN_IN, USER


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", list(sys.path))
    return tmp_path


def test_a_tuple_of_machines() -> None:
    assert load_machines("authflow.machines:MACHINES") == MACHINES


def test_a_single_machine() -> None:
    assert load_machines("authflow.machines:USER") == (USER,)


def test_a_list_in_a_module_of_this_folder(folder: Path) -> None:
    (folder / "machines_of_a_shop.py").write_text(
        "from authflow.machines import SIGN_IN, USER\nSHOP = [USER, SIGN_IN]\n"
    )
    assert load_machines("machines_of_a_shop:SHOP") == (USER, SIGN_IN)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("authflow.machines", "not of the form MODULE:NAME"),
        (":MACHINES", "not of the form MODULE:NAME"),
        ("nowhere.machines:MACHINES", "There is no module nowhere, in this folder or installed."),
        ("authflow.nowhere:MACHINES", "There is no module authflow.nowhere, in this folder or installed."),
        ("authflow.machines:MACHINE", "The module authflow.machines has no MACHINE. Did you mean MACHINES?"),
        ("authflow.machine:SAME", "authflow.machine:SAME is a Same, not a Machine, a Region or a tuple of them."),
        ("authflow.flow:REGIONS", "is a tuple, not a Machine, a Region or a tuple of them."),
        ("machines_that_need_more:M", "The module machines_that_need_more needs nothing_of_this_name, which is not"),
        (
            "machines_that_fail:M",
            "machines_that_fail cannot be imported: ZeroDivisionError: division by zero (machines_that",
        ),
        ("machines_that_leave:M", "cannot be imported: SystemExit: 3 (machines_that_leave.py, line 3)"),
        ("machines_that_do_not_parse:M", "SyntaxError: invalid syntax (machines_that_do_not_parse.py, line 1)"),
        ("machines_that_say_much:M", "imported: ValueError: two lines\\x1b (machines_that_say_much.py, line 1)"),
        ("machines_that_are_asked:M", "cannot be read: RuntimeError: not now (machines_that_are_asked.py, line 2)"),
    ],
)
def test_what_cannot_be_loaded_is_said(folder: Path, reference: str, said: str) -> None:
    (folder / "machines_that_need_more.py").write_text("import nothing_of_this_name\n")
    (folder / "machines_that_fail.py").write_text("M = 1 / 0\n")
    (folder / "machines_that_leave.py").write_text("import sys\n\nsys.exit(3)\n")
    (folder / "machines_that_do_not_parse.py").write_text("M = = 1\n")
    (folder / "machines_that_say_much.py").write_text("raise ValueError('two\\nlines\\x1b')\n")
    (folder / "machines_that_are_asked.py").write_text("def __getattr__(name):\n    raise RuntimeError('not now')\n")
    with pytest.raises(click.BadParameter) as raised:
        load_machines(reference)
    assert said in raised.value.message


def test_a_declaration_that_is_refused_is_told_in_its_own_words(folder: Path) -> None:
    (folder / "region_of_a_shop.py").write_text(
        "import attrs\nfrom authflow.machines import USER\nfrom authflow.region import Region\n\n"
        "def declared():\n    return Region(machine=USER)\n\nSHOP = declared()\n"
    )
    with pytest.raises(click.BadParameter) as raised:
        load_machines("region_of_a_shop:SHOP")
    assert "ValueError: region user: the name must be an identifier, and none of user," in raised.value.message
    assert raised.value.message.endswith(" (region_of_a_shop.py, line 6)")
    assert "\n" not in raised.value.message


def test_machines_are_chosen_by_name_in_declared_order() -> None:
    assert chosen_machines((), MACHINES) == MACHINES
    assert chosen_machines(("sign_in", "user", "user"), MACHINES) == (USER, SIGN_IN)


def test_a_name_that_there_is_not_is_said_with_its_neighbours() -> None:
    with pytest.raises(click.BadParameter, match=r"No machine is called 'usr'\. Did you mean user\?"):
        chosen_machines(("usr",), MACHINES)


def test_where_nothing_is_near_all_there_is_is_said() -> None:
    with pytest.raises(click.BadParameter, match=r"No machine is called 'zebra'\. There is user alone\."):
        chosen_machines(("zebra",), (USER,))
    with pytest.raises(click.BadParameter, match=r"There are user and sign_in\."):
        chosen_machines(("zebra",), (USER, SIGN_IN))
