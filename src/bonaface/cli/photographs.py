"""What `bonaface restore` does with whole photographs: progress, what was done, and what was not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bonaface.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from rich.progress import Progress

    from bonaface.jobs.photos import Outcome, Settings, Task
    from bonaface.restore import Restorer

MOST_NOTES = 5
"""Photographs whose notes are printed; restore.jsonl has all of them."""


def restore_photographs(pictures: Sequence[Path], settings: Settings, out: Path, *, overwrite: bool) -> None:
    """Restore whole photographs into a folder.

    Raises:
        InputError: nothing could be begun.
    """
    from bonaface.cli.console import show_failures, show_terms
    from bonaface.faces.cards import LANDMARKS_68
    from bonaface.jobs import photos
    from bonaface.jobs.audits import Failure

    tasks = photos.plan(pictures)
    show_terms((*settings.card.weights, LANDMARKS_68))
    outcomes: list[Outcome] = []
    stopped: InputError | None = None
    try:
        _run(tasks, settings, out, overwrite, outcomes)
    except InputError as error:
        if not outcomes:
            raise
        stopped = error
    _say_what_was_done(outcomes, len(tasks), out)
    failures = [Failure(name, why) for outcome in outcomes for name, why in outcome.failures()]
    if stopped is not None:
        left = len(tasks) - len(outcomes)
        failures.append(Failure(f"{left} of {len(tasks)}", f"{stopped} Then run the same again: it goes on from here."))
    show_failures(failures)
    if failures:
        raise typer.Exit(ExitCode.PARTLY)


def _run(tasks: Sequence[Task], settings: Settings, out: Path, overwrite: bool, outcomes: list[Outcome]) -> None:
    """Fill `outcomes`, with a bar on standard error where that is a terminal."""
    from bonaface.jobs import photos

    with _progress() as bar:
        shown = bar.add_task("Restoring", total=len(tasks))
        for outcome in photos.run(tasks, settings, out, overwrite=overwrite):
            if isinstance(outcome, photos.Outcome):
                outcomes.append(outcome)
                bar.advance(shown)
                continue
            outcomes += outcome
            if outcome:
                # What was done before says nothing about the time that is left.
                bar.update(shown, total=len(tasks) - len(outcome))
                bar.console.print(f"{len(outcome)} of {len(tasks)} were done already.")


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


def _say_what_was_done(outcomes: Sequence[Outcome], given: int, out: Path) -> None:
    new = [outcome for outcome in outcomes if not outcome.before]
    for outcome in new[:MOST_NOTES]:
        for note in outcome.entry["notes"]:
            typer.echo(f"Note: {outcome.task.picture.name}: {note}.", err=True)
    if len(new) > MOST_NOTES and any(outcome.entry["notes"] for outcome in new[MOST_NOTES:]):
        typer.echo(f"Note: notes on {len(new) - MOST_NOTES} more are in {out / 'restore.jsonl'}.", err=True)
    done = [outcome for outcome in new if outcome.entry["status"] != "failed"]
    faces = sum(face["status"] == "ok" for outcome in done for face in outcome.entry["faces"])
    if done:
        what = f"{len(done)} photograph{'s' * (len(done) != 1)}, {faces} face{'s' * (faces != 1)} restored"
        typer.echo(f"{what}: {out / done[0].task.output if len(done) == given == 1 else out}")
    elif outcomes and not new:
        typer.echo(f"Nothing was left to do: {out}")


def chosen_model(model: str | None, *, photographs: bool) -> Restorer:
    """The restorer that was named, or the best that is here; which one it is, is said.

    Args:
        model: its id; None: none was named.
        photographs: whole photographs are to be restored, without anything that only Pro-UIGAN takes.

    Raises:
        UnknownName: no such restorer.
    """
    from bonaface.jobs.photos import PREFERRED, best_here
    from bonaface.restore import RESTORERS

    if model is not None:
        return RESTORERS[model]
    if not photographs:
        return RESTORERS["pro-uigan-compact"]
    if (card := best_here()) is not None:
        typer.echo(f"Restoring with {card.id}, the best that is here; --model names another.", err=True)
        return card
    typer.echo(
        "Note: no model that restores whole photographs is here, so that faces become crops of 128 px by "
        f"pro-uigan-compact. For whole photographs: bonaface models fetch {PREFERRED[0]}",
        err=True,
    )
    return RESTORERS["pro-uigan-compact"]


def parsed_knobs(words: Sequence[str], device: str | None, card: Restorer) -> dict[str, Any]:
    """What `--knob` and `--device` say.

    Raises:
        InputError: a word of another form, a knob given twice, or a device for a restorer that has none to choose.
    """
    out: dict[str, Any] = {}
    for word in words:
        name, there, value = word.partition("=")
        if not there or not name:
            raise InputError(f"--knob is {word!r}; expected NAME=VALUE, as w=0.7.")
        if name in out:
            raise InputError(f"--knob sets {name} twice. Give it once.")
        out[name] = _number(value)
    if device is not None and device != out.setdefault("device", device):
        raise InputError(f"--device is {device} and --knob device={out['device']}. Give one of them.")
    if "device" in out and "device" not in {knob.name for knob in card.knobs}:
        if out["device"] != "cpu":
            raise InputError(f"{card.id} runs on the processor only. Leave --device out, or pass --device cpu.")
        del out["device"]
    return out


def _number(text: str) -> int | float | str:
    """A whole number, else a number, else the words themselves."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
