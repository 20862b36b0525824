"""What names a metric: its namespace, its name and exactly its dimensions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, order=True)
class MetricKey:
    """One metric; every other set of dimensions is another one (User Guide: "Dimension combinations")."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()
    """(name, value), sorted."""

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str] | None = None) -> Self:
        """From dimensions in any order."""
        return cls(namespace, name, tuple(sorted((dimensions or {}).items())))

    @classmethod
    def asked(cls, namespace: str, name: str, dimensions: Iterable[Mapping[str, Any]]) -> Self:
        """From dimensions as the API takes them: `{"Name": …, "Value": …}`."""
        return cls.of(namespace, name, {str(each["Name"]): str(each["Value"]) for each in dimensions})

    def shown(self) -> dict[str, Any]:
        """As ListMetrics gives it."""
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions]
        return {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": dimensions}
