//! What people bring: every case of `fixtures/cases`, each with its command, its input and the right answer.

mod common;

use std::path::PathBuf;

use common::{Bench, Ran};
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/cases")
}

/// A folder with the files of a case.
fn bench(case: &str) -> Bench {
    let bench = Bench::new();
    for entry in std::fs::read_dir(folder().join(case)).unwrap_or_else(|e| panic!("{case}: {e}")) {
        let path = entry.expect("readable").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        bench.put(&name, std::fs::read(&path).expect("readable"));
    }
    bench
}

/// What a case's own command says, with more arguments.
fn ran(bench: &Bench, more: &str) -> Ran {
    let command = bench.text("command");
    let line = command.trim().strip_prefix("segue ").expect("a command of segue");
    bench.run(&format!("{line}{more}"))
}

/// A video of so many seconds and segments, on rungs of these bitrates.
fn video(case: &str, seconds: f64, segments: u64, kbps: &[f64]) -> Ran {
    let bench = bench(case);
    let ran = ran(&bench, "");
    assert_eq!(ran.code, 0, "{case}: {}", ran.err);
    let info = match bench.text("command").contains(" import ") {
        true => bench.ok("video info movie.json --json").json(),
        false => {
            bench.ok(&format!("{} --json", bench.text("command").trim().trim_start_matches("segue "))).json()
        }
    };
    let nominal: Vec<f64> = info["rungs"]
        .as_array()
        .expect("rungs")
        .iter()
        .map(|r| r["nominal_kbps"].as_f64().expect("a rate"))
        .collect();
    assert_eq!(
        (info["duration_s"].as_f64(), info["segments"].as_u64()),
        (Some(seconds), Some(segments)),
        "{case}"
    );
    assert_eq!(nominal, kbps, "{case}");
    ran
}

/// The numbers of the one trace of a case.
fn trace(case: &str, more: &str, duration_s: f64, mean_mbps: f64) -> (Ran, Value) {
    let bench = bench(case);
    let json = if bench.text("command").contains("--json") { "" } else { " --json" };
    let ran = ran(&bench, &format!("{more}{json}"));
    assert_eq!(ran.code, 0, "{case}: {}", ran.err);
    let files = ran.json()["files"].as_object().expect("traces").clone();
    assert_eq!(files.len(), 1, "{case}");
    let numbers = files.into_iter().next().expect("one").1;
    let near = |key: &str, want: f64| {
        let got = numbers[key].as_f64().expect("a number");
        assert!((got - want).abs() <= 1e-9 * want, "{case}: {key} {got} instead of {want}");
    };
    near("duration_s", duration_s);
    near("mean_mbps", mean_mbps);
    (ran, numbers)
}

/// The score of the input of a case and of another file of it, and what is said of the input.
fn p1203(case: &str, other: Option<&str>) -> (Value, Value, String) {
    let bench = bench(case);
    let ran = ran(&bench, "");
    assert_eq!(ran.code, 0, "{case}: {}", ran.err);
    let other = other.map_or(Value::Null, |o| bench.ok(&format!("qoe {o} --model p1203")).json());
    (ran.json(), other, ran.err)
}

fn refused(case: &str, says: &[&str]) {
    let ran = ran(&bench(case), "");
    assert_eq!(
        (ran.code, ran.err.lines().filter(|l| l.contains("error:")).count()),
        (2, 1),
        "{case}: {}",
        ran.err
    );
    for says in says {
        assert!(ran.err.contains(says), "{case}: {}", ran.err);
    }
}

const TWO: [f64; 2] = [500.0, 1500.0];
const HLS: [f64; 2] = [400.0, 1600.0];

/// What `expected.txt` demands, case by case.
/// The folder of a case, and what must hold of it.
type Case = (&'static str, fn(&str));

const CASES: [Case; 27] = [
    ("01-puffer-sent-real-header", |case| {
        let (_, t) = trace(case, "", 6.0, 10.4);
        assert_eq!((t["read_as"].as_str(), t["part"].as_str()), (Some("puffer"), Some("s1_0")));
    }),
    ("04-timeline-beyond-period-end", |case| {
        let said = video(case, 18.0, 5, &TWO).err;
        assert!(said.contains("5 segment(s) behind the period: left out"), "{said}");
    }),
    ("05-timeline-before-offset", |case| {
        let said = video(case, 12.0, 3, &TWO).err;
        assert!(said.contains("2 segment(s) before the period"), "{said}");
    }),
    ("08-epoch-two-periods", |case| drop(video(case, 20.0, 5, &TWO))),
    ("09-space-in-attribute-list", |case| drop(video(case, 12.0, 3, &HLS))),
    ("10-trailing-comma", |case| drop(video(case, 12.0, 3, &HLS))),
    ("12-blank-lines-before-header", |case| drop(video(case, 12.0, 3, &HLS))),
    ("14-avc1-and-avc3", |case| drop(video(case, 12.0, 3, &HLS))),
    ("15-run-hides-left-out-rung", |case| {
        let bench = bench(case);
        let ran = ran(&bench, "");
        assert_eq!(ran.code, 0, "{}", ran.err);
        let imported = bench.ok("video import master.m3u8 -o movie.json").err;
        let left_out = imported.lines().find(|l| l.contains("of another codec")).expect("a note");
        assert!(ran.err.contains(left_out), "{}", ran.err);
        let compared =
            bench.ok("compare --trace preset:constant --video master.m3u8 --abr bola --abr bba").err;
        assert!(compared.contains(left_out) && bench.ok("video info master.m3u8").err.contains(left_out));
    }),
    ("18-initial-loading-listed-last", |case| {
        let (got, want, _) = p1203(case, Some("sorted.json"));
        assert_eq!(got["O46"], want["O46"]);
        assert!((got["O46"].as_f64().expect("a score") - 3.72988).abs() < 1e-5);
    }),
    ("19-segments-out-of-order", |case| {
        let (got, want, said) = p1203(case, Some("sorted.json"));
        assert_eq!(got["O46"], want["O46"]);
        assert!(said.contains("order"), "{said}");
    }),
    ("20-stalls-in-milliseconds", |case| {
        let said = p1203(case, None).2;
        assert!(said.contains("a stall outside of the media"), "{said}");
    }),
    ("22-mode1-frame-sizes-as-strings", |case| {
        let (got, want, _) = p1203(case, Some("numbers.json"));
        assert_eq!(got, want);
        assert_eq!(got["mode"], 1);
    }),
    ("25-session-record-bom", |case| {
        let bench = bench(case);
        let ran = ran(&bench, " --json");
        assert_eq!(ran.code, 0, "{}", ran.err);
        let score = |json: Value, file: &str| json["files"][file]["pensieve-lin"].as_f64().expect("a score");
        let plain = bench.ok("qoe plain.json --model pensieve-lin --json").json();
        assert_eq!(score(ran.json(), "session.json"), score(plain, "plain.json"));
    }),
    ("27-duration-of-60.997", |case| {
        // 15250 packets of 1500 bytes.
        let (_, t) = trace(case, "", 60.997, 183.0 / 60.997);
        assert_eq!(t["total_mbit"].as_f64(), Some(183.0));
        assert_eq!(t["whole_seconds"]["duration_s"].as_f64(), Some(60.0));
        assert_eq!(t["whole_seconds"]["total_mbit"].as_f64(), Some(180.0));
    }),
    ("29-max-segment-duration-without-pt", |case| drop(video(case, 20.0, 5, &TWO))),
    ("30-negative-offset", |case| drop(video(case, 20.0, 5, &TWO))),
    ("32-xlink-first", |case| refused(case, &["period 1", "xlink"])),
    ("33-mpd-utf16-le", |case| drop(video(case, 20.0, 5, &TWO))),
    ("36-text-after-manifest", |case| refused(case, &["more after the end of the manifest"])),
    ("38-csv-semicolon-clock", |case| {
        refused(case, &["`time`, `bandwidth`", "unit of `bandwidth`"]);
        let (_, t) = trace(case, " --format csv:time=time,rate=bandwidth,unit=kbit", 120.0, 3.5);
        assert_eq!(t["n_records"].as_u64(), Some(24));
    }),
    ("39-gnettrack-semicolons", |case| {
        let (_, t) = trace(case, "", 70.0, 3.5);
        assert_eq!(t["read_as"], "gnettrack");
    }),
    ("41-iperf3-text", |case| {
        let (_, t) = trace(case, "", 60.0, 10.0);
        assert_eq!(t["read_as"], "iperf3");
    }),
    ("43-p1203-bit-per-second", |case| {
        let said = p1203(case, None).2;
        assert!(said.contains("kbit/s") && said.contains("looks like bit/s"), "{said}");
    }),
    ("44-publish-time-is-start", |case| {
        let said = video(case, 60.0, 15, &TWO).err;
        assert!(said.contains("time-shift buffer"), "{said}");
    }),
    ("47-variable-in-media", |case| drop(video(case, 4.0, 2, &[8.0]))),
    ("48-fcc-speed-test-table", |case| {
        let (ran, t) = trace(case, "", 210.0, 40.08);
        assert!(ran.err.contains("speed tests") && ran.err.contains("8 connection(s)"), "{}", ran.err);
        assert_eq!(t["tests"], "speed tests");
    }),
];

#[test]
fn every_case_is_right() {
    let named: Vec<&str> = CASES.iter().map(|c| c.0).collect();
    assert_eq!(common::names(&folder()), named);
    for (case, check) in CASES {
        check(case);
    }
    println!("cases: {} cases", CASES.len());
}

#[test]
fn pensieves_profile_is_exact_on_a_late_trace() {
    let golden = |name: &str| -> Value {
        let path = fixtures::golden("simulators").join(name);
        serde_json::from_str(&std::fs::read_to_string(path).expect("readable")).expect("JSON")
    };
    let numbers = |v: &Value| -> Vec<f64> {
        v.as_array().expect("numbers").iter().map(|x| x.as_f64().expect("a number")).collect()
    };
    let (inputs, runs) = (golden("pensieve_inputs.json"), golden("pensieve_bb.json"));
    let bench = Bench::new();
    // The one trace whose first time stamp is not 0, as a cooked file.
    let late = &inputs["traces"]["late_s4"];
    let (times, rates) = (numbers(&late["time_s"]), numbers(&late["mbps"]));
    assert!(times[0] > 0.0);
    let rows: String = times.iter().zip(rates).map(|(t, r)| format!("{t}\t{r}\n")).collect();
    bench.put("late.cooked", rows);
    let mut compared = 0;
    for case in runs["cases"].as_array().expect("cases").iter().filter(|c| c["trace"] == "late_s4") {
        let video = case["video"].as_str().expect("a name");
        for (rung, sizes) in inputs["videos"][video].as_array().expect("rungs").iter().enumerate() {
            let sizes: String = numbers(sizes).iter().map(|s| format!("{s}\n")).collect();
            bench.put(&format!("{video}/video_size_{rung}"), sizes);
        }
        let ran = bench.ok(&format!(
            "run --trace late.cooked --format cooked --video {video} --video-format pensieve:bitrates=300/750/1200/1850/2850/4300 \
             --profile pensieve-1120bb1 --abr buffer:first=1 --json"
        ));
        let rows: Vec<Vec<f64>> = case["rows"].as_array().expect("rows").iter().map(numbers).collect();
        // The fifth column: what each chunk waited for, the first at startup.
        let stalls: f64 = rows[1..].iter().map(|r| r[4]).sum();
        for (key, want) in [("startup_delay_s", rows[0][4]), ("stall_s", stalls)] {
            let got = ran.json()[key].as_f64().expect("a number");
            assert!((got - want).abs() <= 1e-9 * want.max(1.0), "{video}: {key} is {got}, Pensieve's {want}");
        }
        compared += 1;
    }
    assert!(compared > 0);
}

#[test]
fn bola_scores_what_sabre_prints() {
    let bench = Bench::new();
    for (trace, rule) in
        [("preset:3g,mean=0.5", "bola"), ("sabre.json", "bola-e"), ("link.csv", "throughput")]
    {
        let run = format!(
            "run --trace {trace} --video video.json --abr {rule} --profile sabre-09b03bb --qoe bola --json"
        );
        let json = bench.ok(&run).json();
        let (got, want) = (&json["qoe"]["bola"], &json["sabre"]["time average score"]);
        let (got, want) = (got.as_f64().expect("a score"), want.as_f64().expect("a score"));
        assert!((got - want).abs() <= 1e-9 * want.abs(), "{trace}: {got} instead of {want}");
        if trace == "link.csv" {
            assert!(json["stall_s"].as_f64().expect("seconds") > 0.0, "it is to stall");
        }
    }
}

#[test]
fn win_rates_are_of_what_is_better() {
    let bench = Bench::new();
    let run = "compare --trace preset:3g,seed=1 --trace preset:3g,seed=2 --trace preset:3g,seed=3 --video video.json \
               --abr fixed:level=0 --abr fixed:level=3 --qoe yin --json";
    let measures = bench.ok(run).json()["measures"].clone();
    // The top rung wins bitrate on every trace, and loses stalls on every trace.
    let win = |measure: &str| {
        measures[measure]["rules"]["fixed:level=3"]["vs_baseline"]["win_rate"].as_f64().expect("a share")
    };
    assert_eq!((win("mean_bitrate_kbps"), win("stall_percent")), (1.0, 0.0));
    // Equal numbers are half won.
    assert_eq!(win("switch_count"), 0.5);
    // The statistic of a row is one: the difference of means is the mean of differences.
    let stalls = &measures["stall_percent"]["rules"];
    let mean = |rule: &str| stalls[rule]["mean"].as_f64().expect("a number");
    let difference = stalls["fixed:level=3"]["vs_baseline"]["mean"].as_f64().expect("a number");
    assert!((mean("fixed:level=3") - mean("fixed:level=0") - difference).abs() < 1e-9);
}
