//! From the states that a player told to what its viewer saw.

use super::Fault;
use super::timeline::{Fetched, Rung, Timeline};

/// The length of a piece where a log knows no segments, in s.
pub(super) const PIECE_S: f64 = 4.0;
/// The most pieces of a session.
const MOST: f64 = 1e6;
/// What is shorter is no piece of its own, in s: clocks of logs are rounded.
const LEAST_S: f64 = 1e-3;

/// What a player does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing that its viewer waits for: loading ahead.
    Idle,
    /// The viewer waits for the first frame.
    Starting,
    /// Media is shown.
    Playing,
    /// Nothing is shown for lack of media; while starting or seeking, that goes on.
    Stalled,
    /// The viewer went elsewhere and waits.
    Seeking,
    /// It stands still on purpose.
    Paused,
    /// A stall or a seek is over: what was before it goes on.
    Back,
    Ended,
}

/// What a player told of a session, in order of time, in s on the clock of the log.
#[derive(Default)]
pub(super) struct Playback {
    pub(super) states: Vec<(f64, State)>,
    /// When the player was heard first and last.
    pub(super) heard: (f64, f64),
    /// How long the start took, where the log tells, and does not tell when it began.
    pub(super) startup: Option<f64>,
}

/// What the viewer saw: a session without its segments.
pub(super) struct Seen {
    /// Start, stalls, seeks and pauses; no segments.
    pub(super) timeline: Timeline,
    /// Media time, time and length of every stretch that was shown without interruption.
    stretches: Vec<(f64, f64, f64)>,
    /// Media that was shown, in s.
    pub(super) played: f64,
    /// Whether the log tells when the viewer began to wait.
    pub(super) start_told: bool,
}

impl Playback {
    /// What the viewer saw; None where nothing was shown.
    pub(super) fn seen(&self) -> Option<Seen> {
        let shown = |s: &(f64, State)| s.1 == State::Playing;
        let (first, last) = (self.states.iter().position(shown)?, self.states.iter().rposition(shown)?);
        let waits = |s: &(f64, State)| matches!(s.1, State::Starting | State::Stalled);
        let begin = self.states[..first].iter().position(waits);
        let origin = match (begin, self.startup) {
            (Some(begin), _) => self.states[begin].0,
            (None, Some(startup)) => self.states[first].0 - startup,
            (None, None) => self.heard.0.min(self.states[first].0),
        };
        let mut seen = Seen {
            timeline: Timeline { origin, ..Timeline::default() },
            stretches: Vec::new(),
            played: 0.0,
            start_told: begin.is_some() || self.startup.is_some(),
        };
        let (mut state, mut since, mut before) = (State::Starting, origin, State::Starting);
        for (i, (at, told)) in self.states.iter().enumerate().skip(begin.unwrap_or(first)) {
            let next = match told {
                State::Back => before,
                State::Stalled if matches!(state, State::Starting | State::Seeking) => state,
                State::Idle | State::Starting if i < first => State::Starting,
                // Another start in the same session is one more wait that is no stall.
                State::Starting if i < last => State::Seeking,
                State::Idle | State::Ended if i < last => State::Paused,
                State::Idle | State::Starting => State::Ended,
                told => *told,
            };
            if matches!(next, State::Playing | State::Paused) {
                before = next;
            }
            if next != state {
                seen.add(state, since, at - since);
                (state, since) = (next, *at);
            }
            if state == State::Ended {
                break;
            }
        }
        seen.add(state, since, self.heard.1 - since);
        Some(seen)
    }
}

impl Seen {
    /// Counts a stretch of time.
    fn add(&mut self, state: State, at: f64, lasted: f64) {
        if lasted <= 0.0 {
            return;
        }
        match state {
            State::Starting => self.timeline.startup += lasted,
            State::Playing => {
                self.stretches.push((self.played, at, lasted));
                self.played += lasted;
            }
            State::Stalled => self.timeline.stalls.push((at, lasted)),
            State::Seeking => self.timeline.seeks.push((at, lasted)),
            State::Paused => self.timeline.pauses.push((at, lasted)),
            State::Idle | State::Back | State::Ended => {}
        }
    }

    /// The session in pieces of so many seconds, each of the bitrate in force when it began to play; the first bitrate also
    /// holds before it was told. A piece is taken to arrive when it plays, of its nominal size.
    pub(super) fn in_pieces(
        mut self,
        piece: f64,
        rates: &[(f64, f64)],
        names: (&str, &str),
    ) -> Result<Timeline, Fault> {
        if self.played / piece > MOST {
            let expected = format!("is {piece}, expected at most {MOST} pieces of {:e} s", self.played);
            return Err(Fault::new(names.1, expected));
        }
        if rates.is_empty() {
            return Err(Fault::new(names.0, "told of no bitrate of the picture, expected one"));
        }
        let count = ((self.played - LEAST_S) / piece).ceil().max(0.0) as usize;
        let mut begun = 0;
        for k in 0..count {
            let media = k as f64 * piece;
            while self.stretches.get(begun + 1).is_some_and(|next| next.0 <= media) {
                begun += 1;
            }
            let (before, since, _) = self.stretches[begun];
            let at = since + (media - before);
            let told = rates.partition_point(|r| r.0 <= at);
            let rate = rates[told.saturating_sub(1)].1;
            let duration = if k + 1 == count { self.played - media } else { piece };
            self.timeline.fetched.push(Fetched {
                rung: Rung::Nominal(rate.round() as u64),
                bytes: rate * duration / 8.0,
                request: at,
                first_byte: at,
                finish: at,
                duration,
                ssim: None,
            });
        }
        Ok(self.timeline)
    }
}
