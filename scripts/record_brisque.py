"""Record what OpenCV, pyiqa and piq make of BRISQUE's features, for the tests to compare with (brisque.json).

Needs environments of their own: OpenCV's edition comes with the contributed modules, pyiqa and piq bring PyTorch. Run
it once in each; what an environment lacks is left as it was. With the two published files in a folder, OpenCV's values
are recorded as well.

    pip install opencv-contrib-python-headless scikit-image && python scripts/record_brisque.py [FOLDER]
    pip install pyiqa piq scikit-image && python scripts/record_brisque.py
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import skimage.data

OUT = Path(__file__).parents[1] / "tests/measure/brisque.json"


def pictures() -> dict[str, np.ndarray]:
    """(H, W, 3) uint8 each."""
    image = skimage.data.astronaut()
    noise = np.random.default_rng(0).normal(0, 12.75, image.shape)
    return {
        "as it is": image,
        "noise": np.rint(np.clip(image + noise, 0, 255)).astype(np.uint8),
        "blur": cv2.GaussianBlur(image, (0, 0), 2),
        "odd sides": np.ascontiguousarray(image[:251, :333]),
    }


def planes(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Grey levels on two scales, the second by bicubic halving without antialiasing."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64)
    return grey, cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_CUBIC)


def by_opencv(image: np.ndarray, folder: Path | None) -> dict[str, object]:
    """The 36 features; the value, where the published files are in `folder`."""
    bgr = np.ascontiguousarray(image[..., ::-1])
    out: dict[str, object] = {"features": rounded(cv2.quality.QualityBRISQUE_computeFeatures(bgr))}
    if folder:
        files = [str(folder / f"brisque_{name}_live.yml") for name in ("model", "range")]
        out["value"] = cv2.quality.QualityBRISQUE_compute(bgr, *files)[0]
    return out


def by_torch(name: str, image: np.ndarray) -> dict[str, object]:
    """The 18 features of each of two scales that they are given, and those of their own second scale."""
    import torch

    if name == "piq":
        from piq.brisque import _natural_scene_statistics as features
        from piq.functional import imresize as resize

        halved = lambda x: resize(x, sizes=(x.size(2) // 2, x.size(3) // 2))  # noqa: E731
    else:
        from pyiqa.archs.brisque_arch import natural_scene_statistics as features
        from pyiqa.matlab_utils import imresize as resize

        halved = lambda x: resize(x, scale=0.5, antialiasing=True)  # noqa: E731
    first, second = (torch.from_numpy(plane)[None, None] for plane in planes(image))
    found = [features(each).ravel() for each in (first, second)]
    return {
        "features": rounded(torch.cat(found).numpy()),
        "own second scale": rounded(features(halved(first)).ravel().numpy()),
    }


def rounded(values: object) -> list[float]:
    """Six digits of each number."""
    return [round(float(value), 6) for value in np.asarray(values).ravel()]


def main() -> None:
    """Record."""
    held = json.loads(OUT.read_text("utf-8")) if OUT.is_file() else {"versions": {}, "pictures": {}}
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    made_by = {name: (lambda image, name=name: by_torch(name, image)) for name in ("pyiqa", "piq")}
    there = [name for name in made_by if importlib.util.find_spec(name)]
    if hasattr(cv2, "quality"):
        made_by["opencv"] = lambda image: by_opencv(image, folder)
        there.append("opencv")
    for name in there:
        held["versions"][name] = cv2.__version__ if name == "opencv" else importlib.metadata.version(name)
        for picture, image in pictures().items():
            held["pictures"].setdefault(picture, {})[name] = made_by[name](image)
    OUT.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
