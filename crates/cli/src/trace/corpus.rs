//! What `segue trace info` and `segue trace plot` are about: traces with what their files say of them, and tables.

use std::path::PathBuf;

use netmodel::formats::{Content, Recording, TableFile};
use rayon::prelude::*;

use crate::load::{self, Source};
use crate::{Error, Progress, console};

/// Traces, each under a name of its own.
pub(super) struct Corpus {
    pub(super) names: Vec<String>,
    pub(super) recordings: Vec<Recording>,
    /// Tables without a time series, by the names of their files.
    pub(super) tables: Vec<(String, TableFile)>,
    /// The files among their sources.
    pub(super) files: Vec<PathBuf>,
}

/// Reads the traces of a command line; what the user should know is told.
pub(super) fn read(traces: &[String], format: Option<&str>, seed: u64) -> Result<Corpus, Error> {
    let found = load::find(traces, format)?;
    let progress = Progress::new(found.sources.len(), "traces");
    let read: Vec<Result<Vec<Content>, Error>> = found
        .sources
        .par_iter()
        .map(|source| {
            let contents = source.contents(seed);
            progress.step();
            contents
        })
        .collect();
    drop(progress);
    found.notes.iter().for_each(|n| console::note(n));
    let mut corpus = Corpus { names: vec![], recordings: vec![], tables: vec![], files: vec![] };
    for ((source, name), read) in found.sources.iter().zip(names(&found.sources)).zip(read) {
        let contents = match read {
            Err(Error::Input(why)) if source.is_unsure() => {
                console::note(&format!("skipped, no trace: {why}"));
                continue;
            }
            read => read?,
        };
        corpus.files.extend(source.file().map(|f| f.path.clone()));
        for content in contents {
            corpus.add(source, &name, content);
        }
    }
    Ok(corpus)
}

impl Corpus {
    /// Takes what a source holds, and tells what the user should know of how it was read.
    fn add(&mut self, source: &Source, name: &str, content: Content) {
        let notes = match &content {
            Content::Trace(recording) => &recording.notes,
            Content::Table(table) => &table.notes,
            _ => return,
        };
        if let Some(file) = source.file() {
            load::said_of(&file.path, notes).iter().for_each(|n| console::note(n));
        }
        match content {
            Content::Trace(recording) => {
                self.names.push(match &recording.part {
                    Some(part) => format!("{name}#{part}"),
                    None => name.to_string(),
                });
                self.recordings.push(*recording);
            }
            Content::Table(table) => self.tables.push((name.to_string(), *table)),
            _ => {}
        }
    }
}

/// The names of files; of files that share a name, their paths.
fn names(sources: &[Source]) -> Vec<String> {
    let name = |source: &Source| match source {
        Source::Preset(text) => text.clone(),
        Source::File(file) => {
            file.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
        }
    };
    let mut count = std::collections::BTreeMap::new();
    sources.iter().for_each(|s| *count.entry(name(s)).or_insert(0usize) += 1);
    let own = |s: &Source| match s {
        Source::File(file) if count.get(&name(s)).is_some_and(|n| *n > 1) => file.path.display().to_string(),
        _ => name(s),
    };
    sources.iter().map(own).collect()
}
