"""The form of OpenAI's chat completions, which most services and local servers (llama.cpp, vLLM, Ollama) speak."""

from __future__ import annotations

import base64
from typing import Any

from bonaface.core.descriptions import Answer, AnswerFailed, Sent
from bonaface.io.describers.http import Service, post
from bonaface.io.describers.question import TEMPLATE

ENDPOINT = "https://api.openai.com/v1"


class OpenAI(Service):
    """A service at an address, asked with one message: the template and the picture."""

    __slots__ = ()

    def describe(self, picture: Sent, repeat: int) -> Answer:
        """See `Describer`."""
        del repeat  # every question is the same; the temperature varies the answers
        address = f"data:image/png;base64,{base64.b64encode(picture.data).decode('ascii')}"
        content = [{"type": "text", "text": TEMPLATE}, {"type": "image_url", "image_url": {"url": address}}]
        body = {
            "model": self.settings.model,
            "temperature": self.settings.temperature,
            "messages": [{"role": "user", "content": content}],
        }
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        url = f"{self.settings.endpoint}/chat/completions"
        return read_answer(post(url, body, headers, self.timeout, self.key))


def read_answer(held: Any) -> Answer:
    """The answer in a service's JSON.

    Raises:
        AnswerFailed: there is none in it, or the model refused.
    """
    try:
        choice = held["choices"][0]
        message = choice["message"]
        content = message.get("content")
        refusal = message.get("refusal")
        ended = choice.get("finish_reason")
        usage = held.get("usage") or {}
        version = " ".join(str(held[name]) for name in ("model", "system_fingerprint") if held.get(name))
        tokens = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
        if isinstance(content, list):
            content = "\n".join(part.get("text") or "" for part in content if part.get("type") == "text")
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise AnswerFailed("the answer is not in the form of OpenAI's chat completions. Check the address.") from error
    if refusal:
        raise AnswerFailed(f"the describer refused: {' '.join(str(refusal).split())[:200]}")
    if ended == "content_filter":
        raise AnswerFailed("the describer refused: the service's filter stopped the answer.")
    if not isinstance(content, str) or not content.strip():
        why = "its thoughts took all the tokens it may use" if ended == "length" else f"it ended with {ended!r}"
        raise AnswerFailed(f"the answer is empty ({why}).")
    cut = "the service's limit of tokens was reached" if ended == "length" else ""
    return Answer(content, version, whole(tokens[0]), whole(tokens[1]), cut)


def whole(value: Any) -> int | None:
    """A count as a service gives it; None where it gives none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
