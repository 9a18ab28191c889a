//! Traces and videos by the words of the command line: a file, a folder, a pattern or a preset.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use media::Video;
use netmodel::formats::{self, Format, ReadOptions, Recording};
use netmodel::{Trace, generators};
use rayon::prelude::*;

use crate::Error;

/// What stands before the name of a preset.
const PRESET: &str = "preset:";

/// The traces of a command line.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Traces {
    /// The traces, each under a name of its own, in the order of the command line.
    pub traces: Vec<Arc<Trace>>,
    /// The class of each: the folder or pattern that it came from, or the preset without its seed.
    pub classes: Vec<String>,
    /// The files among them.
    pub files: Vec<PathBuf>,
    /// What the user should know: what was skipped, and how files were read.
    pub notes: Vec<String>,
}

/// Reads traces: each of `specs` is a file, a folder (its files, not those of folders in it), a pattern with `*`, `?` or
/// `[...]`, or `preset:NAME[,key=value...]`. `format` is `name[:key=value,...]` and overrides what the content shows.
///
/// In a folder or behind a pattern, files that are no traces are skipped with a note. A file that is named must be one.
///
/// ```
/// let found = segue::load_traces(&["preset:constant,rate=3", "preset:3g,duration=60"], None, 7)?;
/// assert_eq!(found.traces[1].name(), "3g,duration=60,seed=7");
/// # Ok::<(), segue::Error>(())
/// ```
///
/// # Errors
/// [`Error::Input`] for what cannot be read, with file, line and what was expected; for a folder or pattern without a
/// single trace.
pub fn load_traces<S: AsRef<str>>(specs: &[S], format: Option<&str>, seed: u64) -> Result<Traces, Error> {
    let found = find(specs, format)?;
    let read: Vec<Result<(Trace, Vec<String>), Error>> = found
        .sources
        .par_iter()
        .map(|source| match source {
            Source::Preset(text) => Ok((generators::generate(text, seed)?, vec![])),
            Source::File(file) => file.read().map(|r| (r.trace, said_of(&file.path, &r.notes))),
        })
        .collect();
    let mut all = Traces { notes: found.notes, ..Traces::default() };
    for (source, read) in found.sources.iter().zip(read) {
        let (trace, notes) = read?;
        all.notes.extend(notes);
        all.traces.push(Arc::new(trace));
        if let Source::File(file) = source {
            all.files.push(file.path.clone());
        }
    }
    rename_twins(&mut all.traces, &found.sources);
    all.classes = short_classes(&found.classes);
    Ok(all)
}

/// The one trace of a command that takes one.
pub(crate) fn load_trace(spec: &str, format: Option<&str>, seed: u64) -> Result<(Arc<Trace>, Traces), Error> {
    let all = load_traces(&[spec], format, seed)?;
    match all.traces.as_slice() {
        [one] => Ok((one.clone(), all)),
        several => {
            let problem = format!("holds {} traces, expected one (segue compare takes many)", several.len());
            Err(Error::input(spec, problem))
        }
    }
}

/// Reads a video: a file or manifest, a folder with one manifest or of Pensieve's sizes, or `preset:NAME[,key=value...]`. `format` is
/// `name[:key=value,...]` and overrides what the content shows.
///
/// ```
/// let video = segue::load_video("preset:cbr,duration=60,ladder=300/1200", None, 0)?;
/// assert_eq!(video.segments(), 15);
/// # Ok::<(), segue::Error>(())
/// ```
///
/// # Errors
/// [`Error::Input`] for what cannot be read, with file, line and what was expected.
pub fn load_video(spec: &str, format: Option<&str>, seed: u64) -> Result<Video, Error> {
    if spec.starts_with(PRESET) {
        return Ok(media::presets::generate(spec, seed)?);
    }
    import_video(Path::new(spec), format).map(|i| i.video)
}

/// Reads a video from a file or folder, with what is to be said about it.
pub(crate) fn import_video(path: &Path, format: Option<&str>) -> Result<media::formats::Import, Error> {
    if !path.exists() {
        let presets = media::presets::all().iter().map(|e| e.name);
        return Err(missing(&path.display().to_string(), "video", presets));
    }
    let (format, options) = match format.map(media::formats::parse_spec).transpose()? {
        Some((format, options)) => (Some(format), options),
        None => (None, media::formats::ReadOptions::default()),
    };
    Ok(media::formats::import_path(path, format, &options)?)
}

/// What is to be said of a video whose sizes are not all known.
pub(crate) fn estimates(video: &Video) -> Option<String> {
    let rungs = media::stats::of_video(video).rungs;
    let estimated: usize = rungs.iter().map(|r| r.estimated()).sum();
    let all = video.segments() * rungs.len();
    let name = video.name();
    (estimated > 0).then(|| format!("{name}: {estimated} of {all} segment sizes are estimated from bitrates"))
}

/// Where a trace comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Preset(String),
    File(TraceFile),
}

/// A file that holds a trace, and how to read it.
#[derive(Clone, Debug)]
pub(crate) struct TraceFile {
    pub(crate) path: PathBuf,
    format: &'static Format,
    options: ReadOptions,
    /// What was read already of what can be read only once: a pipe.
    bytes: Option<Vec<u8>>,
}

impl TraceFile {
    pub(crate) fn read(&self) -> Result<Recording, Error> {
        let Some(bytes) = &self.bytes else {
            return Ok(formats::read_path(&self.path, Some(self.format), &self.options)?);
        };
        let mut options = self.options.clone();
        options.name = self.path.file_name().map(|n| n.to_string_lossy().into_owned());
        let read = formats::read(&bytes[..], Some(self.format), &options);
        read.map_err(|e| Error::input(self.path.display(), e))
    }

    /// A file by its name, in the format that is given or that its first bytes show.
    fn open(path: &Path, forced: Option<&(&'static Format, ReadOptions)>) -> Result<TraceFile, Error> {
        let once = !path.is_file();
        let bytes = if once || forced.is_none() { head(path, once)? } else { vec![] };
        let (format, options) = match forced {
            Some(forced) => forced.clone(),
            None => {
                let sniffed = formats::sniff(&bytes).map_err(|e| Error::input(path.display(), e))?;
                (sniffed.format, ReadOptions::default())
            }
        };
        Ok(TraceFile { path: path.to_path_buf(), format, options, bytes: once.then_some(bytes) })
    }
}

/// Where the traces of some specifications come from.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) sources: Vec<Source>,
    /// Of each source, what it is one of: as given.
    classes: Vec<String>,
    pub(crate) notes: Vec<String>,
}

/// Finds the traces of some specifications, none of them twice, without reading more than their beginnings.
pub(crate) fn find<S: AsRef<str>>(specs: &[S], format: Option<&str>) -> Result<Found, Error> {
    let forced = format.map(formats::parse_spec).transpose()?.map(|(format, read, _)| (format, read));
    let mut found = Found::default();
    for spec in specs {
        let spec = spec.as_ref();
        if spec.starts_with(PRESET) {
            let known = found.sources.iter().any(|s| matches!(s, Source::Preset(p) if p == spec));
            match known {
                true => found.notes.push(format!("{spec}: given twice, counted once")),
                false => found.push(Source::Preset(spec.to_string()), preset_class(spec)),
            }
            continue;
        }
        let path = Path::new(spec);
        let is_pattern = !path.exists() && spec.contains(['*', '?', '[']);
        if path.exists() && !path.is_dir() {
            // A file that is named alone belongs to its folder.
            let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
            found.add(TraceFile::open(path, forced.as_ref())?, &folder.display().to_string());
        } else if path.is_dir() || is_pattern {
            let candidates = if is_pattern { matches(spec)? } else { files_of(path)? };
            let before = found.sources.len();
            let noted = found.notes.len();
            for path in candidates {
                match candidate(&path, forced.as_ref()) {
                    Ok(file) => found.add(file, spec),
                    Err(e) => found.notes.push(format!("skipped, no trace: {e}")),
                }
            }
            if found.sources.len() == before && !found.notes[noted..].iter().any(|n| n.ends_with(TWICE)) {
                let what =
                    if is_pattern { "no file that matches is" } else { "the folder holds no file that is" };
                return Err(Error::input(spec, format_args!("{what} a trace ({})", known_formats())));
            }
        } else {
            return Err(missing(spec, "trace", generators::all().map(|e| e.name)));
        }
    }
    Ok(found)
}

const TWICE: &str = "given twice, counted once";

impl Found {
    fn push(&mut self, source: Source, class: String) {
        self.sources.push(source);
        self.classes.push(class);
    }

    fn add(&mut self, file: TraceFile, class: &str) {
        let real = |p: &Path| fs::canonicalize(p).unwrap_or_else(|_| p.to_path_buf());
        let is = real(&file.path);
        match self.sources.iter().any(|s| matches!(s, Source::File(f) if real(&f.path) == is)) {
            true => self.notes.push(format!("{}: {TWICE}", file.path.display())),
            false => self.push(Source::File(file), class.trim_end_matches('/').to_string()),
        }
    }
}

/// A preset without its seed: draws of one preset are of one class.
fn preset_class(spec: &str) -> String {
    let text = spec.strip_prefix(PRESET).unwrap_or(spec);
    let parts: Vec<&str> = text.split(',').filter(|p| !p.trim_start().starts_with("seed=")).collect();
    parts.join(",")
}

/// Classes by the last part of their paths, where that tells them apart.
fn short_classes(classes: &[String]) -> Vec<String> {
    let last = |class: &String| {
        let name = Path::new(class).file_name().map(|n| n.to_string_lossy().into_owned());
        name.unwrap_or_else(|| class.clone())
    };
    let mut meant: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
    for class in classes {
        meant.entry(last(class)).or_default().insert(class);
    }
    let alone = |name: &String| meant.get(name).is_some_and(|m| m.len() == 1);
    classes.iter().map(|c| Some(last(c)).filter(alone).unwrap_or_else(|| c.clone())).collect()
}

/// A file of a folder: a trace, or the reason why it is none.
fn candidate(path: &Path, forced: Option<&(&'static Format, ReadOptions)>) -> Result<TraceFile, Error> {
    let file = TraceFile::open(path, forced)?;
    if forced.is_some() {
        file.read()?;
    }
    Ok(file)
}

/// The first bytes of a file, more than formats are recognised by; or all of them.
fn head(path: &Path, all: bool) -> Result<Vec<u8>, Error> {
    let most = if all { formats::MAX_INPUT_BYTES + 1 } else { 16_384 };
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|f| f.take(most).read_to_end(&mut bytes));
    read.map_err(|e| Error::input(path.display(), format_args!("cannot read: {e}")))?;
    Ok(bytes)
}

/// The files of a folder in the order of their names; hidden ones are none.
pub(crate) fn files_of(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed =
        |e: std::io::Error| Error::input(folder.display(), format_args!("cannot read the folder: {e}"));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if !hidden && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The files that match a pattern, in the order of their names.
pub(crate) fn matches(pattern: &str) -> Result<Vec<PathBuf>, Error> {
    let paths =
        glob::glob(pattern).map_err(|e| Error::input(pattern, format_args!("no valid pattern: {e}")))?;
    let mut files = Vec::new();
    for path in paths {
        let path = path.map_err(|e| Error::input(pattern, e))?;
        if path.is_file() {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(Error::input(pattern, "no file matches this pattern"));
    }
    Ok(files)
}

/// There is nothing of that name: perhaps a preset was meant, or a file with nearly that name.
pub(crate) fn missing<'a>(spec: &str, what: &str, presets: impl Iterator<Item = &'a str>) -> Error {
    if spec.is_empty() {
        return Error::Input(format!("the name of the {what} is empty"));
    }
    let path = Path::new(spec);
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let preset = spec.split(',').next().unwrap_or_default();
    let presets: Vec<&str> = presets.collect();
    if presets.contains(&preset) {
        return Error::input(spec, format_args!("no such file, did you mean '{PRESET}{spec}'?"));
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> = fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    let mut names: Vec<&str> = names.iter().map(String::as_str).filter(|n| !n.starts_with('.')).collect();
    names.sort_unstable();
    let near = spec::nearest(&name, names).filter(|n| name.len() > 2 && n.len() > 2);
    let hint = match near {
        Some(near) => format!("did you mean '{}'?", path.with_file_name(near).display()),
        None if presets.is_empty() => format!("expected a {what} file"),
        None => format!("expected a {what} file or {PRESET}NAME ({})", presets.join(", ")),
    };
    Error::input(spec, format_args!("no such file, {hint}"))
}

fn known_formats() -> String {
    let names: Vec<&str> = formats::all().iter().map(|f| f.name()).collect();
    format!("formats: {}", names.join(", "))
}

pub(crate) fn said_of(path: &Path, notes: &[String]) -> Vec<String> {
    notes.iter().map(|n| format!("{}: {n}", path.display())).collect()
}

/// Traces of one name take that of their folder before it, and failing that their whole path.
fn rename_twins(traces: &mut [Arc<Trace>], sources: &[Source]) {
    let in_folder = |path: &Path, name: &str| {
        let folder = path.parent().and_then(Path::file_name).map(|f| f.to_string_lossy().into_owned());
        folder.map_or_else(|| path.display().to_string(), |f| format!("{f}/{name}"))
    };
    for whole_path in [false, true] {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for trace in traces.iter() {
            *counts.entry(trace.name().to_string()).or_default() += 1;
        }
        for (trace, source) in traces.iter_mut().zip(sources) {
            if let Source::File(file) = source
                && counts.get(trace.name()).is_some_and(|n| *n > 1)
            {
                let name = match whole_path {
                    false => in_folder(&file.path, trace.name()),
                    true => file.path.display().to_string(),
                };
                *trace = Arc::new(Trace::clone(trace).named(name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "time_s,rate_mbps\n0,3\n10,1\n";

    #[test]
    fn folders_patterns_and_twins() {
        let folder = tempfile::tempdir().expect("a folder");
        for sub in ["a", "b"] {
            fs::create_dir(folder.path().join(sub)).expect("made");
            fs::write(folder.path().join(sub).join("x.csv"), CSV).expect("written");
        }
        fs::write(folder.path().join("a/README"), "not a trace at all\n").expect("written");
        let spec = |tail: &str| folder.path().join(tail).display().to_string();
        let all = load_traces(&[spec("a"), spec("b/*.csv"), spec("b/x.csv")], None, 0).expect("two traces");
        let names: Vec<&str> = all.traces.iter().map(|t| t.name()).collect();
        assert_eq!(names, ["a/x", "b/x"]);
        assert_eq!(all.classes, ["a", "*.csv"]);
        assert_eq!(all.notes.len(), 2, "{:?}", all.notes);
        assert!(all.notes[0].contains("README") && all.notes[1].ends_with(TWICE));
        assert!(load_traces(&[spec("a/README")], None, 0).is_err());
        assert!(load_trace(&spec("a"), None, 0).is_ok());
    }

    #[test]
    fn classes_are_short_where_that_tells_them_apart() {
        assert_eq!(preset_class("preset:3g,seed=4,duration=60"), "3g,duration=60");
        let short =
            |classes: &[&str]| short_classes(&classes.iter().map(|c| (*c).to_string()).collect::<Vec<_>>());
        assert_eq!(short(&["x/3g", "y/4g", "x/3g", "."]), ["3g", "4g", "3g", "."]);
        assert_eq!(short(&["x/3g", "y/3g", "z"]), ["x/3g", "y/3g", "z"]);
    }

    #[test]
    fn says_what_was_meant() {
        let text = |r: Result<Traces, Error>| r.expect_err("wrong").to_string();
        assert!(text(load_traces(&["3g,seed=1"], None, 0)).contains("did you mean 'preset:3g,seed=1'?"));
        assert!(text(load_traces(&["preset:3h"], None, 0)).contains("did you mean '3g'?"));
        assert!(text(load_traces(&["no/such/*"], None, 0)).contains("no file matches"));
        assert!(text(load_traces(&["preset:3g"], Some("cooket"), 0)).contains("did you mean 'cooked'?"));
    }
}
