"""What a monitor's definition says: offsets of its window, folders of its data."""

from datetime import timedelta

import pytest

from bot.aws.definitions import offset_of
from bot.aws.jobs import Location, folder_of


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("-P8D", timedelta(days=-8)),
        ("-PT1H30M", timedelta(hours=-1.5)),
        ("PT0H", timedelta()),
        ("P1W", None),
        ("-P99999D", None),
        (None, None),
    ],
)
def test_offsets_are_iso_durations(text: str | None, span: timedelta | None) -> None:
    """Of days, hours and minutes, as Model Monitor documents them."""
    assert offset_of(text) == span


@pytest.mark.parametrize(
    ("uri", "at"),
    [
        ("s3://my-data-capture", Location("my-data-capture", "")),
        ("s3://my-data-capture/", Location("my-data-capture", "")),
        ("s3://bucket/a/b/", Location("bucket", "a/b")),
        ("s3://..bucket", None),
        ("https://bucket/a", None),
        ("s3://Bucket\n/a", None),
        (None, None),
    ],
)
def test_a_folder_may_be_a_whole_bucket(uri: str | None, at: Location | None) -> None:
    """Others write these addresses; what is not plain is none."""
    assert folder_of(uri) == at
