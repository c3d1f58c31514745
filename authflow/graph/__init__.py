"""Draws the machines from the rows that run.

- `drawing.draw(machines)` reads declarations into a `model.Drawing`: facts and charts, without coordinates.
- `mermaid`, `svg`, `page` and `data` make a text of it, each its own format.
- `path.read_trail` reads a recorded history, which every format can show.
- `documents` keeps the diagrams of Markdown files up to date: `python -m authflow.graph FILE... [--check]`.

Pictures (SVG, and the page) are laid out by Graphviz, which the extra `graph` brings as WebAssembly.
"""
