"""What needs Odoo's ``env``; ``make demo`` runs it in Odoo's shell."""
