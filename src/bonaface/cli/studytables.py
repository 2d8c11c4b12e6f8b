"""What `bonaface study` prints."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from bonaface.study.engine.run import Progress, Todo
    from bonaface.study.engine.store import Store
    from bonaface.study.numbers.intervals import Estimate
    from bonaface.study.plan.contenders import Asked
    from bonaface.study.plan.faces import Subject
    from bonaface.study.plan.plans import Plan
    from bonaface.study.results.summary import Ranking

EVERY = 2.0
"""Seconds between two lines on how far it is, where nobody watches a terminal: ten times as many."""
MOST = 10
"""Failed cells that are listed one by one."""


def show_plans() -> None:
    """A line for each built-in plan."""
    from bonaface.study.plan.builtin import PLANS

    for plan in PLANS:
        typer.echo(f"{plan.name:<20}{plan.description}")
        who = [f"{len(plan.restorers)} restorers"] if plan.restorers else []
        who += [f"{len(plan.editors)} editors x {len(plan.targets)} expressions"] if plan.editors else []
        typer.echo(
            f"{'':<20}{len(plan.degradations)} degradations x {' and '.join(who)}, "
            f"{len(plan.measures)} measures{', audits' if plan.audits else ''}"
        )


def show_plan(plan: Plan) -> None:
    """Everything that a plan says."""
    import textwrap

    side = (
        "as given"
        if plan.side is None
        else f"{plan.side} px at most"
        if plan.framing == "as-given"
        else f"{plan.side} px"
    )
    rows = [
        ("Description", plan.description or "none"),
        ("Faces", f"framed {plan.framing}, {side}" + (f"; in {plan.faces}" if plan.faces else "")),
        ("Degradations", ", ".join(f"{damage.name} ({damage.id})" for damage in plan.degradations)),
        ("Restorers", ", ".join(contender.label for contender in plan.restorers)),
        ("Editors", ", ".join(_asked(asked, plan.targets) for asked in plan.editors)),
        ("Expressions", ", ".join(plan.targets)),
        ("Seeds", ", ".join(map(str, plan.seeds))),
        ("Grids", ", ".join(grid.id for grid in plan.grids)),
        ("Measures", ", ".join(plan.measures) or "none"),
        ("Audits", "yes" if plan.audits else "no"),
    ]
    typer.echo(plan.name)
    for label, value in rows:
        if not value:
            continue
        text = textwrap.fill(value, 118, subsequent_indent=" " * 17, break_long_words=False, break_on_hyphens=False)
        typer.echo(f"  {label + ':':<15}{text}")


def _asked(asked: Asked, targets: Sequence[str]) -> str:
    """An editor, what it is where that is not its label, and what it is asked for where that is not everything."""
    able = [target for target in targets if target in asked.card.targets]
    told = [] if len(able) == len(targets) else [", ".join(able) or "none of them"]
    if asked.name:
        told.insert(0, replace(asked, name="").label)
    if asked.layer is not None:
        told.append(f"SHA-256 of {asked.layer.file}: {asked.layer.sha256[:12]}")
    return f"{asked.label} ({'; '.join(told)})" if told else asked.label


def show_dry_run(plan: Plan, there: Sequence[Subject], out: str, workers: int | None, *, retry_failed: bool) -> None:
    """What a run would do, and what it would take; nothing is written to `out`."""
    from bonaface.graphs.engines import processors
    from bonaface.study.engine.estimate import estimate
    from bonaface.study.engine.run import todo
    from bonaface.study.engine.store import Store
    from bonaface.study.numbers.statistics import advice
    from bonaface.study.plan.faces import counted

    store = Store.found(out)
    work = todo(plan, there, store, retry_failed=retry_failed)
    _show_notes(work.notes)
    hands = workers or processors()
    typer.echo(f"{counted(there)}; {work.cells} cells: {_state(work)}.")
    expected = estimate(work, store, hands)
    if expected.seconds is None or expected.megabytes is None:
        typer.echo(f"Time and room cannot be told: {expected.source}.")
    else:
        typer.echo(
            f"About {_duration(expected.seconds)} with {hands} {'worker' if hands == 1 else 'workers'}, and "
            f"{expected.megabytes:.1f} MB of pictures; from {expected.source}."
        )
    if said := advice(len({subject.person for subject in there})):
        typer.echo(said)


def show_progress(steps: Iterable[Todo | Progress]) -> int:
    """How far a run is, on standard error; returns how many cells failed."""
    from bonaface.study.engine.run import Progress

    err = _err()
    begun = last = time.monotonic()
    failed = 0
    for step in steps:
        if not isinstance(step, Progress):
            _show_notes(step.notes)
            typer.echo(f"{step.cells} cells: {_state(step)}.", err=True)
            failed = step.failed
            continue
        now = time.monotonic()
        if now - last < (EVERY if err.is_terminal else 10 * EVERY) and step.done < step.total:
            continue
        last = now
        rest = (now - begun) / step.done * (step.total - step.done)
        wrong = f", {step.failed} failed" if step.failed else ""
        typer.echo(f"{step.done} of {step.total} cells{wrong}; about {_duration(rest)} left.", err=True)
    return failed


def show_left_out(store: Store, plan: Plan, there: Sequence[Subject]) -> int:
    """What failed of this plan's cells, on standard error; returns how many."""
    from rich.markup import escape

    from bonaface.study.engine.run import available
    from bonaface.study.plan.cells import cells_of

    here, _ = available(plan)
    keys = {each.cell.key: one.name for one in there for each in cells_of(one, here)}
    columns = ("cell", "status", "why", "degradation", "restorer", "seed")
    wrong = [row for row in store.rows("cells", columns) if row["status"] == "failed" and row["cell"] in keys]
    err = _err()
    by_why: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in sorted(wrong, key=lambda row: (keys[row["cell"]], row["degradation"], row["restorer"], row["seed"])):
        by_why.setdefault((keys[row["cell"]], row["why"]), []).append(row)
    for (name, why), rows in list(by_why.items())[:MOST]:
        which = f"{rows[0]['degradation']}, {rows[0]['restorer']}" if len(rows) == 1 else f"{len(rows)} cells"
        err.print(f"[bold red]Not done:[/] {escape(name)} ({which}): {escape(why)}", soft_wrap=True)
    if len(by_why) > MOST:
        err.print(f"... and {len(by_why) - MOST} more; tables/cells.csv has them all.")
    return len(wrong)


def show_rankings(rankings: Sequence[Ranking], store: Store) -> None:
    """A table for each measure and grid: restorers from the least damage on, with intervals; ties are marked."""
    from rich.table import Table

    from bonaface.cli.console import console
    from bonaface.study.numbers.statistics import advice
    from bonaface.study.plan.contenders import is_control

    for each in rankings:
        if not each.places:
            continue
        unit = f" [{each.unit}]".replace("[", "\\[") if each.unit else ""
        on = "" if each.grid == "truth" else f" on {each.grid}"
        title = f"{each.measure}{unit}{on}, {each.better} is better; {each.people} people"
        table = Table(title=title, title_justify="left", pad_edge=False, box=None, padding=(0, 2, 0, 0))
        who = "Editor" if any(is_control(place.name) for place in each.places) else "Restorer"
        for heading in ("Rank", who, "Mean", "95% interval", "Tied with"):
            right, folds = heading in ("Rank", "Mean"), heading == "Tied with"
            table.add_column(heading, justify="right" if right else "left", overflow="fold", no_wrap=not folds)
        for place in each.places:
            rank = f"{place.rank}" if place.rank == place.last else f"{place.rank}-{place.last}"
            table.add_row(rank, place.name, _number(place.estimate.value), _interval(place.estimate),
                          ", ".join(place.tied))  # fmt: skip
        console().print(table)
        for text in each.asides:
            typer.echo(f"  {text[0].upper()}{text[1:]}.")
    if rankings:
        typer.echo(
            "Tied: not told apart at 5%, paired by person, Holm over all pairs; the rank says which are possible."
        )
        if said := advice(max(each.people for each in rankings)):
            typer.echo(said)
    typer.echo(f"Tables: {store.place}/tables")


def show_ratings(rows: Sequence[dict[str, Any]]) -> None:
    """Of a study of expressions: the stand-ins for S0's ratings, a table for each editor and what it stands beside."""
    from rich.table import Table

    from bonaface.cli.console import console
    from bonaface.report.study.expressions import cells, headlines
    from bonaface.study.numbers.ratings import STAND_INS

    for editor in dict.fromkeys(row["editor"] for row in rows):
        mine = [row for row in rows if row["editor"] == editor]
        beside = " (what editors stand beside)" if mine[0]["control"] == "yes" else ""
        typer.echo(f"{editor}{beside}, stand-ins for people's ratings")
        table = Table(pad_edge=False, box=None, padding=(0, 2, 0, 0))
        table.add_column("Input", no_wrap=True)
        for each in STAND_INS:
            table.add_column(each.id, justify="right")
        for damage in dict.fromkeys(row["degradation"] for row in mine):
            there = {row["rating"]: row for row in mine if row["degradation"] == damage}
            table.add_row(damage, *("\n".join(cells(there.get(each.id))) for each in STAND_INS))
        console().print(table)
    for each in STAND_INS:
        if rows:
            typer.echo(f"  {each.id} ({each.name}): {each.says}; {each.better} is better.")
    for sentence in headlines(rows):
        typer.echo(sentence)


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"none: {estimate.why}" if estimate.why else "none"
    return f"{_number(estimate.low)} to {_number(estimate.high)}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _state(work: Todo) -> str:
    parts = [f"{len(work.tasks)} to do", f"{work.done} done"]
    fresh = sum(task.held is None for task in work.tasks)
    if fresh < len(work.tasks):
        parts[0] += f" ({len(work.tasks) - fresh} of them only to be measured)"
    if work.failed:
        parts.append(f"{work.failed} failed before (--retry-failed tries them again)")
    return ", ".join(parts)


def _show_notes(notes: Sequence[str]) -> None:
    from rich.markup import escape

    for note in notes:
        _err().print(f"[yellow]Note:[/] {escape(note)}", soft_wrap=True)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _err() -> Any:
    from bonaface.cli.console import console

    return console(stderr=True)
