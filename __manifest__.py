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
    "data": [
        "security/newsletter_groups.xml",
        "security/ir.model.access.csv",
        "security/newsletter_rules.xml",
        "data/newsletter_data.xml",
        "data/newsletter_leaving_data.xml",
        "data/webhooks.xml",
        "data/actions.xml",
        "views/newsletter_connection_views.xml",
        "views/newsletter_event_views.xml",
        "views/newsletter_member_views.xml",
        "views/newsletter_run_views.xml",
        "views/newsletter_consent_views.xml",
        "views/res_partner_views.xml",
        "views/res_config_settings_views.xml",
        "views/oauth_templates.xml",
        "wizards/newsletter_push_wizard_views.xml",
        "wizards/newsletter_couple_wizard_views.xml",
        "views/newsletter_coupling_views.xml",
        "views/menus.xml",
        "views/newsletter_leaving_views.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "newsletter_sync/static/src/**/*",
        ],
    },
    "uninstall_hook": "uninstall",
    "application": True,
}
