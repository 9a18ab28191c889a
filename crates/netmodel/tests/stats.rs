//! Every number of the shared `stats.json`, for every family that Segue reads.

use std::path::Path;

use netmodel::formats::{self, Content, ReadOptions, Recording};
use netmodel::stats;
use serde_json::{Map, Value};

/// The families, and the format of each.
const FAMILIES: &[(&str, &str)] = &[
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
    ("irish5g_csv", "gnettrack"),
    ("lumos_chunks_csv", "lumos"),
    ("nyumets_csv", "nyumets"),
    ("nyumets_multivariate", "nyumets2020"),
    ("raw_log_doc_examples", "rawlog"),
    ("sigcomm24_midband", "sigcomm24"),
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
    /// Compares all that is wanted and, in a full comparison, refuses what is not.
    fn compare(&mut self, place: &str, got: &Value, want: &Map<String, Value>, full: bool) {
        let got = got.as_object().expect("an object");
        for key in want.keys().chain(got.keys().filter(|k| full && !want.contains_key(*k))) {
            self.numbers += 1;
            let (got, want) = (got.get(key), want.get(key));
            if let (Some(got), Some(Value::Object(want))) = (got.filter(|g| g.is_object()), want) {
                self.compare(&format!("{place}: {key}"), got, want, true);
            } else if !same(key, got, want) {
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

/// What an entry of the golden numbers is about: a file, or `file#part` of one that holds several.
fn read(folder: &Path, entry: &str, format: &str) -> Content {
    let mut options = ReadOptions::default();
    let file = match entry.rsplit_once('#') {
        None => entry,
        // The files of the multipath measurements have a column for each network.
        Some((file, "5g")) => file,
        Some((file, "4g")) => {
            options.column = 2;
            file
        }
        Some((file, part)) => {
            options.part = Some(part.to_string());
            file
        }
    };
    let path = folder.join(file);
    let mut contents = formats::read_all_path(&path, None, &options).expect("a readable file");
    assert_eq!(contents.len(), 1, "{}", path.display());
    let content = contents.remove(0);
    let read_as = match &content {
        Content::Trace(recording) => recording.format,
        Content::Table(table) => table.format,
        _ => "something new",
    };
    assert_eq!(read_as, format, "{}", path.display());
    content
}

#[test]
fn every_file_is_recognised_as_one_format() {
    let Some(root) = fixtures::shared("every_file_is_recognised_as_one_format", "traces") else { return };
    let mut files = 0;
    for (family, format) in FAMILIES {
        for entry in std::fs::read_dir(root.join(family)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let bytes = std::fs::read(&path).expect("readable");
            let seen: Vec<&str> = formats::explain(&bytes)
                .expect("text")
                .into_iter()
                .filter(|(_, reason)| reason.is_some_and(|r| !r.is_empty()))
                .map(|(format, _)| format.name())
                .collect();
            assert_eq!(seen, [*format], "{}", path.display());
            files += 1;
        }
    }
    println!("recognised: {files} files, each as one format");
    assert!(files > 0);
}

#[test]
fn every_number_of_every_file() {
    let Some(root) = fixtures::shared("every_number_of_every_file", "traces") else { return };
    let text = std::fs::read_to_string(root.join("stats.json")).expect("stats.json");
    let golden: Value = serde_json::from_str(&text).expect("JSON");
    let mut tally = Tally::default();
    for (family, format) in FAMILIES {
        let golden = &golden["families"][*family];
        let files = golden["files"].as_object().expect("files");
        assert!(!files.is_empty(), "{family} has no file");
        let mut recordings: Vec<Recording> = Vec::new();
        for (entry, want) in files {
            let (place, want) = (format!("{family}/{entry}"), want.as_object().expect("an object"));
            match read(&root.join(family), entry, format) {
                Content::Trace(recording) => {
                    let all = serde_json::to_value(stats::of_recording(&recording)).expect("serialisable");
                    let got = all["whole_seconds"].clone();
                    // Of some sets only what their files say is recorded, and no rates.
                    tally.compare(&place, &got, want, want.contains_key("mean_mbps"));
                    if want.contains_key("mean_mbps") {
                        recordings.push(*recording);
                    }
                }
                Content::Table(table) => tally.compare(&place, &Value::Object(table.facts), want, true),
                other => panic!("{place}: {other:?}"),
            }
            tally.files += 1;
        }
        let mut want = golden["aggregate"].as_object().expect("an object").clone();
        assert_eq!(want["n_files"].as_u64(), Some(files.len() as u64), "{family}");
        if let Some(got) = stats::of_family(&recordings) {
            assert_eq!(got.n_files, recordings.len());
            // The recorded count is that of all files, with those that hold no trace.
            want.insert("n_files".into(), recordings.len().into());
            let got = serde_json::to_value(got).expect("serialisable");
            tally.compare(&format!("{family}: aggregate"), &got, &want, true);
        } else {
            assert_eq!(want.len(), 1, "{family}: {want:?}");
        }
    }
    println!("stats: {} files, {} numbers, {} mismatches", tally.files, tally.numbers, tally.wrong.len());
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
}
