"""Answers on the wire, read back as boto3 gives them to whoever asked: for people who look at what was answered."""

import json
from typing import Any

from botocore.awsrequest import HeadersDict
from botocore.exceptions import BotoCoreError
from botocore.model import OperationModel, OperationNotFoundError
from botocore.parsers import ResponseParserError, create_parser

from sandbox.aws.answers import Answer
from sandbox.aws.shapes import operation_model

MOST_BYTES = 128 * 1024
"""Of an object's bytes; of a larger one only the size is said. A longer answer is left as text: parsing takes time."""


def read(service: str, operation: str, answer: Answer) -> Any:
    """The members of an answer, or of its error; the body as text where botocore's model does not know it."""
    try:
        model = operation_model(service, operation)
        if model.has_streaming_output and answer.status < 300:
            return {"ContentType": _type(answer), "ContentLength": len(answer.body), "Body": _content(answer.body)}
        if len(answer.body) > MOST_BYTES:
            return answer.body.decode()
        wire = {"status_code": answer.status, "headers": HeadersDict(dict(answer.headers)), "body": answer.body}
        found: dict[str, Any] = create_parser(_protocol(model, answer)).parse(wire, model.output_shape)
    except (BotoCoreError, OperationNotFoundError, ResponseParserError, ValueError):
        return _content(answer.body)
    found.pop("ResponseMetadata", None)
    return found


def _protocol(model: OperationModel, answer: Answer) -> str:
    """The one that the answer is in: CloudWatch's may be JSON, which botocore speaks, or the query protocol's XML."""
    if _type(answer).startswith("text/xml") and "query" in model.service_model.metadata.get("protocols", ()):
        return "query"
    return str(model.service_model.resolved_protocol)


def _type(answer: Answer) -> str:
    return next((value for name, value in answer.headers if name.lower() == "content-type"), "")


def _content(body: bytes) -> Any:
    """What an object holds: JSON, text, or how much there is of it."""
    if len(body) > MOST_BYTES:
        return f"({len(body):,} bytes)"
    try:
        text = body.decode()
    except ValueError:
        return f"({len(body):,} bytes)"
    try:
        return json.loads(text)
    except ValueError:
        return text
