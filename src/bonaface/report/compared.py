"""What is kept of each audit for a page that compares many: small enough to hold a thousand of them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from bonaface.core.images import Bytes8
from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Ledger, Score, Verdict
from bonaface.measure.texture import BANDS
from bonaface.report.facts import FOUND, headline, without_folders
from bonaface.report.overlays import made_up_picture
from bonaface.report.pictures import grid_pixels, thumbnail
from bonaface.report.rows import columns, finding_row

SENTENCES = 2
_AMOUNTS = ("invented_amount", "lost_share")
_SET_ASIDE = ("bicubic", "other-face", "floor")


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture of one role.

    Attributes:
        role: "truth", "observed", "neutral" or "output".
        name: of the file that it shows.
        sha256: of that file.
        data: JPEG, at most 320 px on the long side.
    """

    role: str
    name: str
    sha256: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Compared:
    """One audit on a page of many; see `summarise` and `failed`.

    Attributes:
        name: as readers know it; differs between the entries of a page.
        folder: of the audit's own report, relative to the page, with forward slashes; empty where there is none.
        failure: why there is no audit; empty where there is one.
        counts: findings by verdict.
        worst: verdict and sentence of the worst findings.
        summary: of an edited expression, in a sentence; else empty.
        severities: by region the worst severity and its verdict; None where nothing was decidable.
        measures: whole-picture numbers, as in the ledger, and the embedding's angle.
        thumbnails: truth, damaged picture and output, as far as there are any.
        made_up: a small JPEG of the output with what was invented in colour; empty without a truth.
        table: the findings' columns, packed.
    """

    name: str
    folder: str = ""
    failure: str = ""
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    worst: tuple[tuple[str, str], ...] = ()
    summary: str = ""
    severities: Mapping[str, tuple[float | None, str]] = field(default_factory=lambda: MappingProxyType({}))
    measures: Mapping[str, Score] = field(default_factory=lambda: MappingProxyType({}))
    thumbnails: tuple[Thumbnail, ...] = ()
    made_up: bytes = b""
    table: bytes = b""

    def findings(self) -> dict[str, list[Any]]:
        """The columns of the audit's `findings.parquet`; empty where it failed."""
        return json.loads(zlib.decompress(self.table)) if self.table else {}


def summarise(name: str, folder: PurePath | str, ledger: Ledger) -> Compared:
    """Keep of a ledger what a page of many shows: about 50 KB.

    Args:
        name: of the entry.
        folder: where `write_audit` put the audit's own report, relative to the page of many.
        ledger: from `bonaface.audit`.
    """
    inputs = ledger.provenance["inputs"]
    rows = columns(finding_row(finding) for finding in ledger.findings)
    shown = grid_pixels(ledger)
    return Compared(
        name=name,
        folder=PurePath(folder).as_posix(),
        counts={str(verdict): sum(f.verdict is verdict for f in ledger.findings) for verdict in Verdict},
        worst=tuple((str(f.verdict), f.sentence) for f, _ in headline(ledger, SENTENCES)),
        summary=str(ledger.expression.get("summary", "")),
        severities=_severities(ledger),
        measures=dict(ledger.measures) | _angle(ledger),
        thumbnails=tuple(
            Thumbnail(role, inputs[role]["name"], inputs[role]["sha256"], thumbnail(pixels))
            for role, pixels in shown.items()
        ),
        made_up=_made_up(ledger, shown["output"]),
        table=zlib.compress(json.dumps(rows, ensure_ascii=False).encode()),
    )


def detail_of_the_face(entry: Compared) -> dict[str, tuple[float | None, float | None]]:
    """By band, finest first: how much detail of the whole face was made up, and how much of the original's is missing.

    Both are shares of the original's detail in the band; the first may exceed 1. Empty without a truth.
    """
    held = entry.findings()
    rows = zip(*(held.get(name, []) for name in ("region", "aspect", "detail", *_AMOUNTS)), strict=True)
    found = {
        band: (made_up, missing)
        for region, aspect, band, made_up, missing in rows
        if region == Region.WHOLE_FACE and aspect == Aspect.TEXTURE
    }
    return {band: found[band] for band in BANDS if band in found}


def failed(name: str, why: str, *, redact: bool = False) -> Compared:
    """An audit that could not be made, and why; with `redact` without names of folders."""
    return Compared(name=name, failure=without_folders(why) if redact else why)


def _made_up(ledger: Ledger, output: Bytes8) -> bytes:
    return thumbnail(made_up_picture(output, ledger.maps["invented"])) if "invented" in ledger.maps else b""


def _severities(ledger: Ledger) -> dict[str, tuple[float | None, str]]:
    out: dict[str, tuple[float | None, str]] = {}
    for finding in ledger.findings:
        severity = finding.severity if finding.verdict in FOUND else 0.0 if finding.verdict is Verdict.KEPT else None
        held = out.get(finding.region)
        if held is None or (severity is not None and (held[0] is None or severity > held[0])):
            out[str(finding.region)] = (severity, str(finding.verdict))
    return out


def _angle(ledger: Ledger) -> dict[str, Score]:
    for finding in ledger.findings:
        if finding.aspect is Aspect.IDENTITY and finding.evidence:
            beside = {f"embedding-angle:{k}": finding.evidence.get(f"{k}:angle") for k in _SET_ASIDE}
            return {"embedding-angle": finding.score} | {k: s for k, s in beside.items() if s is not None}
    return {}
