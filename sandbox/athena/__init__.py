"""Athena and its Glue catalog, for `AwsSandbox(…, guests=services)`.

Nothing here loads DuckDB or sqlglot before a query is run.
"""

from sandbox.athena.services import services

__all__ = ["services"]
