//! `segue trace plot`: rate over time.

use std::path::PathBuf;

use clap::Args;
use plot::TracePlot;
use units::{BitRate, Seconds};

use crate::{Error, console, files, load, run};

/// What `segue trace plot` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue trace plot drive.csv -o drive.png
  segue trace plot logs/ preset:3g -o page.svg     (a page of many)
The data of the chart is written beside it: page.csv for page.svg.")]
pub(crate) struct PlotArgs {
    /// Files, folders, patterns or preset:NAME[,key=value...]
    #[arg(value_name = "FILE|preset:NAME", required = true)]
    traces: Vec<String>,
    /// The picture to write: .png or .svg
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Format of the traces, with options, instead of what their content shows
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Seed of presets that draw
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    seed: u64,
}

pub(crate) fn main(args: &PlotArgs) -> Result<(), Error> {
    plot::Format::of(&args.output)?;
    let found = load::load_traces(&args.traces, args.format.as_deref(), args.seed)?;
    let table = args.output.with_extension("csv");
    let outputs = [("the picture", args.output.as_path()), ("the data of the chart", &table)];
    files::distinct(&outputs, &found.files)?;
    outputs.iter().try_for_each(|(_, path)| files::check(path))?;
    found.notes.iter().for_each(|n| console::note(n));
    let steps: Vec<Vec<(Seconds, BitRate)>> = found
        .traces
        .iter()
        .map(|t| t.periods().iter().enumerate().map(|(i, p)| (t.start_of(i), p.rate)).collect())
        .collect();
    let pages: Vec<TracePlot<'_>> = found
        .traces
        .iter()
        .zip(&steps)
        .map(|(t, steps)| TracePlot { name: t.name(), steps, end: t.duration() })
        .collect();
    run::save_chart(&plot::traces(&pages), &args.output)
}
