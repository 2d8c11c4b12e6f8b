"""Tables by kinds of faces and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bonaface.report.study.given import Row, Summed, counted, interval, label, ordered, value

Links = Mapping[tuple[str, ...], str]


def strata(study: Summed, links: Links) -> list[dict[str, Any]]:
    """A block for each outcome, the most telling first, with a table for each kind of stratum."""
    rows = study.tables["strata"]
    outcomes = list(dict.fromkeys(row["outcome"] for row in rows))
    outcomes.sort(key=lambda name: name != study.worst_by)
    return [_block(outcome, [row for row in rows if row["outcome"] == outcome], study, links) for outcome in outcomes]


def _block(outcome: str, rows: list[Row], study: Summed, links: Links) -> dict[str, Any]:
    restorers = ordered((row["restorer"] for row in rows), study.generative)
    kinds, alike = [], []
    for kind in sorted(dict.fromkeys(row["kind"] for row in rows), key=lambda kind: kind.startswith("group: ")):
        here = [row for row in rows if row["kind"] == kind]
        found = {(row["stratum"], row["restorer"]): row for row in here}
        lines = []
        for stratum in dict.fromkeys(row["stratum"] for row in here):
            mine = [row for row in here if row["stratum"] == stratum]
            people = max(row["people"] for row in mine)
            lines.append({
                "name": stratum, "link": links.get(("stratum", kind, stratum), ""), "people": people,
                "few": all(row["few"] == "yes" for row in mine),
                "cells": [
                    _cell(found.get((stratum, name)), links.get(("stratum", kind, stratum, name), ""))
                    for name in restorers
                ],
            })  # fmt: skip
        if len(lines) == 1:  # nothing to be compared
            alike.append({**lines[0], "kind": _title(kind)})
        else:
            kinds.append({"title": _title(kind), "rows": lines})
    return {
        "label": label(outcome), "unit": rows[0]["unit"], "better": rows[0]["better"], "restorers": restorers,
        "kinds": kinds, "alike": alike,
    }  # fmt: skip


def _cell(row: Row | None, link: str) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "value": value(row["value"], row["unit"]), "v": row["value"], "interval": interval(row, row["unit"]),
        "n": f"n {row['n']}, {counted(row['people'], 'person', 'people')}", "link": link,
    }  # fmt: skip


def _title(kind: str) -> str:
    text = kind.removeprefix("group: ")
    return text[:1].upper() + text[1:] + (" (as the faces' list says)" if kind.startswith("group: ") else "")
