"""Pages of pictures behind the numbers: by restorer and damage, feature, stratum, keypoints; with what was told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bonaface import __version__
from bonaface.core.regions import Region
from bonaface.io.store import write_text
from bonaface.report.render import render
from bonaface.report.study.cards import Cards
from bonaface.report.study.descriptions import Telling, apart, card
from bonaface.report.study.given import Row, counted, damages, ordered, slug

FOLDER = "assets/pictures"
FEW = 6
"""Outputs that stand for one feature: those where it is hallucinated most."""
SOME = 3
"""Outputs that stand for one damage on the page of a restorer, the worst first."""
MOST = 60
"""Outputs that stand for one stratum, the worst first: of each restorer its share of them, and `FEW` at least."""
PART = 240
"""Outputs of one restorer and damage on one page."""
TOLD = 40
"""The same where all that was told of them stands beside."""
STYLES = ("report.css", "study.css")


@dataclass(frozen=True, slots=True)
class _Section:
    """A part of a page.

    Attributes:
        id: its anchor.
        heading: empty: none.
        cards: its outputs.
        more: address of a page with all of them; empty: these are all.
        said: text of that link.
        broad: a card takes the width of the page.
    """

    id: str
    heading: str
    cards: list[dict[str, Any]]
    more: str = ""
    said: str = ""
    broad: bool = False


@dataclass(slots=True)
class Galleries:
    """Writes pages, and says where they are.

    Attributes:
        folder: of the report.
        title: of the study.
        cards: makes what they show.
        back: name of the report's page.
        generative: labels of restorers that paint: they come last.
        links: addresses from the report's page, by what they show: ("pair", restorer, damage), ("restorer", restorer),
            ("feature", by, who, region), ("stratum", kind, stratum) and with a restorer, ("keypoints", restorer) and
            with a region, ("told", describer, restorer, damage).
    """

    folder: Path
    title: str
    cards: Cards
    back: str
    generative: Sequence[str] = ()
    links: dict[tuple[str, ...], str] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)

    def pairs(self, rows: Sequence[Row]) -> None:
        """A page for each restorer and damage, with all of its outputs."""
        for (restorer, damage), held in _grouped(rows, lambda row: (row["restorer"], row["degradation"])).items():
            name = self._name(f"{restorer}--{damage}")
            self.links["pair", restorer, damage] = f"{FOLDER}/{name}.html"
            about = f"{counted(len(held), 'output')} of {_people(held)}, the worst first."
            cards = [self.cards.of(row, alike=True) for row in held]
            self._in_parts(name, f"{restorer}, {damage}", about, cards, PART)

    def told(self, rows: Sequence[Row], told: Sequence[Telling]) -> None:
        """A page for each describer, restorer and damage, with what was told of each output and of its original.

        Args:
            rows: of the table of pictures.
            told: by describer.
        """
        for telling in told:
            known = [(apart(telling.cells[row["cell"]]), row) for row in rows if row["cell"] in telling.cells]
            there = [row for _, row in sorted(known, key=lambda pair: pair[0])]
            for (restorer, damage), held in _grouped(there, lambda row: (row["restorer"], row["degradation"])).items():
                name = self._name(f"told--{telling.name}--{restorer}--{damage}")
                self.links["told", telling.key, restorer, damage] = f"{FOLDER}/{name}.html"
                about = (
                    f"What {telling.name} told of {counted(len(held), 'output')} of {_people(held)}, and of their "
                    "originals, the furthest apart first. It may be wrong, and says nothing of the person."
                )
                cards = [self._told(row, telling) for row in held]
                self._in_parts(name, f"Descriptions: {restorer}, {damage}", about, cards, TOLD, broad=True)

    def _told(self, row: Row, telling: Telling) -> dict[str, Any]:
        """A card of words: severity and numbers stand elsewhere."""
        plain: dict[str, Any] = {"severity": None, "numbers": {}}
        return self.cards.of(row, alike=True) | plain | {"told": card(telling.cells[row["cell"]])}

    def restorers(self, rows: Sequence[Row]) -> None:
        """A page for each restorer over all damages, behind numbers that are means of all of them; after `pairs`."""
        for restorer, held in _grouped(rows, lambda row: row["restorer"]).items():
            name = self._name(f"restorer--{restorer}")
            self.links["restorer", restorer] = f"{FOLDER}/{name}.html"
            by_damage = _grouped(held, lambda row: row["degradation"])
            names = damages(held)
            shown = []
            for number, damage in enumerate(names, 1):
                mine = by_damage[damage]
                more = Path(self.links["pair", restorer, damage]).name if len(mine) > SOME else ""
                shown.append(
                    _Section(
                        f"damage-{number}", damage, [self.cards.of(row, alike=True) for row in mine[:SOME]],
                        more, f"All {len(mine)} outputs of {damage}",
                    )
                )  # fmt: skip
            some = f"Of each damage the {SOME} worst outputs, out of {len(held)} of {_people(held)}."
            self._write(name, f"{restorer}, {counted(len(names), 'damage')}", some, shown)

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
                cards = [self.cards.of(row, region=str(region)) for row in worst]
                sections.append(_Section(str(region), region.label, cards))
            about = (
                f"For each part of the face, the {FEW} outputs of {len(held)} in which it is hallucinated most, with "
                "the sentence on its worst finding."
            )
            self._write(name, f"Features: {who or 'all models'}", about, sections)

    def strata(self, rows: Sequence[Row]) -> None:
        """A page for each stratum, with its outputs by restorer, the worst first."""
        found = sorted({pair for row in rows for pair in row["strata"].items()})
        for kind, stratum in found:
            held = [row for row in rows if row["strata"].get(kind) == stratum]
            by_restorer = _grouped(held, lambda row: row["restorer"])
            most = max(FEW, MOST // len(by_restorer))
            name = self._name(f"{kind}--{stratum}")
            self.links["stratum", kind, stratum] = f"{FOLDER}/{name}.html"
            shown = []
            for number, restorer in enumerate(ordered(by_restorer, self.generative), 1):
                mine, anchor = by_restorer[restorer], f"restorer-{number}"
                self.links["stratum", kind, stratum, restorer] = f"{FOLDER}/{name}.html#{anchor}"
                of = f"the {most} worst of {len(mine)}" if len(mine) > most else counted(len(mine), "output")
                shown.append(_Section(anchor, f"{restorer}: {of}", [self.cards.of(row) for row in mine[:most]]))
            about = f"{counted(len(held), 'output')} of {_people(held)}, the worst of each restorer first."
            self._write(name, f"{_plain(kind)}: {stratum}", about, shown)

    def keypoints(self, rows: Sequence[Row], counts: Mapping[str, Mapping[str, int]]) -> None:
        """A page for each restorer, with the outputs that have most keypoints without a partner in each region.

        Args:
            rows: of the table of pictures.
            counts: by cell, how many lie in each region; outputs that nobody looked at are left out.
        """
        for restorer, held in _grouped([row for row in rows if row["cell"] in counts], lambda r: r["restorer"]).items():
            name = self._name(f"keypoints--{restorer}")
            self.links["keypoints", restorer] = f"{FOLDER}/{name}.html"
            sections = []
            for region in Region:
                there = [(row, counts[row["cell"]].get(region, 0)) for row in held]
                worst = sorted((pair for pair in there if pair[1]), key=lambda pair: -pair[1])[:FEW]
                if not worst:
                    continue
                self.links["keypoints", restorer, str(region)] = f"{FOLDER}/{name}.html#{region}"
                cards = [
                    self.cards.of(row, note=f"{counted(n, 'keypoint')} without a partner here") for row, n in worst
                ]
                sections.append(_Section(str(region), region.label, cards))
            about = (
                f"For each part of the face, the {FEW} outputs of the {len(held)} looked at with most keypoints that "
                "the original does not have."
            )
            self._write(name, f"Keypoints: {restorer}", about, sections)

    def _in_parts(
        self, name: str, title: str, about: str, cards: list[dict[str, Any]], most: int, *,
        broad: bool = False,
    ) -> None:  # fmt: skip
        """A page with all cards, or several with `most` of them each, which lead to one another."""
        parts = [cards[i : i + most] for i in range(0, len(cards), most)]
        files = [name, *(self._name(f"{name}--{number}") for number in range(2, len(parts) + 1))]
        for file, part in zip(files, parts, strict=True):
            links = [(str(i), f"{each}.html", each == file) for i, each in enumerate(files, 1)]
            shown = [_Section("all", "", part, broad=broad)]
            self._write(file, title, about, shown, links)

    def _write(
        self,
        name: str,
        title: str,
        about: str,
        sections: Iterable[_Section],
        parts: Sequence[tuple[str, str, bool]] = (),
    ) -> None:
        context = {
            "title": f"{title} · {self.title}", "heading": title, "about": about, "sections": list(sections),
            "parts": parts, "back": f"../../{self.back}", "version": __version__,
        }  # fmt: skip
        write_text(
            self.folder / FOLDER / f"{name}.html", render("study/gallery.html.j2", context, files=True, styles=STYLES)
        )

    def _name(self, text: str) -> str:
        first = "--".join(slug(part) for part in text.split("--"))
        name, count = first, 2
        while name in self._names:
            name, count = f"{first}-{count}", count + 1
        self._names.add(name)
        return name


def _plain(kind: str) -> str:
    text = kind.removeprefix("group: ")
    return text[:1].upper() + text[1:]


def _grouped(rows: Sequence[Row], name_of: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    out: dict[Any, list[Row]] = {}
    for row in rows:
        out.setdefault(name_of(row), []).append(row)
    return out


def _people(rows: Sequence[Row]) -> str:
    return counted(len({row["person"] for row in rows}), "person", "people")
