"""Many contacts with confirmed consents, made by the database itself in seconds.

Every name is another one, of two to four words as German address books hold them:
names that repeat would be split only once and make the work look cheaper than it is.
"""

from __future__ import annotations

#: salutation, one or two first names, a last name that ends in letters made of a number
_PEOPLE = """
INSERT INTO res_partner (name, complete_name, email, email_normalized, active, type,
                         create_date, write_date)
SELECT name, name, email, email, true, 'contact', now(), now()
  FROM (SELECT n, '{prefix}' || n || '@example.org' AS email,
               ('{{"","Frau ","Herr ","Frau Dr. ","","Herr Prof. "}}'
                   ::text[])[1 + n % 6]
               || ('{{Anna-Lena,Björn,Clara,Dieter,Eva Maria,Frank,Gül,Hans Peter}}'
                   ::text[])[1 + n / 6 % 8] || ' '
               || ('{{Färber,Groß,Kranz,Linden,Müller,Ost}}'::text[])[1 + n / 48 % 6]
               || translate(to_hex(n), '0123456789abcdef', 'aeioubdfgklmnrst') AS name
          FROM generate_series(1, {number}) AS n) AS invented
 ORDER BY n;
UPDATE res_partner SET commercial_partner_id = id WHERE commercial_partner_id IS NULL;
INSERT INTO newsletter_consent (email, company_id, medium, state, state_at, purpose)
SELECT '{prefix}' || n || '@example.org', 1, 'email', 'confirmed', '2024-05-01',
       'Newsletter'
  FROM generate_series(1, {number}) AS n;
ANALYZE res_partner, newsletter_consent;
"""

#: every hundredth of them marries
_CHANGE = """
UPDATE res_partner SET name = name || '-Neu', complete_name = name || '-Neu'
 WHERE email LIKE '{prefix}%' AND id % 100 = 0
"""


def make(number: int, prefix: str) -> str:
    """Statements that make people whose addresses begin with the prefix."""
    return _PEOPLE.format(number=number, prefix=prefix)


def change(prefix: str) -> str:
    """A statement that changes one in a hundred of them."""
    return _CHANGE.format(prefix=prefix)
