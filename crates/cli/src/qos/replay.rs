//! `segue qos replay`: the closed loop in simulation.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use feedback::control::ControllerOptions;
use feedback::replay::{ReplayOptions, Replayed, SESSION_S, Steering, kind, replay};
use feedback::viewer::ViewerOptions;
use rayon::prelude::*;
use serde::Serialize;

use crate::text::{Ordered, Table, fixed, p_value, short};
use crate::{Error, Progress, console, files};

/// What `segue qos replay` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue qos replay
  segue qos replay --hours 4 --compare
  segue qos replay --seed 7 --log actions.jsonl --json
Each session is a drive of ten minutes that nothing was fitted to, played by a
player under the controller, watched by a simulated viewer who complains late,
not always, and sometimes for nothing. --compare plays each drive three times:
by the rule alone, under the controller deaf to viewers, and with feedback.")]
pub(crate) struct ReplayArgs {
    /// How long, in hours of playback
    #[arg(long, value_name = "H", default_value_t = 24.0)]
    hours: f64,
    /// The rule under the controller, with options (segue list abr)
    #[arg(long, value_name = "RULE", default_value = "bola")]
    abr: String,
    /// The most media that the player's buffer takes, s
    #[arg(long, value_name = "S", default_value_t = 30, value_parser = clap::value_parser!(u32).range(4..=600))]
    capacity: u32,
    /// How often the controller acts, 2 to 5 s
    #[arg(long, value_name = "S", default_value_t = 3.0)]
    interval: f64,
    /// How likely a viewer tells of trouble
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    speaks: f64,
    /// Also play each drive without the controller, and under one that is deaf, and test the differences
    #[arg(long)]
    compare: bool,
    /// Seed of the drives and the viewers
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Where to write every action with its reason, as JSON lines
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    schema: &'static str,
    sessions: usize,
    hours: f64,
    rows: Vec<Row>,
    differences: Vec<Difference>,
    actions: Ordered<usize>,
    without_reason: usize,
}

#[derive(Serialize)]
struct Row {
    steering: &'static str,
    mean_kbps: f64,
    stalled_s_per_h: f64,
    stalls_per_h: f64,
    qoe: f64,
    engagement: f64,
}

#[derive(Serialize)]
struct Difference {
    of: &'static str,
    less: &'static str,
    measure: &'static str,
    mean: f64,
    interval: (f64, f64),
    p: f64,
}

#[derive(Serialize)]
struct Logged<'a> {
    session: usize,
    #[serde(flatten)]
    decision: &'a feedback::control::Decision,
}

pub(crate) fn main(args: &ReplayArgs) -> Result<(), Error> {
    if !(args.hours > 0.0 && args.hours <= 10_000.0) {
        return Err(Error::Input(format!("--hours is {}, expected above 0 and at most 10000", args.hours)));
    }
    if !(0.0..=1.0).contains(&args.speaks) {
        return Err(Error::Input(format!("--speaks is {}, expected 0 to 1", args.speaks)));
    }
    if let Some(path) = &args.log {
        files::check(path)?;
    }
    let options = ReplayOptions {
        rule: args.abr.clone(),
        capacity_s: args.capacity,
        controller: ControllerOptions {
            every_s: args.interval,
            target_s: f64::from(args.capacity).clamp(8.0, 60.0),
        },
        viewer: ViewerOptions { speaks: args.speaks, ..ViewerOptions::default() },
        seed: args.seed,
    };
    let sessions = (args.hours * 3600.0 / SESSION_S).ceil() as usize;
    let steerings = if args.compare { &Steering::ALL[..] } else { &[Steering::Feedback] };
    let progress = Progress::new(sessions, "sessions");
    let played: Vec<Vec<Replayed>> = (0..sessions)
        .into_par_iter()
        .map(|i| {
            let played = replay(&options, i, steerings);
            progress.step();
            played
        })
        .collect::<Result<_, _>>()?;
    drop(progress);
    let of = |k: usize| -> Vec<&Replayed> { played.iter().map(|p| &p[k]).collect() };
    if let Some(path) = &args.log {
        let mut text = String::new();
        for (session, replayed) in of(steerings.len() - 1).iter().enumerate() {
            for decision in &replayed.decisions {
                let line = serde_json::to_string(&Logged { session, decision });
                text += &line.map_err(|e| Error::Failed(format!("JSON: {e}")))?;
                text.push('\n');
            }
        }
        files::write(path, text.as_bytes())?;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let decisions = || of(steerings.len() - 1).into_iter().flat_map(|r| &r.decisions);
    for decision in decisions() {
        *counts.entry(kind(&decision.action)).or_default() += 1;
    }
    let rows: Vec<Row> = steerings.iter().enumerate().map(|(k, s)| row(s.name(), &of(k))).collect();
    let mut differences = Vec::new();
    if args.compare {
        for (a, b) in [(2, 0), (1, 0), (2, 1)] {
            differences.extend(compared(steerings, (a, b), &of(a), &of(b))?);
        }
    }
    let json = Json {
        schema: "segue.qos-replay/1",
        sessions,
        hours: sessions as f64 * SESSION_S / 3600.0,
        rows,
        differences,
        actions: Ordered(counts.iter().map(|(k, n)| (k.to_string(), *n)).collect()),
        without_reason: decisions().filter(|d| d.reason.is_empty()).count(),
    };
    if args.json { console::json(&json) } else { console::print(&text(&json)) }
}

fn row(steering: &'static str, played: &[&Replayed]) -> Row {
    let n = played.len() as f64;
    let mean = |of: fn(&Replayed) -> f64| played.iter().map(|r| of(r)).sum::<f64>() / n;
    let per_hour = 3600.0 / SESSION_S;
    Row {
        steering,
        mean_kbps: mean(|r| r.mean_kbps),
        stalled_s_per_h: mean(|r| r.stalled_s) * per_hour,
        stalls_per_h: mean(|r| r.stalls as f64) * per_hour,
        qoe: mean(|r| r.qoe),
        engagement: mean(|r| r.engagement),
    }
}

type MeasureOf = (&'static str, fn(&Replayed) -> f64);

const MEASURES: [MeasureOf; 4] = [
    ("mean bitrate, kbit/s", |r| r.mean_kbps),
    ("stalled, s per session", |r| r.stalled_s),
    ("QoE (bola)", |r| r.qoe),
    ("engagement, 0 to 100", |r| r.engagement),
];

fn compared(
    steerings: &[Steering],
    (a, b): (usize, usize),
    first: &[&Replayed],
    second: &[&Replayed],
) -> Result<Vec<Difference>, Error> {
    let test = |(measure, of): &MeasureOf| {
        let values = |list: &[&Replayed]| -> Vec<f64> { list.iter().map(|r| of(r)).collect() };
        let paired = qoe::stats::Paired::of(&values(first), &values(second))?;
        Ok(Difference {
            of: steerings[a].name(),
            less: steerings[b].name(),
            measure,
            mean: paired.mean,
            interval: (paired.ci95.low, paired.ci95.high),
            p: paired.t_p,
        })
    };
    MEASURES.iter().map(test).collect()
}

fn text(json: &Json) -> String {
    let mut text = format!("{} sessions, {:.1} hours\n\n", json.sessions, json.hours);
    let mut rows = Table::new(["steered by", "kbit/s", "stalled s/h", "stalls/h", "QoE", "engagement"]);
    for r in &json.rows {
        rows.row([
            r.steering.to_string(),
            fixed(r.mean_kbps, 0),
            fixed(r.stalled_s_per_h, 1),
            fixed(r.stalls_per_h, 2),
            fixed(r.qoe, 3),
            fixed(r.engagement, 2),
        ]);
    }
    text += &rows.render();
    for pair in json.differences.chunks(MEASURES.len()) {
        let Some(first) = pair.first() else { continue };
        text += &format!("\n{}, less {}:\n", first.of, first.less);
        let mut table = Table::new(["measure", "difference", "95 % interval", "p"]);
        for d in pair {
            let interval = format!("{} to {}", short(d.interval.0), short(d.interval.1));
            table.row([d.measure.to_string(), short(d.mean), interval, p_value(d.p)]);
        }
        text += &table.render();
    }
    text += "\nActions of the last:";
    for (kind, n) in &json.actions.0 {
        text += &format!(" {kind} {n}");
    }
    text + "\n"
}
