"""What the caller may do, asked where the resources become known: in Glue, in Athena's work groups, in S3.

Athena has no rights of its own: "their permissions pass through Athena" (Athena User Guide, "Control access to Amazon
S3 from Athena").
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.aws.authorise import Authoriser, require
from sandbox.aws.operations import Request
from sandbox.aws.policies import Act


@dataclass(frozen=True, slots=True)
class Rights:
    """Those of the caller of a request. Every method raises AwsError where the right lacks."""

    authoriser: Authoriser
    request: Request

    def glue(self, action: str, database: str | None = None, table: str | None = None) -> None:
        """An act on a catalog, and where named on a database and a table of it.

        Each of them needs the right (Glue Developer Guide, "Specifying AWS Glue resource ARNs").
        """
        start = f"arn:aws:glue:{self.request.region}:{self.request.account}"
        resources = [f"{start}:catalog"]
        if database is not None:
            resources.append(f"{start}:database/{database.lower()}")
        if database is not None and table is not None:
            resources.append(f"{start}:table/{database.lower()}/{table.lower()}")
        self._all("glue", f"glue:{action}", resources)

    def workgroup(self, name: str) -> None:
        """The request's own operation on a work group."""
        self._athena(f"workgroup/{name}")

    def data_catalog(self) -> None:
        """The request's own operation on the catalog that Glue keeps."""
        self._athena("datacatalog/AwsDataCatalog")

    def _athena(self, resource: str) -> None:
        arn = f"arn:aws:athena:{self.request.region}:{self.request.account}:{resource}"
        self._all("athena", f"athena:{self.request.operation}", [arn])

    def s3(self, operation: str, bucket: str, **params: Any) -> None:
        """An S3 call as the caller would make it; the bucket's own policy has its say."""
        request = self.request
        given = {"Bucket": bucket, **params}
        self.authoriser.check(request.principal, "s3", operation, request.region, given)

    def kms(self, action: str, key: str) -> None:
        """The use of a key, by the caller's own policies: the sandbox keeps no key policies."""
        self._all("kms", f"kms:{action}", [key])

    def _all(self, service: str, action: str, resources: Iterable[str]) -> None:
        context = self.authoriser.context(self.request.principal, self.request.region, {})
        for resource in resources:
            require(self.request.principal, Act(action, resource, context), service)
