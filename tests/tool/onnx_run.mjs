// Runs ONNX models in ONNX Runtime, which is found through NODE_PATH or in the folder PLETH_ORT.
//
//   node onnx_run.mjs                                  77 without ONNX Runtime
//   node onnx_run.mjs M.onnx TOLERANCE NAME=F.npy ...  outputs against F.npy
//   node onnx_run.mjs mlp F.safetensors                writes an MLP of random weights
//
// A NAME is an input of the model or else an output. TOLERANCE: of the range of F.npy, or "2steps":
// of 255 from its least to its most, zero among them. That is the step that `pleth quantize` gives
// a value of this range: most outputs are floats, of which no file says a step, and the one that is
// int8 (the ResNets' z) is held to the same.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(process.env.PLETH_ORT ? process.env.PLETH_ORT + '/' : import.meta.url);

function runtime()
{
    try {
        return require('onnxruntime-node');
    } catch {
        console.log('skipped: no onnxruntime-node in NODE_PATH or PLETH_ORT');
        process.exit(77);
    }
}

function check(condition, text)
{
    if (!condition) {
        console.log('failed: ' + text);
        process.exitCode = 1;
    }
}

function npy(path)
{
    const bytes = readFileSync(path);
    const size = bytes.readUInt16LE(8);
    const header = bytes.toString('latin1', 10, 10 + size);
    const shape = header.match(/'shape': \(([^)]*)\)/)[1].split(',').filter(s => s.trim());
    if (!header.includes("'<f4'"))
        throw new Error(path + ': not float32');
    const data = new Float32Array(new Uint8Array(bytes.subarray(10 + size)).buffer);
    return { shape: shape.map(Number), data };
}

function least_and_most(data)
{
    let least = Infinity, most = -Infinity;
    for (const v of data) {
        least = Math.min(least, v);
        most = Math.max(most, v);
    }
    return [least, most];
}

function largest_difference(a, b)
{
    let d = a.length === b.length ? 0 : NaN;
    for (let i = 0; i < a.length; i++)
        d = Math.max(d, Math.abs(a[i] - b[i]));
    return d;
}

// 200 samples, twice 64 in between, 180 classes; names and layout as in PyTorch
function write_mlp(path)
{
    const sizes = [200, 64, 64, 180];
    const header = {}, values = [];
    let seed = 1;
    for (let i = 1; i < sizes.length; i++) {
        for (const [name, shape] of [['weight', [sizes[i], sizes[i - 1]]], ['bias', [sizes[i]]]]) {
            const from = 4 * values.length;
            for (let n = shape.reduce((a, b) => a * b); n > 0; n--) {
                seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
                values.push((2 * seed / 2 ** 32 - 1) * Math.sqrt(3 / sizes[i - 1]));
            }
            header[`fc${i}.${name}`] =
                { dtype: 'F32', shape, data_offsets: [from, 4 * values.length] };
        }
    }
    const text = Buffer.from(JSON.stringify(header));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(path, Buffer.concat([size, text, Buffer.from(new Float32Array(values).buffer)]));
}

if (process.argv[2] === 'mlp') {
    write_mlp(process.argv[3]);
    process.exit();
}

const ort = runtime();
const [path, tolerance, ...given] = process.argv.slice(2);
const files = {};
for (const pair of given)
    files[pair.slice(0, pair.indexOf('='))] = npy(pair.slice(pair.indexOf('=') + 1));

if (path) {
    const session = await ort.InferenceSession.create(readFileSync(path), {
        intraOpNumThreads: 1,
        logSeverityLevel: 3,
        // without it sums of products overflow 16 bits on x86 processors without VNNI
        extra: { session: { x64quantprecision: '1' } },
    });
    const feeds = {};
    for (const name of session.inputNames)
        feeds[name] = new ort.Tensor('float32', files[name].data, files[name].shape);
    const results = await session.run(feeds);
    for (const name of given.map(pair => pair.slice(0, pair.indexOf('='))).filter(n => !feeds[n])) {
        const [least, most] = least_and_most(files[name].data);
        let unit = most - least, word = 'of the range';
        if (tolerance.endsWith('steps')) {
            unit = (Math.max(most, 0) - Math.min(least, 0)) / 255;
            word = 'steps';
        }
        const d = largest_difference(results[name].data, files[name].data) / unit;
        check(results[name].dims.join() === files[name].shape.join(),
              `${name}: shape ${results[name].dims}, not ${files[name].shape}`);
        check(d <= parseFloat(tolerance), `${name}: ${d} ${word}, more than ${tolerance}`);
        console.log(`${name}: ${d.toPrecision(2)} ${word}`);
    }
}
