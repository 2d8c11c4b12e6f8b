"""`bonaface edit`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonaface.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from bonaface.jobs.edits import Outcome, Settings, Task

ENDINGS = {".png": "png", ".tif": "tiff", ".tiff": "tiff", ".jpg": "jpeg", ".jpeg": "jpeg"}
"""Of the name of a result, and what it is written as."""


def edit(
    pictures: Annotated[
        list[Path] | None, typer.Argument(help="Photographs, or folders of them.", metavar="PHOTO")
    ] = None,
    to: Annotated[str | None, typer.Option(help="The expression: happy, neutral, ... (see --list).")] = None,
    editor: Annotated[
        str | None, typer.Option("--with", help="The editor (see --list). Without it: the first that can, and is here.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results (PHOTO-happy.png), or, of one photograph, their name.")
    ] = None,
    strength: Annotated[float, typer.Option(help="Of the change: 0 none, 1 as the editor makes it, at most 3.")] = 1.0,
    sharpness: Annotated[
        str, typer.Option(help="Faces stay as sharp as they were (input), or become as the editor makes them (editor).")
    ] = "input",
    face: Annotated[str, typer.Option(help="Which face: 1 is the largest; all.")] = "1",
    box: Annotated[
        str | None, typer.Option(help="X0,Y0,X1,Y1: where the face is, as in paintings, statues and animals.")
    ] = None,
    landmarks: Annotated[
        Path | None, typer.Option(help="68 lines x,y, or JSON: the landmarks of the face, in pixels.")
    ] = None,
    region: Annotated[
        Path | None, typer.Option(help="A mask of the photograph's size: white where it may change.", metavar="MASK")
    ] = None,
    real: Annotated[
        Path | None,
        typer.Option(help="A real photograph of the person with the expression: only what differs there may change."),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="An expression layer of your own, as `bonaface train ridge` writes.")
    ] = None,
    knob: Annotated[list[str] | None, typer.Option(help="Of the editor, as NAME=VALUE. Repeatable.")] = None,
    device: Annotated[str | None, typer.Option(help="What computes: cpu, cuda, ...")] = None,
    seed: Annotated[int, typer.Option(help="Of editors that draw random numbers.", min=0)] = 0,
    form: Annotated[
        str | None, typer.Option("--format", help="png, tiff or jpeg (which has losses everywhere). Without it: png.")
    ] = None,
    commercial_only: Annotated[
        bool, typer.Option("--commercial-only", help="Refuse weights whose terms exclude commercial use.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that are there.")] = False,
    list_all: Annotated[
        bool, typer.Option("--list", help="List the editors, what they can make and what is missing.")
    ] = False,
) -> None:
    """Change the expression of a face in a photograph, and nothing else.

    What the editor changes is added to the photograph at its own resolution, inside the face. Everything outside of the
    edited region stays identical; this is checked on the encoded result, before it is put in its place. edit.jsonl
    beside the results says what was done to each. Started again, it goes on where it was stopped.
    """
    if list_all:
        _list()
        return
    from bonaface.api.changed_region import changed_region
    from bonaface.api.editing import REGION, EditOptions
    from bonaface.api.editors import check_commercial, named_or_best, target_of
    from bonaface.api.restoring import given_mask
    from bonaface.cli.photographs import parsed_knobs
    from bonaface.cli.restoring import parsed_box
    from bonaface.io.folders import check_there
    from bonaface.io.hints import read_landmarks
    from bonaface.io.pictures import read_picture
    from bonaface.jobs import edits

    if not pictures or to is None or out is None:
        raise InputError(
            "Say what to edit, and where to put it: bonaface edit PHOTO --to happy --out FOLDER. For what there is: "
            "bonaface edit --list."
        )
    card = named_or_best(editor, to, own=weights is not None, commercial_only=commercial_only)
    check_there(*pictures, landmarks, region, real, weights)
    target = target_of(card, to, weights)
    if commercial_only:
        check_commercial(card, own=weights is not None, landmarks=landmarks is not None)
    if (len(pictures) != 1 or pictures[0].is_dir()) and (box or landmarks or region or real):
        raise InputError(
            "--box, --landmarks, --region and --real speak of one photograph, and several were given. Give one."
        )
    if box is not None and landmarks is not None:
        raise InputError("Both --box and --landmarks were given; the landmarks say where the face is. Leave --box out.")
    if real is not None and (region or box or landmarks):
        raise InputError(
            "--real finds the region by the faces in both photographs: leave --region, --box and --landmarks out."
        )
    mask = None
    if real is not None:
        mask = changed_region(read_picture(pictures[0]), real)
    elif region is not None:
        picture = read_picture(pictures[0])
        mask = given_mask(region, (picture.pixels.shape[0], picture.pixels.shape[1]), "photograph", *REGION)
    options = EditOptions(
        strength=strength,
        sharpness=sharpness,
        face=_face(face),
        box=None if box is None else parsed_box(box),
        landmarks=None if landmarks is None else read_landmarks(landmarks),
        region=mask,
        seed=seed,
    )
    folder, tasks, into = _tasks(pictures, target, out, form)
    settings = edits.Settings(card, target, options, parsed_knobs(knob or [], device, card), weights, into)
    if editor is None:
        typer.echo(f"Editing with {card.id}, the first that can and is here; --with names another.", err=True)
    _run(tasks, settings, folder, overwrite=overwrite)


def _run(tasks: Sequence[Task], settings: Settings, folder: Path, *, overwrite: bool) -> None:
    """Edit, and say what was done and what was not."""
    from bonaface.api.editors import weights_of
    from bonaface.cli.console import show_failures, show_terms, stopping
    from bonaface.cli.outcomes import follow, say_notes, stopped
    from bonaface.faces.cards import LANDMARKS_68
    from bonaface.jobs import edits
    from bonaface.jobs.audits import Failure
    from bonaface.jobs.journal import EDITS_RECORD

    own, given = settings.file is not None, settings.options.landmarks is not None
    card, snapshot = settings.card, settings.card.snapshot
    used = (*weights_of(card, own=own), *(() if given else (LANDMARKS_68,)))
    show_terms(used if snapshot is None else (*used, snapshot))
    outcomes: list[Outcome] = []
    broke: InputError | None = None
    try:
        with stopping(lambda: stopped(outcomes, len(tasks), folder)):
            follow(edits.run(tasks, settings, folder, overwrite=overwrite), len(tasks), outcomes, "Editing")
    except InputError as error:
        if not outcomes:
            raise
        broke = error
    failures = [Failure(name, why) for outcome in outcomes for name, why in outcome.failures()]
    if broke is None and not any(outcome.entry["output"] for outcome in outcomes) and len(failures) == 1:
        name, why = failures[0].name, failures[0].why
        raise InputError(why if name in why else f"{name}: {why}")
    say_notes(outcomes, folder, EDITS_RECORD)
    _say_what_was_done(outcomes, settings, folder)
    if broke is not None:
        left = len(tasks) - len(outcomes)
        failures.append(Failure(f"{left} of {len(tasks)}", f"{broke} Then run the same again: it goes on from here."))
    show_failures(failures)
    if failures:
        done = any(outcome.entry["output"] for outcome in outcomes)
        raise typer.Exit(ExitCode.PARTLY if done else ExitCode.BAD_INPUT)


def _say_what_was_done(outcomes: Sequence[Outcome], settings: Settings, folder: Path) -> None:
    new = [outcome.entry for outcome in outcomes if not outcome.before and outcome.entry["output"]]
    if outcomes and all(outcome.before for outcome in outcomes):
        typer.echo(f"Nothing was left to do: {folder}")
    if not new:
        return
    faces = sum(face["status"] == "ok" for entry in new for face in entry["faces"])
    what = f"{len(new)} photograph{'s' * (len(new) != 1)}, {faces} face{'s' * (faces != 1)} made {settings.target}"
    typer.echo(f"{what} by {settings.card.id}: {folder / new[0]['output'] if len(new) == 1 else folder}")
    if all(entry["outside"]["identical"] for entry in new):
        shares = [entry["edited_region"]["pixels"] / (entry["size"][0] * entry["size"][1]) for entry in new]
        typer.echo(
            f"Outside of the edited region, which has {_shares(shares)} of the pixels, "
            f"{'it is' if len(new) == 1 else 'each is'} identical to the photograph: checked after encoding."
        )


def _shares(shares: Sequence[float]) -> str:
    least, most = f"{min(shares):.1%}", f"{max(shares):.1%}"
    return least if least == most else f"{least} to {most}"


def _face(text: str) -> int | None:
    """A number from 1, or all of them (None)."""
    if text.lower() == "all":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise InputError(f"--face is {text!r}; expected a number from 1 (the largest) on, or all.")
    return int(text)


def _tasks(pictures: list[Path], target: str, out: Path, form: str | None) -> tuple[Path, list[Task], str]:
    """The folder of the results, which photographs become which of them, and their format."""
    from bonaface.jobs import edits

    named = ENDINGS.get(out.suffix.lower())
    if named is None or out.is_dir():
        into = form or "png"
        return out, edits.plan(pictures, target, into), into
    if form not in (None, named):
        raise InputError(f"--out ends in {out.suffix}, and --format is {form}. Give one of them.")
    tasks = edits.plan(pictures, target, named)
    if len(tasks) != 1:
        raise InputError(
            f"{len(tasks)} photographs were given, and --out {out} is the name of one. Name a folder for the results."
        )
    return out.parent, [edits.Task(tasks[0].picture, out.name)], named


def _list() -> None:
    from rich.table import Table

    from bonaface.api.editors import usable
    from bonaface.cli.console import console
    from bonaface.edit import EDITORS

    table = Table(pad_edge=False, box=None, padding=(0, 2, 0, 0))
    for heading in ("Editor", "Makes faces", "Reads", "Random", "Here"):
        table.add_column(heading, overflow="fold")
    missing = []
    for card in EDITORS:
        why = usable(card)
        missing += [f"{card.id}: {why}"] if why else []
        size = f"{card.input_size[1]}x{card.input_size[0]}"
        row = (", ".join(card.targets), size, "yes" if card.random else "no", "no" if why else "yes")
        table.add_row(card.id, *row)
    console().print(table)
    if missing:
        typer.echo("\nNot here:")
    for line in missing:
        typer.echo(f"  {line}")
    typer.echo("\nTerms:")
    for card in EDITORS:
        typer.echo(f"  {card.id}: {card.licence}")
    typer.echo(
        "\nAnother expression: bonaface train ridge --pairs A/ B/ (the same people, under the same names), then\n"
        "bonaface edit PHOTO --to NAME --with ridge --weights FILE --out FOLDER."
    )
