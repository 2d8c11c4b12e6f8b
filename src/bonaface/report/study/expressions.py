"""What damaged pictures do to edited expressions: stand-ins for S0's ratings, in words and numbers, and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bonaface.report.study.given import Row, Summed, counted, interval, value
from bonaface.report.study.thumbs import Thumbs
from bonaface.report.words import NOTHING

SHOWN = 4
"""People whose pictures stand side by side, for each expression."""
SEEN = "EA-share"
COLUMNS: Mapping[str, str] = {
    SEEN: "EA: seen in",
    "EA": "EA: probability",
    "IR": "IR: identity",
    "IQ": "IQ: NIQE",
    "PD": "PD: prompt dependency",
}
"""Headings, by rating."""
ABOUT: Mapping[str, str] = {
    "IR": "the face embedding turns by",
    "IQ": "NIQE, which grows as pictures look less natural, is",
    "PD": "beside strangers' outputs (1), a person's two outputs lie apart by",
}
"""How a sentence on a rating begins."""
RATED: Sequence[tuple[str, Mapping[str, float]]] = (
    ("original", {"EA": 4.125, "IR": 4.75, "IQ": 4.5, "PD": 1.25}),
    ("noisy", {"EA": 4.375, "IR": 1.75, "IQ": 1.5, "PD": 4.375}),
    ("denoised", {"EA": 4.375, "IR": 2.875, "IQ": 3.0, "PD": 2.5}),
)
"""What S0's raters gave InstructPix2Pix, 1 to 5: means of two people and four expressions (VII.D.1)."""


def expressions(study: Summed, thumbs: Thumbs) -> dict[str, Any] | None:
    """The section; None: nobody edited expressions.

    Args:
        study: with the table "ratings".
        thumbs: small pictures.
    """
    rows = study.tables.get("ratings")
    if not rows:
        return None
    targets = list(dict.fromkeys(_target(row["editor"]) for row in rows))
    return {
        "sentences": sentences(rows),
        "columns": COLUMNS,
        "rated": [{"input": name, "values": [f"{found[key]:.2f}" for key in found]} for name, found in RATED],
        "targets": [
            {
                "name": target,
                "blocks": _blocks([row for row in rows if _target(row["editor"]) == target]),
                **_strips([row for row in study.tables["pictures"] if row["target"] == target], rows, thumbs),
            }
            for target in targets
        ],
    }


def headline(study: Summed) -> str:
    """One or two sentences; empty: nobody edited expressions, or nothing can be compared."""
    return next(iter(headlines(study.tables.get("ratings") or ())), "")


def headlines(rows: Sequence[Row]) -> list[str]:
    """For each editor with an expression: how often it is seen from undamaged inputs, and from the worst ones.

    Args:
        rows: of the table of ratings.
    """
    out = []
    for editor, by_damage in _by_editor(rows, SEEN).items():
        clean = next((row for row in by_damage.values() if _clean(row)), None)
        damaged = [row for row in by_damage.values() if not _clean(row) and row["value"] is not None]
        if clean is None or clean["value"] is None or not damaged:
            continue
        worst = min(damaged, key=lambda row: row["value"])
        kinds = f" (the worst of {len(damaged)} kinds)" if len(damaged) > 1 else ""
        told = "" if worst["told"] == "yes" else "; with so few people this may be chance"
        asked = f"{editor.rpartition(': ')[0]}, asked for {_target(editor)} faces"
        out.append(
            f"{asked}: from {worst['degradation']} inputs{kinds} the expression reader sees that expression in "
            f"{_said(worst)} of {counted(worst['n'], 'face')}, from undamaged ones in {_said(clean)}{told}. The reader "
            "is a stand-in: nobody looked."
        )
    return out


def sentences(rows: Sequence[Row]) -> list[tuple[str, list[str]]]:
    """For each editor with an expression, what the ratings say, in sentences.

    Args:
        rows: of the table of ratings.
    """
    seen = _by_editor(rows, SEEN)
    out = []
    for editor, by_damage in seen.items():
        said = [_accuracy(by_damage, rows, _target(editor))]
        for rating in ABOUT:
            there = _by_editor(rows, rating).get(editor, {})
            if any(row["value"] is not None for row in there.values()):
                said.append(_other(rating, there, rows, _target(editor)))
        out.append((editor, said))
    return out


def _accuracy(by_damage: Mapping[str, Row], rows: Sequence[Row], target: str) -> str:
    parts = [f"{_from(row)} in {_said(row)}{_faceless(row)}" for row in by_damage.values()]
    beside = [
        f"in {_said(row)} of {said}"
        for said, row in (("pictures that nobody edited", _control(rows, "not edited", target, SEEN)),
                          ("real photographs of it", _control(rows, "photograph", target, SEEN)))
        if row is not None and row["value"] is not None
    ]  # fmt: skip
    told = [name for name, row in by_damage.items() if row["told"] == "yes"]
    chance = f" Beyond chance it differs from undamaged inputs for {_listed(told)}." if told else ""
    if not told and any(row["told"] for row in by_damage.values()):
        chance = " None of these can be told from undamaged inputs."
    more = f" It also sees it {' and '.join(beside)}." if beside else ""
    real = _control(rows, "photograph", target, SEEN)
    if real is not None and real["value"] is not None and _most(by_damage.values()) > real["value"]:
        more += (
            " It sees it in edits more often than in real photographs: what it sees is no proof of a real expression."
        )
    return f"EA (stand-in): the expression reader sees what was asked for ({target}) {', '.join(parts)}.{chance}{more}"


def _other(rating: str, by_damage: Mapping[str, Row], rows: Sequence[Row], target: str) -> str:
    parts = [f"{_said(row)} {_from(row)}" for row in by_damage.values() if row["value"] is not None]
    none = [name for name, row in by_damage.items() if row["value"] is None and row["faceless"]]
    lacking = f" No face, and so no number, from {_listed(none)} inputs." if none else ""
    worse = [name for name, row in by_damage.items() if _change(row) == "worse"]
    better = [name for name, row in by_damage.items() if _change(row) == "better"]
    told = "".join(
        f" {word} than from undamaged inputs beyond chance: {_listed(names)}."
        for word, names in (("Worse", worse), ("Better", better))
        if names
    )
    real, plain = (_control(rows, name, target, rating) for name in ("photograph", "not edited"))
    beside = ""
    if rating in ("IR", "IQ") and real is not None and real["value"] is not None:
        beside = f" Of real photographs of the expression: {_said(real)}."
    elif rating == "PD" and plain is not None and plain["value"] is not None:
        held = {row["degradation"]: row for row in rows if row["editor"] == plain["editor"] and row["rating"] == rating}
        same = [f"{_short(row)} for {name}" for name, row in held.items() if row["value"] is not None]
        beside = f" The inputs themselves, unedited: {', '.join(same)}."
    return f"{rating} (stand-in): {ABOUT[rating]} {', '.join(parts)}.{told}{lacking}{beside}"


def cells(row: Row | None) -> tuple[str, ...]:
    """A rating for a table without links: its value, and its interval or why there is none."""
    if row is None:
        return (NOTHING,)
    if row["value"] is None:
        return NOTHING, "no face" if row["faceless"] else row["why"]
    return _short(row), _ends(row), *([_change(row)] if _change(row) else [])


def _blocks(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """For each editor and control: a line for each damage, with a cell for each rating."""
    out = []
    for editor in dict.fromkeys(row["editor"] for row in rows):
        mine = [row for row in rows if row["editor"] == editor]
        lines = []
        for damage in dict.fromkeys(row["degradation"] for row in mine):
            held = {row["rating"]: row for row in mine if row["degradation"] == damage}
            lines.append({"damage": damage, "cells": [_cell(held.get(rating)) for rating in COLUMNS]})
        out.append({"editor": editor, "control": mine[0]["control"] == "yes", "lines": lines})
    return out


def _cell(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    if row["value"] is None:
        return {"value": NOTHING, "v": "", "interval": row["why"], "n": "", "change": ""}
    people = counted(row["people"], "person", "people")
    return {
        "value": _short(row), "v": row["value"], "interval": _ends(row), "n": f"n {row['n']}, {people}",
        "change": _change(row), "faceless": row["faceless"],
    }  # fmt: skip


def _strips(pictures: Sequence[Row], rows: Sequence[Row], thumbs: Thumbs) -> dict[str, Any]:
    """Pictures side by side: of a few people, a line for what was edited and one for each editor."""
    damages = list(dict.fromkeys(row["degradation"] for row in rows))
    editors = list(dict.fromkeys(row["editor"] for row in rows if row["control"] == "no"))
    done = [row for row in pictures if row["status"] == "ok"]
    faces = sorted({row["face"] for row in done})[:SHOWN]
    people = []
    for face in faces:
        mine = [row for row in done if row["face"] == face]
        held = {(row["restorer"], row["degradation"]): row for row in mine}
        inputs = {row["degradation"]: row["observed"] for row in mine}
        lines = [("not edited", [thumbs.one(inputs.get(name)) for name in damages])]
        for editor in editors:
            if any(who == editor for who, _ in held):
                outputs = [held.get((editor, name)) for name in damages]
                lines.append((editor, [None if row is None else thumbs.one(row["output"]) for row in outputs]))
        real = next((row["real"] for row in mine if row["real"]), "")
        people.append({"face": face, "lines": lines, "real": thumbs.one(real)})
    return {"damages": damages, "people": people}


def _by_editor(rows: Sequence[Row], rating: str) -> dict[str, dict[str, Row]]:
    out: dict[str, dict[str, Row]] = {}
    for row in rows:
        if row["rating"] == rating and row["control"] == "no":
            out.setdefault(row["editor"], {})[row["degradation"]] = row
    return out


def _control(rows: Sequence[Row], name: str, target: str, rating: str) -> Row | None:
    """What stands beside editors, on undamaged pictures where there are such."""
    mine = [row for row in rows if row["editor"] == f"{name}: {target}" and row["rating"] == rating]
    return next((row for row in mine if _clean(row)), mine[0] if mine else None)


def _target(editor: str) -> str:
    return editor.rpartition(": ")[2]


def _change(row: Row) -> str:
    """Whether it differs from undamaged pictures beyond chance: "worse" or "better"; empty: it cannot be told."""
    if row["told"] != "yes" or not row["difference"]:
        return ""
    return "better" if (row["difference"] > 0) == (row["better"] == "higher") else "worse"


def _most(rows: Iterable[Row]) -> float:
    return max((row["value"] for row in rows if row["value"] is not None), default=0.0)


def _clean(row: Row) -> bool:
    return str(row["undamaged"]) == "yes"


def _from(row: Row) -> str:
    return "from undamaged inputs" if _clean(row) else f"from {row['degradation']} ones"


def _said(row: Row) -> str:
    return f"{_short(row)} ({_ends(row)})"


def _short(row: Row) -> str:
    """A number without interval: as on the rest of the page where it has a unit."""
    return value(row["value"], row["unit"]) if row["unit"] else _plain(row["value"])


def _ends(row: Row) -> str:
    if row["unit"] or row["low"] is None:
        return interval(row, row["unit"])
    return f"{_plain(row['low'])} to {_plain(row['high'])}"


def _plain(found: float) -> str:
    return f"{found:.2f}" if abs(found) < 9.995 else f"{found:.1f}"


def _faceless(row: Row) -> str:
    if not row["faceless"]:
        return ""
    return f" (no face is found in {row['faceless']} of {row['n']})"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1] if names else ""
