//! The main job on built-in input: one page with all charts, and the charts as files.

use std::path::{Path, PathBuf};

use plot::{Chart, DecisionMap, Format, TracePlot};
use segue_cli::{Models, Plan};
use units::{BitRate, Seconds};

use crate::{Result, root};

/// The rules of the report.
const RULES: [&str; 8] = ["throughput", "rate", "buffer", "bba", "bola", "bola-e", "dynamic", "robust-mpc"];
/// The models; charts are about the first.
const MODELS: [&str; 3] = ["pensieve-lin", "yin", "bola"];
const VIDEO: &str = "preset:vbr,ladder=pensieve,duration=300,seed=1";
const PROFILE: &str = "default";
/// Traces of each network preset, seeds 1 to this.
const SEEDS: u64 = 10;
const PRESETS: [&str; 3] = ["3g", "4g,mean=3", "5g,mean=3"];
/// Sessions that are shown one by one.
const SESSIONS: [(&str, &str); 3] =
    [("4g,mean=2,seed=8", "throughput"), ("4g,mean=2,seed=8", "bola-e"), ("4g,mean=2,seed=8", "robust-mpc")];
/// Rules whose decisions are mapped.
const MAPPED: [&str; 4] = ["throughput", "bba", "bola-e", "robust-mpc"];

/// A chart on the page.
struct Figure {
    name: String,
    caption: String,
    command: String,
    chart: Chart,
}

pub(crate) fn run() -> Result {
    let folder = root().join("target/report");
    segue_cli::files::make_folder(&folder).map_err(|e| e.to_string())?;
    let video = segue_cli::load_video(VIDEO, None, 0).map_err(|e| e.to_string())?;
    let profile = sim::profile(PROFILE).map_err(|e| e.to_string())?;
    let models = Models::new(&MODELS).map_err(|e| e.to_string())?;
    let specs = trace_specs();
    let found = segue_cli::load_traces(&specs, None, 0).map_err(|e| e.to_string())?;
    let traces = &found.traces;

    println!("report: {} rules on {} traces", RULES.len(), traces.len());
    let rules = RULES.map(str::to_string);
    let plan = Plan {
        traces,
        video: &video,
        rules: &rules,
        baseline: 0,
        profile: &profile,
        seed: 0,
        models: &models,
    };
    let comparison = segue_cli::compare(&plan, &|| ()).map_err(|e| e.to_string())?.in_classes(&found.classes);
    comparison.write(&folder.join("compare"), &|| ()).map_err(|e| e.to_string())?;
    let compare = compare_command();
    let mut figures: Vec<Figure> = comparison
        .charts()
        .into_iter()
        .map(|(name, chart)| Figure {
            name: format!("compare/{name}"),
            caption: String::new(),
            command: compare.clone(),
            chart,
        })
        .collect();
    let compared = figures.len();

    for (preset, rule) in SESSIONS {
        let spec = format!("preset:{preset}");
        let found = segue_cli::load_traces(&[&spec], None, 0).map_err(|e| e.to_string())?;
        let run = segue_cli::run(&found.traces[0], &video, rule, &profile, 0, &models)
            .map_err(|e| e.to_string())?;
        let name = format!("session-{rule}");
        figures.push(Figure {
            caption: format!("One session of {rule} on {preset}"),
            command: format!("segue run --trace {spec} --video {VIDEO} --abr {rule} --chart {name}.png"),
            chart: run.chart(&found.traces[0], &profile),
            name,
        });
    }
    for rule in MAPPED {
        figures.push(Figure {
            name: format!("decisions-{rule}"),
            caption: format!("What {rule} asks for in the middle of the video"),
            command: "cargo xtask report".to_string(),
            chart: decision_map(rule, &video, &profile)?,
        });
    }
    figures.extend(fixed_step()?);
    figures.push(Figure {
        name: "traces".to_string(),
        caption: "The networks".to_string(),
        command: format!("segue trace plot {} -o traces.png", specs.join(" ")),
        chart: trace_page(traces),
    });

    let mut pictures = Vec::new();
    for (i, figure) in figures.iter().enumerate() {
        // What the comparison drew is there already.
        if i >= compared {
            for ending in ["png", "svg"] {
                let path = folder.join(format!("{}.{ending}", figure.name));
                plot::save(&figure.chart, &path).map_err(|e| e.to_string())?;
            }
        }
        let svg = plot::render(&figure.chart, Format::Svg, None).map_err(|e| e.to_string())?;
        pictures.push(String::from_utf8_lossy(&svg).into_owned());
    }
    let page = page(traces.len(), &comparison.to_text(), &compare, &figures, &pictures);
    let index = folder.join("index.html");
    segue_cli::files::write(&index, page.as_bytes()).map_err(|e| e.to_string())?;
    println!("report: {}", tidy_path(&index));
    Ok(())
}

fn tidy_path(path: &Path) -> String {
    let full: PathBuf = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    full.display().to_string()
}

fn trace_specs() -> Vec<String> {
    let mut specs = vec![root().join("fixtures/traces").to_string_lossy().into_owned()];
    for preset in PRESETS {
        specs.extend((1..=SEEDS).map(|seed| format!("preset:{preset},seed={seed}")));
    }
    specs
}

/// The command that makes the comparison of this page, as it is typed in the root of the repository.
fn compare_command() -> String {
    let mut command = "segue compare --trace fixtures/traces".to_string();
    for preset in PRESETS {
        command += &format!(" --trace=preset:{preset},seed={{1..{SEEDS}}}");
    }
    command += &format!(" --video {VIDEO}");
    for rule in RULES {
        command += &format!(" --abr {rule}");
    }
    for model in MODELS {
        command += &format!(" --qoe {model}");
    }
    command + " -o out"
}

fn decision_map(rule: &str, video: &media::Video, profile: &sim::Profile) -> Result<Chart> {
    let throughput: Vec<BitRate> = (1..=60).map(|i| BitRate::from_kbps(100.0 * f64::from(i))).collect();
    let buffer: Vec<Seconds> = (0..=52).map(|i| Seconds::new(0.5 * f64::from(i))).collect();
    let levels = sim::decisions(rule, video, profile, &throughput, &buffer).map_err(|e| e.to_string())?;
    let ladder = video.ladder().bitrates();
    Ok(DecisionMap { rule, throughput: &throughput, buffer: &buffer, ladder, levels: &levels }.chart())
}

/// The two systems that are defined by a fixed step, as published and as corrected.
fn fixed_step() -> Result<Vec<Figure>> {
    use sim::lockstep::qoe_core::{Abr, Config, Network, Options, session};
    use sim::lockstep::twitch::{Scenario, published, run, sweep::Model};
    let figure = |name: &str, caption: &str, command: String, chart: Chart| Figure {
        name: name.to_string(),
        caption: caption.to_string(),
        command,
        chart,
    };
    let mut figures = Vec::new();
    for (profile, caption) in [
        ("qoe-core", "QOE-Core as published: a step below the threshold is stalled, and costs nothing"),
        ("default", "QOE-Core, corrected, on a 3G network: stalls last, startup is apart"),
    ] {
        let options = Options::of(profile).map_err(|e| e.to_string())?;
        let config = Config::new(Abr::ThroughputBased { window: 3 }, options);
        let (network, on) = match profile {
            "default" => {
                let found = segue_cli::load_traces(&["preset:3g,seed=1,duration=120"], None, 0);
                let trace = found.map_err(|e| e.to_string())?.traces.remove(0);
                (Network::Trace(trace), " --trace preset:3g,seed=1,duration=120")
            }
            _ => (Network::stock(), ""),
        };
        let session = session(&config, &network).map_err(|e| e.to_string())?;
        let command = format!("segue qoe-core throughput --profile {profile}{on} -o out");
        let chart = segue_cli::qoe_core_chart(&session, &config);
        figures.push(figure(&format!("qoe-core-{profile}"), caption, command, chart));
    }
    let poor = Scenario::named("poor").ok_or("no scenario poor")?;
    for (profile, caption) in [
        ("twitch", "The Twitch model as published, on its poor network: it never stalls"),
        (
            "default",
            "The Twitch model, corrected, on the same network: latency, loss and the live edge matter",
        ),
    ] {
        let run = match profile {
            "twitch" => published(&poor, 42),
            _ => run(&poor, 42),
        };
        let chart = segue_cli::twitch_chart(&poor, &run.map_err(|e| e.to_string())?);
        let command = format!("segue twitch --scenario poor --profile {profile} -o out");
        figures.push(figure(&format!("twitch-{profile}"), caption, command, chart));
    }
    let moderate = Scenario::named("moderate").ok_or("no scenario moderate")?;
    let (x, y) = ("base_bandwidth_mbps", "initial_level_s");
    let sweep =
        segue_cli::twitch_sweep(Model::Corrected, moderate, [x, y], 40, 20).map_err(|e| e.to_string())?;
    for (name, chart) in sweep.charts() {
        let caption = match name {
            "map" => {
                "How QoE responds to bandwidth and buffer: the scores do not know the bitrate, so the lowest level scores well"
            }
            "curve" => "The same along the bandwidth, with the spread over seeds",
            _ => "Where stalls begin as congestion gets worse",
        };
        let command = "segue twitch sweep --points 40 -o out".to_string();
        figures.push(figure(&format!("twitch-sweep-{name}"), caption, command, chart));
    }
    Ok(figures)
}

fn trace_page(traces: &[std::sync::Arc<netmodel::Trace>]) -> Chart {
    let steps: Vec<Vec<(Seconds, BitRate)>> = traces
        .iter()
        .map(|t| t.periods().iter().enumerate().map(|(i, p)| (t.start_of(i), p.rate)).collect())
        .collect();
    let ends = |o: netmodel::stats::Outage| (o.start, o.start + o.duration);
    let outages: Vec<Vec<(Seconds, Seconds)>> =
        traces.iter().map(|t| netmodel::stats::outages(t).into_iter().map(ends).collect()).collect();
    let plots: Vec<TracePlot<'_>> = traces
        .iter()
        .zip(steps.iter().zip(&outages))
        .map(|(t, (steps, outages))| TracePlot { name: t.name(), steps, end: t.duration(), outages })
        .collect();
    plot::traces(&plots)
}

fn page(traces: usize, table: &str, command: &str, figures: &[Figure], pictures: &[String]) -> String {
    let mut html = String::from(HEAD);
    html += &format!(
        "<p>{} rules on {} built-in networks: synthetic fixtures of the repository, and {SEEDS} drawn traces of each of \
         the presets {}. Real traces are read the same way.</p>",
        RULES.len(),
        traces,
        PRESETS.join("; "),
    );
    html += &format!(
        "<h2>The comparison</h2><pre class=table>{}</pre><pre class=command>{}</pre>",
        escape(&plain(table)),
        escape(command)
    );
    for (figure, picture) in figures.iter().zip(pictures) {
        if !figure.caption.is_empty() {
            html += &format!("<h2>{}</h2>", escape(&figure.caption));
        }
        let name = &figure.name;
        html += &format!(
            "<figure>{picture}<figcaption><a href=\"{name}.png\">PNG</a> <a href=\"{name}.svg\">SVG</a> \
             <a href=\"{name}.csv\">data</a> <details><summary>command</summary><code>{}</code></details>\
             </figcaption></figure>",
            escape(&figure.command),
        );
    }
    html + "</main></body></html>\n"
}

/// Text without the styles of a terminal.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or("").to_string();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const HEAD: &str = "<!doctype html><html lang=en><head><meta charset=utf-8>
<meta name=viewport content=\"width=device-width,initial-scale=1\"><title>Segue: report</title><style>
body{font:16px/1.5 system-ui,sans-serif;color:#222;background:#fff;margin:0}
main{max-width:62rem;margin:0 auto;padding:1rem}
h1{margin:.5rem 0 0}h2{margin:2.5rem 0 .5rem;font-size:1.2rem}
figure{margin:1.5rem 0;border:1px solid #ddd;border-radius:6px;padding:.5rem;overflow-x:auto}
figure svg{display:block;width:100%;height:auto}
figcaption{font-size:.8rem;color:#555;padding:.3rem}
figcaption details{display:inline-block;vertical-align:top}
figcaption code{display:block;overflow-wrap:anywhere}
pre{font:13px/1.4 ui-monospace,monospace;background:#f6f6f6;padding:.8rem;border-radius:6px;overflow-x:auto}
pre.command{white-space:pre-wrap;overflow-wrap:anywhere}
</style></head><body><main><h1>Segue</h1>
<p>What viewers see and feel if the player, the bitrate ladder or the network changes.</p>
";
