"""From a statement's text to the tree of one SELECT."""

from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token, TokenType

from sandbox.athena.dialect import Query
from sandbox.athena.failures import QueryFailed, StatementRefused, at
from sandbox.athena.grammar import strange
from sandbox.athena.parameters import Bound, tokens


def words(sent: str) -> list[Token]:
    """The tokens of one statement, without the semicolon at its end. Raises StatementRefused of none and of more."""
    found = tokens(sent)
    while found and found[-1].token_type is TokenType.SEMICOLON:
        found.pop()
    if not found:
        raise StatementRefused(at(1, 1, "mismatched input '<EOF>'"))
    if any(token.token_type is TokenType.SEMICOLON for token in found):
        raise StatementRefused(f"Only one sql statement is allowed. Got: {sent}")
    return found


def select(bound: Bound) -> exp.Query:
    """A SELECT's tree. Raises StatementRefused where it cannot be read, QueryFailed of what is not known here."""
    try:
        trees = [tree for tree in Query().parse(bound.text) if tree is not None]
    except ParseError as error:
        raise StatementRefused(_mismatch(bound, error)) from None
    except RecursionError:
        raise StatementRefused(at(1, 1, "statement is too large (stack overflow while parsing)")) from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise StatementRefused("Queries of this type are not supported")
    for unnest in trees[0].find_all(exp.Unnest):
        _restore_ordinal(unnest)
    for node in trees[0].walk():
        if found := strange(node):
            raise QueryFailed("NOT_SUPPORTED", f"the sandbox does not run {found}")
    return trees[0]


def _restore_ordinal(unnest: exp.Unnest) -> None:
    """Sqlglot takes the last alias of `WITH ORDINALITY` from the list of columns; it goes back."""
    place = unnest.args.get("offset")
    if isinstance(place, exp.Identifier):
        unnest.args["alias"].append("columns", place.copy())
        unnest.set("offset", True)


def _mismatch(bound: Bound, error: ParseError) -> str:
    """Trino's words as far as sqlglot tells what it met; what Trino would have expected it does not tell."""
    found = error.errors[0]
    word = str(found.get("highlight") or "<EOF>")
    lines = bound.text.split("\n")[: int(found.get("line") or 1) - 1]
    end = sum(len(line) + 1 for line in lines) + int(found.get("col") or 1)
    return at(*bound.place(max(0, end - len(word))), f"mismatched input '{word}'")
