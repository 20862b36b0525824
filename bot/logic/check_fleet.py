"""What links and sinks mean for the fleet: judged from facts, without asking anybody."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from bot.logic.measures import KIND_OF_FAMILY
from bot.logic.measures import NAMESPACES as SPELLINGS
from bot.logic.metric_filter import shared
from bot.logic.words import listing, plural
from bot.model.account import Account
from bot.model.checkup import Check, LinkFacts
from bot.model.place import Family

LINKS = "links"
TELEMETRY = "telemetry"
METRICS: Final = "AWS::CloudWatch::Metric"
NAMESPACES: Final[Mapping[str, Family]] = {
    namespace: family for family, kind in KIND_OF_FAMILY.items() for namespace in SPELLINGS[kind]
}
"""Where Model Monitor writes its metrics. AWS's pages contradict one another on data quality: any may be true."""
MOST_SHOWN: Final = 200
"""Characters of a filter that is told; AWS takes 2,000."""
WIDEN: Final = (
    "In that account, add `OR Namespace LIKE 'aws/sagemaker/%' OR Namespace LIKE '/aws/sagemaker/%'` to the link's "
    "metric filter, or set it to `*`."
)
"""What to do about a link's filter that hides Model Monitor."""


def sink_checks(links_by_region: Mapping[str, int | None], *, named: bool) -> Iterator[Check]:
    """By Region: how many links its sink has, None where there is no sink. `named`: the settings name accounts."""
    for region, links in links_by_region.items():
        if links is None:
            step = "Create one in the observability account there, or leave the Region out of aws.regions."
            yield Check(LINKS, region, "warn" if named else "bad", "there is no sink: no account can be linked", step)
        elif not links:
            step = "Let the sink's policy admit the accounts, and create a link in each of them."
            yield Check(LINKS, region, "warn", "the sink has no links yet", step)
        else:
            yield Check(LINKS, region, "good", f"the sink has {plural(links, 'link')}")


def label_checks(fleet: Iterable[Account]) -> Iterator[Check]:
    """Labels that several accounts bear."""
    by_label: dict[str, list[Account]] = defaultdict(list)
    for account in fleet:
        by_label[account.label.casefold()].append(account)
    for alike in by_label.values():
        if len(alike) > 1:
            ids = listing(tuple(sorted(a.id for a in alike)), most=5)
            step = "Say account= with the id; to tell them apart, create one's link anew with another label."
            yield Check(LINKS, alike[0].label, "warn", f"{len(alike)} accounts bear this label: {ids}", step)


def left_checks(remembered: Iterable[Account], fleet: Iterable[Account]) -> Iterator[Check]:
    """Accounts that were linked once."""
    here = {account.id for account in fleet}
    step = "If that was not meant, create the link in that account again; else nothing is to be done."
    for account in remembered:
        if account.id not in here:
            yield Check(LINKS, f"{account.label} ({account.id})", "warn", "was linked once and is no longer", step)


def telemetry_check(link: LinkFacts) -> Check:
    """Whether Model Monitor's metrics come through a link."""
    subject = f"{link.account} in {link.region}"
    if METRICS not in link.resource_types:
        step = f"In that account, update the link with the resource type {METRICS}; the sink's policy must allow it."
        return Check(TELEMETRY, subject, "bad", "the link shares no metrics, so none of Model Monitor's", step)
    through = shared(link.metric_filter, NAMESPACES)
    if through is None:
        shown = f"{link.metric_filter[:MOST_SHOWN]}{'…' if len(link.metric_filter) > MOST_SHOWN else ''}"
        said = f"whether its metric filter hides Model Monitor cannot be judged: {shown}"
        return Check(TELEMETRY, subject, "warn", said, WIDEN)
    if not through:
        return Check(TELEMETRY, subject, "bad", "the link's metric filter hides all that Model Monitor writes", WIDEN)
    if hidden := _families(NAMESPACES.keys() - through):
        said = f"the link's metric filter hides metrics of {hidden}"
        return Check(TELEMETRY, subject, "warn", said, WIDEN)
    return Check(TELEMETRY, subject, "good", "Model Monitor's metrics are shared")


def _families(namespaces: Iterable[str]) -> str:
    families = {NAMESPACES[name] for name in namespaces}
    return listing(tuple(family.value for family in Family if family in families), most=4)
