"""A pipeline of five dependent steps on a root file system that is imported from this machine."""

import asyncio
import sys

import dagger
from dagger import dag


async def main(rootfs: str) -> None:
    async with dagger.connection():
        base = dag.container().with_rootfs(dag.host().directory(rootfs))
        cache = dag.cache_volume("quickstart")
        steps = (
            base.with_mounted_cache("/cache", cache)
            .with_exec(["sh", "-c", "echo one; mkdir /out; echo 1 > /out/result"])
            .with_exec(["sh", "-c", "echo two; echo 2 >> /out/result"])
            .with_exec(["sh", "-c", "echo three; echo 3 >> /out/result"])
            .with_exec(["sh", "-c", "echo four; wc -l < /out/result > /out/count"])
            .with_exec(["sh", "-c", "echo five; cat /out/count"])
        )
        print("standard output of the last step:", (await steps.stdout()).split())
        try:
            await steps.with_exec(["sh", "-c", "echo oops >&2; exit 3"]).sync()
        except dagger.ExecError as error:
            print(f"a step that fails: exit code {error.exit_code}, standard error {error.stderr!r}")
        print("exported to", await steps.directory("/out").export("result"))


asyncio.run(main(sys.argv[1]))
