"""How a demo visit's results read as answers: a value where the checkpoint takes one, a comment where it needs one."""

import random
from typing import Any
from uuid import UUID

from backend.checklists.rules import Checkpoint, Choice, Number, Result, plain

NA_COMMENT = "按剧本不涉及。"
FAIL_COMMENTS = ("没有做到。", "等了一会儿也没有人做。", "只做了一半。", "询问后才做，不算主动。", "没有看到相关提示。")


def rows(
    visit_id: UUID, checkpoints: tuple[Checkpoint, ...], results: dict[str, Result], pictures: dict[str, list[UUID]]
) -> list[dict[str, Any]]:
    """One answer row per result, with the pictures linked by checkpoint."""
    dice = random.Random(str(visit_id))  # noqa: S311 - a demo's dice.
    return [
        {
            "visit_id": visit_id, "checkpoint": checkpoint.code, "result": result.value,
            "value": _value(checkpoint, result, dice), "comment": _comment(result, dice),
            "evidence": [{"id": str(picture), "at_ms": None} for picture in pictures.get(checkpoint.code, ())],
        }
        for checkpoint in checkpoints if (result := results.get(checkpoint.code))
    ]  # fmt: skip


def _comment(result: Result, dice: random.Random) -> str | None:
    if result is Result.NA:
        return NA_COMMENT
    return dice.choice(FAIL_COMMENTS) if result is Result.FAIL else None


def _value(checkpoint: Checkpoint, result: Result, dice: random.Random) -> Any:
    if result is Result.NA:
        return None
    if isinstance(checkpoint.answer, Choice):
        fitting = [value for value, outcome in checkpoint.answer.outcomes.items() if outcome is result]
        return dice.choice(fitting)
    if isinstance(checkpoint.answer, Number):
        return _number(checkpoint.answer, result, dice)
    return None


def _number(answer: Number, result: Result, dice: random.Random) -> Any:
    """A value on the checkpoint's own steps, inside the passing bounds or outside them, and not absurdly far."""
    step = answer.step or 1
    steps = int((answer.maximum - answer.minimum) / step)
    reach = min(steps, int((answer.high - answer.minimum) / step) * 3 + 6)
    values = [answer.minimum + step * place for place in range(reach + 1)]
    passing = result is Result.PASS
    return plain(dice.choice([value for value in values if (answer.low <= value <= answer.high) is passing]))
