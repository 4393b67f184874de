"""Runs a command on a pseudo terminal of its own and tells what came of it.

The one argument is an object: "command", "environment", "columns", "rows", and "events", each of which happens when its
"after" has been printed: "type" is typed, "columns" is the terminal's new width. Every part of what is printed is an object
on standard output, {"printed": text, "columns": width}; the last one says the exit code and whether the modes of the
terminal are those of before.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

PATIENCE = 60


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def tell(**facts):
    print(json.dumps(facts), flush=True)


def main():
    told = json.loads(sys.argv[1])
    columns, rows, events = told["columns"], told["rows"], told["events"]
    ours, theirs = pty.openpty()
    resize(ours, columns, rows)
    before = termios.tcgetattr(theirs)
    child = os.fork()
    if child == 0:
        os.close(ours)
        login(theirs)
        os.execvpe(told["command"][0], told["command"], os.environ | told["environment"])
    deadline = time.monotonic() + PATIENCE
    printed = b""
    status = None
    while status is None:
        if time.monotonic() > deadline:
            os.killpg(child, signal.SIGKILL)
        if select.select([ours], [], [], 0.05)[0]:
            part = os.read(ours, 65536)
            printed += part
            tell(printed=part.decode("latin-1"), columns=columns)
            continue
        if events and events[0]["after"].encode() in printed:
            event = events.pop(0)
            if "type" in event:
                os.write(ours, event["type"].encode())
            else:
                columns = event["columns"]
                resize(ours, columns, rows)
            printed = b""
        ended, status = os.waitpid(child, os.WNOHANG)
        status = status if ended else None
    tell(code=os.waitstatus_to_exitcode(status), modesKept=termios.tcgetattr(theirs) == before, missed=len(events))


def login(terminal):
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for descriptor in range(3):
        os.dup2(terminal, descriptor)
    os.close(terminal)


main()
