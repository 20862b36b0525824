"""CREATE EXTERNAL TABLE as the TableInput that Glue keeps of it (Athena User Guide, "CREATE TABLE")."""

from typing import Any

from sandbox.athena.ddl_words import Words
from sandbox.athena.failures import QueryFailed, StatementRefused
from sandbox.athena.sql_types import hive

_NO_LOCATION = 1003


def table_input(words: Words, name: str) -> dict[str, Any]:
    """From the columns on. Raises StatementRefused where it cannot be read, QueryFailed without a location."""
    columns = _columns(words)
    made: dict[str, Any] = {"Name": name, "TableType": "EXTERNAL_TABLE", "PartitionKeys": []}
    stored: dict[str, Any] = {"Columns": columns, "SerdeInfo": {}}
    parameters = {"EXTERNAL": "TRUE"}
    while not words.over:
        _clause(words, made, stored, parameters)
    if "Location" not in stored:
        raise QueryFailed("", "No location was specified for table. An S3 location must be specified", _NO_LOCATION)
    return {**made, "StorageDescriptor": stored, "Parameters": parameters}


def _clause(words: Words, made: dict[str, Any], stored: dict[str, Any], parameters: dict[str, str]) -> None:
    if words.met("COMMENT"):
        parameters["comment"] = words.text()
    elif words.met("PARTITIONED", "BY"):
        made["PartitionKeys"] = _columns(words)
    elif words.met("ROW", "FORMAT", "SERDE"):
        stored["SerdeInfo"]["SerializationLibrary"] = words.text()
    elif words.met("WITH", "SERDEPROPERTIES"):
        stored["SerdeInfo"]["Parameters"] = dict(words.pairs())
    elif words.met("STORED", "AS", "INPUTFORMAT"):
        stored["InputFormat"] = words.text()
        words.expect("OUTPUTFORMAT")
        stored["OutputFormat"] = words.text()
    elif words.met("LOCATION"):
        stored["Location"] = words.text()
    elif words.met("TBLPROPERTIES"):
        parameters.update(words.pairs())
    else:
        raise words.wrong()


def _columns(words: Words) -> list[dict[str, str]]:
    """`(name type [COMMENT 'text'], …)`."""
    words.expect("(")
    found = []
    while True:
        column = {"Name": words.name(), "Type": words.type()}
        try:
            hive(column["Type"])
        except (ValueError, StopIteration) as error:
            raise StatementRefused(f"FAILED: ParseException {error}") from None
        if words.met("COMMENT"):
            column["Comment"] = words.text()
        found.append(column)
        if words.met(")"):
            return found
        words.expect(",")
