"""What `bonaface measure protocols` prints, and the printed rows of a paper beside one's own."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bonaface.jobs.measurements import Row
    from bonaface.measure.protocols import Protocol, Published

WIDTH = 118


def show_protocols() -> None:
    """A line for each protocol."""
    from rich.table import Table

    from bonaface.cli.console import console
    from bonaface.measure.protocols import PROTOCOLS

    table = Table(pad_edge=False, box=None, padding=(0, 2, 0, 0))
    table.add_column("Protocol", no_wrap=True)
    table.add_column("Size", no_wrap=True)
    table.add_column("Measures", overflow="fold")
    for protocol in PROTOCOLS:
        table.add_row(protocol.id, _size(protocol), ", ".join(protocol.measures))
    console().print(table)
    typer.echo("\nHow each measures, and what it printed: `bonaface measure protocols NAME`.")


def show_protocol(name: str) -> None:
    """Everything that a protocol fixes, its traps, and its printed rows.

    Raises:
        UnknownName: there is no such protocol.
    """
    from bonaface.cli.console import show_facts
    from bonaface.measure.protocols import PROTOCOLS

    protocol = PROTOCOLS[name]
    typer.echo(f"{protocol.id}: {protocol.title}")
    rows = [
        ("Source", f"{protocol.source.text} {protocol.source.link}".rstrip()),
        ("Measures", ", ".join(protocol.measures)),
        ("Pictures", f"{_size(protocol)}{', FFHQ-aligned crops' if protocol.aligned else ''}"),
        ("Inputs", protocol.inputs),
        ("Truth", protocol.truth),
        ("Reference", protocol.reference),
        ("Faces", f"{protocol.faces:,}" if protocol.faces else "not stated"),
        *(("Trap", trap) for trap in protocol.traps),
    ]
    show_facts(rows)
    typer.echo("\nPrinted:")
    _show_printed(protocol)


def show_beside(name: str, rows: Sequence[Row]) -> None:
    """One's own means, and under them the rows that the paper printed; then what keeps them from being compared."""
    from bonaface.jobs.measurements import summarise
    from bonaface.measure.protocols import PROTOCOLS, Published

    protocol = PROTOCOLS[name]
    means = {each.measure: each.mean for each in summarise(rows) if each.mean is not None}
    count = max((each.count for each in summarise(rows)), default=0)
    own = Published(f"Measured here, {count} pictures", means)
    if 0 < count < protocol.faces:
        own = Published(f"Measured here, {count} of {protocol.faces:,} pictures", means)
    typer.echo(f"\n{protocol.title}: {protocol.source.text}")
    _show_printed(protocol, own)
    typer.echo(f"Its inputs: {protocol.inputs}. Its FID compares with: {protocol.reference}.")
    for trap in protocol.traps:
        typer.echo(textwrap.fill(f"- {trap}", WIDTH, subsequent_indent="  "))


def _show_printed(protocol: Protocol, own: Published | None = None) -> None:
    """The printed rows, those with the same columns in one table; one's own row stands at the head of each."""
    from rich.table import Table

    from bonaface.cli.console import console

    mine = () if own is None else (own,)
    groups: dict[tuple[str, ...], list[Published]] = {}
    for row in protocol.rows:
        groups.setdefault((*row.values, *row.also), []).append(row)
    for columns, rows in groups.items():
        table = Table(pad_edge=False, box=None, padding=(0, 1, 0, 0))
        table.add_column("", overflow="fold", min_width=16)
        lines = [(row.who, [row.values.get(n, row.also.get(n)) for n in columns]) for row in (*mine, *rows)]
        for index, name in enumerate(columns):
            widest = max(len(_number(numbers[index])) for _, numbers in lines)  # headings give way, numbers do not
            heading = name if name in protocol.measures else f'"{name}"'
            table.add_column(heading, justify="right", overflow="fold", min_width=widest)
        for who, numbers in lines:
            table.add_row(who, *map(_number, numbers))
        console().print(table)
        typer.echo("")


def _number(value: float | None) -> str:
    """As it was printed, to six digits."""
    return "" if value is None else f"{value:.6g}"


def _size(protocol: Protocol) -> str:
    return "x".join(str(side) for side in protocol.size) if protocol.size else "any"
