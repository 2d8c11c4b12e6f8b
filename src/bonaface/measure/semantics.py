"""Whether an edited face looks like the expression that was asked for, in the words that CLIP knows for it.

It says what the picture resembles to CLIP, and nothing of what the person felt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from bonaface.core.catalog import Source
from bonaface.core.expressions import expression_named
from bonaface.core.images import Image
from bonaface.core.results import Score
from bonaface.measure.backbones import CLIP_VIT_B_32, INSTALL
from bonaface.measure.record import Files, Measure, Values

LEAST = 0.005
"""Cosine by which the real picture must improve on the neutral one before a share of that is stated: a seventh of what
the study found for happiness (0.035)."""


@cache
def prompts() -> Mapping[str, Sequence[str]]:
    """The texts of each expression, by the names of `measure.expression`."""
    held = json.loads((resources.files("bonaface.measure") / "prompts.json").read_text(encoding="utf-8"))
    return {name: tuple(texts) for name, texts in held["prompts"].items()}


def improvements(output: float, neutral: float, truth: float | None = None) -> Values:
    """What cosines of three pictures say of an edit.

    Args:
        output: cosine of the edited picture to the expression's prompts.
        neutral: that of the picture which the editor started from.
        truth: that of the real picture with the expression, where there is one.

    Returns:
        `output` under ""; "neutral", "improvement" (output over neutral); with a truth also "truth",
        "truth-improvement" and "share" (of the real improvement that the edit reached; below 0: it went the other way).

    Source:
        S0, section VI.F.

    >>> round(improvements(0.242, 0.235, 0.270)["share"].value, 3)
    0.2
    """
    parts: dict[str, float | Score] = {"": output, "neutral": neutral, "improvement": output - neutral}
    if truth is not None:
        gained = truth - neutral
        parts |= {"truth": truth, "truth-improvement": gained, "share": _share(output - neutral, gained)}
    return parts


def _share(reached: float, gained: float) -> Score:
    if gained < LEAST:
        return Score.not_applicable(
            f"the real picture is nearer to the expression's prompts than the neutral one by {gained:.4f} only; "
            f"a share is stated from {LEAST} on",
            "share",
        )
    return Score(reached / gained, "share")


def _load(files: Files) -> Callable[..., Values]:
    from bonaface.learned.clip import Clip

    clip = Clip(files[CLIP_VIT_B_32.name])

    @cache
    def direction(target: str) -> Any:
        mean = clip.texts(prompts()[target]).mean(axis=0)
        return mean / (mean @ mean) ** 0.5

    def semantics(output: Image, neutral: Image, target: str, truth: Image | None = None) -> Values:
        """Cosine of the output to the mean direction of the target's prompts; parts as in `improvements`.

        Args:
            output: (H, W, 3), the edited picture.
            neutral: the picture that the editor started from, of any size.
            target: one of `expression.NAMES`, or another word for it ("happy"; see `core.expressions`).
            truth: the same person with that expression, of any size.

        Raises:
            UnknownName: no such expression.
        """
        to = direction(expression_named(target).label)
        real = None if truth is None else clip.picture(truth)
        return improvements(
            float(clip.picture(output) @ to),
            float(clip.picture(neutral) @ to),
            None if real is None else float(real @ to),
        )

    return semantics


CLIP_SEMANTICS = Measure(
    id="clip-semantics",
    version=1,
    needs=("output", "neutral", "target"),
    uses=("truth",),
    unit="cosine",
    better="higher",
    bounds=(-1.0, 1.0),
    convention="OpenAI's CLIP ViT-B/32 in 32 bits; picture rounded to 8 bits, shorter side to 224 px (Pillow's "
    "bicubic), middle square; cosine to the mean of the unit vectors of four prompts of the expression "
    "(measure/prompts.json: two of them S0's, and only for happiness), so compare only with the same prompts; `share` "
    f"from a real improvement of {LEAST} on. Small differences: S0's own happy face improves by 0.035",
    source=Source("S0, section VI.F; Radford et al. 2021 (CLIP)", "arXiv:2103.00020"),
    load=_load,
    weights=(CLIP_VIT_B_32,),
    implementation="Bonaface, on OpenAI's clip",
    modules=("torch", "torchvision", "clip"),
    install=INSTALL,
)
