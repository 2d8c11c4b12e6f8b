"""`bonaface models probe`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bonaface.api.probing import Effect, Probe

_NAMES = {"input": "another input", "run": "the same again", "seed": "another seed"}


def probe(
    name: Annotated[str, typer.Argument(help="A model.", metavar="NAME")],
    file: Annotated[
        Path | None, typer.Option(help="A graph to probe in place of the model's file, such as a converted one.")
    ] = None,
    engine: Annotated[str | None, typer.Option(help="onnxruntime, openvino or auto.")] = None,
    device: Annotated[str | None, typer.Option(help="What computes: cpu, cuda and so on.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Run a model on a face and its mirror image, and say what changes its output.

    Two inputs, two runs, two seeds and two settings of each numeric knob; and whether the output is the input, black,
    or one colour.
    """
    import json

    from bonaface.api.probing import probe as run
    from bonaface.cli.console import show_terms
    from bonaface.restore import RESTORERS

    show_terms(RESTORERS[name].weights)
    asked: dict[str, Any] = {"engine": engine, "device": device}
    found = run(name, file=file, **{knob: value for knob, value in asked.items() if value is not None})
    if as_json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=2, allow_nan=False))
        return
    _show(found)


def _show(found: Probe) -> None:
    from rich.table import Table

    from bonaface.cli.console import console

    by = f" by {found.engine}" if found.engine else ""
    typer.echo(f"{found.restorer}: {found.seconds:.2f} s a face{by}")
    table = Table(pad_edge=False, box=None, padding=(0, 2, 0, 0))
    for title in ("Changed", "Changes the output?", "Most", "Mean (levels of 255)"):
        table.add_column(title, justify="left" if title[0] == "C" else "right")
    for effect in found.effects:
        table.add_row(_named(effect), "yes" if effect.changes else "no", f"{effect.most:.2f}", f"{effect.mean:.3f}")
    console().print(table)
    for sentence in found.sentences:
        typer.echo(sentence)


def _named(effect: Effect) -> str:
    return _NAMES.get(effect.of, effect.of)
