"""Running a study: what is missing is done, in processes, and kept as it comes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bonaface.api.editors import editor_files
from bonaface.api.measuring import missing
from bonaface.core.errors import InputError, WeightsMissing
from bonaface.graphs.engines import processors
from bonaface.io.weights import find_weights
from bonaface.measure import MEASURES
from bonaface.study.engine import cluster, joining, pool, tables
from bonaface.study.engine.owner import owned
from bonaface.study.engine.store import SHOWN, TABLES, Store
from bonaface.study.engine.work import Chunk, Done, Held, Task, about
from bonaface.study.plan.cells import audit_key, cells_of, measure_key
from bonaface.study.plan.contenders import Asked, Control, Entry
from bonaface.study.plan.faces import Subject
from bonaface.study.plan.plans import Plan

CHUNK = 8
"""Cells that a worker does at a stretch, at most: what a kill costs, and what one message carries."""
OF_PICTURES = ("faces", "reals")
"""Tables whose rows every chunk of a face tells again."""
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
        InputError: no restorer and no editor is left.
        WeightsError: weights are here, and are not what they should be.
    """
    notes = list[str]()
    restorers = [each for each in plan.restorers if not _left_out(each, notes)]
    editors = [each for each in plan.editors if _asked_at_all(each, plan, notes) and not _left_out(each, notes)]
    if not restorers and not editors:
        what = " and no ".join(
            word for word, listed in (("restorer", plan.restorers), ("editor", plan.editors)) if listed
        )
        raise InputError(f"No {what} of {plan.name} can be run. {' '.join(notes)}")
    lacking = {name: why for name in plan.measures if (why := missing(MEASURES[name]))}
    notes += [f"{name} is left out: {why}" for name, why in lacking.items()]
    measures = tuple(name for name in plan.measures if name not in lacking)
    targets = plan.targets if editors else ()
    here = replace(plan, restorers=tuple(restorers), measures=measures, editors=tuple(editors), targets=targets)
    return here, tuple(notes)


def _asked_at_all(asked: Asked, plan: Plan, notes: list[str]) -> bool:
    """Whether an editor was made for any of the plan's targets; a note says which it is not asked for."""
    others = [target for target in plan.targets if not asked.asked_for(target).makes]
    if others:
        notes.append(
            f"{asked.label} is not asked for faces {', '.join(others)}: it was made for "
            f"{', '.join(asked.card.targets)}."
        )
    return len(others) < len(plan.targets)


def _left_out(contender: Entry, notes: list[str]) -> bool:
    """Whether it cannot be run here; a note says why, and what to do."""
    try:
        if isinstance(contender, Asked):
            editor_files(contender.card, contender.knobs)
        else:
            for weights in contender.card.weights:
                find_weights(weights)
    except WeightsMissing as error:
        if isinstance(contender, Asked):
            notes.append(f"{contender.label} is left out: {error}")
        else:
            how = f"`bonaface models fetch {contender.model}`"
            notes.append(f"{contender.label} is left out: its weights are not here ({how}).")
    except InputError as error:  # an extra that is not installed
        notes.append(f"{contender.label} is left out: {error}")
    else:
        return False
    return True


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
    notes = (*notes, *_unreal(plan, subjects))
    held = _Held(store, retry_failed)
    chunks, total, done, failed = list[Chunk](), 0, 0, 0
    place = {id(damage): i for i, damage in enumerate(plan.degradations)}
    seat = {contender.label: i for i, contender in enumerate(plan.contenders)}
    for subject in subjects:
        subject = replace(
            subject, real={target: subject.real[target] for target in plan.targets if target in subject.real}
        )
        tasks = list[Task]()
        for each in cells_of(subject, plan):
            damage, contender, real = each.damage, each.contender, each.real
            key, total = each.cell.key, total + 1
            state = held.state(key)
            if state == "failed":
                failed += 1
                continue
            measures = tuple(
                (name, grid, key_of)
                for name in plan.measures
                for grid in plan.grids
                if (key_of := measure_key(key, MEASURES[name], grid, real)) not in held.measures
            )
            audited = plan.audits and not isinstance(contender, Control)
            audit = audit_key(key, real) if audited and audit_key(key, real) not in held.audits else ""
            if state == "ok" and not measures and not audit:
                done += 1
                continue
            tasks.append(
                Task(
                    *(key, place[id(damage)], seat[contender.label], each.cell.seed),
                    about(plan, damage, contender, each.cell),
                    held.outputs.get(key) if state == "ok" else None,
                    measures,
                    audit,
                )
            )
        tasks.sort(key=lambda task: (task.damage, task.seed))  # what is damaged once is restored by all in turn
        chunks += [Chunk(subject, tuple(tasks[i : i + CHUNK])) for i in range(0, len(tasks), CHUNK)]
    return Todo(plan, tuple(chunks), total, done, failed, notes)


def _unreal(plan: Plan, subjects: Sequence[Subject]) -> list[str]:
    """Expressions that not everybody has a real picture of."""
    out = []
    for target in dict.fromkeys(each.target for each in plan.contenders if each.target):
        lacking = sum(target not in subject.real for subject in subjects)
        if lacking:
            who = "No face has" if lacking == len(subjects) else f"{lacking} of {len(subjects)} faces do not have"
            out.append(f"{who} a real picture that is {target}: what needs one is not applicable.")
    return out


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
            elif store.has(row["output"]) and store.has(row["observed"]):
                self.outputs[row["cell"]] = Held(row["output"], row["observed"], row["to_output"])
        for name, keys in (("measures", self.measures), ("findings", self.audits)):
            rows = store.rows(name, ("key", "status"))
            keys.update(row["key"] for row in rows)
            if retry_failed:
                keys.difference_update(row["key"] for row in rows if row["status"] == "failed")

    def state(self, key: str) -> str:
        return "ok" if key in self.outputs else "failed" if key in self._failed else "missing"


def run(
    plan: Plan,
    subjects: Sequence[Subject],
    where: Path | str,
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
        where: the store is, a folder or an address such as "s3://bucket/study"; it is made where there is none.
        workers: processes; None: one for each processor.
        retry_failed: try again what failed before.
        ray: a cluster that does it, as `joining.check` has it; None: processes of this machine.

    Yields:
        First what there is to do, then how far it is.

    Raises:
        InputError: this is no store, is in use, or cannot be written to; no restorer can be run.
        WeightsError: weights are not what they should be.
    """
    if workers is not None and workers < 1:
        raise InputError(f"{workers} workers were asked for; expected 1 or more.")
    if ray is not None:
        joining.check(ray)
    available(plan)  # before a folder is made
    store = Store.opened(where, make=True)
    with owned(store) as note:
        store.sweep()
        work = todo(plan, subjects, store, retry_failed=retry_failed)
        copy = f"{store.place} has its working copy in {store.folder}." if store.mirror else ""
        yield replace(work, notes=(*work.notes, *filter(None, (note, copy))))
        total, finished, failed = len(work.tasks), 0, 0
        writer = _Writer(store)
        try:
            if ray is None:
                begun = pool.done(work.plan, store, work.chunks, workers or processors())
            else:
                begun = cluster.done(work.plan, store, work.chunks, workers, ray)
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
        self._known = {
            # A row whose picture is gone is told again, with the picture.
            table: {
                _identity(row, table)
                for row in store.rows(table, tuple(TABLES[table]))
                if all(store.has(row[column]) for column in SHOWN[table] if row[column])
            }
            for table in OF_PICTURES
        }

    def add(self, answer: Done) -> None:
        for table, rows in answer.rows.items():
            if table in OF_PICTURES:
                rows = [row for row in rows if _identity(row, table) not in self._known[table]]
                self._known[table] |= {_identity(row, table) for row in rows}
            self._rows[table] += rows
        if time.monotonic() - self._since > FLUSH:
            self.flush()

    def flush(self) -> None:
        # Cells last: what is written without its cell is done again, and a cell without its measures is measured.
        for table in (*OF_PICTURES, "findings", "measures", "cells"):
            self._store.add(table, self._rows[table])
            self._rows[table] = []
        self._store.push()
        self._since = time.monotonic()


def _identity(row: Mapping[str, Any], table: str) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in TABLES[table])
