"""Pro-UIGAN: a face of 128 px from an occluded thumbnail of 16 px.

    bonaface train pro-uigan --data celeba_train.parquet --data celebamask/images --out runs/pro-uigan \
        --start-from landmarks=runs/landmarks/estimator.safetensors \
        --start-from reader=runs/attributes/reader.safetensors

S2's three steps: UI-block 1 alone, UI-block 2 on top of it, everything together. The compact edition takes them with
intensity and geometry losses first (its *fidelity* form) and adds a fourth step with all five losses (its *full* form).

Source: Zhang et al. 2021, arXiv:2108.00602, sections III.F and III.G.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from bonaface.core.errors import InputError
from bonaface.core.images import Bytes8
from bonaface.train.faces import LANDMARKS, FaceData, merged, open_faces, with_landmarks
from bonaface.train.grids import FACES, hallucinations
from bonaface.train.losses import (
    LOSS_SETS,
    Perception,
    adversarial_loss,
    discriminator_loss,
    feature_loss,
    geometry_loss,
    intensity_loss,
    style_loss,
)
from bonaface.train.nets.discriminators import Discriminator, middle
from bonaface.train.nets.landmarks import ThumbnailLandmarks
from bonaface.train.nets.pro_uigan import COMPACT, PAPER, PLAIN, BlockSize, Hallucinated, ProUINet, draw_heatmaps
from bonaface.train.nets.pro_uigan import SIZES as INPUT_SIZES
from bonaface.train.nets.reader import FaceReader
from bonaface.train.sampling import Example, Examples, load_batches
from bonaface.train.splits import held_back_faces
from bonaface.train.starts import fill, fit_layer
from bonaface.train.task import Backward, Batch, Losses, Phase
from bonaface.train.thumbnails import Mix, pair

ALPHA = PSI = 0.01
GAMMA = (10.0, 10.0, 1.0)
LOCAL = {0: 16, 2: 64}
"""Side of the middle that the local discriminator of a block sees: of 32 px and of 128 px."""


@dataclass(frozen=True, slots=True)
class ProUIGANConfig:
    """Sizes, switches and schedule.

    Attributes:
        size: "compact", "paper", or "plain": as large as the compact one, without attention.
        prior: "estimated"; "true" (S2's P+GT) or "none" (P-FP) for its table II.
        losses: of the three steps: a name of `LOSS_SETS`.
        last_losses: of a fourth step; its steps are the last of `steps`.
        steps: of the three steps and the fourth (0 for none).
        batch: of each of them.
        rate_new: learning rate of the newest block, S2's 1e-3.
        rate_old: of the blocks before it, S2's 1e-4.
        rate_last: of every block in the fourth step.
        rate_discriminator: S2 does not give it.
        true_share: of faces whose own landmarks are given, so that a person's are followed (S2, section F).
        held_back: one identity (or picture, where there are no identities) in so many is kept out.
    """

    size: str = "compact"
    prior: str = "estimated"
    losses: str = "mse-h"
    last_losses: str = "full"
    steps: tuple[int, int, int, int] = (2000, 1000, 2600, 800)
    batch: tuple[int, int, int, int] = (64, 32, 32, 16)
    rate_new: float = 1e-3
    rate_old: float = 1e-4
    rate_last: float = 1e-4
    rate_discriminator: float = 2e-4
    true_share: float = 0.3
    held_back: int = 40


SIZES = {
    "compact": ProUIGANConfig(),
    "paper": ProUIGANConfig("paper", losses="full", steps=(60_000, 60_000, 300_000, 0), batch=(64, 64, 32, 0)),
    "plain": ProUIGANConfig("plain", prior="none", losses="pixel", steps=(2000, 1000, 2600, 0), batch=(64, 32, 32, 0)),
}
BLOCKS: dict[str, tuple[BlockSize, ...]] = {"compact": COMPACT, "paper": PAPER, "plain": PLAIN}
PHASES = ("block-1", "block-2", "fidelity", "full")


class ProUIGANTask:
    """See `bonaface.train.task.Task`."""

    averaged = "generator"

    def __init__(
        self,
        config: ProUIGANConfig,
        places: Sequence[Path | str] | FaceData,
        seed: int = 0,
        landmarks: Path | ThumbnailLandmarks | None = None,
        reader: Path | FaceReader | None = None,
        generator: Path | None = None,
    ) -> None:
        """`landmarks`, `reader`, `generator`: trained networks; the last is trained on."""
        faces = places if isinstance(places, FaceData) else open_pairs(places)
        self.config, self.mix = config, Mix()
        self.used = LOSS_SETS[config.losses] | (LOSS_SETS[config.last_losses] if config.steps[3] else frozenset())
        held = held_back_faces(faces, config.held_back)
        self.faces, self.held = faces.select(np.flatnonzero(~held)), faces.select(np.flatnonzero(held))
        torch.manual_seed(seed)
        made = ProUINet(BLOCKS[config.size], with_prior=config.prior != "none")
        self.networks: dict[str, nn.Module] = {"generator": made}
        if "local" in self.used:
            self.networks |= {f"local-{block}": Discriminator(size) for block, size in LOCAL.items()}
        if "global" in self.used:
            self.networks["global"] = Discriminator(128)
        self.estimator = _estimator(landmarks) if config.prior == "estimated" else None
        self.perception = _perception(reader) if self.used & {"feature", "feature-23", "style"} else None
        self.phases: Sequence[Phase] = tuple(
            Phase(name, steps, batch, warm_up=min(100, steps // 10))
            for name, steps, batch in zip(PHASES, config.steps, config.batch, strict=True)
            if steps
        )
        self.examples = Examples(len(self.faces), self._example)
        if generator is not None:
            fill(made, generator, spare="heatmaps.")
            if generator.suffix == ".onnx" and made.with_prior:
                self._fit_heatmaps(made, seed)

    @torch.no_grad()
    def _fit_heatmaps(self, network: ProUINet, seed: int) -> None:
        """Find the layers that draw heatmaps again: graphs, which give pictures alone, do not hold them."""
        batch = next(iter(load_batches(self.examples, seed=seed, batch=64, start=0, stop=1, workers=0)))
        occlusion = batch["occlusion"].float()
        for block, size in zip(network.blocks, network.heat_sizes, strict=True):
            exact = draw_heatmaps(batch["landmarks"], torch.ones_like(batch["landmarks"][..., 0]), size)
            fit_layer(
                block.heatmaps,  # type: ignore[arg-type]
                exact,
                lambda: network(batch["image"], occlusion, *self._priors(batch, occlusion)),
            )

    def _example(self, index: int, rng: np.random.Generator) -> Example:
        example = pair(self.faces, index, rng, self.mix)
        told = rng.random() < self.config.true_share or self.config.prior == "true"
        noise = rng.standard_normal((68, 2), np.float32) * (0 if self.config.prior == "true" else 1)
        example["given"] = example["landmarks"] + noise
        example["is_given"] = np.array([told], np.float32)
        return example

    def begin(self, phase: Phase) -> dict[str, Optimizer]:
        """Adam with S2's learning rates: high for the newest block, low for those before."""
        config, generator = self.config, self.networks["generator"]
        newest = PHASES.index(phase.name)
        rates = [config.rate_last] * 3 if newest == 3 else [config.rate_old] * newest + [config.rate_new]
        blocks = [{"params": list(generator.blocks[i].parameters()), "lr": rate} for i, rate in enumerate(rates)]  # type: ignore[union-attr,index]
        optimisers: dict[str, Optimizer] = {"generator": Adam(blocks, betas=(0.9, 0.99))}
        losses = self._losses(phase)
        for name, network in self.networks.items():
            seen = name == "global" and "global" in losses and newest >= 2
            seen |= name.startswith("local") and "local" in losses and newest >= int(name[-1])
            if seen:
                optimisers[name] = Adam(network.parameters(), config.rate_discriminator, betas=(0.5, 0.99))
        return optimisers

    def _losses(self, phase: Phase) -> frozenset[str]:
        return LOSS_SETS[self.config.last_losses if phase.name == "full" else self.config.losses]

    def update(self, batch: Batch, phase: Phase, optimisers: Mapping[str, Optimizer], backward: Backward) -> Losses:
        """Discriminators first, then the generator, on the same hallucinated faces."""
        stages = min(3, PHASES.index(phase.name) + 1)
        truth = batch["truth"].float() / 255
        truths = [nn.functional.avg_pool2d(truth, 128 // (2 * size)) for size in INPUT_SIZES[:stages]]
        occlusion = batch["occlusion"].float()
        landmarks, spread = self._priors(batch, occlusion)
        made: Hallucinated = self.networks["generator"](batch["image"], occlusion, landmarks, spread, stages)
        logs: Losses = {}
        for name, optimiser in optimisers.items():
            if name == "generator":
                continue
            real, fake = (self._seen(name, each) for each in (truths, made.pictures))
            loss = discriminator_loss(self._judged(name, real), self._judged(name, fake.detach()))
            optimiser.zero_grad()
            backward(loss)
            optimiser.step()
            logs[f"D {name}"] = loss.detach()
        total, parts = self._generator_loss(phase, made, truths, batch["landmarks"], optimisers)
        optimisers["generator"].zero_grad()
        backward(total)
        nn.utils.clip_grad_norm_(self.networks["generator"].parameters(), 1.0)
        optimisers["generator"].step()
        return {**parts, **logs}

    @torch.no_grad()
    def _priors(self, batch: Batch, occlusion: Tensor) -> tuple[Tensor, Tensor]:
        """The landmarks that the generator is given, and their deviations."""
        sure = torch.ones_like(batch["given"][..., 0])
        if self.estimator is None:
            return batch["given"], sure
        self.estimator.to(occlusion.device)
        landmarks, spread = self.estimator(batch["image"], occlusion)
        told = batch["is_given"] > 0
        return torch.where(told[..., None], batch["given"], landmarks), torch.where(told, sure, spread)

    def _seen(self, name: str, pictures: Sequence[Tensor]) -> Tensor:
        block = 2 if name == "global" else int(name[-1])
        return pictures[block] if name == "global" else middle(pictures[block], LOCAL[block])

    def _judged(self, name: str, pictures: Tensor) -> Tensor:
        logits: Tensor = self.networks[name](pictures)
        return logits.float()

    def _generator_loss(
        self,
        phase: Phase,
        made: Hallucinated,
        truths: Sequence[Tensor],
        landmarks: Tensor,
        optimisers: Mapping[str, Optimizer],
    ) -> tuple[Tensor, Losses]:
        """Equations 12 to 15: the sum over the blocks trained, and its parts for the logs."""
        wanted = self._losses(phase)
        last = len(truths) - 1
        parts: dict[str, Tensor] = {}
        for block, (picture, truth) in enumerate(zip(made.pictures, truths, strict=True)):
            parts[f"mse {block + 1}"] = intensity_loss(picture, truth)
            heat = made.heatmaps[block]
            if "h" in wanted and heat is not None:
                exact = draw_heatmaps(landmarks, torch.ones_like(landmarks[..., 0]), heat.shape[2])
                parts[f"h {block + 1}"] = geometry_loss(heat.float(), exact)
            features = "feature" in wanted or ("feature-23" in wanted and block > 0)
            if self.perception is not None and (features or "style" in wanted):
                self.perception.to(picture.device)
                ours, our_style = self.perception(picture)
                with torch.no_grad():
                    theirs, their_style = self.perception(truth)
                if features:
                    parts[f"feature {block + 1}"] = ALPHA * feature_loss(ours.float(), theirs.float())
                if "style" in wanted:
                    parts[f"style {block + 1}"] = GAMMA[block] * style_loss(our_style, their_style)
        if phase.name in PHASES[:2]:  # steps i and ii train on their own block's objective
            own = {name: value for name, value in parts.items() if name.endswith(str(last + 1))}
            parts = own
        for name in optimisers:
            if name != "generator":
                parts[f"adv {name}"] = PSI * adversarial_loss(self._judged(name, self._seen(name, made.pictures)))
        return torch.stack(list(parts.values())).sum(), {name: value.detach() for name, value in parts.items()}

    def samples(self, network: nn.Module) -> Bytes8 | None:
        """Held-back faces with occlusions of both kinds: thumbnail, the blocks' results, truth."""
        count = min(FACES, len(self.held))
        if not count:
            return None
        mix = Mix(facial_area=0, moved=0, open=0, unknown=0)
        pairs = [pair(self.held, i, np.random.default_rng([17, i]), mix) for i in range(count)]
        device = next(network.parameters()).device
        names = ("image", "occlusion", "landmarks")
        batch = {name: torch.from_numpy(np.stack([one[name] for one in pairs])).to(device) for name in names}
        batch |= {"given": batch["landmarks"], "is_given": torch.zeros(count, 1, device=device)}
        occlusion = batch["occlusion"].float()
        landmarks, spread = self._priors(batch, occlusion)
        return hallucinations(network, pairs, landmarks, spread, occlusion)

    @torch.no_grad()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """PSNR of held-back faces in the FFHQ framing with square occlusions, by the blocks trained so far."""
        count = min(256, len(self.held))
        if not count:
            return {}
        network.eval()
        mix = Mix(facial_area=0, moved=0, open=0, irregular=0, unknown=0)
        pairs = [pair(self.held, i, np.random.default_rng([13, i]), mix) for i in range(count)]
        values: dict[str, list[float]] = {}
        device = next(network.parameters()).device
        for start in range(0, count, 64):
            chunk = pairs[start : start + 64]
            batch = {name: torch.from_numpy(np.stack([p[name] for p in chunk])).to(device) for name in chunk[0]}
            batch |= {"given": batch["landmarks"], "is_given": torch.zeros(len(chunk), 1, device=device)}
            occlusion = batch["occlusion"].float()
            made = network(batch["image"], occlusion, *self._priors(batch, occlusion))
            for picture in made.pictures:
                size = picture.shape[2]
                truth = nn.functional.avg_pool2d(batch["truth"].float() / 255, 128 // size)
                error = (picture.clamp(0, 1) - truth).square().mean((1, 2, 3))
                values.setdefault(f"PSNR {size}", []).extend((-10 * error.log10()).tolist())
        return {name: float(np.mean(each)) for name, each in values.items()}


def open_pairs(places: Sequence[Path | str]) -> FaceData:
    """Faces with landmarks from several places; where a place has no landmarks, they are found.

    Raises:
        InputError: no face data at a place.
    """
    opened = []
    for place in places:
        path = Path(place)
        columns = (LANDMARKS, "identity") if path.suffix == ".parquet" or any(path.glob("*.parquet")) else ()
        faces = open_faces(path, columns)
        opened.append(faces if columns else with_landmarks(faces))
    return merged(opened)


def _estimator(source: Path | ThumbnailLandmarks | None) -> ThumbnailLandmarks:
    if source is None:
        raise InputError(
            "Pro-UIGAN needs a trained landmark estimator. Train one (bonaface train landmarks), and give it as "
            "--start-from landmarks=FOLDER/estimator.safetensors."
        )
    network = source
    if not isinstance(network, ThumbnailLandmarks):
        network = ThumbnailLandmarks(torch.zeros(68, 2))
        fill(network, Path(str(source)))
    return network.eval().requires_grad_(False)


def _perception(source: Path | FaceReader | None) -> Perception:
    if source is None:
        raise InputError(
            "The feature and style losses need a trained reader. Train one (bonaface train attributes), and give it as "
            "--start-from reader=FOLDER/reader.safetensors."
        )
    network = source
    if not isinstance(network, FaceReader):
        network = FaceReader(40)
        fill(network, Path(str(source)))
    return Perception(network)
