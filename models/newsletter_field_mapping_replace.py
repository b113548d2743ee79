"""Rows of the field mapping become what a file or another coupling says."""

from odoo import models


class NewsletterFieldMapping(models.Model):
    _inherit = "newsletter.field.mapping"

    def _pair(self, wanted):
        """Find the row that each of the wanted ones is today, if there is one.

        Rows are the same that fill the same field of the tool for the same kind of
        record; the field in Odoo may be another one.

        :param wanted: dicts of values of rows
        :return: list of rows in the order of ``wanted``, empty where there is none,
            and the rows that are left
        """
        here = {}
        for row in self:
            here.setdefault(_identity(row), []).append(row)
        found = []
        for values in wanted:
            rows = here.get(_identity(values))
            found.append(rows.pop(0) if rows else self.browse())
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
        (self - gone).write({"remote_name": False})
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


def _identity(row):
    """What a row fills, and for whom; of a record or of its values."""
    name = row["remote_name"] or row["label"] or ""
    return name.strip().lower(), row["record_type"]
