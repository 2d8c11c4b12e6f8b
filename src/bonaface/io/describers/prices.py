"""Prices of models, as a user gives them: they change too often to be built in."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from bonaface.core.descriptions import Price
from bonaface.core.errors import InputError


def read_price(path: Path, model: str) -> Price | None:
    """The price of a model in a table; None where the table does not list it.

    The table is JSON, prices for a million tokens: `{"MODEL": {"input": 1.25, "output": 10.0, "currency": "USD"}}`.

    Raises:
        InputError: the file cannot be read, or has another form.
    """
    try:
        table = json.loads(path.read_text("utf-8"))
        row = table.get(model)
        return None if row is None else Price(_number(row["input"]), _number(row["output"]), str(row["currency"]))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); expected a table of prices.") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path} is no table of prices; expected prices for a million tokens as "
            f'{{"{model}": {{"input": 1.25, "output": 10.0, "currency": "USD"}}}}.'
        ) from error


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{value!r} is no price")
    return float(value)
