"""Where a trail's log files lie, and the table over them: layouts, DDL, and the lines that mend an older table.

Layouts: CloudTrail User Guide, "Finding your CloudTrail log files"; Control Tower's differ by landing zone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

PARTITIONS: Final = ("account", "region", "day")
MOST_LISTED: Final = 100
"""Accounts in an enum: AWS advises "a few dozen" (partition projection); beyond, each question names its accounts."""
_ROOT: Final = re.compile(r"(?P<root>(?:.*/)?AWSLogs/(?:o-[a-z0-9]{10,32}/)?)\d{12}/CloudTrail/")
_FIELD: Final = re.compile(r"([a-z0-9_]+):")
_IDENTITY: Final = (
    "STRUCT<type: STRING, principalid: STRING, arn: STRING, accountid: STRING, invokedby: STRING, accesskeyid: STRING, "
    "username: STRING, onbehalfof: STRUCT<userid: STRING, identitystorearn: STRING>, "
    "sessioncontext: STRUCT<attributes: STRUCT<mfaauthenticated: STRING, creationdate: STRING>, "
    "sessionissuer: STRUCT<type: STRING, principalid: STRING, arn: STRING, accountid: STRING, username: STRING>, "
    "ec2roledelivery: STRING, sourceidentity: STRING, "
    "webidfederationdata: STRUCT<federatedprovider: STRING, attributes: MAP<STRING, STRING>>>>"
)
COLUMNS: Final[Mapping[str, str]] = {
    "eventversion": "STRING",
    "useridentity": _IDENTITY,
    "eventtime": "STRING",
    "eventsource": "STRING",
    "eventname": "STRING",
    "awsregion": "STRING",
    "sourceipaddress": "STRING",
    "useragent": "STRING",
    "errorcode": "STRING",
    "errormessage": "STRING",
    "requestparameters": "STRING",
    "responseelements": "STRING",
    "additionaleventdata": "STRING",
    "requestid": "STRING",
    "eventid": "STRING",
    "readonly": "STRING",
    "resources": "ARRAY<STRUCT<arn: STRING, accountid: STRING, type: STRING>>",
    "eventtype": "STRING",
    "apiversion": "STRING",
    "managementevent": "STRING",
    "recipientaccountid": "STRING",
    "serviceeventdetails": "STRING",
    "sharedeventid": "STRING",
    "vpcendpointid": "STRING",
    "eventcategory": "STRING",
    "addendum": "STRUCT<reason: STRING, updatedfields: STRING, originalrequestid: STRING, originaleventid: STRING>",
    "sessioncredentialfromconsole": "STRING",
    "tlsdetails": "STRUCT<tlsversion: STRING, ciphersuite: STRING, clientprovidedhostheader: STRING>",
}
"""AWS's page (Athena User Guide, CloudTrail with partition projection), `onbehalfof` and `sourceidentity` added."""
NEEDED: Final = frozenset(
    {
        *PARTITIONS,
        "eventtime",
        "eventsource",
        "eventname",
        "eventid",
        "errorcode",
        "errormessage",
        "readonly",
        "requestparameters",
        "responseelements",
        "useridentity",
    }
)
"""Without one of these no question can be asked."""
WISHED: Final = ("useridentity.onbehalfof.userid", "useridentity.sessioncontext.sourceidentity")
"""Without these a person is known less often."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`root` ends in `AWSLogs/` or `AWSLogs/{organisation}/`; under it come account, `CloudTrail`, Region, day."""

    bucket: str
    root: str

    @property
    def kind(self) -> str:
        """As people call it."""
        organisation = re.search(r"AWSLogs/(o-[a-z0-9]+)/$", self.root)
        tower = re.match(r"o-[a-z0-9]+/AWSLogs/", self.root)
        if organisation and tower:
            return "Control Tower, landing zone 3.0 and later"
        if organisation:
            return "organisation trail"
        return "Control Tower before landing zone 3.0" if tower else "a trail in each account"

    def prefix(self, account: str, region: str, day: str) -> str:
        """Of the log files delivered on a day, written `2026/11/20`; digests and insights lie beside it."""
        return f"{self.root}{account}/CloudTrail/{region}/{day}/"

    @property
    def template(self) -> str:
        """For `storage.location.template`."""
        return f"s3://{self.bucket}/{self.root}${{account}}/CloudTrail/${{region}}/${{day}}"


@dataclass(frozen=True, slots=True)
class TrailFound:
    """What a table over a trail needs; `others` are layouts beside it, which one table cannot have."""

    layout: Layout
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    since: date
    others: tuple[Layout, ...] = ()


def layout_of(bucket: str, key: str) -> Layout | None:
    """The layout that a log file's key follows; None where it follows none."""
    found = _ROOT.match(key)
    return Layout(bucket, found["root"]) if found else None


def layout_of_template(template: str) -> Layout | None:
    """The layout that a table's `storage.location.template` follows; None where it follows none that is known."""
    found = re.fullmatch(
        r"s3://(?P<bucket>[^/]+)/(?P<root>(?:.*/)?)\$\{account\}/CloudTrail/\$\{region\}/\$\{day\}/?", template
    )
    return Layout(found["bucket"], found["root"]) if found else None


def ddl(layout: Layout, table: str, accounts: Sequence[str], regions: Sequence[str], since: date) -> str:
    """`CREATE EXTERNAL TABLE` for `table`, written `database.name`."""
    columns = ",\n".join(f"    {name} {type_}" for name, type_ in COLUMNS.items())
    properties = ",\n".join(f"    '{k}' = '{v}'" for k, v in _properties(layout, accounts, regions, since).items())
    return (
        f"CREATE EXTERNAL TABLE {table} (\n{columns}\n)\n"
        "PARTITIONED BY (account STRING, region STRING, day STRING)\n"
        "ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'\n"
        "STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'\n"
        "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'\n"
        f"LOCATION 's3://{layout.bucket}/{layout.root}'\n"
        f"TBLPROPERTIES (\n{properties}\n)"
    )


def _properties(layout: Layout, accounts: Sequence[str], regions: Sequence[str], since: date) -> Mapping[str, str]:
    listed = {"projection.account.type": "enum", "projection.account.values": ",".join(accounts)}
    return {
        "projection.enabled": "true",
        **(listed if len(accounts) <= MOST_LISTED else {"projection.account.type": "injected"}),
        "projection.region.type": "enum",
        "projection.region.values": ",".join(regions),
        "projection.day.type": "date",
        "projection.day.format": "yyyy/MM/dd",
        "projection.day.interval": "1",
        "projection.day.interval.unit": "DAYS",
        "projection.day.range": f"{since:%Y/%m/%d},NOW",
        "storage.location.template": layout.template,
    }


def fields(name: str, hive_type: str) -> Iterator[str]:
    """A column's name and the paths of the fields in it, `useridentity.sessioncontext.sourceidentity`."""
    yield name
    path = [name]
    text = hive_type.lower().replace(" ", "")
    at = 0
    while at < len(text):
        found = _FIELD.match(text, at)
        if found and text[at - 1] in "<,":
            path.append(found[1])
            yield ".".join(path)
            at = found.end()
            if not text.startswith("struct<", at):
                at = _end_of_simple(text, at)
                path.pop()
            continue
        if text[at] == ">" and len(path) > 1:
            path.pop()
        at += 1


def _end_of_simple(text: str, at: int) -> int:
    """Past a type that has no fields of its own; `map<…>` and `array<…>` are one."""
    depth = 0
    while at < len(text) and (depth or text[at] not in ",>"):
        depth += {"<": 1, ">": -1}.get(text[at], 0)
        at += 1
    return at


def mending(table: str, columns: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(what lacks, the line that adds it) of a table whose columns and fields are these."""
    has = frozenset(columns)
    lacks = [path for path in WISHED if path not in has]
    if lacks and "useridentity" in has:
        said = "source identity and Identity Center users" if len(lacks) == len(WISHED) else lacks[0].rpartition(".")[2]
        yield (said, f"ALTER TABLE {table} CHANGE COLUMN useridentity useridentity {_IDENTITY}")
    absent = [name for name in COLUMNS if name in NEEDED and name not in has]
    if absent:
        added = ", ".join(f"{name} {COLUMNS[name]}" for name in absent)
        yield (", ".join(absent), f"ALTER TABLE {table} ADD COLUMNS ({added})")


def adding(table: str, part: str, values: Sequence[str]) -> str:
    """The line that makes `values` the accounts (or Regions) of the table's projection; `part` is which."""
    return f"ALTER TABLE {table} SET TBLPROPERTIES ('projection.{part}.values' = '{','.join(values)}')"
