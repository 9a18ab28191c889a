//! The command `segue compare`: what it takes, and the comparison that this asks for.

use std::path::{Path, PathBuf};

use clap::Args;

use super::variants::{Grid, Levels};
use super::{Comparison, Plan, optimum, play, require};
use crate::drawing::DrawingArgs;
use crate::files::{self, Filled};
use crate::models::{self, Models};
use crate::session_log::{self, LogFormat};
use crate::{Error, Progress, console, load};

/// What `segue compare` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue compare --trace traces/ --video movie.json --abr bola --abr bba -o out
  segue compare --trace 'logs/bus_*.json' --trace preset:4g,seed=2 \\
      --video preset:vbr --abr bola --abr bola:gp=8 --abr robust-mpc --json
  segue compare --trace traces/ --video movie.json --abr dynamic --abr bola \\
      --baseline throughput --qoe pensieve-lin --profile default:capacity=60
  segue compare --trace 3g/ --trace 4g/ --video movie.json --abr bola \\
      --abr mpc \\
      --qoe yin --optimum -o out
  segue compare --trace traces/ --video movie.json --abr bola --abr throughput \
      --impair latency:preset=4g --impair slow-start

Whatever is given more than once is a factor: every combination is played, and
paired by trace. An option may be a list or a range: bola:gp=1..20,
default:capacity=10/25/60, preset:4g,seed=1..200 (a..b..step, too).
  segue compare --trace preset:4g,seed=1..50 --video preset:vbr \\
      --abr bola:gp=1..20
  segue compare --trace traces/ --video a.json --video b.json \
      --profile default:capacity=10/30 --abr bola --abr throughput

Exit code 1 where something is required that does not hold, for pipelines:
  segue compare --trace traces/ --video old.json --video new.json --abr bola \\
      --require no-worse --require 'stall_percent<=1'

A folder stands for the traces in it, not those of folders in it; files that are
none are skipped with a note. Charts and sentences are about the first --qoe.
Traces of one --trace (draws of one preset, files of one folder) are a class;
the chart of gains has a column for each.
With -o: charts (PNG, SVG, CSV; NAME.narrow.svg for narrow screens),
sessions.csv, summary.json, of which segue report makes a page; with --logs the
requests of the session in row N of sessions.csv are in logs/N.csv.")]
pub(crate) struct CompareArgs {
    /// Network traces: a file, a folder, a pattern or preset:NAME[,key=value...]; may be repeated
    #[arg(long, value_name = "TRACE", required = true)]
    trace: Vec<String>,
    /// Video: a file, a folder of sizes, or preset:NAME[,key=value...]; may be repeated
    #[arg(long, value_name = "VIDEO", required = true)]
    video: Vec<String>,
    /// Rule, with options: NAME[:key=value,...]; may be repeated
    #[arg(long, value_name = "RULE", required = true)]
    abr: Vec<String>,
    /// The rule that the others are compared with [default: the first --abr]
    #[arg(long, value_name = "RULE")]
    baseline: Option<String>,
    /// The video is a live event: key=value,... (segue list live)
    #[arg(long, value_name = "OPTIONS", num_args = 0..=1, default_missing_value = "")]
    live: Option<String>,
    /// QoE model, with options; may be repeated [default: bola, pensieve-lin, yin]
    #[arg(long, value_name = "MODEL")]
    qoe: Vec<String>,
    /// Player and link, with options: NAME[:key=value,...]; may be repeated
    #[arg(long, value_name = "PROFILE", default_value = "default")]
    profile: Vec<String>,
    /// Impairment of the link, with options: NAME[:key=value,...]; may be repeated, from the trace outward. Alternatives
    /// to compare stand between bars: 'none|slow-start'
    #[arg(long, value_name = "IMPAIRMENT")]
    impair: Vec<String>,
    /// Seed of everything random; may be repeated (draws of the networks follow the first)
    #[arg(long, value_name = "N", default_value = "0")]
    seed: Vec<u64>,
    /// Format of the traces, with options, instead of what their content shows
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Format of the video, with options, instead of what its content shows
    #[arg(long, value_name = "FORMAT")]
    video_format: Option<String>,
    /// Write charts and tables to this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Which charts: all, none, or names such as pareto,curve
    #[arg(long, value_name = "NAMES", default_value = "all", requires = "output")]
    charts: String,
    /// Write the log of every session, one row per request, to the folder logs in the output
    #[arg(long, requires = "output")]
    logs: bool,
    /// How many threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Compare with the best that could have been done on each trace, by the first --qoe
    /// (pensieve-lin, -log, -hd, yin or bola)
    #[arg(long)]
    optimum: bool,
    /// Write the best plan of each trace: .csv of trace, segment, level and bitrate
    #[arg(long, value_name = "FILE", requires = "optimum")]
    optimum_plan: Option<PathBuf>,
    /// End with exit code 1 where a condition does not hold for every combination: MEASURE<=NUMBER (or <, >=, >) of
    /// its mean, or no-worse (than the baseline, by the first --qoe); may be repeated
    #[arg(long, value_name = "CONDITION")]
    require: Vec<String>,
    #[command(flatten)]
    drawing: DrawingArgs,
    /// Print the comparison as one JSON object
    #[arg(long)]
    json: bool,
}

impl CompareArgs {
    /// What was asked for, as it is typed; without what changes no number.
    fn command(&self) -> String {
        let mut words = vec!["segue compare".to_string()];
        let mut give = |name: &str, values: &[String]| {
            words.extend(values.iter().map(|v| format!("--{name} {}", files::quoted(v))));
        };
        give("trace", &self.trace);
        give("video", &self.video);
        give("abr", &self.abr);
        give("baseline", self.baseline.as_slice());
        give("qoe", &self.qoe);
        let told = |values: &[String], default: &str| match values {
            [one] if one == default => vec![],
            other => other.to_vec(),
        };
        give("profile", &told(&self.profile, "default"));
        give("impair", &self.impair);
        give("seed", &told(&self.seed.iter().map(u64::to_string).collect::<Vec<_>>(), "0"));
        give("format", self.format.as_slice());
        give("video-format", self.video_format.as_slice());
        words.extend(self.optimum.then(|| "--optimum".to_string()));
        words.join(" ")
    }
}

pub(crate) fn main(args: &CompareArgs) -> Result<(), Error> {
    let threads = args.jobs.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|e| Error::Failed(format!("cannot start {threads} threads: {e}")))?.install(|| work(args))
}

fn work(args: &CompareArgs) -> Result<(), Error> {
    // Everything that can be wrong is found before anything is done.
    let models = Models::new(&args.qoe)?;
    let mut rules = every(&args.abr, |option| abr::rule(option).is_ok())?;
    let baseline = args.baseline.as_ref().map(|b| b.trim().to_string());
    if let Some(baseline) = &baseline
        && !rules.contains(baseline)
    {
        rules.insert(0, baseline.clone());
    }
    let baseline = baseline.and_then(|b| rules.iter().position(|r| *r == b)).unwrap_or(0);
    models::once("rule", &rules)?;
    rules.iter().try_for_each(|r| abr::rule(r).map(|_| ()))?;
    let profiles = every(&args.profile, |option| sim::profile(option).is_ok())?;
    let chains = chains(&args.impair)?;
    let mut built = Vec::with_capacity(profiles.len() * chains.len());
    for profile in &profiles {
        for chain in &chains {
            let profile = sim::profile(profile)?.impaired(chain)?;
            built.push(match &args.live {
                Some(live) => profile.live(live)?,
                None => profile,
            });
        }
    }
    let specs = every(&args.video, load::is_video_preset)?;
    models::once("video", &specs)?;
    let mut of_videos = Vec::new();
    let mut video = |spec: &String| {
        let (video, notes) = load::video(spec, args.video_format.as_deref(), None, args.seed[0])?;
        of_videos.extend(notes);
        Ok((spec.clone(), video))
    };
    let videos = specs.iter().map(&mut video).collect::<Result<Vec<_>, Error>>()?;
    let found = load::traces_for(&built, &args.trace, args.format.as_deref(), args.seed[0])?;
    if let Some(folder) = &args.output
        && folder.exists()
        && !folder.is_dir()
    {
        return Err(Error::input(folder.display(), "is a file, expected a folder to write to"));
    }
    let guess = models.guess(&videos.iter().filter_map(|(_, v)| models::largest(v.ladder())).collect());
    let said = [found.warning(), found.doubts(), guess];
    let lacking = crate::run::lacking(&rules, videos.iter().map(|(_, v)| v.ladder()))?;
    found
        .notes
        .iter()
        .chain(&of_videos)
        .chain(&lacking)
        .chain(said.iter().flatten())
        .for_each(|n| console::note(n));

    let traces = &found.traces;
    let impairments: Vec<String> =
        chains.iter().map(|c| if c.is_empty() { NONE.to_string() } else { c.join(" + ") }).collect();
    let levels = Levels {
        abr: &rules,
        videos: &videos,
        profiles: &profiles,
        impairments: &impairments,
        built: &built,
        seeds: &args.seed,
    };
    let grid = Grid::new(traces, &levels, &models, baseline)?;
    let comparable = grid.variants.len() > 1 && traces.len() > 1;
    let requirements = require::parse(&args.require, &models.names, comparable)?;
    let optimum = args.optimum.then(|| optimum_plan(&grid)).transpose()?;
    let objective = optimum.as_ref().map(optimum::objective).transpose()?;
    let progress = Progress::new(traces.len() * grid.variants.len(), "sessions");
    let mut comparison = play(&grid, &|| progress.step())?.in_classes(&found.classes);
    comparison.command = args.command();
    drop(progress);
    if built.iter().all(|p| p.link.end == netmodel::End::Loop) {
        let ends_before = |t: usize| {
            comparison.sessions.iter().any(|s| s.trace == t && s.summary.wall_s > traces[t].duration())
        };
        let shorter = (0..traces.len()).filter(|t| ends_before(*t)).count();
        crate::run::repeated(traces.len(), shorter).iter().for_each(|n| console::note(n));
    }
    if let (Some(plan), Some(objective)) = (optimum, objective) {
        let progress = Progress::new(traces.len(), "optima");
        let found = optimum::search(&plan, &objective, &|| progress.step())?;
        drop(progress);
        if let Some(path) = &args.optimum_plan {
            files::write(path, optimum::plans(&comparison.traces, &comparison.ladder, &found)?.as_bytes())?;
        }
        comparison = comparison.against(found.into_iter().map(|f| f.optimum).collect());
    }
    if let Some(folder) = &args.output {
        let charts = chosen(comparison.charts(), &args.charts)?;
        let logs = (0..if args.logs { comparison.sessions.len() } else { 0 }).map(log_name);
        let filled = Filled::begin(folder, super::names(&charts).into_iter().chain(logs).collect())?;
        let progress = Progress::new(charts.len(), "charts");
        comparison.write_with(folder, &charts, &args.drawing, &|| progress.step())?;
        drop(progress);
        if args.logs {
            write_logs(&grid, &comparison, folder)?;
        }
        filled.finish()?;
        console::note(&format!("charts and tables are in {}", folder.display()));
    }
    match args.json {
        true => console::print(&comparison.to_json()?),
        false => console::print(&comparison.to_text()),
    }?;
    comparison.meets(&requirements)
}

/// The log of a session, named after its row of `sessions.csv`.
fn log_name(row: usize) -> String {
    format!("logs/{}.csv", row + 1)
}

/// Writes the log of every session.
fn write_logs(grid: &Grid<'_, String>, comparison: &Comparison, folder: &Path) -> Result<(), Error> {
    files::make_folder(&folder.join("logs"))?;
    let progress = Progress::new(comparison.sessions.len(), "logs");
    for (row, played) in comparison.sessions.iter().enumerate() {
        let v = &grid.variants[played.rule];
        let (video, profile) = (grid.videos[v.video_at], grid.profiles[v.profile_at]);
        let session = sim::session(&grid.traces[played.trace], video, &v.abr, profile, v.seed)?;
        let bytes = session_log::render(&session, video.ladder(), LogFormat::Csv)?;
        files::write(&folder.join(log_name(row)), &bytes)?;
        progress.step();
    }
    Ok(())
}

/// The charts of these names.
fn chosen(
    charts: Vec<(&'static str, plot::Chart)>,
    names: &str,
) -> Result<Vec<(&'static str, plot::Chart)>, Error> {
    let wanted: Vec<&str> = names.split(',').map(str::trim).collect();
    match wanted[..] {
        ["all"] => return Ok(charts),
        ["none"] => return Ok(vec![]),
        _ => {}
    }
    if let Some(unknown) = wanted.iter().find(|w| !charts.iter().any(|(name, _)| name == *w)) {
        let known: Vec<&str> = charts.iter().map(|(name, _)| *name).collect();
        let problem =
            format!("--charts: no chart '{unknown}' here, expected all, none or {}", known.join(", "));
        return Err(Error::Input(problem));
    }
    Ok(charts.into_iter().filter(|(name, _)| wanted.contains(name)).collect())
}

/// All specifications of an argument, lists and ranges taken apart.
fn every(given: &[String], is_value: impl Fn(&str) -> bool) -> Result<Vec<String>, Error> {
    let mut all = Vec::new();
    for spec in given {
        all.extend(spec::expand(spec, &is_value)?);
    }
    Ok(all)
}

/// What stands for no impairment among alternatives.
const NONE: &str = "none";

/// The chains of impairments that are compared: every combination of the alternatives of each argument.
fn chains(given: &[String]) -> Result<Vec<Vec<String>>, Error> {
    let mut chains: Vec<Vec<String>> = vec![vec![]];
    for argument in given {
        let alternatives: Vec<String> = argument.split('|').map(|a| a.trim().to_string()).collect();
        let is_value = |option: &str| netmodel::impair::chain(&[option]).is_ok();
        let alternatives = every(&alternatives, is_value)?;
        chains = chains
            .iter()
            .flat_map(|chain| {
                alternatives.iter().map(move |one| {
                    let mut longer = chain.clone();
                    longer.extend((one != NONE).then(|| one.clone()));
                    longer
                })
            })
            .collect();
    }
    Ok(chains)
}

/// The plan whose optimum is searched for: there is one of a trace, a video and a player.
fn optimum_plan<'a>(grid: &Grid<'a, String>) -> Result<Plan<'a>, Error> {
    if grid.factors.iter().any(|f| f.name != "abr") {
        let problem =
            "--optimum: there is one for each video, player and network, expected only --abr to vary";
        return Err(Error::Input(problem.to_string()));
    }
    Ok(Plan {
        traces: grid.traces,
        video: grid.videos[0],
        rules: grid.rules,
        baseline: grid.baseline,
        profile: grid.profiles[0],
        seed: grid.variants[0].seed,
        models: grid.models,
    })
}
