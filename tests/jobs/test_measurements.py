import csv
import json
import math

import numpy as np
import pytest
from PIL import Image

from bonaface.api.measuring import Measurer, choose
from bonaface.core.errors import InputError, OutputExists
from bonaface.core.results import Score, Status
from bonaface.io.tables import read_parquet, write_parquet
from bonaface.jobs.measurements import (
    COLUMNS,
    Row,
    as_dict,
    failures_of,
    read_tasks,
    run,
    summarise,
    tasks_of,
    write_rows,
)

ROWS = [
    Row("a", "psnr", Score(float("inf"), "dB")),
    Row("a", "ssim", Score(0.5)),
    Row("b, c", "psnr", Score(20.25, "dB")),
    Row("b, c", "ms-ssim", Score.not_applicable("too small")),
    Row("d", "psnr", Score.failed("it is no picture", "dB")),
]


@pytest.fixture
def folders(tmp_path, face_256):
    """Two folders in which the sorted orders do not fit together, and one picture on each side is alone."""
    for folder in ("outputs", "truths"):
        (tmp_path / folder).mkdir()
    noise = np.random.default_rng(0)
    for number, name in enumerate(("a", "b", "c")):
        truth = np.roll(face_256, 40 * number, axis=0)
        Image.fromarray(truth).save(tmp_path / f"truths/{name}.png")
        made = np.clip(truth + noise.normal(0, 4 * (number + 1), truth.shape), 0, 255).astype(np.uint8)
        Image.fromarray(made).save(tmp_path / f"outputs/{name}.jpg", quality=95)
    (tmp_path / "outputs/a.jpg").rename(tmp_path / "outputs/aa.jpg")
    return tmp_path


def test_folders_are_paired_by_name(folders):
    tasks, failures = tasks_of([folders / "outputs"], folders / "truths", None, None)
    assert [(task.output.name, task.truth.name) for task in tasks] == [("b.jpg", "b.png"), ("c.jpg", "c.png")]
    assert [failure.name for failure in failures] == ["aa.jpg", "a.png"]
    rows = list(run(tasks, Measurer(choose(["psnr"], []))))
    assert [row.name for row in rows] == ["b", "c"]
    assert rows[0].score.value > rows[1].score.value > 20  # a wrong pair would have about 10 dB


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_table_of_pairs(folders, ending):
    path = folders / f"pairs{ending}"
    outputs, truths = ["outputs/c.jpg", "outputs/aa.jpg", "outputs/b.jpg"], ["truths/c.png", None, "truths/b.png"]
    targets = ["happiness", None, None]
    if ending == ".csv":
        lines = [",".join(cell or "" for cell in line) for line in zip(outputs, truths, targets, "xyz", strict=True)]
        path.write_text("\n".join(["output,truth,target,remark", *lines]), encoding="utf-8-sig")
    else:
        write_parquet(path, {"output": outputs, "truth": truths, "target": targets, "remark": [1, 2, 3]})
    tasks, failures = tasks_of([path], None, None, None)
    assert failures == []
    assert [task.name for task in tasks] == outputs
    assert tasks[0].truth == folders / "truths/c.png"
    assert tasks[1].truth is None
    assert [task.target for task in tasks] == targets
    rows = list(run(tasks, Measurer(choose(["psnr"], []))))
    assert [row.score.status for row in rows] == [Status.OK, Status.NOT_APPLICABLE, Status.OK]


def test_one_unreadable_file_is_a_failed_row(folders):
    (folders / "outputs/b.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut off")
    tasks, _ = tasks_of([folders / "outputs"], folders / "truths", None, None)
    rows = list(run(tasks, Measurer(choose(["psnr", "ssim"], []))))
    assert [(row.name, row.measure, str(row.score.status)) for row in rows] == [
        ("b", "psnr", "failed"),
        ("b", "ssim", "failed"),
        ("c", "psnr", "ok"),
        ("c", "ssim", "ok"),
    ]
    assert [failure.name for failure in failures_of(rows)] == ["b"]


def test_parts_are_rows_where_they_are_asked_for(folders):
    tasks, _ = tasks_of([folders / "outputs/b.jpg"], folders / "truths", None, None)
    measurer = Measurer(choose(["lmd"], []))
    assert [row.measure for row in run(tasks, measurer)] == ["lmd"]
    assert {"lmd", "lmd:px", "lmd:mouth"} <= {row.measure for row in run(tasks, measurer, parts=True)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("out,truth\na,b\n", "has the columns out, truth; expected output"),
        ("", "has the columns \\(none\\)"),
        ("output\n", "holds no lines"),
        ("output,truth\n,b.png\n", "Line 1 .* names no output"),
        ("output\na.png\na.png\n", "names the output a.png twice"),
        ("output,target\na.png,joy\n", "expected one of anger"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, text, said):
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        read_tasks(path)


def test_a_table_is_given_alone(tmp_path):
    with pytest.raises(InputError, match="give it alone"):
        tasks_of([tmp_path / "pairs.csv"], tmp_path, None, None)


def test_csv(tmp_path):
    write_rows(tmp_path / "rows.csv", ROWS)
    with (tmp_path / "rows.csv").open(newline="", encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    assert tuple(read[0]) == COLUMNS
    assert [row["value"] for row in read] == ["inf", "0.5", "20.25", "", ""]
    assert read[3]["why"] == "too small"
    with pytest.raises(OutputExists):
        write_rows(tmp_path / "rows.csv", ROWS)


def test_json_has_no_infinities(tmp_path):
    write_rows(tmp_path / "rows.json", ROWS)
    read = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert read[0] == {"name": "a", "measure": "psnr", "value": None, "status": "ok", "why": "", "limit": "+inf"}
    assert tuple(read[1]) == COLUMNS
    assert read == [as_dict(row) for row in ROWS]


def test_parquet(tmp_path):
    write_rows(tmp_path / "rows.parquet", ROWS)
    read = read_parquet(tmp_path / "rows.parquet")
    assert tuple(read) == COLUMNS
    assert read["value"] == [math.inf, 0.5, 20.25, None, None]
    assert read["status"] == ["ok", "ok", "ok", "not_applicable", "failed"]


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"ends in \.txt; expected"):
        write_rows(tmp_path / "rows.txt", ROWS)


def test_summary():
    first, *_, last = summarise(ROWS)
    assert (first.measure, first.unit, first.count, first.infinite, first.missing) == ("psnr", "dB", 1, 1, 1)
    assert first.mean == first.median == 20.25
    assert (last.measure, last.count, last.mean) == ("ms-ssim", 0, None)
