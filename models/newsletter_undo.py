"""Bring back what a run changed in Odoo, as far as nobody has touched it since.

The newsletter tool is not told by that: what differs then is found by the next
comparison like any other change in Odoo. Only whom the run had brought back has left
again, and leavings travel by themselves.
"""

from collections import Counter, defaultdict, namedtuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: records brought back in one go; whoever wants the rest presses again
AT_ONCE = 5000
#: records that are looked at together; a run may have changed a million
SLICE = 1000
#: records of the engine; contacts and leads are written with the user's own rights
_ENGINES = ("mailing.contact", "mailing.subscription")

#: one thing of a run: ``kind`` says what becomes of it (see ``KINDS``), ``record`` is
#: what is written, ``values`` what it gets, ``source`` the image or the member
Item = namedtuple("Item", ("kind", "record", "values", "source"))

#: what is brought back, and why other things are not
BACK = ("values", "list", "contact")
ALONE = ("changed", "no_right", "gone")


class NewsletterUndo(models.AbstractModel):
    _name = "newsletter.undo"
    _description = "Undo of a Newsletter Run"

    @api.model
    def _check(self, run):
        """Managers undo runs of their companies that are over.

        :raises AccessError, UserError: why it cannot be undone
        """
        run.check_access("read")
        if not self.env.user.has_group("newsletter_sync.group_manager"):
            raise AccessError(
                self.env._(
                    "Undoing a run needs the right “Newsletter Tools / Manager”."
                )
            )
        if run.state not in ("done", "cancelled", "stopped"):
            raise UserError(self.env._("The run is not over yet. Cancel it first."))

    def _slices(self, run, most=SLICE):
        """What the run changed and added in Odoo, each with what would become of it.

        Slice by slice, and what was looked at is forgotten: lists of ``Item``.

        :param most: records in a slice
        """
        # sudo: the engine's memory; the right was checked, records are checked each
        members = self.env["newsletter.member"].sudo()
        added = [("coupling_id", "=", run.coupling_id.id), ("added_run", "=", run.id)]
        # before the values: bringing those back would hide that somebody edited a
        # contact
        for part in self._in_parts(members, added, most):
            yield self._member_items(run, part)
        images = self.env["newsletter.before.image"].sudo()
        changed = [("run_id", "=", run.id), ("undone", "=", False)]
        for part in self._in_parts(images, changed, most):
            yield self._items_of_images(part)

    def _in_parts(self, model, domain, most):
        after = 0
        while part := model.search(
            [*domain, ("id", ">", after)], order="id", limit=most
        ):
            after = part[-1].id
            yield part
            for name in ("res.partner", "crm.lead", *_ENGINES, model._name):
                self.env[name].invalidate_model()

    def _items_of_images(self, images):
        items = []
        for model, group in images.grouped("res_model").items():
            records = self._writer(model).browse(group.mapped("res_id"))
            existing = set(records.exists().ids)
            allowed = set(records.browse(existing)._filtered_access("write").ids)
            for image in group:
                record = records.browse(image.res_id).with_prefetch(existing)
                if image.res_id not in existing:
                    items.append(Item("gone", record, {}, image))
                elif image.res_id not in allowed:
                    items.append(Item("no_right", record, {}, image))
                else:
                    items += self._image_items(image, record)
        return items

    def _writer(self, model):
        """Records as whoever writes them here."""
        # sudo: readers and subscriptions belong to the engine, who changed them
        return self.env[model].sudo() if model in _ENGINES else self.env[model]

    def _image_items(self, image, record):
        """Values that are still as the run left them go back; an opt-out never does."""
        now = image._now(record, image.values)
        if record._name == "mailing.subscription":
            if now.get("opt_out"):
                return [Item("left", record, {}, image)]
            same = now.get("opt_out") == (image.after or {}).get("opt_out")
            kind = "values" if same else "changed"
            return [Item(kind, record, image.values if same else {}, image)]
        untouched = {
            name: value
            for name, value in image.values.items()
            if now[name] == (image.after or {}).get(name)
        }
        items = []
        if untouched:
            items.append(Item("values", record, untouched, image))
        if len(untouched) < len(image.values):
            items.append(Item("changed", record, {}, image))
        return items

    def _member_items(self, run, members):
        """People whom the run put on the list: off again, unless they have left."""
        rows = self._writer("mailing.subscription").search(
            [
                ("list_id", "=", run.coupling_id.mailing_list_id.id),
                ("contact_id", "in", members.contact_id.ids),
            ]
        )
        by_contact = {row.contact_id: row for row in rows}
        partners = self._created_partners(members)
        items = []
        for member in members:
            row = by_contact.get(member.contact_id, rows.browse())
            if row.opt_out:
                items.append(Item("left", row, {}, member))
                continue
            items.append(Item("list", row, {}, member))
            if member.partner_id.id in partners:
                created = partners[member.partner_id.id]
                items.append(self._created_item(run, member, *created))
        return items

    def _created_partners(self, members):
        """{id: (contact, may the user change it)} of those that the run made."""
        created = members.filtered(lambda member: member.added == "contact").partner_id
        created = created.with_env(self.env)
        allowed = set(created._filtered_access("write").ids)
        return {partner.id: (partner, partner.id in allowed) for partner in created}

    def _created_item(self, run, member, partner, allowed):
        """A created contact is archived, unless somebody works with it by now."""
        if not allowed:
            return Item("no_right", partner, {}, member)
        # sudo: whether somebody logs in, for users who may not see accounts
        known = partner.sudo()
        edited = (
            known.write_uid != known.create_uid
            and run.finished_at
            and known.write_date > run.finished_at
        )
        if edited or known.user_ids:
            return Item("changed", partner, {}, member)
        return Item("contact", partner, {"active": False}, member)

    @api.model
    def _preview(self, run, shown):
        """What undoing would do; nothing is changed.

        :param shown: how many names of those who are left as they are
        :return: ({kind: number}, names); of the values, the number of "left_again" are
            people who leave again by that
        """
        counts, names = Counter(), []
        for items in self._slices(run):
            counts.update(item.kind for item in items)
            counts["left_again"] += sum(self._leaves_again(item) for item in items)
            alone = [item for item in items if item.kind in ALONE]
            names += self._names(alone[: shown - len(names)])
        return counts, names

    @api.model
    def _leaves_again(self, item):
        """Whether the run had brought somebody back, who is opted out again now."""
        return (
            item.kind == "values"
            and item.record._name == "mailing.subscription"
            and bool(item.values.get("opt_out"))
        )

    # --- carrying out -----------------------------------------------------------------
    @api.model
    def _undo(self, run):
        """Bring back what is as the run left it.

        :return: {kind: number} of what was brought back and of what was left alone
        """
        self._check(run)
        counts, done = Counter(), 0
        note = self.env._("Undo of the run “%s”.", run.display_name)
        for items in self._slices(run, min(SLICE, AT_ONCE)):
            now = [item for item in items if item.kind in BACK]
            for item in now:
                if item.kind == "values":
                    told = item.record.with_context(newsletter_leaving_note=note)
                    values = self._writable(item)
                    if self._leaves_again(item):
                        # whoever leaves now leaves after they had come back; on the
                        # former day it would count for nothing
                        values["opt_out_datetime"] = fields.Datetime.now()
                    told.write(values)
                    item.source.undone = True
            self._take_off(now)
            self._log_undone(run, items)
            counts.update(item.kind for item in items)
            done += len(now)
            if done >= AT_ONCE:
                break
        if not done:
            raise UserError(
                self.env._(
                    "There is nothing to bring back: nothing was changed in Odoo, it "
                    "was brought back already, or people have changed it since."
                )
            )
        self.env["newsletter.event"]._log(
            "run_undone",
            level="warning",
            run=run,
            text=self.env._(
                "%(user)s undid the run in Odoo: %(count)s brought back, %(left)s left "
                "as they are.",
                user=self.env.user.name,
                count=done,
                left=counts.total() - done,
            ),
        )
        return counts

    def _writable(self, item):
        """The former values as the ORM takes them."""
        values = {}
        for name, value in item.values.items():
            field = item.record._fields[name]
            if field.type == "many2one":
                value = value[0] if value else False
            elif field.type == "datetime" and value:
                value = fields.Datetime.to_datetime(value.replace("T", " "))
            values[name] = value
        return values

    def _take_off(self, items):
        """Off the list in Odoo; the tool's people stay as they are.

        The link to an archived contact goes: else the next comparison would take it for
        the reason to unsubscribe somebody in the tool.
        """
        rows, partners = self._writer("mailing.subscription").browse(), {}
        members = self.env["newsletter.member"].sudo().browse()
        for item in items:
            if item.kind == "list":
                rows |= item.record
                members |= item.source
            elif item.kind == "contact":
                partners[item.source] = item.record
        for member in partners:
            member.partner_id = False
        members.write({"added_run": False, "added": False})
        rows.unlink()
        archived = self.env["res.partner"].browse(
            {partner.id for partner in partners.values()}
        )
        archived.write({"active": False})
        self.env["newsletter.change"]._note(members)

    def _log_undone(self, run, items):
        """Name what was brought back; and what was not, which is met at each press,
        once."""
        known = self._named_before(run, items)
        texts = {
            "values": self.env._("%s: the former values were brought back."),
            "list": self.env._("%s: taken off the list again."),
            "contact": self.env._("%s: the contact was archived."),
            "changed": self.env._("%s: changed since the run, left as it is."),
            "no_right": self.env._("%s: you may not change this, left as it is."),
        }
        told = [
            item
            for item in items
            if item.kind in texts
            and (item.kind in BACK or (item.record._name, item.record.id) not in known)
        ]
        self.env["newsletter.event"]._log_many(
            {
                "code": "undone" if item.kind in BACK else "not_undone",
                "level": "info" if item.kind in BACK else "warning",
                "run": run,
                "member": item.source
                if item.source._name == "newsletter.member"
                else None,
                "record": item.record or item.source,
                "text": texts[item.kind] % name,
            }
            for item, name in zip(told, self._names(told), strict=True)
        )

    @api.model
    def _named_before(self, run, items):
        """{(model, id)} of what an earlier press has left as it is."""
        ids = {item.record.id for item in items if item.kind in ALONE}
        # sudo: as what is written there
        events = self.env["newsletter.event"].sudo()
        found = events.search(
            [
                ("run_id", "=", run.id),
                ("code", "=", "not_undone"),
                ("res_id", "in", list(ids)),
            ]
        )
        return {(event.res_model, event.res_id) for event in found}

    @api.model
    def _names(self, items):
        """Whom items are about, in a clerk's words, one for each."""
        ids = defaultdict(set)
        for item in items:
            if item.source._name != "newsletter.member":
                ids[item.record._name].update(item.record.ids)
        # sudo: a name, told to whoever may undo the run
        there = {
            model: self.env[model].sudo().browse(found).exists()
            for model, found in ids.items()
        }
        known = {model: set(records.ids) for model, records in there.items()}
        for item in items:
            model, id_ = item.record._name, item.record.id
            if item.source._name == "newsletter.member":
                yield item.source.sudo().email
            elif id_ not in known[model]:
                yield self.env._("somebody who was deleted")
            else:
                record = there[model].browse(id_).with_prefetch(there[model].ids)
                if model == "mailing.subscription":
                    record = record.contact_id
                yield record.display_name


class NewsletterMember(models.Model):
    _inherit = "newsletter.member"

    _of_added_run = models.Index("(added_run) WHERE added_run IS NOT NULL")


class NewsletterRun(models.Model):
    _inherit = "newsletter.run"

    undoable = fields.Boolean(
        compute="_compute_undoable",
        help="The run has changed something in Odoo that may be brought back.",
    )

    def _compute_undoable(self):
        # sudo: the engine's memory; what may be brought back is checked when asked for
        images = self.env["newsletter.before.image"].sudo()
        members = self.env["newsletter.member"].sudo()
        for run in self:
            changed = [("run_id", "=", run.id), ("undone", "=", False)]
            added = [("added_run", "=", run.id)]
            run.undoable = bool(
                images.search_count(changed, limit=1)
                or members.search_count(added, limit=1)
            )

    def action_undo(self):
        """Show what undoing would bring back in Odoo, and what it would leave."""
        self.ensure_one()
        self.env["newsletter.undo"]._check(self)
        wizard = self.env["newsletter.undo.wizard"].create({"run_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Undo in Odoo"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }
