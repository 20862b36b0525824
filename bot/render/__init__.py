"""Replies and forms to Slack's Block Kit, text and CSV; the owner of every Slack limit."""
