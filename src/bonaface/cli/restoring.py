"""`bonaface restore`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonaface.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from bonaface.jobs.audits import Failure
    from bonaface.jobs.restorations import Options, Written

MODEL = "pro-uigan-compact"
FINER = 1.5
"""From how many times the result's width on a photograph's face is said to have more detail than the result."""


def restore(
    pictures: Annotated[list[Path], typer.Argument(help="Photographs, or folders of them.", metavar="IN")],
    out: Annotated[Path, typer.Option(help="Folder for the results: PNGs of the same names.")],
    aligned: Annotated[
        bool, typer.Option("--aligned", help="IN are FFHQ-aligned faces of the model's size: 16x16 PNGs.")
    ] = False,
    model: Annotated[str, typer.Option(help="pro-uigan-compact, bicubic or lanczos.")] = MODEL,
    mask: Annotated[
        Path | None, typer.Option(help="Folder of masks of the same names: 255 = covered; sizes as for --occlusion.")
    ] = None,
    occlusion: Annotated[
        Path | None,
        typer.Option(help="The mask of one picture, 255 = covered: 128x128 with --aligned, else of its size."),
    ] = None,
    box: Annotated[str | None, typer.Option(help="X0,Y0,X1,Y1: where the face of one photograph is.")] = None,
    landmarks: Annotated[
        Path | None,
        typer.Option(
            help="68 lines x,y, or JSON: the landmarks of one face, in pixels of the photograph, or, with --aligned, "
            "of the 128 px result, whose features they place."
        ),
    ] = None,
    edit: Annotated[
        list[str] | None,
        typer.Option(
            help="Move mouth, nose or eyes, as mouth=0,4: right and down in pixels of the 128 px result. Repeatable."
        ),
    ] = None,
    face: Annotated[int | None, typer.Option(help="One face of each photograph, 1 is the largest.", min=1)] = None,
    reduce: Annotated[
        bool, typer.Option("--reduce", help="Bring larger aligned faces to 16x16 by area averaging.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that are there.")] = False,
) -> None:
    """Restore tiny faces: 16 px, also covered ones, to 128 px.

    With --aligned, each picture is one face. Without it, the faces of each photograph are found, aligned as FFHQ's are,
    reduced to 16 px, and restored; each becomes one crop of 128 px (photo.png, or photo-face1.png and so on). Crops are
    not put back into the photograph. What the model paints is invented for the most part: audit it.
    """
    from bonaface.cli.console import show_terms
    from bonaface.faces.cards import LANDMARKS_68
    from bonaface.io.hints import read_landmarks
    from bonaface.jobs import restorations
    from bonaface.jobs.audits import Failure
    from bonaface.restore import RESTORERS

    card = RESTORERS[model]
    for path in (*pictures, mask, occlusion, landmarks):
        if path is not None and not path.exists():
            raise InputError(f"There is no file or folder called {path}. Check the spelling and the current folder.")
    options = restorations.Options(
        restorer=card.id,
        aligned=aligned,
        reduce=reduce,
        face=face,
        box=None if box is None else _box(box),
        landmarks=None if landmarks is None else read_landmarks(landmarks),
        edit=_moves(edit or []),
    )
    _check(aligned, options, mask, occlusion)
    tasks, failures, unused = restorations.plan(pictures, mask)
    if len(tasks) + len(failures) > 1 and (box is not None or landmarks is not None or occlusion is not None):
        raise InputError("--box, --landmarks and --occlusion speak of one picture, and several were given. Give one.")
    if occlusion is not None:
        tasks = [restorations.Task(task.picture, occlusion) for task in tasks]
    restorations.check_targets(tasks, out, aligned=aligned, overwrite=overwrite)
    show_terms((*card.weights, *(() if aligned else (LANDMARKS_68,))))
    if unused:
        names = ", ".join(path.name for path in unused[:3]) + (" and more" if len(unused) > 3 else "")
        typer.echo(f"Note: masks in {mask} without a picture of their name: {names}.", err=True)
    written: list[Written] = []
    for _, result in restorations.run(tasks, options, out, overwrite=overwrite):
        if isinstance(result, Failure):
            failures.append(result)
        else:
            written += result
    _finish(written, failures, out, aligned)


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


def _box(text: str) -> tuple[float, float, float, float]:
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


def _finish(written: list[Written], failures: list[Failure], out: Path, aligned: bool) -> None:
    from bonaface.cli.console import show_failures

    if not written:
        if len(failures) == 1:
            raise InputError(f"{failures[0].name}: {failures[0].why}")
        show_failures(failures)
        raise InputError(f"Nothing could be restored: each of the {len(failures)} failed, as listed above.")
    finer = [] if aligned else [face for face in written if face.crop_width > FINER * 128]
    if finer:
        typer.echo(
            f"Note: larger in the photograph than in the result: {len(finer)} of {len(written)} faces (the crop of "
            f"{finer[0].path.name} is {finer[0].crop_width:.0f} px wide there). The model reads 16 px of each; the "
            "photograph is the better picture.",
            err=True,
        )
    unsure = [face.path.name for face in written if face.unsure]
    if unsure:
        names = ", ".join(unsure[:5]) + (" and more" if len(unsure) > 5 else "")
        typer.echo(
            f"Note: the detector is not sure that there is a face in {len(unsure)} places, and the model paints one in "
            f"any case: look at {names}.",
            err=True,
        )
    what = "1 face" if len(written) == 1 else f"{len(written)} faces"
    typer.echo(f"{what} restored: {written[0].path if len(written) == 1 else out}")
    show_failures(failures)
    if failures:
        raise typer.Exit(ExitCode.PARTLY)
