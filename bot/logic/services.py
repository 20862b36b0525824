"""Which service a resource belongs to: by its tag, by a rule of the settings, else by its name's stem."""

import re
from collections.abc import Mapping, Sequence

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


def service_of(name: str, tags: Mapping[str, str], rules: Sequence[ServiceRule] = ()) -> Service:
    """The service of a resource. `name` is the endpoint's where there is one, else the schedule's."""
    about = about_of(tags)
    tagged = tags.get(TAG, "").strip()
    if tagged:
        return Service(tagged, "tag", about)
    for rule in rules:
        match = re.search(rule.pattern, name)
        if match and (ruled := match.expand(rule.name).strip()):
            return Service(ruled, "rule", about)
    return Service(stem(name), "name", about)


def about_of(tags: Mapping[str, str]) -> About:
    """What the tags say of a service beside its name; a severity that is none of ours says nothing."""
    said = {key: tags.get(key, "").strip() for key in (TEAM, SEVERITY, RUNBOOK, OWNER)}
    severity = said[SEVERITY].lower()
    known = Severity(severity) if severity in set(Severity) else None
    return About(said[TEAM], known, said[RUNBOOK], said[OWNER])


def stem(name: str) -> str:
    """A name without its trailing stamps and words such as `-monitoring-schedule`; never empty for a name."""
    rest = name
    while (shorter := _KIND.sub("", _STAMP.sub("", rest))) and shorter != rest:
        rest = shorter
    return rest


def unstamped(name: str) -> str:
    """A name without its trailing stamps: what a deployment gives the next resource of the same purpose."""
    rest = name
    while (shorter := _STAMP.sub("", rest)) and shorter != rest:
        rest = shorter
    return rest


def place_of(schedule: Schedule) -> Place:
    """The place of the incident that a schedule's findings belong to."""
    return Place(schedule.account_id, schedule.region, schedule.service.name, schedule.family)
