"""Running a study: what is missing is done, in processes, and kept as it comes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bonaface.api.measuring import missing
from bonaface.core.errors import InputError, WeightsMissing
from bonaface.graphs.engines import processors
from bonaface.io.weights import find_weights
from bonaface.measure import MEASURES
from bonaface.study import cluster, pool, tables
from bonaface.study.cells import audit_key, cell_of, measure_key
from bonaface.study.faces import Subject
from bonaface.study.owner import owned
from bonaface.study.plans import Contender, Plan
from bonaface.study.store import TABLES, Store
from bonaface.study.work import Chunk, Done, Held, Task, about

CHUNK = 8
"""Cells that a worker does at a stretch, at most: what a kill costs, and what one message carries."""
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""How "s3://..." begins when it was made a path, which takes one of the strokes; a drive has one letter."""
FLUSH = 1.0
"""Seconds of work that are written together: a file for each cell would be too many."""


@dataclass(frozen=True, slots=True)
class Todo:
    """What a plan asks for, and what of it is missing.

    Attributes:
        plan: with what can be run here.
        chunks: what is missing.
        cells: how many the plan has.
        done: how many of them need nothing.
        failed: how many of them failed before and are left alone.
        notes: what was left out, and why.
    """

    plan: Plan
    chunks: tuple[Chunk, ...]
    cells: int
    done: int
    failed: int
    notes: tuple[str, ...] = ()

    @property
    def tasks(self) -> list[Task]:
        """All that is missing."""
        return [task for chunk in self.chunks for task in chunk.tasks]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: cells, of those that were missing."""

    done: int
    total: int
    failed: int


def available(plan: Plan) -> tuple[Plan, tuple[str, ...]]:
    """The plan without what cannot be run here, and a note for each thing that is left out.

    Raises:
        InputError: no restorer is left.
        WeightsError: weights are here, and are not what they should be.
    """
    notes, here = list[str](), list[Contender]()
    for contender in plan.restorers:
        try:
            for weights in contender.card.weights:
                find_weights(weights)
            here.append(contender)
        except WeightsMissing:
            how = f"`bonaface models fetch {contender.restorer}`"
            notes.append(f"{contender.label} is left out: its weights are not here ({how}).")
    if not here:
        raise InputError(f"No restorer of {plan.name} can be run. {' '.join(notes)}")
    lacking = {name: why for name in plan.measures if (why := missing(MEASURES[name]))}
    notes += [f"{name} is left out: {why}" for name, why in lacking.items()]
    measures = tuple(name for name in plan.measures if name not in lacking)
    return replace(plan, restorers=tuple(here), measures=measures), tuple(notes)


def todo(plan: Plan, subjects: Sequence[Subject], store: Store | None, *, retry_failed: bool = False) -> Todo:
    """What is missing of a plan.

    Args:
        plan: what is asked for.
        subjects: on whom.
        store: what is done; None: nothing.
        retry_failed: what failed is missing, too.

    Raises:
        InputError: as `available`.
        WeightsError: likewise.
    """
    plan, notes = available(plan)
    held = _Held(store, retry_failed)
    chunks, total, done, failed = list[Chunk](), 0, 0, 0
    place = {id(damage): i for i, damage in enumerate(plan.degradations)}
    seat = {id(contender): i for i, contender in enumerate(plan.restorers)}
    for subject in subjects:
        tasks = list[Task]()
        for damage, contender, seed in plan.combinations():
            cell = cell_of(subject.id, plan, damage, contender, seed)
            key, total = cell.key, total + 1
            state = held.state(key)
            if state == "failed":
                failed += 1
                continue
            measures = tuple(
                (name, grid, key_of)
                for name in plan.measures
                for grid in plan.grids
                if (key_of := measure_key(key, MEASURES[name], grid)) not in held.measures
            )
            audit = audit_key(key) if plan.audits and audit_key(key) not in held.audits else ""
            if state == "ok" and not measures and not audit:
                done += 1
                continue
            tasks.append(
                Task(
                    *(key, place[id(damage)], seat[id(contender)], seed, about(plan, damage, contender, cell)),
                    held.outputs.get(key) if state == "ok" else None,
                    measures,
                    audit,
                )
            )
        tasks.sort(key=lambda task: (task.damage, task.seed))  # what is damaged once is restored by all in turn
        chunks += [Chunk(subject, tuple(tasks[i : i + CHUNK])) for i in range(0, len(tasks), CHUNK)]
    return Todo(plan, tuple(chunks), total, done, failed, notes)


class _Held:
    """What a store has, by keys."""

    def __init__(self, store: Store | None, retry_failed: bool) -> None:
        self.outputs: dict[str, Held] = {}
        self._failed = set[str]()
        self.measures, self.audits = set[str](), set[str]()
        if store is None:
            return
        for row in store.rows("cells", ("cell", "status", "output", "observed", "to_output")):
            if row["status"] != "ok":
                self._failed |= set() if retry_failed else {row["cell"]}
            elif store.picture(row["output"]).is_file() and store.picture(row["observed"]).is_file():
                self.outputs[row["cell"]] = Held(row["output"], row["observed"], row["to_output"])
        for name, keys in (("measures", self.measures), ("findings", self.audits)):
            rows = store.rows(name, ("key", "status"))
            keys.update(row["key"] for row in rows)
            if retry_failed:
                keys.difference_update(row["key"] for row in rows if row["status"] == "failed")

    def state(self, key: str) -> str:
        return "ok" if key in self.outputs else "failed" if key in self._failed else "missing"


def check_place(folder: Path) -> None:
    """Raise where a study cannot be kept.

    Raises:
        InputError: it is an address of another machine's storage.
    """
    if _ELSEWHERE.match(str(folder)):
        raise InputError(
            f"{folder} looks like an address of remote storage, and a study is kept in a folder of this machine: its "
            "lock and its queries need one, also with --ray, where no worker reads it. Name a folder, and copy it "
            "there afterwards: pictures never change, so that only new ones are copied."
        )


def run(
    plan: Plan,
    subjects: Sequence[Subject],
    folder: Path,
    *,
    workers: int | None = None,
    retry_failed: bool = False,
    ray: str | None = None,
) -> Iterator[Todo | Progress]:
    """Do what is missing of a study, and write its tables.

    Stopped anywhere, in any way, it leaves a store that the same call takes up again; the tables are then the same,
    byte for byte.

    Args:
        plan: what is asked for.
        subjects: on whom.
        folder: the store, which is made where there is none.
        workers: processes; None: one for each processor.
        retry_failed: try again what failed before.
        ray: a cluster that does it, as `cluster.check` has it; None: processes of this machine.

    Yields:
        First what there is to do, then how far it is.

    Raises:
        InputError: the folder is no store, is in use, or cannot be written to; no restorer can be run.
        WeightsError: weights are not what they should be.
    """
    if workers is not None and workers < 1:
        raise InputError(f"{workers} workers were asked for; expected 1 or more.")
    check_place(folder)
    if ray is not None:
        cluster.check(ray)
    available(plan)  # before a folder is made
    folder.mkdir(parents=True, exist_ok=True)
    store = Store.opened(folder, make=True)
    with owned(folder) as note:
        store.sweep()
        work = todo(plan, subjects, store, retry_failed=retry_failed)
        yield replace(work, notes=(*work.notes, *([note] if note else [])))
        total, finished, failed = len(work.tasks), 0, 0
        writer = _Writer(store)
        try:
            if ray is None:
                begun = pool.done(work.plan, folder, work.chunks, workers or processors())
            else:
                begun = cluster.done(work.plan, folder, work.chunks, workers, ray)
            with closing(begun) as answers:
                for answer in answers:
                    writer.add(answer)
                    finished += answer.tasks
                    failed += sum(row["status"] == "failed" for row in answer.rows["cells"])
                    yield Progress(finished, total, failed)
        finally:
            writer.flush()
        store.tidy()
        tables.write(store)


class _Writer:
    """Collects rows for a moment, so that files do not become too many."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: dict[str, list[Mapping[str, Any]]] = {table: [] for table in TABLES}
        self._since = time.monotonic()
        names = tuple(TABLES["faces"])
        self._faces = {_identity(row) for row in store.rows("faces", names)}

    def add(self, answer: Done) -> None:
        for table, rows in answer.rows.items():
            if table == "faces":
                rows = [row for row in rows if _identity(row) not in self._faces]
                self._faces |= {_identity(row) for row in rows}
            self._rows[table] += rows
        if time.monotonic() - self._since > FLUSH:
            self.flush()

    def flush(self) -> None:
        # Cells last: what is written without its cell is done again, and a cell without its measures is measured.
        for table in ("faces", "findings", "measures", "cells"):
            self._store.add(table, self._rows[table])
            self._rows[table] = []
        self._since = time.monotonic()


def _identity(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in TABLES["faces"])
