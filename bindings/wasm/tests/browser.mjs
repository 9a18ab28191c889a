// A headless Chromium by the WebDriver protocol, and a static file server for it. Nothing to install beside them.
import { spawn } from "node:child_process";
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".json": "application/json" };

/** Serves a folder; what is in `pages` comes first. */
export async function serve(folder, pages = {}) {
    const server = createServer((request, response) => {
        const path = normalize(new URL(request.url, "http://x").pathname);
        if (path in pages) {
            response.writeHead(200, { "content-type": "text/html" }).end(pages[path]);
            return;
        }
        const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
        if (!existsSync(file) || !statSync(file).isFile()) {
            // Browsers ask for an icon that no page names.
            response.writeHead(path === "/favicon.ico" ? 204 : 404).end();
            return;
        }
        response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
        createReadStream(file).pipe(response);
    });
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** A browser window. */
export class Browser {
    static async open(driver, { width = 1280, height = 900, dark = false } = {}) {
        const browser = new Browser();
        browser.process = spawn(driver, ["--port=0"], { stdio: ["ignore", "pipe", "ignore"] });
        const port = await new Promise((done, failed) => {
            let said = "";
            browser.process.stdout.on("data", (text) => {
                said += text;
                const found = /successfully on port (\d+)/.exec(said);
                if (found) done(found[1]);
            });
            browser.process.once("exit", () => failed(new Error(`chromedriver: ${said}`)));
        });
        browser.base = `http://127.0.0.1:${port}`;
        const args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", `--window-size=${width},${height}`];
        args.push("--autoplay-policy=no-user-gesture-required", "--disable-dev-shm-usage");
        if (dark) args.push("--force-dark-mode", "--blink-settings=preferredColorScheme=0");
        const wanted = { browserName: "chrome", "goog:chromeOptions": { args }, "goog:loggingPrefs": { browser: "ALL" } };
        const { sessionId } = await browser.call("POST", "/session", { capabilities: { alwaysMatch: wanted } });
        browser.base += `/session/${sessionId}`;
        await browser.call("POST", "/timeouts", { script: 60000, pageLoad: 60000 });
        return browser;
    }

    async call(method, path, body) {
        const answer = await fetch(this.base + path, { method, body: body && JSON.stringify(body) });
        const { value } = await answer.json();
        if (value?.error) throw new Error(`${value.error}: ${value.message}`);
        return value;
    }

    go(url) {
        return this.call("POST", "/url", { url });
    }

    /** Runs the body of an async function in the page. */
    run(script, ...args) {
        const wrapped = `const done = arguments[arguments.length - 1];
            (async (...args) => { ${script} })(...Array.from(arguments).slice(0, -1))
                .then((value) => done({ value }), (error) => done({ failed: String(error?.stack ?? error) }));`;
        return this.call("POST", "/execute/async", { script: wrapped, args }).then((answer) => {
            if (answer.failed) throw new Error(answer.failed);
            return answer.value;
        });
    }

    /** Waits until a condition in the page is true. */
    async until(condition, ms = 20000) {
        for (let waited = 0; waited < ms; waited += 100) {
            if (await this.run(`return Boolean(${condition});`)) return;
            await new Promise((done) => setTimeout(done, 100));
        }
        throw new Error(`never true: ${condition}`);
    }

    /** The width and height of the page itself, whatever the window has around it. */
    async resize(width, height) {
        await this.call("POST", "/goog/cdp/execute", {
            cmd: "Emulation.setDeviceMetricsOverride",
            params: { width, height, deviceScaleFactor: 1, mobile: width < 600 },
        });
    }

    async scheme(dark) {
        const features = [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }];
        await this.call("POST", "/goog/cdp/execute", { cmd: "Emulation.setEmulatedMedia", params: { features } });
    }

    /** The whole page as PNG. */
    async picture() {
        const { data } = await this.call("POST", "/goog/cdp/execute", {
            cmd: "Page.captureScreenshot",
            params: { captureBeyondViewport: true },
        });
        return Buffer.from(data, "base64");
    }

    /** What the page said on its console that is an error. */
    async errors() {
        const entries = await this.call("POST", "/se/log", { type: "browser" });
        return entries.filter((entry) => entry.level === "SEVERE").map((entry) => entry.message);
    }

    async close() {
        await this.call("DELETE", "").catch(() => {});
        this.process.kill();
    }
}
