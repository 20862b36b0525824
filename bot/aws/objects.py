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
        self.cap_bytes = cap_bytes

    def read(self, target: Target, at: Location) -> Document:
        """The JSON object at a place. Raises SourceError: Missing, Malformed, or what AWS refuses."""
        name = at.key.rsplit("/", 1)[-1]
        try:
            return document(self.body(target, at))
        except Missing:
            raise Missing(f"{name} is missing") from None
        except Malformed as error:
            raise Malformed(f"{name} cannot be read: {error.cause}") from None

    def body(self, target: Target, at: Location) -> bytes:
        """What is in an object. Raises SourceError, Malformed for one above the cap."""
        said = self._hub.call(target, "s3", "GetObject", Bucket=at.bucket, Key=at.key)
        stream: Any = said["Body"]
        try:
            if said.get("ContentLength", 0) > self.cap_bytes:
                raise Malformed(f"it is larger than {self.cap_bytes} bytes")
            with translating(self._hub.named(target, "s3", "GetObject")):
                body: bytes = stream.read(self.cap_bytes + 1)
        finally:
            stream.close()
        if len(body) > self.cap_bytes:
            raise Malformed(f"it is larger than {self.cap_bytes} bytes")
        return body
