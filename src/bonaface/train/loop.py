"""The training loop that every recipe shares.

Everything random is a function of the seed and the step, so a run that was killed goes on from its last checkpoint to
the same weights, bit for bit on a CPU with the same number of threads.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.optim import Optimizer

from bonaface.core.errors import InputError
from bonaface.train.average import Average
from bonaface.train.checkpoints import Header, Progress, load_checkpoint, read_header, save_checkpoint
from bonaface.train.sampling import load_batches
from bonaface.train.task import Finishing, Phase, Task

if TYPE_CHECKING:
    from accelerate import Accelerator

CHECKPOINT = "checkpoint.safetensors"
COMPLAINT_AFTER = 3
"""Batches in a row without a finite loss after which a run stops."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is done, which does not change what it learns (except for rounding).

    Attributes:
        out: folder of the checkpoint, the logs and the samples.
        seed: of everything random.
        precision: "no" for float32, "bf16" or "fp16".
        workers: processes that decode pictures.
        cpu: stay on the CPU.
        decay: of the moving average.
        checkpoint_seconds: between two checkpoints.
        sample_steps: between two grids of samples and held-back figures.
        log_steps: between two lines of the logs.
        stop_after: stop (with a checkpoint) after this many steps of this start; None to go to the end.
    """

    out: Path
    seed: int = 0
    precision: str = "no"
    workers: int = 2
    cpu: bool = False
    decay: float = 0.999
    checkpoint_seconds: float = 120.0
    sample_steps: int = 500
    log_steps: int = 20
    stop_after: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run ended with."""

    average: nn.Module
    progress: Progress
    finished: bool
    losses: dict[str, list[float]]
    """The mean of each loss between two lines of the logs of this start."""
    figures: dict[str, float]


def train(task: Task, recipe: str, settings: Settings, *, resume: bool = False) -> Outcome:
    """Train until the end of the recipe's phases, or go on from the last checkpoint.

    Raises:
        InputError: nothing to resume, a checkpoint of another recipe or configuration, one that is there already
            without `resume`, or losses that are no longer numbers.
    """
    import cv2
    from accelerate import Accelerator
    from accelerate.utils import set_seed

    # Workers are forked: one that touched OpenCV's threads, which do not live on in it, would wait for ever. And one
    # thread a worker is what the cores can bear.
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        accelerator = Accelerator(mixed_precision=settings.precision, cpu=settings.cpu)
        set_seed(settings.seed)
        average = Average(task.networks[task.averaged], settings.decay)
        progress = _progress(task, recipe, settings.out / CHECKPOINT, resume=resume)
        return _Run(task, recipe, settings, accelerator, average, progress).all_phases(resumed=resume)
    finally:
        cv2.setNumThreads(threads)


def _progress(task: Task, recipe: str, path: Path, *, resume: bool) -> Progress:
    if not resume:
        if path.exists():
            raise InputError(f"{path} is there already. Pass --resume to go on with it, or choose another --out.")
        return Progress()
    header = read_header(path)
    if header.recipe != recipe:
        raise InputError(f"{path} is a checkpoint of the recipe {header.recipe}, not {recipe}.")
    ours = dataclasses.asdict(task.config)
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in ours.items()}
    different = [name for name in sorted({*plain, *header.config}) if plain.get(name) != header.config.get(name)]
    if different:
        pairs = ", ".join(f"{name} = {header.config.get(name)!r} there, {plain.get(name)!r} here" for name in different)
        raise InputError(f"{path} was made with another configuration: {pairs}. Give the same, or start anew.")
    return header.progress


class _Run:
    """One start of a training run."""

    def __init__(
        self,
        task: Task,
        recipe: str,
        settings: Settings,
        accelerator: Accelerator,
        average: Average,
        progress: Progress,
    ) -> None:
        self.task, self.recipe, self.settings, self.accelerator = task, recipe, settings, accelerator
        self.average, self.progress = average, progress
        self.done_now = 0
        self.saved_at = self.started_at = time.monotonic()
        self.seconds_before = progress.seconds
        self.losses: dict[str, list[float]] = {}
        self.figures: dict[str, float] = {}

    def all_phases(self, *, resumed: bool) -> Outcome:
        from accelerate.utils import tqdm
        from torch.utils.tensorboard import SummaryWriter

        main = self.accelerator.is_main_process
        self.writer = SummaryWriter(str(self.settings.out / "logs")) if main else None
        self.average.to(self.accelerator.device)
        for network in self.task.networks.values():
            network.to(self.accelerator.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        total = sum(phase.steps for phase in self.task.phases)
        finished = True
        with tqdm(total=total, initial=self._step_of_all(), unit="step", mininterval=5, desc=self.recipe) as self.bar:
            while self.progress.phase < len(self.task.phases):
                finished = self._phase(self.task.phases[self.progress.phase], load=resumed)
                resumed = False
                if not finished:
                    break
                self.progress.phase, self.progress.step = self.progress.phase + 1, 0
                if self.progress.phase == len(self.task.phases) and isinstance(self.task, Finishing):
                    self.task.finish(self.average.network)
                self._keep_phase_network()
                self._save({})
        if resumed:  # nothing was left to do
            load_checkpoint(self.settings.out / CHECKPOINT, {"average": self.average}, {})
        if self.writer:
            self.writer.close()
        self.accelerator.wait_for_everyone()
        return Outcome(self.average.network, self.progress, finished, self.losses, self.figures)

    def _phase(self, phase: Phase, *, load: bool) -> bool:
        """Whether the phase came to its end."""
        bare = self.task.begin(phase)
        if load:
            load_checkpoint(self.settings.out / CHECKPOINT, {**self.task.networks, "average": self.average}, bare)
        optimisers: dict[str, Optimizer] = {name: self.accelerator.prepare(each) for name, each in bare.items()}
        rates = {name: [group["lr"] for group in each.param_groups] for name, each in bare.items()}
        offset = sum(earlier.steps * earlier.batch for earlier in self.task.phases[: self.progress.phase])
        batches = load_batches(
            self.task.examples,
            seed=self.settings.seed * 1000 + self.progress.phase,
            batch=phase.batch,
            start=self.progress.step,
            stop=phase.steps,
            workers=self.settings.workers,
            rank=self.accelerator.process_index,
            world=self.accelerator.num_processes,
        )
        sums: dict[str, float] = {}
        count = bad = 0
        for number, cpu_batch in enumerate(batches, self.progress.step):
            self._mark_rates(bare, rates, phase, number)
            batch = {name: value.to(self.accelerator.device, non_blocking=True) for name, value in cpu_batch.items()}
            torch.manual_seed(self.settings.seed * 1_000_003 + offset + number)  # dropout
            with self.accelerator.autocast():
                losses = self.task.update(batch, phase, optimisers, self._backward)
            self.average.update(self.task.networks[self.task.averaged])
            values = {name: float(value) for name, value in losses.items()}
            bad = 0 if all(math.isfinite(value) for value in values.values()) else bad + 1
            if bad >= COMPLAINT_AFTER:
                raise InputError(
                    f"The losses of {phase.name} are no numbers any more since step {number - bad + 1}: {values}. The "
                    "last checkpoint was kept. Lower the learning rate, or use --precision no."
                )
            for name, value in values.items():
                sums[name] = sums.get(name, 0.0) + value
            count += 1
            self.progress.step, self.progress.seen = number + 1, self.progress.seen + phase.batch
            self.done_now += 1
            self.bar.update(1)
            if self.progress.step % self.settings.log_steps == 0 or self.progress.step == phase.steps:
                self._log(phase, {name: value / count for name, value in sums.items()})
                sums, count = {}, 0
            if self.progress.step % self.settings.sample_steps == 0 or self.progress.step == phase.steps:
                self._show(phase)
            stop = self.settings.stop_after is not None and self.done_now >= self.settings.stop_after
            if stop or (time.monotonic() - self.saved_at > self.settings.checkpoint_seconds and not bad):
                self._save(bare)
            if stop and self.progress.step < phase.steps:
                return False
        return True

    def _backward(self, loss: torch.Tensor) -> None:
        """Gradients of a loss, which is the mean over all processes.

        They are averaged here, not by a wrapper around each network: steps train parts of a network, and
        discriminators look twice before gradients flow, which such wrappers refuse.
        """
        self.accelerator.backward(loss)
        if self.accelerator.num_processes == 1:
            return
        gradients = [p.grad for each in self.task.networks.values() for p in each.parameters() if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        mean = self.accelerator.reduce(flat, "mean")
        for gradient, part in zip(gradients, mean.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(part.view_as(gradient))

    def _mark_rates(
        self, optimisers: Mapping[str, Optimizer], rates: Mapping[str, list[float]], phase: Phase, number: int
    ) -> None:
        """Set the learning rates of step `number`."""
        warm = min(1.0, (number + 1) / phase.warm_up) if phase.warm_up else 1.0
        rest = max(0, number - phase.warm_up) / max(1, phase.steps - phase.warm_up)
        factor = warm * (0.5 + 0.5 * math.cos(math.pi * rest))
        for name, optimiser in optimisers.items():
            for group, rate in zip(optimiser.param_groups, rates[name], strict=True):
                group["lr"] = rate * factor

    def _step_of_all(self) -> int:
        return sum(phase.steps for phase in self.task.phases[: self.progress.phase]) + self.progress.step

    def _log(self, phase: Phase, means: Mapping[str, float]) -> None:
        for name, value in means.items():
            self.losses.setdefault(f"{phase.name}/{name}", []).append(value)
            if self.writer:
                self.writer.add_scalar(f"{phase.name}/{name}", value, self._step_of_all())
        self.bar.set_postfix({name: f"{value:.4f}" for name, value in means.items()}, refresh=False)

    def _show(self, phase: Phase) -> None:
        """Held-back figures and a grid of samples."""
        if not self.accelerator.is_main_process:
            return
        with torch.no_grad():
            self.figures = self.task.validate(self.average.network)
            grid = self.task.samples(self.average.network)
        step = self._step_of_all()
        line = ", ".join(f"{name} {value:.4f}" for name, value in self.figures.items())
        self.bar.write(f"{phase.name} {self.progress.step}/{phase.steps}: {line}")
        if self.writer:
            for name, value in self.figures.items():
                self.writer.add_scalar(f"held-back/{name}", value, step)
            if grid is not None:
                self.writer.add_image("samples", grid, step, dataformats="HWC")
            self.writer.flush()
        if grid is not None:
            from bonaface.io.writing import write_picture

            write_picture(self.settings.out / "samples" / f"{step:07d}.png", grid, overwrite=True)

    def _save(self, optimisers: Mapping[str, Optimizer]) -> None:
        self.saved_at = time.monotonic()
        self.progress.seconds = self.seconds_before + self.saved_at - self.started_at
        if not self.accelerator.is_main_process:
            return
        config: dict[str, Any] = dataclasses.asdict(self.task.config)
        header = Header(self.recipe, config, self.progress)
        networks = {**self.task.networks, "average": self.average}
        save_checkpoint(self.settings.out / CHECKPOINT, header, networks, optimisers)

    def _keep_phase_network(self) -> None:
        """The averaged network as it stood at the end of a phase, for exports and ablations."""
        if self.accelerator.is_main_process:
            phase = self.task.phases[self.progress.phase - 1]
            self.progress.seconds = self.seconds_before + time.monotonic() - self.started_at
            header = Header(self.recipe, dataclasses.asdict(self.task.config), self.progress)
            save_checkpoint(self.settings.out / f"{phase.name}.safetensors", header, {"average": self.average}, {})
