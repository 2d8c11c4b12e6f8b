"""What a report on a study shows, as plain tables: every number with its interval, pictures and people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bonaface.core.images import Bytes8, to_bytes
from bonaface.edit import EDITORS
from bonaface.io.pictures import read_picture
from bonaface.measure import MEASURES
from bonaface.restore import RESTORERS
from bonaface.study.engine import tables
from bonaface.study.engine.store import Store
from bonaface.study.numbers.curves import knee_rows
from bonaface.study.numbers.features import Audited, audited, feature_rows, resolution
from bonaface.study.numbers.intervals import DRAWS, mean_of
from bonaface.study.numbers.statistics import advice
from bonaface.study.numbers.strata import cell_strata, face_strata, strata_rows, within
from bonaface.study.results.expressions import ratings
from bonaface.study.results.summary import rankings

Row = dict[str, Any]
SEVERITY = "hallucination"
"""The outcome of audits: mean severity of what is invented or altered, over facial features."""
TELLING = ("identity-retention", "identity-angle", "lpips-alex", "lpips-vgg", "keypoints", "ssim", "psnr", "lmd")
"""Measures by which the worst outputs are found where nothing was audited, the most telling first."""


@dataclass(frozen=True, slots=True)
class Reported:
    """Everything that a report is made of.

    Attributes:
        tables: rows by name: "features", "rankings", "means", "strata", "breaking" and "pictures"; "ratings" where
            expressions were edited.
        faces: rows of the table of faces.
        generative: labels of the restorers that paint detail.
        people: whose faces were studied.
        advice: what so many people can tell; empty: they suffice.
        notes: what a reader should know.
        worst_by: what outputs are called worst by: `SEVERITY`, or a measure; empty: nothing was measured.
    """

    tables: Mapping[str, list[Row]]
    faces: list[Row]
    generative: tuple[str, ...]
    people: int
    advice: str
    notes: tuple[str, ...]
    worst_by: str


def reported(store: Store, *, draws: int = DRAWS) -> Reported:
    """Read a store, and sum it up.

    Args:
        store: of the study; nothing in it is changed.
        draws: of the bootstraps.
    """
    cells, measures, faces = (tables.rows_of(store, name) for name in ("cells", "measures", "faces"))
    outputs = audited(tables.rows_of(store, "findings"), cells)
    generative = tuple(sorted({row["restorer"] for row in cells if _paints(row["restorer_id"])}))
    ranked = rankings(store, draws=draws)
    whole = [row for row in measures if row["part"] == "" and row["value"] is not None]
    finite = [row for row in whole if not math.isinf(row["value"])]
    grids = _grids(finite)
    main = [row for row in finite if grids.get(row["measure"]) == row["grid"]]
    outcomes = [_outcome(row) for row in main if row["better"] in ("higher", "lower")] + _severities(outputs)
    by = _worst_by(outcomes)
    pictures = _pictures(cells, faces, outputs, whole, outcomes, by)
    known = {row["face"]: row for row in faces}
    kinds = {row["face"]: face_strata(row, _truth(store, row)) for row in faces}
    belongs = {
        row["cell"]: kinds[row["face"]] | cell_strata(row, known[row["face"]]) for row in cells if row["status"] == "ok"
    }
    for row in pictures:
        row["strata"] = belongs.get(row["cell"], {})
    people = len({row["person"] for row in cells if row["status"] == "ok"})
    means = mean_rows(finite, draws=draws)
    rated = ratings(store, draws=draws)
    return Reported(
        tables={
            **({} if rated is None else {"ratings": rated}),
            "features": feature_rows(outputs, generative, draws=draws),
            "rankings": [row for each in ranked for row in _ranking_rows(each)],
            "means": means,
            "strata": strata_rows(belongs, outcomes, draws=draws),
            "breaking": knee_rows(finite),
            "pictures": pictures,
        },
        faces=faces,
        generative=generative,
        people=people,
        advice=advice(people) if people else "",
        notes=tuple(_notes(cells, outputs, whole, finite)),
        worst_by=by,
    )


def mean_rows(measures: Sequence[Row], *, draws: int = DRAWS) -> list[Row]:
    """The table of means: by measure, grid, restorer and degradation.

    Args:
        measures: rows of whole pictures, finite.
        draws: of the bootstrap.
    """
    held: dict[tuple[str, ...], list[Row]] = {}
    for row in measures:
        held.setdefault((row["measure"], row["grid"], row["restorer"], row["degradation"]), []).append(row)
    order = {name: i for i, name in enumerate(MEASURES.ids)}
    out = []
    for key in sorted(held, key=lambda key: (order.get(key[0], len(order)), key[1] != "truth", *key[1:])):
        rows, first = held[key], held[key][0]
        found = within(mean_of([row["value"] for row in rows], [row["person"] for row in rows], draws=draws), key[0])
        out.append({
            "measure": key[0], "grid": key[1], "unit": first["unit"], "better": first["better"], "restorer": key[2],
            "degradation": key[3], "family": first["family"], "level": first["level"], "value": found.value,
            "low": found.low, "high": found.high, "n": found.n, "people": found.people, "why": found.why,
        })  # fmt: skip
    return out


def _paints(model: str) -> bool:
    return model in EDITORS or (model in RESTORERS and RESTORERS[model].generative)


def _grids(rows: Sequence[Row]) -> dict[str, str]:
    """By measure, the grid on which most restorers have numbers; of several the truth's own."""
    held: dict[str, dict[str, set[str]]] = {}
    for row in rows:
        held.setdefault(row["measure"], {}).setdefault(row["grid"], set()).add(row["restorer"])
    return {
        name: max(sorted(grids), key=lambda grid, grids=grids: (len(grids[grid]), grid == "truth"))  # type: ignore[misc]
        for name, grids in held.items()
    }


def _outcome(row: Row) -> Row:
    names = ("cell", "person", "restorer", "unit", "better", "value")
    return {**{name: row[name] for name in names}, "outcome": row["measure"], "grid": row["grid"]}


def _severities(outputs: Sequence[Audited]) -> list[Row]:
    return [
        {"cell": one.cell, "person": one.person, "restorer": one.restorer, "unit": "", "better": "lower",
         "value": one.severity, "outcome": SEVERITY, "grid": ""}
        for one in outputs
        if one.severity is not None
    ]  # fmt: skip


def _worst_by(outcomes: Sequence[Row]) -> str:
    there = list(dict.fromkeys(row["outcome"] for row in outcomes))
    return next((name for name in (SEVERITY, *TELLING, *there) if name in there), "")


def _pictures(
    cells: Sequence[Row], faces: Sequence[Row], outputs: Sequence[Audited], whole: Sequence[Row],
    outcomes: Sequence[Row], by: str,
) -> list[Row]:  # fmt: skip
    """A row for each output, the worst first; failed ones last, with their reason."""
    known, seen = {row["face"]: row for row in faces}, {one.cell: one for one in outputs}
    harm = {r["cell"]: r["value"] * (-1 if r["better"] == "higher" else 1) for r in outcomes if r["outcome"] == by}
    values: dict[str, list[tuple[str, str, float, str]]] = {}
    for row in whole:
        values.setdefault(row["cell"], []).append((row["measure"], row["grid"], row["value"], row["unit"]))
    out = []
    for row in cells:
        one = seen.get(row["cell"])
        names = (
            "cell",
            "face",
            "person",
            "restorer",
            "degradation",
            "seed",
            "family",
            "level",
            "status",
            "why",
            "target",
        )
        out.append({
            **{name: row[name] for name in names},
            "truth": known[row["face"]]["truth"], "observed": row["observed"], "output": row["output"],
            "to_output": row["to_output"], "side": row["width"], "real": row["real"],
            "severity": None if one is None else one.severity,
            "resolution": resolution(row), "sentence": "" if one is None else one.sentence,
            "harm": harm.get(row["cell"]), "values": values.get(row["cell"], []),
            "features": {} if one is None else {r: (j.severity, j.sentence) for r, j in one.regions.items()},
        })  # fmt: skip
    return sorted(out, key=lambda row: (row["status"] != "ok", row["harm"] is None, -(row["harm"] or 0.0)))


def _truth(store: Store, face: Row) -> Bytes8 | None:
    if not face["landmarks"] or not face["truth"] or not store.has(face["truth"]):
        return None
    return to_bytes(read_picture(store.picture(face["truth"]), 1).image())


def _ranking_rows(each: Any) -> list[Row]:
    return [
        {"measure": each.measure, "grid": each.grid, "unit": each.unit, "better": each.better, "rank": place.rank,
         "last": place.last, "restorer": place.name, "value": place.estimate.value, "low": place.estimate.low,
         "high": place.estimate.high, "n": place.estimate.n, "people": each.people, "tied": ", ".join(place.tied),
         "why": place.estimate.why, "note": "; ".join(each.asides)}
        for place in each.places
    ]  # fmt: skip


def _notes(cells: Sequence[Row], outputs: Sequence[Audited], whole: Sequence[Row], finite: Sequence[Row]) -> list[str]:
    done = sum(row["status"] == "ok" for row in cells)
    out = []
    if done < len(cells):
        out.append(f"{len(cells) - done} of {len(cells)} outputs could not be made; they are listed with the reasons.")
    if outputs and len(outputs) < done:
        out.append(f"{len(outputs)} of {done} outputs were audited: what is said of features is of these.")
    if len(finite) < len(whole):
        out.append(
            f"{len(whole) - len(finite)} infinite numbers (outputs equal to the truth) are left out of all means."
        )
    return out
