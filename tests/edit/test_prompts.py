"""What diffusion editors are asked."""

import pytest

from bonaface.core.errors import InputError, UnknownName
from bonaface.core.expressions import EXPRESSIONS
from bonaface.edit.prompts import FORMS, TARGETS, WORDS, prompt_for


@pytest.mark.parametrize("target", EXPRESSIONS.ids)
@pytest.mark.parametrize("form", FORMS)
def test_every_expression_has_its_words_in_every_form(target, form):
    said = prompt_for(target, form)
    assert "{" not in said
    assert said == said.strip()
    assert sum(prompt_for(other, form) == said for other in TARGETS) == 1
    assert len(said) < 77  # letters; CLIP reads 77 tokens, and words are at most that many


def test_s0s_own_sentences():
    assert [prompt_for(target, "him") for target in ("angry", "happy", "sad", "surprise")] == [
        "make him angry",
        "make him happy",
        "make him sad",
        "make him surprised",
    ]
    assert prompt_for("happy", "inpainting") == "Turn the expression on this person's face into a happy expression"
    assert prompt_for("angry", "face") == "make the face look angry"


def test_articles():
    for words in WORDS.values():
        article, word = words.phrase.split()
        assert (article == "an") == (word[0] in "aeiou")


def test_a_sentence_of_ones_own():
    assert prompt_for("fear", "a {phrase} look, {adjective}") == "a a fearful look, afraid"
    assert prompt_for("happy", "show teeth") == "show teeth"
    for bad in ("make {him} angry", "{", "{0}"):
        with pytest.raises(InputError, match="nothing else in braces"):
            prompt_for("happy", bad)
    with pytest.raises(UnknownName, match="no expression called 'gleeful'"):
        prompt_for("gleeful", "face")
