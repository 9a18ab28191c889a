//! Sabre's movie JSON.
//!
//! | | |
//! |---|---|
//! | source | Spiteri, Sitaraman, Sparacio, MMSys 2018; `src/sabre.py` at 09b03bb, `example/mmsys18/bbb.json` |
//! | grammar | `{"segment_duration_ms": number, "bitrates_kbps": [ascending numbers], "segment_sizes_bits": [[one number per bitrate], ...]}`; other keys are ignored |
//! | sizes | bits |
//! | durations | one for all segments, the last included |
//! | name | the file's |

use serde::{Deserialize, Serialize};
use spec::Entry;
use units::{Bits, Seconds};

use crate::format::{
    Format, ReadOptions, Source, Written, common_losses, json_number, name, one_file, single,
};
use crate::{Ladder, MediaError, Video};

pub(super) static FORMAT: Format = Format {
    entry: Entry {
        name: "sabre",
        about: "Sabre movie JSON: segment_duration_ms, bitrates_kbps, segment_sizes_bits",
        options: &[],
    },
    unit: "bits",
    folder: false,
    endings: &[],
    detect,
    read,
    write: Some(write),
};

#[derive(Deserialize)]
struct Movie {
    segment_duration_ms: f64,
    bitrates_kbps: Vec<f64>,
    segment_sizes_bits: Vec<Vec<f64>>,
}

fn detect(head: &str) -> Option<&'static str> {
    let named = ["\"segment_duration_ms\"", "\"segment_sizes_bits\""].iter().any(|key| head.contains(key));
    (head.starts_with('{') && named).then_some("a JSON object with segment_duration_ms or segment_sizes_bits")
}

fn read(source: &Source<'_>, options: &ReadOptions) -> Result<(Video, Vec<String>), MediaError> {
    let grammar = "an object with segment_duration_ms, bitrates_kbps and segment_sizes_bits";
    let movie: Movie =
        serde_json::from_str(single(source.files)?).map_err(|e| MediaError::json(&e, grammar))?;
    let ladder = Ladder::from_kbps(&movie.bitrates_kbps)?;
    let durations = vec![Seconds::from_millis(movie.segment_duration_ms); movie.segment_sizes_bits.len()];
    let sizes: Vec<Vec<Bits>> =
        movie.segment_sizes_bits.iter().map(|row| row.iter().map(|s| Bits::new(*s)).collect()).collect();
    Ok((Video::new(name(options), ladder, durations, &sizes)?, vec![]))
}

#[derive(Serialize)]
struct MovieOut {
    segment_duration_ms: serde_json::Number,
    bitrates_kbps: Vec<serde_json::Number>,
    segment_sizes_bits: Vec<Vec<serde_json::Number>>,
}

fn write(video: &Video) -> Result<Written, MediaError> {
    let first = video.duration(0);
    let segments = 0..video.segments();
    let mut losses = common_losses(video);
    let other = segments.clone().filter(|k| video.duration(*k) != first).count();
    if other > 0 {
        losses.push(format!(
            "{other} segment(s) of another duration than {first} are written with that duration"
        ));
    }
    let movie = MovieOut {
        segment_duration_ms: json_number(first.millis()),
        bitrates_kbps: video.ladder().bitrates().iter().map(|b| json_number(b.kbps())).collect(),
        segment_sizes_bits: segments
            .map(|k| video.sizes(k).iter().map(|s| json_number(s.get())).collect())
            .collect(),
    };
    let mut bytes = serde_json::to_vec(&movie).map_err(|e| MediaError::json(&e, "a writable video"))?;
    bytes.push(b'\n');
    Ok(one_file(bytes, losses))
}
