"""Reads incoming mails and says what they want. Pure: no I/O, no clock, no Odoo.

Imports nothing else of this addon but ``sync``.
"""
