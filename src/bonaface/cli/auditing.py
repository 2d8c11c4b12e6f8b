"""`bonaface audit`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bonaface.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from bonaface.core.results import Ledger
    from bonaface.jobs.audits import Failure, Task

DEFAULT_FOLDER = Path("bonaface-audit")


def audit(
    output: Annotated[
        list[Path], typer.Argument(help="What a model delivered: pictures or folders.", metavar="OUTPUT")
    ],
    truth: Annotated[
        Path | None, typer.Option(help="The real photograph, or a folder of them, paired by name.")
    ] = None,
    observed: Annotated[
        Path | None, typer.Option(help="The damaged picture that the model was given, or a folder.")
    ] = None,
    control: Annotated[Path | None, typer.Option(help="A picture of another person, for the null control.")] = None,
    out: Annotated[Path | None, typer.Option(help=f"Folder for the report (default: {DEFAULT_FOLDER}).")] = None,
    face: Annotated[int, typer.Option(help="Which face of the truth: 1 is the largest.", min=1)] = 1,
    all_faces: Annotated[bool, typer.Option("--all-faces", help="Audit every face that is found.")] = False,
    aligned: Annotated[bool, typer.Option("--aligned", help="Both are FFHQ-aligned crops of one face.")] = False,
    floors: Annotated[bool, typer.Option(help="Compute noise floors; verdicts need them.")] = True,
    controls: Annotated[bool, typer.Option(help="Compute null controls.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Print the ledger; without --out nothing is written.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older report in the folder.")] = False,
    redact: Annotated[
        bool, typer.Option("--redact", help="For sharing: leave out GPS, private metadata and folder names.")
    ] = False,
) -> None:
    """Say which parts of OUTPUT a model made up.

    With --truth every region of the face is compared with the real photograph: detail that was invented or lost,
    keypoints, geometry, colour, added asymmetry, identity angle; each beside its noise floor and its null controls.
    Without it, damage and quality are reported and the rest is listed as not applicable.
    """
    from bonaface.api import Auditor
    from bonaface.api.auditing import Options
    from bonaface.io.provenance import repeat_command
    from bonaface.jobs import audits

    for path in (*output, truth, observed, control):
        if path is not None and not path.exists():
            raise InputError(f"There is no file or folder called {path}. Check the spelling and the current folder.")
    if all_faces and face != 1:
        raise InputError("Both --face and --all-faces were given. Give one of them.")
    if all_faces and aligned:
        raise InputError("An aligned crop holds one face: --aligned and --all-faces exclude each other.")
    if truth is None and (control is not None or not floors or not controls):
        raise InputError("--control, --no-floors and --no-controls say how to compare with a truth. Add --truth.")
    command = repeat_command(["bonaface", *sys.argv[1:]], redact=redact)
    options = Options(aligned=aligned, floors=floors, controls=controls, redact=redact)
    auditor = Auditor(options, command)
    tasks, failures = audits.plan(output, truth, observed, face)
    if all_faces:
        tasks, more = audits.every_face(tasks, auditor)
        failures += more
    folder = out if out is not None or json else DEFAULT_FOLDER
    shown = _run(tasks, failures, auditor, control, folder, overwrite=overwrite, redact=redact, json=json)
    _finish(shown, failures, folder, json=json, many=len(tasks) + len(failures) > 1 or not shown)


def _run(
    tasks: Sequence[Task],
    failures: list[Failure],
    auditor: Any,
    control: Path | None,
    folder: Path | None,
    *,
    overwrite: bool,
    redact: bool,
    json: bool,
) -> list[dict[str, Any]]:
    """Audit everything; returns the ledgers' JSON forms where they are to be printed."""
    from contextlib import nullcontext

    from bonaface.cli.console import show_failures
    from bonaface.io.store import staged_folder
    from bonaface.jobs import audits
    from bonaface.report import Compared, failed, summarise, write_audit, write_comparison

    printed: list[dict[str, Any]] = []
    compared: list[Compared] = []
    many = len(tasks) + len(failures) > 1
    with staged_folder(folder, overwrite) if folder is not None else nullcontext(None) as place:
        for task, result in audits.run(tasks, auditor, control):
            if isinstance(result, audits.Failure):
                if not many:
                    raise InputError(result.why)
                failures.append(result)
                continue
            if place is not None:
                target = place / task.name if many else place
                target.mkdir(exist_ok=True)
                write_audit(target, result, title=task.name, redact=redact)
                if many:
                    compared.append(summarise(task.name, task.name, result))
            if json:
                printed.append(result.as_dict())
            else:
                _show(task, result, many)
        if not compared and not printed and many and place is not None:
            show_failures(failures)
            raise InputError(f"Nothing could be audited: each of the {len(failures)} failed, as listed above.")
        if many and place is not None:
            taken = {entry.name for entry in compared}
            missing = [failed(_unlike(failure.name, taken), failure.why, redact=redact) for failure in failures]
            write_comparison(place, [*compared, *missing], title="Comparison", redact=redact)
    return printed


def _unlike(name: str, taken: set[str]) -> str:
    """`name`, or, where it is taken, with a number."""
    number, unique = 2, name
    while unique in taken:
        unique, number = f"{name} ({number})", number + 1
    taken.add(unique)
    return unique


def _show(task: Task, ledger: Ledger, many: bool) -> None:
    from rich.markup import escape

    from bonaface.cli.console import console, show_ledger

    out = console()
    if many:
        worst = ledger.worst(1)
        nothing = "nothing stands above its noise floor" if ledger.maps else "no truth: damage and quality only"
        first = worst[0].sentence if worst else nothing
        out.print(f"[bold]{escape(task.name)}[/]: {escape(first)}")
    else:
        show_ledger(out, ledger)


def _finish(
    printed: list[dict[str, Any]], failures: list[Failure], folder: Path | None, *, json: bool, many: bool
) -> None:
    from bonaface.cli.console import console, show_failures

    if json:
        import json as encoder

        value = printed if many else printed[0]
        typer.echo(encoder.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))
    elif folder is not None:
        console().print(f"Report: {folder / 'report.html'}", soft_wrap=True)
    show_failures(failures)
    if failures:
        raise typer.Exit(ExitCode.PARTLY)
