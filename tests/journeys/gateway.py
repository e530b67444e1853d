"""An AI gateway, a Prometheus and a Redis that stand in for those a team would have."""

import http.server
import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from tests import servers

# What Prometheus answers to a query that has this in it: samples by their labels.
SAMPLES: dict[str, dict[str, str]] = {
    "litellm_request_duration_seconds_bucket": {"": "0.84"},
    "redis_keyspace_hits_total": {"": "0.71"},
    "litellm_requests_total": {"": "0.004"},
    "node_cpu_seconds_total": {"": "0.41"},
    "node_memory_MemTotal_bytes": {"": "0.63"},
    "node_filesystem_size_bytes": {"": "0.37"},
}
UP = {"gateway": "1", "redis": "1", "node": "1"}


@dataclass(frozen=True)
class Gateway:
    """Where each of the three listens, as `host:port`, and how Prometheus is stopped."""

    gateway: str
    prometheus: str
    redis: str
    stop_prometheus: Callable[[], None]

    @property
    def addresses(self) -> tuple[str, str, str]:
        """All of them."""
        return self.gateway, self.prometheus, self.redis


@contextmanager
def standing_in() -> Iterator[Gateway]:
    """All three on free ports, until the end."""
    with ExitStack() as ends:
        gateway, prometheus = _Server(_AsGateway), _Server(_AsPrometheus)
        for server in (gateway, prometheus):
            ends.callback(server.stop)
        redis = servers.Broker(servers.redis_binary(), tcp=True).start()
        ends.callback(redis.stop)
        yield Gateway(gateway.address, prometheus.address, f"127.0.0.1:{redis.port}", prometheus.stop)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handler: type[http.server.BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.is_open = True
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def stop(self) -> None:
        """Stop listening; safe to do twice."""
        if self.is_open:
            self.is_open = False
            self.shutdown()
            self.server_close()


class _Answering(http.server.BaseHTTPRequestHandler):
    def answer(self, body: dict[str, Any] | None) -> None:
        """The body as JSON, or 404."""
        sent = json.dumps(body or {}).encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_: object) -> None:
        """Keep the test's output to itself."""


class _AsGateway(_Answering):
    def do_GET(self) -> None:
        models = [{"id": name} for name in ("llama3.1:8b", "llama2-13b-vllm")]
        answers: dict[str, dict[str, Any]] = {"/health": {"status": "healthy"}, "/v1/models": {"data": models}}
        self.answer(answers.get(self.path))

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = {"role": "assistant", "content": f"Yes, within {asked['max_tokens']} tokens."}
        self.answer({"model": asked["model"], "choices": [{"message": message}]})


class _AsPrometheus(_Answering):
    def do_GET(self) -> None:
        address = urllib.parse.urlsplit(self.path)
        if address.path == "/api/v1/rules":
            return self.answer({"status": "success", "data": {"groups": [{"name": "gateway", "rules": []}]}})
        query = urllib.parse.parse_qs(address.query).get("query", [""])[0]
        samples = UP if query == "up" else next((found for part, found in SAMPLES.items() if part in query), {})
        result = [{"metric": {"job": job} if job else {}, "value": [0, value]} for job, value in samples.items()]
        return self.answer({"status": "success", "data": {"resultType": "vector", "result": result}})
