"""The pool's page: every example of it runs, alone."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs/local_pool.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_an_example_runs_alone(example: str) -> None:
    exec(example, {})
