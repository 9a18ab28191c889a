//! The live section of the report: low-latency rules on the networks of the Twitch challenge.

use std::path::Path;

use segue_cli::report::{Figure, Section};
use segue_cli::{Live, Models, latency_chart};

use crate::Result;

/// The ladder of the challenge, segments of a second in chunks of one picture of 30; the viewer comes in the middle of a segment.
const VIDEO: &str = "preset:cbr,segment=1,duration=150,ladder=200/600/1000";
const LIVE: &str = "latency=3,chunk=0.0333333333,join=10.5";
const NETWORKS: [&str; 5] = ["cascade", "intra-cascade", "spike", "slow-jitters", "fast-jitters"];
/// Rules, and who catches up.
const RULES: [(&str, &str); 3] = [("l2a", "default"), ("lol-plus", "lol-plus"), ("bola", "off")];

/// One session in full, and the latency of all.
pub(super) fn section(folder: &Path) -> Result<Section> {
    let models = Models::new(&["yin"]).map_err(|e| e.to_string())?;
    let video = segue_cli::load_video(VIDEO, None, 0).map_err(|e| e.to_string())?;
    let mut section = Section::new("Who keeps up with a live event?");
    section.say(
        "A live event cannot be fetched before it happens, so the buffer is what the viewer is behind. Who plays a little \
         faster comes back to the latency that was asked for; who does not never gives back what the start has cost.",
    );
    let mut networks = Vec::new();
    for network in NETWORKS {
        let spec = format!("preset:mmsys20,network={network}");
        let trace = segue_cli::load_traces(&[&spec], None, 0).map_err(|e| e.to_string())?.traces.remove(0);
        let (mut title, mut rules) = (format!("{network}:"), Vec::new());
        for (rule, catchup) in RULES {
            let live = format!("{LIVE},catchup={catchup}");
            let profile = sim::profile("default").and_then(|p| p.live(&live)).map_err(|e| e.to_string())?;
            let run =
                segue_cli::run(&trace, &video, rule, &profile, 0, &models).map_err(|e| e.to_string())?;
            if (network, rule) == (NETWORKS[0], RULES[0].0) {
                let command = format!(
                    "segue run --trace {spec} --video {VIDEO} --abr {rule} --live {live} --chart live-session.png"
                );
                let caption = "A live session of L2A: the buffer is filled chunk by chunk";
                let chart = run.chart(&trace, &profile);
                let figure = Figure::save(&chart, &folder.join("live-session"), caption, &command);
                section.show(figure.map_err(|e| e.to_string())?);
            }
            let live: Live = run.live.ok_or("a live session without latency")?;
            let s = &live.summary;
            let name = if catchup == "off" { format!("{rule} without catch-up") } else { rule.to_string() };
            let (mean, p95) = (s.latency_mean_s.get(), s.latency_p95_s.get());
            title.push_str(&format!(" {name} {mean:.2}, {p95:.2} s;"));
            rules.push((name, live));
        }
        networks.push((title.trim_end_matches(';').to_string(), rules));
    }
    let chart = latency_chart("Latency on the networks of the Twitch challenge", &networks);
    let caption = "The two rules of low latency, and one that never catches up: the mean, and the 95 % quantile. The command plays \
                   one of the sessions";
    let command = format!(
        "segue run --trace preset:mmsys20,network={} --video {VIDEO} --abr bola --live {LIVE},catchup=off --chart live.png",
        NETWORKS[0]
    );
    let figure = Figure::save(&chart, &folder.join("live-latency"), caption, &command);
    section.show(figure.map_err(|e| e.to_string())?);
    Ok(section)
}
