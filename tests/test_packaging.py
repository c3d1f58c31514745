"""The three top-level folders are one import name, in the checkout and in the wheel."""

import importlib
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PYPROJECT["tool"]["setuptools"]["packages"]
FOLDERS: dict[str, str] = PYPROJECT["tool"]["setuptools"]["package-dir"]
LINKED = ("machines", "adapters")
# What an application that only embeds a flow should not pay for at start-up.
HEAVY = ("asyncio", "boto3", "botocore", "structlog", "transitions")


def packages_on_disk() -> set[str]:
    found = set()
    for package, folder in FOLDERS.items():
        for init in (ROOT / folder).rglob("__init__.py"):  # rglob does not enter links: each folder once
            found.add(".".join((package, *init.parent.relative_to(ROOT / folder).parts)))
    return found


def test_every_package_on_disk_is_listed_and_every_listed_one_exists() -> None:
    assert sorted(PACKAGES) == sorted(packages_on_disk())


@pytest.mark.parametrize("name", LINKED)
def test_the_link_is_relative(name: str) -> None:
    link = ROOT / "authflow" / name
    if not link.is_symlink():
        pytest.skip("a checkout without symbolic links")
    assert link.readlink() == Path("..") / name


@pytest.mark.parametrize("name", LINKED)
def test_a_folder_imported_by_its_own_name_refuses(name: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", f"import {name}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode != 0
    assert f"ImportError: import authflow.{name}, not {name}" in run.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_the_public_names_of_a_package_are_exactly_its_all(package: str) -> None:
    module = importlib.import_module(package)
    public = {
        name for name, value in vars(module).items() if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert sorted(public) == sorted(getattr(module, "__all__", ()))


def test_importing_authflow_stays_light() -> None:
    script = "import sys; before = set(sys.modules); import authflow; print(*set(sys.modules) - before)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    brought = set(run.stdout.split())
    assert "authflow" in brought
    assert brought.isdisjoint(HEAVY), f"importing authflow brings {sorted(brought.intersection(HEAVY))}"


def test_the_wheel_is_what_is_imported_when_the_run_says_so() -> None:
    installed = os.environ.get("AUTHFLOW_INSTALLED")
    if installed is None:
        pytest.skip("a run against the checkout")
    for package in PACKAGES:
        origin = importlib.import_module(package).__file__
        assert origin is not None
        assert Path(origin).is_relative_to(installed), f"{package} came from {origin}"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names in the wheel: of the one in AUTHFLOW_DIST, or of one built here."""
    dist = Path(os.environ.get("AUTHFLOW_DIST") or tmp_path_factory.mktemp("dist"))
    if "AUTHFLOW_DIST" not in os.environ:
        command = [sys.executable, "-m", "build", "--outdir", str(dist), str(ROOT)]
        subprocess.run(command, check=True, capture_output=True)
    (path,) = dist.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.mark.slow
def test_the_wheel_puts_only_authflow_at_the_top(wheel: list[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"authflow"}


@pytest.mark.slow
def test_the_wheel_carries_every_module_and_the_type_marker(wheel: list[str]) -> None:
    expected = {"authflow/py.typed"}
    for package, folder in FOLDERS.items():
        for source in (ROOT / folder).rglob("*.py"):
            expected.add((Path(*package.split(".")) / source.relative_to(ROOT / folder)).as_posix())
    assert expected <= set(wheel), f"missing from the wheel: {sorted(expected.difference(wheel))}"
