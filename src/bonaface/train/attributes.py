"""The attribute reader: which of CelebA's 40 attributes a face has.

    bonaface train attributes --data celeba_train.parquet --out runs/attributes

Every attribute is learnt against its own frequency (logit adjustment), so that 0.5 is the balanced threshold of all 40.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW, Optimizer

from bonaface.core.images import Bytes8
from bonaface.faces.crops import resized
from bonaface.train.augment import change_tone, random_warp, spoil, warp_picture
from bonaface.train.faces import FaceData, merged, open_faces
from bonaface.train.nets.reader import FaceReader
from bonaface.train.sampling import Example, Examples
from bonaface.train.splits import held_back_identities
from bonaface.train.task import Backward, Batch, Losses, Phase

COLUMNS = ("attr_*", "identity")
SIDE = 128


@dataclass(frozen=True, slots=True)
class AttributeConfig:
    """Sizes and schedule. Learning rates are AdamW's highest."""

    width: int = 32
    steps: int = 2300
    batch: int = 64
    rate: float = 2e-3
    decay: float = 0.05
    smoothing: float = 0.02
    held_back: int = 20
    """One identity in so many is kept out of training."""
    fold: int = 0
    """Which of these parts is kept out: all of them in turn are a cross-validation."""


SIZES = {"compact": AttributeConfig(), "large": AttributeConfig(width=64, steps=20_000, batch=256)}


class AttributeTask:
    """See `bonaface.train.task.Task`."""

    averaged = "reader"

    def __init__(self, config: AttributeConfig, places: Sequence[Path | str] | FaceData, seed: int = 0) -> None:
        if isinstance(places, FaceData):  # noqa: SIM108 - the two lines say it better
            faces = places
        else:
            faces = merged([open_faces(place, COLUMNS) for place in places])
        self.config = config
        self.attributes = tuple(name.removeprefix("attr_") for name in faces.columns if name.startswith("attr_"))
        labels = np.stack([faces.columns[f"attr_{name}"] for name in self.attributes], 1)
        held = held_back_identities(faces.columns["identity"], config.held_back, config.fold)
        self.faces, self.held = faces.select(np.flatnonzero(~held)), faces.select(np.flatnonzero(held))
        self.labels, self.held_labels = labels[~held].astype(np.float32), labels[held]
        frequency = self.labels.mean(0).clip(1e-3, 1 - 1e-3)
        self.prior = torch.from_numpy(np.log(frequency / (1 - frequency)).astype(np.float32))
        torch.manual_seed(seed)
        self.networks: dict[str, nn.Module] = {"reader": FaceReader(len(self.attributes), config.width)}
        self.phases: Sequence[Phase] = (Phase("reader", config.steps, config.batch, warm_up=config.steps // 20),)
        self.examples = Examples(len(self.faces), self._example)

    def _example(self, index: int, rng: np.random.Generator) -> Example:
        image = self.faces.picture(index)
        return {"image": augmented(image, rng), "labels": self.labels[index]}

    def begin(self, phase: Phase) -> dict[str, Optimizer]:
        """See `Task`."""
        return {"reader": AdamW(self.networks["reader"].parameters(), self.config.rate, weight_decay=self.config.decay)}

    def update(self, batch: Batch, phase: Phase, optimisers: Mapping[str, Optimizer], backward: Backward) -> Losses:
        """See `Task`."""
        logits: Tensor = self.networks["reader"](batch["image"]).float()
        smooth = batch["labels"] * (1 - 2 * self.config.smoothing) + self.config.smoothing
        loss = functional.binary_cross_entropy_with_logits(logits + self.prior.to(logits.device), smooth)
        optimisers["reader"].zero_grad()
        backward(loss)
        optimisers["reader"].step()
        return {"loss": loss.detach()}

    def finish(self, network: nn.Module) -> None:
        """Balance the thresholds on held-back people and on every fifth face of the others: more of what is rare."""
        parts = [(self.faces.select(np.arange(0, len(self.faces), 5)), self.labels[::5] > 0.5)]
        parts += [(self.held, self.held_labels)] if len(self.held) else []
        logits = np.concatenate([read_logits(network, faces) for faces, _ in parts])
        if isinstance(network, FaceReader):
            balance(network, logits, np.concatenate([labels for _, labels in parts]))

    def samples(self, network: nn.Module) -> Bytes8 | None:
        """No pictures come out of a reader."""
        return None

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Mean balanced accuracy at 0 over the attributes, on held-back identities."""
        if not len(self.held):
            return {}
        logits = read_logits(network, self.held)
        values = balanced_accuracies(logits > 0, self.held_labels)
        return {"balanced accuracy": float(np.nanmean(values))}


@torch.no_grad()
def balance(network: FaceReader, logits: NDArray[np.float32], labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Move the last layer's bias so that 0 is the balanced threshold of every attribute.

    Each shift is the one at which a logistic loss that weighs present and absent alike is lowest; it is drawn towards 0
    as if 20 faces of each kind stood there, so that a rare attribute is not moved by a few.

    Args:
        network: its bias is changed in place.
        logits: (N, K) that it gave.
        labels: (N, K).

    Returns:
        (K,) the shifts.
    """
    shifts = np.zeros(logits.shape[1])
    for k, (values, present) in enumerate(zip(logits.T.astype(np.float64), labels.T, strict=True)):
        if not present.any() or present.all():
            continue
        weights = np.where(present, 0.5 / present.sum(), 0.5 / (~present).sum())
        prior = 20 / (20 + min(present.sum(), (~present).sum()))
        shift = 0.0
        for _ in range(50):  # Newton; the loss is convex in the shift
            chance = 1 / (1 + np.exp(-(values + shift)))
            slope = (weights * (chance - present)).sum() * (1 - prior) + prior * 0.05 * shift
            curve = (weights * chance * (1 - chance)).sum() * (1 - prior) + prior * 0.05
            shift -= np.clip(slope / curve, -1, 1)
        shifts[k] = shift
    last = network.head[-1]
    if isinstance(last, nn.Linear):
        last.bias.add_(torch.from_numpy(shifts.astype(np.float32)).to(last.bias.device))
    return shifts


def augmented(image: Bytes8, rng: np.random.Generator) -> NDArray[np.float32]:
    """A face as a reader sees it in training: (3, 128, 128) in [0, 1]."""
    matrix = random_warp(image.shape[1], SIDE, rng, turn=12, scale=(0.88, 1.15), shift=0.05)
    out = change_tone(warp_picture(image, matrix, SIDE), rng)
    if rng.random() < 0.5:
        out = out[:, ::-1]
    if rng.random() < 0.3:
        out = spoil(np.ascontiguousarray(out), rng)
    return to_network(out)


def to_network(image: Bytes8) -> NDArray[np.float32]:
    """(H, W, 3) uint8 -> (3, H, W) in [0, 1]."""
    return np.ascontiguousarray(image.transpose(2, 0, 1), np.float32) / np.float32(255)


def _at_128(image: Bytes8) -> NDArray[np.float32]:
    crop = resized(image.astype(np.float32) / np.float32(255), SIDE)
    return np.ascontiguousarray(crop.transpose(2, 0, 1))


@torch.no_grad()
def read_logits(network: nn.Module, faces: FaceData, batch: int = 128) -> NDArray[np.float32]:
    """(N, outputs) logits of square pictures, brought to 128 px: the mean of each and its mirror image."""
    device = next(network.parameters()).device
    found = []
    for start in range(0, len(faces), batch):
        stack = np.stack([_at_128(faces.picture(i)) for i in range(start, min(len(faces), start + batch))])
        images = torch.from_numpy(stack).to(device)
        found.append(((network(images) + network(images.flip(3))) / 2).float().cpu().numpy())
    return np.concatenate(found)


def balanced_accuracies(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(N, K), (N, K) -> (K,): mean of the shares of present and of absent ones read rightly; NaN where one is empty."""
    with np.errstate(invalid="ignore"):
        present = (said & true).sum(0) / true.sum(0)
        absent = (~said & ~true).sum(0) / (~true).sum(0)
    return np.asarray((present + absent) / 2, np.float64)
