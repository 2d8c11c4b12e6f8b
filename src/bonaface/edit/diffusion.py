"""What the three diffusion editors have in common: one adapter between faces and the pipelines of diffusers.

Conventions end here: the face is brought to the size that the network sees, and back; outside the region the result is
the input, value for value.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonaface.core.errors import ImageError, InputError, WeightsError, WeightsMissing
from bonaface.core.images import Image, Mask, check_image
from bonaface.core.knobs import ANYTHING, SWITCH, Knob, Values, numbers, one_of, whole
from bonaface.core.snapshots import Snapshot
from bonaface.edit.prompts import FORMS, prompt_for
from bonaface.faces.crops import FFHQ, resized
from bonaface.faces.paste import distance_inside

if TYPE_CHECKING:
    from bonaface.learned.diffusion import Pipeline

SIDE = 512
"""Height and width of the faces that these editors read and deliver."""
CROP = FFHQ
MODULES = ("torch", "diffusers", "transformers", "accelerate", "safetensors")
INSTALL = "pip install 'bonaface[diffusion]'"
_LEAST = 64
_GRID = Values(
    f"a whole number of pixels, {_LEAST} or more, a multiple of 8",
    lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= _LEAST and value % 8 == 0,
)
_WORDS = Values("words", lambda value: isinstance(value, str))
KNOBS = (
    Knob("model", "a name on the Hugging Face hub, which must be on this machine, or a folder; the card's", _WORDS),
    Knob("steps", "of denoising, 1 or more", whole(1)),
    Knob("guidance", "how strictly the prompt is followed, 1 to 30 (1: not at all)", numbers(1, 30), (1, 15)),
    Knob("prompt", f"{', '.join(FORMS)}; or a sentence with {{adjective}} or {{phrase}} for the expression", _WORDS),
    Knob("negative", "what the picture shall not show; nothing", _WORDS),
    Knob("grid", "side of the face as the network sees it, in pixels, a multiple of 8", _GRID),
    Knob("feather", "width of the soft edge in the region, as a share of the side, 0 to 0.2; 0.02", numbers(0, 0.2)),
    Knob("dtype", "auto (float16 on cuda, else float32), float32, float16, bfloat16",
         one_of("auto", "float32", "float16", "bfloat16")),
    Knob("device", "what computes: cpu, cuda, mps; the cpu", one_of("cpu", "cuda", "mps")),
    Knob("offload", "what waits in the processor's memory: none, model, sequential; none",
         one_of("none", "model", "sequential")),
)  # fmt: skip
"""What all of them can be told."""
CHECKER = Knob("safety_checker", "whether the model's own, if it has one, looks at results; true", SWITCH)
LIMITS = (
    "Paints the whole face anew: skin, eyes and hair change with the expression, and detail is invented.",
    "The result depends on the seed; two runs of one seed agree on one device only, within its rounding.",
    "Trained on captioned pictures of the web, with their prejudices about who looks how.",
)


class Diffused:
    """An editor that is ready; see `Edit`. Threads may share one: they take turns.

    Attributes:
        notes: what a person should know of how the model was opened, a sentence each.
    """

    def __init__(
        self,
        name: str,
        pipeline: Pipeline,
        *,
        prompt: str,
        grid: int,
        feather: float,
        options: Mapping[str, Any],
        inpaints: bool = False,
    ) -> None:
        """`options`: of the pipeline's call. `inpaints`: it is told the region, and does nothing without one."""
        self._name, self._pipeline, self._prompt = name, pipeline, prompt
        self._grid, self._feather, self._options, self._inpaints = grid, feather, dict(options), inpaints
        self.notes = pipeline.notes

    def __call__(
        self, image: Image, target: str, rng: np.random.Generator | None = None, region: Mask | None = None
    ) -> Image:
        """Change the expression of one face.

        Args:
            image: (512, 512, 3), a face cut out as the card's `crop` says.
            target: one of `core.expressions.EXPRESSIONS`.
            rng: draws the seed of the noise. None: seed 0.
            region: (512, 512), True where the picture may change; everywhere else the result is the input.

        Returns:
            (512, 512, 3) in [0, 1].

        Raises:
            ImageError: the picture is of another size, or not in [0, 1].
            UnknownName: no such expression.
            InputError: a region of another form, or none where one is needed.
            ModelFailed: the pipeline delivered no picture that can be used.
        """
        check_image(image, "The face to edit", SIDE)
        if image.shape[:2] != (SIDE, SIDE):
            raise ImageError(
                f"The face to edit is {image.shape[1]}x{image.shape[0]} pixels; {self._name} reads {SIDE}x{SIDE}, cut "
                "out as FFHQ's faces are. Cut and resize it first, or give the whole photograph."
            )
        self._check_region(region)
        prompt = prompt_for(target, self._prompt)
        rng = np.random.default_rng(0) if rng is None else rng
        told = _resized(region, self._grid) if region is not None and self._inpaints else None
        made = self._pipeline(resized(image, self._grid), prompt, rng, told, **self._options)
        return _within(image, resized(made, SIDE), region, self._feather * SIDE)

    def _check_region(self, region: Mask | None) -> None:
        if region is None:
            if self._inpaints:
                raise InputError(
                    f"{self._name} repaints a region, and none was given. Make one from landmarks "
                    "(bonaface.edit.mask.landmark_mask) or from a real expression (DifferenceMask)."
                )
            return
        if region.shape != (SIDE, SIDE) or region.dtype != np.bool_:
            raise InputError(
                f"The region is {region.dtype} of shape {region.shape}; expected bool of shape ({SIDE}, {SIDE}), True "
                "where the picture may change."
            )
        if not region.any():
            raise InputError("The region is empty, so that nothing may change. Leave it out, or make it larger.")


def diffused(
    name: str,
    card: Snapshot,
    channels: tuple[int, ...],
    knobs: tuple[Knob, ...],
    given: Mapping[str, Any],
    options: Mapping[str, Any],
    *,
    inpaints: bool = False,
) -> Diffused:
    """An editor, its values checked and its pipeline opened.

    Args:
        name: of the editor.
        card: of its folder.
        channels: that its U-Net may read.
        knobs: what it can be told.
        given: the arguments of its `load` by name: the files, and a value for each knob.
        options: of the pipeline's call, beside steps, guidance and the negative prompt.
        inpaints: see `Diffused`.

    Raises:
        InputError: a value that a knob does not take, no step left to run, or as `opened`.
        WeightsError: as `opened`.
    """
    check_given(name, knobs, given)
    if "strength" in given:
        check_steps(name, given["steps"], given["strength"])
    how = {each: given[each] for each in ("model", "dtype", "device", "offload", "safety_checker") if each in given}
    pipeline = opened(card, given["files"], channels, **how)
    every = {"num_inference_steps": given["steps"], "guidance_scale": float(given["guidance"])}
    every |= {"negative_prompt": given["negative"] or None, **options}
    return Diffused(
        name,
        pipeline,
        prompt=given["prompt"],
        grid=given["grid"],
        feather=given["feather"],
        options=every,
        inpaints=inpaints,
    )


def opened(
    card: Snapshot,
    files: Mapping[str, Path],
    channels: tuple[int, ...],
    *,
    model: str,
    dtype: str,
    device: str,
    offload: str,
    safety_checker: bool = True,
) -> Pipeline:
    """The pipeline of an editor.

    Args:
        card: of its folder.
        files: that folder by the card's repository; where it is not among them, `model` must be a folder.
        channels: that its U-Net may read.
        model: a name on the hub, or a folder.
        dtype: see `learned.diffusion.Settings`, as for the others.
        device: likewise.
        offload: likewise.
        safety_checker: likewise.

    Raises:
        InputError: the extra is not installed; or as `open_pipeline`.
        WeightsMissing: no folder was given.
        WeightsError: it holds another model; or as `open_pipeline`.
    """
    check_installed(card.id)
    from bonaface.learned.diffusion import Settings, open_pipeline

    folder = files.get(card.repository) or Path(model).expanduser()
    if card.repository not in files and not folder.is_dir():
        raise WeightsMissing(
            f"{card.id} was given no folder of {model}; expected the one that `bonaface.api.snapshots.editor_files` "
            "finds, or model=FOLDER."
        )
    pipeline = open_pipeline(folder, card.pipelines, Settings(dtype, device, offload, safety_checker))
    if pipeline.channels not in channels:
        raise WeightsError(
            f"The U-Net in {folder} reads {pipeline.channels} channels; {card.id} needs one that reads "
            f"{' or '.join(map(str, channels))}. It is of another kind of model."
        )
    return pipeline


def check_installed(name: str) -> None:
    """Raise where the libraries of an editor are missing; nothing is imported to find out.

    Raises:
        InputError: the text has the command that installs them.
    """
    missing = [module for module in MODULES if importlib.util.find_spec(module) is None]
    if missing:
        raise InputError(f"{name} needs {', '.join(missing)}: {INSTALL}.")


def check_given(name: str, knobs: tuple[Knob, ...], given: Mapping[str, Any]) -> None:
    """Refuse what a knob cannot be set to.

    Raises:
        InputError: with the knob, what was found and what is expected.
    """
    for knob in knobs:
        if knob.values is not ANYTHING and not knob.values.fit(given[knob.name]):
            raise InputError(f"{name}: {knob.name} is {given[knob.name]!r}; expected {knob.values.expected}.")


def check_steps(name: str, steps: int, strength: float) -> None:
    """Refuse settings with which nothing is run: pipelines that start from a picture run `strength` x `steps` steps.

    Raises:
        InputError: none is left.
    """
    if int(steps * strength) < 1:
        raise InputError(
            f"{name}: {steps} steps at strength {strength:g} leave none to run. Raise one of them: their product must "
            "be 1 or more."
        )


def _resized(region: Mask, side: int) -> Mask:
    """Every pixel that has a part in the region is in it."""
    import cv2

    how = cv2.INTER_AREA if side < SIDE else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(region.astype(np.float32), (side, side), interpolation=how) > 0)


def _within(image: Image, made: Image, region: Mask | None, feather: float) -> Image:
    """`made` inside the region, `image` outside; in between, the edge is soft on the inner side only."""
    if region is None:
        return made
    share = np.clip(distance_inside(region) / np.float32(max(feather, 1)), 0, 1)[..., None]
    return np.where(region[..., None], np.clip(image + share * (made - image), 0, 1), image).astype(np.float32)
