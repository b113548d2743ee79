"""`pip install .` makes the module's wheel, whatever the checkout is called."""

import importlib.util
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
INSIDE = "odoo/addons/newsletter_sync"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of a copy of this checkout in a folder with an unfit name."""
    if not importlib.util.find_spec("whool") or not importlib.util.find_spec("pip"):
        pytest.skip("building the wheel needs pip and whool: run make setup")
    folder = tmp_path_factory.mktemp("wheel")
    checkout = folder / "some checkout"
    ignored = shutil.ignore_patterns(".git", "__pycache__", "node_modules")
    shutil.copytree(ROOT, checkout, ignore=ignored)
    pip("wheel", "--no-build-isolation", "--no-deps", "-w", folder, checkout)
    (built,) = folder.glob("*.whl")
    return built


def pip(*arguments):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_is_named_after_the_module(wheel):
    assert wheel.name.startswith("odoo_addon_newsletter_sync-19.0.")


def test_holds_the_addon_and_nothing_for_developers(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert f"{INSIDE}/__manifest__.py" in names
    tops = {name.split("/")[3] for name in names if name.startswith(f"{INSIDE}/")}
    assert {"models", "sync", "inbox", "connectors"} <= tops
    assert not tops & {"scripts", "docs", "Makefile"}
    assert not [top for top in tops if top.startswith("tests_")]
    assert not [name for name in names if "__pycache__" in name or "hypothesis" in name]


def test_can_be_installed(wheel, tmp_path):
    pip("install", "--no-deps", "--target", tmp_path, wheel)
    assert (tmp_path / INSIDE / "__manifest__.py").is_file()
