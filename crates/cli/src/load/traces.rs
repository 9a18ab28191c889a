//! The traces of a command line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use netmodel::formats::{Content, Measurement, Recording};
use netmodel::stats::Measured;
use netmodel::{NetworkError, Trace, generators, problems};
use rayon::prelude::*;

use super::files::said_of;
use super::find::{Skipped, find};
use super::preset::preset;
use super::source::Source;
use crate::Error;
use crate::text::counted;

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
        found.sources.par_iter().map(|source| load(source, seed)).collect();
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

fn load(source: &Source, seed: u64) -> Result<Vec<Loaded>, Error> {
    let file = match source {
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

/// The one trace of a command that takes one.
pub(crate) fn load_trace(spec: &str, format: Option<&str>, seed: u64) -> Result<(Arc<Trace>, Traces), Error> {
    the_one(spec, read(&[spec], format, Play { loops: true, ..Play::default() }, seed)?)
}

/// The one trace of a command that takes one, as these profiles play it.
pub(super) fn trace_for(
    profiles: &[sim::Profile],
    spec: &str,
    format: Option<&str>,
    seed: u64,
) -> Result<(Arc<Trace>, Traces), Error> {
    the_one(spec, traces_for(profiles, &[spec], format, seed)?)
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
    use std::fs;

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
        assert!(all.notes[0].ends_with("given twice, counted once") && all.notes[1].contains("README"));
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
    }

    #[test]
    fn classes_are_short_where_that_tells_them_apart() {
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
