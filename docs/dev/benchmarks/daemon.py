"""A daemon of its own for a benchmark, on a scratch directory, and ways to ask it."""

import base64
import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from image import Registry

# an answer is as deep as the chain that was asked for
sys.setrecursionlimit(50_000)

PROJECT = Path(__file__).resolve().parents[3]
ENGINE = os.environ.get("ENGINE", str(PROJECT / "cli/target/engine/bin/engine"))


class Daemon:
    """Starts `engine serve`; use it in a `with` statement."""

    def __init__(self, *flags):
        self.work = Path(tempfile.mkdtemp(prefix="engine-bench-", dir=os.environ.get("BENCH_DIR", "/var/tmp")))
        self.registry = Registry()
        self.socket = str(self.work / "engine.sock")
        self.log = open(self.work / "daemon.log", "w")
        self.command = [ENGINE, "serve", "--listen", "unix://" + self.socket, "--root", str(self.work / "root"),
                        "--registry-mirror", "docker.io=" + self.registry.url, *flags]
        self.start()

    def start(self):
        """Starts it and waits until it listens."""
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        if not self.process.stdout.readline().startswith("listening"):
            raise SystemExit("the daemon does not start: " + (self.work / "daemon.log").read_text())

    def kill(self):
        """As the kernel would, at any moment."""
        self.process.kill()
        self.process.wait()

    @property
    def pid(self):
        return self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.registry.close()
        self.log.close()
        shutil.rmtree(self.work, ignore_errors=True)

    def query(self, document):
        """`engine query`, a process and a session of its own; gives (seconds, what it said on standard error)."""
        start = time.monotonic()
        done = subprocess.run([ENGINE, "query"], input=document, text=True, capture_output=True,
                              env=dict(os.environ, ENGINE_HOST="unix://" + self.socket))
        seconds = time.monotonic() - start
        if done.returncode != 0:
            raise SystemExit("engine query failed: " + done.stderr[-2000:] + (self.work / "daemon.log").read_text()[-2000:])
        return seconds, done.stderr

    def ask(self, document, session, followed=False):
        """One POST on a connection and a session of its own, ended afterwards; see `Answer`. `followed`: a client that
        shows progress, reading traces and logs meanwhile."""
        metadata = base64.b64encode(json.dumps({
            "client_id": "c-" + session, "client_secret_token": "t", "session_id": session,
            "client_version": "v0.21.8"}).encode()).decode()
        connection = self.connect()
        headers = {"X-Dagger-Client-Metadata": metadata, "Content-Type": "application/json"}
        if followed:
            connection.request("POST", "/query", json.dumps({"query": "{version}"}), headers)
            connection.getresponse().read()
            for signal in "traces", "logs":
                events = self.connect()
                events.request("GET", "/v1/" + signal, headers=headers)
                threading.Thread(target=events.getresponse().read, daemon=True).start()
        body = json.dumps({"query": document})
        connection.request("POST", "/query", body, headers)
        sent = time.monotonic()
        reply = connection.getresponse()
        first = time.monotonic()
        text = reply.read()
        answer = json.loads(text)
        if answer.get("errors"):
            raise SystemExit("query failed: " + text.decode()[:2000])
        timing = reply.getheader("Server-Timing", "")
        connection.request("POST", "/shutdown", b"", headers)
        connection.getresponse().read()
        connection.close()
        return Answer(answer["data"], 1000 * (first - sent), timing)


    def connect(self):
        connection = http.client.HTTPConnection("engine")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.socket)
        return connection


class Answer:
    """`waited`: milliseconds from the last byte of the request to the first of the answer, seen by the client;
    `engine`: the same as the engine says it, if it does."""

    def __init__(self, data, waited, timing):
        self.data = data
        self.waited = waited
        found = [p.split("=", 1)[1] for part in timing.split(",") if part.strip().startswith("engine")
                 for p in part.split(";") if p.strip().startswith("dur=")]
        self.engine = float(found[0]) if found else None


def chain(steps, stamp, leaf="exitCode"):
    """A document of that many dependent executions of `true`."""
    head = '{container{from(address:"alpine"){withEnvVariable(name:"STAMP",value:"%s"){' % stamp
    body = "".join('withExec(args:["true","%d"]){' % i for i in range(steps))
    return head + body + leaf + "}" * (steps + 4)


def spread(values):
    return "median %.1f, from %.1f to %.1f" % (statistics.median(values), min(values), max(values))


def machine():
    """What the numbers were taken on."""
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return "%d x %s, Linux %s, load %.1f" % (os.cpu_count(), model, os.uname().release, os.getloadavg()[0])
