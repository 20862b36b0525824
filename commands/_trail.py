"""What answers of the trail have in common: who it was, what it cost, how fresh it is, and the question before it."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.logic.trail_cost import LEAST_BYTES
from bot.logic.words import dollars, listing, plural, size
from bot.model.observation import Window
from bot.model.reply import Actions, Code, Note, Paragraph, Press, Reply, Text, Time
from bot.model.trail import Estimate, Place, Scan
from bot.ports import Ask, Failure, Found
from commands._footer import footer

MOST_PLACES = 3
NARROWER = "Narrow it with account=, region= or since=."


def window_of(ask: Ask, since: timedelta, until: datetime | None) -> Window:
    """Up to `until`, or to now."""
    end = until or ask.now
    return Window(end - since, end)


def scope_words(ask: Ask) -> str:
    """`4 accounts, us-west-2`."""
    regions = tuple(sorted({region for _, region in ask.scope.targets()}))
    return f"{plural(len(ask.scope.accounts), 'account')}, {listing(regions)}"


def span_words(window: Window) -> Text:
    """`25 Nov 09:00 to 26 Nov 09:00`, in the reader's zone."""
    return (Time(window.start), " to ", Time(window.end))


def small_print(scan: Scan, ask: Ask, failures: tuple[Failure, ...] = ()) -> tuple[Text, ...]:
    """What was read and paid, how fresh it is, what is to be known of the table, who could not be asked."""
    labels = {account.id: account.label for account in ask.scope.accounts}
    silent = tuple(f"{labels.get(account, account)} in {region}" for account, region in scan.silent)
    quiet: tuple[Text, ...] = ((f"No log file within two days: {listing(silent)}.",),) if silent else ()
    remarks = tuple((f"{r.said} This mends it: ", Code(r.line)) if r.line else (r.said,) for r in scan.remarks)
    unasked = footer(Found((), failures, len(ask.scope.targets())))[1:] if failures else ()
    return ((*_cost(scan), *_fresh(scan.newest, labels)), *quiet, *remarks, *unasked)


def _cost(scan: Scan) -> Text:
    price = "An earlier result, US$0" if scan.reused else f"{size(scan.scanned_bytes)} read, {dollars(scan.usd)}"
    return (f"{price}. ", *span_words(scan.window), ".")


def _fresh(newest: Mapping[Place, datetime], labels: Mapping[str, str]) -> Iterator[str | Time]:
    """When the newest log files came; of many places the oldest of those."""
    if not newest:
        yield " No log file was found."
        return
    by_age = sorted(newest.items(), key=lambda item: item[1])
    yield " Newest log file: "
    shown = by_age if len(by_age) <= MOST_PLACES else by_age[:1]
    for number, ((account, region), at) in enumerate(shown):
        yield f"{', ' if number else ''}{labels.get(account, account)} ({region}) "
        yield Time(at)
    yield f", the others later ({len(by_age) - 1:,})." if len(shown) < len(by_age) else "."


def asked_back(estimate: Estimate, line: str, since: timedelta) -> Reply:
    """Before something dear is run: what it would cost, and ways to have it for less."""
    most = "" if estimate.sampled else "at most "
    about = "about " if estimate.sampled else ""
    said = f"That would read {about}{most}{size(max(estimate.log_bytes, LEAST_BYTES))}, {dollars(estimate.usd)}."
    shorter = max(timedelta(hours=1), since / 4)
    presses = (
        Press("Run It", f"{line} since={_seconds(since)} run=yes", style="primary"),
        Press("A Quarter of the Time", f"{line} since={_seconds(shorter)}"),
    )
    return Reply((said,), (Paragraph((said,)), Note((NARROWER,)), Actions(presses)), shareable=False, private=True)


def _seconds(span: timedelta) -> str:
    return f"{round(span.total_seconds())}s"


def stamp(at: datetime) -> str:
    """As a command line takes it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
