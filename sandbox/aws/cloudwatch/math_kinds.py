"""What kinds of values metric math combines: a scalar S, a time series TS, an array of time series TS[].

Source: CloudWatch user guide, "Metric math syntax and functions": the tables of arguments and return types. What they
do not list is refused.
"""

from collections.abc import Mapping
from enum import Enum
from itertools import product

from sandbox.aws.cloudwatch.expression import Flaw
from sandbox.aws.cloudwatch.math_syntax import ARRAY, NEGATE, Apply, Name, Number, Program, Step, Text, Word
from sandbox.aws.errors import NotImplementedInSandbox


class Kind(Enum):
    """The value is AWS's word for it in errors."""

    SCALAR = "Scalar"
    SERIES = "TimeSeries"
    METRIC = "Metric"  # a series that a query reads rather than computes: PERIOD takes no other
    ARRAY = "Array[TimeSeries]"
    TEXT = "String"
    FILLER = "REPEAT or LINEAR"
    RANKING = "a sort function"
    ORDER = "ASC or DESC"


S, TS, A, TEXT = Kind.SCALAR, Kind.SERIES, Kind.ARRAY, Kind.TEXT
_WORDS = {
    **dict.fromkeys(("REPEAT", "LINEAR"), Kind.FILLER),
    **dict.fromkeys(("AVG", "MIN", "MAX", "SUM"), Kind.RANKING),
    **dict.fromkeys(("ASC", "DESC"), Kind.ORDER),
}
Signatures = dict[tuple[Kind, ...], Kind]

_EACH: Signatures = {(TS,): TS, (A,): A}
_AGGREGATE: Signatures = {(TS,): S, (A,): TS}
_LOGIC: Signatures = {(S, S): S, (S, TS): TS, (TS, S): TS, (TS, TS): TS}
_ARITHMETIC: Signatures = {**_LOGIC, (S, A): A, (A, S): A, (TS, A): A, (A, TS): A}
_MOMENT: Signatures = {(TS,): TS}
_ONE_OF_MANY: Signatures = {(A,): TS}
_CHOICE: Signatures = {
    arguments: TS
    for then in (S, TS)
    for arguments in ((TS, then), *((TS, then, other) for other in (S, TS)), (S, TS), (S, TS, TS))
}
_FILLED: Signatures = {
    **{(TS, filler): TS for filler in (S, Kind.FILLER)},
    **{(A, filler): A for filler in (S, TS, Kind.FILLER)},
}
_SORTED = (A, Kind.RANKING, Kind.ORDER)
_SIGNATURES: dict[str, Signatures] = {
    **dict.fromkeys("+-*/^", _ARITHMETIC),
    **dict.fromkeys(("==", "!=", "<=", ">=", "<", ">", "AND", "OR"), _LOGIC),
    **dict.fromkeys(("ABS", "CEIL", "DIFF", "DIFF_TIME", "FLOOR", "LOG", "LOG10", "RATE", "RUNNING_SUM"), _EACH),
    **dict.fromkeys(("AVG", "DATAPOINT_COUNT", "MAX", "MIN", "STDDEV", "SUM"), _AGGREGATE),
    **dict.fromkeys(("MINUTE", "HOUR", "DAY", "DATE", "MONTH", "YEAR", "EPOCH"), _MOMENT),
    **dict.fromkeys(("FIRST", "LAST"), _ONE_OF_MANY),
    NEGATE: {**_EACH, (S,): S},
    "FILL": _FILLED,
    "IF": _CHOICE,
    "METRICS": {(): A, (TEXT,): A},
    "METRIC_COUNT": {(A,): S},
    "PERIOD": {(Kind.METRIC,): S},
    "REMOVE_EMPTY": {(A,): A},
    "SEARCH": {(TEXT, TEXT): A, (TEXT, TEXT, S): A},
    "SLICE": {(A, S): A, (A, S, S): A},
    "SORT": {_SORTED: A, (*_SORTED, S): A},
    "TIME_SERIES": {(S,): TS},
}
_REFUSED = frozenset({"ANOMALY_DETECTION_BAND", "DB_PERF_INSIGHTS", "INSIGHT_RULE_METRIC", "LAMBDA", "SERVICE_QUOTA"})


def kind_of(program: Program, names: Mapping[str, Kind]) -> Kind:
    """What the program ends with; `names` are the kinds of the request's other queries.

    Raises Flaw for a combination that the guide does not list, for an id that is not there, and for a scalar result
    ("all final results of expressions must be a single time series or an array of time series");
    NotImplementedInSandbox for the functions that need services which are not here.
    """
    stack: list[Kind] = []
    for step in program:
        if isinstance(step, Apply):
            arguments = stack[len(stack) - step.count :]
            del stack[len(stack) - step.count :]
            stack.append(_applied(step.function, arguments))
        else:
            stack.append(_given(step, names))
    (final,) = stack
    if final not in {TS, Kind.METRIC, A}:
        raise Flaw("The result must be a time series or an array of time series")
    return TS if final is Kind.METRIC else final


def _given(step: Step, names: Mapping[str, Kind]) -> Kind:
    match step:
        case Number():
            return S
        case Text():
            return TEXT
        case Name(id=name) if name in names:
            return names[name]
        case Word(word=word) if word in _WORDS:
            return _WORDS[word]
        case Name(id=unknown) | Word(word=unknown):
            raise Flaw(f"Undefined expression name '{unknown}'")
        case _:
            raise AssertionError(step)


def _applied(function: str, arguments: list[Kind]) -> Kind:
    if function in _REFUSED:
        raise NotImplementedInSandbox(f"the metric math function {function}")
    if function == ARRAY:
        return _array(arguments)
    signatures = _SIGNATURES.get(function)
    if signatures is None:
        raise Flaw(f"Unknown function '{function}'")
    for taken in product(*((kind, TS) if kind is Kind.METRIC else (kind,) for kind in arguments[:5])):
        if len(arguments) == len(taken) and taken in signatures:
            return signatures[taken]
    shown = ", ".join(kind.value for kind in arguments[:5])
    if function.isupper() and function not in {"AND", "OR"}:
        raise Flaw(f"Unsupported arguments for {function}: '[{shown}]'")
    raise Flaw(f"Unsupported operand type(s) for {'-' if function == NEGATE else function}: '[{shown}]'")


def _array(arguments: list[Kind]) -> Kind:
    """Series and arrays side by side, as in SUM([METRICS("4xx"), METRICS("5xx")])."""
    wrong = [kind for kind in arguments if kind not in {TS, Kind.METRIC, A}]
    if wrong:
        raise Flaw(f"An array holds time series only, not '{wrong[0].value}'")
    return A
