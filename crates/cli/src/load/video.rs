//! The video of a command line.

use std::path::Path;

use media::Video;

use super::files::{missing, said_of};
use super::preset::PRESET;
use crate::Error;

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

/// What is to be said of a video whose sizes are not all known.
fn estimates(video: &Video) -> Option<String> {
    let rungs = media::stats::of_video(video).rungs;
    let estimated: usize = rungs.iter().map(|r| r.estimated()).sum();
    let all = video.segments() * rungs.len();
    let name = video.name();
    (estimated > 0).then(|| format!("{name}: {estimated} of {all} segment sizes are estimated from bitrates"))
}
