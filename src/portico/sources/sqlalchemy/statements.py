"""Reads from the text of SQL which tables it writes. Where that is not clear it names too many rather than too few."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Write(NamedTuple):
    """One table that a statement writes."""

    verb: str
    """`INSERT`, `UPDATE`, `DELETE`, `REPLACE`, `MERGE`, `COPY`, `TRUNCATE` or `LOAD`."""
    table: str
    """Its name in lower case, without a schema."""


class _Token(NamedTuple):
    text: str
    """Of a word in upper case, of a name as it is meant, of anything else one character."""
    is_name: bool
    """Whether it can name a table."""
    is_quoted: bool = False


_VERBS: Final = re.compile(r"\b(?:insert|update|delete|replace|merge|copy|truncate|load)\b", re.IGNORECASE)

# MariaDB reads a backslash in a string as an escape, PostgreSQL and SQLite do not: both readings are tried, as the
# wrong one may take statements for strings. For MariaDB `--` begins a comment only before a space. Comments that begin
# with `/*!` are run, and so is what stands between dollars: both are read as statements.
_PARTS: Final = r"""
    (?P<skip> --(?=\s|\Z)[^\n]* | /\*(?!!)(?:.|\n)*?(?:\*/|\Z) | \s+ )
  | (?P<string> '(?:{plain}|'')*(?:'|\Z) )
  | (?P<quoted> "(?:{inside}|"")*(?:"|\Z) | `(?:[^`]|``)*(?:`|\Z) | \[[^\]]*\] )
  | (?P<word> [^\W\d][\w]* )
  | (?P<other> . )
"""
_READINGS: Final = tuple(
    re.compile(_PARTS.format(plain=plain, inside=inside), re.VERBOSE | re.DOTALL)
    for plain, inside in ((r"[^']", r'[^"]'), (r"[^'\\]|\\.", r'[^"\\]|\\.'))
)

_MODIFIERS: Final = frozenset(
    {
        *("LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "IGNORE", "QUICK"),
        *("OR", "ROLLBACK", "ABORT", "FAIL", "REPLACE"),
        *("INTO", "ONLY", "TABLE"),
    }
)
# Before the word, it is no statement: `FOR UPDATE`, `ON DELETE CASCADE`, `DO UPDATE`, `ON DUPLICATE KEY UPDATE`.
_NO_STATEMENT_AFTER: Final = frozenset({"FOR", "ON", "DO", "KEY", "GRANT", "REVOKE", "BEFORE", "AFTER", "."})


_LONGEST_KEPT: Final = 20_000


def written_tables(sql: str) -> frozenset[Write]:
    """Return the tables that a text of SQL writes, as far as it names them: not what functions and triggers write."""
    return _kept(sql) if len(sql) <= _LONGEST_KEPT else _read(sql)


def _read(sql: str) -> frozenset[Write]:
    if _VERBS.search(sql) is None:
        return frozenset()
    readings = _READINGS if "\\" in sql else _READINGS[:1]
    return frozenset(write for reading in readings for write in _writes(list(_tokens(sql, reading))))


_kept: Final = lru_cache(maxsize=2048)(_read)


def _tokens(sql: str, reading: re.Pattern[str]) -> Iterator[_Token]:
    for match in reading.finditer(sql):
        text = match.group()
        if match.lastgroup == "word":
            yield _Token(text.upper(), is_name=True)
        elif match.lastgroup == "quoted":
            quote = text[-1]
            inner = text[1:-1] if quote == "]" else text[1:-1].replace(quote * 2, quote)
            yield _Token(inner, is_name=True, is_quoted=True)
        elif match.lastgroup == "other":
            yield _Token(text, is_name=False)


def _writes(tokens: list[_Token]) -> Iterator[Write]:
    for position, token in enumerate(tokens):
        find = None if token.is_quoted else _FINDERS.get(token.text)
        if find is None or (position and tokens[position - 1].text in _NO_STATEMENT_AFTER):
            continue
        for name in find(tokens, position + 1):
            yield Write(token.text, name.lower())


def _first_name(tokens: list[_Token], position: int) -> Iterator[str]:
    while position < len(tokens) and not tokens[position].is_quoted and tokens[position].text in _MODIFIERS:
        position += 1
    yield from _dotted(tokens, position)


def _dotted(tokens: list[_Token], position: int) -> Iterator[str]:
    """Return the last part of `schema.table`."""
    if position >= len(tokens) or not tokens[position].is_name:
        return
    while position + 2 < len(tokens) and tokens[position + 1].text == "." and tokens[position + 2].is_name:
        position += 2
    yield tokens[position].text


def _until(tokens: list[_Token], position: int, ends: frozenset[str]) -> tuple[list[str], str]:
    """Return all names up to one of the words `ends`, or the end of the statement, and which of these it was."""
    names: list[str] = []
    for token in tokens[position:]:
        if not token.is_quoted and token.text in ends:
            return names, token.text
        if token.is_name:
            names.append(token.text)
    return names, ""


def _updated(tokens: list[_Token], position: int) -> list[str]:
    # All of them: MariaDB updates several tables at once.
    names, end = _until(tokens, position, frozenset({"SET", ";"}))
    return names if end == "SET" else []


def _deleted(tokens: list[_Token], position: int) -> list[str]:
    return _until(tokens, position, frozenset({"WHERE", "RETURNING", ";"}))[0]


def _copied(tokens: list[_Token], position: int) -> Iterator[str]:
    _, end = _until(tokens, position, frozenset({"FROM", "TO", ";"}))
    if end == "FROM":
        yield from _first_name(tokens, position)


def _loaded(tokens: list[_Token], position: int) -> Iterator[str]:
    for at in range(position, len(tokens) - 1):
        if tokens[at].text == "INTO":
            yield from _first_name(tokens, at + 1)
            return


def _truncated(tokens: list[_Token], position: int) -> list[str]:
    return _until(tokens, position, frozenset({";"}))[0]


_FINDERS: Final[dict[str, Callable[[list[_Token], int], Iterator[str] | list[str]]]] = {
    "INSERT": _first_name,
    "REPLACE": _first_name,
    "MERGE": _first_name,
    "UPDATE": _updated,
    "DELETE": _deleted,
    "COPY": _copied,
    "LOAD": _loaded,
    "TRUNCATE": _truncated,
}
