"""An event that nobody knows, kept as a sample: its shape and short words, nothing that may be secret or long."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from bot.logic.plain import plain

MOST_SAMPLE: Final = 2_000
"""Characters."""
_MOST_WORD: Final = 80
_MOST_KEYS: Final = 40
_MOST_ITEMS: Final = 2
_DEEPEST: Final = 6
_HIDDEN: Final = "…"
_SECRET: Final = re.compile(
    r"secret|passw|token|credential|signature|cookie|authorization|environment|parameters|kms|(?:^|[_-])key|key$|url$",
    re.IGNORECASE,
)
"""Keys whose values are hidden whole: what people put there is theirs."""


def sample(said: Mapping[str, Any]) -> str:
    """JSON, cut at `MOST_SAMPLE`."""
    text = json.dumps(_shape(said, 0), ensure_ascii=False, default=str)
    return text if len(text) <= MOST_SAMPLE else text[: MOST_SAMPLE - 1] + _HIDDEN


def _shape(said: Any, depth: int) -> Any:
    if depth >= _DEEPEST:
        return _HIDDEN
    if isinstance(said, Mapping):
        few = list(said.items())[:_MOST_KEYS]
        return {
            plain(str(key), _MOST_WORD): _HIDDEN if _SECRET.search(str(key)) else _shape(value, depth + 1)
            for key, value in few
        }
    if isinstance(said, list):
        return [_shape(value, depth + 1) for value in said[:_MOST_ITEMS]]
    return plain(said, _MOST_WORD) if isinstance(said, str) else said
