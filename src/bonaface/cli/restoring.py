"""`bonaface restore`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonaface.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from bonaface.jobs.audits import Failure
    from bonaface.jobs.restorations import Options, Outcome
    from bonaface.restore import Restorer

FEATHER = 0.1


def restore(
    pictures: Annotated[list[Path], typer.Argument(help="Photographs, or folders of them.", metavar="IN")],
    out: Annotated[Path, typer.Option(help="Folder for the results, of the same names.")],
    model: Annotated[
        str | None, typer.Option(help="As in `bonaface models list`. Without it: the best that is here.")
    ] = None,
    scale: Annotated[float, typer.Option(help="Photographs: how many times larger the result is, 1 to 8.")] = 1.0,
    mask_shape: Annotated[
        str, typer.Option(help="Photographs: put back the whole crop (box), or the face alone (face).")
    ] = "box",
    feather: Annotated[
        float, typer.Option(help="Photographs: width of the soft edge, as a share of the crop's side.")
    ] = FEATHER,
    match_colour: Annotated[
        bool, typer.Option("--match-colour", help="Photographs: bring each face to the tone that it had.")
    ] = False,
    keep_stages: Annotated[
        bool, typer.Option("--keep-stages", help="Photographs: keep crop, restored crop and mask of each face.")
    ] = False,
    crops: Annotated[bool, typer.Option("--crops", help="Faces of photographs as crops, not put back.")] = False,
    aligned: Annotated[
        bool, typer.Option("--aligned", help="IN are FFHQ-aligned faces of the model's size; so are the results.")
    ] = False,
    knob: Annotated[list[str] | None, typer.Option(help="Of the model, as w=0.7. Repeatable.")] = None,
    weights: Annotated[
        Path | None,
        typer.Option(help="Photographs: a graph of your own for the model, as `bonaface models convert` writes."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="What computes: cpu, cuda, ...")] = None,
    seed: Annotated[int, typer.Option(help="Of models that draw random numbers.", min=0)] = 0,
    face: Annotated[int | None, typer.Option(help="One face of each photograph, 1 is the largest.", min=1)] = None,
    box: Annotated[str | None, typer.Option(help="X0,Y0,X1,Y1: where the face of one photograph is.")] = None,
    landmarks: Annotated[
        Path | None,
        typer.Option(
            help="68 lines x,y, or JSON: the landmarks of one face, in pixels of the photograph, or, with --aligned, "
            "of the result, whose features they place."
        ),
    ] = None,
    mask: Annotated[
        Path | None, typer.Option(help="Folder of masks of the same names: 255 = covered; sizes as for --occlusion.")
    ] = None,
    occlusion: Annotated[
        Path | None,
        typer.Option(help="The mask of one picture, 255 = covered: of the result's size with --aligned, else of its."),
    ] = None,
    edit: Annotated[
        list[str] | None,
        typer.Option(
            help="Move mouth, nose or eyes, as mouth=0,4: right and down in pixels of the 128 px result. Repeatable."
        ),
    ] = None,
    reduce: Annotated[
        bool, typer.Option("--reduce", help="Bring larger aligned faces to the model's size by area averaging.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that are there.")] = False,
) -> None:
    """Restore the faces of photographs, and put them back.

    Each photograph is delivered as it came (format, depth, colours, EXIF), with its faces restored; restore.jsonl in
    the folder says what was done to each. Started again, it goes on where it was stopped. pro-uigan-compact, which
    restores tiny faces (16 px, also covered ones, to 128 px), delivers crops instead, as --crops does with all models.
    With --aligned, each picture is one face. What a model paints is invented for the most part: audit it.
    """
    from bonaface.api.photos import PhotoOptions
    from bonaface.cli.photographs import chosen_model, parsed_knobs, restore_photographs
    from bonaface.io.folders import check_there
    from bonaface.io.hints import read_landmarks
    from bonaface.jobs import restorations
    from bonaface.jobs.photos import PREFERRED, Settings

    if model is not None:
        chosen_model(model, photographs=False)  # a misspelt name is said before anything else
    check_there(*pictures, mask, occlusion, landmarks)
    hints = mask is not None or occlusion is not None or bool(edit)
    options = restorations.Options(
        restorer=model or "",
        aligned=aligned,
        reduce=reduce,
        face=face,
        box=None if box is None else parsed_box(box),
        landmarks=None if landmarks is None else read_landmarks(landmarks),
        edit=_moves(edit or []),
        seed=seed,
    )
    _check(aligned, options, mask, occlusion)
    if weights is not None and model is None:
        raise InputError("--weights is a graph for one model: name it with --model.")
    card = chosen_model(model, photographs=not aligned and not hints)
    knobs = parsed_knobs(knob or [], device, card)
    if aligned or crops or hints or not card.pastes:
        asked = (scale != 1, mask_shape != "box", feather != FEATHER, match_colour, keep_stages, weights is not None)
        names = ("--scale", "--mask-shape", "--feather", "--match-colour", "--keep-stages", "--weights")
        _refuse_pasting([name for name, given in zip(names, asked, strict=True) if given], card.id)
        if model is not None and not (aligned or crops or card.pastes):
            able = ", ".join(PREFERRED[:3])
            typer.echo(
                f"Note: {model} delivers faces as crops, which are not put back into the photograph. Models whose "
                f"results are: {able} and more (bonaface models list).",
                err=True,
            )
        options = replace(options, restorer=card.id, knobs=knobs)
        _restore_crops(pictures, options, out, mask, occlusion, overwrite=overwrite)
        return
    if len(pictures) != 1 or pictures[0].is_dir():
        _refuse_one(box, landmarks, None)
    how = PhotoOptions(scale, mask_shape, feather, match_colour, face, options.box, options.landmarks, seed)
    restore_photographs(pictures, Settings(card, how, knobs, keep_stages, file=weights), out, overwrite=overwrite)


def _restore_crops(
    pictures: list[Path], options: Options, out: Path, mask: Path | None, occlusion: Path | None, *, overwrite: bool
) -> None:
    """Aligned faces, and faces of photographs, each into a picture of its own."""
    from bonaface.cli.console import show_terms, stopping
    from bonaface.cli.outcomes import follow, stopped
    from bonaface.faces.cards import LANDMARKS_68
    from bonaface.jobs import restorations
    from bonaface.jobs.audits import Failure
    from bonaface.restore import RESTORERS

    card, aligned = RESTORERS[options.restorer], options.aligned
    tasks, failures, unused = restorations.plan(pictures, mask)
    if len(tasks) + len(failures) > 1:
        _refuse_one(options.box, options.landmarks, occlusion)
    if occlusion is not None:
        tasks = [restorations.Task(task.picture, occlusion) for task in tasks]
    show_terms((*card.weights, *(() if aligned else (LANDMARKS_68,))))
    if unused:
        names = ", ".join(path.name for path in unused[:3]) + (" and more" if len(unused) > 3 else "")
        typer.echo(f"Note: masks in {mask} without a picture of their name: {names}.", err=True)
    outcomes: list[Outcome] = []
    broke: InputError | None = None
    try:
        with stopping(lambda: stopped(outcomes, len(tasks), out)):
            follow(restorations.run(tasks, options, out, overwrite=overwrite), len(tasks), outcomes)
    except InputError as error:
        if not outcomes:
            raise
        broke = error
    failures += [Failure(name, why) for outcome in outcomes for name, why in outcome.failures()]
    if broke is not None:
        left = len(tasks) - len(outcomes)
        failures.append(Failure(f"{left} of {len(tasks)}", f"{broke} Then run the same again: it goes on from here."))
    _finish(outcomes, failures, out, card)


def _refuse_one(box: object, landmarks: object, occlusion: object) -> None:
    if box is not None or landmarks is not None or occlusion is not None:
        raise InputError("--box, --landmarks and --occlusion speak of one picture, and several were given. Give one.")


def _refuse_pasting(names: list[str], model: str) -> None:
    """An option without effect would pass unseen."""
    if names:
        raise InputError(
            f"{', '.join(names)}: for whole photographs only, and {model} delivers crops here. Leave it out, or name "
            "a model whose faces are put back (bonaface models list), without --aligned, --crops, --mask, --occlusion "
            "and --edit."
        )


def _check(aligned: bool, options: Options, mask: Path | None, occlusion: Path | None) -> None:
    if mask is not None and occlusion is not None:
        raise InputError("Both --mask and --occlusion were given. Give a folder of masks, or the mask of one picture.")
    if mask is not None and not mask.is_dir():
        raise InputError(f"--mask is the file {mask}; expected a folder of masks. For one picture, use --occlusion.")
    if occlusion is not None and occlusion.is_dir():
        raise InputError(f"--occlusion is the folder {occlusion}; expected a mask. For a folder, use --mask.")
    if aligned and (options.box is not None or options.face is not None):
        raise InputError("An aligned crop holds one face, at a known place: leave --box and --face out.")
    if options.reduce and not aligned:
        raise InputError("--reduce is for --aligned: faces of photographs are reduced in any case. Leave it out.")


def parsed_box(text: str) -> tuple[float, float, float, float]:
    """What `--box` says.

    Raises:
        InputError: other than four numbers.
    """
    try:
        x0, y0, x1, y1 = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"--box is {text!r}; expected four numbers, X0,Y0,X1,Y1, in pixels.") from error
    return x0, y0, x1, y1


def _moves(words: list[str]) -> dict[str, tuple[float, float]]:
    from bonaface.restore.landmarks import check_moves

    out: dict[str, tuple[float, float]] = {}
    for word in words:
        name, _, numbers = word.partition("=")
        try:
            right, down = (float(part) for part in numbers.split(","))
        except ValueError as error:
            raise InputError(f"--edit is {word!r}; expected NAME=RIGHT,DOWN in pixels, as mouth=0,4.") from error
        if name in out:
            raise InputError(f"--edit moves the {name} twice. Give one move with the sum of both.")
        out[name] = (right, down)
    check_moves(out)
    return out


def _finish(outcomes: list[Outcome], failures: list[Failure], out: Path, card: Restorer) -> None:
    """What was made, what is to be known of it, and what was not done."""
    from bonaface.cli.console import show_failures
    from bonaface.cli.outcomes import say_notes

    done = [outcome for outcome in outcomes if outcome.entry["status"] == "ok"]
    if not done:
        if len(failures) == 1:
            raise InputError(f"{failures[0].name}: {failures[0].why}")
        show_failures(failures)
        raise InputError(f"Nothing could be restored: each of the {len(failures)} failed, as listed above.")
    say_notes(outcomes, out)
    made = [result["output"] for outcome in done if not outcome.before for result in outcome.entry["outputs"]]
    if made:
        size = f" of {card.output_size[1]}x{card.output_size[0]} px" if card.output_size else " of 128x128 px"
        what = "1 face restored, as a crop" if len(made) == 1 else f"{len(made)} faces restored, each as a crop"
        typer.echo(f"{what}{size}: {out / made[0] if len(made) == 1 else out}")
    else:
        typer.echo(f"Nothing was left to do: {out}")
    show_failures(failures)
    if failures:
        raise typer.Exit(ExitCode.PARTLY)
