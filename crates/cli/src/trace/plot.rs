//! `segue trace plot`: everything about one trace, or pages of many with what they have in common.

use std::path::{Path, PathBuf};

use clap::Args;
use netmodel::Trace;
use netmodel::stats::{Measured, Segment, distribution};
use plot::{Chart, TraceFamily, TracePlot, TraceShape, TraceSheet};
use rayon::prelude::*;
use units::{BitRate, Seconds};

use super::corpus::{self, Corpus};
use crate::drawing::DrawingArgs;
use crate::text::counted;
use crate::{Error, console, files};

/// What `segue trace plot` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue trace plot drive.csv -o drive.png
  segue trace plot logs/ preset:3g -o page.svg
One trace: rate over time with outages, distribution, autocorrelation. Several:
pages of a hundred (page.svg, page-2.svg, ...), and page-overview.svg with all
distributions and autocorrelations. The data of a chart is written beside it:
page.csv for page.svg. Of Mahimahi's files the rates are those of full seconds.")]
pub(crate) struct PlotArgs {
    /// Files, folders, patterns or preset:NAME[,key=value...]
    #[arg(value_name = "FILE|preset:NAME", required = true)]
    traces: Vec<String>,
    /// The picture to write: .png, .svg or .pdf
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Format of the traces, with options, instead of what their content shows
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Seed of presets that draw
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    drawing: DrawingArgs,
}

/// Traces on a page.
const PAGE: usize = 100;
/// The longest lag of an autocorrelation, in s.
const LAG_MOST: usize = 60;

pub(crate) fn main(args: &PlotArgs) -> Result<(), Error> {
    plot::Format::of(&args.output)?;
    let corpus = corpus::read(&args.traces, args.format.as_deref(), args.seed)?;
    if !corpus.tables.is_empty() {
        let tables = format!("{} without a time series", counted(corpus.tables.len(), "table"));
        if corpus.recordings.is_empty() {
            let problem = format!("nothing to draw, {tables} (segue trace info describes what they hold)");
            return Err(Error::input(args.traces.join(", "), problem));
        }
        console::note(&format!("{tables} passed over"));
    }
    let pictures = pictures(&args.output, corpus.names.len());
    let tables: Vec<PathBuf> = pictures.iter().map(|p| p.with_extension("csv")).collect();
    let mut outputs: Vec<(&str, &Path)> = pictures.iter().map(|p| ("a picture", p.as_path())).collect();
    outputs.extend(tables.iter().map(|p| ("the data of a chart", p.as_path())));
    files::distinct(&outputs, &corpus.files)?;
    outputs.iter().try_for_each(|(_, path)| files::check(path))?;
    charts(&corpus).into_iter().zip(&pictures).try_for_each(|(chart, path)| args.drawing.save(chart, path))
}

/// The pictures of so many traces: one, or pages and an overview.
fn pictures(output: &Path, traces: usize) -> Vec<PathBuf> {
    let stem = output.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let ending = output.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
    let other = |what: &str| output.with_file_name(format!("{stem}-{what}.{ending}"));
    let mut pictures = vec![output.to_path_buf()];
    if traces > 1 {
        pictures.extend((2..=traces.div_ceil(PAGE)).map(|page| other(&page.to_string())));
        pictures.push(other("overview"));
    }
    pictures
}

/// What is drawn of a trace, in the types of charts.
struct Drawn {
    name: String,
    steps: Vec<(Seconds, BitRate)>,
    end: Seconds,
    outages: Vec<(Seconds, Seconds)>,
    distribution: Vec<(BitRate, f64)>,
    autocorrelation: Vec<(Seconds, f64)>,
}

impl Drawn {
    fn of(name: &str, measured: &Measured) -> Drawn {
        let seconds = |us: i64| Seconds::new(us as f64 / 1e6);
        let mut now = 0;
        let step = |s: &Segment| {
            let at = seconds(now);
            now += s.us;
            (at, BitRate::from_bps(s.bps))
        };
        let steps = measured.segments().iter().map(step).collect();
        let lags = 0..=LAG_MOST.min(measured.bins().len() / 2);
        Drawn {
            name: name.to_string(),
            steps,
            end: seconds(now),
            outages: measured.outages().iter().map(|o| (o.start, o.start + o.duration)).collect(),
            distribution: rates(measured.distribution()),
            autocorrelation: lags
                .filter_map(|lag| measured.acf(lag).map(|r| (Seconds::new(lag as f64), r)))
                .collect(),
        }
    }

    fn trace(&self) -> TracePlot<'_> {
        TracePlot { name: &self.name, steps: &self.steps, end: self.end, outages: &self.outages }
    }

    fn shape(&self) -> TraceShape<'_> {
        TraceShape {
            name: &self.name,
            distribution: &self.distribution,
            autocorrelation: &self.autocorrelation,
        }
    }
}

fn rates(distribution: Vec<(f64, f64)>) -> Vec<(BitRate, f64)> {
    distribution.into_iter().map(|(mbps, share)| (BitRate::from_mbps(mbps), share)).collect()
}

/// A page of traces, as `segue trace plot` draws the first hundred.
pub fn traces_chart(traces: &[std::sync::Arc<Trace>]) -> Chart {
    let drawn: Vec<Drawn> =
        traces.iter().take(PAGE).map(|t| Drawn::of(t.name(), &Measured::of_trace(t))).collect();
    plot::traces(&drawn.iter().map(Drawn::trace).collect::<Vec<_>>())
}

/// Everything about one trace, as `segue trace plot` draws it.
pub fn trace_chart(trace: &Trace) -> Chart {
    let drawn = Drawn::of(trace.name(), &Measured::of_trace(trace));
    TraceSheet { trace: drawn.trace(), shape: drawn.shape() }.chart()
}

/// The charts of a corpus, in the order of [`pictures`].
fn charts(corpus: &Corpus) -> Vec<Chart> {
    let measured: Vec<Measured> = corpus.recordings.par_iter().map(Measured::of).collect();
    let drawn: Vec<Drawn> =
        corpus.names.par_iter().zip(&measured).map(|(name, m)| Drawn::of(name, m)).collect();
    if let [one] = &drawn[..] {
        return vec![TraceSheet { trace: one.trace(), shape: one.shape() }.chart()];
    }
    let pages = drawn.chunks(PAGE).enumerate().map(|(i, page)| {
        let mut chart = plot::traces(&page.iter().map(Drawn::trace).collect::<Vec<_>>());
        if drawn.len() > PAGE {
            let first = i * PAGE + 1;
            chart.title = format!("traces {first} to {} of {}", i * PAGE + page.len(), drawn.len());
        }
        chart
    });
    let mut charts: Vec<Chart> = pages.collect();
    charts.push(overview(&drawn, &measured));
    charts
}

fn overview(drawn: &[Drawn], measured: &[Measured]) -> Chart {
    let pooled: Vec<Segment> = measured.iter().flat_map(|m| m.segments().iter().copied()).collect();
    let pooled = rates(distribution(&pooled));
    // The mean of those that have one, as in the statistics of families.
    let mean = |lag: usize| {
        let at: Vec<f64> = drawn.iter().filter_map(|d| d.autocorrelation.get(lag)).map(|p| p.1).collect();
        (!at.is_empty()).then(|| (Seconds::new(lag as f64), at.iter().sum::<f64>() / at.len() as f64))
    };
    let autocorrelation: Vec<(Seconds, f64)> = (0..=LAG_MOST).filter_map(mean).collect();
    let together =
        TraceShape { name: "all together", distribution: &pooled, autocorrelation: &autocorrelation };
    let members: Vec<TraceShape<'_>> = drawn.iter().map(Drawn::shape).collect();
    TraceFamily { title: "Distribution and autocorrelation", members: &members, together }.chart()
}
