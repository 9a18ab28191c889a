//! What every target does with its bytes. The corpus is replayed by ordinary tests (`tests/corpus.rs` of `netmodel` and
//! `media`), which do the same; fuzzing goes on from there. Ten million executions of one target:
//!
//! ```sh
//! cargo +nightly fuzz run --sanitizer none trace_cooked -- -runs=10000000 -max_len=512 -detect_leaks=0
//! ```
//!
//! There is no unsafe code to sanitize, and without the address sanitizer a target runs several times as often; what is
//! looked for are panics, broken assertions, endless loops (`-timeout=10`) and memory out of proportion
//! (`-rss_limit_mb=512`).

use std::io::sink;

/// Reads what an input holds; takes the statistics of its traces and writes them in the formats that hold every trace.
pub fn trace(name: &str, bytes: &[u8]) {
    use netmodel::formats::{self, Content, ReadOptions, WriteOptions};
    let format = formats::by_name(name).expect("a registered format");
    let Ok(contents) = formats::read_all(bytes, Some(format), &ReadOptions::default()) else { return };
    for content in &contents {
        let Content::Trace(recording) = content else { continue };
        let _ = netmodel::stats::of_recording(recording);
        for name in ["sabre", "csv", "cooked", "oboe", "genet", "steps", "twitch"] {
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

/// Unpacks an input, and reads what is in it.
pub fn packed(bytes: &[u8]) {
    use netmodel::formats::{self, ReadOptions};
    if formats::is_packed(bytes) && formats::unpack(bytes.to_vec()).is_ok() {
        let _ = formats::read_all(bytes, None, &ReadOptions::default());
    }
}

/// Reads a video and, if it is one, takes its statistics and writes it in every format.
pub fn video(name: &str, bytes: &[u8]) {
    use media::formats::{self, ReadOptions, SourceFile};
    let format = formats::by_name(name).expect("a registered format");
    let mut options = ReadOptions::default();
    // A folder's reader gets one file, and the bitrate that it does not hold.
    options.bitrates_kbps = format.folder.then(|| vec![300.0]);
    // A manifest ends at the first zero byte; what follows is the file `beside` it.
    let mut parts = bytes.splitn(if format.can_write() { 1 } else { 2 }, |b| *b == 0);
    let file = |name: &str, bytes: &[u8]| SourceFile { name: name.to_string(), bytes: bytes.to_vec() };
    let named = ["video_size_0", "beside"].into_iter().zip(&mut parts);
    let files: Vec<SourceFile> = named.map(|(name, bytes)| file(name, bytes)).collect();
    let Ok(video) = formats::read_files(&files, format, &options) else { return };
    let _ = media::stats::of_video(&video);
    for format in formats::all().iter().filter(|f| f.can_write()) {
        formats::write(&video, format).expect("writable");
    }
}
