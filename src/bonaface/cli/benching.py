"""`bonaface bench`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bonaface.core.errors import InputError

if TYPE_CHECKING:
    from bonaface.bench.entrants import Entrant
    from bonaface.bench.results import Row

DATA_VARIABLE = "BONAFACE_DATA"
DATA = Path("../shared/data")
RESTORERS = ("bicubic", "bicubic-inpainted", "pro-uigan-plain", "pro-uigan-compact-full", "pro-uigan-compact")

Data = Annotated[
    Path | None, typer.Option(help=f"Folder of real faces (default: {DATA_VARIABLE}, or {DATA}).", show_default=False)
]
Names = Annotated[
    list[str] | None,
    typer.Option(
        "--restorer",
        help=f"What is measured; may be repeated (default: {', '.join(RESTORERS)}). The last is always measured.",
    ),
]
Graphs = Annotated[
    list[str] | None,
    typer.Option(
        "--graph", help="NAME=FILE.onnx: another graph with the inputs of pro-uigan-compact. May be repeated."
    ),
]
Count = Annotated[int | None, typer.Option(help="Faces of each set (default: all).", min=1)]
Out = Annotated[Path | None, typer.Option(help="Write every number to this .json or .csv file too.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the file that is there.")]

bench_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)

Task = TypeVar("Task")


@bench_app.command("pro-uigan")
def pro_uigan(
    data: Data = None,
    masks: Annotated[str, typer.Option(help="square, irregular, or all: these, none, and a series of sizes.")] = "all",
    framing: Annotated[
        list[str] | None, typer.Option(help="ffhq or facial-area; may be repeated (default: both).")
    ] = None,
    restorer: Names = None,
    graph: Graphs = None,
    count: Count = None,
    out: Out = None,
    overwrite: Overwrite = False,
) -> None:
    """Measure restorers of covered 16 px faces, beside the paper's Table I.

    Needs the real faces that the project is measured on: celeba_val.parquet and celebamask.
    """
    from bonaface.api import wiring
    from bonaface.bench import entrants, hallucination, subjects
    from bonaface.bench.numbers import CONVENTIONS, Judge
    from bonaface.bench.results import FRAMINGS
    from bonaface.bench.thumbnails import SERIES
    from bonaface.cli import benchtables as tables
    from bonaface.faces.cards import LANDMARKS_68
    from bonaface.graphs.bundled import PARSER
    from bonaface.study.numbers.intervals import CONVENTION as INTERVALS

    folder, write = data_folder(data), _writer(out, overwrite)
    openers = {"ffhq": subjects.ffhq, "facial-area": subjects.facial_area}
    framings = list(dict.fromkeys(framing or openers))
    for name in framings:
        if name not in openers:
            raise InputError(f"There is no framing called {name!r}. Known: {', '.join(openers)}.")
    measured = entrants.chosen(restorer or RESTORERS, _graphs(graph))
    cells = hallucination.plan(framings, masks, measured)
    judge = Judge(wiring.locator(), wiring.parser())
    faces = {name: openers[name](folder, count) for name in framings}
    named = [(f"{cell.faces}, {cell.mask}", cell) for cell in cells]
    rows = [hallucination.measure(cell, faces[cell.faces], judge) for cell in progress(named)]
    tables.show_table_i()
    for name in framings:
        ours = [row for row in rows if row.faces == name]
        tables.show_rows(f"Measured, {name}: {FRAMINGS[name]}", [row for row in ours if row.mask not in SERIES])
        tables.show_rows(f"Measured, {name}, by size of the square", [row for row in ours if row.mask in SERIES])
    tables.show_conventions({**CONVENTIONS}, rows)
    tables.show(f"±: half the width of the 95% interval. {INTERVALS}.")
    write("pro-uigan", rows, measured, (LANDMARKS_68, PARSER))


@bench_app.command()
def downstream(
    data: Data = None,
    check: Annotated[
        list[str] | None,
        typer.Option(help="alignment, parsing, recognition or expression; may be repeated (default: all)."),
    ] = None,
    restorer: Names = None,
    graph: Graphs = None,
    count: Count = None,
    out: Out = None,
    overwrite: Overwrite = False,
) -> None:
    """Measure what other tools make of restored faces, as section V of the paper does.

    The recognition rate is a measure of restorers. It says nothing about the identification of people: what a restorer
    adds to 16 px is made up.
    """
    from bonaface.bench import downstream as checks
    from bonaface.bench import entrants
    from bonaface.bench.results import FRAMINGS
    from bonaface.cli import benchtables as tables
    from bonaface.faces.cards import LANDMARKS_68
    from bonaface.graphs.bundled import EXPRESSION, PARSER
    from bonaface.measure.identity import EMBEDDER
    from bonaface.study.numbers.intervals import CONVENTION as INTERVALS

    folder, write = data_folder(data), _writer(out, overwrite)
    names = list(dict.fromkeys(("bicubic", *(restorer or RESTORERS))))  # bicubic is the lower bound
    measured = entrants.chosen(names, _graphs(graph))
    jobs = checks.plan(list(dict.fromkeys(check or checks.CHECKS)), measured)
    runner = checks.Runner(folder, count, [job.check for job in jobs])
    rows = [runner.run(job) for job in progress([(f"{job.check}, {job.mask}", job) for job in jobs])]
    for name in dict.fromkeys(job.check for job in jobs):
        for faces in checks.CHECKS[name][0]:
            found = [row for row in rows if (row.check, row.faces) == (name, faces)]
            tables.show_rows(f"{name.capitalize()}, {faces}: {FRAMINGS[faces]}", found)
        if name in tables.PUBLISHED:
            tables.PUBLISHED[name]()
    tables.show_conventions({**checks.CONVENTIONS}, rows)
    tables.show(f"±: half the width of the 95% interval. {INTERVALS}.")
    tables.show("Restorers are told what was covered where they can be. Nothing here identifies anybody.")
    write("downstream", rows, measured, (LANDMARKS_68, PARSER, EMBEDDER, EXPRESSION))


def data_folder(data: Path | None) -> Path:
    """The folder of real faces."""
    folder = data or Path(os.environ.get(DATA_VARIABLE) or DATA)
    if not folder.is_dir():
        raise InputError(
            f"There is no folder {folder}; expected the real faces that the project is measured on. Give it by --data "
            f"or {DATA_VARIABLE}."
        )
    return folder


def _graphs(given: Sequence[str] | None) -> dict[str, Path]:
    graphs: dict[str, Path] = {}
    for text in given or ():
        name, _, file = text.partition("=")
        if not name or not file:
            raise InputError(f"--graph is {text!r}; expected NAME=FILE.onnx.")
        if name in graphs:
            raise InputError(f"--graph gives {name} two files. Name them apart.")
        graphs[name] = Path(file)
    return graphs


def _writer(out: Path | None, overwrite: bool) -> Callable[..., None]:
    """Check the place before anything is measured; write to it afterwards."""
    check_out(out, overwrite=overwrite)

    def write(name: str, rows: Sequence[Row], measured: Sequence[Entrant], tools: Sequence[Any]) -> None:
        from bonaface.bench import downstream as checks
        from bonaface.bench import numbers, results

        conventions = checks.CONVENTIONS if name == "downstream" else numbers.CONVENTIONS
        write_out(
            out,
            lambda: results.as_csv(rows),
            lambda: results.document(f"bonaface bench {name}", rows, measured, tools, conventions),
            overwrite=overwrite,
        )

    return write


def check_out(out: Path | None, *, overwrite: bool) -> None:
    """Refuse a place that cannot be written to, before anything is measured."""
    from bonaface.io.atomic import check_free

    if out is None:
        return
    if out.suffix.lower() not in (".json", ".csv"):
        raise InputError(f"--out is {out}; expected the name of a .json or a .csv file.")
    check_free(out, overwrite=overwrite)


def write_out(
    out: Path | None, table: Callable[[], str], document: Callable[[], dict[str, Any]], *, overwrite: bool
) -> None:
    """Write a table to a .csv file, or a document to a .json file; nothing where no file was named."""
    from bonaface.io.atomic import write_json, write_text

    if out is None:
        return
    if out.suffix.lower() == ".csv":
        write_text(out, table(), overwrite=overwrite)
    else:
        write_json(out, document(), overwrite=overwrite)
    typer.echo(f"Written: {out}", err=True)


def progress(tasks: Sequence[tuple[str, Task]]) -> Iterator[Task]:
    """One after another, with a bar on standard error that says what is under way."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from bonaface.cli.console import console

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        shown = bar.add_task("", total=len(tasks))
        for words, task in tasks:
            bar.update(shown, description=words)
            yield task
            bar.advance(shown)
