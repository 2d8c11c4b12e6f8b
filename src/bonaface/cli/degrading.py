"""`bonaface degrade`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bonaface.core.errors import InputError


def degrade(
    photo: Annotated[Path | None, typer.Argument(help="The photograph to damage.")] = None,
    recipe: Annotated[str | None, typer.Option(help="A recipe; see --list.")] = None,
    seed: Annotated[int, typer.Option(help="Of everything random in the recipe.", min=0)] = 0,
    out: Annotated[Path | None, typer.Option(help="The result, a PNG (default: PHOTO-RECIPE-seedN.png).")] = None,
    mask: Annotated[
        Path | None, typer.Option(help="Also write where the recipe covered the picture: a PNG, 255 = covered.")
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="Describe every recipe and stop.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
) -> None:
    """Damage a photograph in a known way.

    The same recipe and seed give the same picture.
    """
    if list_all:
        _list()
        return
    if photo is None or recipe is None:
        raise InputError("A photograph and --recipe are needed: bonaface degrade PHOTO --recipe NAME. See --list.")
    import numpy as np

    from bonaface.api import degrade as degrade_picture
    from bonaface.core.images import to_bytes
    from bonaface.degrade import RECIPES, stable_id
    from bonaface.io.atomic import check_free
    from bonaface.io.writing import write_picture

    target = out or photo.with_name(f"{photo.stem}-{recipe}-seed{seed}.png")
    chosen = RECIPES[recipe]
    for path in (target, mask):
        if path is not None and path.exists() and photo.exists() and path.samefile(photo):
            raise InputError(f"{path} is the photograph itself, which is never overwritten. Choose another name.")
        if path is not None and path.suffix.lower() != ".png":
            raise InputError(f"{path} is no PNG, and another format would damage the picture further. End it in .png.")
    for path in (target, mask):
        if path is not None:
            check_free(path, overwrite=overwrite)
    if mask is not None and mask.resolve() == target.resolve():
        raise InputError(f"The mask and the result have the same name, {target}. Give two.")
    damaged = degrade_picture(photo, recipe, seed)
    if mask is not None and damaged.occlusion is None:
        raise InputError(f"The recipe {recipe} covers nothing, so there is no mask to write. Leave --mask out.")
    write_picture(target, to_bytes(damaged.image), overwrite=overwrite)
    if mask is not None and damaged.occlusion is not None:
        grey = np.repeat(damaged.occlusion[..., None] * np.uint8(255), 3, axis=2)
        write_picture(mask, grey, overwrite=overwrite)
    height, width = damaged.image.shape[:2]
    code = stable_id(chosen.degradation)
    typer.echo(f"{target}: {width}x{height}, recipe {recipe} (id {code}), seed {seed}")


def _list() -> None:
    from rich.table import Table

    from bonaface.cli.console import console
    from bonaface.degrade import RECIPES, stable_id

    table = Table(pad_edge=False, box=None, show_header=True, padding=(0, 2, 1, 0))
    table.add_column("Recipe", no_wrap=True)
    table.add_column("What it does", overflow="fold")
    for recipe in RECIPES:
        random = "random" if recipe.random else "not random"
        about = f"{recipe.description}\n[dim]{recipe.source.text}; {random}; id {stable_id(recipe.degradation)}[/]"
        table.add_row(recipe.id, about)
    console().print(table)
