"""No line of a log names anybody (rule P1)."""

import logging

import pytest

from newsletter_sync.connectors.masked_log import get_logger, without_addresses


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no address", "no address"),
        ("<anna@example.org>, x", "<a***@example.org>, x"),
        ("/users/anna%40example.org/", "/users/a***%40example.org/"),
        (
            "Key (email)=(anna+x@mail.example.org)",
            "Key (email)=(a***@mail.example.org)",
        ),
        ("a@example.org b@example.net", "***@example.org ***@example.net"),
        ("jürgen@bücher.example", "j***@bücher.example"),
        ("at 3 @ night", "at 3 @ night"),
    ],
)
def test_P1_addresses_are_masked(text, shown):
    assert without_addresses(text) == shown


def test_P1_a_long_run_before_it_hides_no_address():
    shown = without_addresses("x" * 300_000 + "&to=anna@example.org")
    assert "anna" not in shown and shown.endswith("***@example.org")


def test_P1_message_arguments_and_trace(caplog):
    logger = get_logger("newsletter_sync.test")
    with caplog.at_level(logging.INFO):
        try:
            raise ValueError("anna@example.org was refused")
        except ValueError:
            logger.exception("nobody %s", "ben@example.org")
        logger.info("plain %d", 7)
    assert "anna@" not in caplog.text and "ben@" not in caplog.text
    assert "a***@example.org was refused" in caplog.text
    assert "Traceback" in caplog.text and "plain 7" in caplog.text
