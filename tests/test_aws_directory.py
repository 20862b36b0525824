"""Directory over HTTP: real boto3 against the sandbox's links and roles."""

import boto3
import pytest

from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.errors import AccessDenied
from bot.model.account import Account
from sandbox.fakes_monitoring import REGION
from sandbox.fakes_organisation import BARE, METRICS, OBSERVABILITY, PRODUCTION, STRICT, TEST, Fleet


def test_the_directory_is_the_links_the_bot_s_own_account_and_those_named_in_the_settings(fleet: Fleet) -> None:
    """By label; ids from the links' ARNs, telemetry as shared; a linked account stays linked when named too."""
    named = (Account("555555555555", "legacy", ("eu-west-1",)), Account(TEST, "another label", ("eu-west-1",)))
    layer = fleet.layer(accounts=named)
    found = layer.directory(fleet.ask()).accounts()
    layer.close()
    assert found.failures == ()
    assert found.items == (
        Account("555555555555", "legacy", ("eu-west-1",), linked=False),
        Account(OBSERVABILITY, "ml-observability", (REGION,), own=True),
        Account(PRODUCTION, "ml-production", (REGION,), METRICS),
        Account(TEST, "ml-test", (REGION, "eu-west-1"), METRICS),
    )


def test_a_region_whose_sink_cannot_be_read_is_a_failure(fleet: Fleet, layer: AwsLayer) -> None:
    """The bot's own account is known all the same."""
    fleet.aws.fault("deny", OBSERVABILITY, "oam:ListSinks")
    found = layer.directory(fleet.ask()).accounts()
    assert [a.id for a in found.items] == [OBSERVABILITY]
    assert [(f.account.id, f.region) for f in found.failures] == [(OBSERVABILITY, REGION)]
    assert found.failures[0].error.cause == (
        "the bot's own role in ml-observability (111111111111) lacks oam:ListSinks"
    )


def test_with_keys_that_nobody_knows_the_fleet_is_no_empty_answer(fleet: Fleet) -> None:
    """It is an error that names the keys."""
    session = boto3.Session("AKIAUNKNOWN000000000", "x", region_name=REGION)
    layer = AwsLayer(session, AwsSettings(endpoint_url=fleet.aws.endpoint_url))
    with pytest.raises(AccessDenied, match="does not know the bot's credentials"):
        layer.directory(fleet.ask()).accounts()
    layer.close()


def test_an_account_without_the_role_is_not_reachable_and_the_others_are(fleet: Fleet, layer: AwsLayer) -> None:
    """The failure says what to check."""
    found = layer.directory(fleet.ask(OBSERVABILITY, BARE, PRODUCTION)).reachable()
    assert [a.id for a in found.items] == [OBSERVABILITY, PRODUCTION]
    (failure,) = found.failures
    assert failure.error.cause == "cannot assume role sagewatch-read in ml-bare (444444444444)"
    assert "trust policy" in failure.error.next_step


def test_a_role_that_wants_an_external_id_gets_it(fleet: Fleet) -> None:
    """Without it the role cannot be assumed."""
    reached = []
    for external_id in (None, "shared-word"):
        layer = fleet.layer(external_id=external_id)
        reached.append(len(layer.directory(fleet.ask(STRICT)).reachable().items))
        layer.close()
    assert reached == [0, 1]
