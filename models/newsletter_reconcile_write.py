"""Write down what was decided: Odoo's side, the members, the log; set-wise."""

from datetime import timedelta

from odoo import fields, models

from ..sync import reconcile
from ..sync.values import digest_of_texts, filled
from ..sync.vocabulary import Status
from .newsletter_push import naive
from .newsletter_reconcile_load import NO_MEMBER


class NewsletterReconcile(models.AbstractModel):
    _inherit = "newsletter.reconcile"

    def _carry_out(self, run, coupling, cases, mappings):
        self._write_odoo(coupling, cases, mappings)
        self._remember_all(coupling, cases, run)
        self.env["newsletter.before.image"]._keep(run, cases)
        self._log_found(run, cases, mappings)

    # --- Odoo's side ------------------------------------------------------------------
    def _write_here(self, coupling, case, mappings):
        """Odoo's side of one person: contact, subscription, address, values."""
        self._write_odoo(coupling, [case], mappings)

    def _write_odoo(self, coupling, cases, mappings):
        """Odoo's side: contacts, values, addresses, subscriptions."""
        changed = [case for case in cases if case.outcome.local]
        if not changed:
            return
        self._create_people(coupling, changed, mappings)
        for case in changed:
            change = case.outcome.local
            if change.values and case.record and case.taken is None:
                record = case.record.with_env(self.env)
                names = mappings._targets(record, change.values)
                self._note_before(case, record, names)
                case.taken = mappings._write_values(record, change.values)
            if change.email and case.record:
                self._write_address(case, change.email)
        if coupling.mailing_list_id:
            self._write_subscriptions(coupling, changed)

    def _write_address(self, case, email):
        records = [(case.record, case.record._newsletter_email_field())]
        if case.contact and case.contact != case.record:
            records.append((case.contact, "email"))
        for record, name in records:
            self._note_before(case, record, [name])
            record.with_env(self.env)[name] = email

    def _note_before(self, case, record, names):
        """Keep what stands in Odoo, so that it can be brought back."""
        images = self.env["newsletter.before.image"]
        before = case.before.setdefault((record._name, record.id), {})
        for name in names:
            if name not in before:
                before[name] = images._plain(record[name])

    def _create_people(self, coupling, cases, mappings):
        """Contacts for strangers, mailing contacts for everybody without one."""
        newcomers = self.env["newsletter.newcomer"]
        # nobody wants to read a million times that a contact was created
        quiet = self.with_context(tracking_disable=True).env
        strangers = [case for case in cases if case.outcome.local.create == "contact"]
        recipe = newcomers._recipe("res.partner", mappings) if strangers else None
        rows = []
        for case in strangers:
            row, case.taken = newcomers._contact(recipe, case)
            rows.append(row)
        for case, partner in zip(
            strangers, quiet["res.partner"].create(rows), strict=True
        ):
            case.partner = partner.with_env(self.env)
        readers = [
            case
            for case in cases
            if (case.outcome.local.create or case.outcome.local.add)
            and not case.contact
            and (coupling.mailing_list_id or case.outcome.local.create)
        ]
        recipe = newcomers._recipe("mailing.contact", mappings) if readers else None
        rows = []
        for case in readers:
            row, taken = newcomers._reader(recipe, case)
            if case.outcome.local.create == "mailing_contact":
                case.taken = taken
            rows.append(row)
        created = quiet["mailing.contact"].create(rows)
        for case, contact in zip(readers, created, strict=True):
            case.contact = contact.with_env(self.env)

    def _write_subscriptions(self, coupling, cases):
        """Opt-outs go with their date, else it would be that of the comparison."""
        now = fields.Datetime.now()
        subscriptions = self.env["mailing.subscription"]
        new, left_at, back = {}, {}, []
        rows = subscriptions.browse(
            [case.subscription.id for case in cases if case.subscription]
        )
        rows = {row.id: row for row in rows}
        for case in cases:
            change = case.outcome.local
            left = change.status in reconcile.LEFT
            at = naive(change.status_at) or now
            if change.add and not case.subscription:
                values = {
                    "contact_id": case.contact.id,
                    "list_id": coupling.mailing_list_id.id,
                    "opt_out": left,
                }
                if left:
                    values["opt_out_datetime"] = at
                new[case.contact.id] = values
            elif change.status and case.subscription:
                turned = left or change.status is Status.SUBSCRIBED
                if turned and bool(case.subscription.opt_out) != left:
                    row = rows[case.subscription.id]
                    self._note_before(case, row, ["opt_out", "opt_out_datetime"])
                    if left:
                        left_at[row] = at
                    else:
                        back.append(row.id)
        subscriptions.create(list(new.values()))
        subscriptions._newsletter_opt_out(left_at)
        subscriptions.browse(back).write({"opt_out": False})

    # --- the members ------------------------------------------------------------------
    def _remember(self, coupling, case):
        """The member of one person, see ``_remember_all``."""
        self._remember_all(coupling, [case])
        return case.member

    def _remember_all(self, coupling, cases, run=None):
        """What both sides say now, what was found, what shall be done."""
        now = fields.Datetime.now()
        rows = [self._memory(coupling, case, now, run) for case in cases]
        self._keep_addresses_apart(coupling, cases, rows)
        set_wise = self.env["newsletter.set.wise"]
        known, new = {}, {}
        for case, row in zip(cases, rows, strict=True):
            if case.member:
                row["id"] = case.member.id
                known.setdefault(frozenset(row), []).append(row)
            elif row.get("email"):
                row.update(
                    active=True,
                    coupling_id=coupling.id,
                    connection_id=coupling.connection_id.id,
                    company_id=coupling.company_id.id,
                    remote_email=None,
                )
                new.setdefault(frozenset(row), []).append((case, row))
        for group in known.values():
            set_wise._update("newsletter.member", group)
        for group in new.values():
            ids = set_wise._insert("newsletter.member", [row for _case, row in group])
            for (case, row), id_ in zip(group, ids, strict=True):
                case.member = NO_MEMBER._replace(id=id_, email=row["email"])

    def _memory(self, coupling, case, now, run):
        """The values of one member as columns."""
        to_review = self._to_review(case)
        outcome, local, remote = case.outcome, case.local, case.remote
        member, fetched = case.member, case.fetched
        change = outcome.local
        status = change.status or local.status
        base = dict(outcome.agreed.values)
        values = local.values
        if change.values:
            written = change.values
            if case.taken is not None:
                # what has no place in Odoo is not agreed on: it would be taken for
                # something that was cleared here, and cleared in the tool
                written = {key: written[key] for key in written if key in case.taken}
                for key in change.values.keys() - case.taken:
                    base.pop(key, None)
            values = {**values, **written}
        texts = filled(base)
        vals = {
            "local_status": status.value if status else None,
            "remote_status": remote.status.value if remote.status else None,
            "remote_status_at": naive(remote.status_at) or None,
            "result": outcome.result.value,
            "result_text": self._text(outcome.text),
            "task": outcome.task.value if outcome.task else None,
            "outdated": outcome.outdated,
            "difference_digest": outcome.difference or None,
            "task_sends": dict(outcome.remote_values) or None,
            "base_status": outcome.agreed.status.value
            if outcome.agreed.status
            else None,
            "base_values": base or None,
            "base_digest": digest_of_texts(texts),
            "local_values": None if filled(values) == texts else dict(values),
            "remote_values": (
                None if filled(remote.values) == texts else dict(remote.values)
            ),
            # rounded up: what was written in this transaction is no change
            "synced_at": now + timedelta(seconds=1),
            "contact_id": case.contact.id or None,
            "partner_id": case.partner.id or None,
            "lead_id": case.lead.id or None,
            **{key: value or None for key, value in to_review.items()},
        }
        if not outcome.decided:
            vals.update(
                task_difference=None,
                task_at=now if outcome.task else None,
                task_by=None,
                task_rule=outcome.text if outcome.task else None,
                task_values=None,
                task_reason=None,
            )
        if outcome.task is reconcile.Task.UNSUBSCRIBE and member.task != "unsubscribe":
            # failed tries of another task hold up no leaving
            vals.update(parked=False, tries=0, next_try_at=None)
        if change.status:
            vals.update(
                local_status_at=naive(change.status_at) or now,
                local_status_by=coupling.connection_id._connector_class().label,
            )
        if change.add or change.create:
            vals.update(
                added_run=run.id if run else None, added=change.create or "list"
            )
        if fetched:
            vals.update(
                remote_id=fetched.remote_id or None,
                remote_digest=fetched.digest or None,
                opt_in_at=fetched.opt_in_at or None,
                opt_in_ip=fetched.opt_in_ip or None,
                reason=fetched.reason or None,
            )
        if not member:
            vals["email"] = change.email or remote.email or local.email
        else:
            # both sides may have got the new address by themselves
            both = local.email if local.email == remote.email else ""
            # whom Odoo does not know is called as the tool calls them, unless something
            # stands against them by the name that they had
            unknown = not case.person and outcome.result is not reconcile.Result.BLOCKED
            # somebody who is leaving is found by the address until the tool obeys
            stays = outcome.task is reconcile.Task.UNSUBSCRIBE
            followed = both or (remote.email if unknown and not stays else "")
            vals["email"] = change.email or followed or member.email
        vals["remote_email"] = (
            remote.email if remote.email and remote.email != vals["email"] else None
        )
        if case.person:
            vals["name"] = case.person.name
        elif case.record:
            vals["name"] = case.record.display_name
        return vals

    def _keep_addresses_apart(self, coupling, cases, rows):
        """An address that another member has stays with that one; the review shows
        both, as the tool's address differs."""
        moving = [
            (case, row)
            for case, row in zip(cases, rows, strict=True)
            if row["email"] != case.member.email
        ]
        if not any(case.member for case, _row in moving):
            return
        holders = self._members_by_email(coupling, [row["email"] for _c, row in moving])
        taken = {email: row.id for email, row in holders.items()}
        for case, row in moving:
            holder = taken.setdefault(row["email"], case.member.id or 0)
            if holder != (case.member.id or 0):
                row.update(remote_email=row["email"], email=case.member.email)

    # --- the log ----------------------------------------------------------------------
    def _log_found(self, run, cases, mappings):
        """One line of the log for each thing that was done or found."""
        labels = {str(mapping.id): mapping.label for mapping in mappings}
        events = self.env["newsletter.event"]
        common = events._event_values({"code": "", "run": run})
        now = fields.Datetime.now()
        rows = []
        for case in cases:
            record = case.record
            rows += [
                {
                    **common,
                    "date": now,
                    "code": note.code,
                    "level": note.level.value,
                    "text": self._event_text(case.member, note, labels),
                    "old_value": self._event_value(note.field, note.tool),
                    "new_value": self._event_value(note.field, note.odoo),
                    "rule": note.rule or None,
                    "member_id": case.member.id or None,
                    "res_model": record._name if record else None,
                    "res_id": record.id or None,
                }
                for note in case.outcome.notes
            ]
        self.env["newsletter.set.wise"]._insert(
            "newsletter.event", [{k: v or None for k, v in row.items()} for row in rows]
        )
