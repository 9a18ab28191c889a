//! `segue origin` as others use it: its first line, its log, and its end.

#![allow(clippy::disallowed_methods, reason = "sockets live in real time")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A running origin and the JSON of its first line.
fn start(args: &[&str]) -> (Child, Value) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_segue"))
        .arg("origin")
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    (child, serde_json::from_str(&line).expect("JSON"))
}

/// Ends it by a signal: its exit code, and its log.
fn end(mut child: Child, signal: &str) -> (Option<i32>, Vec<Value>) {
    let killed =
        Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill is there");
    assert!(killed.success());
    let begun = Instant::now();
    let status = child.wait().expect("it ends");
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    let mut log = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut log).expect("text");
    (status.code(), log.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect())
}

fn get(url: &str, path: &str) -> String {
    let address = url.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn says_where_it_is_logs_what_it_serves_and_ends_well() {
    fixtures::timely("says_where_it_is_logs_what_it_serves_and_ends_well", || {
        for signal in ["-INT", "-TERM"] {
            let (child, hello) = start(&[
                "--rate",
                "3",
                "--latency",
                "50",
                "--id",
                "node-7",
                "--video",
                "preset:cbr,duration=20",
            ]);
            assert_eq!((&hello["schema"], &hello["id"]), (&"segue.origin/1".into(), &"node-7".into()));
            let url = hello["url"].as_str().expect("an address");
            assert_eq!(hello.as_object().map(|o| o.len()), Some(3));
            assert!(get(url, "/health").contains("\"status\":\"healthy\""));
            assert!(get(url, "/manifest.mpd").contains("<MPD"));
            assert!(get(url, "/master.m3u8").contains("#EXT-X-STREAM-INF"));
            assert!(get(url, "/s/0/2.m4s?CMCD=bl%3D4000").starts_with("HTTP/1.1 200"));
            let (code, log) = end(child, signal);
            assert_eq!((code, log.len()), (Some(0), 4), "{log:?}");
            let segment = &log[3];
            assert_eq!(segment["schema"], "segue.origin-log/1");
            assert_eq!(
                (&segment["level"], &segment["segment"], &segment["sent"]),
                (&0.into(), &2.into(), &150_000.into())
            );
            assert_eq!(segment["cmcd"], "bl=4000");
            // 50 ms, and 1.2 Mbit at 3 Mbit/s.
            let due = segment["due_s"].as_f64().expect("a time");
            assert!((due - 0.45).abs() < 1e-6, "{due}");
            let late = segment["last_s"].as_f64().expect("a time") - due;
            assert!((-0.001..0.1).contains(&late), "{late}");
        }
    });
}

#[test]
fn a_live_event_is_the_one_that_is_simulated() {
    fixtures::timely("a_live_event_is_the_one_that_is_simulated", || {
        let live = "latency=3,chunk=0.5,delay=0.2,join=20,window=8,catchup=step";
        let (child, hello) =
            start(&["--video", "preset:cbr,segment=2,duration=60", "--live", live, "--latency", "1"]);
        let url = hello["url"].as_str().expect("an address");
        let mpd = get(url, "/manifest.mpd");
        for part in [
            "type=\"dynamic\"",
            "timeShiftBufferDepth=\"PT8S\"",
            "suggestedPresentationDelay=\"PT3S\"",
            "<Latency target=\"3000\"/>",
            "availabilityTimeOffset=\"1.5\"",
        ] {
            assert!(mpd.contains(part), "{part}: {mpd}");
        }
        // The event has been going for 20 s. Segment 8 is complete at 18.2 s, 9 at 20.2 s; 4 was at 10.2 s, and is gone 10 s later.
        let playlist = get(url, "/r0.m3u8");
        assert!(playlist.contains("s/0/8.m4s") && !playlist.contains("s/0/11.m4s"), "{playlist}");
        // Chunks are parts, and the latency is how far before their end players begin.
        assert!(playlist.contains("PART-HOLD-BACK=3,") && !playlist.contains("EXT-X-START"), "{playlist}");
        assert!(playlist.contains("#EXT-X-PART:DURATION=0.5,URI=\"s/0/8.3.m4s\""), "{playlist}");
        assert!(get(url, "/s/0/8.m4s").starts_with("HTTP/1.1 200"));
        assert!(get(url, "/s/0/3.m4s").starts_with("HTTP/1.1 404"));
        end(child, "-TERM");
    });
}

#[test]
fn says_what_is_wrong() {
    for (args, part) in [
        (vec!["--trace", "preset:3h"], "did you mean '3g'"),
        (vec!["--rate", "0"], "expected more than 0"),
        (vec!["--rate", "3", "--trace", "preset:3g"], "cannot be used with"),
        (vec!["--latency", "-1"], "--latency"),
        (vec!["--fault", "kil"], "did you mean 'kill'"),
        (vec!["--package", "/no/such/folder"], "/no/such/folder"),
        (vec!["--impair", "slow-start"], "needs --trace or --rate"),
        (vec!["--metadata", "https://here"], "http://127.0.0.1:8080"),
        (vec!["--live", "--chunks", "21"], "21"),
        (vec!["--live", "latency=3,chunks=4"], "did you mean 'chunk'"),
        (vec!["--live", "latency=3,chunk=0.01"], "at most 20"),
        (vec!["--live", "chunk=1", "--chunks", "4"], "said twice"),
        (vec!["--live", "latency=9,window=5"], "window"),
        (vec!["--video", "no/such/file"], "no such file"),
    ] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_segue")).arg("origin").args(&args).output().expect("it runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.contains(part), "{args:?}: {error}");
        assert!(output.stdout.is_empty());
    }
    let (child, hello) = start(&[]);
    let taken =
        hello["url"].as_str().and_then(|u| u.strip_prefix("http://")).expect("an address").to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_segue"))
        .args(["origin", "--listen", &taken])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    end(child, "-TERM");
}
