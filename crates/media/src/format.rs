//! What a format of video descriptions is, and the tools that readers and writers share.

use std::io::Read;

use spec::Entry;
use units::{BitRate, Seconds};

use crate::error::io;
use crate::files::{Files, SourceFile};
use crate::{MediaError, Video};

/// The largest input a reader accepts, in bytes: 256 MiB.
pub const MAX_INPUT_BYTES: u64 = 256 << 20;

/// A format of video descriptions.
#[non_exhaustive]
pub struct Format {
    /// Its name, what it is in one line, and the options it heeds.
    pub entry: Entry,
    pub unit: &'static str,
    /// Whether it is one file, or a folder of them.
    pub folder: bool,
    /// How the names of its files end, where that tells; the usual one first.
    pub endings: &'static [&'static str],
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
    #[cfg_attr(not(feature = "manifests"), expect(dead_code, reason = "only manifests name other files"))]
    pub(crate) beside: &'a dyn Files,
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
    /// Name of the video, if the file does not give one; [`read_path`](crate::formats::read_path) takes the stem of the file's name.
    pub name: Option<String>,
    /// How long a segment plays, where the input does not say.
    pub segment: Seconds,
    /// The ladder's bitrates in kbit/s, where the input does not say.
    pub bitrates_kbps: Option<Vec<f64>>,
    /// The codec to take of a manifest with several, by the beginning of its name (`avc1`, `hvc1`); else the
    /// first.
    pub codec: Option<String>,
    /// Whether the rungs of a manifest keep the bitrates that it declares, though all their sizes are known.
    pub declared: bool,
    /// Which periods of a manifest with several are read.
    pub periods: Periods,
    /// The pathway to take of an HLS playlist whose variants lie on several; else all of them.
    pub pathway: Option<String>,
    /// The bitrate of audio renditions of HLS whose sizes nobody tells: they are left out without it.
    pub audio_bitrate: Option<BitRate>,
}

/// Which periods of a manifest are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Periods {
    /// Those with the ladder that plays longest: periods of another ladder are advertisements.
    #[default]
    Main,
    /// All; they must have one ladder.
    All,
    /// This one, counted from 1.
    One(usize),
}

impl Periods {
    /// Understands `main`, `all` or a number.
    pub fn parse(text: &str) -> Option<Periods> {
        match text.trim() {
            "main" => Some(Periods::Main),
            "all" => Some(Periods::All),
            number => number.parse().ok().filter(|n| *n > 0).map(Periods::One),
        }
    }
}

impl Default for ReadOptions {
    fn default() -> ReadOptions {
        ReadOptions {
            name: None,
            segment: Seconds::new(4.0),
            bitrates_kbps: None,
            codec: None,
            declared: false,
            periods: Periods::Main,
            pathway: None,
            audio_bitrate: None,
        }
    }
}

/// A video that was read, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Import {
    pub video: Video,
    pub format: &'static Format,
    /// What the user should know: what was estimated, left out or assumed. One sentence each.
    pub notes: Vec<String>,
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
    Ok(spec::text(&file.bytes)?)
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
    if video.qualities().is_some() {
        losses.push("how the segments look (VMAF, SSIM) is not written".to_string());
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
