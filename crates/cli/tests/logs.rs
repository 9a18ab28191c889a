//! The logs of players and servers through the command: scores of what viewers saw, and the network that they had.

mod common;

use common::Bench;
use serde_json::Value;

/// A folder with the logs of `fixtures/logs`.
fn logs() -> Bench {
    let bench = Bench::new();
    for kind in ["har", "dashjs", "hlsjs", "shaka", "puffer", "access", "cmcd", "cta2066"] {
        let folder = fixtures::folder("logs").join(kind);
        for name in common::names(&folder) {
            bench.put(&format!("{kind}/{name}"), std::fs::read(folder.join(&name)).expect("readable"));
        }
    }
    bench
}

fn info(bench: &Bench, file: &str) -> Value {
    let ran = bench.run(&format!("trace info {file} --json"));
    assert_eq!(ran.code, 0, "{file}: {}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    report["files"].as_object().and_then(|files| files.values().next()).expect("a trace").clone()
}

#[test]
fn a_trace_by_download_is_made_of_every_log_that_tells_of_requests() {
    let bench = logs();
    // What was downloaded, in Mbit, and how long that took, in s, all downloads together.
    for (file, mbit, took) in [
        // 4 + 8 + 8 Mbit in 1, 2 and 4 s; between the second and the third, 3 s are in no download.
        ("har/session.har", 20.0, 7.0),
        ("access/origin.jsonl", 20.0, 7.0),
        ("access/nginx.jsonl", 20.0, 7.0),
        ("access/combined.log", 20.0, 7.0),
        ("access/cloudfront.log", 20.0, 7.0),
        // 4 + 8 + 8 Mbit in 0.9, 2 and 5.7 s.
        ("cmcd/reports.txt", 20.0, 8.6),
        ("cmcd/reports.jsonl", 20.0, 8.6),
        // 100, 150 and 500 kB in 1, 3 and 1 s.
        ("dashjs/metrics.json", 6.0, 5.0),
        // 250 kB in .5 s and 1 MB in 5.4 s.
        ("hlsjs/events.json", 10.0, 5.9),
        // 50,050 and 500,500 bytes in .3 and 2.65 s.
        ("puffer/client_buffer_2024-01-01T11_2024-01-02T11.csv", 4.4044, 2.95),
    ] {
        let told = info(&bench, file);
        let number = |name: &str| told[name].as_f64().unwrap_or_else(|| panic!("{file}: {told}"));
        assert!((number("total_mbit") - mbit).abs() < 1e-6, "{file}: {told}");
        assert!((number("duration_s") - took).abs() < 1e-6, "{file}: {told}");
        assert_eq!(told["measures"], "observed", "{file}: {told}");
    }
}

#[test]
fn it_is_converted_played_with_a_warning_and_refused_where_it_tells_too_little() {
    let bench = logs();
    let ran = bench.run("trace convert har/session.har seen.csv");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("time between deliveries is not in the trace"), "{}", ran.err);
    // 4 Mbit/s for 1 s, 4 for 2 s, 2 for 4 s.
    let rows = bench.text("seen.csv");
    let rates: Vec<&str> = rows.lines().skip(1).filter_map(|r| r.split(',').nth(1)).collect();
    assert!(rates.starts_with(&["4", "4", "2"]), "{rows}");
    let ran = bench.run("run --trace har/session.har --video preset:cbr,duration=60 --abr bola");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("what an application got"), "{}", ran.err);
    let ran = bench.run("trace info shaka/stats.json");
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    assert!(ran.err.contains("does not tell how long downloads took"), "{}", ran.err);
    let ran = bench.run("trace info --why har/session.har");
    assert!(ran.out.contains("log of a player or server"), "{}{}", ran.out, ran.err);
}

#[test]
fn access_logs_are_scored_as_the_har_of_the_same_session() {
    let bench = logs();
    let score = |file: &str| {
        let ran = bench.run(&format!("qoe {file} --model yin --json"));
        assert_eq!(ran.code, 0, "{file}: {}", ran.err);
        let report: Value = serde_json::from_str(&ran.out).expect("JSON");
        report["files"][file]["yin"].as_f64().expect("a score")
    };
    let expected = score("har/session.har");
    for file in ["origin.jsonl", "nginx.jsonl", "combined.log", "cloudfront.log"] {
        let found = score(&format!("access/{file}"));
        assert!((found - expected).abs() < 1e-3, "{file}: {found}, {expected}");
    }
}

#[test]
fn events_are_scored_and_have_a_network_where_they_tell_of_responses() {
    let bench = logs();
    let ran = bench.run("qoe cmcd/reports.txt cmcd/reports.jsonl cmcd/states.json cta2066/events.jsonl --model yin:preset=balanced,startup=apart --json");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).expect("JSON");
    // Sums of kbit/s, less the change, less 3000 for each second of stalls; a seek of 1 s counts as one for this model.
    for (file, expected) in [
        ("cmcd/reports.txt", 5000.0 - 1000.0 - 5400.0),
        ("cmcd/reports.jsonl", 5000.0 - 1000.0 - 5400.0),
        ("cmcd/states.json", 3200.0 - 1600.0 - 3000.0),
        ("cta2066/events.jsonl", 4000.0 - 1600.0 - 9000.0),
    ] {
        let scores = report["files"][file].as_object().expect(file);
        let score = scores.values().next().and_then(Value::as_f64).expect("a score");
        assert!((score - expected).abs() < 0.01, "{file}: {score}, {expected}");
    }
    assert!(ran.err.contains("CMCD event log: "), "{}", ran.err);
    let ran = bench.run("trace info cmcd/reports.txt");
    assert!(
        format!("{}{}", ran.out, ran.err).contains("sizes are bitrates times durations"),
        "{}{}",
        ran.out,
        ran.err
    );
    for file in ["cmcd/states.json", "cta2066/events.jsonl"] {
        let ran = bench.run(&format!("trace info {file}"));
        assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{file}: {}", ran.err);
        assert!(ran.err.contains("does not tell how long downloads took"), "{file}: {}", ran.err);
    }
    // A folder is looked through for lines of JSON too.
    assert_eq!(bench.run("qoe cta2066 --model yin").code, 0);
}
