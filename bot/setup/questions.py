"""The questions to the trail as text, for whoever writes one."""

from collections.abc import Iterator

from bot.model.question import Questions


def text(questions: Questions) -> str:
    """One line for each, by group, then each fault with its line."""
    return "".join(f"{line}\n" for line in _lines(questions))


def _lines(questions: Questions) -> Iterator[str]:
    group = ""
    for one in sorted(questions.by_name.values(), key=lambda q: (q.group, q.name)):
        if one.group != group:
            group = one.group
            yield group
        takes = " ".join(f"{p.name}={p.kind}{'' if p.default is None else '?'}" for p in one.parameters)
        off = f"  (off: {one.setting})" if questions.off(one) else ""
        yield f"  {one.name}  {takes}{'  (your own)' if one.own else ''}{off}"
    yield from (f"not usable: {fault}" for fault in questions.faults)
