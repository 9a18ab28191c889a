//! The public data sets of network traces: where each comes from, under which terms, how it is read, what to know about it.
//!
//! The list is `datasets.toml`, beside the sources of this crate. It holds no data of theirs, and nothing here
//! downloads any: it says where to get them, and which downloads are complete ([`Company`]).
//!
//! ```
//! use netmodel::datasets;
//!
//! let set = datasets::by_name("hsdpa-sabre")?;
//! assert_eq!((set.format.as_str(), set.total), ("sabre", Some(86)));
//! assert!(set.licence.starts_with("BSD-2-Clause"));
//! // The reader and the options that belong to it.
//! let (format, _options) = set.reader()?;
//! assert_eq!(format.name(), "sabre");
//! # Ok::<(), netmodel::NetworkError>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::NetworkError;
use crate::formats::{self, Format, Measurement, ReadOptions};

const TEXT: &str = include_str!("../datasets.toml");
const SCHEMA: &str = "segue.datasets/1";

/// A public data set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DataSet {
    pub name: String,
    pub title: String,
    pub url: String,
    /// Which revision of a repository was looked at.
    pub commit: Option<String>,
    /// Which files to take from there.
    pub take: Option<String>,
    pub citation: String,
    /// The licence as its origin states it.
    pub licence: String,
    /// The trace format, with the options that belong to it: `name[:key=value,...]`.
    pub format: String,
    /// The same with other options, where a file holds several rates: each reading is a trace of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    pub measures: Measurement,
    /// How many files the origin has, where known.
    pub total: Option<usize>,
    /// Patterns of file names, or of paths.
    pub names: Vec<String>,
    /// What to know about it, one line each.
    pub traps: Vec<String>,
    /// SHA-256 of the files that were at hand, by their paths at the origin.
    #[serde(default, rename = "sha256")]
    pub files: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    schema: String,
    set: Vec<DataSet>,
}

/// All data sets, those of one network together.
pub fn all() -> &'static [DataSet] {
    static SETS: OnceLock<Vec<DataSet>> = OnceLock::new();
    // The text is part of the program; a test reads it.
    SETS.get_or_init(|| {
        let list = toml::from_str::<List>(TEXT).ok().filter(|list| list.schema == SCHEMA);
        list.map(|list| list.set).unwrap_or_default()
    })
}

/// The data set of this name.
///
/// # Errors
/// [`NetworkError::Input`], which names the nearest one.
pub fn by_name(name: &str) -> Result<&'static DataSet, NetworkError> {
    let names = || all().iter().map(|s| s.name.as_str());
    all().iter().find(|s| s.name == name).ok_or_else(|| {
        let expected = match spec::nearest(name, names()) {
            Some(near) => format!("a data set, did you mean '{near}'?"),
            None => format!("a data set: {}", names().collect::<Vec<_>>().join(", ")),
        };
        NetworkError::input(0, "the name", formats::quoted(name), expected)
    })
}

impl DataSet {
    /// How its files are read.
    ///
    /// # Errors
    /// [`NetworkError::Spec`] for a set that this version cannot read.
    pub fn reader(&self) -> Result<(&'static Format, ReadOptions), NetworkError> {
        formats::parse_spec(&self.format).map(|(format, read, _)| (format, read))
    }

    /// All ways in which its files are read, as they are written in the list: mostly one.
    pub fn readings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.format).chain(&self.also).map(String::as_str)
    }

    /// Whether a file may be one of its files, by its name or path.
    pub fn fits(&self, path: &Path) -> bool {
        let text = path.to_string_lossy();
        let name = path.file_name().map(|n| n.to_string_lossy()).unwrap_or_default();
        let patterns = self.names.iter().filter_map(|n| glob::Pattern::new(n).ok());
        patterns.into_iter().any(|p| p.matches(&name) || p.matches(&text))
    }

    /// The known file that a file is called like, if one is: by its name, and where several share that, by as much of the
    /// path as agrees. Folders may be folded into the name: `sd_fs_trace0000.json` is called like `sd_fs/trace0000.json`.
    pub fn called(&self, path: &Path) -> Option<&str> {
        let flat = |text: &str| text.replace(['/', '\\'], "_").replace("__", "_");
        let file = flat(&path.file_name()?.to_string_lossy());
        let whole = flat(&path.to_string_lossy());
        let base = |known: &str| flat(known.rsplit('/').next().unwrap_or(known));
        let same =
            |base: &str| file.strip_suffix(base).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
        let agreeing = |known: &str| {
            let (a, b) = (flat(known), whole.as_str());
            a.bytes().rev().zip(b.bytes().rev()).take_while(|(x, y)| x == y).count()
        };
        let mut found: Vec<(usize, &str)> =
            self.files.keys().filter(|k| same(&base(k))).map(|k| (agreeing(k), k.as_str())).collect();
        found.sort_unstable();
        match found[..] {
            [.., (second, _), (most, known)] => (most > second).then_some(known),
            [(_, known)] => Some(known),
            [] => None,
        }
    }
}

/// The data set and the path at its origin of a file with this SHA-256, if it is known.
pub fn by_sha256(sha256: &str) -> Option<(&'static DataSet, &'static str)> {
    static INDEX: OnceLock<BTreeMap<&str, (&DataSet, &str)>> = OnceLock::new();
    let files =
        |set: &'static DataSet| set.files.iter().map(move |(path, sha)| (sha.as_str(), (set, path.as_str())));
    INDEX.get_or_init(|| all().iter().flat_map(files).collect()).get(sha256).copied()
}

/// The SHA-256 of an input, in hexadecimal digits.
///
/// ```
/// let empty = netmodel::datasets::sha256(&b""[..])?;
/// assert_eq!(empty, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// What the input says.
pub fn sha256(mut input: impl Read) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match input.read(&mut buffer)? {
            0 => break,
            n => hash.update(&buffer[..n]),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What a file is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Identity {
    /// Byte by byte a file of the set.
    Known {
        set: &'static DataSet,
        origin: &'static str,
    },
    /// Called like a file of the set and read as one, but not of its bytes.
    Changed {
        set: &'static DataSet,
        /// The path at the origin of the file that it is called like.
        origin: &'static str,
    },
    /// Called like the files of the set, in whose format it should be, but cannot be read.
    Broken {
        set: &'static DataSet,
        /// What stops the reader.
        error: NetworkError,
    },
    /// Not among the files whose bytes are known, but called and formed like those of the set.
    Likely {
        set: &'static DataSet,
    },
    Unknown,
}

impl Identity {
    /// The set that it is, or should be, of.
    pub fn set(&self) -> Option<&'static DataSet> {
        match self {
            Identity::Known { set, .. }
            | Identity::Changed { set, .. }
            | Identity::Broken { set, .. }
            | Identity::Likely { set } => Some(set),
            Identity::Unknown => None,
        }
    }
}

/// A file to be identified.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Where it is; of a file in an archive, the path of the archive and its own.
    pub path: &'a Path,
    pub sha256: &'a str,
    /// Its content where that is not in a file of its own: what was packed ([`formats::unpack`]).
    pub bytes: Option<&'a [u8]>,
}

impl Candidate<'_> {
    /// Everything that it holds, read in a format.
    ///
    /// # Errors
    /// As [`formats::read_all_path`].
    pub fn read(
        &self,
        format: &'static Format,
        options: &ReadOptions,
    ) -> Result<Vec<formats::Content>, NetworkError> {
        let Some(bytes) = self.bytes else {
            return formats::read_all_path(self.path, Some(format), options);
        };
        let mut options = options.clone();
        options.name.get_or_insert_with(|| formats::stem(self.path));
        formats::read_all(bytes, Some(format), &options).map_err(|e| e.in_file(self.path))
    }

    /// What it is called: without the ending of what was taken off.
    fn called(&self) -> PathBuf {
        match self.bytes {
            Some(_) if self.path.extension().is_some_and(|e| e == "gz") => self.path.with_extension(""),
            _ => self.path.to_path_buf(),
        }
    }
}

/// The known files among some, by their folders: names that many use (`trace_0`) count as those of a changed or broken file
/// only in company, beside a known file of the same folder at the origin.
///
/// ```
/// use std::path::Path;
/// use netmodel::datasets::{Candidate, Company, Identity};
///
/// // Nothing is known about this file, not even by its name.
/// let file = Candidate { path: Path::new("logs/mine.csv"), sha256: "00", bytes: None };
/// assert_eq!(Company::of(&[file]).identify(&file), Identity::Unknown);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Company {
    /// The sets of the known files of each folder, and their folders at the origin.
    folders: BTreeMap<PathBuf, BTreeSet<(&'static str, &'static str)>>,
}

impl Company {
    /// What is known among these files.
    pub fn of(candidates: &[Candidate<'_>]) -> Company {
        let mut company = Company::default();
        for c in candidates {
            if let Some((set, origin)) = by_sha256(c.sha256) {
                company
                    .folders
                    .entry(folder_of(c.path))
                    .or_default()
                    .insert((&set.name, origin_folder(origin)));
            }
        }
        company
    }

    /// What one of them is: by its bytes, else by its name, form and company; then it is read.
    pub fn identify(&self, candidate: &Candidate<'_>) -> Identity {
        if let Some((set, origin)) = by_sha256(candidate.sha256) {
            return Identity::Known { set, origin };
        }
        let none = BTreeSet::new();
        let around = self.folders.get(&folder_of(candidate.path)).unwrap_or(&none);
        // Sets that others of the folder are of come first.
        let mut sets: Vec<&'static DataSet> = all().iter().collect();
        sets.sort_by_key(|s| !around.iter().any(|(name, _)| *name == s.name));
        sets.into_iter().find_map(|set| of_set(candidate, set, around)).unwrap_or(Identity::Unknown)
    }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}

fn origin_folder(origin: &str) -> &str {
    origin.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What a file is to a set that does not know its bytes; `around` are the sets and origins of the files beside it.
fn of_set(
    candidate: &Candidate<'_>,
    set: &'static DataSet,
    around: &BTreeSet<(&str, &str)>,
) -> Option<Identity> {
    let path = &candidate.called();
    let beside = around.iter().any(|(name, _)| *name == set.name);
    let from = |origin: &str| around.contains(&(set.name.as_str(), origin_folder(origin)));
    let origin = set.called(path).filter(|o| set.files.len() == 1 || from(o));
    if origin.is_none() && !set.fits(path) {
        return None;
    }
    // A set that this version cannot read is judged by names alone.
    let read = match set.reader() {
        Ok((format, options)) => candidate.read(format, &options).map(|_| ()),
        Err(_) => Ok(()),
    };
    match (origin, read) {
        (Some(origin), Ok(())) => Some(Identity::Changed { set, origin }),
        (Some(_), Err(error)) => Some(Identity::Broken { set, error }),
        (None, Err(error)) if beside => Some(Identity::Broken { set, error }),
        (None, Ok(())) => Some(Identity::Likely { set }),
        (None, Err(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_what_this_version_understands() {
        let list: List = toml::from_str(TEXT).expect("datasets.toml");
        assert_eq!((list.schema.as_str(), list.set.len()), (SCHEMA, all().len()));
        assert_eq!(all().iter().map(|s| s.files.len()).sum::<usize>(), 334);
    }
}
