//! Descriptions of videos: reading, recognising and writing segment sizes.
//!
//! One file per format; [`all`] is the registry. A format is found by its content (a folder's by the names of its files)
//! or named by the caller.
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
//!
//! A manifest (DASH, HLS) names files beside it, whose sizes are the truth. [`read_path`] and [`import_path`] look on disk;
//! whoever has the files elsewhere gives a [`Beside`] to [`import`]. Nothing is ever fetched over a network.

mod pensieve;
mod sabre;
mod segue;

use std::io::Read;
use std::path::{Path, PathBuf};

use spec::{Entry, Spec};
use units::Seconds;

pub use crate::manifests::Beside;

use crate::error::quoted;
use crate::manifests::{self, Disk, Files};
use crate::{MediaError, Video};

/// The largest input a reader accepts, in bytes: 1 GiB.
pub const MAX_INPUT_BYTES: u64 = 1 << 30;
/// The most size files a folder may hold.
pub const MAX_FILES: usize = 1000;

/// The registry, in alphabetical order. A new format is a file in this folder and a line here.
static FORMATS: [&Format; 5] =
    [&manifests::dash::FORMAT, &manifests::hls::FORMAT, &pensieve::FORMAT, &sabre::FORMAT, &segue::FORMAT];

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
    pub(crate) read: Reader,
    /// Absent where Segue only reads.
    pub(crate) write: Option<Writer>,
}

/// Makes a video of a source, and says what the user should know about it.
type Reader = fn(&Source<'_>, &ReadOptions) -> Result<(Video, Vec<String>), MediaError>;

type Writer = fn(&Video) -> Result<Written, MediaError>;

/// What a reader gets: the file or files that it is given, and what lies beside them.
pub(crate) struct Source<'a> {
    /// The one file, or the files of a folder.
    pub(crate) files: &'a [SourceFile],
    /// The files that a manifest may name.
    pub(crate) beside: &'a dyn Beside,
}

impl Format {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// Whether Segue can write it.
    pub fn can_write(&self) -> bool {
        self.write.is_some()
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
    /// Of a manifest with several video codecs, the one to take, by the beginning of its name (`avc1`, `hvc1`); else the
    /// first.
    pub codec: Option<String>,
}

impl Default for ReadOptions {
    fn default() -> ReadOptions {
        ReadOptions { name: None, segment: Seconds::new(4.0), bitrates_kbps: None, codec: None }
    }
}

/// A video that was read, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Import {
    /// The video.
    pub video: Video,
    /// The format that it was read as.
    pub format: &'static Format,
    /// What the user should know: what was estimated, left out or assumed. One sentence each.
    pub notes: Vec<String>,
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
    if options.given("codec") {
        read.codec = Some(options.text("codec").to_string());
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

/// Reads a video from a single file's content, in the given format or the one that the content shows. Nothing lies beside
/// it: what a manifest does not say itself is estimated.
///
/// # Errors
/// [`MediaError::Input`] with the line and field at fault; [`MediaError::Io`] from the input itself.
pub fn read(
    input: impl Read,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Video, MediaError> {
    import(input, &Files(&[]), format, options).map(|i| i.video)
}

/// Reads a video from a single file's content as [`read`], with the files that it names, and says how it was read.
///
/// ```
/// use media::formats::{self, Beside, ReadOptions};
///
/// /// Three segments of which only the sizes are known.
/// struct Sizes;
/// impl Beside for Sizes {
///     fn size(&self, name: &str) -> Option<u64> {
///         [("a.ts", 500_000), ("b.ts", 625_000), ("c.ts", 250_000)].into_iter().find(|f| f.0 == name).map(|f| f.1)
///     }
///     fn read(&self, _: &str, _: u64, _: u64) -> Result<Option<Vec<u8>>, media::MediaError> {
///         Ok(None)
///     }
/// }
/// let playlist = b"#EXTM3U\n#EXTINF:4,\na.ts\n#EXTINF:4,\nb.ts\n#EXTINF:2,\nc.ts\n#EXT-X-ENDLIST\n";
/// let video = formats::import(&playlist[..], &Sizes, None, &ReadOptions::default())?.video;
/// assert_eq!((video.segments(), video.size(1, 0).bytes()), (3, 625_000.0));
/// # Ok::<(), media::MediaError>(())
/// ```
///
/// # Errors
/// As [`read`].
pub fn import(
    input: impl Read,
    beside: &dyn Beside,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Import, MediaError> {
    let bytes = slurp(input)?;
    let format = match format {
        Some(format) => format,
        None => sniff(&bytes)?.0,
    };
    of_files(&[SourceFile { name: String::new(), bytes }], beside, format, options)
}

/// Reads a video from the files of a folder. A manifest is the first of them, and may name the others.
///
/// # Errors
/// [`MediaError::Input`] with the file, line and field at fault.
pub fn read_files(
    files: &[SourceFile],
    format: &'static Format,
    options: &ReadOptions,
) -> Result<Video, MediaError> {
    of_files(files, &Files(files), format, options).map(|i| i.video)
}

fn of_files(
    files: &[SourceFile],
    beside: &dyn Beside,
    format: &'static Format,
    options: &ReadOptions,
) -> Result<Import, MediaError> {
    let (video, notes) = (format.read)(&Source { files, beside }, options)?;
    Ok(Import { video, format, notes })
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
    import_path(path, format, options).map(|i| i.video)
}

/// Reads a video from a file or a folder as [`read_path`], and says how it was read. A folder holds Pensieve's sizes or one
/// manifest; files that a manifest names are looked for beside it.
///
/// # Errors
/// As [`read_path`].
pub fn import_path(
    path: &Path,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Import, MediaError> {
    let mut options = options.clone();
    let stem = if path.is_dir() { path.file_name() } else { path.file_stem() };
    options.name = options.name.or_else(|| stem.map(|n| n.to_string_lossy().into_owned()));
    if !path.is_dir() {
        return import_file(path, format, &options);
    }
    let whole = |e: MediaError| e.in_file(path);
    let sizes = read_folder(path).map_err(whole)?;
    if sizes.is_empty() && format.is_none_or(|f| !f.folder) {
        return import_file(&manifests::in_folder(path, format).map_err(whole)?, format, &options);
    }
    of_files(&sizes, &Files(&[]), format.unwrap_or(&pensieve::FORMAT), &options).map_err(whole)
}

fn import_file(
    path: &Path,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Import, MediaError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let file = std::fs::File::open(path).map_err(|e| io(e).in_file(path))?;
    import(file, &Disk::new(folder), format, options)
        // A fault of another file than the one that was asked for is of its neighbour.
        .map_err(|e| if e.names_file() { e.in_file(folder) } else { e.in_file(path) })
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
/// [`MediaError::Input`] for a format that is only read.
pub fn write(video: &Video, format: &Format) -> Result<Written, MediaError> {
    match format.write {
        Some(writer) => writer(video),
        None => {
            let can: Vec<&str> = FORMATS.iter().filter(|f| f.can_write()).map(|f| f.name()).collect();
            let expected = format!("one that can be written: {}", can.join(", "));
            Err(MediaError::input(0, "the format", format.name(), expected))
        }
    }
}

pub(crate) fn slurp(input: impl Read) -> Result<Vec<u8>, MediaError> {
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

/// What formats lose that know only bitrates, durations and sizes.
pub(crate) fn common_losses(video: &Video) -> Vec<String> {
    let mut losses = Vec::new();
    if video.availability() != crate::Availability::OnDemand {
        losses.push("the live availability of its segments is not written".to_string());
    }
    let details = |r: &crate::Rung| r.resolution.is_some() || r.fps.is_some() || r.codec.is_some();
    if video.ladder().rungs().iter().any(details) {
        losses.push("resolution, frame rate and codec of the rungs are not written".to_string());
    }
    if video.size_source(0, 0).is_some() {
        losses.push("which sizes are measured and which estimated is not written".to_string());
    }
    match video.audio().len() {
        0 => {}
        n => losses.push(format!("{n} audio rendition(s) are not written")),
    }
    losses
}

/// A decimal number of seconds. Milliseconds are what [`Seconds`] keeps, so the decimal point moves in the text: 2.002 s is
/// exactly 2002 ms, which the product of 2.002 and 1000 need not be.
pub(crate) fn decimal_seconds(seconds: f64) -> Seconds {
    let moved = format!("{seconds}e3").parse();
    Seconds::from_millis(moved.unwrap_or(seconds * 1e3))
}

pub(crate) fn io(e: std::io::Error) -> MediaError {
    MediaError::Io { path: PathBuf::new(), message: e.to_string() }
}
