"""Put many people on a mailing list at once, by the rules that hold for one.

Filters, other lists, events and a radius search all bring people the same way: their
addresses are gathered, each with the reason why it would stay away, and only then
somebody is put on the list. The preview shows what was gathered; carrying it out does
exactly the same and goes on.
"""

from collections import Counter

from odoo import api, models
from odoo.tools import SQL

from ..sync.address import SURE, SURE_LENGTH, UNMAILABLE, parse

#: people who are put on a list through the ORM in one go, where SQL would not do
_BATCH = 1000
#: names that are shown of each kind
SHOWN = 20

#: What keeps an address off the list, in the order in which it is told. Each is a
#: condition over ``said.email``; who left in a tool comes beside, and the tombstones,
#: which need a secret.
_BARRIERS = {
    "blocklisted": """
        EXISTS (SELECT FROM mail_blacklist
                 WHERE active AND email = said.email)""",
    "unwanted": """
        EXISTS (SELECT FROM res_partner
                 WHERE no_marketing_email AND email_normalized = said.email)""",
    "left": """
        EXISTS (SELECT FROM newsletter_leaving leaving
                 WHERE leaving.email = said.email AND leaving.lifted_at IS NULL
                   AND (leaving.scope = 'list' AND leaving.mailing_list_id = %(list)s
                        OR leaving.scope <> 'list'
                       AND leaving.company_id = ANY(%(companies)s))
                   AND NOT EXISTS (
                       SELECT FROM newsletter_consent consent
                        WHERE consent.company_id = leaving.company_id
                          AND consent.email = said.email AND consent.medium = 'email'
                          AND COALESCE(consent.mailing_list_id, %(list)s) = %(list)s
                          AND consent.state = 'confirmed'
                          AND consent.state_at > leaving.date))""",
    "withdrawn": """
        EXISTS (SELECT FROM newsletter_consent consent
                 WHERE consent.company_id = ANY(%(companies)s)
                   AND consent.email = said.email AND consent.medium = 'email'
                   AND consent.state = 'withdrawn'
                   AND (consent.mailing_list_id = %(list)s
                        OR consent.mailing_list_id IS NULL
                       AND NOT EXISTS (
                           SELECT FROM newsletter_consent given
                            WHERE given.company_id = consent.company_id
                              AND given.email = said.email AND given.medium = 'email'
                              AND given.mailing_list_id = %(list)s
                              AND given.state IN ('single', 'confirmed')
                              AND given.state_at > consent.state_at)))""",
    "archived": """
        (EXISTS (SELECT FROM res_partner
                  WHERE NOT active AND email_normalized = said.email)
         AND NOT EXISTS (SELECT FROM res_partner
                          WHERE active AND email_normalized = said.email))""",
}
#: tables that are asked for further records of an address, by an index; a marked lead
#: was taken as an opt-out when it was written
_MARKED = ("res_partner", "mailing_contact")


class NewsletterListPeople(models.AbstractModel):
    """Works on a temporary table, ``newsletter_joining``, of the present transaction.

    Each row is one address (or one record without any) with ``what``: ``new``,
    ``known`` (on the list already), ``opted_out`` (on the list, and has left it),
    ``no_address``, ``no_mailing``, ``invalid``, or a barrier.
    """

    _name = "newsletter.list.people"
    _description = "Newsletter People of a List"

    # --- who ------------------------------------------------------------------------
    @api.model
    def _gather(self, mailing_list, company, people):
        """Collect people, each address once, with what stands against each.

        :param company: towards which leavings and withdrawals count, besides those
            whose newsletter tools have the list
        :param people: SQL of rows (email, raw, name, company_name, country_id, res_id),
            ``raw`` being the address as typed; of several records with one address the
            lowest ``res_id`` counts
        :return: {what: number}
        """
        self.env.flush_all()
        companies = self._companies(mailing_list, company)
        values = {"companies": companies.ids, "list": mailing_list.id}
        barriers = {
            code: SQL(condition, **values) for code, condition in _BARRIERS.items()
        }
        there = self.env["newsletter.member"]._left_there_exists(
            SQL("said.email"), SQL("reader.contact_id"), mailing_list, companies
        )
        barriers["left"] = SQL("(%s OR %s)", barriers["left"], there)
        barriers["forgotten"] = self._buried(mailing_list, companies)
        self.env.cr.execute("DROP TABLE IF EXISTS newsletter_said, newsletter_joining")
        self.env.cr.execute(
            SQL("CREATE TEMPORARY TABLE newsletter_said ON COMMIT DROP AS %s", people)
        )
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE newsletter_joining ON COMMIT DROP AS
                SELECT said.*, reader.contact_id, reader.subscription_id,
                       reader.contact_id IS NULL AS stranger,
                       CASE WHEN said.email IS NULL THEN 'no_address'
                            WHEN reader.opt_out THEN 'opted_out'
                            WHEN reader.subscription_id IS NOT NULL THEN 'known'
                            %(barriers)s
                            ELSE 'new' END AS what
                  FROM (SELECT DISTINCT ON (email, nobody)
                               email, name, company_name, country_id, res_id
                          FROM (SELECT people.*,
                                       CASE WHEN email IS NULL THEN res_id END AS nobody
                                  FROM newsletter_said people) people
                         ORDER BY email, nobody, res_id) said
                  LEFT JOIN LATERAL (
                           SELECT contact.id AS contact_id,
                                  listed.id AS subscription_id,
                                  COALESCE(listed.opt_out, FALSE) AS opt_out
                             FROM mailing_contact contact
                             LEFT JOIN mailing_subscription listed
                               ON listed.contact_id = contact.id
                              AND listed.list_id = %(list)s
                            WHERE contact.email_normalized = said.email
                            ORDER BY listed.opt_out DESC NULLS LAST,
                                     listed.id, contact.id
                            LIMIT 1) reader ON TRUE
                """,
                barriers=SQL(" ").join(
                    SQL("WHEN %s THEN %s", condition, code)
                    for code, condition in barriers.items()
                ),
                **values,
            )
        )
        self._read_closely()
        return self._numbers()

    @api.model
    def _companies(self, mailing_list, company):
        """Towards whom somebody on the list may have left or withdrawn."""
        # sudo: couplings of all companies keep people out
        return company | mailing_list.sudo().newsletter_coupling_ids.company_id

    def _buried(self, mailing_list, companies):
        """The condition that a person deleted or removed this address.

        Who was only sorted out by a filter may be sorted in again.
        """
        # sudo: see _companies
        couplings = mailing_list.sudo().newsletter_coupling_ids
        tombstones = self.env["newsletter.tombstone"]
        found = [
            tombstones._standing(coupling, "said", ("sorted_out",))
            for coupling in couplings
        ] + [
            tombstones._standing_company(company, mailing_list, "said")
            for company in companies - couplings.company_id
        ]
        return SQL(
            "(%s)", SQL(" OR ").join(SQL("EXISTS (%s)", query) for query in found)
        )

    def _read_closely(self):
        """Keep out who is marked [NO MAILING], and addresses that nobody can mail.

        Odoo's normalised address hides both. Only what does not look sure is read; the
        marker counts in whatever record has the address.
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT email, raw FROM newsletter_said
                 WHERE email IS NOT NULL
                   AND NOT (lower(btrim(raw)) = email AND length(email) <= %s
                            AND email ~ %s AND email !~ %s)
                 UNION ALL
                SELECT said.email, unnest(%s) FROM newsletter_joining said
                 WHERE what = 'new'
                """,
                SURE_LENGTH,
                SURE,
                UNMAILABLE,
                SQL(" || ").join(
                    SQL(
                        """
                        ARRAY(SELECT marked.email::text FROM %s marked
                               WHERE marked.email_normalized = said.email
                                 AND marked.email ILIKE '%%mailing%%')
                        """,
                        SQL.identifier(table),
                    )
                    for table in _MARKED
                ),
            )
        )
        read = {}
        for email, raw in self.env.cr.fetchall():
            address = parse(raw or email)
            same = address.email == email
            problem = address.problem or (None if same else "invalid")
            read.setdefault(email, set()).add(problem)
        odd = {
            email: "no_mailing" if "no_mailing" in problems else "invalid"
            for email, problems in read.items()
            if "no_mailing" in problems or None not in problems
        }
        self.env.cr.execute(
            """
            UPDATE newsletter_joining said SET what = odd.what
              FROM unnest(%s::text[], %s::text[]) AS odd (email, what)
             WHERE said.email = odd.email AND said.what = 'new'
               AND (odd.what = 'no_mailing'
                    OR NOT EXISTS (SELECT FROM newsletter_said sure
                                    WHERE sure.email = odd.email
                                      AND lower(btrim(sure.raw)) = sure.email
                                      AND sure.email ~ %s AND sure.email !~ %s))
            """,
            [list(odd), list(odd.values()), SURE, UNMAILABLE],
        )

    @api.model
    def _numbers(self):
        self.env.cr.execute(
            "SELECT what, count(*) FROM newsletter_joining GROUP BY what"
        )
        return Counter(dict(self.env.cr.fetchall()))

    @api.model
    def _names(self, whats, limit=SHOWN):
        """What people are called: [“Name <address>”], the first of them."""
        self.env.cr.execute(
            SQL(
                """
                SELECT name, email FROM newsletter_joining
                 WHERE what = ANY(%s) ORDER BY email, res_id LIMIT %s
                """,
                list(whats),
                limit,
            )
        )
        return [shown(name, email) for name, email in self.env.cr.fetchall()]

    @api.model
    def _reasons(self, numbers):
        """Why people stay away, in words: [“3: …”], for the preview and the log."""
        words = {
            "known": self.env._("on the list already"),
            "opted_out": self.env._("have left this list"),
            "no_address": self.env._("without an e-mail address"),
            "invalid": self.env._("with an e-mail address that is not valid"),
            "no_mailing": self.env._("marked with [NO MAILING]"),
            "blocklisted": self.env._("on the blocklist"),
            "unwanted": self.env._("want no marketing e-mails"),
            "left": self.env._("have left"),
            "withdrawn": self.env._("have withdrawn their consent"),
            "archived": self.env._("archived in Odoo"),
            "forgotten": self.env._("were deleted or taken off by a person"),
        }
        return [f"{numbers[what]}: {words[what]}" for what in words if numbers[what]]

    @api.model
    def _listed(self, names, count):
        """The names in lines, and how many more there are; False for nobody."""
        if count > len(names):
            names = [*names, self.env._("… and %s more", count - len(names))]
        return "\n".join(names) or False

    # --- onto the list ----------------------------------------------------------------
    @api.model
    def _put_on(self, mailing_list, limit=None):
        """Put those who are new on the list; they become ``put`` in the table.

        :param limit: so many at most; call again for the others
        :return: how many
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE newsletter_joining SET what = 'put'
                 WHERE ctid = ANY(ARRAY(SELECT ctid FROM newsletter_joining
                                         WHERE what = 'new' ORDER BY email LIMIT %s))
                """,
                limit,
            )
        )
        count = self.env.cr.rowcount
        if not count:
            return 0
        self._sort_in(mailing_list)
        set_wise = self.env["newsletter.set.wise"]
        plain = all(
            set_wise._is_plain(model)
            for model in ("mailing.contact", "mailing.subscription")
        )
        (self._insert if plain else self._create)(mailing_list)
        for model in ("mailing.contact", "mailing.subscription"):
            self.env[model].invalidate_model()
        mailing_list.invalidate_recordset()
        return count

    def _insert(self, mailing_list):
        """By two statements, where no other addon would notice a single person."""
        self.env.cr.execute(
            """
            UPDATE newsletter_joining
               SET contact_id = nextval('mailing_contact_id_seq')
             WHERE what = 'put' AND stranger AND contact_id IS NULL
            """
        )
        self._insert_into(
            "mailing.contact",
            {
                "id": SQL("said.contact_id"),
                "name": SQL("COALESCE(NULLIF(said.name, ''), said.email)"),
                "email": SQL("said.email"),
                "email_normalized": SQL("said.email"),
                "company_name": SQL("NULLIF(said.company_name, '')"),
                "country_id": SQL("said.country_id"),
            },
            SQL("said.what = 'put' AND said.stranger"),
        )
        self._insert_into(
            "mailing.subscription",
            {
                "contact_id": SQL("said.contact_id"),
                "list_id": SQL("%s", mailing_list.id),
                "opt_out": SQL("FALSE"),
            },
            SQL("said.what = 'put'"),
        )

    def _insert_into(self, model_name, columns, condition):
        set_wise = self.env["newsletter.set.wise"]
        model = self.env[model_name]
        columns = {
            **set_wise._defaults(model_name, columns),
            **columns,
            **set_wise._stamps(model, ("create", "write")),
        }
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM newsletter_joining said WHERE %s"
                " ORDER BY said.email",
                SQL.identifier(model._table),
                set_wise._listed(columns),
                SQL(", ").join(columns.values()),
                condition,
            )
        )

    def _create(self, mailing_list):
        """Through the ORM, where another addon (or a rule) wants to see them."""
        # sudo: whoever may change the list's people may know nothing of its rights
        quiet = self.sudo().with_context(tracking_disable=True).env
        self.env.cr.execute(
            """
            SELECT email, name, company_name, country_id FROM newsletter_joining
             WHERE what = 'put' AND contact_id IS NULL ORDER BY email
            """
        )
        rows = self.env.cr.fetchall()
        for start in range(0, len(rows), _BATCH):
            contacts = quiet["mailing.contact"].create(
                [
                    {
                        "name": name or email,
                        "email": email,
                        "company_name": company_name,
                        "country_id": country_id,
                    }
                    for email, name, company_name, country_id in rows[
                        start : start + _BATCH
                    ]
                ]
            )
            self.env.cr.execute(
                """
                UPDATE newsletter_joining said SET contact_id = made.id
                  FROM unnest(%s::text[], %s::int[]) AS made (email, id)
                 WHERE said.email = made.email AND said.what = 'put'
                """,
                [contacts.mapped("email"), contacts.ids],
            )
        self.env.cr.execute(
            "SELECT contact_id FROM newsletter_joining WHERE what = 'put'"
        )
        ids = [contact_id for (contact_id,) in self.env.cr.fetchall()]
        for start in range(0, len(ids), _BATCH):
            quiet["mailing.subscription"].create(
                [
                    {"contact_id": contact_id, "list_id": mailing_list.id}
                    for contact_id in ids[start : start + _BATCH]
                ]
            )

    def _sort_in(self, mailing_list):
        """Who was sorted out and is put back may come back in the tool, too."""
        # sudo: see _buried
        self.env["newsletter.tombstone"]._sort_in(
            mailing_list.sudo().newsletter_coupling_ids,
            SQL("SELECT email FROM newsletter_joining WHERE what = 'put'"),
        )


def shown(name, email):
    """How one person is named in a preview: “Anna Lang <anna@example.org>”."""
    if name and email:
        return f"{name} <{email}>"
    return name or email or ""
