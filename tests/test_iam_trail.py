"""The trail's printed policies suffice for every question to it, and nothing in them is too much."""

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest

import bot.app  # noqa: F401  # importing it imports every adapter, whose actions are declared beside them
from bot.aws import actions
from bot.aws.calls import Heard, listen
from bot.errors import BotError
from bot.model.observation import Window
from bot.model.trail import TrailQuery, Wanted
from bot.setup import iam
from bot.setup.iam import Grant, Names, Rights
from bot.setup.iam_trail import DATABASE, MULTIPART, TrailNames, bot_trail_grants, place
from sandbox.fakes_trail import OBSERVABILITY, PRODUCTION
from sandbox.fakes_trail_site import LOGS, NOW, RESULTS, Site, served
from sandbox.fakes_trail_story import story

RIGHTS = Rights(frozenset(), frozenset(), trail=actions.declared("trail"), trail_read=actions.declared("trail-read"))
TRAIL = TrailNames("observability", "trail", "primary", (LOGS, ""), (RESULTS, ""))
OWN = bot_trail_grants(RIGHTS.trail, OBSERVABILITY, TRAIL)
READ = iam.trail_read_grants(RIGHTS)
ASSUME = ("sts:AssumeRole", "*")
"""Of the bot's other policy."""
QUERY = TrailQuery("SELECT eventname FROM events ORDER BY eventtime DESC", (), 10)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """With the bank's story."""
    with served() as made:
        made.deliver(story(NOW))
        made.remember(story(NOW))
        yield made


def attach(site: Site, own: Iterable[Grant] = OWN, read: Iterable[Grant] = READ) -> None:
    """The policies in place of the site's own."""
    document = json.dumps(iam.policy([*own, *READ, ASSUME]))
    bot = site.aws.client("iam", OBSERVABILITY)
    bot.put_user_policy(UserName="sagewatch-bot", PolicyName="bot", PolicyDocument=document)
    reader = site.aws.client("iam", PRODUCTION)
    given = json.dumps(iam.policy([*read, ("sagemaker:ListEndpoints", "*")]))
    reader.put_role_policy(RoleName="sagewatch-read", PolicyName="read", PolicyDocument=given)


def ask_everything(site: Site) -> list[str]:
    """Every method of a bot that remembers nothing; what it was told."""
    layer = site.layer()
    window = Window(NOW - timedelta(days=9), NOW)
    told: list[str] = []
    runs: list[str] = []
    trail = site.trail(layer, PRODUCTION, running=runs.append)
    tries = (
        lambda: trail.estimate(window),
        lambda: trail.ask(QUERY, window),
        lambda: told.extend(f.error.cause for f in trail.calls(Wanted("DeleteEndpoint"), window).failures),
        lambda: trail.stop(runs[0]) if runs else None,
        lambda: layer.trail_layout(site.ask(PRODUCTION), "us-west-2", LOGS, ""),
    )
    for one in tries:
        try:
            one()
        except BotError as error:
            told.append(error.cause)
    return told


def test_the_policies_suffice_for_every_question_to_the_trail(site: Site) -> None:
    """Every declared action is called, and none is refused."""
    attach(site)
    heard: list[Heard] = []
    end = listen(heard.append)
    assert ask_everything(site) == []
    end()
    assert {h.action for h in heard} - {"sts:GetCallerIdentity", "sts:AssumeRole"} == RIGHTS.trail | RIGHTS.trail_read


@pytest.mark.parametrize("grant", [g for g in OWN if g[0] not in {*MULTIPART, DATABASE}], ids=" ".join)
def test_the_bots_own_role_needs_each_of_its_grants(site: Site, grant: Grant) -> None:
    """Without it something is refused, and it is said."""
    attach(site, own=[g for g in OWN if g != grant])
    assert ask_everything(site)


def test_the_read_role_needs_its_grant(site: Site) -> None:
    """Without it what is new is not seen, and the right that lacks is named."""
    attach(site, read=())
    told = ask_everything(site)
    assert told == [f"role sagewatch-read in ml-production ({PRODUCTION}) lacks cloudtrail:LookupEvents"]


def test_the_log_archive_s_other_objects_and_other_tables_stay_closed(site: Site) -> None:
    """One bucket, one table, one work group."""
    attach(site)
    other = site.layer(workgroup="other")
    with pytest.raises(BotError):
        site.trail(other, PRODUCTION).ask(QUERY, Window(NOW - timedelta(days=1), NOW))


def test_without_a_trail_no_policy_of_it_is_printed() -> None:
    """And with one, one for each role."""
    with_one = iam.documents(RIGHTS, Names(trail=TRAIL))
    without = iam.documents(RIGHTS, Names(trail=None))
    titles = [d.title for d in with_one if d not in without]
    assert titles == ["Policy of role sagewatch-read for the trail", "Policy of role sagewatch-bot for the trail"]


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("", ("NAMED", "")),
        ("s3://bucket", ("bucket", "")),
        ("s3://bucket/", ("bucket", "")),
        ("s3://bucket/a/b/", ("bucket", "a/b/")),
    ],
)
def test_a_place_in_s3_is_bucket_and_prefix(uri: str, expected: tuple[str, str]) -> None:
    """What is not set is for the reader to replace."""
    assert place(uri, "NAMED") == expected
