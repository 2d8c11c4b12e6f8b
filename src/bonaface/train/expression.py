"""The expression reader: seven expressions and neutral.

    bonaface train expression --data expressions.parquet --start-from runs/attributes/reader.safetensors \
        --out runs/expression

The classes are very uneven (1,000 happy, 9 contemptuous faces): they are drawn by the square root of their number, the
loss takes away what is left of their frequency, and half of the coloured pictures are turned grey.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from torch.optim import AdamW, Optimizer

from bonaface.core.images import Bytes8, to_image
from bonaface.measure.expression import NAMES as EXPRESSIONS
from bonaface.train.attributes import SIDE, read_logits, to_network
from bonaface.train.augment import change_tone, random_warp, spoil, warp_picture
from bonaface.train.faces import FaceData, open_faces
from bonaface.train.nets.reader import FaceReader
from bonaface.train.sampling import Example, Examples
from bonaface.train.splits import fold_of_people
from bonaface.train.starts import fill, settle
from bonaface.train.task import Backward, Batch, Losses, Phase

COLUMNS = ("expression",)


@dataclass(frozen=True, slots=True)
class ExpressionConfig:
    """Sizes and schedule.

    Attributes:
        fewest: a class with fewer pictures is treated as if it had so many: nine faces are not worth being called as
            often as a thousand.
        folds: parts of the people.
        fold: which part is held back; -1 for none.
    """

    width: int = 32
    steps: int = 600
    batch: int = 64
    rate: float = 1e-3
    decay: float = 0.05
    smoothing: float = 0.1
    fewest: int = 100
    folds: int = 5
    fold: int = 0


SIZES = {"compact": ExpressionConfig()}


class ExpressionTask:
    """See `bonaface.train.task.Task`."""

    averaged = "reader"

    def __init__(
        self, config: ExpressionConfig, place: Path | str | FaceData, seed: int = 0, start_from: Path | None = None
    ) -> None:
        faces = place if isinstance(place, FaceData) else open_aligned(place)
        self.config = config
        held = fold_of_people(faces.names, config.folds) == config.fold
        self.faces, self.held = faces.select(np.flatnonzero(~held)), faces.select(np.flatnonzero(held))
        self.labels = labels_of(self.faces)
        torch.manual_seed(seed)
        network = FaceReader(len(EXPRESSIONS), config.width, dropout=0.4)
        if start_from is not None:
            fill(network.stem, start_from, prefix="stem.")
            fill(network.stages, start_from, prefix="stages.")
        self.networks: dict[str, nn.Module] = {"reader": network}
        self.phases: Sequence[Phase] = (Phase("reader", config.steps, config.batch, warm_up=config.steps // 10),)
        counts = np.bincount(self.labels, minlength=len(EXPRESSIONS)).clip(self.config.fewest)
        self.examples = Examples(len(self.faces), self._example, 1 / np.sqrt(counts[self.labels]))
        if start_from is not None:
            settle(network, network, start_from, self.examples, seed)
        drawn = np.sqrt(counts)
        self.prior = torch.from_numpy(np.log(drawn / drawn.sum()).astype(np.float32))

    def _example(self, index: int, rng: np.random.Generator) -> Example:
        image = self.faces.picture(index)
        matrix = random_warp(image.shape[1], SIDE, rng, turn=16, scale=(0.85, 1.2), shift=0.06)
        out = change_tone(warp_picture(image, matrix, SIDE), rng, strength=1.5)
        if rng.random() < 0.5:
            out = np.ascontiguousarray(out[:, ::-1])
        if rng.random() < 0.5:
            out = np.repeat((out @ np.array([0.299, 0.587, 0.114]))[..., None], 3, 2).astype(np.uint8)
        if rng.random() < 0.4:
            out = spoil(out, rng)
        return {"image": erased(to_network(out), rng), "label": np.asarray(self.labels[index])}

    def begin(self, phase: Phase) -> dict[str, Optimizer]:
        """The head learns ten times as fast as what it starts from."""
        network = self.networks["reader"]
        head = [value for name, value in network.named_parameters() if "head." in name]
        rest = [value for name, value in network.named_parameters() if "head." not in name]
        groups = [{"params": rest, "lr": self.config.rate / 2}, {"params": head, "lr": 5 * self.config.rate}]
        return {"reader": AdamW(groups, weight_decay=self.config.decay)}

    def update(self, batch: Batch, phase: Phase, optimisers: Mapping[str, Optimizer], backward: Backward) -> Losses:
        """See `Task`."""
        logits = self.networks["reader"](batch["image"]).float() + self.prior.to(batch["image"].device)
        loss = functional.cross_entropy(logits, batch["label"], label_smoothing=self.config.smoothing)
        optimisers["reader"].zero_grad()
        backward(loss)
        optimisers["reader"].step()
        return {"loss": loss.detach()}

    def samples(self, network: nn.Module) -> Bytes8 | None:
        """No pictures come out of a reader."""
        return None

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Mean recall over the classes that the held-back people show."""
        if not len(self.held):
            return {}
        said, true = read_logits(network, self.held).argmax(1), labels_of(self.held)
        recalls = [float((said[true == label] == label).mean()) for label in np.unique(true)]
        return {"balanced accuracy": float(np.mean(recalls)), "accuracy": float((said == true).mean())}


def labels_of(faces: FaceData) -> NDArray[np.int64]:
    """(N,) places in `measure.expression.NAMES`."""
    return np.array([EXPRESSIONS.index(str(name)) for name in faces.columns["expression"]], np.int64)


def erased(image: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """A random grey rectangle in a third of the pictures, so that no single part decides.

    Source: Zhong et al. 2017, arXiv:1708.04896.
    """
    if rng.random() < 1 / 3:
        height, width = rng.integers(16, 56, 2)
        top, left = rng.integers(0, SIDE - height), rng.integers(0, SIDE - width)
        image[:, top : top + height, left : left + width] = rng.random()
    return image


def open_aligned(place: Path | str) -> FaceData:
    """Faces with expressions, cut out as the attribute reader sees them where dlib finds a face.

    Where it finds none, the whole picture is taken, squared by repeating its edge: in these data a face fills it.
    """
    import cv2

    from bonaface.api.wiring import tools
    from bonaface.faces.crops import CELEBA, cut, squared, to_crop

    faces = open_faces(place, COLUMNS)
    locator = tools().locator
    encoded = []
    for index in range(len(faces)):
        picture = faces.picture(index)
        found = locator.faces(picture, network=False)
        if found:
            crop = cut(to_image(picture, min_side=1), to_crop(found[0].landmarks, SIDE, CELEBA), SIDE)
            picture = (crop * 255 + 0.5).astype(np.uint8)
        else:
            picture = squared(picture.astype(np.float32)).astype(np.uint8)
        encoded.append(cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))[1].tobytes())
    return FaceData(faces.names, tuple(encoded), faces.columns, faces.skipped)
