"""CPUs and GPUs of SageMaker's instance types: CloudWatch counts each as another 100 %.

An endpoint's `CPUUtilization` goes from 0 to 100 % times the number of its CPUs, `GPUUtilization` and
`GPUMemoryUtilization` likewise (AWS docs: "Amazon SageMaker AI metrics in Amazon CloudWatch", endpoint metrics).
"""

import re
from dataclasses import replace

from bot.model.metric import Series

_TYPE = re.compile(r"ml\.([a-z0-9-]+)\.(medium|large|(\d*)xlarge)\Z")
_FAMILIES = frozenset({
    *("t2", "t3", "m4", "m5", "m5d", "m6i", "m6g", "m6gd", "m6id", "m7i", "m7g", "m7gd", "m8g", "c4", "c5"),
    *("c5d", "c5n", "c6i", "c6id", "c6in", "c6g", "c6gd", "c6gn", "c7i", "c7g", "c7gd", "c8g", "r4", "r5"),
    *("r5d", "r5n", "r6i", "r6id", "r6g", "r6gd", "r7i", "r7g", "r7gd", "r8g", "p2", "p3", "p3dn", "p4d"),
    *("p4de", "p5", "p5e", "p5en", "p6-b200", "p6-b300", "g4dn", "g5", "g6", "g6e", "g7", "g7e", "inf1", "inf2"),
    *("trn1", "trn1n", "trn2", "dl1"),
})  # fmt: skip
"""Families whose sizes follow the rule of EC2: `large` has 2, `xlarge` 4, each further one 4 more."""
_OTHER_CPUS = {"ml.c4.8xlarge": 36, "ml.t2.medium": 2, "ml.t3.medium": 2}
"""Sizes that do not (aws.amazon.com/ec2/instance-types, previous generations and T2)."""
_BY_SIZE = {"12": 4, "24": 4, "48": 8}
_GPUS: dict[str, dict[str, int]] = {
    **{family: {**dict.fromkeys(("", "2", "4", "8", "16"), 1), **_BY_SIZE} for family in ("g4dn", "g5", "g6", "g6e")},
    **{family: {**dict.fromkeys(("2", "4", "8"), 1), **_BY_SIZE, "12": 2} for family in ("g7", "g7e")},
    **{family: {"24": 8} for family in ("p3dn", "p4d", "p4de")},
    **{family: {"48": 8} for family in ("p5e", "p5en", "p6-b200", "p6-b300")},
    "p2": {"": 1, "8": 8, "16": 16},
    "p3": {"2": 1, "8": 4, "16": 8},
    "p5": {"4": 1, "48": 8},
}
"""By family and size (docs.aws.amazon.com/ec2, "Accelerated computing instances")."""
_MEASURED = {"CPUUtilization": "vCPU", "GPUUtilization": "GPU", "GPUMemoryUtilization": "GPU"}


def cpus(instance_type: str) -> int | None:
    """How many vCPUs an instance of this type has; None of a type that is not known."""
    match = _TYPE.match(instance_type)
    if match is None or match[1] not in _FAMILIES:
        return None
    sizes = {"medium": 1, "large": 2}
    return _OTHER_CPUS.get(instance_type) or sizes.get(match[2]) or 4 * int(match[3] or 1)


def gpus(instance_type: str) -> int | None:
    """How many GPUs; None of a type that has none or is not known."""
    match = _TYPE.match(instance_type)
    return _GPUS.get(match[1], {}).get(match[3]) if match and match[3] is not None else None


def normalised(series: Series, instance_type: str) -> tuple[Series, str]:
    """Utilization as 0 to 100 % of the instance, and a sentence where that could not be had; others unchanged."""
    part = _MEASURED.get(series.query.metric.name)
    if part is None:
        return series, ""
    count = cpus(instance_type) if part == "vCPU" else gpus(instance_type)
    if count is None:
        return series, f"100 % is one {part}: how many {instance_type or 'its instance'} has is not known."
    return replace(series, values=tuple(value / count for value in series.values)), ""
