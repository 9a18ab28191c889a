//! `segue dataset verify`: which data sets the files of a folder are of.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use netmodel::datasets::{self, DataSet, Identity};
use serde::Serialize;

use super::{Found, look};
use crate::text::{Ordered, Table, counted, printable, wrap};
use crate::{Error, console};

/// What `segue dataset verify` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue dataset verify downloads/
  segue dataset verify downloads/ --json
Ends with exit code 1 if a file is changed or broken. Missing are files whose
SHA-256 is known here and that are not there; origins have more than these.")]
pub(crate) struct VerifyArgs {
    /// A folder of downloaded data; folders in it are looked at, too
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    schema: &'static str,
    files: usize,
    sets: Ordered<Counts>,
    unknown: Vec<String>,
}

/// The files of one set.
#[derive(Serialize)]
struct Counts {
    /// By their bytes.
    known: usize,
    /// By name and form.
    likely: Vec<String>,
    changed: Vec<String>,
    broken: Vec<Broken>,
    /// Paths at the origin.
    missing: Vec<&'static str>,
    total_at_origin: Option<usize>,
}

#[derive(Serialize)]
struct Broken {
    file: String,
    error: String,
}

pub(crate) fn main(args: &VerifyArgs) -> Result<(), Error> {
    let found = look(&args.folder)?;
    let counts = |set: &'static DataSet| Counts::of(set, &found).map(|counts| (set.name.clone(), counts));
    let json = Json {
        schema: "segue.dataset-verify/1",
        files: found.len(),
        sets: Ordered(datasets::all().iter().filter_map(counts).collect()),
        unknown: found.iter().filter(|f| f.identity == Identity::Unknown).map(|f| f.name.clone()).collect(),
    };
    match args.json {
        true => console::json(&json)?,
        false => console::print(&text(&json))?,
    }
    let wrong = |(name, counts): &(String, Counts)| {
        let changed =
            |file: &String| format!("{file}: called like a file of {name}, but its bytes are others");
        let broken = |b: &Broken| format!("{name}: {}", b.error);
        counts.changed.iter().map(changed).chain(counts.broken.iter().map(broken)).collect::<Vec<_>>()
    };
    let wrong: Vec<String> = json.sets.0.iter().flat_map(wrong).collect();
    wrong.iter().for_each(|w| console::error(w));
    if wrong.is_empty() { Ok(()) } else { Err(Error::Reported) }
}

impl Counts {
    /// What there is of a set; None for nothing.
    fn of(set: &'static DataSet, found: &[Found]) -> Option<Counts> {
        let mut counts = Counts {
            known: 0,
            likely: vec![],
            changed: vec![],
            broken: vec![],
            missing: vec![],
            total_at_origin: set.total,
        };
        let mut there = BTreeSet::new();
        let mut any = false;
        for file in found.iter().filter(|f| f.identity.set().is_some_and(|s| s.name == set.name)) {
            any = true;
            match &file.identity {
                Identity::Known { origin, .. } => {
                    counts.known += 1;
                    there.insert(*origin);
                }
                Identity::Changed { origin, .. } => {
                    counts.changed.push(file.name.clone());
                    there.insert(*origin);
                }
                Identity::Broken { error, .. } => {
                    counts.broken.push(Broken { file: file.name.clone(), error: error.to_string() });
                    there.extend(set.called(&file.path));
                }
                _ => counts.likely.push(file.name.clone()),
            }
        }
        counts.missing = set.files.keys().map(String::as_str).filter(|f| !there.contains(f)).collect();
        any.then_some(counts)
    }
}

fn text(json: &Json) -> String {
    let unknown = json.unknown.len();
    let mut text = format!(
        "{}: {} of {}, {unknown} unknown\n",
        counted(json.files, "file"),
        json.files - unknown,
        counted(json.sets.0.len(), "data set")
    );
    if !json.sets.0.is_empty() {
        let mut table = Table::new(["", "known", "by name", "changed", "broken", "missing", "at origin"]);
        for (name, c) in &json.sets.0 {
            let counts = [c.known, c.likely.len(), c.changed.len(), c.broken.len(), c.missing.len()];
            let mut cells = vec![name.clone()];
            cells.extend(counts.map(|n| if n == 0 { "-".to_string() } else { n.to_string() }));
            cells.push(c.total_at_origin.map_or("?".to_string(), |n| n.to_string()));
            table.row(cells);
        }
        text += &format!("\n{}", table.render());
    }
    if unknown > 0 {
        const SHOWN: usize = 5;
        let names: Vec<&str> = json.unknown.iter().take(SHOWN).map(String::as_str).collect();
        let more = if unknown > SHOWN { format!(" and {} more", unknown - SHOWN) } else { String::new() };
        text +=
            &format!("\n{}\n", wrap(&printable(&format!("unknown: {}{more}", names.join(", "))), 80, "  "));
    }
    text + "\nTerms, citations and traps of a set: segue dataset list NAME\n"
}
