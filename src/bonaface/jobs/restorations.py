"""Many crops of faces restored into one folder: which mask belongs to which picture, one picture after another.

A result is known again by its key, as those of whole photographs are: see `photos` and decision 0011.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonaface.api.outcomes import check_knobs
from bonaface.core.errors import InputError
from bonaface.io.folders import list_pictures, pair_by_name
from bonaface.jobs.audits import Failure
from bonaface.jobs.crop_results import Options, Task, about_of, key_of, owner, restore_one
from bonaface.jobs.journal import Entry, Journal, filling, refuse_foreign, results
from bonaface.jobs.photo_results import sha256_file
from bonaface.jobs.restored import CROPS
from bonaface.restore import RESTORERS

__all__ = ["Options", "Outcome", "Task", "plan", "run"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one picture.

    Attributes:
        task: which one.
        entry: its line in restore.jsonl.
        before: it was done by an earlier start, and was left alone.
    """

    task: Task
    entry: Entry
    before: bool = False

    def failures(self) -> list[tuple[str, str]]:
        """The picture by name, and why it was not restored; empty where it was."""
        return [(self.task.picture.name, self.entry["why"])] if self.entry["status"] == "failed" else []


def plan(pictures: Sequence[Path], masks: Path | None = None) -> tuple[list[Task], list[Failure], list[Path]]:
    """Which pictures are restored, and with which masks.

    Args:
        pictures: files, and folders, which stand for the pictures in them.
        masks: a folder with a mask for each picture, of the same name up to the ending.

    Returns:
        Tasks in the order of the pictures, the pictures without a mask, and the masks without a picture.

    Raises:
        PictureError: a folder without a picture.
        InputError: two pictures would have results of one name.
    """
    files = [path for given in pictures for path in (list_pictures(given) if given.is_dir() else [given])]
    seen: dict[str, Path] = {}
    for path in files:
        other = seen.setdefault(path.stem.casefold(), path)
        if other is not path:
            raise InputError(
                f"{other} and {path} would both become {path.stem}.png. Restore them into different folders, or "
                "rename one of them."
            )
    if masks is None:
        return [Task(path) for path in files], [], []
    pairs, lonely, unused = pair_by_name(files, list_pictures(masks))
    partner = dict(pairs)
    tasks = [Task(path, partner[path]) for path in files if path in partner]
    return tasks, [Failure(path.name, f"no mask of the name {path.stem} in {masks}") for path in lonely], unused


def run(
    tasks: Sequence[Task], options: Options, folder: Path, *, overwrite: bool = False
) -> Iterator[Outcome | Sequence[Outcome]]:
    """Restore one picture after another, and write the results into `folder`.

    Each picture goes through by itself, so that a result does not depend on what else is in the job.

    Yields:
        First, in a list, what was done by an earlier start; then one outcome after another. Each is on the disk, and
        in the record, before it is yielded; failures are in the record as soon as anything else is.

    Raises:
        OutputExists: a result is there that was not made so, and overwriting was not asked for; nothing was done.
        InputError: a result would replace an input; the folder is no folder, or is in use, or cannot be written to, as
            when the disk is full: what was yielded before is finished, the rest can be taken up again.
        WeightsError: the restorer cannot be opened; it could be for none of them.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; expected a folder for the results. Choose another name.")
    check_knobs(RESTORERS[options.restorer], options.knobs)
    _check_inputs(tasks, folder)
    about = about_of(options)
    with filling(folder, CROPS) as journal:
        todo, done = _sorted(tasks, options, about, folder, journal, overwrite=overwrite)
        yield done
        failed: list[Entry] = []
        for task in todo:
            entry = restore_one(task, options, about, folder, journal)
            failed.append(entry)
            if entry["status"] == "ok" or not journal.empty:  # where nothing can be done, nothing is written
                for each in failed:
                    journal.add(each)
                failed.clear()
            yield Outcome(task, entry)


def _check_inputs(tasks: Sequence[Task], folder: Path) -> None:
    inputs = {path.resolve() for task in tasks for path in (task.picture, task.mask) if path is not None}
    for task in tasks:
        for path in _there(task, folder):
            if path.resolve() in inputs:
                raise InputError(f"{path} is one of the inputs, which are never overwritten. Choose another folder.")


def _there(task: Task, folder: Path) -> list[Path]:
    """Files that bear the names of results of a picture."""
    whole = folder / f"{task.name}.png"
    return [*([whole] if whole.exists() else []), *sorted(folder.glob(f"{glob.escape(task.name)}-face*.png"))]


def _sorted(
    tasks: Sequence[Task],
    options: Options,
    about: Mapping[str, Any],
    folder: Path,
    journal: Journal,
    *,
    overwrite: bool,
) -> tuple[list[Task], list[Outcome]]:
    """What is to be done, and what was done before."""
    todo, done, foreign = list[Task](), list[Outcome](), list[Path]()
    for task in tasks:
        entry, key = journal.on(task.picture.name), key_of(task, options, about)
        ours = results(entry) if entry is not None and entry.get("key") == key else {}
        if entry is not None and ours and all(sha256_file(folder / name) == held for name, held in ours.items()):
            done.append(Outcome(task, entry, before=True))
            continue
        todo.append(task)
        if overwrite:
            continue
        foreign += [
            path
            for path in _there(task, folder)
            if owner(path, task, journal) is None
            and ours.get(path.name) != sha256_file(path)
            and key.encode() not in path.read_bytes()  # stopped between writing the result and its line
        ]
    refuse_foreign(foreign)
    return todo, done
