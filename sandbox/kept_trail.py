"""What others than the story changed, kept beside the demo's folder so that its trail has it after a restart.

The story itself is told again; what only read is let go.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sandbox.aws.trail.files import Kept, LogFile, Origin
from sandbox.aws.trail.recorder import Recorder

FILE: Final = "trail.jsonl"


class KeptTrail:
    """One file, a record a line. Not for threads: the world's hour is one at a time."""

    def __init__(self, folder: Path, recorder: Recorder) -> None:
        """Takes up what the file has, and hears of what is delivered from now on."""
        self._path = folder / FILE
        self._recorder = recorder
        kept = {each.id: each for each in self._read()}
        self._known = set(kept)
        recorder.restore(kept.values())
        recorder.on_file = self._delivered

    def finish(self) -> None:
        """Keep what no file has yet."""
        self._append(self._recorder.unfinished())

    def _delivered(self, file: LogFile) -> None:
        if file.origin is Origin.LIVE:
            self._append(file.records)

    def _append(self, records: Iterable[Kept]) -> None:
        fresh = [each for each in records if each.id not in self._known and not json.loads(each.text)["readOnly"]]
        if not fresh:
            return
        self._known.update(each.id for each in fresh)
        with self._path.open("a", encoding="utf-8") as out:
            out.writelines(f"{json.dumps(_line(each))}\n" for each in fresh)

    def _read(self) -> Iterator[Kept]:
        """A last line that was cut short by whatever ended the process is let go."""
        if not self._path.exists():
            return
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                yield _kept(json.loads(line))
            except ValueError:
                continue


def _line(kept: Kept) -> dict[str, Any]:
    return {
        "at": kept.at.isoformat(),
        "id": kept.id,
        "place": kept.place,
        "text": kept.text,
        "logged": kept.logged,
    }


def _kept(line: dict[str, Any]) -> Kept:
    account, region = line["place"]
    return Kept(datetime.fromisoformat(line["at"]), line["id"], (account, region), line["text"], line["logged"])
