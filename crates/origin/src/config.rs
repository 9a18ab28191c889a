//! What an origin is to be.

use std::time::Duration;

use units::{BitRate, Seconds};

use crate::content::Content;
use crate::fault::Fault;
use crate::log::Log;
use crate::shaper::Shape;

/// What an origin is to be. Everything but the content has a default.
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    /// Where it listens; port 0 takes any that is free.
    pub listen: String,
    pub content: Content,
    /// The link that media come over.
    pub shape: Shape,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// What it is called; by default `origin-PORT`.
    pub id: Option<String>,
    /// The highest bitrate that players are told to play (CMSD's `mb`).
    pub max_bitrate: Option<BitRate>,
    /// Its address as others see it, where that is not the one it listens on.
    pub url: Option<String>,
    /// A V-Stack metadata service (`http://host:port`) that it registers with, and commits its chunks to.
    pub metadata: Option<String>,
    /// What it takes of a client at most.
    pub limits: Limits,
    /// Who hears of every request.
    pub log: Log,
}

impl Config {
    /// On any free port of this machine, unshaped, without faults, silent.
    pub fn new(content: Content) -> Config {
        Config {
            listen: "127.0.0.1:0".to_string(),
            content,
            shape: Shape::Unshaped(Seconds::ZERO),
            faults: Vec::new(),
            id: None,
            max_bitrate: None,
            url: None,
            metadata: None,
            limits: Limits::default(),
            log: Log::none(),
        }
    }
}

/// What an origin takes of its clients at most. Who wants more is sent away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time; one more is closed at once.
    pub connections: usize,
    pub headers: usize,
    /// Bytes of the head of a request, at least 64 KiB.
    pub header_bytes: usize,
    /// How long a connection may be idle between two requests.
    pub idle: Duration,
    /// How long a request may take to come, from its first byte to its last.
    pub request: Duration,
    /// How long a client may read nothing of what waits for it.
    pub write: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 4096,
            headers: 64,
            header_bytes: 64 << 10,
            idle: Duration::from_secs(60),
            request: Duration::from_secs(15),
            write: Duration::from_secs(30),
        }
    }
}
