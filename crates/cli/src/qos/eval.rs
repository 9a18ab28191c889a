//! `segue qos eval`: how good predictions and sentiment are.

use std::path::{Path, PathBuf};

use clap::Args;
use feedback::predict::{Case, Evaluation, Source, Trained, evaluate, generated, recorded};
use feedback::sentiment::{Agreement, BACKENDS, Sentiment, backend};
use plot::{Axis, Chart, Colour, Dash, Dot, Key, Mark, Marker, Panel, Stroke, Swatch};
use serde::Serialize;

use super::sentences::{self, Labelled};
use super::{backend_spec, recording};
use crate::text::{Table, short};
use crate::{Error, Progress, console, files};

/// What `segue qos eval` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue qos eval
  segue qos eval --trace Download__Driving.csv --json
  segue qos eval --chart calibration.png
  segue qos eval --sentiment fixtures/golden/feedback/viewer_feedback.jsonl
Without a trace, predictions are measured on generated drives that nothing was
fitted to. A trace must have radio values beside its rates (G-NetTrack,
NYU-METS); a player is simulated on it. Sentences are JSON lines with text and
label (pos, neg, neu); minilm is measured where SEGUE_MINILM names its folder.")]
pub(crate) struct EvalArgs {
    /// Recorded traces with telemetry, instead of generated drives; may be repeated
    #[arg(long, value_name = "FILE")]
    trace: Vec<PathBuf>,
    /// How many generated drives
    #[arg(long, value_name = "N", default_value_t = 160, value_parser = clap::value_parser!(u16).range(2..=2000))]
    drives: u16,
    /// A model that segue qos train has written, instead of the one that is built in
    #[arg(long, value_name = "FILE")]
    model_file: Option<PathBuf>,
    /// Measure sentiment backends on labelled sentences instead
    #[arg(long, value_name = "FILE", conflicts_with_all = ["trace", "chart"])]
    sentiment: Option<PathBuf>,
    /// Draw how predicted and observed shares agree
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn main(args: &EvalArgs) -> Result<(), Error> {
    if let Some(path) = &args.sentiment {
        return sentiment(path, args.json);
    }
    if let Some(path) = &args.chart {
        files::check(path)?;
    }
    let model = match &args.model_file {
        Some(path) => {
            let text = spec::file::text(path).map_err(|e| Error::read(path.display(), e))?;
            Trained::parse(&text).map_err(|e| Error::input(path.display(), e))?
        }
        None => Trained::built_in()?,
    };
    let evaluation = evaluation(&model, &args.trace, usize::from(args.drives))?;
    if let Some(path) = &args.chart {
        plot::save(&chart(&evaluation), path)?;
    }
    match args.json {
        true => console::json(&evaluation),
        false => console::print(&text(&evaluation)),
    }
}

/// How far the windows that are measured are apart, s: they do not overlap.
const EVERY_S: f64 = 10.0;
/// Drives to which the baselines with constants are fitted.
const BASELINE_DRIVES: usize = 60;

/// Measures a model on recorded traces, or on generated drives where there are none.
fn evaluation(model: &Trained, traces: &[PathBuf], drives: usize) -> Result<Evaluation, Error> {
    let all = BASELINE_DRIVES + if traces.is_empty() { drives } else { traces.len() };
    let progress = Progress::new(all, "drives");
    let drive = |source: Source, i: usize| -> Result<Case, Error> {
        progress.step();
        Ok(generated(source, i, EVERY_S)?)
    };
    let fit = (0..BASELINE_DRIVES).map(|i| drive(Source::Calibration, i)).collect::<Result<Vec<_>, _>>()?;
    let cases = match traces.is_empty() {
        true => (0..drives).map(|i| drive(Source::HeldOut, i)).collect::<Result<Vec<_>, _>>()?,
        false => {
            // Each trace is cut into five minutes, which count as drives.
            let mut cases = Vec::new();
            for (i, path) in traces.iter().enumerate() {
                cases.extend(pieces(recorded(&recording(path)?, EVERY_S, i as u64)?));
                progress.step();
            }
            cases
        }
    };
    Ok(evaluate(model, &cases, &fit)?)
}

/// Windows of a drive of five minutes.
const PIECE: usize = 30;

fn pieces(case: Case) -> Vec<Case> {
    let piece =
        |(i, moments): (usize, &[_])| Case { name: format!("{} #{i}", case.name), moments: moments.to_vec() };
    case.moments.chunks(PIECE).enumerate().map(piece).collect()
}

fn text(e: &Evaluation) -> String {
    let mut text = format!(
        "{} drives, {} windows of 10 s, {:.1} % of high quality\n\n",
        e.drives,
        e.windows,
        100.0 * e.high_share
    );
    let mut rows = Table::new(["predictor", "accuracy", "balanced", "Brier", "ECE", "AUC"]);
    for r in &e.rows {
        let number = |x: f64| format!("{x:.3}");
        rows.row([
            r.name.clone(),
            number(r.accuracy),
            number(r.balanced_accuracy),
            number(r.brier),
            number(r.calibration_error),
            number(r.area_under_curve),
        ]);
    }
    text += &rows.render();
    text += "\nAccuracy of trained less that of a baseline, by drive:\n";
    let mut paired = Table::new(["baseline", "difference", "95 % interval", "p"]);
    for p in &e.paired {
        let interval = format!("{:+.3} to {:+.3}", p.interval.0, p.interval.1);
        paired.row([
            p.baseline.clone(),
            format!("{:+.3}", p.difference),
            interval,
            crate::text::p_value(p.p),
        ]);
    }
    text += &paired.render();
    let [[right_low, wrong_high], [wrong_low, right_high]] = e.confusion;
    text += "\nWhat came, by what trained had predicted:\n";
    let mut confusion = Table::new(["came", "Needs Adjustment", "High Quality"]);
    confusion.row(["Needs Adjustment".to_string(), right_low.to_string(), wrong_high.to_string()]);
    confusion.row(["High Quality".to_string(), wrong_low.to_string(), right_high.to_string()]);
    text += &confusion.render();
    text += "\nRise of the Brier score when a field is mixed up:\n";
    let mut importance = Table::new(["field", "rise"]);
    for (field, rise) in &e.importance {
        importance.row([field.clone(), short(*rise)]);
    }
    text + &importance.render()
}

/// The calibration plot.
fn chart(e: &Evaluation) -> Chart {
    const BLUE: Colour = Colour(0, 114, 178);
    const GREY: Colour = Colour(120, 120, 120);
    let mut table = plot::Table::new(&["predicted", "observed", "windows"]);
    for bin in &e.calibration {
        table.row([bin.predicted.into(), bin.observed.into(), (bin.windows as f64).into()]);
    }
    let title = format!("How often high quality came when it was predicted: {} windows", e.windows);
    let mut chart = Chart::new(title, table);
    let points: Vec<(f64, f64)> = e.calibration.iter().map(|b| (b.predicted, b.observed)).collect();
    let dot = Dot { marker: Marker::Circle, colour: BLUE, size: 9.0 };
    let ideal = Stroke { colour: GREY, width: 1.2, dash: Dash::Dashed };
    let mut panel = Panel::new(
        Axis::new("predicted probability of high quality", 0.0, 1.0),
        Axis::new("share of windows that were", 0.0, 1.0),
    );
    panel.marks = vec![
        Mark::Line { points: vec![(0.0, 0.0), (1.0, 1.0)], stroke: ideal },
        Mark::Line { points: points.clone(), stroke: Stroke::solid(BLUE, 1.8) },
        Mark::Dots { points, dot },
    ];
    chart.panels.push(panel);
    chart.legend =
        vec![Key::new("trained", Swatch::Dot(dot)), Key::new("perfectly calibrated", Swatch::Line(ideal))];
    chart
}

#[derive(Serialize)]
struct Measured {
    backend: &'static str,
    #[serde(flatten)]
    agreement: Agreement,
    aspect_accuracy: Option<f64>,
}

/// Measures every backend at hand.
fn sentiment(path: &Path, json: bool) -> Result<(), Error> {
    let cases = sentences::read(path)?;
    let mut measured = Vec::new();
    for (name, _) in BACKENDS {
        match backend(&backend_spec(name)) {
            Ok(backend) => measured.push(measure(name, backend.as_ref(), &cases)?),
            // It needs a feature and a folder.
            Err(error) if *name == "minilm" => console::note(&format!("minilm is not measured: {error}")),
            Err(error) => return Err(error.into()),
        }
    }
    if json {
        return console::json(&measured);
    }
    let mut table = Table::new(["backend", "sentences", "accuracy", "macro recall", "aspect"]);
    for m in &measured {
        let aspect = m.aspect_accuracy.map_or("-".to_string(), |a| format!("{a:.3}"));
        let (accuracy, recall) =
            (format!("{:.3}", m.agreement.accuracy), format!("{:.3}", m.agreement.macro_recall));
        table.row([m.backend.to_string(), m.agreement.cases.to_string(), accuracy, recall, aspect]);
    }
    console::print(&table.render())
}

fn measure(name: &'static str, backend: &dyn Sentiment, cases: &[Labelled]) -> Result<Measured, Error> {
    let mut pairs = Vec::new();
    let (mut aspects, mut with_aspect) = (0, 0u32);
    for case in cases {
        let opinion = backend.judge(&case.text)?;
        pairs.push((case.label, opinion.label));
        if let Some(aspect) = &case.aspect {
            with_aspect += 1;
            aspects += usize::from(opinion.aspect.name() == aspect);
        }
    }
    let aspect_accuracy = (with_aspect > 0).then(|| aspects as f64 / f64::from(with_aspect));
    Ok(Measured { backend: name, agreement: Agreement::of(&pairs), aspect_accuracy })
}
