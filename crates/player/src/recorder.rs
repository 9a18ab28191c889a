//! The observer that keeps everything.

use abr::{Ending, Track};
use media::Quality;
use qoe::{
    Download, LiveLatency, MediaTrack, OtherRequest, Outcome, RateChange, RequestKind, Seek, Session, Stall,
};
use units::Seconds;

use crate::{Event, Finished, Observer, What};

/// Builds the full [`Session`] record. The names in it (rule, profile, trace, video) and the seed are the caller's to fill.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    session: Session,
    /// How the segments of the video look, one row of the ladder's length per segment, where that is known.
    qualities: Option<Vec<Quality>>,
    /// When each segment of a live event happened, on the session's clock.
    happened: Vec<Seconds>,
    open: Option<Stall>,
    /// When the viewer paused, and how long they have in the stall that is open: that is no stall.
    paused: Option<Seconds>,
    paused_in_stall: Seconds,
}

impl Recorder {
    /// The record.
    pub fn into_session(self) -> Session {
        self.session
    }

    /// Of a live event: when what was added to it happened, before the session's first instant or after it.
    fn learn(&mut self, video: &media::Video) {
        if let Some(edge) = video.edge(Seconds::ZERO) {
            let new = self.happened.len()..video.segments();
            self.happened.extend(new.map(|k| video.start(k) - edge));
        }
    }

    fn close_stall(&mut self, at: Seconds) {
        if let Some(stall) = self.open.take() {
            let duration_s = at - stall.start_s - self.paused_in_stall;
            self.session.stalls.push(Stall { duration_s, ..stall });
        }
        self.paused_in_stall = Seconds::ZERO;
    }
}

/// The log row of a finished request, and how its segment looks.
fn download(at: Seconds, f: &Finished<'_>, quality: Quality) -> Download {
    let outcome = match f.ending {
        Ending::Appended => Outcome::Done,
        Ending::Replaced if !f.too_late => Outcome::Replaced,
        _ => Outcome::Abandoned,
    };
    Download {
        index: f.request.segment,
        level: f.request.level,
        bitrate_kbps: f.bitrate,
        size_bits: f.request.size,
        request_s: f.request.at,
        first_byte_s: f.request.at + f.latency,
        finish_s: at,
        buffer_before_s: f.request.buffer,
        buffer_after_s: f.buffer_after,
        wait_s: f.waited_full + f.waited_rule,
        stall_s: f.stall,
        outcome,
        received_bits: f.received,
        duration_s: f.duration,
        source: usize::from(f.request.source),
        vmaf: quality.vmaf,
        ssim: quality.ssim,
    }
}

/// The row of a request that was for no segment of the picture.
fn other(at: Seconds, f: &Finished<'_>) -> OtherRequest {
    let r = f.request;
    OtherRequest {
        track: match r.track {
            Track::Video => MediaTrack::Video,
            Track::Audio => MediaTrack::Audio,
        },
        kind: match r.what {
            What::Media => RequestKind::Media,
            What::Init => RequestKind::Init,
            What::Playlist => RequestKind::Playlist,
        },
        index: r.segment,
        level: r.level,
        size_bits: r.size,
        request_s: r.at,
        first_byte_s: r.at + f.latency,
        finish_s: at,
        outcome: match f.ending {
            Ending::Appended | Ending::Loaded => Outcome::Done,
            _ => Outcome::Abandoned,
        },
        received_bits: f.received,
        source: usize::from(r.source),
    }
}

impl Observer for Recorder {
    fn event(&mut self, at: Seconds, event: &Event<'_>) {
        match event {
            Event::Began { video, .. } => {
                self.session.video = video.name().to_string();
                self.session.ladder_kbps = video.ladder().bitrates().to_vec();
                self.session.downloads.reserve(video.segments());
                self.learn(video);
                self.qualities = video.qualities().map(<[Quality]>::to_vec);
            }
            Event::Listed { video } => self.learn(video),
            Event::Finished(f) if (f.request.what, f.request.track) == (What::Media, Track::Video) => {
                let row = f.request.segment * self.session.ladder_kbps.len() + f.request.level;
                let quality = self.qualities.as_ref().and_then(|all| all.get(row)).copied();
                self.session.downloads.push(download(at, f, quality.unwrap_or_default()));
            }
            Event::Finished(f) => self.session.others.push(other(at, f)),
            Event::Plays { segment, .. } => {
                if let Some(start) = self.happened.get(*segment) {
                    let latency = LiveLatency { index: *segment, at_s: at, latency_s: at - *start };
                    self.session.latencies.push(latency);
                }
            }
            Event::Stalled { cause, media, .. } => {
                self.open =
                    Some(Stall { start_s: at, duration_s: Seconds::ZERO, media_s: *media, cause: *cause });
            }
            Event::Paused => self.paused = Some(at),
            Event::Unpaused => {
                if let Some(since) = self.paused.take()
                    && self.open.is_some()
                {
                    self.paused_in_stall += at - since;
                }
            }
            Event::Resumed => self.close_stall(at),
            Event::RateChanged { rate } => self.session.rates.push(RateChange { at_s: at, rate: *rate }),
            Event::Seeked { to, dropped } => {
                self.session.seeks.push(Seek { at_s: at, to_s: *to, dropped: *dropped });
            }
            Event::Ended(totals) => {
                self.close_stall(at);
                self.session.startup_delay_s = totals.startup;
                self.session.played_s = totals.played;
                self.session.paused_s = totals.paused;
                self.session.wall_s = totals.wall;
            }
            _ => {}
        }
    }
}
