// speed.mjs KERNELS.wasm: times each of its cases (see speed.sh)
import { readFile } from "node:fs/promises";
import { readFileSync, openSync, closeSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WASI } from "node:wasi";

const module = await WebAssembly.compile(await readFile(process.argv[2]));
const printed = join(tmpdir(), `pleth-wasm-${process.pid}`);

// What the program prints, and the ms it runs.
async function run(...args) {
    const stdout = openSync(printed, "w");
    const wasi = new WASI({
        version: "preview1", args: ["kernels", ...args], stdout, returnOnExit: true,
    });
    const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
    const start = performance.now();
    wasi.start(instance);
    const ms = performance.now() - start;
    closeSync(stdout);
    return { text: readFileSync(printed, "utf8"), ms };
}

for (const name of (await run()).text.trim().split("\n")) {
    const [work, unit] = (await run(name)).text.trim().split(" ");
    const calls = Math.ceil(3e6 / Number(work));
    const ns = [];
    for (const mask of ["0", "4294967295"]) {
        // the least time of one batch and of three: their difference is that of two, no start in it
        const least = [Infinity, Infinity];
        for (let i = 0; i < 6; i++)
            for (const [j, batches] of [1, 3].entries())
                least[j] = Math.min(least[j], (await run(name, mask, String(batches * calls))).ms);
        ns.push(((least[1] - least[0]) * 1e6) / (2 * calls * Number(work)));
    }
    console.log(`  ${name.padEnd(24)} ${ns[0].toFixed(3).padStart(8)} ${ns[1].toFixed(3).padStart(8)}` +
        `  ${(ns[0] / ns[1]).toFixed(1).padStart(5)}x  a ${unit.slice(0, -1)}`);
}
rmSync(printed);
