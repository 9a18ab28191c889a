//! Help, lists, completions, pipes, and the commands about traces and videos.

mod common;

use std::io::Read;
use std::process::Stdio;

use common::Bench;

/// All commands and the commands under them, as their own help lists them.
fn commands(bench: &Bench, of: &str) -> Vec<String> {
    let help = bench.ok(&format!("{of} --help")).out;
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return vec![] };
    let list = list.split("\n\n").next().unwrap_or_default();
    let names = list.lines().filter(|l| l.starts_with("  ") && !l.starts_with("   "));
    let names = names.filter_map(|l| l.split_whitespace().next()).filter(|n| *n != "help");
    let mut found = Vec::new();
    for name in names {
        let full = format!("{of} {name}").trim().to_string();
        let below = commands(bench, &full);
        found.push(full);
        found.extend(below);
    }
    found
}

#[test]
fn every_command_explains_itself_with_examples_in_80_columns() {
    let bench = Bench::new();
    let all = commands(&bench, "");
    for known in ["run", "compare", "trace drive", "dataset verify", "video import", "qoe", "twitch"] {
        assert!(all.iter().any(|c| c == known), "{known}: {all:?}");
    }
    for command in all.iter().map(String::as_str).chain([""]) {
        let help = bench.ok(&format!("{command} --help"));
        let examples = ["Example:\n  segue ", "Examples:\n  segue "];
        assert!(examples.iter().any(|e| help.out.contains(e)), "{command}\n{}", help.out);
        assert!(help.err.is_empty());
        let long: Vec<&str> = help.out.lines().filter(|l| l.chars().count() > 80).collect();
        assert!(long.is_empty(), "{command}: {long:?}");
    }
    assert!(bench.ok("--version").out.starts_with("segue "));
    assert_eq!(bench.run("").code, 2);
}

#[test]
fn lists_know_every_name() {
    let bench = Bench::new();
    for (kind, names) in [
        ("abr", vec!["bola", "bola-e", "dynamic", "throughput", "robust-mpc", "bba", "fixed"]),
        ("qoe", vec!["yin", "pensieve-lin", "bola", "p1203"]),
        ("profiles", vec!["default", "sabre-09b03bb", "pensieve-1120bb1"]),
        ("presets", vec!["3g", "4g", "5g", "constant", "step", "square", "cbr", "vbr", "pensieve"]),
        ("formats", vec!["csv", "cooked", "mahimahi", "sabre", "pensieve", "segue", "dash", "hls"]),
    ] {
        let text = bench.ok(&format!("list {kind}")).out;
        let json = bench.ok(&format!("list {kind} --json")).json();
        let lists = json["lists"].as_array().expect("lists").iter();
        let known: Vec<&str> = lists
            .flat_map(|l| l["entries"].as_array().expect("entries"))
            .map(|e| e["name"].as_str().expect("a name"))
            .collect();
        for name in names {
            assert!(text.lines().any(|l| l.split_whitespace().next() == Some(name)), "{kind} {name}\n{text}");
            assert!(known.contains(&name), "{kind} {name} {known:?}");
        }
    }
}

#[test]
fn completions_for_every_shell() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(bench.ok(&format!("completions {shell}")).out.contains("compare"), "{shell}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let bench = Bench::new();
    for line in ["list abr", "completions bash", "trace generate 3g,duration=100000", "run --help"] {
        let mut command = bench.command(line);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
        assert!(child.wait().expect("ends").success(), "{line}: {said}");
        assert_eq!(said, "", "{line}");
    }
}

#[test]
fn statistics_have_the_published_names() {
    let bench = Bench::new();
    let json = bench.ok("trace info link.csv sabre.json --json").json();
    assert_eq!(json["schema"], "segue.trace-info/1");
    let stats = &json["files"]["sabre.json"];
    for name in [
        "duration_s",
        "n_segments",
        "dropped_nonpositive",
        "total_mbit",
        "mean_mbps",
        "std_mbps",
        "cv",
        "p5_mbps",
        "p50_mbps",
        "p95_mbps",
        "min_mbps",
        "max_mbps",
        "outage_share",
        "zero_share",
        "longest_outage_s",
        "acf1",
        "acf5",
    ] {
        assert!(stats.get(name).is_some(), "{name}");
    }
    assert_eq!((stats["duration_s"].as_f64(), stats["max_mbps"].as_f64()), (Some(28.0), Some(3.9)));
    assert_eq!(json["files"]["link.csv"]["longest_outage_s"], 8.0);
    assert_eq!(json["aggregate"]["n_files"], 2);
    assert_eq!(json["aggregate"]["duration_s"], 88.0);
    let text = bench.ok("trace info link.csv sabre.json").out;
    assert!(text.contains("all together") && text.lines().all(|l| l.chars().count() <= 80), "{text}");
    assert!(bench.ok("trace info link.csv").out.contains("longest outage"));
}

#[test]
fn a_trace_goes_through_every_format_and_says_what_is_lost() {
    let bench = Bench::new();
    bench.ok("trace convert link.csv a.json");
    bench.ok("trace convert a.json b.csv");
    assert_eq!(bench.text("b.csv"), common::TRACE_CSV);
    let ran = bench.ok("trace convert link.csv c.cooked");
    assert!(ran.err.starts_with("segue: note: lost in cooked: ") && ran.out.is_empty(), "{}", ran.err);
    bench.ok("trace convert link.csv d.down --to mahimahi");
    let means: Vec<f64> = ["link.csv", "a.json", "c.cooked", "d.down"]
        .iter()
        .map(|name| bench.ok(&format!("trace info {name} --json")).json()["aggregate"]["mean_mbps"].as_f64())
        .map(|mean| mean.expect("a number"))
        .collect();
    assert!(means.iter().all(|m| (m / means[0] - 1.0).abs() < 0.02), "{means:?}");
}

#[test]
fn presets_become_files_and_files_pictures() {
    let bench = Bench::new();
    bench.ok("trace generate preset:3g,duration=120,seed=5 -o g.csv");
    bench.ok("trace generate 3g,duration=120 --seed 5 -o h.json");
    let info =
        |name: &str| bench.ok(&format!("trace info {name} --json")).json()["aggregate"]["mean_mbps"].clone();
    assert_eq!(info("g.csv"), info("h.json"));
    assert_eq!(info("g.csv"), info("preset:3g,duration=120,seed=5"));
    assert_eq!(bench.ok("trace generate 3g,duration=120 --seed 5").out, bench.text("g.csv"));
    bench.ok("trace plot g.csv preset:square -o page.png");
    bench.ok("trace plot link.csv -o one.svg");
    assert!(
        bench.text("one.svg").contains("link")
            && bench.text("page.csv").starts_with("trace,time_s,rate_kbps")
    );
}

#[test]
fn videos_are_made_and_described() {
    let bench = Bench::new();
    bench.ok("video generate preset:vbr,duration=50,ladder=300/900/2700 --seed 2 -o v.json");
    let json = bench.ok("video info v.json --json").json();
    assert_eq!((json["segments"].as_u64(), json["duration_s"].as_f64()), (Some(13), Some(50.0)));
    assert_eq!(json["rungs"][2]["nominal_kbps"], 2700.0);
    assert!(bench.ok("video info v.json").out.contains("2700"));
    bench.ok("video generate preset:cbr,duration=48,ladder=pensieve --format pensieve -o sizes/");
    assert_eq!(bench.names("sizes").len(), 6);
    assert_eq!(bench.ok("video info sizes --json").json()["segments"], 12);
    assert_eq!(bench.run("video generate cbr --format pensieve -o sizes").code, 2);
    bench.ok("run --trace link.csv --video sizes --abr bba --json");
}

#[test]
fn colour_is_for_terminals() {
    let bench = Bench::new();
    for line in ["list abr", "compare --trace link.csv --video video.json --abr bba", "run --trace x"] {
        let ran = bench.run(line);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{line}");
    }
    let forced = bench.command("list abr").env("CLICOLOR_FORCE", "1").output().expect("runs");
    assert!(forced.stdout.contains(&0x1b));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once_and_whole() {
    let bench = Bench::new();
    bench.ok("trace generate 3g,duration=5000,seed=1 -o long.csv");
    let binary = env!("CARGO_BIN_EXE_segue");
    let script = format!("cat long.csv | {binary} trace info /dev/stdin --json");
    let output = std::process::Command::new("sh").args(["-c", &script]).current_dir(bench.path(".")).output();
    let output = output.expect("runs");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json["aggregate"]["duration_s"], 5000.0);
}

#[test]
fn a_trace_says_why_it_is_what_it_is() {
    let bench = Bench::new();
    bench.put("logs/bus.csv", "2.5,Mbits/sec\r\n300,Kbits/sec\r\n");
    bench.put("logs/README", "no trace at all\n");
    let one = bench.ok("trace info --why logs/bus.csv").out;
    assert!(one.starts_with("logs/bus.csv: nyumets, by a first line of a number and a unit"), "{one}");
    assert!(
        one.contains("\n  nyumets       yes: ") && one.contains("\n  sabre         no, it would be: "),
        "{one}"
    );
    let all = bench.ok("trace info --why logs link.csv").out;
    assert_eq!(all.lines().filter(|l| !l.starts_with(' ')).count(), 3, "{all}");
    assert!(all.contains("logs/README: not recognised: line 1: `no trace at all`"), "{all}");
    assert!(all.contains("link.csv: csv, by a header with a column time_s"), "{all}");
    let unknown = bench.run("trace info --why logs/README");
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.out.contains("  cooked        no, it would be: "), "{unknown:?}");
    assert_eq!(bench.run("trace info --why logs/none.csv").code, 2);
}
