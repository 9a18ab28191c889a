//! `segue demo`: everything together on this machine, and a clean end.

#![allow(clippy::disallowed_methods, reason = "sockets live in real time")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn get(url: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(url.trim().strip_prefix("http://")?).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_string())
}

#[test]
fn shows_a_smart_client_beside_a_naive_one() {
    fixtures::timely("shows_a_smart_client_beside_a_naive_one", || {
        let mut child = Command::new(env!("CARGO_BIN_EXE_segue"))
            .args(["demo", "--listen", "127.0.0.1:0", "--duration", "120"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut url = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut url).expect("an address");
        assert!(get(&url, "/").is_some_and(|page| page.contains("<html")));
        // Both play within seconds, from three nodes.
        let until = Instant::now() + Duration::from_secs(60);
        let status = loop {
            let status: Value =
                get(&url, "/api/status").and_then(|s| serde_json::from_str(&s).ok()).unwrap_or_default();
            let begun = |v: &Value| v["startup_latency"].is_number();
            if (begun(&status)
                && begun(&status["naive"])
                && status["network_stats"].as_array().is_some_and(|n| n.len() == 3))
                || Instant::now() > until
            {
                break status;
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        assert_eq!((&status["video_id"], &status["playing"]), (&"demo".into(), &true.into()), "{status}");
        assert!(status["startup_latency"].as_f64().is_some_and(|s| s < 10.0), "{status}");
        assert!(status["naive"]["kind"].as_str().is_some_and(|k| k.contains("really runs")), "{status}");
        assert_eq!(status["network_stats"].as_array().map(Vec::len), Some(3), "{status}");
        let sources = status["chunk_sources"].as_object().expect("sources");
        assert!(sources.values().all(|s| s.as_str().is_some_and(|s| s.starts_with("http://127.0.0.1:"))));

        let killed =
            Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
        assert!(killed.success());
        let begun = Instant::now();
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        let mut said = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
        assert!(said.contains("node-3") && !said.contains("panicked"), "{said}");
    });
}
