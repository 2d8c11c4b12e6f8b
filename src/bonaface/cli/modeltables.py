"""What `bonaface models` prints of models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bonaface.api.models import EditorStatus, ModelStatus
    from bonaface.api.snapshots import FolderStatus
    from bonaface.api.weight_states import FileStatus
    from bonaface.restore import Restorer


def show_list(found: list[ModelStatus]) -> None:
    """A line for each model, and the licences below: they are too long for a column."""
    from rich.table import Table

    from bonaface.api.weight_states import State
    from bonaface.cli.console import console

    table = Table(pad_edge=False, box=None, padding=(0, 2, 0, 0))
    for heading in ("Model", "Files", "Size", "Pixels", "Invents", "Use"):
        table.add_column(heading, justify="right" if heading == "Size" else "left", no_wrap=True)
    licences: dict[str, list[str]] = {}
    for model in found:
        card = model.restorer
        licences.setdefault(card.licence, []).append(card.id)
        row = (card.id, str(model.state), _megabytes(model), _pixels(card))
        table.add_row(*row, "yes" if card.generative else "no", "any" if model.commercial else "limited")
    console().print(table)
    for file in (file for model in found for file in model.files if file.state is State.WRONG):
        typer.echo(f"Wrong: {file.why} Delete it, and fetch it again.")
    typer.echo("\nFiles were looked for, and not read: `bonaface models verify` reads those that are here.")
    typer.echo("\nLicences (`bonaface models show NAME` has the whole card):")
    for licence, names in licences.items():
        typer.echo(f"  {', '.join(names)}: {licence}")


def show_card(found: ModelStatus) -> None:
    """Everything that is known of a model, a line each."""
    from bonaface.api.models import training_data

    card = found.restorer
    rows = [
        ("Source", f"{card.source.text} {card.source.link}".rstrip()),
        ("Licence", card.licence),
        ("Trained on", training_data(card) or "nothing"),
        ("Reads", _size(card.input_size, "pictures of any size") + (", aligned faces" if card.crop else "")),
        ("Delivers", _size(card.output_size, "the size asked for")),
        ("Paints detail", "yes: what it adds is made up" if card.generative else "no"),
        ("Random", "yes: two runs may differ" if card.random else "no: the same input gives the same output"),
        ("Takes", ", ".join(card.takes) or "nothing besides the picture"),
        *(("Knob", f"{knob.name}: {knob.help}") for knob in card.knobs),
        *(("Limit", limit) for limit in card.limits),
        *(row for file in found.files for row in _file_rows(file, training_data(card))),
    ]
    typer.echo(card.id)
    for label, value in rows:
        typer.echo(f"  {label + ':':<15}{value}")


def show_editors(found: list[EditorStatus]) -> None:
    """A line for each editor, and the licences below."""
    from rich.table import Table

    from bonaface.api.weight_states import State
    from bonaface.cli.console import console

    table = Table(pad_edge=False, box=None, padding=(0, 2, 0, 0))
    for heading in ("Editor", "Files", "Size", "Pixels", "Needs", "Use"):
        table.add_column(heading, justify="right" if heading == "Size" else "left", no_wrap=True)
    licences: dict[str, list[str]] = {}
    faces: dict[str, list[str]] = {}
    for model in found:
        card = model.editor
        licences.setdefault(card.licence, []).append(card.id)
        size = "?" if model.megabytes is None else f"{model.megabytes:.0f} MB" if model.megabytes >= 1 else "under 1 MB"
        height, width = card.input_size
        pixels = str(width) if width == height else f"{width}x{height}"
        extra = f"bonaface[{card.extra}]" if card.extra else ""
        faces.setdefault(", ".join(card.targets) or "what its own weights were trained for", []).append(card.id)
        row = (card.id, str(model.state), size, pixels, extra)
        table.add_row(*(_plain(cell) for cell in row), "any" if model.free else "limited")
    console().print(table)
    for model in found:
        wrong = [file.why for file in model.files if file.state is State.WRONG]
        wrong += [model.folder.why] if model.folder and model.folder.state is State.WRONG else []
        for why in wrong:
            typer.echo(f"Wrong: {why}")
    typer.echo("\nFaces that they make:")
    for made, names in faces.items():
        typer.echo(f"  {', '.join(names)}: {made}")
    typer.echo("\nLicences:")
    for licence, names in licences.items():
        typer.echo(f"  {', '.join(names)}: {licence}")


def show_editor(found: EditorStatus) -> None:
    """Everything that is known of an editor, a line each."""
    from bonaface.api.models import training_data

    card = found.editor
    region = "needs to be told" if card.needs_region else "can be told" if card.takes_region else "cannot be told"
    rows = [
        ("Source", f"{card.source.text} {card.source.link}".rstrip()),
        ("Licence", card.licence),
        ("Trained on", training_data(card) or "nothing"),
        ("Makes faces", ", ".join(card.targets) or "by its own weights only"),
        ("Reads", _size(card.input_size, "") + ", aligned faces"),
        ("Random", "yes: the seed decides" if card.random else "no: the same input gives the same output"),
        ("Region", f"{region} where the picture may change"),
        *([("Needs", f"pip install 'bonaface[{card.extra}]'")] if card.extra else []),
        *(("Knob", f"{knob.name}: {knob.help}") for knob in card.knobs),
        *(("Limit", limit) for limit in card.limits),
        *(row for file in found.files for row in _file_rows(file, training_data(card))),
        *(_folder_rows(found.folder) if found.folder else []),
    ]
    typer.echo(card.id)
    for label, value in rows:
        typer.echo(f"  {label + ':':<15}{value}")


def _folder_rows(folder: FolderStatus) -> list[tuple[str, str]]:
    card = folder.card
    where = f", {folder.path}" if folder.path else ""
    kind = f", {card.variant}" if card.variant else ""
    rows = [
        ("Model", f"{card.repository} on the Hugging Face hub, commit {card.revision}{kind}"),
        ("Folder", f"{card.megabytes:.0f} MB: {folder.state}{where}"),
    ]
    if folder.why:
        rows.append(("Note" if folder.path else "Looked for at", folder.why))
    if folder.sha256:
        rows.append(("SHA-256", f"{folder.sha256} of the list of its files"))
    rows += [("Pinned", f"{name}: {sha256}") for name, sha256 in card.sha256]
    terms = f"{card.licence}, not for {card.restrictions}" if card.restrictions else card.licence
    return [*rows, ("Terms", terms)]


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _size(size: tuple[int, int] | None, otherwise: str) -> str:
    return f"{size[1]}x{size[0]}" if size else otherwise


def _pixels(card: Restorer) -> str:
    """What it reads, and what it makes of it."""
    if card.input_size is None or card.output_size is None:
        return "any"
    read, made = (f"{w}x{h}" if h != w else str(w) for h, w in (card.input_size, card.output_size))
    return f"{read} to {made}"


def _megabytes(model: ModelStatus) -> str:
    size = model.megabytes
    return "?" if size is None else f"{size:.0f} MB" if size else ""


def _file_rows(file: FileStatus, said: str) -> list[tuple[str, str]]:
    card = file.card
    rows = [("File", f"{card.name}, {card.size}: {file.state}{f', {file.path}' if file.path else ''}")]
    if file.why:
        rows.append(("Note" if file.path else "Looked for at", file.why))
    if card.pinned:
        rows.append(("SHA-256", card.sha256))
    elif file.sha256:
        rows.append(("SHA-256", f"{file.sha256} (as recorded on this machine; its card is unpinned)"))
    else:
        rows.append(("SHA-256", "unpinned: the first fetch or `verify` records it"))
    rows.append(("Terms", card.licence))
    if card.training_data != said:
        rows.append(("Trained on", card.training_data))
    return rows + [("Address", url) for url in card.urls]
