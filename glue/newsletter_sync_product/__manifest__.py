# Copyright 2026 the newsletter_sync founders
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Newsletter Sync: Products",
    "summary": "Say which product a mailing list is about",
    "version": "19.0.1.0.0",
    "category": "Marketing/Email Marketing",
    "author": "newsletter_sync founders",
    "website": "https://newsletter-sync.example.org",
    "license": "AGPL-3",
    "depends": ["newsletter_sync", "product"],
    "data": ["views/mailing_list_views.xml"],
    "auto_install": True,
}
