"""The record of a restored folder is read with care: it may have been changed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bonaface.core.errors import InputError
from bonaface.jobs.restored import RECORD, is_restored, read_records

FACE = {
    "face": 1,
    "status": "ok",
    "why": "",
    "to_crop": [[2, 0, 3], [0, 2, 4]],
    "crop_side": 512,
    "stages": "stages/a.jpg/face1",
}
LINE = {
    "input": "a.jpg",
    "input_path": "photos/a.jpg",
    "input_sha256": "00",
    "output": "a.jpg",
    "output_sha256": "11",
    "status": "ok",
    "why": "",
    "scale": 2,
    "colour_match": False,
    "faces": [FACE],
}


def write(folder, *lines):
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    (folder / RECORD).write_text(text.removesuffix("\n") if lines and isinstance(lines[-1], str) else text)
    return folder


def test_what_is_read(tmp_path):
    assert not is_restored(tmp_path)
    (found,) = read_records(write(tmp_path, LINE))

    assert is_restored(tmp_path)
    assert (found.input, found.output, found.scale, found.status) == ("a.jpg", "a.jpg", 2, "ok")
    np.testing.assert_array_equal(found.faces[0].to_crop, [[2, 0, 3], [0, 2, 4]])
    assert found.faces[0].stages == "stages/a.jpg/face1"


def test_the_last_line_of_a_photograph_counts_and_a_torn_one_does_not(tmp_path):
    found = read_records(
        write(tmp_path, LINE, {**LINE, "input": "b.jpg"}, {**LINE, "scale": 4}, '{"input": "a.jpg", "sc')
    )

    assert [(record.input, record.scale) for record in found] == [("a.jpg", 4), ("b.jpg", 2)]


def test_a_broken_line_in_the_middle_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"line 1: no JSON"):
        read_records(write(tmp_path, '{"input": ', LINE))


@pytest.mark.parametrize("path", ["../a.jpg", "/etc/passwd", "C:\\a.jpg", "x\\..\\..\\a.jpg", "stages/../../a"])
@pytest.mark.parametrize("field", ["output", "stages"])
def test_paths_that_leave_the_folder_are_refused(tmp_path, path, field):
    line = {**LINE, "output": path} if field == "output" else {**LINE, "faces": [{**FACE, "stages": path}]}

    with pytest.raises(InputError, match="leads out of the folder"):
        read_records(write(tmp_path, line))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"to_crop": [[1, 2], [3, 4]]}, "2x3"),
        ({"to_crop": [[1, 0, float("inf")], [0, 1, 0]]}, "2x3"),
        ({"to_crop": [[0, 0, 0], [0, 0, 0]]}, "without a place"),
        ({"crop_side": 10**9}, "at most 4096"),
        ({"status": "fine"}, "the status 'fine'"),
    ],
)
def test_faces_that_make_no_sense_are_refused(tmp_path, changes, what):
    with pytest.raises(InputError, match=what):
        read_records(write(tmp_path, {**LINE, "faces": [{**FACE, **changes}]}))


def test_a_line_without_a_field_is_refused(tmp_path):
    with pytest.raises(InputError, match="'scale'"):
        read_records(write(tmp_path, {name: value for name, value in LINE.items() if name != "scale"}))
