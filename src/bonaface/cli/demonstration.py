"""`bonaface demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FOLDER = Path("bonaface-demo")
ABOUT = (
    "The face of scikit-image's astronaut at 128 px, reduced to 16 px and brought back. So few pixels hold next to "
    "nothing of a face's detail: what looks sharp in a result was painted by a model that has seen other faces."
)
RECIPE = "The face of scikit-image's astronaut at 128 px, damaged by the recipe {} and restored."


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = FOLDER,
    recipe: Annotated[
        str | None,
        typer.Option(help="The damage, of bonaface degrade --list (default: the face is reduced to 16 px)."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the damage.", min=0)] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older report in the folder.")] = False,
) -> None:
    """Damage, restore and audit a real photograph.

    The face is reduced to 16 px and brought back to 128 px, by bicubic interpolation and by the bundled Pro-UIGAN (only
    where a recipe gives 16 px), and each result is audited: the report shows what each made up. The photograph is
    scikit-image's astronaut (Eileen Collins, NASA, public domain). An older folder that this command wrote is replaced
    only with --overwrite.
    """
    from bonaface.cli.console import console, show_terms, text
    from bonaface.graphs.bundled import LANDMARKS_16, PRO_UIGAN_COMPACT
    from bonaface.io.store import staged_folder
    from bonaface.jobs.demonstration import run_demo
    from bonaface.report import summarise, write_audit, write_comparison
    from bonaface.report.compared import detail_of_the_face

    show = console()
    show_terms((PRO_UIGAN_COMPACT, LANDMARKS_16))
    with staged_folder(out, overwrite) as place:
        compared, rows = [], []
        for name, ledger in run_demo(place / "pictures", recipe, seed):
            target = place / name
            target.mkdir()
            write_audit(target, ledger, title=f"demo: {name}")
            compared.append(summarise(name, name, ledger))
            rows.append((ledger, detail_of_the_face(compared[-1]).get("fine", (None, None))))
        title = f"Demo: astronaut, damaged by {recipe}" if recipe else "Demo: astronaut, from 16 px to 128 px"
        write_comparison(place, compared, title=title, about=RECIPE.format(recipe) if recipe else ABOUT)
    from rich.table import Table

    table = Table(title=title, title_justify="left", pad_edge=False)
    table.add_column("Restorer", overflow="fold")
    for column in ("PSNR", "SSIM", "Invented", "Missing", "Identity angle"):
        table.add_column(column, justify="right")
    for entry, (ledger, fine) in zip(compared, rows, strict=True):
        identity = next(f for f in ledger.findings if f.aspect == "identity")
        table.add_row(
            entry.name,
            text(ledger.measures["psnr"]),
            text(ledger.measures["ssim"], 3),
            *("n/a" if value is None else f"{value:.0%}" for value in fine),
            text(identity.score, 1),
        )
    show.print(table)
    show.print("Invented, Missing: fine detail of the whole face, as shares of the real photograph's.")
    show.print(f"Report: {out / 'report.html'}", soft_wrap=True)
