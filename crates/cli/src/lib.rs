//! The `segue` command as a library: what it parses, calls and prints.
//!
//! [`main_with`] is the whole command. Its parts can be had alone: [`load_traces`] and [`load_video`] understand the words of
//! the command line, [`run`] makes one session, [`compare`] every rule on every trace, and writes charts and tables.
//!
//! ```
//! use segue_cli::{Models, Plan};
//!
//! let traces = segue_cli::load_traces(&["preset:3g,seed=1", "preset:3g,seed=2"], None, 0)?.traces;
//! let video = segue_cli::load_video("preset:cbr,duration=60,ladder=mobile", None, 0)?;
//! let profile = sim::profile("default")?;
//! let models = Models::new(&["yin"])?;
//! let rules = ["bola".to_string(), "throughput".to_string()];
//! let plan = Plan { traces: &traces, video: &video, rules: &rules, baseline: 0, profile: &profile, seed: 0, models: &models };
//! let comparison = segue_cli::compare(&plan, &|| ())?;
//! assert_eq!(comparison.sessions.len(), 4);
//! println!("{}", comparison.to_text());
//! # Ok::<(), segue_cli::Error>(())
//! ```
//!
//! Exit codes: 0 done, 1 failed, 2 what the user gave is wrong.

#![forbid(unsafe_code)]

mod compare;
mod completions;
mod console;
mod crowd;
mod dashboard;
mod dataset;
mod decisions;
mod demo;
mod drawing;
mod error;
pub mod files;
mod list;
mod live;
mod load;
mod models;
mod origin;
mod play;
mod player_logs;
mod progress;
mod qoe;
mod qoe_core;
mod qos;
pub mod report;
mod run;
mod session_log;
mod terminal;
mod text;
mod trace;
mod twin;
mod twitch;
mod video;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use compare::{
    Comparison, Effect, Factor, Interaction, Measure, Optimum, Plan, Played, Share, Statistics, Variant,
    Versus, compare, optima,
};
pub use decisions::decision_map;
pub use error::Error;
pub use live::{Live, latency_chart};
pub use load::{Traces, load_traces, load_video};
pub use models::{DEFAULT_MODELS, Models};
pub use progress::Progress;
pub use qoe_core::qoe_core_chart;
pub use run::{Run, run};
pub use trace::{trace_chart, traces_chart};
pub use twitch::{TwitchSweep, twitch_chart, twitch_sweep};

/// What will viewers see and feel if player, bitrate ladder or network change?
#[derive(Parser, Debug)]
#[command(
    name = "segue",
    version,
    max_term_width = 80,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = "\
Examples:
  segue run --trace preset:3g --video preset:cbr --abr bola --chart session.png
  segue compare --trace traces/ --video movie.json --abr bola --abr bba -o out
  segue list abr
Every command has examples of its own: segue run --help")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Play one video over one trace with one rule
    Run(run::RunArgs),
    /// Play every rule on every trace, and say what differs
    Compare(compare::CompareArgs),
    /// Let several players share one link
    Crowd(crowd::CrowdArgs),
    /// Make a page of a comparison: pictures, sentences, numbers
    Report(report::ReportArgs),
    /// Draw which rung a rule asks for, at every throughput and buffer level
    Decisions(decisions::DecisionsArgs),
    /// Describe, convert, make and draw network traces
    Trace(trace::TraceArgs),
    /// Public data sets: where to get them, check downloads, import
    Dataset(dataset::DatasetArgs),
    /// Describe, import, export and make videos
    Video(video::VideoArgs),
    /// Serve a video over HTTP, over a link shaped by a network model
    Origin(origin::OriginArgs),
    /// Play a video over HTTP, from one origin or several
    Play(play::PlayArgs),
    /// Show in a browser what a client does
    Dashboard(dashboard::DashboardArgs),
    /// Three nodes, two clients and the dashboard on this machine
    Demo(demo::DemoArgs),
    /// Score stored session records
    Qoe(qoe::QoeArgs),
    /// The fixed-step system QOE-Core: three rules, a segment per step
    QoeCore(qoe_core::QoeCoreArgs),
    /// The fixed-step model of a Twitch stream: network, encoder, buffer, scores
    Twitch(twitch::TwitchArgs),
    /// What the network reports and what viewers say: prediction, sentiment, action
    Qos(qos::QosArgs),
    /// List what can be asked for by name
    List(list::ListArgs),
    /// Print the completions of a shell
    Completions(completions::CompletionsArgs),
}

/// Runs the command with these arguments, the name of the program first, and tells how it ended.
pub fn main_with<I, T>(args: I) -> ExitCode
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let mut command = numeric(Cli::command());
    let parsed = command.try_get_matches_from_mut(args).and_then(|found| Cli::from_arg_matches(&found));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage(&error.format(&mut command)),
    };
    let done = match &cli.command {
        Command::Run(args) => run::main(args),
        Command::Compare(args) => compare::main(args),
        Command::Crowd(args) => crowd::main(args),
        Command::Report(args) => report::main(args),
        Command::Decisions(args) => decisions::main(args),
        Command::Trace(args) => trace::main(args),
        Command::Dataset(args) => dataset::main(args),
        Command::Video(args) => video::main(args),
        Command::Origin(args) => origin::main(args),
        Command::Play(args) => play::main(args),
        Command::Dashboard(args) => dashboard::main(args),
        Command::Demo(args) => demo::main(args),
        Command::Qoe(args) => qoe::main(args),
        Command::QoeCore(args) => qoe_core::main(args),
        Command::Twitch(args) => twitch::main(args),
        Command::Qos(args) => qos::main(args),
        Command::List(args) => list::main(args),
        Command::Completions(args) => completions::main(args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if let Error::Input(message) | Error::Failed(message) = &error {
                console::error(message);
            }
            ExitCode::from(error.code())
        }
    }
}

/// What stands after an option may be a number below 0: what is wrong with it says the option, not the parser.
fn numeric(command: clap::Command) -> clap::Command {
    let options = |arg: clap::Arg| match arg.get_action().takes_values() && !arg.is_positional() {
        true => arg.allow_negative_numbers(true),
        false => arg,
    };
    command.mut_args(options).mut_subcommands(numeric)
}

/// Help and version are answers; everything else that stops the parser is one line of error.
fn usage(error: &clap::Error) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        // A reader that has gone away wants nothing more.
        let _ = error.print();
        return ExitCode::from(error.exit_code().clamp(0, 2) as u8);
    }
    let text = error.render().to_string();
    let (message, help) = text.split_once("\n\nUsage:").unwrap_or((&text, ""));
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let message = message.split("\n\nFor more information").next().unwrap_or(message);
    let parts = message.lines().map(str::trim).filter(|l| !l.is_empty());
    let parts: Vec<String> = parts
        .map(|p| p.replacen("tip:", "(tip:", 1) + if p.starts_with("tip:") { ")" } else { "" })
        .collect();
    let command: Vec<&str> =
        help.split_whitespace().take_while(|w| w.chars().all(|c| c.is_ascii_lowercase())).collect();
    let command = if command.is_empty() { "segue".to_string() } else { command.join(" ") };
    console::error(&format!("{} (see {command} --help)", parts.join(" ")));
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_commands_fit_together() {
        super::Cli::command().debug_assert();
    }
}
