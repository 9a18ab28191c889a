//! `segue crowd`: the contract that others rely on.

mod common;

use common::Bench;
use serde_json::Value;

const CROWD: &str = "crowd --trace link.csv --video video.json --json";

/// Numbers agree to a billionth, everything else to the letter.
fn same(a: &Value, b: &Value, path: &str) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            assert_eq!(x.keys().collect::<Vec<_>>(), y.keys().collect::<Vec<_>>(), "{path}");
            x.iter().for_each(|(key, value)| same(value, &y[key], &format!("{path}.{key}")));
        }
        (Value::Number(x), Value::Number(y)) => {
            let (x, y) = (x.as_f64().expect("a number"), y.as_f64().expect("a number"));
            assert!((x - y).abs() <= 1e-9 * x.abs().max(1.0), "{path}: {x} and {y}");
        }
        _ => assert_eq!(a, b, "{path}"),
    }
}

#[test]
fn a_crowd_of_one_is_a_run() {
    let bench = Bench::new();
    for rule in ["bola", "bola-e", "throughput", "dynamic", "bba", "robust-mpc"] {
        for more in
            ["", "--profile default:capacity=12,abandonment=true", "--impair connection --impair slow-start"]
        {
            let run = bench
                .ok(&format!("run --trace link.csv --video video.json --abr {rule} --seed 2 --json {more}"));
            let crowd = bench.ok(&format!("{CROWD} --abr {rule} --players 1 --seed 2 {more}")).json();
            assert_eq!(crowd["schema"], "segue.crowd/1");
            assert_eq!(crowd["jain"], 1.0);
            let players = crowd["players"].as_array().expect("players");
            assert_eq!(players.len(), 1);
            same(&run.json(), &players[0], rule);
        }
    }
}

/// Pensieve goes back to time 0, not to the first time stamp: whoever plays a trace reads it as the profile does.
#[test]
fn a_crowd_of_one_reads_a_late_trace_as_a_run_does() {
    let bench = Bench::new();
    bench.put("late.log", "7.0\t2.0\n8.0\t0.5\n9.0\t3.0\n12.0\t1.0\n");
    let told = "--trace late.log --video video.json --abr bba --profile pensieve-1120bb1 --json";
    let crowd = bench.ok(&format!("crowd {told}")).json();
    same(&bench.ok(&format!("run {told}")).json(), &crowd["players"][0], "late");
}

#[test]
fn rules_are_dealt_out_in_turn_and_the_same_seed_is_the_same_crowd() {
    let bench = Bench::new();
    let line = format!("{CROWD} --abr bola --abr bba --players 5 --stagger 1.5 --seed 4");
    let first = bench.ok(&line);
    let json = first.json();
    let rules: Vec<&str> = json["players"]
        .as_array()
        .expect("players")
        .iter()
        .map(|p| p["abr"].as_str().expect("a rule"))
        .collect();
    assert_eq!(rules, ["bola", "bba", "bola", "bba", "bola"]);
    for (key, low, high) in
        [("jain", 0.2, 1.0), ("utilisation", 0.0, 1.0), ("instability", 0.0, 2.0), ("unfairness", 0.0, 1.0)]
    {
        let value = json[key].as_f64().expect("a number");
        assert!((low..=high).contains(&value), "{key}: {value}");
    }
    assert_eq!(first.out, bench.ok(&line).out);
    assert_eq!(
        bench.ok(&format!("{CROWD} --abr bola --abr bba")).json()["players"].as_array().map(Vec::len),
        Some(2)
    );
}

#[test]
fn the_table_fits_the_terminal_and_the_chart_has_its_data() {
    let bench = Bench::new();
    let text = bench
        .ok("crowd --trace link.csv --video video.json --abr bola --abr bba --players 3 --chart c.svg")
        .out;
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    assert!(text.contains("all, mean") && text.contains("jain") && text.contains("utilisation"), "{text}");
    assert!(bench.text("c.csv").starts_with("player,rule,time_s,bitrate_kbps\n1,bola,0,"));
    assert!(bench.text("c.svg").contains("3 players on one link"));
    let many = bench.ok("crowd --trace link.csv --video video.json --abr bola --abr bba --players 40").out;
    assert!(many.lines().count() < 20 && many.contains("20"), "{many}");
}

#[test]
fn wrong_crowds_say_what_is_wrong() {
    let bench = Bench::new();
    for (more, said) in [
        ("--abr bola --players 0", "--players"),
        ("--abr bola --stagger -1", "--stagger"),
        ("--abr bolla", "did you mean 'bola'"),
        ("", "--abr"),
    ] {
        let ran = bench.run(&format!("{CROWD} {more}"));
        assert_eq!(ran.code, 2, "{more}: {}", ran.err);
        assert!(ran.err.contains(said), "{more}: {}", ran.err);
    }
}
