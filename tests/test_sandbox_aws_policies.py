"""IAM policy evaluation as the IAM User Guide describes it."""

from typing import Any

import pytest

from sandbox.aws.policies import Act, Context, Verdict, judge, like_arn, parsed

LIST = "sagemaker:ListModels"
ENDPOINT = "arn:aws:sagemaker:us-west-2:222222222222:endpoint/bank"
ROLE = "arn:aws:iam::111111111111:role/sagewatch-bot"
CONTEXT: Context = {
    "aws:principalarn": ROLE,
    "aws:requestedregion": "us-west-2",
    "oam:resourcetypes": ("Metric", "LogGroup"),
}


def allow(**extra: Any) -> dict[str, Any]:
    """A statement that allows everything unless told otherwise."""
    return {"Effect": "Allow", "Action": "*", "Resource": "*"} | extra


def verdict(*statements: dict[str, Any], action: str = LIST, resource: str = "*") -> Verdict:
    """What one document of these statements says."""
    return judge([{"Version": "2012-10-17", "Statement": list(statements)}], Act(action, resource, CONTEXT))


def test_without_a_matching_statement_a_document_says_nothing() -> None:
    assert verdict() is Verdict.SILENT
    assert verdict(allow(Action="s3:*")) is Verdict.SILENT


def test_an_explicit_deny_wins_wherever_it_stands() -> None:
    assert verdict(allow(), allow(Effect="Deny")) is Verdict.DENY
    assert verdict(allow(Effect="Deny"), allow()) is Verdict.DENY


@pytest.mark.parametrize(
    ("element", "allowed"),
    [
        ({"Action": "sagemaker:List*"}, True),
        ({"Action": "SageMaker:listmodels"}, True),
        ({"Action": ["s3:GetObject", "sagemaker:ListModel?"]}, True),
        ({"Action": "sagemaker:Describe*"}, False),
    ],
)
def test_actions_match_by_wildcard_whatever_their_case(element: dict[str, Any], allowed: bool) -> None:
    assert (verdict(allow(**element)) is Verdict.ALLOW) is allowed


def test_not_action_and_not_resource_turn_the_match_round() -> None:
    others = {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}
    assert verdict(others) is Verdict.ALLOW
    assert verdict(others, action="s3:GetObject") is Verdict.SILENT
    elsewhere = {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:sagemaker:*:*:endpoint/bank"}
    assert verdict(elsewhere, resource=ENDPOINT) is Verdict.SILENT
    assert verdict(elsewhere, resource=ENDPOINT + "-2") is Verdict.ALLOW


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("*", True),
        (ENDPOINT, True),
        ("arn:aws:sagemaker:*:222222222222:endpoint/*", True),
        ("arn:aws:sagemaker:us-west-2:222222222222:endpoint/ban?", True),
        ("arn:aws:sagemaker:*:endpoint/bank", False),
        ("arn:aws:*endpoint/bank", False),
        ("arn:aws:sagemaker:us-west-2:222222222222:endpoint/Bank", False),
    ],
)
def test_a_wildcard_stays_within_its_part_of_an_arn(pattern: str, matches: bool) -> None:
    assert like_arn(pattern, ENDPOINT) is matches


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"StringEquals": {"aws:PrincipalArn": ROLE}}, True),
        ({"StringEquals": {"AWS:principalarn": [ROLE + "x", ROLE]}}, True),
        ({"StringEquals": {"aws:PrincipalArn": ROLE + "x"}}, False),
        ({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/sagewatch-*"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/*"}}, True),
        ({"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}, True),
        ({"StringNotLike": {"aws:RequestedRegion": "us-*"}}, False),
        ({"StringEquals": {"aws:PrincipalArn": ROLE, "aws:RequestedRegion": "eu-west-1"}}, False),
        ({"StringEquals": {"sts:ExternalId": "x"}}, False),
        ({"StringEqualsIfExists": {"sts:ExternalId": "x"}}, True),
        ({"StringNotEquals": {"sts:ExternalId": "x"}}, True),
        ({"Null": {"sts:ExternalId": "true"}}, True),
        ({"Null": {"aws:PrincipalArn": True}}, False),
        ({"ForAllValues:StringEquals": {"oam:ResourceTypes": ["Metric", "LogGroup", "Trace"]}}, True),
        ({"ForAllValues:StringEquals": {"oam:ResourceTypes": ["Metric"]}}, False),
        ({"ForAnyValue:StringEquals": {"oam:ResourceTypes": ["Metric"]}}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}, True),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}}, False),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, False),
        ({"StringEquals": {"ec2:Owner": "me"}}, False),
        ({"StringNotEquals": {"ec2:Owner": "me"}}, False),
    ],
)
def test_conditions(condition: dict[str, Any], holds: bool) -> None:
    """What is not known here never makes an Allow apply."""
    assert (verdict(allow(Condition=condition)) is Verdict.ALLOW) is holds


@pytest.mark.parametrize(
    "condition", [{"NumericLessThan": {"s3:max-keys": "10"}}, {"StringEquals": {"ec2:Owner": "me"}}]
)
def test_a_deny_whose_condition_is_not_known_applies(condition: dict[str, Any]) -> None:
    """The stricter reading in both directions."""
    assert verdict(allow(), allow(Effect="Deny", Condition=condition)) is Verdict.DENY


def test_a_single_statement_may_stand_without_a_list() -> None:
    document = {"Statement": allow()}
    assert judge([document], Act(LIST, "*", {})) is Verdict.ALLOW


@pytest.mark.parametrize("text", ["", "[]", '"x"', "{}"])
def test_what_is_no_policy_document_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parsed(text)
