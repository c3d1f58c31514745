"""The drawing as JSON, for programs that draw, compare or search machines themselves.

The document names its schema and version; what is added keeps the version, what changes its meaning raises it. Ids are
made of declared names: a machine's, a state's within its machine, a row's (`sign_in.SignIn.1`: the first row of that
trigger), a chart's (`sign_in/challenges`), a box's and an arrow's within their chart.
"""

import json
from typing import Final

import attrs

from authflow.graph.model import Drawing
from authflow.graph.path import Trail

SCHEMA: Final = "dev.authflow.graph"
VERSION: Final = 1


def data(drawing: Drawing, trail: Trail | None = None) -> dict[str, object]:
    """Returns a drawing as JSON values.

    Args:
        drawing: the drawing.
        trail: a recorded history that goes with it.
    """
    found: dict[str, object] = {"schema": SCHEMA, "version": VERSION, **attrs.asdict(drawing)}
    if trail is not None:
        found["path"] = {"moves": [attrs.asdict(move) for move in trail.moves], "unknown": trail.unknown}
    return found


def as_json(drawing: Drawing, trail: Trail | None = None) -> str:
    """Returns a drawing as JSON text, the same from run to run.

    Args:
        drawing: the drawing.
        trail: a recorded history that goes with it.
    """
    return json.dumps(data(drawing, trail), indent=2, ensure_ascii=False)
