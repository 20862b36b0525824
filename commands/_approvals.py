"""How many model packages wait for somebody's word, by what is kept: a line of `/ml status` and of App Home."""

from bot.logic.words import plural
from bot.model.person import Role
from bot.model.reply import Actions, Paragraph, Part, Press
from bot.ports import Approvals, Ask


def packages_line(approvals: Approvals, ask: Ask) -> tuple[Part, ...]:
    """Nothing where none waits; with a button for whoever may decide on one. Raises StoreDown.

    Those that have a card are counted: `/ml approve` asks SageMaker and may list older ones besides.
    """
    places = {(account.id, region) for account, region in ask.scope.targets()}
    refs = [t.ref for t in approvals.open() if (t.ref.account_id, t.ref.region) in places]
    if not refs:
        return ()
    said = Paragraph((f"{count_of(len(refs))} for approval.",))
    if not any(ask.may(Role.OPERATOR, account_id) for account_id in {ref.account_id for ref in refs}):
        return (said,)
    return (said, Actions((Press("Waiting packages", f"approve {ask.narrowing}".strip()),)))


def count_of(packages: int) -> str:
    """`1 model package waits`, `2 model packages wait`."""
    return f"{plural(packages, 'model package')} {'waits' if packages == 1 else 'wait'}"
