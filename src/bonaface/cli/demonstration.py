"""`bonaface demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FOLDER = Path("bonaface-demo")


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = FOLDER,
    recipe: Annotated[str, typer.Option(help="The damage; see bonaface degrade --list.")] = "study-x4",
    seed: Annotated[int, typer.Option(help="Of the damage.", min=0)] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older report in the folder.")] = False,
) -> None:
    """Damage, restore and audit a real photograph.

    It is restored with everything that needs no download, and each result is audited. The photograph is
    scikit-image's astronaut (Eileen Collins, NASA, public domain). An older folder that this command wrote is replaced
    only with --overwrite.
    """
    from bonaface.cli.console import console, text
    from bonaface.io.store import staged_folder
    from bonaface.jobs.demonstration import run_demo
    from bonaface.report import summarise, write_audit, write_comparison

    show = console()
    with staged_folder(out, overwrite) as place:
        compared, rows = [], []
        for name, ledger in run_demo(place / "pictures", recipe, seed):
            target = place / name
            target.mkdir()
            write_audit(target, ledger, title=f"demo: {name}")
            compared.append(summarise(name, name, ledger))
            rows.append((name, ledger))
        title = f"Demo: astronaut, damaged by {recipe}"
        write_comparison(place, compared, title=title)
    from rich.table import Table

    table = Table(title=title, title_justify="left", pad_edge=False)
    for column in ("Restorer", "PSNR", "SSIM", "Identity angle", "Worst finding"):
        table.add_column(column, overflow="fold")
    for name, ledger in rows:
        identity = next(f for f in ledger.findings if f.aspect == "identity")
        worst = ledger.worst(1)
        table.add_row(
            name,
            text(ledger.measures["psnr"]),
            text(ledger.measures["ssim"], 3),
            text(identity.score, 1),
            worst[0].sentence if worst else "nothing above its noise floor",
        )
    show.print(table)
    show.print(f"Report: {out / 'report.html'}", soft_wrap=True)
