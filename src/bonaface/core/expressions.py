"""The expressions that editors are asked for and readers read, by one name each."""

from __future__ import annotations

from dataclasses import dataclass

from bonaface.core.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression.

    Attributes:
        id: the adjective, as on the command line and in prompts: "happy".
        label: the noun, as the expression reader names it (`measure.expression.NAMES`): "happiness".
        others: more words for it.
    """

    id: str
    label: str
    others: tuple[str, ...] = ()


EXPRESSIONS: Catalog[Expression] = Catalog(
    "expression",
    [
        Expression("neutral", "neutral"),
        Expression("happy", "happiness", ("smiling", "smile")),
        Expression("sad", "sadness"),
        Expression("surprised", "surprise"),
        Expression("angry", "anger"),
        Expression("disgusted", "disgust"),
        Expression("afraid", "fear", ("fearful",)),
        Expression("contemptuous", "contempt"),
    ],
)
"""The seven of S4, and the contempt that `expressions.parquet` has beside them."""


def expression_named(word: str) -> Expression:
    """The expression that a word stands for.

    Args:
        word: an id, a label or another word, in any case.

    Raises:
        UnknownName: none; with the nearest ids.

    >>> expression_named("Happiness").id, expression_named("surprise").id
    ('happy', 'surprised')
    """
    plain = word.strip().lower()
    for each in EXPRESSIONS:
        if plain in (each.id, each.label, *each.others):
            return each
    return EXPRESSIONS[plain]
