//! `segue qos`: the described examples line by line, prompts, and input that is wrong.

mod common;

use std::io::Write;
use std::process::Stdio;

use common::Bench;
use serde_json::Value;

/// Runs the command with this standard input; its output, its errors and its exit code.
fn run(bench: &Bench, args: &[&str], input: &[u8]) -> (String, String, i32) {
    let mut child = bench
        .command("qos")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("it ends");
    let _ = writer.join().expect("written");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (text(output.stdout), text(output.stderr), output.status.code().unwrap_or(-1))
}

#[test]
fn the_described_examples_line_by_line() {
    let bench = Bench::new();
    let path = fixtures::golden("seeds").join("qos_readme_examples.json");
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("golden")).expect("JSON");
    let cases = golden["cases"].as_array().expect("cases");
    assert!(!cases.is_empty());
    for case in cases {
        let input = &case["input"];
        let network: Vec<String> =
            input["network"].as_object().expect("values").iter().map(|(k, v)| format!("{k}={v}")).collect();
        // JSON objects are read in the order of their names; the described order is another.
        let order = |n: &String| ["RSRP", "RSRQ", "SNR"].iter().position(|k| n.starts_with(&format!("{k}=")));
        let mut network = network;
        network.sort_by_key(order);
        let (mode, said) =
            (input["mode"].as_str().expect("a mode"), input["feedback"].as_str().expect("a text"));
        let telemetry = network.join(",");
        let args = match mode {
            "text" => vec!["text", "--telemetry", &telemetry, said],
            _ => vec!["voice", "--telemetry", &telemetry, "--transcript", said],
        };
        let (out, err, code) = run(&bench, &args, b"");
        assert_eq!((code, err.as_str()), (0, ""));
        let expected = case["output"]["lines"].as_array().expect("lines");
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.len(), expected.len(), "{out}");
        for (line, wanted) in lines.iter().zip(expected) {
            let wanted = wanted.as_str().expect("a line");
            match wanted.split_once(" (").filter(|_| wanted.starts_with("Sentiment: ")) {
                // The confidence is our own.
                Some((label, _)) => {
                    let (own, rest) = line.split_once(" (").expect("a confidence");
                    assert_eq!(own, label);
                    let percent: f64 = rest.strip_suffix("%)").expect("percent").parse().expect("a number");
                    assert!((50.0..=100.0).contains(&percent) && rest.len() == "92.15%)".len(), "{line}");
                }
                None => assert_eq!(*line, wanted),
            }
        }
    }
}

#[test]
fn the_page_shows_what_is_printed() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/feedback.md");
    let page = std::fs::read_to_string(page).expect("a page");
    let (_, shown) = page.split_once("$ segue qos text --telemetry ").expect("an example");
    let (line, rest) = shown.split_once('\n').expect("a line");
    let (telemetry, said) = line.split_once(' ').expect("a sentence");
    let wanted = rest.split_once("```").expect("the end of it").0;
    let (out, _, _) = run(&Bench::new(), &["text", "--telemetry", telemetry, said.trim_matches('"')], b"");
    assert_eq!(out, wanted);
}

#[test]
fn text_asks_until_the_end_of_input() {
    let bench = Bench::new();
    let (out, _, code) = run(&bench, &["text"], b"it froze again\n\nthanks, works now\n");
    assert_eq!(code, 0);
    assert_eq!(out.matches("Enter feedback: ").count(), 4);
    assert!(out.contains("Sentiment: NEGATIVE") && out.contains("Sentiment: POSITIVE"), "{out}");
    assert!(out.contains("Network: {}") && out.contains("QoE Prediction: Unknown (no telemetry)"), "{out}");
    let (json, err, _) = run(&bench, &["text", "--json"], b"it froze again\n720p please\n");
    let lines: Vec<Value> = json.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["action"]["action"], "lower");
    assert_eq!(lines[1]["action"]["reason"], "asked for");
    assert!(err.contains("Enter feedback: "));
}

#[test]
fn control_characters_and_huge_messages_do_no_harm() {
    let bench = Bench::new();
    let mut input = b"\x1b[31mbad\x07 stream\x00\xff\xfe\n".to_vec();
    input.extend(b"buffering ".repeat(105_000));
    input.extend(b"\nok\n");
    let (out, _, code) = run(&bench, &["text"], &input);
    assert_eq!(code, 0);
    assert!(!out.contains(['\u{1b}', '\u{7}', '\0']));
    assert_eq!(out.matches("Sentiment:").count(), 3);
    assert!(out.len() < 10_000, "{}", out.len());
}

#[test]
fn wrong_input_is_told() {
    let bench = Bench::new();
    bench.put("no.wav", "no wave");
    for (args, told) in [
        (&["text", "--telemetry", "RSRP", "x"][..], "RSRP"),
        (&["text", "--telemetry", "RSRP=strong", "x"], "expected a number"),
        (&["text", "--telemetry", "RSPR=-90", "x"], "did you mean 'RSRP'"),
        (&["text", "--telemetry", "none.csv", "x"], "none.csv"),
        (&["text", "--sentiment", "vadr", "x"], "did you mean 'vader'"),
        (&["text", "--model", "x", "x"], "Known: auto, document, trained"),
        (&["voice"], "microphone"),
        (&["voice", "no.wav"], "no WAV file"),
    ] {
        let (out, err, code) = run(&bench, args, b"");
        assert_eq!((out.as_str(), code), ("", 2), "{args:?}: {err}");
        assert!(err.contains(told) && err.lines().count() == 1, "{args:?}: {err}");
    }
    // The same values, as they are printed.
    let (out, _, code) = run(&bench, &["text", "--telemetry", "{'RSRP': -88.76, 'SNR': 15.43}", "fine"], b"");
    assert!(code == 0 && out.starts_with("Network: {'RSRP': -88.76, 'SNR': 15.43}\n"), "{out}");
    let (out, err, code) = run(&bench, &["text", "--telemetry", "RSRP=-300,SNR=15", "fine"], b"");
    assert_eq!(code, 0);
    assert!(err.contains("not possible") && out.contains("QoE Prediction: High Quality"), "{err}{out}");
}

#[test]
fn a_transcriber_is_a_program_and_one_that_hangs_is_ended() {
    let bench = Bench::new();
    let mut wav = std::io::Cursor::new(Vec::new());
    let tone: Vec<f32> =
        (0..32_000).map(|i| if i < 8_000 { 0.0 } else { 0.3 * (i as f32 * 0.2).sin() }).collect();
    feedback::voice::write_wav(&tone, &mut wav).expect("a file");
    bench.put("said.wav", wav.into_inner());
    bench.put("hear.sh", "echo lower the quality\n");
    bench.put("hang.sh", "sleep 600\n");
    let (out, _, code) = run(&bench, &["voice", "said.wav", "--transcriber", "sh hear.sh"], b"");
    assert_eq!(code, 0);
    assert!(out.starts_with("Audio captured: \"lower the quality\"\nNetwork: {}\n"), "{out}");
    assert!(out.ends_with("Action: Lower bitrate (720p)\n"), "{out}");
    let (_, err, code) =
        run(&bench, &["voice", "said.wav", "--transcriber", "sh hang.sh", "--limit", "1"], b"");
    assert!(code == 1 && err.contains("no answer in 1 s"), "{err}");
    let (_, err, code) = run(&bench, &["voice", "said.wav"], b"");
    assert!(code == 2 && err.contains("SEGUE_TRANSCRIBER"), "{err}");
}

#[test]
fn the_loop_goes_on_whatever_comes() {
    let bench = Bench::new();
    let mut input = b"time_s,rsrp_dbm,snr_db,throughput_mbps,buffer_s\n".to_vec();
    for t in 1..=30 {
        input.extend(format!("{t},-101,3.1,0.6,1.5\n").bytes());
        for k in 0..400 {
            input.extend(
                format!("{{\"viewer\":\"v{k}\",\"text\":\"it froze again\",\"time_s\":{t}}}\n").bytes(),
            );
        }
    }
    input.extend(b"31,-101,3.1\n{\"time_s\":31,\"RSRP\":\"strong\"}\n32,-300,3,1,2\n\x1b[2J\x00\xff\n");
    input.extend(b"x".repeat(1 << 20));
    input.push(b'\n');
    let (out, err, code) = run(&bench, &["serve"], &input);
    assert_eq!((code, err.as_str()), (0, ""));
    let steps: Vec<Value> = out.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert!(steps.len() >= 10, "{}", steps.len());
    let actions = || steps.iter().flat_map(|s| s["actions"].as_array().expect("actions"));
    assert!(actions().all(|a| !a["reason"].as_str().expect("a reason").is_empty()));
    assert!(actions().any(|a| a["action"] == "lower"), "{out}");
    let problems: Vec<&str> =
        steps.iter().filter_map(|s| s["problems"].as_array()).flatten().filter_map(Value::as_str).collect();
    assert!(problems.iter().any(|p| p.contains("3 fields, expected 5")), "{problems:?}");
    assert!(problems.iter().any(|p| p.contains("expected a number")), "{problems:?}");
    assert!(problems.iter().any(|p| p.contains("not possible")), "{problems:?}");
    let (shown, _, code) = run(&bench, &["watch"], &input);
    assert!(code == 0 && !shown.contains(['\u{1b}', '\0']) && shown.contains("Lower bitrate"), "{shown}");
    assert!(shown.lines().all(|l| l.chars().count() <= 80), "{shown}");
    assert!(shown.contains("-101.0") && shown.contains("Needs Adjustment") && shown.contains("NEGATIVE"));
    // A clock that jumps beyond all time is told of, and ends nothing.
    let (out, _, code) = run(&bench, &["serve"], b"{\"time_s\":0,\"SNR\":9}\n{\"time_s\":1e300,\"SNR\":9}\n");
    assert!(code == 0 && out.lines().count() == 1 && out.contains("line 2: time_s is 1e"), "{out}");
    let (_, err, code) = run(&bench, &["serve", "--interval", "9"], b"");
    assert!(code == 2 && err.contains("2 to 5 s"), "{err}");
}

#[test]
fn a_replay_is_the_same_twice_and_gives_reasons() {
    let bench = Bench::new();
    let args = ["replay", "--hours", "1", "--seed", "3", "--compare", "--json"];
    let (first, _, code) = run(&bench, &[&args[..], &["--log", "a.jsonl"]].concat(), b"");
    assert_eq!(code, 0);
    let (second, _, _) = run(&bench, &[&args[..], &["--log", "b.jsonl"]].concat(), b"");
    assert_eq!((&first, bench.text("a.jsonl")), (&second, bench.text("b.jsonl")));
    let json: Value = serde_json::from_str(&first).expect("JSON");
    assert_eq!((json["sessions"].as_u64(), json["without_reason"].as_u64()), (Some(6), Some(0)));
    let log = bench.text("a.jsonl");
    assert!(log.lines().count() > 500);
    for line in log.lines() {
        let action: Value = serde_json::from_str(line).expect("JSON");
        assert!(!action["reason"].as_str().expect("a reason").is_empty(), "{line}");
    }
    let (_, err, code) = run(&bench, &["replay", "--abr", "bolla"], b"");
    assert!(code == 2 && err.contains("did you mean 'bola'"), "{err}");
}

#[test]
fn capacity_is_what_crowds_of_the_command_show() {
    let bench = Bench::new();
    let link = [
        "--trace",
        "preset:constant,rate=20,duration=60",
        "--video",
        "preset:cbr,duration=60",
        "--abr",
        "bola",
    ];
    let of = |target: &str| {
        let rest = ["--target", target, "--qoe", "pensieve-lin", "--stagger", "0.5", "--json"];
        let (out, err, code) = run(&bench, &[&["capacity"][..], &link, &rest].concat(), b"");
        assert_eq!(code, 0, "{err}");
        serde_json::from_str::<Value>(&out).expect("JSON")
    };
    let json = of("1");
    let viewers = json["viewers"].as_u64().expect("a number");
    let tried = json["tried"].as_array().expect("crowds");
    let scored =
        |n: u64| tried.iter().find(|t| t["viewers"] == n).and_then(|t| t["qoe"].as_f64()).expect("played");
    assert!(viewers > 2 && scored(viewers) >= 1.0 && scored(viewers + 1) < 1.0, "{json}");
    assert!(of("0.5")["viewers"].as_u64() >= Some(viewers), "a lower target is reached by no fewer");
    let rest = ["--target", "1", "--qoe", "pensiv"];
    let (_, err, code) = run(&bench, &[&["capacity"][..], &link, &rest].concat(), b"");
    assert!(code == 2 && err.contains("pensiv"), "{err}");
}

/// Floods a running loop for some seconds; its steps, and the most memory that it took, in MB (Linux).
fn flood(bench: &Bench, seconds: u32, batch: impl Fn(u32) -> Vec<u8>) -> (Vec<Value>, Option<f64>) {
    const BATCHES: u32 = 50;
    let mut child = bench
        .command("qos serve --interval 2")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    #[allow(clippy::disallowed_methods, reason = "a flood has a pace")]
    let began = std::time::Instant::now();
    for i in 0..seconds * BATCHES {
        stdin.write_all(&batch(i)).expect("it still reads");
        let due = std::time::Duration::from_secs(1) / BATCHES * (i + 1);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let peak =
        status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    let late = began.elapsed().as_secs_f64() - f64::from(seconds);
    // A busy machine may be slow; a loop that hangs reads no more.
    assert!(late < 60.0, "the loop hangs: {late} s");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    let steps = out.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    (steps, peak.map(|kb: f64| kb / 1000.0))
}

#[test]
fn ten_thousand_messages_a_second_do_not_stop_the_loop() {
    let bench = Bench::new();
    // Each message is from a viewer of its own, and one line in fifty is a sample.
    let chat = |i: u32| {
        let mut lines = b"{\"RSRP\":-101,\"SNR\":3.1,\"throughput\":0.6,\"buffer\":1.5}\n".repeat(4);
        for k in 0..200 {
            lines.extend(
                format!("{{\"viewer\":\"v{i}-{k}\",\"text\":\"it froze again, unwatchable\"}}\n").bytes(),
            );
        }
        lines
    };
    let (steps, peak) = flood(&bench, 5, chat);
    assert!(steps.len() >= 2, "{} steps", steps.len());
    let heard: u64 = steps.iter().map(|s| s["messages"].as_u64().expect("a number")).sum();
    assert_eq!(heard, 50_000);
    assert!(steps.iter().any(|s| s["actions"][0]["action"] == "lower"), "{steps:?}");
    println!("50,000 messages in 5 s: {} steps, most memory {peak:?} MB", steps.len());
    assert!(peak.is_none_or(|mb| mb < 100.0), "{peak:?} MB");
}

#[test]
fn floods_of_nonsense_do_not_stop_the_loop() {
    let bench = Bench::new();
    let (steps, peak) = flood(&bench, 5, |_| b"{\"RSRP\":\"strong\"}\n{\"viewer\":7\n".repeat(100));
    assert!(steps.len() >= 2, "{} steps", steps.len());
    assert!(steps.iter().all(|s| s["problems"].as_array().is_some_and(|p| p.len() <= 8)));
    assert!(peak.is_none_or(|mb| mb < 100.0), "{peak:?} MB");
    // Four messages of a megabyte in each batch: more than can be judged, fewer than would fill the memory.
    let (steps, peak) = flood(&bench, 2, |_| [&b"stalls ".repeat(150_000)[..], b"\n"].concat().repeat(4));
    assert!(!steps.is_empty());
    println!("400 messages of 1 MB: most memory {peak:?} MB");
    assert!(peak.is_none_or(|mb| mb < 200.0), "{peak:?} MB");
}
