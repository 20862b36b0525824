"""What people type, to words and values: dashes and quotes that Slack's clients changed are undone first."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.errors import BadRequest

_QUOTES = str.maketrans("\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019\u00a0", '"""""\'\' ')
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)
"""Control, direction and tag characters: they come with what is pasted, and no button may carry them."""
_ESCAPED_BY_SLACK = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
"""The only three (docs.slack.dev, "Formatting message text", Escaping text)."""
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_TOKEN = re.compile(rf"(?:--)?[A-Za-z_][\w-]*={_QUOTED}|{_QUOTED}|\S+", re.DOTALL)
_BARE = re.compile(r'(?!--)[^\s"=]+')
"""What no reader could take for anything but one word without a name."""
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_SPAN = re.compile(r"(?:\d+(?:\.\d+)?[smhdw])+", re.IGNORECASE)
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose words these are: what `today` means to them."""

    now: datetime
    tz: str = "UTC"

    def zone(self) -> ZoneInfo:
        """Their time zone; UTC when its name is unknown here."""
        try:
            return ZoneInfo(self.tz)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Word:
    """One word as typed; `name` is set for `name=value` and `--name value`."""

    text: str
    name: str = ""
    literal: bool = False
    """It stood in quotes: nothing in it is a name's `=`."""


def tidy(text: str) -> str:
    """Undo what Slack and its clients do to typed text: entities, curly quotes, long dashes, what nobody sees.

    For what people type alone: a line that the bot wrote says exactly what it says.
    """
    plain = re.sub("|".join(_ESCAPED_BY_SLACK), lambda m: _ESCAPED_BY_SLACK[m[0]], text)
    plain = _UNSEEN.sub("", plain).translate(_QUOTES)
    plain = re.sub(r"(^|\s)[\u2014\u2013]+(?=[A-Za-z])", r"\1--", plain)
    return " ".join(plain.split())


def words(text: str, names: Iterable[str]) -> list[Word]:
    r"""Split a line; only `names` can be named, anything else with `=` stays a word.

    Within quotes `\"` is a quote and `\\` a backslash.
    """
    known = set(names)
    tokens = _TOKEN.findall(text)
    found: list[Word] = []
    while tokens:
        token = tokens.pop(0)
        name, equals, value = token.removeprefix("--").partition("=")
        if equals and name.lower() in known:
            found.append(Word(_unquote(value), name.lower()))
        elif token.startswith("--") and name.lower() in known and not equals and tokens:
            found.append(Word(_unquote(tokens.pop(0)), name.lower()))
        else:
            found.append(Word(_unquote(token), literal=_is_quoted(token)))
    return found


def _is_quoted(token: str) -> bool:
    return re.fullmatch(_QUOTED, token, re.DOTALL) is not None


def _unquote(token: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", token[1:-1]) if _is_quoted(token) else token


def quoted(text: str) -> str:
    """One word for a command line, whatever it holds: `words` reads exactly it. Nothing stays nothing."""
    if not text or _BARE.fullmatch(text):
        return text
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean x?` or nothing."""
    by_fold = {k.lower(): k for k in known}
    close = difflib.get_close_matches(word.lower(), list(by_fold), n=1, cutoff=0.55)
    return f"; did you mean {by_fold[close[0]]}?" if close else ""


BOUNDS = "Say between 1s and 366d."


def span(word: str, bounds: str = BOUNDS) -> timedelta:
    """`15m`, `24h`, `7d`, `1h30m`: up to a year. Raises BadRequest, of one beyond it with these `bounds` to say."""
    if not _SPAN.fullmatch(word):
        raise BadRequest(f"{word} is no duration", "Write it like 15m, 24h or 7d.")
    parts = re.findall(r"([\d.]+)([smhdw])", word.lower())
    seconds = sum(float(n) * _UNITS_S[unit] for n, unit in parts if len(n) < 12)
    if not 0 < seconds <= LONGEST.total_seconds():
        raise BadRequest(f"{word} is out of range", bounds)
    return timedelta(seconds=seconds)


def since(word: str, reader: Reader) -> timedelta:
    """A duration, or a day `2026-11-20` (its start in the reader's zone): how long ago. Raises BadRequest."""
    try:
        day = datetime.strptime(word, "%Y-%m-%d")  # noqa: DTZ007  # the zone is the reader's, set below
    except ValueError:
        return _span_or_day(word, "Write it like 15m, 24h, 7d or a past day such as 2026-11-20.")
    try:
        ago = reader.now - day.replace(tzinfo=reader.zone()).astimezone(UTC)
    except OverflowError:  # the calendar's first day has no UTC east of Greenwich, nor its last one west of it
        ago = timedelta(0)
    if not timedelta(0) < ago <= LONGEST:
        raise BadRequest(f"{word} is not within the last year", "Write a past day like 2026-11-20, or 7d.")
    return ago


MORNING = time(9)
"""When a day begins that something is put off to."""


def until(word: str, reader: Reader, bounds: str = BOUNDS) -> datetime:
    """A duration from now, `tomorrow`, or a day `2026-11-27`: both at 09:00 in the reader's zone. Raises BadRequest.

    `bounds` are told of a duration beyond a year, by who takes less.
    """
    if word.lower() == "tomorrow":
        return _morning(reader.now.astimezone(reader.zone()).date() + timedelta(days=1), reader)
    try:
        date.fromisoformat(word)
    except ValueError:
        return reader.now + _span_or_day(
            word, "Write it like 4h, 7d, tomorrow or a coming day such as 2026-12-01.", bounds
        )
    return day(word, reader)


def instant(word: str, reader: Reader) -> datetime:
    """`2026-11-25T09:02Z` (seconds may follow), the start of a past day in the reader's zone, or a duration ago.

    Raises BadRequest.
    """
    for form in ("%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"):
        try:
            found = datetime.strptime(word, form)  # noqa: DTZ007  # both forms have %z
        except ValueError:
            continue
        if not timedelta(0) <= reader.now - found <= LONGEST:
            raise BadRequest(f"{word} is not within the last year", "Write a past time like 2026-11-25T09:02Z.")
        return found.astimezone(UTC)
    return reader.now - since(word, reader)


def yes(word: str) -> bool:
    """Raises BadRequest for anything but `yes` and `no`."""
    if word.lower() not in {"yes", "no"}:
        raise BadRequest(f"{word} is neither yes nor no", "Say yes or no.")
    return word.lower() == "yes"


def day(word: str, reader: Reader) -> datetime:
    """A coming day `2026-11-27`, at 09:00 in the reader's zone. Raises BadRequest."""
    try:
        end = _morning(date.fromisoformat(word), reader)
    except ValueError:
        raise BadRequest(f"{word} is no day", "Write it like 2026-12-01.") from None
    except OverflowError:  # the calendar's first day has no UTC east of Greenwich
        end = reader.now
    if not timedelta(0) < end - reader.now <= LONGEST:
        cause = f"{word} at {MORNING:%H:%M} is past" if end <= reader.now else f"{word} is more than a year away"
        raise BadRequest(cause, "Choose a day within the next year.")
    return end


def _span_or_day(word: str, next_step: str, bounds: str = BOUNDS) -> timedelta:
    """A duration, where a day may stand as well. Raises BadRequest."""
    if not _SPAN.fullmatch(word):
        raise BadRequest(f"{word} is no duration and no day", next_step)
    return span(word, bounds)


def _morning(day: date, reader: Reader) -> datetime:
    return datetime.combine(day, MORNING, reader.zone()).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Number:
    """An incident, or one of its rows: `12`, `#12`, `12.3`."""

    incident: int
    row: int | None = None


def number(word: str) -> Number:
    """Raises BadRequest."""
    match = re.fullmatch(r"#?(\d{1,9})(?:\.(\d{1,4}))?", word)
    if not match:
        raise BadRequest(f"{word} is no incident's number", "Write it like 12, or 12.3 for one row.")
    return Number(int(match[1]), int(match[2]) if match[2] else None)


def whole(word: str) -> int:
    """A whole number from 0. Raises BadRequest."""
    if not re.fullmatch(r"\d{1,9}", word):
        raise BadRequest(f"{word} is no whole number", "Write it like 7.")
    return int(word)


def wholes(word: str) -> tuple[int, ...]:
    """`1,3`: whole numbers. Raises BadRequest."""
    return tuple(whole(x.strip()) for x in word.split(",") if x.strip())
