"""Who is behind a call, and how that is known: the ladder over recorded identities."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.logic.actor import actor
from bot.model.trail import Actor, KnownBy
from sandbox import fakes_trail as trail

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
ACCOUNT = trail.PRODUCTION
SESSION = "arn:aws:sts::222222222222:assumed-role"


def test_the_surest_of_what_is_said_counts() -> None:
    """Each step of the ladder, by identities as CloudTrail writes them."""
    known = {
        trail.DIEGO: ("diego-ramirez", KnownBy.SOURCE_IDENTITY),
        trail.MAYA: ("maya.okafor@example.com", KnownBy.IDENTITY_CENTER),
        trail.PIPELINE: ("deploy-4711", KnownBy.SESSION_NAME),
        trail.PRIYA: ("priya", KnownBy.IAM_USER),
        trail.root: ("root", KnownBy.ROOT),
        trail.by_service: ("sagemaker.amazonaws.com", KnownBy.SERVICE),
        trail.STUDIO: (trail.STUDIO_ROLE, KnownBy.SHARED_ROLE),
        trail.BOT: ("U0PRIYANAT", KnownBy.THIS_BOT),
    }
    for who, (name, how) in known.items():
        found = actor(who(ACCOUNT, NOW), "sagewatch-operate")
        assert (found.name, found.known_by) == (name, how)


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ({}, Actor("unknown", KnownBy.UNKNOWN)),
        ({"type": "Unknown"}, Actor("unknown", KnownBy.UNKNOWN)),
        ({"type": "AWSAccount", "accountId": "555555555555"}, Actor("555555555555", KnownBy.ACCOUNT)),
        ({"type": "SAMLUser", "userName": "ana"}, Actor("ana", KnownBy.SESSION_NAME)),
        ({"type": "WebIdentityUser", "userName": "repo:bank"}, Actor("repo:bank", KnownBy.SESSION_NAME)),
        ({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "9448"}}, Actor("9448", KnownBy.IDENTITY_CENTER)),
        (
            {"type": "FederatedUser", "arn": "arn:aws:sts::222222222222:federated-user/ana"},
            Actor("ana", KnownBy.SESSION_NAME, session="ana"),
        ),
        (
            {"type": "AssumedRole", "arn": f"{SESSION}/app/i-0123456789abcdef0"},
            Actor("app", KnownBy.SHARED_ROLE, "app", "i-0123456789abcdef0"),
        ),
        (
            {"type": "AssumedRole", "arn": f"{SESSION}/app/botocore-session-1700000000", "sessionContext": None},
            Actor("app", KnownBy.SHARED_ROLE, "app", "botocore-session-1700000000"),
        ),
        (
            {"type": "AssumedRole", "arn": f"{SESSION}/app/ana", "sessionContext": {"sourceIdentity": ""}},
            Actor("ana", KnownBy.SESSION_NAME, "app", "ana"),
        ),
        (
            {"type": "AssumedRole", "arn": f"{SESSION}/AWSReservedSSOX/SageMaker", "invokedBy": "x.amazonaws.com"},
            Actor("AWSReservedSSOX", KnownBy.SHARED_ROLE, "AWSReservedSSOX", "SageMaker"),
        ),
    ],
)
def test_identities_that_say_little(identity: dict[str, Any], expected: Actor) -> None:
    """Nobody is made up: a role that many share is not taken for a person."""
    assert actor(identity, "sagewatch-operate") == expected
