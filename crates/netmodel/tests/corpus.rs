//! Replays the fuzz corpus: no input makes a reader panic, and every error is one line.

use std::path::Path;

use netmodel::formats::{self, Content, ReadOptions, WriteOptions};
use netmodel::stats;

/// The inputs of a fuzz target, by name.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut inputs = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("a corpus folder") {
        let path = entry.expect("an entry").path();
        inputs.push((path.display().to_string(), std::fs::read(&path).expect("readable")));
    }
    assert!(!inputs.is_empty(), "{}", folder.display());
    inputs
}

/// What can be read has statistics, and is written in every format that holds any trace.
fn exercise(content: &Content) {
    let Content::Trace(recording) = content else { return };
    let rates = &stats::of_recording(recording).rates;
    assert!(rates.n_segments > 0 && rates.mean_mbps.is_finite() && rates.std_mbps.is_finite(), "{rates:?}");
    for format in ["sabre", "csv", "cooked", "oboe", "genet", "steps", "twitch"] {
        let format = formats::by_name(format).expect("known");
        let options = WriteOptions::default();
        formats::write(&recording.trace, format, &mut std::io::sink(), &options).expect("writable");
    }
}

#[test]
fn every_input_of_every_target() {
    let (mut count, mut valid) = (0, 0);
    for format in formats::all() {
        for (name, bytes) in inputs(&format!("trace_{}", format.name())) {
            count += 1;
            match formats::read_all(&bytes[..], Some(format), &ReadOptions::default()) {
                Ok(contents) => {
                    valid += 1;
                    contents.iter().for_each(exercise);
                }
                Err(e) => assert!(!e.to_string().contains('\n'), "{name}: {e}"),
            }
        }
    }
    for (name, bytes) in inputs("trace_sniff") {
        count += 1;
        match formats::sniff(&bytes) {
            Ok(sniffed) => drop(formats::read_all(&bytes[..], Some(sniffed.format), &ReadOptions::default())),
            Err(e) => assert!(!e.to_string().contains('\n'), "{name}: {e}"),
        }
    }
    for (name, bytes) in inputs("trace_packed") {
        count += 1;
        assert!(formats::is_packed(&bytes), "{name}");
        match formats::read_all(&bytes[..], None, &ReadOptions::default()) {
            Ok(contents) => valid += contents.len(),
            Err(e) => assert!(!e.to_string().contains('\n'), "{name}: {e}"),
        }
    }
    println!("trace corpus: {count} inputs, {valid} of them valid");
    assert!(valid > 0);
}
