"""The log of a program's very first request: nothing of it is told."""

import subprocess
import sys
import textwrap

_FIRST = """
import logging, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
url = f"http://127.0.0.1:{server.server_port}/keys?canary"
MAKE
assert "urllib3" not in sys.modules
request(url)
print("answered")
"""
_WAYS = {
    "keys": "from authflow.adapters.tokens.fetching import fetch as request",
    "token endpoint": """
from authflow.adapters.cognito.transport import WireTransport
request = lambda url: WireTransport()("GET", url, {}, b"")
""",
    "a call": """
from authflow.adapters.cognito.quiet import withheld
def request(url):
    with withheld():
        import urllib3
        urllib3.PoolManager().request("GET", url)
""",
}


def test_the_first_request_is_withheld_as_the_later_ones_are() -> None:
    for way, make in _WAYS.items():
        program = _FIRST.replace("MAKE", textwrap.dedent(make))
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout.endswith("answered\n")
        assert "withheld by authflow" in ran.stdout, way
        assert "canary" not in ran.stdout, way
