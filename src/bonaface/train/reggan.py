"""RegGAN's refinement network: sharp faces from what expression layers deliver.

    bonaface train reggan --data celebamask/images --data london --start-from reader=bonaface-attributes \
        --out runs/reggan

S4's sequential training: first as a restorer of faces, then on the outputs of expression layers. These outputs are made
by cross-fitting: the layer behind each of them never saw that person, as it will not have seen those it is used on.

Source: S4 (RegGAN), sections III.D and III.E; loss weights after Chen et al. 2020 (SPARNet), arXiv:2012.01211.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam, Optimizer

from bonaface.core.errors import InputError
from bonaface.core.images import Bytes8
from bonaface.train.expression_pairs import Material, open_material, softened
from bonaface.train.gan import feature_matching, hinge_discriminator, hinge_generator, perceptual
from bonaface.train.grids import FACES, grid, to_bytes8
from bonaface.train.losses import Perception
from bonaface.train.nets.reader import FaceReader
from bonaface.train.nets.reggan import COMPACT, PAPER, PyramidDiscriminator, Refiner, RefinerSize
from bonaface.train.sampling import Example, Examples
from bonaface.train.starts import fill
from bonaface.train.task import Backward, Batch, Losses, Phase


@dataclass(frozen=True, slots=True)
class RegGANConfig:
    """Sizes, switches and schedule.

    Attributes:
        size: "compact" or "paper".
        latent: latent attention blocks; 0 is S4's ablation "No LABs".
        attention: 1, or 0 for S4's "No AUs".
        field: side of the expression layers' neighbourhoods.
        penalty: of the expression layers; the published code takes 0.4 for a ninth to a half as many pairs.
        copies: recoloured copies of each pair that expression layers learn from (S4: ten).
        refined_copies: of each pair that the refiner learns from.
        steps: as a restorer, and on expression layers' outputs.
        batch: pictures a step of each.
        crop: side of the random squares that are learnt from in each, in pixels of the 256.
        mouth_share: of the second part's squares that lie around the mouth, which the expression changes most: with
            half of them the refiner draws the smiles that it saw, whatever the layer asks for (docs/models/reggan.md).
        restored_share: of faces to restore among the second part's, so that the first is not forgotten.
        rate: of the refiner; S4's 1e-4 is for runs many times as long.
        rate_discriminator: S4's 4e-4.
        pixel: weight of the pixel loss; S4's 100.
        adversarial: S4's 1.
        matching: of the feature-matching loss; S4's 10.
        perceptual: S4's 1.
        width: of the discriminators' first layer.
    """

    size: str = "compact"
    latent: int = 10
    attention: int = 1
    field: int = 3
    penalty: float = 4.0
    copies: int = 10
    refined_copies: int = 6
    steps: tuple[int, int] = (2400, 2400)
    batch: tuple[int, int] = (6, 3)
    crop: tuple[int, int] = (128, 192)
    mouth_share: float = 0.0
    restored_share: float = 0.2
    rate: float = 4e-4
    rate_discriminator: float = 4e-4
    pixel: float = 100.0
    adversarial: float = 1.0
    matching: float = 10.0
    perceptual: float = 1.0
    width: int = 16


SIZES = {
    "compact": RegGANConfig(),
    "paper": RegGANConfig("paper", steps=(100_000, 50_000), batch=(8, 8), crop=(256, 256), rate=1e-4, width=64),
}
REFINERS: dict[str, RefinerSize] = {"compact": COMPACT, "paper": PAPER}
PHASES = ("restorer", "expression")
MOUTH = np.array([128.0, 178.0])
"""x and y of the upper lip in FFHQ's crop of 256 px (the corners lie at y = 186), and how far from there the
middles of squares scatter."""
MOUTH_SCATTER = 16.0


def refiner(config: RegGANConfig) -> Refiner:
    """The network of a configuration, its weights random."""
    size = REFINERS.get(config.size)
    if size is None:
        raise InputError(f"There is no refiner of the size {config.size!r}; expected {' or '.join(REFINERS)}.")
    return Refiner(replace(size, latent=config.latent, attention=bool(config.attention)))


class RegGANTask:
    """See `bonaface.train.task.Task`."""

    averaged = "refiner"

    def __init__(
        self,
        config: RegGANConfig,
        places: Sequence[Path | str],
        seed: int = 0,
        reader: Path | FaceReader | None = None,
        start: Path | None = None,
    ) -> None:
        """`reader`: a trained attribute reader, whose features the perceptual loss compares; `start`: a refiner."""
        self.config = config
        torch.manual_seed(seed)
        network = refiner(config)
        if start is not None:
            fill(network, start)
        self.networks: dict[str, nn.Module] = {
            "refiner": network,
            "discriminator": PyramidDiscriminator(config.width),
        }
        self.perception = _perception(reader) if config.perceptual else None
        self.faces: Material = open_material(
            places,
            field=config.field,
            penalty=config.penalty,
            copies=config.copies,
            refined_copies=config.refined_copies,
            seed=seed,
        )
        self.phases: Sequence[Phase] = tuple(
            Phase(name, steps, batch, warm_up=min(100, steps // 10))
            for name, steps, batch in zip(PHASES, config.steps, config.batch, strict=True)
            if steps
        )
        self.examples = Examples(len(self.faces), self._restored)

    def _restored(self, index: int, rng: np.random.Generator, part: int = 0) -> Example:
        sharp = self.faces.faces[index]
        if rng.random() < 0.3:  # closer, so that features of all sizes are seen
            side = int(rng.integers(160, 256))
            top, left = rng.integers(0, 256 - side, 2)
            sharp = _resized(sharp[top : top + side, left : left + side])
        return self._cut(softened(sharp, rng), sharp, rng, part)

    def _expressed(self, index: int, rng: np.random.Generator) -> Example:
        if rng.random() < self.config.restored_share:
            return self._restored(int(rng.integers(len(self.faces))), rng, 1)
        return self._cut(self.faces.before[index], self.faces.after[index], rng, 1)

    def _cut(self, image: Bytes8, truth: Bytes8, rng: np.random.Generator, part: int) -> Example:
        side = self.config.crop[part]
        reach = image.shape[0] - side
        top, left = rng.integers(0, reach + 1, 2)
        if part == 1 and rng.random() < self.config.mouth_share:
            moved = rng.normal(0, MOUTH_SCATTER, 2) + MOUTH - side / 2
            top, left = np.clip(np.rint(moved[::-1]).astype(int), 0, reach)
        step = -1 if rng.random() < 0.5 else 1
        both = (each[top : top + side, left : left + side][:, ::step] for each in (image, truth))
        first, second = (np.ascontiguousarray(each.transpose(2, 0, 1)) for each in both)
        return {"image": first, "truth": second}

    def begin(self, phase: Phase) -> dict[str, Optimizer]:
        """Adam as in S4; what is drawn follows the phase."""
        if phase.name == "expression":
            self.examples = Examples(len(self.faces.before), self._expressed)
        rates = {"refiner": self.config.rate, "discriminator": self.config.rate_discriminator}
        return {name: Adam(self.networks[name].parameters(), rate, betas=(0.5, 0.99)) for name, rate in rates.items()}

    def update(self, batch: Batch, phase: Phase, optimisers: Mapping[str, Optimizer], backward: Backward) -> Losses:
        """The discriminators first, then the refiner, on the same pictures."""
        image, truth = (batch[name].float() / 255 for name in ("image", "truth"))
        made = self.networks["refiner"](image)
        judge = self.networks["discriminator"]
        loss = hinge_discriminator(judge(truth), judge(made.detach()))
        optimisers["discriminator"].zero_grad()
        backward(loss)
        optimisers["discriminator"].step()
        parts = self._refiner_losses(made, truth)
        optimisers["refiner"].zero_grad()
        backward(torch.stack(list(parts.values())).sum())
        nn.utils.clip_grad_norm_(self.networks["refiner"].parameters(), 10.0)
        optimisers["refiner"].step()
        return {**{name: value.detach() for name, value in parts.items()}, "discriminator": loss.detach()}

    def _refiner_losses(self, made: Tensor, truth: Tensor) -> dict[str, Tensor]:
        config, judge = self.config, self.networks["discriminator"].requires_grad_(False)
        mine = judge(made)
        with torch.no_grad():
            real = judge(truth)
        parts = {
            "pixel": config.pixel * functional.l1_loss(made.float(), truth),
            "adversarial": config.adversarial * hinge_generator(mine),
            "matching": config.matching * feature_matching(mine, real),
        }
        judge.requires_grad_(True)
        if self.perception is not None:
            self.perception.to(made.device)
            ours = self.perception(made)[1]
            with torch.no_grad():
                theirs = self.perception(truth)[1]
            parts["perceptual"] = config.perceptual * perceptual(ours, theirs)
        return parts

    def samples(self, network: nn.Module) -> Bytes8 | None:
        """Held-back people: neutral, the expression layer's output, refined, and their real smile."""
        count = min(FACES, len(self.faces.held))
        chosen = slice(0, count)
        refined = [to_bytes8(each) for each in self._refined(network, self.faces.held_before[chosen])]
        held = self.faces.held
        rows = [list(held.inputs[chosen]), list(self.faces.held_before[chosen]), refined, list(held.targets[chosen])]
        return grid(rows, 256)

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Of held-back people: PSNR to the real smile, and gradients' energy as a share of it, before and after."""
        refined = self._refined(network, self.faces.held_before).clamp(0, 1)
        before, truth = (
            torch.from_numpy(each).permute(0, 3, 1, 2).float() / 255
            for each in (self.faces.held_before, self.faces.held.targets)
        )
        return {
            "PSNR before": _psnr(before, truth),
            "PSNR": _psnr(refined, truth),
            "sharpness before": _energy(before) / _energy(truth),
            "sharpness": _energy(refined) / _energy(truth),
        }

    @torch.no_grad()
    def _refined(self, network: nn.Module, pictures: Bytes8) -> Tensor:
        device = next(network.parameters()).device
        tensor = torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))
        return torch.cat([network(part.to(device).float() / 255).cpu() for part in torch.split(tensor, 4)])


def _perception(source: Path | FaceReader | None) -> Perception:
    if source is None:
        raise InputError(
            "The perceptual loss needs a trained reader: --start-from reader=bonaface-attributes. Or leave the loss "
            "out with --set perceptual=0."
        )
    network = source
    if not isinstance(network, FaceReader):
        network = FaceReader(40)
        fill(network, Path(str(source)))
    return Perception(network)


def _psnr(made: Tensor, truth: Tensor) -> float:
    errors = (made - truth).square().mean((1, 2, 3))
    return float((-10 * errors.log10()).mean())


def _energy(images: Tensor) -> float:
    return float(
        (images[..., 1:] - images[..., :-1]).square().mean()
        + (images[..., 1:, :] - images[..., :-1, :]).square().mean()
    )


def _resized(image: Bytes8) -> Bytes8:
    import cv2

    return np.asarray(cv2.resize(np.ascontiguousarray(image), (256, 256), interpolation=cv2.INTER_CUBIC), np.uint8)
