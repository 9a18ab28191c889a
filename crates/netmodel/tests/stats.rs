//! Every number of the shared `stats.json`, for every family that Segue reads.

use std::path::Path;

use netmodel::formats::{self, ReadOptions, Recording};
use netmodel::stats;
use serde_json::{Map, Value};

const FAMILIES: [(&str, &str); 17] = [
    ("belgium4g_sabre_json", "sabre"),
    ("hsdpa_sabre_json", "sabre"),
    ("fcc_sabre_json", "sabre"),
    ("hsdpa_pensieve_cooked", "cooked"),
    ("norway_pensieve_cooked", "cooked"),
    ("fcc_pensieve_cooked", "cooked"),
    ("fcc_genet_cooked", "cooked"),
    ("genet_synthetic_cooked", "cooked"),
    ("lumos5g_cooked", "cooked"),
    ("puffer_merina_cooked", "cooked"),
    ("lumos5g_multipath_3col", "cooked"),
    ("fcc_genet_mahimahi", "mahimahi"),
    ("mahimahi_cellular", "mahimahi"),
    ("mahimahi_nyc_lte", "mahimahi"),
    ("oboe_pairs", "oboe"),
    ("pantheon_genet_json", "genet"),
    ("twitch_profiles", "twitch"),
];

/// Numbers that must agree exactly once rounded as the file is (12 significant digits), not just to 1e-9.
const EXACT: [&str; 8] = [
    "p5_mbps",
    "p50_mbps",
    "p95_mbps",
    "min_mbps",
    "max_mbps",
    "longest_outage_s",
    "n_segments",
    "dropped_nonpositive",
];

#[derive(Default)]
struct Tally {
    files: usize,
    numbers: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn compare(&mut self, place: &str, got: &Value, want: &Map<String, Value>) {
        let got = got.as_object().expect("an object");
        for key in got.keys().chain(want.keys().filter(|k| !got.contains_key(*k))) {
            self.numbers += 1;
            let (got, want) = (got.get(key), want.get(key));
            if !same(key, got, want) {
                self.wrong.push(format!("{place}: {key}: {got:?} instead of {want:?}"));
            }
        }
    }
}

fn same(key: &str, got: Option<&Value>, want: Option<&Value>) -> bool {
    match (got.and_then(Value::as_f64), want.and_then(Value::as_f64)) {
        (Some(got), Some(want)) if EXACT.contains(&key) => {
            format!("{got:.11e}").parse::<f64>() == format!("{want:.11e}").parse::<f64>()
        }
        (Some(got), Some(want)) => (got - want).abs() <= 1e-9 * got.abs().max(want.abs()),
        _ => got.is_some() && got == want,
    }
}

/// A file, or what stands behind the `#`: a column of it, or one of its traces.
fn read(path: &Path, format: &str, part: Option<&str>) -> Recording {
    let mut options = ReadOptions::default();
    match part {
        Some("5g") => options.column = 1,
        Some("4g") => options.column = 2,
        part => options.part = part.map(str::to_string),
    }
    let recording = formats::read_path(path, None, &options).expect("a readable trace");
    assert_eq!(recording.format, format, "{}", path.display());
    recording
}

#[test]
fn every_number_of_every_file() {
    let Some(root) = fixtures::shared("every_number_of_every_file", "traces") else { return };
    let text = std::fs::read_to_string(root.join("stats.json")).expect("stats.json");
    let golden: Value = serde_json::from_str(&text).expect("JSON");
    let mut tally = Tally::default();
    for (family, format) in FAMILIES {
        let golden = &golden["families"][family];
        let files = golden["files"].as_object().expect("files");
        assert!(!files.is_empty(), "{family} has no file");
        let mut recordings = Vec::new();
        for (entry, want) in files {
            let (file, part) = entry.split_once('#').map_or((entry.as_str(), None), |(f, p)| (f, Some(p)));
            let recording = read(&root.join(family).join(file), format, part);
            let got = serde_json::to_value(stats::of_recording(&recording)).expect("serialisable");
            tally.compare(&format!("{family}/{entry}"), &got, want.as_object().expect("an object"));
            tally.files += 1;
            recordings.push(recording);
        }
        let got =
            serde_json::to_value(stats::of_family(&recordings).expect("a family")).expect("serialisable");
        tally.compare(
            &format!("{family}: aggregate"),
            &got,
            golden["aggregate"].as_object().expect("an object"),
        );
    }
    println!("stats: {} files, {} numbers, {} mismatches", tally.files, tally.numbers, tally.wrong.len());
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
}
