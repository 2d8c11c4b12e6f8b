import numpy as np
import pytest

from bonaface.bench.numbers import mean_iou
from bonaface.measure.fidelity import psnr
from bonaface.measure.structure import ssim


def test_iou_is_the_mean_over_the_classes_of_the_reference():
    reference = np.zeros((20, 20), np.uint8)
    reference[:10] = 1
    reference[0, :4] = 2  # fewer than 16 pixels: absent
    found = np.zeros((20, 20), np.uint8)
    found[:5] = 1
    found[19, :] = 13  # not in the reference: lowers the background's
    background, skin = (200 - 20) / (200 + 100), 96 / (196 + 4)
    assert mean_iou(found, reference) == pytest.approx((background + skin) / 2)
    assert mean_iou(reference, reference) == 1


def test_fidelity_is_that_of_the_measures(judge, ffhq_faces):
    face = ffhq_faces[0]
    other = ffhq_faces[1].truth
    assert judge.fidelity(other, face) == {"psnr": psnr(other, face.truth), "ssim": ssim(other, face.truth)}


def test_alignment_grows_as_the_face_is_covered(judge, area_faces):
    def error(face, value):
        picture = face.truth.copy()
        picture[32:] = value
        return judge.alignment(picture, face)

    assert np.mean([error(face, 0) for face in area_faces]) > 2 * np.mean(
        [judge.alignment(face.truth, face) for face in area_faces]
    )


def test_without_a_box_there_is_no_alignment(judge, ffhq_faces):
    from dataclasses import replace

    assert judge.alignment(ffhq_faces[0].truth, replace(ffhq_faces[0], box=None)) is None


def test_the_truth_parses_as_itself(judge, ffhq_faces, area_faces):
    assert judge.parsing(ffhq_faces[0].truth, ffhq_faces[0]) == {"iou_parser": 1.0}
    found = judge.parsing(area_faces[0].truth, area_faces[0])
    assert found["iou_parser"] == 1
    assert 0 <= found["iou_human"] <= 1
