//! The commands of `docker/compose.yaml`, run as they stand there but on this machine's addresses: three nodes register, and the
//! client plays the video that it is told to.

#![allow(clippy::disallowed_methods, reason = "sockets live in real time")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const COMPOSE: &str = include_str!("../../../docker/compose.yaml");

/// The commands by the name of their service.
fn commands() -> Vec<(String, Vec<String>)> {
    let video = COMPOSE.lines().find_map(|l| l.strip_prefix("x-video: &video ")).expect("the video");
    let (mut found, mut service) = (Vec::new(), String::new());
    for line in COMPOSE.lines() {
        if let Some(name) =
            line.strip_prefix("  ").and_then(|l| l.strip_suffix(':')).filter(|l| !l.starts_with(' '))
        {
            service = name.to_string();
        }
        if let Some(list) = line.trim().strip_prefix("command: ") {
            let list = serde_json::from_str(&list.replace("*video", video)).expect("a list of words");
            found.push((service.clone(), list));
        }
    }
    found
}

/// A command with this machine's addresses in place of the hosts'.
fn here(words: &[String], metadata: &str) -> Vec<String> {
    words
        .iter()
        .filter(|w| !w.starts_with("--url="))
        .map(|w| match w.split_once('=') {
            Some(("--metadata", _)) => format!("--metadata={metadata}"),
            Some((option @ ("--listen" | "--dashboard"), _)) => format!("{option}=127.0.0.1:0"),
            _ => w.clone(),
        })
        .collect()
}

/// A process that is ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(words: &[String]) -> (Running, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
    let child = command.args(words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = Running(child.expect("it starts"));
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    (child, line)
}

fn get(url: &str, path: &str) -> Value {
    let mut stream =
        TcpStream::connect(url.strip_prefix("http://").expect("an address")).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok()).unwrap_or_default()
}

#[test]
fn the_commands_of_the_compose_file_work_together() {
    let commands = commands();
    let names: Vec<&str> = commands.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["metadata", "node-1", "node-2", "node-3", "client", "dashboard"]);
    let mut running = Vec::new();
    let mut service = String::new();
    for (name, words) in &commands[..4] {
        let (child, line) = start(&here(words, &service));
        let hello: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(hello["id"], name.as_str());
        if service.is_empty() {
            service = hello["url"].as_str().expect("an address").to_string();
        }
        running.push(child);
    }
    let (_, client) = &commands[4];
    let manifest = format!("/manifest/{}", client[1]);
    let until = Instant::now() + Duration::from_secs(90);
    let known = |m: &Value| {
        m["chunks"].as_array().is_some_and(|c| {
            c.len() == 60 && c.iter().all(|c| c["replicas"].as_array().is_some_and(|r| r.len() == 3))
        })
    };
    while !known(&get(&service, &manifest)) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(known(&get(&service, &manifest)));

    let mut words = here(client, &service);
    words.extend(["--duration", "10", "--json"].map(String::from));
    let output = Command::new(env!("CARGO_BIN_EXE_segue")).args(&words).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let played: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&played["lost"], &played["duplicated"]), (&0.into(), &0.into()), "{played}");

    // The dashboard starts without its client, and says so.
    let (_dashboard, line) = start(&here(&commands[5].1, &service));
    assert!(line.starts_with("http://127.0.0.1:"), "{line}");
}
