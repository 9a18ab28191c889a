//! `segue qos train`: the prediction model, fitted anew.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::{Error, Progress, console, files};

/// What `segue qos train` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue qos train -o qoe_model.json
  segue qos eval --model-file qoe_model.json
The drives, the players and so the file are always the same, to the byte.
cargo xtask train-qoe writes the one that is built in.")]
pub(crate) struct TrainArgs {
    /// Where to write the model
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
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
