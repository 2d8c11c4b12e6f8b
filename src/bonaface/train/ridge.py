"""Training of expression layers: closed forms, no gradients, no PyTorch.

bonaface train ridge --pairs london/neutral london/smiling --out runs/ridge-happy.onnx
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bonaface.core.errors import InputError, UnknownName
from bonaface.core.expressions import expression_named
from bonaface.edit.layer import Layer, SparseLayer
from bonaface.edit.layer_graph import LayerFacts, layer_graph
from bonaface.edit.regression import fit_bytes
from bonaface.edit.sparse import fit_sparse
from bonaface.measure.fidelity import psnr
from bonaface.train.pairs import Pairs, open_pairs
from bonaface.train.recolour import recoloured_pairs
from bonaface.train.splits import held_back_names

NAMED_SKIPPED = 10


@dataclass(frozen=True, slots=True)
class RidgeConfig:
    """What an expression layer is.

    Attributes:
        side: of the faces, in pixels.
        field: side of the neighbourhood, odd; 1 is pixel-based regression.
        penalty: on the weights. It stands beside sums over all pairs and their copies: of more it weighs less.
        copies: recoloured copies of each pair (S4: ten).
        seed: of the colours.
        chosen: pixels that each output pixel chooses (`edit.sparse`); 0: its whole neighbourhood.
        window: how far away chosen pixels may lie.
        held_back: one person in so many, by the name, is kept out; 0: none.
    """

    side: int = 256
    field: int = 3
    penalty: float = 4.0
    copies: int = 10
    seed: int = 0
    chosen: int = 0
    window: int = 10
    held_back: int = 0


def train_ridge(
    inputs: Path,
    targets: Path,
    out: Path,
    config: RidgeConfig,
    *,
    target: str = "",
    source: str = "",
    overwrite: bool = False,
) -> Iterator[str]:
    """Learn an expression layer from two folders of the same people, and say what happened, line by line.

    Args:
        inputs: folder of the faces that are given.
        targets: folder of the faces to make, under the same names.
        out: the .onnx file to write.
        config: sizes and penalty.
        target: the expression of `targets`; empty: its folder's name.
        source: the expression of `inputs`; empty: its folder's name.
        overwrite: replace what is there.

    Raises:
        InputError: see `open_pairs` and `Moments.solve`; or something is there already.
    """
    from bonaface.io.atomic import check_free, write_bytes

    check_free(out, overwrite=overwrite)
    to, start = (known_name(word or folder.name) for word, folder in ((target, targets), (source, inputs)))
    pairs = open_pairs(inputs, targets, config.side)
    yield from _about(pairs)
    held = held_back_names(pairs.names, config.held_back)
    learnt, kept = pairs.select(np.flatnonzero(~held)), pairs.select(np.flatnonzero(held))
    if not len(learnt):
        raise InputError(f"All of {len(pairs)} pairs are held back; expected some to learn from. Lower held_back.")
    layer = fit_pairs(learnt, config)
    about = {"pairs": str(len(learnt)), "field": str(config.field), "penalty": f"{config.penalty:g}"}
    about |= {"copies": str(config.copies), "chosen": str(config.chosen), "held-back": str(len(kept))}
    data = layer_graph(layer, LayerFacts(to, start, config.side, about))
    write_bytes(out, data, overwrite=overwrite)
    yield f"From {start} to {to}, learnt from {len(learnt)} pairs: {out} ({len(data) / 1e6:.1f} MB)."
    if len(kept):
        before, after = (np.mean([psnr(each, real) for each, real in both]) for both in _held(layer, kept))
        yield f"{len(kept)} held-back people: {after:.2f} dB from their real pictures; {before:.2f} dB unchanged."
    yield f"Use it: bonaface edit PHOTO --to {to} --with ridge --weights {out}"


def known_name(word: str) -> str:
    """An expression's id where it is known, else the word itself, in lower case."""
    try:
        return expression_named(word).id
    except UnknownName:
        return word.strip().lower()


def fit_pairs(pairs: Pairs, config: RidgeConfig) -> Layer | SparseLayer:
    """The layer of aligned pairs and their recoloured copies."""
    rng = np.random.default_rng([config.seed, 21])
    inputs, targets = recoloured_pairs(pairs.inputs, pairs.targets, pairs.inputs, config.copies, rng)
    if config.chosen:
        first, second = inputs / np.float32(255), targets / np.float32(255)
        return fit_sparse(first, second, count=config.chosen, window=config.window, penalty=config.penalty)
    return fit_bytes(inputs, targets, config.field, config.penalty)


def _about(pairs: Pairs) -> Iterator[str]:
    yield f"{len(pairs)} pairs of {pairs.inputs.shape[1]} px."
    if pairs.skipped:
        yield f"{len(pairs.skipped)} pictures or pairs are not used:"
        for one in pairs.skipped[:NAMED_SKIPPED]:
            yield f"  {one.name}: {one.why}"
        if len(pairs.skipped) > NAMED_SKIPPED:
            yield f"  and {len(pairs.skipped) - NAMED_SKIPPED} more"


def _held(layer: Layer | SparseLayer, kept: Pairs) -> tuple[list[tuple[np.ndarray, np.ndarray]], ...]:
    inputs, real = (each / np.float32(255) for each in (kept.inputs, kept.targets))
    return list(zip(inputs, real, strict=True)), [(layer(one), other) for one, other in zip(inputs, real, strict=True)]
