"""Small pictures of a study, in files: each once, however many pages show it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bonaface.core.errors import BonafaceError
from bonaface.core.images import Bytes8, to_bytes
from bonaface.faces.crops import cut
from bonaface.io.pictures import read_picture
from bonaface.io.store import write_bytes
from bonaface.io.writing import encode_jpeg, encode_png
from bonaface.report.pictures import reduced
from bonaface.report.study.given import Find

LONGEST = 240
"""Of a thumbnail, in pixels."""
SQUARES = 96
"""A picture up to this many pixels is kept as it is, and shown in squares."""
FOLDER = "assets/thumbs"


@dataclass(slots=True)
class Thumbs:
    """Makes them as they are asked for.

    Attributes:
        folder: of the report.
        find: where pictures are.
        made: what is there already, by what it shows.
    """

    folder: Path
    find: Find
    made: dict[tuple[str, str], dict[str, Any] | None] = field(default_factory=dict)
    _last: tuple[str, Bytes8] | None = None

    def of(self, row: Mapping[str, Any]) -> dict[str, dict[str, Any] | None]:
        """Truth, damaged picture and output of one cell; None where a picture is gone.

        Where the restorer delivers a part of the face, the truth is cut out alike.
        """
        return {
            "original": self.one(row["truth"], row["to_output"] or "", int(row["side"] or 0)),
            "damaged": self.one(row["observed"]),
            "output": self.one(row["output"]),
        }

    def one(self, sha256: str | None, matrix: str = "", side: int = 0) -> dict[str, Any] | None:
        """Address from the folder `assets/x/`, width and height; whether it is to be shown in squares."""
        if not sha256:
            return None
        key = (sha256, matrix)
        if key not in self.made:
            try:
                self.made[key] = self._write(sha256, matrix, side)
            except (OSError, BonafaceError):  # a picture that was deleted costs its thumbnail, not the report
                self.made[key] = None
        return self.made[key]

    def _write(self, sha256: str, matrix: str, side: int) -> dict[str, Any]:
        pixels = self._pixels(sha256)
        if matrix:
            image = pixels.astype(np.float32) / np.float32(255)
            pixels = to_bytes(cut(image, np.array(json.loads(matrix), np.float64), side))
        small = max(pixels.shape[:2]) <= SQUARES
        shown = pixels if small else reduced(pixels, LONGEST)
        name = sha256[:20] + (f"-{hashlib.sha256(matrix.encode()).hexdigest()[:8]}" if matrix else "")
        name += ".png" if small else ".jpg"
        write_bytes(self.folder / FOLDER / name, encode_png(shown) if small else encode_jpeg(shown, quality=80))
        return {"src": f"../thumbs/{name}", "width": shown.shape[1], "height": shown.shape[0], "squares": small}

    def _pixels(self, sha256: str) -> Bytes8:
        if self._last is None or self._last[0] != sha256:
            pixels = read_picture(self.find(sha256), 1).pixels
            self._last = sha256, np.asarray(pixels, np.uint8)
        return self._last[1]
