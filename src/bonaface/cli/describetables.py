"""What `bonaface compare-descriptions` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bonaface.jobs.description_tables import Tables

SHOWN = 12
"""Adjectives of each kind that are shown."""


def show_tables(tables: Tables) -> None:
    """Mean cosines by restorer and resolution, and the most frequent adjectives."""
    _show_means(tables)
    _show_words(tables)


def _show_means(tables: Tables) -> None:
    from rich.markup import escape
    from rich.table import Table

    from bonaface.cli.console import console, text

    out = console()
    sizes = sorted({cell.resolution for cell in tables.cells}, key=lambda size: (size is None, size or 0))
    table = Table(title="Mean cosine, output against photograph", title_justify="left", pad_edge=False)
    table.add_column("Restorer")
    for size in sizes:
        table.add_column("Input" if size is None else f"{size} px", justify="right")
    table.add_column("Same photograph", justify="right")
    table.add_column("Below floor", justify="right")
    for restorer in dict.fromkeys(cell.restorer for cell in tables.cells):
        cells = {cell.resolution: cell for cell in tables.cells if cell.restorer == restorer}
        pictures, below = (sum(getattr(cell, name) for cell in cells.values()) for name in ("pictures", "below"))
        usual = next((cell.usual for cell in cells.values() if cell.usual.value is not None), None)
        values = [text(cells[size].cosine, 3) if size in cells else "" for size in sizes]
        table.add_row(
            escape(restorer), *values, text(usual, 3) if usual else "n/a", f"{below} of {pictures}" if usual else "n/a"
        )
    out.print(table)
    whys = {cell.cosine.why for cell in tables.cells if cell.cosine.value is None}
    for why in sorted(whys):
        out.print(f"[yellow]Note:[/] {escape(why)}")


def _show_words(tables: Tables) -> None:
    from rich.markup import escape
    from rich.table import Table

    from bonaface.cli.console import console

    out = console()
    words = Table(title="Most frequent adjectives", title_justify="left", pad_edge=False)
    for name in ("Added", "Removed"):
        words.add_column(name)
        words.add_column("Pairs", justify="right")
    for place in range(min(SHOWN, max(len(tables.added), len(tables.removed)))):
        row: list[str] = []
        for counted in (tables.added, tables.removed):
            row += [escape(counted[place][0]), str(counted[place][1])] if place < len(counted) else ["", ""]
        words.add_row(*row)
    out.print(words)
    out.print(
        f"Of {len(tables.pairs)} {'pair' if len(tables.pairs) == 1 else 'pairs'}; found by {escape(tables.words_by)}."
    )
