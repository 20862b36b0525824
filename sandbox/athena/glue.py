"""Glue's databases and tables, as far as Athena's tables need them.

Sources: Glue API reference (Catalog API); errors as its operations declare them.
"""

from datetime import datetime
from typing import Any

from sandbox.athena.catalog import Catalog, Catalogs, TableRecord
from sandbox.athena.rights import Rights
from sandbox.aws.authorise import Authoriser
from sandbox.aws.errors import AwsError
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.paging import page

PAGE = 100
"""Most databases or tables in one answer (Glue API: GetTables, GetDatabases)."""
_OURS = {"Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters"}


class Glue:
    """Nine operations; the others are refused by name."""

    def __init__(self, catalogs: Catalogs, authoriser: Authoriser) -> None:
        self._catalogs = catalogs
        self._authoriser = authoriser

    @operation("glue", "CreateDatabase")
    def create_database(self, request: Request) -> Values:
        """Keeps the name in lower case."""
        given = request.params["DatabaseInput"]
        self._may(request, given["Name"])
        self._catalog(request).create_database(given)
        return {}

    @operation("glue", "GetDatabase")
    def get_database(self, request: Request) -> Values:
        """One by name."""
        name = request.params["Name"]
        self._may(request, name)
        return {"Database": _database(request, *self._catalog(request).database(name))}

    @operation("glue", "GetDatabases")
    def get_databases(self, request: Request) -> Values:
        """All, by name; the right must be for all of them."""
        self._may(request, "*")
        found = [_database(request, *each) for each in self._catalog(request).databases()]
        part, token = page(found, request.params, lambda each: str(each["Name"]), PAGE)
        return {"DatabaseList": list(part), "NextToken": token}

    @operation("glue", "DeleteDatabase")
    def delete_database(self, request: Request) -> Values:
        """With its tables."""
        self._may(request, request.params["Name"])
        self._catalog(request).drop_database(request.params["Name"])
        return {}

    @operation("glue", "CreateTable")
    def create_table(self, request: Request) -> Values:
        """Takes any parameters: it is Athena that reads them when a query is run."""
        database, given = request.params["DatabaseName"], _table_input(request)
        self._may(request, database, given["Name"])
        self._catalog(request).create_table(database, given)
        return {}

    @operation("glue", "GetTable")
    def get_table(self, request: Request) -> Values:
        """One by name."""
        database, name = request.params["DatabaseName"], request.params["Name"]
        self._may(request, database, name)
        return {"Table": described(self._catalog(request).table(database, name), request.account)}

    @operation("glue", "GetTables")
    def get_tables(self, request: Request) -> Values:
        """All of a database, by name; the right must be for all of them."""
        if "Expression" in request.params:
            raise AwsError("InvalidInputException", "the sandbox does not filter tables by Expression")
        self._may(request, request.params["DatabaseName"], "*")
        records = self._catalog(request).tables(request.params["DatabaseName"])
        part, token = page(records, request.params, lambda each: each.name, PAGE)
        return {"TableList": [described(each, request.account) for each in part], "NextToken": token}

    @operation("glue", "UpdateTable")
    def update_table(self, request: Request) -> Values:
        """Replaces the whole definition."""
        database, given = request.params["DatabaseName"], _table_input(request)
        self._may(request, database, given["Name"])
        self._catalog(request).update_table(database, given)
        return {}

    @operation("glue", "DeleteTable")
    def delete_table(self, request: Request) -> Values:
        """With its registered partitions; the files in S3 stay."""
        database, name = request.params["DatabaseName"], request.params["Name"]
        self._may(request, database, name)
        self._catalog(request).drop_table(database, name)
        return {}

    def _may(self, request: Request, database: str, table: str | None = None) -> None:
        Rights(self._authoriser, request).glue(request.operation, database, table)

    def _catalog(self, request: Request) -> Catalog:
        if request.params.get("CatalogId", request.account) != request.account:
            raise AwsError("InvalidInputException", "the sandbox has no catalogs shared between accounts")
        return self._catalogs.of(request.account, request.region)


def described(record: TableRecord, account: str) -> dict[str, Any]:
    """A table as GetTable tells it."""
    return {
        **record.given,
        "DatabaseName": record.database,
        "CreateTime": record.created_at,
        "UpdateTime": record.updated_at,
        "Retention": record.given.get("Retention", 0),
        "CreatedBy": f"arn:aws:iam::{account}:root",
        "IsRegisteredWithLakeFormation": False,
        "CatalogId": account,
        "VersionId": str(record.version),
    }


def _database(request: Request, given: Any, created_at: datetime) -> dict[str, Any]:
    return {**given, "CreateTime": created_at, "CatalogId": request.account}


def _table_input(request: Request) -> dict[str, Any]:
    given = dict(request.params.get("TableInput") or {})
    if "Name" not in given:
        raise AwsError("InvalidInputException", "TableInput with a Name is needed")
    if strange := sorted(given.keys() - _OURS):
        raise AwsError("InvalidInputException", f"the sandbox does not keep {', '.join(strange)} of a table")
    return given
