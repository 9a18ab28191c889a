//! Impairments on the command line, and the examples of `docs/impairments.md`.

mod common;

use common::Bench;
use serde_json::Value;

const RUN: &str = "run --trace link.csv --video video.json --abr bola --json";

#[test]
fn impairments_slow_a_session_down_and_its_record_says_which() {
    let bench = Bench::new();
    let plain = bench.ok(RUN).json();
    let slow = bench.ok(&format!("{RUN} --impair latency:base=0.2 --impair slow-start:cap=30000")).json();
    assert_eq!(plain["profile"], "default");
    assert_eq!(slow["profile"], "default + latency:base=0.2 + slow-start:cap=30000");
    let number = |json: &Value, key: &str| json[key].as_f64().expect("a number");
    assert!(number(&slow, "startup_delay_s") > number(&plain, "startup_delay_s"));
    assert!(number(&slow, "mean_bitrate_kbps") < number(&plain, "mean_bitrate_kbps"));
    let neutral = bench.ok(&format!("{RUN} --impair token-bucket:rate=1e9 --impair loss:p=0")).json();
    assert_eq!(neutral["qoe"], plain["qoe"]);
}

#[test]
fn what_is_random_follows_the_seed_on_any_number_of_threads() {
    let bench = Bench::new();
    let line = |seed: u32, jobs: u32| {
        format!(
            "compare --trace link.csv --trace sabre.json --video video.json --abr bola --abr bba --json \
             --impair latency:jitter=0.05 --impair loss:bad=1,good=4 --seed {seed} --jobs {jobs}"
        )
    };
    let one = bench.ok(&line(1, 1)).out;
    assert_eq!(one, bench.ok(&line(1, 8)).out);
    assert_ne!(one, bench.ok(&line(2, 1)).out.replace("\"seed\": 2", "\"seed\": 1"));
}

#[test]
fn wrong_impairments_are_wrong_input() {
    let bench = Bench::new();
    for (given, said) in [
        ("--impair slow-strt", "did you mean 'slow-start'?"),
        ("--impair loss:p=2", "option p is '2'"),
        ("--impair slow-start --impair latency", "give 'latency' first"),
        ("--impair two-path:with=nothing.csv", "nothing.csv"),
    ] {
        let ran = bench.run(&format!("{RUN} {given}"));
        assert_eq!(ran.code, 2, "{given}: {}", ran.err);
        assert!(ran.err.contains(said) && ran.err.lines().count() == 1, "{given}: {}", ran.err);
    }
    let optimum =
        "compare --trace link.csv --video video.json --abr bola --optimum --impair slow-start --qoe yin";
    let ran = bench.run(optimum);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("impair"), "{}", ran.err);
}

#[test]
fn a_second_network_comes_from_a_column_of_the_same_file() {
    let bench = Bench::new();
    let rows: String = (0..120).map(|k| format!("{k} {} {}\n", 1 + k % 3, 5 - k % 4)).collect();
    bench.put("both.txt", rows);
    let line = "run --trace both.txt --format cooked:column=1 --video video.json --abr bola --json";
    let alone = bench.ok(line).json();
    let both = bench.ok(&format!("{line} --impair two-path:with=both.txt,column=2")).json();
    let rate = |json: &Value| json["mean_bitrate_kbps"].as_f64().expect("a number");
    assert!(rate(&both) > rate(&alone));
}

/// The commands of the page, in its order.
fn commands() -> Vec<String> {
    let page = include_str!("../../../docs/impairments.md");
    let blocks = page.split("```console\n").skip(1).map(|b| b.split("```").next().unwrap_or_default());
    let joined: String = blocks.collect::<String>().replace("\\\n", " ");
    joined.lines().map(|l| l.strip_prefix("segue ").expect("a command").to_string()).collect()
}

/// The buffer rule of the page's examples.
const BBA: &str = "bba:reservoir=11.25,cushion=15.75";

#[test]
fn the_examples_of_the_page_say_what_it_says() {
    let bench = Bench::new();
    let commands = commands();
    assert_eq!(commands.len(), 7);
    let json: Vec<Value> = commands.iter().map(|c| bench.ok(&format!("{c} --json")).json()).collect();
    let mean = |json: &Value, measure: &str, rule: &str| {
        json["measures"][measure]["rules"][rule]["mean"].as_f64().expect("a mean")
    };
    // The constant link: the table of the page.
    for (json, rows) in [
        (&json[2], [("throughput", 17653.0, 1288.0), (BBA, 16853.0, 1246.0)]),
        (&json[3], [("throughput", 7767.0, 547.0), (BBA, 16853.0, 1244.0)]),
    ] {
        for (rule, bitrate, qoe) in rows {
            assert_eq!(mean(json, "mean_bitrate_kbps", rule).round(), bitrate, "{rule}");
            assert_eq!(mean(json, "pensieve-lin", rule).round(), qoe, "{rule}");
        }
    }
    // Ten draws of a 4G network: who has the higher bitrate, and by how much more the QoE differs.
    let leads = |json: &Value, measure| mean(json, measure, "dynamic") - mean(json, measure, BBA);
    let [without, with] = [4, 5].map(|i| leads(&json[i], "mean_bitrate_kbps"));
    assert!(without > 1000.0 && with < -1000.0, "bitrate: {without} and {with}");
    let [without, with] = [4, 5].map(|i| leads(&json[i], "pensieve-lin"));
    assert!(without < 0.0 && with < 2.0 * without, "QoE: {without} and {with}");
}
