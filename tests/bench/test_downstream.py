import numpy as np
import pytest

from bonaface.api import wiring
from bonaface.bench import downstream, subjects
from bonaface.bench.entrants import entrant, one_by_one
from bonaface.core.errors import InputError, UnknownName


@pytest.fixture(scope="module")
def london(data):
    return subjects.london(data, "neutral", 8), subjects.london(data, "smiling", 8)


@pytest.fixture(scope="module")
def gallery(london):
    return downstream.Gallery(london[0], wiring.locator(), wiring.tools().embedder)


def test_alignment_and_parsing_take_any_restorer(area_faces, judge):
    grey = one_by_one("grey", lambda image, mask: np.full((128, 128, 3), 0.5, np.float32))
    for entrant_ in (None, grey, entrant("bicubic")):
        found = downstream.alignment(entrant_, area_faces, "square", judge)
        assert found["nrmse"].n == len(area_faces)
        assert set(downstream.parsing(entrant_, area_faces, "square", judge)) == {"iou_parser", "iou_human"}
    best, worst = (downstream.alignment(one, area_faces, "square", judge) for one in (None, grey))
    assert best["nrmse"].value < worst["nrmse"].value
    assert best["failed"].value < worst["failed"].value


def test_recognition_of_uncovered_faces_is_the_upper_bound(london, gallery):
    upper = downstream.recognition(None, london[1], "none", gallery)
    grey = one_by_one("grey", lambda image, mask: np.full((128, 128, 3), 0.5, np.float32))
    lower = downstream.recognition(grey, london[1][:4], "mouth", gallery)
    assert upper.value >= 0.8
    assert lower.value <= 0.5
    assert upper.low < upper.high


def test_a_gallery_holds_one_face_a_person(london):
    with pytest.raises(InputError, match="one a person"):
        downstream.Gallery([london[0][0]] * 2, wiring.locator(), wiring.tools().embedder)


def test_expression_is_read_on_restored_faces(london):
    faces = [*london[0], *london[1]]
    for one in (None, entrant("bicubic")):
        found = downstream.expression(one, faces, "square", wiring.expression_reader())
        assert found["accuracy"].n == 16
        assert found["accuracy"].people == 8
        assert found["balanced"].value == pytest.approx(found["accuracy"].value)  # as many of each


def test_the_plan_has_an_upper_and_a_lower_bound_everywhere():
    jobs = downstream.plan(list(downstream.CHECKS), [entrant("bicubic")])
    for check, (faces, _) in downstream.CHECKS.items():
        for name in faces:
            found = [job for job in jobs if (job.check, job.faces) == (check, name)]
            assert found[0].entrant is None
            assert {job.entrant.name for job in found[1:]} == {"bicubic"}
    with pytest.raises(UnknownName, match="recognition"):
        downstream.plan(["recogniton"], [])


def test_the_runner_names_what_it_measured(data):
    runner = downstream.Runner(data, 3)
    row = runner.run(downstream.Job("recognition", "london", "eyes", entrant("bicubic")))
    assert (row.check, row.faces, row.mask, row.restorer, row.told, row.n) == (
        "recognition", "london", "eyes", "bicubic", None, 3,
    )  # fmt: skip
    assert 0 <= row.numbers["rate"].value <= 1
