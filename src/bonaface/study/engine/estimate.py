"""What a study will take, before it is run: from its own store, or from a few cells that are timed for that."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from bonaface.study.engine import pool
from bonaface.study.engine.run import Todo
from bonaface.study.engine.store import Store
from bonaface.study.engine.work import Chunk, Task

TIMED = 6
"""Cells that are timed where no store says anything."""
SIZED = 100
"""Pictures of a kind whose size is looked at."""
STARTING = 3.0
"""Seconds until a worker has loaded what it needs."""
SCALING = 0.92
"""How much of a second worker is gained: `benchmarks/study.py`."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is expected.

    Attributes:
        seconds: with the workers that were asked for; None: nothing could be timed.
        megabytes: of pictures (outputs, damaged ones and truths); None likewise.
        source: what it was taken from.
    """

    seconds: float | None
    megabytes: float | None
    source: str


def estimate(work: Todo, store: Store | None, workers: int) -> Estimate:
    """How long the rest takes, and how much room.

    Args:
        work: what is missing.
        store: what was done before; its times are taken where it has any. Nothing is written to it.
        workers: processes.
    """
    if not work.tasks:
        return Estimate(0.0, 0.0, "nothing is missing")
    costs = _Costs()
    if store is not None:
        costs.add({table: store.rows(table) for table in ("faces", "cells", "measures", "findings")}, store)
    source = f"{costs.cells} cells that the store has"
    if not costs.cells:
        sample = _sample(work)
        with tempfile.TemporaryDirectory(prefix="bonaface-study-") as place:
            tried = Store.opened(Path(place), make=True)
            for done in pool.done(work.plan, tried, [sample], 1):
                costs.add(done.rows, tried)
        source = f"{costs.cells} cells that were timed just now, on the first face"
    if not costs.cells:
        return Estimate(None, None, "nothing: the cells that were tried failed")
    seconds = sum(costs.seconds(task) for task in work.tasks)
    share = min(workers, len(work.chunks))
    spread = share if share == 1 else 1 + (share - 1) * SCALING
    return Estimate(STARTING + seconds / spread, costs.bytes(work) / 1e6, source)


def _sample(work: Todo) -> Chunk:
    """A cell of each restorer on the first face, with the first damages in turn."""
    first = work.chunks[0]
    tasks = [task for chunk in work.chunks if chunk.subject == first.subject for task in chunk.tasks]
    chosen: dict[int, Task] = {}
    for task in tasks:
        chosen.setdefault(task.contender, task)
    some = [replace(task, held=None) for task in list(chosen.values())[:TIMED]]
    return Chunk(first.subject, tuple(sorted(some, key=lambda task: (task.damage, task.seed))))


class _Costs:
    """Mean seconds and bytes by restorer, measure and audit."""

    def __init__(self) -> None:
        self.cells = 0
        self._times: dict[tuple[str, ...], list[float]] = {}
        self._bytes: dict[str, list[float]] = {}

    def add(self, rows: Mapping[str, Sequence[Mapping[str, Any]]], store: Store) -> None:
        for row in rows["cells"]:
            if row["status"] == "ok":
                self.cells += 1
                self._times.setdefault(("cell", row["restorer"]), []).append(row["seconds"] or 0.0)
                self._bytes.setdefault(row["restorer"], []).append(row["bytes"] or 0.0)
        for kind, column in (("faces", "truth"), ("cells", "observed")):
            names = sorted({row[column] for row in rows[kind] if row.get(column)})[:SIZED]
            store.gather(names)
            for name in names:
                if (place := store.picture(name)).is_file():
                    self._bytes.setdefault(column, []).append(place.stat().st_size)
        for row in rows["measures"]:
            if row["part"] == "":
                self._times.setdefault(("measure", row["measure"], row["grid"]), []).append(row["seconds"] or 0.0)
        for row in rows["findings"]:
            if row.get("seconds"):
                self._times.setdefault(("audit",), []).append(row["seconds"])

    def seconds(self, task: Task) -> float:
        """Of what is missing of a cell."""
        kinds = [("measure", name, grid.id) for name, grid, _ in task.measures]
        kinds += [("audit",)] if task.audit else []  # type: ignore[list-item]
        kinds += [("cell", str(task.about["restorer"]))] if task.held is None else []  # type: ignore[list-item]
        return sum(self._mean(tuple(kind)) for kind in kinds)

    def _mean(self, kind: tuple[str, ...]) -> float:
        """Of that kind; of its like, where it was never seen."""
        if kind in self._times:
            return fmean(self._times[kind])
        like = [value for other, values in self._times.items() if other[0] == kind[0] for value in values]
        return fmean(like) if like else 0.0

    def bytes(self, work: Todo) -> float:
        """Of all pictures that are missing: outputs, and once each what they were made of."""
        fresh = [(chunk.subject.name, task) for chunk in work.chunks for task in chunk.tasks if task.held is None]
        outputs = [
            value for name, values in self._bytes.items() if name not in ("truth", "observed") for value in values
        ]
        out = sum(fmean(self._bytes.get(str(task.about["restorer"]), outputs)) for _, task in fresh)
        for kind, count in (
            ("observed", len({(name, task.damage, task.seed) for name, task in fresh})),
            ("truth", len({name for name, _ in fresh})),
        ):
            out += count * fmean(self._bytes.get(kind) or [0.0])
        return out
