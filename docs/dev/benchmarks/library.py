"""Starts the programs that measure the snapshotter, or the solver, inside a Java process, and makes trees for them."""

import os
import random
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from daemon import ENGINE, PROJECT

HOME = Path(ENGINE).parent.parent
CLASSES = os.environ.get("ENGINE_CLASSES", "%s:%s:%s" % (
    PROJECT / "snapshotter/target/test-classes", PROJECT / "solver/target/test-classes", HOME / "lib/engine.jar"))
FLAGS = ("-XX:+UseG1GC -XX:+UseCompactObjectHeaders -XX:MaxRAM=4g -XX:MaxRAMPercentage=25 -XX:MaxInlineLevel=8"
         " -XX:InlineSmallCode=1000 -XX:GCTimeRatio=2 --enable-native-access=ALL-UNNAMED -Xlog:disable"
         " -Xlog:all=error:stderr").split()
SETTLED = 3600 * 10**9


def java():
    """The virtual machine of the distribution."""
    home = os.environ.get("ENGINE_JAVA_HOME") or (HOME / "lib/jdk").read_text().strip()
    return home + "/bin/java"


def command(program, *arguments, module="snapshotter"):
    """A program of a module's tests with the flags of the daemon, in a mount namespace of its own."""
    extra = os.environ.get("ENGINE_JAVA_OPTS", "").split()
    return ["unshare", "--mount", "--propagation", "private", java(), *FLAGS, *extra, "-cp", CLASSES,
            "org.buildengine.%s.benchmark.%s" % (module, program), *map(str, arguments)]


def run(program, *arguments, module="snapshotter"):
    """Runs it to its end; it prints what it found."""
    subprocess.run(command(program, *arguments, module=module), check=True, env=dict(os.environ, LC_ALL="C.UTF-8"))


class Scratch:
    """A directory of its own; use it in a `with` statement."""

    def __enter__(self):
        self.path = Path(tempfile.mkdtemp(prefix="engine-bench-", dir=os.environ.get("BENCH_DIR", "/var/tmp")))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def small_files(top, count, seed=4):
    """So many files of 200 to 2000 bytes in directories of 100; their times lie an hour back. Another seed makes others."""
    numbers = random.Random(seed)
    then = time.time_ns() - SETTLED
    for i in range(count):
        if i % 100 == 0:
            directory = top / ("d%02d" % (i // 10_000)) / ("e%03d" % (i // 100))
            directory.mkdir(parents=True)
        file = directory / ("f%06d.txt" % i)
        file.write_bytes(numbers.randbytes(numbers.randint(200, 2000)))
        os.utime(file, ns=(then, then))
