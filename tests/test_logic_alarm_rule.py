"""Which alarms a composite alarm's rule names: what the sandbox, which judges by the rule, finds in it."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logic.alarm_rule import children
from bot.logic.plain import plain
from sandbox.aws.cloudwatch.alarm_rules import parse
from sandbox.aws.cloudwatch.expression import Flaw

ARN = "arn:aws:cloudwatch:us-west-2:111111111111:alarm:bank-marketing-accuracy"


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        (f'ALARM("a b") AND (NOT OK({ARN}) OR INSUFFICIENT_DATA( c )) AND ALARM("a b") AND TRUE', ("a b", ARN, "c")),
        (r'ALARM("a\"b") OR OK("c:\\d")', ('a"b', "c:\\d")),
        ('ALARM("a (b) c") AND NOT ALARM("OK(d)")', ("a (b) c", "OK(d)")),
        ("ALARM(bob's) OR OK(d'or)", ("bob's", "d'or")),
        ("AT_LEAST(2, ALARM, (a, b, c))", ("a", "b", "c")),
        ('AT_LEAST(50%, NOT OK, ("a, b", c))', ("a, b", "c")),
        (f"NOT AT_LEAST(1,NOT INSUFFICIENT_DATA,({ARN},b)) OR FALSE", (ARN, "b")),
        ("ALARM(a)\n  AND\n  AT_LEAST (\n1 , ALARM , (\n\tb,\n\tc\n) )", ("a", "b", "c")),
        ("AT_LEAST(1, OK, (ALARM, OK)) AND ALARM(OK)", ("ALARM", "OK")),
        ("TRUE", ()),
        ("FALSE OR NOT (TRUE)", ()),
    ],
)
def test_a_rule_names_its_alarms_in_order(rule: str, named: tuple[str, ...]) -> None:
    """By name, bare or quoted, or by ARN, alone or in an AT_LEAST; each once; the sandbox reads the same."""
    assert children(rule) == named == parse(rule).children


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("ALARM('a')", ("'a'", "a")),
        ("ALARM( 'a b' ) AND OK(c)", ("'a b'", "a b", "c")),
        ("AT_LEAST(1, ALARM, ('a', 'b'))", ("'a'", "a", "'b'", "b")),
    ],
)
def test_single_quotes_may_be_part_of_a_name_or_not(rule: str, named: tuple[str, ...]) -> None:
    """AWS documents double ones only: the alarm is looked for by both names."""
    assert children(rule) == named


_NAMES = st.text(st.characters(exclude_categories=("C", "Zs", "Zl", "Zp")) | st.just(" "), min_size=1, max_size=12)
_SPACE = st.sampled_from(["", " ", "\n\t"])
_STATES = st.sampled_from(["ALARM", "OK", "INSUFFICIENT_DATA"])


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


_WRITTEN = st.builds(
    lambda name, bare: name if bare and not set(name) & set(' (),"') else _quoted(name), _NAMES, st.booleans()
)
_ALONE = st.builds(lambda state, a, name, b: f"{state}{a}({b}{name}{a})", _STATES, _SPACE, _WRITTEN, _SPACE)
_AT_LEAST = st.builds(
    lambda count, negated, state, names, s: (
        f"AT_LEAST{s}({count},{s}{negated}{state}{s},{s}({f'{s},'.join(names)}{s}))"
    ),
    st.sampled_from(["1", "1%", "100%"]),
    st.sampled_from(["", "NOT "]),
    _STATES,
    st.lists(_WRITTEN, min_size=1, max_size=4),
    _SPACE,
)
_RULES = st.recursive(
    _ALONE | _AT_LEAST | st.sampled_from(["TRUE", "false"]),
    lambda inner: (
        inner.map("({})".format)
        | inner.map("NOT {}".format)
        | st.builds("{} {} {}".format, inner, st.sampled_from(["AND", "OR"]), inner)
    ),
    max_leaves=6,
)
_BITS = ["ALARM", "(", ")", "OK", "a", ",", "AT_LEAST", "50%", "1", "NOT ", " AND ", "TRUE", '"', "\\", " ", "'", "\n"]


@settings(max_examples=300, deadline=None)
@given(_RULES | st.lists(st.sampled_from(_BITS), max_size=25).map("".join))
def test_every_alarm_that_a_rule_is_judged_by_is_found(rule: str) -> None:
    """In the order of the sandbox's own parser, also after the rule was made fit to be kept."""
    try:
        wanted = parse(rule).children
    except Flaw:
        return
    found = children(plain(rule, 10_240))
    assert [name for name in found if name in wanted] == list(wanted)
    assert found == wanted or "'" in rule


@pytest.mark.parametrize("piece", ["OK(", 'OK("', 'OK("\\"', "OK('", "ALARM,(a,", "OK,(a\n", "OK  ", '"\\'])
def test_a_rule_that_is_none_costs_no_time(piece: str) -> None:
    """Anybody who may publish to a topic can write one, of as many characters as there may be."""
    began = time.perf_counter()
    assert len(children((piece * 10_240)[:10_240])) <= 1
    assert time.perf_counter() - began < 1
