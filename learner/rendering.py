"""The program as readable Python."""

from __future__ import annotations

from collections.abc import Sequence

from learner.examples import Example
from learner.program import Program


def render(program: Program, examples: Sequence[Example], class_name: str) -> str:
    """Python source of a page object that reads pages as the program does."""
    lines = [f"class {class_name}:"]
    for name, entry in program.fields.items():
        lines.append(f"    # {name}")
        lines.extend(f"    #   {rule.weight:.2f} {rule}" for rule in entry.rules)
    return "\n".join(lines) + "\n"
