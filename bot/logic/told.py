"""What other monitors told, folded into the rows of `/ml violations` from the incidents' logs: no account is asked."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.model.account import Account, Scope
from bot.model.incident import Incident
from bot.model.monitor import Violation
from bot.model.observation import Finding, Observation, Row, Verdict
from bot.model.report import TOLD


def violations(
    incidents: Iterable[Incident], scope: Scope, since: datetime, service: str | None
) -> tuple[Violation, ...]:
    """Rows that were bad since then, newest first; `service` is a service's, endpoint's or monitor's name."""
    accounts = {account.id: account for account in scope.accounts}
    found = [
        violation
        for incident in incidents
        if incident.place.account_id in accounts and (not scope.regions or incident.place.region in scope.regions)
        for violation in _of(incident, accounts[incident.place.account_id], since, service)
    ]
    return tuple(sorted(found, key=lambda v: (-v.last_at.timestamp(), v.service.name, v.row)))


def _of(incident: Incident, account: Account, since: datetime, service: str | None) -> Iterator[Violation]:
    by_subject: dict[str, list[Observation]] = {}
    for entry in sorted((e for e in incident.log if isinstance(e, Observation)), key=lambda o: (o.at, o.id)):
        names = {n.casefold() for n in (incident.service.name, entry.subject.name, entry.subject.resource)}
        if entry.subject.arn.startswith(TOLD) and (service is None or service.casefold() in names):
            by_subject.setdefault(entry.subject.arn, []).append(entry)
    for said in by_subject.values():
        yield from _rows(incident, account, [o for o in said if o.at >= since])


def _rows(incident: Incident, account: Account, said: list[Observation]) -> Iterator[Violation]:
    hits: dict[Row, list[tuple[Observation, Finding]]] = {}
    for observation in said:
        for finding in observation.findings:
            if finding.verdict is Verdict.BAD:
                hits.setdefault(finding.row, []).append((observation, finding))
    for row, bad in hits.items():
        newest, finding = bad[-1]
        yield Violation(
            account=account,
            region=incident.place.region,
            service=incident.service,
            family=incident.place.family,
            schedule_name=newest.subject.name,
            finding=finding,
            window=newest.window,
            first_at=bad[0][0].at,
            last_at=newest.at,
            runs=len(bad),
            now=Verdict.BAD if newest.at >= _last_word(said, row) else Verdict.GOOD,
        )


def _last_word(said: list[Observation], row: Row) -> datetime:
    """When the row was judged last: by name, or by a whole report that leaves it out."""
    return max(o.at for o in said if _speaks(o, row))


def _speaks(observation: Observation, row: Row) -> bool:
    verdicts = {f.row: f.verdict for f in observation.findings}
    if row in verdicts:
        return verdicts[row] is not Verdict.BLIND
    return observation.complete
