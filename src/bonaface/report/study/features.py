"""Which features are hallucinated most: the headline, its bars, and the heat maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bonaface.core.regions import Region
from bonaface.report.study.given import Row, Summed, counted, damages, ordered, severity_span, two
from bonaface.report.words import percent

FACE = "whole-face", "background"
"""Shown under the features, not among them."""


def headline(study: Summed) -> str:
    """One or two sentences; empty: nothing was audited."""
    rows = [row for row in study.tables["features"] if row["by"] == "all"]
    facial = [row for row in rows if row["region"] not in FACE]
    if not facial:
        return ""
    worst = facial[0]
    if not worst["severity"]:
        return f"In {_counted(worst)}, nothing was found to be invented or altered."
    models = ordered({row["restorer"] for row in study.tables["features"] if row["by"] == "restorer"}, ())
    painted = [name for name in models if name in study.generative]
    who = f" by {', '.join(painted)}" if 0 < len(painted) <= 3 else f" by {len(painted)} models" if painted else ""
    control = _control(study).get(worst["region"])
    beside = f" ({two(control['severity'])} for interpolation, which paints nothing)" if control else ""
    tied = sum(row["tied"] == "yes" for row in facial)
    told = (
        f" It cannot be told from {counted(tied, 'other feature')} with so few people."
        if tied
        else " It stands apart from every other feature that could be compared."
    )
    return (
        f"In {_counted(worst)}{who}, the feature that is hallucinated most is the "
        f"{Region(worst['region']).label.lower()}: severity {two(worst['severity'])}, 95% interval "
        f"{severity_span(worst)}{beside}.{told}"
    )


def bars(study: Summed, links: Mapping[tuple[str, ...], str]) -> list[dict[str, Any]]:
    """A row for each region over all models, with what interpolation scores beside it."""
    control = _control(study)
    return [
        {
            "region": Region(row["region"]).label,
            "facial": row["region"] not in FACE,
            "link": links.get(("feature", "all", "", row["region"]), ""),
            "severity": row["severity"],
            "low": row["severity_low"],
            "high": row["severity_high"],
            "interval": severity_span(row),
            "control": control[row["region"]]["severity"] if row["region"] in control else None,
            "invented": _share(row, "invented"),
            "altered": _share(row, "altered"),
            "n": row["n"],
            "people": row["people"],
            "tied": row["tied"],
        }
        for row in study.tables["features"]
        if row["by"] == "all"
    ]


def heats(study: Summed, links: Mapping[tuple[str, ...], str]) -> list[dict[str, Any]]:
    """Heat maps of features by restorers, damages and resolutions."""
    rows = study.tables["features"]
    order = [row["region"] for row in rows if row["by"] == "all"]
    order += sorted({row["region"] for row in rows} - set(order))
    sizes = _sizes(study)
    kinds = [("restorer", "By restorer"), ("degradation", "By damage"), ("resolution", "By input resolution")]
    if sizes:  # one and the same table
        kinds[1:] = [("degradation", "By damage and input resolution")]
    out = []
    for by, title in kinds:
        here = [row for row in rows if row["by"] == by]
        if not here:
            continue
        names = list(dict.fromkeys(row[by] for row in here))
        if by != "restorer" and len(names) == 1:
            continue  # the table of all has the same numbers
        if by == "restorer":
            names = ordered(names, study.generative)
        elif by == "degradation":
            names = [name for name in damages(study.tables["pictures"]) if name in names]
        found = {(row["region"], row[by]): row for row in here}
        most = {name: max((row for row in here if row[by] == name), key=lambda row: row["n"]) for name in names}
        out.append({
            "by": by,
            "title": title,
            "columns": [
                {"name": name, "size": sizes.get(name, "") if by == "degradation" else "", "n": _counted(most[name]),
                 "painted": by != "restorer" or name in study.generative}
                for name in names
            ],
            "rows": [
                {"region": Region(region).label, "cells": [_cell(found.get((region, n)), by, n, links) for n in names]}
                for region in order
            ],
        })  # fmt: skip
    return out


def _sizes(study: Summed) -> dict[str, str]:
    """By damage its input resolution, where each damage has one of its own; else empty."""
    rows = [row for row in study.tables["pictures"] if row["resolution"]]
    pairs = {(row["degradation"], row["resolution"]) for row in rows}
    alone = len(pairs) == len({damage for damage, _ in pairs}) == len({size for _, size in pairs})
    return dict(pairs) if alone else {}


def _cell(row: Row | None, by: str, who: str, links: Mapping[tuple[str, ...], str]) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "value": row["severity"], "interval": severity_span(row), "step": step(row["severity"]),
        "link": links.get(("feature", by, who, row["region"]), ""), "n": _counted(row),
    }  # fmt: skip


def step(severity: float) -> int:
    """Of the scale of colours, 0 to 10."""
    return max(0, min(10, round(10 * severity)))


def _control(study: Summed) -> dict[str, Row]:
    return {row["region"]: row for row in study.tables["features"] if row["by"] == "control"}


def _share(row: Row, name: str) -> str:
    return "–" if row[name] is None else percent(row[name])


def _counted(row: Mapping[str, Any]) -> str:
    return f"{counted(row['n'], 'output')} of {counted(row['people'], 'person', 'people')}"


def where_missing(study: Summed, folder: str) -> Sequence[str]:
    """What to do where nothing was audited."""
    return () if study.tables["features"] else (f"bonaface study run PLAN --faces WHERE --out {folder} --audits",)
