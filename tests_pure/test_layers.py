"""The layers of docs/architecture.md hold: each may only know what is to its right.

    models, controllers, wizards  ->  connectors, inbox  ->  sync

The rules are read from the source, so that they hold for code no test runs.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ODOO_SIDE = ("models", "controllers", "wizards")
LAYERS = ("sync", "inbox", "connectors", "sandbox", *ODOO_SIDE)

#: Asking the world: not for code that decides.
INPUT_OUTPUT = {
    *("asyncio", "http", "io", "logging", "os", "pathlib", "psycopg2", "random"),
    *("requests", "shutil", "socket", "sqlite3", "ssl", "subprocess", "sys"),
    *("tempfile", "threading", "time", "urllib.request", "urllib3", "werkzeug"),
}
NETWORK = {"http.client", "httpx", "requests", "socket", "urllib.request", "urllib3"}
#: The one door to the network, and the guard that stands in it.
NETWORK_DOORS = {"connectors/transport.py", "connectors/url_guard.py"}

COMMITTER = "models/newsletter_runner.py"
PROVIDER_KNOWER = "connectors/registry.py"


def sources(*layers):
    paths = [path for layer in layers for path in sorted((ROOT / layer).rglob("*.py"))]
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path):
    """Full names of all that a file imports; those of this addon start with `.`."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                parents = package[: len(package) - node.level + 1]
                module = "." + ".".join([*parents, *filter(None, [module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def within(name, packages):
    return any(
        name == package or name.startswith(f"{package}.") for package in packages
    )


def own(name):
    """The layer of ours that an imported name belongs to, or None."""
    found = re.match(r"(?:\.|(?:odoo\.addons\.)?newsletter_sync\.)(\w+)", name)
    return found and found[1]


def test_every_layer_is_looked_at():
    assert all(sources(layer) for layer in ("sync", "inbox", "connectors", "models"))


@pytest.mark.parametrize("path", sources("sync"))
def test_sync_decides_without_asking_the_world(path):
    for name in imports(path):
        assert own(name) in (None, "sync"), f"sync/ may not know {name}"
        assert not within(name, {"odoo"} | INPUT_OUTPUT), f"sync/ may not use {name}"


@pytest.mark.parametrize("path", sources("inbox"))
def test_inbox_reads_without_asking_the_world(path):
    for name in imports(path):
        assert own(name) in (None, "inbox", "sync"), f"inbox/ may not know {name}"
        assert not within(name, {"odoo"} | INPUT_OUTPUT), f"inbox/ may not use {name}"


@pytest.mark.parametrize("path", sources("sync", "inbox"))
def test_what_decides_has_no_clock(path):
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("now", "utcnow", "today"), (
                f"line {node.lineno}: the time is a parameter, not asked for"
            )


@pytest.mark.parametrize("path", sources("connectors"))
def test_connectors_speak_without_odoo(path):
    for name in imports(path):
        assert own(name) in (None, "connectors", "sync"), f"not to the right: {name}"
        assert not within(name, {"odoo"}), f"connectors/ may not use {name}"


@pytest.mark.parametrize("path", sources("connectors", *ODOO_SIDE))
def test_only_the_transport_opens_connections(path):
    if name_of(path) not in NETWORK_DOORS:
        for name in imports(path):
            assert not within(name, NETWORK), f"{name} belongs into the transport"


@pytest.mark.parametrize("path", sources("sandbox"))
def test_sandbox_stands_alone(path):
    for name in imports(path):
        assert own(name) in (None, "sandbox", "sync"), (
            f"the sandbox may not know {name}"
        )
        assert not within(name, {"odoo"}), f"the sandbox may not use {name}"


@pytest.mark.parametrize("path", sources(*LAYERS))
def test_nothing_asks_which_provider_it_is(path):
    """A difference between providers is a declared capability, never a comparison."""
    if name_of(path) == PROVIDER_KNOWER:
        return
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Compare) and not isinstance(node.ops[0], ast.Is):
            parts = [node.left, *node.comparators]
            asks = any(is_provider(part) for part in parts)
            assert not (asks and any(is_literal(part) for part in parts)), (
                f"line {node.lineno}: declare a capability instead"
            )


def is_provider(node):
    name = getattr(node, "attr", None) or getattr(node, "id", None)
    return name in ("provider", "provider_code", "provider_name")


def is_literal(node):
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value != ""
    items = getattr(node, "elts", None)
    return bool(items) and all(is_literal(item) for item in items)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=str(path.relative_to(ROOT)))
        for folder in ("views", "wizards", "data", "security")
        for path in sorted((ROOT / folder).rglob("*.xml"))
    ],
)
def test_no_view_asks_which_provider_it_is(path):
    asked = re.search(
        r"provider(?:_code)?\s*(?:[!=]=|in|not in)\s*['\"(\[]\s*['\"]?\w",
        path.read_text(encoding="utf-8"),
    )
    assert not asked, f"declare a capability instead of: {asked[0]}"


@pytest.mark.parametrize("path", sources("connectors", *ODOO_SIDE))
def test_only_the_runner_commits(path):
    if name_of(path) == COMMITTER:
        return
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in ("commit", "_commit_progress"), (
                f"line {node.lineno}: only the runner commits"
            )
