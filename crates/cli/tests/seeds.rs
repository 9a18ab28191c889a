//! `segue qoe-core` and `segue twitch`: the command lines of the systems this project grew from.

mod common;

use std::path::Path;

use common::Bench;
use serde_json::Value;

/// The answers under `$SEGUE_GOLDEN`, whatever cases are there.
fn recorded(name: &str) -> Value {
    read(&fixtures::golden("seeds").join(name))
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

/// The lines of the original; what was wrong there is right here: the path is the true one, there is one header row, and `-o` is a
/// folder, in which the table as JSON lies as well.
#[test]
#[allow(clippy::print_stdout, reason = "the suite prints what it compared")]
fn the_command_of_qoe_core_says_what_the_original_says() {
    let file = recorded("qoe_cli.json");
    let cases = file["cases"].as_array().map_or(&[][..], Vec::as_slice);
    for case in cases {
        let bench = Bench::new();
        let (input, output) = (&case["input"], &case["output"]);
        let args: Vec<&str> = input["args"]
            .as_array()
            .expect("arguments")
            .iter()
            .map(|a| a.as_str().expect("a word"))
            .collect();
        let (mut line, mut folder, mut words) =
            ("qoe-core --profile qoe-core".to_string(), None, args.iter());
        while let Some(word) = words.next() {
            match *word {
                "--json" => drop(words.next()),
                "-o" => folder = words.next().map(|path| path.replace('/', "-")),
                word => line += &format!(" {word}"),
            }
        }
        if let Some(folder) = &folder {
            line += &format!(" -o {folder}");
        }
        let ran = bench.run(&line);
        assert_eq!(Some(i64::from(ran.code)), output["exit_code"].as_i64(), "{line}");
        let said = |text: &str| -> Vec<String> {
            text.lines().filter(|l| l.starts_with("ABR: ")).map(str::to_string).collect()
        };
        let want = output["stdout"].as_str().expect("text");
        assert_eq!(said(&ran.out), said(want), "{line}");
        if ran.code != 0 {
            assert_eq!(ran.out, "", "{line}");
            continue;
        }
        let place = |name: &str| folder.as_ref().map_or(name.to_string(), |f| format!("{f}/{name}"));
        assert_eq!(ran.out.lines().last(), Some(&*format!("Scores written to {}", place("scores.csv"))));
        let mut tables = output["files"].as_object().expect("files").iter();
        let rows = |text: &str| -> Vec<String> { text.lines().map(str::to_string).collect() };
        let table = tables.clone().find(|(name, _)| name.ends_with(".csv")).expect("a table").1;
        let mut want = rows(table.as_str().expect("text"));
        want.remove(1);
        assert_eq!(rows(&bench.text(&place("scores.csv"))), want, "{line}");
        if let Some((_, table)) = tables.find(|(name, _)| name.ends_with(".json")) {
            let want: Value = serde_json::from_str(table.as_str().expect("text")).expect("JSON");
            assert_eq!(bench.json(&place("scores.json")), want);
        }
    }
    assert!(!cases.is_empty(), "no case");
    println!("\nqoe_cli: {} cases, 0 mismatches", cases.len());
}

#[test]
fn qoe_core_prints_scores_and_steps_as_json() {
    let bench = Bench::new();
    let json = bench.ok("qoe-core --profile qoe-core --json").json();
    assert_eq!(json["schema"], "segue.qoe-core/1");
    let sessions = json["sessions"].as_array().expect("sessions");
    let names: Vec<&Value> = sessions.iter().map(|s| &s["abr"]).collect();
    assert_eq!(names, ["Fixed", "BufferBased", "ThroughputBased"]);
    for session in sessions {
        let keys: Vec<&String> = session.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["abr", "average_bitrate", "score", "stall_count", "steps"]);
        let steps = session["steps"].as_array().expect("steps");
        assert_eq!(steps.len(), 10);
        let keys: Vec<&String> = steps[0].as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["bitrate_kbps", "buffer_level_secs", "stalled", "switch", "timestamp"]);
    }
    // Without a request for files none is made.
    assert_eq!(bench.names("."), ["link.csv", "sabre.json", "video.json"]);
}

#[test]
fn qoe_core_takes_any_trace_and_ladder_and_draws_what_it_did() {
    let bench = Bench::new();
    let line = "qoe-core --trace link.csv --segment 2 --buffer-max 12 --stall-threshold 2 --ladder 300,1200,2400 -o out";
    let ran = bench.ok(line);
    assert_eq!(ran.out.lines().count(), 4, "{}", ran.out);
    let files = bench.names("out");
    for rule in ["fixed", "buffer", "throughput"] {
        for name in ["session-RULE.csv", "session-RULE.json", "chart-RULE.png", "chart-RULE.svg"] {
            assert!(files.contains(&name.replace("RULE", rule)), "{name} of {rule} in {files:?}");
        }
    }
    let picture = bench.text("out/chart-fixed.svg");
    for words in ["Stall Threshold 2", "QoE: ", "Buffer Level", "bitrate (kbps)"] {
        assert!(picture.contains(words), "{words}");
    }
    assert_eq!(bench.text("out/session-fixed.csv").lines().count(), 31);
    for wrong in ["--segment 0", "--profile qoe", "--ladder 3,2", "--stall-threshold 11", "--trace none.csv"]
    {
        let ran = bench.run(&format!("qoe-core {wrong}"));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{wrong}: {}", ran.err);
    }
}

#[test]
fn twitch_prints_the_reports_of_the_original() {
    let bench = Bench::new();
    // The command knows these three, so they are compared with the repository's own record.
    let file = read(&fixtures::folder("golden/seeds").join("twitch_demo_scenarios.json"));
    let cases = file["demo_scenarios"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(cases.len(), 3);
    let mut all = String::new();
    for (name, case) in ["stable", "moderate", "poor"].iter().zip(cases) {
        let text = bench.ok(&format!("twitch --profile twitch --scenario {name}")).out;
        let want = case["output"]["print_report_text"].as_str().expect("text").trim_end();
        assert_eq!(text.trim_end(), want);
        all +=
            &format!("{}\n Scenario: {}\n{want}\n", "=".repeat(52), case["label"].as_str().expect("a label"));
        let ran = bench.ok(&format!("twitch --profile twitch --scenario {name} --json"));
        let (json, report) = (ran.json(), case["output"]["report"].as_object().expect("a report"));
        assert_eq!(json.as_object().expect("an object").len(), report.len());
        for (key, want) in report {
            let (got, want) = (json[key].as_f64().expect("a number"), want.as_f64().expect("a number"));
            assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "{name} {key}: {got}, {want}");
        }
        assert_eq!(ran.err, "");
    }
    assert_eq!(bench.ok("twitch --profile twitch").out, all);
    let other = bench.ok("twitch --profile twitch --scenario poor --seed 7");
    assert!(other.err.contains("numpy"), "{}", other.err);
}

#[test]
fn the_corrected_twitch_model_stalls_where_the_original_does_not() {
    let bench = Bench::new();
    let json = bench.ok("twitch --scenario poor --json --timeline").json();
    assert!(json["stall_count"].as_u64().expect("a count") > 0, "{json}");
    let rows = json["timeline"].as_array().expect("rows");
    assert_eq!(rows.len(), 300);
    let keys: Vec<&String> = rows[0].as_object().expect("an object").keys().collect();
    let mut want = [
        "t",
        "bandwidth_mbps",
        "latency_ms",
        "packet_loss",
        "congestion_level",
        "buffer_level_s",
        "is_stalled",
        "stall_event",
        "quality_name",
        "av_sync_drift_ms",
        "inflow_rate_s_per_s",
        "dropped_frames",
    ];
    want.sort_unstable();
    assert_eq!(keys, want);
    let events = rows.iter().filter(|r| r["stall_event"] == true).count() as u64;
    assert_eq!(json["stall_count"].as_u64(), Some(events));
}

#[test]
fn twitch_takes_a_scenario_file_and_says_what_is_wrong_with_one() {
    let bench = Bench::new();
    bench.put(
        "mine.toml",
        "duration_s = 60\ndt = 0.5\n[network]\nbase_bandwidth_mbps = 4.0\n[buffer]\ninitial_level_s = 8.0\n",
    );
    let ran = bench.ok("twitch --scenario mine.toml --json -o out");
    assert_eq!(ran.json()["total_steps"], 120);
    for name in
        ["report-mine.txt", "report-mine.json", "timeline-mine.csv", "chart-mine.png", "chart-mine.svg"]
    {
        assert!(bench.names("out").contains(&name.to_string()), "{name}");
    }
    assert_eq!(bench.text("out/timeline-mine.csv").lines().count(), 121);
    bench.put("odd.toml", "[network]\nbandwidth = 4\n");
    bench.put("wrong.toml", "[buffer]\nrebuffer_threshold_s = 40.0\n");
    for (line, said) in [
        ("twitch --scenario odd.toml", "bandwidth"),
        ("twitch --scenario wrong.toml", "rebuffer_threshold_s"),
        ("twitch --scenario none.toml", "none.toml"),
        ("twitch --scenario por", "did you mean 'poor'"),
        ("twitch --profile witch", "did you mean 'twitch'"),
        ("twitch sweep --x speed", "base_bandwidth_mbps"),
        ("twitch sweep --x dt --y dt", "both"),
    ] {
        let ran = bench.run(line);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{line}: {}", ran.err);
        assert!(ran.err.contains(said), "{line}: {}", ran.err);
    }
}

#[test]
fn a_sweep_draws_its_three_charts() {
    let bench = Bench::new();
    let line = "twitch sweep --x base_latency_ms=0:400 --y base_packet_loss=0:0.1 --points 4 --seeds 3";
    let json = bench.ok(&format!("{line} --json -o out")).json();
    assert_eq!(json["overall_qoe"].as_array().map(Vec::len), Some(4));
    assert_eq!(json["x"]["values"][3], 400.0);
    for name in ["map", "curve", "severity"] {
        for ending in ["png", "svg", "csv"] {
            assert!(bench.names("out").contains(&format!("{name}.{ending}")), "{name}.{ending}");
        }
    }
    assert_eq!(bench.text("out/map.csv").lines().count(), 17);
    let text = bench.ok(line).out;
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
}
