"""Job definitions and schedules of the monitor types, as a team would make them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.world import fleet, traffic
from sandbox.world.fleet import Kind, Names

HOURLY: Final = "cron(0 * ? * * *)"
DAILY: Final = "cron(0 5 ? * * *)"
BASELINE: Final = "baseline"
"""The folder of a service's model-quality baseline; those of the other types are in it."""
DATA_BASELINE: Final = f"{BASELINE}/data-quality"
BIAS_BASELINE: Final = f"{BASELINE}/bias"
SHAP_BASELINE: Final = f"{BASELINE}/explainability"
_ANALYZER: Final = f"159807026194.dkr.ecr.{fleet.REGION}.amazonaws.com/sagemaker-model-monitor-analyzer"
_CLARIFY: Final = f"306415355426.dkr.ecr.{fleet.REGION}.amazonaws.com/sagemaker-clarify-processing:1.0"
_RESOURCES: Final = {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}}


@dataclass(frozen=True, slots=True)
class Watch:
    """One monitor to be made: its type, the names of what it watches, the role that its jobs run as."""

    kind: Kind
    names: Names
    role: str
    batch: dict[str, Any] | None = None
    """The BatchTransformInput where no endpoint is watched."""
    cron: str = ""
    """Unless as usual for the type."""

    @property
    def source(self) -> dict[str, Any]:
        """The EndpointInput that every type has."""
        return {"EndpointName": self.names.endpoint, "LocalPath": "/opt/ml/processing/input_data"}

    @property
    def truths(self) -> dict[str, str]:
        """Where labels arrive."""
        return {"S3Uri": self.names.uri("ground-truth")}


def schedule(client: Any, watch: Watch, tags: list[dict[str, str]]) -> None:
    """The job definition, and the schedule that runs it."""
    name = watch.names.definition(watch.kind)
    _define(client, watch.kind)(
        JobDefinitionName=name,
        **_PARTS[watch.kind](watch),
        **_output(watch),
        JobResources=_RESOURCES,
        StoppingCondition={"MaxRuntimeInSeconds": 1800},
        RoleArn=watch.role,
    )
    client.create_monitoring_schedule(
        MonitoringScheduleName=watch.names.schedule(watch.kind),
        MonitoringScheduleConfig={
            "ScheduleConfig": {"ScheduleExpression": watch.cron or _CRON[watch.kind]},
            "MonitoringJobDefinitionName": name,
            "MonitoringType": watch.kind,
        },
        Tags=tags,
    )


def undefine(client: Any, kind: Kind, named: Names) -> None:
    """Delete a job definition; its schedule went before."""
    deleting = {
        "ModelQuality": client.delete_model_quality_job_definition,
        "DataQuality": client.delete_data_quality_job_definition,
        "ModelBias": client.delete_model_bias_job_definition,
        "ModelExplainability": client.delete_model_explainability_job_definition,
    }
    deleting[kind](JobDefinitionName=named.definition(kind))


def _define(client: Any, kind: Kind) -> Any:
    """The operation that makes a definition of a type."""
    return {
        "ModelQuality": client.create_model_quality_job_definition,
        "DataQuality": client.create_data_quality_job_definition,
        "ModelBias": client.create_model_bias_job_definition,
        "ModelExplainability": client.create_model_explainability_job_definition,
    }[kind]


def _output(watch: Watch) -> dict[str, Any]:
    """Where the reports go: one folder for all types, schedules keep them apart."""
    where = {"S3Uri": watch.names.uri("monitoring"), "LocalPath": "/opt/ml/processing/output"}
    return {f"{watch.kind}JobOutputConfig": {"MonitoringOutputs": [{"S3Output": where}]}}


def _model_quality(watch: Watch) -> dict[str, Any]:
    source = {"ProbabilityAttribute": "0", "ProbabilityThresholdAttribute": traffic.DECISION}
    window = {"StartTimeOffset": "-PT1H", "EndTimeOffset": "-PT0H"}
    constraints = f"{watch.names.uri(BASELINE)}/constraints.json"
    return {
        "ModelQualityBaselineConfig": {"ConstraintsResource": {"S3Uri": constraints}},
        "ModelQualityAppSpecification": {"ImageUri": _ANALYZER, "ProblemType": "BinaryClassification"},
        "ModelQualityJobInput": {
            "EndpointInput": {**watch.source, **source, **window},
            "GroundTruthS3Input": watch.truths,
        },
    }


def _data_quality(watch: Watch) -> dict[str, Any]:
    return {
        "DataQualityBaselineConfig": {
            f"{name.capitalize()}Resource": {"S3Uri": f"{watch.names.uri(DATA_BASELINE)}/{name}.json"}
            for name in ("constraints", "statistics")
        },
        "DataQualityAppSpecification": {"ImageUri": _ANALYZER},
        "DataQualityJobInput": {"BatchTransformInput": watch.batch} if watch.batch else {"EndpointInput": watch.source},
    }


def _bias(watch: Watch) -> dict[str, Any]:
    answers = {"ProbabilityAttribute": "0", "ProbabilityThresholdAttribute": traffic.DECISION}
    window = {"StartTimeOffset": "-P1D", "EndTimeOffset": "-P0D"}
    source = {**watch.source, **answers, **window}
    return {
        **_clarify(watch, BIAS_BASELINE),
        "ModelBiasJobInput": {"EndpointInput": source, "GroundTruthS3Input": watch.truths},
    }


def _explainability(watch: Watch) -> dict[str, Any]:
    return {
        **_clarify(watch, SHAP_BASELINE),
        "ModelExplainabilityJobInput": {"EndpointInput": {**watch.source, "InferenceAttribute": "0"}},
    }


def _clarify(watch: Watch, folder: str) -> dict[str, Any]:
    """What both of Clarify's types have: a configuration, and a baseline's analysis as constraints."""
    where = watch.names.uri(folder)
    return {
        f"{watch.kind}BaselineConfig": {"ConstraintsResource": {"S3Uri": f"{where}/analysis.json"}},
        f"{watch.kind}AppSpecification": {"ImageUri": _CLARIFY, "ConfigUri": f"{where}/analysis_config.json"},
    }


_PARTS: Final[dict[Kind, Callable[[Watch], dict[str, Any]]]] = {
    "ModelQuality": _model_quality,
    "DataQuality": _data_quality,
    "ModelBias": _bias,
    "ModelExplainability": _explainability,
}
_CRON: Final[dict[Kind, str]] = {
    "ModelQuality": HOURLY,
    "DataQuality": HOURLY,
    "ModelBias": DAILY,
    "ModelExplainability": DAILY,
}
