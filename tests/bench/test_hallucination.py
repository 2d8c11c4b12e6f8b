import csv
import io
import json

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from bonaface.bench import hallucination, results
from bonaface.bench.entrants import chosen, entrant, one_by_one
from bonaface.bench.hallucination import Cell, measure, plan, restored
from bonaface.core.errors import ImageError, UnknownName
from bonaface.measure.protocols import pro_uigan as published


@pytest.fixture(scope="module")
def three():
    return chosen(["bicubic", "bicubic-inpainted"], {})


def test_networks_are_measured_told_and_not_told(three):
    rows = [
        (cell.mask, cell.entrant.name if cell.entrant else "truth", results.told(cell.entrant, cell.mask))
        for cell in plan(["ffhq"], "all", three)
    ]
    assert rows[:3] == [("none", "truth", None), ("none", "bicubic", None), ("none", "pro-uigan-compact", None)]
    for mask in ("square", "irregular"):
        assert [row[1:] for row in rows if row[0] == mask] == [
            ("bicubic", None),
            ("bicubic-inpainted", True),
            ("pro-uigan-compact", True),
            ("pro-uigan-compact", False),
        ]
    assert [row[0] for row in rows if row[1] == "bicubic"][3:] == [f"square-{n}" for n in (16, 24, 32, 48, 64)]
    assert len(set(rows)) == len(rows)


def test_unknown_masks_are_refused(three):
    with pytest.raises(UnknownName, match="square"):
        plan(["ffhq"], "squares", three)


def test_a_row_has_every_number(area_faces, judge):
    row = measure(Cell("facial-area", "square", entrant("bicubic-inpainted")), area_faces, judge)
    assert set(row.numbers) == {"psnr", "ssim", "nrmse", "failed", "iou_parser", "iou_human"}
    assert all(estimate.n == len(area_faces) for estimate in row.numbers.values())
    assert 15 < row.numbers["psnr"].value < 30
    plain = measure(Cell("facial-area", "square", entrant("bicubic")), area_faces, judge)
    assert plain.numbers["psnr"].value < row.numbers["psnr"].value
    for name, numbers in (("bicubic-inpainted", row.numbers), ("bicubic", plain.numbers)):
        pairs = zip(area_faces, restored(entrant(name), area_faces, "square"), strict=True)
        expected = np.mean([peak_signal_noise_ratio(face.truth, image, data_range=1) for face, image in pairs])
        assert numbers["psnr"].value == pytest.approx(expected, abs=1e-4)


def test_bicubic_has_the_known_figures(data, judge):
    """Of 40 faces; of all 623: 23.13 dB, and 16.11 dB with squares."""
    from bonaface.bench import subjects

    faces = subjects.ffhq(data, 40)
    open_, square = (
        np.mean([judge.fidelity(image, face)["psnr"] for face, image in zip(faces, pictures, strict=True)])
        for pictures in (restored(entrant("bicubic"), faces, mask) for mask in ("none", "square"))
    )
    assert open_ == pytest.approx(23.1, abs=1)
    assert square == pytest.approx(16.1, abs=2)


def test_the_series_measures_pixels_only(ffhq_faces, judge):
    row = measure(Cell("ffhq", "square-64", entrant("bicubic")), ffhq_faces, judge)
    assert set(row.numbers) == {"psnr", "ssim"}


def test_the_truth_has_a_row_of_what_can_be_reached(area_faces, judge):
    row = measure(Cell("facial-area", "none", None), area_faces, judge)
    assert row.restorer == "truth"
    assert row.numbers["psnr"].value is None
    assert row.numbers["psnr"].why
    assert row.numbers["iou_parser"].value == 1


def test_batches_change_nothing(ffhq_faces, monkeypatch):
    network = entrant("pro-uigan-compact")
    together = list(restored(network, ffhq_faces, "irregular"))
    monkeypatch.setattr(hallucination, "BATCH", 2)
    apart = list(restored(network, ffhq_faces, "irregular"))
    assert max(np.abs(a - b).max() for a, b in zip(together, apart, strict=True)) < 1e-4


def test_a_restorer_of_another_size_is_refused(ffhq_faces):
    small = one_by_one("small", lambda image, mask: image)
    with pytest.raises(ImageError, match="small delivered"):
        list(restored(small, ffhq_faces, "square"))


def test_rows_are_written_with_their_conventions(area_faces, judge, three):
    cells = [Cell("facial-area", "none", None), Cell("facial-area", "square", three[0])]
    rows = [measure(cell, area_faces, judge) for cell in cells]
    document = results.document("bonaface bench pro-uigan", rows, three, ())
    held = json.loads(json.dumps(document, allow_nan=False))
    assert {"psnr", "ssim", "nrmse", "iou_parser", "interval", "thumbnail"} <= set(held["conventions"])
    assert held["rows"][1]["psnr"]["n"] == len(area_faces)
    assert len(held["left out"]["facial-area"]) == 5
    assert [one["name"] for one in held["restorers"]] == ["bicubic", "bicubic-inpainted", "pro-uigan-compact"]
    lines = list(csv.DictReader(io.StringIO(results.as_csv(rows))))
    assert len(lines) == sum(len(row.numbers) for row in rows)
    assert float(lines[-1]["value"]) == pytest.approx(list(rows[1].numbers.values())[-1].value, rel=1e-4)


def test_the_published_figures_are_those_of_the_issue():
    ours = {(row.method, row.mask): (row.psnr, row.ssim) for row in published.TABLE_I if row.order == "joint"}
    assert ours["Pro-UIGAN", "square"] == (25.682, 0.770)
    assert ours["Pro-UIGAN", "irregular"] == (24.534, 0.706)
    assert ours["FCSR-GAN", "square"] == (23.010, 0.698)
    assert len(published.TABLE_I) == 20
    assert {row.method: row.nrmse for row in published.TABLE_V}["Pro-UIGAN"] == 7.16
    assert {row.method: row.accuracy for row in published.TABLE_VI}["Pro-UIGAN"] == 0.5631
