"""Curves over damages whose level is raised, as drawings in plain numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bonaface.report.study.given import Row, Summed, interval, label, on_grid, ordered, value

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 320, 210, 46, 30, 10, 8
SAID = {"breaks": "breaks", "levels off": "levels off", "straight": "no bend beyond chance", "unknown": "unknown"}


def curves(study: Summed, links: Mapping[tuple[str, ...], str]) -> dict[str, Any] | None:
    """A block for each measure with a drawing for each family of damages; None: no damage is raised.

    Blocks are of the grid where most restorers have numbers, those of other grids under "others". A restorer has the
    same colour everywhere.
    """
    rows = [row for row in study.tables["means"] if row["family"] and row["level"] is not None and row["better"]]
    restorers = ordered((row["restorer"] for row in rows), study.generative)
    knees = {(k["measure"], k["grid"], k["family"], k["restorer"]): k for k in study.tables["breaking"]}
    grouped: dict[str, list[dict[str, Any]]] = {}
    for measure, grid in dict.fromkeys((row["measure"], row["grid"]) for row in rows):
        here = [row for row in rows if (row["measure"], row["grid"]) == (measure, grid)]
        panels = []
        for family in dict.fromkeys(row["family"] for row in here):
            mine = [row for row in here if row["family"] == family]
            if len({row["level"] for row in mine}) > 1:
                panels.append(_panel(family, mine, restorers, knees, links))
        if panels:
            block = {"label": label(measure), "on": on_grid(grid), "unit": here[0]["unit"],
                     "better": here[0]["better"], "panels": panels,
                     "count": len({row["restorer"] for row in here})}  # fmt: skip
            grouped.setdefault(measure, []).append(block)
    blocks, others = [], []
    for group in grouped.values():
        main = max(group, key=lambda block: block["count"])
        blocks.append(main)
        others += [block for block in group if block is not main]
    if not blocks:
        return None
    narrow = all(len(block["panels"]) == 1 for block in blocks)
    return {"blocks": blocks, "others": others, "restorers": restorers, "narrow": narrow}


def knee_table(study: Summed) -> dict[str, Any]:
    """Every curve that could be told, those that break first; and why others could not, with their number."""
    order = ("breaks", "levels off", "straight", "unknown")
    rows = sorted(study.tables["breaking"], key=lambda row: order.index(row["kind"]))
    return {"rows": [
        {
            "measure": f"{label(row['measure'])} {on_grid(row['grid'])}".rstrip(),
            **{name: row[name] for name in ("family", "restorer", "kind", "people", "levels")},
            "said": SAID[row["kind"]], "v": row["level"] if _bent(row) else None,
            "level": f"{row['level']:.3g}" if _bent(row) else "–",
            "interval": _ends(row) if _bent(row) else "",
            **{name: _slope(row[name]) for name in ("before", "after")},
        }
        for row in rows if row["kind"] != "unknown"
    ], "unknown": Counter(row["why"] for row in rows if row["kind"] == "unknown").most_common()}  # fmt: skip


def _bent(row: Mapping[str, Any]) -> bool:
    return row["kind"] in ("breaks", "levels off")


def _slope(found: float | None) -> str:
    return "–" if found is None else f"{found:.2g}".replace("-", "−")


def _ends(knee: Mapping[str, Any]) -> str:
    return f"{knee['low']:.3g} to {knee['high']:.3g}"


def _panel(
    family: str, rows: Sequence[Row], restorers: Sequence[str], knees: Mapping[Any, Row], links: Mapping[Any, str]
) -> dict[str, Any]:
    falling = any(
        knees[key]["falling"] == "yes"
        for row in rows
        if (key := (row["measure"], row["grid"], family, row["restorer"])) in knees
    )
    levels: list[float] = sorted({row["level"] for row in rows}, reverse=falling)
    ends: list[float] = [v for row in rows for v in (row["value"], row["low"], row["high"]) if v is not None]
    # An interval of two people can be so wide that it would flatten every curve.
    values: list[float] = [row["value"] for row in rows]
    reach = max(values) - min(values) or abs(values[0]) or 1.0
    low, high = max(min(ends), min(values) - reach), min(max(ends), max(values) + reach)
    ticks = nice(low, high)
    low, high = min(low, ticks[0]), max(high, ticks[-1])

    def across(level: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (level - levels[0]) / (levels[-1] - levels[0])

    def down(found: float) -> float:
        inside = min(high, max(low, found))
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - inside) / (high - low)

    unit = rows[0]["unit"]
    lines, said = [], []
    for number, name in enumerate(restorers):
        mine = sorted((row for row in rows if row["restorer"] == name), key=lambda row: across(row["level"]))
        if not mine:
            continue
        points = [(across(row["level"]), down(row["value"]), row) for row in mine]
        banded = [(x, down(row["high"]), down(row["low"])) for x, _, row in points if row["low"] is not None]
        knee = knees.get((mine[0]["measure"], mine[0]["grid"], family, name))
        mark = None
        if knee is not None and _bent(knee):
            mark = {"x": f"{across(knee['level']):.1f}", "breaks": knee["kind"] == "breaks",
                    "from": f"{min(across(knee['low']), across(knee['high'])):.1f}",
                    "wide": f"{abs(across(knee['high']) - across(knee['low'])):.1f}"}  # fmt: skip
            said.append(f"{name} {knee['kind']} at {knee['level']:.3g} ({_ends(knee)})")
        lines.append({
            "c": number % 7, "name": name, "path": "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y, _ in points),
            "band": _closed(banded), "mark": mark,
            "dots": [
                {"x": f"{x:.1f}", "y": f"{y:.1f}", "link": links.get(("pair", name, row["degradation"]), ""),
                 "said": f"{name}, {row['degradation']}: {value(row['value'], unit)} ({interval(row, unit)}), "
                         f"{row['people']} people"}
                for x, y, row in points
            ],
        })  # fmt: skip
    return {
        "family": family, "from": _named(rows, levels[0]), "to": _named(rows, levels[-1]), "lines": lines, "said": said,
        "ys": [{"y": f"{down(t):.1f}", "text": f"{t:g}"} for t in ticks],
        "xs": _spread([(across(level), f"{level:g}") for level in levels]),
        "width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT, "top": TOP, "bottom": HEIGHT - BOTTOM,
    }  # fmt: skip


def _named(rows: Sequence[Row], level: float) -> str:
    return next(str(row["degradation"]) for row in rows if row["level"] == level)


def nice(low: float, high: float, count: int = 4) -> list[float]:
    """Round numbers that span a range.

    >>> nice(17.2, 31)
    [15.0, 20.0, 25.0, 30.0, 35.0]
    """
    span = (high - low) or abs(high) or 1.0
    size = 10.0 ** math.floor(math.log10(span / count))
    size = next(size * k for k in (1, 2, 2.5, 5, 10) if span / (size * k) <= count)
    first, last = math.floor(low / size + 1e-9), math.ceil(high / size - 1e-9)
    return [round(k * size, 10) for k in range(first, max(last, first + 1) + 1)]


def _spread(ticks: Sequence[tuple[float, str]], apart: float = 21) -> list[dict[str, str]]:
    """Labels that do not lie on each other; the last one always stays."""
    kept: list[tuple[float, str]] = []
    for x, text in reversed(ticks):
        if not kept or kept[-1][0] - x >= apart:
            kept.append((x, text))
    named = dict(kept)
    return [{"x": f"{x:.1f}", "text": named.get(x, "")} for x, _ in ticks]


def _closed(band: Sequence[tuple[float, float, float]]) -> str:
    if len(band) < 2:
        return ""
    there = "L".join(f"{x:.1f} {upper:.1f}" for x, upper, _ in band)
    back = "L".join(f"{x:.1f} {lower:.1f}" for x, _, lower in reversed(band))
    return f"M{there}L{back}Z"
