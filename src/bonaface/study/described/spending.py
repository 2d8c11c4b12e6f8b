"""What describing will take, before it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from bonaface.core.descriptions import Price, Settings, Usage
from bonaface.study.engine.tables import Row

ASSUMED = (1500, 900)
"""Tokens in and out of an answer where none was counted yet, and told as an assumption: services charge about a
thousand for a picture of 1,024 px, and eleven sections take 400 to 900. A model that thinks first writes several times
as much."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected.

    Attributes:
        answers: that are asked for.
        each: tokens in and out of one.
        counted: answers of this model that this is the mean of; 0: it is `ASSUMED`.
        cost: None where no price is known.
        currency: of it.
    """

    answers: int
    each: tuple[int, int]
    counted: int
    cost: float | None
    currency: str


def expected(answers: int, rows: Iterable[Row], settings: Settings, price: Price | None) -> Expected:
    """What so many answers will take.

    Args:
        answers: that are asked for.
        rows: of the store, whose tokens are counted where they are of the same describer and model.
        settings: how it is asked.
        price: of the model; None: not known.
    """
    mine = [row for row in rows if (row["describer"], row["model"]) == (settings.describer, settings.model)]
    known = [row for row in mine if row["tokens_in"] is not None and row["tokens_out"] is not None]
    each = ASSUMED
    if known:
        each = (round(fmean(row["tokens_in"] for row in known)), round(fmean(row["tokens_out"] for row in known)))
    spent = Usage(answers * each[0], answers * each[1], 0, price).as_dict()
    return Expected(answers, each, len(known), spent["cost"], spent["currency"])
