// The packages in Chromium. $SEGUE_WASM is where `cargo xtask wasm` built them, $CHROMEDRIVER the driver.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { Browser, serve } from "./browser.mjs";

const built = process.env.SEGUE_WASM;

// The example of the monitor's document, with a buffer that is played.
const EXAMPLE = `<!doctype html><title>example</title><script type="module">
    import init, { BufferHealthMonitor } from "./segue-monitor/buffer_health_monitoring.js";
    await init();
    const monitor = new BufferHealthMonitor();
    const began = performance.now();
    const level = () => Math.max(0, 2 - (performance.now() - began) / 1000);
    setInterval(() => monitor.updateBufferLevel(level()), 100);
    window.said = [];
    setInterval(() => window.said.push(JSON.parse(monitor.getMetrics())), 1000);
</script>`;

let browser;
let server;

before(async () => {
    server = await serve(built, { "/example.html": EXAMPLE, "/empty.html": "<!doctype html><title>empty</title>" });
    browser = await Browser.open(process.env.CHROMEDRIVER);
});

after(async () => {
    await browser?.close();
    server?.close();
});

test("the example of the document runs as written", async () => {
    await browser.go(`${server.url}/example.html`);
    await browser.until("window.said?.length >= 4");
    const said = await browser.run("return window.said;");
    // The buffer of 2 s is played in 2 s, then playback stalls.
    assert.equal(said[0].stallCount, 0);
    assert.equal(said[0].state, "low");
    assert.equal(said[3].stallCount, 1);
    assert.equal(said[3].state, "stalled");
    assert.ok(said[3].totalStallDuration > 1 && said[3].totalStallDuration < 3, `${said[3].totalStallDuration}`);
    assert.ok(said[3].qoeScore < said[0].qoeScore);
    assert.deepEqual(await browser.errors(), []);
});

test("it runs in a worker", async () => {
    await browser.go(`${server.url}/empty.html`);
    const level = await browser.run(`
        const program = \`import init, { BufferHealthMonitor } from "\${location.origin}/segue-monitor/buffer_health_monitoring.js";
            await init();
            const monitor = new BufferHealthMonitor();
            monitor.updateBufferLevel(3);
            postMessage(JSON.parse(monitor.getMetrics()).bufferLevel);\`;
        const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
        const worker = new Worker(url, { type: "module" });
        return new Promise((done, failed) => { worker.onmessage = (e) => done(e.data); worker.onerror = (e) => failed(e.message); });`);
    assert.equal(level, 3);
});

test("an update takes nanoseconds", async () => {
    await browser.go(`${server.url}/empty.html`);
    const [told, clock, clockAlone, read] = await browser.run(`
        const { default: init, BufferHealthMonitor } = await import("/segue-monitor/buffer_health_monitoring.js");
        await init();
        const best = (n, work) => {
            let least = Infinity;
            for (let round = 0; round < 7; round += 1) {
                const before = performance.now();
                work(n);
                least = Math.min(least, ((performance.now() - before) * 1e6) / n);
            }
            return least;
        };
        const monitor = new BufferHealthMonitor();
        let time = 0;
        const told = best(2e6, (n) => { for (let i = 0; i < n; i += 1) monitor.updateBufferLevel(3 + (i & 3), (time += 100)); });
        const second = new BufferHealthMonitor();
        const clock = best(5e5, (n) => { for (let i = 0; i < n; i += 1) second.updateBufferLevel(3 + (i & 3)); });
        let sum = 0;
        const alone = best(5e5, (n) => { for (let i = 0; i < n; i += 1) sum += performance.now(); });
        const read = best(1e4, (n) => { for (let i = 0; i < n; i += 1) monitor.getMetrics(time); });
        return [told, clock, alone, read];`);
    console.log(
        `monitor in Chromium: ${told.toFixed(1)} ns per update with its time (target 50), ${clock.toFixed(1)} ns by performance.now ` +
            `(which alone takes ${clockAlone.toFixed(1)}), ${(read / 1000).toFixed(1)} us per getMetrics`,
    );
    // A shared machine is slow at times: the target is printed, an order of magnitude is asserted.
    assert.ok(told < 500, `${told} ns`);
});

test("the simulator runs in a page", async () => {
    await browser.go(`${server.url}/empty.html`);
    const said = await browser.run(`
        const { default: init, simulate } = await import("/segue-sim/segue_sim.js");
        await init();
        return JSON.parse(simulate(JSON.stringify({ trace: "3g,seed=3", video: "cbr,duration=120", abr: "bola" }))).segments;`);
    assert.equal(said, 30);
});

const SIZES = [[1280, 900, false], [1280, 900, true], [400, 800, false]];
for (const [width, height, dark] of SIZES) {
    test(`the page at ${width} pixels${dark ? ", dark" : ""}`, async () => {
        await browser.resize(width, height);
        await browser.scheme(dark);
        await browser.go("about:blank");
        await browser.errors();
        await browser.go(`${server.url}/demo/index.html#trace=3g&seed=3&ladder=mobile&abr=bola-e&capacity=20`);
        await browser.until("window.session");
        // The link says what is chosen, and the chart shows it.
        const said = await browser.run("return [window.session.abr, window.session.capacity_s, window.session.ladder_kbps.length, document.querySelectorAll('#chart path').length];");
        assert.deepEqual(said, ["bola-e", 20, 5, 3]);
        // Nothing is wider than the page.
        assert.ok(await browser.run("return document.documentElement.scrollWidth <= innerWidth;"));
        const before = await browser.run("return document.querySelector('#chart').innerHTML;");
        await browser.run(`
            const rule = document.querySelector("[name=abr]");
            rule.value = "bba";
            rule.dispatchEvent(new Event("input", { bubbles: true }));`);
        assert.equal(await browser.run("return window.session.abr;"), "bba");
        assert.notEqual(await browser.run("return document.querySelector('#chart').innerHTML;"), before);
        assert.match(await browser.run("return location.hash;"), /abr=bba/);
        mkdirSync(`${built}/pictures`, { recursive: true });
        writeFileSync(`${built}/pictures/page-${width}${dark ? "-dark" : ""}.png`, await browser.picture());
        assert.deepEqual(await browser.errors(), []);
    });
}

test("a real video is watched, and a held network stalls it", async () => {
    await browser.resize(1280, 900);
    await browser.go(`${server.url}/demo/index.html`);
    await browser.until("window.session");
    await browser.run("document.getElementById('play').click();");
    await browser.until("['healthy', 'low'].includes(document.querySelector('#panel dd')?.textContent)");
    await browser.run("document.getElementById('hold').click();");
    await browser.until("document.querySelector('#panel dd')?.textContent === 'stalled'");
    writeFileSync(`${built}/pictures/video-stalled.png`, await browser.picture());
    await browser.run("document.getElementById('hold').click();");
    await browser.until("document.querySelector('#panel dd')?.textContent !== 'stalled'");
    assert.deepEqual(await browser.errors(), []);
});
