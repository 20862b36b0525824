"""The ground-truth merge: captured predictions joined with the labels that arrived for them."""

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.world.quality import Pair


@dataclass(frozen=True, slots=True)
class Attributes:
    """How a job definition's input says where prediction and label stand."""

    probability: str = "0"
    """A column's index for CSV, a dotted path for JSON (`predictions.0.score`)."""
    label: str = "0"


def merged(captured: Iterable[str], truths: Iterable[str]) -> list[dict[str, Any]]:
    """Each captured record that has a label, with `groundTruthData` added; the rest is dropped.

    Joined by the captured record's `inferenceId`, or its `eventId` where the caller gave none. A later label for the
    same id wins. Lines that are no JSON object of the known shape raise ValueError naming the line's kind.
    """
    labels = {_truth_id(record): record["groundTruthData"] for record in records(truths, "ground truth")}
    joined = []
    for record in records(captured, "captured data"):
        metadata = record["eventMetadata"]
        label = labels.get(metadata.get("inferenceId") or metadata["eventId"])
        if label is not None:
            joined.append({**record, "groundTruthData": label})
    return joined


def pairs(records: Iterable[dict[str, Any]], attributes: Attributes) -> list[Pair]:
    """(probability, label) of merged records. Raises ValueError for a record without either."""
    return [_pair(record, attributes) for record in records]


def columns(record: dict[str, Any]) -> list[str]:
    """The values of a captured record in CSV, the answer's first. Raises ValueError or KeyError for another kind."""
    captured = record["captureData"]
    parts = [captured[name] for name in ("endpointOutput", "endpointInput") if name in captured]
    return [value for part in parts for value in _text(part, "CSV").strip().split(",")]


def _pair(record: dict[str, Any], attributes: Attributes) -> Pair:
    """The two numbers of one record."""
    try:
        probability = float(_value(record["captureData"]["endpointOutput"], attributes.probability))
        label = round(float(_value(record["groundTruthData"], attributes.label)))
    except (KeyError, IndexError, TypeError) as missing:
        raise ValueError(f"a merged record lacks its prediction or label: {missing!r}") from missing
    if label not in {0, 1}:
        raise ValueError(f"the label {label} is no class of a binary problem")
    return probability, label


def _value(part: dict[str, Any], where: str) -> Any:
    """The value at `where` of a captured part, whatever its encoding."""
    encoding = _encoding(part)
    data = _text(part, encoding)
    if encoding == "CSV":
        return data.strip().split(",")[int(where)]
    return _at(json.loads(data), where)


def _encoding(part: dict[str, Any]) -> str:
    """CSV or JSON; of what was captured as bytes the content type tells."""
    if part["encoding"] != "BASE64":
        return str(part["encoding"])
    return "CSV" if "csv" in part.get("observedContentType", "csv") else "JSON"


def _text(part: dict[str, Any], wanted: str) -> str:
    """A part's data. Raises ValueError when it is encoded otherwise than wanted."""
    if _encoding(part) != wanted:
        raise ValueError(f"captured data is {_encoding(part)}, not {wanted}")
    data: str = part["data"]
    return base64.b64decode(data, validate=True).decode() if part["encoding"] == "BASE64" else data


def _at(document: Any, path: str) -> Any:
    """What stands at a dotted path; a number steps into a list, a bare number is the document itself."""
    for step in path.split("."):
        if isinstance(document, list):
            document = document[int(step)]
        elif isinstance(document, dict):
            document = document[step]
    return document


def _truth_id(record: dict[str, Any]) -> str:
    """The id that a label is for: ground truth carries the inference id as its `eventId`."""
    return str(record["eventMetadata"]["eventId"])


def records(lines: Iterable[str], kind: str) -> Iterable[dict[str, Any]]:
    """Parsed lines; blank ones are skipped."""
    for line in lines:
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            record["eventMetadata"]["eventId"]
        except (ValueError, KeyError, TypeError, binascii.Error) as damage:
            raise ValueError(f"a line of {kind} cannot be read: {damage!r}") from damage
        yield record
