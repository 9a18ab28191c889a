//! `segue crowd`: several players on one link.

use std::path::{Path, PathBuf};

use clap::Args;
use plot::{CrowdChart, CrowdPlayer, Palette};
use qoe::Summary;
use serde::Serialize;
use sim::crowd::{Crowd, Guest};
use sim::{Profile, Stop};
use units::Seconds;

use crate::load::{InputArgs, Inputs};
use crate::models::{Models, viewing};
use crate::run::{Run, save_chart};
use crate::text::{Table, counted, pairs};
use crate::{Error, console, files};

/// The schema of what `--json` prints.
const SCHEMA: &str = "segue.crowd/1";

/// More players than this are summed up by rule.
const ROWS_MOST: usize = 32;

/// More players than this are a mistake.
const PLAYERS_MOST: usize = 100_000;

/// What `segue crowd` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue crowd --trace preset:4g --video preset:cbr --abr bola --players 8
  segue crowd --trace link.csv --video movie.json --abr bola --abr throughput \\
      --players 16 --stagger 2 --chart crowd.png
  segue crowd --trace preset:constant,rate=20 --video preset:cbr --abr bba \\
      --players 4 --impair slow-start --json

All players share the link max-min: equal shares, but nobody more than they ask
for. Rules and profiles are dealt out in turn. Latencies, connections, slow
start, loss and shaping are each player's own; trace, handovers and a second
path are everybody's, and come from the first profile.
jain: 1 if all have the same mean bitrate, 1/n if one has everything.
instability: share of the bitrate that changes (FESTIVE, CoNEXT 2012).")]
pub(crate) struct CrowdArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Rule, with options: NAME[:key=value,...]; may be repeated
    #[arg(long, value_name = "RULE", required = true)]
    abr: Vec<String>,
    /// How many players there are [default: one for each rule]
    #[arg(long, value_name = "N")]
    players: Option<usize>,
    /// Seconds between the starts of two players
    #[arg(long, value_name = "S", default_value_t = 0.0)]
    stagger: f64,
    /// Player and link, with options; may be repeated [default: default]
    #[arg(long, value_name = "PROFILE")]
    profile: Vec<String>,
    /// Impairment, with options; may be repeated, from the trace outward
    #[arg(long, value_name = "IMPAIRMENT")]
    impair: Vec<String>,
    /// QoE model, with options; may be repeated [default: bola, pensieve-lin, yin]
    #[arg(long, value_name = "MODEL")]
    qoe: Vec<String>,
    /// Draw the crowd: .png or .svg, with its data in .csv
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    /// Print everything as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json<T> {
    schema: &'static str,
    players: Vec<T>,
    jain: f64,
    unfairness: f64,
    utilisation: f64,
    instability: f64,
}

pub(crate) fn main(args: &CrowdArgs) -> Result<(), Error> {
    let chart = args.chart.as_deref().map(|path| plot::Format::of(path).map(|_| path)).transpose()?;
    let models = Models::new(&args.qoe)?;
    let named = if args.profile.is_empty() { &["default".to_string()][..] } else { &args.profile };
    let profiles: Vec<Profile> =
        named.iter().map(|p| Ok(sim::profile(p)?.impaired(&args.impair)?)).collect::<Result<_, Error>>()?;
    args.abr.iter().try_for_each(|rule| abr::rule(rule).map(|_| ()))?;
    let players = args.players.unwrap_or(args.abr.len());
    if players == 0 || players > PLAYERS_MOST {
        return Err(Error::input("--players", format!("{players}, expected 1 to {PLAYERS_MOST}")));
    }
    if !(0.0..=1e6).contains(&args.stagger) {
        return Err(Error::input("--stagger", format!("{}, expected 0 to 1000000 seconds", args.stagger)));
    }
    let Inputs { trace, video, files: inputs, notes } = args.input.read(&profiles)?;
    let table = chart.map(|c| c.with_extension("csv"));
    let mut outputs: Vec<(&str, &Path)> = Vec::new();
    outputs.extend(chart.map(|path| ("the chart", path)));
    outputs.extend(table.as_deref().map(|path| ("the data of the chart", path)));
    files::distinct(&outputs, &inputs)?;
    outputs.iter().try_for_each(|(_, path)| files::check(path))?;

    let guests: Vec<Guest<'_>> = (0..players)
        .map(|i| Guest {
            rule: args.abr[i % args.abr.len()].as_str(),
            profile: &profiles[i % profiles.len()],
            start: Seconds::new(args.stagger) * i as f64,
        })
        .collect();
    let crowd = sim::crowd::play(&trace, &video, &profiles[0], &guests, args.input.seed)?;
    let lacking = crate::run::lacking(&args.abr, std::iter::once(video.ladder()))?;
    notes.iter().chain(&lacking).for_each(|n| console::note(n));
    if crowd.stops.contains(&Stop::NetworkEnded) {
        console::note("the link ended before everybody had fetched the whole video");
    }
    if let Some(path) = chart {
        save_chart(&picture(&crowd, &guests), path)?;
    }
    match args.json {
        true => console::print(&to_json(&crowd, &models, video.ladder())?),
        false => console::print(&to_text(&crowd, &guests, trace.name())),
    }
}

fn unfairness(jain: f64) -> f64 {
    (1.0 - jain).max(0.0).sqrt()
}

fn to_json(crowd: &Crowd, models: &Models, ladder: &media::Ladder) -> Result<String, Error> {
    let run = |(session, stop): (&qoe::Session, &Stop)| {
        let scores = models.score(&viewing(session, ladder))?;
        Ok(Run {
            summary: Summary::of(session),
            scores: models.names.iter().cloned().zip(scores).collect(),
            session: session.clone(),
            sabre: None,
            live: None,
            link_ended: *stop == Stop::NetworkEnded,
        })
    };
    let runs: Vec<Run> = crowd.sessions.iter().zip(&crowd.stops).map(run).collect::<Result<_, Error>>()?;
    let jain = crowd.jain();
    console::pretty(&Json {
        schema: SCHEMA,
        players: runs.iter().map(|run| run.json::<()>(None)).collect(),
        jain,
        unfairness: unfairness(jain),
        utilisation: crowd.utilisation,
        instability: crowd.instability(),
    })
}

/// What a row says, as sums over its players.
#[derive(Default)]
struct Row {
    players: f64,
    kbps: f64,
    startup: f64,
    stalls: f64,
    stalled: f64,
    switches: f64,
}

impl Row {
    fn add(&mut self, session: &qoe::Session) {
        let s = Summary::of(session);
        self.players += 1.0;
        self.kbps += s.mean_bitrate_kbps.kbps();
        self.startup += s.startup_delay_s.get();
        self.stalls += s.stall_count as f64;
        self.stalled += s.stall_s.get();
        self.switches += s.switch_count as f64;
    }

    fn cells(&self, first: String, second: String) -> [String; 7] {
        let mean = |sum: f64, decimals: usize| format!("{:.decimals$}", sum / self.players.max(1.0));
        let whole = usize::from(self.players > 1.0);
        [
            first,
            second,
            mean(self.kbps, 0),
            mean(self.startup, 2),
            mean(self.stalls, whole),
            mean(self.stalled, 2),
            mean(self.switches, whole),
        ]
    }
}

fn to_text(crowd: &Crowd, guests: &[Guest<'_>], trace: &str) -> String {
    let each = crowd.sessions.len() <= ROWS_MOST;
    let second = if each { "from s" } else { "players" };
    let mut table = Table::new(["rule", second, "kbit/s", "startup s", "stalls", "stalled s", "switches"]);
    let mut all = Row::default();
    let mut rules: Vec<(&str, Row)> = Vec::new();
    for (session, guest) in crowd.sessions.iter().zip(guests) {
        all.add(session);
        if each {
            let mut row = Row::default();
            row.add(session);
            table.row(row.cells(session.abr.clone(), format!("{}", guest.start.get())));
        } else if let Some((_, row)) = rules.iter_mut().find(|(rule, _)| *rule == session.abr) {
            row.add(session);
        } else {
            let mut row = Row::default();
            row.add(session);
            rules.push((&session.abr, row));
        }
    }
    for (rule, row) in rules {
        table.row(row.cells(rule.to_string(), format!("{}", row.players)));
    }
    if crowd.sessions.len() > 1 {
        table.row(all.cells("all, mean".to_string(), String::new()));
    }
    let jain = crowd.jain();
    let facts = [
        ("players", counted(crowd.sessions.len(), "player")),
        ("trace", trace.to_string()),
        ("jain", format!("{jain:.4}")),
        ("unfairness", format!("{:.4}", unfairness(jain))),
        ("instability", format!("{:.4}", crowd.instability())),
        ("utilisation", format!("{:.1} %", crowd.utilisation * 100.0)),
    ];
    format!("{}\n{}", table.render(), pairs(&facts.map(|(name, value)| (name.to_string(), value))))
}

fn picture(crowd: &Crowd, guests: &[Guest<'_>]) -> plot::Chart {
    let players: Vec<CrowdPlayer<'_>> = crowd
        .sessions
        .iter()
        .zip(guests)
        .map(|(session, guest)| CrowdPlayer { session, start: guest.start })
        .collect();
    let subtitle = format!(
        "Jain {:.4}, instability {:.4}, utilisation {:.1} %",
        crowd.jain(),
        crowd.instability(),
        crowd.utilisation * 100.0
    );
    let palette = Palette::new(crowd.sessions.iter().map(|s| s.abr.as_str()));
    CrowdChart { players: &players, subtitle: &subtitle }.chart(&palette)
}
