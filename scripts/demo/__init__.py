"""make demo: an organisation's Odoo beside a newsletter tool, and the main job between.

What stands here runs on Python's standard library alone and looks after databases,
servers and the screen. What stands in ``inside`` runs within Odoo's shell.
"""
