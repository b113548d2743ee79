"""Build the wheel and the source archive with whool, from a folder of any name.

whool takes the module's name from the folder that holds the manifest. So it is given a
copy in a folder of the right name; the copy also leaves out of the wheel what only
developers need. Editable installs are not offered: `make setup` makes a link.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from whool import buildapi

_MODULE = "newsletter_sync"
#: Top level names that stay out of the wheel.
_FOR_DEVELOPERS = {
    *(".ci", ".editorconfig", ".github", ".gitignore", ".pylintrc", "bench", "docs"),
    *("glue", "Makefile", "requirements.in", "requirements.lock", "scripts"),
    *("tests_browser", "tests_ghost", "tests_pure", "tests_queue", "tests_real"),
    "tests_system",
}
#: What may lie around where there is no git to ask.
_CACHES = shutil.ignore_patterns(
    *("__pycache__", "*.pyc", ".git", ".venv", "build", "dist", "*.egg-info"),
    *(".pytest_cache", ".ruff_cache", ".hypothesis"),
)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    wheel_directory = os.path.abspath(wheel_directory)
    with _named_copy(without=_FOR_DEVELOPERS):
        return buildapi.build_wheel(wheel_directory, config_settings)


def build_sdist(sdist_directory, config_settings=None):
    # whool joins this one with a path.
    sdist_directory = Path(sdist_directory).absolute()
    with _named_copy():
        return buildapi.build_sdist(sdist_directory, config_settings)


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    metadata_directory = os.path.abspath(metadata_directory)
    with _named_copy(without=_FOR_DEVELOPERS):
        return buildapi.prepare_metadata_for_build_wheel(metadata_directory)


@contextlib.contextmanager
def _named_copy(without=frozenset()):
    """Stand in a copy of the current folder that is named like the module."""
    source = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / _MODULE
        _copy_tracked(source, copy) or shutil.copytree(source, copy, ignore=_CACHES)
        for name in without:
            path = copy / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        os.chdir(copy)
        try:
            yield
        finally:
            os.chdir(source)


def _copy_tracked(source, copy):
    """Copy what git tracks; say False where git does not know this folder."""
    command = ["git", "ls-files", "-z"]
    try:
        done = subprocess.run(command, cwd=source, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    names = [name for name in done.stdout.decode().split("\0") if name]
    for name in names:
        if (source / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, copy / name)
    return bool(names)
