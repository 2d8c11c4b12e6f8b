"""Bonaface's audit against the plain script that one would write with the libraries as everybody calls them.

The script does what the hallucination study (S0) did: SIFT on both pictures, brute-force matching with the ratio
test, dlib's detector and landmarks, 3-D colour histograms, SSIM by scikit-image, and dlib's face embedding. The audit
does all of that and more. Both see the same pairs in the same process, in turn: script, audit, script, audit.

    python benchmarks/audit_vs_script.py [--rounds 5] [--upsample 0|1]

Needs the folder of real faces (BONAFACE_DATA, else ../shared/data): ffhq10 at 1024 px and GPEN's outputs for them.
Prints medians, ratios pair by pair, and peak memory after each round.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np
from skimage.metrics import structural_similarity

from bonaface.api import wiring
from bonaface.api.auditing import Auditor, Options
from bonaface.faces.cards import LANDMARKS_68
from bonaface.io.pictures import read_picture
from bonaface.measure.identity import EMBEDDER

DATA = Path(os.environ.get("BONAFACE_DATA", Path(__file__).parents[2] / "shared/data"))


class Script:
    """The plain script; its models are loaded once, as the audit's are."""

    def __init__(self, upsample: int) -> None:
        files = wiring.files()
        self.upsample = upsample
        self.detector = dlib.get_frontal_face_detector()
        self.predictor = dlib.shape_predictor(str(files[LANDMARKS_68.name]))
        self.embedder = dlib.face_recognition_model_v1(str(files[EMBEDDER.name]))
        self.sift = cv2.SIFT_create()
        self.matcher = cv2.BFMatcher()

    def __call__(self, output: Path, truth: Path) -> dict[str, Any]:
        real, made = cv2.imread(str(truth)), cv2.imread(str(output))
        grey_t, grey_o = cv2.cvtColor(real, cv2.COLOR_BGR2GRAY), cv2.cvtColor(made, cv2.COLOR_BGR2GRAY)
        _, descriptors_t = self.sift.detectAndCompute(grey_t, None)
        points_o, descriptors_o = self.sift.detectAndCompute(grey_o, None)
        pairs = self.matcher.knnMatch(descriptors_o, descriptors_t, k=2)
        good = [a for a, b in pairs if a.distance < 0.75 * b.distance]
        matched = {match.queryIdx for match in good}
        unmatched = [p.pt for i, p in enumerate(points_o) if i not in matched]
        shapes, vectors = [], []
        for picture in (real, made):
            rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
            box = self.detector(rgb, self.upsample)[0]
            shape = self.predictor(rgb, box)
            shapes.append(np.array([(p.x, p.y) for p in shape.parts()]))
            vectors.append(np.array(self.embedder.compute_face_descriptor(rgb, shape)))
        histograms = []
        for picture in (real, made):
            histogram = cv2.calcHist([picture], [0, 1, 2], None, [8, 8, 8], [0, 256] * 3)
            histograms.append(cv2.normalize(histogram, histogram).flatten())
        return {
            "unmatched": len(unmatched),
            "shift": float(np.linalg.norm(shapes[0] - shapes[1], axis=1).mean()),
            "distance": float(np.linalg.norm(vectors[0] - vectors[1])),
            "histogram": cv2.compareHist(*histograms, cv2.HISTCMP_CORREL),
            "ssim": structural_similarity(real, made, channel_axis=2),
        }


def pairs() -> list[tuple[Path, Path, Path]]:
    """Output, truth and damaged picture of each case."""
    folder = DATA / "restored/gpen_inpainting"
    return [
        (output, DATA / "ffhq10" / f"{output.stem}.png", folder / "input" / output.name)
        for output in sorted((folder / "output").iterdir())
    ]


def seconds(job: Callable[[], Any]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--upsample", type=int, default=0, help="dlib's upsampling in the script: 0 favours the script")
    arguments = parser.parse_args()
    cases = pairs()
    script = Script(arguments.upsample)
    plain = Options(floors=False, controls=False)
    rows: dict[str, list[float]] = {"script": [], "plain": [], "full": [], "again": []}
    peaks = []
    for turn in range(arguments.rounds + 1):
        for index, (output, truth, damaged) in enumerate(cases):
            control = cases[(index + 1) % len(cases)][1]
            others = read_picture(control)
            # New auditors each time: nothing of this truth has been seen before.
            bare, full = Auditor(plain), Auditor()
            whole = partial(full.audit, output, truth, damaged, control=others)
            took = {
                "script": seconds(partial(script, output, truth)),
                "plain": seconds(partial(bare.audit, output, truth)),
                "full": seconds(whole),
                "again": seconds(whole),
            }
            if turn:  # the first round warms up
                for name, value in took.items():
                    rows[name].append(value)
        peaks.append(peak_megabytes())
    labels = {
        "script": "plain script",
        "plain": "audit without floors and controls",
        "full": "audit with floors and controls, truth never seen before",
        "again": "audit with floors and controls, another output of the same truth",
    }
    print(f"{len(cases)} pairs of 1024 px, {arguments.rounds} rounds, the script upsamples {arguments.upsample} times")
    for name, label in labels.items():
        ratios = [a / b for a, b in zip(rows[name], rows["script"], strict=True)]
        print(
            f"{label:66s} median {statistics.median(rows[name]):.3f} s   ratio to the script: median "
            f"{statistics.median(ratios):.2f} (from {min(ratios):.2f} to {max(ratios):.2f})"
        )
    print("peak memory after each round, MB: " + " ".join(f"{peak:.0f}" for peak in peaks))


if __name__ == "__main__":
    main()
