"""CloudWatch Observability Access Manager: sinks, the policies that guard them, and links from source accounts.

Source: the OAM API reference (quotas: one sink per account and Region, five links per source account).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from threading import RLock
from typing import Any

from sandbox.aws.accounts import CloudAccount, Principal
from sandbox.aws.authorise import Authoriser, denied, names
from sandbox.aws.errors import AwsError
from sandbox.aws.link_filter import EVERYTHING, LOG_GROUP, NAMESPACE, shares
from sandbox.aws.links import Link, Sink, described, listed, new_arn
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.paging import page
from sandbox.aws.policies import Act, Verdict, judge, parsed

SINKS_PAGE, LINKS_PAGE, ATTACHED_PAGE = 100, 5, 1000
_MOST_LINKS = 5
_MOST_TAGS = 50


class Oam:
    """All fifteen operations."""

    def __init__(
        self, accounts: Mapping[str, CloudAccount], authoriser: Authoriser, now: Callable[[], datetime]
    ) -> None:
        self._accounts = accounts
        self._authoriser = authoriser
        self._now = now
        self._sinks: dict[str, Sink] = {}
        self._links: dict[str, Link] = {}
        self._lock = RLock()

    @operation("oam", "CreateSink")
    def create_sink(self, request: Request) -> Values:
        """One per account and Region."""
        with self._lock:
            if any(self._here(request, sink) for sink in self._sinks.values()):
                raise AwsError("ConflictException", "A sink already exists in this account and Region", 409)
            arn = new_arn(request, "sink", request.params["Name"])
            sink = Sink(arn, request.params["Name"], request.account, request.region, tags=_tags(request))
            self._sinks[arn] = sink
        return {"Arn": arn, "Id": sink.id, "Name": sink.name, "Tags": dict(sink.tags)}

    @operation("oam", "GetSink")
    def get_sink(self, request: Request) -> Values:
        """The account's own sink."""
        sink = self._own_sink(request, request.params["Identifier"])
        return {"Arn": sink.arn, "Id": sink.id, "Name": sink.name, "Tags": dict(sink.tags)}

    @operation("oam", "ListSinks")
    def list_sinks(self, request: Request) -> Values:
        """None or one."""
        with self._lock:
            own = [sink for sink in self._sinks.values() if self._here(request, sink)]
        items, token = page(own, request.params, lambda sink: sink.arn, SINKS_PAGE)
        return {"Items": [{"Arn": sink.arn, "Id": sink.id, "Name": sink.name} for sink in items], "NextToken": token}

    @operation("oam", "DeleteSink")
    def delete_sink(self, request: Request) -> Values:
        """Refused while links are attached."""
        with self._lock:
            sink = self._own_sink(request, request.params["Identifier"])
            if any(link.sink_arn == sink.arn for link in self._links.values()):
                raise AwsError("ConflictException", "The sink has links; delete them first", 409)
            del self._sinks[sink.arn]
        return {}

    @operation("oam", "PutSinkPolicy")
    def put_policy(self, request: Request) -> Values:
        """Who may link, and what they may share. Links that exist stay."""
        policy = request.params["Policy"]
        try:
            parsed(policy)
        except ValueError:
            raise AwsError("InvalidParameterException", "The sink policy is not a valid policy document") from None
        with self._lock:
            sink = self._own_sink(request, request.params["SinkIdentifier"])
            self._sinks[sink.arn] = replace(sink, policy=policy)
        return {"SinkArn": sink.arn, "SinkId": sink.id, "Policy": policy}

    @operation("oam", "GetSinkPolicy")
    def get_policy(self, request: Request) -> Values:
        """Raises ResourceNotFoundException when none was put."""
        sink = self._own_sink(request, request.params["SinkIdentifier"])
        if sink.policy is None:
            raise _missing(f"The sink {sink.arn} has no policy")
        return {"SinkArn": sink.arn, "SinkId": sink.id, "Policy": sink.policy}

    @operation("oam", "CreateLink")
    def create_link(self, request: Request) -> Values:
        """The sink's policy decides: on the account, and on every resource type asked for."""
        params = request.params
        types = tuple(params["ResourceTypes"])
        with self._lock:
            sink = self._sinks.get(params["SinkIdentifier"])
            own = [link for link in self._links.values() if self._here(request, link)]
            if any(link.sink_arn == params["SinkIdentifier"] for link in own):
                raise AwsError("ConflictException", "A link to this sink already exists", 409)
            if len(own) >= _MOST_LINKS:
                raise AwsError("ServiceQuotaExceededException", f"At most {_MOST_LINKS} links per source account", 402)
            self._check_policy(request, sink, types, "oam:CreateLink")
            link = Link(
                arn=new_arn(request, "link", params["SinkIdentifier"]),
                account=request.account,
                region=request.region,
                label=self._label(request.account, params["LabelTemplate"]),
                template=params["LabelTemplate"],
                resource_types=types,
                sink_arn=params["SinkIdentifier"],
                created_at=self._now(),
                configuration=_filtered(params.get("LinkConfiguration")),
                tags=_tags(request),
            )
            self._links[link.arn] = link
        return described(link)

    @operation("oam", "GetLink")
    def get_link(self, request: Request) -> Values:
        """A link of the caller's account."""
        return described(self._own_link(request))

    @operation("oam", "UpdateLink")
    def update_link(self, request: Request) -> Values:
        """Other resource types or filters; neither the sink nor the label can change."""
        types = tuple(request.params["ResourceTypes"])
        with self._lock:
            link = self._own_link(request)
            self._check_policy(request, self._sinks.get(link.sink_arn), types, "oam:UpdateLink")
            configuration = _filtered(request.params.get("LinkConfiguration", link.configuration))
            changed = replace(link, resource_types=types, configuration=configuration)
            self._links[link.arn] = changed
        return described(changed)

    @operation("oam", "DeleteLink")
    def delete_link(self, request: Request) -> Values:
        """Only the source account can unlink."""
        with self._lock:
            del self._links[self._own_link(request).arn]
        return {}

    @operation("oam", "ListLinks")
    def list_links(self, request: Request) -> Values:
        """The caller's own links, five to a page."""
        with self._lock:
            own = [link for link in self._links.values() if self._here(request, link)]
        items, token = page(own, request.params, lambda link: link.arn, LINKS_PAGE)
        return {"Items": [listed(link) for link in items], "NextToken": token}

    @operation("oam", "ListAttachedLinks")
    def attached(self, request: Request) -> Values:
        """Links of all source accounts to the caller's sink, a thousand to a page."""
        sink = self._own_sink(request, request.params["SinkIdentifier"])
        with self._lock:
            attached = sorted(
                (link for link in self._links.values() if link.sink_arn == sink.arn), key=lambda link: link.arn
            )
        items, token = page(attached, request.params, lambda link: link.arn, ATTACHED_PAGE)
        found = [
            {"Label": link.label, "LinkArn": link.arn, "ResourceTypes": list(link.resource_types)} for link in items
        ]
        return {"Items": found, "NextToken": token}

    @operation("oam", "ListTagsForResource")
    def tags(self, request: Request) -> Values:
        """Of a sink or link of the caller's account."""
        return {"Tags": dict(self._tagged(request).tags)}

    @operation("oam", "TagResource")
    def tag(self, request: Request) -> Values:
        """A tag of the same key is overwritten."""
        with self._lock:
            held = self._tagged(request)
            merged = {**held.tags, **request.params["Tags"]}
            if len(merged) > _MOST_TAGS:
                raise AwsError("TooManyTagsException", f"At most {_MOST_TAGS} tags")
            self._put(replace(held, tags=merged))
        return {}

    @operation("oam", "UntagResource")
    def untag(self, request: Request) -> Values:
        """A key that is not there is no error."""
        gone = set(request.params["TagKeys"])
        with self._lock:
            held = self._tagged(request)
            self._put(replace(held, tags={key: value for key, value in held.tags.items() if key not in gone}))
        return {}

    def sharing(self, account_id: str, region: str, resource_type: str) -> tuple[Link, ...]:
        """The links to a monitoring account's sink in a Region that share such data with it."""
        with self._lock:
            sinks = {sink.arn for sink in self._sinks.values() if (sink.account, sink.region) == (account_id, region)}
            attached = (link for link in self._links.values() if link.sink_arn in sinks)
            return tuple(link for link in attached if resource_type in link.resource_types)

    def _here(self, request: Request, held: Sink | Link) -> bool:
        return (held.account, held.region) == (request.account, request.region)

    def _own_sink(self, request: Request, identifier: str) -> Sink:
        sink = self._sinks.get(identifier)
        if sink is None or not self._here(request, sink):
            raise _missing(f"The sink {identifier} does not exist")
        return sink

    def _own_link(self, request: Request) -> Link:
        link = self._links.get(request.params["Identifier"])
        if link is None or not self._here(request, link):
            raise _missing(f"The link {request.params['Identifier']} does not exist")
        return link

    def _tagged(self, request: Request) -> Sink | Link:
        arn = request.params["ResourceArn"]
        held = self._sinks.get(arn) or self._links.get(arn)
        if held is None or not self._here(request, held):
            raise _missing(f"The resource {arn} does not exist")
        return held

    def _put(self, held: Sink | Link) -> None:
        if isinstance(held, Sink):
            self._sinks[held.arn] = held
        else:
            self._links[held.arn] = held

    def _check_policy(self, request: Request, sink: Sink | None, types: tuple[str, ...], action: str) -> None:
        """A sink that is not there, or of another Region, looks like one that does not allow."""
        caller = _account_principal(request.account)
        context = {**self._authoriser.context(caller, request.region, {}), "oam:resourcetypes": types}
        act = Act(action, sink.arn if sink else "*", context)
        policies = [parsed(sink.policy)] if sink and sink.policy and sink.region == request.region else []
        said = judge(policies, act, lambda statement: names(statement.get("Principal"), request.principal))
        if said is not Verdict.ALLOW:
            asked = request.params.get("SinkIdentifier") or request.params.get("Identifier")
            raise denied(request.principal, Act(action, str(asked), {}), "oam")

    def _label(self, account_id: str, template: str) -> str:
        """`$AccountName`, `$AccountEmail`, `$AccountEmailNoDomain` filled in."""
        account = self._accounts[account_id]
        label = template.replace("$AccountEmailNoDomain", account.address.partition("@")[0])
        return label.replace("$AccountEmail", account.address).replace("$AccountName", account.label)


def _account_principal(account: str) -> Principal:
    """The link's account as a whole: a sink's policy speaks of accounts, whoever in them makes the link."""
    return Principal(account, f"arn:aws:iam::{account}:root", account, "")


def _filtered(configuration: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """A link's filters; `*` takes one away. Raises AwsError for one that OAM does not take."""
    kept = {}
    for member, term in (("MetricConfiguration", NAMESPACE), ("LogGroupConfiguration", LOG_GROUP)):
        given = (configuration or {}).get(member)
        if given is not None:
            shares(given["Filter"], term)
            if given["Filter"].strip() != EVERYTHING:
                kept[member] = given
    return kept or None


def _tags(request: Request) -> Mapping[str, str]:
    tags: Mapping[str, str] = request.params.get("Tags", {})
    return tags


def _missing(message: str) -> AwsError:
    return AwsError("ResourceNotFoundException", message, 404)
