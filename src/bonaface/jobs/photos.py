"""Many whole photographs restored into one folder, in a way that can be stopped and taken up again.

A result is known again by its key: a hash of everything that can change it. Decision 0011 says more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonaface.api.outcomes import check_knobs, open_restorer
from bonaface.api.photos import reading_side
from bonaface.api.wiring import restorer_files
from bonaface.core.errors import BonafaceError, InputError, WeightsError
from bonaface.io.delivery import output_name
from bonaface.io.folders import list_pictures
from bonaface.io.provenance import sha256_bytes
from bonaface.io.weights import find_weights, locate
from bonaface.jobs.journal import Entry, Journal, filling, refuse_foreign
from bonaface.jobs.photo_results import Read, Settings, key_of, read_photo, restore_one, sha256_file, stages_there
from bonaface.jobs.restored import PHOTOGRAPHS
from bonaface.restore import RESTORERS, Restorer

__all__ = ["Outcome", "Settings", "Task", "best_here", "plan", "run"]

PREFERRED = (
    "gfpgan-1.4",
    "restoreformer-plus-plus",
    "gpen-bfr-512",
    "codeformer",
    "gfpgan-1.3",
    "gpen-bfr-1024",
    "gpen-bfr-2048",
    "restoreformer",
    "gfpgan-1.2",
    "gpen-bfr-256",
)
"""Restorers of photographs, from the one that is taken first where none is named."""
AHEAD = 2
"""Photographs that are read, and whose faces are found, while another one is restored."""


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
        entry: its line in restore.jsonl.
        before: it was done by an earlier start, and was left alone.
    """

    task: Task
    entry: Entry
    before: bool = False

    def failures(self) -> list[tuple[str, str]]:
        """What was not done, by name, and why: the photograph, or some of its faces."""
        name = self.task.picture.name
        faces = [face for face in self.entry["faces"] if face["status"] != "ok"]
        if not faces and self.entry["status"] == "failed":
            return [(name, self.entry["why"])]
        return [(f"{name}, face {face['face']}", face["why"]) for face in faces]


def best_here() -> tuple[Restorer | None, list[str]]:
    """The first of `PREFERRED` whose weights are on this machine and can be used; None: none of them.

    Returns:
        The restorer, and why each that would come before it, and whose files are here, cannot be used.
    """
    unusable = []
    for card in (RESTORERS[name] for name in PREFERRED if name in RESTORERS):
        if not card.pastes:
            continue
        try:
            for weights in card.weights:
                find_weights(weights)
        except WeightsError as error:
            if all(locate(weights) for weights in card.weights):
                unusable.append(f"{card.id} is here and cannot be used: {error}")
        else:
            return card, unusable
    return None, unusable


def plan(pictures: Sequence[Path]) -> list[Task]:
    """Which photographs are restored, and the names of their results.

    Args:
        pictures: files, and folders, which stand for the pictures in them.

    Raises:
        PictureError: a folder without a picture.
        InputError: two photographs would have results of one name.
    """
    files = [path for given in pictures for path in (list_pictures(given) if given.is_dir() else [given])]
    tasks, seen = [], dict[str, Path]()
    for path in files:
        name = output_name(path)
        other = seen.setdefault(name.casefold(), path)
        if other is not path:
            raise InputError(
                f"{other} and {path} would both become {name}. Restore them into different folders, or rename one."
            )
        tasks.append(Task(path, name))
    return tasks


def run(
    tasks: Sequence[Task], settings: Settings, folder: Path, *, overwrite: bool = False
) -> Iterator[Outcome | Sequence[Outcome]]:
    """Restore one photograph after another into `folder`.

    Yields:
        First, in a list, what was done by an earlier start; then one outcome after another. Each is on the disk, and
        in the record, before it is yielded.

    Raises:
        OutputExists: a result is there that was not made so, and overwriting was not asked for; nothing was done.
        InputError: settings that mean nothing; a result would replace an input; the folder is no folder, or is in use;
            or it cannot be written to, as when the disk is full: what was yielded before is finished, the rest can be
            taken up again.
        WeightsError: the restorer cannot be opened.
    """
    settings.options.check()
    reading_side(settings.card)
    check_knobs(settings.card, settings.knobs)
    if settings.file is not None:
        restorer_files(settings.card, settings.file)
    _check_inputs(tasks, folder)
    about = settings.about()
    with filling(folder, PHOTOGRAPHS) as journal:
        todo, done = _sorted(tasks, settings, about, folder, journal, overwrite)
        yield done
        if todo:
            ready = open_restorer(settings.card, settings.knobs, settings.file)
            for task, read in _ahead(todo, settings):
                entry = restore_one(task.picture, task.output, read, settings, about, ready, folder)
                journal.add(entry)
                yield Outcome(task, entry)


def _check_inputs(tasks: Sequence[Task], folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; expected a folder for the results. Choose another name.")
    inputs = {task.picture.resolve() for task in tasks}
    for task in tasks:
        if (folder / task.output).resolve() in inputs:
            raise InputError(
                f"{folder / task.output} is one of the inputs, which are never overwritten. Choose another folder."
            )


def _sorted(
    tasks: Sequence[Task], settings: Settings, about: Mapping[str, Any], folder: Path, journal: Journal, overwrite: bool
) -> tuple[list[Task], list[Outcome]]:
    """What is to be done, and what was done before."""
    todo, done, foreign = list[Task](), list[Outcome](), list[Path]()
    for task in tasks:
        place, entry = folder / task.output, journal.of(task.output)
        if not place.exists():
            todo.append(task)
            continue
        key, held = key_of(settings, about, sha256_file(task.picture)), place.read_bytes()
        ours = entry is not None and entry.get("key") == key
        if entry is not None and ours and entry["output_sha256"] == sha256_bytes(held):
            if settings.keep_stages and not stages_there(entry, folder):
                todo.append(task)
            else:
                done.append(Outcome(task, entry, before=True))
        elif overwrite or (not ours and key.encode() in held):  # stopped between writing the result and its line
            todo.append(task)
        else:
            foreign.append(place)
    refuse_foreign(foreign)
    return todo, done


def _ahead(tasks: Sequence[Task], settings: Settings) -> Iterator[tuple[Task, Read | BonafaceError]]:
    """Each photograph read and its faces found, in a thread that is some photographs ahead."""
    waiting: deque[tuple[Task, Future[Read | BonafaceError]]] = deque()
    rest = iter(tasks)
    pool = ThreadPoolExecutor(1, thread_name_prefix="bonaface-photos")
    try:
        while True:
            while len(waiting) < AHEAD and (task := next(rest, None)) is not None:
                waiting.append((task, pool.submit(read_photo, task.picture, settings)))
            if not waiting:
                return
            task, future = waiting[0]
            read = future.result()
            waiting.popleft()
            yield task, read
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        # The detector cannot be stopped in the middle, which takes some seconds. Not by joining its thread: a second
        # Ctrl-C would break that, and Python would end under the detector.
        wait([future for _, future in waiting])
