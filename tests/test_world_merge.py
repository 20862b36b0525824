"""Captured predictions joined with ground truth."""

import base64
import json
from typing import Any

import pytest

from sandbox.world import merge


def capture(
    event: str, output: str, encoding: str = "CSV", inference: str | None = None, content: str = "text/csv"
) -> str:
    """One line of data capture."""
    metadata = {"eventId": event, "inferenceTime": "2026-11-20T08:00:00Z"}
    if inference is not None:
        metadata["inferenceId"] = inference
    part = {"observedContentType": content, "mode": "OUTPUT", "data": output, "encoding": encoding}
    return json.dumps({"captureData": {"endpointOutput": part}, "eventMetadata": metadata, "eventVersion": "0"})


def truth(event: str, label: str, encoding: str = "CSV") -> str:
    """One line of ground truth."""
    data = {"data": label, "encoding": encoding}
    return json.dumps({"groundTruthData": data, "eventMetadata": {"eventId": event}, "eventVersion": "0"})


def test_joins_by_inference_id_and_by_event_id_where_there_is_none() -> None:
    """What has no label is dropped, and so is a label for nothing."""
    captured = [capture("e1", "0.8", inference="i1"), capture("e2", "0.2"), capture("e3", "0.4", inference="i3"), ""]
    truths = [truth("i1", "1"), truth("e2", "0"), truth("e1", "0"), truth("nobody", "1")]
    assert merge.pairs(merge.merged(captured, truths), merge.Attributes()) == [(0.8, 1), (0.2, 0)]


def test_a_later_label_for_the_same_id_wins() -> None:
    """Teams correct labels by sending them again."""
    records = merge.merged([capture("e", "0.8")], [truth("e", "0"), truth("e", "1")])
    assert merge.pairs(records, merge.Attributes()) == [(0.8, 1)]


@pytest.mark.parametrize(
    ("output", "encoding", "content", "where"),
    [
        ("0.75", "CSV", "text/csv", "0"),
        ("1,0.75\n", "CSV", "text/csv; charset=utf-8", "1"),
        ('{"predictions": [{"score": 0.75}]}', "JSON", "application/json", "predictions.0.score"),
        ('{"score": 0.75}\n', "JSON", "application/jsonlines", "score"),
        (base64.b64encode(b"1,0.75").decode(), "BASE64", "text/csv", "1"),
        (base64.b64encode(b'{"score": 0.75}').decode(), "BASE64", "application/json", "score"),
    ],
)
def test_reads_each_encoding_that_data_capture_writes(output: str, encoding: str, content: str, where: str) -> None:
    """CSV by column, JSON by path, either in base64."""
    records = merge.merged([capture("e", output, encoding, content=content)], [truth("e", "1")])
    assert merge.pairs(records, merge.Attributes(probability=where)) == [(0.75, 1)]


@pytest.mark.parametrize("line", ["{", "[]", "7", '{"eventMetadata": {}}', '{"eventMetadata": 3}'])
def test_a_damaged_line_is_named_by_its_kind(line: str) -> None:
    """Whoever reads the FailureReason learns which side is broken."""
    with pytest.raises(ValueError, match="captured data"):
        merge.merged([line], [truth("e", "1")])
    with pytest.raises(ValueError, match="ground truth"):
        merge.merged([], [line])


@pytest.mark.parametrize("label", ["2", "yes", "nan"])
def test_a_label_that_is_no_class_is_refused(label: str) -> None:
    """A regression's labels under a binary job are an error, not a zero."""
    records: list[dict[str, Any]] = merge.merged([capture("e", "0.8")], [truth("e", label)])
    with pytest.raises(ValueError):  # noqa: PT011  # float's own message for words
        merge.pairs(records, merge.Attributes())
