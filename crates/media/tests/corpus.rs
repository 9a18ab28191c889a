//! Replays the fuzz corpus: no input makes a reader panic, and every error is one line.

use std::path::Path;

use media::formats::{self, ReadOptions, SourceFile};
use media::stats;

#[test]
fn every_input_of_every_target() {
    let (mut count, mut valid) = (0, 0);
    for format in formats::all() {
        let target = format!("../../fuzz/corpus/video_{}", format.name());
        for entry in
            std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(target)).expect("a corpus folder")
        {
            let path = entry.expect("an entry").path();
            let mut options = ReadOptions::default();
            options.bitrates_kbps = format.folder.then(|| vec![300.0]);
            let bytes = std::fs::read(&path).expect("readable");
            // A manifest ends at the first zero byte; what follows is the file `beside` it.
            let parts = bytes.splitn(if format.can_write() { 1 } else { 2 }, |b| *b == 0);
            let files: Vec<SourceFile> = ["video_size_0", "beside"]
                .into_iter()
                .zip(parts)
                .map(|(name, bytes)| SourceFile { name: name.to_string(), bytes: bytes.to_vec() })
                .collect();
            count += 1;
            match formats::read_files(&files, format, &options) {
                Ok(video) => {
                    valid += 1;
                    let _ = stats::of_video(&video);
                    for format in formats::all().iter().filter(|f| f.can_write()) {
                        formats::write(&video, format).expect("writable");
                    }
                }
                Err(e) => assert!(!e.to_string().contains('\n'), "{}: {e}", path.display()),
            }
        }
    }
    println!("video corpus: {count} inputs, {valid} of them videos");
    assert!(valid > 0);
}
