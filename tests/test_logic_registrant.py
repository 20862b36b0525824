"""Whether somebody registered a package themselves, somebody else did, or that cannot be told."""

import pytest

from bot.logic.registrant import Standing, address, forms, said, standing
from bot.model.package import Registrant
from bot.model.person import Person

MAYA = Person("U0MAYA", "T1", "Maya Okafor", email="maya.okafor@example.com", handle="maya")
DIEGO = Person("U0DIEGO", "T1", "Diego Ramírez", email="diego.ramirez@example.com", handle="diego")
ROBOT = Person("U0BOT", "T1", "Deployer", email="deploy@example.com", bot=True)
PARTNER = Person("U0TOM", "T2", "Tom", email="tom@partner.example", stranger=True)
KNOWN = {person.email: person for person in (MAYA, DIEGO, ROBOT, PARTNER)}
OWN, OTHER, UNKNOWN = Standing.OWN, Standing.OTHER, Standing.UNKNOWN
RUN = "arn:aws:sagemaker:us-west-2:222222222222:pipeline/train/execution/a1"


@pytest.mark.parametrize(
    ("registrant", "expected"),
    [
        # The presser's own, by whatever name.
        (Registrant(source_identity="maya.okafor@example.com"), OWN),
        (Registrant(source_identity="Maya.Okafor@EXAMPLE.com "), OWN),
        (Registrant(source_identity="maya.okafor+aws@example.com"), OWN),
        (Registrant(source_identity="U0MAYA"), OWN),
        (Registrant(center_user="maya.okafor@example.com"), OWN),
        (Registrant(center_user="maya.okafor"), OWN),
        (Registrant(center_user="maya.okafor@another.example"), OWN),
        (Registrant(profile="maya-okafor"), OWN),
        (Registrant(profile="maya"), OWN),
        (Registrant(session="CORP\\maya.okafor"), OWN),
        (Registrant(session="maya.okafor@example.com"), OWN),
        (Registrant(user="MayaOkafor"), OWN),
        (Registrant(source_identity="diego.ramirez@example.com", session="maya.okafor"), OWN),
        (Registrant(source_identity="maya.okafor@example.com", pipeline=RUN), OWN),
        # A colleague's, by an address that was set for them.
        (Registrant(source_identity="diego.ramirez@example.com"), OTHER),
        (Registrant(source_identity="diego.ramirez+ml@example.com"), OTHER),
        (Registrant(center_user="Diego.Ramirez@example.com"), OTHER),
        # What anybody may call themselves shows nothing of others.
        (Registrant(session="diego.ramirez@example.com"), UNKNOWN),
        (Registrant(profile="diego-ramirez"), UNKNOWN),
        (Registrant(user="diego"), UNKNOWN),
        (Registrant(source_identity="diego"), UNKNOWN),
        (Registrant(source_identity="erin@example.com"), UNKNOWN),
        (Registrant(source_identity="deploy@example.com"), UNKNOWN),
        (Registrant(source_identity="tom@partner.example"), UNKNOWN),
        (Registrant(source_identity="diego.ramirez@example.com", pipeline=RUN), UNKNOWN),
        (Registrant(role="ml-pipeline", pipeline=RUN), UNKNOWN),
        (Registrant(role="SageMakerExecution"), UNKNOWN),
        (Registrant(), UNKNOWN),
        (Registrant(source_identity="--", session="@", user="+tag"), UNKNOWN),
    ],
)
def test_how_maya_stands_to_a_package(registrant: Registrant, expected: Standing) -> None:
    """A likeness is enough to refuse; to act alone takes an address that AWS was given for a colleague."""
    assert standing(registrant, MAYA, KNOWN.get) is expected


def test_without_addresses_nobody_acts_alone() -> None:
    """Slack may not give them: likenesses of other names still refuse."""
    bare = Person("U0MAYA", "T1", "Maya Okafor")
    assert standing(Registrant(source_identity="diego.ramirez@example.com"), bare, lambda _: None) is UNKNOWN
    assert standing(Registrant(center_user="maya.okafor@example.com"), bare, lambda _: None) is OWN


def test_an_address_that_slack_gives_to_the_presser_is_theirs() -> None:
    """An alias that the directory leads to the same account."""
    alias = Registrant(source_identity="m.o@example.com")
    assert standing(alias, MAYA, {"m.o@example.com": MAYA}.get) is OWN


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Maya.Okafor+x@Example.com", "maya.okafor@example.com"),
        ("+x@example.com", "+x@example.com"),
        ("maya", ""),
        ("maya@localhost", ""),
        ("a b@example.com", ""),
        ("maya@example.com@example.org", ""),
        ("", ""),
    ],
)
def test_an_address_is_one_without_case_and_plus_tag(word: str, expected: str) -> None:
    """Whatever is none is empty."""
    assert address(word) == expected


def test_forms_leave_out_what_people_write_differently() -> None:
    """Case, separators, accents and full-width letters; nothing has no form that anything could equal."""
    assert forms("Diego Ramírez") == forms("diego-ramirez") == forms("ＤＩＥＧＯ.RAMIREZ") == {"diegoramirez"}  # noqa: RUF001
    assert forms("") == forms("-._") == frozenset()


def test_who_it_was_is_said_by_the_surest_name() -> None:
    """A role alone is nobody."""
    assert said(Registrant(source_identity="a@example.com", session="b")) == "a@example.com"
    assert said(Registrant(session="b", pipeline=RUN)) == "b, by a pipeline"
    assert said(Registrant(role="r", pipeline=RUN)) == "a pipeline"
    assert said(Registrant(role="r")) == "somebody with the role r"
    assert said(Registrant()) == "somebody whom SageMaker does not name"
