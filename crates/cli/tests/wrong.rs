//! Wrong input: one clear line, exit code 2, nothing written.

mod common;

use common::Bench;

/// A broken file, the command it is given to, and what the error must say.
struct Case {
    name: &'static str,
    content: &'static [u8],
    says: &'static [&'static str],
}

const fn case(name: &'static str, content: &'static [u8], says: &'static [&'static str]) -> Case {
    Case { name, content, says }
}

const TRACES: &[Case] = &[
    case("empty.csv", b"", &["empty.csv", "empty"]),
    case("blank.csv", b" \n\n\t\n", &["blank.csv", "blank"]),
    case("binary.csv", b"\x00\xff\xfe\x01\x9c\x00PK\x03", &["binary.csv"]),
    case("nan.csv", b"time_s,rate_mbps\n0,1\n5,NaN\n", &["nan.csv: line 3: rate_mbps is `NaN`, expected"]),
    case("negative.csv", b"time_s,rate_mbps\n0,1\n5,-2\n", &["negative.csv: line 3: rate_mbps is `-2`"]),
    case("huge.csv", b"time_s,rate_mbps\n0,1e300\n5,1\n", &["huge.csv: line 2: rate_mbps is `1e300`"]),
    case(
        "back.csv",
        b"time_s,rate_mbps\n5,1\n3,1\n",
        &["back.csv: line 3: time_s is `3`", "at least the time of the row before"],
    ),
    case("word.csv", b"time_s,rate_mbps\n0,fast\n", &["word.csv: line 2: rate_mbps is `fast`"]),
    case("column.csv", b"time_s,rate\n0,1\n", &["column.csv: line 1"]),
    case("cut.json", b"[{\"duration_ms\": 1000, \"bandwidth_kbps\": 5", &["cut.json: line 1"]),
    case("zero.json", b"[{\"duration_ms\": 0, \"bandwidth_kbps\": 5, \"latency_ms\": 1}]", &["zero.json"]),
    case("outage.csv", b"time_s,rate_mbps\n0,0\n5,0\n", &["never carries a bit"]),
    case(
        "prose.txt",
        b"It was a bright cold day in April,\nand the clocks were striking thirteen.\n",
        &["prose.txt", "formats"],
    ),
];

const VIDEOS: &[Case] = &[
    case("empty.json", b"", &["empty.json", "empty"]),
    case("binary.json", b"\x00\xff\xfe\x01\x9c", &["binary.json"]),
    case("cut.json", b"{\"segment_duration_ms\": 3000, \"bitrates_kbps\": [1", &["cut.json"]),
    case(
        "unordered.json",
        b"{\"segment_duration_ms\": 3000, \"bitrates_kbps\": [800, 300], \"segment_sizes_bits\": [[1000, 2000]]}",
        &["unordered.json", "ascending"],
    ),
    case(
        "twins.json",
        b"{\"segment_duration_ms\": 3000, \"bitrates_kbps\": [300, 300], \"segment_sizes_bits\": [[1000, 2000]]}",
        &["twins.json", "ascending"],
    ),
    case(
        "ragged.json",
        b"{\"segment_duration_ms\": 3000, \"bitrates_kbps\": [300, 800], \"segment_sizes_bits\": [[1000]]}",
        &["ragged.json"],
    ),
    case(
        "negative.json",
        b"{\"segment_duration_ms\": -3000, \"bitrates_kbps\": [300], \"segment_sizes_bits\": [[1000]]}",
        &["negative.json"],
    ),
    case(
        "huge.json",
        b"{\"segment_duration_ms\": 3000, \"bitrates_kbps\": [300], \"segment_sizes_bits\": [[1e999]]}",
        &["huge.json"],
    ),
    case(
        "none.json",
        b"{\"segment_duration_ms\": 3000, \"bitrates_kbps\": [], \"segment_sizes_bits\": []}",
        &["none.json"],
    ),
];

/// Runs a command that must be refused, and checks how.
fn refused(bench: &Bench, line: &str, says: &[&str]) {
    let before = bench.names(".");
    let ran = bench.run(line);
    assert_eq!(ran.code, 2, "{line}\n{}{}", ran.out, ran.err);
    assert_eq!(ran.out, "", "{line}");
    assert_eq!(ran.err.lines().count(), 1, "{line}\n{}", ran.err);
    assert!(ran.err.starts_with("segue: error: "), "{line}\n{}", ran.err);
    for what in says {
        assert!(ran.err.contains(what), "{line}\n{}expected to say: {what}", ran.err);
    }
    assert_eq!(bench.names("."), before, "{line} left something behind");
}

#[test]
fn broken_traces() {
    let bench = Bench::new();
    for Case { name, content, says } in TRACES {
        bench.put(name, content);
        let tail = "--video video.json --abr bola";
        refused(&bench, &format!("run --trace {name} {tail} --log l.jsonl --chart c.png"), says);
        refused(&bench, &format!("compare --trace link.csv --trace {name} {tail} -o out"), says);
        if *name != "outage.csv" {
            refused(&bench, &format!("trace info {name} --json"), says);
            refused(&bench, &format!("trace convert {name} new.csv"), says);
            refused(&bench, &format!("trace plot {name} -o new.png"), says);
        }
    }
}

#[test]
fn messages_help_whoever_reads_them() {
    let bench = Bench::new();
    let long = "x".repeat(2000);
    bench.put("dead.cooked", "0 0\n1 0\n2 0\n");
    bench.put(
        "typed.json",
        format!("[{{\"duration_ms\": \"{long}\", \"bandwidth_kbps\": 5, \"latency_ms\": 1}}]"),
    );
    bench.put("schema.json", format!("{{\"schema\": \"{long}\"}}"));
    bench.put("list.json", "[1,2,3]");
    let tail = "--video video.json --abr bola";
    // A trace without a bit is named by its file.
    refused(
        &bench,
        &format!("run --trace dead.cooked {tail}"),
        &["dead.cooked: the trace never carries a bit"],
    );
    refused(
        &bench,
        &format!("compare --trace link.csv --trace dead.cooked {tail}"),
        &["dead.cooked: the trace"],
    );
    // A number below 0 is a number: what is wrong with it says the option.
    refused(&bench, "trace convert link.csv new.csv --scale -1", &["link.csv: scale is -1"]);
    refused(&bench, "trace convert link.csv new.csv --resample -2.5", &["-2.5"]);
    // No words of the machine, one line for however many models.
    for file in ["list.json", "schema.json"] {
        let ran = bench.run(&format!("qoe {file} --model yin --model bola --model p1203"));
        assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
        assert!(ran.err.contains(file) && !ran.err.contains("struct") && ran.err.len() < 1000, "{}", ran.err);
    }
    // What was given is quoted, not poured out.
    for line in [
        format!("run --trace link.csv --video video.json --abr bola:{long}=1"),
        format!("run --trace link.csv --video video.json --abr {long}"),
        format!("run --trace {long} {tail}"),
        "trace info typed.json".to_string(),
        long.clone(),
    ] {
        let ran = bench.run(&line);
        assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
        assert!(ran.err.contains('…') && ran.err.len() < 1000, "{} bytes: {}", ran.err.len(), ran.err);
        assert!(!ran.err.contains("struct"), "{}", ran.err);
    }
}

#[test]
fn broken_videos() {
    let bench = Bench::new();
    for Case { name, content, says } in VIDEOS {
        bench.put(name, content);
        refused(&bench, &format!("run --trace link.csv --video {name} --abr bola --log l.json"), says);
        refused(&bench, &format!("video info {name}"), says);
    }
}

#[test]
fn unknown_names_and_values_out_of_range() {
    let bench = Bench::new();
    let run = |trace: &str, video: &str, abr: &str, rest: &str| {
        format!("run --trace {trace} --video {video} --abr {abr} --log l.csv {rest}")
    };
    let cases = [
        (run("link.csv", "video.json", "bla", ""), "unknown rule 'bla', did you mean 'bola'?"),
        (run("link.csv", "video.json", "bola:gq=5", ""), "'bola' has no option 'gq', did you mean 'gp'?"),
        (run("link.csv", "video.json", "bola:gp=many", ""), "option gp is 'many', expected"),
        (run("link.csv", "video.json", "bola:gp=NaN", ""), "option gp is 'NaN', expected"),
        (run("link.csv", "video.json", "bola:gp", ""), "'gp' has no '='"),
        (run("link.csv", "video.json", "bola:gp=5,,", ""), "an option is empty"),
        (run("link.csv", "video.json", "bola", "--qoe yen"), "unknown QoE model 'yen', did you mean 'yin'?"),
        (run("link.csv", "video.json", "bola", "--qoe yin --qoe yin"), "QoE model 'yin' is given twice"),
        (run("link.csv", "video.json", "bola", "--qoe p1203"), "p1203 needs"),
        (run("link.csv", "video.json", "bola", "--profile defualt"), "did you mean 'default'?"),
        (run("link.csv", "video.json", "bola", "--profile default:capacity=1"), "capacity is 1"),
        (
            run("link.csv", "video.json", "bola", "--profile default:capacity=1e99"),
            "option capacity is '1e99'",
        ),
        (
            run("link.csv", "video.json", "bola", "--format cooket"),
            "unknown trace format 'cooket', did you mean 'cooked'?",
        ),
        (run("preset:3h", "video.json", "bola", ""), "did you mean '3g'?"),
        (run("preset:3g,duration=-4", "video.json", "bola", ""), "option duration is '-4'"),
        (run("link.csv", "preset:cbr,ladder=900/300", "bola", ""), "strictly ascending"),
        (run("link.csv", "preset:cbr,duration=1e99", "bola", ""), "option duration is '1e99'"),
        (run("lnk.csv", "video.json", "bola", ""), "lnk.csv: no such file, did you mean 'link.csv'?"),
        (run("link.csv", "vido.json", "bola", ""), "did you mean 'video.json'?"),
        (run("3g", "video.json", "bola", ""), "did you mean 'preset:3g'?"),
        (run("link.csv", "video.json", "bola", "--seed -1"), "invalid value '-1' for '--seed"),
        (run("link.csv", "video.json", "bola", "--sed 1"), "'--sed'"),
        (run(".", "video.json", "bola", ""), "expected one"),
        ("run --trace link.csv --video video.json".to_string(), "--abr <RULE>"),
        (
            "compare --trace link.csv --video video.json --abr bola --abr bola -o out".to_string(),
            "rule 'bola' is given twice",
        ),
        ("compare --trace link.csv --video video.json --abr bola --jobs 0".to_string(), "'0' for '--jobs"),
        ("compare --trace *.nothing --video video.json --abr bola".to_string(), "no file matches"),
        (
            "compare --trace link.csv --video video.json --abr bola -o link.csv".to_string(),
            "is a file, expected a folder",
        ),
        ("list rules".to_string(), "'rules'"),
        ("lst".to_string(), "'lst'"),
        ("video generate preset:cbr,segment=0 -o v.json".to_string(), "option segment is '0'"),
        ("video generate cbr --format sgue -o v.json".to_string(), "did you mean 'segue'?"),
        ("trace generate 5 -o t.csv".to_string(), "unknown network preset '5'"),
        ("trace generate 3g -o t.xyz".to_string(), "its ending names no trace format"),
        ("trace convert link.csv link.csv".to_string(), "would overwrite an input"),
        ("trace convert gone.csv new.csv".to_string(), "no such file"),
        ("trace plot link.csv -o p.gif".to_string(), "expected .png or .svg"),
        ("qoe gone.json".to_string(), "no such file"),
        ("qoe video.json".to_string(), "video.json: no session"),
        ("qoe link.csv".to_string(), "link.csv: line 1"),
    ];
    for (line, says) in &cases {
        refused(&bench, line, &[says]);
    }
}

#[test]
fn a_level_that_the_ladder_does_not_have_is_told() {
    let bench = Bench::new();
    for command in ["run", "compare", "crowd"] {
        let line = format!("{command} --trace link.csv --video video.json --abr fixed:level=");
        let said = bench.ok(&format!("{line}99")).err;
        assert!(said.contains("fixed:level=99: the ladder has no level 99"), "{command}: {said}");
        assert!(!bench.ok(&format!("{line}1")).err.contains("no level"), "{command}");
    }
}

#[test]
fn outputs_that_cannot_be_written_are_refused_before_the_work() {
    let bench = Bench::new();
    let run = "run --trace link.csv --video video.json --abr bola";
    refused(&bench, &format!("{run} --log l.txt"), &["l.txt", ".jsonl, .json or .csv"]);
    refused(&bench, &format!("{run} --log gone/l.csv"), &["gone/l.csv: there is no folder gone"]);
    refused(&bench, &format!("{run} --chart c.jpg"), &["c.jpg", ".png or .svg"]);
    std::fs::create_dir(bench.path("folder.csv")).expect("made");
    refused(&bench, &format!("{run} --log folder.csv"), &["is a folder, expected the name of a file"]);
    refused(&bench, &format!("{run} --log video.json"), &["the log would overwrite an input"]);
}

#[test]
fn a_folder_without_traces_is_an_error_and_a_broken_one_in_it_too() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("void")).expect("made");
    let compare = "--video video.json --abr bola";
    refused(
        &bench,
        &format!("compare --trace void {compare}"),
        &["void: the folder holds no file that is a trace"],
    );
    bench.put("mixed/good.csv", common::TRACE_CSV);
    bench.put("mixed/bad.csv", "time_s,rate_mbps\n0,1\n1,oops\n");
    refused(&bench, &format!("compare --trace mixed {compare}"), &["bad.csv: line 3: rate_mbps is `oops`"]);
}

#[test]
fn no_cut_of_a_file_and_no_changed_byte_makes_it_panic() {
    let bench = Bench::new();
    bench.ok("run --trace link.csv --video video.json --abr bola --log whole.json");
    let whole = bench.text("whole.json").into_bytes();
    let video = bench.text("video.json").into_bytes();
    for step in 0..24 {
        for (name, bytes, line) in [
            ("broken.json", &whole, "qoe broken.json"),
            ("broken.json", &video, "video info broken.json"),
            ("broken.json", &common::TRACE_SABRE.as_bytes().to_vec(), "trace info broken.json"),
        ] {
            let at = bytes.len() * step / 24;
            bench.put(name, &bytes[..at]);
            assert_eq!(bench.run(line).code, 2, "{line} cut at {at}");
            let mut changed = bytes.clone();
            changed[at] = b"-9e]\x00\xff"[step % 6];
            bench.put(name, &changed);
            let ran = bench.run(line);
            assert!(
                [0, 1, 2].contains(&ran.code) && !ran.err.contains("panicked"),
                "{line} {at}: {}",
                ran.err
            );
        }
    }
}
