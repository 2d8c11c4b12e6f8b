"""What the diffusion editors are asked, in one table: S0's prompts, which are the same for all its models.

S0 (sections VII.D and VI.E) asks InstructPix2Pix and the SDXL refiner to "make him angry" (happy, sad, surprised), and
the inpainting model to "Turn the expression on this person's face into a [target expression] expression". Its prompts
are the same for all models, so that models are compared and not wordings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bonaface.core.errors import InputError
from bonaface.core.expressions import EXPRESSIONS, expression_named

FORMS: Mapping[str, str] = MappingProxyType(
    {
        "face": "make the face look {adjective}",
        "him": "make him {adjective}",
        "her": "make her {adjective}",
        "them": "make them {adjective}",
        "inpainting": "Turn the expression on this person's face into {phrase} expression",
        "description": "a photograph of a person with {phrase} expression",
    }
)
"""Sentences by name. "face" is the default of the first two editors: it is S0's wording too (section V: "make the
face look angry"), and does not say whether a man or a woman is shown, which would have to be guessed and which
models act on. "him" is what S0's figures were made with. "inpainting" is S0's for inpainting. "description" says what
is there in place of what to do, which is what image-to-image models were trained on; it is not S0's."""


@dataclass(frozen=True, slots=True)
class Words:
    """How an expression is put into a sentence.

    Attributes:
        adjective: after "make the face look".
        phrase: before "expression", with its article.
    """

    adjective: str
    phrase: str


WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "neutral": Words("neutral", "a neutral"),
        "happy": Words("happy", "a happy"),
        "sad": Words("sad", "a sad"),
        "surprised": Words("surprised", "a surprised"),
        "angry": Words("angry", "an angry"),
        "disgusted": Words("disgusted", "a disgusted"),
        "afraid": Words("afraid", "a fearful"),
        "contemptuous": Words("contemptuous", "a contemptuous"),
    }
)
"""By ids of `core.expressions.EXPRESSIONS`. S0 has angry, happy, sad and surprise(d); the others are put likewise."""


def prompt_for(target: str, form: str) -> str:
    """What an editor is asked for.

    Args:
        target: an expression, by any of its names.
        form: a name of `FORMS`; or a sentence of one's own, with {adjective} or {phrase} in it, or without.

    Raises:
        UnknownName: no such expression.
        InputError: the sentence has other words in braces.

    >>> prompt_for("angry", "him"), prompt_for("surprise", "face")
    ('make him angry', 'make the face look surprised')
    >>> prompt_for("anger", "inpainting")
    "Turn the expression on this person's face into an angry expression"
    """
    words = WORDS[expression_named(target).id]
    sentence = FORMS.get(form, form)
    try:
        return sentence.format(adjective=words.adjective, phrase=words.phrase).strip()
    except (KeyError, IndexError, ValueError) as error:
        raise InputError(
            f"The prompt is {form!r}; expected a sentence in which {{adjective}} stands for the expression, as in "
            f"'{FORMS['face']}', or {{phrase}} for it with its article, and nothing else in braces."
        ) from error


TARGETS = EXPRESSIONS.ids
"""What can be asked for: every expression has its words."""
