"""SEARCH: the metrics that a search finds, each as a series.

Source: CloudWatch user guide, "CloudWatch search expression syntax". The guide says of a schema's dimensions that the
metric has them, and its examples show that it has no others; a schema of a namespace alone takes any dimensions. Only
metrics that reported within two weeks are found; of more than 500 the first by account and name.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache

from sandbox.aws.cloudwatch.boolean_terms import holds
from sandbox.aws.cloudwatch.expression import Context, Flaw, Located, Note, Series
from sandbox.aws.cloudwatch.search_syntax import ACCOUNT, Search, Term, parse
from sandbox.aws.cloudwatch.search_tokens import matches, wanted, whole
from sandbox.aws.cloudwatch.statistic import statistic as known

LOOK_BACK = timedelta(weeks=2)
MOST = 500
"""Time series of a graph ("Search expression limits")."""
_Test = Callable[[Located], bool]


def found(query: str, statistic: str, period_s: int, context: Context) -> tuple[Series, ...]:
    """The series that a search finds. Raises Flaw where it is none, or for what is no statistic."""
    if known(statistic) is None:
        raise Flaw(f"'{statistic}' is no statistic")
    test = finder(parse(query), context.account_id)
    chosen = [one for one in context.select(LOOK_BACK) if test(one)]
    if len(chosen) > MOST:
        context.note(Note.METRICS)
    return tuple(context.read(one, statistic, period_s) for one in chosen[:MOST])


def finder(search: Search, own_account: str) -> _Test:
    """A test of a metric; 'LOCAL' is one's own account."""
    program = [step if isinstance(step, str) else _test(step, own_account) for step in search.program]

    def test(located: Located) -> bool:
        return _in_schema(search, located) and holds(program, lambda term: term(located))

    return test


def _in_schema(search: Search, located: Located) -> bool:
    key = located.key
    if search.namespace not in {None, key.namespace}:
        return False
    if not search.dimensions:
        return True
    return len(key.dimensions) == len(search.dimensions) and all(
        name in search.dimensions for name, _ in key.dimensions
    )


def _test(term: Term, own_account: str) -> _Test:
    if term.of == ACCOUNT:
        account = own_account if term.text == "LOCAL" else term.text
        return lambda located: located.account_id == account
    same = term.text.__eq__ if term.exact else _partly(term.text)
    return lambda located: any(same(name) for name in _names(located, term.of))


def _partly(text: str) -> Callable[[str], bool]:
    """Of a fleet's metrics most names are the same: each is judged once."""
    sought, entire = wanted(text), whole(text)
    return cache(lambda name: matches(sought, entire, name))


def _names(located: Located, of: str) -> Iterator[str]:
    """The metric's names that a term may match: those of one property, or all."""
    key = located.key
    if of in {"", "MetricName"}:
        yield key.name
    if of in {"", "Namespace"}:
        yield key.namespace
    for name, value in key.dimensions:
        if not of:
            yield name
        if of in {"", name}:
            yield value
