"""`bonaface bench expression`."""

from __future__ import annotations

from typing import Annotated

import typer

from bonaface.cli.benching import Data, Out, Overwrite, check_out, data_folder, progress, write_out
from bonaface.core.errors import ExitCode

TARGETS = ("happy", "neutral")


def expression(
    data: Data = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help=f"The expression to make; may be repeated (default: {', '.join(TARGETS)})."),
    ] = None,
    editor: Annotated[
        list[str] | None, typer.Option(help="What is measured; may be repeated (default: every editor that is here).")
    ] = None,
    count: Annotated[int | None, typer.Option(help="People (default: all 23).", min=1)] = None,
    force: Annotated[bool, typer.Option("--force", help="FID and KID of fewer than 50 pictures, too.")] = False,
    seed: Annotated[int, typer.Option(help="Of editors that draw random numbers.", min=0)] = 0,
    out: Out = None,
    overwrite: Overwrite = False,
) -> None:
    """Measure editors of expressions on people whom none learnt from, beside RegGAN's Table I.

    Needs the London set of the real faces that the project is measured on: neutral people are made to smile, and
    smiling ones are made neutral. Rows `input` and `real` are what editors are given, and the people's own pictures
    with the expression.
    """
    from bonaface.bench import editors, expression_results
    from bonaface.bench.expression import Runner, plan
    from bonaface.bench.people import target_named
    from bonaface.cli import expressiontables as tables
    from bonaface.cli.console import show_failures, show_terms
    from bonaface.jobs.audits import Failure

    folder = data_folder(data)
    check_out(out, overwrite=overwrite)
    targets = list(dict.fromkeys(target_named(word) for word in target or TARGETS))
    measured, left_out = editors.chosen(editor, targets)
    runner = Runner(folder, targets, count, force=force, seed=seed)
    show_terms(card for each in measured for card in (*each.weights, *((each.snapshot,) if each.snapshot else ())))
    jobs = plan(targets, measured)
    rows = [runner.run(job) for job in progress([(f"{job.who}, {job.target}", job) for job in jobs])]
    for name in targets:
        tables.show_target(name, [row for row in rows if row.target == name])
    tables.show_differences(expression_results.differences(rows))
    tables.show_reading(rows, left_out)
    write_out(
        out,
        lambda: expression_results.as_csv(rows),
        lambda: expression_results.document(rows, measured, left_out, list(runner.people.values()), seed),
        overwrite=overwrite,
    )
    failures = [Failure(f"{row.who}, {row.target}, {name}", why) for row in rows for name, why in row.failed.items()]
    failures += [Failure(one.name, one.why) for each in runner.people.values() for one in each.skipped]
    show_failures(failures)
    if failures:
        raise typer.Exit(ExitCode.PARTLY)
