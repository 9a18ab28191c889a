//! Faults on request, as a client sees them.

#![allow(clippy::disallowed_methods, reason = "sockets live in real time")]

mod common;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::{Connection, Host, video};
use origin::{Content, Fault};

/// 150 000 bytes per segment.
fn host(faults: &[&str]) -> Host {
    Host::with(Content::Video(video(&[300.0], 4.0, 60.0)), |config| {
        config.faults = faults.iter().map(|f| Fault::parse(f).expect("a fault")).collect();
    })
}

/// What comes of a segment until the connection ends, or nothing comes for a while; without its head.
fn raw(host: &Host, wait: Duration) -> (usize, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(host.address).expect("it listens");
    stream.set_read_timeout(Some(wait)).expect("a socket");
    stream.write_all(b"GET /s/0/0.m4s HTTP/1.1\r\nHost: test\r\n\r\n").expect("sent");
    let (mut all, mut part) = (Vec::new(), [0; 4096]);
    let ended = loop {
        match stream.read(&mut part) {
            Ok(0) => break None,
            Ok(n) => all.extend_from_slice(&part[..n]),
            Err(e) => break Some(e.kind()),
        }
    };
    let head = all.windows(4).position(|w| w == b"\r\n\r\n").map_or(all.len(), |at| at + 4);
    (all.len() - head, ended)
}

#[test]
fn kill_ends_the_connection_in_the_middle() {
    let host = host(&["kill:at=0.4"]);
    let (bytes, ended) = raw(&host, Duration::from_secs(5));
    assert_eq!(bytes, 60_000);
    assert!(matches!(ended, None | Some(ErrorKind::ConnectionReset)), "{ended:?}");
    // Manifests are no media.
    assert_eq!(host.get("/manifest.mpd").status, 200);
    host.stop();
}

#[test]
fn stall_stays_open_and_silent_and_does_not_hinder_the_end() {
    fixtures::timely("stall_stays_open_and_silent_and_does_not_hinder_the_end", || {
        let host = host(&["stall:at=0.2"]);
        let (bytes, ended) = raw(&host, Duration::from_millis(600));
        assert_eq!(bytes, 30_000);
        assert!(matches!(ended, Some(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "{ended:?}");
        let mut stalled = TcpStream::connect(host.address).expect("it listens");
        stalled.write_all(b"GET /s/0/0.m4s HTTP/1.1\r\nHost: test\r\n\r\n").expect("sent");
        std::thread::sleep(Duration::from_millis(50));
        let begun = Instant::now();
        host.stop();
        assert!(begun.elapsed() < Duration::from_secs(4));
    });
}

#[test]
fn slow_trickles() {
    fixtures::timely("slow_trickles", || {
        // 0.8 Mbit/s is 100 kB per second.
        let host = host(&["slow:rate=0.8"]);
        let begun = Instant::now();
        let answer = host.get("/s/0/0.m4s");
        let took = begun.elapsed().as_secs_f64();
        assert_eq!(answer.body.len(), 150_000);
        assert!((1.45..2.2).contains(&took), "{took}");
        host.stop();
    });
}

#[test]
fn a_wrong_length_is_complete_and_wrong() {
    for (factor, length) in [(0.5, 75_000), (1.5, 225_000), (0.0, 0)] {
        let host = host(&[&format!("length:factor={factor}")]);
        let answer = host.get("/s/0/0.m4s");
        assert_eq!((answer.status, answer.body.len()), (200, length));
        host.stop();
    }
}

#[test]
fn corrupt_changes_sixteen_bytes_and_no_more() {
    let (good, bad) = (host(&[]), host(&["corrupt:at=0.5"]));
    let (right, wrong) = (good.get("/s/0/0.m4s").body, bad.get("/s/0/0.m4s").body);
    let differ: Vec<usize> = (0..right.len()).filter(|i| right[*i] != wrong[*i]).collect();
    assert_eq!((right.len(), differ), (wrong.len(), (75_000..75_016).collect()));
    good.stop();
    bad.stop();
}

#[test]
fn errors_meet_their_share() {
    let host = host(&["error:share=0.3,status=502"]);
    let mut connection = host.connect();
    let statuses: Vec<u16> = (0..300)
        .map(|i| {
            connection.ask("HEAD", &format!("/s/0/{}.m4s", i % 15), &[], b"").expect("kept alive").status
        })
        .collect();
    let errors = statuses.iter().filter(|s| **s == 502).count();
    // Five standard deviations of a binomial: 90 +- 40.
    assert!((50..130).contains(&errors), "{errors}");
    assert!(statuses.iter().all(|s| *s == 200 || *s == 502));
    host.stop();
}

#[test]
fn a_node_is_down_for_a_span_and_back() {
    fixtures::timely("a_node_is_down_for_a_span_and_back", || {
        let host = host(&["refuse:from=0.5,until=1.2"]);
        let up = |host: &Host| Connection::open(host.address).ask("GET", "/health", &[], b"").is_ok();
        let mut kept = host.connect();
        assert!(kept.ask("GET", "/health", &[], b"").is_ok());
        std::thread::sleep(Duration::from_millis(700));
        // Connections that were open get no answer either.
        assert!(kept.ask("GET", "/health", &[], b"").is_err());
        assert!(!up(&host));
        std::thread::sleep(Duration::from_millis(700));
        assert!(up(&host));
        host.stop();
    });
}
