"""A link to CloudWatch's console that shows metrics as they were asked for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.model.metric import Query
from bot.model.observation import Window

HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
}
"""By partition (AWS docs: "AWS service endpoints"; GovCloud and China user guides)."""
REGION = re.compile(r"[a-z]{2}(-[a-z0-9]+)+\Z")
_PLAIN = re.compile(r"[A-Za-z0-9_.-]")
_MOST_CHARS = 3_000
"""Of a URL in Slack (docs.slack.dev, Block elements: Button)."""


@dataclass(frozen=True, slots=True)
class ConsoleLink:
    """An address, and how many of the metrics it shows: the first ones where not all fit."""

    url: str
    shown: int


def console_link(
    queries: Sequence[Query],
    window: Window,
    period_s: int,
    region: str,
    partition: str = "aws",
    *,
    observer: str = "",
    limit: float | None = None,
) -> ConsoleLink | None:
    """Graphed metrics of one Region. `observer` is the account whose console it is: others' metrics name their owner.

    None for a partition without a known console, for what is no Region's name, and where not one metric fits.
    """
    if partition not in HOSTS or not REGION.match(region) or not queries:
        return None
    base = f"https://{region}.{HOSTS[partition]}/cloudwatch/home?region={region}#metricsV2:graph="
    frame = {
        "view": "timeSeries",
        "stacked": False,
        "region": region,
        "start": _instant(window.start),
        "end": _instant(window.end),
        "period": period_s,
        **({"annotations": {"horizontal": [{"label": "limit", "value": limit}]}} if limit is not None else {}),
    }
    lines = [jsurl(_metric(one, observer)) for one in queries]
    room = _MOST_CHARS - len(base) - len(jsurl({"metrics": [], **frame}))
    shown = 0
    while shown < len(lines) and (room := room - len(lines[shown])) >= 0:
        shown += 1
    if not shown:
        return None
    metrics = [_metric(one, observer) for one in queries[:shown]]
    return ConsoleLink(base + jsurl({"metrics": metrics, **frame}), shown)


def jsurl(value: object) -> str:
    """JSON as the console has it in its addresses: `~(a~'x~b~(~1~2))`; every other character as `*2f` or `**20ac`.

    It is the notation of github.com/Sage/jsurl, whose `$` is written `!`. What stands in a name can end nothing, since
    all but letters, digits, `_`, `.` and `-` is encoded.
    """
    match value:
        case bool():
            return f"~{str(value).lower()}"
        case int() | float():
            return f"~{value:g}" if isinstance(value, float) and value.is_integer() else f"~{value!r}"
        case str():
            return f"~'{_encoded(value)}"
        case Mapping():
            return f"~({'~'.join(_encoded(str(key)) + jsurl(item) for key, item in value.items())})"
        case Sequence():
            return f"~({''.join(map(jsurl, value)) or '~'})"
        case _:
            return "~null"


def _encoded(text: str) -> str:
    """By UTF-16 units, as JavaScript counts them."""
    return "".join(char if _PLAIN.match(char) else "!" if char == "$" else "".join(_units(char)) for char in text)


def _units(char: str) -> list[str]:
    raw = char.encode("utf-16-be", errors="surrogatepass")
    codes = [int.from_bytes(raw[i : i + 2]) for i in range(0, len(raw), 2)]
    return [f"*{code:02x}" if code < 0x100 else f"**{code:04x}" for code in codes]


def _metric(query: Query, observer: str) -> list[object]:
    """As a dashboard's body writes one (AWS docs: "Dashboard body structure and syntax")."""
    metric = query.metric
    told = {"stat": query.stat, **({"accountId": metric.account_id} if observer not in {"", metric.account_id} else {})}
    return [metric.namespace, metric.name, *(word for pair in metric.dimensions for word in pair), told]


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
