"""What Slack's answers mean for the installation: judged from facts, without asking anybody."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.logic.words import listing
from bot.model.checkup import Check

SLACK, CHANNELS, ROLES = "Slack", "channels", "roles"
_FREE_PLAN = "plan_upgrade_required"
_NAMED_EXIST = "the user groups and people named in the settings exist"


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody or a group that the settings give a role."""

    role: str
    who: str


def scope_check(granted: str | None, wanted: Collection[str]) -> Check:
    """The token's scopes, as Slack lists them with commas; None when it did not."""
    if granted is None:
        step = "Compare the app's OAuth scopes with `python -m bot manifest`."
        return Check(SLACK, "scopes", "unknown", "Slack did not say which scopes the token has", step)
    missing = tuple(sorted(set(wanted) - {scope.strip() for scope in granted.split(",")}))
    if missing:
        step = "Add them to the app (`python -m bot manifest` prints all), then install it to the workspace again."
        return Check(SLACK, "scopes", "bad", f"the token lacks {listing(missing, most=20)}", step)
    return Check(SLACK, "scopes", "good", "the token has every scope")


def channel_check(name: str, found: Mapping[str, Any], bot: str) -> Check:
    """One channel, as `conversations.info` tells of it."""
    subject = f"#{found.get('name') or name}"
    if found.get("is_archived"):
        step = "Unarchive it, or name another in slack.channel or its route."
        return Check(CHANNELS, subject, "bad", "it is archived: nothing can be posted there", step)
    if found.get("is_ext_shared") or found.get("is_pending_ext_shared"):
        step = "Name a channel of your own in slack.channel or its route."
        return Check(CHANNELS, subject, "bad", "another company reads it too: nothing is posted there", step)
    if found.get("is_member") is False:
        return Check(CHANNELS, subject, "bad", "the bot is no member", _invite(bot))
    return Check(CHANNELS, subject, "good", "the bot is a member")


def lost_channel(name: str, bot: str) -> Check:
    """A channel that the bot is not in, or that there is not: by its name both look alike to a bot outside."""
    said = "the bot is no member, or there is no such channel"
    return Check(CHANNELS, f"#{name.lstrip('#')}", "bad", said, _invite(bot))


def two_names(one: str, other: str) -> Check:
    """A channel by its name in one place and by its id in another: a queue each."""
    said = f"it is #{one} by another name: what begins there at once is counted by each name and becomes no storm"
    return Check(CHANNELS, f"#{other}", "warn", said, "Call it the same in slack.channel and in every route.")


def _invite(bot: str) -> str:
    return f"Invite it there with `/invite @{bot}`, or name another channel in slack.channel or its route."


def group_checks(named: Sequence[Named], known: Collection[str]) -> Iterator[Check]:
    """User groups that the settings name, against the ids and handles that there are."""
    for one in named:
        if one.who.lstrip("@") not in known:
            step = f"Create the group, or correct roles.{one.role}.groups."
            said = f"there is no user group {one.who}: nobody is {one.role} by it"
            yield Check(ROLES, one.role, "bad", said, step)
        else:
            yield Check(ROLES, one.role, "good", _NAMED_EXIST)


def groups_untold(named: Sequence[Named], cause: str, next_step: str) -> Check:
    """Slack does not list user groups."""
    roles = listing(tuple(dict.fromkeys(one.role for one in named)), most=5)
    if _FREE_PLAN in cause:
        said = f"Slack's free plan has no user groups: nobody is {roles} by one"
        return Check(ROLES, roles, "bad", said, "Name people by their ids in roles.ROLE.users instead.")
    return Check(ROLES, roles, "bad", f"the user groups cannot be read. {cause}", next_step)


def person_check(one: Named, found: Mapping[str, Any] | None) -> Check:
    """Somebody whom the settings name, as `users.info` tells; None when there is no such person."""
    step = f"Correct roles.{one.role}.users."
    if found is None:
        return Check(ROLES, one.role, "warn", f"there is nobody with the id {one.who}", step)
    if found.get("deleted"):
        return Check(ROLES, one.role, "warn", f"{one.who} is deactivated", step)
    if found.get("is_restricted") or found.get("is_ultra_restricted") or found.get("is_bot"):
        said = f"{one.who} is a guest or a bot, and those have no role, whatever the settings say"
        return Check(ROLES, one.role, "warn", said, step)
    return Check(ROLES, one.role, "good", _NAMED_EXIST)


def admin_check(admins: int) -> Check | None:
    """Whether anybody may run `doctor` and the like in Slack."""
    if admins:
        return None
    return Check(ROLES, "admin", "warn", "nobody is named", "Name people or groups under roles.admin in the settings.")
