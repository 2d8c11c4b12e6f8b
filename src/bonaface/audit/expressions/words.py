"""What an expression is called in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from bonaface.core.expressions import EXPRESSIONS

NO_REAL = "no real photograph with that expression was given"


@dataclass(frozen=True, slots=True)
class Words:
    """Names of what an audit compares.

    Attributes:
        label: the expression as the reader names it: "happiness".
        real: the real photograph's expression: "the real smile".
        any: one of its kind: "a smile".
        before: the picture that the editor started from.
    """

    label: str
    real: str
    any: str
    before: str


def words_of(target: str) -> Words:
    """The words for an expression.

    Args:
        target: an id of `core.expressions.EXPRESSIONS`.
    """
    expression = EXPRESSIONS[target]
    before = "the picture before" if target == "neutral" else "the neutral picture"
    if target == "happy":
        return Words(expression.label, "the real smile", "a smile", before)
    article = "an" if expression.id[0] in "aeiou" else "a"
    return Words(expression.label, f"the real {expression.id} face", f"{article} {expression.id} face", before)
