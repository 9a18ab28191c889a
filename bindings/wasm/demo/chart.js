// Charts as SVG: panels under each other over one axis of time. Colours are those of the page.

const NS = "http://www.w3.org/2000/svg";

function node(parent, name, attributes, text) {
    const made = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
}

/** Round steps of an axis. */
export function ticks(most, count) {
    const rough = most / count || 1;
    const unit = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((k) => k * unit).find((s) => s >= rough);
    const all = [];
    for (let k = 0; k * step <= most * (1 + 1e-9); k += 1) all.push(Number((k * step).toPrecision(12)));
    return all;
}

/** Points of a line that is constant from each point to the next. */
export function steps(points, end) {
    const line = [];
    points.forEach(([at, value], i) => {
        line.push([at, value], [i + 1 < points.length ? points[i + 1][0] : end, value]);
    });
    return line;
}

/**
 * Draws panels `{ label, most, lines: [{ points, colour, width, name, dash }], levels: [{ value, name }] }` over `from`..`to` seconds, with
 * `bands` `[start, length]` shaded in all of them.
 */
export function draw(figure, { panels, from = 0, to, bands = [], bandName = "stall" }) {
    const width = Math.max(320, Math.round(figure.clientWidth || 800));
    const [left, right, gap, tall] = [44, 12, 34, width < 600 ? 130 : 170];
    const height = panels.length * (tall + gap) + 24;
    const svg = document.createElementNS(NS, "svg");
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("role", "img");
    const x = (at) => left + ((at - from) / (to - from || 1)) * (width - left - right);
    panels.forEach((panel, p) => {
        const top = p * (tall + gap) + 22;
        const y = (value) => top + tall - (Math.min(value, panel.most) / (panel.most || 1)) * tall;
        node(svg, "text", { x: 0, y: top - 8 }, panel.label);
        let legend = width - right;
        const entries = [...panel.lines.filter((l) => l.name), ...(p === 0 && bands.length ? [{ name: bandName, colour: "var(--stall)" }] : [])];
        for (const entry of entries.reverse()) {
            const text = node(svg, "text", { x: legend, y: top - 8, "text-anchor": "end" }, entry.name);
            legend -= (text.getComputedTextLength?.() || entry.name.length * 7) + 8;
            node(svg, "rect", { x: legend - 10, y: top - 17, width: 12, height: 9, fill: entry.colour, rx: 2 });
            legend -= 24;
        }
        for (const value of ticks(panel.most, 4)) {
            node(svg, "line", { x1: left, x2: width - right, y1: y(value), y2: y(value), stroke: "var(--line)" });
            node(svg, "text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, `${value}`);
        }
        for (const [start, length] of bands) {
            const [a, b] = [Math.max(x(start), left), Math.min(x(start + length), width - right)];
            if (b > a) node(svg, "rect", { x: a, y: top, width: Math.max(b - a, 1), height: tall, fill: "var(--stall)", opacity: 0.25 });
        }
        for (const level of panel.levels ?? []) {
            if (level.value > panel.most) continue;
            node(svg, "line", { x1: left, x2: width - right, y1: y(level.value), y2: y(level.value), stroke: "var(--limit)", "stroke-dasharray": "5 4" });
        }
        for (const line of panel.lines) {
            const path = line.points.map(([at, value], i) => `${i ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
            if (path) node(svg, "path", { d: path, fill: "none", stroke: line.colour, "stroke-width": line.width ?? 1.5, "stroke-linejoin": "round" });
        }
    });
    for (const value of ticks(to - from, width < 600 ? 4 : 8)) {
        node(svg, "text", { x: x(from + value), y: height - 8, "text-anchor": value ? "middle" : "start" }, `${value}${value ? "" : " s"}`);
    }
    figure.replaceChildren(svg);
}
