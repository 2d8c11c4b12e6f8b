import numpy as np
import pytest
from scipy.stats import ttest_rel

from bonaface.measure import MEASURES
from bonaface.study.numbers.ratings import EA, IQ, IR, NO_FACE, PD, SEEN, STAND_INS, Value, rating_of, rating_rows


def values(stand_in, editor, damage, numbers, control="no"):
    return [
        Value(stand_in.id, editor, damage, f"f{i}", f"p{i}", 0, number, "" if number is not None else NO_FACE, control)
        for i, number in enumerate(numbers)
    ]


def by_place(rows):
    return {(row["editor"], row["degradation"], row["rating"]): row for row in rows}


def test_stand_ins_are_of_measures_that_there_are():
    assert [each.id for each in STAND_INS] == ["EA-share", "EA", "IR", "IQ", "PD"]
    for each in STAND_INS:
        if each.measure:
            card = MEASURES[each.measure]
            assert each.better == card.better
            assert each.part or each.unit == card.unit
    assert PD.measure == ""


def test_an_output_without_a_face_shows_no_expression_and_has_no_identity():
    assert rating_of(SEEN, None, NO_FACE) == (0.0, NO_FACE)
    assert rating_of(EA, None, NO_FACE) == (0.0, NO_FACE)
    assert rating_of(IR, None, NO_FACE) == (None, NO_FACE)
    assert rating_of(EA, None, "the reader's weights are not here") == (None, "the reader's weights are not here")
    assert rating_of(IQ, 4.5, "") == (4.5, "")


def test_means_intervals_and_differences():
    rng = np.random.default_rng(0)
    clean, noisy = rng.normal(9, 1, 20), rng.normal(14, 2, 20)
    rows = by_place(
        rating_rows(
            [*values(IR, "a: happy", "original", clean), *values(IR, "a: happy", "noisy", noisy)],
            ("original", "noisy"),
            "original",
        )
    )
    first, second = rows["a: happy", "original", "IR"], rows["a: happy", "noisy", "IR"]
    assert first["value"] == pytest.approx(clean.mean())
    assert (first["undamaged"], second["undamaged"]) == ("yes", "no")
    assert (first["difference"], first["p"], first["told"]) == (None, None, "")
    assert second["difference"] == pytest.approx((noisy - clean).mean())
    assert second["difference_low"] < second["difference"] < second["difference_high"]
    assert second["p"] == pytest.approx(ttest_rel(noisy, clean).pvalue)
    assert (second["told"], second["compared"], second["people"]) == ("yes", 20, 20)


def test_a_share_is_told_by_an_exact_test():
    """Six of six that fall: one in 2^5 by chance, whatever a t test makes of differences that are all equal."""
    rows = by_place(
        rating_rows(
            [*values(SEEN, "a: happy", "original", [1.0] * 6), *values(SEEN, "a: happy", "strong", [None] * 6)],
            ("original", "strong"),
            "original",
        )
    )
    assert rows["a: happy", "strong", "EA-share"]["value"] is None, "no number was given for what has no face here"
    lost = values(SEEN, "a: happy", "strong", [0.0] * 6)
    rows = by_place(
        rating_rows([*values(SEEN, "a: happy", "original", [1.0] * 6), *lost], ("original", "strong"), "original")
    )
    found = rows["a: happy", "strong", "EA-share"]
    assert found["p"] == pytest.approx(2 / 2**6)
    assert found["told"] == "yes"
    assert (found["low"], found["high"]) == (0.0, pytest.approx(1 - 0.025 ** (1 / 6)))
    mixed = values(SEEN, "a: happy", "strong", [0.0] * 5 + [1.0])
    rows = by_place(
        rating_rows([*values(SEEN, "a: happy", "original", [1.0] * 6), *mixed], ("original", "strong"), "original")
    )
    assert rows["a: happy", "strong", "EA-share"]["p"] == pytest.approx(2 / 2**5)


def test_comparisons_are_corrected_within_a_rating_and_apart_from_controls():
    rng = np.random.default_rng(1)
    held = []
    for editor, control in (("a: happy", "no"), ("not edited: happy", "yes")):
        for damage, shift in (("original", 0.0), ("one", 0.02), ("two", 0.02)):
            numbers = np.clip(rng.normal(0.5 + shift, 0.05, 12), 0, 1)
            held += values(EA, editor, damage, numbers, control)
    rows = by_place(rating_rows(held, ("original", "one", "two"), "original"))
    raw = {}
    for editor in ("a: happy", "not edited: happy"):
        clean = [v.value for v in held if (v.editor, v.damage) == (editor, "original")]
        for damage in ("one", "two"):
            other = [v.value for v in held if (v.editor, v.damage) == (editor, damage)]
            raw[editor, damage] = ttest_rel(other, clean).pvalue
        least = min(raw[editor, "one"], raw[editor, "two"])
        corrected = min(rows[editor, damage, "EA"]["p"] for damage in ("one", "two"))
        assert corrected == pytest.approx(min(1, 2 * least))


def test_faceless_outputs_are_counted_and_intervals_stay_within_bounds():
    held = [*values(EA, "a: sad", "original", [0.9, 0.99, 1.0]), *values(IR, "a: sad", "original", [None, 5.0, 6.0])]
    rows = by_place(rating_rows(held, ("original",), None))
    assert rows["a: sad", "original", "EA"]["high"] == 1.0
    found = rows["a: sad", "original", "IR"]
    assert (found["n"], found["faceless"], found["value"]) == (2, 1, 5.5)
    assert found["low"] >= 0
    none = by_place(rating_rows(values(IR, "a: sad", "x", [None, None]), ("x",), None))["a: sad", "x", "IR"]
    assert (none["value"], none["why"]) == (None, NO_FACE)


def test_nothing_is_compared_where_nothing_is_undamaged():
    held = [*values(EA, "a: sad", "x", [0.2, 0.3]), *values(EA, "a: sad", "y", [0.3, 0.5])]
    rows = rating_rows(held, ("x", "y"), None)
    assert all(row["p"] is None and row["told"] == "" for row in rows)
    assert {row["undamaged"] for row in rows} == {"no"}
