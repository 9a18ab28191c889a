//! Clients that behave badly: they are answered or sent away, memory stays bounded, and others are served.

#![allow(clippy::disallowed_methods, reason = "sockets live in real time")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use common::{Connection, Host, memory, video};
use origin::{Content, Limits};

/// One after the other: they measure the memory of the process.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn host(limits: Limits) -> Host {
    Host::with(Content::Video(video(&[300.0, 80_000.0], 4.0, 400.0)), |config| config.limits = limits)
}

/// Everybody else is served.
fn serves(host: &Host) {
    let begun = Instant::now();
    assert_eq!(host.get("/s/0/0.m4s").body.len(), 150_000);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

/// What a raw request is answered with: the status, or None where the connection was closed.
fn status(host: &Host, request: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(host.address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket");
    // It may be closed before all is sent.
    let _ = stream.write_all(request);
    let mut text = Vec::new();
    let mut part = [0; 4096];
    while let Ok(n) = stream.read(&mut part)
        && n > 0
        && text.len() < 4096
    {
        text.extend_from_slice(&part[..n]);
    }
    String::from_utf8_lossy(&text).split(' ').nth(1)?.parse().ok()
}

#[test]
fn requests_that_are_none_and_headers_without_end() {
    fixtures::timely("requests_that_are_none_and_headers_without_end", || {
        let _alone = alone();
        let host = host(Limits { request: Duration::from_secs(2), ..Limits::default() });
        let before = memory();
        let many: String = (0..10_000).map(|i| format!("X-{i}: y\r\n")).collect();
        let long = "y".repeat(8 << 20);
        for (what, request) in [
            ("many headers", format!("GET / HTTP/1.1\r\n{many}\r\n")),
            ("a long header", format!("GET / HTTP/1.1\r\nX: {long}\r\n\r\n")),
            ("a long path", format!("GET /{long} HTTP/1.1\r\n\r\n")),
            ("no request", "\u{1}\u{2}\u{3}\r\n\r\n".to_string()),
            ("no version", "GET /\r\n\r\n".to_string()),
            (
                "two lengths",
                "POST /video HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
                    .to_string(),
            ),
            (
                "a length that is none",
                "POST /video HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n".to_string(),
            ),
            (
                "a body too long",
                format!(
                    "POST /video HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{long}",
                    long.len()
                ),
            ),
            (
                "a chunk too long",
                format!(
                    "PUT /chunk/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{long}",
                    long.len()
                ),
            ),
            (
                "a body that does not come",
                "POST /video HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 10\r\n\r\na"
                    .to_string(),
            ),
        ] {
            let answer = status(&host, request.as_bytes());
            assert!(answer.is_none_or(|s| (400..500).contains(&s)), "{what}: {answer:?}");
        }
        for method in ["TRACE", "CONNECT", "FOO", "DELETE", "PUT"] {
            let answer = status(
                &host,
                format!("{method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").as_bytes(),
            );
            assert!(answer.is_none_or(|s| (400..500).contains(&s)), "{method}: {answer:?}");
        }
        serves(&host);
        if let (Some(before), Some(after)) = (before, memory()) {
            assert!(after - before < 100.0, "{before} MiB became {after}");
        }
        host.stop();
    });
}

#[test]
fn a_thousand_idle_connections() {
    fixtures::timely("a_thousand_idle_connections", || {
        let _alone = alone();
        let host = host(Limits { connections: 1010, idle: Duration::from_secs(10), ..Limits::default() });
        let before = memory();
        let idle: Vec<TcpStream> =
            (0..1000).map(|_| TcpStream::connect(host.address).expect("it listens")).collect();
        serves(&host);
        if let (Some(before), Some(after)) = (before, memory()) {
            println!("abuse: 1000 idle connections cost {:.1} MiB", after - before);
            assert!(after - before < 100.0, "{before} MiB became {after}");
        }
        // One more than allowed is closed at once.
        let more: Vec<TcpStream> =
            (0..20).map(|_| TcpStream::connect(host.address).expect("it listens")).collect();
        std::thread::sleep(Duration::from_secs(1));
        let closed = more.iter().filter(|s| ended(s, Duration::from_millis(50))).count();
        assert!(closed >= 9, "{closed}");
        // And all of them when they have been idle for too long.
        assert!(idle.iter().all(|s| ended(s, Duration::from_secs(30))));
        serves(&host);
        host.stop();
    });
}

/// Whether the other side ends a connection within a time.
fn ended(stream: &TcpStream, within: Duration) -> bool {
    stream.set_read_timeout(Some(within)).expect("a socket");
    let mut one = [0];
    match (&*stream).read(&mut one) {
        Ok(n) => n == 0,
        Err(e) => !matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
    }
}

#[test]
fn requests_that_never_end_are_sent_away() {
    fixtures::timely("requests_that_never_end_are_sent_away", || {
        let _alone = alone();
        let host = host(Limits { request: Duration::from_secs(1), ..Limits::default() });
        let mut slow: Vec<TcpStream> =
            (0..50).map(|_| TcpStream::connect(host.address).expect("it listens")).collect();
        let begun = Instant::now();
        // A byte now and then: it is the whole request that has its time.
        for byte in b"GET / HTT" {
            slow.iter_mut().for_each(|s| drop(s.write_all(&[*byte])));
            std::thread::sleep(Duration::from_millis(150));
        }
        assert!(slow.iter().all(|s| ended(s, Duration::from_secs(2))));
        assert!(begun.elapsed() < Duration::from_secs(5));
        serves(&host);
        host.stop();
    });
}

#[test]
fn readers_that_do_not_read_cost_little_and_are_sent_away() {
    fixtures::timely("readers_that_do_not_read_cost_little_and_are_sent_away", || {
        let _alone = alone();
        let host = host(Limits { write: Duration::from_secs(1), ..Limits::default() });
        let before = memory();
        // 40 MB each.
        let lazy: Vec<TcpStream> = (0..100)
            .map(|i| {
                let mut stream = TcpStream::connect(host.address).expect("it listens");
                stream
                    .write_all(format!("GET /s/1/{i}.m4s HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes())
                    .expect("sent");
                stream
            })
            .collect();
        std::thread::sleep(Duration::from_millis(300));
        serves(&host);
        if let (Some(before), Some(after)) = (before, memory()) {
            println!("abuse: 100 readers that do not read cost {:.1} MiB", after - before);
            assert!(after - before < 100.0, "{before} MiB became {after}");
        }
        std::thread::sleep(Duration::from_millis(1500));
        // What the system had buffered comes, and then the end: not all of it.
        for mut stream in lazy {
            stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a socket");
            let (mut all, mut part) = (0, [0; 1 << 16]);
            while let Ok(n) = stream.read(&mut part)
                && n > 0
            {
                all += n;
            }
            assert!(all < 40_000_000, "{all}");
        }
        serves(&host);
        host.stop();
    });
}

/// At full speed for a while: `SEGUE_SOAK_S` seconds, by default 3.
#[test]
fn a_soak_leaks_nothing() {
    let _alone = alone();
    let seconds = std::env::var("SEGUE_SOAK_S").ok().and_then(|s| s.parse().ok()).unwrap_or(3.0);
    let host = host(Limits::default());
    let run = |seconds: f64| {
        let until = Instant::now() + Duration::from_secs_f64(seconds);
        let work = |address| {
            let mut bytes = 0;
            let mut k = 0;
            while Instant::now() < until {
                let mut connection = Connection::open(address);
                for _ in 0..20 {
                    k = (k + 1) % 100;
                    let answer = connection.ask("GET", &format!("/s/{}/{k}.m4s", k % 8 / 7), &[], b"");
                    bytes += answer.expect("kept alive").body.len();
                }
                // One that goes away in the middle.
                let mut gone = TcpStream::connect(address).expect("it listens");
                gone.write_all(b"GET /s/1/1.m4s HTTP/1.1\r\nHost: a\r\n\r\n").expect("sent");
            }
            bytes
        };
        let address = host.address;
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..2).map(|_| scope.spawn(move || work(address))).collect();
            workers.into_iter().map(|w| w.join().expect("it ends")).sum::<usize>()
        })
    };
    run(1.0);
    let before = memory();
    let bytes = run(seconds);
    if let (Some(before), Some(after)) = (before, memory()) {
        let grown = after - before;
        println!(
            "soak: {seconds} s, {:.1} Gbit/s, memory {before:.1} MiB before and {after:.1} MiB after",
            bytes as f64 * 8e-9 / seconds
        );
        assert!(grown < 40.0, "{before} MiB became {after}");
    }
    host.stop();
}
