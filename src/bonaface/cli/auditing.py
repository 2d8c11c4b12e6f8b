"""`bonaface audit`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bonaface.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from bonaface.core.results import Ledger
    from bonaface.jobs.audits import Failure

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
    neutral: Annotated[
        Path | None, typer.Option(help="Of an edited expression: the picture before the edit, or a folder of them.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="The expression that the editor was asked for: happy, sad, surprised, ...")
    ] = None,
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
    describe: Annotated[
        str, typer.Option(help="Have both faces described too: openai, gemini, local or recorded (bonaface describe).")
    ] = "",
    describe_model: Annotated[str, typer.Option(help="The describer's model, its folder, or a recording.")] = "",
    describe_endpoint: Annotated[str, typer.Option(help="Base address of the describer.")] = "",
    describe_repeats: Annotated[int | None, typer.Option(help="Descriptions of each face (default 5).")] = None,
    describe_key_from: Annotated[str, typer.Option(help="Environment variable that holds the describer's key.")] = "",
) -> None:
    """Say which parts of OUTPUT a model made up.

    With --truth every region of the face is compared with the real photograph: detail that was invented or lost,
    keypoints, geometry, colour, added asymmetry, identity angle; each beside its noise floor and its null controls.
    Without it, damage and quality are reported and the rest is listed as not applicable. With --neutral and --target
    an edited expression is audited: how much of a real one was made (--truth: a real photograph of the person with it),
    and what changed besides. A folder that `bonaface restore` filled is audited face by face and stage by stage: the
    crop, the paste, the file delivered.
    """
    from bonaface.api import Auditor
    from bonaface.api.auditing import Options
    from bonaface.api.expressions import check_given
    from bonaface.cli.describing import for_audit
    from bonaface.io.folders import check_there
    from bonaface.io.provenance import repeat_command
    from bonaface.jobs import audits, stages
    from bonaface.jobs.restored import is_restored, read_records

    check_there(*output, truth, observed, control, neutral)
    expression = check_given(
        neutral,
        target,
        [
            ("--observed", observed is not None),
            ("--control", control is not None),
            ("--all-faces", all_faces),
            ("--describe", bool(describe)),
        ],
    )
    if all_faces and face != 1:
        raise InputError("Both --face and --all-faces were given. Give one of them.")
    if all_faces and aligned:
        raise InputError("An aligned crop holds one face: --aligned and --all-faces exclude each other.")
    if truth is None and expression is None and (control is not None or not floors or not controls):
        raise InputError("--control, --no-floors and --no-controls say how to compare with a truth. Add --truth.")
    if describe and truth is None:
        raise InputError("--describe compares descriptions of the output with those of a truth. Add --truth.")
    words = for_audit(describe, describe_model, describe_endpoint, describe_repeats, describe_key_from, redact=redact)
    command = repeat_command(["bonaface", *sys.argv[1:]], redact=redact)
    folder = out if out is not None or json else DEFAULT_FOLDER
    how = _How(folder, overwrite=overwrite, redact=redact, json=json)
    restored = [path for path in output if is_restored(path)]
    failures: list[Failure] = []
    if restored:
        if len(output) > 1 or control is not None or all_faces or face != 1 or expression is not None:
            raise InputError(
                f"{restored[0]} was filled by `bonaface restore`, and all of its faces are audited, stage by stage: "
                "give it alone, without --control, --face, --all-faces, --neutral and --target."
            )
        auditor = Auditor(Options(aligned=True, floors=floors, controls=controls, redact=redact), command)
        records = read_records(restored[0])
        named = stages.run(restored[0], records, auditor, truth, observed)
        shown = _run(words.add(named), failures, how, many=True, about=(stages.TITLE, stages.ABOUT))
        failures += words.failures
        _finish(shown, failures, how, many=True)
        return
    auditor = Auditor(Options(aligned=aligned, floors=floors, controls=controls, redact=redact), command)
    tasks, failures = audits.plan(output, truth, observed, face, neutral)
    if all_faces:
        tasks, more, notes = audits.every_face(tasks, auditor)
        failures += more
        for note in notes:
            typer.echo(f"Note: {note}.", err=True)
    many = len(tasks) + len(failures) > 1
    named = ((task.name, result) for task, result in audits.run(tasks, auditor, control, expression))
    shown = _run(words.add(named), failures, how, many=many)
    many = len(tasks) + len(failures) > 1 or not shown
    _finish(shown, [*failures, *words.failures], how, many=many)


@dataclass(frozen=True, slots=True)
class _How:
    """Where results go."""

    folder: Path | None
    overwrite: bool
    redact: bool
    json: bool


def _run(
    named: Iterable[tuple[str, Ledger | Failure]],
    failures: list[Failure],
    how: _How,
    *,
    many: bool,
    about: tuple[str, str] = ("Comparison", ""),
) -> list[dict[str, Any]]:
    """Audit everything; returns the ledgers' JSON forms where they are to be printed."""
    from contextlib import nullcontext

    from bonaface.cli.console import show_failures
    from bonaface.io.store import staged_folder
    from bonaface.jobs.audits import Failure as Failed
    from bonaface.report import Compared, failed, summarise, write_audit, write_comparison

    printed: list[dict[str, Any]] = []
    compared: list[Compared] = []
    folder, redact = how.folder, how.redact
    with staged_folder(folder, how.overwrite) if folder is not None else nullcontext(None) as place:
        for name, result in named:
            if isinstance(result, Failed):
                if not many:
                    raise InputError(result.why)
                failures.append(result)
                continue
            if place is not None:
                target = place / name if many else place
                target.mkdir(exist_ok=True)
                write_audit(target, result, title=name, redact=redact)
                if many:
                    compared.append(summarise(name, name, result))
            if how.json:
                printed.append(result.as_dict())
            else:
                _show(name, result, many)
        if not compared and not printed and many and place is not None:
            show_failures(failures)
            raise InputError(f"Nothing could be audited: each of the {len(failures)} failed, as listed above.")
        if many and place is not None:
            taken = {entry.name for entry in compared}
            missing = [failed(_unlike(failure.name, taken), failure.why, redact=redact) for failure in failures]
            write_comparison(place, [*compared, *missing], title=about[0], about=about[1], redact=redact)
    return printed


def _unlike(name: str, taken: set[str]) -> str:
    """`name`, or, where it is taken, with a number."""
    number, unique = 2, name
    while unique in taken:
        unique, number = f"{name} ({number})", number + 1
    taken.add(unique)
    return unique


def _show(name: str, ledger: Ledger, many: bool) -> None:
    from rich.markup import escape

    from bonaface.cli.console import console, nothing_found, pasting, show_ledger

    out = console()
    if many:
        worst = ledger.worst(1)
        first = worst[0].sentence if worst else nothing_found(ledger)
        first = ledger.expression.get("summary", first)
        pasted = pasting(ledger)
        out.print(f"[bold]{escape(name)}[/]: {escape(first)}{f' [dim]({escape(pasted)})[/]' if pasted else ''}")
    else:
        show_ledger(out, ledger)


def _finish(printed: list[dict[str, Any]], failures: list[Failure], how: _How, *, many: bool) -> None:
    from bonaface.cli.console import console, show_failures

    if how.json:
        import json as encoder

        value = printed if many else printed[0]
        typer.echo(encoder.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))
    elif how.folder is not None:
        console().print(f"Report: {how.folder / 'report.html'}", soft_wrap=True)
    show_failures(failures)
    if failures:
        raise typer.Exit(ExitCode.PARTLY)
