# Copyright 2026 the newsletter_sync founders
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Newsletter Sync: Privacy Lookup",
    "summary": "Offer the erasure in newsletter tools where Odoo looks people up",
    "version": "19.0.1.0.0",
    "category": "Marketing/Email Marketing",
    "author": "newsletter_sync founders",
    "website": "https://newsletter-sync.example.org",
    "license": "AGPL-3",
    "depends": ["newsletter_sync", "privacy_lookup"],
    "data": ["views/privacy_lookup_views.xml"],
    "auto_install": True,
}
