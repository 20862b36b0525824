"""Athena's own view of Glue's catalog: databases and tables by its metadata operations."""

import re
from typing import Any

from sandbox.athena.catalog import Catalog, Catalogs, TableRecord
from sandbox.athena.queries import CATALOG
from sandbox.athena.rights import Rights
from sandbox.athena.workgroups import refused
from sandbox.aws.authorise import Authoriser
from sandbox.aws.errors import AwsError
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.paging import page

PAGE = 50
"""Most databases or tables in one answer (Athena API: ListDatabases, ListTableMetadata)."""


class Metadata:
    """GetDatabase, ListDatabases, GetTableMetadata, ListTableMetadata; they need Athena's right and Glue's."""

    def __init__(self, catalogs: Catalogs, authoriser: Authoriser) -> None:
        self._catalogs = catalogs
        self._authoriser = authoriser

    @operation("athena", "GetDatabase")
    def database(self, request: Request) -> Values:
        """One by name."""
        name = request.params["DatabaseName"]
        catalog = self._catalog(request, "GetDatabase", name)
        return {"Database": _told(_found(lambda: catalog.database(name)[0]))}

    @operation("athena", "ListDatabases")
    def databases(self, request: Request) -> Values:
        """All, by name."""
        catalog = self._catalog(request, "GetDatabases", "*")
        found = [_told(given) for given, _ in catalog.databases()]
        part, token = page(found, request.params, lambda each: str(each["Name"]), PAGE)
        return {"DatabaseList": list(part), "NextToken": token}

    @operation("athena", "GetTableMetadata")
    def table(self, request: Request) -> Values:
        """One by name."""
        database, name = request.params["DatabaseName"], request.params["TableName"]
        catalog = self._catalog(request, "GetTable", database, name)
        return {"TableMetadata": _described(_found(lambda: catalog.table(database, name)))}

    @operation("athena", "ListTableMetadata")
    def tables(self, request: Request) -> Values:
        """Of a database, by name, those that an expression fits."""
        database = request.params["DatabaseName"]
        catalog = self._catalog(request, "GetTables", database, "*")
        records: list[TableRecord] = _found(lambda: catalog.tables(database))
        if wanted := request.params.get("Expression"):
            records = [each for each in records if re.fullmatch(wanted, each.name)]
        part, token = page(records, request.params, lambda each: each.name, PAGE)
        return {"TableMetadataList": [_described(each) for each in part], "NextToken": token}

    def _catalog(self, request: Request, action: str, database: str, table: str | None = None) -> Catalog:
        rights = Rights(self._authoriser, request)
        rights.data_catalog()
        rights.glue(action, database, table)
        if request.params["CatalogName"].lower() != CATALOG.lower():
            raise refused(f"Catalog {request.params['CatalogName']} is not here: the sandbox has {CATALOG} alone")
        return self._catalogs.of(request.account, request.region)


def _found(look: Any) -> Any:
    """What a look finds; Athena tells Glue's error inside of its own."""
    try:
        return look()
    except AwsError as error:
        words = f"{error.message} (Service: AmazonDataCatalog; Status Code: 400; Error Code: {error.code})"
        raise AwsError("MetadataException", words) from None


def _told(given: Any) -> dict[str, Any]:
    return {name: given[name] for name in ("Name", "Description", "Parameters") if name in given}


def _described(record: TableRecord) -> dict[str, Any]:
    """A table as GetTableMetadata tells it: where it lies stands among the parameters."""
    given = record.given
    stored = given.get("StorageDescriptor", {})
    parameters = {
        **given.get("Parameters", {}),
        "location": stored.get("Location", ""),
        "inputformat": stored.get("InputFormat", ""),
        "outputformat": stored.get("OutputFormat", ""),
        "serde.serialization.lib": stored.get("SerdeInfo", {}).get("SerializationLibrary", ""),
    }
    return {
        "Name": record.name,
        "CreateTime": record.created_at,
        "TableType": given.get("TableType", "EXTERNAL_TABLE"),
        "Columns": list(stored.get("Columns", [])),
        "PartitionKeys": list(given.get("PartitionKeys", [])),
        "Parameters": parameters,
    }
