"""`bonaface study report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bonaface.study.reported import Reported
    from bonaface.study.store import Store


def report(
    folder: Annotated[Path, typer.Argument(help="Of a study.", metavar="FOLDER")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the report (default: FOLDER-report, beside the study).")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older report in the folder.")] = False,
    pages: Annotated[int, typer.Option(help="Worst outputs that have an audit page of their own.", min=0)] = 12,
    redact: Annotated[
        bool, typer.Option("--redact", help="For sharing: leave out private metadata and folder names.")
    ] = False,
) -> None:
    """Write a page on a study: which features are hallucinated most, rankings, curves, kinds of faces, worst cases.

    The page works from disk, without a network. Everything behind it lies in assets/ beside it, and all of its tables
    in tables/, as CSV and Parquet. The study itself is not changed.
    """
    from bonaface.cli.console import console
    from bonaface.core.errors import InputError
    from bonaface.io.store import staged_folder
    from bonaface.report.study import write_study
    from bonaface.study.density import densities
    from bonaface.study.layout import layouts
    from bonaface.study.reported import reported
    from bonaface.study.store import Store
    from bonaface.study.worst import audits, worst

    store = Store.opened(folder)
    target = out or folder.with_name(folder.resolve().name + "-report")
    with staged_folder(target, overwrite) as place:
        found = reported(store)
        if not found.tables["pictures"]:
            raise InputError(f"{folder} is a study without any outputs yet. Run it first (`bonaface study run`).")
        chosen = worst(found.tables["pictures"], found.generative, pages)
        write_study(
            place,
            found,
            store.picture,
            audits(store, chosen, found.faces, redact=redact),
            densities(store, found.tables["pictures"], found.faces),
            layouts(store, found.tables["pictures"], found.faces),
            title=folder.resolve().name,
            source=str(folder),
            about=_about(store, found),
            redact=redact,
        )
    console().print(f"Report: {target / 'report.html'}", soft_wrap=True)


def _about(store: Store, found: Reported) -> list[tuple[str, str]]:
    """What was studied, and with what."""
    from bonaface.study.intervals import CONVENTION

    cells = store.rows("cells", ("restorer", "restorer_id", "weights", "engine", "versions", "framing", "side"))
    out = [
        ("Faces", f"{len(found.faces)}, of {found.people} people whose outputs are there"),
        ("Framing", ", ".join(sorted({_framing(row["framing"], row["side"]) for row in cells}))),
    ]
    for name in sorted({row["restorer"] for row in cells}):
        mine = [row for row in cells if row["restorer"] == name]
        weights = "; ".join(sorted({row["weights"] for row in mine} - {"{}"})) or "no weights"
        out.append((name, f"{weights}; {', '.join(sorted({row['engine'] for row in mine}))}"))
    out.append(("Versions", "; ".join(sorted({row["versions"] for row in cells}))))
    out.append(("Means and intervals", CONVENTION))
    return out


def _framing(framing: str, side: float | None) -> str:
    size = "as it is" if side is None else f"{side:.0f} px" if framing != "as-given" else f"{side:.0f} px at most"
    return f"{framing}, {size}"
