"""Maps of keypoints without a partner, and their counts by region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bonaface.core.regions import Region
from bonaface.io.store import write_bytes
from bonaface.io.writing import encode_png
from bonaface.report.overlays import LEVELS, single_palette
from bonaface.report.study.given import Row, Summed, counted, ordered, slug

FOLDER = "assets/maps"
PARTS = ((0, 17), (17, 22), (22, 27), (27, 31), (31, 36), (36, 42), (42, 48), (48, 60), (60, 68))
"""Lines through the 68 points."""
CLOSED = (36, 42, 48, 60)


class Map(Protocol):
    """One restorer's map; `bonaface.study.results.density.Density` is one."""

    @property
    def restorer(self) -> str: ...  # noqa: D102 - said there
    @property
    def plane(self) -> NDArray[np.float32]: ...  # noqa: D102
    @property
    def points(self) -> float: ...  # noqa: D102
    @property
    def outputs(self) -> int: ...  # noqa: D102
    @property
    def people(self) -> int: ...  # noqa: D102


class Maps(Protocol):
    """All of them; `bonaface.study.results.density.Densities` is one."""

    @property
    def maps(self) -> Sequence[Map]: ...  # noqa: D102
    @property
    def landmarks(self) -> NDArray[np.float64] | None: ...  # noqa: D102
    @property
    def rows(self) -> list[Row]: ...  # noqa: D102
    @property
    def outputs(self) -> Mapping[str, Mapping[str, int]]: ...  # noqa: D102


def density(
    folder: Path, found: Maps | None, study: Summed, links: Mapping[tuple[str, ...], str]
) -> dict[str, Any] | None:
    """Write the maps; all have one scale of colours. None: there are none.

    Args:
        folder: of the report.
        found: from `bonaface.study.results.density.densities`; None: nobody looked.
        study: tells which restorers paint.
        links: to the pictures behind the numbers, as `Galleries.keypoints` left them.
    """
    if found is None or not found.maps or found.landmarks is None:
        return None
    greatest = max(float(each.plane.max()) for each in found.maps) or 1.0
    by_name = {each.restorer: each for each in found.maps}
    names = ordered(by_name, study.generative)
    colours = single_palette("density")[:, :3]
    side = len(found.maps[0].plane)
    shown = []
    for number, name in enumerate(names, 1):
        each = by_name[name]
        index = np.rint(np.clip(each.plane / greatest, 0, 1) * (LEVELS - 1)).astype(np.uint8)
        address = f"{FOLDER}/density-{number:02d}-{slug(name)}.png"
        write_bytes(folder / address, encode_png(np.asarray(colours[index], np.uint8)))
        of = f"{counted(each.outputs, 'output')} of {counted(each.people, 'person', 'people')}"
        shown.append(
            {
                "name": name,
                "src": address,
                "points": f"{each.points:.0f}",
                "of": of,
                "link": links.get(("keypoints", name), ""),
            }
        )
    return {
        "maps": shown,
        "side": side,
        "outline": _outline(found.landmarks),
        "greatest": f"{greatest:.2f}",
        "restorers": names,
        "rows": _rows(found.rows, names, links),
    }


def _rows(rows: Sequence[Row], names: Sequence[str], links: Mapping[tuple[str, ...], str]) -> list[dict[str, Any]]:
    """Regions by restorers, those with most points first; `share` is of the longest bar."""
    cells = {(row["region"], row["restorer"]): row for row in rows}
    regions = {region for region, _ in cells} - {str(Region.WHOLE_FACE), str(Region.BACKGROUND)}
    means = {r: np.mean([cells[r, n]["value"] for n in names if (r, n) in cells]) for r in regions}
    top = max((row["value"] for row in rows if row["region"] in regions), default=0.0) or 1.0
    return [
        {
            "region": Region(region).label,
            "cells": [
                _cell(cells.get((region, name)), top, links.get(("keypoints", name, region), "")) for name in names
            ],
        }
        for region in sorted(regions, key=lambda region: (-means[region], region))
    ]


def _cell(row: Row | None, top: float, link: str) -> dict[str, Any] | None:
    if row is None:
        return None
    ends = "no interval" if row["low"] is None else f"{row['low']:.1f} to {row['high']:.1f}"
    return {"value": f"{row['value']:.1f}", "v": row["value"], "interval": ends, "share": row["value"] / top,
            "link": link, "n": f"n {row['n']}, {counted(row['people'], 'person', 'people')}"}  # fmt: skip


def _outline(landmarks: NDArray[np.float64]) -> str:
    parts = []
    for first, last in PARTS:
        line = "L".join(f"{x + 0.5:.1f} {y + 0.5:.1f}" for x, y in landmarks[first:last])
        parts.append(f"M{line}" + ("Z" if first in CLOSED else ""))
    return "".join(parts)
