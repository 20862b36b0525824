"""Report files in S3, read with care: their size and content are the other account's."""

from typing import Any

from bot.aws.errors import translating
from bot.aws.findings import Document, document
from bot.aws.hub import Hub, Target
from bot.aws.jobs import Location
from bot.errors import Malformed, Missing


class Objects:
    """Reads JSON files of at most `cap_bytes`."""

    def __init__(self, hub: Hub, cap_bytes: int) -> None:
        """A file larger than the cap is never read, whatever its listing says."""
        self._hub = hub
        self._cap_bytes = cap_bytes

    def read(self, target: Target, at: Location) -> Document:
        """The JSON object at a place. Raises SourceError: Missing, Malformed, or what AWS refuses."""
        name = at.key.rsplit("/", 1)[-1]
        try:
            return document(self._body(target, at))
        except Missing:
            raise Missing(f"{name} is missing") from None
        except Malformed as error:
            raise Malformed(f"{name} cannot be read: {error.cause}") from None

    def _body(self, target: Target, at: Location) -> bytes:
        said = self._hub.call(target, "s3", "GetObject", Bucket=at.bucket, Key=at.key)
        stream: Any = said["Body"]
        try:
            if said.get("ContentLength", 0) > self._cap_bytes:
                raise Malformed(f"it is larger than {self._cap_bytes} bytes")
            with translating(self._hub.named(target, "s3", "GetObject")):
                body: bytes = stream.read(self._cap_bytes + 1)
        finally:
            stream.close()
        if len(body) > self._cap_bytes:
            raise Malformed(f"it is larger than {self._cap_bytes} bytes")
        return body
