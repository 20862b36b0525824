"""Slack's limits, in characters or pieces. Where public pages differ the smaller number stands.

Sources: docs.slack.dev/reference/block-kit (blocks, elements, composition objects), docs.slack.dev/reference/views,
and slackapi/bolt-js#2509 for the budget over a message.
"""

MESSAGE_BLOCKS = 50
"""Blocks in a message (docs.slack.dev, Blocks)."""
MESSAGE_CHARS = 13_000
"""Text of all blocks together; Slack answered `msg_blocks_too_long` near 13,200 (slackapi/bolt-js#2509)."""
MESSAGE_TEXT = 4_000
"""The `text` beside the blocks; Slack recommends it and cuts at 40,000 (docs.slack.dev, chat.postMessage)."""

HEADER = 150
SECTION = 3_000
FIELDS = 10
FIELD = 2_000
CONTEXT_ELEMENTS = 10
CONTEXT_TEXT = 3_000
"""A text object's own limit."""
ACTIONS = 25

BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
OPTION_TEXT = 75
OPTION_VALUE = 150
SELECT_OPTIONS = 100
OVERFLOW_MIN = 2
OVERFLOW_MAX = 5
CHECKBOXES = 10
PLACEHOLDER = 150
URL = 3_000
ID = 255
"""`action_id`, `block_id`, `callback_id`."""

CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30

TABLE_ROWS = 100
"""Data rows of a `data_table`: newer pages say 200, older ones 100."""
TABLE_COLUMNS = 20
TABLE_CHARS = 20_000
TABLE_PAGE = 100
TABLE_CAPTION = 150
"""No page states it; a header's limit is taken."""
NUMBER_TEXT = 255
"""How a number is written; no page states it, an identifier's limit is taken."""
NUMBER = 1e300
"""Larger ones, and those that are none, are shown as text: JSON has no infinity."""
TABLES = 1
"""A second `table` in a message is refused; `data_table` is held to the same."""

CHARTS = 2
"""`data_visualization` blocks in a message (docs.slack.dev, Data visualization block)."""
CHART_TITLE = 50
CHART_LINES = 6
"""Series of a chart: newer pages say 12, older ones 6."""
CHART_POINTS = 20
CHART_LABEL = 20
"""Names of series and of categories; neither may be there twice."""
CHART_AXIS = 50

VIEW_TITLE = 24
VIEW_BLOCKS = 100
VIEW_METADATA = 3_000
INPUT_LABEL = 2_000
INPUT_TEXT = 3_000
ALERT = 200
