"""A provider in a process of its own that counts: how often each prompt was submitted, and as which task."""

from __future__ import annotations

import json
import sys
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

submitted: Counter[str] = Counter()
tasks: dict[str, str] = {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        prompt = body["prompt"]
        submitted[prompt] += 1
        task = f"task-{len(tasks) + 1}"
        tasks[task] = prompt
        self.answer({"task_id": task})

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/counts":
            self.answer({"submitted": submitted, "tasks": tasks})
            return
        task = parse_qs(parts.query)["task_id"][0]
        self.answer({
            "task": {"task_id": task, "status": "TASK_STATUS_SUCCEED" if task in tasks else "TASK_STATUS_FAILED"},
            "videos": [{"video_url": f"http://files.test/{task}.mp4"}],
        })  # fmt: skip

    def answer(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 (the base class's own name)
        """Say nothing."""


class Server(ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed client breaks its connections; that is what this is for."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    sys.stdin.close()
    server.serve_forever()
