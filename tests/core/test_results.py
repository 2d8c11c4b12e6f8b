import json
import math

import pytest

from bonaface.core.regions import Region
from bonaface.core.results import Aspect, Finding, Ledger, Score, Status, Verdict


def test_nan_is_no_score():
    with pytest.raises(ValueError, match="NaN is not a score"):
        Score(math.nan)


@pytest.mark.parametrize(
    ("value", "status", "why"),
    [(None, Status.OK, "x"), (1.0, Status.FAILED, "x"), (1.0, Status.NOT_APPLICABLE, "x")],
)
def test_status_and_value_must_fit(value, status, why):
    with pytest.raises(ValueError, match="a score with status"):
        Score(value, "", status, why)


@pytest.mark.parametrize("make", [Score.not_applicable, Score.failed])
def test_no_number_without_a_reason(make):
    with pytest.raises(ValueError, match="says why"):
        make("")
    assert make("too small", "dB").as_dict()["why"] == "too small"


@pytest.mark.parametrize(("value", "limit"), [(math.inf, "+inf"), (-math.inf, "-inf")])
def test_infinity_is_valid_json(value, limit):
    said = json.loads(json.dumps(Score(value, "dB").as_dict(), allow_nan=False))
    assert said == {"value": None, "unit": "dB", "status": "ok", "limit": limit}


def _finding(verdict, severity):
    score = Score(0.5, "share")
    return Finding(Region.NOSE, Aspect.TEXTURE, "fine", verdict, score, score, severity, "Nose: x.", {"a": score})


def _ledger(*findings):
    return Ledger(findings, {"psnr": Score(math.inf, "dB")}, {}, {}, {}, {}, {}, {}, ("note",), {})


def test_worst_leaves_out_what_is_kept_or_undecidable():
    bad, better = _finding(Verdict.INVENTED, 0.9), _finding(Verdict.LOST, 0.2)
    ledger = _ledger(bad, better, _finding(Verdict.KEPT, 0.0), _finding(Verdict.UNDECIDABLE, None))
    assert ledger.worst() == (bad, better)
    assert ledger.worst(1) == (bad,)


def test_the_json_form_counts_every_verdict_and_carries_the_note():
    said = json.loads(json.dumps(_ledger(_finding(Verdict.LOST, 0.25)).as_dict(), allow_nan=False))
    assert said["summary"] == {"kept": 0, "lost": 1, "invented": 0, "altered": 0, "undecidable": 0}
    assert said["note"].startswith("Not for identification")
    assert said["findings"][0]["standard_term"] == "Nose"
    assert said["findings"][0]["severity"] == 0.25


@pytest.mark.parametrize("region", Region, ids=str)
def test_every_region_has_a_label_and_a_standard_term(region):
    assert region.label[0].isupper()
    assert region.standard_term
    assert region.found_by in ("landmarks", "parser")


def test_left_and_right_share_a_standard_term():
    assert Region.LEFT_EYE.standard_term == Region.RIGHT_EYE.standard_term == "Eyes"
    assert Region.LEFT_EYE.label != Region.RIGHT_EYE.label
