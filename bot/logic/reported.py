"""A report of another monitor as an observation, and for whom it may speak."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.errors import Malformed
from bot.logic import evidently, own_report
from bot.logic.own_report import OwnReport
from bot.model.observation import NO_DATA, Finding, Observation, Subject, Verdict
from bot.model.place import Family, Place, Service
from bot.model.report import Document, Drop, Observed, Source

_TOKENS: Final = {"%H": timedelta(hours=1), "%d": timedelta(days=1), "%m": timedelta(days=1), "%Y": timedelta(days=1)}
"""What a prefix may hold of a time, and how far apart two of its folders can be."""
MOST_FOLDERS: Final = 24 * 15
"""As many hours as the poll may look back, and a day."""


def observed(drop: Drop, document: Document) -> Observed:
    """What an object says. Raises Malformed."""
    if drop.source.kind == "evidently":
        return _evidently(drop, document)
    return _own(drop, own_report.read(document))


def unread(drop: Drop, reason: str) -> Observed | None:
    """An object that cannot be read says nothing of the rows; None where not even its service is known."""
    source = drop.source
    if not source.service:
        return None
    finding = Finding(NO_DATA, Verdict.BLIND, note=f"the report cannot be read: {reason}")
    said = f"{drop.uri} cannot be read: {reason}"
    observation = Observation(drop.id, _subject(source), drop.at, (finding,), False, None, source.cadence, said)
    return (
        _place(source, source.service, source.family or Family.DATA_QUALITY),
        Service(source.service, "rule"),
        (observation),
    )


def by_event(said: OwnReport, account_id: str, region: str, event_id: str, sent_at: datetime) -> Observed:
    """A report that came as an event: the envelope says whose it is. Raises Malformed for one that contradicts it."""
    own_report.refuse_impossible(said, sent_at)
    _refuse_other_account(said, account_id, "event")
    where = said.region or region
    arn = f"arn:aws:events:{where}:{account_id}:report/{said.service}/{said.monitor}"
    # A text's own id may be any: it counts for its account and service alone.
    mark = f"event:{account_id}:{said.service}:{said.id}" if said.id else f"event:{account_id}:{event_id}"
    place = Place(account_id, where, said.service, said.family)
    detail = f"event {event_id}"
    return place, Service(said.service, "tag"), _observation(said, mark, arn, detail, None)


def folders(prefix: str, since: datetime, now: datetime) -> tuple[str, ...]:
    """The prefixes to list: one for each day (hour) since then that a prefix with `%d` (`%H`) tells apart."""
    step = min((span for token, span in _TOKENS.items() if token in prefix), default=None)
    if step is None:
        return (prefix,)
    found: dict[str, None] = {}
    at = since
    while at <= now + step and len(found) < MOST_FOLDERS:
        found[at.strftime(prefix)] = None
        at += step
    return tuple(found)


def _evidently(drop: Drop, document: Document) -> Observed:
    """Evidently says neither when nor of what: the object's time and the settings do."""
    source = drop.source
    place = _place(source, source.service, source.family or Family.DATA_QUALITY)
    found = evidently.findings(document)
    said = Observation(drop.id, _subject(source), drop.at, found, True, None, source.cadence, drop.uri)
    return place, Service(source.service, "rule"), said


def _own(drop: Drop, said: OwnReport) -> Observed:
    source = drop.source
    own_report.refuse_impossible(said, drop.at)
    _refuse_other_account(said, source.account_id, "bucket")
    if source.service and said.service != source.service:
        raise Malformed(f"service is {said.service}, and the settings say {source.service}")
    if source.family and said.family is not source.family:
        raise Malformed(f"family is {said.family}, and the settings say {source.family}")
    place = _place(source, said.service, said.family)
    named = replace(place, region=said.region or place.region)
    # Services and Regions that share a prefix may call their monitors alike: none speaks for another's.
    arn = f"{source.arn}#{named.region}/{said.service}/{said.monitor}"
    observation = _observation(said, drop.id, arn, drop.uri, source.cadence)
    return named, Service(said.service, "rule" if source.service else "tag"), observation


def _observation(said: OwnReport, mark: str, arn: str, detail: str, cadence: timedelta | None) -> Observation:
    """Its subject is named within its source: no text can speak as a subject of another one."""
    subject = Subject(arn, said.monitor, said.endpoint)
    shown = f"{detail}, from {said.monitor_arn}" if said.monitor_arn else detail
    rhythm = said.cadence or cadence
    return Observation(mark, subject, said.at, said.findings, said.complete, said.window, rhythm, shown)


def _refuse_other_account(said: OwnReport, account_id: str, carrier: str) -> None:
    if said.account and said.account != account_id:
        raise Malformed(f"account is {said.account}, and the {carrier} is of {account_id}")


def _subject(source: Source) -> Subject:
    """Named after its place: Evidently's reports bear no name."""
    return Subject(f"{source.arn}#{source.kind}", f"{source.kind} {source.bucket}/{source.prefix}")


def _place(source: Source, service: str, family: Family) -> Place:
    return Place(source.account_id, source.region, service, family)
