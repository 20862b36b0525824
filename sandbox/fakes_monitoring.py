"""What monitors are made from and what they write, as requests and documents, for tests of who reads them."""

import json
from collections.abc import Callable
from typing import Any

REGION = "us-west-2"
ENDPOINT = "bank-marketing-2026-11-02-0914"


def policy(*allowed: str, **parts: object) -> str:
    """A policy document of one statement."""
    statement = {"Effect": "Allow", "Action": list(allowed), **(parts or {"Resource": "*"})}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def bucket(account: str) -> str:
    """SageMaker's default bucket."""
    return f"sagemaker-{REGION}-{account}"


def violation(metric: str) -> dict[str, str]:
    """An entry of constraint_violations.json."""
    sentence = f"Metric {metric} with 0.75 was LessThanThreshold 0.9"
    return {"metric_name": metric, "constraint_check_type": "LessThanThreshold", "description": sentence}


def job(kind: str) -> Callable[[str, str], dict[str, Any]]:
    """The request that makes a job definition of this kind."""

    def request(account: str, name: str) -> dict[str, Any]:
        local = "/opt/ml/processing"
        image = "159807026194.dkr.ecr.us-west-2.amazonaws.com/sagemaker-model-monitor-analyzer"
        source: dict[str, Any] = {"EndpointInput": {"EndpointName": ENDPOINT, "LocalPath": f"{local}/input"}}
        application: dict[str, Any] = {"ImageUri": image}
        if kind == "ModelQuality":
            source["GroundTruthS3Input"] = {"S3Uri": f"s3://{bucket(account)}/truth"}
            application["ProblemType"] = "BinaryClassification"
        output = {"S3Output": {"S3Uri": f"s3://{bucket(account)}/results", "LocalPath": f"{local}/output"}}
        return {
            "method": f"create_{'model' if kind == 'ModelQuality' else 'data'}_quality_job_definition",
            "JobDefinitionName": name,
            f"{kind}AppSpecification": application,
            f"{kind}JobInput": source,
            f"{kind}JobOutputConfig": {"MonitoringOutputs": [output]},
            "JobResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}
            },
            "RoleArn": f"arn:aws:iam::{account}:role/execution",
        }

    return request


def clarify(account: str, kind: str) -> dict[str, Any]:
    """An hourly schedule of bias or explainability on batch transforms, its definition inline."""
    source = {
        "DataCapturedDestinationS3Uri": f"s3://{bucket(account)}/captured",
        "DatasetFormat": {"Csv": {"Header": True}},
        "LocalPath": "/opt/ml/processing/input",
    }
    output = {"S3Output": {"S3Uri": f"s3://{bucket(account)}/results", "LocalPath": "/opt/ml/processing/output"}}
    definition = {
        "MonitoringInputs": [{"BatchTransformInput": source}],
        "MonitoringOutputConfig": {"MonitoringOutputs": [output]},
        "MonitoringResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}
        },
        "MonitoringAppSpecification": {"ImageUri": "306415355426.dkr.ecr.us-west-2.amazonaws.com/clarify"},
        "RoleArn": f"arn:aws:iam::{account}:role/execution",
    }
    return {
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        "MonitoringJobDefinition": definition,
        "MonitoringType": kind,
    }


JOBS = {"ModelQuality": job("ModelQuality"), "DataQuality": job("DataQuality")}
MESSAGES = {
    "Completed": "Completed: Job completed successfully with no violations.",
    "CompletedWithViolations": "CompletedWithViolations: Job completed successfully with 2 violations.",
}
STATISTICS = {
    "dataset": {"item_count": 468},
    "binary_classification_metrics": {
        m: {"value": v, "standard_deviation": 0.02} for m, v in {"accuracy": 0.75, "auc": 0.95, "f2": 0.85}.items()
    },
}
CONSTRAINTS = {
    "binary_classification_constraints": {
        m: {"threshold": 0.9, "comparison_operator": "LessThanThreshold"} for m in ("accuracy", "auc", "f2")
    }
}
