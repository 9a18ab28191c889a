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
//! whoever has the files elsewhere gives a [`Files`] to [`import`]. Nothing is ever fetched over a network.

mod pensieve;
mod sabre;
mod segue;

use std::io::Read;
use std::path::Path;

use spec::Spec;
use units::Seconds;

pub use crate::files::{Files, SourceFile};
pub use crate::format::{Format, Import, MAX_INPUT_BYTES, Periods, ReadOptions, Written};

use crate::error::{io, quoted};
use crate::files::{InMemory, OnDisk};
use crate::format::{Source, slurp};
#[cfg(feature = "manifests")]
use crate::manifests;
use crate::{MediaError, Video};

/// The most size files a folder may hold.
pub const MAX_FILES: usize = 1000;

/// The registry, in alphabetical order. A new format is a file in this folder and a line here.
static FORMATS: &[&Format] = &[
    #[cfg(feature = "manifests")]
    &manifests::dash::FORMAT,
    #[cfg(feature = "manifests")]
    &manifests::hls::FORMAT,
    &pensieve::FORMAT,
    &sabre::FORMAT,
    &segue::FORMAT,
];

/// All formats, in alphabetical order.
pub fn all() -> &'static [&'static Format] {
    FORMATS
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
    let (format, options) =
        Spec::parse(text)?.find_by("video format", FORMATS.iter().copied(), |f| &f.entry)?;
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
    if options.given("bitrate") {
        read.declared = options.choice("bitrate", &[("measured", false), ("declared", true)])?;
    }
    if options.given("periods") {
        let text = options.text("periods");
        read.periods = Periods::parse(text).ok_or_else(|| {
            MediaError::input(0, "periods", quoted(text), "main, all or the number of a period, from 1")
        })?;
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
    import(input, &InMemory(&[]), format, options).map(|i| i.video)
}

/// Reads a video from a single file's content as [`read`], with the files that it names, and says how it was read.
///
/// ```
/// use media::formats::{self, Files, ReadOptions};
///
/// /// Three segments of which only the sizes are known.
/// struct Sizes;
/// impl Files for Sizes {
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
    beside: &dyn Files,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Import, MediaError> {
    let bytes = spec::utf8(slurp(input)?);
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
    of_files(files, &InMemory(files), format, options).map(|i| i.video)
}

fn of_files(
    files: &[SourceFile],
    beside: &dyn Files,
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
    #[cfg(feature = "manifests")]
    if sizes.is_empty() && format.is_none_or(|f| !f.folder) {
        return import_file(&manifests::in_folder(path, format).map_err(whole)?, format, &options);
    }
    of_files(&sizes, &InMemory(&[]), format.unwrap_or(&pensieve::FORMAT), &options).map_err(whole)
}

fn import_file(
    path: &Path,
    format: Option<&'static Format>,
    options: &ReadOptions,
) -> Result<Import, MediaError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let file = std::fs::File::open(path).map_err(|e| io(e).in_file(path))?;
    import(file, &OnDisk::new(folder), format, options)
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
