"""Replies and forms to Slack's Block Kit, text and CSV; the owner of every Slack limit."""

from bot.render.blocks import Message, message
from bot.render.forms import errors, notice, values, view
from bot.render.sheet import csv_text
from bot.render.text import plain_text

__all__ = ["Message", "csv_text", "errors", "message", "notice", "plain_text", "values", "view"]
