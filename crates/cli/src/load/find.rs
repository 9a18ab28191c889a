//! Which sources of traces the words of a command line stand for: presets, files, folders, archives and patterns.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use netmodel::formats::{self, Format, Role};
use netmodel::generators;

use super::files::{files_of, matches, missing};
use super::preset::{PRESET, preset_class};
use super::source::{Forced, Opened, Source, TraceFile};
use crate::Error;
use crate::text::counted;

/// Where the traces of some specifications come from.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) sources: Vec<Source>,
    /// The class of each source: what the user gave that it is part of.
    pub(super) classes: Vec<String>,
    pub(crate) notes: Vec<String>,
    /// The true paths of the files among them.
    known: BTreeSet<PathBuf>,
}

/// Finds the traces of some specifications, none of them twice, without reading more than their beginnings.
pub(crate) fn find<S: AsRef<str>>(specs: &[S], format: Option<&str>) -> Result<Found, Error> {
    let forced = format.map(formats::parse_spec).transpose()?.map(|(format, read, _)| (format, read));
    let (mut found, mut skipped) = (Found::default(), Skipped::default());
    for spec in specs {
        let spec = spec.as_ref();
        let path = Path::new(spec);
        let is_pattern = !path.exists() && spec.contains(['*', '?', '[']);
        if spec.starts_with(PRESET) {
            found.presets(spec)?;
        } else if path.exists() && !path.is_dir() {
            found.file(spec, forced.as_ref(), &mut skipped)?;
        } else if path.is_dir() || is_pattern {
            found.files(spec, is_pattern, forced.as_ref(), &mut skipped)?;
        } else {
            return Err(missing(spec, "trace", generators::all().map(|e| e.name)));
        }
    }
    found.notes.extend(skipped.said());
    Ok(found)
}

const TWICE: &str = "given twice, counted once";

impl Found {
    /// A preset, or several where its values have alternatives.
    fn presets(&mut self, spec: &str) -> Result<(), Error> {
        let is_value = |option: &str| generators::generate(option, 0).is_ok();
        for spec in spec::expand(spec, is_value)? {
            let known = self.sources.iter().any(|s| matches!(s, Source::Preset(p) if *p == spec));
            match known {
                true => self.notes.push(format!("{spec}: {TWICE}")),
                false => {
                    let class = preset_class(&spec);
                    self.push(Source::Preset(spec), class);
                }
            }
        }
        Ok(())
    }

    /// A file or archive that is named. A file alone belongs to its folder.
    fn file(&mut self, spec: &str, forced: Option<&Forced>, skipped: &mut Skipped) -> Result<(), Error> {
        let path = Path::new(spec);
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let opened = TraceFile::open(path, forced, false)?;
        let archive = opened.files.len() > 1;
        self.notes.extend(opened.notes);
        for file in opened.files {
            match file {
                Ok(file) if archive => self.add(file, spec),
                Ok(file) => self.add(file, &folder.display().to_string()),
                Err(e) if archive => skipped.add(e),
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// The files of a folder, or of a pattern.
    fn files(
        &mut self,
        spec: &str,
        is_pattern: bool,
        forced: Option<&Forced>,
        skipped: &mut Skipped,
    ) -> Result<(), Error> {
        let candidates = if is_pattern { matches(spec)? } else { files_of(Path::new(spec))? };
        let before = self.sources.len();
        let noted = self.notes.len();
        let belongs = |format: &Format| format.name() == "puffer";
        let roles = match forced.is_none_or(|(format, _)| belongs(format)) {
            true => formats::roles(&candidates),
            false => vec![Role::Alone; candidates.len()],
        };
        for (path, role) in candidates.iter().zip(roles) {
            let acked = match role {
                Role::Sent(acked) => candidates.get(acked),
                Role::Acked => continue,
                Role::NoTrace(why) => {
                    skipped.add(Error::input(path.display(), why));
                    continue;
                }
                _ => None,
            };
            // Files of folders in the folder are of the class of theirs.
            let folder = path.parent().map(|f| f.display().to_string()).filter(|_| !is_pattern);
            let class = folder.unwrap_or_else(|| spec.to_string());
            let opened = TraceFile::open(path, forced, true)
                .unwrap_or_else(|e| Opened { files: vec![Err(e)], notes: vec![] });
            self.notes.extend(opened.notes);
            for file in opened.files {
                match file {
                    Ok(file) => self.add(file.with_acked(acked), &class),
                    Err(e) => skipped.add(e),
                }
            }
        }
        if self.sources.len() == before && !self.notes[noted..].iter().any(|n| n.ends_with(TWICE)) {
            let what =
                if is_pattern { "no file that matches is" } else { "the folder holds no file that is" };
            return Err(Error::input(spec, format_args!("{what} a trace ({})", known_formats())));
        }
        Ok(())
    }

    fn push(&mut self, source: Source, class: String) {
        self.sources.push(source);
        self.classes.push(class);
    }

    fn add(&mut self, file: TraceFile, class: &str) {
        let is = fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone());
        match self.known.insert(is) {
            false => self.notes.push(format!("{}: {TWICE}", file.path.display())),
            true => self.push(Source::File(Box::new(file)), class.trim_end_matches('/').to_string()),
        }
    }
}

fn known_formats() -> String {
    let names: Vec<&str> = formats::all().iter().map(|f| f.name()).collect();
    format!("formats: {}", names.join(", "))
}

/// Files that are no traces: the first of them are named, the others counted.
#[derive(Debug, Default)]
pub(super) struct Skipped {
    named: Vec<String>,
    others: usize,
}

impl Skipped {
    /// More names than this nobody reads.
    const MOST: usize = 3;

    pub(super) fn add(&mut self, why: impl std::fmt::Display) {
        match self.named.len() < Skipped::MOST {
            true => self.named.push(format!("skipped, no trace: {why}")),
            false => self.others += 1,
        }
    }

    pub(super) fn said(self) -> Vec<String> {
        let mut notes = self.named;
        if self.others > 0 {
            let files = counted(self.others, "more file");
            notes.push(format!("skipped {files}, no traces (segue trace info --why FILE says why)"));
        }
        notes
    }
}
