"""What is wrong with a checklist definition, as values. The sentences are in `messages.yaml`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: its place such as `stages[2].checkpoints[0].answer.min`, the key of its sentence, and the values in it.

    The place of the file as a whole is the empty string.
    """

    path: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class DefinitionFaults(Exception):
    """A definition that cannot be taken, with everything that could be found wrong in one go."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{len(self.faults)} faults, the first: {self.faults[0] if self.faults else None}")


def place(path: str, step: str | int) -> str:
    """The path one step deeper: `place("stages", 2)` is `stages[2]`, `place("stages[2]", "title")` is `stages[2].title`."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    return f"{path}.{step}" if path else step
