# Copyright 2026 the newsletter_sync founders
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Newsletter Sync",
    "summary": "Keep contacts and newsletter tools equal: CleverReach and more",
    "version": "19.0.1.0.0",
    "category": "Marketing/Email Marketing",
    "author": "newsletter_sync founders",
    "website": "https://newsletter-sync.example.org",
    "license": "AGPL-3",
    "depends": ["mass_mailing", "crm"],
    "external_dependencies": {
        "python": ["email-validator", "nameparser", "requests"],
    },
    "data": [],
    "application": True,
    "installable": True,
}
