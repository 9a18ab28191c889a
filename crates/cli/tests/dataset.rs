//! `segue dataset`: the list, what files are, and their import.

mod common;

use std::fs;
use std::path::Path;

use common::{Bench, names};

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
    assert!(ran.code == 2 && ran.err.contains("--to csv"), "{}", ran.err);
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
    let ran = bench.ok("dataset import got -o out");
    assert!(ran.err.contains("left out") && ran.out.starts_with("13 traces"), "{} {}", ran.out, ran.err);
}
