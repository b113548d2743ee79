"""How recipients of the tool get into the stage: as text that ``COPY`` reads.

Made of plain Python, so that a page is turned into text while the next one is on its
way from the tool.
"""

import csv
import io
import json
from datetime import datetime, timedelta, timezone
from json.encoder import encode_basestring as _quoted

from ..sync.address import usable
from ..sync.values import digest_of_texts, normalise
from ..sync.vocabulary import Status
from .newsletter_push import naive

#: columns of ``newsletter.fetched`` in the order of ``row``
COLUMNS = (
    *("remote_id", "email", "status", "status_at", "changed_at", "opt_in_at"),
    *("opt_in_ip", "reason", "values", "digest", "read_at"),
)
#: the clocks of the database and of whoever asks may differ by so much
_LAG = timedelta(minutes=1)
#: without spaces and escapes: a third of the time of ``json.dumps`` with arguments
_as_json = json.JSONEncoder(
    default=str, ensure_ascii=False, separators=(",", ":")
).encode


def mapped(mappings):
    """``names`` and ``types`` of mapped fields, as ``row`` takes them."""
    mappings = mappings._travelling()
    return {
        "names": {str(m.id): m.remote_name for m in mappings if m.remote_name},
        "types": {str(m.id): m._remote_type().value for m in mappings},
    }


def row(names, types, member, asked_at):
    """What the stage keeps of a recipient: the mapped values, nothing else.

    :param names: {key: the tool's name of a mapped field}; ``types`` by the same keys
    :param asked_at: see ``before_asking``
    """
    said = member.values
    values, texts = {}, {}
    for key, name in names.items():
        value = said.get(name)
        if value is not None and (text := normalise(value, types.get(key, "text"))):
            values[key], texts[key] = value, text
    return (
        member.remote_id,
        usable(member.email) or member.email.strip().lower(),
        member.status.value,
        member.status_at and naive(member.status_at),
        member.changed_at and naive(member.changed_at),
        member.opt_in_at and naive(member.opt_in_at),
        member.opt_in_ip,
        member.reason,
        _text_of(values),
        digest_of_texts(texts),
        # it counts only for those whose click may follow a leaving
        asked_at if member.status is Status.PENDING else None,
    )


def before_asking():
    """The time before the first call that tells of some people: how long the calls
    take, waiting for a tool that is busy included, is not known."""
    return naive(datetime.now(timezone.utc) - _LAG)


def absent(remote_id, email):
    """Somebody who was looked for and is not there: a row without a status."""
    return (remote_id, email, *[None] * (len(COLUMNS) - 2))


def as_copy(run_id, rows):
    """The rows as CSV; an empty field is NULL, none of these texts needs to be empty.

    NUL is no character of a text in PostgreSQL.
    """
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows((run_id, *row) for row in rows)
    text = lines.getvalue()
    return text.replace("\0", "") if "\0" in text else text


def store(cr, text, table="newsletter_fetched"):
    """Put what ``as_copy`` has made into the stage.

    :param table: the run's own, see ``newsletter.run._stage_name``
    """
    names = ", ".join(f'"{name}"' for name in ("run_id", *COLUMNS))
    cr.copy_expert(
        f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv)",
        io.StringIO(text, newline=""),
    )


def _text_of(values):
    text = _json(values)
    # what PostgreSQL's JSON refuses: NUL, and halves of a pair of surrogates
    if "\\u0000" in text or not _is_whole(text):
        text = _as_json(
            {
                key: _cleaned(value) if isinstance(value, str) else value
                for key, value in values.items()
            }
        )
    return text


def _json(values):
    """JSON of the values; nearly always they are texts, whose encoder is a function."""
    try:
        parts = [f"{_quoted(key)}:{_quoted(value)}" for key, value in values.items()]
    except TypeError:
        return _as_json(values)
    return "{" + ",".join(parts) + "}"


def _is_whole(text):
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cleaned(value):
    return value.replace("\0", "").encode("utf-8", "replace").decode()
