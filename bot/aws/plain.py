"""Text that others wrote, made safe to keep: it stays data, is bounded, and every database takes it."""


def plain(text: object, most: int) -> str:
    """At most `most` characters; control characters and lone surrogates (PostgreSQL refuses both) replaced."""
    if not isinstance(text, str):
        return ""
    short = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in short)
