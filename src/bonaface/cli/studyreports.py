"""`bonaface study report`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bonaface.cli.studying import Folder

if TYPE_CHECKING:
    from bonaface.study.engine.store import Store
    from bonaface.study.results.reported import Reported


def report(
    folder: Folder,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the report (default: FOLDER-report, beside the study, or here)."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an older report in the folder.")] = False,
    layout: Annotated[
        str, typer.Option(help="How embeddings of faces are laid out in a plane: umap, tsne or both.")
    ] = "umap",
    pages: Annotated[int, typer.Option(help="Worst outputs that have an audit page of their own.", min=0)] = 12,
    redact: Annotated[
        bool, typer.Option("--redact", help="For sharing: leave out private metadata and folder names.")
    ] = False,
) -> None:
    """Write a page on a study: which features are hallucinated most, rankings, curves, kinds of faces, worst cases.

    The page works from disk, without a network. Everything behind it lies in assets/ beside it, and all of its tables
    in tables/, as CSV and Parquet. The study itself is not changed. What `study downstream` and `study describe` found
    is shown, too.
    """
    from bonaface.cli.console import console
    from bonaface.core.errors import InputError
    from bonaface.io.remote import is_address
    from bonaface.io.store import staged_folder
    from bonaface.report.study import write_study
    from bonaface.study.costs.tables import kept
    from bonaface.study.described.tables import kept as kept_descriptions
    from bonaface.study.engine.store import Store
    from bonaface.study.results.density import densities
    from bonaface.study.results.layout import BOTH, TSNE, UMAP, layouts
    from bonaface.study.results.reported import reported
    from bonaface.study.results.worst import audits, worst

    if layout not in (UMAP, TSNE, BOTH):
        raise InputError(f"--layout is {layout!r}; expected {UMAP}, {TSNE} or {BOTH}.")
    if out is not None:
        is_address(out)  # a report is written to a folder
    store = Store.opened(folder)
    beside = store.folder.resolve() if store.folder.name in ("", "..") else store.folder
    name = f"{store.name}-report"
    target = out or (beside.with_name(name) if store.mirror is None else Path(name))
    with staged_folder(target, overwrite) as place:
        store.gather_all()
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
            layouts(store, found.tables["pictures"], found.faces, layout),
            kept(store),
            kept_descriptions(store),
            title=store.name,
            source=store.place,
            about=_about(store, found),
            redact=redact,
        )
    console().print(f"Report: {target / 'report.html'}", soft_wrap=True)


def _about(store: Store, found: Reported) -> list[tuple[str, str]]:
    """What was studied, and with what."""
    from bonaface.study.numbers.intervals import CONVENTION

    cells = store.rows("cells", ("restorer", "restorer_id", "weights", "engine", "versions", "framing", "side"))
    out = [
        ("Faces", f"{len(found.faces)}, of {found.people} people whose outputs are there"),
        ("Framing", ", ".join(sorted({_framing(row["framing"], row["side"]) for row in cells}))),
    ]
    for name in sorted({row["restorer"] for row in cells}):
        mine = [row for row in cells if row["restorer"] == name]
        weights = sorted({f"{file}, SHA-256 {sha}" for row in mine for file, sha in json.loads(row["weights"]).items()})
        engines = sorted({row["engine"] for row in mine} - {"none"})
        out.append((name, "; ".join([*weights, *(f"on {engine}" for engine in engines)]) or "no weights"))
    versions = {pair for row in cells for pair in json.loads(row["versions"]).items()}
    out.append(("Versions", ", ".join(f"{library} {version}" for library, version in sorted(versions))))
    out.append(("Means and intervals", CONVENTION))
    return out


def _framing(framing: str, side: float | None) -> str:
    size = "as it is" if side is None else f"{side:.0f} px" if framing != "as-given" else f"{side:.0f} px at most"
    return f"{framing}, {size}"
