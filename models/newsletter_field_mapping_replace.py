"""Rows of the field mapping become what a file or another coupling says."""

from odoo import models


class NewsletterFieldMapping(models.Model):
    _inherit = "newsletter.field.mapping"

    def _pair(self, wanted):
        """Find the row that each of the wanted ones is today, if there is one.

        Rows are the same that fill the same field of the tool for the same kind of
        record, else those with the same field in Odoo.

        :param wanted: dicts of values of rows
        :return: list of rows in the order of ``wanted``, empty where there is none,
            and the rows that are left
        """
        found = [self.browse()] * len(wanted)
        for identity in (_place, _origin):
            here = {}
            for row in self - self.browse().union(*found):
                here.setdefault(identity(row), []).append(row)
            for number, values in enumerate(wanted):
                rows = here.get(identity(values))
                if rows and not found[number]:
                    found[number] = rows.pop(0)
        return found, self - self.browse().union(*found)

    def _replace(self, wanted, **common):
        """Make these rows what is wanted; those that stay keep their id, and with it
        what members remember of them.

        :param wanted: dicts of values of rows
        :param common: values of all of them
        :return: the rows in the order of ``wanted``
        :raises ValidationError: a row does not fit this database
        """
        found, gone = self._pair(wanted)
        # first what makes room for others: two rows may change their fields
        gone.unlink()
        for row, values in zip(found, wanted, strict=True):
            if row.remote_name and row.remote_name != values["remote_name"]:
                row.remote_name = False
        fresh = iter(
            self.create(
                [
                    {**values, **common}
                    for row, values in zip(found, wanted, strict=True)
                    if not row
                ]
            )
        )
        for row, values in zip(found, wanted, strict=True):
            row.write({**values, **common})
        return self.browse([(row or next(fresh)).id for row in found])


def _place(row):
    """What a row fills, and for whom; of a record or of its values."""
    name = row["remote_name"] or row["label"] or ""
    return name.strip().lower(), row["record_type"]


def _origin(row):
    """Where the value of a row comes from."""
    return row["path"], row["record_type"]
