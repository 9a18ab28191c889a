// Choose network, ladder, rule and buffer: the session is simulated here, and its link holds the choice.
import { draw, steps } from "./chart.js";
import init, { registry, simulate } from "./segue-sim/segue_sim.js";

const form = document.getElementById("setup");
const CHOICES = {
    trace: ["3g", "4g", "5g", "fcc-hd", "nyu-lte", "irish-5g", "mmwave-walking", "pensieve", "congestion", "step", "square", "slow-4g", "wifi"],
    ladder: ["pensieve", "mobile", "hls", "4k", "300/1200/4300"],
};
const DEFAULTS = { trace: "3g", seed: "1", ladder: "pensieve", abr: "bola", capacity: "30" };

function option(select, value, title = "") {
    if ([...select.options].some((o) => o.value === value)) return;
    const made = new Option(value, value);
    made.title = title;
    select.add(made);
}

function fill() {
    const known = JSON.parse(registry());
    const about = Object.fromEntries(known.traces.map((t) => [t.name, t.about]));
    CHOICES.trace.forEach((name) => option(form.trace, name, about[name]));
    CHOICES.ladder.forEach((name) => option(form.ladder, name));
    known.abr.forEach((rule) => option(form.abr, rule.name, rule.about));
}

/** From the link: what it does not say is as usual. */
function read() {
    const said = new URLSearchParams(location.hash.slice(1));
    for (const [name, usual] of Object.entries(DEFAULTS)) {
        const value = said.get(name) ?? usual;
        if (form[name] instanceof HTMLSelectElement) option(form[name], value);
        form[name].value = value;
    }
}

function setup() {
    const of = (name) => form[name].value;
    return {
        trace: `${of("trace")}`,
        video: `cbr,duration=180,ladder=${of("ladder")}`,
        abr: of("abr"),
        profile: `default:capacity=${of("capacity")}`,
        qoe: ["bola", "pensieve-lin", "yin"],
        seed: Math.max(0, Math.trunc(Number(of("seed")) || 0)),
    };
}

const shown = (value, unit, digits) => `${value.toFixed(digits)} ${unit}`.trim();

function show() {
    const wanted = setup();
    form.seconds.value = `${form.capacity.value} s`;
    const wrong = document.getElementById("wrong");
    let session;
    try {
        session = JSON.parse(simulate(JSON.stringify(wanted)));
        wrong.hidden = true;
    } catch (error) {
        wrong.textContent = error.message ?? String(error);
        wrong.hidden = false;
        return;
    }
    window.session = session;
    const done = session.downloads.filter((d) => d.outcome !== "abandoned");
    const rates = done.map((d) => [d.request_s, d.bitrate_kbps / 1000]);
    const top = Math.max(...session.ladder_kbps) / 1000;
    const fastest = Math.max(...session.link.map((s) => s[1]));
    draw(document.getElementById("chart"), {
        to: session.wall_s,
        bands: session.stalls,
        panels: [
            {
                label: "Mbit/s",
                // A fast link would press the ladder to the ground.
                most: Math.min(fastest, 2 * top) || top,
                lines: [
                    { points: steps(session.link, session.wall_s), colour: "var(--link)", width: 1, name: "link" },
                    { points: steps(rates, session.wall_s), colour: "var(--rate)", width: 2, name: "bitrate" },
                ],
            },
            {
                label: "buffer in s",
                most: session.capacity_s,
                lines: [{ points: session.buffer, colour: "var(--buffer)" }],
                levels: [{ value: session.capacity_s }],
            },
        ],
    });
    const numbers = [
        ["mean bitrate", shown(session.mean_bitrate_kbps, "kbit/s", 0)],
        ["stalls", `${session.stall_count} (${shown(session.stall_s, "s", 1)})`],
        ["startup delay", shown(session.startup_delay_s, "s", 2)],
        ["switches", `${session.switch_count}`],
        ["QoE bola", shown(session.qoe.bola, "", 3)],
        ["QoE pensieve-lin", shown(session.qoe["pensieve-lin"], "", 1)],
    ];
    document.getElementById("numbers").replaceChildren(...numbers.map(pair));
    document.getElementById("command").textContent =
        `segue run --trace preset:${wanted.trace} --video preset:${wanted.video} --abr ${wanted.abr} --profile ${wanted.profile} --seed ${wanted.seed}`;
    history.replaceState(null, "", `#${new URLSearchParams(Object.keys(DEFAULTS).map((name) => [name, form[name].value]))}`);
    document.getElementById("shared").value = "";
}

function pair([name, value]) {
    const made = document.createElement("div");
    const [term, said] = [document.createElement("dt"), document.createElement("dd")];
    [term.textContent, said.textContent] = [name, value];
    made.append(term, said);
    return made;
}

await init();
fill();
read();
show();
form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", () => { read(); show(); });
addEventListener("resize", show);
document.getElementById("share").addEventListener("click", async () => {
    const said = document.getElementById("shared");
    try {
        await navigator.clipboard.writeText(location.href);
        said.value = "copied";
    } catch {
        said.value = location.href;
    }
});
