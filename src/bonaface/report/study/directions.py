"""Which way attributes drift: verdicts, shifts with their intervals, and groups of faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bonaface.report.study.against import UNTOUCHED, farther
from bonaface.report.study.given import Row, Summed, counted, ordered

Links = Mapping[tuple[str, ...], str]
ALL = "all damages"
"""Where a degradation would stand, as in the study's table."""
MORE, LESS, IS_CONTROL, UNJUDGED = "more", "less", "control", "not judged"
"""Verdicts of the study's table."""
LIGHTNESS = "skin-lightness"


def moves(rows: Sequence[Row]) -> str:
    """A sentence on what one restorer or editor adds and takes away; of its rows over all faces and damages."""
    found = sorted((row for row in rows if row["verdict"] in (MORE, LESS)), key=lambda row: -abs(row["value"] or 0.0))
    judged = sum(row["verdict"] != UNJUDGED for row in rows)
    if not found:
        beside = f"in {UNTOUCHED}" if rows[0]["target"] else "with interpolation"
        than = f", on average, than {beside}" if rows[0]["control"] else " than the reader's floor, on average"
        return f"Of {judged} attributes none is told to move farther{than}."
    parts = list[str]()
    for verdict, text in ((MORE, "it adds"), (LESS, "it takes away")):
        mine = [f"{_inside(r['quantity'])} ({_shift(r)}, {_shift_span(r)})" for r in found if r["verdict"] == verdict]
        parts += [f"{text} {', '.join(mine)}"] if mine else []
    return f"On average, {farther(rows[0])}, {'; '.join(parts)}."


def named(rows: Sequence[Row], over: Sequence[Row], pooled: str, restorers: Sequence[str]) -> dict[str, Any]:
    """Verdicts on directions that have a name, and how far their parts moved."""
    here = [row for row in rows if not row["group"] and row["degradation"] == pooled]
    held = {(row["direction"], row["restorer"]): row for row in here}
    shifts = {(row["restorer"], row["quantity"]): row for row in over}
    return {
        "restorers": restorers,
        "rows": [
            {"name": direction, "cells": [_verdict(held.get((direction, name)), shifts) for name in restorers]}
            for direction in dict.fromkeys(row["direction"] for row in here)
        ],
    }


def _verdict(row: Row | None, shifts: Mapping[tuple[str, str], Row]) -> dict[str, Any] | None:
    if row is None:
        return None
    names = [part.rpartition(" ")[0] for part in row["parts"].split("; ")]
    parts = [shifts[row["restorer"], name] for name in names if (row["restorer"], name) in shifts]
    return {
        "verdict": row["verdict"],
        "parts": [f"{_plain(part['quantity'])} {_shift(part)} ({_shift_span(part)})" for part in parts
                  if part["value"] is not None],
        "people": counted(int(row["people"]), "person", "people"),
    }  # fmt: skip


def attributes(over: Sequence[Row], restorers: Sequence[str], links: Links) -> dict[str, Any]:
    """Shifts of all judged attributes, those that move most first."""
    unjudged = {row["quantity"] for row in over if row["verdict"] == UNJUDGED}  # controls have one verdict for all
    judged = [row for row in over if row["quantity"] not in unjudged]
    held = {(row["quantity"], row["restorer"]): row for row in judged}
    controls = {row["restorer"] for row in judged if row["verdict"] == IS_CONTROL}
    names = list(dict.fromkeys(row["quantity"] for row in judged))

    def most(name: str) -> tuple[bool, float]:
        mine = [row for row in judged if row["quantity"] == name and row["restorer"] not in controls]
        moved = any(row["verdict"] in (MORE, LESS) for row in mine)
        return not moved, -max((abs(row["value"] or 0.0) for row in mine), default=0.0)

    return {
        "restorers": restorers,
        "rows": [
            {"name": _plain(name), "cells": [_moved(held.get((name, each)), links) for each in restorers]}
            for name in sorted(names, key=most)
        ],
    }


def _moved(row: Row | None, links: Links) -> dict[str, Any] | None:
    if row is None or row["value"] is None:
        return None
    return {
        "value": _shift(row), "v": row["value"], "interval": _shift_span(row), "verdict": row["verdict"],
        "moved": row["verdict"] in (MORE, LESS), "link": link(row, links),
        "n": f"n {row['n']:g}, {counted(int(row['people']), 'person', 'people')}",
    }  # fmt: skip


def groups(rows: Sequence[Row], study: Summed) -> list[dict[str, Any]]:
    """By restorer and kind of group: the attributes that move in one group at least."""
    out = []
    held = [row for row in rows if row["group"] and row["verdict"] not in (IS_CONTROL, UNJUDGED)]
    for restorer in ordered({row["restorer"] for row in held}, study.generative):
        for kind in dict.fromkeys(row["group"] for row in held):
            here = [row for row in held if (row["restorer"], row["group"]) == (restorer, kind)]
            values = list(dict.fromkeys(row["group_value"] for row in here))
            found = {(row["quantity"], row["group_value"]): row for row in here}
            moved = list(dict.fromkeys(row["quantity"] for row in here if row["verdict"] in (MORE, LESS)))
            out.append({
                "restorer": restorer, "kind": kind.replace("_", " "), "values": values,
                "rows": [
                    {"name": _plain(name), "cells": [_moved(found.get((name, value)), {}) for value in values]}
                    for name in moved
                ],
            })  # fmt: skip
    return out


def link(row: Row, links: Links) -> str:
    """To the pictures behind a number."""
    place = ("restorer", row["restorer"])
    return links.get(place if row["degradation"] == ALL else ("pair", row["restorer"], row["degradation"]), "")


def _shift(row: Row) -> str:
    return _signed(row["value"], 1) + " L*" if row["quantity"] == LIGHTNESS else _signed(row["value"])


def _shift_span(row: Row) -> str:
    if row["low"] is None or row["high"] is None:
        return "no interval"
    digits = 1 if row["quantity"] == LIGHTNESS else 2
    return f"{_signed(row['low'], digits)} to {_signed(row['high'], digits)}"


def _signed(value: float, digits: int = 2) -> str:
    """With its sign, but for what rounds to nothing.

    >>> _signed(0.243), _signed(-0.001)
    ('+0.24', '0.00')
    """
    near = round(value, digits)
    return f"{near:+.{digits}f}".replace("-", "−") if near else f"{0:.{digits}f}"


def _plain(quantity: str) -> str:
    """An attribute as readers know it.

    >>> _plain("Heavy_Makeup"), _plain("skin-lightness")
    ('Heavy makeup', 'Lightness of the skin')
    """
    return "Lightness of the skin" if quantity == LIGHTNESS else quantity.replace("_", " ").capitalize()


def _inside(quantity: str) -> str:
    return _plain(quantity).lower()
