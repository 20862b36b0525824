"""The parts of a SELECT that are known to mean the same to Trino and to DuckDB; whatever else sqlglot reads is refused.

A dictionary rather than a rule: what sqlglot learns to parse later stays refused until it is written here and tested.
"""

from sqlglot import exp

_BINARY = ["EQ", "NEQ", "GT", "GTE", "LT", "LTE", "And", "Or", "Add", "Sub", "Mul", "Div", "Mod", "DPipe", "Escape"]
_QUERY = "with_ order limit offset distinct"
PARTS: dict[str, frozenset[str]] = {
    name: frozenset(parts.split())
    for name, parts in {
        **dict.fromkeys(_BINARY, "this expression typed safe"),
        "Select": f"{_QUERY} expressions from_ joins where group having",
        **dict.fromkeys(("Union", "Intersect", "Except"), f"{_QUERY} this expression"),
        "With": "expressions",
        "CTE": "this alias",
        "Subquery": "this alias",
        "Table": "this db catalog alias joins",
        "TableAlias": "this columns",
        "From": "this",
        "Join": "this on side kind using",
        "Where": "this",
        "Group": "expressions",
        "Having": "this",
        "Order": "this expressions",
        "Ordered": "this desc nulls_first",
        "Limit": "expression",
        "Offset": "expression",
        "Distinct": "expressions",
        "Alias": "this alias",
        "Star": "",
        "Unnest": "expressions alias offset",
        "Values": "expressions alias",
        "Tuple": "expressions",
        "Window": "this partition_by order spec over",
        "WindowSpec": "kind start start_side end end_side",
        "Filter": "this expression",
        "Column": "this table db catalog",
        "Identifier": "this quoted",
        "Literal": "this is_string",
        "Null": "",
        "Boolean": "this",
        "Paren": "this",
        "Dot": "this expression",
        "Bracket": "this expressions",
        "Array": "expressions",
        "Anonymous": "this expressions",
        "Cast": "this to",
        "TryCast": "this to safe",
        "DataType": "this expressions nested",
        "DataTypeParam": "this",
        "ColumnDef": "this kind",
        "Case": "this ifs default",
        "If": "this true false",
        "Like": "this expression negate",
        "Not": "this",
        "In": "this expressions query",
        "Between": "this low high",
        "Is": "this expression",
        "Neg": "this",
        "Interval": "this unit",
        "Var": "this",
        "Extract": "this expression",
        "Substring": "this start length",
        "Trim": "this expression position",
        "StrPosition": "this substr",
        "CurrentDate": "",
        "CurrentTimestamp": "",
        "Localtimestamp": "",
        "Exists": "this",
    }.items()
}
_JOINS = frozenset({"", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "OUTER"})


def strange(node: exp.Expr) -> str:
    """What is not known about a node, in a word or two; empty when all is."""
    parts = PARTS.get(type(node).__name__)
    if parts is None:
        return str(node.key)
    odd = [name for name, value in node.args.items() if value and name not in parts]
    if isinstance(node, exp.Join):
        odd += [word for word in (node.side, node.kind) if word.upper() not in _JOINS]
    if isinstance(node, exp.Limit | exp.Offset) and not isinstance(node.expression, exp.Literal):
        odd.append("without a number")
    return f"{node.key} {odd[0].rstrip('_')}" if odd else ""
