//! Traces and videos by the words of the command line: a file, a folder, a pattern or a preset.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use media::Video;
use netmodel::formats::{self, Content, Format, Measurement, ReadOptions, Recording, Role};
use netmodel::stats::Measured;
use netmodel::{NetworkError, Trace, generators, problems};
use rayon::prelude::*;

use crate::text::counted;
use crate::{Error, logs};

/// What stands before the name of a preset.
pub(crate) const PRESET: &str = "preset:";

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
    /// The names of the traces that were observed by an application, not measured as the capacity of a link.
    pub observed: Vec<String>,
    /// What the user should know: what was skipped, and how files were read.
    pub notes: Vec<String>,
    /// What seems to be wrong with some of them so that replaying them as links misleads: kind, name and evidence.
    suspects: Vec<(&'static str, String, String)>,
}

/// The problems of a trace that make a session on it misleading, whatever its length.
const MISLEADING: [&str; 4] = ["unit", "cut-outages", "application-limited", "stitched"];

impl Traces {
    /// What seems to be wrong with the traces, in one line.
    pub(crate) fn doubts(&self) -> Option<String> {
        let kinds = MISLEADING.iter().filter_map(|kind| {
            let mut of_kind = self.suspects.iter().filter(|s| s.0 == *kind);
            let (_, name, evidence) = of_kind.next()?;
            let more = of_kind.count();
            let more = if more > 0 { format!(" and {} more", counted(more, "trace")) } else { String::new() };
            Some(format!("{kind}: {name}{more} ({evidence})"))
        });
        let kinds: Vec<String> = kinds.collect();
        (!kinds.is_empty()).then(|| format!("suspicious traces, see segue trace info; {}", kinds.join("; ")))
    }

    /// What to say before the traces are replayed as links, where it biases what comes out.
    pub fn warning(&self) -> Option<String> {
        let which = match self.observed.as_slice() {
            [] => return None,
            [one] => format!("trace {one} is"),
            [one, ..] => format!("{} of {} traces ({one}, ...) are", self.observed.len(), self.traces.len()),
        };
        Some(format!(
            "{which} what an application got, an effect of its own requests; replayed as the capacity of a link, \
             small or paused downloads look like a slow network (CausalSim, NSDI 2023; Veritas, SIGCOMM 2023)"
        ))
    }
}

/// Reads traces: each of `specs` is a file, a folder (with the folders in it), a zip archive, a pattern with `*`, `?` or
/// `[...]`, or `preset:NAME[,key=value...]`, where a file of `segue trace fit` is a name, too. Files may be compressed by
/// gzip, and may hold several traces. `format` is `name[:key=value,...]` and overrides what the content shows.
///
/// In a folder, an archive or behind a pattern, files that are no traces are skipped with a note. A file that is named
/// must be one.
///
/// ```
/// let found = segue_cli::load_traces(&["preset:constant,rate=3", "preset:3g,duration=60"], None, 7)?;
/// assert_eq!(found.traces[1].name(), "3g,duration=60,seed=7");
/// # Ok::<(), segue_cli::Error>(())
/// ```
///
/// # Errors
/// [`Error::Input`] for what cannot be read, with file, line and what was expected; for a folder or pattern without a
/// single trace.
pub fn load_traces<S: AsRef<str>>(specs: &[S], format: Option<&str>, seed: u64) -> Result<Traces, Error> {
    read(specs, format, Play::default(), seed)
}

/// How traces are to be played.
#[derive(Clone, Copy, Default)]
struct Play {
    /// Later passes begin at time 0, not at the first time stamp of a file.
    wrap_from_zero: bool,
    /// They begin again at their end, so that one without a bit would never end.
    loops: bool,
}

/// Reads traces as [`load_traces`], as these profiles play them: if all are Pensieve's, later passes begin at time 0, not at
/// the first time stamp of a file.
pub(crate) fn traces_for<S: AsRef<str>>(
    profiles: &[sim::Profile],
    specs: &[S],
    format: Option<&str>,
    seed: u64,
) -> Result<Traces, Error> {
    let wrap_from_zero = profiles.iter().all(|p| p.original == Some(sim::Original::Pensieve));
    let loops = profiles.iter().any(|p| p.link.end == netmodel::End::Loop);
    read(specs, format, Play { wrap_from_zero, loops }, seed)
}

fn read<S: AsRef<str>>(specs: &[S], format: Option<&str>, play: Play, seed: u64) -> Result<Traces, Error> {
    let mut found = find(specs, format)?;
    for source in &mut found.sources {
        if let Source::File(file) = source {
            file.options.wrap_from_zero |= play.wrap_from_zero;
        }
    }
    let read: Vec<Result<Vec<Loaded>, Error>> =
        found.sources.par_iter().map(|source| source.load(seed)).collect();
    let mut all = Traces { notes: found.notes, ..Traces::default() };
    let (mut paths, mut skipped) = (Vec::new(), Skipped::default());
    for ((source, class), loaded) in found.sources.iter().zip(short_classes(&found.classes)).zip(read) {
        let loaded = match loaded {
            Err(Error::Input(why)) if source.is_unsure() => {
                skipped.add(why);
                continue;
            }
            loaded => loaded?,
        };
        for one in loaded {
            all.notes.extend(one.notes);
            let Some((trace, measures)) = one.trace else { continue };
            if play.loops && trace.total() <= units::Bits::ZERO {
                let name =
                    source.file().map_or_else(|| trace.name().into(), |f| f.path.display().to_string());
                return Err(Error::input(name, NetworkError::AllZero));
            }
            all.suspects
                .extend(one.suspects.into_iter().map(|(kind, why)| (kind, trace.name().to_string(), why)));
            if measures == Measurement::Observed {
                all.observed.push(trace.name().to_string());
            }
            all.traces.push(Arc::new(trace));
            all.classes.push(class.clone());
            paths.push(source.file().map(|f| f.path.clone()));
        }
        if let Some(file) = source.file()
            && all.files.last() != Some(&file.on_disk)
        {
            all.files.push(file.on_disk.clone());
        }
    }
    if all.traces.is_empty() {
        let given: Vec<&str> = specs.iter().map(AsRef::as_ref).collect();
        let why = all.notes.first().map_or_else(String::new, |n| format!(" ({n})"));
        return Err(Error::input(given.join(", "), format_args!("no trace is in it{why}")));
    }
    rename_twins(&mut all.traces, &paths);
    all.notes.extend(skipped.said());
    Ok(all)
}

/// Files that are no traces: the first of them are named, the others counted.
#[derive(Debug, Default)]
struct Skipped {
    named: Vec<String>,
    others: usize,
}

impl Skipped {
    /// More names than this nobody reads.
    const MOST: usize = 3;

    fn add(&mut self, why: impl std::fmt::Display) {
        match self.named.len() < Skipped::MOST {
            true => self.named.push(format!("skipped, no trace: {why}")),
            false => self.others += 1,
        }
    }

    fn said(self) -> Vec<String> {
        let mut notes = self.named;
        if self.others > 0 {
            let files = counted(self.others, "more file");
            notes.push(format!("skipped {files}, no traces (segue trace info --why FILE says why)"));
        }
        notes
    }
}

/// What one source gave: a trace or, of a table without one, only something to say.
struct Loaded {
    trace: Option<(Trace, Measurement)>,
    notes: Vec<String>,
    /// What seems to be wrong with it: kind and evidence.
    suspects: Vec<(&'static str, String)>,
}

/// What seems to be wrong with a recording so that a session on it misleads.
fn suspects(recording: &Recording) -> Vec<(&'static str, String)> {
    let found = problems::of_trace(recording.trace.name(), &Measured::of(recording));
    let misleading = found.into_iter().filter(|p| MISLEADING.contains(&p.kind.name));
    misleading.map(|p| (p.kind.name, p.evidence)).collect()
}

impl Source {
    fn load(&self, seed: u64) -> Result<Vec<Loaded>, Error> {
        let file = match self {
            Source::Preset(text) => {
                let trace = preset(text, seed)?;
                return Ok(vec![Loaded {
                    trace: Some((trace, generators::measures(text))),
                    notes: vec![],
                    suspects: vec![],
                }]);
            }
            Source::File(file) => file,
        };
        let (mut loaded, mut tables) = (Vec::new(), 0);
        for content in file.read()? {
            match content {
                Content::Trace(r) => loaded.push(Loaded {
                    notes: said_of(&file.path, &r.notes),
                    suspects: suspects(&r),
                    trace: Some((r.trace, r.measures)),
                }),
                _ => tables += 1,
            }
        }
        if loaded.is_empty() {
            let note = format!("{}: {}, no time series", file.path.display(), counted(tables, "table"));
            loaded.push(Loaded { trace: None, notes: vec![note], suspects: vec![] });
        }
        Ok(loaded)
    }

    /// Everything in it. A preset is read as the file that it would be written to.
    pub(crate) fn contents(&self, seed: u64) -> Result<Vec<Content>, Error> {
        let text = match self {
            Source::File(file) => return file.read(),
            Source::Preset(text) => text,
        };
        let trace = preset(text, seed)?;
        let (csv, _, write) = formats::parse_spec("csv")?;
        let mut bytes = Vec::new();
        formats::write(&trace, csv, &mut bytes, &write)?;
        let mut read = ReadOptions::default();
        read.name = Some(trace.name().to_string());
        read.measures = Some(generators::measures(text));
        Ok(formats::read_all(&bytes[..], Some(csv), &read)?)
    }

    /// Whether it may be no trace at all: what was found and not named, in a format that was given and not recognised.
    pub(crate) fn is_unsure(&self) -> bool {
        self.file().is_some_and(|f| f.unsure)
    }

    /// Its file, if it is one.
    pub(crate) fn file(&self) -> Option<&TraceFile> {
        match self {
            Source::File(file) => Some(file),
            Source::Preset(_) => None,
        }
    }
}

/// The one trace of a command that takes one.
pub(crate) fn load_trace(spec: &str, format: Option<&str>, seed: u64) -> Result<(Arc<Trace>, Traces), Error> {
    the_one(spec, read(&[spec], format, Play { loops: true, ..Play::default() }, seed)?)
}

/// The one trace of a command that takes one, as this profile plays it.
pub(crate) fn trace_for(
    profile: &sim::Profile,
    spec: &str,
    format: Option<&str>,
    seed: u64,
) -> Result<(Arc<Trace>, Traces), Error> {
    the_one(spec, traces_for(std::slice::from_ref(profile), &[spec], format, seed)?)
}

fn the_one(spec: &str, all: Traces) -> Result<(Arc<Trace>, Traces), Error> {
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
/// let video = segue_cli::load_video("preset:cbr,duration=60,ladder=300/1200", None, 0)?;
/// assert_eq!(video.segments(), 15);
/// # Ok::<(), segue_cli::Error>(())
/// ```
///
/// # Errors
/// [`Error::Input`] for what cannot be read, with file, line and what was expected.
pub fn load_video(spec: &str, format: Option<&str>, seed: u64) -> Result<Video, Error> {
    video(spec, format, None, seed).map(|(video, _)| video)
}

/// Reads a video as [`load_video`], of a manifest the periods that are asked for, with what is to be said about it.
pub(crate) fn video(
    spec: &str,
    format: Option<&str>,
    periods: Option<&str>,
    seed: u64,
) -> Result<(Video, Vec<String>), Error> {
    if spec.starts_with(PRESET) {
        return Ok((media::presets::generate(spec, seed)?, vec![]));
    }
    let path = Path::new(spec);
    let import = import_video(path, format, periods)?;
    let mut notes = said_of(path, &import.notes);
    // An import says which sizes are estimates, a video file does not.
    if !notes.iter().any(|n| n.contains("estimated")) {
        notes.extend(estimates(&import.video));
    }
    Ok((import.video, notes))
}

/// Whether a text is a preset of a video, options and all.
pub(crate) fn is_video_preset(spec: &str) -> bool {
    spec.starts_with(PRESET) && media::presets::generate(spec, 0).is_ok()
}

/// Reads a video from a file or folder, with what is to be said about it.
pub(crate) fn import_video(
    path: &Path,
    format: Option<&str>,
    periods: Option<&str>,
) -> Result<media::formats::Import, Error> {
    if !path.exists() {
        let presets = media::presets::all().iter().map(|e| e.name);
        return Err(missing(&path.display().to_string(), "video", presets));
    }
    let (format, mut options) = match format.map(media::formats::parse_spec).transpose()? {
        Some((format, options)) => (Some(format), options),
        None => (None, media::formats::ReadOptions::default()),
    };
    if let Some(text) = periods {
        options.periods = media::formats::Periods::parse(text).ok_or_else(|| {
            Error::input(
                format_args!("--periods {text}"),
                "expected main, all or the number of a period, from 1",
            )
        })?;
    }
    Ok(media::formats::import_path(path, format, &options)?)
}

/// The name of a preset, with or without `preset:` before it: up to its options.
pub(crate) fn preset_name(spec: &str) -> &str {
    let text = spec.trim();
    let text = text.strip_prefix(PRESET).unwrap_or(text);
    text.split([',', ':']).next().unwrap_or_default()
}

/// The trace of a preset, with or without `preset:` before it: one of the registry, or a file of `segue trace fit`.
pub(crate) fn preset(spec: &str, seed: u64) -> Result<Trace, Error> {
    let name = preset_name(spec);
    let path = Path::new(name);
    let known = generators::all().any(|e| e.name.eq_ignore_ascii_case(name));
    if !known && !path.is_file() && name.contains(['.', '/', '\\']) {
        let problem =
            "no such file, expected one of segue trace fit or the name of a preset (segue list presets)";
        return Err(Error::input(name, problem));
    }
    if known || !path.is_file() {
        return Ok(generators::generate(spec, seed)?);
    }
    let file = fs::File::open(path).map_err(|e| Error::read(name, e))?;
    let fitted = generators::Fitted::read(file).map_err(|e| Error::input(name, e))?;
    let text = spec.trim();
    Ok(fitted.generate(text.strip_prefix(PRESET).unwrap_or(text), seed)?)
}

/// What is to be said of a video whose sizes are not all known.
fn estimates(video: &Video) -> Option<String> {
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
    File(Box<TraceFile>),
}

/// A file that holds traces, and how to read it.
#[derive(Clone, Debug)]
pub(crate) struct TraceFile {
    /// What it is called: of a file in an archive, the archive's path and its own.
    pub(crate) path: PathBuf,
    /// The file of the system that it is or is in.
    pub(crate) on_disk: PathBuf,
    /// None for the log of a player or server, of which the network is taken.
    format: Option<&'static Format>,
    options: ReadOptions,
    /// What was read already of what should be read only once: a pipe, or an archive.
    bytes: Option<Vec<u8>>,
    /// Whether nothing says that it is a trace: it was found, not named, and its format was given, not recognised.
    unsure: bool,
}

/// What a path contains: each trace file, or why a file is none.
struct Opened {
    files: Vec<Result<TraceFile, Error>>,
    /// What of an archive is left out.
    notes: Vec<String>,
}

impl TraceFile {
    /// Everything in it.
    pub(crate) fn read(&self) -> Result<Vec<Content>, Error> {
        let Some(format) = self.format else {
            return logs::network(&self.path, self.bytes.as_deref());
        };
        let Some(bytes) = &self.bytes else {
            return Ok(formats::read_all_path(&self.path, Some(format), &self.options)?);
        };
        let mut options = self.options.clone();
        options.name.get_or_insert_with(|| formats::stem(&self.path));
        let read = formats::read_all(&bytes[..], Some(format), &options);
        read.map_err(|e| Error::input(self.path.display(), e))
    }

    /// The files of a file by its name (of an archive there may be several), in the format that is given or that the first
    /// bytes of each show; of what is none, why.
    fn open(path: &Path, forced: Option<&Forced>, found: bool) -> Result<Opened, Error> {
        let mut file = TraceFile {
            path: path.to_path_buf(),
            on_disk: path.to_path_buf(),
            format: None,
            options: ReadOptions::default(),
            bytes: None,
            unsure: found && forced.is_some(),
        };
        let once = !path.is_file();
        let head = head(path, once)?;
        if !formats::is_packed(&head) {
            file.recognise(&head, forced)?;
            file.bytes = once.then_some(head);
            return Ok(Opened { files: vec![Ok(file)], notes: vec![] });
        }
        let bytes = match once {
            true => head,
            false => fs::read(path).map_err(|e| Error::read(path.display(), e))?,
        };
        let unpacked = formats::unpack(bytes).map_err(|e| Error::input(path.display(), e))?;
        let several = unpacked.members.len() > 1;
        let member = |member: formats::Member| {
            let mut file = TraceFile { unsure: file.unsure || several && forced.is_some(), ..file.clone() };
            if !member.path.as_os_str().is_empty() {
                file.path = path.join(&member.path);
            }
            file.recognise(&member.bytes, forced)?;
            file.bytes = Some(member.bytes);
            Ok(file)
        };
        let notes = said_of(path, &unpacked.notes);
        Ok(Opened { files: unpacked.members.into_iter().map(member).collect(), notes })
    }

    /// With the second of two files, unless the user named one; the two are then read together.
    fn with_acked(mut self, acked: Option<&PathBuf>) -> TraceFile {
        if let Some(acked) = acked {
            self.options.acked.get_or_insert_with(|| acked.clone());
            self.bytes = None;
        }
        self
    }

    /// Takes the format that is given, or that the bytes show.
    fn recognise(&mut self, bytes: &[u8], forced: Option<&Forced>) -> Result<(), Error> {
        match forced {
            Some((format, options)) => (self.format, self.options) = (Some(*format), options.clone()),
            None if qoe::logs::is_log(bytes) => self.format = None,
            None => {
                let sniffed = formats::sniff(bytes).map_err(|e| Error::input(self.path.display(), e))?;
                self.format = Some(sniffed.format);
            }
        }
        Ok(())
    }
}

/// A format that the user gave, with its options.
type Forced = (&'static Format, ReadOptions);

/// Where the traces of some specifications come from.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) sources: Vec<Source>,
    /// Of each source, what it is one of: as given.
    classes: Vec<String>,
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
        if spec.starts_with(PRESET) {
            let is_value = |option: &str| generators::generate(option, 0).is_ok();
            for spec in spec::expand(spec, is_value)? {
                let known = found.sources.iter().any(|s| matches!(s, Source::Preset(p) if *p == spec));
                match known {
                    true => found.notes.push(format!("{spec}: given twice, counted once")),
                    false => {
                        let class = preset_class(&spec);
                        found.push(Source::Preset(spec), class);
                    }
                }
            }
            continue;
        }
        let path = Path::new(spec);
        let is_pattern = !path.exists() && spec.contains(['*', '?', '[']);
        if path.exists() && !path.is_dir() {
            // A file that is named alone belongs to its folder.
            let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let opened = TraceFile::open(path, forced.as_ref(), false)?;
            let archive = opened.files.len() > 1;
            found.notes.extend(opened.notes);
            for file in opened.files {
                match file {
                    Ok(file) if archive => found.add(file, spec),
                    Ok(file) => found.add(file, &folder.display().to_string()),
                    Err(e) if archive => skipped.add(e),
                    Err(e) => return Err(e),
                }
            }
        } else if path.is_dir() || is_pattern {
            let candidates = if is_pattern { matches(spec)? } else { files_of(path)? };
            let before = found.sources.len();
            let noted = found.notes.len();
            let belongs = |format: &Format| format.name() == "puffer";
            let roles = match forced.as_ref().is_none_or(|(format, _)| belongs(format)) {
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
                let opened = TraceFile::open(path, forced.as_ref(), true)
                    .unwrap_or_else(|e| Opened { files: vec![Err(e)], notes: vec![] });
                found.notes.extend(opened.notes);
                for file in opened.files {
                    match file {
                        Ok(file) => found.add(file.with_acked(acked), &class),
                        Err(e) => skipped.add(e),
                    }
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
    found.notes.extend(skipped.said());
    Ok(found)
}

const TWICE: &str = "given twice, counted once";

impl Found {
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

/// The most bytes of what is no plain file, a pipe or a device: it is kept in memory.
const MAX_PIPED: u64 = 256 << 20;

/// The first bytes of a file, more than formats are recognised by; or all of them, unless these say that it is no trace.
pub(crate) fn head(path: &Path, all: bool) -> Result<Vec<u8>, Error> {
    let failed = |e: std::io::Error| Error::read(path.display(), e);
    let mut bytes = Vec::new();
    let mut file = fs::File::open(path).map_err(failed)?;
    file.by_ref().take(16_384).read_to_end(&mut bytes).map_err(failed)?;
    if all && bytes.len() == 16_384 {
        if !formats::is_packed(&bytes) && bytes.iter().all(|b| *b == 0) {
            return Err(Error::input(path.display(), "begins with 16384 zeros, expected a network trace"));
        }
        file.take(MAX_PIPED + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MAX_PIPED {
            return Err(Error::input(path.display(), "is no plain file and larger than 256 MiB"));
        }
    }
    Ok(bytes)
}

/// The files of a folder and of the folders in it, in the order of their paths; hidden ones are none, and links to
/// folders are not followed.
pub(crate) fn files_of(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed =
        |e: std::io::Error| Error::input(folder.display(), format_args!("cannot read the folder: {e}"));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            files.extend(files_of(&path)?);
        } else if path.is_file() {
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
fn rename_twins(traces: &mut [Arc<Trace>], paths: &[Option<PathBuf>]) {
    let in_folder = |path: &Path, name: &str| {
        let folder = path.parent().and_then(Path::file_name).map(|f| f.to_string_lossy().into_owned());
        folder.map_or_else(|| path.display().to_string(), |f| format!("{f}/{name}"))
    };
    for whole_path in [false, true] {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for trace in traces.iter() {
            *counts.entry(trace.name().to_string()).or_default() += 1;
        }
        for (trace, path) in traces.iter_mut().zip(paths) {
            if let Some(path) = path
                && counts.get(trace.name()).is_some_and(|n| *n > 1)
            {
                let name = match whole_path {
                    false => in_folder(path, trace.name()),
                    true => path.display().to_string(),
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
        assert!(all.notes[0].ends_with(TWICE) && all.notes[1].contains("README"));
        assert!(load_traces(&[spec("a/README")], None, 0).is_err());
        assert!(load_trace(&spec("a"), None, 0).is_ok());
    }

    #[test]
    fn an_observed_preset_is_told_apart() {
        let all =
            load_traces(&["preset:oboe,duration=60", "preset:4g,duration=60"], None, 7).expect("two traces");
        assert_eq!(all.observed, ["oboe,duration=60,seed=7"]);
        assert!(
            all.warning().is_some_and(|w| w.starts_with("trace oboe,duration=60,seed=7 is")),
            "{:?}",
            all.warning()
        );
        for (preset, measures) in [("oboe", Measurement::Observed), ("4g", Measurement::Capacity)] {
            let read = Source::Preset(format!("preset:{preset},duration=60")).contents(7).expect("a trace");
            assert!(matches!(&read[..], [Content::Trace(r)] if r.measures == measures), "{preset}");
        }
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
