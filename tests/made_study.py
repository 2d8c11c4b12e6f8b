"""Stores of studies that nobody ran: pictures of one photograph in many guises, and numbers with known means."""

from __future__ import annotations

import json

import cv2
import numpy as np

from bonaface.core.regions import Region
from bonaface.core.results import Verdict
from bonaface.io.pictures import encode_png
from bonaface.study.engine.store import Store
from bonaface.study.numbers.features import FEATURES

SEVERITY = {Region.MOUTH: 0.8, Region.NOSE: 0.4}
"""How badly models treat features; all others 0.1."""
DAMAGES = (("study-x4", "study", 4.0), ("study-x8", "study", 8.0), ("blur-2", "blur", 2.0), ("blur-4", "blur", 4.0))
RESTORERS = ("bicubic", "lanczos", "pro-uigan-compact", "pro-uigan-plain", "gfpgan-1.4")


def made_store(
    folder, photo, faces=4, damages=DAMAGES[:2], restorers=RESTORERS[:3], seeds=(0,), *, audits=True, side=96, failed=0
):
    """A store with a cell for each face, damage, restorer and seed.

    Args:
        folder: of it.
        photo: (H, W, 3) uint8 with a face.
        faces: how many "people".
        damages: name, family and level.
        restorers: labels.
        seeds: of the cells.
        audits: give findings.
        side: of the truths, in pixels.
        failed: how many of the last cells failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store = Store.opened(folder, make=True)
    rng = np.random.default_rng(0)
    rows = {name: [] for name in ("faces", "cells", "measures", "findings")}
    points = json.dumps(landmarks(side))
    for number in range(faces):
        truth = _guise(photo, number, side)
        sha = store.put_picture(encode_png(truth))
        groups = {"age": str(10 + 7 * number), "gender": "female" if number % 2 else "male"}
        rows["faces"].append({
            "face": f"f{number}", "name": f"face{number:03d}", "person": f"p{number:03d}", "groups": json.dumps(groups),
            "file": f"face{number:03d}.png", "framing": "as-given", "side": side, "status": "ok", "why": "",
            "truth": sha, "width": side, "height": side, "found": 1, "landmarks": points, "detector": "hog",
            "pose": json.dumps([5.0 * number % 40, 3.0, 0.0]),
        })  # fmt: skip
        for damage, family, level in damages:
            small = cv2.resize(truth, (side // 4, side // 4), interpolation=cv2.INTER_AREA)
            observed = store.put_picture(encode_png(small))
            for place, restorer in enumerate(restorers):
                for seed in seeds:
                    key = f"{number}-{damage}-{restorer}-{seed}"
                    output = cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)
                    output = np.clip(output.astype(int) + place + seed, 0, 255).astype(np.uint8)
                    cell = {
                        "cell": key, "face": f"f{number}", "framing": "as-given", "side": side, "degradation": damage,
                        "degradation_id": damage, "family": family, "level": level, "restorer": restorer,
                        "restorer_id": restorer, "knobs": "{}", "weights": "{}", "engine": "none", "versions": "{}",
                        "status": "ok", "why": "", "output": store.put_picture(encode_png(output)),
                        "observed": observed, "to_output": "", "seed": seed, "width": side, "height": side,
                        "observed_width": side // 4, "observed_height": side // 4, "seconds": 0.0,
                    }  # fmt: skip
                    rows["cells"].append(cell)
                    value = 30 - level - place + rng.normal(0, 0.5)
                    rows["measures"] += [_measure(key, "psnr", value, "dB", "higher"),
                                         _measure(key, "identity-angle", 50 - value, "°", "lower")]  # fmt: skip
                    if audits:
                        rows["findings"] += _findings(key, restorer, rng)
    for cell in rows["cells"][len(rows["cells"]) - failed :]:
        cell |= {"status": "failed", "why": "it stopped in /home/someone/faces/b.png <b>", "output": None}
    for table, held in rows.items():
        store.add(table, held)
    return store


def _measure(cell, name, value, unit, better):
    return {
        "key": f"{cell}-{name}", "cell": cell, "measure": name, "part": "", "grid": "truth", "unit": unit,
        "better": better, "status": "ok", "why": "", "version": 1, "value": value, "seconds": 0.0,
    }  # fmt: skip


def _findings(cell, restorer, rng):
    """Models invent as `SEVERITY` says; what interpolates keeps or loses."""
    paints = restorer not in ("bicubic", "lanczos")
    out = []
    for region in (*FEATURES[:14], Region.WHOLE_FACE):
        for aspect, detail in (("texture", "finest"), ("texture", "fine"), ("keypoints", ""), ("colour", "")):
            severity = min(1.0, max(0.0, SEVERITY.get(region, 0.1) + rng.normal(0, 0.03)))
            verdict = Verdict.INVENTED if paints else Verdict.LOST
            out.append({
                "key": f"{cell}-audit", "cell": cell, "region": str(region), "aspect": aspect, "detail": detail,
                "verdict": str(verdict), "unit": "share", "status": "ok", "why": "", "severity": severity,
                "score": severity, "floor": 0.0, "seconds": 0.0, "sentence": f"{region.label}: made up.",
            })  # fmt: skip
    return out


def _guise(photo, number, side):
    out = photo[:, ::-1] if number % 2 else photo
    margin = number % 16
    out = out[margin : len(out) - margin, margin : out.shape[1] - margin]
    out = np.clip(out.astype(np.float32) * (0.7 + 0.01 * (number % 50)), 0, 255).astype(np.uint8)
    return cv2.resize(out, (side, side), interpolation=cv2.INTER_AREA)


def landmarks(side):
    """68 points in the places of an upright face."""
    angles = np.linspace(np.pi, 0, 17)
    jaw = np.stack([0.5 + 0.3 * np.cos(angles), 0.45 + 0.35 * np.sin(angles)], 1)
    brows = [(x, 0.36) for x in (*np.linspace(0.28, 0.45, 5), *np.linspace(0.55, 0.72, 5))]
    nose = [(0.5, y) for y in np.linspace(0.42, 0.55, 4)] + [(x, 0.58) for x in np.linspace(0.45, 0.55, 5)]
    eye = np.array([(-0.05, 0), (-0.02, -0.02), (0.02, -0.02), (0.05, 0), (0.02, 0.02), (-0.02, 0.02)])
    turns = np.linspace(np.pi, -np.pi, 13)[:-1]
    mouth = np.stack([0.5 + 0.1 * np.cos(turns), 0.68 + 0.04 * np.sin(turns)], 1)
    inner = 0.6 * (mouth[[0, 2, 3, 4, 6, 8, 9, 10]] - (0.5, 0.68)) + (0.5, 0.68)
    points = np.concatenate([jaw, brows, nose, eye + (0.37, 0.42), eye + (0.63, 0.42), mouth, inner])
    return np.round(points * side, 2).tolist()
