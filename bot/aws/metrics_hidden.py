"""Accounts whose link hides what their monitors measure: told apart from monitors that measure nothing."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from bot.aws.cloudwatch import Way
from bot.aws.errors import where
from bot.aws.metrics_listing import Listing, Listings
from bot.errors import AccessDenied, SourceError
from bot.logic.check_fleet import WIDEN
from bot.logic.measures import KIND_OF_FAMILY, NAMESPACES, kind_of
from bot.logic.words import listing
from bot.model.metric import Metric, MetricKind
from bot.model.monitor import Schedule
from bot.ports.ask import Ask, Failure

MOST_PROBED = 20
"""Accounts that are looked into at once, each by some calls of its own."""
SHARE = 0.5
"""Of the time that is left: what was found is an answer without this."""
RUNS = "Scheduled"


def silent(
    ways: Iterable[Way], kinds: Collection[MetricKind], found: Iterable[Metric], known: Iterable[Schedule]
) -> dict[Way, list[MetricKind]]:
    """Linked accounts with monitors that run and show no metric, and of which kinds these are."""
    heard = {(m.account_id, m.region, kind_of(m)) for m in found}
    linked = {(w.account.id, w.asked.region): w for w in ways if w.linked}
    mute: dict[Way, set[MetricKind]] = {}
    for schedule in known:
        kind, place = KIND_OF_FAMILY.get(schedule.family), schedule.monitor[:2]
        if kind and kind in kinds and schedule.status == RUNS and place in linked and (*place, kind) not in heard:
            mute.setdefault(linked[place], set()).add(kind)
    return {way: sorted(own) for way, own in mute.items()}


class Hidden:
    """Compares what the link shows with what the account's own role sees."""

    def __init__(self, listings: Listings) -> None:
        self._listings = listings

    def failures(self, ask: Ask, silent: Mapping[Way, Sequence[MetricKind]]) -> tuple[Failure, ...]:
        """Of those whose link hides something. An account that cannot be looked into is none."""
        probed = dict(sorted(silent.items(), key=lambda one: one[0].account.id)[:MOST_PROBED])
        through = {w: [_through(w, n) for n in (*_namespaces(kinds), *_others())] for w, kinds in probed.items()}
        direct = {w: [_direct(w, n) for n in _namespaces(kinds)] for w, kinds in probed.items()}
        wanted = [one for each in (through, direct) for listings in each.values() for one in listings]
        said = self._listings.read(ask, wanted, share=SHARE)
        judged = ((w, _hidden(w, said, through[w], direct[w])) for w in probed)
        return tuple(Failure(w.account, w.asked.region, error) for w, error in judged if error)


def _hidden(
    way: Way, said: Mapping[Listing, tuple[Metric, ...] | SourceError], through: list[Listing], direct: list[Listing]
) -> SourceError | None:
    """Hidden is what the account has and the link does not show; where the role may not look, what it should have."""
    if any(isinstance(said[x], SourceError) for x in through):
        return None
    shown = {x.namespace for x in through if said[x]}
    there = {x.namespace for x in direct if said[x] and not isinstance(said[x], SourceError)}
    name = where(way.account)
    if hidden := tuple(sorted(there - shown)):
        return AccessDenied(f"the link of {name} hides {listing(hidden, most=4)}", WIDEN)
    others = tuple(sorted(shown & set(_others())))
    if others == tuple(sorted(shown)) and others and any(isinstance(said[x], AccessDenied) for x in direct):
        lack = listing(tuple(x.namespace for x in direct), most=8)
        cause = f"the link of {name} shows {listing(others)}, and of the monitors that run there nothing: {lack}"
        return AccessDenied(cause, f"Its metric filter may hide them. {WIDEN}")
    return None


def _namespaces(kinds: Iterable[MetricKind]) -> tuple[str, ...]:
    return tuple(namespace for kind in kinds for namespace in NAMESPACES[kind])


def _others() -> Iterator[str]:
    """What SageMaker measures by itself."""
    return (n for kind in (MetricKind.TRAFFIC, MetricKind.INSTANCES) for n in NAMESPACES[kind])


def _through(way: Way, namespace: str) -> Listing:
    return Listing(way.asked.account, way.asked.region, namespace, owner=way.account.id)


def _direct(way: Way, namespace: str) -> Listing:
    return Listing(way.account, way.asked.region, namespace)
