"""`bonaface study downstream`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bonaface.cli.studying import Folder
from bonaface.core.errors import ExitCode, InputError

if TYPE_CHECKING:
    from bonaface.study.costs.tables import Costs
    from bonaface.study.engine.store import Store

Row = dict[str, Any]
SHOWN = (
    ("genuine", "Own truth"),
    ("genuine-other", "Same person"),
    ("impostor", "Others"),
    ("rank-1", "Rank 1"),
    ("rank-1-other", "Rank 1, other"),
    ("expression-kept", "Expression kept"),
    ("expression-right", "Expression right"),
    ("expression-asked", "Expression asked for"),
)
"""Quantities that are printed, and their headings."""
EVERY = 10
"""Seconds between two lines on how far it is."""


def downstream(
    folder: Folder,
    workers: Annotated[int | None, typer.Option(help="Processes; else one for each processor.", min=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all rows as JSON.")] = False,
) -> None:
    """Say what models cost recognition and the reading of expressions, and which way attributes drift.

    Reads every truth and output once, by face embedding, 40 attributes and expression, and writes the tables
    downstream, direction and named-directions into FOLDER/tables. Restorers are compared with bicubic, editors with the
    picture that is not edited. A measure of models, not of people.
    """
    from bonaface.cli.console import show_terms
    from bonaface.study.costs.readings import TERMS
    from bonaface.study.engine.store import Store

    store = Store.opened(folder)
    show_terms(TERMS)
    told, failed = _run(store, workers)
    if not told.rows["downstream"]:
        raise InputError(
            f"{folder} has no picture that could be read. {' '.join(told.notes)} Run the study first "
            "(`bonaface study run`)."
        )
    if as_json:
        typer.echo(json.dumps({**told.rows, "notes": told.notes}, ensure_ascii=False, indent=1))
    else:
        show(told, store)
    if failed:
        raise typer.Exit(ExitCode.PARTLY)


def _run(store: Any, workers: int | None) -> tuple[Costs, int]:
    """What came of it, and how many pictures could not be read; how far it is goes to standard error."""
    import time

    from bonaface.study.costs.readings import Todo
    from bonaface.study.costs.tables import Costs, costs

    begun = last = time.monotonic()
    failed = 0
    for step in costs(store, workers):
        if isinstance(step, Costs):
            return step, failed
        if isinstance(step, Todo):
            typer.echo(
                f"{step.pictures} pictures to read, {step.pictures - step.missing} of them read before.", err=True
            )
            continue
        failed = step.failed
        now = time.monotonic()
        if now - last > EVERY or step.done == step.total:
            last, rest = now, (now - begun) / step.done * (step.total - step.done)
            typer.echo(f"{step.done} of {step.total} pictures read; about {rest:.0f} s left.", err=True)
    raise RuntimeError("the costs come last")


def show(told: Costs, store: Store) -> None:
    """Short tables; the files have all of it."""
    from bonaface.report.study.against import models_of, told_from

    for framing, side in dict.fromkeys((row["framing"], row["side"]) for row in told.rows["downstream"]):
        here = {
            name: [row for row in rows if (row["framing"], row["side"]) == (framing, side)]
            for name, rows in told.rows.items()
        }
        named = f"Faces framed {framing}" + (f", {side:g} px" if side else "")
        for degradation in _pooled(here["downstream"]):
            _show_downstream([row for row in here["downstream"] if row["degradation"] in ("", degradation)],
                             f"{named}, {degradation}")  # fmt: skip
        _show_direction(here["direction"], here["named-directions"])
    rows = told.rows["downstream"]
    against = told_from(rows)
    apart = f"; * told apart from {against} at 5%, paired by person, Holm" if against else ""
    typer.echo(
        f"Means with 95% intervals over people{apart}. Numbers of {models_of(rows)}, not of people: nothing here "
        "identifies anybody."
    )
    for note in told.notes:
        typer.echo(note)
    typer.echo(f"Tables: {store.place}/tables (downstream, direction, named-directions)")


def _pooled(rows: Sequence[Row]) -> list[str]:
    """All damages together where there are several; else the one."""
    from bonaface.study.costs.downstream import ALL

    known = list(dict.fromkeys(row["degradation"] for row in rows if row["degradation"]))
    return [ALL] if ALL in known else known[:1]


def _show_downstream(rows: Sequence[Row], title: str) -> None:
    from rich.table import Table

    from bonaface.cli.console import console
    from bonaface.report.study.against import model_of

    there = [(name, heading) for name, heading in SHOWN if any(row["quantity"] == name for row in rows)]
    table = Table(title=title, title_justify="left", pad_edge=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(model_of(rows).capitalize(), no_wrap=True)
    for _, heading in there:
        table.add_column(heading)
    for restorer in dict.fromkeys(row["restorer"] for row in rows):
        held = {row["quantity"]: row for row in rows if row["restorer"] == restorer}
        table.add_row(restorer, *(_cell(held.get(name)) for name, _ in there))
    guesses = {row["quantity"]: row["chance"] for row in rows if row["chance"] is not None and row["degradation"]}
    if guesses:
        table.add_row("by chance", *(f"{guesses[name]:.2f}" if name in guesses else "" for name, _ in there))
    console().print(table)


def _cell(row: Row | None) -> str:
    if row is None or row["value"] is None:
        return ""
    star = "*" if row["p_holm"] is not None and row["p_holm"] < 0.05 else ""
    interval = "" if row["low"] is None else f" ({row['low']:.2f} to {row['high']:.2f})"
    return f"{row['value']:.2f}{star}{interval}"


def _show_direction(rows: Sequence[Row], named: Sequence[Row]) -> None:
    """What each restorer or editor adds and removes, over all damages and faces."""
    from bonaface.report.study.against import farther
    from bonaface.study.costs.direction import IS_CONTROL, LESS, MORE

    pooled = _pooled(rows)
    for restorer in dict.fromkeys(row["restorer"] for row in rows):
        mine = [
            row for row in rows if row["restorer"] == restorer and not row["group"] and row["degradation"] in pooled
        ]
        if any(row["verdict"] == IS_CONTROL for row in mine):
            continue
        found = sorted(
            (row for row in mine if row["verdict"] in (MORE, LESS)), key=lambda row: -abs(row["value"] or 0.0)
        )  # lightness, in L*, comes first: it is no probability
        said = [f"{row['quantity']} {row['value']:+.2f} ({row['low']:+.2f} to {row['high']:+.2f})" for row in found]
        typer.echo(f"{restorer} moves on average, {farther(mine[0])}: {', '.join(said) or 'nothing'}.")
        where = [
            f"{row['direction']}: {row['verdict']}"
            for row in named
            if row["restorer"] == restorer and not row["group"] and row["degradation"] in pooled
        ]
        typer.echo(f"  {', '.join(where)}.")
        groups = [
            f"{row['direction']} ({row['group']} {row['group_value']})"
            for row in named
            if row["restorer"] == restorer and row["group"] and row["verdict"] == "yes"
        ]
        if groups:
            typer.echo(f"  In groups: {', '.join(groups)}.")
