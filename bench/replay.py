"""Post what a job has sent once more, by a plain session and nothing else: the floor.

    python replay.py RECORDING ADDRESS TOKEN_URL LOGIN

A program of its own. Reading and preparing the requests is not counted. Prints seconds.
"""

from __future__ import annotations

import json
import sys
import time

import requests


def main(recording: str, address: str, token_path: str, login: str) -> None:
    session = requests.Session()
    answer = session.post(address + token_path, json=json.loads(login), timeout=30)
    token = answer.json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    seconds = 0.0
    with open(recording, encoding="utf-8") as lines:
        for line in lines:
            method, where, text = json.loads(line)
            if where == token_path:
                continue
            request = method, address + where
            body = text.encode()
            start = time.perf_counter()
            session.request(*request, data=body, headers=headers, timeout=300).json()
            seconds += time.perf_counter() - start
    print(seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
