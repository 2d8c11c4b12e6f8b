"""`bonaface parse` and `bonaface read`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonaface.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from bonaface.core.catalog import Weights
    from bonaface.jobs.audits import Failure
    from bonaface.jobs.readings import Parsed

Pictures = Annotated[
    list[Path], typer.Argument(help="Photographs or crops of faces, or folders of them.", metavar="IN")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results that are there.")]

read_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)


def parse(
    pictures: Pictures,
    out: Annotated[Path, typer.Option(help="Folder for the results: PNGs of the same names and sizes.")],
    aligned: Annotated[
        bool, typer.Option("--aligned", help="IN are crops of one face, framed as FFHQ's: look for none.")
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Say for each pixel which part of the face it shows.

    Each value is a class: 0 background, 1 skin, 2 nose, 3 glasses, 4 left eye, 5 right eye, 6 left brow, 7 right brow,
    8 left ear, 9 right ear, 10 inside of the mouth, 11 upper lip, 12 lower lip, 13 hair, 14 hat, 15 earring, 16
    necklace, 17 neck, 18 clothes; left and right are the person's own. A picture that is framed as FFHQ's crops are is
    parsed whole; of any other, the crop around the largest face, with 0 outside it.
    """
    from bonaface.graphs.bundled import PARSER
    from bonaface.jobs import readings
    from bonaface.jobs.audits import Failure

    files = readings.files_of(pictures)
    readings.check_targets(files, out, overwrite=overwrite)
    _show_terms(PARSER, aligned)
    done: list[Parsed] = []
    failures: list[Failure] = []
    for result in readings.parse_all(files, out, aligned=aligned, overwrite=overwrite):
        if isinstance(result, Failure):
            failures.append(result)
        else:
            done.append(result)
    _finish_parsing(done, failures, out)


def _finish_parsing(done: list[Parsed], failures: list[Failure], out: Path) -> None:
    from bonaface.cli.console import show_failures

    if not done and len(failures) == 1:
        raise InputError(f"{failures[0].name}: {failures[0].why}")
    if not done:
        show_failures(failures)
        raise InputError(f"Nothing could be parsed: each of the {len(failures)} failed, as listed above.")
    how = Counter(str(each.framed) for each in done)
    counted = ", ".join(f"{count} {framed}" for framed, count in sorted(how.items()))
    what = "1 picture" if len(done) == 1 else f"{len(done)} pictures"
    typer.echo(f"{what} parsed ({counted}): {done[0].path if len(done) == 1 else out}")
    several = [each.path.name for each in done if each.faces > 1]
    if several:
        typer.echo(f"Note: several faces, of which the largest was parsed: {_some(several)}.", err=True)
    show_failures(failures)
    if failures:
        raise typer.Exit(ExitCode.PARTLY)


Table = Annotated[Path, typer.Option(help="The table to write: name, status, why, framing, faces, probabilities.")]
ReadAligned = Annotated[
    bool, typer.Option("--aligned", help="IN are crops framed as the reader's training faces: look for no face.")
]


@read_app.command("attributes")
def read_attributes(pictures: Pictures, out: Table, aligned: ReadAligned = False, overwrite: Overwrite = False) -> None:
    """Read CelebA's 40 attributes: probabilities, 0.5 being the balanced threshold.

    They speak of the picture, not of the person. Rows that are not ok say why, and the command ends with code 1.
    """
    from bonaface.graphs.bundled import ATTRIBUTES

    _read(pictures, out, "attributes", ATTRIBUTES, aligned, overwrite)


@read_app.command("expression")
def read_expression(pictures: Pictures, out: Table, aligned: ReadAligned = False, overwrite: Overwrite = False) -> None:
    """Read the expression: its label and eight probabilities that sum to 1.

    They speak of the picture, not of what the person felt. Rows that are not ok say why, and the command ends with
    code 1.
    """
    from bonaface.graphs.bundled import EXPRESSION

    _read(pictures, out, "expression", EXPRESSION, aligned, overwrite)


def _read(pictures: list[Path], out: Path, what: str, card: Weights, aligned: bool, overwrite: bool) -> None:
    from bonaface.cli.console import show_failures
    from bonaface.core.results import Status
    from bonaface.io.atomic import check_free
    from bonaface.jobs import readings
    from bonaface.jobs.audits import Failure

    files = readings.files_of(pictures)
    if out.suffix.lower() != ".csv":
        raise InputError(f"{out} is no CSV file. End its name in .csv.")
    check_free(out, overwrite=overwrite)
    _show_terms(card, aligned)
    rows = list(readings.read_all(files, what, aligned=aligned))
    readings.write_table(out, rows, what, overwrite=overwrite)
    read = sum(row.status is Status.OK for row in rows)
    typer.echo(f"{read} of {len(rows)} pictures read: {out}")
    several = [row.name for row in rows if row.faces > 1]
    if several:
        typer.echo(f"Note: several faces, of which the largest was read: {_some(several)}.", err=True)
    failures = [Failure(row.name, row.why) for row in rows if row.status is not Status.OK]
    show_failures(failures)
    if failures:
        raise typer.Exit(ExitCode.PARTLY)


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _show_terms(card: Weights, aligned: bool) -> None:
    from bonaface.cli.console import show_terms
    from bonaface.faces.cards import LANDMARKS_68

    show_terms((card, *(() if aligned else (LANDMARKS_68,))))
