"""Other fields of a value, as `dataclasses.replace` gives them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.logic.altering import altered
from bot.model.incident import Queued, Status
from bot.model.place import Family, Place

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
PLACE = Place("111111111111", "eu-west-1", "bank-marketing", Family.BIAS)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Queued(episode=2, shown_at=AT), {}),
        (Queued(episode=2, shown_at=AT), {"status": Status.OPEN, "revision": 7, "shown_at": None}),
        (PLACE, {"service": "loan"}),
    ],
)
def test_it_is_what_replace_makes(value: Any, said: dict[str, Any]) -> None:
    """Equal, of the same type, and the value itself stays as it was."""
    before = replace(value)
    made = altered(value, **said)
    assert (made, type(made)) == (replace(value, **said), type(value))
    assert value == before


def test_a_field_that_there_is_not_is_refused() -> None:
    """A slip in a name must not be lost."""
    with pytest.raises(AttributeError):
        altered(PLACE, servcie="loan")
