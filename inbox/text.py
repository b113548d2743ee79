"""Turn a part of a mail into plain text, whatever state it is in.

Nothing here raises: a wrong charset, a broken encoding or half an HTML page gives the
best text that can be had.
"""

from __future__ import annotations

import codecs
import re

from lxml import etree, html

#: more of one part is not read; no person writes as much
LONGEST = 100_000
#: codecs that are no character sets, or that a hostile mail can keep busy for minutes
_NO_CHARSETS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}
_BLOCKS = {
    *("address", "article", "blockquote", "body", "center", "dd", "div", "dl", "dt"),
    *("fieldset", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr"),
    *("html", "li", "main", "ol", "p", "pre", "section", "table", "tbody", "td", "tr"),
    *("ul", "br"),
}
_UNSEEN = {"head", "script", "style", "title", "noscript", "template"}
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
#: how mail programs mark what they quote
_QUOTE_CLASSES = {"gmail_quote", "yahoo_quoted", "protonmail_quote", "zmail_extra"}
#: everything behind these is quoted, though it does not lie within
_QUOTE_STARTS = {"divRplyFwdMsg", "appendonsend", "x_divRplyFwdMsg", "mail-editor-ref"}
#: shown by :mod:`.quotes` as the beginning of a quotation
QUOTE_MARK = "-----Original Message-----"
_ODD = str.maketrans(
    {"\r": "\n", "\xa0": " ", "\u2007": " ", "\u202f": " "}
    | dict.fromkeys("\x00\u200b\u200c\u200d\u2060\ufeff\xad\u200e\u200f")
)


def decode(data: bytes, charset: str | None) -> str:
    """Bytes to text by the declared character set, else by the likeliest one."""
    data = data[: 4 * LONGEST]
    for name in (_charset(charset), "utf-8"):
        if name:
            try:
                return data.decode(name)
            except (ValueError, LookupError):
                continue
    return data.decode("cp1252", "replace")


def _charset(name: str | None) -> str:
    try:
        found = codecs.lookup((name or "").strip("\"' ")).name
    except (LookupError, ValueError, TypeError):
        return ""
    # a mail in "us-ascii" with other letters is nearly always in something else
    return "" if found.replace("-", "_") in {*_NO_CHARSETS, "ascii"} else found


def clean(text: str) -> str:
    """One kind of line end, no invisible characters, no endless blank lines."""
    text = text[:LONGEST].replace("\r\n", "\n").translate(_ODD)
    lines = (line.rstrip() for line in text.split("\n"))
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip("\n")


def unflow(text: str, delete_space: bool = False) -> str:
    """Join the soft line ends of ``format=flowed`` (RFC 3676)."""
    done: list[str] = []
    open_depth = -1
    for raw in text.replace("\r\n", "\n").split("\n"):
        line = raw.lstrip(">")
        depth = len(raw) - len(line)
        line = line.removeprefix(" ")  # space-stuffed
        if line == "-- ":
            done.append("> " * depth + line)
            open_depth = -1
            continue
        if open_depth == depth and done:
            done[-1] += line
        else:
            done.append("> " * depth + line)
        soft = line.endswith(" ")
        if soft and delete_space:
            done[-1] = done[-1][:-1]
        open_depth = depth if soft else -1
    return "\n".join(done)


def from_html(page: str) -> str:
    """The words of an HTML mail; quotations are marked with ``>`` as in plain text."""
    data = page[: 2 * LONGEST].encode("utf-8", "replace")
    try:
        tree = html.document_fromstring(data, parser=_parser())
    except (etree.LxmlError, ValueError, AssertionError):
        return re.sub(r"<[^<>]*>", " ", page[:LONGEST])
    return _Words().collect(tree)


def _parser() -> html.HTMLParser:
    return html.HTMLParser(encoding="utf-8", huge_tree=False, remove_comments=True)


class _Words:
    """Walks a page once, without recursion: pages can be nested very deeply."""

    def __init__(self):
        self._lines: list[str] = [""]
        self._quoted = 0
        self._skipped = 0

    def collect(self, tree) -> str:
        for event, node in etree.iterwalk(tree, events=("start", "end")):
            if not isinstance(node.tag, str):
                if event == "end":
                    self._say(node.tail)
                continue
            if event == "start":
                self._enter(node)
            else:
                self._leave(node)
        return "\n".join(self._lines)

    def _enter(self, node) -> None:
        if _is_hidden(node):
            self._skipped += 1
        if node.tag in _BLOCKS:
            self._new_line()
        if node.get("id") in _QUOTE_STARTS and not self._skipped:
            self._lines += [QUOTE_MARK, ""]
        if _is_quotation(node):
            self._quoted += 1
            self._new_line()
        self._say(node.text)

    def _leave(self, node) -> None:
        if _is_quotation(node):
            self._quoted -= 1
            self._lines.append("")
        if _is_hidden(node):
            self._skipped -= 1
        if node.tag == "p":
            self._lines.append("")
        elif node.tag in _BLOCKS and node.tag != "br":
            self._new_line()
        self._say(node.tail)

    def _say(self, text: str | None) -> None:
        if not text or self._skipped:
            return
        words = " ".join(text.split())
        if not words:
            words = " " if self._lines[-1] and not self._lines[-1].endswith(" ") else ""
        else:
            words = " " * text[0].isspace() + words + " " * text[-1].isspace()
        if not self._lines[-1]:
            words = words.lstrip()
            words = f"> {words}" if words and self._quoted else words
        self._lines[-1] += words

    def _new_line(self) -> None:
        if self._lines[-1]:
            self._lines.append("")


def _is_quotation(node) -> bool:
    classes = (node.get("class") or "").split()
    return node.tag == "blockquote" or not _QUOTE_CLASSES.isdisjoint(classes)


def _is_hidden(node) -> bool:
    return node.tag in _UNSEEN or bool(_HIDDEN.search(node.get("style") or ""))
