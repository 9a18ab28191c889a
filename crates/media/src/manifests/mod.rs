//! Manifests: descriptions of renditions whose segments lie in other files.
//!
//! | | |
//! |---|---|
//! | [`names`] | which of them a reference means |
//! | [`codecs`] | which names mean one codec |
//! | [`limits`] | how large they may be |
//! | [`sizes`] | the size of every segment: measured, or estimated and marked |
//! | [`tracks`] | renditions become a ladder, and a [`Video`](crate::Video) |
//! | [`steering`] | who steers players between their locations |
//! | [`sidx`] | the segment index of an MP4 file |
//! | [`dash`], [`hls`] | the two kinds |

mod codecs;
pub(crate) mod dash;
pub(crate) mod hls;
mod limits;
mod reference;
mod sidx;
mod sizes;
pub(crate) mod steering;
mod tracks;

use std::path::{Path, PathBuf};

use self::steering::Steering;
use crate::MediaError;
use crate::error::io;
use crate::format::Format;

/// The steering of a manifest of DASH or HLS; None where nobody steers, or there is no choice.
pub fn steering(text: &str) -> Option<Steering> {
    if hls::is_playlist(text) { hls::steering(text) } else { dash::steering(text) }
}

/// The one manifest of a folder, of the given format or of any.
pub(crate) fn in_folder(folder: &Path, format: Option<&'static Format>) -> Result<PathBuf, MediaError> {
    let wanted = |path: &Path, of: &Format| {
        let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        format.is_none_or(|f| f.name() == of.name())
            && ending.is_some_and(|e| of.endings.contains(&e.as_str()))
    };
    let (mut mpds, mut playlists) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if !path.is_file() {
            continue;
        }
        if wanted(&path, &dash::FORMAT) {
            mpds.push(path);
        } else if wanted(&path, &hls::FORMAT) {
            playlists.push(path);
        }
    }
    // Media playlists lie beside the one that names them.
    if playlists.len() > 1 {
        let mut multivariant = Vec::new();
        for path in &playlists {
            if hls::is_multivariant(path)? {
                multivariant.push(path.clone());
            }
        }
        if !multivariant.is_empty() {
            playlists = multivariant;
        }
    }
    let mut all: Vec<PathBuf> = mpds.into_iter().chain(playlists).collect();
    all.sort();
    match all.as_slice() {
        [one] => Ok(one.clone()),
        [] => {
            let expected = match format.map(|f| f.endings) {
                Some([ending, ..]) => format!("one .{ending} file"),
                Some([]) => "the name of a file".to_string(),
                None => {
                    "size files (video_size_0, video_size_1, ...) or one manifest (.mpd, .m3u8)".to_string()
                }
            };
            Err(MediaError::input(
                0,
                "the folder",
                "without a video that is recognised by its name",
                expected,
            ))
        }
        several => {
            let names = several.iter().filter_map(|p| p.file_name()).take(4);
            let names: Vec<String> = names.map(|n| n.to_string_lossy().into_owned()).collect();
            let more = if several.len() > 4 { ", ..." } else { "" };
            let found = format!("one of {} manifests ({}{more})", several.len(), names.join(", "));
            Err(MediaError::input(0, "what is meant", found, "the name of one of them"))
        }
    }
}
