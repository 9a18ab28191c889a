//! `segue dataset import`: the files of public data sets as traces that Segue reads.
//!
//! Beside the traces, a folder per set, stands `manifest.json`: what each was made from, and under which terms. It is written
//! first and after every set, so that an import that was stopped goes on where it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use netmodel::datasets::{self, DataSet, Identity};
use netmodel::formats::{self, Content, Format, Measurement, Recording, WriteOptions};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Found, look};
use crate::text::counted;
use crate::{Error, Progress, console, files, trace};

/// What `segue dataset import` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue dataset import downloads/ -o traces/
  segue dataset import downloads/ -o traces/ --to sabre
Each file is read with the options of its data set, and written to a folder of
that name: packets as mahimahi, everything else as csv, unless --to says else.
What is in archives is read, too. traces/manifest.json says what was made from
what, under which terms. Files that are there already are not written again.
Ends with exit code 1 if files were left out as changed or broken.")]
pub(crate) struct ImportArgs {
    /// A folder of downloaded data; folders in it are looked at, too
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The folder to write to
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Format to write, with options; auto is mahimahi for packets and csv for rates
    #[arg(long, value_name = "FORMAT", default_value = AUTO)]
    to: String,
}

const SCHEMA: &str = "segue.dataset-import/1";
const MANIFEST: &str = "manifest.json";
/// The format that keeps what was measured.
const AUTO: &str = "auto";

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Manifest {
    schema: String,
    /// The format of the traces.
    to: String,
    sets: BTreeMap<String, Terms>,
    files: Vec<Imported>,
}

/// Whose data it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Terms {
    title: String,
    url: String,
    licence: String,
    citation: String,
    measures: Measurement,
    traps: Vec<String>,
}

/// A file, and the traces that were made from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Imported {
    /// Below the folder that was read.
    source: String,
    sha256: String,
    set: String,
    /// `sha256`: these are the bytes of the origin. `name`: it is called and formed like the files of the set.
    known_by: String,
    /// How it was read.
    format: String,
    traces: Vec<Written>,
    /// How many tables without a time series it holds; they are not written.
    tables: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Written {
    /// Below the folder that was written to.
    file: String,
    /// Which of the traces of its source it is, where there may be several.
    part: Option<String>,
    /// What the format that was written could not hold.
    lost: Vec<String>,
}

/// How traces are written.
struct Target {
    folder: PathBuf,
    /// For traces of rates.
    format: &'static Format,
    /// For traces of packets: as CSV, they would be periods of 1 ms, most of them empty.
    packets: &'static Format,
    options: WriteOptions,
}

impl Target {
    fn of(folder: &Path, to: &str) -> Result<Target, Error> {
        let folder = folder.to_path_buf();
        if to == AUTO {
            let (format, packets) = (formats::by_name("csv")?, formats::by_name("mahimahi")?);
            return Ok(Target { folder, format, packets, options: WriteOptions::default() });
        }
        let (format, _, options) = formats::parse_spec(to)?;
        if !format.can_write() {
            let can: Vec<&str> = formats::all().iter().filter(|f| f.can_write()).map(|f| f.name()).collect();
            return Err(Error::input(
                to,
                format_args!("cannot be written, expected one of {}", can.join(", ")),
            ));
        }
        Ok(Target { folder, format, packets: format, options })
    }

    fn format_for(&self, recording: &Recording) -> &'static Format {
        if recording.format == "mahimahi" { self.packets } else { self.format }
    }
}

pub(crate) fn main(args: &ImportArgs) -> Result<(), Error> {
    let target = Target::of(&args.output, &args.to)?;
    let found = look(&args.folder)?;
    files::make_folder(&args.output)?;
    apart(&args.folder, &args.output)?;
    let mut manifest = begun(&args.output, &args.to)?;
    let unusable =
        found.iter().filter(|f| !matches!(f.identity, Identity::Known { .. } | Identity::Likely { .. }));
    let (left_out, unknown): (Vec<&Found>, Vec<&Found>) = unusable.partition(|f| f.identity.set().is_some());
    for file in &left_out {
        console::error(&format!(
            "{}: left out, changed or broken (see segue dataset verify)",
            file.path.display()
        ));
    }
    if !unknown.is_empty() {
        console::note(&format!("{} of no known data set", counted(unknown.len(), "file")));
    }
    let mut failed = 0;
    for set in datasets::all() {
        let is_of = |f: &&Found| match f.identity {
            Identity::Known { set: s, .. } | Identity::Likely { set: s } => s.name == set.name,
            _ => false,
        };
        let of_set: Vec<&Found> = found.iter().filter(is_of).collect();
        if !of_set.is_empty() {
            failed += import(set, &of_set, &target, &mut manifest)?;
        }
    }
    let traces: usize = manifest.files.iter().map(|f| f.traces.len()).sum();
    let sets = counted(manifest.sets.len(), "data set");
    console::print(&format!("{} of {sets} in {}\n", counted(traces, "trace"), args.output.display()))?;
    match (failed, left_out.len(), traces) {
        (0, 0, 0) => {
            Err(Error::input(args.folder.display(), "no file of a known data set (segue dataset list)"))
        }
        (0, 0, _) => Ok(()),
        (0, n, _) => Err(Error::Failed(format!("{} left out, changed or broken", counted(n, "file")))),
        (n, left, _) => {
            let [failed, left] = [n, left].map(|n| counted(n, "file"));
            Err(Error::Failed(format!("{failed} not imported, {left} left out as changed or broken")))
        }
    }
}

/// Output inside of the input would be input the next time.
fn apart(input: &Path, output: &Path) -> Result<(), Error> {
    let real = |p: &Path| fs::canonicalize(p).unwrap_or_else(|_| p.to_path_buf());
    match real(output).starts_with(real(input)) {
        true => Err(Error::input(output.display(), "is inside of the folder to read, expected another one")),
        false => Ok(()),
    }
}

/// The manifest of an import that was begun here before, or a new one.
fn begun(folder: &Path, to: &str) -> Result<Manifest, Error> {
    let path = folder.join(MANIFEST);
    if let Ok(text) = fs::read(&path) {
        let manifest: Manifest =
            serde_json::from_slice(&text).ok().filter(|m: &Manifest| m.schema == SCHEMA).ok_or_else(
                || Error::input(path.display(), format_args!("is no manifest of an import ({SCHEMA})")),
            )?;
        if manifest.to != to {
            let problem =
                format!("an import to {} was begun here, expected --to {0} or another folder", manifest.to);
            return Err(Error::input(folder.display(), problem));
        }
        return Ok(manifest);
    }
    let failed =
        |e: std::io::Error| Error::input(folder.display(), format_args!("cannot read the folder: {e}"));
    if fs::read_dir(folder).map_err(failed)?.next().is_some() {
        let problem = "is neither empty nor the folder of an import, expected a new one";
        return Err(Error::input(folder.display(), problem));
    }
    let manifest =
        Manifest { schema: SCHEMA.to_string(), to: to.to_string(), sets: BTreeMap::new(), files: vec![] };
    save(&manifest, folder)?;
    Ok(manifest)
}

fn save(manifest: &Manifest, folder: &Path) -> Result<(), Error> {
    files::write(&folder.join(MANIFEST), console::pretty(manifest)?.as_bytes())
}

/// Imports the files of one set; returns how many failed, which is told.
fn import(set: &DataSet, found: &[&Found], target: &Target, manifest: &mut Manifest) -> Result<usize, Error> {
    if let Err(e) = set.reader() {
        let n = counted(found.len(), "file");
        console::error(&format!("{}: {n} not imported, not readable by this version: {e}", set.name));
        return Ok(found.len());
    }
    files::make_folder(&target.folder.join(&set.name))?;
    let names = outputs(found);
    let progress = Progress::new(found.len(), &set.name);
    let done: Vec<Result<Imported, Error>> = found
        .par_iter()
        .zip(&names)
        .map(|(file, name)| {
            let before = manifest.files.iter().find(|m| m.set == set.name && m.source == file.name);
            let imported = match before.filter(|b| is_done(b, set, file, &target.folder)) {
                Some(before) => Ok(before.clone()),
                None => one(set, file, name, target),
            };
            progress.step();
            imported
        })
        .collect();
    drop(progress);
    manifest.files.retain(|f| f.set != set.name);
    let mut failed = 0;
    for result in done {
        match result {
            Ok(imported) => manifest.files.push(imported),
            Err(Error::Input(e)) => {
                console::error(&e);
                failed += 1;
            }
            Err(e) => return Err(e),
        }
    }
    manifest.sets.insert(set.name.clone(), Terms::of(set));
    save(manifest, &target.folder)?;
    Ok(failed)
}

/// Whether a file was imported before as it would be now.
fn is_done(before: &Imported, set: &DataSet, file: &Found, folder: &Path) -> bool {
    let there = |w: &Written| folder.join(&w.file).is_file();
    before.sha256 == file.sha256 && before.format == readings(set) && before.traces.iter().all(there)
}

impl Terms {
    fn of(set: &DataSet) -> Terms {
        Terms {
            title: set.title.clone(),
            url: set.url.clone(),
            licence: set.licence.clone(),
            citation: set.citation.clone(),
            measures: set.measures,
            traps: set.traps.clone(),
        }
    }
}

/// The names to write to, without endings: those of the files, and where several share one, with the folders before it.
fn outputs(found: &[&Found]) -> Vec<String> {
    let stem = |name: &str| {
        let name = name.strip_suffix(".gz").unwrap_or(name);
        let known = [".json", ".csv", ".txt", ".log", ".down"];
        let stem = known.iter().find_map(|ending| name.strip_suffix(ending)).filter(|s| !s.is_empty());
        stem.unwrap_or(name).to_string()
    };
    let last = |name: &str| stem(name.rsplit('/').next().unwrap_or(name));
    let mut count = BTreeMap::new();
    found.iter().for_each(|f| *count.entry(last(&f.name)).or_insert(0usize) += 1);
    let own = |f: &&Found| match count.get(&last(&f.name)) {
        Some(1) => last(&f.name),
        _ => f.name.replace('/', "__"),
    };
    found.iter().map(own).collect()
}

fn readings(set: &DataSet) -> String {
    set.readings().collect::<Vec<_>>().join(" and ")
}

/// Reads a file, in every way that its set has, and writes its traces.
fn one(set: &DataSet, file: &Found, name: &str, target: &Target) -> Result<Imported, Error> {
    let (mut tables, mut traces) = (0, Vec::new());
    for reading in set.readings() {
        let (format, options, _) = formats::parse_spec(reading)?;
        // The options tell several readings of one trace apart.
        let which =
            (!set.also.is_empty()).then(|| reading.split_once(':').map_or(reading, |(_, options)| options));
        for content in file.candidate().read(format, &options)? {
            match content {
                Content::Trace(mut recording) => {
                    recording.part = recording.part.or(which.map(str::to_string));
                    traces.push(*recording);
                }
                _ => tables += 1,
            }
        }
    }
    let mut written = Vec::new();
    for (i, recording) in traces.iter().enumerate() {
        let part = match (&recording.part, traces.len()) {
            (_, 1) => String::new(),
            (Some(part), _) => format!("__{}", part.replace(['/', '\\'], "_")),
            (None, _) => format!("__{}", i + 1),
        };
        let format = target.format_for(recording);
        let below = format!("{}/{name}{part}.{}", set.name, ending(format));
        // What is in this format already is taken as it is: nothing is closer to the source.
        let same =
            set.format == format.name() && traces.len() == 1 && target.options == WriteOptions::default();
        let (bytes, lost) = match same {
            true => (file.content()?, vec![]),
            false => {
                let (bytes, mut lost) = trace::encoded(&recording.trace, format, &target.options)?;
                lost.extend(trace::columns_lost(&trace::column_names(recording)));
                (bytes, lost)
            }
        };
        files::write(&target.folder.join(&below), &bytes)?;
        written.push(Written { file: below, part: recording.part.clone(), lost });
    }
    let known_by = if matches!(file.identity, Identity::Known { .. }) { "sha256" } else { "name" };
    Ok(Imported {
        source: file.name.clone(),
        sha256: file.sha256.clone(),
        set: set.name.clone(),
        known_by: known_by.to_string(),
        format: readings(set),
        traces: written,
        tables,
    })
}

fn ending(format: &Format) -> &'static str {
    match format.name() {
        "sabre" => "json",
        "mahimahi" => "down",
        name => name,
    }
}
