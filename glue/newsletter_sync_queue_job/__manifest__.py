# Copyright 2026 the newsletter_sync founders
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Newsletter Sync: Job Queue",
    "summary": "Work on newsletter runs as jobs of OCA's queue_job",
    "version": "19.0.1.0.0",
    "category": "Marketing/Email Marketing",
    "author": "newsletter_sync founders",
    "website": "https://newsletter-sync.example.org",
    "license": "AGPL-3",
    "depends": ["newsletter_sync", "queue_job"],
    "data": ["data/queue_job_data.xml"],
    "auto_install": True,
}
