"""Formats of dates and times in DuckDB's notation: from MySQL's, which `date_format` takes, and from Joda's.

Source: Trino, "Date and time functions", "MySQL date functions" and "Java date functions".
"""

import re

_MYSQL = {
    **{letter: letter for letter in "aYmdHISfpbyj%"},
    "i": "M",
    "h": "I",
    "s": "S",
    "M": "B",
    "W": "A",
    "T": "H:%M:%S",
    "e": "-d",
    "k": "-H",
    "l": "-I",
}
_JODA = {
    "yyyy": "%Y",
    "YYYY": "%Y",
    "yy": "%y",
    "MM": "%m",
    "M": "%-m",
    "MMM": "%b",
    "MMMM": "%B",
    "dd": "%d",
    "d": "%-d",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "ss": "%S",
    "SSS": "%g",
    "a": "%p",
    "EEE": "%a",
    "EEEE": "%A",
    "e": "%u",
    "DDD": "%j",
}
_JODA_WORD = re.compile(r"'(?P<quoted>(?:[^']|'')*)'|(?P<letters>([A-Za-z])\3*)|(?P<rest>[^A-Za-z']+)")


def mysql(text: str) -> str:
    """Raises ValueError of a specifier that Trino has not, or that was not tried here."""
    found = ""
    for percent, letter, rest in re.findall(r"(%)(.)|([^%]+|%$)", text, re.DOTALL):
        if percent and letter not in _MYSQL:
            raise ValueError(f"%{letter} in {text!r}")
        found += f"%{_MYSQL[letter]}" if percent else rest
    return found


def joda(text: str) -> str:
    """Raises ValueError of a letter that was not tried here."""
    found = ""
    for match in _JODA_WORD.finditer(text):
        letters = match["letters"]
        if letters and letters not in _JODA:
            raise ValueError(f"{letters} in {text!r}")
        plain = "'" if match[0] == "''" else (match["quoted"] or match["rest"] or "").replace("''", "'")
        found += _JODA[letters] if letters else plain.replace("%", "%%")
    return found


NOTATIONS = {"date_format": mysql, "date_parse": mysql, "format_datetime": joda}
"""Functions whose second argument is a format."""
