"""The landmark estimator for thumbnails, which gives Pro-UIGAN its landmark features.

bonaface train landmarks --data celeba_train.parquet --out runs/landmarks
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from bonaface.core.images import Bytes8
from bonaface.train.faces import LANDMARKS, FaceData, open_faces
from bonaface.train.nets.landmarks import ThumbnailLandmarks
from bonaface.train.sampling import Example, Examples
from bonaface.train.splits import held_back_identities
from bonaface.train.task import Backward, Batch, Losses, Phase
from bonaface.train.thumbnails import Mix, pair

COLUMNS = (LANDMARKS, "identity")


@dataclass(frozen=True, slots=True)
class LandmarkConfig:
    """Sizes and schedule."""

    width: int = 48
    steps: int = 2500
    batch: int = 128
    rate: float = 2e-3
    decay: float = 0.02
    held_back: int = 20
    """One identity in so many is kept out of training."""


SIZES = {"compact": LandmarkConfig()}


class LandmarkTask:
    """See `bonaface.train.task.Task`."""

    averaged = "estimator"

    def __init__(self, config: LandmarkConfig, place: Path | str | FaceData, seed: int = 0) -> None:
        faces = place if isinstance(place, FaceData) else open_faces(place, COLUMNS)
        self.config = config
        held = held_back_identities(faces.columns["identity"], config.held_back)
        self.faces, self.held = faces.select(np.flatnonzero(~held)), faces.select(np.flatnonzero(held))
        torch.manual_seed(seed)
        mean = torch.from_numpy(self.faces.columns[LANDMARKS].mean(0))
        self.networks: dict[str, nn.Module] = {"estimator": ThumbnailLandmarks(mean, config.width)}
        self.phases: Sequence[Phase] = (Phase("estimator", config.steps, config.batch, warm_up=config.steps // 20),)
        self.examples = Examples(len(self.faces), self._example)

    def _example(self, index: int, rng: np.random.Generator) -> Example:
        example = pair(self.faces, index, rng, Mix())
        return {name: example[name] for name in ("image", "occlusion", "landmarks")}

    def begin(self, phase: Phase) -> dict[str, Optimizer]:
        """See `Task`."""
        parameters = self.networks["estimator"].parameters()
        return {"estimator": AdamW(parameters, self.config.rate, weight_decay=self.config.decay)}

    def update(self, batch: Batch, phase: Phase, optimisers: Mapping[str, Optimizer], backward: Backward) -> Losses:
        """See `Task`."""
        found, spread = self.networks["estimator"](batch["image"], batch["occlusion"].float())
        loss = landmark_loss(found, spread, batch["landmarks"])
        optimisers["estimator"].zero_grad()
        backward(loss)
        optimisers["estimator"].step()
        distance = (found.detach() - batch["landmarks"]).norm(dim=2).mean()
        return {"loss": loss.detach(), "pixels": distance}

    def samples(self, network: nn.Module) -> Bytes8 | None:
        """None: the figures say it."""
        return None

    @torch.no_grad()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """NRMSE (% of the distance between the eyes) on held-back identities, and on the mean face's guess."""
        if not len(self.held):
            return {}
        found, truth, inside = [], [], []
        for start in range(0, len(self.held), 128):
            rows = range(start, min(len(self.held), start + 128))
            batch = [pair(self.held, i, np.random.default_rng([11, i]), Mix()) for i in rows]
            image, occlusion = (torch.from_numpy(np.stack([b[name] for b in batch])) for name in ("image", "occlusion"))
            device = next(network.parameters()).device
            points, spread = network(image.to(device), occlusion.to(device).float())
            found.append(points.cpu().numpy())
            truth.append(np.stack([b["landmarks"] for b in batch]))
            inside.append(np.linalg.norm(found[-1] - truth[-1], axis=2) < 2 * spread.cpu().numpy())
        error = normalised_error(np.concatenate(found), np.concatenate(truth))
        return {"NRMSE %": float(error.mean()), "within two deviations": float(np.concatenate(inside).mean())}


def landmark_loss(found: Tensor, deviation: Tensor, truth: Tensor) -> Tensor:
    """Negative log-likelihood of two-dimensional Laplace distributions: errors count less where it is unsure."""
    scale = deviation / 3**0.5
    distance = ((found - truth) ** 2).sum(2).add(1e-3).sqrt()
    return (distance / scale + 2 * scale.log()).mean()


def normalised_error(found: NDArray[np.floating], truth: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, 68, 2), (N, 68, 2) -> (N,): mean distance in % of the distance between the outer corners of the eyes."""
    between = np.linalg.norm(truth[:, 36] - truth[:, 45], axis=1)
    return np.asarray(100 * np.linalg.norm(found - truth, axis=2).mean(1) / between, np.float64)
