"""Modals and their stacks, one for each person, and App Home."""

import secrets

from sandbox.slack.check_surface import checked_view
from sandbox.slack.errors import SlackError
from sandbox.slack.records import Json
from sandbox.slack.workspace import Workspace

STACK = 3
"""Modals that may lie upon each other (docs.slack.dev, "Modals")."""

_GIVEN = ("title", "blocks", "submit", "close", "callback_id", "private_metadata", "external_id")


class Views:
    """What every person has open, the topmost last."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stacks: dict[str, list[Json]] = {}

    def stack(self, user_id: str) -> list[Json]:
        """Somebody's open modals, the topmost last."""
        return list(self._stacks.get(user_id, []))

    def find(self, view_id: str) -> tuple[str, Json] | None:
        """(person, view) by the view's id, App Homes included."""
        homes = [(user_id, home) for user_id, home in self._workspace.homes.items()]
        stacked = [(user_id, view) for user_id, stack in self._stacks.items() for view in stack]
        return next(((user_id, view) for user_id, view in stacked + homes if view["id"] == view_id), None)

    def find_external(self, external_id: str) -> tuple[str, Json] | None:
        """(person, view) by the id that the app gave it."""
        stacked = [(user_id, view) for user_id, stack in self._stacks.items() for view in stack]
        return next(((user_id, view) for user_id, view in stacked if view["external_id"] == external_id), None)

    def open(self, user_id: str, given: Json) -> Json:
        """Open a modal; whatever was open stays below, if there is room. Raises SlackError."""
        return self._lay(user_id, given, "open")

    def push(self, user_id: str, given: Json) -> Json:
        """Open a modal upon the one that is open. Raises SlackError."""
        if not self._stacks.get(user_id):
            raise SlackError("not_found")
        return self._lay(user_id, given, "push")

    def update(self, view_id: str, given: Json, expected_hash: str | None = None) -> Json:
        """Replace a modal's content, keeping its id; raises SlackError, `hash_conflict` among them."""
        found = self.find(view_id)
        if found is None or found[1]["type"] != "modal":
            raise SlackError("not_found")
        user_id, old = found
        if expected_hash and expected_hash != old["hash"]:
            raise SlackError("hash_conflict")
        view = self._instance(given, "modal", old)
        stack = self._stacks[user_id]
        stack[stack.index(old)] = view
        self._tell(user_id, view, "update")
        return view

    def publish(self, user_id: str, given: Json, expected_hash: str | None = None) -> Json:
        """Show an App Home to one person; raises SlackError."""
        old = self._workspace.homes.get(user_id)
        if expected_hash and old and expected_hash != old["hash"]:
            raise SlackError("hash_conflict")
        view = self._instance(given, "home", old)
        self._workspace.homes[user_id] = view
        self._workspace.bus.publish({"kind": "home", "user": user_id, "view": view}, lambda who: who == user_id)
        return view

    def close(self, user_id: str, view_id: str) -> Json | None:
        """Take a modal, and whatever lies on it, away; returns it, None when it was not there."""
        stack = self._stacks.get(user_id, [])
        at = next((n for n, view in enumerate(stack) if view["id"] == view_id), None)
        if at is None:
            return None
        view = stack[at]
        del stack[at:]
        self._tell(user_id, view, "close")
        return view

    def clear(self, user_id: str) -> list[Json]:
        """Take all of somebody's modals away; returns them."""
        stack = self._stacks.pop(user_id, [])
        if stack:
            self._tell(user_id, stack[-1], "clear")
        return stack

    def _lay(self, user_id: str, given: Json, operation: str) -> Json:
        stack = self._stacks.setdefault(user_id, [])
        if len(stack) >= STACK:
            raise SlackError("push_limit_reached")
        view = self._instance(given, "modal", None)
        if stack:
            view |= {"previous_view_id": stack[-1]["id"], "root_view_id": stack[0]["root_view_id"]}
        stack.append(view)
        self._tell(user_id, view, operation)
        return view

    def _instance(self, given: Json, kind: str, old: Json | None) -> Json:
        """The view as Slack keeps it: checked, with ids, an empty state and a new hash."""
        checked = checked_view(given, kind)
        external_id = checked.get("external_id") or ""
        same = self.find_external(external_id) if external_id else None
        if same is not None and (old is None or same[1]["id"] != old["id"]):
            raise SlackError("duplicate_external_id")
        view_id = old["id"] if old else self._workspace.next_id("V")
        return {
            "id": view_id,
            "team_id": self._workspace.team_id,
            "type": kind,
            **{key: checked.get(key) for key in _GIVEN},
            "private_metadata": checked.get("private_metadata") or "",
            "callback_id": checked.get("callback_id") or "",
            "external_id": external_id,
            "clear_on_close": bool(checked.get("clear_on_close")),
            "notify_on_close": bool(checked.get("notify_on_close")),
            "state": {"values": {}},
            "hash": f"{int(self._workspace.now())}.{secrets.token_hex(4)}",
            "root_view_id": old["root_view_id"] if old else view_id,
            "previous_view_id": old["previous_view_id"] if old else None,
            "app_id": self._workspace.app.id,
            "app_installed_team_id": self._workspace.team_id,
            "bot_id": self._workspace.app.bot_id,
        }

    def _tell(self, user_id: str, view: Json, operation: str) -> None:
        note = {"kind": "view", "user": user_id, "op": operation, "view": view, "stack": self.stack(user_id)}
        self._workspace.bus.publish(note, lambda who: who == user_id)
