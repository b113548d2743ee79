"""Pure decisions: no I/O, no clock, no Odoo. Imports nothing else of this addon."""
