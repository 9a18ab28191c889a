//! Hostile inputs: the built command over 2,000 mutated files, in bounded time and memory. It ends with 0, 1 or 2, never by a
//! signal; what it refuses costs one line that says error.

#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "how long processes take is measured by a clock")]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::Bench;
use units::SimRng;

/// Bytes of address space that a process may have: the files are small, so are its needs; the rest is threads and libraries.
const MOST_KIB: u64 = 2 << 20;
/// How long all of it may take.
const MOST: Duration = Duration::from_secs(60);
/// How many mutated files go into one process; one in ten gets a process of its own.
const TOGETHER: usize = 100;

/// Every input of the fuzz corpora, of the cases and of the logs: traces, videos, sessions.
fn seeds() -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["fuzz/corpus", "fixtures/cases", "fixtures/logs"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("a folder") {
            let inner = entry.expect("readable").path();
            let all = std::fs::read_dir(&inner).expect("a folder").map(|e| e.expect("readable").path());
            files.extend(
                all.filter(|p| p.is_file() && !p.ends_with("command") && !p.ends_with("expected.txt")),
            );
        }
    }
    files.sort();
    files
        .into_iter()
        .map(|p| (p.clone(), std::fs::read(p).expect("readable")))
        .filter(|f| f.1.len() <= 100_000)
        .collect()
}

/// Changes some bytes, cuts, doubles, or puts a number where none is expected.
fn mutate(bytes: &mut Vec<u8>, rng: &mut SimRng) {
    const ODD: [&[u8]; 12] = [
        b"99999999999999999999",
        b"-1",
        b"NaN",
        b"1e308",
        b"\0",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"]]>",
        b"\"",
        b"{$x}",
        b"\xe2\x80\xae",
        b"=cmd()",
    ];
    let below = |rng: &mut SimRng, n: usize| rng.below(n);
    for _ in 0..1 + below(rng, 4) {
        if bytes.is_empty() {
            return;
        }
        let at = below(rng, bytes.len());
        match below(rng, 6) {
            0 => bytes[at] = below(rng, 256) as u8,
            1 => bytes.truncate(at),
            2 => drop(bytes.remove(at)),
            3 => {
                let end = (at + below(rng, 200)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            4 => {
                // A number becomes an odd one.
                let digit = (at..bytes.len()).find(|i| bytes[*i].is_ascii_digit()).unwrap_or(at);
                bytes.splice(digit..digit + 1, ODD[below(rng, ODD.len())].iter().copied());
            }
            _ => drop(bytes.splice(at..at, ODD[below(rng, ODD.len())].iter().copied())),
        }
    }
}

/// The command that looks at such a file; `turn` says which, where there are two.
fn verb(path: &Path, turn: usize) -> &'static [&'static str] {
    if is_log(path) {
        return if turn.is_multiple_of(2) {
            &["qoe", "--model", "yin"]
        } else {
            &["trace", "info", "--json"]
        };
    }
    let folder =
        path.parent().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let ending = path.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
    match (folder.as_str(), ending.as_str()) {
        (folder, _) if folder.starts_with("video_") => &["video", "info"],
        (_, "mpd" | "m3u8") => &["video", "info"],
        (folder, "json") if !folder.starts_with("trace_") => &["qoe", "--model", "p1203", "--model", "yin"],
        _ => &["trace", "info", "--json"],
    }
}

/// Whether it is the log of a player or server.
fn is_log(path: &Path) -> bool {
    path.ancestors().nth(2).is_some_and(|folder| folder.ends_with("fixtures/logs"))
}

/// Runs the command under its bound of memory; what it said on standard error.
fn run(bench: &Bench, arguments: &[&str]) -> String {
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -v {MOST_KIB}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_segue")])
        .args(arguments)
        .env("RAYON_NUM_THREADS", "2")
        .current_dir(bench.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .expect("the command runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = output.status.code();
    assert!(matches!(code, Some(0..=2)), "{arguments:?}: {:?}\n{said}", output.status);
    assert!(!said.contains("panicked"), "{arguments:?}\n{said}");
    assert!(!said.contains('\u{202e}') && !said.contains('\u{1b}'), "{arguments:?}: {said:?}");
    said
}

#[test]
fn two_thousand_mutated_inputs() {
    let began = Instant::now();
    let (seeds, bench) = (seeds(), Bench::new());
    assert!(seeds.len() > 50, "{}", seeds.len());
    let mut rng = SimRng::new(11, 0);
    let (mut count, mut alone) = (0, 0);
    let mut groups: std::collections::BTreeMap<&[&str], Vec<PathBuf>> = std::collections::BTreeMap::new();
    while count < 2000 {
        let (path, bytes) = &seeds[count % seeds.len()];
        let mut bytes = bytes.clone();
        mutate(&mut bytes, &mut rng);
        let file = path.file_name().expect("a name").to_string_lossy().into_owned();
        let name = format!("{count}/{file}");
        bench.put(&name, &bytes);
        let verb = verb(path, count / seeds.len());
        // A day of Puffer is several files.
        let folder = path.parent().expect("a folder");
        let day = is_log(path) && folder.ends_with("puffer");
        for (other, bytes) in seeds.iter().filter(|s| day && s.0 != *path && s.0.starts_with(folder)) {
            let other = other.file_name().expect("a name").to_string_lossy();
            bench.put(&format!("{count}/{other}"), bytes);
        }
        // A video is one per process, as is a day; the others go in packs, some of them alone.
        if verb[0] == "video" && count % 2 == 0 || count % 10 == 0 || day {
            let said = run(&bench, &[verb, &[name.as_str()]].concat());
            let errors = said.lines().filter(|l| l.contains("segue: error:")).count();
            assert!(errors <= 1, "{name}: {said}");
            alone += 1;
        } else {
            groups.entry(verb).or_default().push(PathBuf::from(name));
        }
        count += 1;
    }
    for (verb, names) in groups {
        for pack in names.chunks(TOGETHER) {
            let folder = format!("pack-{}", pack[0].display()).replace('/', "-");
            for (i, name) in pack.iter().enumerate() {
                let file = name.file_name().expect("a name").to_string_lossy();
                // Of manifests one folder holds one.
                bench.put(
                    &format!("{folder}/{i}-{file}"),
                    std::fs::read(bench.path(&name.display().to_string())).expect("readable"),
                );
            }
            if verb[0] == "video" {
                for (i, name) in pack.iter().enumerate() {
                    let file = name.file_name().expect("a name").to_string_lossy();
                    run(&bench, &[verb, &[format!("{folder}/{i}-{file}").as_str()]].concat());
                }
            } else {
                run(&bench, &[verb, &[format!("{folder}/*").as_str()]].concat());
            }
        }
    }
    let took = began.elapsed();
    println!("hostile: {count} inputs, {alone} of them alone, in {:.1} s", took.as_secs_f64());
    assert!(took < MOST, "{took:?}");
}

#[test]
fn endless_files_end() {
    let bench = Bench::new();
    for path in ["/dev/zero", "/dev/urandom"] {
        if !Path::new(path).exists() {
            continue;
        }
        let began = Instant::now();
        for arguments in [
            &["trace", "info", path][..],
            &["trace", "info", "--format", "mahimahi", path],
            &["video", "info", path],
            &["video", "info", "--format", "segue", path],
            &["qoe", path],
            &["qoe", "none.json", "--model", &format!("ksqi:tables={path}")],
            &["trace", "drive", "--track", path],
            &["qos", "text", "--telemetry", path, "fine"],
            &["qos", "eval", "--sentiment", path],
        ] {
            let said = run(&bench, arguments);
            assert_eq!(
                said.lines().filter(|l| l.contains("segue: error:")).count(),
                1,
                "{arguments:?}: {said}"
            );
        }
        assert!(began.elapsed() < MOST, "{path}: {:?}", began.elapsed());
    }
}

#[test]
fn periods_of_a_microsecond_take_bounded_memory() {
    let bench = Bench::new();
    let period =
        |kbps: u32| format!(r#"{{"duration_ms": 0.001, "bandwidth_kbps": {kbps}, "latency_ms": 0}}"#);
    bench.put("us.json", format!("[{}, {}]", period(1000), period(9000)));
    let began = Instant::now();
    for abr in ["bola", "fixed"] {
        let line = format!(
            "run --trace us.json --video preset:cbr,duration=600 --abr {abr} --profile sabre-09b03bb"
        );
        let said = run(&bench, &line.split(' ').collect::<Vec<_>>());
        assert!(said.contains("33554432 periods") && said.contains("--resample"), "{said}");
    }
    assert!(began.elapsed() < MOST, "{:?}", began.elapsed());
}
