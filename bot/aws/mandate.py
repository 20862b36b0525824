"""One act in an account, in the name of a person: what the session for it may do, and whom it names."""

import json
import re
from dataclasses import dataclass

from bot.model.person import Person

_ALLOWED = re.compile(r"[^A-Za-z0-9_+=,.@-]")
MOST = 64
"""Characters of a session's name and of a source identity; both have at least two (STS API: AssumeRole)."""


@dataclass(frozen=True, slots=True)
class Mandate:
    """These actions on these resources and nothing else, whatever the role allows besides."""

    account_id: str
    actions: tuple[str, ...]
    arns: tuple[str, ...]
    person: Person

    @property
    def session(self) -> str:
        """The person as session name and source identity: CloudTrail keeps both."""
        return _named(self.person.id)

    @property
    def tags(self) -> list[dict[str, str]]:
        """Who in which workspace, for policies that look at `aws:PrincipalTag`."""
        said = {"slack-user": self.person.id, "slack-team": self.person.team_id}
        return [{"Key": key, "Value": _named(value)} for key, value in said.items() if value]

    @property
    def policy(self) -> str:
        """The session's policy."""
        statement = {"Effect": "Allow", "Action": list(self.actions), "Resource": list(self.arns)}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _named(word: str) -> str:
    """As STS takes it."""
    return _ALLOWED.sub("-", word)[:MOST].ljust(2, "-")
