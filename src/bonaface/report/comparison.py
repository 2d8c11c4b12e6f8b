"""The report on many audits: what they found, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bonaface import __version__
from bonaface.core.regions import Region
from bonaface.core.results import NOT_FOR_IDENTIFICATION, Score
from bonaface.io.store import write_json, write_parquet, write_text
from bonaface.io.writing import data_uri
from bonaface.report.case import PAGE, TABLE
from bonaface.report.compared import Compared, detail_of_the_face
from bonaface.report.expressions import MEANINGS
from bonaface.report.facts import PASTED, measure_label, without_folders
from bonaface.report.render import render
from bonaface.report.rows import NUMBERS, ROW_NAMES
from bonaface.report.words import rounded

SUMMARY = "summary.json"
MOST_PICTURES = 100
"""Entries whose pictures are shown; of more, the worst ones."""
_BESIDE = ("floor", "bicubic", "other-face")


def write_comparison(
    folder: Path, entries: Sequence[Compared], *, title: str, about: str = "", redact: bool = False
) -> None:
    """Write the report on many audits: `report.html`, `findings.parquet` (column `audit` first) and `summary.json`.

    Args:
        folder: exists, and holds each audit's own report under the entry's `folder`.
        entries: from `summarise`, and `failed` for those that could not be made; their names differ.
        title: of the page.
        about: what is compared, in a sentence or two.
        redact: leave names of folders out of the texts; those of the audits' own reports stay, since links need them.

    Raises:
        ValueError: no entries, or two of one name.
        OutputExists: one of the files is there already.
        InputError: the folder cannot be written to.
    """
    names = [entry.name for entry in entries]
    if not names or len(set(names)) < len(names):
        raise ValueError("a comparison needs entries whose names differ")
    shown = [_shown(entry, redact=redact) for entry in entries]
    write_json(folder / SUMMARY, _summary(shown, title))
    write_parquet(folder / TABLE, _findings(shown), numbers=NUMBERS)
    write_text(folder / PAGE, render("comparison.html.j2", _context(shown, title, about)))


def _shown(entry: Compared, *, redact: bool) -> Compared:
    from dataclasses import replace

    return replace(entry, failure=without_folders(entry.failure)) if redact else entry


def _findings(entries: Sequence[Compared]) -> dict[str, list[Any]]:
    out: dict[str, list[Any]] = {"audit": [], **{name: [] for name in ROW_NAMES}}
    for entry in entries:
        held = entry.findings()
        out["audit"] += [entry.name] * len(held.get("region", ()))
        for name in ROW_NAMES:
            out[name] += held.get(name, [])
    return out


def _summary(entries: Sequence[Compared], title: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "schema": "bonaface/comparison",
        "schema_version": 1,
        "title": title,
        "note": NOT_FOR_IDENTIFICATION,
        "audits": [
            {
                "name": entry.name,
                "folder": entry.folder,
                "status": "failed" if entry.failure else "ok",
                "why": entry.failure,
                "summary": dict(entry.counts),
                "worst": [sentence for _, sentence in entry.worst],
                **({"expression": entry.summary} if entry.summary else {}),
                "severities": {region: value for region, (value, _) in entry.severities.items()},
                "measures": {name: score.as_dict() for name, score in entry.measures.items()},
                "inputs": {t.role: {"name": t.name, "sha256": t.sha256} for t in entry.thumbnails},
            }
            for entry in entries
        ],
    }
    out: dict[str, Any] = rounded(made)
    return out


def _context(entries: Sequence[Compared], title: str, about: str) -> dict[str, Any]:
    done = [entry for entry in entries if not entry.failure]
    truths = {t.sha256: t for entry in done for t in entry.thumbnails if t.role == "truth"}
    shared = next(iter(truths.values())) if len(truths) == 1 and len(done) > 1 else None
    regions = [region for region in Region if any(str(region) in entry.severities for entry in done)]
    measures = list(dict.fromkeys(name for entry in done for name in entry.measures if ":" not in name))
    known = [name for name in measures if any(_value(entry.measures.get(name)) is not None for entry in done)]
    details = {entry.name: bands for entry in done if (bands := detail_of_the_face(entry))}
    # What pasting did is what the stages of a restored folder differ in.
    known.sort(key=lambda name: PASTED.index(name) if name in PASTED else len(PASTED))
    pictured = sorted(done, key=_worst, reverse=True)[:MOST_PICTURES]
    return {
        "title": title,
        "about": about,
        "version": __version__,
        "entries": entries,
        "links": {entry.name: f"./{quote(entry.folder)}/{PAGE}" for entry in done},
        "failures": [entry for entry in entries if entry.failure],
        "pictured": [entry for entry in done if entry in pictured],
        "shared": shared,
        "uri": lambda data: data_uri(data, "image/jpeg"),
        "detail": details,
        "bands": list(dict.fromkeys(band for bands in details.values() for band in bands)),
        "regions": regions,
        "judged": any(entry.made_up or entry.summary for entry in done),
        "pasted": any(name in PASTED for name in measures),
        "measures": [(name, measure_label(name)) for name in known],
        "expressed": {"meanings": MEANINGS} if done and all(entry.summary for entry in done) else None,
        "beside": _BESIDE,
        "step": lambda severity: min(10, round(10 * severity)),
    }


def _worst(entry: Compared) -> float:
    return max((value for value, _ in entry.severities.values() if value is not None), default=0.0)


def _value(score: Score | None) -> float | None:
    return None if score is None else score.value
