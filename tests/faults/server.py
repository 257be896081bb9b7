"""The real app as its own process: started on a free port with its own data folder, and killed without mercy."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "flask", "--app", "app", "run-demo"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ServerProcess:
    def __init__(
        self,
        data_dir: Path,
        tree: Path = ROOT,
        command: list[str] | None = None,
        environ: dict[str, str] | None = None,
    ):
        self.data_dir, self.tree = Path(data_dir), Path(tree)
        self.command = command or COMMAND
        self.environ = environ or {}
        self.port = free_port()
        self.log_path = self.data_dir.parent / f"{self.data_dir.name}.log"
        self._process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self, within: float = 60) -> "ServerProcess":
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        settings = {
            "SBT_DATA_DIR": str(self.data_dir),
            "SBT_DEMO": "1",
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
        }
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, cwd=self.tree, env=kept | settings | self.environ, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        self._wait_for_ping(within)
        return self

    def _wait_for_ping(self, within: float) -> None:
        until = time.monotonic() + within
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended with {self._process.returncode}:\n{self.log()[-3000:]}")
            if self.answers_ping():
                return
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"no /ping within {within} s:\n{self.log()[-3000:]}")

    def answers_ping(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=5) as answer:
                return json.load(answer).get("sbt") == "pong"
        except (OSError, ValueError, urllib.error.URLError):
            return False

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9, workers too: nothing is flushed, nothing is said goodbye to."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            os.killpg(process.pid, how)
            process.wait(15)
        except ProcessLookupError:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(15)

    def restart(self) -> None:
        self.stop()
        self.start()

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""
