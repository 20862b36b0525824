"""CPUs and GPUs of an instance type, held against EC2's own descriptions."""

import gzip
import json
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from botocore.loaders import Loader

from bot.logic.cores import cpus, gpus, normalised
from bot.model.metric import Metric, Query, Series


@cache
def described() -> dict[str, Any]:
    """What EC2's DescribeInstanceTypes says, as moto recorded it."""
    found: dict[str, Any] = json.loads(
        gzip.decompress((files("moto.ec2") / "resources" / "instance_types.json.gz").read_bytes())
    )
    return found


def hosting() -> list[str]:
    """Types that an endpoint may have, as this botocore knows them."""
    shapes = Loader().load_service_model("sagemaker", "service-2")["shapes"]
    return list(shapes["ProductionVariantInstanceType"]["enum"])


def test_every_type_of_endpoints_has_the_cpus_and_gpus_that_ec2_describes() -> None:
    """Some 270 types; those that EC2 does not describe any more are in the table below."""
    known = [name for name in hosting() if name.removeprefix("ml.") in described()]
    assert len(known) > 250
    for name in known:
        ec2 = described()[name.removeprefix("ml.")]
        assert cpus(name) == ec2["VCpuInfo"]["DefaultVCpus"], name
        cards = sum(one["Count"] for one in ec2.get("GpuInfo", {}).get("Gpus", ()))
        assert gpus(name) == (cards or None), name


CASES = [
    ("ml.p2.16xlarge", 64, 16),
    ("ml.p3.2xlarge", 8, 1),
    ("ml.p3.8xlarge", 32, 4),
    ("ml.dl1.24xlarge", 96, None),
    ("ml.t3.medium", 2, None),
    ("ml.m4.10xlarge", 40, None),
    ("ml.c8g.medium", 1, None),
    ("ml.z9.4xlarge", None, None),
    ("ml.p6e-gb200.36xlarge", None, None),
    ("m5.large", None, None),
    ("ml.m5.metal", None, None),
    ("ml.m5.large\n", None, None),
    ("", None, None),
]


@pytest.mark.parametrize(("name", "cores", "cards"), CASES)
def test_types_by_rule_and_what_is_not_known(name: str, cores: int | None, cards: int | None) -> None:
    """A family that nobody described is not guessed."""
    assert (cpus(name), gpus(name)) == (cores, cards)


def series(name: str, *values: float) -> Series:
    """Of an endpoint's instances."""
    metric = Metric("111122223333", "eu-west-1", "/aws/sagemaker/Endpoints", name, ())
    return Series(Query(metric, "Average"), 60, tuple(map(float, range(len(values)))), values)


@pytest.mark.parametrize(
    ("metric", "instance_type", "value", "shown"),
    [
        ("CPUUtilization", "ml.m4.xlarge", 200.0, 50.0),
        ("GPUMemoryUtilization", "ml.g5.12xlarge", 100.0, 25.0),
        ("MemoryUtilization", "ml.m4.xlarge", 40.0, 40.0),
        ("CPUUtilizationNormalized", "ml.m4.xlarge", 40.0, 40.0),
    ],
)
def test_utilization_is_of_the_whole_instance(metric: str, instance_type: str, value: float, shown: float) -> None:
    """Memory and disk are of the whole already."""
    made, said = normalised(series(metric, value), instance_type)
    assert (made.values, said) == ((shown,), "")


def test_of_an_unknown_type_the_value_stays_and_it_is_said() -> None:
    """As AWS gives it."""
    given = series("CPUUtilization", 250.0)
    assert normalised(given, "ml.z9.4xlarge") == (given, "100 % is one vCPU: how many ml.z9.4xlarge has is not known.")
    assert "one GPU: how many its instance has" in normalised(series("GPUUtilization", 5.0), "")[1]
