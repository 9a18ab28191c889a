// A real <video> with its buffer health. The test picture is drawn, recorded and played through Media Source Extensions, with a
// network in between that can be held back.
import { draw } from "./chart.js";
import { attach } from "./segue-monitor/adapters.js";
import init, { BufferHealthMonitor } from "./segue-monitor/buffer_health_monitoring.js";

const video = document.getElementById("video");
const play = document.getElementById("play");
const hold = document.getElementById("hold");
const panel = document.getElementById("panel");
const levels = [];
let monitor;
let watch;

const FIELDS = [
    ["state", (m) => m.state],
    ["score", (m) => m.qoeScore.toFixed(0)],
    ["buffer", (m) => `${m.bufferLevel.toFixed(2)} s`],
    ["mean of 10 s", (m) => `${m.avgBufferLevel.toFixed(2)} s`],
    ["stalls", (m) => `${m.stallCount}`],
    ["stalled", (m) => `${m.totalStallDuration.toFixed(1)} s`],
];

function show(metrics) {
    panel.replaceChildren(
        ...FIELDS.map(([name, text]) => {
            const made = document.createElement("div");
            const [term, said] = [document.createElement("dt"), document.createElement("dd")];
            [term.textContent, said.textContent] = [name, metrics ? text(metrics) : "–"];
            if (name === "state" && metrics) said.dataset.state = metrics.state;
            made.append(term, said);
            return made;
        }),
    );
    const now = performance.now() / 1000;
    if (metrics) levels.push([now, metrics.bufferLevel]);
    while (levels.length && levels[0][0] < now - 60) levels.shift();
    const from = levels.length ? levels[0][0] : now;
    draw(document.getElementById("levels"), {
        from,
        to: Math.max(now, from + 10),
        panels: [{ label: "buffer in s", most: Math.max(5, ...levels.map((l) => l[1])), lines: [{ points: levels, colour: "var(--buffer)" }] }],
    });
}

function start() {
    watch?.detach();
    monitor?.free();
    levels.length = 0;
    monitor = new BufferHealthMonitor({ reportInterval: 0.25, full: 3 });
    watch = attach(video, monitor, { onMetrics: show });
}

/** A clock and a ball, for ever. */
function picture() {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [320, 180];
    const pen = canvas.getContext("2d");
    const paint = () => {
        const now = performance.now() / 1000;
        pen.fillStyle = `hsl(${(now * 20) % 360} 40% 25%)`;
        pen.fillRect(0, 0, 320, 180);
        pen.fillStyle = "#fff";
        pen.font = "48px system-ui, sans-serif";
        pen.fillText(now.toFixed(1), 24, 104);
        pen.beginPath();
        pen.arc(250 + 40 * Math.cos(now * 2), 90 + 40 * Math.sin(now * 2), 14, 0, 7);
        pen.fill();
    };
    paint();
    return { stream: canvas.captureStream(25), timer: setInterval(paint, 40) };
}

async function test() {
    const type = ["video/webm;codecs=vp8", "video/webm;codecs=vp9", "video/mp4"].find(
        (t) => window.MediaRecorder?.isTypeSupported(t) && window.MediaSource?.isTypeSupported(t),
    );
    if (!type) {
        play.textContent = "This browser cannot record a picture: choose a file";
        play.disabled = true;
        return;
    }
    play.disabled = true;
    const source = new MediaSource();
    video.src = URL.createObjectURL(source);
    await new Promise((done) => source.addEventListener("sourceopen", done, { once: true }));
    const buffer = source.addSourceBuffer(type);
    const waiting = [];
    const feed = async () => {
        if (buffer.updating || hold.getAttribute("aria-pressed") === "true" || !waiting.length || source.readyState !== "open") return;
        try {
            buffer.appendBuffer(await waiting.shift().arrayBuffer());
        } catch {
            waiting.length = 0;
        }
    };
    buffer.addEventListener("updateend", feed);
    const { stream } = picture();
    const recorder = new MediaRecorder(stream, { mimeType: type });
    recorder.ondataavailable = (event) => {
        if (event.data.size) waiting.push(event.data);
        feed();
    };
    recorder.start(250);
    hold.disabled = false;
    hold.addEventListener("click", () => {
        const held = hold.getAttribute("aria-pressed") !== "true";
        hold.setAttribute("aria-pressed", `${held}`);
        hold.textContent = held ? "Let the network go" : "Hold the network back";
        feed();
    });
    start();
    // A second or two of a lead, as a player would wait for.
    setTimeout(() => video.play().catch(() => {}), 2000);
}

await init();
show(null);
play.addEventListener("click", test);
document.getElementById("file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (!file) return;
    video.src = URL.createObjectURL(file);
    start();
    video.play().catch(() => {});
});
