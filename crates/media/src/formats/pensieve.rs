//! Pensieve's size files: a folder with `video_size_0`, `video_size_1`, ..., one whole number of bytes per chunk and line.
//!
//! | | |
//! |---|---|
//! | source | Mao, Netravali, Alizadeh, SIGCOMM 2017; `sim/env.py`, `test/fixed_env.py` at 1120bb1 |
//! | grammar | `video_size_K` for K = 0, 1, ... without a gap, K ascending with the bitrate; a whole number per line, all files equally long |
//! | sizes | bytes |
//! | durations | not in the files: 4 s (option `segment`), for the last chunk too |
//! | bitrates | not in the files: option `bitrates`; for six files Pensieve's own ladder, 300 to 4300 kbit/s |
//! | name | the folder's |

use spec::{Entry, opt};
use units::{Bits, Seconds};

use crate::error::quoted;
use crate::files::SourceFile;
use crate::format::{Format, ReadOptions, Source, Written, common_losses, name, text};
use crate::{Ladder, MediaError, Video, ladders};

const PREFIX: &str = "video_size_";

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "pensieve",
        about: "Pensieve size files: a folder of video_size_K, bytes per chunk",
        options: &[
            opt("segment", "4", "duration of a chunk in s"),
            opt("bitrates", "auto", "bitrates in kbit/s separated by '/'; auto: Pensieve's six"),
        ],
    },
    unit: "bytes",
    folder: true,
    endings: &[],
    detect: |_| None, // recognised by being a folder
    read,
    write: Some(write),
};

/// Whether a file of a folder is one of ours.
pub(super) fn is_size_file(name: &str) -> bool {
    rung_of(name).is_some()
}

fn rung_of(name: &str) -> Option<usize> {
    name.strip_prefix(PREFIX)?.parse().ok()
}

fn read(source: &Source<'_>, options: &ReadOptions) -> Result<(Video, Vec<String>), MediaError> {
    let mut rungs: Vec<(usize, &SourceFile)> =
        source.files.iter().filter_map(|f| Some((rung_of(&f.name)?, f))).collect();
    rungs.sort_by_key(|r| r.0);
    if rungs.is_empty() {
        return Err(MediaError::input(
            0,
            "the folder",
            "without size files",
            "video_size_0, video_size_1, ...",
        ));
    }
    for (k, (rung, file)) in rungs.iter().enumerate() {
        if *rung != k {
            return Err(MediaError::input(0, "a size file", file.name.as_str(), format!("{PREFIX}{k}")));
        }
    }
    let kbps = match (&options.bitrates_kbps, rungs.len()) {
        (Some(kbps), _) => kbps.clone(),
        (None, 6) => ladders::PENSIEVE_KBPS.to_vec(),
        (None, n) => {
            let found = format!("{n} size files without bitrates");
            return Err(MediaError::input(
                0,
                "the folder",
                found,
                "the option bitrates=A/B/... in kbit/s, one per file",
            ));
        }
    };
    if kbps.len() != rungs.len() {
        let expected = format!("one per size file ({})", rungs.len());
        return Err(MediaError::input(0, "the number of bitrates", kbps.len().to_string(), expected));
    }
    let columns: Vec<Vec<Bits>> = rungs.iter().map(|(_, f)| column(f)).collect::<Result<_, _>>()?;
    let segments = columns[0].len();
    for ((_, file), column) in rungs.iter().zip(&columns) {
        if column.len() != segments {
            let found = format!("{} lines long", column.len());
            let expected = format!("{segments} lines, as {PREFIX}0 has");
            return Err(of_file(MediaError::input(0, "it", found, expected), file));
        }
    }
    let sizes: Vec<Vec<Bits>> = (0..segments).map(|k| columns.iter().map(|c| c[k]).collect()).collect();
    let durations = vec![options.segment; segments];
    Ok((Video::new(name(options), Ladder::from_kbps(&kbps)?, durations, &sizes)?, vec![]))
}

fn column(file: &SourceFile) -> Result<Vec<Bits>, MediaError> {
    let mut sizes = Vec::new();
    for (i, line) in text(file).map_err(|e| of_file(e, file))?.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        // 2^50 bytes: a petabyte; larger whole numbers are not sizes of chunks.
        match line.parse::<u64>() {
            Ok(bytes) if (1..=1 << 50).contains(&bytes) => sizes.push(Bits::from_bytes(bytes as f64)),
            _ => {
                let bad =
                    MediaError::input(i + 1, "size_bytes", quoted(line), "a whole number from 1 to 2^50");
                return Err(of_file(bad, file));
            }
        }
    }
    Ok(sizes)
}

fn of_file(error: MediaError, file: &SourceFile) -> MediaError {
    error.in_file(std::path::Path::new(&file.name))
}

fn write(video: &Video) -> Result<Written, MediaError> {
    let mut losses = common_losses(video);
    let segments = 0..video.segments();
    let first = video.duration(0);
    if first != Seconds::new(4.0) || segments.clone().any(|k| video.duration(k) != first) {
        losses.push(format!("durations are not written; read with segment={}", first.get()));
    }
    let kbps: Vec<f64> = video.ladder().bitrates().iter().map(|b| b.kbps()).collect();
    if kbps != ladders::PENSIEVE_KBPS {
        let list: Vec<String> = kbps.iter().map(f64::to_string).collect();
        losses.push(format!("bitrates are not written; read with bitrates={}", list.join("/")));
    }
    let mut rounded = 0;
    let mut files = Vec::new();
    for level in 0..video.ladder().len() {
        let mut out = String::new();
        for k in segments.clone() {
            let bytes = video.size(k, level).bytes();
            rounded += usize::from(bytes != bytes.floor());
            out.push_str(&format!("{}\n", bytes.round().max(1.0)));
        }
        files.push(SourceFile { name: format!("{PREFIX}{level}"), bytes: out.into_bytes() });
    }
    if rounded > 0 {
        losses.push(format!("{rounded} size(s) are rounded to whole bytes"));
    }
    Ok(Written { files, losses })
}
