"""A store of a study of expressions that nobody ran, with known numbers and pictures."""

from __future__ import annotations

import json

import cv2
import numpy as np

from bonaface.degrade import RECIPES, stable_id
from bonaface.io.pictures import encode_png
from bonaface.study.engine.store import Store
from bonaface.study.numbers.ratings import NO_FACE

DAMAGES = {"original": "", "noisy": "1 level", "denoised": "1 level"}
SEEN = {"original": [1, 1, 1, 1], "noisy": [1, None, 0, 0], "denoised": [1, 1, 1, 0]}


def made_expression_study(folder, photo, damages=DAMAGES):
    """Four people; the editor "faithful" hands its input on, "blind" always paints the first one."""
    store = Store.opened(folder, make=True)
    rows = {name: [] for name in ("faces", "cells", "measures")}
    faces = [np.roll(cv2.resize(photo, (64, 64)), 9 * number, axis=number % 2) for number in range(4)]
    for number, face in enumerate(faces):
        sha = store.put_picture(encode_png(face))
        rows["faces"].append({
            "face": f"f{number}", "name": f"face{number}", "person": f"p{number}", "groups": "{}", "file": "x.png",
            "framing": "ffhq", "side": 64, "status": "ok", "why": "", "truth": sha, "width": 64, "height": 64,
            "found": 1, "detector": "hog",
        })  # fmt: skip
        for damage, family in damages.items():
            for editor in ("not-edited", "faithful", "blind"):
                label = f"{editor.replace('-', ' ')}: happy"
                key = f"{number}-{damage}-{editor}"
                output = faces[0] if editor == "blind" and damage != "original" else face
                rows["cells"].append({
                    "cell": key, "face": f"f{number}", "framing": "ffhq", "side": 64, "degradation": damage,
                    "degradation_id": stable_id(RECIPES[damage].degradation), "family": family, "restorer": label,
                    "restorer_id": editor, "target": "happy", "knobs": "{}", "weights": "{}", "engine": "none",
                    "versions": json.dumps({}), "status": "ok", "why": "", "observed": sha, "to_output": "",
                    "output": store.put_picture(encode_png(output)), "seed": 0, "width": 64, "height": 64,
                    "observed_width": 64, "observed_height": 64,
                })  # fmt: skip
                if editor == "faithful":
                    rows["measures"] += _measured(key, SEEN[damage][number])
    for table, held in rows.items():
        store.add(table, held)
    return store


def _measured(cell, seen):
    one = {"key": f"{cell}-ecs", "cell": cell, "measure": "ecs", "grid": "truth", "unit": "share", "version": 1}
    if seen is None:
        return [one | {"part": "", "better": "higher", "status": "not_applicable", "why": NO_FACE}]
    return [
        one | {"part": "", "better": "higher", "status": "ok", "why": "", "value": float(seen)},
        one | {"part": "probability", "better": "", "status": "ok", "why": "", "value": 0.2 + 0.6 * seen},
    ]
