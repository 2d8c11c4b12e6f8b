"""What one worker does: the cells of one face, one after another."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from bonaface.core.errors import BonafaceError, InputError
from bonaface.core.images import Image, Picture, Similarity
from bonaface.degrade import Degraded
from bonaface.io.pictures import encode_png, read_picture
from bonaface.study.engine.editing import Edited, edited, fed_to, real_of
from bonaface.study.engine.feeding import Fed, Truth, damaged, eight_bit, fed, framed, resized, restored
from bonaface.study.engine.scoring import Row, Scorer
from bonaface.study.engine.store import TABLES, Store, StoreError
from bonaface.study.plan.contenders import PHOTOGRAPH, Asked, Contender, Control, Entry
from bonaface.study.plan.faces import Subject
from bonaface.study.plan.plans import Damage, Grid, Plan

TOLD = 1.0
"""Seconds of work after which a worker tells what it has."""


@dataclass(frozen=True, slots=True)
class Held:
    """An output that the store has, by the SHA-256 of its picture and of what it was made of."""

    output: str
    observed: str
    to_output: str


@dataclass(frozen=True, slots=True)
class Task:
    """One cell, and what is missing of it.

    Attributes:
        key: of the cell.
        damage: its place in the plan.
        contender: in `Plan.contenders`.
        seed: of it.
        about: what its row says of it beside what is found.
        held: the output; None: it is missing.
        measures: measure, grid and key of what is missing.
        audit: the key of the audit; empty: it is not missing, or not asked for.
    """

    key: str
    damage: int
    contender: int
    seed: int
    about: Mapping[str, Any]
    held: Held | None
    measures: tuple[tuple[str, Grid, str], ...]
    audit: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Cells of one face that are done by one worker at a stretch.

    Attributes:
        subject: the face.
        tasks: its cells.
        tries: how many workers died of it.
    """

    subject: Subject
    tasks: tuple[Task, ...]
    tries: int = 0


@dataclass(slots=True)
class Done:
    """Rows of some cells of a chunk, by table; `tasks` is how many cells they are of."""

    tasks: int = 0
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in TABLES})


class Pictures(Protocol):
    """Where a worker finds pictures, and where it leaves those that it makes."""

    def face(self, subject: Subject) -> Picture:
        """The picture of a face, or a `PictureError`."""

    def get(self, sha256: str) -> Image:
        """A picture of the store."""

    def put(self, data: bytes) -> str:
        """Keep a PNG; its SHA-256."""


class Shared:
    """Pictures of a worker that has faces and store before it, as this machine's processes have."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def face(self, subject: Subject) -> Picture:
        """From its own file."""
        return subject.read()

    def get(self, sha256: str) -> Image:
        """From the store."""
        return read_picture(self._store.picture(sha256), 1).image()

    def put(self, data: bytes) -> str:
        """Into the store."""
        return self._store.put_picture(data)


class Worker:
    """Does chunks. Everything that is loaded stays; of faces, only the last one is held."""

    def __init__(self, plan: Plan, pictures: Pictures) -> None:
        self._plan, self._pictures = plan, pictures
        self._scorer = Scorer()
        self._subject: Subject | None = None
        self._truth: Truth | str = ""
        self._face_row: Row = {}
        self._real: dict[str, Edited] = {}

    def __call__(self, chunk: Chunk) -> Iterator[Done]:
        """Do the cells of a chunk; what is done is told every `TOLD` seconds, so that a kill does not cost it.

        Raises:
            StoreError: the store cannot be written to, as when its disk is full.
        """
        done, since = Done(), time.monotonic()
        if chunk.subject != self._subject:
            self._begin(chunk.subject)
        done.rows["faces"].append(self._face_row)
        seen: tuple[tuple[int, int], tuple[Any, str] | str] | None = None
        for task in chunk.tasks:
            if isinstance(self._truth, str):
                done.rows["cells"].append({**self._about(task), "status": "failed", "why": self._truth, "seconds": 0})
            else:
                if task.held is None and (seen is None or seen[0] != (task.damage, task.seed)):
                    seen = ((task.damage, task.seed), self._damaged(task, self._truth))
                self._do(task, self._truth, None if seen is None else seen[1], done)
            done.tasks += 1
            if time.monotonic() - since > TOLD:
                yield done
                done, since = Done(), time.monotonic()
        if done.tasks:
            yield done

    def _begin(self, subject: Subject) -> None:
        self._subject, row, self._real = subject, _face_row(subject, self._plan), {}
        try:
            truth = framed(self._pictures.face(subject), self._plan.framing, self._plan.side)
        except MemoryError:
            raise
        except Exception as error:
            self._truth = _without_folder(_why(error), subject)
            self._face_row = row | {"status": "failed", "why": self._truth}
            return
        self._truth = truth
        self._scorer.begin(truth)
        face = truth.face
        self._face_row = row | {
            "status": "ok", "why": "" if face else "no face was found",
            "truth": self._pictures.put(encode_png(truth.image)),
            "height": truth.size[0], "width": truth.size[1], "found": truth.found,
            "landmarks": None if face is None else json.dumps(np.round(face.landmarks, 2).tolist()),
            "pose": None if face is None or face.pose is None else json.dumps([round(v, 1) for v in face.pose]),
            "detector": None if face is None else face.detector,
        }  # fmt: skip

    def _damaged(self, task: Task, truth: Truth) -> tuple[Any, str] | str:
        damage, subject = self._plan.degradations[task.damage], self._require_subject()
        try:
            made = damaged(truth, damage, subject.id, task.seed)
        except MemoryError:
            raise
        except Exception as error:
            return _why(error)
        return made, self._pictures.put(encode_png(made.image))

    def _do(self, task: Task, truth: Truth, seen: tuple[Any, str] | str | None, done: Done) -> None:
        begun = time.perf_counter()
        if task.held is None:
            row = self._about(task)
            if isinstance(seen, str) or seen is None:
                done.rows["cells"].append(row | {"status": "failed", "why": seen or "not damaged", "seconds": 0})
                return
            try:
                output, to_output, more = self._output(task, truth, *seen, done)
            except (MemoryError, StoreError):
                raise
            except Exception as error:
                done.rows["cells"].append(row | {"status": "failed", "why": _why(error)})
                return
            observed = seen[0].image
            done.rows["cells"].append(row | more | {"status": "ok", "seconds": time.perf_counter() - begun})
        elif task.measures or task.audit:
            output = self._pictures.get(task.held.output)
            observed = self._pictures.get(task.held.observed)
            to_output = np.array(json.loads(task.held.to_output)) if task.held.to_output else None
        asked = self._compared(task, truth, done) if task.measures or task.audit else None
        if task.measures:
            rows = self._scorer.measures(task.measures, output, to_output, observed, asked)
            done.rows["measures"] += [{"cell": task.key, **row} for row in rows]
        if task.audit:
            rows = self._scorer.audit(task.audit, output, to_output, observed, asked)
            done.rows["findings"] += [{"cell": task.key, **row} for row in rows]

    def _compared(self, task: Task, truth: Truth, done: Done) -> Edited | None:
        """What an editor's output is compared with; None: a restorer made it."""
        contender = self._plan.contenders[task.contender]
        if contender.model == PHOTOGRAPH:
            return Edited(contender.target, None, "it is the real picture itself")
        return self._shown(contender.target, truth, done) if contender.target else None

    def _shown(self, target: str, truth: Truth, done: Done) -> Edited:
        if target not in self._real:
            self._real[target], row = self._real_picture(target, truth)
            done.rows["reals"].append(row)
        return self._real[target]

    def _real_picture(self, target: str, truth: Truth) -> tuple[Edited, Row]:
        """A picture of the person that shows an expression in reality, or why there is none; and its row."""
        subject = self._require_subject()
        other = subject.real.get(target)
        row: Row = {
            "name": subject.name, "target": target, "framing": self._plan.framing, "side": self._plan.side,
            "face": "" if other is None else other.id,
        }  # fmt: skip
        if other is None:
            why = f"there is no picture of {subject.name} with this expression ({target})"
            return Edited(target, None, why), row | {"status": "not_applicable", "why": why}
        try:
            real = real_of(self._pictures.face(other), truth)
        except (MemoryError, StoreError):
            raise
        except Exception as error:
            why = f"the picture {other.name} cannot be used: {_without_folder(_why(error), other)}"
            return Edited(target, None, why), row | {"status": "failed", "why": why}
        return Edited(target, real), row | {
            "status": "ok", "why": "" if real.face else "no face was found",
            "picture": self._pictures.put(encode_png(real.image)),
        }  # fmt: skip

    def _control(self, control: Control, seen: Degraded, truth: Truth, done: Done) -> Image:
        """What editors stand beside, on the truth's pixels."""
        if control.model != PHOTOGRAPH:
            return eight_bit(resized(seen.image, truth.size))
        shown = self._shown(control.target, truth, done)
        if shown.real is None:
            raise InputError(shown.why)
        return shown.real.image

    def _output(
        self, task: Task, truth: Truth, seen: Degraded, observed: str, done: Done
    ) -> tuple[Image, Similarity | None, Row]:
        damage: Damage = self._plan.degradations[task.damage]
        contender, face = self._plan.contenders[task.contender], self._require_subject().id
        if isinstance(contender, Contender):
            given = fed(contender.card, seen, truth)
            output = restored(contender, given, face, damage, task.seed)
        elif isinstance(contender, Asked):
            given = fed_to(contender, seen, truth)
            output = edited(contender, given, face, task.seed)
        else:
            given = Fed(seen.image, None, None, truth.size)
            output = self._control(contender, seen, truth, done)
        data = encode_png(output)
        to_output = None if given.to_output is None else [[round(float(v), 9) for v in row] for row in given.to_output]
        more = {
            "output": self._pictures.put(data), "bytes": len(data),
            "height": output.shape[0], "width": output.shape[1],
            "observed": observed, "observed_height": seen.image.shape[0], "observed_width": seen.image.shape[1],
            "to_output": "" if to_output is None else json.dumps(to_output),
            "covered": None if seen.occlusion is None else float(seen.occlusion.mean()),
        }  # fmt: skip
        return output, None if to_output is None else np.array(to_output), more

    def _about(self, task: Task) -> Row:
        return {"cell": task.key, "face": self._require_subject().id, "seed": task.seed, "why": "", **task.about}

    def _require_subject(self) -> Subject:
        if self._subject is None:
            raise RuntimeError("a chunk comes first")
        return self._subject


def about(plan: Plan, damage: Damage, contender: Entry, cell: Any) -> Row:
    """What the row of a cell says of its place in the plan."""
    return {
        "framing": plan.framing, "side": plan.side, "degradation": damage.name, "degradation_id": damage.id,
        "family": damage.family, "level": damage.level, "restorer": contender.label,
        "restorer_id": contender.model, "target": contender.target,
        "knobs": json.dumps(dict(contender.knobs), sort_keys=True),
        "weights": json.dumps(dict(cell.weights), sort_keys=True), "engine": cell.engine,
        "versions": json.dumps(dict(cell.versions), sort_keys=True),
    }  # fmt: skip


def died(chunk: Chunk, why: str) -> Done:
    """The rows of cells of which workers died, again and again."""
    done = Done(tasks=len(chunk.tasks))
    for task in chunk.tasks:
        if task.held is None:
            row = {"cell": task.key, "face": chunk.subject.id, "seed": task.seed, **task.about}
            done.rows["cells"].append(row | {"status": "failed", "why": why})
        for name, grid, key in task.measures:
            done.rows["measures"].append({
                "cell": task.key, "key": key, "measure": name, "part": "", "grid": grid.id, "version": 0, "unit": "",
                "better": "", "status": "failed", "why": why,
            })  # fmt: skip
        if task.audit:
            done.rows["findings"].append({"cell": task.key, "key": task.audit, "status": "failed", "why": why})
    return done


def rest_of(chunk: Chunk, done: int) -> Chunk | None:
    """What is left of a chunk of which the first `done` cells are done; None: nothing."""
    return replace(chunk, tasks=chunk.tasks[done:]) if done < len(chunk.tasks) else None


def split(chunk: Chunk) -> Sequence[Chunk]:
    """A chunk of which a worker died, cell by cell: only one of them may be to blame."""
    return [Chunk(chunk.subject, (task,), chunk.tries + 1) for task in chunk.tasks]


def _face_row(subject: Subject, plan: Plan) -> Row:
    return {
        "face": subject.id, "name": subject.name, "person": subject.person, "file": subject.file.name,
        "groups": json.dumps(dict(subject.groups), sort_keys=True), "framing": plan.framing, "side": plan.side,
    }  # fmt: skip


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, BonafaceError) else f"it stopped with {type(error).__name__}: {error}"


def _without_folder(why: str, subject: Subject) -> str:
    """Tables do not say where somebody keeps their pictures."""
    return why.replace(f"{subject.file.parent}/", "")
