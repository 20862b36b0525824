"""What somebody of the story does by hand, through AWS's own API as themselves, so that the trail has it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from botocore.exceptions import ClientError

from sandbox.aws import AwsSandbox
from sandbox.world import acting, callers, fleet, packages
from sandbox.world.callers import Caller
from sandbox.world.fleet import Kind, Names
from sandbox.world.story import Deed, Verb

PEOPLE: Final[Mapping[str, Caller]] = {"diego": callers.DIEGO, "maya": callers.MAYA}
"""Who may be named: Diego works in Studio, whose sessions say whose they are; Maya comes by Identity Center."""
_USUALLY: Final[Mapping[Verb, str]] = {"delete_endpoint_as": "diego", "stop_monitor_as": "maya"}
"""Who it is unless somebody is named; by the shared role it is nobody whom the trail can tell."""


def named(deed: Deed, person: str | None) -> Deed:
    """The deed with who does it. Raises ValueError for somebody whom it cannot be, or where nobody does it."""
    if deed.verb == "register_package":
        return replace(deed, person=packages.who(person))
    if deed.verb not in _USUALLY:
        if person:
            only = " and ".join((*_USUALLY, "register_package"))
            raise ValueError(f"nobody is named with {deed.verb}, only with {only}")
        return deed
    chosen = person or _USUALLY[deed.verb]
    if chosen not in PEOPLE:
        raise ValueError(f"{chosen!r} does nothing by hand here: one of {', '.join(PEOPLE)}")
    return replace(deed, person=chosen)


def kind_of(deed: Deed, kinds: tuple[Kind, ...]) -> Kind:
    """The monitor that is stopped: whoever has the shared role stops data quality, where it is watched."""
    return "DataQuality" if deed.verb == "shared_role_as" and "DataQuality" in kinds else "ModelQuality"


def do(aws: AwsSandbox, deed: Deed, names: Names, kinds: tuple[Kind, ...]) -> None:
    """Do it. Raises ValueError where AWS refuses it: what is gone or stopped already."""
    who = PEOPLE.get(deed.person, callers.SHARED)
    keys = acting.person(aws, deed.account, who, deed.at)
    with aws.at(deed.at), acting.client(aws, "sagemaker", keys, who.agent) as client:
        try:
            if deed.verb == "delete_endpoint_as":
                _delete(client, names, kinds)
            else:
                client.stop_monitoring_schedule(MonitoringScheduleName=names.schedule(kind_of(deed, kinds)))
        except ClientError as error:
            raise ValueError(error.response["Error"]["Message"]) from error


def _delete(client: Any, names: Names, kinds: tuple[Kind, ...]) -> None:
    """The endpoint, and first its schedules: with one it is not deleted (Developer Guide: delete endpoints)."""
    for kind in kinds:
        client.delete_monitoring_schedule(MonitoringScheduleName=names.schedule(kind))
    client.delete_endpoint(EndpointName=names.endpoint)


def hindrance(aws: AwsSandbox, deed: Deed, names: Names, kinds: tuple[Kind, ...]) -> str:
    """Why it cannot be done: it is done already; empty when it can."""
    store = aws.monitoring(deed.account, fleet.REGION)
    if deed.verb == "delete_endpoint_as":
        gone = store.deleted(names.endpoint) is not None
        return f"{names.endpoint} is deleted already: redeploy makes another" if gone else ""
    name = names.schedule(kind_of(deed, kinds))
    running = any(each.name == name and each.status == "Scheduled" for each in store.schedules())
    return "" if running else f"{name} does not run: start it, or redeploy makes another"
