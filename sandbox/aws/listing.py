"""Filters and orders that SageMaker's listings share, over summaries as the API gives them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Summary = dict[str, Any]


def chosen(summaries: Iterable[Summary], params: Mapping[str, Any], thing: str) -> list[Summary]:
    """The summaries that every given filter keeps; `thing` is what status and name members begin with."""
    tests = [test for name, value in params.items() if (test := _test(name, value, thing))]
    return [summary for summary in summaries if all(test(summary) for test in tests)]


def ordered(summaries: list[Summary], params: Mapping[str, Any], thing: str) -> list[Summary]:
    """By creation time, newest first, unless SortBy and SortOrder say otherwise; ties by name."""
    by = str(params.get("SortBy", "CreationTime"))
    member = {"Name": f"{thing}Name", "Status": f"{thing}Status"}.get(by, by)
    falling = params.get("SortOrder", "Descending") == "Descending"
    return sorted(summaries, key=lambda summary: (summary[member], str(summary)), reverse=falling)


def _test(name: str, value: Any, thing: str) -> Callable[[Summary], bool] | None:
    """One filter; `…After` and `…Before` leave the moment itself out. None for what is no filter."""
    match name:
        case "StatusEquals":
            return lambda summary: summary[f"{thing}Status"] == value
        case "MonitoringTypeEquals":
            return lambda summary: summary.get("MonitoringType") == value
        case "NameContains":
            return lambda summary: value.lower() in summary[f"{thing}Name"].lower()
        case "EndpointName" | "MonitoringScheduleName" | "MonitoringJobDefinitionName":
            return lambda summary: summary.get(name) == value
        case _ if name.endswith("After"):
            return lambda summary: summary[name.removesuffix("After")] > value
        case _ if name.endswith("Before"):
            return lambda summary: summary[name.removesuffix("Before")] < value
        case _:
            return None
