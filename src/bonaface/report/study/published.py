"""What papers printed, beside what this study measured: S0's tables, S1's figure, S2's table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bonaface.measure.protocols.gfpgan_reproduction import GFPGAN_REPRODUCTION
from bonaface.measure.protocols.hallucination_study import HALLUCINATION_STUDY
from bonaface.measure.protocols.pro_uigan import PRO_UIGAN as S2
from bonaface.measure.protocols.pro_uigan import TABLE_I
from bonaface.measure.protocols.record import Protocol
from bonaface.report.study.descriptions import Telling
from bonaface.report.study.given import Row, Summed, counted, interval, label, on_grid, ordered, value

SIDES = (32, 64, 128, 256)
TABLE_2 = {
    "CodeFormer": (0.897, 0.823, 0.895, 0.888),
    "GPEN": (0.886, 0.802, 0.887, 0.886),
    "GFPGAN": (None, None, None, 0.836),
}
"""S0's mean cosines between descriptions of output and truth (all-MiniLM-L6-v2), by input side."""
_MODELS = {"codeformer": "CodeFormer", "gpen": "GPEN", "gfpgan": "GFPGAN"}
S1_FAMILIES = {"blur", "downscale", "noise", "jpeg"}
S2_MASKS = {"square": "prouigan-square", "irregular": "prouigan-irregular"}


def published(
    study: Summed, links: Mapping[tuple[str, ...], str], told: Sequence[Telling] = ()
) -> list[dict[str, Any]]:
    """A block for each table of a paper that this study has something to put beside.

    Args:
        study: summed up.
        links: to the pictures behind its numbers.
        told: what describers told of it.
    """
    return [
        block
        for block in (
            _table_1(study, links),
            _table_2(study, links, told),
            _figure_2(study, links),
            _table_i(study, links),
        )
        if block is not None
    ]


def _table_1(study: Summed, links: Mapping[tuple[str, ...], str]) -> dict[str, Any] | None:
    """S0's table 1: LPIPS by input side; shown where the study has its damages."""
    sides = _sides(study)
    if not sides:
        return None
    means = {
        (row["restorer"], sides[row["degradation"]]): row
        for row in study.tables["means"]
        if row["measure"] == "lpips-alex" and row["grid"] == "truth" and row["degradation"] in sides
    }
    printed = _printed_1()
    lines: list[dict[str, Any]] = []
    for name in ordered((row["restorer"] for row in study.tables["pictures"]), study.generative):
        cells = [_ours(means.get((name, side)), links) for side in SIDES]
        if any(cells):
            lines.append(_own(name, cells, links.get(("restorer", name), "")))
    lines += [_line(model, [held.get(side) for side in SIDES]) for model, held in printed.items()]
    missing = (
        ""
        if means
        else (
            "This study has no lpips-alex on the truth's own grid: add the measure to the plan (it needs the extra "
            "bonaface[metrics] and its weights) and run it again; only that is computed."
        )
    )
    return _block(HALLUCINATION_STUDY, "LPIPS, lower is better", [f"{side} px" for side in SIDES], lines, missing)


def may_be_told(study: Summed, told: Sequence[Telling]) -> bool:
    """Whether nobody described this study, and S0's table 2 would stand beside what was told."""
    return bool(_sides(study)) and not told


def _table_2(study: Summed, links: Mapping[tuple[str, ...], str], told: Sequence[Telling]) -> dict[str, Any] | None:
    """S0's table 2: cosines of descriptions by input side; shown where the study has its damages, and was described."""
    sides = _sides(study)
    by_side = {side: damage for damage, side in sides.items()}
    told = [each for each in told if any(row["value"] is not None for row in each.means)]
    lines: list[dict[str, Any]] = []
    for telling in told:
        also = f", told by {telling.name}" if len(told) > 1 else ""
        restorers = ordered((row["restorer"] for row in telling.means), study.generative)
        held = {
            name: [telling.mean(name, by_side[side]) if side in by_side else None for side in SIDES]
            for name in restorers
        }
        for name, rows in held.items():
            cells = [_told(row, telling, links) for row in rows]
            if any(cells):
                lines.append(_own(f"{name}{also}", cells, links.get(("restorer", name), "")))
        whole = next((name for name in restorers if any(_known(row) for row in held[name])), "")
        if whole:
            lines.append(_own(f"The originals among themselves{also}", [_usual(row) for row in held[whole]], ""))
    if not lines:
        return None
    lines += [_line(model, values) for model, values in TABLE_2.items()]
    asked = " and ".join(telling.name for telling in told)
    return {
        "title": "Study on Face Hallucinating Features, table 2", "source": "Kumar et al. (S0)",
        "about": "Mean cosine between descriptions of output and original over eleven headings, higher is better",
        "columns": [f"{side} px" for side in SIDES], "rows": lines, "faces": 3, "missing": "",
        "traps": (
            f"S0 asked Gemini 2.5 Pro, here it was {asked}: cosines of two describers do not compare, and how closely "
            "one repeats itself stands in the row of the originals",
            "S0 has no such floor, and shows no intervals; it says that its values vary considerably",
            "an output that shows a part of the face is told beside that part of its original",
        ),
    }  # fmt: skip


def _known(row: Row | None) -> bool:
    return row is not None and row["usual"] is not None


def _told(row: Row | None, telling: Telling, links: Mapping[tuple[str, ...], str]) -> dict[str, Any] | None:
    if row is None or row["value"] is None:
        return None
    more = f"{interval(row)}; {counted(int(row['people']), 'person', 'people')}"
    link = links.get(("told", telling.key, row["restorer"], row["degradation"]), "")
    return {"value": value(row["value"]), "more": more, "link": link}


def _usual(row: Row | None) -> dict[str, Any] | None:
    """How closely a describer repeats itself on the originals of a column."""
    if row is None or row["usual"] is None:
        return None
    return {"value": value(row["usual"]), "more": f"floor {value(row['floor'])}", "link": ""}


def _figure_2(study: Summed, links: Mapping[tuple[str, ...], str]) -> dict[str, Any] | None:
    """S1's figure 2, where the study raises S1's damages."""
    families = {row["family"] for row in study.tables["pictures"]}
    if not families >= S1_FAMILIES:
        return None
    rows = [row for row in study.tables["means"] if row["family"] in S1_FAMILIES and row["grid"] == "truth"]
    measures = GFPGAN_REPRODUCTION.measures
    lines: list[dict[str, Any]] = []
    for name in ordered((row["restorer"] for row in rows), study.generative):
        cells = [_over([r for r in rows if (r["restorer"], r["measure"]) == (name, m)]) for m in measures]
        lines.append(_own(f"{name}, mean of all levels", cells, links.get(("restorer", name), "")))
    lines += [_line(each.who, [each.values.get(name) for name in measures]) for each in GFPGAN_REPRODUCTION.rows]
    missing = [label(name) for name in measures if name not in {row["measure"] for row in rows}]
    note = f"Not measured here: {', '.join(missing)}." if missing else ""
    block = _block(GFPGAN_REPRODUCTION, "", [label(name) for name in measures], lines, note)
    block["traps"] = (
        "its damages are drawn at random from ranges and applied together; here each is raised alone, and the mean is "
        "over the levels of all of them: the rows say how far apart the tasks are, not who is right",
        *block["traps"],
    )
    return block


def _table_i(study: Summed, links: Mapping[tuple[str, ...], str]) -> dict[str, Any] | None:
    """S2's table I, where the study has its masks."""
    rows = [row for row in study.tables["means"] if row["degradation"] in S2_MASKS.values()]
    if not rows:
        return None
    columns = [(mask, measure) for mask in S2_MASKS for measure in ("psnr", "ssim")]
    lines: list[dict[str, Any]] = []
    for name, grid in dict.fromkeys((row["restorer"], row["grid"]) for row in rows):
        found = {
            (row["degradation"], row["measure"]): row for row in rows if (row["restorer"], row["grid"]) == (name, grid)
        }
        cells = [_ours(found.get((S2_MASKS[mask], measure)), links) for mask, measure in columns]
        if any(cells):
            lines.append(_own(f"{name} {on_grid(grid)}".rstrip(), cells, links.get(("restorer", name), "")))
    for who in dict.fromkeys((row.method, row.order) for row in TABLE_I):
        held = {row.mask: row for row in TABLE_I if (row.method, row.order) == who}
        values = [getattr(held[mask], measure) if mask in held else None for mask, measure in columns]
        lines.append(_line(", ".join(who), values))
    return _block(S2, "", [f"{label(measure)}, {mask}" for mask, measure in columns], lines, "")


def _block(
    protocol: Protocol, about: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]], missing: str
) -> dict[str, Any]:
    return {
        "title": protocol.title, "source": protocol.source.text, "about": about, "columns": columns, "rows": rows,
        "faces": protocol.faces, "missing": missing, "traps": protocol.traps,
    }  # fmt: skip


def _sides(study: Summed) -> dict[str, int]:
    """S0's damages in the study, and the side in pixels that they left; faces of another size than S0's have none."""
    found = {(row["degradation"], row["resolution"]) for row in study.tables["pictures"]}
    return {f"study-x{1024 // side}": side for side in SIDES if (f"study-x{1024 // side}", f"{side} px") in found}


def _printed_1() -> dict[str, dict[int, float]]:
    out: dict[str, dict[int, float]] = {}
    for row in HALLUCINATION_STUDY.rows:
        found = re.fullmatch(r"(.+), (\d+) px", row.who)
        if found is not None:
            out.setdefault(found[1], {})[int(found[2])] = row.values["lpips-alex"]
    return out


def _line(who: str, values: Sequence[float | None]) -> dict[str, Any]:
    """What a paper printed."""
    return {"who": who, "printed": True, "cells": [_theirs(value) for value in values], "link": ""}


def _own(who: str, cells: Sequence[Mapping[str, Any] | None], link: str) -> dict[str, Any]:
    """What this study measured, and the way to its pictures."""
    return {"who": who, "printed": False, "cells": cells, "link": link}


def _theirs(found: float | None) -> dict[str, Any] | None:
    return None if found is None else {"value": f"{found:g}", "more": "", "link": ""}


def _ours(row: Row | None, links: Mapping[tuple[str, ...], str]) -> dict[str, Any] | None:
    if row is None:
        return None
    more = f"{interval(row, row['unit'])}; {counted(row['people'], 'person', 'people')}"
    link = links.get(("pair", row["restorer"], row["degradation"]), "")
    return {"value": value(row["value"], row["unit"]), "more": more, "link": link}


def _over(rows: Sequence[Row]) -> dict[str, Any] | None:
    """The mean of the damages' means, without an interval: the damages are no sample of anything."""
    if not rows:
        return None
    mean = sum(row["value"] for row in rows) / len(rows)
    people = max(row["people"] for row in rows)
    more = f"{counted(len(rows), 'damage')}, {counted(people, 'person', 'people')}"
    return {"value": value(mean, rows[0]["unit"]), "more": more, "link": ""}
