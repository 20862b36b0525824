"""Filters and orders that SageMaker's listings share, over summaries as the API gives them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Summary = Mapping[str, Any]


def chosen(summaries: Iterable[Summary], params: Mapping[str, Any], thing: str) -> list[Summary]:
    """The summaries that every given filter keeps; `thing` is what status and name members begin with."""
    tests = [test for name, value in params.items() if (test := _test(name, value, thing))]
    return [summary for summary in summaries if all(test(summary) for test in tests)]


def ordered(summaries: list[Summary], params: Mapping[str, Any], thing: str) -> list[Summary]:
    """By creation time, newest first, unless SortBy and SortOrder say otherwise; ties by name."""
    by = str(params.get("SortBy", "CreationTime"))
    member = {"Name": f"{thing}Name", "Status": f"{thing}Status"}.get(by, by)
    names = (f"{thing}Name", "MonitoringScheduleName")
    falling = params.get("SortOrder", "Descending") == "Descending"
    return sorted(
        summaries, key=lambda summary: (summary[member], *(summary.get(name, "") for name in names)), reverse=falling
    )


def _test(name: str, value: Any, thing: str) -> Callable[[Summary], bool] | None:
    """One filter; None for what is no filter."""
    for end, later in (("After", True), ("Before", False)):
        if name.endswith(end):
            return _by_time(name.removesuffix(end), value, later=later)
    if name == "NameContains":
        return lambda summary: value.lower() in summary[f"{thing}Name"].lower()
    member = {"StatusEquals": f"{thing}Status", "MonitoringTypeEquals": "MonitoringType"}.get(name, name)
    if name in _EQUALS:
        return lambda summary: summary.get(member) == value
    return None


_EQUALS = frozenset(
    {"StatusEquals", "MonitoringTypeEquals", "EndpointName", "MonitoringScheduleName", "MonitoringJobDefinitionName"}
)


def _by_time(member: str, moment: Any, *, later: bool) -> Callable[[Summary], bool]:
    """After or before, the moment itself left out."""
    return lambda summary: summary[member] > moment if later else summary[member] < moment
