"""The questions as the settings want them: a folder of one's own, and what is allowed."""

from bot.log import LOG
from bot.model.question import Questions
from bot.questions.load import load
from bot.settings import Settings

ABOUT_PEOPLE = "trail.about_people"
"""The setting that questions about one person's activity name."""


def configured(settings: Settings) -> Questions:
    """Read and checked; what is wrong with a file is logged, and told by `doctor` and `/ml ask`."""
    trail = settings.trail
    allowed = [ABOUT_PEOPLE] if trail.about_people else []
    given = {"operate_role": settings.aws.operate_role}
    found = load(trail.questions, given=given, settings=allowed, known_settings=[ABOUT_PEOPLE])
    for fault in found.faults:
        LOG.warning("question file not usable", file=fault.file, line=fault.line, reason=fault.reason)
    return found
