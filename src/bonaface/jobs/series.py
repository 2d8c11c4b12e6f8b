"""One photograph after another into a folder, taken up again where it was stopped: what restoring and editing share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bonaface.api.cutting import CutFace
from bonaface.core.errors import BonafaceError, InputError
from bonaface.io.folders import list_pictures
from bonaface.io.provenance import sha256_bytes
from bonaface.jobs.journal import Entry, Journal, refuse_foreign

AHEAD = 2
"""Photographs that are read, and whose faces are found, while another one is worked on."""

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Task:
    """One photograph, and the name of its result."""

    picture: Path
    output: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one photograph.

    Attributes:
        task: which one.
        entry: its line in the record.
        before: it was done by an earlier start, and was left alone.
    """

    task: Task
    entry: Entry
    before: bool = False

    def failures(self) -> list[tuple[str, str]]:
        """What was not done, by name, and why: the photograph, or some of its faces."""
        name = self.task.picture.name
        faces = [face for face in self.entry["faces"] if face["status"] != "ok"]
        failed = self.entry["status"] == "failed"
        if failed and (not faces or len(faces) < len(self.entry["faces"])):  # the photograph, whatever its faces are
            return [(name, self.entry["why"])]
        return [(f"{name}, face {face['face']}", face["why"]) for face in faces]


def face_line(face: CutFace) -> dict[str, Any]:
    """What the line of a photograph says of any face, whatever was done to it; its status and why come with it."""
    return {
        "face": face.number,
        "status": face.status,
        "why": face.why,
        "box": [round(v, 2) for v in face.face.box],
        "detector": face.face.detector,
        "confidence": round(face.face.confidence, 3),
        "unsure": face.unsure,
        "to_crop": [[round(float(v), 8) for v in row] for row in face.to_crop],
        "crop_side": len(face.crop),
        "photo_width": round(face.width, 2),
    }


def named_tasks(pictures: Sequence[Path], name: Callable[[Path], str], verb: str) -> list[Task]:
    """Which photographs are worked on, and the names of their results.

    Args:
        pictures: files, and folders, which stand for the pictures in them.
        name: of the result of a photograph.
        verb: what is done, for the message ("Restore").

    Raises:
        PictureError: a folder without a picture.
        InputError: two photographs would have results of one name.
    """
    files = [path for given in pictures for path in (list_pictures(given) if given.is_dir() else [given])]
    tasks, seen = [], dict[str, Path]()
    for path in files:
        output = name(path)
        other = seen.setdefault(output.casefold(), path)
        if other is not path:
            raise InputError(
                f"{other} and {path} would both become {output}. {verb} them into different folders, or rename one."
            )
        tasks.append(Task(path, output))
    return tasks


def check_inputs(tasks: Sequence[Task], folder: Path) -> None:
    """Refuse a folder that is none, and results that would replace inputs.

    Raises:
        InputError: so it is.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; expected a folder for the results. Choose another name.")
    inputs = {task.picture.resolve() for task in tasks}
    for task in tasks:
        if (folder / task.output).resolve() in inputs:
            raise InputError(
                f"{folder / task.output} is one of the inputs, which are never overwritten. Choose another folder."
            )


def sort_out(
    tasks: Sequence[Task],
    key_of: Callable[[Path], str],
    folder: Path,
    journal: Journal,
    *,
    overwrite: bool,
    whole: Callable[[Entry], bool] = lambda entry: True,
) -> tuple[list[Task], list[Outcome]]:
    """What is to be done, and what was done before.

    Args:
        tasks: that were asked for.
        key_of: SHA-256 of everything that can change the result of a photograph.
        folder: of the results.
        journal: of the folder.
        overwrite: replace results that were not made so.
        whole: whether everything that belongs to a result, of this line, is there.

    Raises:
        OutputExists: a result is there that was not made so, and overwriting was not asked for.
    """
    todo, done, foreign = list[Task](), list[Outcome](), list[Path]()
    for task in tasks:
        place, entry = folder / task.output, journal.of(task.output)
        if not place.exists():
            todo.append(task)
            continue
        key, held = key_of(task.picture), place.read_bytes()
        ours = entry is not None and entry.get("key") == key
        if entry is not None and ours and entry["output_sha256"] == sha256_bytes(held):
            if whole(entry):
                done.append(Outcome(task, entry, before=True))
            else:
                todo.append(task)
        elif overwrite or (not ours and key.encode() in held):  # stopped between writing the result and its line
            todo.append(task)
        else:
            foreign.append(place)
    refuse_foreign(foreign)
    return todo, done


def ahead(
    tasks: Sequence[Task], read: Callable[[Path], Read | BonafaceError]
) -> Iterator[tuple[Task, Read | BonafaceError]]:
    """Each photograph read and its faces found, in a thread that is some photographs ahead."""
    waiting: deque[tuple[Task, Future[Read | BonafaceError]]] = deque()
    rest = iter(tasks)
    pool = ThreadPoolExecutor(1, thread_name_prefix="bonaface-photos")
    try:
        while True:
            while len(waiting) < AHEAD and (task := next(rest, None)) is not None:
                waiting.append((task, pool.submit(read, task.picture)))
            if not waiting:
                return
            task, future = waiting[0]
            made = future.result()
            waiting.popleft()
            yield task, made
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        # The detector cannot be stopped in the middle, which takes some seconds. Not by joining its thread: a second
        # Ctrl-C would break that, and Python would end under the detector.
        wait([future for _, future in waiting])
