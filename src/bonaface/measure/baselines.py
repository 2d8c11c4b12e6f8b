"""Usual identity angles, measured by scripts/identity_baselines.py: numbers only, no pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BASELINES: Mapping[str, Any] = {
    "embedder": "dlib_face_recognition_resnet_model_v1.dat",
    "embedder_sha256": "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    "unit": "degrees",
    "data": "CelebA (celeba_train.parquet)",
    "picture_size": "128x128, FFHQ-aligned; the 150 px chip is enlarged from it",
    "pictures": 15652,
    "people": 898,
    "percentiles": [1, 5, 10, 25, 50, 75, 90, 95, 99],
    "same_person": {"pairs": 12190, "values": [9.89, 12.31, 13.42, 15.34, 17.55, 20.0, 22.74, 25.39, 31.0]},
    "different_people": {"pairs": 200000, "values": [24.35, 26.88, 28.25, 30.68, 33.5, 36.22, 38.57, 40.01, 42.67]},
}
