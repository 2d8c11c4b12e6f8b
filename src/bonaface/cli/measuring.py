"""`bonaface measure`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from bonaface.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from bonaface.jobs.measurements import Row

DEFAULT = "run"
"""The subcommand that is meant where none is named."""


class _Measure(TyperGroup):
    """A group whose first word may be a picture: then the pictures are measured."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `DEFAULT` before what is no subcommand."""
        helped = {"-h", "--help"}
        if args and args[0] not in self.commands and args[0] not in helped:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


measure_app = typer.Typer(
    cls=_Measure,
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    epilog="`bonaface measure OUTPUT --truth TRUTH` measures: it means `run`, whose --help has the options.",
)

Truth = Annotated[Path | None, typer.Option(help="The real photograph, or a folder of them, paired by name.")]
Aligned = Annotated[bool, typer.Option("--aligned", help="The pictures are FFHQ-aligned crops of one face.")]
Framing = Annotated[bool, typer.Option(help="Check that output and truth are framed alike; once for each pair.")]
Resize = Annotated[
    str | None, typer.Option(help="Where sizes differ: bring the `output` or the `truth` to the other's size.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results that are there.")]


@measure_app.command(DEFAULT)
def run(
    output: Annotated[
        list[Path],
        typer.Argument(
            help="Pictures, folders, or a table (CSV, Parquet) of output, truth, observed.", metavar="OUTPUT"
        ),
    ],
    truth: Truth = None,
    observed: Annotated[
        Path | None, typer.Option(help="The damaged picture that the model was given, or a folder.")
    ] = None,
    measures: Annotated[str | None, typer.Option(help="Ids with commas between; `bonaface measure list`.")] = None,
    protocol: Annotated[
        str | None,
        typer.Option(help="A paper's way of measuring, in place of --measures; `bonaface measure protocols`."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All measures; what has no number says why.")] = False,
    target: Annotated[
        str | None, typer.Option(help="The expression that was asked for (happy, sad, ...), for `ecs`.")
    ] = None,
    neutral: Annotated[
        Path | None, typer.Option(help="The picture that an expression editor started from, or a folder.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="For FID and KID: a folder, or statistics of `measure fid-stats`.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="FID and KID of fewer than 50 pictures, too.")] = False,
    niqe: Annotated[Path | None, typer.Option(help="A file of `measure fit-niqe`: adds `niqe-own`.")] = None,
    parts: Annotated[
        bool, typer.Option("--parts", help="Parts of measures too: `lmd:mouth`, `keypoints:nose:matched`.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="The table to write: .csv, .json or .parquet.")] = None,
    aligned: Aligned = False,
    framing: Framing = True,
    resize: Resize = None,
    overwrite: Overwrite = False,
) -> None:
    """Measure OUTPUT, each number by its stated convention; the word `run` may be left out.

    Without --measures and --all: all measures that what is given, and the weights that are here, suffice for. Folders
    are paired by name, never by order. Infinite values: `inf` in CSV and Parquet, null with limit "+inf" in JSON.
    """
    from bonaface.api.measuring import Measurer, by_protocol, choose
    from bonaface.cli.console import listed, show_failures, show_terms
    from bonaface.cli.measuretables import show_rows
    from bonaface.cli.protocoltables import show_beside
    from bonaface.io.atomic import check_free
    from bonaface.io.folders import check_there
    from bonaface.jobs import measurements

    check_there(*output, truth, observed, neutral, reference, niqe)
    if sum((measures is not None, protocol is not None, everything)) > 1:
        raise InputError("Of --measures, --protocol and --all, more than one was given. Give one of them.")
    if out is not None:
        measurements.check_target_file(out)
        check_free(out, overwrite=overwrite)
    tasks, failures = measurements.tasks_of(output, truth, observed, target, neutral)
    given = [field for field in measurements.FIELDS if any(getattr(task, field) is not None for task in tasks)]
    given += [] if reference is None else ["reference"]
    names: Sequence[str] | None = listed(measures)
    options = _options(aligned, framing, resize)
    if protocol is not None:
        names, options = by_protocol(protocol, options)
    chosen = choose(names, given, everything=everything, niqe=niqe)
    single, of_all = ([m for m in chosen if m.scope == scope] for scope in ("case", "set"))
    measurer = Measurer(single, options)
    show_terms(dict.fromkeys(card for measure in chosen for card in measure.weights if _used(measure, given)))
    rows: list[Row] = [*measurements.run(tasks, measurer, parts=parts)] if single else []
    more, left_out = measurements.run_sets(tasks, of_all, reference, force=force)
    rows, failures = rows + more, failures + left_out
    wrong = measurements.failures_of(rows)
    failures += measurements.without_numbers(rows, names or ())
    if len({failure.name for failure in wrong}) == len(tasks) and all(row.score.value is None for row in rows):
        if len(wrong) == 1 and not failures:
            raise InputError(wrong[0].why)
        show_failures([*failures, *wrong])
        raise InputError("Nothing could be measured, as listed above.")
    if out is not None:
        measurements.write_rows(out, rows, overwrite=overwrite)
    show_rows(rows, out)
    if protocol is not None:
        show_beside(protocol, rows)
    show_failures([*failures, *wrong])
    if failures or wrong:
        raise typer.Exit(ExitCode.PARTLY)


@measure_app.command()
def compare(
    output: Annotated[Path, typer.Argument(help="What a model delivered.", metavar="OUTPUT")],
    truth: Annotated[Path, typer.Option(help="The real photograph.")],
    measures: Annotated[str | None, typer.Option(help="Ids with commas between; else all that others have.")] = None,
    framing: Framing = True,
    resize: Resize = None,
) -> None:
    """Put one pair through every implementation that is installed: why one number differs from another.

    Ours, scikit-image, and, where they are installed, torchmetrics, piq and pyiqa.
    """
    from bonaface.api.placing import open_pair
    from bonaface.cli.console import console, listed
    from bonaface.cli.measuretables import show_compared
    from bonaface.peers import COMPARED
    from bonaface.peers import compare as through_all

    names = COMPARED if measures is None else tuple(listed(measures) or ())
    unknown = [name for name in names if name not in COMPARED]
    if unknown or not names:
        raise InputError(
            f"{', '.join(unknown) or 'No measure'} cannot be compared; expected some of {', '.join(COMPARED)}, "
            "which other libraries compute, too."
        )
    options = _options(False, framing, resize)
    image, reference, notes = open_pair(output, truth, framing=framing, resize=options.resize)
    for note in notes:
        console(stderr=True).print(f"Note: {note}", soft_wrap=True, markup=False)
    show_compared(through_all(image, reference, names))


@measure_app.command("list")
def list_measures() -> None:
    """List every measure: its unit, which way is better, and what it needs."""
    from bonaface.cli.measuretables import show_list

    show_list()


@measure_app.command()
def show(name: Annotated[str, typer.Argument(help="A measure.", metavar="NAME")]) -> None:
    """Print the whole card of a measure: its convention first of all."""
    from bonaface.cli.measuretables import show_card

    show_card(name)


@measure_app.command()
def protocols(
    name: Annotated[
        str | None, typer.Argument(help="A protocol; without one, all are listed.", metavar="[NAME]")
    ] = None,
) -> None:
    """Print how papers measured: their measures, sizes, references and traps, and the rows that they printed."""
    from bonaface.cli.protocoltables import show_protocol, show_protocols

    if name is None:
        show_protocols()
    else:
        show_protocol(name)


@measure_app.command("fid-stats")
def fid_stats(
    folder: Annotated[Path, typer.Argument(help="The pictures of a reference.", metavar="FOLDER")],
    out: Annotated[Path, typer.Option(help="The file to write (.npz), for --reference.")],
    overwrite: Overwrite = False,
) -> None:
    """Save what FID needs of a reference, so that its pictures need not be read again. KID needs the pictures."""
    from bonaface.api.distributions import save_statistics
    from bonaface.cli.console import show_failures
    from bonaface.io.atomic import check_free
    from bonaface.io.folders import list_pictures
    from bonaface.jobs.audits import Failure

    if out.suffix.lower() != ".npz":
        raise InputError(f"{out} is no NPZ file. End its name in .npz.")
    check_free(out, overwrite=overwrite)
    count, failed = save_statistics(list_pictures(folder), out, overwrite=overwrite)
    typer.echo(f"Statistics of {count} pictures: {out}")
    show_failures([Failure(name, why) for name, why in failed])
    if failed:
        raise typer.Exit(ExitCode.PARTLY)


@measure_app.command("fit-niqe")
def fit_niqe(
    folder: Annotated[Path, typer.Argument(help="Natural pictures, sharp and undamaged.", metavar="FOLDER")],
    out: Annotated[Path, typer.Option(help="The file to write (.json), for --niqe.")],
    block: Annotated[int, typer.Option(help="Pixels a side of the blocks; even.", min=16, max=512)] = 96,
    overwrite: Overwrite = False,
) -> None:
    """Fit NIQE's statistics of natural pictures; they give the measure `niqe-own`, never `niqe`."""
    from bonaface.api.measuring import fit_niqe as fitted
    from bonaface.cli.console import show_failures
    from bonaface.io.atomic import check_free, write_json
    from bonaface.io.folders import list_pictures
    from bonaface.jobs.audits import Failure

    if out.suffix.lower() != ".json":
        raise InputError(f"{out} is no JSON file. End its name in .json.")
    if block % 2:
        raise InputError(f"--block is {block}; expected an even number, since the second scale has half of it.")
    check_free(out, overwrite=overwrite)
    values, failed = fitted(list_pictures(folder), block, f"fitted on the pictures of {folder.name}")
    write_json(out, values, overwrite=overwrite)
    typer.echo(f"{values['blocks']} sharp blocks of {values['pictures']} pictures: {out}")
    show_failures([Failure(path.name, why) for path, why in failed])
    if failed:
        raise typer.Exit(ExitCode.PARTLY)


def _options(aligned: bool, framing: bool, resize: str | None) -> Any:
    from bonaface.api.measuring import Options

    if resize is None:
        return Options(aligned, framing)
    if resize == "output":
        return Options(aligned, framing, "output")
    if resize == "truth":
        return Options(aligned, framing, "truth")
    raise InputError(
        f"--resize is {resize!r}; expected output or truth: the picture that is brought to the other's size."
    )


def _used(measure: Any, given: list[str]) -> bool:
    """Whether there is enough to compute it for at least one picture."""
    return set(given).issuperset(measure.given)
