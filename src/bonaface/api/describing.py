"""Asking a describer, and comparing what it says: with the embedder and the tagger that are installed."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonaface.core.descriptions import Answer, AnswerFailed, Describer, Given, Sent
from bonaface.core.errors import InputError
from bonaface.measure.description import MINILM, Embed
from bonaface.measure.sections import ENOUGH, read_sections
from bonaface.measure.words import Kind, Split, Token, by_lexicon, known

if TYPE_CHECKING:
    from bonaface.io.describers.cache import Cache

INSTALL = "pip install 'bonaface[semantics]'"
MOST_REPEATS = 50
_REFUSALS = re.compile(
    r"\b(?:i'?m sorry|i am sorry|i apologi[sz]e|i can(?:no|')t|i can not|i am unable|i'?m unable|i won'?t|not able to|"
    r"cannot (?:assist|help|describe|analy[sz]e|identify)|against my)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Asker:
    """Asks a describer, once for each picture and repeat.

    Attributes:
        describer: from `bonaface.io.describers`.
        cache: where answers are kept beyond this process; None: nowhere.
    """

    describer: Describer
    cache: Cache | None = None
    _given: dict[tuple[str, int], Given] = field(default_factory=dict)

    def ask(self, picture: Sent, repeat: int) -> Given:
        """A description, or why there is none.

        Raises:
            DescriberRefused: there will be none of any picture.
            InputError: the cache cannot be written to.
        """
        key = picture.sha256, repeat
        if key not in self._given:
            given = self._ask(picture, repeat)
            if given.why:
                return given  # may go better the next time
            self._given[key] = given
        return self._given[key]

    def ask_all(self, picture: Sent, repeats: int | None) -> list[Given]:
        """Each repeat; by default as many as the describer says."""
        count = self.describer.repeats(picture) if repeats is None else repeats
        return [self.ask(picture, repeat) for repeat in range(1, count + 1)]

    def _ask(self, picture: Sent, repeat: int) -> Given:
        kept = self.cache if self.describer.cached else None
        answer = None if kept is None else kept.get(self.describer.settings, picture, repeat)
        fresh = answer is None
        if answer is None:
            try:
                answer = self.describer.describe(picture, repeat)
            except AnswerFailed as error:
                return Given(repeat, why=str(error))
        given = read_answer(answer, repeat, fresh=fresh)
        if kept is not None and fresh and not given.why:
            kept.put(self.describer.settings, picture, repeat, answer)
        return given


def read_answer(answer: Answer, repeat: int, *, fresh: bool = True) -> Given:
    """Take an answer apart; a text with fewer than `ENOUGH` sections is no description."""
    description = read_sections(answer.text)
    if len(description.sections) >= ENOUGH:
        return Given(repeat, answer, description, fresh=fresh)
    begins = " ".join(answer.text.split())
    begins = f'"{begins[:120]}…"' if len(begins) > 120 else f'"{begins}"'
    if _REFUSALS.search(answer.text[:400]):
        why = f"the describer refused: {begins}"
    else:
        held = f"{len(description.sections)} of the eleven sections" if description.sections else "no section"
        why = f"the answer is no description by the template: {held} found in {begins}"
    return Given(repeat, answer, None, why, fresh=fresh)


def check_repeats(repeats: int | None) -> None:
    """Raise where the number makes no sense.

    Raises:
        InputError: not 1 to `MOST_REPEATS`.
    """
    if repeats is not None and not 1 <= repeats <= MOST_REPEATS:
        raise InputError(f"{repeats} repeats were asked for; expected 1 to {MOST_REPEATS}.")


@cache
def embedder() -> Embed | str:
    """MiniLM, from the package that brings it; or why there is none.

    Raises:
        WeightsTampered: the package's file is not the model.
    """
    from bonaface.io.weights import check

    package = MINILM.package.replace("-", "_")
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None or importlib.util.find_spec("sentence_transformers") is None:
        return f"cosines need sentence-transformers and {MINILM.package}: {INSTALL}"
    place = Path(found.origin).parent / MINILM.path_in_package
    check(MINILM, place)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # else its libraries wait for a network that is not there
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    model = SentenceTransformer(str(place.parent), device="cpu", local_files_only=True)

    def embed(texts: Any) -> Any:
        return model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)

    return embed


@cache
def splitter() -> tuple[Split, str]:
    """What finds nouns and adjectives here, and its name."""
    if importlib.util.find_spec("spacy") is None:
        return by_lexicon, "a built-in list of words for faces (spaCy is not installed)"
    import spacy

    if importlib.util.find_spec("en_core_web_sm") is not None:
        package = importlib.import_module("en_core_web_sm")  # spacy.load would take a folder of that name here
        tagger = package.load(exclude=["ner", "parser"])
        return _tagged_by(tagger), f"spaCy {spacy.__version__}, en_core_web_sm {tagger.meta['version']}"
    blank = spacy.blank("en")

    def split(text: str) -> list[Token]:
        return known(_joined(blank(text.lower())))

    return split, f"spaCy {spacy.__version__} and a built-in list of words for faces (en_core_web_sm is not installed)"


def _tagged_by(tagger: Any) -> Split:
    kinds = {"NOUN": Kind.NOUN, "ADJ": Kind.ADJECTIVE}

    def split(text: str) -> list[Token]:
        tokens = []
        for token in tagger(text):
            kind = kinds.get(token.pos_)
            lower = token.lower_
            listed = token.lemma_.lower() if kind is Kind.NOUN else lower
            tokens.append(Token(lower, listed, kind if lower[:1].isalpha() else None))
        return tokens

    return split


def _joined(tokens: Any) -> list[str]:
    """Words, with what is written together by hyphens joined again."""
    words: list[str] = []
    glued = after = False
    for token in tokens:
        hyphen = token.text == "-"
        if words and glued and (hyphen or after):
            words[-1] += token.text
        else:
            words.append(token.text)
        glued, after = not token.whitespace_, hyphen
    return words
