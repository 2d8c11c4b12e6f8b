"""What `bonaface restore` and `bonaface edit` say while they work, and what is to be known of their results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

MOST_NOTES = 10
"""Notes that are printed; the record has all of them."""
MOST_NAMES = 3
"""Pictures that are named before a note that holds for several."""


class _Task(Protocol):
    @property
    def picture(self) -> Path: ...


class Done(Protocol):
    """What became of one picture, a whole photograph or one of which crops are made."""

    @property
    def task(self) -> _Task:
        """Which one."""

    @property
    def entry(self) -> Mapping[str, Any]:
        """Its line in the record."""

    @property
    def before(self) -> bool:
        """It was done by an earlier start."""


_Done = TypeVar("_Done", bound=Done)


def follow(
    results: Iterable[_Done | Sequence[_Done]], total: int, outcomes: list[_Done], doing: str = "Restoring"
) -> None:
    """Fill `outcomes` as they come, with a bar on standard error where that is a terminal.

    Args:
        results: of a job: first a list of what was done before.
        total: how many pictures were given.
        outcomes: filled also where the job breaks off.
        doing: what is done, beside the bar.
    """
    with _progress() as bar:
        shown = bar.add_task(doing, total=total)
        for result in results:
            if not isinstance(result, Sequence):
                outcomes.append(result)
                bar.advance(shown)
                continue
            outcomes += result
            if result:
                # What was done before says nothing about the time that is left.
                bar.update(shown, total=total - len(result))
                verb = "was" if len(result) == 1 else "were"
                bar.console.print(f"{len(result)} of {total} {verb} done already.")


def _progress() -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from bonaface.cli.console import console

    err = console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        console=err,
        disable=not err.is_terminal,
        transient=True,
    )


def stopped(outcomes: Sequence[Done], total: int, folder: Path) -> str:
    """What is true of a job that was stopped from outside: it can be taken up again."""
    done = sum(outcome.entry["status"] != "failed" for outcome in outcomes)
    if not done:
        return "Stopped before a result was finished; nothing is half written. The same command starts again."
    verb = "is finished and stays" if done == 1 else "are finished and stay"
    return (
        f"Stopped. {done} of {total} {verb} in {folder}; nothing is half written. The same command goes on from there."
    )


def say_notes(outcomes: Sequence[Done], folder: Path, record: str | None = None) -> None:
    """What is to be known of new results, on standard error; what holds for several pictures is said once.

    Doubts about faces come before everything else, the rarest of them first.

    Args:
        outcomes: of a job.
        folder: of its results.
        record: the file in it that has all of them; None: restore.jsonl.
    """
    from bonaface.jobs.restored import RECORD

    names: dict[tuple[bool, str], list[str]] = {}
    for outcome in outcomes:
        for trivial, kind in enumerate(("doubts", "notes")):
            for note in () if outcome.before else outcome.entry.get(kind, ()):
                names.setdefault((bool(trivial), note), []).append(outcome.task.picture.name)
    order = sorted(names, key=lambda group: (group[0], 0 if group[0] else len(names[group])))
    for group in order[:MOST_NOTES]:
        of = names[group]
        more = f" and {len(of) - MOST_NAMES} more" if len(of) > MOST_NAMES else ""
        typer.echo(f"Note: {', '.join(of[:MOST_NAMES])}{more}: {group[1]}.", err=True)
    left = order[MOST_NOTES:]
    if not left:
        return
    doubts = sum(not trivial for trivial, _ in left)
    these = f", {doubts} of them on faces that are perhaps none, or were perhaps missed," if doubts else ""
    of_all = len({name for group in left for name in names[group]})
    typer.echo(
        f"Note: {len(left)} more note{'s' * (len(left) != 1)}{these} on {of_all} picture{'s' * (of_all != 1)}: see "
        f"{folder / (record or RECORD)}, under {'doubts and notes' if doubts else 'notes'}.",
        err=True,
    )
