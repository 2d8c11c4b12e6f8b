"""Pages of pictures behind the numbers: by restorer and damage, by feature, by stratum."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bonaface import __version__
from bonaface.core.regions import Region
from bonaface.io.store import write_text
from bonaface.report.render import render
from bonaface.report.study.given import Row, counted, label, on_grid, slug, value
from bonaface.report.study.thumbs import Thumbs

FOLDER = "assets/pictures"
FEW = 6
"""Outputs that stand for one feature: those where it is hallucinated most."""
MOST = 60
"""Outputs that stand for one stratum, the worst first."""
PART = 240
"""Outputs of one restorer and damage on one page."""
STYLES = ("report.css", "study.css")
NUMBERS = 8
"""Numbers under a picture, at most."""


@dataclass(slots=True)
class Galleries:
    """Writes pages, and says where they are.

    Attributes:
        folder: of the report.
        title: of the study.
        thumbs: its small pictures.
        audits: by cell: the address of its own audit, from `assets/x/`.
        back: name of the report's page.
        links: addresses from the report's page, by what they show: ("pair", restorer, damage), ("feature", by, who,
            region), ("stratum", kind, stratum).
    """

    folder: Path
    title: str
    thumbs: Thumbs
    audits: Mapping[str, str]
    back: str
    links: dict[tuple[str, ...], str] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)

    def pairs(self, rows: Sequence[Row]) -> None:
        """A page for each restorer and damage, with all of its outputs."""
        for (restorer, damage), held in _grouped(rows, lambda row: (row["restorer"], row["degradation"])).items():
            name = self._name(f"{restorer}--{damage}")
            self.links["pair", restorer, damage] = f"{FOLDER}/{name}.html"
            about = f"{counted(len(held), 'output')} of {_people(held)}, the worst first."
            parts = [held[i : i + PART] for i in range(0, len(held), PART)]
            files = [name, *(self._name(f"{name}--{number}") for number in range(2, len(parts) + 1))]
            for file, part in zip(files, parts, strict=True):
                links = [(str(i), f"{each}.html", each == file) for i, each in enumerate(files, 1)]
                self._write(file, f"{restorer}, {damage}", about, [("all", "", part, None)], alike=True, parts=links)

    def features(self, rows: Sequence[Row], by: str, name_of: Callable[[Row], str]) -> None:
        """A page for each restorer, damage or resolution, with the outputs that hallucinate each feature most."""
        audited = [row for row in rows if row["features"]]
        for who, held in _grouped(audited, name_of).items():
            name = self._name(f"features--{by}--{who}" if who else f"features--{by}")
            sections = []
            for region in Region:
                there = [row for row in held if row["features"].get(region, (0.0, ""))[0] > 0]
                if not there:
                    continue
                worst = sorted(there, key=lambda row, region=region: -row["features"][region][0])[:FEW]  # type: ignore[misc]
                self.links["feature", by, who, str(region)] = f"{FOLDER}/{name}.html#{region}"
                sections.append((str(region), region.label, worst, str(region)))
            about = (
                f"For each part of the face, the {FEW} outputs of {len(held)} in which it is hallucinated most, with "
                "the sentence on its worst finding."
            )
            self._write(name, f"Features: {who or 'all models'}", about, sections)

    def strata(self, rows: Sequence[Row]) -> None:
        """A page for each stratum, with its outputs, the worst first."""
        found = sorted({pair for row in rows for pair in row["strata"].items()})
        for kind, stratum in found:
            held = [row for row in rows if row["strata"].get(kind) == stratum]
            name = self._name(f"{kind}--{stratum}")
            self.links["stratum", kind, stratum] = f"{FOLDER}/{name}.html"
            some = f"The {MOST} worst of {len(held)} outputs" if len(held) > MOST else counted(len(held), "output")
            about = f"{some} of {_people(held)}, the worst first."
            self._write(name, f"{kind}: {stratum}", about, [("all", "", held[:MOST], None)])

    def _write(
        self,
        name: str,
        title: str,
        about: str,
        sections: Iterable[tuple[str, str, Sequence[Row], str | None]],
        *,
        alike: bool = False,
        parts: Sequence[tuple[str, str, bool]] = (),
    ) -> None:
        shown = [
            {"id": anchor, "heading": heading, "cells": [self.card(row, region, alike=alike) for row in held]}
            for anchor, heading, held, region in sections
        ]
        context = {
            "title": f"{title} · {self.title}", "heading": title, "about": about, "sections": shown, "parts": parts,
            "back": f"../../{self.back}", "version": __version__,
        }  # fmt: skip
        write_text(
            self.folder / FOLDER / f"{name}.html", render("study/gallery.html.j2", context, files=True, styles=STYLES)
        )

    def card(self, row: Row, region: str | None = None, *, alike: bool = False) -> dict[str, Any]:
        """One output: its pictures, numbers and worst sentence.

        Args:
            row: of the table of pictures.
            region: the severity and the sentence are of this one; None: of the output.
            alike: restorer and damage need not be said.
        """
        severity, sentence = row["severity"], row["sentence"]
        seed = [f"seed {row['seed']}"] if row["seed"] else []
        if region is not None:
            severity, sentence = row["features"][region]
        return {
            "face": row["face"],
            "what": ", ".join(seed if alike else [row["restorer"], row["degradation"], *seed]),
            "pictures": self.thumbs.of(row) if row["status"] == "ok" else {},
            "why": row["why"] if row["status"] != "ok" else "",
            "severity": severity,
            "sentence": sentence,
            "audit": self.audits.get(row["cell"], ""),
            "numbers": _numbers(row["values"]),
        }

    def _name(self, text: str) -> str:
        first = "--".join(slug(part) for part in text.split("--"))
        name, count = first, 2
        while name in self._names:
            name, count = f"{first}-{count}", count + 1
        self._names.add(name)
        return name


def _numbers(values: Sequence[tuple[str, str, float, str]]) -> dict[str, list[str]]:
    """Each measure once, on the truth's own grid where it has a number there; by grid."""
    best: dict[str, tuple[str, str, float, str]] = {}
    for each in sorted(values, key=lambda each: (each[1] != "truth", each[1])):
        best.setdefault(each[0], each)
    out: dict[str, list[str]] = {}
    for name, grid, number, unit in list(best.values())[:NUMBERS]:
        out.setdefault(on_grid(grid), []).append(f"{label(name)} {value(number, unit)}")
    return out


def _grouped(rows: Sequence[Row], name_of: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    out: dict[Any, list[Row]] = {}
    for row in rows:
        out.setdefault(name_of(row), []).append(row)
    return out


def _people(rows: Sequence[Row]) -> str:
    return counted(len({row["person"] for row in rows}), "person", "people")
