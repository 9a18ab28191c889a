//! `segue play` against `segue origin`, as their users run them.

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use common::Bench;
use serde_json::Value;

/// An origin that ends with the test.
struct Origin {
    child: Child,
    url: String,
}

impl Origin {
    fn start(bench: &Bench, options: &str) -> Origin {
        let mut command = bench.command(&format!("origin {options}"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let hello: Value = serde_json::from_str(&line).expect("JSON");
        Origin { child, url: hello["url"].as_str().expect("an address").to_string() }
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const VIDEO: &str = "--video preset:cbr,duration=6,segment=1";

#[test]
fn a_video_is_played_and_described() {
    fixtures::timely("a_video_is_played_and_described", || {
        let bench = Bench::new();
        let origin = Origin::start(&bench, &format!("{VIDEO} --rate 4 --latency 20"));
        let url = &origin.url;
        let line = format!(
            "play {url} --abr throughput --log log.json --sink media.mp4 --twin preset:constant,rate=4,latency=0.02 --json"
        );
        let ran = bench.ok(&line);
        let json = ran.json();
        assert_eq!(json["schema"], "segue.summary/1");
        assert_eq!(
            (&json["segments"], &json["completed"], &json["stall_count"]),
            (&6.into(), &true.into(), &0.into()),
            "{json}"
        );
        assert_eq!(json["sources"][url.as_str()], 6);
        for key in ["failovers", "retries", "lost", "duplicated"] {
            assert_eq!(json[key], 0, "{key}");
        }
        assert!(json["bytes"].as_u64().is_some_and(|b| b > 10_000), "{json}");
        assert_eq!(json["twin"]["segments"], 6);
        assert!(json["twin"]["same_share"].as_f64().is_some_and(|s| (0.0..=1.0).contains(&s)));
        // The record is one that scores and pictures can be made of.
        assert_eq!(bench.json("log.json")["schema"], "segue.session/2");
        assert!(bench.ok("qoe log.json").out.contains("log.json"));
        assert!(std::fs::metadata(bench.path("media.mp4")).is_ok_and(|m| m.len() > 10_000));

        let ran = bench.ok(&format!("play {url}/master.m3u8 --duration 2"));
        for said in ["startup delay", "source", "retries", "received"] {
            assert!(ran.out.contains(said), "{said} in\n{}", ran.out);
        }
        assert!(ran.out.lines().all(|l| l.chars().count() <= 100), "{}", ran.out);
        // Media on standard output, and words beside it.
        let output = bench.command(&format!("play {url} --duration 2 --sink -")).output().expect("it runs");
        assert!(output.status.success() && output.stdout.len() > 1000);
        assert!(String::from_utf8_lossy(&output.stderr).contains("startup delay"));
    });
}

#[test]
fn v_stack_is_played_by_name() {
    fixtures::timely("v_stack_is_played_by_name", || {
        let bench = Bench::new();
        let origin = Origin::start(&bench, VIDEO);
        let videos = {
            let ran =
                std::process::Command::new("curl").args(["-s", &format!("{}/videos", origin.url)]).output();
            ran.ok().and_then(|o| serde_json::from_slice::<Value>(&o.stdout).ok())
        };
        let Some(id) = videos.as_ref().and_then(|v| v[0]["video_id"].as_str()) else {
            panic!("the origin has no video of V-Stack: {videos:?}");
        };
        let json = bench.ok(&format!("play {id} --metadata {} --json --log log.json", origin.url)).json();
        assert_eq!((&json["completed"], &json["lost"]), (&true.into(), &0.into()), "{json}");
        assert_eq!(json["segments"], 6);
        assert_eq!(bench.json("log.json")["schema"], "segue.session/2");
        let mut command = bench.command(&format!("play {id} --json"));
        let output = command.env("METADATA_SERVICE_URL", &origin.url).output().expect("it runs");
        assert!(output.status.success());
    });
}

#[test]
fn what_cannot_be_played_ends_with_one_and_the_record() {
    fixtures::timely("what_cannot_be_played_ends_with_one_and_the_record", || {
        let bench = Bench::new();
        let origin = Origin::start(&bench, &format!("{VIDEO} --fault error"));
        let ran = bench.run("play http://127.0.0.1:9/manifest.mpd");
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        let mut command = bench.command(&format!("play {} --log log.json --json", origin.url));
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        std::thread::sleep(std::time::Duration::from_millis(2500));
        // The viewer has had enough.
        let stop = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(stop.is_ok_and(|s| s.success()));
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(bench.json("log.json")["schema"], "segue.session/2");
        let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(json["completed"], false, "{json}");
    });
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let bench = Bench::new();
    for (line, said) in [
        ("play", "URL|VIDEO_ID"),
        ("play movie", "METADATA_SERVICE_URL"),
        ("play http://127.0.0.1:9 movie", "addresses"),
        ("play ftp://example.org/m.mpd", "no URL"),
        ("play http://127.0.0.1:9 --sink https://example.org/", "a secure address"),
        ("play http://127.0.0.1:9 --abr best", "rule"),
        ("play http://127.0.0.1:9 --profile v-stack", "V-Stack"),
        ("play http://127.0.0.1:9 --duration 0", "--duration"),
        ("play http://127.0.0.1:9 --log log.txt", "log.txt"),
        ("play http://127.0.0.1:9 --sink - --json", "standard output"),
        ("play http://127.0.0.1:9 --twin none.csv", "none.csv"),
        ("play ../x --metadata http://127.0.0.1:9", "name of a video"),
        ("dashboard --client nowhere", "nowhere"),
        ("dashboard --client http://127.0.0.1:9 --listen 127.0.0.1:999999", "127.0.0.1:999999"),
    ] {
        let mut command = bench.command(line);
        let output = command.env_remove("METADATA_SERVICE_URL").output().expect("it runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {text}");
        assert!(text.contains(said), "{line}: {text}");
        assert_eq!(text.lines().count(), 1, "{line}: {text}");
    }
}
