"""The plain blocks: header, section, context, actions, divider, image, input, markdown, alert.

Limits: docs.slack.dev, "Blocks"; the level and the alert as Slack's own design guide states them.
"""

from typing import Any

from sandbox.slack.check import Check, Problems, both, flag, many, shape, string, typed, whole, word
from sandbox.slack.check_elements import IN_ACTIONS, IN_INPUT, IN_SECTION, element
from sandbox.slack.check_text import IDENTIFIER, plain, rich

_ID = {"block_id": IDENTIFIER}
_FILE = shape({}, {"id": string(50), "url": string(3000)})


def _one_source(value: Any, pointer: str, problems: Problems) -> None:
    if ("image_url" in value) == ("slack_file" in value):
        problems.add("must have exactly one of image_url or slack_file", pointer)


def _text_or_fields(value: Any, pointer: str, problems: Problems) -> None:
    if "text" not in value and "fields" not in value:
        problems.add("missing required field: text or fields", pointer)


_SOURCE = {"image_url": string(3000), "slack_file": _FILE}
_IMAGE_ELEMENT = both(shape({"alt_text": string(2000)}, _SOURCE), _one_source)

_CONTEXT_ITEM = typed(
    {
        "plain_text": rich(3000),
        "mrkdwn": rich(3000),
        "image": _IMAGE_ELEMENT,
    }
)

BLOCKS: dict[str, Check] = {
    "header": shape({"text": plain(150)}, {**_ID, "level": whole(1, 4)}),
    "section": both(
        shape(
            {},
            {
                **_ID,
                "text": rich(3000),
                "fields": many(rich(2000), 10),
                "accessory": element(IN_SECTION, {"image": _IMAGE_ELEMENT}),
                "expand": flag,
            },
        ),
        _text_or_fields,
    ),
    "context": shape({"elements": many(_CONTEXT_ITEM, 10)}, _ID),
    "actions": shape({"elements": many(element(IN_ACTIONS), 25)}, _ID),
    "divider": shape({}, _ID),
    "image": both(shape({"alt_text": string(2000)}, {**_ID, **_SOURCE, "title": plain(2000)}), _one_source),
    "input": shape(
        {"label": plain(2000), "element": element(IN_INPUT)},
        {**_ID, "hint": plain(2000), "optional": flag, "dispatch_action": flag},
    ),
    "markdown": shape({"text": string(12_000)}, _ID),
    "alert": shape({"text": rich(200)}, {**_ID, "level": word("default", "info", "warning", "error", "success")}),
}
