"""Many audits: which files belong together, and one ledger after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bonaface.api import Auditor
from bonaface.api.restoring import not_looked_for
from bonaface.api.sources import open_picture
from bonaface.core.errors import BonafaceError, InputError, PictureError
from bonaface.core.results import Ledger
from bonaface.io.folders import list_pictures, pair_by_name


@dataclass(frozen=True, slots=True)
class Task:
    """One output to audit.

    Attributes:
        name: of the audit, unique in its job; fit for a folder's name.
        output: the picture.
        truth: the real photograph, or None.
        observed: the damaged picture, or None.
        face: which face of the truth, from 1.
        neutral: the picture that an expression editor started from, or None.
    """

    name: str
    output: Path
    truth: Path | None = None
    observed: Path | None = None
    face: int = 1
    neutral: Path | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that was asked for and not done, and why."""

    name: str
    why: str


def plan(
    outputs: Sequence[Path],
    truth: Path | None = None,
    observed: Path | None = None,
    face: int = 1,
    neutral: Path | None = None,
) -> tuple[list[Task], list[Failure]]:
    """Which pictures belong together.

    A folder stands for the pictures in it. One truth, neutral or damaged picture serves all outputs; a folder of them
    is paired with the outputs by name, never by order.

    Args:
        outputs: files and folders.
        truth: a file, a folder or None.
        observed: likewise.
        face: which face of each truth.
        neutral: likewise, of edited expressions.

    Returns:
        Tasks in the order of the outputs, and what has no partner: outputs and, of whole folders, truths.

    Raises:
        PictureError: a folder without a picture.
        InputError: nothing is left to do, or two outputs claim the same partner's name.
    """
    files = [path for given in outputs for path in (list_pictures(given) if given.is_dir() else [given])]
    if len(set(files)) < len(files):
        twice = next(path for path in files if files.count(path) > 1)
        raise InputError(f"{twice} was given twice as an output. Give each once.")
    truths, lonely, unused = partners(files, truth)
    damaged, _, _ = partners(files, observed)
    neutrals, without, _ = partners(files, neutral)
    failures = [Failure(file.name, f"no real photograph of the name {file.stem} in {truth}") for file in lonely]
    failures += [Failure(file.name, f"no neutral picture of the name {file.stem} in {neutral}") for file in without]
    if any(given.is_dir() for given in outputs):
        failures += [Failure(path.name, "this real photograph has no output of its name") for path in unused]
    names = _unique_names(files)
    tasks = [
        Task(name, file, truths.get(file), damaged.get(file), face, neutrals.get(file))
        for name, file in zip(names, files, strict=True)
        if (truth is None or file in truths) and (neutral is None or file in neutrals)
    ]
    if not tasks:
        kind, folder = ("real photograph", truth) if lonely else ("neutral picture", neutral)
        raise InputError(f"No output has a {kind} of the same name in {folder}. " + failures[0].why)
    return tasks, failures


def partners(files: Sequence[Path], given: Path | None) -> tuple[dict[Path, Path], list[Path], list[Path]]:
    """The partner of each file, the files without one, and the pictures of the folder that nobody claimed."""
    if given is None:
        return {}, [], []
    if not given.is_dir():
        return dict.fromkeys(files, given), [], []
    held = list_pictures(given)
    partners: dict[Path, Path] = {}
    lonely: list[Path] = []
    for folder in dict.fromkeys(file.parent for file in files):  # outputs of several models bear the same names
        pairs, without, _ = pair_by_name([file for file in files if file.parent == folder], held)
        partners.update(dict(pairs))
        lonely += without
    used = set(partners.values())
    return partners, lonely, [path for path in held if path not in used]


def _unique_names(files: Sequence[Path]) -> list[str]:
    stems = [file.stem for file in files]
    names = [file.stem if stems.count(file.stem) == 1 else f"{file.parent.name}-{file.stem}" for file in files]
    out: list[str] = []
    for name in names:
        safe = "".join(c if c.isalnum() or c in "-_.() " else "_" for c in name).strip(". ") or "picture"
        number, unique = 2, safe
        while unique in out:
            unique, number = f"{safe}-{number}", number + 1
        out.append(unique)
    return out


def every_face(tasks: Sequence[Task], auditor: Auditor) -> tuple[list[Task], list[Failure], list[str]]:
    """One task for each face of each truth (or, without truths, of each output).

    Returns:
        The tasks, what could not be searched, and notes on faces that were not looked for.

    Raises:
        PictureError: there is no face in any of them.
    """
    out: list[Task] = []
    failures: list[Failure] = []
    notes: list[str] = []
    for task in tasks:
        try:
            search = auditor.search(open_picture(task.truth or task.output, "truth"))
        except BonafaceError as error:
            failures.append(Failure(task.name, str(error)))
            continue
        count = len(search.faces)
        notes += [f"{task.name}: {note}" for note in not_looked_for(search)]
        out += [
            replace(task, name=f"{task.name}-face{n}" if count > 1 else task.name, face=n) for n in range(1, count + 1)
        ]
    if not out and failures:
        raise PictureError(failures[0].why)
    return out, failures, notes


def run(
    tasks: Sequence[Task], auditor: Auditor, control: Path | None = None, target: str | None = None
) -> Iterator[tuple[Task, Ledger | Failure]]:
    """Audit one task after another; only one ledger is held at a time. `target` is the expression of edited ones."""
    for task in tasks:
        others: list[Path] = []
        if control is None and task.truth is not None and target is None:
            others = _others(tasks, task.truth)
        try:
            ledger = auditor.audit(
                task.output,
                task.truth,
                task.observed,
                control=control,
                face=task.face,
                others=others,
                neutral=task.neutral,
                target=target,
            )
        except BonafaceError as error:
            yield task, Failure(task.name, str(error))
        else:
            yield task, ledger


def _others(tasks: Sequence[Task], truth: Path) -> list[Path]:
    """Up to three other truths of the job, as null controls: the ones that follow it."""
    truths = list(dict.fromkeys(task.truth for task in tasks if task.truth is not None))
    start = truths.index(truth)
    return [*truths[start + 1 :], *truths[:start]][:3]
