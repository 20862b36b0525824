"""views.*: modals and App Home."""

from typing import Any

from sandbox.slack.args import Args
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import method
from sandbox.slack.records import Json
from sandbox.slack.service import Slack


def _person(slack: Slack, args: Args) -> str:
    """Whose trigger it is; the fault `expire_trigger` has it come too late."""
    late = slack.faults.take("expire_trigger", "views")
    return slack.triggers.exchange(args.text("trigger_id"), late=late)


def _view(args: Args) -> Any:
    args.need("view")
    return args.json("view")


@method("views.open", tier=4)
def view_open(slack: Slack, args: Args) -> Json:
    """Open a modal for whoever's trigger it is."""
    args.need("trigger_id", "view")
    return {"view": slack.views.open(_person(slack, args), _view(args))}


@method("views.push", tier=4)
def view_push(slack: Slack, args: Args) -> Json:
    """Lay a modal upon the open one."""
    args.need("trigger_id", "view")
    return {"view": slack.views.push(_person(slack, args), _view(args))}


@method("views.update", tier=4)
def view_update(slack: Slack, args: Args) -> Json:
    """Replace a modal's content, by its id or the app's own; with `hash` only if nobody did so before."""
    view_id = args.text("view_id")
    if not view_id:
        args.need("external_id")
        found = slack.views.find_external(args.text("external_id"))
        if found is None:
            raise SlackError("not_found")
        view_id = found[1]["id"]
    return {"view": slack.views.update(view_id, _view(args), args.text("hash") or None)}


@method("views.publish", tier=4)
def view_publish(slack: Slack, args: Args) -> Json:
    """Show a person their App Home."""
    args.need("user_id", "view")
    if args.text("user_id") not in slack.workspace.users:
        raise SlackError("user_not_found")
    if slack.faults.take("invalid_blocks", "views.publish"):
        reasons = ["[ERROR] refused by a fault of the sandbox [json-pointer:/view/blocks]"]
        raise SlackError("invalid_arguments", response_metadata={"messages": reasons})
    return {"view": slack.views.publish(args.text("user_id"), _view(args), args.text("hash") or None)}
