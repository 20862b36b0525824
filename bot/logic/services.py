"""Which service a resource belongs to: by its tag, by a rule of the settings, else by its name's stem."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from bot.logic.patterns import LONGEST_NAME
from bot.model.monitor import Schedule
from bot.model.place import About, Place, Service, ServiceRule, Severity

TAG = "sagewatch:service"
"""The tag on an endpoint or a schedule that names its service."""
TEAM, SEVERITY, RUNBOOK, OWNER = (f"sagewatch:{word}" for word in ("team", "severity", "runbook", "owner"))
"""The tags by which its owners say more of it."""

_DATE = r"20\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])"
_STAMP = re.compile(
    rf"""[-_.]+(?:
        {_DATE}(?:[-_.T]?\d{{2,}}+)*+Z?            # 2024-08-18-1958, 20261102T091433Z, 2026-11-02-09-14-33-123
        | \d{{6}}-\d{{4}}                           # the SageMaker SDK's short stamp: 241118-1958
        | \d{{10,19}}                               # seconds to nanoseconds since 1970
        | [0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}
        | (?=(?:[0-9a-f]*\d){{2}})(?=[0-9a-f]*[a-f])[0-9a-f]{{7,64}}
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
_KIND = re.compile(
    r"""[-_.]+(?:
        (?:(?:model|data)[-_.])?(?:quality|bias|drift)
        | (?:model[-_.])?explainability
        | monitor(?:ing)? | schedule | endpoint
    )$""",
    re.VERBOSE | re.IGNORECASE,
)


_NOTHING = About()


def service_of(name: str, tags: Mapping[str, str], rules: Sequence[ServiceRule] = ()) -> Service:
    """The service of a resource. `name` is the endpoint's where there is one, else the schedule's."""
    service = Service(stem(name), "name")
    if tagged := tags.get(TAG, "").strip():
        service = Service(tagged, "tag")
    elif named := ruled(name, rules):
        service = Service(named, "rule")
    return replace(service, about=_over(about_of(tags), settled(service.name, name, rules)))


def about_of(tags: Mapping[str, str]) -> About:
    """What the tags say of a service beside its name; a severity that is none of ours says nothing."""
    said = {key: tags.get(key, "").strip() for key in (TEAM, SEVERITY, RUNBOOK, OWNER)}
    return About(said[TEAM], severity_of(said[SEVERITY]), said[RUNBOOK], said[OWNER])


def severity_of(word: str) -> Severity | None:
    """By its name, however it is written."""
    return next((severity for severity in Severity if severity == word.strip().lower()), None)


def settled(service: str, name: str, rules: Iterable[ServiceRule]) -> About:
    """What the rules say of a service, known by the resource of that name; the first that says something holds."""
    about = _NOTHING
    for rule in rules:
        if _speaks_of(rule, service, name):
            about = _over(about, rule.about)
    return about


def ruled(name: str, rules: Iterable[ServiceRule]) -> str:
    """What the first rule that names a resource calls its service; empty when none does."""
    return next((said for rule in rules if (said := _expanded(rule.pattern, rule.name, name[:LONGEST_NAME]))), "")


@lru_cache(maxsize=8192)
def _expanded(pattern: str, template: str, name: str) -> str:
    """Remembered: a pattern may take long, and names are looked at each hour."""
    found = re.search(pattern, name) if pattern else None
    return found.expand(template).strip() if found else ""


def _speaks_of(rule: ServiceRule, service: str, name: str) -> bool:
    if not rule.pattern:
        return rule.name == service
    if rule.name:
        return _expanded(rule.pattern, rule.name, name[:LONGEST_NAME]) == service
    return _fits(rule.pattern, name[:LONGEST_NAME])


@lru_cache(maxsize=8192)
def _fits(pattern: str, name: str) -> bool:
    return re.search(pattern, name) is not None


def _over(first: About, then: About) -> About:
    """What the first says, and where it says nothing, what the second does."""
    return About(
        first.team or then.team,
        first.severity or then.severity,
        first.runbook or then.runbook,
        first.owner or then.owner,
    )


@lru_cache(maxsize=8192)
def stem(name: str) -> str:
    """A name without its trailing stamps and words such as `-monitoring-schedule`; never empty for a name."""
    rest = name
    while (shorter := _KIND.sub("", _STAMP.sub("", rest))) and shorter != rest:
        rest = shorter
    return rest


@lru_cache(maxsize=8192)
def unstamped(name: str) -> str:
    """A name without its trailing stamps: what a deployment gives the next resource of the same purpose."""
    rest = name
    while (shorter := _STAMP.sub("", rest)) and shorter != rest:
        rest = shorter
    return rest


def place_of(schedule: Schedule) -> Place:
    """The place of the incident that a schedule's findings belong to."""
    return Place(schedule.account_id, schedule.region, schedule.service.name, schedule.family)
