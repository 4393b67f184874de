"""Bare runs of the OCI runtimes with a step's own config.json: the floor of what a step costs."""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import image

ENTER = 'echo 0 > "$1" && shift && exec "$@"'

# Runs inside of `unshare --mount`: argv is runtime, bundle, count, manner. Prints milliseconds per run.
LOOP = r"""
import os, subprocess, sys, time
runtime, bundle, count, manner = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
group = "/sys/fs/cgroup"
flags = []
if manner == "stays":
    subprocess.check_call(["mount", "-t", "cgroup2", "none", group])
    flags = ["--cgroup-manager=disabled"]
else:
    if not os.path.exists(group + "/cgroup.procs"):
        group += "/unified" if os.path.isdir("/sys/fs/cgroup/unified") else "/freezer"
for i in range(count):
    name = "bench-%d-%d" % (os.getpid(), i)
    # Not the container's own name: a runtime that makes a cgroup would take this one for its own, and wait for it.
    start = time.monotonic()
    mine = group + "/floor-" + name
    os.mkdir(mine)
    entry = mine
    if manner != "stays":
        entry = mine + "/runtime"
        os.mkdir(entry)
    subprocess.check_call(["/bin/sh", "-c", sys.argv[5], "sh", entry + "/cgroup.procs", runtime, "--root", bundle + "/state",
                           *flags, "run", "--bundle", bundle, name], stdin=subprocess.DEVNULL)
    for path in (mine + "/runtime", mine + "/box", mine):
        if os.path.isdir(path):
            os.rmdir(path)
    print(1000 * (time.monotonic() - start))
"""


def hold_network(config):
    """Has this process hold the step's network namespace, which the daemon gives up when it likes."""
    for namespace in config["linux"]["namespaces"]:
        if namespace["type"] == "network" and "path" in namespace:
            namespace["path"] = "/proc/%d/fd/%d" % (os.getpid(), os.open(namespace["path"], os.O_RDONLY))


def capture(daemon):
    """The config.json of a running step, read from the daemon's own mount namespace."""
    found = {}

    def look():
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not found:
            base = Path("/proc/%d/root" % daemon.pid)
            for line in open("/proc/%d/mountinfo" % daemon.pid):
                point = line.split(" ")[4]
                if "tmpfs" in line.split(" - ")[1] and "/dev/shm" not in point or point.endswith("/run"):
                    for config in (base / point.lstrip("/")).glob("**/exec-*/config.json"):
                        try:
                            seen = json.loads(config.read_text())
                            if "sleep" in seen["process"]["args"]:
                                hold_network(seen)
                                found["config"] = seen
                        except (OSError, ValueError):
                            pass
            time.sleep(0.02)

    watcher = threading.Thread(target=look)
    watcher.start()
    daemon.query('{container{from(address:"alpine"){withExec(args:["sleep","2"]){exitCode}}}}')
    watcher.join()
    if not found:
        raise SystemExit("no config.json of a running step was seen")
    return found["config"]


def in_use(config):
    """The runtime that the engine uses, and how it enters the cgroup of a step."""
    stays = "cgroupsPath" not in config["linux"]
    name = "crun" if stays or not shutil.which("runc") else os.environ.get("RUNTIME_IN_USE", "runc")
    return name, "stays" if stays else "manages"


def bundle(config, directory, manner, command=("true", "1")):
    """A bundle as the engine writes it, on a plain directory with the same tree."""
    directory = Path(directory)
    (directory / "rootfs").mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(image.layer())) as tar:
        tar.extractall(directory / "rootfs")
    config = json.loads(json.dumps(config))
    init = config["process"]["args"].index("sleep")
    config["process"]["args"] = config["process"]["args"][:init] + list(command)
    config["root"]["path"] = str(directory / "rootfs")
    for mount in config["mounts"]:
        if mount["destination"] in ("/etc/resolv.conf", "/etc/hosts"):
            copy = directory / Path(mount["destination"]).name
            copy.write_text(Path(mount["destination"]).read_text())
            mount["source"] = str(copy)
            (directory / "rootfs" / mount["destination"].lstrip("/")).touch()
    if manner == "stays":
        config["linux"].pop("cgroupsPath", None)
    else:
        # Its own manner: it makes the container's cgroup.
        config["linux"].pop("cgroupsPath", None)
        config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"] if n["type"] != "cgroup"]
    (directory / "config.json").write_text(json.dumps(config))
    return directory


def bare(runtime, where, manner, count):
    """Milliseconds of each of so many runs, one after the other."""
    out = subprocess.run(["unshare", "--mount", "--propagation", "private", sys.executable, "-c", LOOP, runtime,
                          str(where), str(count), manner, ENTER], capture_output=True, text=True)
    if out.returncode != 0:
        print("bare %s: %s" % (runtime, out.stderr[-400:]), file=sys.stderr)
        return []
    return [float(line) for line in out.stdout.split()]
