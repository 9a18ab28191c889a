//! The traces of `fixtures/traces` are what their presets make, and are recognised and read.

use std::path::PathBuf;

use netmodel::formats::{self, ReadOptions};
use netmodel::generators;
use units::Seconds;

/// `(file, format, preset)`.
const MADE: [(&str, &str, &str); 5] = [
    ("square.json", "sabre", "square,low=0.8,high=4,period=30,duration=120"),
    ("trickle.mahi", "mahimahi", "square,low=0.24,high=1.2,period=20,duration=40"),
    ("3g.json", "sabre", "3g,duration=300,seed=7"),
    ("4g.cooked", "cooked", "4g,duration=300,seed=7"),
    ("5g.csv", "csv", "5g,duration=300,seed=7"),
];

fn fixtures() -> PathBuf {
    fixtures::folder("traces")
}

#[test]
fn presets_make_them_byte_for_byte() {
    for (file, format, preset) in MADE {
        let trace = generators::generate(preset, 0).expect(preset);
        let (format, _, options) = formats::parse_spec(format).expect("a known format");
        let mut bytes = Vec::new();
        formats::write(&trace, format, &mut bytes, &options).expect("writable");
        let path = fixtures().join(file);
        if std::env::var_os("SEGUE_BLESS").is_some() {
            std::fs::write(&path, &bytes).expect("written");
        }
        assert!(std::fs::read(&path).expect(file) == bytes, "{file} is not what {preset} makes");
    }
}

#[test]
fn all_are_recognised() {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(fixtures()).expect("the fixtures") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e != "md") {
            let recording = formats::read_path(&path, None, &ReadOptions::default()).expect("readable");
            assert!(recording.trace.duration() >= Seconds::new(40.0), "{}", path.display());
            let expected = MADE.iter().find(|m| path.ends_with(m.0)).map_or("csv", |m| m.1);
            assert_eq!(recording.format, expected, "{}", path.display());
            names.push(recording.trace.name().to_string());
        }
    }
    names.sort();
    assert_eq!(names, ["3g", "4g", "5g", "outage", "square", "steps", "trickle"]);
}
