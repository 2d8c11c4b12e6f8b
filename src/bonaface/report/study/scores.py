"""Rankings of restorers, and their means by damage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bonaface.report.study.given import Row, Summed, counted, damages, interval, label, on_grid, ordered, value

OPEN = 8
"""Damages up to which a table of means is shown unfolded."""


def rankings(study: Summed, links: Mapping[tuple[str, ...], str]) -> list[dict[str, Any]]:
    """A block for each measure: its ranking, and its means by damage, on the grid where most restorers have numbers.

    The blocks of its other grids are under "others".
    """
    blocks: dict[tuple[str, str], dict[str, Any]] = {}
    for row in study.tables["means"]:
        key = (row["measure"], row["grid"])
        block = blocks.setdefault(key, {"label": label(key[0]), "on": on_grid(key[1]), "unit": row["unit"],
                                        "better": row["better"], "places": [], "means": [], "notes": []})  # fmt: skip
        block["means"].append(row)
    for row in study.tables["rankings"]:
        block = blocks[row["measure"], row["grid"]]
        block["notes"] = [_sentence(text) for text in row["note"].split("; ") if text]
        link = links.get(("restorer", row["restorer"]), "")
        rank = str(row["rank"]) if row["rank"] == row["last"] else f"{row['rank']}–{row['last']}"
        block["places"].append({
            "rank": rank, "restorer": row["restorer"], "link": link, "value": value(row["value"], row["unit"]),
            "v": row["value"], "interval": interval(row, row["unit"]), "tied": row["tied"], "n": row["n"],
            "people": row["people"],
        })  # fmt: skip
    for block in blocks.values():
        block |= _pivot(block.pop("means"), study, links)
    grouped: dict[str, list[dict[str, Any]]] = {}
    for (measure, _), block in blocks.items():
        grouped.setdefault(measure, []).append(block)
    out = []
    for group in grouped.values():
        most = max(len(block["restorers"]) for block in group)
        main = next(block for block in group if len(block["restorers"]) == most)
        out.append(main | {"others": [block for block in group if block is not main]})
    return out


def _pivot(rows: list[Row], study: Summed, links: Mapping[tuple[str, ...], str]) -> dict[str, Any]:
    """Damages by restorers; each cell leads to its pictures."""
    restorers = ordered((row["restorer"] for row in rows), study.generative)
    found = {(row["degradation"], row["restorer"]): row for row in rows}
    names = damages(rows)
    return {
        "restorers": restorers,
        "open": len(names) <= OPEN,
        "damages": [
            {"name": damage, "cells": [_mean(found.get((damage, name)), links) for name in restorers]}
            for damage in names
        ],
    }


def _mean(row: Row | None, links: Mapping[tuple[str, ...], str]) -> dict[str, Any] | None:
    if row is None:
        return None
    people = counted(row["people"], "person", "people")
    return {
        "value": value(row["value"], row["unit"]), "v": row["value"], "interval": interval(row, row["unit"]),
        "n": f"n {row['n']}, {people}", "link": links.get(("pair", row["restorer"], row["degradation"]), ""),
    }  # fmt: skip


def index(study: Summed, links: Mapping[tuple[str, ...], str]) -> dict[str, Any]:
    """Damages by restorers: how many outputs there are, and the way to them."""
    rows = study.tables["pictures"]
    restorers = ordered((row["restorer"] for row in rows), study.generative)
    cells: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        cells.setdefault((row["degradation"], row["restorer"]), []).append(row)
    return {
        "restorers": restorers,
        "damages": [
            {"name": damage, "cells": [_count(cells.get((damage, name), []), links) for name in restorers]}
            for damage in damages(rows)
        ],
    }


def _count(rows: list[Row], links: Mapping[tuple[str, ...], str]) -> dict[str, Any] | None:
    if not rows:
        return None
    failed = sum(row["status"] != "ok" for row in rows)
    key = ("pair", rows[0]["restorer"], rows[0]["degradation"])
    return {"n": len(rows), "failed": failed, "link": links.get(key, "")}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
