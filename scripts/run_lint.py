"""make lint: style, Odoo's pitfalls, layers, data files, translations."""

from __future__ import annotations

import subprocess

from .environment import places, prepare_programs
from .environment.console import run_command, say

#: pylint does not find them from the root, for glue/ itself is no package
_GLUE = [path.parent.as_posix() for path in places.GLUE.glob("*/__manifest__.py")]
#: What is checked -> the program of the virtual environment and its arguments.
_CHECKS = {
    "code style": ("ruff", "check", "--quiet", "--output-format=concise", "."),
    "formatting": ("ruff", "format", "--check", "--output-format=concise", "."),
    "Odoo addon rules": ("pylint", "--rcfile=.pylintrc", ".", *_GLUE),
    "layers": ("pytest", "-q", "tests_pure/test_layers.py"),
    "data files, XML, translations": ("python", "-m", "scripts.linting"),
}


def main() -> int:
    _, virtualenv = prepare_programs()
    failed = []
    for name, (program, *arguments) in _CHECKS.items():
        done = subprocess.run(
            [virtualenv.program(program), *arguments],
            cwd=places.CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        say(f"{'FAILED' if done.returncode else 'ok':<8}{name}")
        # A good result may still carry warnings; pytest's dots are none.
        if done.stdout.strip() and (done.returncode or program == "python"):
            say(done.stdout.strip())
        if done.returncode:
            failed.append(name)
    say(f"\nlint: {', '.join(failed)} failed" if failed else "\nlint: all is well")
    return 1 if failed else 0


if __name__ == "__main__":
    run_command(main)
