"""Curves over a rising damage, and where they break."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bonaface.study.numbers.breaking import damage_falls, knee

Row = dict[str, Any]


def knee_rows(measures: Sequence[Row]) -> list[Row]:
    """The table of breaking points.

    Args:
        measures: rows of whole pictures, finite; those with a family of damages and a level are curves.

    Returns:
        A row for each measure, grid, family and restorer with two levels or more; see `breaking.Knee`.
    """
    held: dict[tuple[str, str, str, str], dict[str, dict[float, list[float]]]] = {}
    better: dict[str, str] = {}
    for row in measures:
        if row["family"] and row["level"] is not None and row["better"] in ("higher", "lower"):
            better[row["measure"]] = row["better"]
            curves = held.setdefault((row["measure"], row["grid"], row["family"], row["restorer"]), {})
            curves.setdefault(row["person"], {}).setdefault(row["level"], []).append(row["value"])
    people = {
        key: {person: {x: sum(v) / len(v) for x, v in curve.items()} for person, curve in curves.items()}
        for key, curves in held.items()
    }
    falling = {
        family: damage_falls(
            [
                (curve, better[key[0]] == "higher")
                for key, curves in people.items()
                if key[2] == family
                for curve in curves.values()
            ]
        )
        for family in {key[2] for key in people}
    }
    out = []
    for key in sorted(people):
        measure, grid, family, restorer = key
        if len({x for curve in people[key].values() for x in curve}) < 2:
            continue
        found = knee(people[key], higher_is_better=better[measure] == "higher", falling=falling[family])
        out.append({
            "measure": measure, "grid": grid, "family": family, "restorer": restorer, "better": better[measure],
            "kind": found.kind, "level": found.level, "low": found.low, "high": found.high, "before": found.before,
            "after": found.after, "bend": found.bend.value, "bend_low": found.bend.low, "bend_high": found.bend.high,
            "people": found.people, "levels": found.levels, "falling": "yes" if falling[family] else "no",
            "why": found.why,
        })  # fmt: skip
    return out
