"""Features, strata and worst cases of a study whose means are known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bonaface.core.regions import Region
from bonaface.faces.regions import landmark_regions
from bonaface.study.engine.tables import rows_of
from bonaface.study.numbers.features import audited, feature_rows
from bonaface.study.numbers.intervals import Estimate
from bonaface.study.numbers.strata import FACING, FEWEST, POSES, face_strata, light_asymmetry, step, within
from bonaface.study.results.reported import reported
from bonaface.study.results.worst import worst
from made_study import RESTORERS, SEVERITY, landmarks, made_store


@pytest.fixture(scope="module")
def store(tmp_path_factory, face_256):
    return made_store(tmp_path_factory.mktemp("made") / "study", face_256, faces=6)


@pytest.fixture(scope="module")
def found(store):
    return reported(store, draws=200)


def of(rows, **wanted):
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def test_severities_are_those_that_were_put_in(found):
    rows = of(found.tables["features"], by="all")
    assert rows[0]["region"] == Region.MOUTH
    for region, severity in SEVERITY.items():
        row = of(rows, region=region)[0]
        assert row["severity"] == pytest.approx(severity, abs=0.02)
        assert row["severity_low"] <= row["severity"] <= row["severity_high"]
        assert (row["n"], row["people"]) == (12, 6)
        assert row["invented"] == row["either"] == 1
        assert row["altered"] == 0
    assert rows[-1]["region"] == Region.WHOLE_FACE  # no facial feature: shown last
    assert rows[0]["tied"] == ""
    assert {row["tied"] for row in rows[1:-1]} == {"no"}


def test_all_is_of_models_only_and_interpolation_stands_beside(found):
    assert found.generative == ("pro-uigan-compact",)
    control = of(found.tables["features"], by="control")
    assert {row["severity"] for row in control} == {0.0}  # what is only lost is not hallucinated
    assert {row["n"] for row in control} == {24}
    assert [row["restorer"] for row in of(found.tables["features"], by="restorer", region="mouth")] == list(
        RESTORERS[:3]
    )
    assert {row["resolution"] for row in of(found.tables["features"], by="resolution")} == {"24 px"}


def test_undecidable_findings_count_for_nothing(store):
    findings, cells = rows_of(store, "findings"), rows_of(store, "cells")
    for row in findings:
        if row["region"] == Region.NOSE:
            row["verdict"] = "undecidable"
    rows = feature_rows(audited(findings, cells), ["pro-uigan-compact"], draws=50)
    assert not of(rows, region=Region.NOSE)


def test_a_feature_that_few_people_show_is_not_the_worst(store):
    findings = [
        row for row in rows_of(store, "findings") if row["region"] != Region.MOUTH or row["person"] in ("p000", "p001")
    ]
    rows = of(feature_rows(audited(findings, rows_of(store, "cells")), RESTORERS[2:3], draws=50), by="all")
    assert rows[0]["region"] == Region.NOSE
    mouth = of(rows, region=Region.MOUTH)[0]
    assert mouth["tied"] == ""
    assert mouth["people"] == 2


def test_without_audits_there_are_no_features(tmp_path, face_256):
    found = reported(made_store(tmp_path / "study", face_256, faces=2, audits=False), draws=50)
    assert found.tables["features"] == []
    assert found.worst_by == "identity-angle"
    assert found.tables["pictures"][0]["harm"] == max(row["harm"] for row in found.tables["pictures"])


def test_strata_say_how_many_people_they_have(found):
    rows = of(found.tables["strata"], outcome="psnr", restorer="bicubic")
    genders = of(rows, kind="group: gender")
    assert [(row["stratum"], row["people"], row["few"]) for row in genders] == [
        ("female", 3, "yes"),
        ("male", 3, "yes"),
    ]
    assert FEWEST == 5
    ages = [row["stratum"] for row in of(rows, kind="group: age")]
    assert ages == ["0 to 12", "13 to 19", "20 to 39", "40 to 59"]
    poses = of(rows, kind="pose")
    assert sum(row["n"] for row in poses) == 12
    assert all(row["people"] == row["n"] / 2 for row in poses)


def test_symmetry_is_told_of_faces_that_face_the_camera(found):
    even = found.faces[0]
    assert face_strata(even, None)["symmetry of shape"] == "even, to 0.4%"
    points = np.array(landmarks(96), np.float64)
    points[22:27, 1] -= 3  # a lifted brow
    lifted = {**even, "landmarks": json.dumps(points.tolist())}
    assert face_strata(lifted, None)["symmetry of shape"] == "uneven, over 0.7%"
    for yaw, told in ((FACING, True), (-FACING - 0.1, False)):
        assert ("symmetry of shape" in face_strata({**lifted, "pose": json.dumps([yaw, 0, 0])}, None)) is told


def test_skin_tone_is_of_the_cheeks_as_pictured(found):
    face = found.faces[0]
    colour = np.full((96, 96, 3), (0, 0, 255), np.uint8)  # blue all around
    cheeks = landmark_regions(np.array(landmarks(96), np.float64), 96, 96)[Region.CHEEKS]
    tones = []
    for skin in ((240, 210, 180), (70, 45, 30)):
        colour[cheeks] = skin
        tones.append(face_strata(face, colour)["skin tone as pictured"])
    assert tones == ["very light, over 55°", "dark, under −30°"]
    assert "skin tone as pictured" not in face_strata(face, np.full((96, 96, 3), 128, np.uint8))
    assert "skin tone as pictured" not in face_strata(face, None)


@pytest.mark.parametrize(
    ("value", "name"), [(0, "frontal, to 15°"), (15, "turned, 15 to 30°"), (80, "turned, over 30°")]
)
def test_steps(value, name):
    assert step(value, POSES) == name


def test_an_age_that_is_no_number_stays_a_word():
    assert face_strata({"group_age": "adult", "pose": None}, None) == {"group: age": "adult"}


def test_light_from_one_side_is_seen(face_256):
    points = np.array(landmarks(256), np.float64)
    even = np.full_like(face_256, 120)
    assert light_asymmetry(even, points) == pytest.approx(0, abs=1e-9)
    lit = even.copy()
    lit[:, : int(points[27, 0])] = 60
    assert light_asymmetry(lit, points) == pytest.approx(1 / 3, abs=0.05)
    assert light_asymmetry(lit[:, ::-1], _flipped(points, lit.shape[1])) == pytest.approx(1 / 3, abs=0.05)


def _flipped(points, width):
    out = points.copy()
    out[:, 0] = width - 1 - out[:, 0]
    return out


def test_intervals_stay_within_what_can_be():
    found = within(Estimate(0.1, -0.3, 1.2, 3, 3), "hallucination")
    assert (found.low, found.high) == (0, 1)
    assert within(Estimate(0.1, None, None, 1, 1, "why"), "psnr").low is None


def test_worst_takes_each_face_and_model_once(found):
    rows = worst(found.tables["pictures"], found.generative, 12)
    assert len(rows) == 6
    assert {row["restorer"] for row in rows} == {"pro-uigan-compact"}
    assert [row["harm"] for row in rows] == sorted((row["harm"] for row in rows), reverse=True)
    assert len({row["face"] for row in rows}) == 6
    assert worst(found.tables["pictures"], found.generative, 2) == rows[:2]
