"""Many whole photographs restored into one folder, in a way that can be stopped and taken up again.

A result is known again by its key: a hash of everything that can change it. Decision 0011 says more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bonaface.api.outcomes import check_knobs, open_restorer
from bonaface.api.photos import reading_side
from bonaface.api.wiring import model_files
from bonaface.core.errors import WeightsError
from bonaface.io.delivery import output_name
from bonaface.io.weights import find_weights, locate
from bonaface.jobs.journal import Entry, filling
from bonaface.jobs.photo_results import Settings, key_of, read_photo, restore_one, sha256_file, stages_there
from bonaface.jobs.restored import PHOTOGRAPHS
from bonaface.jobs.series import Outcome, Task, ahead, check_inputs, named_tasks, sort_out
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
    return named_tasks(pictures, output_name, "Restore")


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
        model_files(settings.card, settings.file)
    check_inputs(tasks, folder)
    about = settings.about()

    def key(picture: Path) -> str:
        return key_of(settings, about, sha256_file(picture))

    def whole(entry: Entry) -> bool:
        return not settings.keep_stages or stages_there(entry, folder)

    with filling(folder, PHOTOGRAPHS) as journal:
        todo, done = sort_out(tasks, key, folder, journal, overwrite=overwrite, whole=whole)
        yield done
        if todo:
            ready = open_restorer(settings.card, settings.knobs, settings.file)
            for task, read in ahead(todo, lambda path: read_photo(path, settings)):
                entry = restore_one(task.picture, task.output, read, settings, about, ready, folder)
                journal.add(entry)
                yield Outcome(task, entry)
