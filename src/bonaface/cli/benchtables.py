"""The tables that `bonaface bench` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bonaface.cli.console import console

if TYPE_CHECKING:
    from rich.table import Table

    from bonaface.bench.results import Row
    from bonaface.study.numbers.intervals import Estimate

COLUMNS = {
    "psnr": ("PSNR dB", 1.0, 2),
    "ssim": ("SSIM", 1.0, 3),
    "nrmse": ("NRMSE %", 1.0, 2),
    "failed": ("failed %", 100.0, 1),
    "iou_parser": ("IoU parser", 1.0, 3),
    "iou_human": ("IoU human", 1.0, 3),
    "rate": ("rank-1 rate %", 100.0, 1),
    "accuracy": ("accuracy %", 100.0, 1),
    "balanced": ("balanced %", 100.0, 1),
}
"""By the name of a number: its heading, what it is multiplied by, its digits."""
WIDTH = 120
"""Characters of a line where the output is no terminal."""


def show_rows(title: str, rows: Sequence[Row]) -> None:
    """One table; nothing where there are no rows."""
    if not rows:
        return
    names = [name for name in COLUMNS if any(name in row.numbers for row in rows)]
    table = new_table(title, ("Mask", "Restorer", "Told"), ("n", *(COLUMNS[name][0] for name in names)))
    for row in rows:
        said = "" if row.told is None else "yes" if row.told else "no"
        cells = [value_text(row.numbers.get(name), COLUMNS[name], row.n) for name in names]
        table.add_row(row.mask, row.restorer, said, str(row.n), *cells)
    show(table)


def show_table_i() -> None:
    """S2's Table I for CelebA-HQ, with its Table V."""
    from bonaface.measure.protocols import pro_uigan as published

    table = new_table(
        "Pro-UIGAN's paper (S2), tables I and V, CelebA-HQ",
        ("Method", "Order"),
        ("square PSNR", "SSIM", "irregular PSNR", "SSIM", "NRMSE %", "IoU"),
    )
    aligned = {(row.method, row.order): row for row in published.TABLE_V}
    held = {(row.method, row.order, row.mask): row for row in published.TABLE_I}
    for method, order in dict.fromkeys([*((r.method, r.order) for r in published.TABLE_I), *aligned]):
        square, irregular = (held.get((method, order, mask)) for mask in ("square", "irregular"))
        both = aligned.get((method, order))
        table.add_row(
            method,
            order,
            *((f"{square.psnr:.2f}", f"{square.ssim:.3f}") if square else ("", "")),
            *((f"{irregular.psnr:.2f}", f"{irregular.ssim:.3f}") if irregular else ("", "")),
            *((f"{both.nrmse:.2f}", f"{both.iou:.3f}") if both else ("", "")),
        )
    show(table)
    show(f"{published.SOURCE}: {published.DATA}; {published.FIGURE_7}.")


def show_table_v() -> None:
    """S2's Table V for CelebA-HQ."""
    from bonaface.measure.protocols import pro_uigan as published

    table = new_table("S2's table V, CelebA-HQ (landmarks by FAN)", ("Method", "Order"), ("NRMSE %", "IoU"))
    for row in published.TABLE_V:
        table.add_row(row.method, row.order, f"{row.nrmse:.2f}", f"{row.iou:.4f}")
    show(table)


def show_table_vi() -> None:
    """S2's Table VI."""
    from bonaface.measure.protocols import pro_uigan as published

    table = new_table("S2's table VI, six expressions of Multi-PIE", ("Method", "Order"), ("accuracy %",))
    for row in published.TABLE_VI:
        table.add_row(row.method, row.order, f"{100 * row.accuracy:.2f}")
    show(table)


def show_conventions(conventions: dict[str, str], rows: Sequence[Row]) -> None:
    """What the numbers in the tables are, a line each."""
    used = {name for row in rows for name in row.numbers}
    for name, text in conventions.items():
        if name in used:
            show(f"{COLUMNS[name][0]}: {text}.")


def show_figure_14() -> None:
    """That S2 gives no recognition rates as numbers."""
    from bonaface.measure.protocols import pro_uigan as published

    show(f"Of S2's paper: {published.FIGURE_14}.")


PUBLISHED = {"alignment": show_table_v, "recognition": show_figure_14, "expression": show_table_vi}
"""By the name of a check: what shows S2's own figures."""


def new_table(title: str, left: Sequence[str], right: Sequence[str]) -> Table:
    """An empty table: columns of words, then columns of numbers."""
    from rich.table import Table

    table = Table(title=title, title_justify="left", pad_edge=False)
    for name in left:
        table.add_column(name, no_wrap=True)
    for name in right:
        table.add_column(name, justify="right")
    return table


def value_text(estimate: Estimate | None, column: tuple[str, float, int], n: int) -> str:
    """Value, half the width of the interval, and the number of faces where it is not the row's."""
    if estimate is None or estimate.value is None:
        return ""
    _, factor, digits = column
    text = f"{factor * estimate.value:.{digits}f}"
    low, high = estimate.low, estimate.high
    if low is not None and high is not None and high > low:
        if estimate.value in (low, high):  # a share that is 0 or 1 for everyone
            text += f" [{factor * low:.{digits}f}-{factor * high:.{digits}f}]"
        else:
            text += f" ±{factor * (high - low) / 2:.{digits}f}"
    return text + (f" (n={estimate.n})" if estimate.n != n else "")


def show(what: Table | str) -> None:
    """A table, or a paragraph."""
    from rich.markup import escape

    out = console()
    if not out.is_terminal:
        out.width = WIDTH
    out.print(escape(what) if isinstance(what, str) else what)
