"""How to log in to each tool that the sandbox plays, as its connection form asks."""

#: tool -> {credential: value}; where the tool has an address, it is the sandbox's own
LOGINS = {
    "brevo": {"api_key": f"xkeysib-{4 * '0123456789abcdef'}-SandboxSandbox00"},
    "cleverreach": {
        "login": "client_credentials",
        "client_id": "sandbox-id",
        "client_secret": "sandbox-secret",
    },
    "ghost": {"key": "6489c1d1f8a7b1a1c0de0001:" + 32 * "5a"},
    "inxmail": {
        "customer": "sandbox",
        "key": "sandbox-key",
        "secret": "sandbox-secret",
    },
    "klicktipp": {
        "login": "password",
        "username": "sandbox-user",
        "password": "sandbox-password",
    },
    "listmonk": {"user": "odoo", "token": "sandbox-token"},
    "mailchimp": {
        "login": "key",
        "api_key": "0123456789abcdef0123456789abcdef-us19",
    },
    "mailman": {"user": "restadmin", "password": "restpass"},
}
