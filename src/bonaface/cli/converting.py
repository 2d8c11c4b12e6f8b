"""`bonaface models convert`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bonaface.core.errors import InputError

NEEDED = ("torch", "torchvision", "spandrel", "onnxscript")


def convert(
    file: Annotated[Path, typer.Argument(help="A checkpoint of the official release (.pth).", metavar="FILE.pth")],
    model: Annotated[str, typer.Option("--as", help="The model that it holds, as gfpgan-1.4.")],
    out: Annotated[Path, typer.Option(help="The graph to write (.onnx).")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a graph that is there.")] = False,
) -> None:
    """Turn a checkpoint into an ONNX graph, and compare it with PyTorch. Needs `pip install 'bonaface[convert]'`.

    Only weights are read: nothing in the file is run. GFPGAN's noise is fixed, so that results can be repeated, and
    CodeFormer's w becomes an input.
    """
    from bonaface.restore import RESTORERS

    card = RESTORERS[model]
    _require_extra(model)
    from bonaface.train.convert import TOLERANCE
    from bonaface.train.convert import convert as run

    made = run(file, card.id, out, overwrite=overwrite)
    size = f"{made.path}: {made.megabytes:.0f} MB."
    typer.echo(f"{size} It differs from PyTorch by {made.difference:.1e} at most; allowed are {TOLERANCE:g}.")
    typer.echo(f"Look at what it does: bonaface models probe {card.id} --file {made.path}")
    typer.echo(f"Use it: bonaface restore PHOTOS --model {card.id} --weights {made.path} --out RESTORED")


def _require_extra(model: str) -> None:
    from importlib.util import find_spec

    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(f"Converting needs {', '.join(missing)}: pip install 'bonaface[convert]'.")
    if model == "codeformer" and find_spec("spandrel_extra_arches") is None:
        raise InputError(
            "CodeFormer's network is in spandrel_extra_arches, under the S-Lab License 1.0 (non-commercial use only): "
            "pip install spandrel_extra_arches."
        )
