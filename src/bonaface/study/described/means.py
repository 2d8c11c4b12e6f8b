"""S0's table 2 of a study: mean cosines by restorer and damage, and the adjectives that come and go most often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bonaface.core.descriptions import LABELS
from bonaface.measure.description import MINILM, Compared, SectionCompared
from bonaface.measure.words import Words, frequent
from bonaface.study.described.compared import ALL, WHOLE, Told
from bonaface.study.engine.tables import Row
from bonaface.study.numbers.features import resolution
from bonaface.study.numbers.intervals import DRAWS, Estimate, mean_of

MOST = 12
"""Adjectives of a kind that are named."""
GROUP = ("framing", "side", "restorer")
"""Columns that tell the means of one describer and damage apart."""
LEVEL = ("family", "level")
"""Columns of a damage."""
ALL_DAMAGES = "all damages"
"""Where a degradation would stand."""


def mean_rows(held: Sequence[Told], words_by: str, *, draws: int = DRAWS) -> list[Row]:
    """A row for each describer, framing, restorer, damage and heading, after one for all headings.

    Where there are several damages, all of them together come first: the mean over the outputs of all.

    Args:
        held: from `compared.told`.
        words_by: what found the words.
        draws: of the bootstrap over people.
    """
    groups: dict[tuple[Any, ...], list[Told]] = {}
    for one in held:
        key = (*one.settings.values(), *(one.cell[name] for name in GROUP))
        groups.setdefault(key, []).append(one)
    out = list[Row]()
    for key in sorted(groups, key=lambda key: [(value is not None, value) for value in key]):  # unknown sides first
        damages = _damages(groups[key])
        several = {ALL_DAMAGES: groups[key]} if len(damages) > 1 else {}
        for name, there in {**several, **damages}.items():
            level = {"degradation": name, **{n: None if name in several else there[0].cell[n] for n in LEVEL}}
            out += [{**_place(there, level), **_row(there, n, draws), "words_by": words_by} for n in (WHOLE, *LABELS)]
    return out


def _damages(group: Sequence[Told]) -> dict[str, list[Told]]:
    """By name, in order of families and levels."""
    out: dict[str, list[Told]] = {}
    for one in sorted(group, key=lambda one: (one.cell["family"] or "", one.cell["level"] or 0.0)):
        out.setdefault(one.cell["degradation"], []).append(one)
    return out


def _place(group: Sequence[Told], level: Row) -> Row:
    """What a row is about."""
    sizes = {resolution(one.cell) for one in group}
    about = {name: group[0].cell[name] for name in GROUP}
    return {**group[0].settings, **about, **level, "resolution": sizes.pop() if len(sizes) == 1 else ""}


def _row(group: Sequence[Told], number: int, draws: int) -> Row:
    about = [_about(one, number) for one in group]
    there = [(one.cell["person"], each) for one, each in zip(group, about, strict=True) if each is not None]
    cosine, usual, floor = (
        _mean([(person, getattr(each, name).value) for person, each in there], draws)
        for name in ("cosine", "usual", "floor")
    )
    failed = [one.why for one in group if one.compared is None]
    missing = [each.cosine.why for _, each in there if each.cosine.value is None]
    none = "no description has a section on it" if len(failed) < len(group) else failed[0]
    return {
        "number": number, "heading": LABELS.get(number, ALL),
        "value": cosine.value, "low": cosine.low, "high": cosine.high, "n": cosine.n, "people": cosine.people,
        "usual": usual.value, "floor": floor.value, "below_floor": sum(each.below is True for _, each in there),
        "described": len(group) - len(failed), "failed": len(failed),
        **{name: _listed([_words(each, name) for _, each in there]) for name in ("added", "removed")},
        "embedding": MINILM.name.removesuffix(".safetensors"),
        "status": "ok" if cosine.value is not None else "not_applicable" if len(failed) < len(group) else "failed",
        "why": cosine.why if cosine.value is not None else (missing or [none])[0],
    }  # fmt: skip


def _about(one: Told, number: int) -> Compared | SectionCompared | None:
    """All headings of a cell, or one of them; None: nothing was said."""
    if one.compared is None or number == WHOLE:
        return one.compared
    return next((section for section in one.compared.sections if section.number == number), None)


def _mean(values: Sequence[tuple[str, float | None]], draws: int) -> Estimate:
    known = [(person, value) for person, value in values if value is not None]
    found = mean_of([value for _, value in known], [person for person, _ in known], draws=draws)
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(-1.0, found.low), high=min(1.0, found.high))  # Student's knows no bounds


def _words(about: Compared | SectionCompared, name: str) -> list[Words]:
    sections = about.sections if isinstance(about, Compared) else (about,)
    return [getattr(section, name) for section in sections]


def _listed(held: Sequence[Sequence[Words]]) -> str:
    """Adjectives with the number of outputs: "smooth 4; clear 3"."""
    return "; ".join(f"{word} {count}" for word, count in frequent(held)[:MOST])
