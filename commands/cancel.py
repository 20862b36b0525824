"""Ends a run that somebody waits for; its button stands beside the sentence that says so."""

from bot.kit import command
from bot.model.reply import Reply
from bot.ports import Trail


@command("cancel", role="auditor", example="cancel 7f0d0a56-6f0e-4d0e-9c4d-0d6a5a0a3c11", hidden=True)
def cancel(trail: Trail, *, run: str) -> Reply:
    """End a question to the trail that is still running."""
    trail.stop(run)
    return Reply(("It is being cancelled; what was read until now is paid.",), shareable=False, private=True)
