"""Every endpoint of the accounts: listed, described where needed, its configuration read once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from bot.aws.endpoints import described, differs, endpoint_of, running, variants_of
from bot.aws.hub import Answer, Target
from bot.aws.sweeping import Sweeper, Told
from bot.errors import Missing
from bot.model.fleet import Depth, Endpoint, Variant
from bot.model.place import Service
from bot.ports.ask import Found
from bot.ports.fleet import Sweep

ServiceOf = Callable[[str, Mapping[str, str]], Service]
Row = tuple[Target, Endpoint]
"""An endpoint as it is listed, and where."""


@dataclass(frozen=True, slots=True)
class Config:
    """An endpoint's configuration: it is immutable, so what a known endpoint has of it holds."""

    account_id: str
    region: str
    name: str


@dataclass(frozen=True, slots=True)
class EndpointSweep:
    """For one question; `known` is what the inventory has, by ARN."""

    sweeper: Sweeper
    service_of: ServiceOf
    known: Mapping[str, Endpoint]

    def run(self, depth: Depth, progress: Callable[[str], None]) -> Found[Sweep[Endpoint]]:
        """Lists, then descriptions, then tags, then configurations: the accounts side by side at each step."""
        listed = self.sweeper.listed("ListEndpoints", "Endpoints")
        rows = [(x.target, endpoint_of(row, x.target)) for x in listed.each for row in x.rows]
        changed = [(target, row) for target, row in rows if differs(row, self.known.get(row.arn))]
        wanted = changed if depth is Depth.CHANGED else rows
        if wanted:
            progress(f"describing {len(wanted):,} endpoints…")
        said = self.sweeper.told(wanted, self._describe)
        tags = self.sweeper.told(rows if depth is Depth.TAGS else changed, self._tags)
        had = _variants(self.known.values())
        told = self.sweeper.told(_unknown(rows, said.of, had), self._configured, share=1.0)
        found = self._made(rows, said, tags, {**had, **told.of})
        return listed.found(found, (*said.failures, *tags.failures, *told.failures))

    def _describe(self, target: Target, row: Endpoint) -> Answer:
        """Empty for one that was deleted since it was listed."""
        try:
            return self.sweeper.call(target, "DescribeEndpoint", EndpointName=row.name)
        except Missing:
            return {}

    def _tags(self, target: Target, row: Endpoint) -> Mapping[str, str]:
        try:
            return self.sweeper.tags(target, row.arn)
        except Missing:
            return {}

    def _configured(self, target: Target, config: Config) -> tuple[Variant, ...]:
        """None of a configuration that was deleted: its endpoint runs on without it."""
        try:
            said = self.sweeper.call(target, "DescribeEndpointConfig", EndpointConfigName=config.name)
        except Missing:
            return ()
        return variants_of(said)

    def _made(
        self,
        rows: Iterable[Row],
        said: Told[Endpoint, Answer],
        tags: Told[Endpoint, Mapping[str, str]],
        variants: Mapping[Config, tuple[Variant, ...]],
    ) -> Iterable[Endpoint]:
        for _, row in rows:
            answer, known = said.of.get(row), self.known.get(row.arn)
            if answer == {}:
                continue
            found = _known(row, known) if answer is None else _described(row, answer, variants)
            own = tags.of.get(row, dict(known.tags) if known else {})
            yield replace(found, tags=tuple(sorted(own.items())), service=self.service_of(row.name, own))


def _known(row: Endpoint, known: Endpoint | None) -> Endpoint:
    """One that was not described: as it was, with the status that is listed. It still differs if it did."""
    return replace(known, status=row.status) if known else row


def _described(row: Endpoint, answer: Answer, variants: Mapping[Config, tuple[Variant, ...]]) -> Endpoint:
    found = described(row, answer)
    return replace(found, variants=running(variants.get(_config(found), ()), answer))


def _config(endpoint: Endpoint) -> Config:
    return Config(endpoint.account_id, endpoint.region, endpoint.config)


def _variants(known: Iterable[Endpoint]) -> dict[Config, tuple[Variant, ...]]:
    return {_config(endpoint): endpoint.variants for endpoint in known if endpoint.variants}


def _unknown(
    rows: Iterable[Row], said: Mapping[Endpoint, Answer], had: Mapping[Config, object]
) -> list[tuple[Target, Config]]:
    """The configurations to read, each once however many endpoints have it."""
    used = ((target, _config(described(row, said[row]))) for target, row in rows if said.get(row))
    return [(target, config) for config, target in {c: t for t, c in used if c.name and c not in had}.items()]
