//! MPC and RobustMPC: the best sequence of rungs over the next few segments, if the throughput stays as predicted.
//!
//! Source: Yin, Jindal, Sekar, Sinopoli: A Control-Theoretic Approach (SIGCOMM 2015), sections 4 and 5; arithmetic and order
//! as in Pensieve 1120bb1 (`test/mpc.py`), whose decisions are reproduced, ties included.
//!
//! | constant | value |
//! |---|---|
//! | horizon | 5 segments, fewer at the end |
//! | prediction | harmonic mean of the last 5 of size over time since the request |
//! | robust | divided by 1 + the largest relative error of the last 5 predictions |
//! | objective | sum of Mbit/s - 4.3 per stalled second - 1 per Mbit/s of every switch |
//! | buffer model | no cap, no request latency |
//! | ties | the last in lexicographic order of the sequences, so the highest next rung |
//!
//! Options reproduce what the published code does wrong: `late-index` looks up the sizes of the segment after the one it
//! decides on (Pensieve issue #152; with it the published mean QoE on 142 Norway traces is 0.842, without 0.899), and
//! `carry-errors` keeps the prediction errors of one video for the next.
//!
//! The published code enumerates all 6^5 sequences. Here a depth-first search in descending order leaves out every branch whose
//! best conceivable end (the value of its beginning, and a rest without any stall) is worse than a sequence already
//! known: the same decision at a fraction of the cost.

use std::collections::VecDeque;

use units::Seconds;

use crate::{AbrStrategy, Decision, Ending, PlayerEvent, PlayerView};

/// How many samples and errors count.
const WINDOW: usize = 5;
/// More than any sum of the objective can lose by rounding.
const SLACK: f64 = 1e-9;

/// See the module page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MpcOptions {
    /// Segments to look ahead; 1 to [`MpcOptions::MAX_HORIZON`].
    pub horizon: usize,
    /// Divide the prediction by 1 + its largest recent error.
    pub robust: bool,
    /// Penalty per stalled second, in Mbit/s.
    pub stall_penalty: f64,
    /// Penalty per Mbit/s of a switch.
    pub switch_penalty: f64,
    /// The rung of the first request (Pensieve: 1).
    pub first: usize,
    /// Pensieve's bug: look up the sizes one segment too late.
    pub late_index: bool,
    /// Pensieve's bug: keep predictions and errors from one session to the next.
    pub carry_errors: bool,
}

impl MpcOptions {
    /// The longest horizon.
    pub const MAX_HORIZON: usize = 10;
}

impl Default for MpcOptions {
    fn default() -> MpcOptions {
        MpcOptions {
            horizon: 5,
            robust: false,
            stall_penalty: 4.3,
            switch_penalty: 1.0,
            first: 0,
            late_index: false,
            carry_errors: false,
        }
    }
}

/// See the module page.
#[derive(Clone, Debug)]
pub struct Mpc {
    options: MpcOptions,
    /// Measured throughputs, Mbyte/s.
    past: VecDeque<f64>,
    errors: VecDeque<f64>,
    predicted: Option<f64>,
    search: Search,
}

impl Mpc {
    /// With the given options; the horizon is clamped to its range.
    pub fn new(options: MpcOptions) -> Mpc {
        let horizon = options.horizon.clamp(1, MpcOptions::MAX_HORIZON);
        Mpc {
            options: MpcOptions { horizon, ..options },
            past: VecDeque::with_capacity(WINDOW + 1),
            errors: VecDeque::with_capacity(WINDOW + 1),
            predicted: None,
            search: Search::default(),
        }
    }

    /// A finished download: the prediction is compared with it, and renewed. Mbyte and milliseconds as in mpc.py.
    fn learn(&mut self, bytes: f64, millis: f64) {
        let now = bytes / millis / 1000.0;
        let error = self.predicted.map_or(0.0, |p| (p - now).abs() / now);
        remember(&mut self.past, now);
        remember(&mut self.errors, error);
        self.predicted = Some(self.past.len() as f64 / self.past.iter().map(|x| 1.0 / x).sum::<f64>());
    }

    fn prediction(&self) -> Option<f64> {
        let mean = self.predicted.filter(|_| !self.past.is_empty())?;
        let worst = self.errors.iter().copied().fold(0.0, f64::max);
        Some(if self.options.robust { mean / (1.0 + worst) } else { mean })
    }
}

fn remember(window: &mut VecDeque<f64>, x: f64) {
    window.push_back(x);
    if window.len() > WINDOW {
        window.pop_front();
    }
}

impl AbrStrategy for Mpc {
    fn begin(&mut self, view: &PlayerView<'_>) {
        self.past.clear();
        if !self.options.carry_errors {
            self.errors.clear();
            self.predicted = None;
        }
        self.search.begin(view, &self.options);
    }

    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        let (Some(last), Some(prediction)) = (view.last_level, self.prediction()) else {
            return Decision::fetch(self.options.first.min(view.video.ladder().top()));
        };
        Decision::fetch(self.search.best(view, &self.options, last, prediction))
    }

    fn event(&mut self, _: &PlayerView<'_>, event: &PlayerEvent) {
        if let PlayerEvent::Ended { received, elapsed, ending: Ending::Appended | Ending::Replaced, .. } =
            event
            && *elapsed > Seconds::ZERO
        {
            self.learn(received.bytes(), elapsed.millis());
        }
    }
}

/// The search for the best sequence; keeps its tables from one decision to the next.
#[derive(Clone, Debug, Default)]
struct Search {
    kbps: Vec<f64>,
    stall_penalty: f64,
    switch_penalty: f64,
    /// `rest[m * rungs + q]`: the largest sum of kbit/s less switches of m more segments after rung q, without stalls.
    rest: Vec<f64>,
    /// `time[i * rungs + q]`: predicted download time of the i-th segment ahead, s; and how long it plays.
    time: Vec<f64>,
    plays: Vec<f64>,
    steps: usize,
    /// A value that some sequence reaches: whatever cannot is not looked at.
    known: f64,
    best: f64,
    choice: usize,
}

/// A beginning of a sequence: its last rung, the buffer after it, and the parts of its value.
#[derive(Clone, Copy)]
struct Beginning {
    last: usize,
    buffer: f64,
    kbps: f64,
    stall: f64,
    switched: f64,
}

impl Search {
    fn begin(&mut self, view: &PlayerView<'_>, options: &MpcOptions) {
        self.kbps.clear();
        self.kbps.extend(view.video.ladder().bitrates().iter().map(|b| b.kbps()));
        (self.stall_penalty, self.switch_penalty) = (options.stall_penalty, options.switch_penalty);
        let n = self.kbps.len();
        self.rest.clear();
        self.rest.resize((options.horizon + 1) * n, 0.0);
        for m in 1..=options.horizon {
            for last in 0..n {
                let value = |q: usize| {
                    self.kbps[q] - self.switch_penalty * (self.kbps[q] - self.kbps[last]).abs()
                        + self.rest[(m - 1) * n + q]
                };
                self.rest[m * n + last] = (0..n).map(value).fold(f64::NEG_INFINITY, f64::max);
            }
        }
    }

    fn best(&mut self, view: &PlayerView<'_>, options: &MpcOptions, last: usize, prediction: f64) -> usize {
        let n = self.kbps.len();
        self.steps = options.horizon.min(view.end - view.segment);
        self.time.clear();
        self.plays.clear();
        for i in 0..self.steps {
            self.plays.push(view.video.duration(view.segment + i).get());
            let at = view.segment + i + usize::from(options.late_index);
            for q in 0..n {
                // Beyond the last segment the published code finds nothing to download.
                let bytes = if at < view.video.segments() { view.video.size(at, q).bytes() } else { 0.0 };
                self.time.push(bytes / 1e6 / prediction);
            }
        }
        let start = Beginning { last, buffer: view.buffer.get(), kbps: 0.0, stall: 0.0, switched: 0.0 };
        self.known = f64::NEG_INFINITY;
        for q in 0..n {
            let steady = (0..self.steps).fold(start, |b, i| self.then(b, i, q));
            self.known = self.known.max(self.value(steady));
        }
        (self.best, self.choice) = (f64::NEG_INFINITY, 0);
        for q in (0..n).rev() {
            let before = self.best;
            self.walk(self.then(start, 0, q), 1);
            if self.best > before {
                self.choice = q;
            }
        }
        self.choice
    }

    /// The beginning with one more segment on rung `q`; additions in the published order.
    #[inline]
    fn then(&self, b: Beginning, i: usize, q: usize) -> Beginning {
        let time = self.time[i * self.kbps.len() + q];
        let (stall, left) =
            if b.buffer < time { (b.stall + (time - b.buffer), 0.0) } else { (b.stall, b.buffer - time) };
        Beginning {
            last: q,
            buffer: left + self.plays[i],
            kbps: b.kbps + self.kbps[q],
            stall,
            switched: b.switched + (self.kbps[q] - self.kbps[b.last]).abs(),
        }
    }

    #[inline]
    fn value(&self, b: Beginning) -> f64 {
        b.kbps / 1000.0 - self.stall_penalty * b.stall - self.switch_penalty * b.switched / 1000.0
    }

    fn walk(&mut self, b: Beginning, i: usize) {
        if i == self.steps {
            let value = self.value(b);
            if value > self.best {
                self.best = value;
                self.known = self.known.max(value);
            }
            return;
        }
        let rest = self.rest[(self.steps - i) * self.kbps.len() + b.last] / 1000.0;
        if self.value(b) + rest < self.known - SLACK {
            return;
        }
        for q in (0..self.kbps.len()).rev() {
            self.walk(self.then(b, i, q), i + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use media::{Ladder, Video};
    use proptest::prelude::*;
    use units::Bits;

    use super::*;

    /// The published enumeration: every sequence in lexicographic order, the last of equals kept.
    fn enumerate(view: &PlayerView<'_>, last: usize, prediction: f64, o: &MpcOptions) -> usize {
        let kbps: Vec<f64> = view.video.ladder().bitrates().iter().map(|b| b.kbps()).collect();
        let (n, steps) = (kbps.len(), o.horizon.min(view.end - view.segment));
        let (mut best, mut choice) = (f64::NEG_INFINITY, 0);
        for code in 0..n.pow(steps as u32) {
            let rungs: Vec<usize> = (0..steps).map(|i| code / n.pow((steps - 1 - i) as u32) % n).collect();
            let (mut buffer, mut sum, mut stall, mut switched, mut before) =
                (view.buffer.get(), 0.0, 0.0, 0.0, last);
            for (i, q) in rungs.iter().enumerate() {
                let k = view.segment + i + usize::from(o.late_index);
                let bytes = if k < view.video.segments() { view.video.size(k, *q).bytes() } else { 0.0 };
                let time = bytes / 1e6 / prediction;
                if buffer < time {
                    stall += time - buffer;
                    buffer = 0.0;
                } else {
                    buffer -= time;
                }
                buffer += 4.0;
                sum += kbps[*q];
                switched += (kbps[*q] - kbps[before]).abs();
                before = *q;
            }
            let value = sum / 1000.0 - o.stall_penalty * stall - o.switch_penalty * switched / 1000.0;
            if value >= best {
                (best, choice) = (value, rungs[0]);
            }
        }
        choice
    }

    proptest! {
        #[test]
        fn the_search_decides_as_the_enumeration(
            factors in prop::collection::vec(0.5..1.6f64, 12 * 4),
            segment in 1..12usize,
            last in 0..4usize,
            buffer in 0.0..20.0f64,
            prediction in 0.02..1.5f64,
            late_index: bool,
        ) {
            let rates = [300.0, 750.0, 1200.0, 2850.0];
            let row = |k: usize| (0..4).map(|q| Bits::new((rates[q] * 4000.0 * factors[k * 4 + q]).round())).collect();
            let sizes: Vec<Vec<Bits>> = (0..12).map(row).collect();
            let ladder = Ladder::from_kbps(&rates).expect("ascending");
            let video = Video::new("v", ladder, vec![Seconds::new(4.0); 12], &sizes).expect("valid");
            let mut view = PlayerView::at_start(&video, Seconds::new(60.0));
            (view.segment, view.buffer, view.last_level) = (segment, Seconds::new(buffer), Some(last));
            let options = MpcOptions { late_index, ..MpcOptions::default() };
            let mut search = Search::default();
            search.begin(&view, &options);
            let found = search.best(&view, &options, last, prediction);
            prop_assert_eq!(found, enumerate(&view, last, prediction, &options));
        }

        /// Constant bitrate and whole numbers: ties everywhere.
        #[test]
        fn ties_are_resolved_as_in_the_enumeration(
            last in 0..6usize, buffer in 0..8u32, mbit in 1..8u32, segment in 1..50usize,
        ) {
            let video = super::super::tests::video();
            let mut view = PlayerView::at_start(&video, Seconds::new(60.0));
            (view.segment, view.last_level) = (segment, Some(last));
            view.buffer = Seconds::new(f64::from(buffer) * 2.0);
            let options = MpcOptions { horizon: 4, ..MpcOptions::default() };
            let mut search = Search::default();
            search.begin(&view, &options);
            let prediction = f64::from(mbit) / 8.0;
            let found = search.best(&view, &options, last, prediction);
            prop_assert_eq!(found, enumerate(&view, last, prediction, &options));
        }
    }

    #[test]
    fn the_prediction_is_the_harmonic_mean_and_robust_divides_it() {
        let mut rule = Mpc::new(MpcOptions { robust: true, ..MpcOptions::default() });
        rule.learn(1e6, 1000.0); // 1 Mbyte/s
        assert_eq!(rule.prediction(), Some(1.0));
        rule.learn(3e6, 1000.0); // 3 Mbyte/s: the prediction was wrong by 2/3
        let expected = 1.5 / (1.0 + 2.0 / 3.0);
        assert!((rule.prediction().expect("two samples") - expected).abs() < 1e-12);
    }
}
