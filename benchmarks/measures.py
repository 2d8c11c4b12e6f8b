"""Each core measure against scikit-image and, where it is installed, piq, on the same pairs of 1024 px, in turn.

    python benchmarks/measures.py [--rounds 5] [--pairs 2]

Needs the folder of real faces (BONAFACE_DATA, else ../shared/data): ffhq10 at 1024 px, and GPEN's outputs. All run
in one process, one after another, on one thread each; the median of the ratios pair by pair counts, and the values are
compared as well. The others are given float32, as we are.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

from bonaface.core.images import luminance
from bonaface.io.pictures import read_picture
from bonaface.measure import MEASURES
from bonaface.measure.record import Measure

DATA = Path(os.environ.get("BONAFACE_DATA", Path(__file__).parents[2] / "shared/data"))
GAUSSIAN = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1}
Function = Callable[[np.ndarray, np.ndarray], float]


def others() -> dict[str, dict[str, Function]]:
    """By measure and library; settings that mean the same as ours."""
    found: dict[str, dict[str, Function]] = {
        "psnr": {"scikit-image": lambda o, t: peak_signal_noise_ratio(t, o, data_range=1)},
        "rmse": {"scikit-image": lambda o, t: 255 * mean_squared_error(t, o) ** 0.5},
        "ssim": {"scikit-image": lambda o, t: structural_similarity(t, o, channel_axis=2, **GAUSSIAN)},
        "ssim-y": {"scikit-image": lambda o, t: structural_similarity(luminance(t), luminance(o), **GAUSSIAN)},
        "ciede2000": {"scikit-image": lambda o, t: deltaE_ciede2000(rgb2lab(t), rgb2lab(o)).mean()},
    }
    if importlib.util.find_spec("piq") is not None:
        import piq
        import torch

        torch.set_num_threads(1)

        def tensor(image: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(image).permute(2, 0, 1)[None].contiguous()

        def luma(image: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(luminance(image))[None, None]

        found["psnr"]["piq"] = lambda o, t: float(piq.psnr(tensor(o), tensor(t)))
        found["ssim"]["piq"] = lambda o, t: float(piq.ssim(tensor(o), tensor(t), downsample=False))
        found["ssim-y"]["piq"] = lambda o, t: float(piq.ssim(luma(o), luma(t), downsample=False))
        found["ms-ssim"] = {"piq": lambda o, t: float(piq.multi_scale_ssim(tensor(o), tensor(t)))}
        found["ms-ssim-y"] = {"piq": lambda o, t: float(piq.multi_scale_ssim(luma(o), luma(t)))}
    return found


def timed(function: Function, pair: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    """Seconds and value."""
    start = time.perf_counter()
    value = float(function(*pair))
    return time.perf_counter() - start, value


def race(measure: Measure, library: str, theirs: Function, pairs: list, rounds: int) -> str:
    """Ours and theirs in turn; one line for the table."""
    ours = measure.load({})
    timed(ours, pairs[0]), timed(theirs, pairs[0])
    ratios, seconds, apart = [], [], 0.0
    for _ in range(rounds):
        for pair in pairs:
            (mine, value), (other, expected) = timed(ours, pair), timed(theirs, pair)
            ratios.append(mine / other)
            seconds.append((mine, other))
            apart = max(apart, abs(value - expected))
    mine, other = (1000 * statistics.median(each) for each in zip(*seconds, strict=True))
    ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    return f"{measure.id:<10} {library:<13} {mine:8.1f} ms {other:8.1f} ms   {ratio:<24} {apart:.1e}"


def main() -> None:
    """Read, race, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=2)
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    names = sorted((DATA / "restored/gpen_inpainting/output").iterdir())[: wanted.pairs]
    pairs = [(read_picture(name).image(), read_picture(DATA / f"ffhq10/{name.stem}.png").image()) for name in names]
    print(f"{len(pairs)} pairs of 1024 px, {wanted.rounds} rounds, one thread")
    print(f"{'':<24} {'ours':>11} {'theirs':>11}   {'ours/theirs: median':<24} largest difference")
    for name, libraries in others().items():
        for library, theirs in libraries.items():
            print(race(MEASURES[name], library, theirs, pairs, wanted.rounds), flush=True)


if __name__ == "__main__":
    main()
