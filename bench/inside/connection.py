"""The connection to the sandbox, and who works with it."""

from __future__ import annotations


def connect(env, tool: str, login: dict) -> None:
    """Make the connection and test it, as an administrator does."""
    env["ir.config_parameter"].set_param("newsletter_sync.allow_loopback_tools", "1")
    connection = env["newsletter.connection"].create(
        {"name": "Measured", "provider": tool}
    )
    for line in connection.credential_ids:
        line["secret_input" if line.kind == "secret" else "value"] = login[line.name]
    env.cr.commit()
    connection.action_test()
    if connection.state != "connected":
        raise SystemExit(connection.message)


def as_clerk(env):
    """Runs act with the rights of a user, not as superuser."""
    return env(user=env.ref("base.user_admin"))


def list_with(env, remote_id: int):
    """The mirror of a list of the tool, read now."""
    connection = env["newsletter.connection"].search([], limit=1)
    lists = connection._refresh_lists()
    env.cr.commit()
    return lists.filtered(lambda mirror: mirror.remote_id == str(remote_id))
