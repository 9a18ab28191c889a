//! A client of plain sockets, so that nothing of the origin's own HTTP tests itself; and origins to ask.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use media::{Ladder, Video};
use origin::{Config, Content, Origin};
use tokio::runtime::Runtime;
use units::Seconds;

/// An origin on a runtime of its own.
pub(crate) struct Host {
    runtime: Runtime,
    origin: Option<Origin>,
    pub(crate) address: SocketAddr,
}

impl Host {
    pub(crate) fn new(config: Config) -> Host {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let origin = runtime.block_on(Origin::start(config)).expect("an origin");
        let address = origin.address();
        Host { runtime, origin: Some(origin), address }
    }

    pub(crate) fn with(content: Content, change: impl FnOnce(&mut Config)) -> Host {
        let mut config = Config::new(content);
        change(&mut config);
        Host::new(config)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn stop(mut self) {
        if let Some(origin) = self.origin.take() {
            self.runtime.block_on(origin.stop());
        }
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.address)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.connect().ask("GET", path, &[], b"").expect("an answer")
    }
}

/// A video of constant bitrate.
pub(crate) fn video(kbps: &[f64], segment: f64, total: f64) -> Video {
    let ladder = Ladder::from_kbps(kbps).expect("a ladder");
    Video::constant_bitrate("test", ladder, Seconds::new(segment), Seconds::new(total)).expect("a video")
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// When the last byte had come.
    pub(crate) last: Instant,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// A connection that is kept alive.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    left: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Connection {
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
        Connection { stream, left: Vec::new() }
    }

    /// Sends a request and reads its answer.
    pub(crate) fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: test\r\n");
        headers.iter().for_each(|(n, v)| request += &format!("{n}: {v}\r\n"));
        if !body.is_empty() {
            request += &format!("Content-Length: {}\r\n", body.len());
        }
        request += "\r\n";
        self.stream.write_all(request.as_bytes())?;
        self.stream.write_all(body)?;
        self.answer(method == "HEAD")
    }

    /// Reads an answer.
    pub(crate) fn answer(&mut self, head_only: bool) -> io::Result<Answer> {
        let end = loop {
            if let Some(at) = find(&self.left, b"\r\n\r\n") {
                break at;
            }
            self.more()?;
        };
        let head = String::from_utf8(self.left.drain(..end + 4).collect()).expect("text");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|l| l.split(' ').nth(1)?.parse().ok()).expect("a status");
        let headers: Vec<(String, String)> = lines
            .filter_map(|l| l.split_once(':'))
            .map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_string()))
            .collect();
        let value = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        let mut body = Vec::new();
        if head_only || status == 204 || status == 304 {
        } else if value("transfer-encoding").is_some_and(|v| v == "chunked") {
            loop {
                let end = loop {
                    if let Some(at) = find(&self.left, b"\r\n") {
                        break at;
                    }
                    self.more()?;
                };
                let size = String::from_utf8(self.left.drain(..end + 2).collect()).expect("text");
                let size = usize::from_str_radix(size.trim(), 16).expect("a chunk's size");
                body.extend(self.take(size)?);
                self.take(2)?;
                if size == 0 {
                    break;
                }
            }
        } else {
            let length = value("content-length").map_or(0, |v| v.parse().expect("a length"));
            body = self.take(length)?;
        }
        Ok(Answer { status, headers, body, last: Instant::now() })
    }

    fn more(&mut self) -> io::Result<()> {
        let mut part = [0; 1 << 16];
        match self.stream.read(&mut part)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            n => {
                self.left.extend_from_slice(&part[..n]);
                Ok(())
            }
        }
    }

    fn take(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.left.len() < count {
            self.more()?;
        }
        Ok(self.left.drain(..count).collect())
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}

/// What this process has in memory, in MiB.
pub(crate) fn memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}
