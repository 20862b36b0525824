"""Where people look at an endpoint, a processing job and what they log, in the console of the account they are in.

Log groups: SageMaker Developer Guide, "CloudWatch Logs for Amazon SageMaker AI": an endpoint has one of its own, jobs
share one, in which a job's streams begin with its name. The console writes a name in the address of a log group encoded
twice, with `$` for `%`.
"""

from typing import Final
from urllib.parse import quote

from bot.logic.console import HOSTS, REGION
from bot.logic.succession import kind
from bot.model.observation import Subject

ENDPOINT: Final = "sagemaker:endpoint"
JOB: Final = "sagemaker:processing-job"


def endpoint_url(arn: str, endpoint: str) -> str:
    """SageMaker's page of an endpoint in the Region and partition of who watches it; empty where there is none."""
    return _page(arn, "sagemaker", f"/endpoints/{quote(endpoint, safe='')}") if endpoint else ""


def page_url(subject: Subject) -> str:
    """The page of a job, else of the endpoint that is watched or is itself what speaks."""
    if kind(subject.arn) == JOB:
        return _page(subject.arn, "sagemaker", f"/processing-jobs/{quote(subject.name, safe='')}")
    return endpoint_url(subject.arn, subject.resource)


def logs_url(subject: Subject) -> str:
    """The log group of an endpoint, or a job's streams in that of all jobs; empty for anything else."""
    match kind(subject.arn):
        case "sagemaker:endpoint":
            return _page(subject.arn, "cloudwatch", _group(f"/aws/sagemaker/Endpoints/{subject.name}"))
        case "sagemaker:processing-job":
            group = _group("/aws/sagemaker/ProcessingJobs")
            return _page(subject.arn, "cloudwatch", f"{group}$3FlogStreamNameFilter$3D{_twice(subject.name)}")
        case _:
            return ""


def _page(arn: str, service: str, fragment: str) -> str:
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[1] not in HOSTS or not REGION.match(parts[3]):
        return ""
    return f"https://{parts[3]}.{HOSTS[parts[1]]}/{service}/home?region={parts[3]}#{fragment}"


def _group(name: str) -> str:
    return f"logsV2:log-groups/log-group/{_twice(name)}"


def _twice(text: str) -> str:
    return quote(quote(text, safe=""), safe="").replace("%", "$")
