//! The two systems that are defined by a fixed step.

use std::path::Path;

use plot::Chart;
use segue_cli::report::{Figure, Section};

use crate::Result;

/// The two systems that are defined by a fixed step, as published and as corrected.
pub(super) fn section(folder: &Path) -> Result<Section> {
    use sim::lockstep::qoe_core::{Abr, Config, Network, Options, session};
    use sim::lockstep::twitch::{Scenario, published, run, sweep::Model};
    let figure = |name: &str, caption: &str, command: String, chart: Chart| {
        Figure::save(&chart, &folder.join(name), caption, &command).map_err(|e| e.to_string())
    };
    let mut section = Section::new("What do two systems do that move in fixed steps?");
    section.say(
        "QOE-Core and the Twitch model know no events, only steps of equal length. Each is shown as published and as \
         corrected: what a model leaves out, it cannot tell of.",
    );
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
        section.show(figure(&format!("qoe-core-{profile}"), caption, command, chart)?);
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
        section.show(figure(&format!("twitch-{profile}"), caption, command, chart)?);
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
        section.show(figure(&format!("twitch-sweep-{name}"), caption, command, chart)?);
    }
    Ok(section)
}
