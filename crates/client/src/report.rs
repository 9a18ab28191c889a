//! What is said of a session that was streamed: the record that every model and chart takes, and the way over the network.

use std::collections::BTreeMap;

use qoe::{Download, Outcome, Session, Stall, StallCause};
use serde::Serialize;
use units::{BitRate, Bits, Seconds};

use crate::buffer::BufferStatistics;
use crate::cmsd::Cmsd;
use crate::scheduler::Attempt;

/// A session that was streamed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The record. A download's `source` is the number of its node among `nodes`.
    pub session: Session,
    pub nodes: Vec<String>,
    /// What the network did.
    pub transport: Transport,
    /// Why it was not played to its end, if it was not.
    pub incomplete: Option<String>,
    /// The video as it was found, with its sizes as far as they were known.
    pub video: Option<std::sync::Arc<media::Video>>,
    /// Where the viewer of a live event was: latency and buffer over time.
    pub live: Option<player::LatencyMeter>,
    /// How the player was set, where it was one of DASH and HLS.
    pub player: Option<player::Options>,
}

/// How the media came.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Transport {
    /// Segments by the node that they came from.
    pub sources: BTreeMap<String, usize>,
    /// Moves to another replica.
    pub failovers: usize,
    /// Requests after a failed one to the same replica.
    pub retries: usize,
    /// Second requests for a segment that was about to be late.
    pub hedges: usize,
    /// Segments that were not handed on although they should have been.
    pub lost: usize,
    /// Segments that were handed on twice.
    pub duplicated: usize,
    /// Bytes that were received, those in vain included.
    pub bytes: u64,
    /// What nodes told last of themselves and of a segment, if they did (CMSD).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cmsd: BTreeMap<String, Cmsd>,
}

/// Counts what is handed on, to find what is lost or doubled.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HandedOn {
    next: usize,
    pub(crate) lost: usize,
    pub(crate) duplicated: usize,
}

impl HandedOn {
    /// Nothing yet; this segment comes first.
    pub(crate) fn from(next: usize) -> HandedOn {
        HandedOn { next, ..HandedOn::default() }
    }

    /// The player has jumped forward to a segment: what is before it is not missed.
    pub(crate) fn jumped(self, to: usize) -> HandedOn {
        HandedOn { next: self.next.max(to), ..self }
    }

    pub(crate) fn see(&mut self, segment: usize) {
        match segment {
            s if s < self.next => self.duplicated += 1,
            s => {
                self.lost += s - self.next;
                self.next = s + 1;
            }
        }
    }
}

/// Makes the record of a session of the smart client: chunks of one rung.
#[derive(Debug, Default)]
pub(crate) struct ChunkRecord {
    rows: BTreeMap<u64, Download>,
    began: Option<Seconds>,
}

impl ChunkRecord {
    pub(crate) fn begins(
        &mut self,
        attempt: &Attempt,
        index: usize,
        bytes: u64,
        level: Seconds,
        now: Seconds,
    ) {
        let began = *self.began.get_or_insert(now);
        let at = now - began;
        let row = Download {
            index,
            level: 0,
            bitrate_kbps: BitRate::ZERO,
            size_bits: Bits::from_bytes(bytes as f64),
            request_s: at,
            first_byte_s: at,
            finish_s: at,
            buffer_before_s: level,
            buffer_after_s: level,
            wait_s: Seconds::ZERO,
            stall_s: Seconds::ZERO,
            outcome: Outcome::Abandoned,
            received_bits: Bits::ZERO,
            duration_s: Seconds::ZERO,
            source: attempt.node,
            vmaf: None,
            ssim: None,
        };
        self.rows.insert(attempt.id, row);
    }

    pub(crate) fn first_byte(&mut self, id: u64, now: Seconds) {
        if let (Some(row), Some(began)) = (self.rows.get_mut(&id), self.began) {
            row.first_byte_s = now - began;
        }
    }

    pub(crate) fn ends(&mut self, id: u64, bytes: u64, whole: Option<u64>, level: Seconds, now: Seconds) {
        let (Some(row), Some(began)) = (self.rows.get_mut(&id), self.began) else { return };
        row.finish_s = now - began;
        if whole.is_none() && bytes == 0 {
            row.first_byte_s = row.finish_s;
        }
        row.received_bits = Bits::from_bytes(bytes as f64);
        row.buffer_after_s = level;
        if let Some(size) = whole {
            row.outcome = Outcome::Done;
            row.size_bits = Bits::from_bytes(size as f64);
        }
    }

    /// The record: chunks of this duration, playback from `first` to `end` on the client's clock.
    pub(crate) fn into_session(
        self,
        name: &str,
        chunk: Seconds,
        first: Option<Seconds>,
        end: Seconds,
        buffer: &BufferStatistics,
    ) -> Session {
        let mut session = Session::default();
        let Some(began) = self.began else { return session };
        session.video = name.to_string();
        session.downloads = self.rows.into_values().collect();
        session.wall_s = end - began;
        session.startup_delay_s = first.map_or(session.wall_s, |first| first - began);
        for row in &mut session.downloads {
            row.duration_s = chunk;
        }
        for r in &buffer.rebuffering {
            let start_s = r.start_s - began;
            let played = (start_s - session.startup_delay_s - session.stall_time()) / chunk;
            let next = played.round().max(0.0) as usize;
            let media_s = chunk * next as f64;
            session.stalls.push(Stall {
                start_s,
                duration_s: r.duration_s,
                media_s,
                cause: StallCause::Rebuffer,
            });
            let ended_it = |d: &&mut Download| d.index == next && d.outcome == Outcome::Done;
            if let Some(row) = session.downloads.iter_mut().find(ended_it) {
                row.stall_s += r.duration_s;
            }
        }
        session.played_s =
            (session.wall_s - session.startup_delay_s - session.stall_time()).max(Seconds::ZERO);
        let done: Vec<&Download> = session.downloads.iter().filter(|d| d.outcome == Outcome::Done).collect();
        let bits: Bits = done.iter().map(|d| d.size_bits).sum();
        let rate = if done.is_empty() { BitRate::from_kbps(1.0) } else { bits / (chunk * done.len() as f64) };
        let rate = rate.max(BitRate::from_kbps(0.001));
        session.ladder_kbps = vec![rate];
        session.downloads.iter_mut().for_each(|d| d.bitrate_kbps = rate);
        session
    }
}
