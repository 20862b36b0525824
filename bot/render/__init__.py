"""Replies and forms to Slack's Block Kit, text and CSV; the owner of every Slack limit."""

from bot.render.blocks import Message, message
from bot.render.forms import errors, notice, reading, values, view
from bot.render.sheet import csv_bytes, csv_text
from bot.render.text import plain_text

__all__ = ["Message", "csv_bytes", "csv_text", "errors", "message", "notice", "plain_text", "reading", "values", "view"]
