//! `segue qos train`: the prediction model or the sentiment head, fitted anew.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::{Error, Progress, console, files};

/// What `segue qos train` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue qos train -o qoe_model.json
  segue qos eval --model-file qoe_model.json
  segue qos train --sentences viewer_feedback.jsonl -o minilm_head.json
The drives, the players and so the file are always the same, to the byte.
cargo xtask train-qoe writes the one that is built in. With sentences it is the
linear head of minilm (a build with that feature; SEGUE_MINILM names the
folder).")]
pub(crate) struct TrainArgs {
    /// Where to write the model
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Fit the head of the sentiment backend minilm to labelled sentences instead (JSON lines with text and label)
    #[arg(long, value_name = "FILE")]
    sentences: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    schema: &'static str,
    model: String,
    bytes: usize,
}

pub(crate) fn main(args: &TrainArgs) -> Result<(), Error> {
    files::check(&args.output)?;
    if let Some(path) = &args.sentences {
        return head(path, args);
    }
    let progress = std::cell::OnceCell::new();
    let tell = |_done: usize, of: usize| progress.get_or_init(|| Progress::new(of, "drives")).step();
    let model = feedback::predict::train(&tell)?.to_json()?;
    drop(progress);
    files::write(&args.output, model.as_bytes())?;
    let model_file = args.output.display().to_string();
    match args.json {
        true => console::json(&Json {
            schema: feedback::predict::MODEL_SCHEMA,
            model: model_file,
            bytes: model.len(),
        }),
        false => console::print(&format!("{model_file}: {} bytes\n", model.len())),
    }
}

#[cfg(feature = "minilm")]
fn head(path: &Path, args: &TrainArgs) -> Result<(), Error> {
    use feedback::sentiment::Agreement;
    use feedback::sentiment::minilm::{Encoder, Head};

    #[derive(Serialize)]
    struct Json {
        head: String,
        cross_validated: Agreement,
    }

    let folder = std::env::var_os("SEGUE_MINILM")
        .ok_or_else(|| Error::Input("SEGUE_MINILM names no folder (docs/feedback.md)".to_string()))?;
    let cases = super::sentences::read(path)?.into_iter().map(|c| (c.text, c.label)).collect::<Vec<_>>();
    let (head, agreement) = Head::train(&Encoder::open(Path::new(&folder))?, &cases)?;
    files::write(&args.output, head.to_json()?.as_bytes())?;
    let file = args.output.display().to_string();
    match args.json {
        true => console::json(&Json { head: file, cross_validated: agreement }),
        false => console::print(&format!(
            "{file}: {} sentences, cross-validated accuracy {:.3}, macro recall {:.3}\n",
            agreement.cases, agreement.accuracy, agreement.macro_recall
        )),
    }
}

#[cfg(not(feature = "minilm"))]
fn head(_path: &Path, _args: &TrainArgs) -> Result<(), Error> {
    Err(Error::Input("this build has no minilm; build with --features minilm".to_string()))
}
