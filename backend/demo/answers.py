"""How a demo visit's results read as answers: a value where the checkpoint takes one, a comment where it needs one."""

import random
from fractions import Fraction
from typing import Any
from uuid import UUID

from backend.checklists.rules import Checkpoint, Choice, Number, Result, plain

NEAR = 12
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
    """A value on the checkpoint's own steps, near the passing bounds: inside them or just outside."""
    step = answer.step or Fraction(1)
    low, high, last = (int((bound - answer.minimum) / step) for bound in (answer.low, answer.high, answer.maximum))
    if result is Result.PASS:
        place = dice.randint(max(low, high - NEAR), high)
    elif high < last:
        place = dice.randint(high + 1, min(last, high + NEAR))
    else:
        place = dice.randint(max(0, low - NEAR), low - 1)
    return plain(answer.minimum + step * place)
