"""What `bonaface measure` prints."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bonaface.core.results import Score
    from bonaface.jobs.measurements import Row
    from bonaface.measure.record import Measure
    from bonaface.peers import Compared

MOST_ROWS = 200
"""Rows that are shown one by one; of more, the summary only."""


def show_list() -> None:
    """A line for each measure."""
    from rich.markup import escape
    from rich.table import Table

    from bonaface.cli.console import console
    from bonaface.measure import MEASURES

    table = Table(pad_edge=False, box=None, padding=(0, 2, 0, 0))
    for heading in ("Measure", "Here", "Unit", "Better"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Needs", overflow="fold")
    for measure in MEASURES:
        table.add_row(measure.id, _here(measure), measure.unit or "-", measure.better, escape(_needs(measure)))
    console().print(table)
    typer.echo(
        "\nEach has its convention: `bonaface measure show NAME`. Here: `install` where a library is missing, `fetch` "
        "where\nweights are (`bonaface models fetch NAME`)."
    )


def _needs(measure: Measure) -> str:
    named = [*measure.given, *(["a face"] if measure.faces else []), *(f"[{name}]" for name in measure.uses)]
    return ", ".join("a target expression" if name == "target" else name for name in named)


def _here(measure: Measure) -> str:
    """Whether it can be computed on this machine, and else what has to be done first."""
    from bonaface.io.weights import locate

    if measure.absent:
        return "install"
    return "yes" if all(locate(card) for card in measure.weights) else "fetch"


def show_card(name: str) -> None:
    """Everything that is known of a measure, a line each."""
    from bonaface.cli.console import show_facts
    from bonaface.io.weights import how_to_get, locate
    from bonaface.measure import MEASURES

    measure = MEASURES[name]
    low, high = measure.bounds
    rows = [
        ("Convention", measure.convention),
        ("Unit", measure.unit or "none"),
        ("Better", measure.better),
        ("Range", f"{low:g} to {'no limit' if math.isinf(high) else f'{high:g}'}"),
        ("Needs", _needs(measure) + ("; in brackets: used where it is given" if measure.uses else "")),
        ("Computed by", f"{measure.implementation} ({measure.licence}), version {measure.version}"),
        ("Source", f"{measure.source.text} {measure.source.link}".rstrip()),
    ]
    if measure.modules:
        missing = f"not installed: {', '.join(measure.absent)}; {measure.install}" if measure.absent else "installed"
        rows.append(("Libraries", f"{', '.join(measure.modules)} ({missing})"))
    for card in measure.weights:
        place = locate(card)
        rows.append(("Weights", f"{card.name}, {card.size}: {place or f'not here. {how_to_get(card)}'}"))
        rows.append(("Terms", card.licence))
        rows.append(("Trained on", card.training_data))
        rows.append(("SHA-256", card.sha256 or "unpinned"))
        rows += [("Address", url) for url in card.urls]
    typer.echo(measure.id)
    show_facts(rows)


def show_rows(rows: Sequence[Row], out: Path | None) -> None:
    """The numbers, and, of several pictures, what they come to; then the notes."""
    from rich.markup import escape

    from bonaface.cli.console import console
    from bonaface.jobs.measurements import ALL

    names = dict.fromkeys(row.name for row in rows)
    pictures = len([name for name in names if name != ALL])
    if len(rows) <= MOST_ROWS:
        _show_each(rows, many=len(names) > 1)
    if pictures > 1:
        _show_summary([row for row in rows if row.name != ALL], pictures)
    err = console(stderr=True)
    noted: dict[str, list[str]] = {}
    for row in rows:
        for note in row.notes:
            noted.setdefault(note, []).append(row.name)
    for note, those in noted.items():
        err.print(f"[yellow]Note:[/] {escape(note if len(names) == 1 else f'{_some(those)}: {note}')}", soft_wrap=True)
    if out is not None:
        typer.echo(f"{len(rows)} rows: {out}")


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _show_each(rows: Sequence[Row], *, many: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    from bonaface.cli.console import console

    table = Table(pad_edge=False, box=None, padding=(0, 2, 0, 0))
    if many:
        table.add_column("Name", overflow="fold")
    table.add_column("Measure", no_wrap=True)
    table.add_column("Value", justify="right", no_wrap=True)
    table.add_column("Unit", no_wrap=True)
    table.add_column("Status", overflow="fold")
    for row in rows:
        score = row.score
        status = f"{score.status}: {_short(score.why)}" if score.why else str(score.status)
        cells = (row.measure, value_text(score), score.unit, escape(status))
        table.add_row(*((escape(row.name), *cells) if many else cells))
    console().print(table)


def _show_summary(rows: Sequence[Row], pictures: int) -> None:
    from rich.table import Table

    from bonaface.cli.console import console
    from bonaface.jobs.measurements import summarise

    title = f"Over {pictures} pictures (means of the pictures' numbers; infinite ones left out and counted)"
    table = Table(title=title, title_justify="left", pad_edge=False, box=None, padding=(0, 2, 0, 0))
    for heading in ("Measure", "Mean", "Median", "n", "Infinite", "Without"):
        table.add_column(heading, justify="left" if heading == "Measure" else "right", no_wrap=True)
    for each in summarise(rows):
        mean, median = (("" if value is None else f"{value:.4f}") for value in (each.mean, each.median))
        unit = f"{each.measure} [{each.unit}]".replace(" []", "").replace("[", "\\[")
        table.add_row(unit, mean, median, str(each.count), str(each.infinite), str(each.missing))
    console().print(table)


def show_compared(rows: Sequence[Compared]) -> None:
    """Each measure by each implementation, with its difference from ours and what explains it."""
    for name in dict.fromkeys(row.measure for row in rows):
        same = [row for row in rows if row.measure == name]
        typer.echo(f"{name} [{same[0].score.unit}]".replace(" []", ""))
        for row in same:
            number = value_text(row.score) or str(row.score.status)
            apart = "" if row.difference is None else f"{row.difference:+.4f}"
            lines = [row.settings]
            if row.by != "Bonaface":
                lines.append(f"-> {row.score.why or row.why or 'the same convention'}")
            text = "\n".join(
                textwrap.fill(line, 118, initial_indent=" " * 8, subsequent_indent=" " * 8) for line in lines
            )
            typer.echo(f"  {row.by:<26}{number:>12}{apart:>12}\n{text}")


def value_text(score: Score) -> str:
    """A number for people."""
    if score.value is None:
        return ""
    if math.isinf(score.value):
        return "+inf" if score.value > 0 else "-inf"
    return f"{score.value:.4f}"


def _short(why: str, most: int = 160) -> str:
    return why if len(why) <= most else why[: most - 3] + "..."
