//! What is buffered, in the order of the video.
//!
//! Pure: time comes in. The buffer is told what arrived and asked what to play; it counts interruptions.

use std::collections::BTreeMap;

use serde::Serialize;
use units::Seconds;

use crate::config::Config;

/// How full the buffer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BufferState {
    /// Nothing is buffered.
    Empty,
    /// Less than playback needs to start.
    Initializing,
    /// Below the low-water mark.
    Low,
    /// Between the low-water mark and the target.
    Healthy,
    /// At the target or above.
    Full,
}

/// A chunk in the buffer.
#[derive(Clone, Debug)]
struct Held<T> {
    bytes: u64,
    /// Out of memory: on disk, where the original never finds it again.
    spilled: bool,
    data: T,
}

/// A chunk that is handed on to be played.
#[derive(Clone, Debug, PartialEq)]
pub struct Playable<T> {
    /// Which chunk of the video, from 0.
    pub sequence: usize,
    pub bytes: u64,
    /// What it holds; none if it was spilled and lost.
    pub data: Option<T>,
}

/// One interruption of playback.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rebuffering {
    /// When it began.
    pub start_s: Seconds,
    /// How long it lasted; so far, while it lasts.
    pub duration_s: Seconds,
}

/// The buffer's state under V-Stack's names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BufferStatus {
    /// Media ahead of the viewer.
    pub buffer_level_sec: f64,
    pub buffer_level_chunks: usize,
    /// The level as a share of the target, at most 100.
    pub buffer_health_percent: f64,
    pub state: BufferState,
    pub target_buffer_sec: f64,
    /// Below so much it is low.
    pub low_water_mark_sec: f64,
    /// The next chunk to play.
    pub current_position: usize,
    /// Whether anything has been played.
    pub playback_started: bool,
    /// Whether the level is below the low-water mark.
    pub needs_more_chunks: bool,
    /// Whether there is enough to start.
    pub can_start_playback: bool,
    /// Whether the level is at the low-water mark at least.
    pub is_healthy: bool,
    pub memory_usage_bytes: u64,
}

/// The buffer's counts under V-Stack's names; `rebuffering` is ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BufferStatistics {
    /// Chunks that were ever buffered.
    pub total_chunks_buffered: usize,
    pub total_chunks_played: usize,
    /// Interruptions (of the original: looks at an empty buffer).
    pub rebuffering_events: usize,
    /// Media ahead of the viewer.
    pub current_buffer_level_sec: f64,
    /// Whether anything has been played.
    pub playback_started: bool,
    /// Since playback started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub playback_duration_sec: Option<f64>,
    /// Since the last interruption began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_since_last_rebuffer_sec: Option<f64>,
    /// Every interruption with its duration.
    pub rebuffering: Vec<Rebuffering>,
}

/// Chunks between the network and the viewer.
#[derive(Clone, Debug)]
pub struct BufferManager<T> {
    config: Config,
    held: BTreeMap<usize, Held<T>>,
    position: usize,
    started: Option<Seconds>,
    /// When the chunk that plays now ends.
    playing_until: Option<Seconds>,
    memory: u64,
    buffered: usize,
    played: usize,
    polls: usize,
    last_poll: Option<Seconds>,
    interruptions: Vec<Rebuffering>,
    interrupted: bool,
}

impl<T> BufferManager<T> {
    /// An empty buffer.
    pub fn new(config: Config) -> BufferManager<T> {
        BufferManager {
            config,
            held: BTreeMap::new(),
            position: 0,
            started: None,
            playing_until: None,
            memory: 0,
            buffered: 0,
            played: 0,
            polls: 0,
            last_poll: None,
            interruptions: Vec::new(),
            interrupted: false,
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = BufferManager::new(self.config.clone());
    }

    /// Takes a chunk; false if it was played already or is here.
    pub fn add_chunk(&mut self, sequence: usize, bytes: u64, data: T) -> bool {
        if sequence < self.position || self.held.contains_key(&sequence) {
            return false;
        }
        let spilled = self.config.behaviour.spills && self.memory + bytes > self.config.max_memory_bytes;
        self.memory += if spilled { 0 } else { bytes };
        self.held.insert(sequence, Held { bytes, spilled, data });
        self.buffered += 1;
        true
    }

    /// The chunk to play now, if it is here. Where there is none although playback has started, it is interrupted from now on,
    /// once, until the next chunk is handed out.
    pub fn next_chunk_for_playback(&mut self, now: Seconds) -> Option<Playable<T>> {
        let polls = self.config.behaviour.counts_polls;
        let Some(held) = self.held.remove(&self.position) else {
            if self.started.is_some() {
                if polls && self.held.is_empty() {
                    self.polls += 1;
                    self.last_poll = Some(now);
                }
                if !self.interrupted {
                    self.interruptions.push(Rebuffering { start_s: now, duration_s: Seconds::ZERO });
                    self.interrupted = true;
                }
            }
            self.playing_until = None;
            return None;
        };
        self.memory -= if held.spilled { 0 } else { held.bytes };
        if self.interrupted {
            self.interrupted = false;
            if let Some(last) = self.interruptions.last_mut() {
                last.duration_s = now - last.start_s;
            }
        }
        self.started.get_or_insert(now);
        let sequence = self.position;
        self.position += 1;
        self.played += 1;
        Some(Playable { sequence, bytes: held.bytes, data: (!held.spilled).then_some(held.data) })
    }

    /// The chunk that was handed out plays until then: it counts as media ahead of the viewer while it lasts.
    pub(crate) fn plays_until(&mut self, end: Seconds) {
        self.playing_until = Some(end);
    }

    /// Whether the chunk that is played next is here.
    pub fn peek(&self) -> Option<usize> {
        self.held.contains_key(&self.position).then_some(self.position)
    }

    /// Whether a chunk is here.
    pub(crate) fn has(&self, sequence: usize) -> bool {
        self.held.contains_key(&sequence)
    }

    /// Chunks to ask for next, so many at most: what is missing from the position on; of the original, what comes after
    /// everything that is buffered.
    pub fn next_sequences(&self, count: usize) -> Vec<usize> {
        if self.config.behaviour.skips_gaps {
            let first = self.held.last_key_value().map_or(self.position, |(last, _)| last + 1);
            return (first..first + count).collect();
        }
        (self.position..).filter(|s| !self.held.contains_key(s)).take(count).collect()
    }

    /// Media that can be played without a break, what is left of the chunk that plays included. Of the original: whole chunks,
    /// those behind a gap included.
    pub fn level(&self, now: Seconds) -> Seconds {
        let chunk = self.config.chunk_duration_sec;
        if self.config.behaviour.skips_gaps {
            return chunk * self.held.len() as f64;
        }
        let mut run = 0;
        while self.held.contains_key(&(self.position + run)) {
            run += 1;
        }
        let rest = self.playing_until.map_or(Seconds::ZERO, |end| (end - now).max(Seconds::ZERO));
        chunk * run as f64 + rest
    }

    /// Whether the level is below the low-water mark.
    pub fn needs_more_chunks(&self, now: Seconds) -> bool {
        self.level(now) < self.config.low_water_mark_sec
    }

    /// Whether there is enough to start playback.
    pub fn can_start_playback(&self, now: Seconds) -> bool {
        self.level(now) >= self.config.start_playback_sec
    }

    /// Whether so many more bytes may be asked for, with so many on their way. The chunk to be played next always may.
    pub(crate) fn has_room(&self, bytes: u64, under_way: u64) -> bool {
        self.memory + under_way == 0 || self.memory + under_way + bytes <= self.config.max_memory_bytes
    }

    /// The next chunk to be played.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The chunks that are buffered.
    pub fn sequences(&self) -> Vec<usize> {
        self.held.keys().copied().collect()
    }

    /// The chunks that are on disk (of the original).
    pub fn on_disk(&self) -> Vec<usize> {
        self.held.iter().filter(|(_, h)| h.spilled).map(|(s, _)| *s).collect()
    }

    /// Whether playback stands still for want of media.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    /// The state for people and dashboards.
    pub fn buffer_status(&self, now: Seconds) -> BufferStatus {
        let c = &self.config;
        let level = self.level(now);
        let state = match level {
            l if l <= Seconds::ZERO => BufferState::Empty,
            l if l < c.start_playback_sec && (c.behaviour.skips_gaps || self.started.is_none()) => {
                BufferState::Initializing
            }
            l if l < c.low_water_mark_sec => BufferState::Low,
            l if l >= c.target_buffer_sec => BufferState::Full,
            _ => BufferState::Healthy,
        };
        BufferStatus {
            buffer_level_sec: level.get(),
            buffer_level_chunks: self.held.len(),
            buffer_health_percent: (level / c.target_buffer_sec * 100.0).min(100.0),
            state,
            target_buffer_sec: c.target_buffer_sec.get(),
            low_water_mark_sec: c.low_water_mark_sec.get(),
            current_position: self.position,
            playback_started: self.started.is_some(),
            needs_more_chunks: self.needs_more_chunks(now),
            can_start_playback: self.can_start_playback(now),
            is_healthy: level >= c.low_water_mark_sec,
            memory_usage_bytes: self.memory,
        }
    }

    /// The counts for people and dashboards.
    pub fn statistics(&self, now: Seconds) -> BufferStatistics {
        let mut rebuffering = self.interruptions.clone();
        if let (true, Some(last)) = (self.interrupted, rebuffering.last_mut()) {
            last.duration_s = now - last.start_s;
        }
        let polls = self.config.behaviour.counts_polls;
        let last = match polls {
            true => self.last_poll,
            false => rebuffering.last().map(|r| r.start_s),
        };
        BufferStatistics {
            total_chunks_buffered: self.buffered,
            total_chunks_played: self.played,
            rebuffering_events: if polls { self.polls } else { rebuffering.len() },
            current_buffer_level_sec: self.level(now).get(),
            playback_started: self.started.is_some(),
            playback_duration_sec: self.started.map(|s| (now - s).get()),
            time_since_last_rebuffer_sec: last.map(|s| (now - s).get()),
            rebuffering,
        }
    }
}
