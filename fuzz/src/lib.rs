//! What every target does with its bytes. The corpus is replayed by ordinary tests (`tests/corpus.rs` of `netmodel` and
//! `media`), which do the same; fuzzing goes on from there:
//!
//! ```sh
//! cargo +nightly fuzz run trace_cooked
//! ```

use std::io::sink;

/// Reads traces and, as far as they are some, takes their statistics and writes them in the formats that hold every trace.
pub fn trace(name: &str, bytes: &[u8]) {
    use netmodel::formats::{self, Content, ReadOptions, WriteOptions};
    let format = formats::by_name(name).expect("a registered format");
    for content in formats::read_all(bytes, Some(format), &ReadOptions::default()).unwrap_or_default() {
        let Content::Trace(recording) = content else { continue };
        let _ = netmodel::stats::of_recording(&recording);
        for name in ["sabre", "csv", "cooked"] {
            let format = formats::by_name(name).expect("a registered format");
            formats::write(&recording.trace, format, &mut sink(), &WriteOptions::default()).expect("writable");
        }
    }
}

/// Recognises a trace, and reads it as what it was recognised as.
pub fn sniff(bytes: &[u8]) {
    use netmodel::formats::{self, ReadOptions};
    if let Ok(sniffed) = formats::sniff(bytes) {
        let _ = formats::read_all(bytes, Some(sniffed.format), &ReadOptions::default());
    }
}

/// Reads a video and, if it is one, takes its statistics and writes it in every format.
pub fn video(name: &str, bytes: &[u8]) {
    use media::formats::{self, ReadOptions, SourceFile};
    let format = formats::by_name(name).expect("a registered format");
    let mut options = ReadOptions::default();
    // A folder's reader gets one file, and the bitrate that it does not hold.
    options.bitrates_kbps = format.folder.then(|| vec![300.0]);
    let file = SourceFile { name: "video_size_0".to_string(), bytes: bytes.to_vec() };
    let Ok(video) = formats::read_files(&[file], format, &options) else { return };
    let _ = media::stats::of_video(&video);
    for format in formats::all() {
        formats::write(&video, format).expect("writable");
    }
}
