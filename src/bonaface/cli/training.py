"""`bonaface train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bonaface.core.errors import InputError

RIDGE = "ridge"
"""Solved in closed form: it has no loop, and needs no PyTorch."""
NEEDED = ("torch", "accelerate", "onnx", "onnxscript", "safetensors", "tensorboard")


def train(
    recipe: Annotated[str | None, typer.Argument(help="What to train; see --list.")] = None,
    data: Annotated[list[Path] | None, typer.Option(help="Faces: a Parquet file or a folder. May be repeated.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run (default: runs/RECIPE).")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")] = False,
    size: Annotated[str, typer.Option(help="A configuration of the recipe.")] = "compact",
    start_from: Annotated[
        list[str] | None,
        typer.Option(help="A trained network to start from: ROLE=FILE, or ROLE=NAME of a bundled one. Repeatable."),
    ] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", help="A value of the configuration: NAME=VALUE. May be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.", min=0)] = 0,
    precision: Annotated[str, typer.Option(help="no (float32), bf16 or fp16.")] = "no",
    workers: Annotated[int, typer.Option(help="Processes that decode pictures.", min=0)] = 2,
    cpu: Annotated[bool, typer.Option("--cpu", help="Stay on the CPU where there is a GPU.")] = False,
    stop_after: Annotated[
        int | None, typer.Option(help="Stop, with a checkpoint, after this many steps of this start.", min=1)
    ] = None,
    pairs: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            help="For `train ridge`: two folders of the same people, given and wanted expression.", metavar="A B"
        ),
    ] = None,
    to: Annotated[
        str | None, typer.Option(help="For `train ridge`: the expression of the second folder (default: its name).")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="For `train ridge`: replace --out.")] = False,
    list_all: Annotated[bool, typer.Option("--list", help="Describe every recipe and stop.")] = False,
) -> None:
    """Train a network on real faces. Needs `pip install 'bonaface[train]'`, except for `bonaface train ridge`.

    An expression layer: bonaface train ridge --pairs neutral/ smiling/ --out smile.onnx

    For several GPUs: accelerate launch -m bonaface train RECIPE ...
    """
    from bonaface.train.recipes import RECIPES, configured

    if list_all:
        _list()
        return
    if recipe is None:
        raise InputError("Name what to train: bonaface train RECIPE --data FACES. See --list.")
    changes = _pairs(change, "--set", "NAME=VALUE")
    if recipe == RIDGE:
        _ridge(pairs, out, to, changes, overwrite=overwrite)
        return
    if pairs is not None or to is not None or overwrite:
        raise InputError(f"--pairs, --to and --overwrite belong to `bonaface train ridge`; {recipe} takes --data.")
    chosen = RECIPES[recipe]
    if precision not in ("no", "bf16", "fp16"):
        raise InputError(f"--precision is {precision!r}; expected no, bf16 or fp16.")
    _require_extra()
    from bonaface.train.running import Request, run

    starts = {role: _start(file) for role, file in _pairs(start_from, "--start-from", "ROLE=FILE").items()}
    for role in starts:
        if role not in chosen.starts:
            known = ", ".join(chosen.starts) or "none"
            raise InputError(f"The recipe {recipe} starts from no {role!r}; its roles: {known}.")
    folder = out or Path("runs") / recipe
    config = configured(chosen, size, changes)
    asked = Request(config, tuple(data or ()), folder, starts, seed, precision, workers, cpu, resume, stop_after)
    for line in run(chosen, asked):
        typer.echo(line)


def _ridge(
    pairs: tuple[Path, Path] | None, out: Path | None, to: str | None, changes: dict[str, str], *, overwrite: bool
) -> None:
    from bonaface.train.recipes import changed
    from bonaface.train.ridge import RidgeConfig, known_name, train_ridge

    if pairs is None:
        raise InputError("Give two folders of the same people: bonaface train ridge --pairs neutral/ smiling/.")
    config = changed(RIDGE, RidgeConfig(), changes)
    target = known_name(to or pairs[1].resolve().name)
    file = out or Path("runs") / f"ridge-{target}.onnx"
    for line in train_ridge(*pairs, file, config, target=target, overwrite=overwrite):
        typer.echo(line)


def _pairs(given: list[str] | None, option: str, form: str) -> dict[str, str]:
    pairs = {}
    for text in given or ():
        name, sign, value = text.partition("=")
        if not sign or not name or not value:
            raise InputError(f"{option} {text} cannot be read; expected {form}.")
        pairs[name] = value
    return pairs


def _start(text: str) -> Path:
    """A file, or a network that comes with Bonaface, by its name."""
    from bonaface.graphs.bundled import BUNDLED
    from bonaface.io.weights import find_weights

    cards = {card.name.removesuffix(".onnx"): card for card in BUNDLED}
    if text in cards and not Path(text).exists():
        return find_weights(cards[text])
    return Path(text)


def _require_extra() -> None:
    from importlib.util import find_spec

    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(f"Training needs {', '.join(missing)}: pip install 'bonaface[train]'.")


def _list() -> None:
    from rich.table import Table

    from bonaface.cli.console import console
    from bonaface.train.recipes import RECIPES

    table = Table(pad_edge=False, box=None, show_header=True, padding=(0, 2, 1, 0))
    table.add_column("Recipe", no_wrap=True)
    table.add_column("What it trains", overflow="fold")
    for recipe in RECIPES:
        roles = "".join(f"\n[dim]--start-from {role}=FILE: {about}[/]" for role, about in recipe.starts.items())
        about = f"{recipe.description}\n[dim]--data: {recipe.data}[/]{roles}\n[dim]{recipe.source.text}[/]"
        table.add_row(recipe.id, about)
    console().print(table)
