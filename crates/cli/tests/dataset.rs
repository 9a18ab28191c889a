//! `segue dataset`: the list, what files are, and their import.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;

use common::{Bench, names};
use netmodel::formats::{self, Content, ReadOptions};
use netmodel::stats;

#[test]
fn the_list_and_everything_about_one() {
    let bench = Bench::new();
    let text = bench.ok("dataset list").out;
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    let json = bench.ok("dataset list --json").json();
    assert_eq!(json["schema"], "segue.datasets/1");
    let sets = json["sets"].as_array().expect("sets");
    for set in sets {
        let name = set["name"].as_str().expect("a name");
        assert!(text.lines().any(|l| l.split_whitespace().next() == Some(name)), "{name}");
        let one = bench.ok(&format!("dataset list {name}"));
        assert!(one.out.lines().all(|l| l.chars().count() <= 80 || l.contains("https://")), "{}", one.out);
        let cited = set["citation"].as_str().expect("text").split_whitespace().next().expect("a word");
        assert!(one.out.contains(cited) && one.out.contains("beware"), "{}", one.out);
    }
    let one = bench.ok("dataset list hsdpa-pensieve --json").json();
    assert_eq!(
        (one["sets"][0]["format"].as_str(), one["sets"][0]["readable"].as_bool()),
        (Some("cooked"), Some(true))
    );
    assert_eq!(one["sets"][0]["sha256"].as_object().map(|f| f.len()), Some(20));
}

#[test]
fn wrong_inputs_are_told_in_one_line() {
    let bench = Bench::new();
    fs::create_dir(bench.path("empty")).expect("made");
    bench.put("other/mine.txt", "nothing\n");
    bench.put("full/x.txt", "something else\n");
    bench.put("bad/manifest.json", "{\"schema\": \"other/1\"}");
    for (line, code, says) in [
        ("dataset list hsdpa-sabr", 2, "did you mean 'hsdpa-sabre'?"),
        ("dataset verify none", 2, "no such folder"),
        ("dataset verify link.csv", 2, "is a file"),
        ("dataset verify empty", 2, "the folder is empty"),
        ("dataset import none -o out", 2, "no such folder"),
        ("dataset import other -o out1", 2, "no file of a known data set"),
        ("dataset import other -o full", 2, "neither empty nor the folder of an import"),
        ("dataset import other -o bad", 2, "is no manifest of an import"),
        ("dataset import other -o other/inside", 2, "inside of the folder to read"),
        ("dataset import other -o link.csv", 2, "is a file, expected a folder"),
        ("dataset import other -o out2 --to cooket", 2, "did you mean 'cooked'?"),
        ("dataset import other", 2, "--output"),
        ("dataset", 2, ""),
    ] {
        let ran = bench.run(line);
        assert_eq!(ran.code, code, "{line}: {}", ran.err);
        assert!(ran.err.contains(says), "{line}: {}", ran.err);
        if !says.is_empty() {
            assert_eq!(
                ran.err.lines().filter(|l| l.starts_with("segue: error:")).count(),
                1,
                "{line}: {}",
                ran.err
            );
        }
    }
}

/// A log as the HSDPA set has them, though not of it.
fn log(n: u32) -> String {
    let period = |i: u32| {
        let kbps = 300 + (i * i * 37 + n) % 2000;
        format!(r#"{{"duration_ms": 1000, "bandwidth_kbps": {kbps}, "latency_ms": 100}}"#)
    };
    format!("[{}]", (0..90).map(period).collect::<Vec<_>>().join(","))
}

#[test]
fn files_by_name_are_imported_and_an_import_goes_on() {
    let bench = Bench::new();
    bench.put("down/a/report.2013-01-01_1200CET.json", log(1));
    bench.put("down/b/report.2013-01-01_1200CET.json", log(2));
    bench.put("down/report.2013-01-02_1200CET.json", log(3));
    bench.put("down/readme.md", "# no trace\n");
    let verify = bench.ok("dataset verify down --json").json();
    assert_eq!(verify["sets"]["hsdpa-sabre"]["likely"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        (verify["sets"]["hsdpa-sabre"]["known"].as_u64(), verify["unknown"][0].as_str()),
        (Some(0), Some("readme.md"))
    );

    let ran = bench.ok("dataset import down -o out");
    assert!(ran.out.starts_with("3 traces of 1 data set in out"), "{}", ran.out);
    let written = [
        "a__report.2013-01-01_1200CET.json.csv",
        "b__report.2013-01-01_1200CET.json.csv",
        "report.2013-01-02_1200CET.csv",
    ];
    assert_eq!(bench.names("out/hsdpa-sabre"), written);
    let manifest = bench.json("out/manifest.json");
    assert_eq!(manifest["schema"], "segue.dataset-import/1");
    assert_eq!(manifest["sets"]["hsdpa-sabre"]["measures"], "capacity");
    let files = manifest["files"].as_array().expect("files");
    assert_eq!(
        (files.len(), files[0]["known_by"].as_str(), files[0]["format"].as_str()),
        (3, Some("name"), Some("sabre"))
    );
    // The numbers are those of the source.
    let mean =
        |file: &str| bench.ok(&format!("trace info {file} --json")).json()["aggregate"]["mean_mbps"].as_f64();
    assert_eq!(
        mean("out/hsdpa-sabre/report.2013-01-02_1200CET.csv"),
        mean("down/report.2013-01-02_1200CET.json")
    );

    // What is there is not written again; what is missing, or new, is.
    let touched = |name: &str| fs::metadata(bench.path(name)).and_then(|m| m.modified()).expect("a file");
    let kept = format!("out/hsdpa-sabre/{}", written[0]);
    let before = touched(&kept);
    fs::remove_file(bench.path(&format!("out/hsdpa-sabre/{}", written[2]))).expect("removed");
    bench.put("down/report.2013-01-03_1200CET.json", log(4));
    assert!(bench.ok("dataset import down -o out").out.starts_with("4 traces"));
    assert_eq!((touched(&kept), bench.names("out/hsdpa-sabre").len()), (before, 4));
    // Another format would mix.
    let ran = bench.run("dataset import down -o out --to sabre");
    assert!(ran.code == 2 && ran.err.contains("--to auto"), "{}", ran.err);
    bench.ok("dataset import down -o json --to sabre");
    assert_eq!(bench.names("json/hsdpa-sabre")[2], "report.2013-01-02_1200CET.json");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for name in names(from) {
        fs::copy(from.join(&name), to.join(&name)).expect("copied");
    }
}

#[test]
fn real_files_are_verified_and_what_is_changed_is_told() {
    let Some(root) = fixtures::shared("real_files_are_verified_and_what_is_changed_is_told", "traces") else {
        return;
    };
    let bench = Bench::new();
    let root_text = root.display().to_string();
    let json = bench.ok(&format!("dataset verify {root_text} --json")).json();
    let sets = json["sets"].as_object().expect("sets");
    let known: u64 = sets.values().map(|s| s["known"].as_u64().expect("a number")).sum();
    println!("dataset verify: {} files, {known} known of {} sets", json["files"], sets.len());
    assert_eq!(
        (json["files"].as_u64(), known, json["unknown"].as_array().map(Vec::len)),
        (Some(338), 334, Some(4))
    );
    let faults = |key: &str| sets.values().map(|s| s[key].as_array().map_or(0, Vec::len)).sum::<usize>();
    assert_eq!(["likely", "changed", "broken", "missing"].map(faults), [0; 4]);
    let text = bench.ok(&format!("dataset verify {root_text}")).out;
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");

    copy(&root.join("norway_pensieve_cooked"), &bench.path("got"));
    fs::remove_file(bench.path("got/norway_bus_1")).expect("removed");
    let half = &bench.text("got/norway_car_1")[..600];
    bench.put("got/norway_car_1", half.rsplit_once('\n').expect("lines").0);
    bench.put("got/norway_car_2", "0.0 1.5\n1.0 oops\n");
    let ran = bench.run("dataset verify got");
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("norway_car_1: called like a file of norway-pensieve"), "{}", ran.err);
    assert!(ran.err.contains("norway_car_2: line 2: rate_mbps is `oops`"), "{}", ran.err);
    let json = bench.run("dataset verify got --json").json();
    assert_eq!(json["sets"]["norway-pensieve"]["missing"][0], "src/cooked_test_traces/norway_bus_1");
    assert_eq!(json["sets"]["norway-pensieve"]["missing"].as_array().map(Vec::len), Some(1));
    // The rest can be had.
    let ran = bench.run("dataset import got -o out");
    assert_eq!((ran.code, ran.err.contains("2 files left out, changed or broken")), (1, true), "{}", ran.err);
    assert!(ran.out.starts_with("13 traces"), "{} {}", ran.out, ran.err);
}

/// A zip archive of files.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        out.start_file(*name, zip::write::SimpleFileOptions::default()).expect("in memory");
        out.write_all(bytes).expect("in memory");
    }
    out.finish().expect("in memory").into_inner()
}

#[test]
fn what_is_packed_counts_as_if_it_lay_there() {
    let bench = Bench::new();
    let (a, b) = (log(1), log(2));
    let files: [(&str, &[u8]); 2] =
        [("logs/report.2013-01-01_1200CET.json", a.as_bytes()), ("readme.md", b"# none")];
    bench.put("down/set.zip", zip(&files));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(b.as_bytes()).expect("in memory");
    bench.put("down/report.2013-01-02_1200CET.json.gz", gz.finish().expect("in memory"));
    bench.put("down/cut.zip", &zip(&files)[..60]);
    let ran = bench.ok("dataset verify down --json");
    assert!(ran.err.contains("cut.zip: not looked into"), "{}", ran.err);
    let json = ran.json();
    assert_eq!(
        json["sets"]["hsdpa-sabre"]["likely"],
        serde_json::json!([
            "report.2013-01-02_1200CET.json.gz",
            "set.zip/logs/report.2013-01-01_1200CET.json"
        ])
    );
    assert_eq!(json["unknown"], serde_json::json!(["cut.zip", "set.zip/readme.md"]));
    // The hash is that of the content.
    let hash = netmodel::datasets::sha256(a.as_bytes()).expect("in memory");
    bench.ok("dataset import down -o out");
    assert_eq!(
        bench.names("out/hsdpa-sabre"),
        ["report.2013-01-01_1200CET.csv", "report.2013-01-02_1200CET.csv"]
    );
    assert_eq!(bench.json("out/manifest.json")["files"][1]["sha256"], hash.as_str());
}

#[test]
fn an_archive_of_known_files_is_known() {
    let Some(root) = fixtures::shared("an_archive_of_known_files_is_known", "traces") else { return };
    let folder = root.join("norway_pensieve_cooked");
    let names = names(&folder);
    let contents: Vec<Vec<u8>> = names.iter().map(|n| fs::read(folder.join(n)).expect("a file")).collect();
    let mut files: Vec<(&str, &[u8])> =
        names.iter().map(String::as_str).zip(contents.iter().map(Vec::as_slice)).collect();
    let bench = Bench::new();
    bench.put("whole/set.zip", zip(&files));
    let json = bench.ok("dataset verify whole --json").json();
    assert_eq!(json["sets"]["norway-pensieve"]["known"].as_u64(), Some(names.len() as u64));
    let at = files.iter().position(|f| f.0 == "norway_car_2").expect("there");
    files[at].1 = b"0.0 1.5\n1.0 oops\n";
    bench.put("bad/set.zip", zip(&files));
    let ran = bench.run("dataset verify bad");
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("set.zip/norway_car_2: line 2: rate_mbps is `oops`"), "{}", ran.err);
}

#[test]
fn imports_have_the_statistics_of_their_sources() {
    let Some(root) = fixtures::shared("imports_have_the_statistics_of_their_sources", "traces") else {
        return;
    };
    let bench = Bench::new();
    bench.ok(&format!("dataset import {} -o out", root.display()));
    let manifest = bench.json("out/manifest.json");
    let (mut sets, mut compared) = (BTreeSet::new(), 0);
    let mut wrong: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for file in manifest["files"].as_array().expect("files") {
        let set = netmodel::datasets::by_name(file["set"].as_str().expect("a name")).expect("known");
        let source = root.join(file["source"].as_str().expect("a path"));
        let mut recordings = Vec::new();
        for reading in set.readings() {
            let (format, options, _) = formats::parse_spec(reading).expect("readable");
            let contents = formats::read_all_path(&source, Some(format), &options).expect("read");
            recordings.extend(contents.into_iter().filter_map(|c| match c {
                Content::Trace(recording) => Some(*recording),
                _ => None,
            }));
        }
        let traces = file["traces"].as_array().expect("traces");
        assert_eq!(traces.len(), recordings.len(), "{}", source.display());
        for (trace, recording) in traces.iter().zip(&recordings) {
            let path = bench.path("out").join(trace["file"].as_str().expect("a path"));
            let read = formats::read_path(&path, None, &ReadOptions::default()).expect("an import");
            let [is, was] =
                [&read, recording].map(|r| serde_json::to_value(stats::of_recording(r)).expect("numbers"));
            for (key, was) in was.as_object().expect("numbers") {
                // What only the source's own format says is not of the trace; neither is what its reader left out.
                if recording.facts.contains_key(key) || key == "dropped_nonpositive" {
                    continue;
                }
                let close = match (was.as_f64(), is[key].as_f64()) {
                    (Some(was), Some(is)) => (was - is).abs() <= 1e-9 * was.abs().max(1e-3),
                    (None, None) => true,
                    _ => false,
                };
                if !close {
                    let entry = wrong.entry(format!("{} {key}", set.name)).or_default();
                    *entry = (entry.0 + 1, format!("{}: {was} became {}", source.display(), is[key]));
                }
            }
            compared += 1;
        }
        sets.insert(&set.name);
    }
    println!("{compared} traces of {} sets compared", sets.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Both columns of the files that have two are there.
    let two = manifest["files"].as_array().expect("files").iter().filter(|f| f["set"] == "lumos5g-multipath");
    assert!(two.map(|f| f["traces"].as_array().map_or(0, Vec::len)).all(|n| n == 2));
}
