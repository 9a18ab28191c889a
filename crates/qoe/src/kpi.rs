//! Key performance indicators under their CTA-2066 names.
//!
//! [`SessionMetrics`] are the session metrics of CTA-2066, from an event log or from a [`Session`]; [`Aggregate`] puts many
//! together. [`Kpi`] are the further numbers that tables of the field show.
//!
//! Source: CTA-2066, *Streaming quality of experience events, properties and metrics* (public review draft r2, 2017).
//! `video_start_failure` and `exit_before_video_start` are not CTA-2066's: the industry calls them VSF and EBVS.
//!
//! The *Average Stalled Time* of many sessions is the sum of stalled time over the sum of watched time, never a mean of
//! ratios; sessions that never started do not enter the mean startup time.

use serde::Serialize;
use units::{BitRate, Bits, Seconds};

use crate::{QoeError, Session, StallCause, Viewing};

/// An event of a playback log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    pub at: Seconds,
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EventKind {
    /// The viewer, or autoplay, asked for playback.
    PlaybackRequest,
    /// Playback began or went on.
    PlaybackStart,
    /// Playback stopped because the buffer ran dry.
    PlaybackStall,
    /// The viewer jumped; playback goes on with the next start.
    PlaybackSeek,
    PlaybackPause,
    /// The content ended.
    PlaybackFinish,
    /// A fatal error.
    PlaybackFail,
    /// The viewer left.
    SessionEnd,
    /// Another rendition: the bitrate of all its streams together.
    RenditionUpdate(BitRate),
}

impl EventKind {
    /// From its name in a log (`playbackStart`); a `renditionUpdate` carries the bitrates of its streams, others none.
    pub fn from_name(name: &str, bitrates: &[BitRate]) -> Option<EventKind> {
        Some(match name {
            "playbackRequest" => EventKind::PlaybackRequest,
            "playbackStart" => EventKind::PlaybackStart,
            "playbackStall" => EventKind::PlaybackStall,
            "playbackSeek" => EventKind::PlaybackSeek,
            "playbackPause" => EventKind::PlaybackPause,
            "playbackFinish" => EventKind::PlaybackFinish,
            "playbackFail" => EventKind::PlaybackFail,
            "sessionEnd" => EventKind::SessionEnd,
            "renditionUpdate" => EventKind::RenditionUpdate(bitrates.iter().copied().sum()),
            _ => return None,
        })
    }
}

/// The metrics of one session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionMetrics {
    /// A fatal error ended it.
    pub playback_failed: bool,
    /// From the first request to the first frame; `None` if there never was one.
    #[serde(rename = "initialStartupTime_s")]
    pub initial_startup_time: Option<Seconds>,
    /// How often playback stalled; startup and seeks are no stalls.
    pub playback_stall_count: usize,
    #[serde(rename = "playbackStallDuration_s")]
    pub playback_stall_duration: Seconds,
    #[serde(rename = "bitsPlayed_bits")]
    pub bits_played: Bits,
    #[serde(rename = "mediaTime_s")]
    pub media_time: Seconds,
    /// Time from a request to a pause or the end: startup, stalls and seeks count, pauses do not.
    #[serde(rename = "watchedTime_s")]
    pub watched_time: Seconds,
    /// It failed before the first frame.
    pub video_start_failure: bool,
    /// The viewer left before the first frame, without an error.
    pub exit_before_video_start: bool,
}

impl SessionMetrics {
    /// From an event log in the order of time. What a log leaves open (a stall, the watching itself) counts only up to the
    /// event that closes it: end a log of a running session with [`EventKind::SessionEnd`].
    pub fn of_events(events: &[Event]) -> SessionMetrics {
        let mut m = SessionMetrics::default();
        let Some(first) = events.first() else {
            return SessionMetrics { exit_before_video_start: true, ..m };
        };
        let request = events.iter().find(|e| e.kind == EventKind::PlaybackRequest).unwrap_or(first).at;
        let (mut playing, mut last, mut rate) = (false, first.at, BitRate::ZERO);
        let (mut stalled, mut watching): (Option<Seconds>, Option<Seconds>) = (None, None);
        for Event { at, kind } in events.iter().copied() {
            if playing {
                m.media_time += at - last;
                m.bits_played += rate * (at - last);
            }
            last = at;
            match kind {
                EventKind::RenditionUpdate(bitrate) => {
                    rate = bitrate;
                    continue;
                }
                EventKind::PlaybackRequest => {
                    watching = watching.or(Some(at));
                    continue;
                }
                EventKind::PlaybackStall => {
                    m.playback_stall_count += 1;
                    (stalled, playing) = (Some(at), false);
                    continue;
                }
                _ => {}
            }
            if let Some(since) = stalled.take() {
                m.playback_stall_duration += at - since;
            }
            playing = kind == EventKind::PlaybackStart;
            if playing {
                m.initial_startup_time = m.initial_startup_time.or(Some(at - request));
            } else if kind != EventKind::PlaybackSeek {
                if let Some(since) = watching.take() {
                    m.watched_time += at - since;
                }
                m.playback_failed |= kind == EventKind::PlaybackFail;
            }
        }
        m.video_start_failure = m.playback_failed && m.initial_startup_time.is_none();
        m.exit_before_video_start = !m.playback_failed && m.initial_startup_time.is_none();
        m
    }

    /// From a record. Bits are those of nominal bitrates, of the media time that was played.
    pub fn of(session: &Session) -> SessionMetrics {
        let started = session.played_s > Seconds::ZERO;
        let mut left = session.played_s;
        let mut bits_played = Bits::ZERO;
        for p in session.played_segments() {
            let part = p.duration.min(left).max(Seconds::ZERO);
            bits_played += p.bitrate * part;
            left -= part;
        }
        let stalls = || session.stalls.iter().filter(|s| s.cause == StallCause::Rebuffer);
        SessionMetrics {
            playback_failed: false,
            initial_startup_time: started.then_some(session.startup_delay_s),
            playback_stall_count: stalls().count(),
            playback_stall_duration: stalls().map(|s| s.duration_s).sum(),
            bits_played,
            media_time: session.played_s,
            watched_time: session.wall_s - session.paused_s,
            video_start_failure: false,
            exit_before_video_start: !started,
        }
    }
}

/// The metrics of many sessions. A mean over nothing is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Aggregate {
    pub sessions: usize,
    /// Share of sessions that failed, in percent.
    pub playback_failure_percent: f64,
    /// Mean startup time of the sessions that started.
    #[serde(rename = "averageInitialStartupTime_s")]
    pub average_initial_startup_time: Option<Seconds>,
    /// Mean number of stalls.
    pub average_playback_stalled_count: f64,
    /// Stalled time over watched time, each summed over all sessions, in percent.
    pub average_stalled_time_percent: Option<f64>,
    /// Bits over media time, each summed over all sessions.
    #[serde(rename = "averagePlaybackBitrate_kbps")]
    pub average_playback_bitrate: Option<BitRate>,
    /// Share of sessions that failed before the first frame, in percent.
    #[serde(rename = "VSF_percent")]
    pub vsf_percent: f64,
    /// Share of sessions that the viewer left before the first frame, in percent.
    #[serde(rename = "EBVS_percent")]
    pub ebvs_percent: f64,
}

impl Aggregate {
    /// Puts sessions together.
    ///
    /// # Errors
    /// [`QoeError::Sample`] without sessions.
    pub fn of(sessions: &[SessionMetrics]) -> Result<Aggregate, QoeError> {
        if sessions.is_empty() {
            let (statistic, found) = ("an aggregate of KPIs", "none".to_string());
            return Err(QoeError::Sample { statistic, expected: "at least one session", found });
        }
        let n = sessions.len() as f64;
        let percent =
            |f: fn(&SessionMetrics) -> bool| 100.0 * sessions.iter().filter(|s| f(s)).count() as f64 / n;
        let starts: Vec<Seconds> = sessions.iter().filter_map(|s| s.initial_startup_time).collect();
        let stalls: usize = sessions.iter().map(|s| s.playback_stall_count).sum();
        let stalled: Seconds = sessions.iter().map(|s| s.playback_stall_duration).sum();
        let watched: Seconds = sessions.iter().map(|s| s.watched_time).sum();
        let bits: Bits = sessions.iter().map(|s| s.bits_played).sum();
        let media: Seconds = sessions.iter().map(|s| s.media_time).sum();
        Ok(Aggregate {
            sessions: sessions.len(),
            playback_failure_percent: percent(|s| s.playback_failed),
            average_initial_startup_time: (!starts.is_empty())
                .then(|| starts.iter().copied().sum::<Seconds>() / starts.len() as f64),
            average_playback_stalled_count: stalls as f64 / n,
            average_stalled_time_percent: (watched > Seconds::ZERO).then(|| 100.0 * (stalled / watched)),
            average_playback_bitrate: (media > Seconds::ZERO).then(|| bits / media),
            vsf_percent: percent(|s| s.video_start_failure),
            ebvs_percent: percent(|s| s.exit_before_video_start),
        })
    }
}

/// What tables of the field show of one session, beside [`SessionMetrics`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Kpi {
    /// From the request to the first frame.
    pub startup_s: Seconds,
    pub stall_count: usize,
    pub stall_s: Seconds,
    /// Stalled time over stalled and media time.
    pub rebuffering_ratio: f64,
    /// Stalled time over stalled, media and startup time, in percent: CTA-2066's stalled time of one session.
    pub stalled_time_percent: f64,
    /// Mean bitrate, weighted by duration.
    pub mean_kbps: BitRate,
    /// Segments whose bitrate differs from that of the one before.
    pub switches: usize,
    /// The same per minute of media.
    pub switches_per_min: f64,
    /// Mean difference of bitrate over all pairs of neighbours, also equal ones.
    pub mean_abs_switch_kbps: BitRate,
    pub stalls_per_hour: f64,
    /// Share of media time on the top of the ladder, in percent; `None` where the ladder is unknown.
    pub time_on_top_percent: Option<f64>,
}

impl Kpi {
    /// The numbers of a session.
    ///
    /// # Errors
    /// [`QoeError::NothingPlayed`] without segments.
    pub fn of(viewing: &Viewing) -> Result<Kpi, QoeError> {
        let segments = &viewing.segments;
        let media = viewing.media_time();
        if segments.is_empty() || media <= Seconds::ZERO {
            return Err(QoeError::NothingPlayed);
        }
        let (startup, stall) = (viewing.startup_delay(), viewing.stall_time());
        let stall_count = viewing.rebuffers().count();
        let bits: Bits = segments.iter().map(|s| s.bitrate * s.duration).sum();
        let changes = || segments.windows(2).map(|w| (w[1].bitrate - w[0].bitrate).abs());
        let switches = changes().filter(|c| *c > BitRate::ZERO).count();
        let pairs = segments.len() - 1;
        let changed: BitRate = changes().sum();
        let top = viewing.meta.ladder_range().map(|(_, top)| {
            let on_top: Seconds = segments.iter().filter(|s| s.bitrate >= top).map(|s| s.duration).sum();
            100.0 * (on_top / media)
        });
        Ok(Kpi {
            startup_s: startup,
            stall_count,
            stall_s: stall,
            rebuffering_ratio: stall / (media + stall),
            stalled_time_percent: 100.0 * (stall / (media + stall + startup)),
            mean_kbps: bits / media,
            switches,
            switches_per_min: 60.0 * switches as f64 / media.get(),
            mean_abs_switch_kbps: if pairs == 0 { BitRate::ZERO } else { changed / pairs as f64 },
            stalls_per_hour: 3600.0 * stall_count as f64 / media.get(),
            time_on_top_percent: top,
        })
    }
}
