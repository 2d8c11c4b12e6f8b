"""What `bonaface restore` does with whole photographs: progress, what was done, and what was not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bonaface.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from bonaface.api.wiring import Model
    from bonaface.jobs.photos import Outcome, Settings
    from bonaface.restore import Restorer


def restore_photographs(pictures: Sequence[Path], settings: Settings, out: Path, *, overwrite: bool) -> None:
    """Restore whole photographs into a folder.

    Raises:
        InputError: nothing could be begun.
    """
    from bonaface.cli.console import show_failures, show_terms, stopping
    from bonaface.cli.outcomes import follow, say_notes, stopped
    from bonaface.faces.cards import LANDMARKS_68
    from bonaface.jobs import photos
    from bonaface.jobs.audits import Failure

    tasks = photos.plan(pictures)
    show_terms((*settings.card.weights, LANDMARKS_68))
    outcomes: list[Outcome] = []
    broke: InputError | None = None
    try:
        with stopping(lambda: stopped(outcomes, len(tasks), out)):
            follow(photos.run(tasks, settings, out, overwrite=overwrite), len(tasks), outcomes)
    except InputError as error:
        if not outcomes:
            raise
        broke = error
    say_notes(outcomes, out)
    _say_what_was_done(outcomes, len(tasks), out)
    failures = [Failure(name, why) for outcome in outcomes for name, why in outcome.failures()]
    if broke is not None:
        left = len(tasks) - len(outcomes)
        failures.append(Failure(f"{left} of {len(tasks)}", f"{broke} Then run the same again: it goes on from here."))
    show_failures(failures)
    if failures:
        raise typer.Exit(ExitCode.PARTLY)


def _say_what_was_done(outcomes: Sequence[Outcome], given: int, out: Path) -> None:
    new = [outcome for outcome in outcomes if not outcome.before]
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
    card, unusable = best_here()
    for why in unusable:
        typer.echo(f"Note: {why}", err=True)
    if card is not None:
        best = "the best that is here" if not unusable else "the best that is here and can be used"
        typer.echo(f"Restoring with {card.id}, {best}; --model names another.", err=True)
        return card
    none = "that is here can be used" if unusable else "is here"
    typer.echo(
        f"Note: no model that restores whole photographs {none}, so that faces become crops of 128 px by "
        f"pro-uigan-compact. For whole photographs: bonaface models fetch {PREFERRED[0]}",
        err=True,
    )
    return RESTORERS["pro-uigan-compact"]


def parsed_knobs(words: Sequence[str], device: str | None, card: Model) -> dict[str, Any]:
    """What `--knob` and `--device` say.

    Raises:
        InputError: a word of another form, a knob given twice, or a device for a model that has none to choose.
    """
    out: dict[str, Any] = {}
    for word in words:
        name, there, value = word.partition("=")
        if not there or not name:
            raise InputError(f"--knob is {word!r}; expected NAME=VALUE, as w=0.7.")
        if name in out:
            raise InputError(f"--knob sets {name} twice. Give it once.")
        out[name] = tuple(value.split(",")) if name == "providers" else _value(value)
    if device is not None and device != out.setdefault("device", device):
        raise InputError(f"--device is {device} and --knob device={out['device']}. Give one of them.")
    if "device" in out and "device" not in {knob.name for knob in card.knobs}:
        if out["device"] != "cpu":
            raise InputError(f"{card.id} runs on the processor only. Leave --device out, or pass --device cpu.")
        del out["device"]
    return out


def _value(text: str) -> bool | int | float | str:
    """True or false, else a whole number, else a number, else the words themselves."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
