"""What describers tell of outputs beside originals: in words, by damage and heading, and the way to their texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bonaface.core.results import Score
from bonaface.report.described import LEFT_OUT, placeless
from bonaface.report.study.given import Row, counted, damages, interval, ordered, value

Links = Mapping[tuple[str, ...], str]
DESCRIPTIONS, MEANS = "descriptions", "description-means"
ALL = "all damages"
"""Where a degradation would stand, as in the study's table."""
SETTINGS = ("describer", "model", "endpoint", "temperature", "template")
WORST = 3
"""Headings that are named as furthest apart."""


class Descriptions(Protocol):
    """What was told; `bonaface.study.described.tables.Descriptions` is one, and says what is in it."""

    @property
    def rows(self) -> Mapping[str, Sequence[Row]]: ...  # noqa: D102 - said there
    @property
    def notes(self) -> tuple[str, ...]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Telling:
    """What one describer told of faces in one framing.

    Attributes:
        name: of it; its settings where several of one model are in the study.
        about: a sentence on how it was asked.
        key: of links to its texts.
        cells: rows of `DESCRIPTIONS` by cell: all headings, then each.
        means: rows of `MEANS`.
    """

    name: str
    about: str
    key: str
    cells: Mapping[str, Sequence[Row]]
    means: Sequence[Row]

    def mean(self, restorer: str, damage: str, number: int = 0) -> Row | None:
        """Of one restorer, damage and heading; 0: all headings."""
        wanted = (restorer, damage, number)
        return next((r for r in self.means if (r["restorer"], r["degradation"], r["number"]) == wanted), None)

    @property
    def several(self) -> bool:
        """There are means over several damages."""
        return any(row["degradation"] == ALL for row in self.means)

    def pooled(self, restorer: str, number: int = 0) -> Row | None:
        """Over all damages of a restorer; of the one that there is, where there is one."""
        return next((r for r in self.means if (r["restorer"], r["number"]) == (restorer, number)), None)


def tellings(found: Descriptions | None, *, redact: bool = False) -> list[Telling]:
    """One for each describer and framing; none where nobody was asked.

    Args:
        found: from `bonaface.study.described.tables.kept`.
        redact: leave out addresses and folders of models.
    """
    if found is None or not found.rows[MEANS]:
        return []
    held = tables(found, redact=redact)
    places = (*SETTINGS, "framing", "side")
    kinds = list(dict.fromkeys(tuple(row[name] for name in places) for row in held[MEANS]))
    out = []
    for number, kind in enumerate(kinds, 1):
        means, rows = (
            [row for row in held[name] if tuple(row[place] for place in places) == kind]
            for name in (MEANS, DESCRIPTIONS)
        )
        cells: dict[str, list[Row]] = {}
        for row in rows:
            cells.setdefault(row["cell"], []).append(row)
        about = dict(zip(places, kind, strict=True))
        out.append(Telling(_name(about, kinds), _asked(about, means), str(number), cells, means))
    return out


def tables(found: Descriptions | None, *, redact: bool = False) -> dict[str, list[Row]]:
    """The rows by table, as they are written beside a report."""
    rows = {} if found is None else found.rows
    return {name: redacted(held) if redact else list(held) for name, held in rows.items()}


def redacted(rows: Sequence[Row]) -> list[Row]:
    """Rows without what says where a describer is: its address, and folders of models."""
    out = []
    for row in rows:
        about, texts = placeless(row, [row["why"], row.get("failures", "")])
        out.append(row | about | {"why": texts[0]} | ({"failures": texts[1]} if "failures" in row else {}))
    return out


def _name(about: Row, kinds: Sequence[tuple[Any, ...]]) -> str:
    """The model, with as much beside it as tells it from the others."""
    name, places = about["model"] or about["describer"], (*SETTINGS, "framing", "side")
    others = [dict(zip(places, kind, strict=True)) for kind in kinds]
    differing = [
        place
        for place in places
        if place not in ("describer", "model", "template")
        and len({one[place] for one in others if one["model"] == about["model"]}) > 1
    ]
    said = ", ".join(_detail(place, about[place]) for place in differing)
    return f"{name} ({said})" if said else name


def _detail(place: str, value: Any) -> str:
    if place == "side":
        return "as large as it is" if value is None else f"{value:g} px"
    return f"{place} {value:g}" if isinstance(value, float) else str(value) or "on this machine"


def _asked(about: Row, means: Sequence[Row]) -> str:
    where = "" if about["endpoint"] in ("", LEFT_OUT) else f" at {about['endpoint']}"
    how = f"{about['model'] or 'a describer'}{where} ({about['describer']}), at temperature {about['temperature']:g}"
    return f"{how}; cosines of {means[0]['embedding']} embeddings, words found by {means[0]['words_by']}."


def descriptions(
    found: Descriptions | None, told: Sequence[Telling], generative: Sequence[str], links: Links
) -> dict[str, Any] | None:
    """A block for each telling; None: nobody was asked.

    Args:
        found: as in `tellings`.
        told: from there.
        generative: labels of the restorers that paint.
        links: to the texts behind the numbers.
    """
    if found is None or not told:
        return None
    edited = any(row["target"] for row in found.rows[DESCRIPTIONS])
    return {"notes": found.notes, "edited": edited, "blocks": [_block(each, generative, links) for each in told]}


def _block(told: Telling, generative: Sequence[str], links: Links) -> dict[str, Any]:
    restorers = ordered((row["restorer"] for row in told.means), generative)
    names = [name for name in damages(told.means) if name != ALL]
    over = ALL if told.several else names[0]
    headings = {row["number"]: row["heading"] for row in told.means if row["number"]}
    return {
        "name": told.name, "about": told.about, "over": over, "restorers": restorers,
        "cosines": any(row["value"] is not None for row in told.means),
        "why": sorted({row["why"] for row in told.means if row["value"] is None and not row["number"]}),
        "said": [{"restorer": name, "text": _said(told, name)} for name in restorers],
        "damages": [
            {"name": damage, "cells": [_cell(told.mean(name, damage), told, links) for name in restorers]}
            for damage in ([ALL, *names] if told.several else names)
        ],
        "headings": [
            {"name": heading, "cells": [_cell(told.mean(name, over, number), told, links) for name in restorers],
             "below": any(_apart(told.mean(name, over, number)) for name in restorers)}
            for number, heading in headings.items()
        ],
    }  # fmt: skip


def _cell(row: Row | None, told: Telling, links: Links) -> dict[str, Any] | None:
    if row is None or (row["number"] and row["value"] is None):
        return None
    link = links.get(("told", told.key, row["restorer"], row["degradation"]), "")
    link = link or links.get(("restorer", row["restorer"]), "")
    if row["value"] is None:
        said = f"{row['described']:g} described" if row["described"] else "none described"
        return {"value": said, "v": None, "interval": "", "n": "", "link": link, "floor": ""}
    return {
        "value": value(row["value"]), "v": row["value"], "interval": interval(row), "link": link,
        "n": f"n {row['n']:g}, {counted(int(row['people']), 'person', 'people')}",
        "floor": "no floor" if row["floor"] is None else f"usual {value(row['usual'])}, floor {value(row['floor'])}",
    }  # fmt: skip


def _apart(row: Row | None) -> bool:
    """A mean below the mean of the floors."""
    return row is not None and row["value"] is not None and row["floor"] is not None and row["value"] < row["floor"]


def _said(told: Telling, restorer: str) -> str:
    """What is to be said of one restorer, in sentences."""
    row = told.pooled(restorer)
    if row is None or not row["described"]:
        return f"Nothing is described: {row['why'] if row else ''}."
    out = []
    if row["value"] is not None:
        beside = "" if row["usual"] is None else (
            f", where descriptions of one original reach {value(row['usual'])} among themselves, {value(row['floor'])} "
            "at the lowest"
        )  # fmt: skip
        span = interval(row) if row["low"] is None else f"95% interval {interval(row)}"
        out.append(f"Outputs are told as their originals are by a cosine of {value(row['value'])} ({span}){beside}")
        if row["floor"] is not None:
            out[-1] += f"; {row['below_floor']:g} of {row['n']:g} outputs lie below their floor"
        apart = [one for one in (told.mean(restorer, row["degradation"], n) for n in range(1, 12)) if _apart(one)]
        worst = sorted((one for one in apart if one is not None), key=lambda one: one["value"] - one["floor"])[:WORST]
        if worst:
            named = ", ".join(f"{one['heading']} ({value(one['value'])}, floor {value(one['floor'])})" for one in worst)
            out.append(f"Furthest below the floor: {named}")
    for name, verb in (("added", "come"), ("removed", "go")):
        out.append(f"Adjectives that {verb}: {row[name].replace('; ', ', ')}" if row[name] else f"No adjectives {verb}")
    if row["failed"]:
        out.append(f"{counted(int(row['failed']), 'output')} could not be described")
    return ". ".join(out) + "."


def apart(rows: Sequence[Row]) -> tuple[bool, float]:
    """By which outputs are sorted, the furthest apart first; rows as of `card`."""
    cosine = rows[0]["cosine"]
    return cosine is None, cosine or 0.0


def card(rows: Sequence[Row]) -> dict[str, Any]:
    """What a page shows of one output beside its pictures: rows of all headings, then of each.

    Sections below the floor come first, and all of them where there is no floor.
    """
    whole, sections = rows[0], [_section(row) for row in rows[1:]]
    return {
        **_scores(whole), "why": whole["why"] if whole["status"] != "ok" else "",
        "described": whole["status"] != "failed", "failures": whole["failures"],
        "counts": f"original {whole['original_texts']:g}×, output {whole['output_texts']:g}×",
        "shown": [row for row in sections if row["below"]], "folded": [row for row in sections if not row["below"]],
    }  # fmt: skip


def _section(row: Row) -> dict[str, Any]:
    words = {
        change: [word for kind in ("adjectives", "nouns") for word in row[f"{change}_{kind}"].split("; ") if word]
        for change in ("added", "removed")
    }
    texts = {role: row[f"{name}_text"] or None for role, name in (("truth", "original"), ("output", "output"))}
    return {"title": row["heading"], **texts, **_scores(row), **words}


def _scores(row: Row) -> dict[str, Any]:
    why = row["why"].removeprefix("no floor: ") or "it is not told"
    scores = {
        name: Score.not_applicable(why) if row[name] is None else Score(row[name])
        for name in ("cosine", "usual", "floor")
    }
    return {**scores, "below": row["below_floor"] == "yes"}
