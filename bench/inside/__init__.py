"""What runs in an Odoo process of its own, whose time and memory are measured."""
