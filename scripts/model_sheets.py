"""Draw what docs/models shows: training curves, and what the networks do with the astronaut and with drawn faces.

    python scripts/model_sheets.py RUNS      # a folder with runs of the recipes, as `bonaface train` makes them

The curves come from the runs' logs, the pictures from the networks in the package. No face of the training data is
shown: the astronaut is scikit-image's (NASA, public domain), and the others are drawn here from ellipses.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
import skimage.data
from numpy.typing import NDArray

mpl.use("Agg")
import matplotlib.pyplot as plt

from bonaface.api.wiring import parser, restorer, tools
from bonaface.core.images import Bytes8, Image, to_image
from bonaface.degrade import RECIPES as DAMAGES
from bonaface.faces.crops import CELEBA, CELEBA_HQ, cut, to_crop
from bonaface.io.writing import write_picture
from bonaface.train.grids import COLOURS, grid

FOLDER = Path(__file__).parents[1] / "docs/models"
HELD = "held-back/"


def main() -> None:
    """See the module."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for run in sorted(path.parent for path in Path(sys.argv[1]).glob("*/logs")):
        draw_curves(run, FOLDER / f"{run.name}-curves.png")
    draw_hallucinations(FOLDER / "pro-uigan-samples.png")
    draw_parses(FOLDER / "parser-samples.png")


def draw_curves(run: Path, target: Path) -> None:
    """Losses of each phase, and figures on held-back faces, over the steps."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    series: dict[str, dict[int, float]] = {}
    for file in sorted((run / "logs").iterdir()):  # one a start
        events = EventAccumulator(str(file), {"scalars": 0})
        events.Reload()
        for tag in events.Tags()["scalars"]:
            series.setdefault(tag, {}).update({event.step: event.value for event in events.Scalars(tag)})
    held = {name: values for name, values in series.items() if name.startswith(HELD)}
    losses = {name: values for name, values in series.items() if name not in held}
    units = sorted({name.removeprefix(HELD).split(" ")[0] for name in held})
    figure, axes = plt.subplots(1, 1 + len(units), figsize=(5 * (1 + len(units)), 3.4), squeeze=False)
    for name, values in losses.items():
        axes[0, 0].plot(list(values), list(values.values()), label=name, linewidth=1)
    axes[0, 0].set_yscale("log" if min(min(v.values()) for v in losses.values()) > 0 else "symlog")
    axes[0, 0].set_title("losses")
    for axis, unit in zip(axes[0, 1:], units, strict=True):
        for name, values in held.items():
            if name.removeprefix(HELD).split(" ")[0] == unit:
                axis.plot(list(values), list(values.values()), label=name.removeprefix(HELD), marker=".")
        axis.set_title("held-back faces")
        axis.legend(fontsize=7)
    for axis in axes[0]:
        axis.set_xlabel("step")
        axis.grid(alpha=0.3)
    if len(losses) <= 12:
        axes[0, 0].legend(fontsize=7)
    figure.tight_layout()
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=110, metadata={"Software": None})
    plt.close(figure)
    print(target)


def faces(crop: object, side: int) -> list[Image]:
    """The astronaut in the framing of some training data, and four drawn faces."""
    picture = skimage.data.astronaut()
    found = tools().locator.faces(picture)[0]
    astronaut = cut(to_image(picture), to_crop(found.landmarks, side, crop), side)  # type: ignore[arg-type]
    return [astronaut, *(to_image(drawn_face(seed, side)) for seed in range(4))]


def drawn_face(seed: int, side: int) -> Bytes8:
    """A face of nobody, drawn from ellipses, about where faces are in an FFHQ crop."""
    rng = np.random.default_rng(seed)
    size = 512
    canvas = np.full((size, size, 3), rng.integers(60, 200, 3), np.uint8)
    skin = np.array([225, 180, 150]) * rng.uniform(0.45, 1.05)
    hair = np.array([90, 60, 40]) * rng.uniform(0.2, 2.2)
    lips = np.clip(skin * [1.0, 0.62, 0.6], 0, 255)

    def blob(centre: tuple[float, float], axes: tuple[float, float], colour: NDArray[np.float64]) -> None:
        place, half = (round(centre[0]), round(centre[1])), (round(axes[0]), round(axes[1]))
        cv2.ellipse(canvas, place, half, 0, 0, 360, [float(c) for c in np.clip(colour, 0, 255)], -1, cv2.LINE_AA)

    wide = rng.uniform(125, 150)
    blob((256, 250), (wide + 55, 235), hair)
    blob((256, 470), (90, 110), skin * 0.85)
    blob((256, 300), (wide, 195), skin)
    blob((256, 330), (wide * 0.8, 150), skin * 1.04)
    for turn in (-1, 1):
        x = 256 + turn * 63
        blob((x, 205), (38, 7), hair * 0.8)
        blob((x, 240), (27, 13), np.array([245.0, 245, 245]))
        blob((x, 240), (12, 12), np.array([70.0, 55, 40]) * rng.uniform(0.6, 1.6))
        blob((x, 240), (5, 5), np.zeros(3))
        blob((256 + turn * 14, 318), (7, 5), skin * 0.6)
    blob((256, 285), (16, 45), skin * 1.08)
    blob((256, 375), (rng.uniform(45, 62), rng.uniform(12, 26)), lips)
    blob((256, 372), (rng.uniform(25, 45), rng.uniform(2, 9)), np.array([120.0, 40, 45]))
    soft = cv2.GaussianBlur(canvas, (0, 0), 5)
    light = np.linspace(1.12, 0.85, size)[None, :, None] if rng.random() < 0.5 else np.ones((1, 1, 1))
    bright = np.clip(soft * light, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(bright, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def draw_hallucinations(target: Path) -> None:
    """Truth, thumbnail, bicubic and Pro-UIGAN: without occlusion, with a square, and with irregular ones."""
    restore = restorer("pro-uigan-compact")
    rows: list[list[Bytes8]] = [[], [], [], []]
    for number, truth in enumerate(faces(CELEBA, 128)):
        for recipe in (None, "prouigan-square-48", "prouigan-irregular"):
            if recipe is None:
                small, mask = np.asarray(cv2.resize(truth, (16, 16), interpolation=cv2.INTER_AREA), np.float32), None
            else:
                damaged = DAMAGES[recipe].degradation(truth, np.random.default_rng(number))
                small, mask = damaged.image, damaged.occlusion
            bicubic = np.clip(cv2.resize(small, (128, 128), interpolation=cv2.INTER_CUBIC), 0, 1)
            made = restore(small, np.random.default_rng(0), occlusion=mask)
            for row, image in zip(rows, (truth, small, bicubic, made), strict=True):
                row.append((image * 255 + 0.5).astype(np.uint8))
    write_picture(target, grid(rows), overwrite=True)
    print(target)


def draw_parses(target: Path) -> None:
    """Pictures and the classes found in them."""
    images = faces(CELEBA_HQ, 256)
    found = [COLOURS[parser().parse(image)] for image in images]
    write_picture(target, grid([[(i * 255 + 0.5).astype(np.uint8) for i in images], found], 256), overwrite=True)
    print(target)


if __name__ == "__main__":
    main()
