"""The face parser: which of 19 parts every pixel of a face belongs to.

bonaface train parser --data celebamask --start-from runs/attributes/reader.safetensors --out runs/parser
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW, Optimizer

from bonaface.core.errors import InputError
from bonaface.core.images import Bytes8
from bonaface.faces.align import compose, rescaling
from bonaface.faces.parse import MIRRORED_CLASSES
from bonaface.train.attributes import to_network
from bonaface.train.augment import change_tone, random_warp, spoil, warp_picture
from bonaface.train.faces import FaceData, Skipped, open_faces
from bonaface.train.grids import FACES, parsed
from bonaface.train.nets.parser import CLASSES, FaceParser
from bonaface.train.sampling import Example, Examples
from bonaface.train.splits import held_back_names
from bonaface.train.starts import fill, settle
from bonaface.train.task import Backward, Batch, Losses, Phase

SIDE = 256
RARE = (3, 14, 16)
"""Glasses, hat, necklace: about fifty pictures each, drawn three times as often."""


@dataclass(frozen=True, slots=True)
class ParserConfig:
    """Sizes and schedule."""

    width: int = 32
    decoder: tuple[int, int, int] = (96, 48, 24)
    steps: int = 2000
    batch: int = 16
    rate: float = 2e-3
    encoder_rate: float = 7e-4
    decay: float = 0.02
    held_back: int = 10
    """One picture in so many is kept out of training."""


SIZES = {"compact": ParserConfig()}


@dataclass(frozen=True, slots=True)
class Labelled:
    """Faces with their masks.

    Attributes:
        faces: the pictures.
        masks: (H, W) uint8 class indices, one a picture.
    """

    faces: FaceData
    masks: tuple[Bytes8, ...]

    def select(self, indices: NDArray[np.integer]) -> Labelled:
        """Some of them, in the order given."""
        return Labelled(self.faces.select(indices), tuple(self.masks[i] for i in indices))


def open_labelled(place: Path | str) -> Labelled:
    """Read a folder with `images` and `masks`, paired by name.

    Raises:
        InputError: no such folders, or no pair in them.
    """
    place = Path(place)
    if not (place / "images").is_dir() or not (place / "masks").is_dir():
        raise InputError(
            f"{place} has no folders `images` and `masks`; expected the layout of celebamask. Check --data."
        )
    faces = open_faces(place / "images")
    kept, masks, skipped = [], [], list(faces.skipped)
    for number, name in enumerate(faces.names):
        file = (place / "masks" / name).with_suffix(".png")
        mask = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) if file.is_file() else None
        if mask is None or int(mask.max()) >= CLASSES:
            skipped.append(Skipped(name, f"no mask of classes under {CLASSES} in {file.name}"))
            continue
        kept.append(number)
        masks.append(np.asarray(mask, np.uint8))
    if not kept:
        raise InputError(f"{place} holds no picture with a mask of the same name. Check --data.")
    chosen = faces.select(kept)
    return Labelled(FaceData(chosen.names, chosen.encoded, chosen.columns, tuple(skipped)), tuple(masks))


class ParserTask:
    """See `bonaface.train.task.Task`."""

    averaged = "parser"

    def __init__(
        self,
        config: ParserConfig,
        place: Path | str | Labelled,
        seed: int = 0,
        reader: Path | None = None,
        parser: Path | None = None,
    ) -> None:
        """`reader`: for the encoder; `parser`: to train on instead."""
        data = place if isinstance(place, Labelled) else open_labelled(place)
        self.config = config
        held = held_back_names(data.faces.names, config.held_back)
        self.data, self.held = data.select(np.flatnonzero(~held)), data.select(np.flatnonzero(held))
        torch.manual_seed(seed)
        network = FaceParser(config.width, config.decoder)
        if parser is not None:
            fill(network, parser)
        elif reader is not None:
            fill(network.encoder, reader)
        self.networks: dict[str, nn.Module] = {"parser": network}
        self.phases: Sequence[Phase] = (Phase("parser", config.steps, config.batch, warm_up=config.steps // 20),)
        weights = np.array([3.0 if np.isin(RARE, mask).any() else 1.0 for mask in self.data.masks])
        self.examples = Examples(len(self.data.faces), self._example, weights)
        if parser is not None:
            settle(network, network, parser, self.examples, seed)
        elif reader is not None:
            settle(network, network.encoder, reader, self.examples, seed)
        counts = np.sum([np.bincount(mask.ravel(), minlength=CLASSES) for mask in self.data.masks], axis=0)
        share = counts / counts.sum()
        self.weight = torch.from_numpy(np.clip((share.max() / share.clip(1e-6)) ** 0.25, 1, 6).astype(np.float32))

    def _example(self, index: int, rng: np.random.Generator) -> Example:
        image, mask = self.data.faces.picture(index), self.data.masks[index]
        matrix = random_warp(image.shape[0], SIDE, rng, turn=20, scale=(0.8, 1.3), shift=0.06)
        on_mask = matrix_for(mask, image, matrix)
        image = change_tone(warp_picture(image, matrix, SIDE), rng, strength=1.3)
        mask = warp_picture(mask, on_mask, SIDE, nearest=True)
        if rng.random() < 0.5:
            image, mask = np.ascontiguousarray(image[:, ::-1]), mirrored(mask)
        if rng.random() < 0.3:
            image = spoil(image, rng)
        return {"image": to_network(image), "mask": mask}

    def begin(self, phase: Phase) -> dict[str, Optimizer]:
        """See `Task`."""
        network = self.networks["parser"]
        encoder = [value for name, value in network.named_parameters() if "encoder." in name]
        decoder = [value for name, value in network.named_parameters() if "encoder." not in name]
        groups = [{"params": encoder, "lr": self.config.encoder_rate}, {"params": decoder, "lr": self.config.rate}]
        return {"parser": AdamW(groups, weight_decay=self.config.decay)}

    def update(self, batch: Batch, phase: Phase, optimisers: Mapping[str, Optimizer], backward: Backward) -> Losses:
        """See `Task`."""
        logits = self.networks["parser"](batch["image"]).float()
        mask = batch["mask"][:, ::2, ::2].long()
        crossed = functional.cross_entropy(logits, mask, self.weight.to(logits.device))
        dice = dice_loss(logits, mask)
        optimisers["parser"].zero_grad()
        backward(crossed + dice)
        optimisers["parser"].step()
        return {"cross entropy": crossed.detach(), "dice": dice.detach()}

    @torch.no_grad()
    def samples(self, network: nn.Module) -> Bytes8 | None:
        """Held-back faces: picture, mask, and what the network finds."""
        count = min(FACES, len(self.held.faces))
        if not count:
            return None
        images = [self.held.faces.picture(i) for i in range(count)]
        found = [classes_of(network, image, self.held.masks[i].shape) for i, image in enumerate(images)]
        return parsed(images, self.held.masks[:count], found)

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Mean intersection over union of classes with ten pictures or more, on held-back pictures."""
        if not len(self.held.faces):
            return {}
        ious, pictures = class_ious(network, self.held)
        return {"mean IoU": float(ious[pictures >= 10].mean()) if (pictures >= 10).any() else float(np.nanmean(ious))}


def matrix_for(mask: Bytes8, image: Bytes8, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The transform of a picture, for a mask of another size."""
    return compose(matrix, rescaling(mask.shape[:2], image.shape[:2]))


def mirrored(mask: Bytes8) -> Bytes8:
    """A mask in the mirror: left and right change names."""
    return np.ascontiguousarray(np.array(MIRRORED_CLASSES, np.uint8)[mask[:, ::-1]])


def dice_loss(logits: Tensor, mask: Tensor) -> Tensor:
    """(B, K, H, W), (B, H, W) -> one minus the mean soft Dice over the classes in the batch.

    Source: Milletari et al. 2016, arXiv:1606.04797.
    """
    shares = logits.softmax(1)
    truth = functional.one_hot(mask, logits.shape[1]).permute(0, 3, 1, 2).to(shares.dtype)
    both, sizes = (shares * truth).sum((0, 2, 3)), (shares + truth).sum((0, 2, 3))
    present = truth.sum((0, 2, 3)) > 0
    result: Tensor = 1 - ((2 * both[present] + 1) / (sizes[present] + 1)).mean()
    return result


@torch.no_grad()
def classes_of(network: nn.Module, image: Bytes8, size: tuple[int, ...]) -> Bytes8:
    """The class of every pixel of a picture, at height and width `size`."""
    given = to_network(np.asarray(cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8))
    logits = network(torch.from_numpy(given[None]).to(next(network.parameters()).device)).float()
    full = functional.interpolate(logits, size, mode="bilinear", align_corners=False)
    return np.asarray(full.argmax(1)[0].cpu().numpy(), np.uint8)


@torch.no_grad()
def class_ious(network: nn.Module, data: Labelled) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Intersection over union of each class over all pixels of all pictures, and in how many pictures it is.

    Returns:
        (19,) with NaN where a class is nowhere, and (19,).
    """
    both, either = np.zeros(CLASSES, np.int64), np.zeros(CLASSES, np.int64)
    pictures = np.zeros(CLASSES, np.int64)
    for number, mask in enumerate(data.masks):
        found = classes_of(network, data.faces.picture(number), mask.shape)
        for label in range(CLASSES):
            a, b = found == label, mask == label
            both[label] += (a & b).sum()
            either[label] += (a | b).sum()
            pictures[label] += bool(b.any())
    with np.errstate(invalid="ignore", divide="ignore"):
        return both / either, pictures
