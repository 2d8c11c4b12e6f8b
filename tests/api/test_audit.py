import json
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

import bonaface
import bonaface.audit.with_truth as with_truth
from bonaface.api import Auditor
from bonaface.api.auditing import KEPT_TRUTHS, Options
from bonaface.core.errors import FaceNotFound, FramingError, ImageError, InputError, PictureError
from bonaface.core.results import Aspect, Verdict


@pytest.fixture(scope="module")
def output(face_256):
    return cv2.GaussianBlur(face_256, (0, 0), 1)


@pytest.fixture(scope="module")
def auditor():
    return Auditor()


def as_bytes(ledger):
    return json.dumps(ledger.as_dict(), allow_nan=False, sort_keys=True).encode()


def test_paths_and_arrays_say_the_same(auditor, tmp_path, face_256, output):
    paths = [tmp_path / "made.png", tmp_path / "real.png"]
    for path, pixels in zip(paths, (output, face_256), strict=True):
        cv2.imwrite(str(path), pixels[..., ::-1])
    from_paths, from_arrays = auditor.audit(*paths).as_dict(), auditor.audit(output, face_256).as_dict()
    assert from_paths["findings"] == from_arrays["findings"]
    assert from_paths["measures"] == from_arrays["measures"]
    assert from_paths["provenance"]["inputs"]["output"]["name"] == "made.png"
    assert auditor.audit(str(paths[0]), paths[1]).as_dict()["findings"] == from_paths["findings"]


@pytest.mark.parametrize(
    "convert",
    [
        lambda p: p.astype(np.uint16) * 257,
        lambda p: p / 255,
        lambda p: (p / 255).astype(np.float32),
        lambda p: (p / 255).astype(np.float16),
    ],
    ids=["uint16", "float64", "float32", "float16"],
)
def test_every_type_of_array_says_the_same(auditor, face_256, output, convert):
    expected = auditor.audit(output, face_256).measures
    found = auditor.audit(convert(output), convert(face_256)).measures
    half = 0.3 if convert(output).dtype == np.float16 else 0.001  # float16 has 11 bits
    assert found["psnr"].value == pytest.approx(expected["psnr"].value, abs=half)
    assert found["ssim"].value == pytest.approx(expected["ssim"].value, abs=0.01 * half + 1e-5)


def test_grey_arrays_are_pictures(auditor, face_256):
    grey = cv2.cvtColor(face_256, cv2.COLOR_RGB2GRAY)
    ledger = auditor.audit(grey, grey)
    assert ledger.measures["psnr"].value == float("inf")


BAD = {
    "NaN": (lambda p: np.where(p > 250, np.nan, p / 255), "NaN"),
    "out of range": (lambda p: p.astype(np.float32), "expected \\[0, 1\\]"),
    "negative": (lambda p: p / 255 - 0.5, "from -0.5"),
    "int64": (lambda p: p.astype(np.int64), "int64"),
    "four channels": (lambda p: np.dstack([p, p[..., 0]]), "shape \\(256, 256, 4\\)"),
    "a batch": (lambda p: p[None], "shape \\(1, 256, 256, 3\\)"),
    "too small": (lambda p: p[:20, :20], "at least 32"),
}


@pytest.mark.parametrize("role", ["output", "truth", "observed"])
@pytest.mark.parametrize("name", BAD)
def test_arrays_that_are_no_pictures(auditor, face_256, name, role):
    make, said = BAD[name]
    pictures = {"output": face_256, "truth": face_256, "observed": None} | {role: make(face_256)}
    with pytest.raises(ImageError, match=said) as caught:
        auditor.audit(**pictures)
    assert str(caught.value).startswith(role)


def test_other_things_are_refused(auditor, face_256, tmp_path):
    with pytest.raises(InputError, match="output is a list"):
        auditor.audit([[1, 2]], face_256)
    with pytest.raises(PictureError):
        auditor.audit(tmp_path / "nowhere.png", face_256)


@pytest.mark.parametrize("number", [0, -1, 2, 99])
def test_faces_are_counted_from_one(auditor, face_256, number):
    with pytest.raises(InputError, match=f"Face {number} was asked for, but 1 face was found in the truth"):
        auditor.audit(face_256, face_256, face=number)


def test_each_face_of_a_group_can_be_examined(auditor, data, read):
    pixels = read(data / "groups/13.jpg")
    boxes = []
    for number in (1, 2):
        ledger = auditor.audit(pixels, pixels, face=number)
        assert {f.verdict for f in ledger.findings} <= {Verdict.KEPT, Verdict.UNDECIDABLE}
        boxes.append(ledger.faces["truth"]["box"])
    assert boxes[0] != boxes[1]
    assert any("faces were found" in note for note in auditor.audit(pixels, pixels).notes)


def test_the_control_must_be_another_picture(auditor, face_256, output):
    with pytest.raises(InputError, match="is the truth's own file"):
        auditor.audit(output, face_256, control=face_256)


def test_a_truth_without_a_face(auditor):
    with pytest.raises(FaceNotFound, match="--aligned"):
        auditor.audit(np.full((64, 64, 3), 128, np.uint8), np.full((64, 64, 3), 128, np.uint8))


def test_a_picture_of_something_else(auditor, face_256):
    import skimage.data

    with pytest.raises(FramingError, match="do not show the same scene"):
        auditor.audit(skimage.data.coffee()[:256, :256], face_256)


def test_an_observed_picture_of_something_else_is_noted_or_refused(auditor, face_256, output):
    import skimage.data

    ledger = auditor.audit(output, face_256, skimage.data.coffee()[:256, :256])
    assert any("agrees too little" in note for note in ledger.notes)
    with pytest.raises(FramingError, match="damaged picture observed does not fit"):
        auditor.audit(output, face_256, skimage.data.coffee()[:128, :256])


def test_without_a_truth_only_what_one_picture_says(auditor, output):
    observed = cv2.resize(output, (64, 64), interpolation=cv2.INTER_AREA)
    ledger = auditor.audit(output, observed=observed)
    json.dumps(ledger.as_dict(), allow_nan=False)
    assert {finding.aspect for finding in ledger.findings} == set(Aspect)
    assert all(finding.score.why == "no truth was given" for finding in ledger.findings)
    assert ledger.measures["psnr"].why == "no truth was given"
    assert ledger.measures["consistency-psnr"].value > 35  # it was made from this picture
    assert not ledger.maps
    assert ledger.damage["noise"].value >= 0
    alone = auditor.audit(output)
    assert alone.measures["consistency-psnr"].why == "no damaged picture was given"


def test_without_floors_nothing_is_decided(face_256, output):
    ledger = Auditor(Options(floors=False)).audit(output, face_256)
    assert {finding.verdict for finding in ledger.findings} == {Verdict.UNDECIDABLE}
    assert ledger.measures["psnr"].value > 20


def test_a_second_output_of_a_truth_reuses_what_was_prepared(monkeypatch, face_256, output):
    calls = []
    prepare = with_truth.prepare
    monkeypatch.setattr(with_truth, "prepare", lambda *a, **k: calls.append(1) or prepare(*a, **k))
    auditor = Auditor()
    for made in (output, face_256, output):
        auditor.audit(made, face_256)
    assert len(calls) == 1
    auditor.audit(output, np.ascontiguousarray(face_256[:, :250]))
    assert len(calls) == 2


def test_memory_is_bounded(monkeypatch, face_256):
    auditor = Auditor(Options(floors=False))
    for cut in range(KEPT_TRUTHS + 3):
        truth = np.ascontiguousarray(face_256[:, : 256 - cut])
        auditor.audit(truth, truth)
        assert len(auditor._prepared) <= KEPT_TRUTHS
    assert len(auditor._prepared) == KEPT_TRUTHS
    assert len(auditor._faces) <= 4 * KEPT_TRUTHS


def test_the_same_bytes_again(face_256, output):
    observed = cv2.resize(face_256, (64, 64), interpolation=cv2.INTER_AREA)
    assert as_bytes(Auditor().audit(output, face_256, observed)) == as_bytes(
        Auditor().audit(output, face_256, observed)
    )


def test_the_same_bytes_from_two_threads(face_256, output):
    expected = as_bytes(bonaface.audit(output, face_256))
    shared = Auditor()
    with ThreadPoolExecutor(2) as threads:
        jobs = [threads.submit(bonaface.audit, output, face_256) for _ in range(2)]
        jobs += [threads.submit(shared.audit, output, face_256) for _ in range(4)]
        assert {as_bytes(job.result(timeout=60)) for job in jobs} == {expected}


def test_inputs_are_left_alone(auditor, face_256, output):
    before = face_256.copy(), output.copy()  # face_256 is locked, too
    auditor.audit(output, face_256)
    assert np.array_equal(before[0], face_256)
    assert np.array_equal(before[1], output)


def test_provenance_names_everything(auditor, face_256, output):
    said = auditor.audit(output, face_256).as_dict()["provenance"]
    assert set(said["inputs"]) == {"output", "truth"}
    assert all(len(each["sha256"]) == 64 for each in said["inputs"].values())
    assert all(len(each["sha256"]) == 64 and each["licence"] for each in said["weights"].values())
    assert said["versions"]["bonaface"] == bonaface.__version__
    assert said["parameters"]["face"] == 1
