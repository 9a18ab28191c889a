//! The traces that `segue trace info` and `segue trace plot` are about, with what their files say of them.

use std::path::PathBuf;

use netmodel::formats::Recording;
use rayon::prelude::*;

use crate::load::{self, Source};
use crate::{Error, Progress, console};

/// Traces, each under a name of its own.
pub(super) struct Corpus {
    pub(super) names: Vec<String>,
    pub(super) recordings: Vec<Recording>,
    /// The files among their sources.
    pub(super) files: Vec<PathBuf>,
}

/// Reads the traces of a command line; what the user should know is told.
pub(super) fn read(traces: &[String], format: Option<&str>, seed: u64) -> Result<Corpus, Error> {
    let found = load::find(traces, format)?;
    let progress = Progress::new(found.sources.len(), "traces");
    let read: Vec<Result<Vec<Recording>, Error>> = found
        .sources
        .par_iter()
        .map(|source| {
            let recordings = source.recordings(seed);
            progress.step();
            recordings
        })
        .collect();
    let read = read.into_iter().collect::<Result<Vec<_>, _>>()?;
    drop(progress);
    found.notes.iter().for_each(|n| console::note(n));
    let mut corpus = Corpus { names: vec![], recordings: vec![], files: vec![] };
    for ((source, name), read) in found.sources.iter().zip(names(&found.sources)).zip(read) {
        if let Source::File(file) = source {
            let notes = read.iter().flat_map(|r| load::said_of(&file.path, &r.notes));
            notes.for_each(|n| console::note(&n));
            corpus.files.push(file.path.clone());
        }
        for recording in read {
            corpus.names.push(match &recording.part {
                Some(part) => format!("{name}#{part}"),
                None => name.clone(),
            });
            corpus.recordings.push(recording);
        }
    }
    Ok(corpus)
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
