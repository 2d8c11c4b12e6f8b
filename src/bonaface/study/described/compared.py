"""Outputs beside truths as describers tell them: a row for each cell and heading, from the answers that a store has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonaface.api.describing import embedder, splitter
from bonaface.core.descriptions import LABELS, Given
from bonaface.core.results import Score
from bonaface.measure.description import Compared, Embed, SectionCompared, compare
from bonaface.measure.words import Split, Words
from bonaface.study.described.asking import SETTINGS, TABLE, given
from bonaface.study.described.wanted import Pair, Shown, pairs
from bonaface.study.engine.store import Store
from bonaface.study.engine.tables import Row
from bonaface.study.numbers.features import resolution

WHOLE, ALL = 0, "all headings"
"""Number and name of the row that is about all headings of a cell."""
PLACES = (
    *("face", "person", "framing", "side", "degradation", "restorer", "target", "seed", "family", "level", "cell"),
)
"""Columns of a cell."""
ROLES = ("original", "output")


@dataclass(frozen=True, slots=True)
class Told:
    """One cell as one describer tells it.

    Attributes:
        settings: how the describer was asked, by `asking.SETTINGS`.
        cell: of the study.
        texts: descriptions of the truth and of the output.
        compared: how far they agree; None: one of the two has no description.
        failures: answers that are none, with the reasons.
    """

    settings: Row
    cell: Row
    texts: tuple[int, int]
    compared: Compared | None
    failures: tuple[str, ...]

    @property
    def why(self) -> str:
        """Why nothing is compared; empty: something is."""
        if self.compared is not None:
            return ""
        missing = [role for role, count in zip(ROLES, self.texts, strict=True) if not count]
        reasons = [text for text in self.failures if text.startswith(tuple(missing))]
        said = f"there is no description of the {' and of the '.join(missing)}"
        return f"{said} ({'; '.join(reasons)})" if reasons else said


def told(store: Store) -> tuple[list[Told], str]:
    """Every cell whose output some describer was asked about, and what found the words.

    Args:
        store: of the study.
    """
    answers: dict[tuple[Any, ...], dict[str, list[Given]]] = {}
    for row in sorted(store.rows(TABLE), key=lambda row: (row["key"], row["repeat"])):
        of = answers.setdefault(tuple(row[name] for name in SETTINGS), {})
        of.setdefault(row["picture"], []).append(given(row))
    split, words_by = splitter()
    there = pairs(store)
    out = list[Told]()
    for settings in sorted(answers):
        mine = {picture: sorted(held, key=lambda one: one.repeat) for picture, held in answers[settings].items()}
        embed, quick = _prepared(mine.values()), cache(split)
        about = dict(zip(SETTINGS, settings, strict=True))
        out += [_told(about, pair, mine, embed, quick) for pair in there if pair.output.id in mine]
    return out, words_by


def _told(settings: Row, pair: Pair, answers: dict[str, list[Given]], embed: Embed | str, split: Split) -> Told:
    def of(shown: Shown) -> list[Given]:
        return answers.get(shown.id, [])

    truth, output = (
        [one.description.sections for one in of(shown) if one.description] for shown in (pair.truth, pair.output)
    )
    failures = [
        f"{role}, answer {one.repeat}: {one.why}"
        for role, shown in zip(ROLES, (pair.truth, pair.output), strict=True)
        for one in of(shown)
        if one.why
    ]
    both = compare(truth, output, embed, split) if truth and output else None
    return Told(settings, pair.cell, (len(truth), len(output)), both, tuple(failures))


def _prepared(held: Iterable[Sequence[Given]]) -> Embed | str:
    """An embedder that knows all texts already, in one order: a cosine does not depend on which cells are compared."""
    embed = embedder()
    if isinstance(embed, str):
        return embed
    sections = [one.description.sections for tries in held for one in tries if one.description]
    texts = sorted({text for each in sections for text in each.values()})
    known: dict[str, NDArray[Any]] = dict(zip(texts, embed(texts), strict=True)) if texts else {}

    def look_up(asked: Sequence[str]) -> NDArray[Any]:
        return np.stack([known[text] for text in asked])

    return look_up


def rows(held: Iterable[Told]) -> list[Row]:
    """A row for each cell and heading, after one for all headings of the cell."""
    out = list[Row]()
    for one in held:
        out.append(_whole(one))
        out += [_of(one, section.number, section) for section in (one.compared.sections if one.compared else ())]
    return out


def _whole(one: Told) -> Row:
    """Of all headings: their mean, and every word that one of them has."""
    found = one.compared
    if found is None:
        none = Score.failed(one.why)
        nothing = SectionCompared(WHOLE, None, None, none, none, none, Words(), Words())
        return _of(one, WHOLE, nothing) | {"failures": "; ".join(one.failures)}
    added, removed = (_joined([getattr(each, name) for each in found.sections]) for name in ("added", "removed"))
    mean = SectionCompared(WHOLE, None, None, found.cosine, found.usual, found.floor, added, removed)
    return _of(one, WHOLE, mean) | {"failures": "; ".join(one.failures)}


def _joined(held: Sequence[Words]) -> Words:
    nouns, adjectives = ({word for words in held for word in getattr(words, kind)} for kind in ("nouns", "adjectives"))
    return Words(tuple(sorted(nouns)), tuple(sorted(adjectives)))


def _of(one: Told, number: int, found: SectionCompared) -> Row:
    floor = "" if found.floor.value is not None or found.cosine.value is None else f"no floor: {found.floor.why}"
    return {
        **one.settings, **{name: one.cell[name] for name in PLACES}, "resolution": resolution(one.cell),
        "number": number, "heading": LABELS.get(number, ALL),
        "cosine": found.cosine.value, "usual": found.usual.value, "floor": found.floor.value,
        "below_floor": "" if found.below is None else "yes" if found.below else "no",
        "added_adjectives": "; ".join(found.added.adjectives), "added_nouns": "; ".join(found.added.nouns),
        "removed_adjectives": "; ".join(found.removed.adjectives), "removed_nouns": "; ".join(found.removed.nouns),
        "original_texts": one.texts[0], "output_texts": one.texts[1],
        "original_text": found.truth or "", "output_text": found.output or "",
        "status": str(found.cosine.status), "why": found.cosine.why or floor, "failures": "",
    }  # fmt: skip
