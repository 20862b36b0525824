"""What SageMaker says of model packages, read with care: every text in it is another account's."""

import re
from datetime import UTC
from typing import Any, Final

from bot.aws.findings import MOST_CHARACTERS, Document
from bot.aws.hub import Target
from bot.aws.jobs import Location, location_of
from bot.errors import Malformed
from bot.logic.actor import CENTER, NAMELESS
from bot.logic.plain import number, plain
from bot.model.package import Approval, PackageRef, PackageState, Registrant, Score, Scores

MOST_SCORES: Final = 50
_NAME: Final = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,62}")
"""API reference: EntityName."""
_ARN: Final = re.compile(r"arn:[a-z0-9-]+:sagemaker:([a-z0-9-]+):(\d{12}):model-package/[A-Za-z0-9-]{1,63}(/\d{1,9})?")
_SESSION: Final = re.compile(r"arn:[a-z0-9-]+:sts::\d{12}:assumed-role/([^/]{1,64})/([^/]{2,64})")
_USER: Final = re.compile(r"arn:[a-z0-9-]+:iam::\d{12}:user/(?:[^/]+/)*([^/]{1,64})")
_SECTIONS: Final = ("binary_classification_metrics", "multiclass_classification_metrics", "regression_metrics")
"""Of Model Monitor's statistics, and of the evaluation reports of SageMaker Pipelines' examples."""


_CONSTANT: Final = "_best_constant_classifier"
"""Of what Model Monitor compares a classifier with: no metric of the model (Developer Guide: model quality metrics)."""
_FIRST: Final = ("accuracy", "precision", "recall", "f1", "auc", "rmse", "mse", "mae", "r2")
"""What people look at first; the others stay in the report's order."""


def ref_of(row: dict[str, Any], target: Target) -> PackageRef | None:
    """A listed version; None of what is none, or has a name that no command could name."""
    name, version = str(row.get("ModelPackageGroupName") or ""), row.get("ModelPackageVersion")
    arn = str(row.get("ModelPackageArn") or "")
    placed = _ARN.fullmatch(arn)
    if (
        not _NAME.fullmatch(name)
        or not isinstance(version, int)
        or placed is None
        or placed.groups()[:2] != (target.region, target.account.id)
    ):
        return None
    return PackageRef(arn, target.account.id, target.region, name, version, row["CreationTime"].astimezone(UTC))


def state_of(said: dict[str, Any]) -> PackageState:
    """What is decided of a described package. Raises Malformed for a word that is none of SageMaker's."""
    try:
        approval = Approval(said.get("ModelApprovalStatus") or "")
    except ValueError:
        raise Malformed("it has no approval status") from None
    changed = said.get("LastModifiedTime")
    text = plain(said.get("ApprovalDescription"), 1024)
    return PackageState(
        approval, registrant_of(said.get("LastModifiedBy"), {}), changed.astimezone(UTC) if changed else None, text
    )


def registrant_of(context: object, properties: object) -> Registrant:
    """From a UserContext, and what the package's MetadataProperties say that generated it."""
    said = context if isinstance(context, dict) else {}
    identity = said.get("IamIdentity") or {}
    arn = str(identity.get("Arn") or "")
    assumed, user = _SESSION.fullmatch(arn), _USER.fullmatch(arn)
    role, session = assumed.groups() if assumed else ("", "")
    center = role.startswith(CENTER)
    chosen = "" if center or re.search(NAMELESS, session) else session
    return Registrant(
        source_identity=_short(identity.get("SourceIdentity")),
        center_user=_short(session) if center else "",
        profile=_short(said.get("UserProfileName")),
        session=_short(chosen),
        user=_short(user[1]) if user else "",
        role=_short(role),
        pipeline=_pipeline(properties),
    )


def _pipeline(properties: object) -> str:
    said = properties if isinstance(properties, dict) else {}
    if generated := _short(said.get("GeneratedBy")):
        return generated
    project = _short(said.get("ProjectId"))
    return f"project {project}" if project else ""


def _short(text: object) -> str:
    return plain(text, MOST_CHARACTERS)


def report_of(said: dict[str, Any]) -> Location | None:
    """Where its model-quality report lies; None where none is registered. Raises Malformed for no place in S3."""
    statistics = ((said.get("ModelMetrics") or {}).get("ModelQuality") or {}).get("Statistics") or {}
    if not statistics.get("S3Uri"):
        return None
    place = location_of(statistics["S3Uri"])
    if place is None:
        raise Malformed("its report's address is no object in S3")
    return place


def scores_of(report: Document) -> Scores:
    """The numbers of a model-quality report, the best known ones first; matrices and curves are passed over."""
    section = next((found for name in _SECTIONS if isinstance(found := report.get(name), dict)), {})
    read = ((_short(name), _value(one)) for name, one in section.items() if not str(name).endswith(_CONSTANT))
    found = [Score(name, value) for name, value in read if name and value is not None][:MOST_SCORES]
    items = tuple(sorted(found, key=lambda score: _FIRST.index(score.name) if score.name in _FIRST else len(_FIRST)))
    return Scores(items, "" if items else "its report holds no metric that is known here")


def _value(one: object) -> float | None:
    return number(one.get("value")) if isinstance(one, dict) else number(one)
