"""The report on one audit: a page that opens anywhere, and the same facts as files for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bonaface import __version__
from bonaface.audit.ledger import DRIFT_MARGIN
from bonaface.core.results import Aspect, Ledger
from bonaface.io.store import write_bytes, write_json, write_parquet, write_text, write_tiff
from bonaface.io.writing import data_uri
from bonaface.report import facts, figures, overlays, seen
from bonaface.report.described import described
from bonaface.report.expressions import expressed
from bonaface.report.pictures import Layer, Shown, shown_pictures
from bonaface.report.render import render
from bonaface.report.rows import NUMBERS, columns, control, finding_row, said, second_name

PAGE, RECORD, TABLE = "report.html", "ledger.json", "findings.parquet"
Place = Callable[[str, bytes, str], str]
"""From a picture's name, bytes and MIME type to the address that the page finds it under."""


def write_audit(folder: Path, ledger: Ledger, *, title: str, redact: bool = False, embed: bool = True) -> None:
    """Write the report on one audit into a folder.

    Writes `report.html`, `ledger.json` (see `ledger.schema.json`), `findings.parquet` (one row a finding) and, where
    there is a truth, `maps/invented.tiff` and `maps/lost.tiff` (float32, on the truth's pixel grid). The same ledger
    gives the same bytes.

    Args:
        folder: exists; see `bonaface.io.store.staged_folder`.
        ledger: from `bonaface.audit`.
        title: of the page.
        redact: leave out private metadata and names of folders. Names of files stay.
        embed: put the pictures inside the page; otherwise they go to `pictures/` beside it.

    Raises:
        OutputExists: one of the files is there already.
        InputError: the folder cannot be written to.
    """
    record = facts.record(ledger, redact=redact)

    def beside(name: str, data: bytes, mime: str) -> str:
        address = f"pictures/{name}.{'jpg' if mime == 'image/jpeg' else 'png'}"
        write_bytes(folder / address, data)
        return address

    with ThreadPoolExecutor(max_workers=2) as pool:  # compressing the maps takes as long as everything else
        jobs = [pool.submit(write_tiff, folder / "maps" / f"{name}.tiff", p) for name, p in ledger.maps.items()]
        write_json(folder / RECORD, record)
        rows = columns(finding_row(finding) for finding in ledger.findings)
        write_parquet(folder / TABLE, rows, numbers=NUMBERS)
        context = page_context(ledger, record, title, embedded if embed else beside)
        styles = ("report.css", "expression.css") if ledger.expression else ("report.css",)
        write_text(folder / PAGE, render("case.html.j2", context, files=not embed, styles=styles))
        for job in jobs:
            job.result()


def embedded(name: str, data: bytes, mime: str) -> str:
    """A picture inside the page."""
    del name
    return data_uri(data, mime)


def page_context(ledger: Ledger, record: dict[str, Any], title: str, place: Place) -> dict[str, Any]:
    """Everything that the templates show."""
    shown = shown_pictures(ledger)
    keypoints = figures.keypoint_marks(ledger, shown.face)
    if keypoints is not None:
        keypoints["density"] = place("density", keypoints["density"], "image/png")
    return {
        "title": title,
        "version": __version__,
        "record": record,
        "ledger": ledger,
        "control": control,
        "said": said,
        "second_name": second_name,
        "has_truth": "invented" in ledger.maps,
        "expressed": expressed(ledger, place),
        "stage": _stage(shown, place),
        "overlays": {
            name: {"layers": _placed(f"map-{name}", overlay.layers, "image/png", place), "greatest": overlay.greatest}
            for name, overlay in overlays.map_overlays(ledger.maps, shown.face).items()
        },
        "legends": _legends(),
        "full_scale": overlays.FULL,
        "outlines": figures.region_outlines(ledger),
        "keypoints": keypoints,
        "arrows": figures.landmark_arrows(ledger),
        "bars": figures.texture_bars(ledger),
        "histograms": figures.histograms(ledger),
        "identity": figures.identity_scale(ledger),
        "geometry_why": facts.why_not(ledger, Aspect.GEOMETRY),
        "asymmetries": facts.asymmetries(ledger),
        "attributes": seen.attribute_rows(ledger),
        "attributes_why": facts.why_not(ledger, Aspect.ATTRIBUTES),
        "expression": seen.expression_table(ledger),
        "descriptions": described(record["descriptions"]),
        "alone": seen.readings_alone(ledger),
        "margin": DRIFT_MARGIN,
        "regions": ledger.regions,
        "headline": facts.headline(ledger),
        "lead": facts.summary_sentence(record["summary"]),
        "measures": facts.measure_rows(ledger.measures),
        "pasted": any(name in facts.PASTED for name in ledger.measures),
        "damage_words": facts.DAMAGE,
        "not_applicable": facts.not_applicable(ledger),
        "selections": facts.selections(ledger.findings),
    }


def _stage(shown: Shown, place: Place) -> dict[str, Any]:
    """Pictures and views in the grid's pixels."""
    height, width = shown.size
    x, y, w, h = shown.face
    whole = (0, 0, width, height)

    return {
        "roles": {role: _placed(role, layers, "image/jpeg", place) for role, layers in shown.layers.items()},
        "width": width,
        "height": height,
        "whole": "{:g} {:g} {:g} {:g}".format(*whole),
        "face": f"{x:g} {y:g} {w:g} {h:g}",
        "box": {"x": x, "y": y, "width": w, "height": h},
        "views": shown.face != whole,
    }


def _placed(name: str, layers: Sequence[Layer], mime: str, place: Place) -> list[dict[str, Any]]:
    """Encoded pictures with their addresses and their places on the grid."""
    return [
        {
            "href": place(f"{name}-face" if number else name, layer.data, mime),
            **dict(zip(("x", "y", "width", "height"), layer.box, strict=True)),
        }
        for number, layer in enumerate(layers)
    ]


def _legends() -> dict[str, list[str]]:
    """Colours of the overlays as they lie on mid grey, weakest first."""
    steps = range(0, overlays.LEVELS, 7)
    out = {
        name: [_on_grey(overlays.single_palette(name)[i]) for i in steps] for name in ("invented", "lost", "density")
    }
    pair = overlays.pair_palette().reshape(overlays.PAIR_LEVELS, overlays.PAIR_LEVELS, 4)
    places = (0, 5, 10, 15)
    return out | {"both": [_on_grey(pair[i, j]) for i in reversed(places) for j in places]}


def _on_grey(colour: Any) -> str:
    share = float(colour[3]) / 255
    return "#" + "".join(f"{round(share * float(c) + (1 - share) * 70):02x}" for c in colour[:3])
