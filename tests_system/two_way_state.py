"""What is there in the end, on both sides and in the memory, of one coupled list.

Rows hold every column but those named here, so what is added to a model later is
compared as well. Ids, and times of this day, are what two lists cannot share.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta, timezone

_STAMPS = ("id", "create_date", "write_date", "create_uid", "write_uid")
_OF_US = "email LIKE '{name}%'"
#: part: (table, condition, columns that are left out, further columns)
_TABLES = {
    "members": (
        "newsletter_member",
        "coupling_id = {coupling}",
        ("coupling_id", "contact_id", "partner_id", "added_run"),
        "added_run IS NOT NULL AS was_added, contact_id IS NOT NULL AS is_linked",
    ),
    "consents": ("newsletter_consent", _OF_US, ("mailing_list_id",), ""),
    "evidence": (
        "newsletter_consent_event",
        _OF_US,
        ("consent_id", "chain_id", "previous_hash", "hash", "seal", "content_salt")
        + ("content_digest", "trace_salt", "trace_digest", "list_name"),
        "",
    ),
    "leavings": ("newsletter_leaving", _OF_US, ("mailing_list_id",), ""),
    "receipts": ("newsletter_leaving_receipt", _OF_US, ("leaving_id", "proof"), ""),
    "tombstones": (
        "newsletter_tombstone",
        "coupling_id = {coupling}",
        ("coupling_id", "digest", "list_key"),
        "",
    ),
    "blocked": ("mail_blacklist", _OF_US, (), ""),
}
_QUERIES = {
    "readers": """
        SELECT c.email, c.first_name, c.last_name, c.name, s.opt_out,
               s.opt_out_datetime, s.opt_out_reason_id, count(*)
          FROM mailing_contact c
          LEFT JOIN mailing_subscription s
            ON s.contact_id = c.id AND s.list_id = {mailing_list}
         WHERE c.email LIKE '{name}%' GROUP BY 1, 2, 3, 4, 5, 6, 7
    """,
    # that an agreement is missing is said once for a connection
    "events": """
        SELECT m.email, e.code, e.level, e.rule, e.old_value, e.new_value, e.detail,
               e.origin, e.user_id, count(*)
          FROM newsletter_event e LEFT JOIN newsletter_member m ON m.id = e.member_id
         WHERE e.coupling_id = {coupling} AND e.code <> 'agreement_missing'
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    """,
    "lines": """
        SELECT r.kind, r.state AS run, l.email, l.new_email, l.plan, l.result, l.reason,
               l.message, l.values::text, l.old_values::text, l.tries, l.seen,
               l.decision IS NOT NULL AS decided, count(*)
          FROM newsletter_run_line l JOIN newsletter_run r ON r.id = l.run_id
         WHERE r.coupling_id = {coupling}
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
    """,
    "runs": """
        SELECT kind, state, message, done, total, selected, verified, by_itself,
               count(*)
          FROM newsletter_run WHERE coupling_id = {coupling}
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    """,
    "before": """
        SELECT coalesce(c.email, sc.email) AS email, b.res_model, b.values,
               b.after, b.undone, count(*)
          FROM newsletter_before_image b
          JOIN newsletter_run r ON r.id = b.run_id
          LEFT JOIN mailing_contact c
            ON b.res_model = 'mailing.contact' AND c.id = b.res_id
          LEFT JOIN mailing_subscription s
            ON b.res_model = 'mailing.subscription' AND s.id = b.res_id
          LEFT JOIN mailing_contact sc ON sc.id = s.contact_id
         WHERE r.coupling_id = {coupling} GROUP BY 1, 2, 3, 4, 5
    """,
    # what may stand there while a run works, and not after it
    "left over": """
        SELECT (SELECT count(*) FROM newsletter_flight
                 WHERE coupling_id = {coupling}) AS flights,
               (SELECT count(*) FROM newsletter_candidate k JOIN newsletter_run r
                    ON r.id = k.run_id WHERE r.coupling_id = {coupling}) AS candidates,
               (SELECT count(*) FROM newsletter_fetched f JOIN newsletter_run r
                    ON r.id = f.run_id WHERE r.coupling_id = {coupling}) AS fetched,
               (SELECT count(*) FROM newsletter_run r WHERE r.coupling_id = {coupling}
                   AND to_regclass('newsletter_fetched_' || r.id) IS NOT NULL)
                    AS stages,
               (SELECT count(*) FROM newsletter_change
                 WHERE coupling_id = {coupling}) AS changes
    """,
}
_TIME = re.compile(r'"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d)[\d.+:]*"')


def state(side) -> dict[str, list]:
    """{part: its rows}, equal for two lists to which the same has happened."""
    ids = {m.email: str(m.id) for m in side.held()}
    found = {"tool": sorted(_there(side, member) for member in side.held())}
    of = {
        "name": side.name,
        "coupling": side.coupling,
        "mailing_list": side.mailing_list,
    }
    queries = {
        part: f"SELECT * {', ' + more if more else ''} FROM {table} WHERE {condition}"
        for part, (table, condition, _without, more) in _TABLES.items()
    }
    for part, query in (queries | _QUERIES).items():
        without = (*_STAMPS, *_TABLES.get(part, ("", "", ()))[2])
        rows = _rows(side, query.format(**of))
        for row in rows:
            for name in without:
                row.pop(name, None)
            if part == "members":
                _make_comparable(row, ids)
        found[part] = sorted(_plain(side, row) for row in rows)
    return found


def difference(calm: dict, wild: dict, besides: tuple[str, ...] = ()) -> str:
    """What the two do not share, in words; nothing if they are equal.

    :param besides: codes of events that tell of the disturbance itself
    """
    told, codes = [], [f'"code": "{code}"' for code in besides]
    for part, rows in calm.items():
        less = list((Counter(rows) - Counter(wild[part])).elements())
        more = list((Counter(wild[part]) - Counter(rows)).elements())
        more = [row for row in more if not any(code in row for code in codes)]
        if less or more:
            told.append(
                f"{part}: {len(less)} missing, {len(more)} too many\n"
                + "\n".join(f"  - {row}" for row in less[:5])
                + "\n"
                + "\n".join(f"  + {row}" for row in more[:5])
            )
    return "\n".join(told)


def _rows(side, query):
    query = f"SELECT coalesce(json_agg(row), '[]') FROM ({query}) row"
    return json.loads(side.world.sql(query))


def _make_comparable(row, ids):
    """Say of a member whether it knows the tool's id, and not which."""
    there = ids.get(row["remote_email"] or row["email"])
    known = row["remote_id"]
    row["remote_id"] = there == known if there and known else (bool(there), bool(known))
    # of times and addresses, which differ, and of values
    *others, values = (row["difference_digest"] or "..").split(".")
    row["difference_digest"] = [*map(bool, others), values]
    # the answer to a leaving does not tell the time, reading it back after a kill does
    at = row["remote_status_at"]
    if at and datetime.fromisoformat(at).replace(tzinfo=timezone.utc) > _yesterday():
        row["remote_status_at"] = None


def _there(side, member):
    """A recipient as the tool holds it."""
    values = {**member.shared, **member.attributes}
    times = (member.activated, member.deactivated, member.bounced)
    today = _yesterday().timestamp()
    row = {
        "email": member.email,
        "status": member.status,
        "times": ["now" if time > today else time for time in times],
        "values": values,
        "data": {key: each for key, each in member.data.items() if key == "source"},
    }
    return _plain(side, row)


def _plain(side, row):
    """A row as text, without whose it is and when today it was."""
    text = json.dumps(row, sort_keys=True, ensure_ascii=False)
    return _TIME.sub(_time, text.replace(side.name, ""))


def _time(found):
    at = datetime.fromisoformat(found[1]).replace(tzinfo=timezone.utc)
    return '"now"' if at > _yesterday() else found[0]


def _yesterday():
    return datetime.now(timezone.utc) - timedelta(days=1)
