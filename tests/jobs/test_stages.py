"""A restored folder is audited face by face at every stage; what failed is never a perfect result."""

from __future__ import annotations

import hashlib
import json

import cv2
import numpy as np
import pytest

from bonaface.api import Auditor
from bonaface.api.auditing import Options
from bonaface.api.photos import PhotoOptions
from bonaface.core.results import Status
from bonaface.io.pins import Pin, record_pin
from bonaface.io.writing import write_picture
from bonaface.jobs import photos, stages
from bonaface.jobs.audits import Failure
from bonaface.jobs.restored import RECORD, read_records
from bonaface.restore import RESTORERS
from made_graphs import write_graph

MODEL = "gfpgan-1.3"


@pytest.fixture(scope="module")
def restored(tmp_path_factory, astronaut):
    """The astronaut restored by a graph that lowers contrast and is pasted with a hard edge."""
    folder = tmp_path_factory.mktemp("stages")
    card = RESTORERS[MODEL]
    (folder / "models").mkdir()
    write_graph(folder / "models", MODEL, kind="change")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BONAFACE_MODELS", str(folder / "models"))
        data = (folder / "models" / card.weights[0].name).read_bytes()
        record_pin(folder / "models", card.weights[0].name, Pin(hashlib.sha256(data).hexdigest(), len(data), "a test"))
        write_picture(folder / "in" / "astronaut.png", astronaut)
        settings = photos.Settings(card, PhotoOptions(feather=0.02), keep_stages=True)
        list(photos.run(photos.plan([folder / "in"]), settings, folder / "out", overwrite=False))
    return folder


def audited(folder, truth=None, observed=None):
    auditor = Auditor(Options(aligned=True, floors=False, controls=False))
    return dict(stages.run(folder / "out", read_records(folder / "out"), auditor, truth, observed))


def test_each_stage_has_its_ledger_against_the_truth(restored):
    found = audited(restored, truth=restored / "in")

    assert list(found) == [f"astronaut.png-face1-{stage}" for stage in stages.STAGES]
    crop, pasted, delivered = (found[name] for name in found)
    # 0.8 of the contrast around mid grey: the tone gain that undoes it is 1.25, before pasting and after.
    for ledger in (crop, pasted, delivered):
        assert ledger.measures["tone-gain"].value == pytest.approx(1.25, abs=0.06)
        assert 2 < ledger.measures["colour-shift"].value < 12
    assert crop.measures["seam"].status is Status.NOT_APPLICABLE
    for ledger in (pasted, delivered):
        assert ledger.measures["seam"].value > 1.1 * ledger.measures["seam:floor"].value
    # Saving as PNG rounds to 8 bits and changes nothing else.
    assert delivered.measures["psnr"].value == pytest.approx(pasted.measures["psnr"].value, abs=0.3)


def test_without_a_truth_what_can_be_said_is_said(restored):
    found = audited(restored)

    ledger = found["astronaut.png-face1-delivered"]
    assert ledger.measures["psnr"].status is Status.NOT_APPLICABLE
    assert ledger.measures["seam"].value > 0
    assert ledger.measures["colour-shift"].value > 2


def test_a_failed_face_is_a_failure_and_no_ledger(restored, tmp_path):
    line = json.loads((restored / "out" / RECORD).read_text())
    line["status"] = "partly"
    line["faces"][0] |= {"status": "failed", "why": "it delivered black"}
    copied = _copy(restored, tmp_path, line)

    (found,) = audited(copied, truth=restored / "in").values()

    assert isinstance(found, Failure)
    assert "it delivered black" in found.why
    assert "no restoration" in found.why


def test_stages_that_were_not_kept_are_asked_for(restored, tmp_path):
    line = json.loads((restored / "out" / RECORD).read_text())
    line["faces"][0]["stages"] = None
    found = audited(_copy(restored, tmp_path, line))

    assert "--keep-stages" in found["astronaut.png-face1-crop"].why
    assert found["astronaut.png-face1-delivered"].measures["seam"].status is Status.NOT_APPLICABLE


def test_files_that_were_changed_are_refused(restored, tmp_path):
    copied = _copy(restored, tmp_path)
    picture = cv2.imread(str(copied / "out" / "astronaut.png"))
    cv2.imwrite(str(copied / "out" / "astronaut.png"), np.flip(picture, 1))

    (found,) = audited(copied).values()
    assert "was changed since" in found.why


def test_another_photograph_is_not_taken_for_the_restored_one(restored, tmp_path, astronaut):
    write_picture(tmp_path / "other" / "astronaut.png", np.ascontiguousarray(astronaut[:, ::-1]))

    (found,) = audited(restored, observed=tmp_path / "other").values()
    assert "its content is another" in found.why


def test_a_truth_of_other_proportions_is_refused(restored, tmp_path, astronaut):
    write_picture(tmp_path / "truth" / "astronaut.png", np.ascontiguousarray(astronaut[:400]))

    (found,) = audited(restored, truth=tmp_path / "truth").values()
    assert "not framed alike" in found.why


def test_a_truth_of_another_name_is_named(restored, tmp_path, astronaut):
    write_picture(tmp_path / "truth" / "somebody.png", astronaut)

    (found,) = audited(restored, truth=tmp_path / "truth").values()
    assert "no real photograph of the name astronaut" in found.why


def _copy(restored, target, line=None):
    import shutil

    shutil.copytree(restored / "out", target / "out")
    if line is not None:
        (target / "out" / RECORD).write_text(json.dumps(line) + "\n")
    return target
