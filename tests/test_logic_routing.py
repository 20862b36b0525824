"""The first route that fits, and why the others do not."""

from dataclasses import replace
from typing import Any

import pytest

from bot.logic.check_routes import contradictions
from bot.logic.routing import fits, misses, route_of, taken
from bot.logic.services import about_of, service_of
from bot.model.place import About, Family, Place, Service, ServiceRule, Severity
from bot.model.route import Match, Route, RouteRule
from sandbox.fakes import PLACE

HIGH = About("risk", Severity.HIGH, owner="maya@example.com")
NOBODY = About()


@pytest.mark.parametrize(
    ("match", "about", "missed"),
    [
        ({}, NOBODY, ()),
        ({"accounts": ("222222222222",)}, NOBODY, ()),
        ({"accounts": ("333333333333",)}, NOBODY, ("its account is 222222222222",)),
        ({"teams": ("Risk", "ops")}, HIGH, ()),
        ({"teams": ("ops",)}, HIGH, ("its team is risk",)),
        ({"teams": ("ops",)}, NOBODY, ("nobody said its team",)),
        ({"owners": ("maya@example.com",)}, HIGH, ()),
        ({"families": (Family.MODEL_QUALITY,)}, NOBODY, ()),
        ({"families": (Family.BIAS, Family.OPERATIONS)}, NOBODY, ("it is of model quality",)),
        ({"severity": Severity.MEDIUM}, HIGH, ()),
        ({"severity": Severity.CRITICAL}, HIGH, ("it is only high",)),
        ({"severity": Severity.LOW}, NOBODY, ("nobody said how severe it is",)),
        ({"services": ("bank-*",)}, NOBODY, ()),
        ({"services": ("BANK-market???",)}, NOBODY, ()),
        ({"services": ("bank",)}, NOBODY, ("it is called bank-marketing",)),
        ({"services": ("*" * 200 + "x",)}, NOBODY, ("it is called bank-marketing",)),
        (
            {"accounts": ("1",), "severity": Severity.LOW},
            NOBODY,
            ("its account is 222222222222", "nobody said how severe it is"),
        ),
    ],
)
def test_every_word_of_a_route_must_fit(match: dict[str, Any], about: About, missed: tuple[str, ...]) -> None:
    """What does not is said, and what nobody said never fits."""
    assert misses(Match(**match), PLACE, about) == missed
    assert fits(Match(**match), PLACE, about) is (missed == ())


def test_the_first_route_that_fits_holds_and_the_last_fits_anything() -> None:
    """Order decides, not how narrow a route is."""
    wide = RouteRule(Match(accounts=(PLACE.account_id,)), Route("wide"), 3)
    narrow = RouteRule(Match(accounts=(PLACE.account_id,), services=("bank-marketing",)), Route("narrow"), 9)
    rest = RouteRule(Match(), Route("rest"))
    assert route_of((wide, narrow, rest), PLACE, NOBODY) is wide
    assert route_of((narrow, wide, rest), PLACE, NOBODY) is narrow
    assert route_of((narrow, wide, rest), replace(PLACE, account_id="9"), NOBODY) is rest


def test_a_glob_that_would_bomb_ends_at_once() -> None:
    """A tag may be 256 characters long."""
    bomb = Match(services=("*a" * 60 + "b",))
    assert not fits(bomb, Place("1", "r", "a" * 256, Family.BIAS), NOBODY)


def test_what_a_route_takes_reads_as_words() -> None:
    """As `/ml route` lists it."""
    match = Match(("222222222222",), ("risk",), (), (Family.BIAS,), Severity.HIGH, ("fraud-*", "loan-*"))
    assert taken(match) == "account 222222222222; team risk; bias; at least high; service fraud-*, loan-*"
    assert taken(Match()) == "everything else"


@pytest.mark.parametrize(
    ("tags", "about"),
    [
        ({}, NOBODY),
        ({"sagewatch:team": " risk ", "sagewatch:severity": "High"}, About("risk", Severity.HIGH)),
        ({"sagewatch:severity": "urgent"}, NOBODY),
        (
            {"sagewatch:runbook": "https://r.example/x", "sagewatch:owner": "maya"},
            About(runbook="https://r.example/x", owner="maya"),
        ),
        ({"team": "risk"}, NOBODY),
    ],
)
def test_tags_say_what_is_to_be_known_of_a_service(tags: dict[str, str], about: About) -> None:
    assert about_of(tags) == about


RULES = (
    ServiceRule(r"^prod-fraud-", "fraud", About("risk", Severity.CRITICAL)),
    ServiceRule("", "fraud", About("nobody", runbook="https://r.example/fraud")),
    ServiceRule(r"-batch", "", About(owner="ops")),
    ServiceRule("", "loans", About("loans-team")),
)


@pytest.mark.parametrize(
    ("name", "tags", "service"),
    [
        (
            "prod-fraud-1",
            {},
            Service("fraud", "rule", About("risk", Severity.CRITICAL, "https://r.example/fraud")),
        ),
        (
            "prod-fraud-1",
            {"sagewatch:severity": "low"},
            Service("fraud", "rule", About("risk", Severity.LOW, "https://r.example/fraud")),
        ),
        ("prod-fraud-1", {"sagewatch:service": "loans"}, Service("loans", "tag", About("loans-team"))),
        ("x-batch", {}, Service("x-batch", "name", About(owner="ops"))),
        ("loans", {}, Service("loans", "name", About("loans-team"))),
    ],
)
def test_tags_win_over_settings_word_by_word(name: str, tags: dict[str, str], service: Service) -> None:
    """A rule speaks of the service that it names, or of what its pattern fits; not of one with another's name."""
    assert service_of(name, tags, RULES) == service


@pytest.mark.parametrize(
    ("name", "tags", "said"),
    [
        ("prod-fraud-1", {}, ()),
        ("prod-fraud-1", {"sagewatch:service": "fraud", "sagewatch:team": "risk"}, ()),
        (
            "prod-fraud-1",
            {"sagewatch:service": "loans"},
            ("the tag sagewatch:service says loans, the settings say fraud: the tag holds",),
        ),
        (
            "loans",
            {"sagewatch:team": "x", "sagewatch:severity": "urgent"},
            (
                "the tag sagewatch:team says x, the settings say loans-team: the tag holds",
                "the tag sagewatch:severity says urgent, which is none of low, medium, high, critical",
            ),
        ),
        ("other", {"sagewatch:service": "anything", "sagewatch:team": "y"}, ()),
    ],
)
def test_a_tag_that_contradicts_the_settings_is_told(name: str, tags: dict[str, str], said: tuple[str, ...]) -> None:
    assert contradictions(name, tags, RULES) == said
