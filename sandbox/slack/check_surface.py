"""Blocks on their surface: what may stand in a message, a modal, an App Home; unique ids; counts and budgets."""

import copy
import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sandbox.slack import check_charts, check_layout, check_tables
from sandbox.slack.check import Check, Problems, flag, many, shape, string, typed
from sandbox.slack.check_rich_text import RICH_TEXT
from sandbox.slack.check_text import IDENTIFIER, plain
from sandbox.slack.errors import SlackError
from sandbox.slack.records import Json

MESSAGE_CHARS = 13_200
"""Characters of a message's blocks together, as measured in slackapi/bolt-js#2509 (`msg_blocks_too_long`).

The cells of `table` and `data_table` have budgets of their own, larger than this one, and are not counted.
"""

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MARKDOWN_CHARS = 12_000

_EVERYWHERE: dict[str, Check] = {
    "rich_text": RICH_TEXT,
    **{
        name: check_layout.BLOCKS[name]
        for name in ("header", "section", "context", "actions", "divider", "image", "input")
    },
}
_SHOWN_DATA = {**check_tables.BLOCKS, **check_charts.BLOCKS}

SURFACES: dict[str, dict[str, Check]] = {
    "message": {**_EVERYWHERE, **_SHOWN_DATA, "markdown": check_layout.BLOCKS["markdown"]},
    "modal": {**_EVERYWHERE, "alert": check_layout.BLOCKS["alert"]},
    "home": {**_EVERYWHERE, **_SHOWN_DATA},
}
"""Which blocks each surface takes: tables and charts never in modals, alerts only there."""

AT_MOST = {"table": 1, "data_visualization": 2}
"""Blocks of one kind in one message."""


def checked_blocks(blocks: Any) -> list[Json]:
    """A message's blocks with their ids filled in; raises SlackError: invalid_blocks or msg_blocks_too_long."""
    problems = problems_of(blocks, "message")
    if problems:
        raise SlackError("invalid_blocks", response_metadata={"messages": problems})
    if _counted(blocks) > MESSAGE_CHARS:
        raise SlackError("msg_blocks_too_long")
    return _with_ids(blocks)


def checked_view(view: Any, kind: str) -> Json:
    """A view of this kind with its block ids filled in; raises SlackError: invalid_arguments with the reasons."""
    problems = Problems()
    _VIEWS[kind](view, "/view", problems)
    if isinstance(view, dict):
        problems.messages += problems_of(view.get("blocks", []), kind, "/view/blocks")
        blocks = view.get("blocks")
        has_input = isinstance(blocks, list) and any(_is(block, "input") for block in blocks)
        if kind == "modal" and has_input and "submit" not in view:
            problems.add("a modal with input blocks needs a submit button: missing required field: submit", "/view")
    if problems.messages:
        raise SlackError("invalid_arguments", response_metadata={"messages": problems.messages})
    return {**view, "blocks": _with_ids(view["blocks"])}


def problems_of(blocks: Any, surface: str, pointer: str = "/blocks") -> list[str]:
    """Everything that is wrong with blocks on a surface, in Slack's wording; empty when all is well."""
    problems = Problems()
    most = MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS
    many(typed(SURFACES[surface]), most, 0)(blocks, pointer, problems)
    if isinstance(blocks, list):
        _unique_ids(blocks, pointer, problems)
        _counts(blocks, surface, pointer, problems)
    return problems.messages


def _is(block: Any, kind: str) -> bool:
    return isinstance(block, dict) and block.get("type") == kind


def _counts(blocks: list[Any], surface: str, pointer: str, problems: Problems) -> None:
    kinds = Counter(str(block.get("type")) for block in blocks if isinstance(block, dict))
    for kind, most in AT_MOST.items():
        if kinds[kind] > most and surface == "message":
            problems.add(f"only {most} {kind} block(s) allowed per message", pointer)
    written = sum(check_tables.characters(block) for block in blocks if _is(block, "markdown"))
    if written > MARKDOWN_CHARS:
        problems.add(f"no more than {MARKDOWN_CHARS} characters allowed in all markdown blocks", pointer)


def _unique_ids(blocks: list[Any], pointer: str, problems: Problems) -> None:
    """block_id once in a message, action_id once in a block (docs.slack.dev, "Blocks", "Block elements")."""
    seen: set[Any] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if isinstance(block_id, str) and block_id in seen:
            problems.add(f"`block_id` {block_id} already exists", f"{pointer}/{index}/block_id")
        seen.add(block_id if isinstance(block_id, str) else None)
        for action_id, times in Counter(actions_in(block)).items():
            if times > 1:
                problems.add(f"`action_id` {action_id} already exists", f"{pointer}/{index}")


def actions_in(value: Any) -> Iterator[str]:
    """Every action_id within a block, in order."""
    if isinstance(value, list):
        for one in value:
            yield from actions_in(one)
    elif isinstance(value, dict):
        if isinstance(value.get("action_id"), str):
            yield value["action_id"]
        for one in value.values():
            yield from actions_in(one)


def _counted(blocks: list[Json]) -> int:
    own_budget = check_tables.BLOCKS.keys()
    return sum(check_tables.characters(block) for block in blocks if block["type"] not in own_budget)


def _with_ids(blocks: list[Json]) -> list[Json]:
    """A copy in which every block has an id, as Slack fills them in."""
    copied = [copy.deepcopy(block) for block in blocks]
    for block in copied:
        block.setdefault("block_id", secrets.token_urlsafe(6))
    return copied


def _anything(value: Any, pointer: str, problems: Problems) -> None:
    """Blocks are checked apart, since their rules depend on each other."""


_COMMON: dict[str, Check] = {
    "callback_id": IDENTIFIER,
    "private_metadata": string(3000, 0),
    "external_id": string(255, 0),
    "blocks": _anything,
}
_VIEWS: dict[str, Check] = {
    "modal": typed(
        {
            "modal": shape(
                {"title": plain(24), "blocks": _anything},
                {
                    **_COMMON,
                    "submit": plain(24),
                    "close": plain(24),
                    "clear_on_close": flag,
                    "notify_on_close": flag,
                    "submit_disabled": flag,
                },
            )
        }
    ),
    "home": typed({"home": shape({"blocks": _anything}, _COMMON)}),
}
