//! `segue qoe`: scores of stored sessions.

mod record;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use qoe::p1203::{self, P1203};
use qoe::{Device, Resolution};
use rayon::prelude::*;
use serde::Serialize;
use serde_json::Value;
use spec::Spec;

use self::record::Record;
use crate::models::Models;
use crate::text::{Ordered, Table, counted, short};
use crate::{Error, Progress, console, load};

/// The model that also takes the input of ITU-T P.1203 software.
const ITU: &str = "p1203";
/// What `segue qoe` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue run --trace preset:3g --video preset:vbr --abr bola --log session.json
  segue qoe session.json
  segue qoe sessions/ --model yin --model bola --json
  segue qoe input.json --model p1203               (ITU-T P.1203 input)
  segue qoe session.json --model p1203  (rungs as the video tells of them)
  segue qoe session.json --model \\
      p1203:display=1920x1080,fps=25,codec=h264,resolutions=640x360/1280x720

Reads the records that segue run --log FILE.json writes; what players log (HAR
or access log with CMCD, reports of CMCD version 2, events as in CTA-2066,
dash.js metrics, the event log of hls.js, Shaka statistics, Puffer's
client_buffer beside its video_sent: docs/logs.md); and the input JSON of ITU-T
P.1203 software; given only that and only p1203, it prints the output JSON of
that software. In a folder, the .json, .jsonl and .har files count. A file that
cannot be scored costs one line on standard error, and exit code 1 at the end.
What there is: segue list qoe")]
pub(crate) struct QoeArgs {
    /// Session records: files, folders or patterns
    #[arg(value_name = "FILE", required = true)]
    sessions: Vec<String>,
    /// QoE model, with options; may be repeated [default: bola, pensieve-lin, yin]
    #[arg(long, value_name = "MODEL")]
    model: Vec<String>,
    /// Folder with the regression trees of P.1203, which are not shipped: the folder
    /// itu_p1203/trees of the reference package, say
    #[arg(long, value_name = "DIR")]
    p1203_forest: Option<PathBuf>,
    /// How many threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// A model as `segue qoe` asks for it.
struct Asked {
    models: Models,
    /// The models that are P.1203, in the places of all: they also take the input of P.1203.
    itu: Vec<Option<P1203>>,
}

/// One value per model with what must be known of it, or why there is none.
type Scores = Vec<Result<(f64, Option<&'static str>), String>>;

enum Found {
    /// The scores of its sessions, each with its name in the file (empty for the only one) and with the size of the display,
    /// where it was taken to be that of the largest rung; and what is to be said of the file.
    Sessions(Vec<(String, Scores, Option<Resolution>)>, Vec<String>),
    /// Those of P.1203's own input; with its whole output for each P.1203 model, and what is to be said of it.
    Itu(Scores, Vec<Value>, Vec<String>),
    /// Something else, met in a folder.
    Other,
}

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    models: &'a [String],
    files: Ordered<Ordered<Option<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Ordered<&'static str>>,
    errors: usize,
}

pub(crate) fn main(args: &QoeArgs) -> Result<(), Error> {
    let asked = asked(args)?;
    let files = files(&args.sessions)?;
    let threads = args.jobs.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|e| Error::Failed(format!("cannot start {threads} threads: {e}")))?;
    let progress = Progress::new(files.len(), "sessions");
    let found: Vec<Result<Found, String>> = pool.install(|| {
        let score = |file: &(PathBuf, bool)| {
            let found = asked.score(&file.0, file.1);
            progress.step();
            found
        };
        files.par_iter().map(score).collect()
    });
    drop(progress);
    report(args, &asked, &files, found)
}

/// The models, with the trees where they are given.
fn asked(args: &QoeArgs) -> Result<Asked, Error> {
    let mut names = args.model.clone();
    if names.is_empty() && args.p1203_forest.is_some() {
        names = vec![ITU.to_string()];
    }
    let forest = args.p1203_forest.as_ref().map(|f| f.display().to_string());
    let with_forest = |name: &String| -> Result<String, Error> {
        Ok(match &forest {
            Some(folder) if Spec::parse(name)?.name() == ITU => {
                let joint = if name.contains([':', ',']) { ',' } else { ':' };
                format!("{}{joint}forest={folder}", name.trim())
            }
            _ => name.clone(),
        })
    };
    let specs = names.iter().map(with_forest).collect::<Result<Vec<_>, _>>()?;
    let mut models = Models::new(&specs)?;
    let parsed = models.names.iter().map(|s| itu(s)).collect::<Result<Vec<_>, _>>()?;
    if !names.is_empty() {
        models.names = names.iter().map(|n| n.trim().to_string()).collect();
    }
    Ok(Asked { models, itu: parsed })
}

/// P.1203 for its own input, if this specification is P.1203.
fn itu(specification: &str) -> Result<Option<P1203>, Error> {
    let spec = Spec::parse(specification)?;
    if spec.name() != ITU {
        return Ok(None);
    }
    let (_, o) = spec.find("QoE model", qoe::models().iter().map(|m| &m.entry))?;
    let regression = match o.text("forest") {
        "" => p1203::Regression::Parametric,
        folder => p1203::Regression::Forest(std::sync::Arc::new(p1203::Forest::load(Path::new(folder))?)),
    };
    let options = p1203::Options {
        amendment_1_audiovisual: o.flag("audiovisual")?,
        amendment_1_stalling: o.flag("stalling")?,
        amendment_1_app_2: o.flag("app2")?,
        extended_codecs: o.text("codecs").eq_ignore_ascii_case("extended"),
    };
    Ok(Some(P1203 { options, regression }))
}

/// The files of a command line, each with whether it was only met in a folder or behind a pattern.
fn files(specs: &[String]) -> Result<Vec<(PathBuf, bool)>, Error> {
    let mut all: Vec<(PathBuf, bool)> = Vec::new();
    for spec in specs {
        let path = Path::new(spec);
        let met = if path.is_dir() {
            let json = |p: &PathBuf| {
                let endings = ["json", "jsonl", "har"];
                p.extension().is_some_and(|e| endings.iter().any(|ending| e.eq_ignore_ascii_case(ending)))
            };
            let files: Vec<PathBuf> = load::files_of(path)?.into_iter().filter(json).collect();
            if files.is_empty() {
                return Err(Error::input(spec, "the folder holds no .json, .jsonl or .har file"));
            }
            files
        } else if path.exists() {
            all.push((path.to_path_buf(), false));
            continue;
        } else if spec.contains(['*', '?', '[']) {
            load::matches(spec)?
        } else {
            return Err(load::missing(spec, "session", std::iter::empty()));
        };
        all.extend(met.into_iter().map(|p| (p, true)));
    }
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|(path, _)| seen.insert(path.clone()));
    Ok(all)
}

impl Asked {
    /// The scores of a file. `met`: it was not named, so it may be something else.
    fn score(&self, path: &Path, met: bool) -> Result<Found, String> {
        match Record::read(path)? {
            Record::Session(record) => {
                let (scores, display) = self.score_session(&record);
                Ok(Found::Sessions(vec![(String::new(), scores, display)], Vec::new()))
            }
            Record::Log(log) => {
                let score = |(name, record): &(String, qoe::Record)| {
                    let (scores, display) = self.score_session(record);
                    (name.clone(), scores, display)
                };
                let notes = log.notes.into_iter().map(|n| format!("{} log: {n}", log.source));
                Ok(Found::Sessions(log.sessions.iter().map(score).collect(), notes.collect()))
            }
            Record::Itu(text) => self.score_itu(path, &text),
            Record::Other(_) if met => Ok(Found::Other),
            Record::Other(problem) => Err(problem),
        }
    }

    fn score_session(&self, record: &qoe::Record) -> (Scores, Option<Resolution>) {
        let mut viewing = record.viewing();
        // A display is no part of a record; without a word it is as large as the largest rung, and that is said.
        viewing.meta.display = record.largest();
        let scores = (0..self.models.names.len())
            .map(|m| self.models.one(m, &viewing).map(|s| (s.value, s.label)).map_err(|e| e.to_string()));
        (scores.collect(), viewing.meta.display)
    }

    fn score_itu(&self, path: &Path, text: &str) -> Result<Found, String> {
        let name = path.display().to_string();
        // The file is named by whoever prints.
        let plain = |e: qoe::QoeError| match e {
            qoe::QoeError::File { field, problem, .. } => format!("{field}: {problem}"),
            other => other.to_string(),
        };
        let (input, notes) = p1203::Input::parse_and_say(&name, text).map_err(plain)?;
        let mut outputs = Vec::new();
        let mut scores = Vec::new();
        for (model, itu) in self.models.names.iter().zip(&self.itu) {
            let Some(itu) = itu else {
                scores.push(Err(format!("{model} cannot read P.1203 input, expected a session record")));
                continue;
            };
            let mut input = input.clone();
            if let Some(device) = device(model) {
                input.device = device;
            }
            scores.push(match itu.evaluate(&input) {
                Err(e) => Err(e.to_string()),
                Ok(output) => {
                    outputs.push(output.to_json());
                    let label = (output.kind != p1203::Kind::Standard).then(|| output.kind.name());
                    Ok((output.o46, label))
                }
            });
        }
        Ok(Found::Itu(scores, outputs, notes))
    }
}

fn device(specification: &str) -> Option<Device> {
    match option(specification, "device")?.as_str() {
        "pc" => Some(Device::Pc),
        "mobile" => Some(Device::Mobile),
        _ => None,
    }
}

/// What a specification says of an option; `None` for nothing.
fn option(specification: &str, name: &str) -> Option<String> {
    let entries = qoe::models().iter().map(|m| &m.entry);
    let (_, o) = Spec::parse(specification).ok()?.find("QoE model", entries).ok()?;
    Some(o.text(name).to_string()).filter(|text| !text.is_empty())
}

fn report(
    args: &QoeArgs,
    asked: &Asked,
    files: &[(PathBuf, bool)],
    found: Vec<Result<Found, String>>,
) -> Result<(), Error> {
    let names = &asked.models.names;
    let mut scored: Vec<(String, Vec<Option<f64>>)> = Vec::new();
    let mut outputs: Vec<(String, Value)> = Vec::new();
    let mut labels: Vec<Option<&'static str>> = vec![None; names.len()];
    let (mut wrong, mut skipped, mut only_itu) = (0, 0, true);
    let mut displays = std::collections::BTreeSet::new();
    // What a model lacks it lacks in many files: said once.
    let mut lacking: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for ((path, _), found) in files.iter().zip(found) {
        let file = path.display().to_string();
        let sessions: Vec<(String, Scores)> = match found {
            Err(problem) => {
                wrong += 1;
                console::error(&format!("{file}: {problem}"));
                continue;
            }
            Ok(Found::Other) => {
                skipped += 1;
                console::note(&format!("{file}: skipped, no session record"));
                continue;
            }
            Ok(Found::Sessions(sessions, notes)) => {
                only_itu = false;
                notes.iter().for_each(|n| console::note(&format!("{file}: {n}")));
                displays.extend(sessions.iter().filter_map(|s| s.2));
                let several = sessions.len() > 1;
                let named = |(name, scores, _): (String, Scores, _)| match several {
                    true => (format!("{file}#{name}"), scores),
                    false => (file.clone(), scores),
                };
                sessions.into_iter().map(named).collect()
            }
            Ok(Found::Itu(values, whole, notes)) => {
                notes.iter().for_each(|n| console::note(&format!("{file}: {n}")));
                outputs.extend(whole.into_iter().map(|o| (file.clone(), o)));
                vec![(file, values)]
            }
        };
        for (file, values) in sessions {
            let mut row = Vec::with_capacity(values.len());
            for (m, value) in values.into_iter().enumerate() {
                row.push(match value {
                    Ok((value, label)) => {
                        labels[m] = labels[m].or(label);
                        Some(value)
                    }
                    Err(problem) => {
                        lacking.entry(problem).or_insert_with(|| (0, file.clone())).0 += 1;
                        None
                    }
                });
            }
            wrong += usize::from(row.iter().any(Option::is_none));
            scored.push((file, row));
        }
    }
    // One line for all that several models lack in the same files.
    let mut of_files: BTreeMap<(String, usize), Vec<String>> = BTreeMap::new();
    for (problem, (count, first)) in lacking {
        of_files.entry((first, count)).or_default().push(problem);
    }
    for ((first, count), problems) in &of_files {
        let more =
            if *count > 1 { format!(" (and {})", counted(count - 1, "other file")) } else { String::new() };
        console::error(&format!("{first}{more}: {}", problems.join("; ")));
    }
    if let Some(guess) = asked.models.guess(&displays) {
        console::note(&guess);
    }
    let any = scored.iter().any(|(_, row)| row.iter().any(Option::is_some));
    let itu_models = asked.itu.iter().all(Option::is_some);
    if any && only_itu && itu_models && asked.itu.len() == 1 {
        match (&outputs[..], files.len() - skipped) {
            ([(_, one)], 1) => console::json(one)?,
            _ => console::json(&Ordered(outputs))?,
        }
    } else if args.json {
        let named = || names.iter().cloned();
        let labels: Vec<_> = named().zip(&labels).filter_map(|(n, l)| Some((n, (*l)?))).collect();
        let files =
            scored.into_iter().map(|(file, row)| (file, Ordered(named().zip(row).collect()))).collect();
        console::json(&Json {
            schema: "segue.qoe/1",
            models: names,
            files: Ordered(files),
            labels: (!labels.is_empty()).then_some(Ordered(labels)),
            errors: wrong,
        })?;
    } else if any {
        console::print(&text(names, &scored, &labels))?;
    }
    match (any, wrong) {
        (true, 0) => Ok(()),
        (true, _) => Err(Error::Reported),
        (false, 0) => Err(Error::Input("none of the files is a session record".to_string())),
        (false, _) => Err(Error::NothingUsable),
    }
}

fn text(names: &[String], scored: &[(String, Vec<Option<f64>>)], labels: &[Option<&str>]) -> String {
    let mut table = Table::new(["session".to_string()].into_iter().chain(names.iter().cloned()));
    let number = |x: Option<f64>| x.map_or("-".to_string(), short);
    for (file, row) in scored {
        table.row([file.clone()].into_iter().chain(row.iter().map(|x| number(*x))));
    }
    if scored.len() > 1 {
        let mean = |m: usize| {
            let values: Vec<f64> = scored.iter().filter_map(|(_, row)| row[m]).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let label = format!("mean of {}", scored.len());
        table.row([label].into_iter().chain((0..names.len()).map(|m| number(mean(m)))));
    }
    let mut text = table.render();
    for (name, label) in names.iter().zip(labels) {
        if let Some(label) = label {
            text.push_str(&format!("{name}: {label}\n"));
        }
    }
    text
}
