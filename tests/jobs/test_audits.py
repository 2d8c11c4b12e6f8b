"""Which faces are audited where all of them are asked for."""

from __future__ import annotations

import cv2
from PIL import Image

from bonaface.api import Auditor
from bonaface.jobs.audits import every_face, plan
from made_restorers import group


def test_every_face_and_what_was_not_looked_for(astronaut, tmp_path):
    Image.fromarray(group(astronaut)).save(tmp_path / "three.png")
    Image.fromarray(cv2.resize(astronaut, (1400, 1400))).save(tmp_path / "portrait.png")
    (tmp_path / "no.png").write_text("no picture")
    tasks, _ = plan([tmp_path / "three.png", tmp_path / "portrait.png", tmp_path / "no.png"])
    found, failures, notes = every_face(tasks, Auditor())
    assert [(task.name, task.face) for task in found if task.output.stem == "three"] == [
        ("three-face1", 1), ("three-face2", 2), ("three-face3", 3),
    ]  # fmt: skip
    assert [failure.name for failure in failures] == ["no"]
    (note,) = notes
    assert note.startswith("portrait: faces of less than 4")
    assert "were not looked for" in note
