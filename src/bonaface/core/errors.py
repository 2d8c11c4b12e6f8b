"""Every error that Bonaface raises on purpose, and the exit code that each one ends a command with.

A message says what was found, what was expected and what to do.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    """Everything asked for was done."""
    PARTLY = 1
    """Some of it was done; each failure is listed."""
    BAD_INPUT = 2
    """Bad input or usage; nothing was written."""


class BonafaceError(Exception):
    """The root of the package's own errors."""


class InputError(BonafaceError, ValueError):
    """Something given by the user cannot be used."""


class PictureError(InputError):
    """A file is not a picture that can be read, or is outside the limits of size."""


class ImageError(InputError):
    """An array is not an `Image`: wrong shape, wrong type, NaN or out of [0, 1]."""


class FaceNotFound(InputError):  # noqa: N818 - says what happened
    """No face was found where one is needed."""


class FramingError(InputError):
    """No similarity transform brings two pictures into the same framing."""


class UnknownName(InputError, KeyError):  # noqa: N818 - says what happened
    """A name is in no catalog."""

    def __str__(self) -> str:  # KeyError would print the message in quotes
        return str(self.args[0]) if self.args else ""


class OutputExists(InputError):  # noqa: N818 - says what happened
    """Something is already there, and overwriting was not asked for."""


class WeightsError(BonafaceError):
    """A file of weights cannot be used."""


class WeightsMissing(WeightsError):  # noqa: N818 - says what happened
    """A file of weights is not there."""


class WeightsTampered(WeightsError):  # noqa: N818 - says what happened
    """A file of weights does not have the content that its card names."""


class ModelFailed(BonafaceError):  # noqa: N818 - says what happened
    """A model ran, and what it delivered is no picture that can be used."""


class GraphMismatch(WeightsError):  # noqa: N818 - says what happened
    """An ONNX graph cannot be run, or does not read and deliver what is expected of it."""


def first_line(error: Exception) -> str:
    """Of what an error of another library says, without its full stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0].rstrip(".")
