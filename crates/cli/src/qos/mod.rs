//! `segue qos`: what the network reports and what viewers say, and what to do about it.

mod capacity;
mod eval;
mod replay;
mod sentences;
mod serve;
mod speak;
mod train;
mod watch;

use std::path::Path;

use clap::{Args, Subcommand};
use feedback::FeedbackError;
use feedback::predict::{Predictor, predictor};
use feedback::sentiment::{Sentiment, backend};
use feedback::telemetry::{Line, Reader, Telemetry, of_recording};

use crate::{Error, console};

/// What `segue qos` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue qos text --telemetry RSRP=-94.21,RSRQ=-12.45,SNR=8.32 \\
      \"The stream keeps buffering every few minutes\"
  segue qos voice --telemetry RSRP=-88.76,RSRQ=-9.32,SNR=15.43 \\
      --transcript \"Video quality looks great today!\"
  segue qos eval --sentiment fixtures/golden/feedback/viewer_feedback.jsonl
What the actions mean, and how good the predictions are: docs/feedback.md and
docs/telemetry.md")]
pub(crate) struct QosArgs {
    #[command(subcommand)]
    command: QosCommand,
}

#[derive(Subcommand, Debug)]
enum QosCommand {
    /// What a typed message calls for
    Text(speak::TextArgs),
    /// What a spoken message calls for
    Voice(speak::VoiceArgs),
    /// Act on telemetry and chat as they come: a JSON object for each step
    Serve(serve::ServeArgs),
    /// Show telemetry, prediction, sentiment and actions as they come
    Watch(serve::ServeArgs),
    /// Run the closed loop in simulation
    Replay(replay::ReplayArgs),
    /// How many viewers a cell or a link carries
    Capacity(capacity::CapacityArgs),
    /// Fit the prediction model to generated drives, or minilm's head to sentences
    Train(train::TrainArgs),
    /// Measure predictions and sentiment on data that nothing was fitted to
    Eval(eval::EvalArgs),
}

pub(crate) fn main(args: &QosArgs) -> Result<(), Error> {
    match &args.command {
        QosCommand::Text(args) => speak::text(args),
        QosCommand::Voice(args) => speak::voice(args),
        QosCommand::Serve(args) => serve::main(args, true),
        QosCommand::Watch(args) => serve::main(args, false),
        QosCommand::Replay(args) => replay::main(args),
        QosCommand::Capacity(args) => capacity::main(args),
        QosCommand::Train(args) => train::main(args),
        QosCommand::Eval(args) => eval::main(args),
    }
}

/// Who judges texts and who predicts.
#[derive(Args, Debug)]
struct Minds {
    /// Sentiment backend: default, vader, or minilm:FOLDER (minilm alone: the folder that SEGUE_MINILM names)
    #[arg(long, value_name = "NAME", default_value = "default")]
    sentiment: String,
    /// Prediction model: auto, document or trained
    #[arg(long, value_name = "NAME", default_value = "auto")]
    model: String,
}

type Opened = (Box<dyn Sentiment>, Box<dyn Predictor>);

impl Minds {
    fn open(&self) -> Result<Opened, Error> {
        Ok((backend(&backend_spec(&self.sentiment))?, predictor(&self.model)?))
    }
}

/// The backend that a name means: of `minilm` the environment may name the folder.
fn backend_spec(name: &str) -> String {
    match std::env::var("SEGUE_MINILM") {
        Ok(folder) if name == "minilm" && !folder.trim().is_empty() => format!("minilm:{folder}"),
        _ => name.to_string(),
    }
}

impl From<FeedbackError> for Error {
    fn from(error: FeedbackError) -> Error {
        match error {
            FeedbackError::Backend { .. } => Error::Failed(error.to_string()),
            _ => Error::Input(error.to_string()),
        }
    }
}

/// Telemetry as it is given: `FIELD=NUMBER,...` (a colon will do), or a file of any form that is read.
fn telemetry(given: Option<&str>) -> Result<Vec<Telemetry>, Error> {
    let Some(given) = given else { return Ok(Vec::new()) };
    let path = Path::new(given);
    let values = given.trim().is_empty() || given.contains(['=', ':']);
    let samples = match values && !path.is_file() {
        true => vec![Telemetry::parse(given)?],
        false => file(path)?,
    };
    for sample in samples.last().into_iter() {
        for flag in sample.flags() {
            console::note(&flag.problem);
        }
    }
    Ok(samples)
}

/// A file of telemetry: lines of CSV, JSON or CMCD, or a trace of any format that has radio values beside its rates.
fn file(path: &Path) -> Result<Vec<Telemetry>, Error> {
    let bytes = spec::file::read(path).map_err(|e| Error::read(path.display(), e))?;
    if let Ok(recording) = netmodel::formats::read(&bytes[..], None, &Default::default()) {
        return Ok(of_recording(&recording));
    }
    let mut reader = Reader::new();
    let mut samples = Vec::new();
    for line in String::from_utf8_lossy(&bytes).lines() {
        match reader.read(line).map_err(|e| Error::input(path.display(), e))? {
            Line::Sample(sample) => samples.push(sample),
            Line::Said { .. } | Line::Nothing => {}
        }
    }
    match samples.is_empty() {
        true => Err(Error::input(
            path.display(),
            "no telemetry in it: CSV with a header, JSON lines, CMCD or a trace",
        )),
        false => Ok(samples),
    }
}

/// A recorded trace from a file.
fn recording(path: &Path) -> Result<netmodel::formats::Recording, Error> {
    Ok(netmodel::formats::read_path(path, None, &Default::default())?)
}
