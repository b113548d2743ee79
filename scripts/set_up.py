"""make setup: fetch and start everything, then say where it is."""

from .environment import places, prepare
from .environment.console import run_command, say


def main() -> None:
    environment = prepare()
    say(f"Odoo:       {environment.source.library}")
    say(f"Python:     {environment.virtualenv.python}")
    say(f"PostgreSQL: {environment.postgres.environ.get('PGHOST', 'your own')}")
    say(f"Settings:   {places.ODOO_CONFIG}")


if __name__ == "__main__":
    run_command(main)
