"""Find faces that are measured by `bonaface bench` and were trained on as another crop of the same photograph.

CelebA-HQ's pictures (`celebamask`) were made from photographs of CelebA, so one of them may lie in `celeba_train` or
`celeba_val` too. Three pairs of sets are searched: the held-back tenth of `celebamask` in `celeba_train`, and in the
rest of `celebamask`; and `celeba_val` in that rest, which restorers are trained on as well.

Two grey crops of one framing at 32 px (`FACIAL_AREA_128`, and the framing of the Parquet files) give candidates by
normalised correlation; the best of them are registered at 64 px by an affine transform (ECC), which takes what is left
of the difference in framing. A pair is one photograph where the first correlation reaches 0.975 or the registered one
0.985. Looked through by eye, with --look: 50 of the 899 faces of `celebamask` have a partner in `celeba_train` by this
rule, and each is the same photograph; of those just below (0.94 and 0.979 at most), none is.

    python scripts/near_duplicates.py ../shared/data [--look FOLDER]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bonaface.api import wiring
from bonaface.core.images import Bytes8, Points
from bonaface.faces.align import to_facial_area, warp
from bonaface.faces.crops import CELEBA, Crop, to_crop
from bonaface.train.faces import LANDMARKS, FaceData, open_faces
from bonaface.train.splits import held_back_names

COARSE, FINE, MARGIN = 32, 64, 8
AREA_ENOUGH, REGISTERED_ENOUGH = 0.975, 0.985
CANDIDATES = 8
STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)


@dataclass
class Set:
    """Faces with what they are compared by: unit vectors (N, 1024) and blurred crops (N, 80, 80)."""

    faces: FaceData
    area: NDArray[np.float32]
    whole: NDArray[np.float32]
    crops: NDArray[np.float32]

    def select(self, chosen: NDArray[np.bool_]) -> Set:
        """Some of them."""
        faces = self.faces.select(np.flatnonzero(chosen))
        return Set(faces, self.area[chosen], self.whole[chosen], self.crops[chosen])


def unit(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w) -> (h * w,): mean 0, length 1."""
    flat = plane.ravel() - plane.mean()
    return np.asarray(flat / max(float(np.linalg.norm(flat)), 1e-9), np.float32)


def prepared(faces: FaceData, landmarks: list[Points]) -> Set:
    """All faces cut out in both framings."""
    area, whole, crops = [], [], []
    side = FINE + 2 * MARGIN
    framing = Crop(share=CELEBA.share * side / FINE)
    for index, points in enumerate(landmarks):
        grey = cv2.cvtColor(faces.picture(index), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
        image = np.repeat(grey[..., None], 3, axis=2)
        area.append(unit(warp(image, to_facial_area(points, COARSE), (COARSE, COARSE))[..., 0]))
        crop = warp(image, to_crop(points, side, framing), (side, side))[..., 0]
        inner = crop[MARGIN:-MARGIN, MARGIN:-MARGIN]
        whole.append(unit(np.asarray(cv2.resize(inner, (COARSE, COARSE), interpolation=cv2.INTER_AREA))))
        crops.append(np.asarray(cv2.GaussianBlur(crop, (0, 0), 1), np.float32))
    return Set(faces, np.stack(area), np.stack(whole), np.stack(crops))


def registered(wide: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """The correlation after registering the middle of `other` (64 px) in `wide` (80 px); 0 where that fails."""
    start = np.array([[1, 0, MARGIN], [0, 1, MARGIN]], np.float32)
    middle = np.ascontiguousarray(other[MARGIN:-MARGIN, MARGIN:-MARGIN])
    try:
        return float(cv2.findTransformECC(middle, wide, start, cv2.MOTION_AFFINE, STOP, None, 1)[0])
    except cv2.error:
        return 0.0


def search(name: str, measured: Set, trained: Set, look: Path | None) -> list[str]:
    """Names of `measured` that are in `trained`, printed with their partners."""
    by_area, by_whole = measured.area @ trained.area.T, measured.whole @ trained.whole.T
    rows = []
    for index in range(len(measured.faces)):
        near = set(np.argsort(-by_area[index])[:CANDIDATES]) | set(np.argsort(-by_whole[index])[:CANDIDATES])
        score, partner = max((registered(measured.crops[index], trained.crops[j]), int(j)) for j in near)
        best = int(np.argmax(by_area[index]))
        if by_area[index, best] >= AREA_ENOUGH:
            partner = best
        rows.append((max(score, float(by_area[index, best])), float(by_area[index, best]), score, index, partner))
    rows.sort(reverse=True)
    found = [row for row in rows if row[1] >= AREA_ENOUGH or row[2] >= REGISTERED_ENOUGH]
    print(f"{name}: {len(found)} of {len(measured.faces)} faces are in {len(trained.faces)}; next best: "
          f"{', '.join(f'{row[1]:.3f}/{row[2]:.3f}' for row in rows[len(found):len(found) + 5])}")  # fmt: skip
    for _, area, whole, index, partner in found:
        print(f"  {measured.faces.names[index]} = {trained.faces.names[partner]} ({area:.3f}, {whole:.3f})")
    if look is not None:
        look.mkdir(parents=True, exist_ok=True)
        pairs = [np.hstack([shown(measured.faces.picture(i)), shown(trained.faces.picture(j))])
                 for *_, i, j in rows[:60]]  # fmt: skip
        cv2.imwrite(str(look / f"{name.replace(' ', '-')}.png"), np.vstack(pairs)[..., ::-1])
    return [measured.faces.names[row[3]] for row in found]


def shown(picture: Bytes8) -> Bytes8:
    """At 96 px."""
    return np.asarray(cv2.resize(picture, (96, 96), interpolation=cv2.INTER_AREA), np.uint8)


def main(folder: Path, look: Path | None) -> None:
    """Search all three, and print the constants of `bonaface.bench.leaks`."""
    sets = {}
    for name in ("celeba_train", "celeba_val"):
        faces = open_faces(folder / f"{name}.parquet", [LANDMARKS])
        sets[name] = prepared(faces, [points.astype(np.float64) for points in faces.columns[LANDMARKS]])
    faces = open_faces(folder / "celebamask/images")
    found = [wiring.locator().faces(faces.picture(index))[:1] for index in range(len(faces))]
    there = [index for index, face in enumerate(found) if face]
    hq = prepared(faces.select(there), [found[index][0].landmarks for index in there])
    held = held_back_names(hq.faces.names, 10)
    in_train = search("held-back celebamask in celeba_train", hq.select(held), sets["celeba_train"], look)
    search("held-back celebamask in its rest", hq.select(held), hq.select(~held), look)
    in_rest = search("celeba_val in the rest of celebamask", sets["celeba_val"], hq.select(~held), look)
    search("all of celebamask in celeba_train", hq, sets["celeba_train"], look)
    print(f"CELEBAMASK_IN_CELEBA_TRAIN = {sorted(in_train)}\nCELEBA_VAL_IN_CELEBAMASK = {sorted(in_rest)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--look", type=Path, help="write the best pairs of each search as a picture in this folder")
    given = parser.parse_args()
    main(given.folder, given.look)
