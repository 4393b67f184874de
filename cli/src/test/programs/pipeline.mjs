// Pipelines for end-to-end tests, the same as in pipeline.py: pipeline.mjs SETTINGS, a JSON object whose "mode" chooses.

import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"

// The SDK lies in a directory of its own, which NODE_PATH names; imports of modules do not look there by themselves.
const sdk = createRequire(process.env.NODE_PATH + "/").resolve("@dagger.io/dagger")
const { dag, connection, ExecError } = await import(pathToFileURL(sdk))

const settings = JSON.parse(process.argv[2])
const say = (what) => console.log(JSON.stringify(what))

const base = () =>
  dag
    .container()
    .from(settings.image)
    .withEnvVariable("NONCE", settings.nonce)
    .withMountedCache("/cache", dag.cacheVolume("e2e"))

// A step that leaves a line in the cache volume, so that executions can be counted.
const step = (before, number, script) =>
  before.withExec(["sh", "-c", `echo ${number} >> /cache/ran-$NONCE; ${script}`])

async function pipeline() {
  const source = dag.host().directory(settings.source, { exclude: ["*.log", "ignored/"] })
  let steps = base().withMountedDirectory("/src", source)
  steps = step(steps, 1, "mkdir /out; cat /src/input > /out/one")
  steps = step(steps, 2, "cat /out/one /out/one > /out/two")
  steps = steps.withFile("/late", dag.host().file(settings.late))
  steps = step(steps, 3, `echo ${settings.argument} > /out/three; cat /late >> /out/three`)
  steps = step(steps, 4, "cat /out/two /out/three > /out/four")
  steps = step(steps, 5, "cat /out/four; echo end of steps >&2")
  say({ stdout: await steps.stdout() })
  try {
    await steps.withExec(["sh", "-c", "echo to stdout; echo to stderr >&2; exit 3"]).sync()
    say({ error: null })
  } catch (error) {
    if (!(error instanceof ExecError)) {
      throw error
    }
    say({ error: { exitCode: error.exitCode, stdout: error.stdout, stderr: error.stderr, cmd: error.cmd } })
  }
  await steps.directory("/out").export(settings.out)
  say({ exported: settings.out })
}

// Many steps, each said as soon as it is answered.
async function stepwise() {
  let steps = base()
  for (let number = 0; number < settings.steps; number++) {
    steps = await step(steps, number, `echo ${number} >> /log; sleep 0.02`).sync()
    say({ answered: number })
  }
  say({ stdout: await steps.withExec(["cat", "/log"]).stdout() })
}

async function hang() {
  say({ begins: true })
  await base()
    .withExec(["sh", "-c", `: hangs-${settings.nonce}; sleep 100000; true`])
    .sync()
}

async function parallel() {
  const shared = step(base(), 0, "echo shared > /shared")
  const one = (number) => {
    let steps = step(shared, number, `echo ${number} > /number; sleep 0.1`)
    steps = step(steps, number, "cat /shared /number > /both")
    return step(steps, number, "cat /both").stdout()
  }
  const numbers = Array.from({ length: settings.width }, (_, index) => index + 1)
  say({ stdouts: await Promise.all(numbers.map(one)) })
}

async function output() {
  const line = "x".repeat(999)
  await base()
    .withExec(["sh", "-c", `yes ${line} | head -c ${settings.bytes}`])
    .sync()
  say({ done: true })
}

await connection(async () => {
  await { pipeline, stepwise, hang, parallel, output }[settings.mode]()
})
