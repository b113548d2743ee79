"""Build the organisation in an empty database: companies, users, contacts and the rest.

One transaction with a mark at its end: what was interrupted is not there at all.
"""

from __future__ import annotations

from .. import words
from ..people import Contact, invent
from . import consents, side_records

#: The marked part of the data; contacts are found again by these external ids.
MODULE = "newsletter_demo"
#: Says which state of the addon this database was built or updated with.
MARK = "newsletter_sync.demo"
NAME = "Kulturverein Lindenhof e. V."
SECOND = "Lindenhof Verlag GmbH"


def build(env, fingerprint: str) -> None:
    """Everything but the connection; ``run_code`` commits."""
    # Nobody reads the history of invented people, and it takes half of the time.
    env = env(context={**env.context, "tracking_disable": True, "mail_notrack": True})
    _languages(env)
    second = _companies(env)
    _users(env, second)
    people = invent()
    partners = _contacts(env, people)
    env["ir.model.data"]._update_xmlids(
        [
            {"xml_id": f"{MODULE}.contact_{number:03}", "record": partner}
            for number, partner in enumerate(partners)
        ]
    )
    consents.record(env, people)
    # after the consents: whoever is blocked withdraws the one that was given
    _protect(env, people, partners)
    side_records.build(env, second)
    mark(env, fingerprint)


def mark(env, fingerprint: str) -> None:
    """Remember that the database is complete, and for which state of the addon."""
    env["ir.config_parameter"].set_param(MARK, fingerprint)


def contacts(env) -> dict:
    """{number of the invented person: contact}, without those that were deleted."""
    found = env["ir.model.data"].search(
        [("module", "=", MODULE), ("name", "=like", "contact_%")], order="name"
    )
    partners = env["res.partner"].browse(found.mapped("res_id"))
    existing = set(partners.exists().ids)
    return {
        int(entry.name.removeprefix("contact_")): partner
        for entry, partner in zip(found, partners, strict=True)
        if partner.id in existing
    }


def _languages(env) -> None:
    codes = ["de_DE", "fr_FR"]
    for code in codes:
        env["res.lang"]._activate_lang(code)
    installed = env["ir.module.module"].search([("state", "=", "installed")])
    installed._update_translations(["de_DE"])


def _companies(env):
    town, postcode, street = words.PLACES[0]
    germany = env.ref("base.de").id
    address = {
        "zip": postcode,
        "city": town,
        "country_id": germany,
        "currency_id": env.ref("base.EUR").id,
    }
    # A company with an address is looked up at a service of Odoo's maker, unless
    # that has been done: the demo needs no network.
    second = env["res.company"].create({"name": SECOND})
    (env.company + second).iap_enrich_auto_done = True
    env.company.write(
        {
            **address,
            "name": NAME,
            "email": "post@lindenhof.test",
            "street": f"{street} 1",
        }
    )
    second.write({**address, "email": "verlag@lindenhof.test", "street": f"{street} 3"})
    env.ref("base.user_admin").company_ids |= second
    return second


def _users(env, second) -> None:
    env.ref("base.user_admin").write({"tz": "Europe/Berlin"})
    groups = (
        "base.group_user",
        "base.group_partner_manager",
        "sales_team.group_sale_salesman",
        "newsletter_sync.group_user",
    )
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "Clara Sachbearbeiterin",
            "login": "clerk",
            "password": "clerk",
            "email": "clerk@lindenhof.test",
            "lang": "de_DE",
            "tz": "Europe/Berlin",
            "group_ids": [(6, 0, [env.ref(name).id for name in groups])],
        }
    )


def _contacts(env, people: list[Contact]):
    tags = {
        english: env["res.partner.category"].create({"name": english})
        for english in words.TAGS
    }
    for english, german in words.TAGS.items():
        tags[english].with_context(lang="de_DE").name = german
    companies = [person for person in people if person.is_company]
    made = env["res.partner"].create([_values(company, tags) for company in companies])
    ids = {partner.name: partner.id for partner in made}
    persons = [person for person in people if not person.is_company]
    return made + env["res.partner"].create(
        [
            {**_values(person, tags), "parent_id": ids.get(person.employer, False)}
            for person in persons
        ]
    )


def _values(person: Contact, tags) -> dict:
    place = {"street": person.street, "zip": person.postcode, "city": person.town}
    return {
        "name": person.name,
        "email": person.typed or False,
        "lang": person.lang,
        "is_company": person.is_company,
        "active": person.fate != "archived",
        "function": person.function or False,
        "newsletter_salutation": person.salutation or False,
        "category_id": [(6, 0, [tags[tag].id for tag in person.tags])],
        **{key: value for key, value in place.items() if value},
    }


def _protect(env, people: list[Contact], partners) -> None:
    """Who must not get mail, whatever they once agreed to."""
    for person, partner in zip(people, partners, strict=True):
        if person.fate == "blocklisted":
            env["mail.blacklist"]._add(person.address)
        elif person.fate == "unwanted":
            partner.no_marketing_email = True
