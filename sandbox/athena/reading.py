"""CloudTrail's log files as rows of a table: names found whatever their case, objects in text columns kept as JSON.

So do CloudTrailInputFormat and the Hive JSON SerDe, the pair that AWS's pages use.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.athena.failures import QueryFailed
from sandbox.athena.sql_types import INTEGERS, SqlType

Reader = Callable[[Any], Any]
Row = dict[str, Any]


def rows(body: bytes, uri: str, columns: Mapping[str, SqlType]) -> Iterator[Row]:
    """The records of a file. Raises QueryFailed where it is damaged, in Athena's words as far as they are known."""
    document = _document(_plain(body, uri), uri)
    records = document.get("Records") if isinstance(document, dict) else None
    if not isinstance(records, list):
        raise _unreadable(uri, "JsonParseException: Expected a list of Records")
    read = _row(columns)
    for number, record in enumerate(records):
        if not isinstance(record, dict):
            raise _unreadable(uri, f"JsonParseException: Start token not found where expected, at record {number}")
        try:
            yield read(record)
        except ValueError as error:
            raise QueryFailed("HIVE_BAD_DATA", f"{error} ({uri})") from None


def _plain(body: bytes, uri: str) -> bytes:
    """Files are gzip by their name, as Hadoop has it: one that is named so and is not is an error."""
    if not uri.endswith(".gz"):
        return body
    if not body:
        raise _unreadable(uri, "Unexpected end of input stream")
    try:
        return gzip.decompress(body)
    except EOFError:
        raise _unreadable(uri, "Unexpected end of input stream") from None
    except gzip.BadGzipFile as error:
        raise _unreadable(uri, "incorrect data check" if "CRC" in str(error) else "incorrect header check") from None
    except zlib.error as error:
        raise _unreadable(uri, str(error).rpartition(": ")[2]) from None


def _document(text: bytes, uri: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(uri, f"JsonParseException: {error}") from None


def _unreadable(uri: str, what: str) -> QueryFailed:
    return QueryFailed("HIVE_CURSOR_ERROR", f"{what} ({uri})")


def _row(columns: Mapping[str, SqlType]) -> Callable[[dict[str, Any]], Row]:
    readers = {name: _reader(f"field {place}", kind) for place, (name, kind) in enumerate(columns.items())}
    return lambda record: _fields(record, readers, _LOWER)


class _Lowered(dict[str, str]):
    """Lower-case names, each made once."""

    def __missing__(self, name: str) -> str:
        found = self[name] = name.lower()
        return found


_LOWER = _Lowered()


def _fields(given: Mapping[str, Any], readers: Mapping[str, Reader], lower: _Lowered) -> Row:
    """A field that is there under two spellings has the later one's value."""
    return {
        name: readers[name](value)
        for key, value in given.items()
        if value is not None and (name := lower[key]) in readers
    }


def _reader(place: str, kind: SqlType) -> Reader:
    if kind.name in _NESTED:
        return _NESTED[kind.name](place, kind)
    if kind.name == "varchar":
        return _text
    fits = _FITS.get(kind.name, _is_text)
    return lambda value: value if fits(value) else _bad(place, value)


def _text(value: Any) -> str:
    """As it is; anything but text as its JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


_FITS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(INTEGERS, _is_whole),
    **dict.fromkeys(("double", "real", "decimal"), _is_number),
    "boolean": _is_bool,
}


def _bad(place: str, value: Any) -> Any:
    raise ValueError(f'Error parsing field value for {place}: For input string: "{_text(value)[:100]}"')


def _row_reader(place: str, kind: SqlType) -> Reader:
    readers = {name: _reader(place, part) for name, part in kind.parts}

    def read(value: Any) -> Any:
        return _fields(value, readers, _LOWER) if isinstance(value, dict) else _bad(place, value)

    return read


def _array_reader(place: str, kind: SqlType) -> Reader:
    element = _reader(place, kind.element)

    def read(value: Any) -> Any:
        if not isinstance(value, list):
            return _bad(place, value)
        return [None if each is None else element(each) for each in value]

    return read


def _map_reader(place: str, kind: SqlType) -> Reader:
    held = _reader(place, kind.parts[1][1])

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            return _bad(place, value)
        return {key: None if each is None else held(each) for key, each in value.items()}

    return read


_NESTED: dict[str, Callable[[str, SqlType], Reader]] = {
    "row": _row_reader,
    "array": _array_reader,
    "map": _map_reader,
}
