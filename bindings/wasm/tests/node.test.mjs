// The packages in Node. $SEGUE_WASM is where `cargo xtask wasm` built them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

const built = process.env.SEGUE_WASM;
const from = (file) => import(pathToFileURL(`${built}/${file}`).href);
const { BufferHealthMonitor, attach, default: init } = await from("segue-monitor/node.js");
const { simulate, registry } = await from("segue-sim/node.js");

const close = (got, want, what) => {
    const most = 1e-9 * Math.max(1, Math.abs(got), Math.abs(want));
    assert.ok(Math.abs(got - want) <= most, `${what}: ${got}, expected ${want}`);
};

test("levels are weighted by time, however irregular they come", () => {
    const monitor = new BufferHealthMonitor();
    // [ms, level]: held until the next.
    const told = [[0, 4], [1000, 3], [1100, 2.9], [3000, 6], [3010, 5]];
    for (const [time, level] of told) {
        monitor.updateBufferLevel(level, time);
    }
    const said = JSON.parse(monitor.getMetrics(5000));
    const mean = (4 * 1 + 3 * 0.1 + 2.9 * 1.9 + 6 * 0.01 + 5 * 1.99) / 5;
    close(said.avgBufferLevel, mean, "avgBufferLevel");
    assert.equal(said.bufferLevel, 5);
    // The window keeps single precision.
    assert.equal(said.minBufferLevel, Math.fround(2.9));
    assert.equal(said.observedTime, 5);
    assert.equal(said.state, "healthy");
});

test("a stall that goes on counts, and startup is none", () => {
    const monitor = new BufferHealthMonitor();
    monitor.updateBufferLevel(0, 0);
    assert.deepEqual(["startup", 0], [JSON.parse(monitor.getMetrics(500)).state, JSON.parse(monitor.getMetrics(500)).stallCount]);
    monitor.updateBufferLevel(4, 1000);
    monitor.updateBufferLevel(0.05, 2000);
    const running = JSON.parse(monitor.getMetrics(3500));
    assert.deepEqual([running.state, running.stallCount, running.totalStallDuration], ["stalled", 1, 1.5]);
    monitor.updateBufferLevel(2, 4000);
    const over = JSON.parse(monitor.getMetrics(6000));
    assert.deepEqual([over.stallCount, over.totalStallDuration], [1, 2]);
    close(over.stallRatio, 2 / 5, "stallRatio");
});

test("the documented fields are there, and reports are due once a second", () => {
    const monitor = new BufferHealthMonitor({ reportInterval: 0.5, full: 2 });
    const due = [0, 100, 499, 500, 999, 1000].map((time) => monitor.updateBufferLevel(3, time));
    assert.deepEqual(due, [false, false, false, true, false, true]);
    const said = JSON.parse(monitor.getMetrics(1000));
    for (const field of ["qoeScore", "stallCount", "totalStallDuration", "avgBufferLevel"]) {
        assert.equal(typeof said[field], "number", field);
    }
    assert.equal(said.qoeScore, 100);
});

test("without a time it is performance.now", async () => {
    const monitor = new BufferHealthMonitor();
    const before = performance.now();
    monitor.updateBufferLevel(3);
    await new Promise((done) => setTimeout(done, 50));
    const { observedTime } = JSON.parse(monitor.getMetrics());
    assert.ok(observedTime >= 0.049 && observedTime <= (performance.now() - before) / 1000, `${observedTime}`);
    assert.ok(await init());
});

test("what is no number changes nothing, and wrong options are refused", () => {
    const monitor = new BufferHealthMonitor();
    monitor.updateBufferLevel(3, 0);
    for (const level of [NaN, Infinity, undefined, "x"]) {
        monitor.updateBufferLevel(level, 100);
    }
    assert.equal(JSON.parse(monitor.getMetrics(200)).bufferLevel, 3);
    assert.throws(() => new BufferHealthMonitor({ full: -1 }), /full is no number of seconds/);
});

test("it runs in a worker", async () => {
    const program = `
        import { parentPort } from "node:worker_threads";
        const { BufferHealthMonitor } = await import(${JSON.stringify(pathToFileURL(`${built}/segue-monitor/node.js`).href)});
        const monitor = new BufferHealthMonitor();
        monitor.updateBufferLevel(3);
        parentPort.postMessage(JSON.parse(monitor.getMetrics()).bufferLevel);`;
    const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
    const worker = new Worker(url);
    assert.equal(await new Promise((done, failed) => worker.once("message", done).once("error", failed)), 3);
    await worker.terminate();
});

// Stand-ins with the faces of the players, driven by hand.
const media = (ahead, options = {}) => {
    const element = new EventTarget();
    const buffered = { length: 1, start: () => 0, end: () => element.currentTime + element.ahead };
    return Object.assign(element, { readyState: 4, currentTime: 10, duration: 600, ended: false, ahead, buffered }, options);
};
const faces = {
    video: (element) => element,
    "dash.js": (element) => ({ getBufferLength: () => element.ahead, getVideoElement: () => element }),
    "hls.js": (element) => ({ attachMedia() {}, media: element }),
    Shaka: (element) => ({ getMediaElement: () => element }),
};
for (const [name, face] of Object.entries(faces)) {
    test(`${name} is watched`, () => {
        const element = media(6);
        const monitor = new BufferHealthMonitor();
        let time = 0;
        const reports = [];
        const watch = attach(face(element), monitor, { interval: 1e6, now: () => time, onMetrics: (m) => reports.push(m) });
        for (const [at, ahead] of [[1000, 4], [2000, 0], [3000, 5]]) {
            Object.assign(element, { ahead });
            time = at;
            watch.update();
        }
        // Playback that stops is seen at once.
        time = 3500;
        element.ahead = 0;
        element.dispatchEvent(new Event("waiting"));
        time = 4000;
        const said = JSON.parse(monitor.getMetrics(time));
        assert.deepEqual([said.stallCount, said.totalStallDuration], [2, 1.5]);
        close(said.avgBufferLevel, (6 + 4 + 0 + 5 * 0.5 + 0) / 4, "avgBufferLevel");
        assert.equal(reports.length, 3);
        watch.detach();
        time = 9000;
        element.ahead = 9;
        element.dispatchEvent(new Event("playing"));
        assert.equal(JSON.parse(monitor.getMetrics(9000)).bufferLevel, 0);
    });
}

test("the end of a video is no stall, and nothing is no player", () => {
    const element = media(5, { currentTime: 595 });
    const monitor = new BufferHealthMonitor();
    let time = 0;
    const watch = attach(element, monitor, { interval: 1e6, now: () => time });
    Object.assign(element, { currentTime: 600, ahead: 0, ended: true });
    time = 5000;
    watch.update();
    watch.detach();
    assert.equal(JSON.parse(monitor.getMetrics(5000)).stallCount, 0);
    assert.throws(() => attach({}, monitor), /expected a dash.js, hls.js or Shaka player/);
});

test("a session is that of the command", () => {
    const cases = JSON.parse(readFileSync(`${built}/expected.json`, "utf8"));
    assert.ok(cases.length >= 4);
    for (const { setup, said } of cases) {
        const got = JSON.parse(simulate(JSON.stringify(setup)));
        const what = `${setup.abr} on ${setup.trace}`;
        for (const [field, want] of Object.entries(said)) {
            if (field === "sabre") continue;
            if (want !== null && typeof want === "object") {
                // Scores by model, the drift between picture and sound.
                assert.deepEqual(Object.keys(got[field]).sort(), Object.keys(want).sort(), what);
                Object.entries(want).forEach(([name, n]) => close(got[field][name], n, `${what} ${field} ${name}`));
            } else if (typeof want === "number") {
                close(got[field], want, `${what} ${field}`);
            } else {
                assert.equal(got[field], want, `${what} ${field}`);
            }
        }
        // What is drawn: the session as a whole.
        assert.equal(got.downloads.filter((d) => d.outcome === "done").length, said.segments, what);
        close(got.buffer.at(-1)[0], said.wall_s, `${what} end of the buffer line`);
        close(got.stalls.reduce((sum, [, length]) => sum + length, 0), said.stall_s, `${what} stalls`);
    }
});

test("a network of one's own, and what is wrong with a setup", () => {
    const setup = { trace: { name: "mine", duration_s: [100], rate_mbps: [2], latency_s: 0 }, video: "cbr,duration=8,ladder=500", abr: "fixed" };
    const got = JSON.parse(simulate(JSON.stringify(setup)));
    // 4 s of 500 kbit/s over 2 Mbit/s take 1 s.
    assert.deepEqual(got.downloads.map((d) => d.finish_s), [1, 2]);
    assert.deepEqual(got.link, [[0, 2]]);
    assert.throws(() => simulate(JSON.stringify({ ...setup, abr: "bolla" })), /did you mean 'bola'/);
    assert.throws(() => simulate("{}"), /missing field/);
    const names = JSON.parse(registry()).abr.map((r) => r.name);
    assert.ok(names.includes("bola") && names.includes("robust-mpc"));
});

for (const page of ["README.md", "docs/bindings.md"]) {
    test(`the example of ${page} runs`, async () => {
        const text = readFileSync(new URL(`../../../${page}`, import.meta.url), "utf8");
        const [, example] = /```js\n([^]*?)```/.exec(text);
        const at = (name) => pathToFileURL(`${built}/${name}/node.js`).href;
        const program = example.replace('"segue-monitor"', `"${at("segue-monitor")}"`).replace('"segue-sim"', `"${at("segue-sim")}"`);
        const said = [];
        const { log } = console;
        console.log = (...words) => said.push(words);
        try {
            // What has been imported once is not run again, so each page has its own address.
            await import(`data:text/javascript,${encodeURIComponent(`${program}\n// ${page}`)}`);
        } finally {
            console.log = log;
        }
        assert.deepEqual(said[0], [0.5]);
        assert.ok(said[1].every(Number.isFinite));
    });
}
