"""Pipelines for end-to-end tests, the same as in pipeline.mjs: pipeline.py SETTINGS, a JSON object whose "mode" chooses."""

import asyncio
import json
import sys

import dagger
from dagger import dag

settings = json.loads(sys.argv[1])


def say(**what) -> None:
    print(json.dumps(what), flush=True)


def base() -> dagger.Container:
    return (
        dag.container()
        .from_(settings["image"])
        .with_env_variable("NONCE", settings["nonce"])
        .with_mounted_cache("/cache", dag.cache_volume("e2e"))
    )


def step(before: dagger.Container, number: int, script: str) -> dagger.Container:
    """A step that leaves a line in the cache volume, so that executions can be counted."""
    return before.with_exec(["sh", "-c", f"echo {number} >> /cache/ran-$NONCE; {script}"])


async def pipeline() -> None:
    source = dag.host().directory(settings["source"], exclude=["*.log", "ignored/"])
    steps = base().with_mounted_directory("/src", source)
    steps = step(steps, 1, "mkdir /out; cat /src/input > /out/one")
    steps = step(steps, 2, "cat /out/one /out/one > /out/two")
    steps = steps.with_file("/late", dag.host().file(settings["late"]))
    steps = step(steps, 3, f"echo {settings['argument']} > /out/three; cat /late >> /out/three")
    steps = step(steps, 4, "cat /out/two /out/three > /out/four")
    steps = step(steps, 5, "cat /out/four; echo end of steps >&2")
    say(stdout=await steps.stdout())
    try:
        await steps.with_exec(["sh", "-c", "echo to stdout; echo to stderr >&2; exit 3"]).sync()
        say(error=None)
    except dagger.ExecError as error:
        say(error={"exitCode": error.exit_code, "stdout": error.stdout, "stderr": error.stderr, "cmd": error.command})
    await steps.directory("/out").export(settings["out"])
    say(exported=settings["out"])


async def stepwise() -> None:
    """Many steps, each said as soon as it is answered."""
    steps = base()
    for number in range(settings["steps"]):
        steps = await step(steps, number, f"echo {number} >> /log; sleep 0.02").sync()
        say(answered=number)
    say(stdout=await steps.with_exec(["cat", "/log"]).stdout())


async def hang() -> None:
    say(begins=True)
    await base().with_exec(["sh", "-c", f": hangs-{settings['nonce']}; sleep 100000; true"]).sync()


async def parallel() -> None:
    shared = step(base(), 0, "echo shared > /shared")

    async def one(number: int) -> str:
        steps = step(shared, number, f"echo {number} > /number; sleep 0.1")
        steps = step(steps, number, "cat /shared /number > /both")
        return await step(steps, number, "cat /both").stdout()

    say(stdouts=await asyncio.gather(*(one(number) for number in range(1, settings["width"] + 1))))


async def output() -> None:
    line = "x" * 999
    script = f"yes {line} | head -c {settings['bytes']}"
    await base().with_exec(["sh", "-c", script]).sync()
    say(done=True)


async def main() -> None:
    async with dagger.connection():
        await {"pipeline": pipeline, "stepwise": stepwise, "hang": hang, "parallel": parallel, "output": output}[
            settings["mode"]
        ]()


asyncio.run(main())
