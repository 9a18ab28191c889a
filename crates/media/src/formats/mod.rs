//! Descriptions of videos: reading, recognising and writing segment sizes.
//!
//! One file per format; [`all`] is the registry. A format is found by its content (a folder is Pensieve's) or named by
//! the caller.
//!
//! ```
//! use media::formats::{self, ReadOptions};
//!
//! let movie = br#"{"segment_duration_ms": 3000, "bitrates_kbps": [230, 331],
//!                  "segment_sizes_bits": [[886360, 1180512], [382840, 662120]]}"#;
//! let video = formats::read(&movie[..], None, &ReadOptions::default())?;
//! assert_eq!((video.segments(), video.ladder().len()), (2, 2));
//! # Ok::<(), media::MediaError>(())
//! ```

mod pensieve;
mod sabre;
mod segue;

use std::io::Read;
use std::path::{Path, PathBuf};

use spec::{Entry, Spec};
use units::Seconds;

use crate::error::quoted;
use crate::{MediaError, Video};

/// The largest input a reader accepts, in bytes: 1 GiB.
pub const MAX_INPUT_BYTES: u64 = 1 << 30;
/// The most size files a folder may hold.
pub const MAX_FILES: usize = 1000;

/// The registry, in alphabetical order. A new format is a file in this folder and a line here.
static FORMATS: [&Format; 3] = [&pensieve::FORMAT, &sabre::FORMAT, &segue::FORMAT];

/// A format of video descriptions.
#[non_exhaustive]
pub struct Format {
    /// Its name, what it is in one line, and the options it heeds.
    pub entry: Entry,
    /// The unit of its sizes.
    pub unit: &'static str,
    /// Whether it is one file, or a folder of them.
    pub folder: bool,
    /// Why the beginning of a file looks like this format, if it does.
    pub(crate) detect: fn(&str) -> Option<&'static str>,
    pub(crate) read: fn(&[SourceFile], &ReadOptions) -> Result<Video, MediaError>,
    pub(crate) write: fn(&Video) -> Result<Written, MediaError>,
}

impl Format {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.entry.name
    }
}

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Format").field("name", &self.entry.name).finish_non_exhaustive()
    }
}

/// How to read a video. Every format heeds the fields that its registry entry names.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Name of the video, if the file does not give one; [`read_path`] takes the stem of the file's name.
    pub name: Option<String>,
    /// How long a segment plays, where the input does not say.
    pub segment: Seconds,
    /// The ladder's bitrates in kbit/s, where the input does not say.
    pub bitrates_kbps: Option<Vec<f64>>,
}

impl Default for ReadOptions {
    fn default() -> ReadOptions {
        ReadOptions { name: None, segment: Seconds::new(4.0), bitrates_kbps: None }
    }
}

/// A file of a video description, with its name inside its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name; empty for an input that has none.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A written video: what to put where, and what is lost.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Written {
    /// One file without a name, or the files of a folder.
    pub files: Vec<SourceFile>,
    /// What the format could not hold, one sentence each; empty when nothing is lost.
    pub losses: Vec<String>,
}

/// All formats, in alphabetical order.
pub fn all() -> &'static [&'static Format] {
    &FORMATS
}

/// The format of this name.
///
/// # Errors
/// [`MediaError::Spec`], which names the nearest one.
pub fn by_name(name: &str) -> Result<&'static Format, MediaError> {
    parse_spec(name).map(|(format, _)| format)
}

/// Understands `name` or `name:key=value,key=value`, e.g. `pensieve:segment=2,bitrates=300/750/1200`.
///
/// # Errors
/// [`MediaError::Spec`] for a format that is not known, or an option or value that the format does not take.
pub fn parse_spec(text: &str) -> Result<(&'static Format, ReadOptions), MediaError> {
    let (entry, options) = Spec::parse(text)?.find("video format", FORMATS.iter().map(|f| &f.entry))?;
    let Some(format) = FORMATS.iter().find(|f| f.entry.name == entry.name) else {
        return Err(MediaError::input(0, "the format", entry.name, "a known format")); // unreachable: just found
    };
    let mut read = ReadOptions::default();
    if options.given("segment") {
        read.segment = Seconds::new(options.number("segment", 1e-3..=1e6)?);
    }
    if options.given("bitrates") {
        read.bitrates_kbps = Some(options.numbers("bitrates", 1e-3..=1e12)?);
    }
    Ok((format, read))
}

/// Recognises a format by the beginning of a file, and says by what.
///
/// # Errors
/// [`MediaError::Input`] when no format fits.
pub fn sniff(bytes: &[u8]) -> Result<(&'static Format, &'static str), MediaError> {
    let head = &bytes[..bytes.len().min(65_536)];
    let head = std::str::from_utf8(head)
        .or_else(|e| std::str::from_utf8(&head[..e.valid_up_to()]))
        .unwrap_or_default()
        .trim_start_matches('\u{feff}')
        .trim_start();
    let mut found = FORMATS.iter().filter_map(|f| (f.detect)(head).map(|reason| (*f, reason)));
    found.next().ok_or_else(|| {
        let known: Vec<&str> = FORMATS.iter().map(|f| f.name()).collect();
        let line = if head.is_empty() {
            "empty or no text".to_string()
        } else {
            quoted(head.lines().next().unwrap_or_default())
        };
        MediaError::input(0, "the input", line, format!("a video in one of the formats {}", known.join(", ")))
    })
}

/// Reads a video from a single file's content, in the given format or the one that the content shows.
///
/// # Errors
/// [`MediaError::Input`] with the line and field at fault; [`MediaError::Io`] from the input itself.
pub fn read(
    input: impl Read,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Video, MediaError> {
    let bytes = slurp(input)?;
    let format = match format {
        Some(format) => format,
        None => sniff(&bytes)?.0,
    };
    (format.read)(&[SourceFile { name: String::new(), bytes }], options)
}

/// Reads a video from the files of a folder.
///
/// # Errors
/// [`MediaError::Input`] with the file, line and field at fault.
pub fn read_files(
    files: &[SourceFile],
    format: &'static Format,
    options: &ReadOptions,
) -> Result<Video, MediaError> {
    (format.read)(files, options)
}

/// Reads a video from a file or a folder, whose name it takes unless the options or the content name it.
///
/// # Errors
/// As [`read`], with the file's name.
pub fn read_path(
    path: &Path,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Video, MediaError> {
    let mut options = options.clone();
    let stem = if path.is_dir() { path.file_name() } else { path.file_stem() };
    options.name = options.name.or_else(|| stem.map(|n| n.to_string_lossy().into_owned()));
    let result = match path.is_dir() {
        true => read_folder(path).and_then(|files| {
            let format = format.unwrap_or(&pensieve::FORMAT);
            (format.read)(&files, &options)
        }),
        false => std::fs::File::open(path).map_err(io).and_then(|file| read(file, format, &options)),
    };
    result.map_err(|e| e.in_file(path))
}

/// The files of a folder by name, without those that no reader takes (hidden ones and folders).
fn read_folder(path: &Path) -> Result<Vec<SourceFile>, MediaError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !pensieve::is_size_file(&name) || !entry.path().is_file() {
            continue;
        }
        if files.len() >= MAX_FILES {
            return Err(MediaError::input(
                0,
                "the folder",
                "fuller",
                format!("at most {MAX_FILES} size files"),
            ));
        }
        let file = std::fs::File::open(entry.path()).map_err(io)?;
        files.push(SourceFile { name, bytes: slurp(file)? });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// Writes a video.
///
/// # Errors
/// [`MediaError::Input`] for a video that the format cannot hold at all.
pub fn write(video: &Video, format: &Format) -> Result<Written, MediaError> {
    (format.write)(video)
}

fn slurp(input: impl Read) -> Result<Vec<u8>, MediaError> {
    let mut bytes = Vec::new();
    input.take(MAX_INPUT_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > MAX_INPUT_BYTES {
        return Err(MediaError::input(0, "the input", "larger", format!("at most {MAX_INPUT_BYTES} bytes")));
    }
    Ok(bytes)
}

/// The one file of a format that has only one.
pub(crate) fn single(files: &[SourceFile]) -> Result<&str, MediaError> {
    match files {
        [one] => text(one),
        several => Err(MediaError::input(
            0,
            "the input",
            format!("{} files", several.len()),
            "one file for this format",
        )),
    }
}

/// A file as text, without a byte-order mark.
pub(crate) fn text(file: &SourceFile) -> Result<&str, MediaError> {
    match std::str::from_utf8(&file.bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(e) => {
            let line = 1 + file.bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count();
            let byte = file.bytes.get(e.valid_up_to()).copied().unwrap_or_default();
            Err(MediaError::input(line, "", format!("byte 0x{byte:02x}"), "text in UTF-8"))
        }
    }
}

/// The name of a video that has none.
pub(crate) fn name(options: &ReadOptions) -> String {
    options.name.clone().unwrap_or_else(|| "video".to_string())
}

/// A single file's content as [`Written`].
pub(crate) fn one_file(bytes: Vec<u8>, losses: Vec<String>) -> Written {
    Written { files: vec![SourceFile { name: String::new(), bytes }], losses }
}

/// A number as JSON has it: whole ones without a fraction.
pub(crate) fn json_number(value: f64) -> serde_json::Number {
    let whole = value as i64;
    // 2^53: beyond it not every whole number is one of these.
    if whole as f64 == value && value.abs() < 9_007_199_254_740_992.0 {
        return whole.into();
    }
    serde_json::Number::from_f64(value).unwrap_or_else(|| 0.into()) // unreachable: a video's numbers are finite
}

/// What is said of live availability by formats that know only videos on demand.
pub(crate) fn live_loss(video: &Video) -> Option<String> {
    let live = video.availability() != crate::Availability::OnDemand;
    live.then(|| "the live availability of its segments is not written".to_string())
}

/// What is said of a ladder's details by formats that know only bitrates.
pub(crate) fn rung_loss(video: &Video) -> Option<String> {
    let details = |r: &crate::Rung| r.resolution.is_some() || r.fps.is_some() || r.codec.is_some();
    let any = video.ladder().rungs().iter().any(details);
    any.then(|| "resolution, frame rate and codec of the rungs are not written".to_string())
}

fn io(e: std::io::Error) -> MediaError {
    MediaError::Io { path: PathBuf::new(), message: e.to_string() }
}
