"""Pure speech with the newsletter tools: no Odoo; may import ``sync`` only."""
