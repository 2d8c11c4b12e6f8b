"""`bonaface study`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bonaface.core.errors import ExitCode, InputError

study_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)

PlanName = Annotated[str, typer.Argument(help="A built-in plan (`study plans`), or a .toml file.", metavar="PLAN")]
Folder = Annotated[str, typer.Argument(help="Of a study, or its address (s3://...).", metavar="FOLDER")]


@study_app.command()
def run(
    plan: PlanName,
    out: Annotated[
        str,
        typer.Option(
            help="Folder of the study, or an address such as s3://BUCKET/STUDY; one that was begun is taken up again."
        ),
    ],
    faces: Annotated[
        Path | None,
        typer.Option(
            help="A folder of pictures, or with a folder neutral and one for each other expression in it; a list "
            "(.txt, .csv), or a .parquet; else the plan's."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and what it takes.")] = False,
    restorers: Annotated[str | None, typer.Option(help="Only these, with commas between.")] = None,
    editors: Annotated[str | None, typer.Option(help="Likewise, of a study of expressions.")] = None,
    targets: Annotated[str | None, typer.Option(help="Only these expressions, with commas between: happy,sad.")] = None,
    measures: Annotated[str | None, typer.Option(help="Only these, with commas between; empty: none.")] = None,
    audits: Annotated[bool | None, typer.Option(help="Audit each output, or do not; else as the plan says.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; else one for each processor.", min=1)] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first so many faces.", min=1)] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try again what failed before.")] = False,
    ray: Annotated[
        str | None,
        typer.Option(
            help="Work on a Ray cluster: auto or host:port joins one, local begins one here; --workers are its actors.",
            metavar="ADDRESS",
        ),
    ] = None,
) -> None:
    """Damage, restore or edit, and measure many faces; started again, it does only what is missing.

    Tables go to FOLDER/tables, as Parquet and CSV: the same bytes however often the study was stopped.
    """
    from bonaface.cli.console import listed, show_terms
    from bonaface.cli.studytables import show_dry_run, show_left_out, show_progress, show_rankings, show_ratings
    from bonaface.edit import Editor
    from bonaface.study.engine import run as running
    from bonaface.study.engine.store import Store
    from bonaface.study.plan.builtin import plan_of
    from bonaface.study.plan.faces import subjects
    from bonaface.study.results.expressions import ratings
    from bonaface.study.results.summary import rankings

    chosen = plan_of(plan).only(
        listed(restorers), listed(measures), audits=audits, editors=listed(editors), targets=listed(targets)
    )
    where = faces or (Path(chosen.faces) if chosen.faces else None)
    if where is None:
        raise InputError(f"{plan} does not say where the faces are. Give a folder, a list or a .parquet (--faces).")
    there = subjects(where, limit)
    if dry_run:
        show_dry_run(chosen, there, out, workers, retry_failed=retry_failed)
        return
    here, _ = running.available(chosen)
    cards = [each.card for each in here.contenders]
    folders = (card.snapshot for card in cards if isinstance(card, Editor) and card.snapshot is not None)
    show_terms(dict.fromkeys((*(weights for card in cards for weights in card.weights), *folders)))
    failed = show_progress(running.run(chosen, there, out, workers=workers, retry_failed=retry_failed, ray=ray))
    store = Store.opened(out)
    show_rankings(rankings(store), store)
    show_ratings(ratings(store) or ())
    failed = show_left_out(store, chosen, there) or failed
    if failed:
        raise typer.Exit(ExitCode.PARTLY)


@study_app.command()
def plans() -> None:
    """List the built-in plans."""
    from bonaface.cli.studytables import show_plans

    show_plans()


@study_app.command()
def show(plan: PlanName) -> None:
    """Print everything that a plan does."""
    from bonaface.cli.studytables import show_plan
    from bonaface.study.plan.builtin import plan_of

    show_plan(plan_of(plan))


@study_app.command("tables")
def write_tables(
    folder: Folder,
    degradation: Annotated[str | None, typer.Option(help="Rank on this damage only; else on all.")] = None,
) -> None:
    """Write the tables of a study anew, and rank its restorers."""
    from bonaface.cli.studytables import show_rankings, show_ratings
    from bonaface.study.engine import tables
    from bonaface.study.engine.owner import owned
    from bonaface.study.engine.store import Store
    from bonaface.study.results.expressions import ratings
    from bonaface.study.results.summary import rankings

    store = Store.opened(folder)
    with owned(store):
        tables.write(store)
    show_rankings(rankings(store, degradation), store)
    show_ratings(ratings(store) or ())
