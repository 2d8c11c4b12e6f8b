"""The pictures of a study that are to be described: each content once, however many cells it stands in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bonaface.core.errors import InputError
from bonaface.core.images import Picture, to_bytes
from bonaface.faces.align import compose, rescaling, scale_of
from bonaface.faces.crops import cut
from bonaface.io.pictures import read_picture
from bonaface.io.provenance import sha256_array
from bonaface.study.engine import tables
from bonaface.study.engine.store import Store
from bonaface.study.engine.tables import Row
from bonaface.study.plan.cells import digest


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that is described: one of the store, or a part of one.

    Attributes:
        id: SHA-256 of the stored picture; of a part, a hash of that, of what is cut out and of its side.
        name: for messages.
        stored: SHA-256 of the stored picture.
        part: JSON of the transform from its pixels to those of the part; empty: it is the whole picture.
        side: of the part, in pixels.
    """

    id: str
    name: str
    stored: str
    part: str = ""
    side: int = 0

    def read(self, store: Store) -> Picture:
        """The picture, in 8 bits.

        Raises:
            PictureError: the stored one is gone or broken.
        """
        picture = read_picture(store.picture(self.stored), 1)
        if not self.part:
            return Picture(picture.pixels, picture.sha256, self.name)
        pixels = to_bytes(cut(picture.image(), np.array(json.loads(self.part), np.float64), self.side))
        return Picture(pixels, sha256_array(pixels), self.name)


@dataclass(frozen=True, slots=True)
class Pair:
    """A cell of the study: its output, and what of the truth the output shows."""

    cell: Row
    truth: Shown
    output: Shown


@dataclass(frozen=True, slots=True)
class Choice:
    """Which cells are asked about.

    Attributes:
        faces: only the first so many, by name; None: all.
        restorers: labels or ids; None: all.
        degradations: names; None: all.
    """

    faces: int | None = None
    restorers: Sequence[str] | None = None
    degradations: Sequence[str] | None = None

    def of(self, pairs: Sequence[Pair]) -> list[Pair]:
        """The chosen ones.

        Raises:
            InputError: a name that the study does not have.
        """
        first = set(sorted({pair.cell["face"] for pair in pairs})[: self.faces])
        _check("restorer", self.restorers, (pair.cell[name] for pair in pairs for name in ("restorer", "restorer_id")))
        _check("degradation", self.degradations, (pair.cell["degradation"] for pair in pairs))
        return [
            pair
            for pair in pairs
            if pair.cell["face"] in first
            and (self.restorers is None or {pair.cell["restorer"], pair.cell["restorer_id"]} & {*self.restorers})
            and (self.degradations is None or pair.cell["degradation"] in self.degradations)
        ]


def _check(what: str, asked: Sequence[str] | None, there: Iterable[str]) -> None:
    known = sorted(set(there))
    missing = [name for name in asked or () if name not in known]
    if missing:
        raise InputError(
            f"The study has no output of a {what} {missing[0]!r}; it has {', '.join(known) or 'none'}. Check the "
            "spelling."
        )


def pairs(store: Store) -> list[Pair]:
    """All outputs that a study has made, in order of its table of cells.

    An output that shows a part of the face is told from that part of the truth, in the truth's own pixels: else a
    describer would miss the ears and the hair that are out of view.
    """
    faces = {(row["face"], row["framing"], row["side"]): row for row in tables.rows_of(store, "faces")}
    out = []
    for cell in tables.rows_of(store, "cells"):
        face = faces[cell["face"], cell["framing"], cell["side"]]
        if cell["status"] != "ok" or not face["truth"]:
            continue
        seed = f", seed {cell['seed']}" if cell["seed"] else ""
        name = f"{cell['face']}, {cell['restorer']}, {cell['degradation']}{seed}"
        out.append(Pair(cell, _truth(face, cell), Shown(cell["output"], name, cell["output"])))
    return out


def _truth(face: Row, cell: Row) -> Shown:
    if not cell["to_output"]:
        return Shown(face["truth"], face["face"], face["truth"])
    matrix, made = np.array(json.loads(cell["to_output"]), np.float64), int(max(cell["width"], cell["height"]))
    side = round(made / min(1.0, scale_of(matrix)))  # where the output has fewer pixels, the truth keeps its own
    held: list[list[float]] = compose(rescaling((made, made), (side, side)), matrix).tolist()
    name, part = f"{face['face']}, the part that is restored", json.dumps(held)
    return Shown(digest([face["truth"], part, side]), name, face["truth"], part, side)
