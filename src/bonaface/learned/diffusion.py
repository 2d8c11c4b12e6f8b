"""Pipelines of diffusers, opened from folders on this machine that hold no code: the one place that runs them."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from bonaface.core.errors import BonafaceError, InputError, ModelFailed, WeightsError
from bonaface.core.images import Image, Mask
from bonaface.learned.folders import Parts, look

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
ONE_COLOUR = 1 / 255
"""A picture whose values span less than that shows nothing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a pipeline is run.

    Attributes:
        dtype: "float32", "float16" or "bfloat16"; "auto": float16 on a graphics card, else float32.
        device: "cpu", "cuda" or "mps".
        offload: what waits in the processor's memory: "none"; "model": each network until its turn; "sequential": each
            layer, which needs the least memory of the card and is the slowest.
        safety_checker: whether the one in the folder, where there is one, looks at results.
    """

    dtype: str = "auto"
    device: str = "cpu"
    offload: str = "none"
    safety_checker: bool = True


class Pipeline:
    """A pipeline that is ready. Threads may share it: they take turns.

    Attributes:
        notes: what a person should know of how it was opened, a sentence each.
        channels: that its U-Net reads.
    """

    def __init__(self, opened: Any, parts: Parts, settings: Settings) -> None:
        """`opened`: of diffusers, on its device."""
        self._opened, self._lock, self.channels = opened, threading.Lock(), parts.channels
        checked = "safety_checker" in parts.names
        if checked:
            said = "The model's safety checker looks at every result; one that it flags is a failure."
        elif settings.safety_checker:
            said = "No safety checker looked at the result: the model's folder has none."
        else:
            said = "No safety checker looked at the result: it was switched off."
        self.notes: tuple[str, ...] = (said,)

    def __call__(
        self, image: Image, prompt: str, rng: np.random.Generator, region: Mask | None = None, **options: Any
    ) -> Image:
        """Run it once.

        Args:
            image: (S, S, 3), S a multiple of 8.
            prompt: what is asked for.
            rng: draws the seed of a generator on the processor, so that results repeat on every device.
            region: (S, S), True where it is painted; for pipelines that inpaint.
            options: of the pipeline's call.

        Returns:
            (S, S, 3) in [0, 1].

        Raises:
            InputError: a prompt that is too long.
            ModelFailed: it raised, ran out of memory, or delivered NaN, one colour, or what its safety checker flags.
        """
        self._check_length(prompt)
        self._check_length(options.get("negative_prompt") or "")
        given = {**options, "prompt": prompt, "image": _tensor(image), "output_type": "np"}
        if region is not None:
            given |= {"mask_image": torch.from_numpy(region.astype(np.float32))[None, None]}
            given |= {"height": image.shape[0], "width": image.shape[1]}
        generator = torch.Generator("cpu").manual_seed(int(rng.integers(2**63)))
        with self._lock, _quiet():
            try:
                made = self._opened(**given, generator=generator)
            except torch.OutOfMemoryError as error:
                raise ModelFailed(
                    "The device's memory does not suffice. Try --knob offload=model or offload=sequential, "
                    "dtype=float16, or a smaller grid."
                ) from error
            except (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError) as error:
                raise ModelFailed(f"The pipeline stopped ({type(error).__name__}: {_line(error)}).") from error
        if any(getattr(made, "nsfw_content_detected", None) or ()):
            raise ModelFailed(
                "The model's safety checker flagged the result, and made it black. It errs on faces, too: another seed "
                "may pass; or switch it off with --knob safety_checker=false, and look at the result yourself."
            )
        return _image(np.asarray(made.images)[0], image.shape)

    def _check_length(self, prompt: str) -> None:
        """What is beyond the last token that the text encoder reads would be left out unseen."""
        for name in ("tokenizer", "tokenizer_2"):
            if (tokenizer := getattr(self._opened, name, None)) is not None:
                count, most = len(tokenizer(prompt).input_ids), tokenizer.model_max_length
                if count > most:
                    raise InputError(f"The prompt has {count} tokens, and the model reads {most}. Shorten it: {prompt}")


def open_pipeline(folder: Path, pipelines: tuple[str, ...], settings: Settings) -> Pipeline:
    """A pipeline from a folder on this machine; nothing is fetched, and no code of the folder is run.

    Args:
        folder: with a `model_index.json`.
        pipelines: classes of diffusers that the index may name; the first one is run.
        settings: how.

    Raises:
        WeightsMissing: the folder, or a file in it, is missing.
        WeightsError: it holds something else; see `learned.folders.look`.
        InputError: a device that is not here, or settings that do not go together.
    """
    device, dtype = _device(settings)
    parts = look(folder, pipelines, safety_checker=settings.safety_checker)
    given: dict[str, Any] = {"dtype": dtype, "local_files_only": True, "use_safetensors": True}
    given |= {"variant": parts.variant} if parts.variant else {}
    if pipelines[0].startswith("StableDiffusionXL"):
        given |= {"add_watermarker": False}  # it would be added where a further library happens to be installed
    elif "safety_checker" not in parts.names:
        given |= {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    try:
        with _quiet():
            opened = getattr(diffusers, pipelines[0]).from_pretrained(str(folder), **given)
            opened.set_progress_bar_config(disable=True)
            if settings.offload == "model":
                opened.enable_model_cpu_offload(device=device)
            elif settings.offload == "sequential":
                opened.enable_sequential_cpu_offload(device=device)
            else:
                opened.to(device)
    except BonafaceError:
        raise
    except torch.OutOfMemoryError as error:
        raise ModelFailed("The device's memory does not hold the model. Try --knob offload=model.") from error
    except Exception as error:  # diffusers, transformers, safetensors and torch raise what they like
        raise WeightsError(
            f"{folder} cannot be opened as a {pipelines[0]} ({type(error).__name__}: {_line(error)}). It may be of "
            "another model, or not copied whole."
        ) from error
    return Pipeline(opened, parts, settings)


def _device(settings: Settings) -> tuple[torch.device, torch.dtype]:
    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not here[settings.device]:
        able = ", ".join(name for name, there in here.items() if there)
        raise InputError(f"PyTorch finds no {settings.device} here; it can compute on: {able}. Name one (device).")
    if settings.offload != "none" and settings.device == "cpu":
        raise InputError(f"offload={settings.offload} spares the memory of a graphics card, and the device is the cpu. "
                         "Leave it out, or name another device.")  # fmt: skip
    half = "float16" if settings.device == "cuda" else "float32"
    return torch.device(settings.device), DTYPES[half if settings.dtype == "auto" else settings.dtype]


def _tensor(image: Image) -> torch.Tensor:
    """(S, S, 3) -> (1, 3, S, S) in [0, 1], as the pipelines' preparation of tensors expects it."""
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]


def _image(made: NDArray[Any], shape: tuple[int, ...]) -> Image:
    """What a pipeline delivered, if it is a picture."""
    if made.shape != shape:
        raise ModelFailed(f"The pipeline delivered an array of shape {made.shape}; expected {shape}.")
    if not np.isfinite(made).all():
        raise ModelFailed(
            "The pipeline delivered NaN: numbers left the range of its type. Try --knob dtype=float32 (or bfloat16)."
        )
    low, high = float(made.min()), float(made.max())
    if high - low < ONE_COLOUR:
        colour = "black" if high < ONE_COLOUR else f"of one colour ({low:.3f})"
        raise ModelFailed(f"The pipeline delivered a picture that is {colour}. Try another dtype, or another seed.")
    return np.ascontiguousarray(np.clip(made, 0, 1), np.float32)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Within, the libraries print no bars and no advice; what matters is said by `Pipeline.notes` and by errors."""
    theirs = diffusers.utils.logging, transformers.utils.logging
    before = [(library.get_verbosity(), library.is_progress_bar_enabled()) for library in theirs]
    for library in theirs:
        library.set_verbosity_error()
        library.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for library, (verbosity, bars) in zip(theirs, before, strict=True):
            library.set_verbosity(verbosity)
            if bars:
                library.enable_progress_bar()


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300].rstrip(".")
